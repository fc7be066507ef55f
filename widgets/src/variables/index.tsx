// The live table of variables: sort, filter, health, who shares what.
import { useMemo, useRef, useState } from "preact/hooks";
import { bytes, counted, number } from "../shared/format";
import { useTrait } from "../shared/hooks";
import type { WidgetModel } from "../shared/types";
import { HealthBar, HealthKey } from "../values/health";
import { useNews } from "../values/news";
import { chosen, type Facts, type Key, nextSort, type Row, rowsOf } from "./model";
import { Spark } from "./spark";
import "./style.css";

/** Rows drawn at once; a table of thousands would be slow to update. */
const PAGE = 100;

export function VariablesView({ model }: { model: WidgetModel }) {
  const [facts] = useTrait<Facts[]>(model, "rows");
  const [selected, select] = useTrait<string>(model, "selected");
  const [filter, setFilter] = useTrait<string>(model, "filter");
  const [sort, setSort] = useTrait<string>(model, "sort");
  const [opened, open] = useTrait<string>(model, "opened");
  const [shown, show] = useState(PAGE);
  const news = useNews(model, "values", "values");
  const rows = useMemo(() => rowsOf(facts, news), [facts, news]);
  const found = chosen([...rows], filter, sort);
  const body = useRef<HTMLTableSectionElement>(null);
  return (
    <section class="ig-values ig-variables" aria-label="Variables">
      <div class="ig-values-bar">
        <h3>Variables</h3>
        <label>
          Filter{" "}
          <input
            type="search"
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
        <span class="ig-muted" role="status">
          {summary(found.length, rows)}
        </span>
        <span class="ig-muted ig-push">{moment(news?.fields.step)}</span>
      </div>
      <div class="ig-variables-scroll">
        <table>
          <Head sort={sort} setSort={setSort} />
          <tbody ref={body} onKeyDown={(event) => walk(event, body.current)}>
            {found.slice(0, shown).map((row) => (
              <Line
                key={row.name}
                row={row}
                selected={row.name === selected}
                opened={row.name === opened}
                select={select}
                open={open}
              />
            ))}
          </tbody>
        </table>
      </div>
      {found.length > shown && (
        <button type="button" onClick={() => show(shown + PAGE)}>
          Show {Math.min(PAGE, found.length - shown)} more
        </button>
      )}
      <div class="ig-values-foot">
        <HealthKey />
        {Boolean(news?.fields.trouble) && (
          <strong class="ig-alarm">{String(news?.fields.trouble)}</strong>
        )}
      </div>
    </section>
  );
}

function summary(found: number, rows: Row[]): string {
  const size = rows.reduce((sum, row) => sum + (row.bytes ?? 0), 0);
  const missing = rows.filter((row) => row.state === "missing").length;
  const words = [
    found === rows.length
      ? counted(found, "variable")
      : `${found} of ${counted(rows.length, "variable")}`,
    bytes(size),
  ];
  if (missing) words.push(`${missing} not initialized`);
  return words.join(", ");
}

function moment(step: unknown): string {
  return typeof step === "number" && step > 0 ? `step ${step}` : "";
}

const HEADS: [string, Key | null][] = [
  ["name", "name"],
  ["shape", null],
  ["dtype", "dtype"],
  ["device", "device"],
  ["size", "bytes"],
  ["mean", "mean"],
  ["min", "min"],
  ["max", "max"],
  ["health", "bad"],
  ["trend", null],
  ["shared", null],
];

function Head({ sort, setSort }: { sort: string; setSort: (sort: string) => void }) {
  return (
    <thead>
      <tr>
        {HEADS.map(([word, key]) => {
          if (!key)
            return (
              <th key={word} scope="col">
                {word}
              </th>
            );
          const direction =
            sort === key ? "ascending" : sort === `-${key}` ? "descending" : "none";
          return (
            <th key={word} scope="col" aria-sort={direction}>
              <button type="button" onClick={() => setSort(nextSort(sort, key))}>
                {word}
                <span aria-hidden="true">
                  {direction === "none" ? "" : direction === "ascending" ? " ▲" : " ▼"}
                </span>
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

interface LineProps {
  row: Row;
  selected: boolean;
  opened: boolean;
  select: (name: string) => void;
  open: (name: string) => void;
}

function Line({ row, selected, opened, select, open }: LineProps) {
  return (
    <>
      <tr class={selected ? "ig-selected" : ""} onClick={() => select(row.name)}>
        <th scope="row">
          <button
            type="button"
            class="ig-name ig-mono"
            aria-pressed={selected}
            title={row.trainable ? `${row.name}, trainable` : row.name}
          >
            {row.name}
          </button>
        </th>
        <td class="ig-mono">{row.shape}</td>
        <td>{row.dtype}</td>
        <td>{row.device || <span class="ig-muted">any</span>}</td>
        <td class="ig-number">{row.bytes === null ? "?" : bytes(row.bytes)}</td>
        <Numbers row={row} />
        <td>
          <Spark values={row.spark} />
        </td>
        <td>
          <Sharing row={row} opened={opened} open={open} />
        </td>
      </tr>
      {opened && <Detail row={row} />}
    </>
  );
}

function Numbers({ row }: { row: Row }) {
  if (row.state === "missing")
    return (
      <td colSpan={4} class="ig-muted">
        not initialized
      </td>
    );
  if (row.state === "unknown") return <td colSpan={4} />;
  if (row.state === "none" || row.text)
    return (
      <>
        <td colSpan={3} class="ig-mono">
          {row.text}
        </td>
        <td>{row.state === "none" ? "" : <HealthBar counts={row.counts} />}</td>
      </>
    );
  return (
    <>
      <td class="ig-number">{finite(row.mean)}</td>
      <td class="ig-number">{finite(row.min)}</td>
      <td class="ig-number">{finite(row.max)}</td>
      <td>
        <HealthBar counts={row.counts} />
      </td>
    </>
  );
}

/** Statistics are of finite elements: where there are none, a dash. */
function finite(value: number): string {
  return Number.isNaN(value) ? "–" : number(value);
}

function Sharing({ row, opened, open }: Pick<LineProps, "row" | "opened" | "open">) {
  const many = row.lines.length > 1;
  return (
    <button
      type="button"
      class="ig-sharing"
      aria-expanded={opened}
      aria-label={`${row.name}: where it is asked for and read`}
      onClick={(event) => {
        event.stopPropagation();
        open(opened ? "" : row.name);
      }}
    >
      {many ? `${row.lines.length} lines` : "1 line"} {opened ? "▾" : "▸"}
    </button>
  );
}

function Detail({ row }: { row: Row }) {
  return (
    <tr class="ig-detail">
      <td colSpan={HEADS.length}>
        <div>
          {row.lines.length > 1 ? "Shared by: " : "Made at: "}
          {row.lines.join("; ") || "unknown"}
        </div>
        <div>Read in: {row.scopes.join(", ") || "nothing yet"}</div>
      </td>
    </tr>
  );
}

/** Up and down among the names. */
function walk(event: KeyboardEvent, body: HTMLElement | null): void {
  const names = [...(body?.querySelectorAll<HTMLElement>("button.ig-name") ?? [])];
  const at = names.indexOf(event.target as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: names.length - 1 }[
    event.key
  ];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  names[to]?.focus();
}
