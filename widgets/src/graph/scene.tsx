// The picture as SVG: open scopes below, lines on them, closed boxes and words on top.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Edge } from "../shared/types";
import type { Book } from "./book";
import { BoxView } from "./box_view";
import { coordinate, curve, type Point } from "./curve";
import { boxWords, type Looks } from "./look";
import type { Picture, Spot } from "./nest";
import type { Walker } from "./walk";

/** The part of the plane that is drawn; null draws all. */
export interface Window {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface SceneProps {
  book: Book;
  picture: Picture;
  walker: Walker;
  looks: Looks;
  /** The box that Tab goes to. */
  active: string;
  window: Window | null;
}

export function Scene(props: SceneProps): JSX.Element {
  const { picture, window, active } = props;
  const spots = [...picture.spots.values()].filter(
    (spot) => spot.key === active || inWindow(spot.x, spot.y, spot.w, spot.h, window),
  );
  const places = usePlaces(props);
  const draw = (spot: Spot) => (
    <Item {...props} spot={spot} places={places} key={spot.key} />
  );
  return (
    <svg
      class="ig-scene"
      width={Math.max(picture.w, 1)}
      height={Math.max(picture.h, 1)}
      role="none"
    >
      <g>{spots.filter((spot) => spot.open).map(draw)}</g>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a group takes no focus */}
      <g aria-hidden="true" class="ig-edges">
        <Panels picture={picture} />
        <Lines {...props} />
      </g>
      <g>{spots.filter((spot) => !spot.open).map(draw)}</g>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a group takes no focus */}
      <g aria-hidden="true" class="ig-words">
        <Tags {...props} />
        <Ports {...props} />
      </g>
    </svg>
  );
}

/** For every box its place among its siblings, from 1, and how many they are. */
function usePlaces({ picture, walker }: SceneProps): Map<string, [number, number]> {
  return useMemo(() => {
    const places = new Map<string, [number, number]>();
    for (const frame of new Set(
      [...picture.spots.values()].map((spot) => spot.frame),
    )) {
      const row = walker.siblings(frame);
      for (const [index, key] of row.entries()) {
        places.set(key, [index + 1, row.length]);
      }
    }
    return places;
  }, [picture, walker]);
}

interface ItemProps extends SceneProps {
  spot: Spot;
  places: Map<string, [number, number]>;
}

function Item({ spot, places, book, looks, active }: ItemProps): JSX.Element {
  const { key } = spot;
  const [position, setSize] = places.get(key) ?? [1, 1];
  const isSelected = looks.selected === key;
  const state = [
    isSelected && !(looks.within && !spot.open) ? "ig-selected" : "",
    isSelected && looks.within ? "ig-within" : "",
    looks.hovered === key ? "ig-hovered" : "",
    looks.bright && !looks.bright.has(key) && !spot.open ? "ig-dim" : "",
    looks.awaited.has(key) ? "ig-awaited" : "",
    looks.changes.get(key)?.change === "removed" ? "ig-gone" : "",
  ];
  return (
    <BoxView
      spot={spot}
      holds={book.isScope(key)}
      active={active === key}
      state={state.filter(Boolean).join(" ")}
      shade={looks.shades?.get(key)}
      coloured={looks.shades !== null && !spot.open}
      badge={looks.badges.get(key)}
      change={looks.changes.get(key)}
      words={boxWords(spot.box, key, looks)}
      position={position}
      setSize={setSize}
    />
  );
}

interface Drawn extends Window {
  edge: Edge;
  d: string;
  tip: string;
  width: number;
  words: string;
}

function Lines({ picture, walker, looks, window }: SceneProps): JSX.Element {
  const drawn = useMemo(() => picture.lines.map(drawnLine), [picture]);
  const at = looks.hovered || looks.selected;
  const hot = useMemo(() => walker.touching(at), [walker, at]);
  return (
    <>
      {drawn.map((line, index) => {
        const { left, top, right, bottom, edge } = line;
        if (!inWindow(left, top, right - left, bottom - top, window)) return null;
        const state = hot.has(edge) ? "ig-hot" : isDim(edge, looks) ? "ig-dim" : "";
        return (
          <g class={`ig-line ig-${edge.kind} ${state}`} key={index}>
            <title>{line.words}</title>
            <path d={line.d} stroke-width={line.width} />
            {line.tip && <path class="ig-tip" d={line.tip} />}
          </g>
        );
      })}
    </>
  );
}

function isDim(edge: Edge, { bright }: Looks): boolean {
  if (!bright) return false;
  return ![edge.tail, edge.head].every((key) => key === "" || bright.has(key));
}

function drawnLine({ edge, points, arrow }: Picture["lines"][number]): Drawn {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const control = edge.kind === "control";
  return {
    edge,
    d: curve(points),
    tip: arrow ? arrowHead(points, control) : "",
    width: control ? 1.6 : Math.min(1.2 + 0.5 * Math.log2(edge.count), 4),
    words: edge.tensors.slice(0, 8).join("\n") || `${edge.kind} ×${edge.count}`,
    left: Math.min(...xs),
    right: Math.max(...xs),
    top: Math.min(...ys),
    bottom: Math.max(...ys),
  };
}

/** Lines end vertically, so their heads point down, or up at the end of a loop. */
function arrowHead(points: Point[], open: boolean): string {
  const end = points.at(-1);
  const before = points.at(-2);
  if (!end || !before) return "";
  const [x, y] = [coordinate(end.x), coordinate(end.y)];
  const back = before.y <= end.y ? -6 : 6;
  return `M${x - 3.2} ${y + back}L${x} ${y}L${x + 3.2} ${y + back}${open ? "" : "Z"}`;
}

function Tags({ picture, looks, window }: SceneProps): JSX.Element {
  return (
    <>
      {picture.tags.map(({ text, x, y, w, h, edge }, index) =>
        inWindow(x - w / 2, y - h / 2, w, h, window) ? (
          <text
            class={`ig-tag ig-mid ${isDim(edge, looks) ? "ig-dim" : ""}`}
            x={coordinate(x)}
            y={coordinate(y + 3.5)}
            key={index}
          >
            {text}
          </text>
        ) : null,
      )}
    </>
  );
}

function Ports({ picture, window }: SceneProps): JSX.Element {
  return (
    <>
      {picture.ports.map(({ label, x, y, w, h }, index) => {
        if (!inWindow(x - w / 2, y - h / 2, w, h, window)) return null;
        if (!label) return <circle class="ig-port" cx={x} cy={y} r={2.6} key={index} />;
        return (
          <g class="ig-outside" transform={`translate(${x} ${y})`} key={index}>
            <rect x={-w / 2} y={-h / 2} width={w} height={h} rx={h / 2} />
            <text class="ig-mid ig-small" y={3.7}>
              {label}
            </text>
          </g>
        );
      })}
    </>
  );
}

function Panels({ picture }: { picture: Picture }): JSX.Element {
  return (
    <>
      {picture.panels.map(({ x, y, w, h }, index) => (
        <g class="ig-aside" transform={`translate(${x} ${y})`} key={index}>
          <rect width={w} height={h} rx={7} />
          <text class="ig-small" x={11} y={18}>
            set aside
          </text>
        </g>
      ))}
    </>
  );
}

export function inWindow(
  x: number,
  y: number,
  w: number,
  h: number,
  window: Window | null,
): boolean {
  if (!window) return true;
  return (
    x + w >= window.left &&
    x <= window.right &&
    y + h >= window.top &&
    y <= window.bottom
  );
}
