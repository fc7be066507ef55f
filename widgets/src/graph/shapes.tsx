// Outlines and signs: each kind of box has its own, so that none needs its colour.
// The same as in the static picture (display/shapes.py).
import type { JSX } from "preact";
import { coordinate as at } from "./curve";

interface ShapeProps {
  kind: string;
  w: number;
  h: number;
  className?: string;
}

/** The outline of a box, its left upper corner at 0, 0. */
export function Outline({ kind, w, h, className = "" }: ShapeProps): JSX.Element {
  const css = `ig-shape ${className}`;
  switch (kind) {
    case "placeholder": // the parallelogram of flow charts: input
      return <path class={css} d={`M9 0H${at(w)}L${at(w - 9)} ${at(h)}H0Z`} />;
    case "variable":
      return <Cylinder css={css} w={w} h={h} />;
    case "group":
      return <path class={css} d={octagon(w, h)} />;
    case "stateful": // double sides: something happens elsewhere
      return (
        <g>
          <rect class={css} width={w} height={h} rx={2} />
          <path class="ig-detail" d={`M4 0v${h}M${w - 4} 0v${h}`} />
        </g>
      );
    case "scope":
    case "section": // a stack of cards: there is more inside
      return (
        <g>
          <rect class={css} x={4} width={w - 4} height={h - 4} rx={4} />
          <rect class={css} y={4} width={w - 4} height={h - 4} rx={4} />
        </g>
      );
    case "constant":
      return <rect class={css} width={w} height={h} rx={Math.min(h / 2, 16)} />;
    default:
      return <rect class={css} width={w} height={h} rx={5} />;
  }
}

function Cylinder({ css, w, h }: { css: string; w: number; h: number }): JSX.Element {
  const r = Math.min(5, h / 3);
  const arc = `a${at(w / 2)} ${at(r)} 0 0 `;
  const body = `M0 ${r}v${at(h - 2 * r)}${arc}0 ${w} 0v${at(2 * r - h)}${arc}0 ${-w} 0Z`;
  return (
    <g>
      <path class={css} d={body} />
      <path class="ig-detail" d={`M0 ${r}${arc}0 ${w} 0`} />
    </g>
  );
}

function octagon(w: number, h: number): string {
  const cut = Math.min(8, h / 3);
  return (
    `M${at(cut)} 0H${at(w - cut)}L${w} ${at(cut)}V${at(h - cut)}` +
    `L${at(w - cut)} ${h}H${at(cut)}L0 ${at(h - cut)}V${at(cut)}Z`
  );
}

// An arrow into a tray, a diamond, a pencil, a triangle to unfold, lines of a list.
const SIGNS: Record<string, string> = {
  placeholder: "M5 0V7M2 4.2L5 7.2L8 4.2M0.5 7.5V10.5H9.5V7.5",
  constant: "M5 1L9 5.5L5 10L1 5.5Z",
  stateful: "M1 10L1.8 7L7.6 1.2L9.8 3.4L4 9.2ZM6.2 2.6L8.4 4.8",
  scope: "M2 1.5L8.5 6L2 10.5Z",
  section: "M1 2H9M1 6H9M1 10H9",
};

/** A small sign before the label, 10 by 11 pixels; nothing for kinds without one. */
export function Sign({ kind }: { kind: string }): JSX.Element | null {
  const path = SIGNS[kind];
  return path ? <path class="ig-sign" d={path} /> : null;
}
