// The live table's rows: facts from a trait, numbers from the newest message.
import type { Counts } from "../values/health";
import { doubles, floats, type News } from "../values/news";

/** What does not change, as `widgets/variables.py` sends it. */
export interface Facts {
  name: string;
  shape: string;
  dtype: string;
  device: string;
  bytes: number | null;
  trainable: boolean;
  lines: string[];
  scopes: string[];
}

export interface Row extends Facts {
  /** "missing": not initialized; "none": a value without numbers. */
  state: "unknown" | "missing" | "there" | "none";
  /** The value itself where it is no number. */
  text: string;
  counts: Counts;
  min: number;
  max: number;
  mean: number;
  std: number;
  spark: Float32Array;
}

const STATES = ["missing", "there", "none"] as const;
const NOTHING = new Float32Array();

/** The rows of a table, in the order of the graph. */
export function rowsOf(facts: Facts[], news: News | null): Row[] {
  const columns = (news?.fields.columns as string[] | undefined) ?? [];
  const texts = (news?.fields.texts as Record<string, string> | undefined) ?? {};
  const numbers = doubles(news?.buffers[0]);
  const sparks = floats(news?.buffers[1]);
  const length = facts.length ? sparks.length / facts.length : 0;
  return facts.map((fact, index) => {
    const at = (name: string) =>
      numbers[index * columns.length + columns.indexOf(name)] ?? Number.NaN;
    const known = (index + 1) * columns.length <= numbers.length && columns.length > 0;
    const counts = {
      looked: at("looked"),
      zero: at("zero"),
      negative: at("negative"),
      positive: at("positive"),
      nan: at("nan"),
      inf: at("posinf") + at("neginf"),
    };
    return {
      ...fact,
      state: known ? (STATES[at("state")] ?? "unknown") : "unknown",
      text: texts[String(index)] ?? "",
      counts,
      min: at("min"),
      max: at("max"),
      mean: at("mean"),
      std: at("std"),
      spark: length ? sparks.subarray(index * length, (index + 1) * length) : NOTHING,
    };
  });
}

export type Key =
  | "name"
  | "dtype"
  | "device"
  | "bytes"
  | "mean"
  | "min"
  | "max"
  | "bad";

/** What a column is sorted by; NaN and what is missing come last either way. */
function keyOf(row: Row, key: Key): string | number {
  if (key === "bytes") return row.bytes ?? Number.NaN;
  if (key === "bad")
    return row.counts.looked
      ? ((row.counts.nan + row.counts.inf) * 1e6 + row.counts.zero) / row.counts.looked
      : Number.NaN;
  return row[key];
}

/** The rows whose name, shape, dtype or device has all of the words, sorted. */
export function chosen(rows: Row[], filter: string, sort: string): Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter((row) => {
    const text = `${row.name} ${row.shape} ${row.dtype} ${row.device}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const down = sort.startsWith("-");
  const key = sort.replace("-", "") as Key;
  if (!key) return found;
  return found.sort((a, b) => order(keyOf(a, key), keyOf(b, key), down));
}

function order(a: string | number, b: string | number, down: boolean): number {
  if (typeof a === "string" && typeof b === "string")
    return (down ? -1 : 1) * a.localeCompare(b, "en", { numeric: true });
  const x = Number(a);
  const y = Number(b);
  if (Number.isNaN(x) || Number.isNaN(y))
    return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
  return down ? y - x : x - y;
}

/** The next way to sort by a column: upwards, downwards, as in the graph. */
export function nextSort(sort: string, key: Key): string {
  if (sort === key) return `-${key}`;
  return sort === `-${key}` ? "" : key;
}
