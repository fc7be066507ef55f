// Where the time went: the same sums as `display/runs.py`, over what is looked at.
import type { Trace } from "./model";

export interface Cost {
  key: string;
  times: number;
  total: number;
  mean: number;
  share: number;
  bytes: number;
}

export const GROUPINGS = ["op", "type", "scope", "device"] as const;
export type Grouping = (typeof GROUPINGS)[number];
export type Order = keyof Cost;

function keyOf(trace: Trace, by: Grouping): (slice: number) => string {
  const { name, type } = trace.model.ops;
  if (by === "device") return (i) => trace.model.devices[trace.device[i]!]!;
  if (by === "type") return (i) => type[trace.op[i]!]!;
  if (by === "op") return (i) => name[trace.op[i]!]!;
  const scopes = name.map((one) => {
    const slash = one.indexOf("/");
    return slash < 0 ? one : one.slice(0, slash + 1);
  });
  return (i) => scopes[trace.op[i]!]!;
}

/** What it cost in one run, or in all (-1); the dearest first. */
export function costs(trace: Trace, by: Grouping, run = -1): Cost[] {
  const key = keyOf(trace, by);
  const groups = new Map<string, Cost>();
  let whole = 0;
  for (let i = 0; i < trace.count; i++) {
    if (run >= 0 && trace.run[i] !== run) continue;
    // The streams of a GPU tell the same again.
    if (trace.model.compute[trace.device[i]!] === false) continue;
    let cost = groups.get(key(i));
    if (!cost) {
      cost = { key: key(i), times: 0, total: 0, mean: 0, share: 0, bytes: 0 };
      groups.set(cost.key, cost);
    }
    cost.times += 1;
    cost.total += trace.took[i]!;
    cost.bytes = Math.max(cost.bytes, trace.bytes[i]!);
    whole += trace.took[i]!;
  }
  const found = [...groups.values()];
  for (const cost of found) {
    cost.mean = cost.total / cost.times;
    cost.share = whole ? cost.total / whole : 0;
  }
  return sorted(found, "total");
}

/** By a column: words upwards, numbers downwards; equals by their key. */
export function sorted(found: Cost[], order: Order): Cost[] {
  const names = (a: Cost, b: Cost) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  if (order === "key") return [...found].sort(names);
  return [...found].sort((a, b) => b[order] - a[order] || names(a, b));
}
