// The model as the view asks for it: frames by key, keys by name, who lies in what.
//
// A frame is the inside of one scope. The model need not hold all of them; what Python
// sends later is added with `add`.
import type { Frame, Model } from "../shared/types";

/** Last part of the key of an operation inside the scope that it owns. */
const OWN_LEAF = "/:op";

export class Book {
  readonly model: Model;
  private readonly frames: Map<string, Frame>;
  private indices: Map<string, number> | null = null;

  constructor(model: Model) {
    this.model = model;
    this.frames = new Map(Object.entries(model.frames));
  }

  frame(key: string): Frame | undefined {
    return this.frames.get(key);
  }

  add(key: string, frame: Frame): void {
    this.frames.set(key, frame);
  }

  /** Whether there is something inside to open. */
  isScope(key: string): boolean {
    return Object.hasOwn(this.model.scopes, key) || this.frames.has(key);
  }

  /** The frame that a box is in; undefined for what no frame shows. */
  parent(key: string): string | undefined {
    const parents = this.model.parents;
    return key !== "" && Object.hasOwn(parents, key) ? parents[key] : undefined;
  }

  /** The scopes around a box, outermost first, without the outermost frame. */
  around(key: string): string[] {
    const path: string[] = [];
    for (let at = this.parent(key); at; at = this.parent(at)) path.push(at);
    return path.reverse();
  }

  /** Of `keys`, those that are seen open: there, and everything around them open too. */
  seenOpen(keys: Iterable<string>): Set<string> {
    const asked = new Set(keys);
    const seen = new Set<string>();
    for (const key of asked) {
      const all = [...this.around(key), key];
      const isSeen = all.every((one) => asked.has(one) && this.frames.has(one));
      if (isSeen && key !== "" && this.parent(key) !== undefined) seen.add(key);
    }
    return seen;
  }

  /** The box that is seen for `key` while the scopes in `open` are: itself, or the
   * outermost closed scope around it. */
  standIn(key: string, open: Set<string>): string {
    return this.around(key).find((scope) => !open.has(scope)) ?? key;
  }

  /** The operation's number, -1 when there is none of that name. */
  index(name: string): number {
    this.indices ??= new Map(this.model.ops.name.map((one, index) => [one, index]));
    return this.indices.get(name) ?? -1;
  }

  /** The operation that a box stands for, -1 for scopes without an owner. */
  operation(key: string): number {
    return this.index(nameOf(key));
  }

  /** The key of the box that stands for an operation or scope; "" for unknown names. */
  keyOf(name: string): string {
    const index = this.index(name);
    if (index >= 0) return this.model.ops.home[index] ?? "";
    return this.parent(name) === undefined ? "" : name;
  }
}

/** The name of the operation or scope that a box stands for. */
export function nameOf(key: string): string {
  return key.endsWith(OWN_LEAF) ? key.slice(0, -OWN_LEAF.length) : key;
}

/** For each operation the box that is seen for it. */
export function seenBoxes(book: Book, open: Set<string>): string[] {
  const known = new Map<string, string>();
  return book.model.ops.home.map((home) => {
    let seen = known.get(home);
    if (seen === undefined) {
      seen = book.standIn(home, open);
      known.set(home, seen);
    }
    return seen;
  });
}
