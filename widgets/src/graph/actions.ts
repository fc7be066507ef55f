// What the panels beside the graph may do with it, and what they are told.
//
// GraphView (index.tsx) owns all state and implements the actions; panels (panels/)
// take them as props and keep nothing of the graph's.
import type { Answer } from "../shared/hooks";
import type { Model, Overlay } from "../shared/types";

export interface GraphActions {
  /** Selects an operation or a scope by name; "" selects nothing. */
  select(name: string): void;
  /** Opens the scopes around an operation, brings it to the middle and selects it. */
  reveal(op: number): void;
  /** Dims all but these operations and says `words` aloud; null shows all again. */
  highlight(ops: number[] | null, words: string): void;
  /** Says which scopes are open, and no others. */
  setOpen(keys: string[]): void;
  /** Marks an operation or scope as the one under the pointer; "" marks none. */
  hover(name: string): void;
  /** Asks Python; rejects where there is no kernel. */
  ask(question: { ask: string; [key: string]: unknown }): Promise<Answer>;
}

/** A key pressed in the graph that a panel answers; `at` tells two of the same apart. */
export interface Command {
  what: "search" | "trace" | "details" | "leave";
  at: number;
}

/** The program beside the graph; `op` is -1 for a line that belongs to none. */
export interface Program {
  title?: string;
  lines?: { text: string; op: number }[];
  /** What optimisation did on the way to these lines. */
  rewriting?: Rewriting;
  /** What to show at first; the program when left out. */
  view?: "optimised";
}

/** Of `display/program_lines.py`: operations that do not run as such, kind by kind. */
export interface Rewriting {
  before: number;
  after: number;
  groups: {
    what: string;
    words: string;
    ops: { op: number; into: number[]; value: string }[];
  }[];
}

export interface PanelsProps {
  model: Model;
  actions: GraphActions;
  /** Name of the selected operation or scope, or "". */
  selected: string;
  /** Name of what is under the pointer, in the graph or in a panel. */
  hovered: string;
  program: Program;
  /** Operation name: what happened to it. */
  changes: Record<string, Change>;
  overlay: Overlay | null;
  /** Operation name: a short live text, as its value. */
  marks: Record<string, string>;
  /** The latest key for a panel; null before the first. */
  command: Command | null;
}

export type Change = "added" | "removed" | "changed" | "moved";
