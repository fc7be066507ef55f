// The plots of a history: series of numbers over steps, from one message.
import { doubles, type News } from "../values/news";

export const COLUMNS = [
  "mean",
  "std",
  "min",
  "max",
  "zero",
  "negative",
  "positive",
  "nan",
  "inf",
] as const;

/** What a column is called for people; the shares are of all elements. */
export const COLUMN_WORDS: Record<string, string> = {
  mean: "mean",
  std: "standard deviation",
  min: "least",
  max: "greatest",
  zero: "share of zeros",
  negative: "share of negatives",
  positive: "share of positives",
  nan: "share of NaN",
  inf: "share of infinities",
};

export interface Series {
  name: string;
  health: string;
  steps: Float64Array;
  values: Float64Array;
  /** 1 where something was NaN or infinite. */
  bad: Float64Array;
}

export function seriesOf(news: News | null): Series[] {
  const names = (news?.fields.names as string[] | undefined) ?? [];
  const health = (news?.fields.health as string[] | undefined) ?? [];
  return names.map((name, index) => ({
    name,
    health: health[index] ?? "",
    steps: doubles(news?.buffers[3 * index]),
    values: doubles(news?.buffers[3 * index + 1]),
    bad: doubles(news?.buffers[3 * index + 2]),
  }));
}

export interface Frame {
  width: number;
  height: number;
  /** First and last step. */
  range: [number, number];
}

/** Where a step is across. */
export function across(step: number, { width, range }: Frame): number {
  const [first, last] = range;
  return last > first ? ((step - first) / (last - first)) * width : width;
}

/** Least and greatest finite number; 0 and 1 where there is none. */
export function ends(values: Float64Array): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}

/** The path of a series, with gaps where there is no finite number. */
export function pathOf(series: Series, frame: Frame): string {
  const [low, high] = ends(series.values);
  const span = high - low;
  let pen = "M";
  let path = "";
  series.steps.forEach((step, index) => {
    const value = series.values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      pen = "M";
      return;
    }
    const level = span ? (value - low) / span : 0.5;
    const y = (frame.height - 3) * (1 - level) + 1.5;
    path += `${pen}${across(step, frame).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  });
  return path;
}

/** The place of the last record at `step` or before; of the newest for -1. */
export function placeAt(series: Series, step: number): number {
  if (step < 0) return series.steps.length - 1;
  let found = -1;
  series.steps.forEach((at, index) => {
    if (at <= step) found = index;
  });
  return found;
}
