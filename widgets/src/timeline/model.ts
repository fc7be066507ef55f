// The runs as Python sends them (`display/timeline_model.py`), ready to be looked at:
// tracks of slices, who is next to whom, what it cost.

export interface RunInfo {
  number: number;
  title: string;
  start: number;
  took: number;
  error: string;
  left_out: number;
}

type Column = DataView | ArrayLike<number>;

export interface TimelineModel {
  summary: string;
  ops: { name: string[]; type: string[]; inputs: number[][] };
  devices: string[];
  compute: boolean[];
  runs: RunInfo[];
  words: string[];
  hues: string[];
  columns: Record<string, Column>;
  memory: { time: Column; held: Column };
}

/** The slices that lie side by side: one lane of one device. */
export interface Track {
  device: number;
  lane: number;
  /** Numbers of slices, by start. */
  slices: Int32Array;
}

export interface Trace {
  model: TimelineModel;
  count: number;
  op: Int32Array;
  device: Int32Array;
  run: Int32Array;
  words: Int32Array;
  start: Float64Array;
  took: Float64Array;
  bytes: Float64Array;
  /** Number of the track that a slice lies in. */
  track: Int32Array;
  tracks: Track[];
  time: Float64Array;
  held: Float64Array;
  peak: number;
  end: number;
  /** For each operation the number of its colour. */
  hue: Int32Array;
}

/** How many colours there are; the last is of all types that have none of their own. */
export const HUES = 7;

function ints(column: Column | undefined): Int32Array {
  if (column instanceof DataView) {
    const found = new Int32Array(column.byteLength / 4);
    for (let i = 0; i < found.length; i++) found[i] = column.getInt32(4 * i, true);
    return found;
  }
  return Int32Array.from(column ?? []);
}

function floats(column: Column | undefined): Float64Array {
  if (column instanceof DataView) {
    const found = new Float64Array(column.byteLength / 8);
    for (let i = 0; i < found.length; i++) found[i] = column.getFloat64(8 * i, true);
    return found;
  }
  return Float64Array.from(column ?? []);
}

/** Reads what Python sent; also an empty model. */
export function readTrace(sent: Partial<TimelineModel>): Trace {
  const model: TimelineModel = {
    summary: "",
    ops: { name: [], type: [], inputs: [] },
    devices: [],
    compute: [],
    runs: [],
    words: [],
    hues: [],
    columns: {},
    memory: { time: [], held: [] },
    ...sent,
  };
  const columns = model.columns;
  const [op, device, lane] = [
    ints(columns.op),
    ints(columns.device),
    ints(columns.lane),
  ];
  const held = floats(model.memory.held);
  const last = model.runs[model.runs.length - 1];
  const order = new Map(model.hues.map((type, index) => [type, index]));
  return {
    model,
    count: op.length,
    op,
    device,
    run: ints(columns.run),
    words: ints(columns.words),
    start: floats(columns.start),
    took: floats(columns.took),
    bytes: floats(columns.bytes),
    ...tracksOf(device, lane),
    time: floats(model.memory.time),
    held,
    peak: held.reduce((most, value) => Math.max(most, value), 0),
    end: last ? last.start + last.took : 0,
    hue: Int32Array.from(model.ops.type, (type) => order.get(type) ?? HUES - 1),
  };
}

function tracksOf(
  device: Int32Array,
  lane: Int32Array,
): { track: Int32Array; tracks: Track[] } {
  const members = new Map<number, number[]>();
  const key = (i: number) => device[i]! * 4096 + lane[i]!;
  for (let i = 0; i < device.length; i++) {
    const there = members.get(key(i));
    if (there) there.push(i);
    else members.set(key(i), [i]);
  }
  const keys = [...members.keys()].sort((a, b) => a - b);
  const track = new Int32Array(device.length);
  const tracks = keys.map((one, number) => {
    const slices = Int32Array.from(members.get(one)!);
    for (const i of slices) track[i] = number;
    return { device: Math.floor(one / 4096), lane: one % 4096, slices };
  });
  return { track, tracks };
}

/** The first place in `slices` whose end is after `time`. */
export function firstAfter(trace: Trace, slices: Int32Array, time: number): number {
  let [low, high] = [0, slices.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const i = slices[middle]!;
    if (trace.start[i]! + trace.took[i]! > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The slice of a track that is at `time`, or at most `near` away; -1 for none. */
export function sliceAt(
  trace: Trace,
  track: number,
  time: number,
  near: number,
): number {
  const slices = trace.tracks[track]?.slices;
  if (!slices) return -1;
  let [best, distance] = [-1, near];
  const from = firstAfter(trace, slices, time);
  for (const place of [from - 1, from]) {
    const i = slices[place];
    if (i === undefined) continue;
    const away = Math.max(
      trace.start[i]! - time,
      time - trace.start[i]! - trace.took[i]!,
    );
    if (away <= distance) [best, distance] = [i, away];
  }
  return best;
}

/** The slice `by` places further on in its track; the end one at the ends. */
export function along(trace: Trace, slice: number, by: number): number {
  const { slices } = trace.tracks[trace.track[slice]!]!;
  const place = slices.indexOf(slice);
  return slices[Math.min(Math.max(place + by, 0), slices.length - 1)]!;
}

/** The nearest slice in the track `by` places below. */
export function across(trace: Trace, slice: number, by: number): number {
  const track = trace.track[slice]! + by;
  if (track < 0 || track >= trace.tracks.length) return slice;
  const middle = trace.start[slice]! + trace.took[slice]! / 2;
  return sliceAt(trace, track, middle, Number.POSITIVE_INFINITY);
}

/** The slices that one took from: of each, the latest turn in the same run. */
export function makers(trace: Trace, slice: number): number[] {
  const wanted = new Set(trace.model.ops.inputs[trace.op[slice]!] ?? []);
  const found: number[] = [];
  for (let i = slice - 1; i >= 0 && wanted.size; i--) {
    if (trace.run[i] !== trace.run[slice]) break;
    if (wanted.delete(trace.op[i]!)) found.push(i);
  }
  return found.reverse();
}

/** The slices that took from one, up to its operation's next turn. */
export function takers(trace: Trace, slice: number): number[] {
  const found: number[] = [];
  const op = trace.op[slice]!;
  for (let i = slice + 1; i < trace.count; i++) {
    if (trace.run[i] !== trace.run[slice]) break;
    if (trace.model.ops.inputs[trace.op[i]!]?.includes(op)) found.push(i);
    if (trace.op[i] === op) break;
  }
  return found;
}

/** Operations that `name` stands for: one by its name, or all below a scope. */
export function opsNamed(trace: Trace, name: string): Set<number> {
  const found = new Set<number>();
  if (!name) return found;
  const prefix = name.endsWith("/") ? name : `${name}/`;
  trace.model.ops.name.forEach((one, op) => {
    if (one === name) found.add(op);
  });
  if (found.size) return found;
  trace.model.ops.name.forEach((one, op) => {
    if (one.startsWith(prefix)) found.add(op);
  });
  return found;
}

/** Operations in whose name or type `words` stand, all of them. */
export function opsMatching(trace: Trace, words: string): Set<number> {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Set<number>();
  if (!wanted.length) return found;
  trace.model.ops.name.forEach((name, op) => {
    const text = `${name} ${trace.model.ops.type[op]}`.toLowerCase();
    if (wanted.every((word) => text.includes(word))) found.add(op);
  });
  return found;
}
