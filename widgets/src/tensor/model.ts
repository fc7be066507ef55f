// What the tensor viewer knows of the value it shows: shape, axes, where an element is.
import type { Message } from "../shared/hooks";

export const MODES = ["heat", "image", "histogram", "numbers"] as const;
export type Mode = (typeof MODES)[number];
export const MODE_WORDS: Record<Mode, string> = {
  heat: "heat map",
  image: "image",
  histogram: "histogram",
  numbers: "numbers",
};

export interface Histogram {
  counts: number[];
  low: number;
  high: number;
  looked: number;
}

export interface Page {
  texts: string[][];
  first: [number, number];
  size: [number, number];
}

/** A message of `widgets/tensor.py`. */
export interface Look {
  name: string;
  step: number;
  shape: number[] | null;
  dtype: string;
  axes: [number, number, number];
  at: number[];
  mode: Mode;
  words: string;
  of: string;
  low: number | null;
  high: number | null;
  trouble: string;
  histogram?: Histogram;
  page?: Page;
  size?: [number, number];
  steps?: [number, number];
  drawn?: number[];
}

export function lookOf(fields: Message | undefined): Look | null {
  return fields ? (fields as unknown as Look) : null;
}

/** A drawn plane: rows, columns and channels of single-precision numbers. */
export interface Plane {
  values: Float32Array;
  rows: number;
  columns: number;
  channels: number;
}

export function planeOf(look: Look, values: Float32Array): Plane | null {
  const [rows, columns, channels] = look.drawn ?? [];
  if (rows === undefined || columns === undefined) return null;
  return { values, rows, columns, channels: channels ?? 1 };
}

/** The full index of a drawn element, with ":" for the axis of channels. */
export function indexText(look: Look, row: number, column: number): string {
  const [down, across, channels] = look.axes;
  const [stepDown, stepAcross] = look.steps ?? [1, 1];
  const index = look.at.map((at, axis) => {
    if (axis === down) return row * stepDown;
    if (axis === across) return column * stepAcross;
    return axis === channels ? ":" : at;
  });
  return `[${index.join(", ")}]`;
}

/** The axes that are neither seen nor colours: each has a slider. */
export function heldAxes(look: Look): number[] {
  return (look.shape ?? [])
    .map((_, axis) => axis)
    .filter((axis) => !look.axes.includes(axis));
}

/** The axes after one of them was chosen anew: two that meet change places. */
export function withAxis(
  axes: [number, number, number],
  place: 0 | 1 | 2,
  axis: number,
): [number, number, number] {
  const next: [number, number, number] = [...axes];
  const other = axis < 0 ? -1 : axes.indexOf(axis);
  if (other >= 0) next[other] = axes[place];
  next[place] = axis;
  return next;
}

/** "float32 (3, 4)", as Python writes shapes. */
export function kindText(look: Look): string {
  const shape = look.shape ?? [];
  return `${look.dtype} (${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
}

/** Whether some elements are passed over in what is drawn. */
export function thinnedText(look: Look): string {
  const [down, across] = look.steps ?? [1, 1];
  if (down * across <= 1) return "";
  return `every ${down} × ${across} elements drawn as one`;
}
