// All of the picture, small, with what is seen of it; there while some of it is not.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { coordinate } from "./curve";
import type { Picture, Spot } from "./nest";
import type { Viewport } from "./viewport";

const WIDTH = 150;
const HEIGHT = 100;

export function Minimap(props: {
  picture: Picture;
  viewport: Viewport;
}): JSX.Element | null {
  const { picture, viewport } = props;
  const seen = useRef<SVGRectElement>(null);
  const [needed, setNeeded] = useState(false);
  const [frames, boxes] = useMemo(() => outlines(picture), [picture]);
  useEffect(() => {
    const follow = () => {
      const { left, top, right, bottom } = viewport.window;
      setNeeded(left > 1 || top > 1 || right < picture.w - 1 || bottom < picture.h - 1);
      const rect = seen.current;
      rect?.setAttribute("x", String(left));
      rect?.setAttribute("y", String(top));
      rect?.setAttribute("width", String(right - left));
      rect?.setAttribute("height", String(bottom - top));
    };
    follow();
    return viewport.follow(follow);
  }, [picture, viewport, needed]);
  if (!needed || !picture.w || !picture.h) return null;
  const scale = Math.min(WIDTH / picture.w, HEIGHT / picture.h);
  const go = (event: PointerEvent) => {
    if (event.buttons !== 1) return;
    event.stopPropagation();
    const at = (event.currentTarget as Element).getBoundingClientRect();
    const { w, h } = viewport.size;
    const x = ((event.clientX - at.left) / scale) * viewport.scale;
    const y = ((event.clientY - at.top) / scale) * viewport.scale;
    viewport.moveTo(w / 2 - x, h / 2 - y);
  };
  return (
    <svg
      class="ig-minimap"
      aria-hidden="true"
      width={Math.round(picture.w * scale)}
      height={Math.round(picture.h * scale)}
      viewBox={`0 0 ${picture.w} ${picture.h}`}
      onPointerDown={go}
      onPointerMove={go}
    >
      <path class="ig-minimap-frames" d={frames} />
      <path class="ig-minimap-boxes" d={boxes} />
      <rect class="ig-minimap-seen" ref={seen} stroke-width={1.5 / scale} />
    </svg>
  );
}

/** Two paths for all boxes: a map of ten thousand costs no more than one of ten. */
function outlines(picture: Picture): [string, string] {
  const spots = [...picture.spots.values()];
  const path = (some: Spot[]) =>
    some
      .map(({ x, y, w, h }) => `M${coordinate(x)} ${coordinate(y)}h${w}v${h}h${-w}Z`)
      .join("");
  return [
    path(spots.filter((spot) => spot.open)),
    path(spots.filter((spot) => !spot.open)),
  ];
}
