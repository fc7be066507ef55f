// What keys do in the graph. Walking is in walk.ts; the list for readers in toolbar.tsx.
import type { Command } from "./actions";
import type { Book } from "./book";
import type { Picture } from "./nest";
import { destination, type Walker } from "./walk";

export interface KeyActions {
  /** Goes to a box: it is focused, selected and brought into sight. */
  go(key: string): void;
  toggle(key: string): void;
  command(what: Command["what"]): void;
  zoom(how: "in" | "out" | "actual" | "all"): void;
  help(): void;
  /** Takes back a highlight; false when there is none. */
  relax(): boolean;
  say(words: string): void;
}

export interface Place {
  at: string;
  book: Book;
  picture: Picture;
  walker: Walker;
}

const NOWHERE: Record<string, string> = {
  ArrowDown: "Nothing takes this.",
  ArrowUp: "This takes nothing.",
  ArrowRight: "This is the last box of its scope.",
  ArrowLeft: "This is the first box of its scope.",
};

const ZOOMS: Record<string, "in" | "out" | "actual" | "all"> = {
  "+": "in",
  "=": "in",
  "-": "out",
  "0": "actual",
  f: "all",
};

/** Does what a key stands for; false when it stands for nothing here. */
export function press(key: string, place: Place, actions: KeyActions): boolean {
  if (key.startsWith("Arrow") || key === "Home" || key === "End") {
    const to = destination(key, place.at, place.walker, place.picture);
    if (to) actions.go(to);
    else actions.say(NOWHERE[key] ?? "");
  } else if (key === "Enter") enter(place, actions);
  else if (key === " ") {
    if (place.book.isScope(place.at)) actions.toggle(place.at);
  } else if (key === "Escape") return leave(place, actions);
  else if (ZOOMS[key]) actions.zoom(ZOOMS[key]);
  else if (key === "/") actions.command("search");
  else if (key === "t") actions.command("trace");
  else if (key === "?") actions.help();
  else return false;
  return true;
}

/** Into a scope: it is opened, then its first box; of an operation the details. */
function enter({ at, book, picture, walker }: Place, actions: KeyActions): void {
  if (!book.isScope(at)) actions.command("details");
  else if (!picture.spots.get(at)?.open) actions.toggle(at);
  else {
    const first = walker.siblings(at)[0];
    if (first) actions.go(first);
  }
}

/** Out again: the highlight, the open scope, the scope around, in this order; false
 * when the next step is out of the view. */
function leave({ at, book, picture }: Place, actions: KeyActions): boolean {
  const spot = picture.spots.get(at);
  if (actions.relax()) return true;
  const within = spot && spot.frame !== "" && book.isScope(spot.frame);
  if (spot?.open) actions.toggle(at);
  else if (within) actions.go(spot.frame);
  actions.command("leave");
  return Boolean(spot?.open || within);
}
