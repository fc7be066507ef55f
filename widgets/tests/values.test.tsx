// The views of values in the browser: tables, tensors, histories.
import { h, render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HistoryView } from "../src/history";
import { across, pathOf, placeAt, seriesOf } from "../src/history/model";
import { TensorView } from "../src/tensor";
import { colourOf, rgb, scaleOf } from "../src/tensor/colour";
import { cellSize, imageRange } from "../src/tensor/draw";
import { indexText, type Look, thinnedText, withAxis } from "../src/tensor/model";
import { healthWords, percent } from "../src/values/health";
import { doubles } from "../src/values/news";
import { VariablesView } from "../src/variables";
import { chosen, nextSort, type Row, rowsOf } from "../src/variables/model";
import { sparkPath } from "../src/variables/spark";
import { FakeModel } from "./fake";

const COLUMNS = [
  ...["state", "looked", "zero", "negative", "positive", "nan", "posinf", "neginf"],
  ...["min", "max", "mean", "std"],
];
const NAN = Number.NaN;

function view(numbers: Float64Array | Float32Array): DataView {
  // At an odd place, as in a message with several buffers.
  const bytes = new Uint8Array(numbers.byteLength + 3);
  bytes.set(new Uint8Array(numbers.buffer), 3);
  return new DataView(bytes.buffer, 3);
}

function facts(name: string, more = {}) {
  const base = { shape: "(2,)", dtype: "float32", device: "", bytes: 8 };
  return {
    name,
    ...base,
    trainable: true,
    lines: ["a.py, line 1"],
    scopes: [],
    ...more,
  };
}

const values = (rows: number[][]) => ({
  fields: { kind: "values", columns: COLUMNS, texts: {}, step: 7, trouble: "" },
  buffers: [
    view(new Float64Array(rows.flat())),
    view(new Float32Array(rows.flatMap((row) => [1, row[10] ?? NAN]))),
  ],
});

let place: HTMLElement;
beforeEach(() => {
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => setTimeout(draw, 0));
  vi.stubGlobal("cancelAnimationFrame", clearTimeout);
  place = document.body.appendChild(document.createElement("div"));
});
afterEach(() => {
  render(null, place);
  place.remove();
  vi.unstubAllGlobals();
});

type View = typeof VariablesView;

async function show(component: View, model: FakeModel): Promise<void> {
  await act(() => render(h(component, { model }), place));
}

async function tell(model: FakeModel, fields: object, buffers: DataView[] = []) {
  await act(async () => {
    model.receive(fields, buffers);
    await new Promise((done) => setTimeout(done, 5));
  });
}

describe("health", () => {
  const counts = { looked: 4, zero: 1, negative: 0, positive: 2, nan: 1, inf: 0 };
  it("is told in the words of Python", () => {
    expect(healthWords(counts)).toBe("25 % zero, 50 % positive, 25 % NaN");
    expect(healthWords({ ...counts, looked: 0 })).toBe("no elements");
  });
  it("never rounds something to nothing or to all", () => {
    expect([0.001, 0.5, 0.999, 1].map(percent)).toEqual([
      "< 1 %",
      "50 %",
      "> 99 %",
      "100 %",
    ]);
  });
});

describe("the table of variables", () => {
  const rows: number[][] = [
    [1, 2, 0, 1, 1, 0, 0, 0, -1, 3, 1, 2],
    [0, ...Array(11).fill(NAN)],
    [1, 4, 0, 0, 1, 2, 1, 0, 5, 5, 5, 0],
  ];
  const all = [
    facts("w10"),
    facts("w9", { bytes: null }),
    facts("b", { dtype: "int8" }),
  ];
  const traits = () => ({ rows: all, selected: "", filter: "", sort: "", opened: "" });
  const names = (found: Row[]) => found.map((row) => row.name);

  it("reads numbers wherever they lie in memory", () => {
    expect([...doubles(view(new Float64Array([1, NAN, -3])))]).toEqual([1, NAN, -3]);
    const [first, second] = rowsOf(all, values(rows));
    expect([first?.min, first?.max, first?.counts.negative]).toEqual([-1, 3, 1]);
    expect([first?.state, second?.state]).toEqual(["there", "missing"]);
    expect([...(first?.spark ?? [])]).toEqual([1, 1]);
  });
  it("has rows before there are numbers", () => {
    expect(rowsOf(all, null).map((row) => row.state)).toEqual(Array(3).fill("unknown"));
  });
  it("sorts, with what is missing at the end either way", () => {
    const found = rowsOf(all, values(rows));
    expect(names(chosen([...found], "", "name"))).toEqual(["b", "w9", "w10"]);
    expect(names(chosen([...found], "", "mean"))).toEqual(["w10", "b", "w9"]);
    expect(names(chosen([...found], "", "-mean"))).toEqual(["b", "w10", "w9"]);
    expect(names(chosen([...found], "", "-bad"))[0]).toBe("b");
    expect(names(chosen([...found], "W float", ""))).toEqual(["w10", "w9"]);
  });
  it("turns from upwards to downwards to none", () => {
    expect(nextSort("", "name")).toBe("name");
    expect(nextSort("name", "name")).toBe("-name");
    expect(nextSort("-name", "name")).toBe("");
    expect(nextSort("-name", "mean")).toBe("mean");
  });
  it("draws a curve with gaps", () => {
    expect(sparkPath([1, NAN, 2, 3]).match(/M/g)).toHaveLength(2);
    expect(sparkPath([NAN])).toBe("");
  });
  it("shows numbers as they come, and asks for them first", async () => {
    const model = new FakeModel(traits());
    await show(VariablesView, model);
    expect(model.sent[0]).toMatchObject({ ask: "values" });
    const { fields, buffers } = values(rows);
    await tell(model, fields, buffers);
    const [first, second, third] = [...place.querySelectorAll("tbody tr")];
    expect(first?.textContent).toContain("-1");
    expect(second?.textContent).toContain("not initialized");
    expect(third?.querySelector("[role=img]")?.getAttribute("aria-label")).toBe(
      "25 % positive, 50 % NaN, 25 % inf",
    );
    expect(place.textContent).toContain("step 7");
  });
  it("is left without listeners", async () => {
    const model = new FakeModel(traits());
    await show(VariablesView, model);
    await act(() => render(null, place));
    // The question that nobody answered may wait for its time to end.
    expect(model.listening()).toBeLessThanOrEqual(1);
  });
  it("selects, sorts and filters for both sides", async () => {
    const model = new FakeModel(traits());
    await show(VariablesView, model);
    await act(() => place.querySelectorAll<HTMLElement>("button.ig-name")[2]?.click());
    expect(model.get("selected")).toBe("b");
    await act(() => place.querySelector<HTMLElement>("thead button")?.click());
    expect(model.get("sort")).toBe("name");
    expect(place.querySelector("th[aria-sort=ascending]")?.textContent).toContain(
      "name",
    );
    const field = place.querySelector("input")!;
    field.value = "w1";
    await act(() => void field.dispatchEvent(new Event("input", { bubbles: true })));
    expect(model.get("filter")).toBe("w1");
    expect(place.querySelectorAll("tbody tr")).toHaveLength(1);
  });
  it("walks with the arrow keys", async () => {
    const model = new FakeModel(traits());
    await show(VariablesView, model);
    const buttons = [...place.querySelectorAll<HTMLElement>("button.ig-name")];
    buttons[0]?.focus();
    const press = (key: string) =>
      document.activeElement?.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true }),
      );
    press("ArrowDown");
    expect(document.activeElement).toBe(buttons[1]);
    press("End");
    expect(document.activeElement).toBe(buttons[2]);
    press("ArrowDown");
    expect(document.activeElement).toBe(buttons[2]);
  });
  it("shows hostile names as text", async () => {
    const name = '<img src=x onerror="window.hit=1">';
    await show(VariablesView, new FakeModel({ ...traits(), rows: [facts(name)] }));
    expect(place.querySelector("img")).toBeNull();
    expect(place.querySelector(".ig-name")?.textContent).toBe(name);
  });
});

const look = (more: Partial<Look> = {}): Look =>
  ({
    ...{ name: "w", step: 3, shape: [2, 3, 4], dtype: "float32", axes: [1, 2, -1] },
    ...{
      at: [1, 0, 0],
      mode: "heat",
      words: "all well",
      of: "value",
      low: -1,
      high: 2,
    },
    ...{ trouble: "", size: [3, 4], steps: [1, 1], drawn: [3, 4] },
    ...more,
  }) as Look;

describe("a tensor", () => {
  it("names an element by its full index", () => {
    expect(indexText(look(), 2, 3)).toBe("[1, 2, 3]");
    expect(indexText(look({ steps: [5, 4] }), 2, 3)).toBe("[1, 10, 12]");
    expect(indexText(look({ axes: [0, 1, 2] }), 1, 2)).toBe("[1, 2, :]");
    expect(thinnedText(look({ steps: [5, 4] }))).toContain("5 × 4");
  });
  it("lets two axes that meet change places", () => {
    expect(withAxis([0, 1, -1], 0, 1)).toEqual([1, 0, -1]);
    expect(withAxis([0, 1, 2], 2, -1)).toEqual([0, 1, -1]);
    expect(withAxis([1, 2, -1], 0, 0)).toEqual([0, 2, -1]);
  });
  it("colours from the paper to one colour a sign", () => {
    const palette = {
      ...{ paper: [255, 255, 255], negative: [0, 0, 255], positive: [255, 0, 0] },
      ...{ bad: [9, 9, 9], ink: "" },
    } as Parameters<typeof colourOf>[2];
    const scale = scaleOf(-1, 4);
    expect(scale).toEqual({ low: -4, high: 4, diverging: true });
    expect(colourOf(0, scale, palette)).toEqual([255, 255, 255]);
    expect(colourOf(4, scale, palette)).toEqual([255, 0, 0]);
    expect(colourOf(-4, scale, palette)).toEqual([0, 0, 255]);
    expect(scaleOf(0, 9)).toEqual({ low: 0, high: 9, diverging: false });
    expect(scaleOf(99, 100).low).toBe(99);
    expect(colourOf(-5, scaleOf(-5, -1), palette)).toEqual([0, 0, 255]);
    expect(rgb("color(srgb 1 0 0.5)")).toEqual([255, 0, 127.5]);
  });
  it("knows what black and white are", () => {
    expect(imageRange("uint8", 3, 9)).toEqual([0, 255]);
    expect(imageRange("float32", 0.1, 0.9)).toEqual([0, 1]);
    expect(imageRange("float32", 0, 250)).toEqual([0, 255]);
    expect(imageRange("float32", -2, 3)).toEqual([-2, 3]);
  });
  it("gives every plane a size that can be seen", () => {
    for (const [rows, columns] of [
      [1, 1],
      [3, 4],
      [100, 100],
      [1, 10000],
      [5000, 2],
    ] as const) {
      const [down, across] = cellSize(rows, columns);
      expect(rows * down).toBeGreaterThanOrEqual(20);
      expect(columns * across).toBeLessThanOrEqual(641);
    }
  });

  const traits = () => ({
    ...{ name: "w", selected: "w", mode: "heat", axes: [1, 2, -1], at: [1, 0, 0] },
    ...{ first: [0, 0], step: -1 },
  });
  const plane = view(new Float32Array(12).fill(1.5));

  it("has a slider for each axis that is held", async () => {
    const model = new FakeModel(traits());
    await show(TensorView, model);
    await tell(model, { kind: "plane", ...look() }, [plane]);
    const sliders = place.querySelectorAll<HTMLInputElement>("input[type=range]");
    expect(sliders).toHaveLength(1);
    sliders[0]!.value = "0";
    await act(
      () => void sliders[0]!.dispatchEvent(new Event("input", { bubbles: true })),
    );
    expect(model.get("at")).toEqual([0, 0, 0]);
    const choice = place.querySelector<HTMLSelectElement>("select")!;
    choice.value = "0";
    await act(() => void choice.dispatchEvent(new Event("change", { bubbles: true })));
    expect(model.get("axes")).toEqual([0, 2, -1]);
  });
  it("tells the elements to the arrow keys", async () => {
    const model = new FakeModel(traits());
    await show(TensorView, model);
    await tell(model, { kind: "plane", ...look() }, [plane]);
    const canvas = place.querySelector("canvas")!;
    const press = (key: string) =>
      act(() => {
        canvas.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      });
    await press("ArrowRight");
    expect(place.querySelector("output")?.textContent).toBe("[1, 0, 0] = 1.5");
    await press("ArrowDown");
    await press("ArrowRight");
    expect(place.querySelector("output")?.textContent).toBe("[1, 1, 1] = 1.5");
  });
  it("pages through numbers", async () => {
    const model = new FakeModel(traits());
    await show(TensorView, model);
    const page = { texts: [["nan", "1.0"]], first: [0, 0], size: [40, 2] };
    const fields = { ...look({ mode: "numbers", drawn: undefined }), page };
    await tell(model, { kind: "plane", ...fields });
    expect(place.querySelector("td.ig-alarm")?.textContent).toBe("nan");
    await act(() =>
      place.querySelector<HTMLElement>("[aria-label='later rows']")?.click(),
    );
    expect(model.get("first")).toEqual([1, 0]);
  });
  it("says why there is nothing", async () => {
    const model = new FakeModel(traits());
    await show(TensorView, model);
    await tell(model, { kind: "plane", shape: null, words: "not initialized" });
    expect(place.querySelector("[role=status]")?.textContent).toBe("not initialized");
  });
});

describe("a history", () => {
  const news = {
    fields: {
      ...{ kind: "series", names: ["loss:0"], column: "mean", health: ["1 % NaN"] },
      ...{ range: [10, 30], alerts: ["step 20: loss:0 is NaN"], trouble: "" },
    },
    buffers: [
      view(new Float64Array([10, 20, 30])),
      view(new Float64Array([4, NAN, 2])),
      view(new Float64Array([0, 1, 0])),
    ],
  };
  it("places steps and leaves gaps", () => {
    const [series] = seriesOf(news);
    const frame = { width: 100, height: 50, range: [10, 30] as [number, number] };
    expect(across(20, frame)).toBe(50);
    expect(pathOf(series!, frame)).toMatch(/^M0.0 1.5M100.0 48.5$/);
    expect([placeAt(series!, -1), placeAt(series!, 25), placeAt(series!, 3)]).toEqual([
      2, 1, -1,
    ]);
  });
  it("goes back and to the newest", async () => {
    const model = new FakeModel({ column: "mean", step: -1, selected: "" });
    await show(HistoryView, model);
    await tell(model, news.fields, news.buffers);
    const slider = place.querySelector<HTMLInputElement>("input[type=range]")!;
    expect(slider.getAttribute("aria-valuetext")).toBe("newest, step 30");
    slider.value = "20";
    await act(() => void slider.dispatchEvent(new Event("input", { bubbles: true })));
    expect(model.get("step")).toBe(20);
    expect(place.querySelector(".ig-plot-value")?.textContent).toBe("–");
    expect(place.querySelector("figcaption .ig-alarm")?.textContent).toBe("1 % NaN");
    expect(place.querySelector(".ig-bad-steps")).not.toBeNull();
    expect(place.querySelector("li")?.textContent).toBe("step 20: loss:0 is NaN");
    await act(() => place.querySelector<HTMLElement>(".ig-scrubber button")?.click());
    expect(model.get("step")).toBe(-1);
  });
});
