// What a playground knows: controls, plots, and how a turn goes to Python and back.
import { type Answer, ask } from "../shared/hooks";
import type { WidgetModel } from "../shared/types";
import { floats } from "../values/news";

export type Scalar = number | string | boolean;
export type Value = Scalar[];

/** As `widgets/controls.py` writes it. */
export interface Control {
  name: string;
  kind: "slider" | "field" | "switch" | "cells" | "points";
  low: number;
  high: number;
  step: number;
  dtype: string;
  shape: number[];
  variable: boolean;
  value: Value;
}

/** As `widgets/plots.py` writes it; `values` only in what a page was saved with. */
export interface Plot {
  kind: "number" | "line" | "bars" | "heat" | "scatter" | "curve" | "surface";
  title: string;
  name: string;
  shape: number[];
  whole: number[];
  dtype: string;
  ends: [number, number][];
  between: [number, number] | null;
  at: number[];
  over: string[];
  points: [number, number][];
  labels: number[];
  text?: string;
  values?: Value;
  number?: number;
}

export interface Data {
  plot: Plot;
  numbers: Float32Array;
  /** How often it was computed: a change makes it flash. */
  turn: number;
}

/** What the plots show before anything was turned. */
export function firstData(plots: Plot[]): Data[] {
  return plots.map((plot) => ({
    plot,
    numbers: Float32Array.from(plot.values ?? [], Number),
    turn: 0,
  }));
}

/** The plots after an answer: new ones where Python sent some. */
export function nextData(data: Data[], plots: Plot[], buffers: DataView[]): Data[] {
  const next = [...data];
  plots.forEach((plot, at) => {
    const number = plot.number ?? at;
    const turn = (data[number]?.turn ?? 0) + 1;
    next[number] = { plot, numbers: floats(buffers[at]), turn };
  });
  return next;
}

/** Sends what was turned: one question at a time, and of much only the newest. */
export class Turner {
  private waiting = new Map<number, Value>();
  private busy = false;

  constructor(
    private model: WidgetModel,
    private take: (answer: Answer, pending: Set<number>) => void,
    private fail: (error: Error) => void,
  ) {}

  turn(control: number, value: Value): void {
    this.waiting.set(control, value);
    this.next();
  }

  private next(): void {
    if (this.busy || !this.waiting.size) return;
    this.busy = true;
    const changes = [...this.waiting].map(([number, value]) => [number, plain(value)]);
    this.waiting.clear();
    ask(this.model, { ask: "set", changes })
      .then(
        (answer) => this.take(answer, new Set(this.waiting.keys())),
        (error) => this.fail(error),
      )
      .finally(() => {
        this.busy = false;
        this.next();
      });
  }
}

/** A single value as itself: strings and truth values have no list. */
function plain(value: Value): Value | Scalar {
  const [first] = value;
  return value.length === 1 && typeof first !== "number" ? first! : value;
}

/** The least and the greatest finite number; [0, 1] where there is none. */
export function endsOf(numbers: Iterable<number>, zero = false): [number, number] {
  let low = zero ? 0 : Number.POSITIVE_INFINITY;
  let high = zero ? 0 : Number.NEGATIVE_INFINITY;
  for (const number of numbers) {
    if (!Number.isFinite(number)) continue;
    low = Math.min(low, number);
    high = Math.max(high, number);
  }
  if (low > high) return [0, 1];
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

/** A number rounded to its step, without the digits that binary fractions leave. */
export function rounded(value: number, control: Control): number {
  const steps = Math.round((value - control.low) / control.step);
  const exact = control.low + steps * control.step;
  return Number(exact.toPrecision(12));
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
