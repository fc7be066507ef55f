// What the panel of paths shows, as data: which operations, in which order, in words.
import { counted } from "../../shared/format";
import type { Model } from "../../shared/types";
import {
  backward,
  chainTo,
  connection,
  type Link,
  reach,
  relationsOf,
  type Way,
} from "../relations";
import { plain } from "./words";

export interface Trail {
  /** What to point out in the graph; null where there is nothing. */
  ops: number[] | null;
  /** One sentence, read aloud, too. */
  words: string;
  /** A way in its order, where the trail has one. */
  chain: Link[];
  /** Other things to list under headings of their own. */
  lists: { title: string; ops: number[] }[];
}

/** Which variables are trained, and which operation is whose gradient. */
export interface GradientFacts {
  trainable: number[];
  gradient_of: [number, number][];
}

const NOTHING: Trail = { ops: null, words: "", chain: [], lists: [] };

function named(model: Model, op: number): string {
  return plain(model.ops.name[op] ?? "", 60);
}

/** The operations that a name stands for: itself, or all in a scope or a section. */
export function members(model: Model, name: string): number[] {
  if (!name) return [];
  const { ops } = model;
  const found: number[] = [];
  const isSection = name.includes("#") && model.scopes[name];
  const prefix = model.scopes[name] ? `${name}/` : null;
  ops.name.forEach((other, op) => {
    const inside = isSection
      ? liesIn(model, ops.home[op]!, name)
      : prefix !== null && other.startsWith(prefix);
    if (inside || other === name) found.push(op);
  });
  return found;
}

/** Whether a box is somewhere inside of another one. */
function liesIn(model: Model, box: string, around: string): boolean {
  for (let key: string | undefined = box; key; key = model.parents[key])
    if (key === around) return true;
  return false;
}

/** What the operations of `name` need, or what needs them. */
export function neighbourhood(
  model: Model,
  name: string,
  way: Way,
  hops: number,
): Trail {
  const from = members(model, name);
  if (!from.length) return NOTHING;
  const found = [...reach(relationsOf(model.ops), from, way, hops)].sort(
    (a, b) => a - b,
  );
  const verb = way === "inputs" ? "needs" : "is needed by";
  const far = Number.isFinite(hops) ? ` within ${counted(hops, "step")}` : "";
  const count = found.length ? counted(found.length, "operation") : "nothing";
  const few = way === "inputs" ? [...found].reverse() : found;
  return {
    ops: [...from, ...found],
    words: `${plain(name, 60)} ${verb} ${count}${far}.`,
    chain: [],
    lists: found.length ? [{ title: "", ops: few }] : [],
  };
}

/** The ways between two operations. */
export function wayBetween(model: Model, a: number, b: number, all: boolean): Trail {
  const found = connection(relationsOf(model.ops), a, b);
  if (!found) {
    const words = `No way leads from ${named(model, a)} to ${named(model, b)}, or back.`;
    return { ...NOTHING, ops: [a, b], words };
  }
  const others = found.all.size - found.shortest.length;
  const ends = `from ${named(model, found.from)} to ${named(model, found.to)}`;
  const steps = counted(found.shortest.length - 1, "step");
  const rest = others
    ? `; ${counted(others, "more operation")} on other ways`
    : "; there is no other";
  return {
    ops: all ? [...found.all] : found.shortest.map((link) => link.op),
    words: `The shortest way ${ends} has ${steps}${rest}.`,
    chain: found.shortest,
    lists: [],
  };
}

/** Why an operation runs when `asked` are fetched. */
export function whyInRun(model: Model, asked: number[], op: number): Trail {
  if (!asked.length) return { ...NOTHING, words: "Choose what is fetched." };
  const chain = chainTo(relationsOf(model.ops), asked, op);
  if (!chain) {
    const fetched = asked.map((one) => named(model, one)).join(", ");
    const words = `${named(model, op)} does not run when ${fetched} is fetched.`;
    return { ...NOTHING, words };
  }
  return {
    ops: chain.map((link) => link.op),
    words: whyWords(model, chain),
    chain,
    lists: [],
  };
}

function whyWords(model: Model, chain: Link[]): string {
  const first = named(model, chain[0]!.op);
  const last = named(model, chain.at(-1)!.op);
  if (chain.length === 1) return `${first} is what is fetched.`;
  const waits = chain.some((link) => link.waits);
  const how = waits ? "is waited for on the way to" : "is needed for";
  return `${last} ${how} ${first}, ${counted(chain.length - 1, "step")} away.`;
}

/** The variables, the way forward and the gradients of a loss. */
export function gradientPaths(model: Model, loss: number, facts: GradientFacts): Trail {
  const relations = relationsOf(model.ops);
  const found = backward(relations, loss, facts.trainable, facts.gradient_of);
  const name = named(model, loss);
  if (!found.variables.length)
    return { ...NOTHING, words: `No trained variable leads to ${name}.` };
  const gradients = [...found.gradients.keys()];
  const path = [...found.forward];
  const words = [
    `${counted(found.variables.length, "trained variable")} lead${
      found.variables.length === 1 ? "s" : ""
    } to ${name} through ${counted(path.length, "operation")}`,
    gradients.length
      ? `${counted(gradients.length, "operation")} compute${
          gradients.length === 1 ? "s" : ""
        } the gradients`
      : "no gradients were built",
  ].join("; ");
  return {
    ops: [...path, ...gradients],
    words: `${words}.`,
    chain: [],
    lists: [
      { title: "Trained variables", ops: found.variables },
      { title: "On the way to the loss", ops: path.sort((a, b) => a - b) },
      { title: "Gradients", ops: gradients },
    ].filter((list) => list.ops.length),
  };
}
