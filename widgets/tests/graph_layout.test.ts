// The layout of frames: nothing overlaps, lines end at borders, layouts are kept.
import { beforeAll, describe, expect, it } from "vitest";
import classifier from "../fixtures/classifier.json";
import crowded from "../fixtures/crowded.json";
import hostile from "../fixtures/hostile.json";
import loop from "../fixtures/loop.json";
import { Book, nameOf, seenBoxes } from "../src/graph/book";
import { curve } from "../src/graph/curve";
import { type Laid, layFrame, mergedEdges } from "../src/graph/frame";
import { shorten, textWidth } from "../src/graph/measure";
import { Nest, type Picture, type Spot } from "../src/graph/nest";
import type { Edge, Frame, Model } from "../src/shared/types";

const models = { classifier, crowded, hostile, loop } as unknown as Record<
  string,
  Model
>;

/** A book and the picture of it with everything open, as far as `most` scopes. */
function opened(
  model: Model,
  most = 12,
): { book: Book; open: Set<string>; picture: Picture } {
  const book = new Book(model);
  const open = book.seenOpen(Object.keys(model.scopes).slice(0, most));
  return { book, open, picture: new Nest(book).picture(open) };
}

function overlap(a: Spot, b: Spot): boolean {
  const gap = 1;
  return (
    a.x + a.w > b.x + gap &&
    b.x + b.w > a.x + gap &&
    a.y + a.h > b.y + gap &&
    b.y + b.h > a.y + gap
  );
}

describe.each(Object.keys(models))("the picture of %s", (name) => {
  let picture: Picture;
  beforeAll(() => {
    picture = opened(models[name]!).picture;
  });

  it("lets no two boxes of a frame overlap", () => {
    const spots = [...picture.spots.values()];
    const pairs = spots.flatMap((a, index) =>
      spots
        .slice(index + 1)
        .flatMap((b) => (a.frame === b.frame ? [[a, b] as const] : [])),
    );
    expect(pairs.length).toBeGreaterThan(0);
    expect(pairs.filter(([a, b]) => overlap(a, b))).toEqual([]);
  });

  it("keeps what is in a scope inside of it", () => {
    for (const spot of picture.spots.values()) {
      const around = picture.spots.get(spot.frame);
      const [left, top, w, h] = around
        ? [around.x, around.y, around.w, around.h]
        : [0, 0, picture.w, picture.h];
      expect(spot.x).toBeGreaterThanOrEqual(left - 0.5);
      expect(spot.y).toBeGreaterThanOrEqual(top - 0.5);
      expect(spot.x + spot.w).toBeLessThanOrEqual(left + w + 0.5);
      expect(spot.y + spot.h).toBeLessThanOrEqual(top + h + 0.5);
    }
  });

  it("keeps the bends of lines inside, too", () => {
    for (const { points } of picture.lines) {
      for (const { x, y } of points) {
        expect(x).toBeGreaterThanOrEqual(-0.5);
        expect(y).toBeGreaterThanOrEqual(-0.5);
        expect(x).toBeLessThanOrEqual(picture.w + 0.5);
        expect(y).toBeLessThanOrEqual(picture.h + 0.5);
      }
    }
  });

  it("ends lines with an arrow at the border of the box they lead to", () => {
    for (const { edge, arrow, points } of picture.lines) {
      if (!arrow) continue;
      const box = picture.spots.get(edge.head)!;
      const end = points.at(-1)!;
      expect(end.x).toBeGreaterThan(box.x);
      expect(end.x).toBeLessThan(box.x + box.w);
      expect(Math.min(Math.abs(end.y - box.y), Math.abs(end.y - box.y - box.h))).toBe(
        0,
      );
    }
  });

  it("is the same each time", () => {
    expect(opened(models[name]!).picture).toEqual(picture);
  });
});

describe("a frame", () => {
  const edge = (tail: string, head: string, more: Partial<Edge> = {}): Edge => ({
    tail,
    tail_port: "",
    head,
    head_port: "",
    kind: "data",
    tensors: ["float32 ()"],
    count: 1,
    ...more,
  });
  const frame = (keys: string[], edges: Edge[]): Frame => ({
    boxes: keys.map((key) => box(key)),
    edges,
    inputs: [],
    outputs: [],
    aside: [],
  });

  it("has what is needed above what needs it", () => {
    const laid = layFrame(
      frame(["c", "b", "a"], [edge("a", "b"), edge("b", "c")]),
      "",
      none(),
    );
    const y = (key: string) => laid.boxes.find((one) => one.box.key === key)!.y;
    expect(y("a")).toBeLessThan(y("b"));
    expect(y("b")).toBeLessThan(y("c"));
  });

  it("pulls what nothing feeds down to what it feeds", () => {
    const edges = [edge("a", "b"), edge("b", "c"), edge("late", "c")];
    const laid = layFrame(frame(["a", "b", "c", "late"], edges), "", none());
    const y = (key: string) => laid.boxes.find((one) => one.box.key === key)!.y;
    expect(y("late")).toBeGreaterThan(y("a"));
  });

  it("draws what leads back upwards", () => {
    const back = edge("b", "a", { kind: "back" });
    const laid = layFrame(frame(["a", "b"], [edge("a", "b"), back]), "", none());
    const line = laid.lines.find((one) => one.edge.kind === "back")!;
    expect(line.points[0]!.y).toBeGreaterThan(line.points.at(-1)!.y);
  });

  it("has ports on its borders, and the lines reach them", () => {
    const inner = frame(
      ["a"],
      [edge("", "a", { tail_port: "p" }), edge("a", "", { head_port: "q" })],
    );
    inner.inputs = [{ key: "p", label: "outside" }];
    inner.outputs = [{ key: "q", label: "outside" }];
    const laid = layFrame(inner, "scope", none());
    expect(laid.inputs.get("p")!.y).toBe(0);
    expect(laid.outputs.get("q")!.y).toBe(laid.h);
    expect(laid.inputs.get("p")!.label).toBe("");
    const [first, last] = [
      laid.lines[0]!.points[0]!,
      laid.lines.at(-1)!.points.at(-1)!,
    ];
    expect([first.y, last.y]).toEqual([0, laid.h]);
  });

  it("writes the words of a tensor once, however many take it", () => {
    const laid = layFrame(
      frame(["a", "b", "c"], [edge("a", "b"), edge("a", "c")]),
      "",
      none(),
    );
    expect(laid.tags.map((tag) => tag.text)).toEqual(["float32 ()"]);
    expect(laid.lines.length).toBe(3);
  });

  it("joins edges that differ by the ports of closed boxes only", () => {
    const two = frame(
      ["a", "b"],
      [
        edge("a", "b", { head_port: "p" }),
        edge("a", "b", { head_port: "q", count: 2 }),
      ],
    );
    expect(mergedEdges(two, new Map())).toEqual([
      edge("a", "b", { count: 3, tensors: ["float32 ()", "float32 ()"] }),
    ]);
    expect(mergedEdges(two, new Map([["b", null]])).length).toBe(2);
  });

  it("places boxes without edges, and frames with none", () => {
    const laid = layFrame(frame(["a", "b"], []), "", none());
    expect(laid.boxes.length).toBe(2);
    expect(layFrame(frame([], []), "", none()).boxes).toEqual([]);
  });
});

describe("open scopes", () => {
  const model = models.classifier!;

  it("are those whose surroundings are open and whose frame is there", () => {
    const book = new Book({ ...model, frames: { "": model.frames[""]! } });
    expect(book.seenOpen(["layer1"])).toEqual(new Set());
    book.add("layer1", model.frames.layer1!);
    expect(book.seenOpen(["layer1", "nowhere"])).toEqual(new Set(["layer1"]));
    expect(book.seenOpen(["layer1/weights"])).toEqual(new Set());
  });

  it("are laid out alone: the others are kept as they are", () => {
    const book = new Book(model);
    const nest = new Nest(book);
    const kept = (picture: Picture) =>
      [...picture.spots.values()].filter((spot) => spot.frame === "layer1");
    const before = kept(nest.picture(book.seenOpen(["layer1"])));
    const after = kept(nest.picture(book.seenOpen(["layer1", "layer2"])));
    const [dx, dy] = [after[0]!.x - before[0]!.x, after[0]!.y - before[0]!.y];
    expect(after.map(({ x, y }) => [x - dx, y - dy])).toEqual(
      before.map(({ x, y }) => [x, y]),
    );
  });

  it("continue the edges of the frame around at their ports", () => {
    const { picture } = opened(model, 2);
    const outer = picture.lines.filter(({ edge, to }) => edge.head_port && to === "b");
    expect(outer.length).toBeGreaterThan(0);
    for (const { edge, points } of outer) {
      const inner = picture.lines.filter(
        (line) => line.frame === edge.head && line.edge.tail_port === edge.head_port,
      );
      expect(inner.length).toBeGreaterThan(0);
      const start = inner[0]!.points[0]!;
      expect(points.at(-1)!.x).toBeCloseTo(start.x, 3);
      expect(points.at(-1)!.y).toBeCloseTo(start.y, 3);
    }
  });

  it("say letters anew where two frames would use the same", () => {
    const { picture } = opened(models.crowded!, 20);
    const letters = [...picture.spots.values()].flatMap((spot) => spot.letter ?? []);
    expect(new Set(letters).size).toBe(letters.length);
    const marks = [...picture.spots.values()].flatMap((spot) => spot.marks);
    expect(marks.filter((mark) => !letters.includes(mark))).toEqual([]);
  });

  it("stand in for what they hide", () => {
    const book = new Book(model);
    const op = book.index("layer1/MatMul");
    expect(seenBoxes(book, new Set())[op]).toBe("layer1");
    expect(seenBoxes(book, new Set(["layer1"]))[op]).toBe("layer1/MatMul");
    expect(book.keyOf("layer1")).toBe("layer1");
    expect(book.keyOf("nobody")).toBe("");
    expect(nameOf("w/:op")).toBe("w");
  });
});

describe("words", () => {
  it("lose their middle where there is no room", () => {
    const short = shorten("gradients/layer1/MatMul_grad", 12, 80);
    expect(short.startsWith("grad")).toBe(true);
    expect(short.endsWith("grad")).toBe(true);
    expect(textWidth(short, 12)).toBeLessThanOrEqual(80);
    expect(shorten("short", 12, 80)).toBe("short");
  });

  it("of ten thousand letters take no longer, and no letter is cut in two", () => {
    expect(shorten("😀".repeat(10_000), 12, 80).length).toBeLessThan(40);
    expect(shorten("😀".repeat(50), 12, 80)).not.toMatch(
      /[\ud800-\udbff](?![\udc00-\udfff])/,
    );
  });
});

describe("a curve", () => {
  it("goes through its points and drops those on the way", () => {
    const straight = [0, 10, 20, 30].map((y) => ({ x: 5, y }));
    expect(curve(straight)).toBe("M5 0C5 10 5 20 5 30");
    expect(curve([])).toBe("");
  });

  it("leaves and arrives vertically", () => {
    expect(
      curve([
        { x: 0, y: 0 },
        { x: 30, y: 30 },
      ]),
    ).toBe("M0 0C0 10 30 20 30 30");
  });
});

function none(): Map<string, Laid> {
  return new Map();
}

function box(key: string): Frame["boxes"][number] {
  return {
    key,
    label: key,
    kind: "operation",
    type: "Add",
    lines: [],
    count: 1,
    inputs: [],
    waits: [],
    outputs: [],
    devices: [],
    asked: false,
    marks: [],
  };
}
