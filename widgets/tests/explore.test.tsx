import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ExploreView } from "../src/explore";
import { type Control, endsOf, type Plot, rounded } from "../src/explore/model";
import { tick } from "../src/explore/plane";
import { wordsOf } from "../src/explore/plots";
import { FakeModel } from "./fake";

const control = (more: Partial<Control>): Control => ({
  name: "x",
  kind: "slider",
  low: -3,
  high: 3,
  step: 0.02,
  dtype: "float32",
  shape: [],
  variable: false,
  value: [0],
  ...more,
});
const plot = (more: Partial<Plot>): Plot => ({
  kind: "number",
  title: "y",
  name: "y",
  shape: [],
  whole: [],
  dtype: "float32",
  ends: [],
  between: null,
  at: [],
  over: [],
  points: [],
  labels: [],
  values: [0.5],
  ...more,
});

let el: HTMLElement;
let model: FakeModel;

function show(controls: Control[], plots: Plot[]): void {
  model = new FakeModel({ controls, plots, note: "", title: "Play", selected: "" });
  act(() => render(<ExploreView model={model} />, el));
}

interface Sent {
  ask: string;
  number: number;
  changes?: unknown;
}
const asked = (what: string) =>
  (model.sent as Sent[]).filter((question) => question.ask === what);

/** What Python answers to the last question of a kind. */
async function answer(what: string, fields: object, buffers: DataView[] = []) {
  const { number } = asked(what).at(-1)!;
  const rest = { plots: [], values: [[0]], note: "", recomputed: [] };
  await act(async () => {
    model.receive({ answer: what, number, ...rest, ...fields }, buffers);
  });
}

function floatsOf(...values: number[]): DataView {
  return new DataView(Float32Array.from(values).buffer);
}

function slide(value: number): void {
  const input = el.querySelector<HTMLInputElement>("input[type=range]")!;
  act(() => {
    input.value = String(value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

beforeEach(() => {
  el = document.createElement("div");
  document.body.append(el);
});
afterEach(() => {
  act(() => render(null, el));
  el.remove();
  expect(model?.listening() ?? 0).toBe(0);
});

test("of much that is turned only the newest is asked, one question at a time", async () => {
  show([control({})], [plot({})]);
  await answer("now", {});
  for (const value of [0.1, 0.2, 0.3]) slide(value);
  expect(asked("set").map((one) => one.changes)).toEqual([[[0, [0.1]]]]);
  await answer("set", { values: [[0.1]] });
  expect(asked("set").map((one) => one.changes)).toEqual([[[0, [0.1]]], [[0, [0.3]]]]);
  // What Python knew then does not jump back under the reader's hand.
  const number = el.querySelector<HTMLInputElement>(".ig-explore-number")!;
  expect(number.value).toBe("0.3");
  await answer("set", { values: [[0.3]] });
});

test("an answer draws what is new and says what ran", async () => {
  show([control({})], [plot({}), plot({ name: "other", title: "other" })]);
  await answer("now", {});
  slide(1);
  const plots = [plot({ number: 0 })];
  const recomputed = ["mul", "z"];
  await answer("set", { plots, recomputed, note: "2 of 5" }, [floatsOf(0.75)]);
  const [first, second] = el.querySelectorAll(".ig-explore-plot");
  expect(first!.querySelector("output")!.textContent).toBe("0.75");
  expect(first!.querySelector(".ig-explore-fresh")).not.toBeNull();
  expect(second!.querySelector(".ig-explore-fresh")).toBeNull();
  const ran = el.querySelector(".ig-explore-ran")!;
  expect(ran.textContent).toBe("2 of 5mulz");
  act(() => ran.querySelectorAll("button")[1]!.click());
  expect(model.get("selected")).toBe("z");
});

test("without a kernel it shows what it was saved with, and says why no more", async () => {
  vi.useFakeTimers();
  show([control({})], [plot({ values: ["NaN"] })]);
  slide(1);
  await act(async () => {
    await vi.advanceTimersByTimeAsync(20_000);
  });
  vi.useRealTimers();
  expect(el.querySelector("output")!.textContent).toBe("NaN");
  expect(el.querySelector(".ig-alarm")!.textContent).toContain("kernel");
});

test("texts and truth are sent as they are", async () => {
  show(
    [
      control({ name: "s", kind: "field", dtype: "string", value: ["a"] }),
      control({ name: "on", kind: "switch", dtype: "bool", value: [false] }),
    ],
    [],
  );
  await answer("now", { values: [["a"], [false]] });
  const text = el.querySelector<HTMLInputElement>("input[type=text]")!;
  act(() => {
    text.value = "<b>";
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
  expect(asked("set").at(-1)!.changes).toEqual([[0, "<b>"]]);
  await answer("set", { values: [["<b>"], [false]] });
  act(() => el.querySelector<HTMLInputElement>("[role=switch]")!.click());
  expect(asked("set").at(-1)!.changes).toEqual([[1, true]]);
  await answer("set", { values: [["<b>"], [true]] });
});

test("points are moved with the arrow keys, and not out of the plane", async () => {
  show(
    [control({ kind: "points", shape: [1, 2], value: [2.9, 1], step: 0.5 })],
    [plot({})],
  );
  await answer("now", { values: [[2.9, 1]] });
  const point = el.querySelector("circle")!;
  expect(point.getAttribute("tabindex")).toBe("0");
  const press = (key: string) =>
    act(() => {
      point.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    });
  press("ArrowRight");
  expect(asked("set").at(-1)!.changes).toEqual([[0, [3, 1]]]);
  await answer("set", { values: [[3, 1]] });
});

test("a curve's point sets the placeholder that it runs over", async () => {
  const values = [0, 1, 4];
  const curve = { kind: "curve" as const, over: ["x"], ends: [[0, 2]] as never };
  show([control({})], [plot({ ...curve, at: [0], values })]);
  await answer("now", {});
  act(() => {
    el.querySelector("circle")!.dispatchEvent(
      new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }),
    );
  });
  expect(asked("set").at(-1)!.changes).toEqual([[0, [1]]]);
  await answer("set", { values: [[1]] });
});

test("numbers, ends and words", () => {
  expect(endsOf([3, Number.NaN, -1])).toEqual([-1, 3]);
  expect(endsOf([2, 2])).toEqual([1.5, 2.5]);
  expect(endsOf([], true)).toEqual([-0.5, 0.5]);
  expect(rounded(0.300000001, control({}))).toBe(0.3);
  expect(tick(0.00091, [0.00091, 0.99])).toBe("0.001");
  const numbers = Float32Array.from([...Array(9).keys(), Number.NaN]);
  expect(wordsOf(plot({ kind: "line" }), numbers)).toBe(
    "y: line from 0 to 8, 1 not finite",
  );
});
