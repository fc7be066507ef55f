// What keys do on the timeline; as in Perfetto, where that has a key for it.

export type Act =
  | { kind: "zoom"; factor: number }
  | { kind: "pan"; part: number }
  | { kind: "along"; by: number }
  | { kind: "across"; by: number }
  | { kind: "flow"; by: 1 | -1 }
  | { kind: "match"; by: 1 | -1 }
  | { kind: "fit" | "focus" | "clear" | "search" | "help" };

const IN = 0.7;
const STEP = 0.2;
const FAR = Number.MAX_SAFE_INTEGER;

const KEYS: Record<string, Act> = {
  w: { kind: "zoom", factor: IN },
  "+": { kind: "zoom", factor: IN },
  "=": { kind: "zoom", factor: IN },
  s: { kind: "zoom", factor: 1 / IN },
  "-": { kind: "zoom", factor: 1 / IN },
  a: { kind: "pan", part: -STEP },
  d: { kind: "pan", part: STEP },
  ArrowLeft: { kind: "pan", part: -STEP },
  ArrowRight: { kind: "pan", part: STEP },
  ".": { kind: "along", by: 1 },
  ",": { kind: "along", by: -1 },
  Home: { kind: "along", by: -FAR },
  End: { kind: "along", by: FAR },
  ArrowDown: { kind: "across", by: 1 },
  ArrowUp: { kind: "across", by: -1 },
  "]": { kind: "flow", by: 1 },
  "[": { kind: "flow", by: -1 },
  n: { kind: "match", by: 1 },
  N: { kind: "match", by: -1 },
  f: { kind: "focus" },
  Enter: { kind: "focus" },
  "0": { kind: "fit" },
  "/": { kind: "search" },
  "?": { kind: "help" },
  Escape: { kind: "clear" },
};

/** What a key asks for; undefined for one that is Jupyter's or the browser's. */
export function actOf(event: {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}): Act | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  // With shift the arrows walk from slice to slice.
  if (event.shiftKey && event.key === "ArrowRight") return KEYS["."];
  if (event.shiftKey && event.key === "ArrowLeft") return KEYS[","];
  return KEYS[event.key];
}

/** For the help: keys, and what they do. */
export const HELP: [string, string][] = [
  ["W / S, + / −", "closer, further"],
  ["A / D, ← / →", "earlier, later"],
  [". / ,", "next, previous slice of the track; also Shift + → / ←"],
  ["↓ / ↑", "the nearest slice of the track below, above"],
  ["] / [", "along the data: to what took it, to what made it"],
  ["Home / End", "first, last slice of the track"],
  ["N / Shift + N", "next, previous slice that was searched for"],
  ["F or Enter", "the selected slice, large"],
  ["0", "everything"],
  ["/", "search"],
  ["Esc", "select nothing; then lead out of the timeline"],
  ["wheel", "closer, further, once the timeline has the focus; or with Ctrl"],
  ["drag", "earlier, later"],
];
