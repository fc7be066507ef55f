// Which lines of a program go with which operations.

import type { Model } from "../../shared/types";
import type { Program } from "../actions";
import { type Relations, relationsOf } from "../relations";
import { members } from "./trails";

export interface LineIndex {
  /** For each operation the lines that run it. */
  own: Map<number, number[]>;
  /** The lines that use what operations give, where these have no line of their own. */
  users: (ops: number[]) => number[];
}

/** Finds lines by operation, and who uses what has none: a constant, a variable. */
export function indexLines(model: Model, program: Program): LineIndex {
  const own = new Map<number, number[]>();
  for (const [number, { op }] of (program.lines ?? []).entries()) {
    if (op < 0) continue;
    const lines = own.get(op);
    if (lines) lines.push(number);
    else own.set(op, [number]);
  }
  const relations = relationsOf(model.ops);
  return { own, users: (ops) => usersOf(relations, own, ops) };
}

function usersOf(
  relations: Relations,
  own: Map<number, number[]>,
  ops: number[],
): number[] {
  const found: number[] = [];
  const seen = new Set(ops.filter((op) => !own.has(op)));
  for (const op of seen)
    for (const taker of relations.takers[op] ?? []) {
      const lines = own.get(taker);
      if (lines) found.push(...lines);
      else seen.add(taker); // a Set's walk goes on to what is added meanwhile
    }
  return found;
}

export interface Touched {
  own: Set<number>;
  using: Set<number>;
}

/** The lines of an operation or a scope, and those that use what has none. */
export function touchedLines(index: LineIndex, model: Model, name: string): Touched {
  const ops = members(model, name);
  const own = new Set(ops.flatMap((op) => index.own.get(op) ?? []));
  const using = new Set(index.users(ops).filter((line) => !own.has(line)));
  return { own, using };
}

/** Which lines are to be drawn: those in sight, and some more on either side. */
export function inSight(
  top: number,
  height: number,
  line: number,
  count: number,
  spare = 20,
): [number, number] {
  const first = Math.max(0, Math.floor(top / line) - spare);
  return [first, Math.min(count, Math.ceil((top + height) / line) + spare)];
}
