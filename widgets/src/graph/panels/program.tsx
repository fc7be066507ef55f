// The compiled program beside the graph: a line marks its operation and back.
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { counted } from "../../shared/format";
import type { Program } from "../actions";
import { indexLines, inSight, type LineIndex, touchedLines } from "./lines";
import type { Places } from "./links";

/** Pixels of a line; the style sheet has the same number. */
const LINE = 19;

interface Props {
  at: Places;
  selected: string;
  program: Program;
}

export function ProgramText({ at, selected, program }: Props) {
  const { model, hovered } = at;
  const lines = program.lines ?? [];
  const index = useMemo(() => indexLines(model, program), [model, program]);
  const chosen = useMemo(
    () => touchedLines(index, model, selected),
    [index, model, selected],
  );
  const pointed = useMemo(
    () => touchedLines(index, model, hovered),
    [index, model, hovered],
  );
  const keys = useKeys(at, program, index);
  const { view, top, height, onScroll } = useWindow([...chosen.own, ...chosen.using]);
  const id = useId();
  useReach(view, keys.active);
  const [first, end] = inSight(top, height, LINE, lines.length);
  const looks = (line: number) => {
    const classes = [];
    if (chosen.own.has(line)) classes.push("ig-own");
    else if (chosen.using.has(line)) classes.push("ig-using");
    if (pointed.own.has(line)) classes.push("ig-hovered");
    else if (pointed.using.has(line)) classes.push("ig-hovered-using");
    return classes.join(" ");
  };
  return (
    <div
      ref={view}
      class="ig-program"
      role="listbox"
      tabIndex={0}
      aria-label={`Program${program.title ? ` of ${program.title}` : ""}, ${counted(lines.length, "line")}`}
      aria-activedescendant={keys.active >= 0 ? `${id}-${keys.active}` : undefined}
      onScroll={onScroll}
      onKeyDown={keys.onKeyDown}
      onPointerLeave={() => at.actions.hover("")}
    >
      <div
        role="presentation"
        style={{ height: `${lines.length * LINE}px`, position: "relative" }}
      >
        {lines.slice(first, end).map(({ text, op }, row) => {
          const line = first + row;
          const active = line === keys.active ? "ig-active" : "";
          return (
            <Line
              key={line}
              id={`${id}-${line}`}
              text={text}
              at={line}
              of={lines.length}
              isOwn={chosen.own.has(line)}
              looks={`${op < 0 ? "ig-muted" : ""} ${active} ${looks(line)}`}
              point={() => at.actions.hover(model.ops.name[op] ?? "")}
              go={() => keys.go(line)}
            />
          );
        })}
      </div>
    </div>
  );
}

interface LineProps {
  id: string;
  text: string;
  at: number;
  of: number;
  isOwn: boolean;
  looks: string;
  point: () => void;
  go: () => void;
}

function Line({ id, text, at, of, isOwn, looks, point, go }: LineProps) {
  // Half the indentation: there is little room.
  const indent = (text.length - text.trimStart().length) / 2;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list around has the keys
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isOwn}
      aria-setsize={of}
      aria-posinset={at + 1}
      class={`ig-line ${looks}`}
      style={{ top: `${at * LINE}px` }}
      onPointerEnter={point}
      onClick={go}
    >
      <span style={{ marginLeft: `${indent}ch` }}>{text.trimStart()}</span>
    </div>
  );
}

/** Walking the lines by keys: the graph follows. */
function useKeys({ model, actions }: Places, program: Program, index: LineIndex) {
  const [active, setActive] = useState(-1);
  const lines = program.lines ?? [];
  // Another program begins at its beginning.
  useEffect(() => setActive(-1), [index]);
  const go = (line: number) => {
    setActive(line);
    const op = lines[line]?.op ?? -1;
    if (op >= 0) actions.reveal(op);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = lines.length - 1;
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + 15,
      PageUp: active - 15,
      Home: 0,
      End: last,
    }[event.key];
    if (to !== undefined) {
      const line = Math.max(0, Math.min(last, to));
      setActive(line);
      actions.hover(model.ops.name[lines[line]?.op ?? -1] ?? "");
    } else if (event.key === "Enter" && active >= 0) go(active);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { active, go, onKeyDown };
}

/** Where the list is scrolled to; what is chosen elsewhere is brought into sight. */
function useWindow(chosen: number[]) {
  const view = useRef<HTMLDivElement>(null);
  const [{ top, height }, setWindow] = useState({ top: 0, height: 400 });
  const onScroll = () => {
    const el = view.current;
    if (el) setWindow({ top: el.scrollTop, height: el.clientHeight });
  };
  const first = Math.min(...chosen);
  useReach(view, Number.isFinite(first) ? first : -1);
  return { view, top, height, onScroll };
}

/** Scrolls a list as little as brings a line into sight. */
function useReach(view: { current: HTMLDivElement | null }, line: number): void {
  useEffect(() => {
    const el = view.current;
    if (!el || line < 0) return;
    const [from, to] = [line * LINE, (line + 1) * LINE];
    if (from < el.scrollTop) el.scrollTop = Math.max(0, from - 3 * LINE);
    else if (to > el.scrollTop + el.clientHeight)
      el.scrollTop = to + 3 * LINE - el.clientHeight;
  }, [view, line]);
}
