import { h, render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import fixture from "../fixtures/hostile.json";
import type { Command, GraphActions, PanelsProps } from "../src/graph/actions";
import { Panels } from "../src/graph/panels";
import { indexLines, inSight, touchedLines } from "../src/graph/panels/lines";
import {
  gradientPaths,
  members,
  neighbourhood,
  wayBetween,
  whyInRun,
} from "../src/graph/panels/trails";
import { plain } from "../src/graph/panels/words";
import type { Model } from "../src/shared/types";
import { modelOf } from "./small";

const NET = modelOf(`
  x = Placeholder() -> float32 (?, 4)
  layer/w = VariableV2() -> float32_ref (4, 2)
  layer/read = Identity(layer/w) -> float32 (4, 2)
  layer/MatMul = MatMul(x, layer/read) -> float32 (?, 2)
  two = Const()
  double = Mul(layer/MatMul, two) -> float32 (?, 2)
  loss = Sum(double)
  grad = Mul(two, double)
  train = NoOp() | grad -> none
`);
NET.asked = [6];
const id = (name: string) => NET.ops.name.indexOf(name);

let place: HTMLElement;
let actions: { [K in keyof GraphActions]: ReturnType<typeof vi.fn> };

beforeEach(() => {
  place = document.createElement("div");
  document.body.append(place);
  actions = {
    select: vi.fn(),
    reveal: vi.fn(),
    highlight: vi.fn(),
    setOpen: vi.fn(),
    hover: vi.fn(),
    ask: vi.fn(() => Promise.reject(new Error("no kernel"))),
  };
});
afterEach(() => {
  render(null, place);
  place.remove();
  vi.useRealTimers();
});

async function show(props: Partial<PanelsProps> = {}): Promise<void> {
  await act(() => {
    render(
      h(Panels, {
        model: NET,
        actions: actions as unknown as GraphActions,
        selected: "",
        hovered: "",
        program: {},
        changes: {},
        overlay: null,
        marks: {},
        command: null,
        ...props,
      }),
      place,
    );
  });
}

const find = <T extends HTMLElement>(selector: string) =>
  place.querySelector<T>(selector)!;
const texts = (selector: string) =>
  [...place.querySelectorAll(selector)].map((el) => el.textContent?.trim());
const button = (words: string) =>
  [...place.querySelectorAll("button")].find((b) => b.textContent?.includes(words))!;

async function click(el: HTMLElement): Promise<void> {
  await act(() => el.click());
}
async function type(el: HTMLInputElement, text: string): Promise<void> {
  await act(() => {
    el.value = text;
    el.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
async function press(el: HTMLElement, key: string): Promise<KeyboardEvent> {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  await act(() => {
    el.dispatchEvent(event);
  });
  return event;
}

describe("the panels", () => {
  it("are closed at first, and one is open at a time", async () => {
    await show();
    expect(texts("[role=tabpanel]")).toEqual([]);
    await click(button("Details"));
    expect(find("[role=tabpanel]").textContent).toContain("Select an operation");
    await press(button("Details"), "ArrowRight");
    expect(texts("[role=tab][aria-selected=true]")).toEqual(["Paths"]);
    await click(button("Paths"));
    expect(texts("[role=tabpanel]")).toEqual([]);
  });

  it("open at a key that was pressed in the graph", async () => {
    const command = (what: Command["what"], at: number) =>
      show({ command: { what, at } });
    await command("search", 1);
    expect(document.activeElement).toBe(find("input"));
    await command("details", 2);
    expect(texts("[role=tab][aria-selected=true]")).toEqual(["Details"]);
    await command("trace", 3);
    expect(texts("[role=tab][aria-selected=true]")).toEqual(["Paths"]);
    await command("leave", 4);
    expect(texts("[role=tab][aria-selected=true]")).toEqual([]);
  });
});

describe("the search", () => {
  it("lists while one types; arrows walk, Enter goes, Escape ends", async () => {
    vi.useFakeTimers();
    await show();
    const field = find<HTMLInputElement>(".ig-search input");
    await type(field, "mul");
    expect(find(".ig-search-count").textContent).toBe("3 found");
    expect(texts(".ig-search [role=option] bdi")).toEqual([
      "layer/MatMul",
      "double",
      "grad",
    ]);
    await act(() => void vi.advanceTimersByTime(200));
    expect(actions.highlight).toHaveBeenLastCalledWith([3, 5, 7], "");
    await press(field, "ArrowDown");
    const active = find(`#${field.getAttribute("aria-activedescendant")}`);
    expect(active.textContent).toContain("double");
    await press(field, "Enter");
    expect(actions.reveal).toHaveBeenCalledWith(5);
    const escaped = await press(field, "Escape");
    expect(escaped.defaultPrevented).toBe(true);
    expect(field.value).toBe("");
    await act(() => void vi.advanceTimersByTime(200));
    expect(actions.highlight).toHaveBeenLastCalledWith(null, "");
  });

  it("says what is wrong with a pattern", async () => {
    await show();
    await type(find(".ig-search input"), "/mul(/");
    expect(find(".ig-search-count").textContent).toMatch(/^The pattern mul\(/);
  });

  it("goes to scopes as well", async () => {
    await show();
    await type(find(".ig-search input"), "layer");
    await press(find(".ig-search input"), "Enter");
    expect(actions.select).toHaveBeenCalledWith("layer");
  });

  it("puts what is meant before scopes of a longer name", async () => {
    const model = modelOf("loss = Sum()\nloss_grad/a = Fill()");
    await show({ model });
    await type(find(".ig-search input"), "loss");
    expect(texts(".ig-search [role=option] bdi")).toEqual([
      "loss",
      "loss_grad/",
      "loss_grad/a",
    ]);
  });

  it("asks Python for values, and shows only the latest answer", async () => {
    vi.useFakeTimers();
    actions.ask.mockImplementation(async (question: { text: string }) => ({
      hits: question.text === "2" ? [[id("two"), "1 of 4 elements"]] : [],
    }));
    await show();
    const field = find<HTMLInputElement>(".ig-search input");
    await type(field, "value:1");
    await type(field, "value:2");
    expect(find(".ig-search-count").textContent).toBe("Looking …");
    await act(async () => void (await vi.advanceTimersByTimeAsync(300)));
    expect(actions.ask.mock.calls).toEqual([[{ ask: "search_values", text: "2" }]]);
    expect(texts(".ig-search [role=option]")).toEqual(["two1 of 4 elements"]);
  });

  it("says so where no kernel knows values", async () => {
    vi.useFakeTimers();
    await show();
    await type(find(".ig-search input"), "value:1");
    await act(async () => void (await vi.advanceTimersByTimeAsync(300)));
    expect(find(".ig-search-count").textContent).toBe("no kernel");
  });
});

describe("the details", () => {
  it("tell what the model knows when nobody answers", async () => {
    await show({ selected: "layer/MatMul", marks: { "layer/MatMul": "[1. 2.]" } });
    await click(button("Details"));
    const words = find("[role=tabpanel]").textContent!;
    for (const part of ["layer/MatMul", "[1. 2.]", "cell 1, line 4", "float32 (4, 2)"])
      expect(words).toContain(part);
    await click(button("layer/read"));
    expect(actions.reveal).toHaveBeenCalledWith(id("layer/read"));
    await click(button("double"));
    expect(actions.reveal).toHaveBeenLastCalledWith(id("double"));
  });

  it("add what Python answers, folded where it is long", async () => {
    actions.ask.mockResolvedValue({
      attrs: [["transpose_a", "False"]],
      stack: [
        { place: "net.py, line 9", function: "<module>", text: "y = dense(x)" },
        { place: "net.py, line 3", function: "dense", text: "return tf.matmul(x, w)" },
      ],
      gradient_of: "x",
      value: { text: "[1. 2.]", words: "2 elements" },
    });
    await show({ selected: "layer/MatMul" });
    await click(button("Details"));
    await act(() => Promise.resolve());
    expect(find(".ig-value").textContent).toBe("[1. 2.]2 elements");
    expect(texts("[role=tabpanel] dl")[0]).toContain("gradient ofx");
    expect(place.textContent).not.toContain("transpose_a");
    await click(button("1 attribute"));
    expect(place.textContent).toContain("transpose_a");
    await click(button("Made through 2 calls"));
    expect(texts(".ig-stack code")).toEqual(["return tf.matmul(x, w)", "y = dense(x)"]);
  });

  it("count what is in a scope", async () => {
    await show({ selected: "layer" });
    await click(button("Details"));
    expect(find("[role=tabpanel]").textContent).toContain("3 operations");
  });

  it("show names as text, whatever they are", async () => {
    const hostile = fixture as unknown as Model;
    for (const name of hostile.ops.name) {
      await show({ model: hostile, selected: name });
      if (!find("[role=tabpanel]")) await click(button("Details"));
      expect(find(".ig-heading h2").textContent!.length).toBeGreaterThan(0);
    }
    expect(place.querySelectorAll("script, img, iframe, style").length).toBe(0);
  });
});

describe("the paths", () => {
  it("point out what is needed, as far as asked", async () => {
    await show({ selected: "double" });
    await click(button("Details"));
    await click(button("What it needs"));
    expect(actions.highlight).toHaveBeenLastCalledWith(
      [5, 0, 1, 2, 3, 4],
      "double needs 5 operations.",
    );
    const far = [...place.querySelectorAll("select")].at(-1)!;
    await act(() => {
      far.value = "1";
      far.dispatchEvent(new Event("change", { bubbles: true }));
    });
    expect(actions.highlight).toHaveBeenLastCalledWith(
      [5, 3, 4],
      "double needs 2 operations within 1 step.",
    );
  });

  it("end with the panel", async () => {
    await show({ selected: "double" });
    await click(button("Paths"));
    await click(button("Paths"));
    expect(actions.highlight).toHaveBeenLastCalledWith(null, "");
  });

  it("say why something runs", async () => {
    await show({ selected: "layer/w" });
    await click(button("Details"));
    await click(button("Why does it run?"));
    expect(texts(".ig-chain .ig-link")).toEqual([
      "loss",
      "double",
      "layer/MatMul",
      "layer/read",
      "layer/w",
    ]);
  });

  it("take the ends of a way by name, with suggestions", async () => {
    await show({ selected: "x" });
    await click(button("Paths"));
    const what = find<HTMLSelectElement>("select");
    await act(() => {
      what.value = "between";
      what.dispatchEvent(new Event("change", { bubbles: true }));
    });
    const [from, to] = place.querySelectorAll<HTMLInputElement>(".ig-choose input");
    await click(button("use the selected one"));
    expect(from!.value).toBe("x");
    await type(to!, "los");
    await press(to!, "Enter");
    expect(find("[role=tabpanel]").textContent).toContain(
      "The shortest way from x to loss has 3 steps; there is no other.",
    );
  });
});

describe("trails, in words", () => {
  it("name both ends where there is no way", () => {
    expect(wayBetween(NET, id("x"), id("two"), true).words).toBe(
      "No way leads from x to two, or back.",
    );
    expect(whyInRun(NET, [id("loss")], id("train")).words).toBe(
      "train does not run when loss is fetched.",
    );
    expect(whyInRun(NET, [id("train")], id("grad")).words).toBe(
      "grad is waited for on the way to train, 1 step away.",
    );
  });

  it("tell of scopes as of operations", () => {
    expect(members(NET, "layer")).toEqual([1, 2, 3]);
    expect(neighbourhood(NET, "layer", "outputs", 1).words).toBe(
      "layer is needed by 1 operation within 1 step.",
    );
  });

  it("count the variables and gradients of a loss", () => {
    const trail = gradientPaths(NET, id("loss"), {
      trainable: [id("layer/w")],
      gradient_of: [[id("grad"), id("double")]],
    });
    expect(trail.words).toBe(
      "1 trained variable leads to loss through 5 operations; " +
        "1 operation computes the gradients.",
    );
    expect(trail.lists.map(({ title, ops }) => [title, ops.length])).toEqual([
      ["Trained variables", 1],
      ["On the way to the loss", 5],
      ["Gradients", 1],
    ]);
  });
});

const PROGRAM = {
  title: "loss",
  lines: [
    { text: "def step(values):", op: -1 },
    { text: "        layer_MatMul = _MatMul(x, read)", op: 3 },
    { text: "        double = layer_MatMul * two", op: 5 },
    { text: "        loss = _Sum(double)", op: 6 },
  ],
};

describe("the program", () => {
  it("has lines for operations, and users for what has none", () => {
    const index = indexLines(NET, PROGRAM);
    const lines = (name: string) => {
      const { own, using } = touchedLines(index, NET, name);
      return [[...own], [...using]];
    };
    expect(lines("double")).toEqual([[2], []]);
    expect(lines("two")).toEqual([[], [2]]);
    expect(lines("layer/w")).toEqual([[], [1]]);
    expect(lines("layer")).toEqual([[1], []]);
    expect(lines("")).toEqual([[], []]);
  });

  it("opens when Python shows one, and is linked line by line both ways", async () => {
    await show({ program: PROGRAM, selected: "double", hovered: "two" });
    expect(texts("[role=tab][aria-selected=true]")).toEqual(["Program"]);
    const line = (n: number) => place.querySelectorAll<HTMLElement>(".ig-line")[n]!;
    expect(line(2).classList.contains("ig-own")).toBe(true);
    expect(line(2).classList.contains("ig-hovered-using")).toBe(true);
    await act(() => {
      line(1).dispatchEvent(new Event("pointerenter"));
    });
    expect(actions.hover).toHaveBeenLastCalledWith("layer/MatMul");
    await click(line(3));
    expect(actions.reveal).toHaveBeenCalledWith(6);
    const list = find(".ig-program");
    await press(list, "Home");
    await press(list, "ArrowDown");
    expect(actions.hover).toHaveBeenLastCalledWith("layer/MatMul");
    await press(list, "Enter");
    expect(actions.reveal).toHaveBeenLastCalledWith(3);
  });

  it("draws only lines in sight", async () => {
    expect(inSight(0, 100, 20, 1000)).toEqual([0, 25]);
    expect(inSight(2000, 100, 20, 1000)).toEqual([80, 125]);
    const lines = Array.from({ length: 5000 }, () => ({ text: "x", op: -1 }));
    await show({ program: { lines } });
    expect(place.querySelectorAll(".ig-line").length).toBeLessThan(100);
  });

  it("asks Python to compile what is selected, and says why it cannot", async () => {
    await show({ selected: "double" });
    await click(button("Program"));
    await click(button("Compile double"));
    expect(actions.ask).toHaveBeenCalledWith({ ask: "program", fetches: ["double"] });
    expect(find("[role=tabpanel] [role=status]").textContent).toBe("no kernel");
  });

  it("tells what was optimised, kind by kind", async () => {
    const rewriting = {
      before: 9,
      after: 3,
      groups: [
        {
          what: "folded",
          words: "Computed once.",
          ops: [{ op: id("two"), into: [id("double")], value: "2.0" }],
        },
      ],
    };
    await show({ program: { ...PROGRAM, rewriting, view: "optimised" } });
    expect(find("[role=tabpanel]").textContent).toContain(
      "9 operations in the graph, 3 in the program.",
    );
    await click(button("folded"));
    expect(find(".ig-fold-body").textContent).toContain("two= 2.0");
    await click(button("show them in the graph"));
    expect(actions.highlight).toHaveBeenLastCalledWith([id("two")], "1 folded");
    await click(button("what runs"));
    expect(place.querySelectorAll(".ig-line").length).toBe(4);
  });
});

describe("names as words", () => {
  it("write out what cannot be seen", () => {
    expect(plain("a\nb\u202ec\u0007d\u2028")).toBe("a b\\u202ec\\x07d\\u2028");
    expect(plain("grün 🙂 שלום")).toBe("grün 🙂 שלום");
  });

  it("keep the beginning and the end of what is long", () => {
    expect(plain("a".repeat(10_000), 9)).toBe("aaaa…aaaa");
    expect([...plain("🙂".repeat(50), 9)]).toHaveLength(9);
  });
});
