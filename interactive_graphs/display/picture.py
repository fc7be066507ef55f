"""A picture of a graph: one object with all its forms.

    picture = show_graph(loss)
    picture                      # in a notebook: drawn; in a terminal: a tree
    picture.save("loss.svg")     # or .html, .dot, .txt, .json

Read next: `view.py`.
"""

from __future__ import annotations

import base64
import contextlib
import html
import json
import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from interactive_graphs.display.dot import to_dot
from interactive_graphs.display.layout import LayoutError
from interactive_graphs.display.scene import Scene
from interactive_graphs.display.svg import description, to_svg
from interactive_graphs.display.targets import (
    asked_operations,
    dependencies,
    title_of,
)
from interactive_graphs.display.text import to_text
from interactive_graphs.display.view import BUDGET, view
from interactive_graphs.framework.graph import Graph, get_default_graph


class Picture:
    """A scene, and what can be made of it.

    Args:
        scene: from `view.view`.
    """

    def __init__(self, scene: Scene) -> None:
        """Draws nothing yet."""
        self.scene = scene

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
            data = base64.b64encode(self.svg.encode()).decode()
        except LayoutError as error:
            words = html.escape(f"{self.text}\n({error})")
            return f"<pre>{words}</pre>"
        alt = html.escape(self.alt)
        source = f"data:image/svg+xml;base64,{data}"
        return f'<img alt="{alt}" style="max-width:100%;height:auto" src="{source}">'

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the form that the file's ending names: svg, html, dot, txt or json.

        Args:
            path: the file.

        Returns:
            The path.

        Raises:
            ValueError: another ending.
            LayoutError: nothing can be drawn here.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending == ".svg":
            content = self.svg
        elif ending in (".html", ".htm"):
            content = _PAGE.format(title=html.escape(self.scene.title), body=self.html)
        elif ending in (".dot", ".gv"):
            content = self.dot
        elif ending == ".txt":
            content = self.text + "\n"
        elif ending == ".json":
            content = json.dumps(self.scene.to_json(), indent=1) + "\n"
        else:
            raise ValueError(
                f"Cannot save a picture as {target.name!r}; "
                "the endings are .svg, .html, .dot, .txt and .json."
            )
        target.write_text(content, encoding="utf-8")
        return target

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from."""
        bundle = {"text/plain": self.text, "text/html": self.html}
        with contextlib.suppress(LayoutError):
            bundle["image/svg+xml"] = self.svg
        return bundle

    def _repr_mimebundle_(
        self,
        include: Any = None,  # noqa: ARG002 - IPython filters what it asked for itself
        exclude: Any = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        return self.bundle()

    def __repr__(self) -> str:
        """The tree: what a terminal shows."""
        return self.text


_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    '<meta name="color-scheme" content="light dark"><body>{body}</body></html>\n'
)


def show_graph(
    target: Any = None,
    *,
    scope: str = "",
    open: str | Iterable[str] = (),
    everything: bool = False,
    budget: int = BUDGET,
    title: str = "",
) -> Picture:
    """A picture of a graph, or of what something in it depends on.

    Args:
        target: a Graph (the default graph when None); or a Tensor, Operation,
            Variable, a name, or a list, tuple or dict of these: then what they need.
        scope: show this name scope alone.
        open: name scopes to open in any case.
        everything: open all scopes, as far as a picture can hold them.
        budget: how many boxes there may be before scopes stay closed.
        title: what to call it, instead of the target's name.

    Returns:
        The picture.

    Raises:
        TypeError: the target is no part of a graph.
        ValueError, KeyError: no such scope or name.

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
    if target is None:
        target = get_default_graph()
    if isinstance(target, Graph):
        operations, asked = target.get_operations(), []
        title = title or "Graph"
    else:
        asked = asked_operations(target)
        operations = dependencies(asked)
        title = title or title_of(target, asked)
    scene = view(
        operations,
        asked=asked,
        scope=scope,
        open=[open] if isinstance(open, str) else open,
        everything=everything,
        budget=budget,
        title=f"{title}: {scope.strip('/')}" if scope.strip("/") else title,
    )
    return Picture(scene)
