// One frame laid out: boxes of known sizes, edges, words on edges, ports.
//
// Open scopes are laid out before the frame they are in and are boxes like others here;
// their ports say where edges cross their border. The words on an edge are a node of
// the layout, so that no words overlap; tensors that go to several boxes have theirs
// once. See nest.ts for how frames come together.
import { Graph, layout } from "@dagrejs/dagre";
import type { Aside, Box, Edge, Frame, Port } from "../shared/types";
import { boxSize, HEADER, LABEL, type Size, SMALL, tagText } from "./boxes";
import type { Point } from "./curve";
import { shorten, textWidth } from "./measure";
import { INPUT, OUTPUT, rank } from "./rank";
import { type Rect, rowHeights, straighten } from "./routes";

export interface Placed extends Size {
  box: Box;
  x: number;
  y: number;
  /** The letter of a box set aside. */
  letter?: string;
}

/** A line of an edge: all of it, or its part before or after its words. */
export interface Line {
  edge: Edge;
  points: Point[];
  arrow: boolean;
  /** Letters of what it leads from and to: a box, a tag, a port. */
  from: string;
  to: string;
}

export interface Tag extends Size, Point {
  text: string;
  edge: Edge;
}

export interface PortAt extends Size, Point {
  label: string;
}

export interface Laid extends Size {
  boxes: Placed[];
  lines: Line[];
  tags: Tag[];
  inputs: Map<string, PortAt>;
  outputs: Map<string, PortAt>;
  /** The panel of what is set aside. */
  panel: (Point & Size) | null;
}

const MARGIN = 14;
const GAP = 16;
const ROW_WIDTH = 620;
const PORT_WIDTH = 190;

/** Lays a frame out; `inner` has the frames of its open boxes, `title` is empty for the
 * outermost. */
export function layFrame(frame: Frame, title: string, inner: Map<string, Laid>): Laid {
  const edges = mergedEdges(frame, inner);
  const sketch = new Sketch(title ? unlabelled(frame) : frame, edges, inner);
  const laid = sketch.read();
  addLoose(laid, sketch.loose, inner);
  addAside(laid, frame.aside, inner);
  settle(laid, title);
  return laid;
}

/** Inside others, an edge goes on outside: its port needs no words. */
function unlabelled(frame: Frame): Frame {
  const bare = (ports: Port[]) => ports.map(({ key }) => ({ key, label: "" }));
  return { ...frame, inputs: bare(frame.inputs), outputs: bare(frame.outputs) };
}

/** Edges that end at the same closed boxes are one, whatever ports they would have. */
export function mergedEdges(frame: Frame, inner: Map<string, unknown>): Edge[] {
  const merged = new Map<string, Edge>();
  for (const edge of frame.edges) {
    if (edge.tail === edge.head && edge.tail !== "") continue;
    const tail_port = edge.tail === "" || inner.has(edge.tail) ? edge.tail_port : "";
    const head_port = edge.head === "" || inner.has(edge.head) ? edge.head_port : "";
    const key = JSON.stringify([edge.tail, tail_port, edge.head, head_port, edge.kind]);
    const there = merged.get(key);
    if (there) {
      there.count += edge.count;
      there.tensors = there.tensors.concat(edge.tensors);
    } else merged.set(key, { ...edge, tail_port, head_port });
  }
  return [...merged.values()];
}

/** An edge of dagre's graph, and the line that it is. */
interface End {
  v: string;
  w: string;
  name: string;
  line: Line;
  /** Which of the two is the line's own tail. */
  tail: string;
}

/** The frame as dagre's graph, and back. */
class Sketch {
  readonly loose: Box[];
  private readonly graph = new Graph({ multigraph: true });
  private readonly names = new Map<string, string>();
  private readonly tied: Box[];
  private readonly tags = new Map<string, Tag>();
  private readonly ends: End[] = [];

  constructor(
    private readonly frame: Frame,
    edges: Edge[],
    private readonly inner: Map<string, Laid>,
  ) {
    const ends = new Set(edges.flatMap((edge) => [edge.tail, edge.head]));
    this.tied = frame.boxes.filter((box) => ends.has(box.key));
    this.loose = frame.boxes.filter((box) => !ends.has(box.key));
    this.graph.setGraph({ nodesep: 24, edgesep: 16, ranksep: 30, ranker: rank });
    this.addNodes(edges);
    // What leaves the frame goes last: it takes the words of others where there are any.
    const leaving = (edge: Edge) => (edge.head === "" ? 1 : 0);
    for (const edge of edges.toSorted((a, b) => leaving(a) - leaving(b))) {
      this.addEdge(edge);
    }
  }

  private addNodes(edges: Edge[]): void {
    this.tied.forEach((box, index) => {
      this.names.set(`box ${box.key}`, `b${index}`);
      this.addNode(`b${index}`, this.inner.get(box.key) ?? boxSize(box));
    });
    const used = new Set(
      edges.flatMap((edge) => [
        ...(edge.tail === "" ? [`in ${edge.tail_port}`] : []),
        ...(edge.head === "" ? [`out ${edge.head_port}`] : []),
      ]),
    );
    for (const [side, letter, ports] of [
      ["in", INPUT, this.frame.inputs],
      ["out", OUTPUT, this.frame.outputs],
    ] as const) {
      ports.forEach((port, index) => {
        if (!used.has(`${side} ${port.key}`)) return;
        this.names.set(`${side} ${port.key}`, `${letter}${index}`);
        this.addNode(`${letter}${index}`, portSize(port.label));
      });
    }
  }

  private addNode(name: string, { w, h }: Size): void {
    this.graph.setNode(name, { width: w, height: h });
  }

  private addEdge(edge: Edge): void {
    const tail = this.end(edge.tail, "in", edge.tail_port);
    const head = this.end(edge.head, "out", edge.head_port);
    if (tail === undefined || head === undefined) return;
    // An edge goes on inside an open scope: its arrow is where it ends.
    const arrow = edge.head !== "" && edge.head_port === "";
    const key = JSON.stringify([tail, edge.tail_port, edge.tensors]);
    const leaves = edge.head === "" && !this.names.has(`tag ${key}`);
    if (edge.kind !== "data" || edge.tail === "" || leaves) {
      this.addLine(tail, head, edge, arrow);
    } else {
      this.addLine(this.tag(key, tail, edge), head, edge, arrow);
    }
  }

  /** The node of the words on an edge, led to from its tail. */
  private tag(key: string, tail: string, edge: Edge): string {
    const there = this.names.get(`tag ${key}`);
    if (there !== undefined) return there;
    const name = `t${this.tags.size}`;
    const text = tagText(edge);
    const tag = {
      text,
      edge,
      x: 0,
      y: 0,
      w: Math.ceil(textWidth(text, SMALL)) + 8,
      h: 15,
    };
    this.tags.set(key, tag);
    this.names.set(`tag ${key}`, name);
    this.addNode(name, tag);
    this.addLine(tail, name, edge, false);
    return name;
  }

  private end(key: string, side: string, port: string): string | undefined {
    return this.names.get(key === "" ? `${side} ${port}` : `box ${key}`);
  }

  private addLine(v: string, w: string, edge: Edge, arrow: boolean): void {
    const name = `e${this.ends.length}`;
    const line = { edge, points: [], arrow, from: v[0]!, to: w[0]! };
    const weight = edge.kind === "control" ? 1 : 2;
    // What leads back to where a loop begins is drawn upwards.
    const [from, to] = edge.kind === "back" ? [w, v] : [v, w];
    this.ends.push({ v: from, w: to, name, line, tail: v });
    this.graph.setEdge(from, to, { weight, minlen: 1 }, name);
  }

  read(): Laid {
    const laid = emptyLaid();
    if (!this.tied.length) return laid;
    layout(this.graph);
    for (const box of this.tied) {
      const { x, y, width: w, height: h } = this.at(`box ${box.key}`);
      laid.boxes.push({ box, x: x - w / 2, y: y - h / 2, w, h });
    }
    for (const [key, tag] of this.tags) {
      const { x, y } = this.at(`tag ${key}`);
      laid.tags.push({ ...tag, x, y });
    }
    this.readPorts(laid);
    this.readLines(laid);
    return laid;
  }

  private at(key: string): Point & { width: number; height: number } {
    return this.graph.node(this.names.get(key)!);
  }

  private readPorts(laid: Laid): void {
    for (const [side, ports, found] of [
      ["in", this.frame.inputs, laid.inputs],
      ["out", this.frame.outputs, laid.outputs],
    ] as const) {
      for (const port of ports) {
        if (!this.names.has(`${side} ${port.key}`)) continue;
        const { x, y, width: w, height: h } = this.at(`${side} ${port.key}`);
        found.set(port.key, { label: portLabel(port.label), x, y, w, h });
      }
    }
  }

  private readLines(laid: Laid): void {
    const boxes = new Map(
      laid.boxes.map((placed) => [this.names.get(`box ${placed.box.key}`), placed]),
    );
    const rows = rowHeights(this.graph.nodes().map((id) => this.graph.node(id)));
    const routes = this.ends.map(({ v, w, name, line, tail }) => {
      const found: Point[] = this.graph.edge({ v, w, name }).points ?? [];
      const points = found.map(({ x, y }) => ({ x, y }));
      // dagre turns the edges of a cycle: then `w` is the upper one.
      const turned = points[0]!.y > points.at(-1)!.y;
      if (turned) points.reverse();
      const [upper, lower] = turned ? [w, v] : [v, w];
      return {
        line,
        points,
        offset: upper[0] === INPUT,
        up: upper !== tail,
        upper: boxes.get(upper) ?? null,
        lower: boxes.get(lower) ?? null,
      };
    });
    straighten(routes, rows);
    for (const { line, points, up, upper, lower } of routes) {
      const { edge } = line;
      line.points = up ? points.reverse() : points;
      const [from, to] = up ? [lower, upper] : [upper, lower];
      snap(points[0], from, this.inner.get(edge.tail)?.outputs.get(edge.tail_port));
      snap(points.at(-1), to, this.inner.get(edge.head)?.inputs.get(edge.head_port));
      laid.lines.push(line);
    }
  }
}

function emptyLaid(): Laid {
  const [inputs, outputs] = [new Map<string, PortAt>(), new Map<string, PortAt>()];
  return { w: 0, h: 0, boxes: [], lines: [], tags: [], inputs, outputs, panel: null };
}

function portLabel(label: string): string {
  return label && shorten(label, SMALL, PORT_WIDTH);
}

function portSize(label: string): Size {
  if (!label) return { w: 2, h: 2 };
  return { w: Math.ceil(textWidth(portLabel(label), SMALL)) + 18, h: 19 };
}

/** Moves the end of a line from the middle of an open scope's border to its port. */
function snap(
  end: Point | undefined,
  placed: Rect | null,
  port: PortAt | undefined,
): void {
  if (!end || !placed || !port) return;
  end.x = placed.x + port.x;
  end.y = placed.y + port.y;
}

/** Boxes without an edge, in rows below the rest. */
function addLoose(laid: Laid, loose: Box[], inner: Map<string, Laid>): void {
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
function addAside(laid: Laid, aside: Aside[], inner: Map<string, Laid>): void {
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
function settle(laid: Laid, title: string): void {
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
  const down = (nested ? HEADER + 6 : 0) - top;
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
