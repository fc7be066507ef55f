// Colouring by a property of operations, and what a box shows of many operations.
//
// Colour is never alone: every coloured box also has the words (`Shade.text`), and a
// scale has a bar as long as the value is large.
import { bytes, duration, number } from "../shared/format";
import type { Model, Overlay } from "../shared/types";

export interface Shade {
  /** What is written on the box. */
  text: string;
  /** More words, for tooltips and the summary that is read out. */
  words: string;
  /** For a category its number, from the most frequent one down; -1 for a scale. */
  category: number;
  /** For a scale where the value lies, 0 to 1; 0 for a category. */
  level: number;
}

export interface Entry {
  text: string;
  count: number;
}

/** An overlay worked out: for the legend, and for every box that is seen. */
export interface Shading {
  title: string;
  kind: Overlay["kind"];
  words: string;
  /** The categories, most frequent first. */
  entries: Entry[];
  /** Least and greatest value of a scale, as words. */
  range: [string, string];
  boxes: Map<string, Shade>;
}

/** How many categories have a colour of their own; the rest share the last. */
export const COLOURS = 8;

/** Works `overlay` out for the boxes that stand for the operations. */
export function shading(overlay: Overlay, seen: string[]): Shading {
  const groups = new Map<string, (number | string)[]>();
  overlay.values.forEach((value, index) => {
    const key = seen[index];
    if (value === null || value === undefined || !key) return;
    const there = groups.get(key);
    if (there) there.push(value);
    else groups.set(key, [value]);
  });
  return overlay.kind === "scale"
    ? scaled(overlay, groups)
    : categorised(overlay, groups);
}

function categorised(
  overlay: Overlay,
  groups: Map<string, (number | string)[]>,
): Shading {
  const entries = counts([...groups.values()].flat().map(String));
  const order = new Map(entries.map((entry, index) => [entry.text, index]));
  const boxes = new Map<string, Shade>();
  for (const [key, values] of groups) {
    const found = counts(values.map(String));
    const [most] = found;
    if (!most) continue;
    const more = found.length > 1 ? ` +${found.length - 1}` : "";
    const words = found.map((one) => `${one.text} ×${one.count}`).join(", ");
    boxes.set(key, {
      text: most.text + more,
      words: `${overlay.title}: ${values.length > 1 ? words : most.text}`,
      category: Math.min(order.get(most.text) ?? 0, COLOURS - 1),
      level: 0,
    });
  }
  return { ...head(overlay), entries, range: ["", ""], boxes };
}

function scaled(overlay: Overlay, groups: Map<string, (number | string)[]>): Shading {
  const sums = new Map<string, number>();
  for (const [key, values] of groups) sums.set(key, combined(values, overlay.combine));
  const finite = [...sums.values()].filter(Number.isFinite);
  const least = Math.min(0, ...finite);
  const most = Math.max(0, ...finite);
  const boxes = new Map<string, Shade>();
  for (const [key, value] of sums) {
    const text = quantity(value, overlay.unit);
    const level = most > least ? (value - least) / (most - least) : 0;
    const clear = Number.isFinite(level) ? level : 1;
    boxes.set(key, {
      text,
      words: `${overlay.title}: ${text}`,
      category: -1,
      level: clear,
    });
  }
  const range: [string, string] = [
    quantity(least, overlay.unit),
    quantity(most, overlay.unit),
  ];
  return { ...head(overlay), entries: [], range, boxes };
}

function head(overlay: Overlay): Pick<Shading, "title" | "kind" | "words"> {
  return { title: overlay.title, kind: overlay.kind, words: overlay.words ?? "" };
}

function combined(values: (number | string)[], how: Overlay["combine"]): number {
  const numbers = values.map(Number);
  if (how === "sum") return numbers.reduce((sum, value) => sum + value, 0);
  if (how === "max")
    return numbers.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a));
  return Number(counts(numbers.map(String))[0]?.text ?? 0);
}

function counts(words: string[]): Entry[] {
  const found = new Map<string, number>();
  for (const word of words) found.set(word, (found.get(word) ?? 0) + 1);
  return [...found]
    .map(([text, count]) => ({ text, count }))
    .sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1));
}

/** A value with its unit; microseconds and bytes in units that suit their size. */
export function quantity(value: number, unit = ""): string {
  if (unit === "us") return duration(value);
  if (unit === "B") return bytes(Math.round(value));
  return unit ? `${number(value)} ${unit}` : number(value);
}

/** What can be told from the model alone, with no kernel to ask; null for the rest. */
export function ownOverlay(by: string, model: Model): Overlay | null {
  const { ops } = model;
  const values = {
    device: ops.device.map((device) => device || null),
    dtype: ops.outputs.map((outputs) => outputs[0]?.[0] ?? null),
    type: ops.type,
  }[by];
  if (!values) return null;
  return { title: by, kind: "category", values, combine: "most" };
}

/** For each box that is seen the live text of the operations in it. */
export function badges(
  marks: Record<string, string>,
  keyOf: (name: string) => string,
): Map<string, { text: string; words: string }> {
  const found = new Map<string, [string, string][]>();
  for (const [name, text] of Object.entries(marks)) {
    const key = keyOf(name);
    if (!key) continue;
    const there = found.get(key);
    if (there) there.push([name, text]);
    else found.set(key, [[name, text]]);
  }
  const result = new Map<string, { text: string; words: string }>();
  for (const [key, all] of found) {
    const texts = new Set(all.map(([, text]) => text));
    const [first] = texts;
    result.set(key, {
      text: texts.size === 1 ? first! : `${all.length} values`,
      words: all.map(([name, text]) => `${name}: ${text}`).join("\n"),
    });
  }
  return result;
}
