// The short move from one picture to the next: boxes go to their new places, what is
// new fades in, lines come last. Nothing moves for those who prefer it so.
import type { Point } from "./curve";
import type { Picture } from "./nest";

const SHORT = 180;
/** More boxes than this are not moved one by one. */
const MANY = 300;

/** Moves the boxes in `stage`, which shows `now` already, from where they were. `shift`
 * is how far the plane itself was moved to keep the opened box in its place. */
export function turn(
  stage: HTMLElement,
  then: Picture,
  now: Picture,
  shift: Point,
): void {
  if (!stage.animate || now.spots.size > MANY || then.spots.size > MANY) return;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const timing = { duration: SHORT, easing: "ease-out" };
  let turned = then.spots.size !== now.spots.size;
  for (const element of stage.querySelectorAll<SVGElement>("[data-key]")) {
    const key = element.dataset.key ?? "";
    const [from, to] = [then.spots.get(key), now.spots.get(key)];
    if (!to || from?.open !== to.open) element.animate({ opacity: [0, 1] }, timing);
    else if (from.x + shift.x !== to.x || from.y + shift.y !== to.y) {
      const start = `translate(${from.x + shift.x}px, ${from.y + shift.y}px)`;
      element.animate(
        { transform: [start, `translate(${to.x}px, ${to.y}px)`] },
        timing,
      );
    } else continue;
    turned = true;
  }
  if (!turned) return;
  for (const group of stage.querySelectorAll(".ig-edges, .ig-words")) {
    group.animate({ opacity: [0, 0, 1] }, { duration: 2 * SHORT });
  }
}
