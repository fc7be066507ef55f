// What comes after the edges of a frame: boxes without any, what is set aside, the
// margins, and ports out to the border.
import type { Aside, Box } from "../shared/types";
import { boxSize, HEADER, LABEL, type Size, SMALL } from "./boxes";
import type { Point } from "./curve";
import type { Laid } from "./frame";
import { shorten, textWidth } from "./measure";
import { INPUT, OUTPUT } from "./rank";

const MARGIN = 14;
const GAP = 16;
const ROW_WIDTH = 620;

/** Boxes without an edge, in rows below the rest. */
export function addLoose(laid: Laid, loose: Box[], inner: Map<string, Laid>): void {
  const { left, right, bottom } = extent(laid);
  const limit = Math.max(right - left, ROW_WIDTH);
  let x = left;
  let y = laid.boxes.length ? bottom + GAP : 0;
  let height = 0;
  for (const box of loose) {
    const { w, h } = inner.get(box.key) ?? boxSize(box);
    if (x > left && x + w - left > limit) {
      x = left;
      y += height + GAP;
      height = 0;
    }
    laid.boxes.push({ box, x, y, w, h });
    x += w + GAP;
    height = Math.max(height, h);
  }
}

/** What is set aside, in a panel at the right. */
export function addAside(laid: Laid, aside: Aside[], inner: Map<string, Laid>): void {
  if (!aside.length) return;
  const { right, top } = extent(laid);
  const x = laid.boxes.length ? right + 2 * GAP : 0;
  let y = top + HEADER + 2;
  let width = textWidth("set aside", SMALL);
  for (const { letter, box } of aside) {
    const { w, h } = inner.get(box.key) ?? boxSize(box);
    laid.boxes.push({ box, x: x + 30, y, w, h, letter });
    y += h + 12;
    width = Math.max(width, w + 30);
  }
  laid.panel = { x, y: top, w: width + 12, h: y - top };
}

/** Moves everything to 0, 0 and leaves room for a title and a margin. */
export function settle(laid: Laid, title: string): void {
  const { left, right, top, bottom } = extent(laid);
  const nested = title !== "";
  const margin = nested ? MARGIN : 0;
  const titleWidth = nested
    ? textWidth(shorten(title, LABEL, 260, true), LABEL, true) + 44
    : 0;
  let shift = margin - left;
  const ports = [...laid.inputs.values()].map((port) => port.x + shift);
  // An edge that comes in from above must not run through the title.
  shift += Math.max(0, titleWidth - Math.min(...ports, titleWidth));
  // The row of ports is empty: it may lie beside the title.
  const head = HEADER + (laid.inputs.size ? -6 : 8);
  const down = (nested ? head : 0) - top;
  move(laid, shift, down);
  laid.w = Math.round(Math.max(right + shift + margin, titleWidth + 8));
  laid.h = Math.round(bottom + down + margin);
  if (!nested) return;
  for (const line of laid.lines) {
    if (line.from === INPUT) line.points[0]!.y = 0;
    if (line.to === OUTPUT) line.points.at(-1)!.y = laid.h;
  }
  for (const port of laid.inputs.values()) port.y = 0;
  for (const port of laid.outputs.values()) port.y = laid.h;
}

interface Extent {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The room that boxes, words AND the bends of lines take: dagre counts boxes only. */
function extent(laid: Laid): Extent {
  const found = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  const add = (x: number, y: number, w = 0, h = 0) => {
    found.left = Math.min(found.left, x);
    found.right = Math.max(found.right, x + w);
    found.top = Math.min(found.top, y);
    found.bottom = Math.max(found.bottom, y + h);
  };
  for (const { x, y, w, h } of laid.boxes) add(x, y, w, h);
  for (const { x, y, w, h } of centred(laid)) add(x - w / 2, y - h / 2, w, h);
  for (const { points } of laid.lines) for (const { x, y } of points) add(x, y);
  if (laid.panel) add(laid.panel.x, laid.panel.y, laid.panel.w, laid.panel.h);
  return found.left === Infinity ? { left: 0, right: 0, top: 0, bottom: 0 } : found;
}

function centred(laid: Laid): (Point & Size)[] {
  return [...laid.tags, ...laid.inputs.values(), ...laid.outputs.values()];
}

function move(laid: Laid, dx: number, dy: number): void {
  const points = laid.lines.flatMap((line) => line.points);
  const panel = laid.panel ? [laid.panel] : [];
  for (const one of [...laid.boxes, ...centred(laid), ...points, ...panel]) {
    one.x += dx;
    one.y += dy;
  }
}
