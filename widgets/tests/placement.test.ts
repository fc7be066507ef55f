import { h, render } from "preact";
import { act as settled } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PlacementView } from "../src/placement";
import { companions, type Log, readLog, reasons, rowsOf } from "../src/placement/model";
import { FakeModel } from "./fake";

const LOG: Log = {
  title: "Placement",
  summary: "Placement: 4 operations",
  name: ["v", "v/Assign", "x", "far"],
  type: ["VariableV2", "Assign", "Placeholder", "Add"],
  asked: ["/device:GPU:0", "", "", "/device:CPU:1"],
  possible: [["CPU:0"], ["CPU:0"], ["CPU:0"], []],
  chosen: ["CPU:0", "CPU:0", "CPU:0", "nowhere"],
  why: ["soft", "colocated", "default", "fails"],
  reason: [
    "not there: soft placement",
    "colocated with v",
    "the first one",
    "no device",
  ],
  group: ["v", "v", "", ""],
};

describe("the log", () => {
  const filter = (words: string, why = "") =>
    rowsOf(LOG, { words, why, changed: null });
  it("is filtered by words in any column, and by reason", () => {
    expect(filter("")).toEqual([0, 1, 2, 3]);
    expect(filter("GPU variable")).toEqual([0]);
    expect(filter("colocated")).toEqual([1]);
    expect(filter("", "fails")).toEqual([3]);
    const changed = { x: ["moves", "CPU:0", "CPU:1", ""] as never };
    expect(rowsOf(LOG, { words: "", why: "", changed })).toEqual([2]);
  });

  it("counts reasons and knows who goes together", () => {
    expect(reasons(LOG)).toContainEqual(["soft", 1]);
    expect(companions(LOG, 0)).toEqual(["v/Assign"]);
    expect(companions(LOG, 2)).toEqual([]);
    expect(readLog({}).name).toEqual([]);
  });
});

describe("the view", () => {
  let el: HTMLElement;
  let model: FakeModel;

  beforeEach(() => {
    el = document.createElement("div");
    document.body.append(el);
    const traits = { words: "", only_changes: false, selected: "", changes: {} };
    model = new FakeModel({ ...traits, log: LOG });
    settled(() => render(h(PlacementView, { model }), el));
  });

  afterEach(() => {
    settled(() => render(null, el));
    el.remove();
    expect(model.listening()).toBe(0);
  });

  const names = () =>
    [...el.querySelectorAll("tbody td:first-child")].map((td) => td.textContent);
  const about = () => el.querySelector(".ig-placement-about")!.textContent;

  it("selects, both ways", () => {
    const button = el.querySelector<HTMLButtonElement>("tbody button")!;
    settled(() => button.click());
    expect(model.get("selected")).toBe("v");
    expect(about()).toBe(
      "v asked for /device:GPU:0; on CPU:0: not there: soft placement. " +
        "It must share a device with v/Assign.",
    );
    settled(() => model.set("selected", "x"));
    expect(about()).toContain("x asked for no device");
    settled(() => model.set("selected", "nothing"));
    expect(about()).toBe("nothing is not in this log.");
  });

  it("filters", () => {
    settled(() => model.set("words", "cpu:0"));
    expect(names()).toEqual(["v", "v/Assign", "x"]);
    const select = el.querySelector("select")!;
    select.value = "default";
    settled(() => void select.dispatchEvent(new Event("change", { bubbles: true })));
    expect(names()).toEqual(["x"]);
  });

  it("asks Python what if, and shows the answer or the trouble", async () => {
    const field = el.querySelector<HTMLInputElement>("input[type=text]")!;
    field.value = "/gpu:0";
    settled(() => void field.dispatchEvent(new Event("input", { bubbles: true })));
    const submit = () => settled(() => el.querySelector("form")!.requestSubmit());
    submit();
    const question = model.sent[0] as { number: number };
    expect(question).toMatchObject({ ask: "trial", devices: "/gpu:0", soft: true });
    const changes = { v: ["fails", "CPU:0", "nowhere", "no kernel"] };
    settled(() => {
      model.receive({ answer: "trial", number: question.number });
      model.set("changes", { summary: "1 would fail", changes });
    });
    expect(el.textContent).toContain("1 would fail");
    expect(el.querySelector("tbody tr")!.textContent).toContain("✕ fails");
    settled(() => model.set("selected", "v"));
    expect(about()).toContain("Elsewhere it fails: no kernel.");
    settled(() => model.set("only_changes", true));
    expect(names()).toEqual(["v"]);
    submit();
    const again = (model.sent[1] as { number: number }).number;
    model.receive({ answer: "trial", number: again, error: "'/x' names no type" });
    await new Promise((done) => setTimeout(done, 0));
    settled(() => {});
    expect(el.textContent).toContain("'/x' names no type");
  });

  it("shows names as text", () => {
    const name = "<img src=x onerror=alert(1)>";
    settled(() => model.set("log", { ...LOG, name: [name, ...LOG.name.slice(1)] }));
    expect(el.querySelector("img")).toBeNull();
    expect(names()[0]).toBe(name);
  });

  it("shows a long log in parts", () => {
    const many = (value: unknown) => Array.from({ length: 300 }, () => value);
    const columns = Object.fromEntries(
      Object.entries(LOG).map(([key, column]) => [
        key,
        Array.isArray(column) ? many(column[0]) : column,
      ]),
    );
    const name = many("").map((_, i) => `n${i}`);
    settled(() => model.set("log", { ...columns, name }));
    expect(names()).toHaveLength(200);
    const more = [...el.querySelectorAll("button")].find((b) =>
      b.textContent!.includes("100 more"),
    )!;
    settled(() => more.click());
    expect(names()).toHaveLength(300);
  });
});
