// The step debugger: a run that stands still, its buttons, and what is known of it.
import { useState } from "preact/hooks";
import { counted } from "../shared/format";
import { type Answer, ask, useMessage, useTrait } from "../shared/hooks";
import type { WidgetModel } from "../shared/types";
import { Inject, Until } from "./fields";
import { Breakpoints, Looked, Ran, Scrubber } from "./lists";
import {
  COMMANDS,
  commandOf,
  isOver,
  type Moment,
  names,
  place,
  type Shown,
  type Snapshot,
} from "./model";
import { Value } from "./value";
import "./style.css";

type Send = (command: string, text?: string) => void;

export function StepperView({ model }: { model: WidgetModel }) {
  const [state] = useTrait<Snapshot | Record<string, never>>(model, "state");
  const [note] = useTrait<string>(model, "note");
  const [busy] = useTrait<boolean>(model, "busy");
  const [, setSelected] = useTrait<string>(model, "selected");
  const [looked, setLooked] = useState<Shown | null>(null);
  const [trouble, setTrouble] = useState("");
  // Whether messages get through while a cell runs is measured, not guessed.
  useMessage(model, (message) => {
    if (message.kind === "ping") model.send({ pong: message.number });
  });
  const send: Send = (command, text = "") => {
    setTrouble("");
    model.send({ command, text });
  };
  const look = (name: string) => {
    setSelected(name);
    ask(model, { ask: "value", name }).then(
      (answer) => setLooked(answer.value as Shown),
      (error: Error) => setTrouble(error.message),
    );
  };
  const history = (name: string) =>
    ask(model, { ask: "history", name }).then(
      (answer: Answer) => answer.moments as Moment[],
    );
  const complete = (text: string) =>
    ask(model, { ask: "complete", text }).then(
      (answer: Answer) => answer.names as string[],
    );
  const onKeyDown = (event: KeyboardEvent) => {
    const command = commandOf(event);
    if (command === null) return;
    event.preventDefault();
    event.stopPropagation();
    send(command);
  };
  if (!isSnapshot(state)) return <Nothing note={note} />;
  return (
    <section class="ig-step" aria-label="Step debugger" onKeyDown={onKeyDown}>
      <Bar state={state} busy={busy} send={send} />
      <Headline state={state} note={trouble || note} />
      <div class="ig-step-body">
        <div class="ig-step-main">
          <Here state={state} select={setSelected} />
          {state.loops.length > 0 && (
            <Scrubber names={names(state)} count={state.count} history={history} />
          )}
          {looked && <Looked value={looked} close={() => setLooked(null)} />}
        </div>
        <div class="ig-step-side">
          <Until send={send} complete={complete} disabled={isOver(state)} />
          <Inject send={send} names={names(state)} disabled={isDone(state)} />
          <Breakpoints
            breakpoints={state.breakpoints}
            remove={(number) => send("remove", String(number))}
          />
          <Ran ran={state.ran} count={state.count} look={look} />
        </div>
      </div>
    </section>
  );
}

function isSnapshot(state: Snapshot | Record<string, never>): state is Snapshot {
  return "status" in state;
}

function isDone(state: Snapshot): boolean {
  return state.status === "failed" || state.status === "stopped";
}

function Nothing({ note }: { note: string }) {
  return (
    <section class="ig-step" aria-label="Step debugger">
      <p class="ig-muted" role="status">
        {note || "No run stands still here. It stops at the next breakpoint."}
      </p>
    </section>
  );
}

function Bar({ state, busy, send }: { state: Snapshot; busy: boolean; send: Send }) {
  const over = isOver(state);
  return (
    <div class="ig-step-bar" role="toolbar" aria-label="Steps">
      {COMMANDS.map(({ word, label, keys, words }) => {
        // Not `disabled`: a button that is loses the focus, and the keys with it.
        const off = over || (busy && word !== "stop");
        return (
          <button
            type="button"
            key={word}
            class={`ig-step-${word}`}
            aria-disabled={off}
            title={`${words} (${keys.join(" or ")})`}
            aria-keyshortcuts={keys.join(" ")}
            onClick={() => !off && send(word)}
          >
            {label}{" "}
            <span class="ig-step-key" aria-hidden="true">
              {keys[0]}
            </span>
          </button>
        );
      })}
      {busy && (
        <button
          type="button"
          class="ig-step-pause"
          title="stand still at the next node (p)"
          onClick={() => send("pause")}
        >
          Pause{" "}
          <span class="ig-step-key" aria-hidden="true">
            p
          </span>
        </button>
      )}
      <span class="ig-muted ig-step-count">
        {busy ? "running…" : `${counted(state.count, "node")} ran`}
      </span>
    </div>
  );
}

const SIGNS = {
  paused: "‖",
  waiting: "…",
  finished: "✓",
  failed: "✕",
  stopped: "■",
} as const;

function Headline({ state, note }: { state: Snapshot; note: string }) {
  const where = place(state.loops);
  return (
    <div class={`ig-step-head ig-step-is-${state.status}`} role="status">
      <span class="ig-step-sign" aria-hidden="true">
        {SIGNS[state.status]}
      </span>
      <strong>{state.status}</strong>
      {state.node && state.status === "paused" && <> {state.phase}</>}
      {state.node && state.status !== "paused" && <> at</>}
      {state.node && (
        <>
          {" "}
          <span class="ig-mono">{state.node}</span>{" "}
          <span class="ig-muted">{state.type}</span>
        </>
      )}
      {where && <span class="ig-step-where">{where}</span>}
      {state.why && <span class="ig-step-why">because of: {state.why}</span>}
      {state.effects.length > 0 && (
        <span class="ig-muted">changed for good: {state.effects.join(", ")}</span>
      )}
      {state.error && <span class="ig-step-bad">{state.error}</span>}
      {note && <span class="ig-step-note">{note}</span>}
    </div>
  );
}

function Here({ state, select }: { state: Snapshot; select: (name: string) => void }) {
  if (!state.node) return null;
  return (
    <div class="ig-step-here">
      <h4>takes</h4>
      {state.inputs.length === 0 && <p class="ig-muted">nothing</p>}
      {state.inputs.map((value) => (
        <Value key={value.name} value={value} select={select} />
      ))}
      {state.phase === "after" && <h4>gave</h4>}
      {state.outputs.map((value) => (
        <Value key={value.name} value={value} select={select} />
      ))}
    </div>
  );
}
