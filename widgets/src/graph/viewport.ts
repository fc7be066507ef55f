// Where one looks: pan and zoom as one CSS transform, with nothing drawn again.
import type { Size } from "./boxes";
import type { Point } from "./curve";
import type { Window } from "./scene";

const LEAST = 0.05;
const MOST = 4;
const STEP = 1.25;
const PAD = 16;
/** Below this words cannot be read; a graph begins larger than that, and cut off. */
const READABLE = 0.75;
const REST = 160;

export class Viewport {
  x = 0;
  y = 0;
  scale = 1;
  private readonly followers = new Set<() => void>();
  private timer = 0;

  constructor(
    readonly stage: HTMLElement,
    private readonly plane: HTMLElement,
  ) {}

  /** Calls `follow` after every move; returns how to stop. */
  follow(follow: () => void): () => void {
    this.followers.add(follow);
    return () => this.followers.delete(follow);
  }

  get size(): Size {
    return { w: this.stage.clientWidth, h: this.stage.clientHeight };
  }

  /** The part of the plane that is seen. */
  get window(): Window {
    const { w, h } = this.size;
    const left = -this.x / this.scale;
    const top = -this.y / this.scale;
    return { left, top, right: left + w / this.scale, bottom: top + h / this.scale };
  }

  moveTo(x: number, y: number, scale = this.scale): void {
    [this.x, this.y, this.scale] = [x, y, scale];
    this.plane.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.holdStill();
    for (const follow of this.followers) follow();
  }

  moveBy(dx: number, dy: number): void {
    this.moveTo(this.x + dx, this.y + dy);
  }

  /** Zooms by `factor` around a point of the stage, its middle by default. */
  zoom(factor: number, around?: Point): void {
    const { w, h } = this.size;
    const { x, y } = around ?? { x: w / 2, y: h / 2 };
    const scale = Math.min(Math.max(this.scale * factor, LEAST), MOST);
    const real = scale / this.scale;
    this.moveTo(x - (x - this.x) * real, y - (y - this.y) * real, scale);
  }

  zoomIn(): void {
    this.zoom(STEP);
  }

  zoomOut(): void {
    this.zoom(1 / STEP);
  }

  /** 1:1, around the middle. */
  actualSize(): void {
    this.zoom(1 / this.scale);
  }

  /** All of the picture, and not larger than it is. */
  fit({ w, h }: Size): void {
    const room = this.size;
    const scale = Math.min((room.w - 2 * PAD) / w, (room.h - 2 * PAD) / h, 1);
    this.place({ w, h }, Math.max(scale, LEAST));
  }

  /** How a picture is shown first: all of it, or its beginning where words could not
   * be read. */
  begin({ w, h }: Size): void {
    const room = this.size;
    const all = Math.min((room.w - 2 * PAD) / w, (room.h - 2 * PAD) / h, 1);
    const wide = Math.min((room.w - 2 * PAD) / w, 1);
    this.place({ w, h }, all >= READABLE ? all : Math.max(wide, READABLE));
  }

  private place({ w, h }: Size, scale: number): void {
    const room = this.size;
    const top = Math.max((room.h - h * scale) / 2, PAD);
    this.moveTo((room.w - w * scale) / 2, top, scale);
  }

  /** Brings a box into sight with the least move. */
  show(box: Point & Size): void {
    const { w, h } = this.size;
    const dx = into(this.x + box.x * this.scale, box.w * this.scale, w);
    const dy = into(this.y + box.y * this.scale, box.h * this.scale, h);
    if (dx || dy) this.moveBy(dx, dy);
  }

  /** Brings a box to the middle, large enough to read. */
  centre(box: Point & Size): void {
    const { w, h } = this.size;
    const scale = Math.max(this.scale, READABLE);
    const x = w / 2 - (box.x + box.w / 2) * scale;
    const y = h / 2 - (box.y + Math.min(box.h, h / scale) / 2) * scale;
    this.moveTo(x, y, scale);
  }

  /** After something was closed: no empty room while there is more of the picture. */
  fill({ w, h }: Size): void {
    const dx = filling(this.x, w * this.scale, this.size.w);
    const dy = filling(this.y, h * this.scale, this.size.h);
    if (dx || dy) this.moveBy(dx, dy);
  }

  /** While it moves the plane is one layer; at rest it is drawn sharp at its scale. */
  private holdStill(): void {
    this.plane.classList.add("ig-moving");
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => this.plane.classList.remove("ig-moving"),
      REST,
    ) as unknown as number;
  }
}

/** How far to move so that a stretch from `start` lies in 0 to `room`. */
function into(start: number, length: number, room: number): number {
  const edge = Math.min(PAD, room / 8);
  if (length > room - 2 * edge) {
    return start > room - 2 * edge || start + length < 2 * edge ? edge - start : 0;
  }
  if (start < edge) return edge - start;
  return Math.min(0, room - edge - start - length);
}

/** How far to move so that a stretch fills 0 to `room`, or lies in it if it is short. */
function filling(start: number, length: number, room: number): number {
  if (length <= room - 2 * PAD) return into(start, length, room);
  if (start > PAD) return PAD - start;
  return Math.max(0, room - PAD - start - length);
}

/** Drag pans, the wheel zooms (where it does not scroll the page); returns how to stop.
 *
 * The wheel belongs to the page until somebody has clicked into the graph, or holds
 * Ctrl: a notebook must scroll past it.
 */
export function listen(viewport: Viewport): () => void {
  const { stage } = viewport;
  let held: { id: number; x: number; y: number; moved: boolean } | null = null;
  const at = (event: MouseEvent): Point => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const wheel = (event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey && !stage.contains(document.activeElement))
      return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 24 : 1;
    viewport.zoom(Math.exp(-event.deltaY * lines * 0.0015), at(event));
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0 || !event.isPrimary) return;
    held = { id: event.pointerId, ...at(event), moved: false };
  };
  const move = (event: PointerEvent) => {
    if (!held || event.pointerId !== held.id) return;
    const { x, y } = at(event);
    if (!held.moved && Math.hypot(x - held.x, y - held.y) < 4) return;
    if (!held.moved) stage.setPointerCapture(held.id);
    viewport.moveBy(x - held.x, y - held.y);
    held = { id: held.id, x, y, moved: true };
    stage.classList.add("ig-dragged");
  };
  const up = () => {
    // The click that ends a drag comes after this and shall select nothing.
    if (held?.moved) setTimeout(() => stage.classList.remove("ig-dragged"));
    held = null;
  };
  stage.addEventListener("wheel", wheel, { passive: false });
  stage.addEventListener("pointerdown", down);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);
  return () => {
    stage.removeEventListener("wheel", wheel);
    stage.removeEventListener("pointerdown", down);
    stage.removeEventListener("pointermove", move);
    stage.removeEventListener("pointerup", up);
    stage.removeEventListener("pointercancel", up);
  };
}
