// Finding operations: by name, type, device, shape, or what is written in a pattern.
import { errorWords } from "../shared/format";
import type { Model } from "../shared/types";

/** What of an operation a query is held against. */
export const FIELDS = ["name", "type", "device", "shape", "line"] as const;
export type Field = (typeof FIELDS)[number];

export interface Query {
  /** Which field; null for names and types, which are what people mean. */
  field: Field | "value" | null;
  text: string;
  pattern: RegExp | null;
  /** Why the pattern cannot be used; '' when it can. */
  error: string;
}

export interface Hit {
  op: number;
  /** Where in the name the query was found, for marking; null if not in the name. */
  span: [number, number] | null;
  /** What matched, when it was not the name. */
  because: string;
}

export interface Found {
  hits: Hit[];
  /** Scopes whose own name matches, by key. */
  scopes: string[];
  total: number;
}

/**
 * What somebody typed, understood: `conv`, `type:MatMul`, `shape:784`, `/w\d+$/`,
 * `type:/^Conv/`, `value:0.5`.
 */
export function understand(typed: string): Query {
  const text = typed.trim();
  const match = /^(name|type|device|shape|line|value):\s*/i.exec(text);
  const field = match ? (match[1]!.toLowerCase() as Field | "value") : null;
  const rest = match ? text.slice(match[0].length) : text;
  const slashes = /^\/(.+?)\/(i?)$/.exec(rest);
  if (!slashes || field === "value")
    return { field, text: rest, pattern: null, error: "" };
  try {
    const flags = slashes[2] || "";
    return { field, text: rest, pattern: new RegExp(slashes[1]!, flags), error: "" };
  } catch (error) {
    return { field, text: rest, pattern: null, error: whatIsWrong(error, slashes[1]!) };
  }
}

function whatIsWrong(error: unknown, pattern: string): string {
  // "Invalid regular expression: /(/: Unterminated group" in every browser's way.
  const message = errorWords(error);
  const reason = message.slice(message.lastIndexOf(":") + 1).trim();
  return `The pattern ${pattern} is not complete: ${reason}`;
}

/** Where `text` is found by the query, or null. */
function spanIn(text: string, query: Query, lower: string): [number, number] | null {
  if (query.pattern) {
    const match = query.pattern.exec(text);
    return match && [match.index, match.index + match[0].length];
  }
  const at = text.toLowerCase().indexOf(lower);
  return at < 0 ? null : [at, at + lower.length];
}

function textOf(model: Model, op: number, field: Field): string {
  const ops = model.ops;
  if (field === "shape")
    return (ops.outputs[op] ?? [])
      .map(([dtype, shape]) => `${dtype} ${shape}`)
      .join(", ");
  if (field === "line") return `${ops.line[op] ?? ""} ${ops.code[op] ?? ""}`;
  return ops[field][op] ?? "";
}

/**
 * The operations and scopes that a query finds, best first.
 *
 * A name that begins with the text, or whose last part does, comes before one that only
 * contains it.
 *
 * @param most how many to give; `total` counts all.
 */
export function find(model: Model, query: Query, most = 200): Found {
  if (!query.text || query.error || query.field === "value")
    return { hits: [], scopes: [], total: 0 };
  const lower = query.text.toLowerCase();
  const ranked: [number, Hit][] = [];
  for (let op = 0; op < model.ops.name.length; op++) {
    const hit = hitOf(model, op, query, lower);
    if (hit) ranked.push([rank(model.ops.name[op]!, hit, lower), hit]);
  }
  ranked.sort((a, b) => a[0] - b[0] || a[1].op - b[1].op);
  const scopes =
    query.field && query.field !== "name" ? [] : scopesOf(model, query, lower);
  return {
    hits: ranked.slice(0, most).map(([, hit]) => hit),
    scopes: scopes.slice(0, 20),
    total: ranked.length + scopes.length,
  };
}

function hitOf(model: Model, op: number, query: Query, lower: string): Hit | null {
  const field = query.field as Field | null;
  if (field === null || field === "name") {
    const span = spanIn(model.ops.name[op]!, query, lower);
    if (span) return { op, span, because: "" };
    if (field) return null;
  }
  const other = field ?? "type";
  const text = textOf(model, op, other);
  return text && spanIn(text, query, lower) ? { op, span: null, because: text } : null;
}

function rank(name: string, hit: Hit, lower: string): number {
  if (!hit.span) return 3;
  if (name.toLowerCase() === lower) return 0;
  const last = name.lastIndexOf("/") + 1;
  return hit.span[0] === 0 || hit.span[0] === last ? 1 : 2;
}

function scopesOf(model: Model, query: Query, lower: string): string[] {
  const found = Object.keys(model.scopes).filter((key) => {
    if (!key) return false;
    // The last part only: else every scope inside of a found one would be found, too.
    const last = key.slice(key.lastIndexOf("/") + 1);
    return spanIn(last, query, lower);
  });
  return found.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}
