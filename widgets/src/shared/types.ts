// What Python sends: the contract of `display/book.py` (`Book.to_json`) and the views.
// The fixtures in `fixtures/` are read by vitest and by pytest.

/** An anywidget model, as far as views use it; the page without a kernel has its own. */
export interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
}

export interface Port {
  key: string;
  label: string;
}

/** A bundle of tensors or control dependencies; an empty `tail` or `head` with a port
 * is the frame's own border. */
export interface Edge {
  tail: string;
  tail_port: string;
  head: string;
  head_port: string;
  kind: "data" | "control" | "back";
  tensors: string[];
  count: number;
}

export interface Box {
  key: string;
  label: string;
  kind: string;
  type: string;
  lines: string[];
  count: number;
  inputs: string[];
  waits: string[];
  outputs: string[];
  devices: [string, number][];
  asked: boolean;
  marks: string[];
}

export interface Aside {
  letter: string;
  box: Box;
  links: number;
}

export interface Frame {
  boxes: Box[];
  edges: Edge[];
  inputs: Port[];
  outputs: Port[];
  aside: Aside[];
}

/** One entry an operation in every column; the index is the operation's id here. */
export interface Ops {
  name: string[];
  type: string[];
  device: string[];
  kind: string[];
  inputs: [number, number][][];
  controls: number[][];
  outputs: [string, string][][];
  home: string[];
  line: string[];
  code: string[];
}

export interface Model {
  version: 1;
  /** Enough for a first picture of a large graph; the rest is asked for. */
  partial?: boolean;
  title: string;
  summary: string;
  ops: Ops;
  parents: Record<string, string>;
  scopes: Record<string, { label: string; count: number }>;
  frames: Record<string, Frame>;
  asked: number[];
  settings: { open: string[]; hidden: string[]; aside: string[] };
}

export interface Overlay {
  title: string;
  kind: "category" | "scale";
  unit?: string;
  values: (number | string | null)[];
  combine: "sum" | "max" | "most";
  words?: string;
}
