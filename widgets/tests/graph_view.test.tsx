// The whole view without a browser: what it draws, asks and tells.
import { h, render } from "preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import classifier from "../fixtures/classifier.json";
import { GraphView } from "../src/graph";
import { FakeModel } from "./fake";

let root: HTMLElement;
let widget: FakeModel;

function traits(more: Record<string, unknown>): Record<string, unknown> {
  return {
    _view: "graph",
    model: classifier,
    opened: [],
    selected: "",
    overlay: {},
    marks: {},
    changes: {},
    program: {},
    height: 0,
    ...more,
  };
}

async function show(more: Record<string, unknown> = {}): Promise<void> {
  widget = new FakeModel(traits(more));
  render(h(GraphView, { model: widget }), root);
  await settled();
}

/** Effects and the drawings that follow them. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const box = (key: string) => root.querySelector<SVGElement>(`[data-key="${key}"]`)!;
const asked = (what: string) =>
  widget.sent.filter((message) => (message as { ask: string }).ask === what) as {
    number: number;
    key: string;
  }[];

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
});
afterEach(() => {
  render(null, root);
  root.remove();
});

describe("the view", () => {
  it("is a tree of boxes to a screen reader", async () => {
    await show({ opened: ["layer1"] });
    expect(root.querySelector("[role=tree]")!.getAttribute("aria-label")).toMatch(
      /^classifier: 118 operations/,
    );
    expect(box("layer1").getAttribute("aria-expanded")).toBe("true");
    expect(box("layer2").getAttribute("aria-expanded")).toBe("false");
    expect(box("x").hasAttribute("aria-expanded")).toBe(false);
    expect(box("layer1/Relu").getAttribute("aria-level")).toBe("2");
    expect(box("x").querySelector("title")!.textContent).toMatch(/^x, placeholder/);
    const inOrder = [...root.querySelectorAll("[role=treeitem]")];
    expect(inOrder.filter((one) => one.getAttribute("tabindex") === "0").length).toBe(
      1,
    );
  });

  it("selects and opens for both sides", async () => {
    await show();
    box("layer1").dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }));
    await settled();
    expect(widget.get("selected")).toBe("layer1");
    const sign = box("layer1").querySelector("[data-toggle]")!;
    sign.dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }));
    await settled();
    expect(widget.get("opened")).toEqual(["layer1"]);
    expect(box("layer1/Relu")).not.toBeNull();
  });

  it("marks the closed scope that holds what is selected", async () => {
    await show({ selected: "layer1/Relu" });
    expect(box("layer1").classList.contains("ig-within")).toBe(true);
    widget.set("opened", ["layer1"]);
    await settled();
    expect(box("layer1/Relu").classList.contains("ig-selected")).toBe(true);
  });

  it("closes a scope with those inside", async () => {
    await show({ opened: ["layer1", "layer1/weights", "layer2"] });
    const sign = box("layer1").querySelector("[data-toggle]")!;
    sign.dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }));
    await settled();
    expect(widget.get("opened")).toEqual(["layer2"]);
  });

  it("shows values, colours and changes, and says the selection aloud", async () => {
    await show({
      marks: { loss: "", "layer1/Relu": "0.5" },
      changes: { x: "changed" },
      overlay: {
        title: "type",
        kind: "category",
        combine: "most",
        values: classifier.ops.type,
      },
      selected: "x",
    });
    expect(box("layer1").querySelector(".ig-value")!.textContent).toBe("0.5");
    expect(box("x").querySelector(".ig-change-changed")!.textContent).toBe("~");
    expect(box("x").querySelector(".ig-shade")!.textContent).toBe("Placeholder");
    expect(root.querySelector("[aria-live]")!.textContent).toBe(
      "x: takes from 0, goes to 1.",
    );
  });

  it("takes the model as the text that Python sends", async () => {
    await show({ model: JSON.stringify(classifier) });
    expect(box("x")).not.toBeNull();
  });

  it("leaves nothing behind", async () => {
    await show({ opened: ["layer1"] });
    render(null, root);
    await settled();
    expect(widget.listening()).toBe(0);
  });
});

describe("frames that are not there", () => {
  const frames = { "": classifier.frames[""] };

  it("are asked for once, and drawn when they come", async () => {
    await show({ model: { ...classifier, frames }, opened: ["layer1"] });
    expect(box("layer1").classList.contains("ig-awaited")).toBe(true);
    const [question, ...more] = asked("frame");
    expect([question!.key, more]).toEqual(["layer1", []]);
    const frame = classifier.frames.layer1;
    widget.receive({ answer: "frame", number: question!.number, frame });
    await settled();
    expect(box("layer1/Relu")).not.toBeNull();
    expect(root.querySelector(".ig-awaited")).toBeNull();
  });

  it("are said to be missing where nobody answers", async () => {
    await show({ model: { ...classifier, frames }, opened: ["layer1"] });
    const [question] = asked("frame");
    widget.receive({ answer: "frame", number: question!.number, error: "no kernel" });
    await settled();
    expect(root.querySelector("[aria-live]")!.textContent).toMatch(/takes the kernel/);
    expect(box("layer1").getAttribute("aria-expanded")).toBe("false");
  });

  it("come with the rest of a large graph", async () => {
    await show({ model: { ...classifier, frames, partial: true } });
    expect(asked("rest").length).toBe(1);
    widget.set("model", classifier);
    await settled();
    expect(asked("rest").length).toBe(1);
  });
});

describe("colours", () => {
  it("are asked of Python, and told from the model without it", async () => {
    await show();
    const select = root.querySelector<HTMLSelectElement>(".ig-by select")!;
    select.value = "dtype";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    const [question] = asked("overlay");
    widget.receive({ answer: "overlay", number: question!.number, error: "no kernel" });
    await settled();
    expect(widget.get("overlay")).toMatchObject({ title: "dtype" });
    expect(box("x").querySelector(".ig-shade")!.textContent).toBe("float32");
  });
});

describe("keys", () => {
  it("do not reach the page when the graph has used them", async () => {
    await show();
    const heard = vi.fn();
    document.body.addEventListener("keydown", heard);
    const press = (key: string) =>
      box("x").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press("ArrowDown");
    expect(heard).not.toHaveBeenCalled();
    press("q");
    expect(heard).toHaveBeenCalledOnce();
    await settled();
    expect(widget.get("selected")).toBe("layer1");
    document.body.removeEventListener("keydown", heard);
  });
});
