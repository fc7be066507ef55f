// Small plots of watched tensors, one under the other, and a scrubber through steps.
import { useMemo } from "preact/hooks";
import { number } from "../shared/format";
import { useTrait } from "../shared/hooks";
import type { WidgetModel } from "../shared/types";
import { useNews } from "../values/news";
import {
  across,
  COLUMN_WORDS,
  COLUMNS,
  ends,
  type Frame,
  pathOf,
  placeAt,
  type Series,
  seriesOf,
} from "./model";
import "./style.css";

const WIDTH = 520;
const HEIGHT = 64;
const NEWEST = -1;

export function HistoryView({ model }: { model: WidgetModel }) {
  const news = useNews(model, "series", "series");
  const [column, setColumn] = useTrait<string>(model, "column");
  const [step, setStep] = useTrait<number>(model, "step");
  const series = useMemo(() => seriesOf(news), [news]);
  const range = (news?.fields.range as [number, number] | undefined) ?? [0, 0];
  const alerts = (news?.fields.alerts as string[] | undefined) ?? [];
  const drawn = String(news?.fields.column ?? column);
  const frame = { width: WIDTH, height: HEIGHT, range };
  return (
    <section class="ig-values ig-history" aria-label="History">
      <div class="ig-values-bar">
        <h3>History</h3>
        <label>
          Plot{" "}
          <select
            value={column}
            onChange={(event) => setColumn(event.currentTarget.value)}
          >
            {COLUMNS.map((one) => (
              <option key={one} value={one}>
                {COLUMN_WORDS[one]}
              </option>
            ))}
          </select>
        </label>
      </div>
      {!series.length && (
        <p class="ig-muted" role="status">
          Nothing recorded yet.
        </p>
      )}
      {series.map((one) => (
        <Plot key={one.name} series={one} column={drawn} frame={frame} step={step} />
      ))}
      {series.length > 0 && <Scrubber range={range} step={step} setStep={setStep} />}
      <ul class="ig-alerts" aria-label="Alerts" hidden={!alerts.length}>
        {alerts.map((alert) => (
          <li key={alert} class="ig-alarm">
            {alert}
          </li>
        ))}
      </ul>
      {Boolean(news?.fields.trouble) && (
        <strong class="ig-alarm">{String(news?.fields.trouble)}</strong>
      )}
    </section>
  );
}

interface PlotProps {
  series: Series;
  column: string;
  frame: Frame;
  step: number;
}

function Plot({ series, column, frame, step }: PlotProps) {
  const at = placeAt(series, step);
  const value = at < 0 ? Number.NaN : (series.values[at] ?? Number.NaN);
  const [low, high] = ends(series.values);
  const word = COLUMN_WORDS[column] ?? column;
  const words = `${word} of ${series.name}: now ${text(value)}, least ${number(low)}, greatest ${number(high)}`;
  return (
    <figure class="ig-plot">
      <figcaption>
        <span class="ig-mono ig-plot-name" title={series.name}>
          {series.name}
        </span>
        <strong class="ig-plot-value">{text(value)}</strong>
        {series.bad[at] ? (
          <span class="ig-alarm">{series.health}</span>
        ) : (
          <span class="ig-muted">{word}</span>
        )}
      </figcaption>
      <svg
        viewBox={`0 0 ${frame.width} ${frame.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words}
      >
        <path class="ig-curve" d={pathOf(series, frame)} />
        <BadSteps series={series} frame={frame} />
        {step >= 0 && (
          <line
            class="ig-now"
            x1={across(step, frame)}
            x2={across(step, frame)}
            y1={0}
            y2={frame.height}
          />
        )}
      </svg>
      <span class="ig-plot-ends ig-muted" aria-hidden="true">
        <span>{number(high)}</span>
        <span>{number(low)}</span>
      </span>
    </figure>
  );
}

function text(value: number): string {
  return Number.isNaN(value) ? "–" : number(value);
}

/** A cross at the foot of each step with NaN or inf. */
function BadSteps({ series, frame }: { series: Series; frame: Frame }) {
  const foot = frame.height - 9;
  let path = "";
  series.bad.forEach((bad, index) => {
    if (!bad) return;
    const x = across(series.steps[index] ?? 0, frame);
    path += `M${x - 3} ${foot}l6 7m0 -7l-6 7`;
  });
  return path ? <path class="ig-bad-steps" d={path} /> : null;
}

interface ScrubberProps {
  range: [number, number];
  step: number;
  setStep: (step: number) => void;
}

function Scrubber({ range, step, setStep }: ScrubberProps) {
  const [first, last] = range;
  const at = step < 0 ? last : Math.min(last, Math.max(first, step));
  const words = step < 0 ? `newest, step ${last}` : `step ${step}`;
  return (
    <div class="ig-scrubber">
      <input
        type="range"
        aria-label="Step"
        aria-valuetext={words}
        min={first}
        max={last}
        value={at}
        onInput={(event) => setStep(Number(event.currentTarget.value))}
      />
      <span class="ig-scrubber-words">{words}</span>
      <button type="button" disabled={step < 0} onClick={() => setStep(NEWEST)}>
        Newest
      </button>
    </div>
  );
}
