// The debugger's widget: what it shows of a run, and what buttons, keys and fields send.
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StepperView } from "../src/stepper";
import { commandOf, isOver, place, type Snapshot } from "../src/stepper/model";
import { FakeModel } from "./fake";

const hidden = {
  name: "layer/h:0",
  dtype: "float32",
  shape: [2, 2],
  text: "float32 [2, 2] [[1. 2.] [nan 4.]]",
  cells: [
    ["1", "2"],
    ["nan", "4"],
  ],
  heat: [
    [0, 0.333],
    [null, 1],
  ],
};
const number = {
  name: "acc:0",
  dtype: "int32",
  shape: [],
  text: "int32 3",
  cells: [],
  heat: [],
};

const paused: Snapshot = {
  status: "paused",
  headline: "paused before 'layer/s' (Sin)",
  node: "layer/s",
  type: "Sin",
  phase: "before",
  why: "",
  loops: [],
  inputs: [hidden],
  outputs: [],
  ran: [
    { name: "w", type: "VariableV2", at: [] },
    { name: "acc", type: "Add", at: [2] },
  ],
  count: 2,
  waiting: [],
  effects: [],
  breakpoints: [{ number: 1, text: "loss > 2", hits: 1 }],
  error: "",
};

let el: HTMLElement;
let model: FakeModel;

function show(state: Partial<Snapshot> = {}, traits: Record<string, unknown> = {}) {
  model = new FakeModel({
    state: { ...paused, ...state },
    note: "",
    busy: false,
    selected: "",
    ...traits,
  });
  act(() => {
    render(<StepperView model={model} />, el);
  });
}

function press(key: string, target: Element = el.querySelector("section")!) {
  act(() => {
    target.dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
    );
  });
}

function button(name: string): HTMLButtonElement {
  const all = [...el.querySelectorAll("button")];
  return all.find((one) => one.textContent?.trim().startsWith(name))!;
}

/** The questions and commands sent, without the numbers of questions. */
function sent(): unknown[] {
  return model.sent.map((one) => {
    const { number: _, ...rest } = one as Record<string, unknown>;
    return rest;
  });
}

async function answered(fields: Record<string, unknown>) {
  const last = model.sent.at(-1) as { number: number; ask: string };
  await act(async () => {
    model.receive({ answer: last.ask, number: last.number, ...fields });
    await Promise.resolve();
  });
}

beforeEach(() => {
  el = document.createElement("div");
  document.body.append(el);
});
afterEach(() => {
  act(() => {
    render(null, el);
  });
  expect(model.listening()).toBe(0);
  el.remove();
});

describe("where a run stands", () => {
  it("is told in words, with what the node takes", () => {
    show();
    expect(el.querySelector('[role="status"]')?.textContent).toContain(
      "paused before layer/s Sin",
    );
    expect(el.textContent).toContain("float32 [2, 2]");
    const cells = [...el.querySelectorAll("td")].map((cell) => cell.textContent);
    expect(cells).toEqual(["1", "2", "nan", "4"]);
    expect(el.querySelectorAll(".ig-step-odd")).toHaveLength(1);
  });

  it("says which iteration, why, what was changed and what failed", async () => {
    show({
      status: "failed",
      loops: [
        { name: "outer", iteration: 1 },
        { name: "inner", iteration: 4 },
      ],
      why: "loss > 2",
      effects: ["train"],
      error: "InvalidArgumentError: no",
    });
    await answered({ moments: [] });
    const words = el.querySelector('[role="status"]')?.textContent;
    expect(words).toContain("failed at layer/s");
    expect(words).toContain("iteration 4 of inner in iteration 1 of outer");
    expect(words).toContain("because of: loss > 2");
    expect(words).toContain("changed for good: train");
    expect(words).toContain("InvalidArgumentError: no");
  });

  it("is nothing before a breakpoint is met", () => {
    model = new FakeModel({ state: {}, note: "", busy: false, selected: "" });
    act(() => {
      render(<StepperView model={model} />, el);
    });
    expect(el.textContent).toContain("No run stands still here");
    act(() => model.set("state", paused));
    expect(el.textContent).toContain("layer/s");
  });

  it("shows names as text, whatever they hold", () => {
    show({ node: "<img src=x onerror=alert(1)>" });
    expect(el.querySelector("img")).toBeNull();
    expect(el.textContent).toContain("<img src=x");
  });
});

describe("buttons and keys", () => {
  it("send the same commands", () => {
    show();
    for (const name of ["Step", "Over", "Out", "Continue", "Stop"])
      act(() => button(name).click());
    const clicked = sent();
    model.sent = [];
    for (const key of ["F10", "o", "u", "F8", "x"]) press(key);
    expect(sent()).toEqual(clicked);
    expect(clicked).toEqual(
      ["step", "over", "out", "cont", "stop"].map((command) => ({ command, text: "" })),
    );
  });

  it("leave letters to the fields", () => {
    show();
    const field = el.querySelector("input")!;
    press("n", field);
    expect(sent()).toEqual([]);
    press("F10", field);
    expect(sent()).toEqual([{ command: "step", text: "" }]);
  });

  it("wait while a command runs, but for pause and stop", () => {
    show({}, { busy: true });
    act(() => button("Step").click());
    expect(sent()).toEqual([]);
    expect(button("Step").getAttribute("aria-disabled")).toBe("true");
    expect(button("Stop").getAttribute("aria-disabled")).toBe("false");
    act(() => button("Pause").click());
    press("p");
    expect(sent()).toEqual(Array(2).fill({ command: "pause", text: "" }));
  });

  it("are done with a run that is over", () => {
    show({ status: "finished", node: "" });
    act(() => button("Continue").click());
    expect(sent()).toEqual([]);
    expect(button("Step").getAttribute("aria-disabled")).toBe("true");
  });

  it("are no shortcuts with other keys held", () => {
    const event = new KeyboardEvent("keydown", { key: "c", ctrlKey: true });
    Object.defineProperty(event, "target", { value: document.body });
    expect(commandOf(event)).toBeNull();
  });
});

describe("fields", () => {
  function type(field: HTMLInputElement, text: string) {
    act(() => {
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
  function submit(field: HTMLInputElement) {
    act(() => {
      field.form!.dispatchEvent(new Event("submit", { cancelable: true }));
    });
  }

  it("run until what was typed, with names to choose from", async () => {
    show();
    const field = el.querySelector<HTMLInputElement>('input[name="until"]')!;
    type(field, "loss");
    expect(sent()).toEqual([{ ask: "complete", text: "loss" }]);
    await answered({ names: ["loss", "loss/read"] });
    const names = [...el.querySelectorAll("datalist option")].map((one) =>
      one.getAttribute("value"),
    );
    expect(names).toEqual(["loss", "loss/read"]);
    submit(field);
    expect(sent().at(-1)).toEqual({ command: "until", text: "loss" });
    act(() => button("Always stop").click());
    expect(sent().at(-1)).toEqual({ command: "break", text: "loss" });
  });

  it("inject into what stands at the node", () => {
    show();
    const field = el.querySelector<HTMLInputElement>('input[name="value"]')!;
    type(field, "[1, 2]");
    submit(field);
    expect(sent()).toEqual([{ command: "inject", text: "layer/h:0 [1, 2]" }]);
  });
});

describe("lists", () => {
  it("take breakpoints away", () => {
    show();
    const remove = el.querySelector<HTMLButtonElement>(
      'button[aria-label="Remove breakpoint loss > 2"]',
    )!;
    act(() => remove.click());
    expect(sent()).toEqual([{ command: "remove", text: "1" }]);
  });

  it("look at the value of what ran, and point at it", async () => {
    show();
    const ran = [...el.querySelectorAll(".ig-step-ran button")];
    expect(ran.map((one) => one.textContent)).toEqual(["acc", "w"]);
    act(() => (ran[0] as HTMLButtonElement).click());
    expect(model.get("selected")).toBe("acc");
    expect(sent()).toEqual([{ ask: "value", name: "acc" }]);
    await answered({ value: number });
    expect(el.querySelector(".ig-step-main")?.textContent).toContain("acc:0");
    act(() => button("Close").click());
    expect(el.querySelector(".ig-step-main")?.textContent).not.toContain("acc:0");
  });

  it("say what was wrong with a question", async () => {
    show();
    act(() => el.querySelector<HTMLButtonElement>(".ig-step-ran button")!.click());
    await answered({ error: "acc:0 has no value yet" });
    expect(el.querySelector('[role="status"]')?.textContent).toContain("no value yet");
  });

  it("scrub through iterations", async () => {
    show({ loops: [{ name: "while", iteration: 2 }], inputs: [number] });
    expect(sent()).toEqual([{ ask: "history", name: "acc:0" }]);
    const moments = [0, 1, 2].map((at) => ({
      at: [at],
      value: { ...number, text: `int32 ${at * 10}` },
    }));
    await answered({ moments });
    const slider = el.querySelector<HTMLInputElement>('input[type="range"]')!;
    expect(slider.getAttribute("aria-valuetext")).toBe("iteration 2");
    act(() => {
      slider.value = "1";
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    });
    expect(slider.getAttribute("aria-valuetext")).toBe("iteration 1");
    expect(el.textContent).toContain("10");
  });
});

describe("talking with Python", () => {
  it("answers pings at once", () => {
    show();
    act(() => model.receive({ kind: "ping", number: 7 }));
    expect(model.sent).toEqual([{ pong: 7 }]);
  });
});

describe("words", () => {
  it("name the innermost loop first", () => {
    expect(place([])).toBe("");
    expect(
      place([
        { name: "a", iteration: 0 },
        { name: "b", iteration: 5 },
      ]),
    ).toBe("iteration 5 of b in iteration 0 of a");
  });

  it("know when a run is over", () => {
    expect(isOver(paused)).toBe(false);
    expect(isOver({ ...paused, status: "stopped" })).toBe(true);
  });
});
