// The part of time that is seen, and how it moves.

export interface Window {
  from: number;
  to: number;
}

/** Nothing is looked at closer than this, in microseconds across the view. */
const CLOSEST = 0.05;

/** Everything, with a little room at both ends. */
export function whole(end: number): Window {
  const room = Math.max(end, 1) * 0.015;
  return { from: -room, to: Math.max(end, 1) + room };
}

/** `window`, kept within everything. */
export function kept(window: Window, end: number): Window {
  const all = whole(end);
  const size = Math.min(Math.max(window.to - window.from, CLOSEST), all.to - all.from);
  const from = Math.min(Math.max(window.from, all.from), all.to - size);
  return { from, to: from + size };
}

/** Closer (`factor` below 1) or further, with the time `at` staying where it is. */
export function zoomed(
  window: Window,
  factor: number,
  at: number,
  end: number,
): Window {
  const size = window.to - window.from;
  const part = (at - window.from) / size;
  const next = Math.max(size * factor, CLOSEST);
  const from = at - part * next;
  return kept({ from, to: from + next }, end);
}

/** Moved by a part of its size. */
export function panned(window: Window, part: number, end: number): Window {
  const by = (window.to - window.from) * part;
  return kept({ from: window.from + by, to: window.to + by }, end);
}

/** A stretch of time with room at both sides. */
export function around(from: number, to: number, end: number, room = 0.6): Window {
  const more = Math.max((to - from) * room, CLOSEST / 2);
  return kept({ from: from - more, to: to + more }, end);
}

/** `window`, moved only as far as a stretch needs to be seen. */
export function showing(window: Window, from: number, to: number, end: number): Window {
  const size = window.to - window.from;
  if (from >= window.from && to <= window.to) return window;
  if (to - from > size) return around(from, to, end);
  const middle = (from + to) / 2;
  return kept({ from: middle - size / 2, to: middle + size / 2 }, end);
}

/** The round number (1, 2 or 5 and zeros) that is next above `wanted`. */
export function roundStep(wanted: number): number {
  if (!(wanted > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((f) => f * power).find((step) => step >= wanted * 0.999999)!;
}
