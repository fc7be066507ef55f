// A curve of a few dozen numbers, in the height of a line of text.
import { number } from "../shared/format";

const WIDTH = 64;
const HEIGHT = 18;

/** The path of a curve through finite numbers, with gaps where there are none. */
export function sparkPath(values: ArrayLike<number>): string {
  const all = Array.from(values);
  const finite = all.filter(Number.isFinite);
  if (!finite.length) return "";
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low;
  const step = WIDTH / Math.max(1, all.length - 1);
  let path = "";
  let pen = "M";
  all.forEach((value, index) => {
    if (!Number.isFinite(value)) {
      pen = "M";
      return;
    }
    const level = span ? (value - low) / span : 0.5;
    const x = (index * step).toFixed(1);
    const y = (HEIGHT - 2 - level * (HEIGHT - 4)).toFixed(1);
    path += `${pen}${x} ${y}`;
    pen = "L";
  });
  return path;
}

/** The curve, with its ends as words. */
export function Spark({ values }: { values: ArrayLike<number> }) {
  const finite = Array.from(values).filter(Number.isFinite);
  const [first, last] = [finite[0], finite[finite.length - 1]];
  const words = finite.length
    ? `mean went from ${number(first)} to ${number(last)}`
    : "no values yet";
  return (
    <svg
      class="ig-spark"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      <path d={sparkPath(values)} />
    </svg>
  );
}
