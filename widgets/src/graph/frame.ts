// One frame laid out: boxes of known sizes, edges, words on edges, ports.
//
// Open scopes are laid out before the frame they are in and are boxes like others here;
// their ports say where edges cross their border. The words on an edge are a node of
// the layout, so that no words overlap; tensors that go to several boxes have theirs
// once. See nest.ts for how frames come together.
import { Graph, layout } from "@dagrejs/dagre";
import type { Box, Edge, Frame, Port } from "../shared/types";
import { boxSize, type Size, SMALL, tagText } from "./boxes";
import type { Point } from "./curve";
import { shorten, textWidth } from "./measure";
import { INPUT, OUTPUT, rank } from "./rank";
import { aroundDown, aroundUp, type Rect, rowHeights, straighten } from "./routes";
import { addAside, addLoose, settle } from "./settle";

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
    this.graph.setGraph({ nodesep: 24, edgesep: 16, ranksep: 20, ranker: rank });
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
    for (const route of routes) {
      const { edge } = route.line;
      const leaves = this.inner.get(edge.tail)?.outputs.get(edge.tail_port);
      const enters = this.inner.get(edge.head)?.inputs.get(edge.head_port);
      const { points, up, upper, lower } = route;
      const [from, to] = up ? [lower, upper] : [upper, lower];
      if (up) points.reverse();
      route.line.points = throughPorts(points, up, [from, leaves], [to, enters]);
      laid.lines.push(route.line);
    }
  }
}

type Border = [box: Rect | null, port: PortAt | undefined];

/** A line that ends at the ports of open scopes; what leads up goes around them. */
function throughPorts(
  points: Point[],
  up: boolean,
  [from, leaves]: Border,
  [to, enters]: Border,
): Point[] {
  const found = [...points];
  if (from && leaves) {
    const x = from.x + leaves.x;
    if (up) found.splice(0, 1, ...aroundUp(from, x, points[1]!.x));
    else found[0] = { x, y: from.y + leaves.y };
  }
  if (to && enters) {
    const x = to.x + enters.x;
    if (up) found.splice(-1, 1, ...aroundDown(to, x, points.at(-2)!.x));
    else found[found.length - 1] = { x, y: to.y + enters.y };
  }
  return found;
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
