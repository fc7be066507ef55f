// What ran, where it stops, and what a tensor was in each iteration.
import { useEffect, useState } from "preact/hooks";
import type { Moment, Shown, Snapshot } from "./model";
import { Value } from "./value";

interface RanProps {
  ran: Snapshot["ran"];
  count: number;
  look: (name: string) => void;
}

export function Ran({ ran, count, look }: RanProps) {
  const newest = [...ran].reverse();
  return (
    <details class="ig-step-part" open>
      <summary>
        What ran <span class="ig-muted">({count}, newest first)</span>
      </summary>
      <ol class="ig-step-ran" aria-label="Nodes that ran, newest first">
        {newest.map((one, index) => (
          <li key={`${count - index}`}>
            <button type="button" class="ig-step-name" onClick={() => look(one.name)}>
              {one.name}
            </button>{" "}
            <span class="ig-muted">
              {one.type}
              {one.at.length > 0 && ` @${one.at.join(",")}`}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

interface BreakpointsProps {
  breakpoints: Snapshot["breakpoints"];
  remove: (number: number) => void;
}

export function Breakpoints({ breakpoints, remove }: BreakpointsProps) {
  if (breakpoints.length === 0) return null;
  return (
    <div class="ig-step-part">
      <h4>Breakpoints</h4>
      <ul class="ig-step-points" aria-label="Breakpoints">
        {breakpoints.map((one) => (
          <li key={one.number}>
            <span class="ig-mono">{one.text}</span>{" "}
            <span class="ig-muted">
              {one.hits} {one.hits === 1 ? "hit" : "hits"}
            </span>
            <button
              type="button"
              aria-label={`Remove breakpoint ${one.text}`}
              onClick={() => remove(one.number)}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface ScrubberProps {
  names: string[];
  count: number;
  history: (name: string) => Promise<Moment[]>;
}

/** What a tensor of a loop was, iteration by iteration. */
export function Scrubber({ names, count, history }: ScrubberProps) {
  const [name, setName] = useState(names[0] ?? "");
  const [moments, setMoments] = useState<Moment[]>([]);
  const [index, setIndex] = useState<number | null>(null);
  const shown = names.includes(name) || !names.length ? name : (names[0] ?? "");
  useEffect(() => {
    let current = true;
    if (shown)
      history(shown).then(
        (found) => current && setMoments(found),
        () => current && setMoments([]),
      );
    return () => {
      current = false;
    };
  }, [shown, count]);
  const at = Math.min(index ?? moments.length - 1, moments.length - 1);
  const moment = moments[at];
  return (
    <div class="ig-step-part">
      <h4>Iterations</h4>
      <div class="ig-step-row">
        <select
          aria-label="Tensor of the loop"
          value={shown}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setIndex(null);
          }}
        >
          {names.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <input
          type="range"
          aria-label="Iteration"
          aria-valuetext={moment ? words(moment) : "none yet"}
          min={0}
          max={Math.max(0, moments.length - 1)}
          value={Math.max(at, 0)}
          disabled={moments.length < 2}
          onInput={(event) => setIndex(Number(event.currentTarget.value))}
        />
        <span class="ig-mono">{moment ? words(moment) : "no value yet"}</span>
      </div>
      {moment && <Value value={moment.value} />}
    </div>
  );
}

function words(moment: Moment): string {
  return moment.at.length ? `iteration ${moment.at.join(", ")}` : "outside of loops";
}

export function Looked({ value, close }: { value: Shown; close: () => void }) {
  return (
    <div class="ig-step-part">
      <h4>
        Value{" "}
        <button type="button" aria-label="Close the value" onClick={close}>
          Close
        </button>
      </h4>
      <Value value={value} />
    </div>
  );
}
