// All about what is selected: an operation, or a scope.
import { useEffect, useState } from "preact/hooks";
import { counted } from "../../shared/format";
import type { Model } from "../../shared/types";
import type { GraphActions } from "../actions";
import { relationsOf } from "../relations";
import { Fold, GoesTo, Kind, OpLink, type Places, Some } from "./links";
import { members } from "./trails";
import { lastPart, plain } from "./words";

/** What Python adds when asked; see `display/details.py`. */
interface Facts {
  attrs: [string, string][];
  stack: { place: string; function: string; text: string }[];
  gradient_of: string;
  value: { text: string; words: string } | null;
}

interface Props {
  at: Places;
  selected: string;
  marks: Record<string, string>;
  /** Goes on to the panel of paths: "inputs", "outputs", "why". */
  onTrace: (what: string) => void;
}

export function Details({ at, selected, marks, onTrace }: Props) {
  const { model } = at;
  const op = model.ops.name.indexOf(selected);
  if (op >= 0)
    return <OpDetails key={selected} at={at} op={op} marks={marks} onTrace={onTrace} />;
  if (model.scopes[selected] && selected)
    return <ScopeDetails key={selected} at={at} scope={selected} onTrace={onTrace} />;
  return (
    <p class="ig-muted">
      Select an operation or a scope, by a click or with the arrow keys.
    </p>
  );
}

interface OpProps {
  at: Places;
  op: number;
  marks: Record<string, string>;
  onTrace: (what: string) => void;
}

function OpDetails({ at, op, marks, onTrace }: OpProps) {
  const { model, actions } = at;
  const { ops } = model;
  const name = ops.name[op]!;
  const facts = useFacts(actions, name);
  const of = facts?.gradient_of ? ops.name.indexOf(facts.gradient_of) : -1;
  return (
    <>
      <Heading name={name} />
      <dl class="ig-facts">
        <dt>type</dt>
        <dd>{plain(ops.type[op]!)}</dd>
        {ops.device[op] && (
          <>
            <dt>device</dt>
            <dd>{plain(ops.device[op]!, 80)}</dd>
          </>
        )}
        {of >= 0 && (
          <>
            <dt>gradient of</dt>
            <dd>
              <OpLink op={of} at={at} />
            </dd>
          </>
        )}
        {marks[name] && (
          <>
            <dt>now</dt>
            <dd>{plain(marks[name], 80)}</dd>
          </>
        )}
      </dl>
      {facts?.value && (
        <figure class="ig-value">
          <pre>{facts.value.text}</pre>
          {facts.value.words && <figcaption>{facts.value.words}</figcaption>}
        </figure>
      )}
      <Made line={ops.line[op] ?? ""} code={ops.code[op] ?? ""} />
      <Actions onTrace={onTrace} />
      <Inputs at={at} op={op} />
      <Outputs at={at} op={op} />
      {facts && facts.attrs.length > 0 && (
        <Fold title={counted(facts.attrs.length, "attribute")}>
          {() => <Attributes pairs={facts.attrs} />}
        </Fold>
      )}
      {facts && facts.stack.length > 1 && (
        <Fold title={`Made through ${counted(facts.stack.length, "call")}`}>
          {() => <Stack frames={facts.stack} />}
        </Fold>
      )}
    </>
  );
}

function Heading({ name }: { name: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(name);
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    } catch {
      // A page may forbid it; the name can still be marked and copied by hand.
    }
  };
  const last = lastPart(name);
  return (
    <header class="ig-heading">
      <h2 title={plain(name, 300)}>
        <bdi>
          <span class="ig-muted">
            {plain(name.slice(0, -last.length || undefined), 60)}
          </span>
          <wbr />
          {plain(last, 80)}
        </bdi>
      </h2>
      <button type="button" onClick={copy} aria-label="Copy the name">
        {copied ? "copied" : "copy"}
      </button>
    </header>
  );
}

/** The user's line, which is what most want to know. */
function Made({ line, code }: { line: string; code: string }) {
  if (!line) return null;
  return (
    <div class="ig-made">
      <span class="ig-muted">{plain(line, 80)}</span>
      {code && <code>{plain(code, 200)}</code>}
    </div>
  );
}

function Inputs({ at, op }: { at: Places; op: number }) {
  const { ops } = at.model;
  const inputs = ops.inputs[op] ?? [];
  const controls = ops.controls[op] ?? [];
  if (!inputs.length && !controls.length) return null;
  return (
    <>
      {inputs.length > 0 && <h3>Takes</h3>}
      <ul class="ig-list" hidden={!inputs.length}>
        <Some items={inputs} noun="input">
          {([from, index], row) => (
            <li key={row}>
              <OpLink op={from} index={index} at={at} />
              <Kind model={at.model} op={from} index={index} />
            </li>
          )}
        </Some>
      </ul>
      {controls.length > 0 && <h3>Runs after</h3>}
      <ul class="ig-list" hidden={!controls.length}>
        <Some items={controls} noun="operation">
          {(from) => (
            <li key={from}>
              <OpLink op={from} at={at} />
            </li>
          )}
        </Some>
      </ul>
    </>
  );
}

function Outputs({ at, op }: { at: Places; op: number }) {
  const { model } = at;
  const outputs = model.ops.outputs[op] ?? [];
  const relations = relationsOf(model.ops);
  const takers = relations.takers[op] ?? [];
  const waiters = relations.waiters[op] ?? [];
  return (
    <>
      {outputs.length > 0 && <h3>Gives</h3>}
      <ul class="ig-list" hidden={!outputs.length}>
        <Some items={outputs} noun="output">
          {(_, index) => {
            const mine = takersOf(model, takers, op, index);
            return (
              <li key={index}>
                <div>
                  {outputs.length > 1 && <span class="ig-muted">{index}: </span>}
                  <Kind model={model} op={op} index={index} />
                  {!mine.length && <span class="ig-muted"> taken by none</span>}
                </div>
                <GoesTo ops={mine} few={4} at={at} />
              </li>
            );
          }}
        </Some>
      </ul>
      {waiters.length > 0 && <h3>Waited for by</h3>}
      <ul class="ig-list" hidden={!waiters.length}>
        <Some items={waiters} few={4} noun="operation">
          {(to) => (
            <li key={to}>
              <OpLink op={to} at={at} />
            </li>
          )}
        </Some>
      </ul>
    </>
  );
}

function takersOf(model: Model, takers: number[], op: number, index: number): number[] {
  return takers.filter((taker) =>
    (model.ops.inputs[taker] ?? []).some(([from, i]) => from === op && i === index),
  );
}

function Actions({ onTrace }: { onTrace: (what: string) => void }) {
  return (
    <p class="ig-actions">
      <button type="button" onClick={() => onTrace("inputs")}>
        What it needs
      </button>
      <button type="button" onClick={() => onTrace("outputs")}>
        What needs it
      </button>
      <button type="button" onClick={() => onTrace("why")}>
        Why does it run?
      </button>
    </p>
  );
}

function Attributes({ pairs }: { pairs: [string, string][] }) {
  return (
    <dl class="ig-facts">
      {pairs.flatMap(([name, value]) => [
        <dt key={`${name} `}>{plain(name, 60)}</dt>,
        <dd key={name}>{plain(value, 120)}</dd>,
      ])}
    </dl>
  );
}

/** Innermost call first: it is the one that made the operation. */
function Stack({ frames }: { frames: Facts["stack"] }) {
  return (
    <ol class="ig-stack">
      {[...frames].reverse().map((frame, row) => (
        <li key={row}>
          <span class="ig-muted">
            {plain(frame.place, 80)}, in {plain(frame.function, 60)}
          </span>
          {frame.text && <code>{plain(frame.text, 200)}</code>}
        </li>
      ))}
    </ol>
  );
}

function ScopeDetails({
  at,
  scope,
  onTrace,
}: {
  at: Places;
  scope: string;
  onTrace: (what: string) => void;
}) {
  const { model } = at;
  const ops = members(model, scope);
  const kinds = new Map<string, number>();
  for (const op of ops) {
    const type = model.ops.type[op]!;
    kinds.set(type, (kinds.get(type) ?? 0) + 1);
  }
  const common = [...kinds].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return (
    <>
      <Heading name={scope} />
      <p>{counted(ops.length, "operation")}</p>
      <dl class="ig-facts">
        {common
          .slice(0, 8)
          .flatMap(([type, count]) => [
            <dt key={`${type} `}>{count}</dt>,
            <dd key={type}>{plain(type, 60)}</dd>,
          ])}
      </dl>
      {common.length > 8 && (
        <p class="ig-muted">and {counted(common.length - 8, "more type")}</p>
      )}
      <Actions onTrace={onTrace} />
    </>
  );
}

/** What Python knows beyond the model; null until it answers, or where nobody does. */
function useFacts(actions: GraphActions, name: string): Facts | null {
  const [facts, setFacts] = useState<Facts | null>(null);
  useEffect(() => {
    let current = true;
    actions.ask({ ask: "details", name }).then(
      (answer) => {
        if (current) setFacts(answer as unknown as Facts);
      },
      () => {}, // no kernel, or it has forgotten the graph: the model's part stays
    );
    return () => {
      current = false;
    };
  }, [actions, name]);
  return facts;
}
