// GraphView: the living graph. This file puts the parts together and takes the mouse.
//
// book.ts and nest.ts say what is where, scene.tsx draws it, viewport.ts moves it,
// walk.ts and keys.ts walk it, overlay.ts and look.ts dress it, use_state.ts holds what
// is selected; panels/ stand beside it.
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useTrait } from "../shared/hooks";
import type { WidgetModel } from "../shared/types";
import type { Change, Command, Program } from "./actions";
import { nameOf } from "./book";
import { type KeyActions, press } from "./keys";
import { Legend } from "./legend";
import type { Looks } from "./look";
import { Minimap } from "./minimap";
import { Panels } from "./panels";
import { ResizeEdge } from "./resize";
import { Scene } from "./scene";
import { Keys, Toolbar } from "./toolbar";
import { type Pages, useFont, usePages } from "./use_book";
import {
  type Highlight,
  type Selection,
  useActions,
  useColours,
  useHeight,
  useLooks,
  useSelection,
} from "./use_state";
import { useStill, useViewport, useWindow } from "./use_viewport";
import type { Viewport } from "./viewport";
import "./style.css";

export function GraphView({ model: widget }: { model: WidgetModel }): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const [heard, say] = useState("");
  const [drawn, setDrawn] = useState(false);
  useFont(root.current);
  useLayoutEffect(() => setDrawn(true), []); // now there is a font to measure with
  return (
    <div class="ig-graph" ref={root}>
      {drawn && <Body widget={widget} say={say} />}
      <div class="ig-heard" aria-live="polite">
        {heard}
      </div>
    </div>
  );
}

function Body(props: { widget: WidgetModel; say(words: string): void }): JSX.Element {
  const { widget, say } = props;
  const stage = useRef<HTMLDivElement>(null);
  const plane = useRef<HTMLDivElement>(null);
  const pages = usePages(widget, say);
  const { model, picture } = pages;
  const viewport = useViewport(stage, plane);
  const [highlight, setHighlight] = useState<Highlight | null>(null);
  const [command, setCommand] = useState<Command | null>(null);
  const [hovered, setHovered] = useState("");
  const [help, setHelp] = useState(false);
  const [marks] = useTrait<Record<string, string>>(widget, "marks");
  const [changes] = useTrait<Record<string, Change>>(widget, "changes");
  const [program] = useTrait<Program>(widget, "program");
  const height = useHeight(widget, picture.h);
  useStill(viewport, picture, pages.open);
  const selection = useSelection(widget, pages, viewport, say);
  const actions = useActions(widget, pages, selection, setHighlight, setHovered, say);
  const colours = useColours(widget, pages, say);
  const { overlay } = colours;
  const looks = useLooks({
    pages,
    selection,
    hovered,
    highlight,
    overlay,
    marks,
    changes,
  });
  const keys: KeyActions = {
    go: selection.go,
    toggle: (key) => toggle(pages, selection, key),
    command: (what) => setCommand({ what, at: Date.now() }),
    zoom: (how) => zoom(viewport, how, pages),
    help: () => setHelp(true),
    relax: () => {
      if (highlight) actions.highlight(null, "All is shown again.");
      return highlight !== null;
    },
    say,
  };
  return (
    <>
      <Toolbar
        {...{ viewport, colours, help, setHelp }}
        title={model.title}
        summary={model.summary}
        fit={() => viewport?.fit(picture)}
      />
      <div class="ig-main" style={{ height: `${height.value}px` }}>
        <Stage
          {...{ stage, plane, pages, looks, viewport, selection, keys, setHovered }}
        >
          {help && <Keys close={() => setHelp(false)} />}
        </Stage>
        <Panels
          {...{ model, actions, hovered, program, changes, marks, command, overlay }}
          selected={selection.name}
        />
      </div>
      <ResizeEdge height={height.value} change={height.change} keep={height.keep} />
      <Legend picture={picture} shading={looks.shading} looks={looks} />
    </>
  );
}

interface StageProps {
  stage: { current: HTMLDivElement | null };
  plane: { current: HTMLDivElement | null };
  pages: Pages;
  looks: Looks;
  viewport: Viewport | null;
  selection: Selection;
  keys: KeyActions;
  setHovered(name: string): void;
  children: JSX.Element | false;
}

/** What is looked at: the plane, moved by the viewport, and what lies over it. */
function Stage(props: StageProps): JSX.Element {
  const { stage, plane, pages, looks, viewport, selection, keys, setHovered } = props;
  const { model, book, picture, walker } = pages;
  const window = useWindow(viewport, picture);
  const active = picture.spots.has(looks.selected)
    ? looks.selected
    : (walker.siblings("")[0] ?? "");
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = keyAt(event) || active;
    if (!press(event.key, { at, book, picture, walker }, keys)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onClick = (event: MouseEvent) => {
    if (stage.current?.classList.contains("ig-dragged")) return;
    const key = keyAt(event);
    if (!key) return selection.select("");
    if (event.detail === 2 || isToggle(event)) keys.toggle(key);
    else selection.go(key);
  };
  return (
    <div class="ig-stage" ref={stage}>
      <div
        class="ig-plane"
        ref={plane}
        role="tree"
        tabIndex={-1}
        aria-label={`${model.title}: ${model.summary}`}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onPointerOver={(event) => setHovered(nameOf(keyAt(event)))}
        onPointerLeave={() => setHovered("")}
      >
        <Scene {...{ book, picture, walker, looks, active, window }} />
      </div>
      {viewport && <Minimap picture={picture} viewport={viewport} />}
      {props.children}
    </div>
  );
}

/** The key of the box that an event happened in, "" for none. */
function keyAt(event: Event): string {
  const box = (event.target as Element).closest<SVGElement>("[data-key]");
  return box?.dataset.key ?? "";
}

function isToggle(event: Event): boolean {
  return (event.target as Element).closest("[data-toggle]") !== null;
}

/** Opens or closes a scope; one that is closed takes what is open in it along. */
function toggle(
  { book, asked, open, setOpen }: Pages,
  selection: Selection,
  key: string,
): void {
  if (!book.isScope(key)) return;
  const inside = (one: string) => one === key || book.around(one).includes(key);
  setOpen(open.has(key) ? asked.filter((one) => !inside(one)) : [...asked, key]);
  selection.go(key);
}

function zoom(
  viewport: Viewport | null,
  how: Parameters<KeyActions["zoom"]>[0],
  { picture }: Pages,
): void {
  if (how === "in") viewport?.zoomIn();
  else if (how === "out") viewport?.zoomOut();
  else if (how === "actual") viewport?.actualSize();
  else viewport?.fit(picture);
}
