// The canvas of the timeline, and what pointers and keys do on it.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { duration } from "../shared/format";
import { onTheme } from "../shared/theme";
import { draw, type Look, sliceWords, timeAt, xOf } from "./draw";
import { actOf } from "./keys";
import { sliceAt } from "./model";
import { type Palette, readPalette } from "./palette";
import { AXIS, GUTTER, LANE, rowsOf, trackAt } from "./rows";
import type { Timeline } from "./use_timeline";
import { panned, zoomed } from "./window";

const KEYS_WORDS =
  "W and S zoom, A and D pan, full stop and comma walk from slice to slice, " +
  "question mark lists all keys.";

export interface CanvasProps {
  timeline: Timeline;
  height: number;
  search(): void;
  help(): void;
}

export function Canvas({ timeline, height, search, help }: CanvasProps): JSX.Element {
  const { trace, window, slice, bright } = timeline;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [palette, setPalette] = useState<Palette | null>(null);
  const [hovered, setHovered] = useState(-1);
  const rows = rowsOf(trace);

  useLayoutEffect(() => {
    const el = box.current!;
    const repaint = () => setPalette(readPalette(el));
    // Also when it comes onto the page: before, no variable has a colour.
    const measure = () => {
      setWidth(el.clientWidth);
      repaint();
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(el);
    const end = onTheme(repaint);
    return () => {
      observer.disconnect();
      end();
    };
  }, []);

  const same = slice >= 0 ? trace.op[slice]! : -1;
  const shown = hovered < trace.count ? hovered : -1;
  const look: Look | null = palette && {
    ...{ trace, rows, window, width, palette, bright, same },
    selected: slice,
    hovered: shown,
  };
  const latest = useRef(look);
  latest.current = look;
  // One drawing a frame, whatever came in between.
  useEffect(() => {
    const frame = requestAnimationFrame(() => paint(canvas.current, latest.current));
    return () => cancelAnimationFrame(frame);
  });
  const drag = useDrag(box, timeline, latest, setHovered);
  useWheel(box, timeline, latest);
  useScroll(box, timeline, rows);

  const press = (event: KeyboardEvent) => {
    const act = actOf(event);
    // With nothing selected, Escape is the way out of the view.
    if (!act || (act.kind === "clear" && !timeline.selected)) return;
    // Jupyter's own keys (D, D deletes the cell) must not see it.
    event.preventDefault();
    event.stopPropagation();
    if (act.kind === "search") search();
    else if (act.kind === "help") help();
    else timeline.act(act);
  };
  const tip = shown >= 0 ? sliceWords(trace, shown) : undefined;
  return (
    <div
      ref={box}
      class="ig-timeline-view"
      style={{ maxHeight: `${height}px` }}
      role="application"
      aria-label={`Timeline. ${trace.model.summary}. ${KEYS_WORDS}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys
      tabIndex={0}
      title={tip}
      onKeyDown={press}
      {...drag}
    >
      <canvas ref={canvas} style={{ height: `${rows.height}px` }} />
    </div>
  );
}

function paint(canvas: HTMLCanvasElement | null, look: Look | null): void {
  if (!canvas || !look || look.width <= GUTTER) return;
  const ratio = globalThis.devicePixelRatio || 1;
  const [width, height] = [look.width * ratio, look.rows.height * ratio];
  if (canvas.width !== Math.round(width)) canvas.width = Math.round(width);
  if (canvas.height !== Math.round(height)) canvas.height = Math.round(height);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  draw(pen, look);
}

type Latest = { current: Look | null };
type BoxRef = { current: HTMLDivElement | null };

function place(box: HTMLElement, event: MouseEvent): { x: number; y: number } {
  const bounds = box.getBoundingClientRect();
  return {
    x: event.clientX - bounds.left,
    y: event.clientY - bounds.top + box.scrollTop,
  };
}

/** The slice under the pointer; -1 for none. */
function under(box: HTMLElement, event: MouseEvent, look: Look | null): number {
  if (!look) return -1;
  const { x, y } = place(box, event);
  if (x < GUTTER) return -1;
  const track = trackAt(look.rows, y);
  const near = timeAt(look, GUTTER + 3) - timeAt(look, GUTTER);
  return track < 0 ? -1 : sliceAt(look.trace, track, timeAt(look, x), near);
}

/** The run under the pointer; -1 for none. */
function runUnder(box: HTMLElement, event: MouseEvent, look: Look | null): number {
  if (!look) return -1;
  const { x, y } = place(box, event);
  if (x < GUTTER || y < look.rows.runs || y > look.rows.runs + LANE) return -1;
  return look.trace.model.runs.findIndex(
    (run) => x >= xOf(look, run.start) && x <= xOf(look, run.start + run.took),
  );
}

function useDrag(
  box: BoxRef,
  timeline: Timeline,
  latest: Latest,
  setHovered: (slice: number) => void,
) {
  const from = useRef<{ x: number; moved: boolean } | null>(null);
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      from.current = { x: event.clientX, moved: false };
      box.current?.setPointerCapture?.(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      const start = from.current;
      const look = latest.current;
      if (!start) {
        setHovered(under(box.current!, event, look));
        return;
      }
      const by = event.clientX - start.x;
      if ((!start.moved && Math.abs(by) < 4) || !look) return;
      box.current?.classList.add("ig-dragging");
      from.current = { x: event.clientX, moved: true };
      const part = -by / (look.width - GUTTER);
      timeline.setWindow((now) => panned(now, part, look.trace.end));
    },
    onPointerUp: (event: PointerEvent) => {
      const start = from.current;
      from.current = null;
      box.current?.classList.remove("ig-dragging");
      if (!start || start.moved) return;
      const run = runUnder(box.current!, event, latest.current);
      if (run >= 0) timeline.pick(run);
      else timeline.select(under(box.current!, event, latest.current));
    },
    onPointerLeave: () => setHovered(-1),
    onDblClick: () => timeline.act({ kind: "focus" }),
  };
}

/** The wheel zooms where the keyboard is, or with Ctrl; else the page scrolls. */
function useWheel(box: BoxRef, timeline: Timeline, latest: Latest): void {
  const now = useRef(timeline);
  now.current = timeline;
  useEffect(() => {
    const el = box.current!;
    const turn = (event: WheelEvent) => {
      const look = latest.current;
      if (!look) return;
      const { setWindow, trace } = now.current;
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      const isPan = Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY);
      if (!isPan && !event.ctrlKey && !event.metaKey && el !== document.activeElement)
        return;
      event.preventDefault();
      if (isPan) {
        setWindow((seen) => panned(seen, sideways / (look.width - GUTTER), trace.end));
      } else {
        const at = timeAt(look, Math.max(place(el, event).x, GUTTER));
        const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY / 240)));
        setWindow((seen) => zoomed(seen, factor, at, trace.end));
      }
    };
    el.addEventListener("wheel", turn, { passive: false });
    return () => el.removeEventListener("wheel", turn);
  }, [box, latest]);
}

/** Scrolls the selected slice's track into sight where there are many. */
function useScroll(
  box: BoxRef,
  { trace, slice }: Timeline,
  rows: ReturnType<typeof rowsOf>,
): void {
  const top = slice >= 0 ? rows.tracks[trace.track[slice]!] : undefined;
  useEffect(() => {
    const el = box.current;
    if (!el || top === undefined) return;
    if (top < el.scrollTop + AXIS) el.scrollTop = Math.max(0, top - AXIS);
    else if (top + LANE > el.scrollTop + el.clientHeight)
      el.scrollTop = top + LANE - el.clientHeight + 4;
  }, [box, top]);
}

/** The title of a run in a list. */
export function runWords(run: { number: number; title: string; took: number }): string {
  const title = run.title.length > 40 ? `${run.title.slice(0, 39)}…` : run.title;
  return `run ${run.number}: ${title}, ${duration(run.took)}`;
}
