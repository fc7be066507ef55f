// A small timeline: two runs of a -> b -> c, the loop op "more" twice in the second.
import type { TimelineModel } from "../src/timeline/model";

const ROWS: [
  op: number,
  device: number,
  lane: number,
  run: number,
  start: number,
  took: number,
][] = [
  [0, 0, 0, 0, 0, 10],
  [1, 1, 0, 0, 12, 20],
  [2, 0, 0, 0, 40, 40],
  [0, 0, 0, 1, 110, 10],
  [3, 0, 0, 1, 121, 2],
  [1, 1, 0, 1, 122, 20],
  [3, 0, 0, 1, 143, 2],
  [2, 0, 0, 1, 150, 30],
];

export function small(): TimelineModel {
  const column = (index: number) => ROWS.map((row) => row[index]!);
  return {
    summary: "2 runs, 4 operations",
    ops: {
      name: ["s/a", "s/b", "c", "while/more"],
      type: ["MatMul", "Add", "Add", "Add"],
      inputs: [[], [0, 3], [1, 3], [0, 3]],
    },
    devices: ["CPU:0", "CPU:1"],
    compute: [true, true],
    runs: [
      { number: 1, title: "c:0", start: 0, took: 100, error: "", left_out: 0 },
      { number: 2, title: "c:0", start: 104, took: 100, error: "", left_out: 0 },
    ],
    words: ["", "float32 (2, 3)"],
    hues: ["Add", "MatMul"],
    columns: {
      op: column(0),
      device: column(1),
      lane: column(2),
      run: column(3),
      words: ROWS.map((_, i) => i % 2),
      start: column(4),
      took: column(5),
      bytes: ROWS.map(() => 24),
    },
    memory: { time: [0, 40, 100], held: [24, 48, 0] },
  };
}

/** The same as Python sends it: numbers as bytes. */
export function binary(): TimelineModel {
  const model = small();
  const ints = ["op", "device", "lane", "run", "words"];
  for (const [name, values] of Object.entries(model.columns)) {
    const list = [...(values as number[])];
    const array = ints.includes(name) ? Int32Array.from(list) : Float64Array.from(list);
    // An odd offset, as buffers of a message have.
    const bytes = new Uint8Array(array.byteLength + 3);
    bytes.set(new Uint8Array(array.buffer), 3);
    model.columns[name] = new DataView(bytes.buffer, 3);
  }
  return model;
}
