// What lies where from top to bottom: the axis, the runs, the tracks, the memory.
import type { Trace } from "./model";

export const GUTTER = 104;
export const AXIS = 24;
export const LANE = 22;
const GAP = 8;
const MEMORY = 52;

export interface Rows {
  runs: number;
  /** The top of each track. */
  tracks: number[];
  /** The top of the memory, and how high it is; 0 where nothing is known. */
  memory: number;
  memoryHeight: number;
  height: number;
}

export function rowsOf(trace: Trace): Rows {
  let y = AXIS;
  const runs = y;
  y += LANE + GAP;
  let before = -1;
  const tracks = trace.tracks.map((track) => {
    if (before >= 0 && track.device !== before) y += GAP;
    before = track.device;
    y += LANE;
    return y - LANE;
  });
  y += GAP;
  const memoryHeight = trace.peak > 0 ? MEMORY : 0;
  return { runs, tracks, memory: y, memoryHeight, height: y + memoryHeight + 6 };
}

/** The track at a height; -1 for none. */
export function trackAt(rows: Rows, y: number): number {
  return rows.tracks.findIndex((top) => y >= top && y < top + LANE);
}
