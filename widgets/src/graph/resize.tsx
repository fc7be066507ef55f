// The lower edge of the view: dragged, or moved by arrow keys, it makes it higher.
import type { JSX } from "preact";
import { useRef } from "preact/hooks";

const LEAST = 160;
const MOST = 2000;
const STEP = 24;

interface ResizeProps {
  height: number;
  change(height: number): void;
  /** Called at the end of a drag: the height for both sides. */
  keep(height: number): void;
}

export function ResizeEdge({ height, change, keep }: ResizeProps): JSX.Element {
  const from = useRef<{ y: number; height: number } | null>(null);
  const bounded = (value: number) => Math.round(Math.min(Math.max(value, LEAST), MOST));
  const at = (event: PointerEvent) =>
    bounded((from.current?.height ?? height) + event.clientY - (from.current?.y ?? 0));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule is not moved by keys
    <div
      class="ig-edge"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the view"
      aria-valuenow={height}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { y: event.clientY, height };
      }}
      onPointerMove={(event) => from.current && change(at(event))}
      onPointerUp={(event) => {
        if (from.current) keep(at(event));
        from.current = null;
      }}
      onKeyDown={(event) => {
        const step = { ArrowDown: STEP, ArrowUp: -STEP }[event.key];
        if (!step) return;
        keep(bounded(height + step));
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}
