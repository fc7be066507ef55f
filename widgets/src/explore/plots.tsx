// What is shown: numbers, lines, bars, heat maps, curves and surfaces.
import { useEffect, useRef } from "preact/hooks";
import { number } from "../shared/format";
import { useTheme } from "../shared/theme";
import { colourOf, paletteOf, scaleOf } from "../tensor/colour";
import { type Data, endsOf, type Plot } from "./model";
import { Axes, type Ends, Paper, Plane, tick } from "./plane";

const PAST = 60; // values that a number's small curve goes back

interface Props {
  data: Data;
  /** Sets the placeholder that runs along the axes, where it is a control. */
  place: ((numbers: number[]) => void) | null;
}

/** A card with one plot; it flashes when it was computed again. */
export function Figure(props: Props) {
  const { plot, numbers, turn } = props.data;
  const whole = plot.whole.length ? ` (${plot.whole.join(" × ")})` : "";
  return (
    <figure class="ig-explore-plot" data-name={plot.name}>
      <figcaption>
        <code>{plot.title}</code>
        <span class="ig-muted">{whole}</span>
      </figcaption>
      <div key={turn} class={turn ? "ig-explore-fresh" : ""} />
      {/* Not role="img": some have points inside that take the keys. */}
      <p class="ig-heard">{wordsOf(plot, numbers)}</p>
      {drawn(props)}
    </figure>
  );
}

function drawn(props: Props) {
  const { plot } = props.data;
  if (plot.kind === "number") return <Big {...props} />;
  if (plot.kind === "heat" || plot.kind === "surface") return <Field {...props} />;
  if (plot.kind === "scatter") return <Scatter {...props} />;
  if (plot.kind === "curve") return <Curve {...props} />;
  return plot.kind === "bars" ? <Bars {...props} /> : <Line {...props} />;
}

/** A plot in a sentence; Python's `chart_words` says the same. */
export function wordsOf(plot: Plot, numbers: Float32Array): string {
  if (plot.text) return `${plot.title}: ${plot.text}`;
  if (numbers.length <= 8) {
    return `${plot.title}: ${Array.from(numbers, number).join(", ")}`;
  }
  const [low, high] = endsOf(numbers);
  const words = `${plot.kind} from ${number(low)} to ${number(high)}`;
  const bad = numbers.filter((one) => !Number.isFinite(one)).length;
  return `${plot.title}: ${words}${bad ? `, ${bad} not finite` : ""}`;
}

function Big({ data }: Props) {
  const past = useRef<{ turn: number; values: number[] }>({ turn: -1, values: [] });
  const now = data.numbers[0] ?? Number.NaN;
  if (past.current.turn !== data.turn) {
    const values = [...past.current.values, now].slice(-PAST);
    past.current = { turn: data.turn, values };
  }
  const paper = new Paper([0, PAST - 1], endsOf(past.current.values));
  return (
    <div class="ig-explore-big">
      <output class={data.plot.text || Number.isFinite(now) ? "" : "ig-explore-bad"}>
        {data.plot.text ?? number(now)}
      </output>
      {past.current.values.length > 1 && (
        <svg viewBox="38 8 212 142" preserveAspectRatio="none" aria-hidden="true">
          <path
            class="ig-explore-line"
            d={pathOf(paper, past.current.values, (at) => at)}
          />
        </svg>
      )}
    </div>
  );
}

/** A path through values; a gap where one is not finite. */
export function pathOf(
  paper: Paper,
  values: ArrayLike<number>,
  across: (at: number) => number,
): string {
  let path = "";
  let pen = "M";
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!Number.isFinite(value)) {
      pen = "M";
      continue;
    }
    path += `${pen}${paper.x(across(at)).toFixed(1)} ${paper.y(value).toFixed(1)}`;
    pen = "L";
  }
  return path;
}

function Line({ data: { plot, numbers } }: Props) {
  const last = Math.max(1, numbers.length - 1);
  const paper = new Paper([0, last], plot.between ?? endsOf(numbers));
  return (
    <svg class="ig-explore-plane" viewBox="0 0 260 170" aria-hidden="true">
      <Axes paper={paper} />
      <path class="ig-explore-line" d={pathOf(paper, numbers, (at) => at)} />
    </svg>
  );
}

function Bars({ data: { plot, numbers } }: Props) {
  const [low, high] = plot.between ?? endsOf(numbers, true);
  // Room for the numbers on the bars.
  const paper = new Paper([0, numbers.length], [low, high + (high - low) * 0.12]);
  const wide = paper.x(0.76) - paper.x(0);
  return (
    <svg class="ig-explore-plane" viewBox="0 0 260 170" aria-hidden="true">
      <Axes paper={paper} />
      {Array.from(numbers, (value, at) => {
        const [from, to] = [paper.y(0), paper.y(Number.isFinite(value) ? value : 0)];
        return (
          <g key={at}>
            <rect
              class="ig-explore-bar"
              x={paper.x(at + 0.12)}
              y={Math.min(from, to)}
              width={wide}
              height={Math.max(0.75, Math.abs(from - to))}
            />
            {numbers.length <= 6 && (
              <text
                x={paper.x(at + 0.5)}
                y={Math.max(16, Math.min(from, to) - 3)}
                text-anchor="middle"
              >
                {number(value)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** Where a function is, between the values known of it. */
function along(numbers: Float32Array, [low, high]: Ends, x: number): number {
  const at = ((x - low) / (high - low)) * (numbers.length - 1);
  const left = Math.max(0, Math.min(numbers.length - 2, Math.floor(at)));
  const share = Math.min(1, Math.max(0, at - left));
  return numbers[left]! * (1 - share) + numbers[left + 1]! * share;
}

function Curve({ data: { plot, numbers }, place }: Props) {
  const across = plot.ends[0]!;
  const paper = new Paper(across, plot.between ?? endsOf(numbers));
  const step = (across[1] - across[0]) / (numbers.length - 1);
  const [x] = plot.at;
  const here: Ends[] = x === undefined ? [] : [[x, along(numbers, across, x)]];
  return (
    <Plane
      label={`${plot.title} over ${plot.over.join(", ")}`}
      name={plot.over[0] ?? "point"}
      across={across}
      down={paper.down}
      handles={here}
      step={step}
      move={(_, next) => place?.([next])}
    >
      <path
        class="ig-explore-line"
        d={pathOf(paper, numbers, (at) => across[0] + at * step)}
      />
    </Plane>
  );
}

function Dots({
  paper,
  points,
  labels,
}: { paper: Paper } & Pick<Plot, "points" | "labels">) {
  return (
    <g>
      {points.map(([x, y], at) => (
        // Circles for one class, squares for the other: not colour alone.
        <rect
          key={at}
          class={`ig-explore-dot ig-explore-class${(labels[at] ?? 0) % 2}`}
          x={paper.x(x) - 3}
          y={paper.y(y) - 3}
          width={6}
          height={6}
          rx={(labels[at] ?? 0) % 2 ? 0 : 3}
        />
      ))}
    </g>
  );
}

function Scatter({ data: { plot, numbers } }: Props) {
  const points = Array.from(
    { length: numbers.length / 2 },
    (_, at): Ends => [numbers[2 * at]!, numbers[2 * at + 1]!],
  );
  const xs = plot.between ?? endsOf(points.map(([x]) => x));
  const ys = plot.between ?? endsOf(points.map(([, y]) => y));
  const paper = new Paper(xs, ys);
  return (
    <svg class="ig-explore-plane" viewBox="0 0 260 170" aria-hidden="true">
      <Axes paper={paper} />
      <Dots paper={paper} points={points} labels={plot.labels} />
    </svg>
  );
}

/** A matrix or a function of two numbers, in colours. */
function Field({ data, place }: Props) {
  const { plot, numbers } = data;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [rows = 1, columns = 1] =
    plot.shape.length > 1 ? plot.shape : [1, numbers.length];
  const between = plot.between ?? endsOf(numbers);
  const theme = useTheme();
  useEffect(() => {
    if (canvas.current) paint(canvas.current, data, rows, columns, between);
  }, [data, theme]);
  const isSurface = plot.kind === "surface";
  const across: Ends = isSurface ? plot.ends[0]! : [0, columns];
  const down: Ends = isSurface ? plot.ends[1]! : [rows, 0];
  const here: Ends[] = plot.at.length === 2 ? [[plot.at[0]!, plot.at[1]!]] : [];
  return (
    <>
      <div class="ig-explore-field">
        <canvas ref={canvas} style={Paper.inside} />
        <Plane
          label={plot.title}
          name={plot.over.join(", ")}
          across={across}
          down={down}
          handles={here}
          step={(across[1] - across[0]) / 40}
          move={(_, x, y) => place?.([x, y])}
        >
          <Dots
            paper={new Paper(across, down)}
            points={plot.points}
            labels={plot.labels}
          />
        </Plane>
      </div>
      <span class="ig-explore-key ig-muted">
        colours from {tick(between[0], between)} to {tick(between[1], between)}
      </span>
    </>
  );
}

function paint(
  canvas: HTMLCanvasElement,
  { plot, numbers }: Data,
  rows: number,
  columns: number,
  between: Ends,
): void {
  const context = canvas.getContext("2d");
  if (!context || !rows || !columns) return;
  canvas.width = columns;
  canvas.height = rows;
  const palette = paletteOf(canvas.parentElement ?? canvas);
  const scale = scaleOf(...between);
  const image = context.createImageData(columns, rows);
  for (let at = 0; at < rows * columns; at++) {
    const value = numbers[at]!;
    const colour = Number.isFinite(value)
      ? colourOf(value, scale, palette)
      : palette.bad;
    // The lowest row of a surface is its first.
    const row = Math.floor(at / columns);
    const shown = plot.kind === "surface" ? rows - 1 - row : row;
    image.data.set([...colour, 255], (shown * columns + (at % columns)) * 4);
  }
  context.putImageData(image, 0, 0);
}
