// Frames in frames: every open scope laid out alone, innermost first, then all of it in
// one plane. What did not change is not laid out again.
import type { Box, Frame } from "../shared/types";
import type { Book } from "./book";
import type { Size } from "./boxes";
import type { Point } from "./curve";
import {
  type Laid,
  type Line,
  layFrame,
  type Placed,
  type PortAt,
  type Tag,
} from "./frame";

/** A box where it is seen; an open scope has `laid`, its frame is drawn from it. */
export interface Spot extends Size, Point {
  key: string;
  box: Box;
  depth: number;
  /** Key of the frame it is in. */
  frame: string;
  open: boolean;
  /** Letters of what is set aside and connected with it. */
  marks: string[];
  letter?: string;
}

/** Everything to draw, in one plane. */
export interface Picture extends Size {
  spots: Map<string, Spot>;
  lines: (Line & { frame: string })[];
  tags: (Tag & { frame: string })[];
  ports: (PortAt & { frame: string; key: string; side: "in" | "out" })[];
  panels: (Point & Size)[];
}

interface Kept {
  frame: Frame;
  inner: Laid[];
  laid: Laid;
}

/** Lays out what is open, and remembers the layout of every frame. */
export class Nest {
  private kept = new Map<string, Kept>();

  constructor(private readonly book: Book) {}

  /** The picture while the scopes in `open` are; see `Book.seenOpen`. */
  picture(open: Set<string>): Picture {
    const deepestFirst = [...open, ""].sort((a, b) => this.depth(b) - this.depth(a));
    const laid = new Map<string, Laid>();
    for (const key of deepestFirst) {
      const frame = this.book.frame(key);
      if (frame) laid.set(key, this.lay(key, frame, laid));
    }
    return flatten(laid);
  }

  /** Forgets all layouts: the font is another. */
  forget(): void {
    this.kept = new Map();
  }

  private depth(key: string): number {
    return key === "" ? -1 : this.book.around(key).length;
  }

  private lay(key: string, frame: Frame, done: Map<string, Laid>): Laid {
    const inner = new Map<string, Laid>();
    for (const box of [...frame.boxes, ...frame.aside.map((one) => one.box)]) {
      const laid = done.get(box.key);
      if (laid) inner.set(box.key, laid);
    }
    const parts = [...inner.values()];
    const kept = this.kept.get(key);
    const same =
      kept?.frame === frame &&
      kept.inner.length === parts.length &&
      kept.inner.every((one, index) => one === parts[index]);
    if (kept && same) return kept.laid;
    const title = key === "" ? "" : (this.book.model.scopes[key]?.label ?? key);
    const laid = layFrame(frame, title, inner);
    this.kept.set(key, { frame, inner: parts, laid });
    return laid;
  }
}

function flatten(laid: Map<string, Laid>): Picture {
  const root = laid.get("");
  const picture: Picture = {
    w: root?.w ?? 0,
    h: root?.h ?? 0,
    spots: new Map(),
    lines: [],
    tags: [],
    ports: [],
    panels: [],
  };
  let letters = 0;
  const waiting: Waiting[] = root
    ? [{ frame: "", laid: root, x: 0, y: 0, depth: 0, names: new Map() }]
    : [];
  for (let next = 0; next < waiting.length; next += 1) {
    const at = waiting[next]!;
    addFrame(picture, at);
    // Next to each other, two frames may use the same letter: here it is said anew.
    const names = new Map(at.names);
    for (const { letter } of at.laid.boxes) {
      if (letter) names.set(letter, letterOf(letters++));
    }
    for (const placed of at.laid.boxes) {
      const { box } = placed;
      const inside = laid.get(box.key);
      const spot = spotOf(placed, at, names, inside !== undefined);
      picture.spots.set(box.key, spot);
      if (inside) {
        const { x, y } = spot;
        waiting.push({
          frame: box.key,
          laid: inside,
          x,
          y,
          depth: at.depth + 1,
          names,
        });
      }
    }
  }
  return picture;
}

interface Waiting extends Point {
  frame: string;
  laid: Laid;
  depth: number;
  /** The letters of the frames around, by the letters that they have there. */
  names: Map<string, string>;
}

function spotOf(
  { box, x, y, w, h, letter }: Placed,
  at: Waiting,
  names: Map<string, string>,
  open: boolean,
): Spot {
  const marks = box.marks.flatMap((mark) => names.get(mark) ?? []).sort();
  return {
    key: box.key,
    box,
    x: at.x + x,
    y: at.y + y,
    w,
    h,
    depth: at.depth,
    frame: at.frame,
    open,
    marks: open ? [] : marks, // they are on the boxes inside
    letter: letter && names.get(letter),
  };
}

/** A, B, ... Z, AA, BB, ... as in the static picture. */
function letterOf(number: number): string {
  return String.fromCharCode(65 + (number % 26)).repeat(1 + Math.floor(number / 26));
}

function addFrame(
  picture: Picture,
  { frame, laid, x, y }: { frame: string; laid: Laid; x: number; y: number },
): void {
  const moved = <T extends Point>(one: T): T => ({
    ...one,
    x: one.x + x,
    y: one.y + y,
  });
  for (const line of laid.lines) {
    picture.lines.push({ ...line, points: line.points.map(moved), frame });
  }
  for (const tag of laid.tags) picture.tags.push({ ...moved(tag), frame });
  for (const [key, port] of laid.inputs) {
    picture.ports.push({ ...moved(port), key, side: "in", frame });
  }
  for (const [key, port] of laid.outputs) {
    picture.ports.push({ ...moved(port), key, side: "out", frame });
  }
  if (laid.panel) picture.panels.push(moved(laid.panel));
}
