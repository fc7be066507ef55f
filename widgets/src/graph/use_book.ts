// The book of the model, the frames it lacks, and the picture of what is open.
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ask, useTrait } from "../shared/hooks";
import type { Frame, Model, WidgetModel } from "../shared/types";
import { Book } from "./book";
import { setFont } from "./measure";
import { Nest, type Picture } from "./nest";
import { Walker } from "./walk";

export interface Pages {
  model: Model;
  book: Book;
  /** The keys that are to be open, seen or not. */
  asked: string[];
  /** Those that are seen open. */
  open: Set<string>;
  picture: Picture;
  walker: Walker;
  /** Scopes that Python was asked for. */
  awaited: Set<string>;
  setOpen(keys: string[]): void;
}

/** Follows the traits `model` and `opened`; `tell` says what went wrong. */
export function usePages(widget: WidgetModel, tell: (words: string) => void): Pages {
  const [sent] = useTrait<Model | string>(widget, "model");
  const model = useMemo(() => read(sent), [sent]);
  const [opened, setOpen] = useTrait<string[] | undefined>(widget, "opened");
  const asked = opened ?? model.settings.open;
  const [arrived, setArrived] = useState(0);
  const book = useMemo(() => new Book(model), [model]);
  const nest = useMemo(() => new Nest(book), [book]);
  // A frame that arrived changes what is seen.
  const open = useMemo(() => book.seenOpen(asked), [book, asked, arrived]);
  const picture = useMemo(() => nest.picture(open), [nest, open]);
  const walker = useMemo(() => new Walker(book, picture), [book, picture]);
  useEffect(() => {
    // Python answers by the trait `model`; until then there is something to see.
    if (model.partial) ask(widget, { ask: "rest" }).catch(() => {});
  }, [widget, model]);
  const awaited = useMissing(widget, book, asked, tell, () => setArrived((n) => n + 1));
  return { model, book, asked, open, picture, walker, awaited, setOpen };
}

/** Python sends the model as one text; a page without a kernel holds it as it is. */
function read(sent: Model | string): Model {
  return typeof sent === "string" ? JSON.parse(sent) : sent;
}

/** Asks Python for the frames that are to be open and are not in the model. */
function useMissing(
  widget: WidgetModel,
  book: Book,
  asked: string[],
  tell: (words: string) => void,
  arrived: () => void,
): Set<string> {
  const [awaited, setAwaited] = useState<Set<string>>(new Set());
  const questions = useRef(new Map<Book, Set<string>>());
  const turn = useCallback((key: string, waits: boolean) => {
    setAwaited((now) => {
      const next = new Set(now);
      if (waits) next.add(key);
      else next.delete(key);
      return next;
    });
  }, []);
  useEffect(() => {
    const known = questions.current.get(book) ?? new Set();
    questions.current = new Map([[book, known]]);
    for (const key of asked) {
      if (book.frame(key) || known.has(key) || !book.isScope(key)) continue;
      known.add(key);
      turn(key, true);
      ask(widget, { ask: "frame", key })
        .then((answer) => book.add(key, answer.frame as Frame))
        .catch(() => {
          known.delete(key);
          tell(`What is in ${key} is not here; it takes the kernel to look inside.`);
        })
        .finally(() => {
          turn(key, false);
          arrived();
        });
    }
  });
  return awaited;
}

/** Measures with the font that the view is drawn in, from the first picture on. */
export function useFont(element: HTMLElement | null): void {
  if (element) setFont(getComputedStyle(element).fontFamily);
}
