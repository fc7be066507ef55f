// The tensor viewer: sliders for axes, and four ways to look at a plane.
import { useMemo } from "preact/hooks";
import { number } from "../shared/format";
import { useTrait } from "../shared/hooks";
import type { WidgetModel } from "../shared/types";
import { floats, useNews } from "../values/news";
import {
  type Histogram,
  heldAxes,
  kindText,
  type Look,
  lookOf,
  MODE_WORDS,
  MODES,
  type Mode,
  type Page,
  planeOf,
  withAxis,
} from "./model";
import { PlaneCanvas } from "./plane";
import "../values/style.css";
import "./style.css";

export function TensorView({ model }: { model: WidgetModel }) {
  const news = useNews(model, "plane", "plane");
  const [, setMode] = useTrait<Mode>(model, "mode");
  const [, setAxes] = useTrait<number[]>(model, "axes");
  const [, setAt] = useTrait<number[]>(model, "at");
  const [, setFirst] = useTrait<number[]>(model, "first");
  const look = lookOf(news?.fields);
  const plane = useMemo(
    () => (look?.drawn ? planeOf(look, floats(news?.buffers[0])) : null),
    [news],
  );
  const name = look?.name || String(model.get("name") ?? "") || "array";
  return (
    <section class="ig-values ig-tensor" aria-label={`Values of ${name}`}>
      <div class="ig-values-bar">
        <h3 class="ig-mono">{name}</h3>
        {look?.shape && <span class="ig-muted">{kindText(look)}</span>}
        {look?.shape && <Modes look={look} setMode={setMode} />}
        <span class="ig-muted ig-push">
          {look && look.step > 0 && `step ${look.step}`}
        </span>
      </div>
      {!look?.shape && (
        <p class="ig-muted" role="status">
          {look?.words ?? "No values yet."}
        </p>
      )}
      {look?.shape && (
        <>
          {look.shape.length > 1 && look.mode !== "histogram" && (
            <Axes look={look} setAxes={setAxes} setAt={setAt} />
          )}
          {plane && look.mode !== "numbers" && (
            <PlaneCanvas look={look} plane={plane} />
          )}
          {look.histogram && <Bars histogram={look.histogram} of={look.of} />}
          {look.page && <Numbers page={look.page} setFirst={setFirst} />}
          <div class="ig-values-foot">
            <span>{look.words}</span>
            {look.low !== null && (
              <span>
                min {number(look.low)}, max {number(look.high)}
              </span>
            )}
          </div>
        </>
      )}
      {look?.trouble && <strong class="ig-alarm">{look.trouble}</strong>}
    </section>
  );
}

function Modes({ look, setMode }: { look: Look; setMode: (mode: Mode) => void }) {
  const text = look.dtype === "string";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has a frame of its own
    <span class="ig-choice" role="group" aria-label="Show as">
      {MODES.map((mode) => (
        <button
          type="button"
          key={mode}
          aria-pressed={look.mode === mode}
          disabled={text && (mode === "heat" || mode === "image")}
          onClick={() => setMode(mode)}
        >
          {MODE_WORDS[mode]}
        </button>
      ))}
    </span>
  );
}

interface AxesProps {
  look: Look;
  setAxes: (axes: number[]) => void;
  setAt: (at: number[]) => void;
}

function Axes({ look, setAxes, setAt }: AxesProps) {
  const shape = look.shape ?? [];
  const choose = (place: 0 | 1 | 2) => (axis: number) =>
    setAxes(withAxis(look.axes, place, axis));
  const colours = shape
    .map((size, axis) => (size === 1 || size === 3 || size === 4 ? axis : -1))
    .filter((axis) => axis >= 0);
  const move = (axis: number, value: number) =>
    setAt(look.at.map((old, one) => (one === axis ? value : old)));
  return (
    <div class="ig-axes">
      <AxisChoice word="rows" shape={shape} axis={look.axes[0]} choose={choose(0)} />
      <AxisChoice word="columns" shape={shape} axis={look.axes[1]} choose={choose(1)} />
      {look.mode === "image" && shape.length > 2 && colours.length > 0 && (
        <AxisChoice
          word="colours"
          shape={shape}
          axis={look.axes[2]}
          choose={choose(2)}
          only={colours}
        />
      )}
      {heldAxes(look).map((axis) => (
        <label key={axis} class="ig-slider">
          axis {axis}
          <input
            type="range"
            min={0}
            max={Math.max(0, (shape[axis] ?? 1) - 1)}
            value={look.at[axis]}
            disabled={(shape[axis] ?? 0) < 2}
            onInput={(event) => move(axis, Number(event.currentTarget.value))}
          />
          <span class="ig-mono">
            {look.at[axis]} of {shape[axis]}
          </span>
        </label>
      ))}
    </div>
  );
}

interface AxisChoiceProps {
  word: string;
  shape: number[];
  axis: number;
  choose: (axis: number) => void;
  only?: number[];
}

function AxisChoice({ word, shape, axis, choose, only }: AxisChoiceProps) {
  return (
    <label>
      {word}{" "}
      <select
        value={axis}
        onChange={(event) => choose(Number(event.currentTarget.value))}
      >
        {only && <option value={-1}>none</option>}
        {(only ?? shape.map((_, one) => one)).map((one) => (
          <option key={one} value={one}>
            axis {one} ({shape[one]})
          </option>
        ))}
      </select>
    </label>
  );
}

const HEIGHT = 150;

function Bars({ histogram, of }: { histogram: Histogram; of: string }) {
  const { counts, low, high, looked } = histogram;
  const most = Math.max(1, ...counts);
  const width = (high - low) / (counts.length || 1);
  const what = of === "value" ? "elements" : of === "length" ? "lengths" : "magnitudes";
  const words = `Histogram of ${looked.toLocaleString("en")} ${what}`;
  if (!counts.length) return <p class="ig-muted">{words}: none is finite.</p>;
  return (
    <figure class="ig-histogram" role="img" aria-label={`${words}, ${peak(histogram)}`}>
      <div class="ig-bars" style={{ height: `${HEIGHT}px` }}>
        {counts.map((count, index) => (
          <span
            key={index}
            class={low + (index + 0.5) * width < 0 ? "ig-below" : ""}
            style={{ height: `${(count / most) * 100}%` }}
            title={`${number(low + index * width)} to ${number(low + (index + 1) * width)}: ${count}`}
          />
        ))}
      </div>
      <div class="ig-bars-foot">
        <span>{number(low)}</span>
        <span class="ig-muted">
          {words}; the highest bar has {most.toLocaleString("en")}
        </span>
        <span>{number(high)}</span>
      </div>
    </figure>
  );
}

function peak({ counts, low, high }: Histogram): string {
  const width = (high - low) / counts.length;
  const at = counts.indexOf(Math.max(...counts));
  return `from ${number(low)} to ${number(high)}, most near ${number(low + (at + 0.5) * width)}`;
}

function Numbers({
  page,
  setFirst,
}: {
  page: Page;
  setFirst: (first: number[]) => void;
}) {
  const [top, left] = page.first;
  const [rows, columns] = page.size;
  const height = page.texts.length;
  const width = page.texts[0]?.length ?? 0;
  return (
    <div class="ig-numbers">
      <table class="ig-mono">
        <thead>
          <tr>
            <td />
            {page.texts[0]?.map((_, column) => (
              <th scope="col" key={column}>
                {left + column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {page.texts.map((line, row) => (
            <tr key={row}>
              <th scope="row">{top + row}</th>
              {line.map((text, column) => (
                <td key={column} class={mood(text)}>
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Pager
        word="rows"
        first={top}
        shown={height}
        total={rows}
        go={(to) => setFirst([to, left])}
      />
      <Pager
        word="columns"
        first={left}
        shown={width}
        total={columns}
        go={(to) => setFirst([top, to])}
      />
    </div>
  );
}

/** How an element looks: what is not finite, and signs. */
function mood(text: string): string {
  if (/nan|inf/i.test(text) && !text.startsWith("'")) return "ig-alarm";
  return "";
}

interface PagerProps {
  word: string;
  first: number;
  shown: number;
  total: number;
  go: (first: number) => void;
}

function Pager({ word, first, shown, total, go }: PagerProps) {
  if (shown >= total) return null;
  return (
    <span class="ig-pager">
      <button
        type="button"
        aria-label={`earlier ${word}`}
        disabled={first === 0}
        onClick={() => go(Math.max(0, first - shown))}
      >
        ‹
      </button>
      {word} {first} to {first + shown - 1} of {total.toLocaleString("en")}
      <button
        type="button"
        aria-label={`later ${word}`}
        disabled={first + shown >= total}
        onClick={() => go(first + shown)}
      >
        ›
      </button>
    </span>
  );
}
