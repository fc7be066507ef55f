// Walking a graph by keys: along edges, among neighbours, into scopes and out again.
//
// Edges that cross the borders of open scopes are followed through their ports to the
// box where they end.
import type { Edge } from "../shared/types";
import type { Book } from "./book";
import type { Picture, Spot } from "./nest";

interface End {
  frame: string;
  key: string;
  port: string;
}

/** The boxes that are seen at the other ends of a box's edges. */
export class Walker {
  private readonly heads = new Map<string, Edge[]>();
  private readonly tails = new Map<string, Edge[]>();
  private rows: Map<string, string[]> | null = null;

  constructor(
    private readonly book: Book,
    private readonly picture: Picture,
  ) {
    for (const { edge, frame } of picture.lines) {
      push(this.tails, id(frame, edge.tail), edge);
      push(this.heads, id(frame, edge.head), edge);
    }
  }

  /** What a box takes its inputs from. */
  sources(key: string): string[] {
    return this.follow(key, true);
  }

  /** What takes the outputs of a box. */
  targets(key: string): string[] {
    return this.follow(key, false);
  }

  /** The boxes of a frame as one reads: rows from above, each from the left. */
  siblings(frame: string): string[] {
    this.rows ??= readingOrder(this.picture);
    return this.rows.get(frame) ?? [];
  }

  /** The lines that begin or end at a box, with their ways through open borders. */
  touching(key: string): Set<Edge> {
    const edges = new Set<Edge>();
    this.follow(key, true, edges);
    this.follow(key, false, edges);
    return edges;
  }

  private follow(start: string, backward: boolean, passed?: Set<Edge>): string[] {
    const spot = this.picture.spots.get(start);
    if (!spot) return [];
    const found = new Set<string>();
    const seen = new Set<string>();
    const waiting: End[] = [{ frame: spot.frame, key: start, port: "*" }];
    while (waiting.length) {
      const at = waiting.pop()!;
      for (const [edge, end] of this.step(at, backward)) {
        passed?.add(edge);
        const name = JSON.stringify(end);
        if (seen.has(name)) continue;
        seen.add(name);
        if (this.isBox(end)) found.add(end.key);
        else waiting.push(end);
      }
    }
    found.delete(start);
    return this.nearestFirst(spot, [...found]);
  }

  /** Whether an edge ends here: at a closed box, or at an open one of unknown port. */
  private isBox(end: End): boolean {
    return end.key !== "" && !(this.picture.spots.get(end.key)?.open && end.port);
  }

  /** Where the edges at one end lead: a border is passed on the way. */
  private step(at: End, backward: boolean): [Edge, End][] {
    let { frame, key, port } = at;
    if (key === "" && frame !== "") {
      // Out of the frame, to what its own box is connected with.
      [key, frame] = [frame, this.book.parent(frame) ?? ""];
    } else if (key !== "" && port !== "*" && port !== "") {
      // Into an open box, to its port inside.
      [frame, key] = [key, ""];
    }
    const edges = (backward ? this.heads : this.tails).get(id(frame, key)) ?? [];
    return edges
      .filter(
        (edge) => port === "*" || (backward ? edge.head_port : edge.tail_port) === port,
      )
      .map((edge) => {
        const [end, side] = backward
          ? [edge.tail, edge.tail_port]
          : [edge.head, edge.head_port];
        return [edge, { frame, key: end, port: side }];
      });
  }

  private nearestFirst(from: Spot, keys: string[]): string[] {
    const far = (key: string) => {
      const spot = this.picture.spots.get(key);
      if (!spot) return Infinity;
      const dx = spot.x + spot.w / 2 - from.x - from.w / 2;
      return Math.hypot(dx, spot.y + spot.h / 2 - from.y - from.h / 2);
    };
    return keys.sort((a, b) => far(a) - far(b));
  }
}

/** Where a key leads from the box `at`; null when it leads nowhere. */
export function destination(
  key: string,
  at: string,
  walker: Walker,
  picture: Picture,
): string | null {
  const spot = picture.spots.get(at);
  if (!spot) return walker.siblings("")[0] ?? null;
  const row = walker.siblings(spot.frame);
  const index = row.indexOf(at);
  switch (key) {
    case "ArrowDown":
      return walker.targets(at)[0] ?? null;
    case "ArrowUp":
      return walker.sources(at)[0] ?? null;
    case "ArrowRight":
      return row[index + 1] ?? null;
    case "ArrowLeft":
      return row[index - 1] ?? null;
    case "Home":
      return row[0] ?? null;
    case "End":
      return row[row.length - 1] ?? null;
    default:
      return null;
  }
}

/** The boxes of every frame, row by row; what is set aside comes last. */
function readingOrder(picture: Picture): Map<string, string[]> {
  const frames = new Map<string, Spot[]>();
  for (const spot of picture.spots.values()) {
    const there = frames.get(spot.frame);
    if (there) there.push(spot);
    else frames.set(spot.frame, [spot]);
  }
  return new Map([...frames].map(([frame, spots]) => [frame, inRows(spots)]));
}

function inRows(spots: Spot[]): string[] {
  const middle = (spot: Spot) => spot.y + spot.h / 2;
  const rows = new Map<Spot, number>();
  let start = -Infinity;
  for (const spot of spots.toSorted((a, b) => middle(a) - middle(b))) {
    if (middle(spot) - start > 12) start = middle(spot);
    rows.set(spot, spot.letter ? Infinity : start);
  }
  const row = (spot: Spot) => rows.get(spot)!;
  const inOrder = spots.toSorted((a, b) =>
    row(a) === row(b) ? a.x - b.x || a.y - b.y : row(a) - row(b),
  );
  return inOrder.map((spot) => spot.key);
}

function id(frame: string, key: string): string {
  return `${frame}\n${key}`;
}

function push(map: Map<string, Edge[]>, key: string, edge: Edge): void {
  const there = map.get(key);
  if (!there) map.set(key, [edge]);
  else if (!there.includes(edge)) there.push(edge);
}
