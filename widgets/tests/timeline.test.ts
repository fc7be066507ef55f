import { h, render } from "preact";
import { act as settled } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TimelineView } from "../src/timeline";
import { costs, sorted } from "../src/timeline/costs";
import { sliceWords } from "../src/timeline/draw";
import { actOf, HELP } from "../src/timeline/keys";
import {
  across,
  along,
  makers,
  opsMatching,
  opsNamed,
  readTrace,
  sliceAt,
  takers,
} from "../src/timeline/model";
import { rowsOf, trackAt } from "../src/timeline/rows";
import {
  around,
  kept,
  panned,
  roundStep,
  showing,
  whole,
  zoomed,
} from "../src/timeline/window";
import { FakeModel } from "./fake";
import { binary, small } from "./timeline_model";

const TRACE = readTrace(small());

describe("reading", () => {
  it("reads numbers from lists and from bytes alike", () => {
    const read = readTrace(binary());
    expect([...read.op]).toEqual([...TRACE.op]);
    expect([...read.start]).toEqual([...TRACE.start]);
    expect(read.tracks).toEqual(TRACE.tracks);
  });

  it("lays slices on tracks by device and lane", () => {
    expect(TRACE.tracks.map((t) => [t.device, t.lane, [...t.slices]])).toEqual([
      [0, 0, [0, 2, 3, 4, 6, 7]],
      [1, 0, [1, 5]],
    ]);
    expect(TRACE.end).toBe(204);
    expect(TRACE.peak).toBe(48);
  });

  it("is content with nothing", () => {
    const empty = readTrace({});
    expect(empty.count).toBe(0);
    expect(costs(empty, "op")).toEqual([]);
    expect(rowsOf(empty).height).toBeGreaterThan(0);
  });
});

describe("finding", () => {
  it("finds the slice at a time, or near it", () => {
    expect(sliceAt(TRACE, 0, 5, 0)).toBe(0);
    expect(sliceAt(TRACE, 0, 10.5, 1)).toBe(0);
    expect(sliceAt(TRACE, 0, 39.5, 1)).toBe(2);
    expect(sliceAt(TRACE, 0, 20, 1)).toBe(-1);
    expect(sliceAt(TRACE, 9, 20, 1)).toBe(-1);
  });

  it("finds what stands below a height", () => {
    const rows = rowsOf(TRACE);
    expect(rows.tracks.map((top) => trackAt(rows, top + 3))).toEqual([0, 1]);
    expect(trackAt(rows, rows.runs)).toBe(-1);
  });

  it("walks along and across tracks", () => {
    expect(along(TRACE, 0, 1)).toBe(2);
    expect(along(TRACE, 0, -1)).toBe(0);
    expect(along(TRACE, 0, 99)).toBe(7);
    expect(across(TRACE, 7, 1)).toBe(5);
    expect(across(TRACE, 1, 1)).toBe(1);
  });

  it("follows the data, to the latest turn of a loop", () => {
    expect(makers(TRACE, 2)).toEqual([1]);
    expect(makers(TRACE, 7)).toEqual([5, 6]);
    expect(makers(TRACE, 6)).toEqual([3, 4]);
    expect(takers(TRACE, 0)).toEqual([1]);
    expect(takers(TRACE, 4)).toEqual([5, 6]);
    expect(takers(TRACE, 2)).toEqual([]);
  });

  it("knows operations by name, by scope and by words", () => {
    expect([...opsNamed(TRACE, "c")]).toEqual([2]);
    expect([...opsNamed(TRACE, "s")]).toEqual([0, 1]);
    expect([...opsNamed(TRACE, "")]).toEqual([]);
    expect([...opsMatching(TRACE, "ADD s/")]).toEqual([1]);
    expect([...opsMatching(TRACE, " ")]).toEqual([]);
  });

  it("says a slice in words", () => {
    expect(sliceWords(TRACE, 3)).toBe(
      "s/a, MatMul; on CPU:0; took 10 us; 6.0 us into run 2; gave float32 (2, 3); 24 B",
    );
  });
});

describe("costs", () => {
  it("adds up by operation, type, scope and device", () => {
    const [first] = costs(TRACE, "op");
    expect(first).toMatchObject({ key: "c", times: 2, total: 70, mean: 35, bytes: 24 });
    expect(costs(TRACE, "scope").map((c) => c.key)).toEqual(["c", "s/", "while/"]);
    expect(costs(TRACE, "type").map((c) => c.total)).toEqual([114, 20]);
    expect(costs(TRACE, "device").map((c) => c.key)).toEqual(["CPU:0", "CPU:1"]);
    expect(costs(TRACE, "op", 0).map((c) => c.total)).toEqual([40, 20, 10]);
  });

  it("does not count a GPU's streams twice", () => {
    const model = { ...small(), compute: [true, false] };
    expect(costs(readTrace(model), "op").map((c) => c.key)).not.toContain("s/b");
  });

  it("sorts by any column", () => {
    const found = costs(TRACE, "op");
    expect(sorted(found, "key").map((c) => c.key)[0]).toBe("c");
    expect(sorted(found, "mean").map((c) => c.mean)).toEqual([35, 20, 10, 2]);
  });
});

describe("the window", () => {
  const all = whole(100);
  it("stays within everything", () => {
    expect(kept({ from: -500, to: 500 }, 100)).toEqual(all);
    expect(panned({ from: 0, to: 10 }, -9, 100).from).toBe(all.from);
    expect(panned({ from: 0, to: 10 }, 0.5, 100)).toEqual({ from: 5, to: 15 });
  });

  it("zooms about a time that stays where it is", () => {
    const next = zoomed({ from: 0, to: 40 }, 0.5, 10, 100);
    expect(next).toEqual({ from: 5, to: 25 });
    expect(zoomed({ from: 0, to: 40 }, 1e-9, 10, 100).to).toBeGreaterThan(10);
  });

  it("moves only as far as a slice needs", () => {
    const now = { from: 0, to: 40 };
    expect(showing(now, 5, 10, 100)).toBe(now);
    expect(showing(now, 60, 70, 100)).toEqual({ from: 45, to: 85 });
    const large = showing(now, 10, 90, 100);
    expect(large.from).toBeLessThan(10);
    expect(large.to).toBeGreaterThan(90);
    expect(around(10, 20, 100, 0.5)).toEqual({ from: 5, to: 25 });
  });

  it("has lines at round times", () => {
    expect([0.7, 1.1, 3, 60, 200, 0].map(roundStep)).toEqual([1, 2, 5, 100, 200, 1]);
  });
});

describe("keys", () => {
  const none = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };
  it("leaves the browser's own keys alone", () => {
    expect(actOf({ ...none, key: "a", ctrlKey: true })).toBeUndefined();
    expect(actOf({ ...none, key: "Tab" })).toBeUndefined();
  });

  it("walks with shift and the arrows", () => {
    expect(actOf({ ...none, key: "ArrowRight" })).toEqual({ kind: "pan", part: 0.2 });
    expect(actOf({ ...none, key: "ArrowRight", shiftKey: true })).toEqual({
      kind: "along",
      by: 1,
    });
    expect(HELP.length).toBeGreaterThan(10);
  });
});

describe("the view", () => {
  let el: HTMLElement;
  let model: FakeModel;

  beforeEach(() => {
    el = document.createElement("div");
    document.body.append(el);
    model = new FakeModel({ model: small(), picked: -1, selected: "", height: 300 });
    settled(() => render(h(TimelineView, { model }), el));
  });

  afterEach(() => {
    settled(() => render(null, el));
    el.remove();
    expect(model.listening()).toBe(0);
  });

  const view = () => el.querySelector<HTMLElement>(".ig-timeline-view")!;
  const about = () => el.querySelector(".ig-timeline-about")!.textContent;
  const press = (key: string, more = {}) => {
    const event = new KeyboardEvent("keydown", {
      key,
      bubbles: true,
      cancelable: true,
      ...more,
    });
    settled(() => void view().dispatchEvent(event));
    return event;
  };
  const change = (name: string, value: unknown) =>
    settled(() => model.set(name, value));

  it("walks slices with keys and tells the other views", () => {
    press(".");
    expect(model.get("selected")).toBe("s/a");
    press("]");
    expect(model.get("selected")).toBe("s/b");
    press("ArrowUp");
    expect(about()).toContain("s/a, MatMul");
    press("End");
    expect(about()).toContain("c, Add; on CPU:0; took 30 us");
    press("Escape");
    expect(model.get("selected")).toBe("");
    expect(about()).toBe("Nothing is selected.");
  });

  it("keeps its keys from Jupyter, and others not", () => {
    expect(press("d").defaultPrevented).toBe(true);
    expect(press("Tab").defaultPrevented).toBe(false);
  });

  it("follows what another view selects, scopes too", () => {
    change("selected", "c");
    expect(about()).toContain("c, Add");
    change("selected", "s");
    expect(about()).toBe("s: marked");
    change("selected", "elsewhere");
    expect(about()).toBe("elsewhere: not in these runs");
  });

  it("selects the picked run's own turn", () => {
    change("picked", 1);
    change("selected", "s/a");
    expect(about()).toContain("into run 2");
  });

  it("searches and steps through what it finds", () => {
    const field = el.querySelector<HTMLInputElement>("input[type=search]")!;
    press("/");
    expect(document.activeElement).toBe(field);
    field.value = "more";
    settled(() => void field.dispatchEvent(new Event("input", { bubbles: true })));
    expect(el.querySelector(".ig-timeline-found")!.textContent).toBe("2 slices");
    press("n");
    expect(about()).toContain("while/more");
    press("n");
    expect(about()).toContain("39 us into run 2");
    press("n");
    expect(about()).toContain("17 us into run 2");
  });

  it("has a table of costs that selects, sorts and adds up otherwise", () => {
    const cells = () =>
      [...el.querySelectorAll("tbody td:first-child")].map((td) => td.textContent);
    expect(cells()).toEqual(["c", "s/b", "s/a", "while/more"]);
    const click = (words: string) => {
      const buttons = [...el.querySelectorAll<HTMLButtonElement>("button")];
      settled(() => buttons.find((b) => b.textContent!.trim() === words)!.click());
    };
    click("s/b");
    expect(model.get("selected")).toBe("s/b");
    click("what");
    expect(cells()).toEqual(["c", "s/a", "s/b", "while/more"]);
    click("type");
    expect(cells()).toEqual(["Add", "MatMul"]);
    click("scope");
    click("s/");
    expect(model.get("selected")).toBe("s");
  });

  it("has a table of all slices, with one stop for Tab", () => {
    const tab = [...el.querySelectorAll<HTMLButtonElement>("button")];
    settled(() => tab.find((b) => b.textContent === "All slices")!.click());
    const rows = [...el.querySelectorAll<HTMLButtonElement>("tbody button")];
    expect(rows).toHaveLength(8);
    expect(rows.filter((row) => row.tabIndex === 0)).toHaveLength(1);
    rows[0]!.focus();
    const down = new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true });
    settled(() => void rows[0]!.dispatchEvent(down));
    expect(document.activeElement).toBe(rows[1]);
    settled(() => rows[1]!.click());
    expect(model.get("selected")).toBe("s/b");
  });

  it("takes in runs that come later", () => {
    const more = small();
    more.runs.push({ ...more.runs[1]!, number: 3, start: 208 });
    change("model", more);
    expect(el.querySelectorAll("option")).toHaveLength(4);
    change("model", {});
    expect(el.textContent).toContain("No runs were traced yet.");
  });

  it("shows names as text", () => {
    const hostile = small();
    hostile.ops.name[2] = "<img src=x onerror=alert(1)>";
    change("model", hostile);
    expect(el.querySelector("img")).toBeNull();
    expect(el.textContent).toContain("<img src=x");
  });
});
