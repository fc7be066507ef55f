// Tells Python whether anybody can see a view: what nobody sees costs nothing.
import type { WidgetModel } from "./types";

/** Keeps the trait `visible` true while `el` is on the screen; returns how to stop. */
export function tellVisible(model: WidgetModel, el: HTMLElement): () => void {
  let onScreen = false;
  const tell = () => {
    const visible = onScreen && !document.hidden;
    if (model.get("visible") === visible) return;
    model.set("visible", visible);
    model.save_changes();
  };
  const observer = new IntersectionObserver((entries) => {
    onScreen = entries[entries.length - 1]?.isIntersecting ?? false;
    tell();
  });
  observer.observe(el);
  document.addEventListener("visibilitychange", tell);
  return () => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", tell);
    onScreen = false;
    tell();
  };
}
