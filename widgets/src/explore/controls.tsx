// What a reader turns: sliders, fields, switches, cells and points.
import { useRef, useState } from "preact/hooks";
import { number } from "../shared/format";
import { type Control, clamp, rounded, type Value } from "./model";
import { Plane } from "./plane";

interface Props {
  control: Control;
  value: Value;
  turn: (value: Value) => void;
}

/** The control that its kind names. */
export function Turn(props: Props) {
  const { kind } = props.control;
  if (kind === "points") return <Points {...props} />;
  if (kind === "cells") return <Cells {...props} />;
  if (kind === "switch") return <Switch {...props} />;
  if (kind === "field") return <Field {...props} />;
  return <Slider {...props} />;
}

function Name({ control }: { control: Control }) {
  return (
    <span class="ig-explore-name">
      <code>{control.name}</code>
      {control.variable && <small class="ig-muted"> variable</small>}
    </span>
  );
}

function Slider({ control, value, turn }: Props) {
  const now = Number(value[0]);
  const { low, high, step } = control;
  const title = `${control.name}, ${number(low)} to ${number(high)}`;
  return (
    <div class="ig-explore-control ig-explore-slider">
      <Name control={control} />
      <input
        type="range"
        min={low}
        max={high}
        step={step}
        value={clamp(now, low, high)}
        aria-label={title}
        title={title}
        onInput={(event) => turn([rounded(event.currentTarget.valueAsNumber, control)])}
      />
      <NumberField control={control} now={now} turn={(next) => turn([next])} />
    </div>
  );
}

/** A number to type; Enter or leaving takes it, nonsense is taken back. */
function NumberField(props: {
  control: Control;
  now: number;
  turn: (value: number) => void;
  label?: string;
}) {
  const { control, now, turn } = props;
  // What is being typed is not overwritten by what is computed meanwhile.
  const [draft, setDraft] = useState<string | null>(null);
  const shown = Number.isFinite(now) ? String(Number(now.toPrecision(6))) : "";
  return (
    <input
      type="number"
      class="ig-explore-number"
      step={control.step}
      value={draft ?? shown}
      aria-label={props.label ?? `${control.name}, as a number`}
      onInput={(event) => setDraft(event.currentTarget.value)}
      onBlur={() => setDraft(null)}
      onChange={(event) => {
        const next = event.currentTarget.valueAsNumber;
        if (Number.isFinite(next)) turn(next);
        setDraft(null);
      }}
    />
  );
}

function Field({ control, value, turn }: Props) {
  const isText = control.dtype === "string";
  return (
    <div class="ig-explore-control">
      <Name control={control} />
      {isText ? (
        <input
          type="text"
          value={String(value[0])}
          aria-label={control.name}
          onInput={(event) => turn([event.currentTarget.value])}
        />
      ) : (
        <NumberField
          control={control}
          now={Number(value[0])}
          turn={(next) => turn([next])}
        />
      )}
    </div>
  );
}

function Switch({ control, value, turn }: Props) {
  return (
    <label class="ig-explore-control ig-explore-switch">
      <Name control={control} />
      <input
        type="checkbox"
        role="switch"
        checked={Boolean(value[0])}
        aria-checked={Boolean(value[0])}
        onChange={(event) => turn([event.currentTarget.checked])}
      />
      <span>{value[0] ? "true" : "false"}</span>
    </label>
  );
}

/** A small vector or matrix: each cell is typed, or dragged sideways. */
function Cells({ control, value, turn }: Props) {
  const columns = control.shape[control.shape.length - 1] ?? 1;
  const change = (at: number, next: number) =>
    turn(value.map((old, index) => (index === at ? next : old)));
  return (
    <div class="ig-explore-control ig-explore-cells">
      <Name control={control} />
      <fieldset style={{ gridTemplateColumns: `repeat(${columns}, 5.2em)` }}>
        <legend class="ig-heard">{control.name}, drag or type</legend>
        {value.map((now, at) => (
          <Cell
            key={at}
            control={control}
            now={Number(now)}
            label={`${control.name} at ${place(at, control.shape)}`}
            turn={(next) => change(at, next)}
          />
        ))}
      </fieldset>
    </div>
  );
}

function place(at: number, shape: number[]): string {
  const found: number[] = [];
  for (const size of [...shape].reverse()) {
    found.unshift(at % size);
    at = Math.floor(at / size);
  }
  return found.join(", ");
}

const PIXELS = 160; // of a drag from end to end

function Cell(props: {
  control: Control;
  now: number;
  label: string;
  turn: (value: number) => void;
}) {
  const { control, now, turn } = props;
  const from = useRef<{ x: number; value: number } | null>(null);
  const share = (now - control.low) / (control.high - control.low);
  return (
    <div
      class="ig-explore-cell"
      style={{ "--ig-share": `${clamp(share, 0, 1) * 100}%` }}
      onPointerDown={(event) => {
        from.current = { x: event.clientX, value: now };
      }}
      onPointerMove={(event) => {
        if (!from.current || !event.buttons) return;
        const moved = event.clientX - from.current.x;
        if (Math.abs(moved) < 3) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const way = (moved / PIXELS) * (control.high - control.low);
        const next = clamp(from.current.value + way, control.low, control.high);
        turn(rounded(next, control));
      }}
      onPointerUp={() => {
        from.current = null;
      }}
    >
      <NumberField {...props} />
    </div>
  );
}

/** Points in a plane: dragged, or moved with the arrow keys. */
function Points({ control, value, turn }: Props) {
  const ends: [number, number] = [control.low, control.high];
  const pairs = Array.from({ length: value.length / 2 }, (_, at): [number, number] => [
    Number(value[2 * at]),
    Number(value[2 * at + 1]),
  ]);
  return (
    <div class="ig-explore-control ig-explore-points">
      <Name control={control} />
      <Plane
        label={`${control.name}, points to drag`}
        across={ends}
        down={ends}
        handles={pairs}
        step={control.step}
        name={control.name}
        move={(at, x, y) => {
          const next = [...value];
          next[2 * at] = rounded(x, control);
          next[2 * at + 1] = rounded(y, control);
          turn(next);
        }}
      />
    </div>
  );
}
