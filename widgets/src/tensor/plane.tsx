// The canvas of the viewer: looked at with the mouse, or walked with the arrow keys.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { number } from "../shared/format";
import { useTheme } from "../shared/theme";
import { paletteOf, type Scale, scaleOf } from "./colour";
import { cellSize, drawHeat, drawImage, imageRange } from "./draw";
import { indexText, type Look, type Plane, thinnedText } from "./model";

interface Place {
  row: number;
  column: number;
}

export function PlaneCanvas({ look, plane }: { look: Look; plane: Plane }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [place, setPlace] = useState<Place | null>(null);
  const scale = scaleOf(look.low, look.high);
  const theme = useTheme();
  // At once: else the new name would stand over the old picture for a frame.
  useLayoutEffect(() => {
    if (!canvas.current) return;
    const palette = paletteOf(canvas.current.parentElement ?? document.body);
    if (look.mode === "image")
      drawImage(
        canvas.current,
        plane,
        imageRange(look.dtype, look.low, look.high),
        palette,
      );
    else drawHeat(canvas.current, plane, scale, palette);
  }, [look, plane, theme]);
  const inside = place && inPlane(place, plane);
  const words = inside
    ? `${indexText(look, ...pair(inside))} = ${valueAt(plane, inside)}`
    : "";
  return (
    <div class="ig-tensor-plane">
      <div class="ig-tensor-canvas">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="img"
          aria-label={`${look.name}: ${look.words}. Arrow keys tell the elements.`}
          onMouseMove={(event) => setPlace(placeOf(event, plane))}
          onMouseLeave={() => setPlace(null)}
          onKeyDown={(event) => walk(event, inside, plane, setPlace)}
        />
        {inside && <Cursor place={inside} plane={plane} />}
      </div>
      <div class="ig-tensor-foot">
        {look.mode === "heat" && <ScaleBar look={look} scale={scale} />}
        <output class="ig-mono ig-element">{words || " "}</output>
        <span class="ig-muted">{thinnedText(look)}</span>
      </div>
    </div>
  );
}

function pair(place: Place): [number, number] {
  return [place.row, place.column];
}

function inPlane(place: Place, plane: Plane): Place | null {
  if (!plane.rows || !plane.columns) return null;
  return {
    row: Math.min(place.row, plane.rows - 1),
    column: Math.min(place.column, plane.columns - 1),
  };
}

function placeOf(event: MouseEvent, plane: Plane): Place {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const at = (offset: number, size: number, count: number) =>
    Math.min(count - 1, Math.max(0, Math.floor((offset / size) * count)));
  return {
    row: at(event.clientY - box.top, box.height, plane.rows),
    column: at(event.clientX - box.left, box.width, plane.columns),
  };
}

function valueAt(plane: Plane, { row, column }: Place): string {
  const start = (row * plane.columns + column) * plane.channels;
  const parts = plane.values.subarray(start, start + plane.channels);
  return Array.from(parts, (part) => number(part)).join(", ");
}

function walk(
  event: KeyboardEvent,
  place: Place | null,
  plane: Plane,
  setPlace: (place: Place | null) => void,
): void {
  const moves: Record<string, [number, number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
  };
  const move = moves[event.key];
  if (event.key === "Escape" && place) {
    event.preventDefault();
    setPlace(null);
  }
  if (!move || !plane.rows || !plane.columns) return;
  event.preventDefault();
  event.stopPropagation(); // the notebook's own arrow keys
  const clamp = (value: number, count: number) =>
    Math.max(0, Math.min(count - 1, value));
  setPlace(
    place
      ? {
          row: clamp(place.row + move[0], plane.rows),
          column: clamp(place.column + move[1], plane.columns),
        }
      : { row: 0, column: 0 },
  );
}

function Cursor({ place, plane }: { place: Place; plane: Plane }) {
  const [down, across] = cellSize(plane.rows, plane.columns);
  const style = {
    top: `${place.row * down}px`,
    left: `${place.column * across}px`,
    height: `${Math.max(3, down)}px`,
    width: `${Math.max(3, across)}px`,
  };
  return <span class="ig-tensor-cursor" style={style} />;
}

/** What the colours mean, with words at the ends. */
function ScaleBar({ look, scale }: { look: Look; scale: Scale }) {
  if (look.low === null) return null;
  const kind = scale.diverging ? "both" : scale.high <= 0 ? "below" : "above";
  return (
    <span class="ig-scale">
      {number(short(scale.low))}
      <span class={`ig-scale-bar ig-scale-${kind}`} aria-hidden="true" />
      {number(short(scale.high))}
    </span>
  );
}

/** Enough digits for the end of a scale. */
function short(value: number): number {
  return Number(value.toPrecision(3));
}
