// The same as tables: where the time went, and every slice.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { bytes, duration } from "../shared/format";
import { tabStop, walkRows } from "../shared/row_keys";
import {
  type Cost,
  costs,
  GROUPINGS,
  type Grouping,
  type Order,
  sorted,
} from "./costs";
import { slicesOf, type Timeline } from "./use_timeline";

const COLUMNS: [Order, string][] = [
  ["key", "what"],
  ["times", "runs"],
  ["total", "total"],
  ["mean", "mean"],
  ["share", "share"],
  ["bytes", "gives"],
];
const FIRST = 50;
const PAGE = 100;

export function Tables({ timeline }: { timeline: Timeline }): JSX.Element {
  const [shown, setShown] = useState<"costs" | "slices" | "">("costs");
  const tab = (name: "costs" | "slices", words: string) => (
    <button
      type="button"
      aria-pressed={shown === name}
      onClick={() => setShown(shown === name ? "" : name)}
    >
      {words}
    </button>
  );
  return (
    <div class="ig-timeline-tables">
      <div class="ig-timeline-tabs">
        {tab("costs", "Where the time went")}
        {tab("slices", "All slices")}
      </div>
      {shown === "costs" && <Costs timeline={timeline} />}
      {shown === "slices" && <Slices timeline={timeline} />}
    </div>
  );
}

function Costs({ timeline }: { timeline: Timeline }): JSX.Element {
  const { trace, picked } = timeline;
  const [by, setBy] = useState<Grouping>("op");
  const [order, setOrder] = useState<Order>("total");
  const [all, setAll] = useState(false);
  const found = useMemo(() => costs(trace, by, picked), [trace, by, picked]);
  const rows = useMemo(() => sorted(found, order), [found, order]);
  const seen = all ? rows : rows.slice(0, FIRST);
  const at = seen.findIndex((cost) => cost.key === timeline.selected);
  const choose = (cost: Cost) => {
    if (by === "op") timeline.selectName(cost.key);
    else if (by === "scope") timeline.selectName(cost.key.replace(/\/$/, ""));
    else timeline.search(by === "type" ? cost.key : "");
  };
  return (
    <>
      <fieldset class="ig-timeline-tabs" aria-label="Add up by">
        <span class="ig-muted">by</span>
        {GROUPINGS.map((one) => (
          <button
            type="button"
            key={one}
            aria-pressed={by === one}
            onClick={() => setBy(one)}
          >
            {one}
          </button>
        ))}
      </fieldset>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached */}
      <section class="ig-timeline-scroll" tabIndex={0} aria-label="Where the time went">
        <table>
          <thead>
            <tr>
              {COLUMNS.map(([name, words]) => (
                <Heading key={name} {...{ name, words, order, setOrder }} />
              ))}
            </tr>
          </thead>
          <tbody onKeyDown={walkRows}>
            {seen.map((cost, index) => (
              <CostRow
                key={cost.key}
                stop={tabStop(index, at)}
                cost={cost}
                isSelected={cost.key === timeline.selected}
                choose={by === "device" ? undefined : () => choose(cost)}
              />
            ))}
          </tbody>
        </table>
        {seen.length < rows.length && (
          <button type="button" onClick={() => setAll(true)}>
            {rows.length - seen.length} more
          </button>
        )}
      </section>
    </>
  );
}

function Heading(props: {
  name: Order;
  words: string;
  order: Order;
  setOrder(order: Order): void;
}): JSX.Element {
  const { name, words, order, setOrder } = props;
  const down = name === "key" ? "ascending" : "descending";
  return (
    <th scope="col" aria-sort={order === name ? down : "none"}>
      <button type="button" onClick={() => setOrder(name)}>
        {words}
        {order === name ? (name === "key" ? " ▲" : " ▼") : ""}
      </button>
    </th>
  );
}

function CostRow(props: {
  cost: Cost;
  isSelected: boolean;
  stop: 0 | -1;
  choose: (() => void) | undefined;
}): JSX.Element {
  const { cost, isSelected, choose, stop } = props;
  const share = `${(100 * cost.share).toFixed(1)} %`;
  return (
    <tr class={isSelected ? "ig-is-selected" : ""}>
      <td title={cost.key}>
        {choose ? (
          <button
            type="button"
            tabIndex={stop}
            aria-pressed={isSelected}
            onClick={choose}
          >
            {cost.key}
          </button>
        ) : (
          cost.key
        )}
      </td>
      <td>{cost.times}</td>
      <td>{duration(cost.total)}</td>
      <td>{duration(cost.mean)}</td>
      <td class="ig-timeline-share" style={{ "--ig-share": `${100 * cost.share}%` }}>
        {share}
      </td>
      <td>{cost.bytes ? bytes(cost.bytes) : ""}</td>
    </tr>
  );
}

function Slices({ timeline }: { timeline: Timeline }): JSX.Element {
  const { trace, picked, words, matches, slice } = timeline;
  const [page, setPage] = useState(0);
  const found = useMemo(() => {
    if (words) return matches;
    const every = new Set(trace.model.ops.name.map((_, op) => op));
    return slicesOf(trace, every, picked);
  }, [trace, picked, words, matches]);
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const at = Math.min(page, pages - 1);
  const { ops, devices, runs } = trace.model;
  const seen = found.slice(at * PAGE, at * PAGE + PAGE);
  return (
    <>
      <div class="ig-timeline-tabs">
        <button type="button" disabled={at === 0} onClick={() => setPage(at - 1)}>
          earlier
        </button>
        <span aria-live="polite">
          page {at + 1} of {pages}
        </span>
        <button
          type="button"
          disabled={at >= pages - 1}
          onClick={() => setPage(at + 1)}
        >
          later
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached */}
      <section class="ig-timeline-scroll" tabIndex={0} aria-label="All slices">
        <table>
          <thead>
            <tr>
              {["operation", "type", "device", "run", "start", "took", "gave"].map(
                (one) => (
                  <th scope="col" key={one}>
                    {one}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody onKeyDown={walkRows}>
            {seen.map((i, index) => (
              <tr key={i} class={i === slice ? "ig-is-selected" : ""}>
                <td title={ops.name[trace.op[i]!]}>
                  <button
                    type="button"
                    tabIndex={tabStop(index, seen.indexOf(slice))}
                    aria-pressed={i === slice}
                    onClick={() => timeline.select(i)}
                  >
                    {ops.name[trace.op[i]!]}
                  </button>
                </td>
                <td>{ops.type[trace.op[i]!]}</td>
                <td>{devices[trace.device[i]!]}</td>
                <td>{runs[trace.run[i]!]!.number}</td>
                <td>{duration(trace.start[i]! - runs[trace.run[i]!]!.start)}</td>
                <td>{duration(trace.took[i]!)}</td>
                <td>{trace.model.words[trace.words[i]!]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
