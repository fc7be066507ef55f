// The buttons above the graph, and the list of keys.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Colours } from "./use_state";
import type { Viewport } from "./viewport";

export interface ToolbarProps {
  title: string;
  summary: string;
  viewport: Viewport | null;
  fit(): void;
  colours: Colours;
  help: boolean;
  setHelp(open: boolean): void;
}

export function Toolbar(props: ToolbarProps): JSX.Element {
  const { title, summary, viewport, colours } = props;
  return (
    <div class="ig-bar" role="toolbar" aria-label="Graph view">
      <div class="ig-title" title={`${title}\n${summary}`}>
        <b>{title}</b> <span class="ig-muted">{summary}</span>
      </div>
      <label class="ig-by">
        <span class="ig-muted">colour</span>
        <select
          value={colours.by}
          onChange={(event) => colours.choose(event.currentTarget.value)}
        >
          {["", ...colours.choices].map((name) => (
            <option value={name} key={name}>
              {name || "by kind"}
            </option>
          ))}
        </select>
      </label>
      <fieldset class="ig-zoom" aria-label="Zoom">
        <Button name="Zoom out (-)" press={() => viewport?.zoomOut()} path="M3 8H13" />
        <button
          type="button"
          title="Actual size (0)"
          aria-label="1:1, actual size"
          onClick={() => viewport?.actualSize()}
        >
          1:1
        </button>
        <Button
          name="Zoom in (+)"
          press={() => viewport?.zoomIn()}
          path="M3 8H13M8 3V13"
        />
        <Button
          name="Show all (f)"
          press={props.fit}
          path="M3 6V3H6M10 3H13V6M13 10V13H10M6 13H3V10"
        />
      </fieldset>
      <button
        type="button"
        aria-expanded={props.help}
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => props.setHelp(!props.help)}
      >
        ?
      </button>
    </div>
  );
}

function Button(props: { name: string; press(): void; path: string }): JSX.Element {
  const { name, press, path } = props;
  return (
    <button
      type="button"
      title={name}
      aria-label={name.replace(/ \(.*/, "")}
      onClick={press}
    >
      <svg width="16" height="16" aria-hidden="true">
        <path d={path} fill="none" stroke="currentColor" stroke-width="1.6" />
      </svg>
    </button>
  );
}

const KEYS: [string, string][] = [
  ["↓ ↑", "along the edges: what takes this, what this takes"],
  ["← →", "to the neighbours in the same scope"],
  ["Home End", "first and last box of the scope"],
  ["Enter", "open a scope; then go into it"],
  ["Space", "open or close a scope"],
  ["Esc", "close a scope; else go to the scope around"],
  ["/", "search"],
  ["t", "trace inputs and outputs"],
  ["+ −", "zoom"],
  ["0 f", "actual size, show all"],
  ["?", "this list"],
];

export function Keys({ close }: { close(): void }): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => list.current?.focus(), []);
  return (
    <div
      class="ig-keys"
      role="dialog"
      aria-label="Keys"
      tabIndex={-1}
      ref={list}
      onKeyDown={(event) => {
        if (event.key === "Escape" || event.key === "?") close();
        event.stopPropagation();
      }}
    >
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="ig-muted">
        Drag to move. The wheel zooms once you have clicked into the graph, or with
        Ctrl.
      </p>
      <button type="button" onClick={close}>
        Close
      </button>
    </div>
  );
}
