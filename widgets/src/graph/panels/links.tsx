// Names of operations as links into the graph, one by one and in lists.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { counted } from "../../shared/format";
import type { Model } from "../../shared/types";
import type { GraphActions } from "../actions";
import { plain } from "./words";

export interface Places {
  model: Model;
  actions: GraphActions;
  hovered: string;
}

const FEW = 6;

/** A name that may be broken after a slash or an underscore rather than anywhere. */
export function Name({ text, limit = 60 }: { text: string; limit?: number }) {
  const parts = plain(text, limit).split(/(?<=[/_])/);
  return (
    <bdi>{parts.map((part, row) => (row ? [<wbr key={`${row}`} />, part] : part))}</bdi>
  );
}

/** A name that leads to its operation, and marks it in the graph meanwhile. */
export function OpLink({
  op,
  at,
  index,
  limit = 60,
}: {
  op: number;
  at: Places;
  index?: number;
  limit?: number;
}) {
  const name = at.model.ops.name[op] ?? "";
  const { actions } = at;
  return (
    <button
      type="button"
      class={`ig-link${at.hovered === name ? " ig-hovered" : ""}`}
      title={plain(name, 300)}
      onClick={() => actions.reveal(op)}
      onPointerEnter={() => actions.hover(name)}
      onPointerLeave={() => actions.hover("")}
      onFocus={() => actions.hover(name)}
      onBlur={() => actions.hover("")}
    >
      <Name text={name} limit={limit} />
      {index ? `:${index}` : ""}
    </button>
  );
}

/** Dtype and shape of an output: `float32 (?, 784)`. */
export function Kind({
  model,
  op,
  index,
}: {
  model: Model;
  op: number;
  index: number;
}) {
  const output = model.ops.outputs[op]?.[index];
  return output ? <span class="ig-type">{output.join(" ")}</span> : null;
}

/** A list that begins short and is shown in full when asked. */
export function Some<T>({
  items,
  few = FEW,
  noun,
  children,
}: {
  items: T[];
  few?: number;
  noun: string;
  children: (item: T, index: number) => ComponentChildren;
}) {
  const [limit, setLimit] = useState(few);
  // One more line costs no more room than the words that there is one more.
  const shown = items.length <= limit + 1 ? items : items.slice(0, limit);
  const left = items.length - shown.length;
  return (
    <>
      {shown.map(children)}
      {left > 0 && (
        <li>
          <button
            type="button"
            class="ig-link ig-muted"
            onClick={() => setLimit(limit + 100)}
          >
            {counted(left, `more ${noun}`)}
          </button>
        </li>
      )}
    </>
  );
}

/** Where a value goes: a short list of operations, each behind an arrow. */
export function GoesTo({ ops, few, at }: { ops: number[]; few: number; at: Places }) {
  if (!ops.length) return null;
  return (
    <ul class="ig-list ig-to">
      <Some items={ops} few={few} noun="operation">
        {(op) => (
          <li key={op}>
            <span class="ig-muted" aria-hidden="true">
              →
            </span>
            <OpLink op={op} at={at} />
          </li>
        )}
      </Some>
    </ul>
  );
}

/** A part of a panel that opens and closes; what is in it is made when it opens. */
export function Fold({
  title,
  open = false,
  children,
}: {
  title: ComponentChildren;
  open?: boolean;
  children: () => ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(open);
  return (
    <section class="ig-fold">
      <button
        type="button"
        class="ig-fold-head"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span class="ig-fold-mark" aria-hidden="true">
          {isOpen ? "▾" : "▸"}
        </span>
        {title}
      </button>
      {isOpen && <div class="ig-fold-body">{children()}</div>}
    </section>
  );
}
