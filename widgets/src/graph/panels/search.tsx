// The field above all panels: finds operations and scopes while one types.
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { counted, errorWords } from "../../shared/format";
import type { Model } from "../../shared/types";
import { type Found, find, type Hit, type Query, understand } from "../search";
import type { Places } from "./links";
import { members } from "./trails";
import { plain } from "./words";

const SHOWN = 100;

/** How far a key goes in the list. */
const STEPS: Record<string, number> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
};

/** A line of the results: an operation, or a scope. */
type Row = { scope: string } | { hit: Hit };

interface Result extends Found {
  words: string;
}

interface Props {
  at: Places;
  /** Another number each time the field is to have the focus. */
  summoned: number;
  /** Whether nothing else stands here, so that there is room for help. */
  alone: boolean;
}

export function Search({ at, summoned, alone }: Props) {
  const { model, actions } = at;
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const query = useMemo(() => understand(typed), [typed]);
  const result = useResult(at, query);
  const rows = rowsOf(model, result, query);

  useEffect(() => {
    if (!summoned) return;
    field.current?.focus();
    field.current?.select();
  }, [summoned]);
  useEffect(() => {
    const row = list.current?.children[active];
    if (row && "scrollIntoView" in row) row.scrollIntoView({ block: "nearest" });
  }, [active]);
  useHighlight(at, query, result);

  const change = (text: string) => {
    setTyped(text);
    setActive(0);
  };
  const go = (row: Row | undefined) => {
    if (!row) return;
    if ("scope" in row) actions.select(row.scope);
    else actions.reveal(row.hit.op);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps = STEPS[event.key];
    const last = Math.max(0, rows.length - 1);
    if (steps) setActive(Math.min(Math.max(0, active + steps), last));
    else if (event.key === "Enter") go(rows[active]);
    else if (event.key === "Escape" && typed) change("");
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <search class="ig-search">
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label="Search the graph"
        aria-expanded={rows.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={rows.length ? `${id}-${active}` : undefined}
        placeholder="Search  /"
        spellcheck={false}
        value={typed}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <p class="ig-search-count" role="status">
        {typed && result.words}
      </p>
      {(typed ? !result.total && query.field !== "value" : alone) && <Help />}
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label="Found"
        hidden={!rows.length}
      >
        {rows.map((row, number) => (
          <Option
            key={"scope" in row ? `/${row.scope}` : row.hit.op}
            id={`${id}-${number}`}
            row={row}
            active={number === active}
            at={at}
            onChoose={() => {
              setActive(number);
              go(row);
            }}
          />
        ))}
      </div>
      {mayBeValue(query) && (
        <button
          type="button"
          class="ig-link ig-muted"
          onClick={() => change(`value:${query.text}`)}
        >
          find it among values
        </button>
      )}
    </search>
  );
}

function Help() {
  return (
    <p class="ig-search-help">
      Names and types; or <code>type:</code> <code>shape:</code> <code>device:</code>{" "}
      <code>line:</code> <code>value:</code>, or a pattern as <code>/w\d+$/</code>
    </p>
  );
}

/** Whether what is typed could stand in a tensor. */
function mayBeValue(query: Query): boolean {
  if (query.error || query.field === "value") return false;
  return /\d|nan|inf/i.test(query.text);
}

/** Scopes first, which hold much of what is found; but before them what is meant. */
function rowsOf(model: Model, result: Found, query: Query): Row[] {
  const rows: Row[] = result.hits.slice(0, SHOWN).map((hit) => ({ hit }));
  const scopes = result.scopes.map((scope) => ({ scope }));
  const first = model.ops.name[result.hits[0]?.op ?? -1] ?? "";
  const exact = first.toLowerCase() === query.text.toLowerCase() ? 1 : 0;
  return [...rows.slice(0, exact), ...scopes, ...rows.slice(exact)];
}

interface OptionProps {
  id: string;
  row: Row;
  active: boolean;
  at: Places;
  onChoose: () => void;
}

function Option({ id, row, active, at, onChoose }: OptionProps) {
  const { model, actions } = at;
  const name = "scope" in row ? row.scope : model.ops.name[row.hit.op]!;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys of its list
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      class={at.hovered === name ? "ig-hovered" : ""}
      title={plain(name, 300)}
      // The field keeps the focus: one goes on typing after a look at the graph.
      onMouseDown={(event) => event.preventDefault()}
      onClick={onChoose}
      onPointerEnter={() => actions.hover(name)}
      onPointerLeave={() => actions.hover("")}
    >
      <Marked
        name={"scope" in row ? `${name}/` : name}
        span={"hit" in row ? row.hit.span : null}
      />
      <span class="ig-muted">
        {"scope" in row
          ? counted(model.scopes[row.scope]?.count ?? 0, "operation")
          : row.hit.because || model.ops.type[row.hit.op]}
      </span>
    </div>
  );
}

/** A name with the part that was found, on its own line if it is long. */
function Marked({ name, span }: { name: string; span: [number, number] | null }) {
  if (!span || span[0] === span[1]) return <bdi>{plain(name, 60)}</bdi>;
  const [from, to] = span;
  return (
    <bdi>
      {plain(name.slice(0, from), 30)}
      <mark>{plain(name.slice(from, to), 30)}</mark>
      {plain(name.slice(to), 30)}
    </bdi>
  );
}

/** What a query finds; values come from Python, a moment later. */
function useResult({ model, actions }: Places, query: Query): Result {
  const here = useMemo(() => local(model, query), [model, query]);
  const [values, setValues] = useState<{ text: string; result: Result } | null>(null);
  const text = query.field === "value" ? query.text : "";
  useEffect(() => {
    if (!text) return;
    let current = true;
    const timer = setTimeout(async () => {
      let result = { hits: [], scopes: [], total: 0, words: "" } as Result;
      try {
        const answer = await actions.ask({ ask: "search_values", text });
        result = fromPython(answer.hits as [number, string][]);
      } catch (error) {
        result.words = errorWords(error);
      }
      if (current) setValues({ text, result });
    }, 200);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [actions, text]);
  if (!text) return here;
  return values?.text === text ? values.result : { ...here, words: "Looking …" };
}

function local(model: Model, query: Query): Result {
  const found = find(model, query, Number.POSITIVE_INFINITY);
  const count = found.total
    ? `${found.total.toLocaleString("en")} found`
    : "None found";
  const more = found.hits.length > SHOWN ? `, the first ${SHOWN} listed` : "";
  const ask = query.field === "value" ? "Type a number or a text." : count + more;
  return { ...found, words: query.error || ask };
}

function fromPython(hits: [number, string][]): Result {
  return {
    hits: hits.map(([op, because]) => ({ op, span: null, because })),
    scopes: [],
    total: hits.length,
    words: hits.length ? `${hits.length} found` : "No constant or variable holds this.",
  };
}

/** Points out in the graph what is found, as long as something is looked for. */
function useHighlight(at: Places, query: Query, result: Result): void {
  const { model, actions } = at;
  const shown = useRef(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      const ops = result.hits.map((hit) => hit.op);
      for (const scope of result.scopes) ops.push(...members(model, scope));
      if (query.text && ops.length) actions.highlight(ops, "");
      else if (shown.current) actions.highlight(null, "");
      shown.current = Boolean(query.text && ops.length);
    }, 120);
    return () => clearTimeout(timer);
  }, [actions, model, query, result]);
}
