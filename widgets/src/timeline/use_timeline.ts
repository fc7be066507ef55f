// The state of the timeline: what is seen, what is selected, and how that changes.
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useTrait } from "../shared/hooks";
import type { WidgetModel } from "../shared/types";
import type { Act } from "./keys";
import {
  across,
  along,
  makers,
  opsMatching,
  opsNamed,
  readTrace,
  type TimelineModel,
  type Trace,
  takers,
} from "./model";
import { around, kept, panned, showing, type Window, whole, zoomed } from "./window";

export interface Timeline {
  trace: Trace;
  window: Window;
  setWindow(change: (window: Window) => Window): void;
  /** The slice that is selected; -1 for none. */
  slice: number;
  select(slice: number): void;
  /** Selects an operation or scope by its name. */
  selectName(name: string): void;
  /** What is selected in all views. */
  selected: string;
  picked: number;
  pick(run: number): void;
  words: string;
  search(words: string): void;
  /** Numbers of the slices that were searched for. */
  matches: number[];
  bright: Set<number> | null;
  /** Does what a key asks for; false where that is not its affair. */
  act(act: Act): boolean;
}

export function useTimeline(model: WidgetModel): Timeline {
  const [sent] = useTrait<Partial<TimelineModel>>(model, "model");
  const trace = useMemo(() => readTrace(sent ?? {}), [sent]);
  const [picked, setPicked] = useTrait<number>(model, "picked");
  const [selected, setSelected] = useTrait<string>(model, "selected");
  const [window, setWindow] = useWindow(trace, picked);
  const [words, search] = useState("");
  const [slice, setSlice] = useSlice(trace, selected, picked, setWindow);

  const found = useMemo(() => opsMatching(trace, words), [trace, words]);
  const matches = useMemo(() => slicesOf(trace, found, picked), [trace, found, picked]);
  const select = useCallback(
    (next: number) => {
      setSlice(next);
      setSelected(next < 0 ? "" : trace.model.ops.name[trace.op[next]!]!);
      if (next >= 0) reveal(trace, next, setWindow);
    },
    [trace, setSelected, setSlice, setWindow],
  );
  const bright = useMemo(() => {
    if (words) return found;
    const named = opsNamed(trace, selected);
    return slice < 0 && named.size ? named : null;
  }, [words, found, trace, selected, slice]);

  const act = (what: Act): boolean => {
    if (what.kind === "search" || what.kind === "help") return false;
    if (what.kind === "zoom") {
      setWindow((now) =>
        zoomed(now, what.factor, focusOf(trace, slice, now), trace.end),
      );
    } else if (what.kind === "pan") {
      setWindow((now) => panned(now, what.part, trace.end));
    } else if (what.kind === "fit") {
      setWindow(() => runWindow(trace, picked));
    } else if (what.kind === "clear") {
      select(-1);
    } else if (what.kind === "focus" && slice >= 0) {
      const [from, to] = [
        trace.start[slice]!,
        trace.start[slice]! + trace.took[slice]!,
      ];
      setWindow(() => around(from, to, trace.end));
    } else {
      const next = walk(trace, slice, what, matches, window);
      if (next >= 0) select(next);
    }
    return true;
  };
  return {
    trace,
    window,
    setWindow,
    slice,
    select,
    selectName: setSelected,
    selected: selected ?? "",
    picked,
    pick: setPicked,
    words,
    search,
    matches,
    bright,
    act,
  };
}

type SetWindow = (change: (window: Window) => Window) => void;

/** What is seen: all of the run that is picked, until somebody moves it. */
function useWindow(trace: Trace, picked: number): [Window, SetWindow] {
  const [window, setWindow] = useState(() => runWindow(trace, picked));
  const before = useRef({ end: trace.end, picked });
  useEffect(() => {
    const grown = before.current.end !== trace.end;
    const other = before.current.picked !== picked;
    // While runs come in, who has looked closer stays where they are.
    const all = whole(before.current.end);
    before.current = { end: trace.end, picked };
    if (!grown && !other) return;
    setWindow((now) =>
      other || now.to - now.from >= (all.to - all.from) * 0.999
        ? runWindow(trace, picked)
        : kept(now, trace.end),
    );
  }, [trace, picked]);
  return [window, setWindow];
}

function runWindow(trace: Trace, picked: number): Window {
  const run = trace.model.runs[picked];
  return run
    ? around(run.start, run.start + run.took, trace.end, 0.02)
    : whole(trace.end);
}

/** The selected slice; an operation that another view selects is shown by its first. */
function useSlice(
  trace: Trace,
  selected: string,
  picked: number,
  setWindow: SetWindow,
): [number, (slice: number) => void] {
  const [slice, setSlice] = useState(-1);
  // A selection of this very view comes back as a changed trait.
  const now = useRef(slice);
  now.current = slice;
  useEffect(() => {
    const is = now.current;
    if (is >= 0 && is < trace.count && trace.model.ops.name[trace.op[is]!] === selected)
      return;
    const named = opsNamed(trace, selected);
    const isOp = named.size > 0 && trace.model.ops.name.includes(selected);
    const first = isOp ? (slicesOf(trace, named, picked)[0] ?? -1) : -1;
    setSlice(first);
    if (first >= 0) reveal(trace, first, setWindow);
  }, [trace, selected, picked, setWindow]);
  return [slice, setSlice];
}

function reveal(trace: Trace, slice: number, setWindow: SetWindow): void {
  const [from, took] = [trace.start[slice]!, trace.took[slice]!];
  setWindow((now) => showing(now, from, from + took, trace.end));
}

/** Slices of some operations, in one run or in all. */
export function slicesOf(trace: Trace, ops: Set<number>, run: number): number[] {
  const found: number[] = [];
  if (!ops.size) return found;
  for (let i = 0; i < trace.count; i++)
    if (ops.has(trace.op[i]!) && (run < 0 || trace.run[i] === run)) found.push(i);
  return found;
}

function focusOf(trace: Trace, slice: number, window: Window): number {
  const middle = (window.from + window.to) / 2;
  if (slice < 0) return middle;
  const at = trace.start[slice]! + trace.took[slice]! / 2;
  return at > window.from && at < window.to ? at : middle;
}

/** Where a step leads from a slice; from nowhere to the first that is seen. */
function walk(
  trace: Trace,
  slice: number,
  what: Act,
  matches: number[],
  window: Window,
): number {
  if (what.kind === "match") {
    if (!matches.length) return slice;
    const place = matches.indexOf(slice);
    if (place < 0) return matches[what.by > 0 ? 0 : matches.length - 1]!;
    return matches[(place + what.by + matches.length) % matches.length]!;
  }
  if (slice < 0) {
    for (let i = 0; i < trace.count; i++)
      if (trace.start[i]! + trace.took[i]! >= window.from) return i;
    return -1;
  }
  if (what.kind === "along") return along(trace, slice, what.by);
  if (what.kind === "across") return across(trace, slice, what.by);
  if (what.kind === "flow") {
    const found = what.by > 0 ? takers(trace, slice) : makers(trace, slice);
    return (what.by > 0 ? found[0] : found[found.length - 1]) ?? slice;
  }
  return slice;
}
