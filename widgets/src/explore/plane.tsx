// A plane with axes, and points in it that can be taken by pointer and by keys.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { number } from "../shared/format";
import { clamp } from "./model";

export type Ends = [number, number];

export const WIDE = 260;
export const HIGH = 170;
const LEFT = 42;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 20;

/** From numbers to pixels and back. */
export class Paper {
  constructor(
    readonly across: Ends,
    readonly down: Ends,
  ) {}

  x(value: number): number {
    const [low, high] = this.across;
    return LEFT + ((value - low) / (high - low)) * (WIDE - LEFT - RIGHT);
  }

  y(value: number): number {
    const [low, high] = this.down;
    return HIGH - BOTTOM - ((value - low) / (high - low)) * (HIGH - TOP - BOTTOM);
  }

  /** The place under a pointer, kept inside. */
  at(event: MouseEvent, svg: SVGSVGElement): Ends {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDE;
    const y = ((event.clientY - box.top) / box.height) * HIGH;
    const right = (x - LEFT) / (WIDE - LEFT - RIGHT);
    const up = (HIGH - BOTTOM - y) / (HIGH - TOP - BOTTOM);
    return [
      this.across[0] + clamp(right, 0, 1) * (this.across[1] - this.across[0]),
      this.down[0] + clamp(up, 0, 1) * (this.down[1] - this.down[0]),
    ];
  }

  /** What is inside the axes, as CSS places a canvas under them, in percent. */
  static inside = {
    left: `${(LEFT / WIDE) * 100}%`,
    top: `${(TOP / HIGH) * 100}%`,
    width: `${((WIDE - LEFT - RIGHT) / WIDE) * 100}%`,
    height: `${((HIGH - TOP - BOTTOM) / HIGH) * 100}%`,
  };
}

/** A number as short as the width of its axis allows. */
export function tick(value: number, [low, high]: Ends): string {
  const width = Math.abs(high - low);
  if (!(width > 0)) return number(value);
  const unit = 10 ** (Math.floor(Math.log10(width)) - 2);
  return number(Number((Math.round(value / unit) * unit).toPrecision(4)));
}

export function Axes({ paper }: { paper: Paper }) {
  const [x0, x1] = paper.across;
  const [y0, y1] = paper.down;
  return (
    <g class="ig-explore-axes">
      <path d={`M${LEFT} ${TOP}V${HIGH - BOTTOM}H${WIDE - RIGHT}`} />
      <text x={LEFT - 4} y={HIGH - BOTTOM} text-anchor="end">
        {tick(y0, paper.down)}
      </text>
      <text x={LEFT - 4} y={TOP + 9} text-anchor="end">
        {tick(y1, paper.down)}
      </text>
      <text x={LEFT} y={HIGH - 5}>
        {tick(x0, paper.across)}
      </text>
      <text x={WIDE - RIGHT} y={HIGH - 5} text-anchor="end">
        {tick(x1, paper.across)}
      </text>
    </g>
  );
}

const ARROWS: Record<string, Ends> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowDown: [0, -1],
  ArrowUp: [0, 1],
};

interface Props {
  label: string;
  name: string;
  across: Ends;
  down: Ends;
  /** Points that can be moved. */
  handles: Ends[];
  step: number;
  move: (at: number, x: number, y: number) => void;
  children?: ComponentChildren;
}

/** Axes, whatever is drawn on them, and points to move. */
export function Plane(props: Props) {
  const { across, down, handles, step, move, name } = props;
  const svg = useRef<SVGSVGElement>(null);
  const held = useRef<number | null>(null);
  const paper = new Paper(across, down);
  const drag = (event: PointerEvent) => {
    if (held.current === null || !svg.current) return;
    const [x, y] = paper.at(event, svg.current);
    move(held.current, x, y);
  };
  const take = (event: PointerEvent) => {
    if (!handles.length || !svg.current) return;
    held.current = nearest(paper.at(event, svg.current), handles);
    svg.current.setPointerCapture(event.pointerId);
    drag(event);
  };
  const press = (event: KeyboardEvent, at: number) => {
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const far = step * (event.shiftKey ? 10 : 1);
    const [x, y] = handles[at]!;
    move(at, clamp(x + way[0] * far, ...across), clamp(y + way[1] * far, ...down));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no drawing
    <svg
      ref={svg}
      class="ig-explore-plane"
      viewBox={`0 0 ${WIDE} ${HIGH}`}
      role="group"
      aria-label={props.label}
      onPointerDown={take}
      onPointerMove={drag}
      onPointerUp={() => {
        held.current = null;
      }}
    >
      <Axes paper={paper} />
      {props.children}
      {handles.map(([x, y], at) => (
        // biome-ignore lint/a11y/useSemanticElements: a button is no circle
        <circle
          key={at}
          class="ig-explore-handle"
          cx={paper.x(clamp(x, ...across))}
          cy={paper.y(clamp(y, ...down))}
          r={7}
          tabindex={0}
          role="button"
          aria-roledescription="point"
          aria-label={`${name} ${at + 1}: ${number(x)}, ${number(y)}; arrow keys move it`}
          onKeyDown={(event) => press(event, at)}
        />
      ))}
    </svg>
  );
}

function nearest(place: Ends, points: Ends[]): number {
  const far = points.map(([x, y]) => Math.hypot(x - place[0], y - place[1]));
  return far.indexOf(Math.min(...far));
}
