// The log of placements as Python sends it (`display/placement.py`), and its filter.

export interface Log {
  title: string;
  summary: string;
  name: string[];
  type: string[];
  asked: string[];
  possible: string[][];
  chosen: string[];
  why: string[];
  reason: string[];
  group: string[];
}

export type ChangeKind = "moves" | "fails" | "works" | "reason";

export interface Changes {
  summary: string;
  /** By operation: what happens, from where, to where, and why. */
  changes: Record<string, [ChangeKind, string, string, string]>;
}

/** The words for each kind of change, with a sign for those who scan. */
export const CHANGE_WORDS: Record<ChangeKind, string> = {
  moves: "→ moves to",
  fails: "✕ fails",
  works: "✓ works on",
  reason: "= stays on",
};

/** A log with all its columns, whatever came. */
export function readLog(sent: Partial<Log>): Log {
  const empty = { title: "", summary: "", name: [], type: [], asked: [], possible: [] };
  return { ...empty, chosen: [], why: [], reason: [], group: [], ...sent };
}

export interface Filter {
  words: string;
  /** A kind of reason; "" for any. */
  why: string;
  /** Null where changes do not matter. */
  changed: Changes["changes"] | null;
}

/** Numbers of the rows that a filter leaves, in order. */
export function rowsOf(log: Log, filter: Filter): number[] {
  const wanted = filter.words.toLowerCase().split(/\s+/).filter(Boolean);
  const found: number[] = [];
  for (let i = 0; i < log.name.length; i++) {
    if (filter.why && log.why[i] !== filter.why) continue;
    if (filter.changed && !(log.name[i]! in filter.changed)) continue;
    const text = textOf(log, i);
    if (wanted.every((word) => text.includes(word))) found.push(i);
  }
  return found;
}

function textOf(log: Log, i: number): string {
  const parts = [
    log.name,
    log.type,
    log.asked,
    log.chosen,
    log.reason,
    log.why,
    log.group,
  ];
  return parts
    .map((column) => column[i])
    .join(" ")
    .toLowerCase();
}

/** How often each kind of reason is there, most frequent first. */
export function reasons(log: Log): [string, number][] {
  const counts = new Map<string, number>();
  for (const why of log.why) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** The names of those that an operation must share a device with. */
export function companions(log: Log, row: number): string[] {
  const group = log.group[row];
  return group ? log.name.filter((_, i) => i !== row && log.group[i] === group) : [];
}
