"""The hook through which `display` shows graphs, without the framework knowing it.

`display/rich.py` registers a function per kind of object; until then, and whenever one
fails, objects show themselves as plain text. `Shown` is what a graph offers of pictures
and live views, which load when asked for. Read next: `../display/rich.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs._util import lazy

Renderer = Callable[[Any], dict[str, Any]]

_renderers: dict[str, Renderer] = {}


def register(kind: str, renderer: Renderer) -> None:
    """Use `renderer(obj) -> {mime type: data}` for objects of a kind ('Graph', ...)."""
    _renderers[kind] = renderer


def mimebundle(kind: str, obj: Any, include: Any = None, exclude: Any = None) -> Any:
    """What Jupyter should show for `obj`; plain text when display fails.

    Args:
        kind: the kind `obj` was registered under.
        obj: what is shown.
        include: mime types asked for, as IPython passes them.
        exclude: mime types refused.
    """
    text = {"text/plain": repr(obj)}
    renderer = _renderers.get(kind)
    if renderer is None:
        return text
    try:
        bundle = renderer(obj)
    except Exception as error:  # a display must never break the user's cell
        return {"text/plain": f"{text['text/plain']}  (display failed: {error})"}
    if include:
        bundle = {k: v for k, v in bundle.items() if k in include}
    if exclude:
        bundle = {k: v for k, v in bundle.items() if k not in exclude}
    return bundle


class Shown:
    """The pictures and live views of a graph."""

    __slots__ = ()

    @property
    def view(self) -> Any:
        """What pictures of this graph open, hide and set aside.

        `graph.view.open("layer1")`, `.hide("summaries")`, `.aside("gradients")`,
        `.only("model")`, `.reset()`: see `display.settings.Settings`.
        """
        return lazy.load("interactive_graphs.display.settings").settings_of(self)

    def save(self, path: Any, **options: Any) -> Any:
        """Writes a picture of the graph, in the form that the file's ending names.

        Args:
            path: a file that ends in .html (a page whose scopes open and close without
                a kernel), .svg, .png, .dot, .json or .txt.
            **options: as of `display.show_graph`.

        Returns:
            The path.
        """
        picture = lazy.load("interactive_graphs.display.picture")
        return picture.show_graph(self, **options).save(path)

    def snapshot(self) -> Any:
        """What the graph is like now, to compare with later: `graph.diff(before)`."""
        return lazy.load("interactive_graphs.display.snapshot").take(self)

    def diff(self, before: Any) -> Any:
        """What differs from an earlier snapshot, another graph or a GraphDef's file.

        Args:
            before: `graph.snapshot()`, a Graph, a GraphDef, or the path of one.

        Returns:
            A `display.diff.Difference`: drawn in a notebook, a tree in a terminal.
        """
        return lazy.load("interactive_graphs.display.diff").diff(before, self)

    def widget(self, **options: Any) -> Any:
        """The live view of this graph, to walk through in a notebook.

        Args:
            **options: `open=`, `scope=`, `session=`, `height=` and others of
                `widgets.graph_view.GraphView`.

        Returns:
            A `GraphView`; where there are no widgets it shows the static picture.
        """
        views = lazy.load("interactive_graphs.widgets.graph_view")
        return views.GraphView(self, **options)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """The rich display, where `display` is loaded."""
        return mimebundle("Graph", self, include, exclude)
