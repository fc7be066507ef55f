import { afterEach, describe, expect, it, vi } from "vitest";
import { PageModel } from "../src/page/model";
import { startPage } from "../src/page/start";
import { ask } from "../src/shared/hooks";
import { modelOf } from "./small";

const MODEL = modelOf("a = Const()\nb = Const()\nc = Add(a, b)");
const STACK = [{ place: "net.py, line 1", function: "<module>", text: "c = a + b" }];
const FACTS = {
  stack: [0, 0, 0],
  attrs: [0, 0, 1],
  stacks: [STACK],
  attributes: [[["dtype", "float32"]], [["T", "float32"]]] as [string, string][][],
  values: {
    "0": { text: "[[ 0.25 -3. ]\n [ 0.333 7. ]]", words: "" },
    "1": { text: "'words'", words: "" },
  },
  gradients: { trainable: [], gradient_of: [[2, 0]] as [number, number][] },
};
const model = () => new PageModel({ model: MODEL, selected: "" }, FACTS);

describe("a model without a kernel", () => {
  it("keeps traits and tells who listens", () => {
    const page = model();
    const heard = vi.fn();
    page.on("change:selected", heard);
    page.set("selected", "a");
    page.set("selected", "a");
    expect(heard).toHaveBeenCalledTimes(1);
    expect(page.get("selected")).toBe("a");
    page.off("change:selected", heard);
    page.set("selected", "b");
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("answers what was saved with the page", async () => {
    expect(await ask(model(), { ask: "details", name: "c" })).toMatchObject({
      attrs: [["T", "float32"]],
      stack: STACK,
      gradient_of: "a",
      value: null,
    });
    expect(await ask(model(), { ask: "details", name: "a" })).toMatchObject({
      gradient_of: "",
      value: FACTS.values["0"],
    });
    expect(await ask(model(), { ask: "gradients" })).toMatchObject(FACTS.gradients);
  });

  it("finds values in what is shown of them", async () => {
    const hits = async (text: string) =>
      ((await ask(model(), { ask: "search_values", text })).hits as unknown[]).length;
    expect(await hits("0.33")).toBe(1);
    expect(await hits("-3")).toBe(1);
    expect(await hits("3")).toBe(0);
    expect(await hits("2.5e-1")).toBe(1);
    expect(await hits("WORD")).toBe(1);
    expect(await hits("")).toBe(0);
  });

  it("says that there is no kernel", async () => {
    await expect(ask(model(), { ask: "program" })).rejects.toThrow("no kernel");
    const bare = new PageModel({}, null);
    await expect(ask(bare, { ask: "details" })).rejects.toThrow("no kernel");
  });
});

async function pack(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}

describe("a saved page", () => {
  afterEach(() => {
    document.body.replaceChildren();
  });

  function lay(content: string, packed = false): void {
    const block = document.createElement("script");
    block.className = "ig-saved";
    block.type = "application/json";
    if (packed) block.dataset.packed = "gzip";
    block.textContent = content;
    const views = document.createElement("div");
    views.className = "ig-page-views";
    const still = document.createElement("div");
    still.className = "ig-page-still";
    document.body.append(views, still, block);
  }

  const SAVED = JSON.stringify({
    views: [{ _view: "graph", model: MODEL }],
    facts: null,
  });

  it.each([false, true])("starts its views, packed: %s", async (packed) => {
    lay(packed ? await pack(SAVED) : SAVED, packed);
    const started = vi.fn();
    await startPage(started);
    await startPage(started); // a second script of ours on the page changes nothing
    expect(started).toHaveBeenCalledTimes(1);
    expect(started.mock.calls[0]![0].model.get("_view")).toBe("graph");
    expect(document.querySelector<HTMLElement>(".ig-page-still")!.hidden).toBe(true);
  });

  it("is no other page", async () => {
    const started = vi.fn();
    await startPage(started);
    expect(started).not.toHaveBeenCalled();
  });
});
