"""Pictures, tables and texts of graphs, in plain Python.

    import interactive_graphs as tf
    from interactive_graphs.display import show_graph

    show_graph(tf.get_default_graph()).save("graph.svg")

`show_graph` gives a `Picture`, which a notebook shows, a terminal prints as an indented
tree, and `save` writes to a file. The way of a picture: `view` (graph to plain data),
`place` (sizes and positions), `svg`; beside it `text` and `dot`. Importing this package
gives graphs, tensors, operations, variables, sessions and compiled programs their
displays (`rich`), whose code is loaded when the first of them is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from interactive_graphs._util import lazy
from interactive_graphs.framework import repr as hook

if TYPE_CHECKING:
    from interactive_graphs.display.picture import Picture, show_graph

__all__ = ["Picture", "show_graph"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(lazy.load("interactive_graphs.display.picture"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _when_shown(function: str) -> Callable[[Any], dict[str, Any]]:
    def render(shown: Any) -> dict[str, Any]:
        rich = lazy.load("interactive_graphs.display.rich")
        bundle: dict[str, Any] = getattr(rich, function)(shown)
        return bundle

    return render


hook.register("Graph", _when_shown("graph_bundle"))
hook.register("Tensor", _when_shown("tensor_bundle"))
hook.register("Operation", _when_shown("operation_bundle"))
hook.register("Session", _when_shown("session_bundle"))
hook.register("Variable", _when_shown("variable_bundle"))
hook.register("Program", _when_shown("program_bundle"))
