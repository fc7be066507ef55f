// The one script of all views: the trait `_view` says which it is.
import { type ComponentType, h, render } from "preact";
import { GraphView } from "./graph";
import { HistoryView } from "./history";
import { startPage } from "./page/start";
import { PlacementView } from "./placement";
import type { WidgetModel } from "./shared/types";
import { tellVisible } from "./shared/visible";
import { TensorView } from "./tensor";
import { TimelineView } from "./timeline";
import { VariablesView } from "./variables";
import "./shared/theme.css";

type Props = { model: WidgetModel };

const views: Record<string, ComponentType<Props>> = {
  graph: GraphView,
  history: HistoryView,
  placement: PlacementView,
  tensor: TensorView,
  timeline: TimelineView,
  variables: VariablesView,
};

function start({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  const name = String(model.get("_view"));
  const View = views[name];
  el.classList.add("ig-view", `ig-view-${name}`);
  // Arrow keys and letters are ours in here, not the notebook's commands.
  el.dataset.lmSuppressShortcuts = "true";
  if (!View) {
    el.textContent = `There is no view "${name}" in this version of the widgets.`;
    return () => {};
  }
  // The theme of Jupyter, where it says one; else the browser's.
  const light = document.body.dataset.jpThemeLight;
  el.style.colorScheme =
    light === undefined ? "light dark" : light === "true" ? "light" : "dark";
  const stop = tellVisible(model, el);
  render(h(View, { model }), el);
  return () => {
    stop();
    render(null, el);
  };
}

startPage(start);

export default { render: start };
