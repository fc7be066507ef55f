"""A picture of a graph: one object with all its forms.

    picture = show_graph(loss, color="device")
    picture                      # in a notebook: drawn; in a terminal: a tree
    picture.save("loss.svg")     # or .png, .html, .dot, .txt, .json

Read next: `view.py`.
"""

from __future__ import annotations

import base64
import contextlib
import html
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from interactive_graphs.display import saving
from interactive_graphs.display.book import Book
from interactive_graphs.display.dot import to_dot
from interactive_graphs.display.forms import Forms
from interactive_graphs.display.layout import LayoutError
from interactive_graphs.display.overlays import given, overlay
from interactive_graphs.display.scene import Scene
from interactive_graphs.display.settings import Settings, settings_of
from interactive_graphs.display.svg import description, to_svg
from interactive_graphs.display.targets import (
    asked_operations,
    dependencies,
    title_of,
)
from interactive_graphs.display.text import to_text
from interactive_graphs.display.view import BUDGET, scene_of
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.operation import Operation

ROOM: Final = 95_000
"""Characters that a picture may take in a notebook, its words included."""


class Picture(Forms):
    """A scene, and what can be made of it.

    Args:
        scene: from `view.view`.
        live: a live view of the same, for pages; None where there is none.
    """

    def __init__(self, scene: Scene, live: saving.Live | None = None) -> None:
        """Draws nothing yet."""
        self.scene = scene
        self._live = live

    @cached_property
    def svg(self) -> str:
        """The drawing.

        Raises:
            LayoutError: there is no Graphviz, or it failed.
        """
        return to_svg(self.scene)

    @cached_property
    def text(self) -> str:
        """The indented tree."""
        return to_text(self.scene)

    @property
    def dot(self) -> str:
        """DOT, for other programs."""
        return to_dot(self.scene)

    @property
    def alt(self) -> str:
        """What the drawing shows, in a sentence or two."""
        return f"{self.scene.title}: {description(self.scene)}"

    @cached_property
    def html(self) -> str:
        """An `<img>` that needs nothing else; the tree where nothing can be drawn."""
        try:
            svg = to_svg(self.scene, tooltips=False)
            data = base64.b64encode(svg.encode("utf-8", "replace")).decode()
        except LayoutError as error:
            words = html.escape(f"{self.text}\n({error})")
            return f"<pre>{words}</pre>"
        alt = html.escape(self.alt)
        source = f"data:image/svg+xml;base64,{data}"
        return f'<img alt="{alt}" style="max-width:100%;height:auto" src="{source}">'

    @property
    def page(self) -> str:
        """An HTML page that needs neither kernel nor network; its scopes open."""
        return saving.page_of(self, self._live)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the form that the file's ending names.

        Args:
            path: the file; it ends in .svg, .png, .html, .dot, .txt or .json.

        Returns:
            The path.

        Raises:
            ValueError: another ending.
            LayoutError: nothing can be drawn here.
            ImportError: for .png a library is missing; the message names it.
        """
        return saving.save(self, path)

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from; not all, where that were too much.

        Whoever shows SVG shows HTML, too; a notebook keeps both.
        """
        bundle = {"text/plain": self.text, "text/html": self.html}
        with contextlib.suppress(LayoutError):
            if sum(map(len, bundle.values())) + len(self.svg) < ROOM:
                bundle["image/svg+xml"] = self.svg
        return bundle

    def __repr__(self) -> str:
        """The tree: what a terminal shows."""
        return self.text


def show_graph(
    target: Any = None,
    *,
    scope: str = "",
    open: str | Iterable[str] = (),
    everything: bool = False,
    budget: int = BUDGET,
    title: str = "",
    color: str | Mapping[str, Any] = "",
    facts: Any = None,
    series: bool = False,
    hide: str | Iterable[str] = (),
    aside: str | Iterable[str] = (),
) -> Picture:
    """A picture of a graph, or of what something in it depends on.

    What `graph.view` was told to open, to hide or to set aside is.

    Args:
        target: a Graph (the default graph when None); or a Tensor, Operation,
            Variable, a name, or a list, tuple or dict of these: then what they need.
        scope: show this name scope alone.
        open: name scopes to open in any case.
        everything: open all scopes, as far as a picture can hold them.
        budget: how many boxes there may be before scopes stay closed.
        title: what to call it, instead of the target's name.
        color: colour the boxes by "device", "dtype", "type"; by "time" or "memory", of
            the runs that `facts` tells of; by "health", of the values in `facts`; or by
            an overlay of your own, see `display/overlays.py`.
        facts: a RunMetadata message, what `traces` recorded, or a list of these; for
            "health" a dictionary of values by tensor or name.
        series: show runs of equal scopes as one box.
        hide: scopes and operations to leave out of this picture; `graph.view.hide`
            leaves them out of all.
        aside: scopes and operations to set aside in this picture.

    Returns:
        The picture.

    Raises:
        TypeError: the target is no part of a graph.
        ValueError, KeyError: no such scope, name or colour.

    Example:
        >>> import interactive_graphs as tf
        >>> from interactive_graphs.display.picture import show_graph
        >>> with tf.Graph().as_default():
        ...     c = tf.multiply(tf.constant(5.0), tf.constant(6.0), name="c")
        >>> show_graph(c)
        c:0  float32 (): 3 operations, of them 2 constants
          Const = Const 5.0 → float32 ()
          Const_1 = Const 6.0 → float32 ()
          * c = Mul(Const, Const_1) → float32 ()
    """
    operations, asked, name = _shown(target)
    settings = settings_of(operations[0].graph) if operations else Settings()
    settings = settings.with_more(_names(hide), _names(aside), series)
    names = _names(open)
    book = Book(
        operations,
        asked=asked,
        settings=settings,
        alone=scope,
        keep=names,
        spread=everything,
    )
    if isinstance(color, str):
        colours = overlay(color, book.operations, facts) if color else {}
    else:
        colours = given(color, book.operations)
    title = title or name
    title = f"{title}: {scope.strip('/')}" if scope.strip("/") else title
    scene = scene_of(book, names, everything, budget, title, colours or None)
    return Picture(scene, saving.Live(book, scene, colours))


def _names(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _shown(target: Any) -> tuple[list[Operation], list[Operation], str]:
    """The operations of a picture, those pointed out, and what to call it."""
    if target is None:
        target = get_default_graph()
    if isinstance(target, Graph):
        return target.get_operations(), [], "Graph"
    asked = asked_operations(target)
    return dependencies(asked), asked, title_of(target, asked)
