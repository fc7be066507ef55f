"""Live views for notebooks: the graph, values, the step debugger, the timeline.

    from interactive_graphs.widgets import TensorView, curve, explore

Each is an anywidget whose browser side is in `widgets/` at the top of the repository;
here are its traits and what it says and answers. Read next: `base.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interactive_graphs._util import lazy

if TYPE_CHECKING:
    from interactive_graphs.widgets.graph_view import GraphView
    from interactive_graphs.widgets.history import HistoryView
    from interactive_graphs.widgets.placement import PlacementView
    from interactive_graphs.widgets.playground import explore
    from interactive_graphs.widgets.plots import (
        bars,
        curve,
        heat,
        line,
        number,
        scatter,
        surface,
    )
    from interactive_graphs.widgets.stepper import StepperView
    from interactive_graphs.widgets.tensor import TensorView
    from interactive_graphs.widgets.timeline import TimelineView
    from interactive_graphs.widgets.variables import VariablesView

_HOMES = {
    "GraphView": "graph_view",
    "HistoryView": "history",
    "PlacementView": "placement",
    "StepperView": "stepper",
    "TensorView": "tensor",
    "TimelineView": "timeline",
    "VariablesView": "variables",
    "bars": "plots",
    "curve": "plots",
    "explore": "playground",
    "heat": "plots",
    "line": "plots",
    "number": "plots",
    "scatter": "plots",
    "surface": "plots",
}

__all__ = [
    "GraphView",
    "HistoryView",
    "PlacementView",
    "StepperView",
    "TensorView",
    "TimelineView",
    "VariablesView",
    "bars",
    "curve",
    "explore",
    "heat",
    "line",
    "number",
    "scatter",
    "surface",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(lazy.load(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
