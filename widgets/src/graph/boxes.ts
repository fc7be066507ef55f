// What is written in a box, and how large it must be for that.
import type { Box, Edge } from "../shared/types";
import { shorten, textWidth } from "./measure";

export const LABEL = 12;
export const SMALL = 10.5;
export const LINE = 14;
export const HEADER = 28;
export const CHIP = 9.5;
const WIDEST = 190;

export interface Size {
  w: number;
  h: number;
}

/** Kinds with a small sign before the label; the others need none. */
export const SIGNED = new Set([
  "placeholder",
  "constant",
  "stateful",
  "scope",
  "section",
]);

const SLACK: Record<string, number> = { placeholder: 34, constant: 28, group: 28 };

export function isScopeKind(kind: string): boolean {
  return kind === "scope" || kind === "section";
}

/** The label, cut to the widest box. */
export function boxLabel(box: Box): string {
  return shorten(box.label, LABEL, WIDEST, true);
}

/** What is written under the label, cut to the widest box. */
export function boxLines(box: Box): string[] {
  return box.lines.filter(Boolean).map((line) => shorten(line, SMALL, WIDEST));
}

/** What is written on each device chip. */
export function deviceWords(box: Box): string[] {
  const counts = isScopeKind(box.kind);
  const words = box.devices
    .slice(0, 3)
    .map(([device, count]) => (counts ? `${device} ×${count}` : device));
  if (box.devices.length > 3) words.push(`+${box.devices.length - 3}`);
  return words.map((word) => shorten(word, CHIP, WIDEST / 2, true));
}

export function chipWidth(word: string): number {
  return textWidth(word, CHIP, true) + 20;
}

/** The size of a closed box. */
export function boxSize(box: Box): Size {
  const lines = boxLines(box);
  const sign = SIGNED.has(box.kind) ? 16 : 0;
  const chips = deviceWords(box).reduce((sum, word) => sum + chipWidth(word) + 4, 0);
  const words = [
    textWidth(boxLabel(box), LABEL, true) + sign,
    ...lines.map((line) => textWidth(line, SMALL)),
  ];
  let w = Math.max(...words, chips, 30) + (SLACK[box.kind] ?? 22);
  let h = 27 + LINE * lines.length;
  if (box.devices.length) h += 18;
  if (box.kind === "variable") h += 10;
  if (isScopeKind(box.kind)) h += 3;
  if (box.marks.length) w += 8;
  return { w: Math.round(w), h: Math.round(h) };
}

/** What is written on a data edge: dtype and shape, or how many tensors it is. */
export function tagText(edge: Pick<Edge, "tensors" | "count">): string {
  const first = edge.tensors[0] ?? "";
  if (edge.count === 1) return shorten(first, SMALL, WIDEST);
  const same = edge.tensors.every((tensor) => tensor === first);
  return same && first
    ? shorten(`${edge.count} × ${first}`, SMALL, WIDEST)
    : `${edge.count} tensors`;
}
