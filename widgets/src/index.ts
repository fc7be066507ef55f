// All views in one script, for pages without a kernel; a widget has a script of its own
// view alone, which build.mjs makes.
import { ExploreView } from "./explore";
import { GraphView } from "./graph";
import { HistoryView } from "./history";
import { startPage } from "./page/start";
import { PlacementView } from "./placement";
import { starter, type Views } from "./shared/start";
import { StepperView } from "./stepper";
import { TensorView } from "./tensor";
import { TimelineView } from "./timeline";
import { VariablesView } from "./variables";

const views: Views = {
  explore: ExploreView,
  graph: GraphView,
  history: HistoryView,
  placement: PlacementView,
  stepper: StepperView,
  tensor: TensorView,
  timeline: TimelineView,
  variables: VariablesView,
};

const start = starter(views);
startPage(start);

export default { render: start };
