import { describe, expect, it, vi } from "vitest";
import { bytes, counted, duration, number } from "../src/shared/format";
import { ask } from "../src/shared/hooks";
import { followTheme } from "../src/shared/theme";
import { FakeModel } from "./fake";

describe("words for numbers", () => {
  it("keeps whole numbers and shortens the rest", () => {
    expect([0, 12, -12.34567, 1e-9, 2.5e7].map(number)).toEqual([
      "0",
      "12",
      "-12.35",
      "1.00e-9",
      "2.50e+7",
    ]);
    expect([Number.NaN, Infinity, -Infinity, null].map(number)).toEqual([
      "NaN",
      "inf",
      "-inf",
      "",
    ]);
  });

  it("gives sizes, times and counts a unit", () => {
    expect([784, 3136, 2 ** 20].map(bytes)).toEqual(["784 B", "3.1 KiB", "1.0 MiB"]);
    expect([3.21, 45, 3400, 1.2e6].map(duration)).toEqual([
      "3.2 us",
      "45 us",
      "3.4 ms",
      "1.20 s",
    ]);
    expect([counted(1, "op"), counted(1200, "op")]).toEqual(["1 op", "1,200 ops"]);
  });
});

describe("a question to Python", () => {
  it("gets the answer with its number and no other", async () => {
    const model = new FakeModel({});
    const answer = ask(model, { ask: "frame", key: "a" });
    const { number: asked } = model.sent[0] as { number: number };
    model.receive({ answer: "frame", number: asked + 1, frame: "another's" });
    model.receive({ answer: "frame", number: asked, frame: "mine" });
    expect((await answer).frame).toBe("mine");
    expect(model.listening()).toBe(0);
  });

  it("fails with Python's words, or when nobody answers", async () => {
    const model = new FakeModel({});
    const refused = ask(model, { ask: "frame" });
    const { number: asked } = model.sent[0] as { number: number };
    model.receive({ answer: "frame", number: asked, error: "no such scope" });
    await expect(refused).rejects.toThrow("no such scope");
    await expect(ask(model, { ask: "frame" }, 5)).rejects.toThrow("does not answer");
    expect(model.listening()).toBe(0);
  });
});

describe("light and dark", () => {
  it("follow Jupyter's theme, also when it changes", async () => {
    const el = document.createElement("div");
    document.body.dataset.jpThemeLight = "true";
    const end = followTheme(el);
    expect(el.style.colorScheme).toBe("light");
    document.body.dataset.jpThemeLight = "false";
    await vi.waitFor(() => expect(el.style.colorScheme).toBe("dark"));
    end();
    delete document.body.dataset.jpThemeLight;
    const outside = document.createElement("div");
    followTheme(outside)();
    expect(outside.style.colorScheme).toBe("light dark");
    expect(el.style.colorScheme).toBe("dark");
  });
});
