// Who needs whom: what an operation needs, the way between two, why one runs, and the
// gradient paths of a loss. One at a time, listed here and pointed out in the graph.
import { useEffect, useMemo, useState } from "preact/hooks";
import { counted } from "../../shared/format";
import type { Model } from "../../shared/types";
import { ChooseOp } from "./choose";
import { Kind, OpLink, type Places, Some } from "./links";
import {
  type GradientFacts,
  gradientPaths,
  members,
  neighbourhood,
  type Trail,
  wayBetween,
  whyInRun,
} from "./trails";
import { plain } from "./words";

const TRACES = {
  inputs: "What it needs",
  outputs: "What needs it",
  why: "Why it runs",
  between: "The way between two",
  gradients: "The gradient paths of a loss",
} as const;
export type Trace = keyof typeof TRACES;

interface Props {
  at: Places;
  selected: string;
  /** What to show; the details' buttons choose it, too. */
  trace: Trace;
  onTrace: (trace: Trace) => void;
}

/** What is asked for each kind of trace; numbers are ids of operations, -1 for none. */
interface Asked {
  hops: number;
  fetch: number;
  from: number;
  to: number;
  /** All ways between the two, not the shortest alone. */
  all: boolean;
  loss: number;
}

export function Paths({ at, selected, trace, onTrace }: Props) {
  const { model, actions } = at;
  const [asked, setAsked] = useState<Asked>({
    hops: Number.POSITIVE_INFINITY,
    fetch: -1,
    from: -1,
    to: -1,
    all: true,
    loss: model.asked[0] ?? -1,
  });
  const facts = useGradients(at, trace === "gradients");
  const trail = useMemo(
    () => trailOf(model, trace, selected, asked, facts),
    [model, trace, selected, asked, facts],
  );
  useEffect(() => {
    if (trail?.ops) actions.highlight(trail.ops, trail.words);
    else actions.highlight(null, trail?.words ?? "");
  }, [actions, trail]);
  useEffect(() => () => actions.highlight(null, ""), [actions]);
  const ask = (news: Partial<Asked>) => setAsked((before) => ({ ...before, ...news }));
  return (
    <>
      <p>
        <select
          aria-label="What to trace"
          value={trace}
          onChange={(event) => onTrace(event.currentTarget.value as Trace)}
        >
          {Object.entries(TRACES).map(([key, words]) => (
            <option key={key} value={key}>
              {words}
            </option>
          ))}
        </select>
      </p>
      <Questions {...{ at, trace, selected, asked, ask }} />
      {trail ? (
        <Shown trail={trail} at={at} down={trace === "between"} />
      ) : (
        <p class="ig-muted">{hint(trace)}</p>
      )}
    </>
  );
}

function trailOf(
  model: Model,
  trace: Trace,
  selected: string,
  { hops, fetch, from, to, all, loss }: Asked,
  facts: GradientFacts | null,
): Trail | null {
  if (trace === "inputs" || trace === "outputs")
    return selected ? neighbourhood(model, selected, trace, hops) : null;
  if (trace === "why") {
    const fetched = fetch >= 0 ? [fetch] : model.asked;
    const op = model.ops.name.indexOf(selected);
    const inside = members(model, selected);
    return inside.length ? whyInRun(model, fetched, op >= 0 ? op : inside[0]!) : null;
  }
  if (trace === "between")
    return from >= 0 && to >= 0 ? wayBetween(model, from, to, all) : null;
  return loss >= 0 && facts ? gradientPaths(model, loss, facts) : null;
}

interface QuestionsProps {
  at: Places;
  trace: Trace;
  selected: string;
  asked: Asked;
  ask: (news: Partial<Asked>) => void;
}

/** The fields of one kind of trace. */
function Questions({ at, trace, selected, asked, ask }: QuestionsProps) {
  const op = at.model.ops.name.indexOf(selected);
  if (trace === "why")
    return (
      <ChooseOp
        label="when this is fetched"
        op={asked.fetch}
        placeholder={fetched(at.model)}
        onChoose={(fetch) => ask({ fetch })}
        selected={op}
        at={at}
      />
    );
  if (trace === "between") return <Ends {...{ at, op, asked, ask }} />;
  if (trace === "gradients")
    return (
      <ChooseOp
        label="loss"
        op={asked.loss}
        onChoose={(loss) => ask({ loss })}
        selected={op}
        at={at}
      />
    );
  return <Hops value={asked.hops} onChange={(hops) => ask({ hops })} />;
}

type EndsProps = Pick<QuestionsProps, "at" | "asked" | "ask"> & { op: number };

function Ends({ at, op, asked: { from, to, all }, ask }: EndsProps) {
  return (
    <>
      <ChooseOp
        label="from"
        op={from}
        onChoose={(one) => ask({ from: one })}
        selected={op === to ? -1 : op}
        at={at}
      />
      <ChooseOp
        label="to"
        op={to}
        onChoose={(one) => ask({ to: one })}
        selected={op === from ? -1 : op}
        at={at}
      />
      <label class="ig-check">
        <input
          type="checkbox"
          checked={all}
          onChange={(event) => ask({ all: event.currentTarget.checked })}
        />
        all ways, not the shortest alone
      </label>
    </>
  );
}

/** What the picture was asked for, which is fetched unless another is named. */
function fetched(model: Model): string {
  const names = model.asked.map((op) => plain(model.ops.name[op]!, 40));
  return names.join(", ") || "name of an operation";
}

function hint(trace: Trace): string {
  if (trace === "between") return "Name two operations, or select them one by one.";
  if (trace === "gradients") return "Name a loss.";
  return "Select an operation or a scope.";
}

function Hops({
  value,
  onChange,
}: {
  value: number;
  onChange: (hops: number) => void;
}) {
  return (
    <label class="ig-check">
      how far
      <select
        value={Number.isFinite(value) ? String(value) : "all"}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          onChange(chosen === "all" ? Number.POSITIVE_INFINITY : Number(chosen));
        }}
      >
        {[1, 2, 3, 5, 10].map((hops) => (
          <option key={hops} value={String(hops)}>
            {counted(hops, "step")}
          </option>
        ))}
        <option value="all">all the way</option>
      </select>
    </label>
  );
}

function Shown({ trail, at, down }: { trail: Trail; at: Places; down: boolean }) {
  return (
    <>
      <p>{trail.words}</p>
      {trail.chain.length > 1 && (
        <ol class="ig-chain">
          <Some items={trail.chain} few={30} noun="step">
            {(link, row) => (
              <li key={link.op}>
                {row > 0 && (
                  <span class="ig-muted ig-link-of">{step(trail, row, down)}</span>
                )}
                <OpLink op={link.op} at={at} />
                <Kind model={at.model} op={link.op} index={0} />
              </li>
            )}
          </Some>
        </ol>
      )}
      {trail.lists.map((list) => (
        <div key={list.title}>
          {list.title && (
            <h3>
              {list.title} <span class="ig-muted">{list.ops.length}</span>
            </h3>
          )}
          <ul class="ig-list">
            <Some key={plain(trail.words)} items={list.ops} few={10} noun="operation">
              {(op) => (
                <li key={op}>
                  <OpLink op={op} at={at} />
                  <span class="ig-type">{at.model.ops.type[op]}</span>
                </li>
              )}
            </Some>
          </ul>
        </div>
      ))}
    </>
  );
}

/** What is between a link and the one above it, read downwards. */
function step(trail: Trail, row: number, down: boolean): string {
  const waits = down ? trail.chain[row - 1]!.waits : trail.chain[row]!.waits;
  if (down) return waits ? "waited for by" : "taken by";
  return waits ? "waits for" : "takes";
}

/** Asked once, when it is needed; without an answer all variables count as trained. */
function useGradients(
  { model, actions }: Places,
  wanted: boolean,
): GradientFacts | null {
  const [facts, setFacts] = useState<GradientFacts | null>(null);
  useEffect(() => {
    if (!wanted) return;
    let current = true;
    actions.ask({ ask: "gradients" }).then(
      (answer) => current && setFacts(answer as unknown as GradientFacts),
      () => {
        const kinds = model.ops.kind;
        const trainable = kinds.flatMap((kind, op) =>
          kind === "variable" ? [op] : [],
        );
        if (current) setFacts({ trainable, gradient_of: [] });
      },
    );
    return () => {
      current = false;
    };
  }, [model, actions, wanted]);
  return facts;
}
