// The viewport of a view: made with its elements, moved when the picture changes.
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Picture } from "./nest";
import type { Window } from "./scene";
import { turn } from "./turn";
import { listen, Viewport } from "./viewport";

/** More boxes than this are drawn only where they are seen. */
const MANY = 250;

export function useViewport(
  stage: RefObject<HTMLDivElement | null>,
  plane: RefObject<HTMLDivElement | null>,
): Viewport | null {
  const [viewport, setViewport] = useState<Viewport | null>(null);
  useLayoutEffect(() => {
    if (!stage.current || !plane.current) return;
    const made = new Viewport(stage.current, plane.current);
    // In an output that is not shown yet there is no room to place a picture in.
    const observer = new ResizeObserver(() => {
      if (made.size.w) setViewport(made);
    });
    observer.observe(made.stage);
    if (made.size.w) setViewport(made);
    const stop = listen(made);
    return () => {
      observer.disconnect();
      stop();
    };
  }, [stage, plane]);
  return viewport;
}

/** Shows a new picture where the old one was: the box that was opened or closed stays
 * under the pointer. The first picture is shown from its beginning. */
export function useStill(
  viewport: Viewport | null,
  picture: Picture,
  open: Set<string>,
): void {
  const last = useRef<{ picture: Picture; open: Set<string> } | null>(null);
  useLayoutEffect(() => {
    if (!viewport) return;
    const before = last.current;
    if (before === null) viewport.begin(picture);
    else if (before.picture !== picture) {
      const anchor = anchorOf(before, { picture, open });
      const [then, now] = [before.picture.spots.get(anchor), picture.spots.get(anchor)];
      if (then && now) {
        const { x, y, scale } = viewport;
        viewport.moveBy((then.x - now.x) * scale, (then.y - now.y) * scale);
        const { w, h } = before.picture;
        if (picture.w < w || picture.h < h) viewport.fill(picture);
        const shift = { x: (x - viewport.x) / scale, y: (y - viewport.y) / scale };
        turn(viewport.stage, before.picture, picture, shift);
      }
    }
    last.current = { picture, open };
  }, [viewport, picture, open]);
}

/** The box that changed, else one that both pictures have. */
function anchorOf(
  before: { picture: Picture; open: Set<string> },
  after: { picture: Picture; open: Set<string> },
): string {
  const both = (key: string) =>
    before.picture.spots.has(key) && after.picture.spots.has(key);
  const turned = [
    ...[...after.open].filter((key) => !before.open.has(key)),
    ...[...before.open].filter((key) => !after.open.has(key)),
  ];
  return turned.find(both) ?? [...after.picture.spots.keys()].find(both) ?? "";
}

/** The part of the plane to draw: all of a small picture, of a large one what is near. */
export function useWindow(viewport: Viewport | null, picture: Picture): Window | null {
  const [window, setWindow] = useState<Window | null>(null);
  const many = picture.spots.size > MANY;
  useEffect(() => {
    if (!viewport || !many) {
      setWindow(null);
      return;
    }
    let drawn: Window | null = null;
    const follow = () => {
      const seen = viewport.window;
      // Drawn anew when what is seen leaves it, or is a small part of it.
      if (drawn && holds(drawn, seen) && holds(widened(seen, 4), drawn)) return;
      drawn = widened(seen, 1);
      setWindow(drawn);
    };
    follow();
    return viewport.follow(follow);
  }, [viewport, many]);
  return many ? window : null;
}

function holds(outer: Window, inner: Window): boolean {
  return (
    outer.left <= inner.left &&
    outer.top <= inner.top &&
    outer.right >= inner.right &&
    outer.bottom >= inner.bottom
  );
}

/** A window with `share` of its size more on every side. */
function widened({ left, top, right, bottom }: Window, share: number): Window {
  const dx = (right - left) * share;
  const dy = (bottom - top) * share;
  return { left: left - dx, top: top - dy, right: right + dx, bottom: bottom + dy };
}
