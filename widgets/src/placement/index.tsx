// The live log of placements; `widgets/placement.py` is its Python.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { counted } from "../shared/format";
import { useTrait } from "../shared/hooks";
import { tabStop, walkRows } from "../shared/row_keys";
import type { WidgetModel } from "../shared/types";
import { Compare } from "./compare";
import {
  CHANGE_WORDS,
  type Changes,
  companions,
  type Log,
  readLog,
  reasons,
  rowsOf,
} from "./model";
import "./style.css";

const PAGE = 200;

export function PlacementView({ model }: { model: WidgetModel }): JSX.Element {
  const [sent] = useTrait<Partial<Log>>(model, "log");
  const [trial] = useTrait<Partial<Changes>>(model, "changes");
  const [words, setWords] = useTrait<string>(model, "words");
  const [onlyChanges, setOnlyChanges] = useTrait<boolean>(model, "only_changes");
  const [selected, setSelected] = useTrait<string>(model, "selected");
  const [why, setWhy] = useState("");
  const log = useMemo(() => readLog(sent ?? {}), [sent]);
  const changes = trial?.changes ?? null;
  const rows = useMemo(
    () =>
      rowsOf(log, { words: words ?? "", why, changed: onlyChanges ? changes : null }),
    [log, words, why, onlyChanges, changes],
  );
  return (
    <div class="ig-placement">
      <div class="ig-placement-bar">
        <span class="ig-placement-summary">{log.summary}</span>
        <input
          type="search"
          placeholder="filter"
          aria-label="Filter by name, type, device or reason"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        <Reasons log={log} why={why} setWhy={setWhy} />
        <span class="ig-muted" role="status">
          {counted(rows.length, "row")}
        </span>
      </div>
      <Compare
        model={model}
        summary={trial?.summary ?? ""}
        onlyChanges={onlyChanges}
        setOnlyChanges={setOnlyChanges}
      />
      <Rows {...{ log, rows, changes, selected: selected ?? "", setSelected }} />
      <About log={log} changes={changes} selected={selected ?? ""} />
    </div>
  );
}

function Reasons(props: {
  log: Log;
  why: string;
  setWhy(why: string): void;
}): JSX.Element {
  return (
    <select
      aria-label="Kind of reason"
      value={props.why}
      onChange={(event) => props.setWhy(event.currentTarget.value)}
    >
      <option value="">any reason</option>
      {reasons(props.log).map(([why, count]) => (
        <option value={why} key={why}>
          {`${why} (${count})`}
        </option>
      ))}
    </select>
  );
}

interface RowsProps {
  log: Log;
  rows: number[];
  changes: Changes["changes"] | null;
  selected: string;
  setSelected(name: string): void;
}

function Rows({ log, rows, changes, selected, setSelected }: RowsProps): JSX.Element {
  const [most, setMost] = useState(PAGE);
  const seen = rows.slice(0, most);
  const at = seen.findIndex((row) => log.name[row] === selected);
  const there = changes ? ["elsewhere"] : [];
  const headings = [
    "operation",
    "type",
    "asked",
    "possible",
    "chosen",
    ...there,
    "why",
  ];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached
    <section class="ig-placement-scroll" tabIndex={0} aria-label="Placements">
      <table>
        <thead>
          <tr>
            {headings.map((one) => (
              <th scope="col" key={one}>
                {one}
              </th>
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={walkRows}>
          {seen.map((row, index) => (
            <Row
              key={log.name[row]}
              {...{ log, row, setSelected }}
              change={changes?.[log.name[row]!]}
              hasChanges={changes !== null}
              isSelected={log.name[row] === selected}
              stop={tabStop(index, at)}
            />
          ))}
        </tbody>
      </table>
      {seen.length < rows.length && (
        <button type="button" onClick={() => setMost(most + 5 * PAGE)}>
          {rows.length - seen.length} more
        </button>
      )}
    </section>
  );
}

function Row(props: {
  log: Log;
  row: number;
  change: Change | undefined;
  hasChanges: boolean;
  isSelected: boolean;
  stop: 0 | -1;
  setSelected(name: string): void;
}): JSX.Element {
  const { log, row, change, isSelected, stop } = props;
  const name = log.name[row]!;
  const isOdd = ["fails", "soft", "no kernel"].includes(log.why[row]!);
  return (
    <tr class={isSelected ? "ig-is-selected" : ""}>
      <td title={name}>
        <button
          type="button"
          tabIndex={stop}
          aria-pressed={isSelected}
          onClick={() => props.setSelected(isSelected ? "" : name)}
        >
          {name}
        </button>
      </td>
      <td>{log.type[row]}</td>
      <td>{log.asked[row]}</td>
      <td>{log.possible[row]!.join(", ") || "none"}</td>
      <td>{log.chosen[row]}</td>
      {props.hasChanges && <Elsewhere change={change} />}
      <td class="ig-placement-why ig-placement-odd" title={log.reason[row]}>
        {isOdd ? <b aria-hidden="true">! </b> : null}
        {log.reason[row]}
      </td>
    </tr>
  );
}

type Change = Changes["changes"][string];

function Elsewhere({ change }: { change: Change | undefined }): JSX.Element {
  if (!change) return <td class="ig-muted">the same</td>;
  const [kind, , to, reason] = change;
  const sign = CHANGE_WORDS[kind].slice(0, 1);
  return (
    <td class={`ig-placement-${kind}`} title={reason}>
      <span aria-hidden="true">{sign} </span>
      {/* The sign in words for those who hear it. */}
      {kind !== "fails" && <span class="ig-heard">{CHANGE_WORDS[kind].slice(2)} </span>}
      <b>{kind === "fails" ? "fails" : to}</b>
    </td>
  );
}

/** The selected operation in words, with those it must share a device with. */
function About(props: {
  log: Log;
  changes: Changes["changes"] | null;
  selected: string;
}): JSX.Element {
  const { log, changes, selected } = props;
  const row = log.name.indexOf(selected);
  let words = selected ? `${selected} is not in this log.` : "Nothing is selected.";
  if (row >= 0) {
    const others = companions(log, row);
    const more = others.length > 8 ? ` and ${others.length - 8} more` : "";
    const together = others.length
      ? `. It must share a device with ${others.slice(0, 8).join(", ")}${more}`
      : "";
    const asked = log.asked[row]
      ? `asked for ${log.asked[row]}`
      : "asked for no device";
    words = `${selected} ${asked}; on ${log.chosen[row]}: ${log.reason[row]}${together}.`;
    const change = changes?.[selected];
    if (change) {
      const [kind, , to, reason] = change;
      const where = kind === "fails" ? "" : ` ${to}`;
      words += ` Elsewhere it ${CHANGE_WORDS[kind].slice(2)}${where}: ${reason}.`;
    }
  }
  return (
    <div class="ig-placement-about" role="status">
      {words}
    </div>
  );
}
