// The state of a view that is neither picture nor position: what is selected, dressed,
// coloured, how high it is; and the actions that panels have.
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "preact/hooks";
import { counted } from "../shared/format";
import { ask, useTrait } from "../shared/hooks";
import type { Overlay, WidgetModel } from "../shared/types";
import type { Change, GraphActions } from "./actions";
import { nameOf, seenBoxes } from "./book";
import { changeBadges, type Looks } from "./look";
import { badges, ownOverlay, type Shading, shading } from "./overlay";
import type { Pages } from "./use_book";
import type { Viewport } from "./viewport";

export interface Selection {
  name: string;
  /** The box that is seen for it: itself, or a closed scope around it. */
  seen: string;
  /** Whether it lies inside that box. */
  within: boolean;
  /** Selects a box, focuses it and brings it into sight. */
  go(key: string): void;
  /** Selects a name without moving the focus. */
  select(name: string): void;
  /** Selects a name and brings it to the middle as soon as it is there. */
  centre(name: string, key: string): void;
  /** Focuses a box once it is drawn again: open and closed ones are other elements. */
  focus(key: string): void;
}

interface Errand {
  key: string;
  focus: boolean;
  centre: boolean;
}

export function useSelection(
  widget: WidgetModel,
  pages: Pages,
  viewport: Viewport | null,
  say: (words: string) => void,
): Selection {
  const { book, picture, open } = pages;
  const [name, setName] = useTrait<string>(widget, "selected");
  const [at, setAt] = useState("");
  const errand = useRef<Errand | null>(null);
  const [, again] = useState(0);
  const key =
    at && nameOf(at) === name && picture.spots.has(at) ? at : book.keyOf(name);
  const seen = key && book.standIn(key, open);
  const send = useCallback((next: Errand) => {
    errand.current = next;
    again((n) => n + 1);
  }, []);
  useLayoutEffect(() => {
    const to = errand.current;
    const spot = to && picture.spots.get(to.key);
    if (!to || !spot || !viewport) return;
    errand.current = null;
    const find = `[data-key="${CSS.escape(to.key)}"]`;
    const box = viewport.stage.querySelector<SVGElement>(find);
    if (to.focus) box?.focus({ preventScroll: true });
    if (to.centre) viewport.centre(spot);
    else viewport.show(spot.open ? { ...spot, h: Math.min(spot.h, 60) } : spot);
  });
  // What is selected elsewhere or before, say where a run stands still, comes into
  // sight. The scopes around it may open a moment later. At once with the drawing: a
  // later effect could meet the errand of the next key, and take its focus away.
  const mine = useRef("");
  const awaited = useRef("");
  useLayoutEffect(() => {
    if (mine.current !== name) {
      mine.current = name;
      awaited.current = key;
    }
    if (!seen || awaited.current !== key) return;
    if (seen === key) awaited.current = "";
    send({ key: seen, focus: false, centre: false });
  }, [name, key, seen, send]);
  useSummary(pages, seen, say);
  return useMemo(() => {
    const choose = (next: string, to: string) => {
      mine.current = next;
      awaited.current = "";
      setAt(to);
      if (next !== name) setName(next);
    };
    return {
      name,
      seen,
      within: seen !== key,
      go: (to) => {
        choose(nameOf(to), to);
        send({ key: to, focus: true, centre: false });
      },
      select: (next) => choose(next, ""),
      centre: (next, to) => {
        choose(next, to);
        send({ key: to, focus: false, centre: true });
      },
      focus: (to) => send({ key: to, focus: true, centre: false }),
    };
  }, [name, seen, key, setName, send]);
}

/** Says what the selected box is connected with: its own label is read out anyway. */
function useSummary(pages: Pages, seen: string, say: (words: string) => void): void {
  const { picture, walker } = pages;
  // Said once for each selection, not for each picture.
  useEffect(() => {
    const spot = picture.spots.get(seen);
    if (!spot) return;
    const [takes, gives] = [walker.sources(seen).length, walker.targets(seen).length];
    const ways = `takes from ${takes}, goes to ${gives}`;
    const inside = spot.open
      ? `; open, ${counted(spot.box.count, "operation")} inside`
      : "";
    say(`${spot.box.label}: ${ways}${inside}.`);
  }, [seen]);
}

export interface Highlight {
  ops: number[];
  words: string;
}

/** What panels may do; the same object until something it uses is another. */
export function useActions(
  widget: WidgetModel,
  pages: Pages,
  selection: Selection,
  setHighlight: (highlight: Highlight | null) => void,
  setHovered: (name: string) => void,
  say: (words: string) => void,
): GraphActions {
  const { book, asked, setOpen } = pages;
  return useMemo(
    () => ({
      select: selection.select,
      reveal: (op) => {
        const key = book.model.ops.home[op] ?? "";
        const needed = book.around(key).filter((scope) => !asked.includes(scope));
        if (needed.length) setOpen([...asked, ...needed]);
        selection.centre(book.model.ops.name[op] ?? "", key);
      },
      highlight: (ops, words) => {
        setHighlight(ops && { ops, words });
        say(words);
      },
      setOpen,
      hover: setHovered,
      ask: (question) => ask(widget, question),
    }),
    [widget, book, asked, setOpen, selection, setHighlight, setHovered, say],
  );
}

export interface Colours {
  overlay: Overlay | null;
  choices: string[];
  /** What it is coloured by, "" for kinds. */
  by: string;
  choose(by: string): void;
}

/** What the model alone can tell; the rest takes Python. */
const OWN = ["device", "dtype", "type"];

/** Colouring: Python's trait `overlay`, or one of our own where there is no Python. */
export function useColours(
  widget: WidgetModel,
  pages: Pages,
  say: (words: string) => void,
): Colours {
  const [trait, setOverlay] = useTrait<Overlay | Record<string, never>>(
    widget,
    "overlay",
  );
  const offered = widget.get("colours") as string[] | undefined;
  const overlay = trait && "values" in trait ? (trait as Overlay) : null;
  const by = overlay?.title ?? "";
  const choices = offered ?? OWN;
  const choose = (next: string) => {
    if (!next) {
      setOverlay({});
      say("Coloured by kind.");
      return;
    }
    // Python sets the trait; where there is none, the model tells what it can.
    ask(widget, { ask: "overlay", by: next })
      .then(() => say(`Coloured by ${next}.`))
      .catch((error: Error) => {
        const own = ownOverlay(next, pages.model);
        if (own) setOverlay(own);
        say(own ? `Coloured by ${next}.` : error.message);
      });
  };
  return {
    overlay,
    choices: by && !choices.includes(by) ? [...choices, by] : choices,
    by,
    choose,
  };
}

interface Dress {
  pages: Pages;
  selection: Selection;
  hovered: string;
  highlight: Highlight | null;
  overlay: Overlay | null;
  marks: Record<string, string>;
  changes: Record<string, Change>;
}

/** How the boxes look, worked out anew only for what is another. */
export function useLooks(dress: Dress): Looks & { shading: Shading | null } {
  const { pages, selection, highlight, overlay, marks, changes } = dress;
  const { book, open, awaited } = pages;
  const seen = useMemo(() => seenBoxes(book, open), [book, open]);
  const keyOf = useCallback(
    (name: string) => {
      const key = book.keyOf(name);
      return key && book.standIn(key, open);
    },
    [book, open],
  );
  const bright = useMemo(
    () => highlight && new Set(highlight.ops.map((op) => seen[op] ?? "")),
    [highlight, seen],
  );
  const shades = useMemo(() => overlay && shading(overlay, seen), [overlay, seen]);
  const values = useMemo(() => badges(marks ?? {}, keyOf), [marks, keyOf]);
  const changed = useMemo(() => changeBadges(changes ?? {}, keyOf), [changes, keyOf]);
  return {
    selected: selection.seen,
    within: selection.within,
    hovered: dress.hovered && keyOf(dress.hovered),
    bright,
    shades: shades?.boxes ?? null,
    shading: shades,
    badges: values,
    changes: changed,
    awaited,
  };
}

/** A view that nobody set a height for is as high as its picture, in these bounds. */
const [LOW, HIGH] = [240, 560];
/** Of the stage, and the strip above it. */
const PADDING = 80;

export interface Height {
  value: number;
  change(height: number): void;
  keep(height: number): void;
}

export function useHeight(widget: WidgetModel, natural: number): Height {
  const [set, keep] = useTrait<number>(widget, "height");
  const [dragged, change] = useState(0);
  const most = useRef(LOW);
  // It grows with what is opened and does not shrink again under somebody's hand.
  most.current = Math.max(most.current, Math.min(natural + PADDING, HIGH));
  useEffect(() => change(0), [set]);
  return { value: dragged || set || most.current, change, keep };
}
