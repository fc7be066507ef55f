// Brings a view to life in its place on the page.
import { type ComponentType, h, render } from "preact";
import { followTheme } from "./theme";
import type { WidgetModel } from "./types";
import { tellVisible } from "./visible";
import "./theme.css";

export type Views = Record<string, ComponentType<{ model: WidgetModel }>>;

interface Place {
  model: WidgetModel;
  el: HTMLElement;
}

/** Arrow keys and letters are ours in here, not the notebook's commands; what is
 * pressed with Ctrl or Cmd, and Shift+Enter, stays the notebook's. An Escape with which
 * a view has nothing to do leads back to the cell. */
function keepKeys(el: HTMLElement): void {
  // For listeners that come first; it does not hold for the focused element itself.
  el.dataset.lmSuppressShortcuts = "true";
  el.addEventListener("keydown", (event) => {
    const runs = event.shiftKey && event.key === "Enter";
    if (!event.ctrlKey && !event.metaKey && !runs) event.stopPropagation();
    // A search field that is not empty is emptied first, by the browser.
    const typed =
      event.target instanceof HTMLInputElement &&
      event.target.type === "search" &&
      event.target.value;
    if (event.key === "Escape" && !event.defaultPrevented && !typed)
      el.closest<HTMLElement>(".jp-Cell")?.focus();
  });
}

/** What anywidget calls to draw a model: the view that its trait `_view` names. */
export function starter(views: Views): (place: Place) => () => void {
  return ({ model, el }) => {
    const name = String(model.get("_view"));
    const View = views[name];
    el.classList.add("ig-view", `ig-view-${name}`);
    keepKeys(el);
    if (!View) {
      el.textContent = `There is no view "${name}" in this version of the widgets.`;
      return () => {};
    }
    const ends = [followTheme(el), tellVisible(model, el)];
    render(h(View, { model }), el);
    return () => {
      for (const end of ends) end();
      render(null, el);
    };
  };
}
