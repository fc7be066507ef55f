// One box: shape, sign, words, and what lies on its border.
import type { JSX } from "preact";
import {
  boxLabel,
  boxLines,
  CHIP,
  chipWidth,
  deviceWords,
  HEADER,
  isScopeKind,
  LABEL,
  LINE,
  SIGNED,
} from "./boxes";
import type { Badge, ChangeBadge } from "./look";
import { shorten, textWidth } from "./measure";
import type { Spot } from "./nest";
import { COLOURS, type Shade } from "./overlay";
import { pure } from "./pure";
import { Outline, Sign } from "./shapes";

export interface BoxProps {
  spot: Spot;
  /** Whether something is inside to open. */
  holds: boolean;
  active: boolean;
  /** "", "ig-selected" and others, a class for each that holds. */
  state: string;
  shade: Shade | undefined;
  coloured: boolean;
  badge: Badge | undefined;
  change: ChangeBadge | undefined;
  words: string;
  position: number;
  setSize: number;
}

/** A box as an item of the tree; all of it is one button to keys and screen readers. */
export const BoxView = pure(function BoxView(props: BoxProps): JSX.Element {
  const { spot, holds, words, state } = props;
  const { box, x, y, open } = spot;
  const shade = props.shade;
  const level =
    shade && shade.category < 0 ? { "--ig-level": `${shade.level * 100}%` } : {};
  return (
    <g
      class={`ig-box ig-kind-${box.kind} ${colour(props)} ${state}`}
      style={{ transform: `translate(${x}px, ${y}px)`, ...level }}
      data-key={spot.key}
      role="treeitem"
      // In SVG attributes are not properties: `tabIndex` would be another one.
      tabindex={props.active ? 0 : -1}
      aria-level={spot.depth + 1}
      aria-posinset={props.position}
      aria-setsize={props.setSize}
      aria-expanded={holds ? open : undefined}
      aria-selected={state.includes("ig-selected")}
    >
      {/* Its name; a label would have to repeat the texts below word for word. */}
      <title>{words}</title>
      {open ? <OpenBox {...props} /> : <ClosedBox {...props} />}
    </g>
  );
});

function colour({ shade, coloured }: BoxProps): string {
  if (!coloured) return "";
  if (!shade) return "ig-plain";
  return shade.category < 0 ? "ig-scaled" : `ig-colour-${shade.category % COLOURS}`;
}

function ClosedBox(props: BoxProps): JSX.Element {
  const { spot, holds, shade, badge, change } = props;
  const { box, w, h, letter } = spot;
  return (
    <>
      <rect class="ig-ring" x={-4} y={-4} width={w + 8} height={h + 8} rx={8} />
      {box.asked && <Outline kind={box.kind} w={w} h={h} className="ig-asked" />}
      <Outline kind={box.kind} w={w} h={h} />
      <Words {...props} />
      {holds && <Toggle x={w - 3} y={h - 3} open={false} />}
      <Letters letters={spot.marks} x={w} y={9} />
      {letter && <Letters letters={[letter]} x={-16} y={h / 2} />}
      {shade && <Chip css="ig-shade" badge={shade} x={-5} y={-8} room={w + 10} />}
      {badge && (
        <Chip css="ig-value" badge={badge} x={w / 2} y={h - 5} room={w + 24} middle />
      )}
      {change && <ChangeChip change={change} x={w} />}
    </>
  );
}

function OpenBox({ spot, shade, badge, change }: BoxProps): JSX.Element {
  const { box, w, h } = spot;
  const label = shorten(box.label, LABEL, Math.max(w - 44, 40), true);
  const end = 30 + textWidth(label, LABEL, true) + 10;
  return (
    <>
      <rect class="ig-ring" x={-4} y={-4} width={w + 8} height={h + 8} rx={10} />
      <rect class="ig-frame" width={w} height={h} rx={7} />
      <rect class="ig-header" width={w} height={HEADER} rx={7} />
      <Toggle x={15} y={HEADER / 2 + 1} open />
      <text class="ig-label" x={28} y={HEADER / 2 + 5}>
        {label}
      </text>
      {shade && <Chip css="ig-shade" badge={shade} x={end} y={7} room={w - end} />}
      {badge && (
        <Chip css="ig-value" badge={badge} x={w / 2} y={h - 7} room={w} middle />
      )}
      {change && <ChangeChip change={change} x={w} />}
    </>
  );
}

/** Opens or closes at one click; keys do it on the box itself. */
function Toggle({ x, y, open }: { x: number; y: number; open: boolean }): JSX.Element {
  return (
    <g class="ig-toggle" data-toggle="" transform={`translate(${x} ${y})`}>
      <circle r={7} />
      <path d={open ? "M-3.2 0H3.2" : "M-3.2 0H3.2M0 -3.2V3.2"} />
    </g>
  );
}

function Words({ spot: { box, w } }: BoxProps): JSX.Element {
  const label = boxLabel(box);
  const lines = boxLines(box);
  const scope = isScopeKind(box.kind);
  const middle = w / 2 - (scope ? 2 : 0);
  const top = 17 + (box.kind === "variable" ? 8 : scope ? 4 : 0);
  const start = middle - (textWidth(label, LABEL, true) + 15) / 2;
  return (
    <>
      {SIGNED.has(box.kind) ? (
        <>
          <g transform={`translate(${start} ${top - 10})`}>
            <Sign kind={box.kind} />
          </g>
          <text class="ig-label" x={start + 15} y={top}>
            {label}
          </text>
        </>
      ) : (
        <text class="ig-label ig-mid" x={middle} y={top}>
          {label}
        </text>
      )}
      {lines.map((line, row) => (
        <text class="ig-small ig-mid" x={middle} y={top + LINE * (row + 1)} key={row}>
          {line}
        </text>
      ))}
      <Devices words={deviceWords(box)} x={middle} y={top + LINE * lines.length + 7} />
    </>
  );
}

function Devices({
  words,
  x,
  y,
}: {
  words: string[];
  x: number;
  y: number;
}): JSX.Element {
  const widths = words.map(chipWidth);
  let left = x - widths.reduce((sum, width) => sum + width + 4, -4) / 2;
  return (
    <>
      {words.map((word, index) => {
        const at = left;
        left += widths[index]! + 4;
        return (
          // The bars at its left tell a device from any other label without colour.
          <g class="ig-device" transform={`translate(${at} ${y})`} key={index}>
            <rect width={widths[index]} height={14} rx={3} />
            <path d="M4 3.5v7m3 -7v7" />
            <text x={11} y={10.5}>
              {word}
            </text>
          </g>
        );
      })}
    </>
  );
}

/** Letters of what is set aside, down the right side: edges come and go above and below. */
function Letters(props: { letters: string[]; x: number; y: number }): JSX.Element {
  return (
    <>
      {props.letters.slice(0, 4).map((letter, row) => (
        <g
          class="ig-letter"
          key={letter}
          transform={`translate(${props.x} ${props.y + 15 * row})`}
        >
          <circle r={7} />
          <text class="ig-mid" y={3.4}>
            {letter}
          </text>
        </g>
      ))}
    </>
  );
}

interface ChipProps {
  css: string;
  badge: { text: string; words: string };
  x: number;
  y: number;
  room: number;
  middle?: boolean;
}

/** A few words on the border; they never change the size of the box. */
function Chip({ css, badge, x, y, room, middle }: ChipProps): JSX.Element {
  const text = shorten(badge.text, CHIP, Math.max(room - 12, 44), true);
  const width = Math.ceil(textWidth(text, CHIP, true)) + 12;
  const left = middle ? x - width / 2 : x;
  return (
    <g class={`ig-chip ${css}`} transform={`translate(${left} ${y})`}>
      <rect width={width} height={15} rx={7.5} />
      <text class="ig-mid" x={width / 2} y={11}>
        {text}
      </text>
    </g>
  );
}

function ChangeChip({ change, x }: { change: ChangeBadge; x: number }): JSX.Element {
  const width = textWidth(change.text, CHIP + 1, true) + 10;
  return (
    <g
      class={`ig-chip ig-change-${change.change}`}
      transform={`translate(${x - width + 7} -8)`}
    >
      <rect width={width} height={15} rx={7.5} />
      <text class="ig-mid" x={width / 2} y={11}>
        {change.text}
      </text>
    </g>
  );
}
