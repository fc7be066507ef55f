// What the debugger's widget is told of a run: see debug/standing.py, `snapshot`.

export interface Shown {
  name: string;
  dtype: string;
  shape: number[];
  text: string;
  cells: string[][];
  heat: (number | null)[][];
}

export interface Snapshot {
  status: "paused" | "waiting" | "finished" | "failed" | "stopped";
  headline: string;
  node: string;
  type: string;
  phase: "before" | "after";
  why: string;
  loops: { name: string; iteration: number }[];
  inputs: Shown[];
  outputs: Shown[];
  ran: { name: string; type: string; at: number[] }[];
  count: number;
  waiting: string[];
  effects: string[];
  breakpoints: { number: number; text: string; hits: number }[];
  error: string;
}

export interface Moment {
  at: number[];
  value: Shown;
}

export interface Command {
  word: string;
  label: string;
  keys: string[];
  words: string;
}

/** The buttons, with the keys that do the same. */
export const COMMANDS: Command[] = [
  { word: "step", label: "Step", keys: ["F10", "n"], words: "run one node" },
  { word: "over", label: "Over", keys: ["o"], words: "run one scope or loop" },
  { word: "out", label: "Out", keys: ["u"], words: "run to the end of the scope" },
  { word: "cont", label: "Continue", keys: ["F8", "c"], words: "run on" },
  { word: "stop", label: "Stop", keys: ["x"], words: "give the run up" },
];

/** The command of a key, unless it is typed into a field or means something else. */
export function commandOf(event: KeyboardEvent): string | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = event.target as HTMLElement;
  const types = ["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName);
  if (types && event.key.length === 1) return null;
  if (event.key === "p") return "pause";
  return COMMANDS.find((one) => one.keys.includes(event.key))?.word ?? null;
}

export function isOver(state: Snapshot): boolean {
  return ["finished", "failed", "stopped"].includes(state.status);
}

/** "float32 [2, 3]"; of a number just "float32". */
export function kind(value: Shown): string {
  if (value.dtype === "resource") return "a resource";
  return value.shape.length
    ? `${value.dtype} [${value.shape.join(", ")}]`
    : value.dtype;
}

/** "iteration 2 of while", innermost first; "" outside of loops. */
export function place(loops: Snapshot["loops"]): string {
  return [...loops]
    .reverse()
    .map((loop) => `iteration ${loop.iteration} of ${loop.name}`)
    .join(" in ");
}

/** The tensors that may be injected or looked at here, without repetition. */
export function names(state: Snapshot): string[] {
  const shown = [...state.outputs, ...state.inputs].map((value) => value.name);
  return [...new Set(shown)];
}
