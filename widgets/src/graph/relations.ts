// Who depends on whom: walks over the operations of a model, by their ids.
//
// Every walk is a loop with a list of its own, never recursion: a chain of 10 000
// operations is deeper than a browser's stack. Nothing here draws or asks anything.
import type { Ops } from "../shared/types";

/** Towards what is needed, or towards what needs it. */
export type Way = "inputs" | "outputs";

/** Each operation's neighbours: what it takes or waits for, and who takes it. */
export interface Relations {
  count: number;
  /** Sources of data, each once, in the order of the inputs. */
  sources: number[][];
  /** Takers of data, each once, in the order of their making. */
  takers: number[][];
  /** What it waits for, and who waits for it, without data passing. */
  waits: number[][];
  waiters: number[][];
}

const known = new WeakMap<Ops, Relations>();

/** The relations of a model's operations; worked out once. */
export function relationsOf(ops: Ops): Relations {
  let relations = known.get(ops);
  if (!relations) {
    relations = build(ops);
    known.set(ops, relations);
  }
  return relations;
}

function build(ops: Ops): Relations {
  const count = ops.name.length;
  const empty = () => Array.from({ length: count }, () => [] as number[]);
  const relations: Relations = {
    count,
    sources: empty(),
    takers: empty(),
    waits: empty(),
    waiters: empty(),
  };
  for (let op = 0; op < count; op++) {
    for (const source of new Set((ops.inputs[op] ?? []).map(([from]) => from))) {
      // Inputs from outside of what the model covers have no id here.
      if (!relations.takers[source]) continue;
      relations.sources[op]!.push(source);
      relations.takers[source]!.push(op);
    }
    for (const source of new Set(ops.controls[op] ?? [])) {
      if (!relations.waiters[source]) continue;
      relations.waits[op]!.push(source);
      relations.waiters[source]!.push(op);
    }
  }
  return relations;
}

/** Lists of neighbours in one direction: by data, and by waiting if asked for. */
function neighbours(relations: Relations, way: Way, control: boolean): number[][][] {
  const data = way === "inputs" ? relations.sources : relations.takers;
  if (!control) return [data];
  return [data, way === "inputs" ? relations.waits : relations.waiters];
}

/**
 * What can be reached from some operations, themselves not counted.
 *
 * @param hops how far at most; without it, all the way.
 * @param control whether waiting counts as a relation, as it does for what a run needs.
 */
export function reach(
  relations: Relations,
  from: Iterable<number>,
  way: Way,
  hops = Number.POSITIVE_INFINITY,
  control = true,
): Set<number> {
  const lists = neighbours(relations, way, control);
  const start = new Set(from);
  const seen = new Set(start);
  let ring = [...start];
  for (let hop = 0; hop < hops && ring.length; hop++) {
    const next: number[] = [];
    for (const op of ring)
      for (const list of lists)
        for (const other of list[op] ?? []) {
          if (seen.has(other)) continue;
          seen.add(other);
          next.push(other);
        }
    ring = next;
  }
  for (const op of start) seen.delete(op);
  return seen;
}

/** One step of a chain: an operation, and whether its taker there waits for it only. */
export interface Link {
  op: number;
  waits: boolean;
}

/**
 * The shortest way against the flow, from one of `from` to `to`, both included.
 *
 * Ways of data are preferred: only where there is none may the chain wait.
 */
export function chainTo(
  relations: Relations,
  from: Iterable<number>,
  to: number,
): Link[] | null {
  const start = [...from];
  return search(relations, start, to, false) ?? search(relations, start, to, true);
}

function search(
  relations: Relations,
  from: number[],
  to: number,
  control: boolean,
): Link[] | null {
  const before = new Map<number, Link | null>(from.map((op) => [op, null]));
  const queue = [...before.keys()];
  const visit = (op: number, sources: number[], waits: boolean) => {
    for (const source of sources) {
      if (before.has(source)) continue;
      before.set(source, { op, waits });
      queue.push(source);
    }
  };
  for (let at = 0; at < queue.length && !before.has(to); at++) {
    const op = queue[at]!;
    visit(op, relations.sources[op] ?? [], false);
    if (control) visit(op, relations.waits[op] ?? [], true);
  }
  return before.has(to) ? unwind(before, to) : null;
}

function unwind(before: Map<number, Link | null>, to: number): Link[] {
  const chain: Link[] = [];
  let step: Link | null = { op: to, waits: false };
  while (step) {
    const came: Link | null = before.get(step.op) ?? null;
    chain.push({ op: step.op, waits: came?.waits ?? false });
    step = came && { op: came.op, waits: false };
  }
  return chain.reverse();
}

/** How two operations are connected. */
export interface Connection {
  /** Where the flow begins and ends; the two asked for, in the order of the flow. */
  from: number;
  to: number;
  /** The shortest way, in the order of the flow. */
  shortest: Link[];
  /** Everything that lies on any way from one to the other, both included. */
  all: Set<number>;
}

/** The ways between two operations, whichever of them comes first; null for none. */
export function connection(
  relations: Relations,
  a: number,
  b: number,
): Connection | null {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as [number, number][]) {
    const chain = chainTo(relations, [to], from);
    if (!chain) continue;
    return {
      from,
      to,
      shortest: chain.reverse(),
      all: between(relations, [from], [to]),
    };
  }
  return null;
}

/** What lies on any way from `sources` to `targets`, with those ends that have one. */
export function between(
  relations: Relations,
  sources: Iterable<number>,
  targets: Iterable<number>,
  control = true,
): Set<number> {
  const [first, last] = [[...sources], [...targets]];
  const far = Number.POSITIVE_INFINITY;
  const needed = reach(relations, last, "inputs", far, control);
  for (const op of last) needed.add(op);
  const fed = reach(relations, first, "outputs", far, control);
  for (const op of first) fed.add(op);
  return new Set([...needed].filter((op) => fed.has(op)));
}

/** The way back from a loss: what the gradients of its variables pass. */
export interface Backward {
  variables: number[];
  /** What lies between the variables and the loss, these included. */
  forward: Set<number>;
  /** Operations that compute gradients, each with the one it is the gradient of. */
  gradients: Map<number, number>;
}

/**
 * The gradient paths of a loss.
 *
 * @param trainable the variables that are trained.
 * @param gradientOf pairs of a gradient's operation and the one it was made for.
 */
export function backward(
  relations: Relations,
  loss: number,
  trainable: Iterable<number>,
  gradientOf: Iterable<readonly [number, number]>,
): Backward {
  const forward = between(relations, trainable, [loss], false);
  const variables = [...trainable].filter((op) => forward.has(op));
  const gradients = new Map<number, number>();
  for (const [gradient, of] of gradientOf)
    if (forward.has(of)) gradients.set(gradient, of);
  // A gradient's operations may lie after the loss but never before it.
  for (const op of forward) gradients.delete(op);
  return { variables, forward, gradients };
}
