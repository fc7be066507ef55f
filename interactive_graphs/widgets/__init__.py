"""Live views for notebooks: the graph, values, the step debugger, the timeline.

    from interactive_graphs.widgets import curve, explore

Each is an anywidget whose browser side is in `widgets/` at the top of the repository;
here are its traits and what it says and answers. Read next: `base.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interactive_graphs._util import lazy

if TYPE_CHECKING:
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

_PLOTS = ("bars", "curve", "heat", "line", "number", "scatter", "surface")
__all__ = ["bars", "curve", "explore", "heat", "line", "number", "scatter", "surface"]


def __getattr__(name: str) -> Any:
    if name in _PLOTS:
        return getattr(lazy.load(f"{__name__}.plots"), name)
    if name == "explore":
        return lazy.load(f"{__name__}.playground").explore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
