// The ways of lines between rows: straight through a row, sideways only between rows.
//
// dagre bends an edge at every row and half row and lets it end where a straight line
// would meet the box. Here a line leaves below and arrives above, lines at one border
// stand apart, and none cuts the corner of a box that it passes.
import type { Size } from "./boxes";
import type { Point } from "./curve";

/** A line from an upper node to a lower one, and what it touches there; a box that is
 * given spreads the lines at its border. */
export interface Route {
  points: Point[];
  /** Whether the upper end is in a half row, as ports are. */
  offset: boolean;
  upper: Rect | null;
  lower: Rect | null;
}

export type Rect = Point & Size;

const APART = 26;
const INSET = 12;

/** Heights of the rows, by the middle of each. */
export function rowHeights(
  nodes: { y: number; height: number }[],
): Map<number, number> {
  const heights = new Map<number, number>();
  for (const { y, height } of nodes) {
    const row = Math.round(y);
    heights.set(row, Math.max(heights.get(row) ?? 0, height));
  }
  return heights;
}

/** Straightens the routes; their points are changed. */
export function straighten(routes: Route[], rows: Map<number, number>): void {
  for (const route of routes) route.points = throughRows(route, rows);
  spread(
    routes,
    "lower",
    (points) => points.at(-1)!,
    (points) => points.at(-2)!.x,
  );
  spread(
    routes,
    "upper",
    (points) => points[0]!,
    (points) => points[1]!.x,
  );
}

function throughRows({ points, offset }: Route, rows: Map<number, number>): Point[] {
  const kept: Point[] = [];
  points.forEach((point, index) => {
    const isEnd = index === 0 || index === points.length - 1;
    if (isEnd) kept.push(point);
    // Every other bend lies between two rows.
    else if (index % 2 === (offset ? 1 : 0)) {
      const half = (rows.get(Math.round(point.y)) ?? 0) / 2;
      kept.push({ x: point.x, y: point.y - half }, { x: point.x, y: point.y + half });
    }
  });
  return kept;
}

/** Lets the lines at one border of a box end next to each other, in the order in which
 * they come. */
function spread(
  routes: Route[],
  side: "upper" | "lower",
  end: (points: Point[]) => Point,
  from: (points: Point[]) => number,
): void {
  const boxes = new Map<Rect, Route[]>();
  for (const route of routes) {
    const box = route[side];
    if (box) boxes.set(box, [...(boxes.get(box) ?? []), route]);
  }
  for (const [box, ending] of boxes) {
    const apart = Math.min(APART, (box.w - 2 * INSET) / Math.max(ending.length - 1, 1));
    const inOrder = ending.toSorted((a, b) => from(a.points) - from(b.points));
    inOrder.forEach(({ points }, index) => {
      const at = end(points);
      at.x = box.x + box.w / 2 + (index - (ending.length - 1) / 2) * apart;
      at.y = side === "lower" ? box.y : box.y + box.h;
    });
  }
}

const CLEAR = 9;

/** From the lower border of an open scope around its side to above it: the way of what
 * leads back up, past everything inside. */
export function aroundUp(box: Rect, port: number, towards: number): Point[] {
  const side = nearer(box, (port + towards) / 2);
  const below = box.y + box.h + CLEAR;
  return [
    { x: port, y: box.y + box.h },
    { x: port, y: below },
    { x: side, y: below },
    { x: side, y: box.y },
  ];
}

function nearer(box: Rect, x: number): number {
  return x < box.x + box.w / 2 ? box.x - CLEAR : box.x + box.w + CLEAR;
}

/** From below an open scope around its side to its upper border. */
export function aroundDown(box: Rect, port: number, from: number): Point[] {
  const side = nearer(box, (port + from) / 2);
  const above = box.y - CLEAR;
  return [
    { x: side, y: box.y + box.h },
    { x: side, y: above },
    { x: port, y: above },
    { x: port, y: box.y },
  ];
}
