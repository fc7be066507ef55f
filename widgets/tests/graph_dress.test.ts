// Colours, badges, changes and walking: what a view works out of plain data.
import { describe, expect, it } from "vitest";
import classifier from "../fixtures/classifier.json";
import loop from "../fixtures/loop.json";
import { Book } from "../src/graph/book";
import { type KeyActions, press } from "../src/graph/keys";
import { boxWords, changeBadges, type Looks } from "../src/graph/look";
import { Nest } from "../src/graph/nest";
import { badges, COLOURS, ownOverlay, quantity, shading } from "../src/graph/overlay";
import { Walker } from "../src/graph/walk";
import type { Model, Overlay } from "../src/shared/types";

const model = classifier as unknown as Model;

function overlay(more: Partial<Overlay>): Overlay {
  return { title: "t", kind: "scale", values: [], combine: "sum", ...more };
}

describe("an overlay", () => {
  it("sums, or takes the greatest, of what a box stands for", () => {
    const values = [1, 2, null, 4];
    const seen = ["s", "s", "s", "b"];
    const sum = shading(overlay({ values }), seen);
    expect(sum.boxes.get("s")).toMatchObject({ text: "3", level: 0.75, category: -1 });
    expect(sum.boxes.get("b")).toMatchObject({ text: "4", level: 1 });
    expect(sum.range).toEqual(["0", "4"]);
    const most = shading(overlay({ values, combine: "max" }), seen);
    expect(most.boxes.get("s")!.text).toBe("2");
  });

  it("says the most frequent word, and that there are others", () => {
    const values = ["GPU:0", "GPU:0", "CPU:0", null];
    const found = shading(overlay({ kind: "category", combine: "most", values }), [
      "s",
      "s",
      "s",
      "b",
    ]);
    expect(found.boxes.get("s")).toMatchObject({ text: "GPU:0 +1", category: 0 });
    expect(found.boxes.get("s")!.words).toBe("t: GPU:0 ×2, CPU:0 ×1");
    expect(found.boxes.has("b")).toBe(false);
    expect(found.entries).toEqual([
      { text: "GPU:0", count: 2 },
      { text: "CPU:0", count: 1 },
    ]);
  });

  it("gives the rarest words the last colour together", () => {
    const values = [..."abcdefghijkl"];
    const found = shading(
      overlay({ kind: "category", combine: "most", values }),
      values,
    );
    const used = [...found.boxes.values()].map((shade) => shade.category);
    expect(Math.max(...used)).toBe(COLOURS - 1);
  });

  it("writes values with units that suit them", () => {
    expect(quantity(1500, "us")).toBe("1.5 ms");
    expect(quantity(2048, "B")).toBe("2.0 KiB");
    expect(quantity(0.25, "m")).toBe("0.25 m");
  });

  it("survives values that are no numbers", () => {
    const found = shading(overlay({ values: [Number.NaN, 1, Infinity] }), [
      "a",
      "b",
      "c",
    ]);
    expect(found.boxes.get("a")).toMatchObject({ text: "NaN", level: 1 });
    expect(found.boxes.get("b")!.level).toBe(1);
    expect(shading(overlay({}), []).range).toEqual(["0", "0"]);
  });

  it("can be told from the model alone", () => {
    const own = ownOverlay("dtype", model)!;
    expect(own.values[model.ops.name.indexOf("x")]).toBe("float32");
    expect(ownOverlay("time", model)).toBeNull();
  });
});

describe("badges", () => {
  const keyOf = (name: string) => (name.startsWith("s/") ? "s" : name);

  it("say one value as it is and count several", () => {
    const found = badges({ "s/a": "1", "s/b": "2", c: "3" }, keyOf);
    expect(found.get("s")).toEqual({ text: "2 values", words: "s/a: 1\ns/b: 2" });
    expect(found.get("c")!.text).toBe("3");
    expect(badges({ "s/a": "paused", "s/b": "paused" }, keyOf).get("s")!.text).toBe(
      "paused",
    );
    expect(badges({ gone: "1" }, () => "").size).toBe(0);
  });

  it("say changes by sign and word", () => {
    const found = changeBadges({ "s/a": "added", "s/b": "added", c: "moved" }, keyOf);
    expect(found.get("s")).toMatchObject({
      text: "+2",
      words: "2 added",
      change: "added",
    });
    expect(found.get("c")).toMatchObject({ text: "→", change: "moved" });
    const odd = changeBadges({ c: "painted" as "added" }, keyOf);
    expect(odd.size).toBe(0);
  });

  it("are part of what is read out of a box", () => {
    const looks = {
      badges: new Map([["x", { text: "1", words: "x: 1" }]]),
      changes: new Map(),
      shades: null,
    } as unknown as Looks;
    const box = model.frames[""]!.boxes.find((one) => one.key === "x")!;
    expect(boxWords(box, "x", looks)).toBe(
      "x, placeholder Placeholder; float32 (?, 784); gives float32 (?, 784); x: 1",
    );
  });
});

function place(source: Model, scopes: string[]) {
  const book = new Book(source);
  const picture = new Nest(book).picture(book.seenOpen(scopes));
  return { book, picture, walker: new Walker(book, picture) };
}

describe("walking", () => {
  it("follows edges between boxes", () => {
    const { walker } = place(model, []);
    expect(walker.targets("x")).toEqual(["layer1"]);
    expect(walker.sources("loss").sort()).toEqual(["labels", "layer2"]);
    expect(walker.sources("x")).toEqual([]);
  });

  it("follows edges through the borders of open scopes", () => {
    const { walker } = place(model, ["layer1", "layer2"]);
    expect(walker.targets("x")).toEqual(["layer1/MatMul"]);
    expect(walker.sources("layer2/MatMul").sort()).toEqual([
      "layer1/Relu",
      "layer2/weights",
    ]);
    const passed = [...walker.touching("x")].map((edge) => [edge.tail, edge.head]);
    expect(passed).toEqual([
      ["x", "layer1"],
      ["", "layer1/MatMul"],
    ]);
  });

  it("does not run in circles", () => {
    const { walker, picture } = place(loop as unknown as Model, ["while"]);
    for (const key of picture.spots.keys()) {
      expect(walker.targets(key)).not.toContain(key);
    }
  });

  it("reads boxes row by row, what is set aside last", () => {
    const { walker, picture } = place(model, []);
    const row = walker.siblings("");
    expect(new Set(row)).toEqual(new Set([...picture.spots.keys()]));
    expect(row.slice(0, 2)).toEqual(["x", "layer1"]);
    expect(row.slice(-2)).toEqual(["gradients", "train"]);
  });
});

describe("keys", () => {
  function pressed(key: string, at: string, scopes: string[] = [], dimmed = false) {
    const done: unknown[] = [];
    const note =
      (what: string) =>
      (...args: unknown[]) =>
        void done.push([what, ...args]);
    const actions: KeyActions = {
      go: note("go"),
      toggle: note("toggle"),
      command: note("command"),
      zoom: note("zoom"),
      help: note("help"),
      say: note("say"),
      relax: () => dimmed,
    };
    const used = press(key, { at, ...place(model, scopes) }, actions);
    return [used, ...done];
  }

  it("walk", () => {
    expect(pressed("ArrowDown", "x")).toEqual([true, ["go", "layer1"]]);
    expect(pressed("ArrowUp", "layer1")).toEqual([true, ["go", "x"]]);
    expect(pressed("ArrowRight", "labels")).toEqual([true, ["go", "layer2"]]);
    expect(pressed("Home", "loss")).toEqual([true, ["go", "x"]]);
    expect(pressed("End", "x")).toEqual([true, ["go", "train"]]);
    expect(pressed("ArrowUp", "x")[1]).toEqual(["say", "This takes nothing."]);
  });

  it("open, go in and come out", () => {
    expect(pressed("Enter", "layer1")).toEqual([true, ["toggle", "layer1"]]);
    expect(pressed("Enter", "layer1", ["layer1"])[1]).toEqual(["go", "layer1/biases"]);
    expect(pressed("Enter", "x")).toEqual([true, ["command", "details"]]);
    expect(pressed("Escape", "layer1/Relu", ["layer1"])[1]).toEqual(["go", "layer1"]);
    expect(pressed("Escape", "layer1", ["layer1"])[1]).toEqual(["toggle", "layer1"]);
    expect(pressed("Escape", "layer1", ["layer1"], true)).toEqual([true]);
    expect(pressed(" ", "layer1", ["layer1"])).toEqual([true, ["toggle", "layer1"]]);
    expect(pressed(" ", "x")).toEqual([true]);
  });

  it("zoom, search, trace, help, and leave the others alone", () => {
    expect(pressed("+", "x")).toEqual([true, ["zoom", "in"]]);
    expect(pressed("/", "x")).toEqual([true, ["command", "search"]]);
    expect(pressed("t", "x")).toEqual([true, ["command", "trace"]]);
    expect(pressed("?", "x")).toEqual([true, ["help"]]);
    expect(pressed("q", "x")).toEqual([false]);
  });
});
