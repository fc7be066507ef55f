// What a saved page knows without Python; the answers have the shape of Python's own.
import type { Model } from "../shared/types";

interface Value {
  text: string;
  words: string;
}

/** Of `Facts.to_json` in `display/details.py`: columns by operation, and tables. */
export interface Facts {
  stack: number[];
  attrs: number[];
  stacks: { place: string; function: string; text: string }[][];
  attributes: [string, string][][];
  values: Record<string, Value>;
  gradients: { trainable: number[]; gradient_of: [number, number][] };
}

export class Saved {
  constructor(
    private readonly traits: Record<string, unknown>,
    private readonly facts: Facts | null,
  ) {}

  /** The fields of an answer. */
  answer(what: string, question: Record<string, unknown>): object {
    const { facts } = this;
    const model = this.traits.model as Model | undefined;
    if (facts && model?.ops) {
      if (what === "details") return details(model, facts, String(question.name));
      if (what === "gradients") return facts.gradients;
      if (what === "search_values")
        return { hits: holding(facts, String(question.text)) };
    }
    throw new Error("This page was saved: there is no kernel behind it.");
  }
}

function details(model: Model, facts: Facts, name: string): object {
  const op = model.ops.name.indexOf(name);
  if (op < 0) throw new Error("There is no such operation.");
  const of = facts.gradients.gradient_of.find(([gradient]) => gradient === op);
  return {
    attrs: facts.attributes[facts.attrs[op]!] ?? [],
    stack: facts.stacks[facts.stack[op]!] ?? [],
    gradient_of: of ? model.ops.name[of[1]] : "",
    value: facts.values[op] ?? null,
  };
}

/** The constants in whose saved text a number or a word is found. */
function holding(facts: Facts, typed: string): [number, string][] {
  const test = tester(typed.trim());
  const found: [number, string][] = [];
  for (const [op, value] of Object.entries(facts.values))
    if (test(value.text)) found.push([Number(op), "among the values shown"]);
  return found;
}

/** Numbers are compared to as many decimals as were typed, like Python does. */
function tester(typed: string): (text: string) => boolean {
  const wanted = Number(typed);
  if (!typed || Number.isNaN(wanted)) {
    const lower = typed.toLowerCase();
    return (text) => lower !== "" && text.toLowerCase().includes(lower);
  }
  const [mantissa, exponent] = typed.toLowerCase().split("e");
  const decimals = mantissa!.split(".")[1]?.length ?? 0;
  const near = decimals
    ? 0.5 * 10 ** (Number(exponent ?? 0) - decimals) * (1 + 1e-6)
    : 0;
  return (text) =>
    text
      .split(/[\s[\],]+/)
      .some((word) => word !== "" && Math.abs(Number(word) - wanted) <= near);
}
