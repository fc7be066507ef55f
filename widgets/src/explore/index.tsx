// A playground: what is turned on the left, what follows on the right.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Answer, ask, useMessage, useTrait } from "../shared/hooks";
import type { WidgetModel } from "../shared/types";
import { Turn } from "./controls";
import {
  type Control,
  type Data,
  firstData,
  nextData,
  type Plot,
  Turner,
  type Value,
} from "./model";
import { Figure } from "./plots";
import "../values/style.css";
import "./style.css";

interface Fields {
  plots: Plot[];
  values: Value[];
  note: string;
  recomputed: string[];
}

/** State of the view: what the traits began with, and what answers have brought. */
function usePlayground(model: WidgetModel) {
  const [controls] = useTrait<Control[]>(model, "controls");
  const [plots] = useTrait<Plot[]>(model, "plots");
  const [firstNote] = useTrait<string>(model, "note");
  const [values, setValues] = useState(() => controls.map((one) => one.value));
  const [data, setData] = useState<Data[]>(() => firstData(plots));
  const [said, say] = useState({
    note: firstNote,
    recomputed: [] as string[],
    bad: "",
  });
  const start = useRef(controls.map((one) => one.value));
  const take = (fields: Fields, buffers: DataView[], pending: Set<number>) => {
    setData((old) => nextData(old, fields.plots, buffers));
    // What is being turned this moment is ahead of what Python knows.
    setValues((old) =>
      fields.values.map((value, at) => (pending.has(at) ? (old[at] ?? value) : value)),
    );
    say({ note: fields.note, recomputed: fields.recomputed, bad: "" });
  };
  const fail = (error: Error) => say((old) => ({ ...old, bad: error.message }));
  const answered = (answer: Answer, pending = new Set<number>()) =>
    take(answer as unknown as Fields, answer.buffers, pending);
  const turner = useMemo(() => new Turner(model, answered, fail), [model]);
  useMessage(model, (message, buffers) => {
    if (message.kind === "values") {
      take(message as unknown as Fields, buffers, new Set());
    }
  });
  useEffect(() => {
    // A second view, or one opened late: what was turned meanwhile.
    ask(model, { ask: "now" }).then(
      (answer) => answered(answer),
      () => {}, // a page without a kernel shows what it was saved with
    );
  }, [model]);
  const turn = (at: number, value: Value) => {
    setValues((old) => old.map((one, index) => (index === at ? value : one)));
    turner.turn(at, value);
  };
  const reset = () => {
    start.current.forEach((value, at) => {
      turn(at, value);
    });
  };
  const redraw = () => {
    ask(model, { ask: "redraw" }).then((answer) => answered(answer), fail);
  };
  return { controls, values, data, said, turn, reset, redraw };
}

export function ExploreView({ model }: { model: WidgetModel }) {
  const [title] = useTrait<string>(model, "title");
  const [, select] = useTrait<string>(model, "selected");
  const { controls, values, data, said, turn, reset, redraw } = usePlayground(model);
  const heard = useQuiet(said.note);
  return (
    <section class="ig-values ig-explore" aria-label={title || "Playground"}>
      <div class="ig-values-bar">
        <h3>{title || "Playground"}</h3>
        <span class="ig-push" />
        <button type="button" onClick={reset}>
          Back to start
        </button>
        <button
          type="button"
          onClick={redraw}
          title="Compute everything again, random numbers included"
        >
          Compute all
        </button>
      </div>
      <div class="ig-explore-body">
        <fieldset class="ig-explore-controls">
          <legend class="ig-heard">What you can turn</legend>
          {controls.map((control, at) => (
            <Turn
              key={control.name}
              control={control}
              value={values[at] ?? control.value}
              turn={(value) => turn(at, value)}
            />
          ))}
        </fieldset>
        <div class="ig-explore-plots">
          {data.map((one) => (
            <Figure
              key={`${one.plot.name} ${one.plot.kind}`}
              data={one}
              place={placer(one.plot, controls, values, turn)}
            />
          ))}
        </div>
      </div>
      <Ran said={said} select={select} />
      <span class="ig-heard" aria-live="polite">
        {heard}
      </span>
    </section>
  );
}

/** What sets the placeholders along a plot's axes, where they are controls. */
function placer(
  plot: Plot,
  controls: Control[],
  values: Value[],
  turn: (at: number, value: Value) => void,
): ((numbers: number[]) => void) | null {
  const at = plot.over.map((name) => controls.findIndex((one) => one.name === name));
  if (!at.length || at.includes(-1) || !plot.at.length) return null;
  return (numbers) => {
    const whole = at.length === 1 && values[at[0]!]!.length === numbers.length;
    if (whole) turn(at[0]!, numbers);
    else
      at.forEach((control, index) => {
        turn(control, [numbers[index]!]);
      });
  };
}

const SHOWN = 8;

/** Which operations the last change ran; each selects its box in a linked graph. */
function Ran(props: {
  said: { note: string; recomputed: string[]; bad: string };
  select: (name: string) => void;
}) {
  const { note, recomputed, bad } = props.said;
  const left = recomputed.length - SHOWN;
  return (
    <div class="ig-values-foot ig-explore-ran">
      {bad && <strong class="ig-alarm">{bad}</strong>}
      <span class="ig-muted">{note}</span>
      {recomputed.slice(0, SHOWN).map((name) => (
        <button type="button" key={name} onClick={() => props.select(name)}>
          {name}
        </button>
      ))}
      {left > 0 && <span class="ig-muted">and {left} more</span>}
    </div>
  );
}

/** A text once it has not changed for a while: a drag is not read out at each step. */
function useQuiet(text: string, wait = 700): string {
  const [quiet, setQuiet] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setQuiet(text), wait);
    return () => clearTimeout(timer);
  }, [text, wait]);
  return quiet;
}
