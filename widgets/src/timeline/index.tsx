// The live timeline: many runs on their devices; `widgets/timeline.py` is its Python.
import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { duration } from "../shared/format";
import { useTrait } from "../shared/hooks";
import type { WidgetModel } from "../shared/types";
import { Canvas, runWords } from "./canvas";
import { costs } from "./costs";
import { sliceWords } from "./draw";
import { HELP } from "./keys";
import { HUES } from "./model";
import "./style.css";
import { Tables } from "./tables";
import { type Timeline, useTimeline } from "./use_timeline";

export function TimelineView({ model }: { model: WidgetModel }): JSX.Element {
  const timeline = useTimeline(model);
  const [height] = useTrait<number>(model, "height");
  const [help, setHelp] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const { trace, slice, selected } = timeline;
  const about =
    slice >= 0
      ? sliceWords(trace, slice)
      : selected
        ? `${selected}: ${timeline.bright?.size ? "marked" : "not in these runs"}`
        : "Nothing is selected.";
  return (
    <div class="ig-timeline">
      <Bar timeline={timeline} field={field} help={help} setHelp={setHelp} />
      {trace.count ? (
        <Canvas
          timeline={timeline}
          height={height || 320}
          search={() => field.current?.focus()}
          help={() => setHelp(!help)}
        />
      ) : (
        <p class="ig-timeline-about">No runs were traced yet.</p>
      )}
      <Legend timeline={timeline} />
      <div class="ig-timeline-about" role="status">
        {about}
      </div>
      {help && <Help />}
      <Tables timeline={timeline} />
    </div>
  );
}

function Bar(props: {
  timeline: Timeline;
  field: { current: HTMLInputElement | null };
  help: boolean;
  setHelp(open: boolean): void;
}): JSX.Element {
  const { timeline, field, help, setHelp } = props;
  const { trace, act } = timeline;
  const zoom = (name: string, factor: number, sign: string) => (
    <button
      type="button"
      title={name}
      aria-label={name}
      onClick={() => act({ kind: "zoom", factor })}
    >
      {sign}
    </button>
  );
  return (
    <div class="ig-timeline-bar">
      <span class="ig-timeline-summary ig-muted">{trace.model.summary}</span>
      <RunPicker timeline={timeline} />
      <Search timeline={timeline} field={field} />
      <span class="ig-timeline-seen ig-muted" title="How much of the time is seen">
        {trace.count ? duration(timeline.window.to - timeline.window.from) : ""}
      </span>
      {zoom("Closer (W)", 0.6, "+")}
      {zoom("Further (S)", 1 / 0.6, "−")}
      <button type="button" title="Everything (0)" onClick={() => act({ kind: "fit" })}>
        fit
      </button>
      <button
        type="button"
        aria-expanded={help}
        title="Keys (?)"
        onClick={() => setHelp(!help)}
      >
        keys
      </button>
    </div>
  );
}

function RunPicker({ timeline }: { timeline: Timeline }): JSX.Element {
  const { trace, picked, pick } = timeline;
  const shown = trace.model.runs[picked] ? picked : -1;
  return (
    <select
      aria-label="Run"
      value={String(shown)}
      onChange={(event) => pick(Number(event.currentTarget.value))}
    >
      <option value="-1">all runs</option>
      {trace.model.runs.map((run, index) => (
        <option value={String(index)} key={run.number}>
          {runWords(run)}
        </option>
      ))}
    </select>
  );
}

function Search(props: {
  timeline: Timeline;
  field: { current: HTMLInputElement | null };
}): JSX.Element {
  const { words, search, matches, act } = props.timeline;
  const press = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Enter") act({ kind: "match", by: event.shiftKey ? -1 : 1 });
    else if (event.key === "Escape") search("");
  };
  return (
    <>
      <input
        ref={props.field}
        type="search"
        placeholder="search"
        aria-label="Search names and types"
        value={words}
        onInput={(event) => search(event.currentTarget.value)}
        onKeyDown={press}
      />
      <span class="ig-timeline-found ig-muted" role="status">
        {words ? `${matches.length} slices` : ""}
      </span>
    </>
  );
}

/** The dearest types with their colours and numbers. */
function Legend({ timeline }: { timeline: Timeline }): JSX.Element | null {
  const { trace, picked } = timeline;
  const shares = useMemo(() => {
    const found = costs(trace, "type", picked);
    return new Map(found.map((cost) => [cost.key, cost.share]));
  }, [trace, picked]);
  const named = trace.model.hues;
  if (!named.length) return null;
  const share = (type: string) => shares.get(type) ?? 0;
  const rest = 1 - named.reduce((sum, type) => sum + share(type), 0);
  const percent = (part: number) => `${(100 * part).toFixed(0)} %`;
  return (
    <ul class="ig-timeline-legend" aria-label="Types of operations by their time">
      {named.map((type, hue) => (
        <li key={type}>
          <Swatch hue={hue} /> {hue + 1} {type} {percent(share(type))}
        </li>
      ))}
      {rest > 0.0005 && (
        <li>
          <Swatch hue={HUES - 1} /> others {percent(rest)}
        </li>
      )}
    </ul>
  );
}

function Swatch({ hue }: { hue: number }): JSX.Element {
  return (
    <span class="ig-timeline-swatch" style={{ background: `var(--ig-time-${hue})` }} />
  );
}

function Help(): JSX.Element {
  return (
    <dl class="ig-timeline-help">
      {HELP.map(([keys, words]) => [
        <dt key={keys}>{keys}</dt>,
        <dd key={words}>{words}</dd>,
      ])}
    </dl>
  );
}
