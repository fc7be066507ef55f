// What the shapes, lines and colours of this picture mean, and only of this one.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { isScopeKind } from "./boxes";
import type { Looks } from "./look";
import type { Picture } from "./nest";
import { COLOURS, type Shading } from "./overlay";
import { Outline } from "./shapes";

const KINDS: Record<string, string> = {
  placeholder: "placeholder: fed",
  constant: "constant",
  variable: "variable: kept in the session",
  operation: "operation",
  stateful: "changes or reads state",
  group: "group: no value",
  scope: "name scope, closed",
  section: "section of a long list",
};

const LINES: Record<string, string> = {
  data: "tensor",
  control: "must run before",
  back: "next iteration",
};

interface LegendProps {
  picture: Picture;
  shading: Shading | null;
  looks: Looks;
}

export function Legend({ picture, shading, looks }: LegendProps): JSX.Element {
  const kinds = useMemo(() => {
    const closed = [...picture.spots.values()].filter((spot) => !spot.open);
    const found = new Set(closed.map((spot) => spot.box.kind));
    return Object.keys(KINDS).filter((kind) => found.has(kind));
  }, [picture]);
  const lines = useMemo(() => {
    const found = new Set(picture.lines.map((line) => line.edge.kind));
    return Object.keys(LINES).filter((kind) => found.has(kind as "data"));
  }, [picture]);
  return (
    <div class="ig-legend">
      {shading && <Colours shading={shading} />}
      <ul aria-label="Legend">
        {kinds.map((kind) => (
          <li key={kind}>
            <KindSign kind={kind} /> {KINDS[kind]}
          </li>
        ))}
        {lines.map((kind) => (
          <li key={kind}>
            <LineSign kind={kind} /> {LINES[kind]}
          </li>
        ))}
        {picture.panels.length > 0 && (
          <li>
            <svg width="16" height="16" aria-hidden="true">
              <g class="ig-letter" transform="translate(8 8)">
                <circle r={7} />
                <text class="ig-mid" y={3.4}>
                  A
                </text>
              </g>
            </svg>{" "}
            connected with a box set aside
          </li>
        )}
        {looks.changes.size > 0 && <li>+ added − removed ~ changed → moved</li>}
      </ul>
    </div>
  );
}

function KindSign({ kind }: { kind: string }): JSX.Element {
  const h = isScopeKind(kind) ? 14 : 12;
  return (
    <svg width="24" height="16" aria-hidden="true">
      <g class={`ig-box ig-kind-${kind}`} transform="translate(1 1)">
        <Outline kind={kind} w={22} h={h} />
      </g>
    </svg>
  );
}

function LineSign({ kind }: { kind: string }): JSX.Element {
  return (
    <svg width="24" height="12" aria-hidden="true">
      <g class={`ig-line ig-${kind}`}>
        <path d="M1 6H21" stroke-width={kind === "control" ? 1.6 : 1.3} />
        <path
          class="ig-tip"
          d={`M17 2.8L23 6L17 9.2${kind === "control" ? "" : "Z"}`}
        />
      </g>
    </svg>
  );
}

function Colours({ shading }: { shading: Shading }): JSX.Element {
  const { title, kind, range, words, entries } = shading;
  const shown = entries.slice(0, COLOURS - 1);
  const rest = entries.length - shown.length;
  return (
    <ul class="ig-colours" aria-label={`Colours: ${title}`}>
      <li>
        <b>{title}</b>
      </li>
      {kind === "scale" && (
        <li>
          {range[0]} <i class="ig-ramp" /> {range[1]}
        </li>
      )}
      {shown.map(({ text, count }, index) => (
        <li key={text}>
          <i class={`ig-swatch ig-colour-${index}`} /> {text}{" "}
          <span class="ig-muted">×{count}</span>
        </li>
      ))}
      {rest > 0 && (
        <li>
          <i class={`ig-swatch ig-colour-${COLOURS - 1}`} /> {rest} more
        </li>
      )}
      {kind === "category" && !entries.length && (
        <li class="ig-muted">nothing to tell</li>
      )}
      {words && <li class="ig-muted">{words}</li>}
    </ul>
  );
}
