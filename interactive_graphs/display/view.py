"""From a graph to a scene: what is drawn, before anything is drawn.

`view(graph)` decides which scopes are open and binds their frames into one. What is
laid out stays small however large the graph: one pass over the operations and edges of
what is open, no recursion.

    scene = view(graph, scope="layer1")
    [box.label for box in scene.frame.boxes]

Read next: `book.py` (the frames), `opening.py` (which are open).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from interactive_graphs.display import describe
from interactive_graphs.display.book import Book, UnknownScopeError
from interactive_graphs.display.opening import Opening
from interactive_graphs.display.overlays import given
from interactive_graphs.display.scene import (
    CONTROL,
    DATA,
    Aside,
    Box,
    Edge,
    Frame,
    Port,
    Scene,
    letter,
)
from interactive_graphs.display.settings import Settings
from interactive_graphs.display.shading import shade

if TYPE_CHECKING:
    from interactive_graphs.display.tree import Node
    from interactive_graphs.framework.operation import Operation

BUDGET: Final = 26
"""How many boxes a picture may have before scopes stay closed."""

MOST: Final = 100
"""How many boxes a picture may have even when everything shall be open."""


def view(
    operations: Iterable[Operation],
    *,
    asked: Iterable[Operation] = (),
    scope: str = "",
    open: Iterable[str] = (),
    everything: bool = False,
    budget: int = BUDGET,
    title: str = "",
    settings: Settings | None = None,
    overlay: Mapping[str, Any] | None = None,
) -> Scene:
    """The scene of `operations`.

    Args:
        operations: all of a graph's, or those that something depends on.
        asked: the ones to point out.
        scope: show this scope only, and where its edges come from and go to.
        open: scopes to open whatever the budget says.
        everything: open all scopes, up to `MOST` boxes.
        budget: how many boxes there may be when scopes open by themselves.
        title: what to call it.
        settings: what to open, to hide and to set aside besides.
        overlay: what to colour by, see `overlays.py`.

    Returns:
        A scene that holds at most about `MOST` boxes.

    Raises:
        UnknownScopeError: `scope` or one of `open` is no scope of these operations.
    """
    names = list(open)
    book = Book(
        operations,
        asked=asked,
        settings=settings,
        alone=scope,
        keep=names,
        spread=everything,
    )
    return scene_of(book, names, everything, budget, title, overlay)


def scene_of(
    book: Book,
    names: Iterable[str] = (),
    everything: bool = False,
    budget: int = BUDGET,
    title: str = "",
    overlay: Mapping[str, Any] | None = None,
) -> Scene:
    """The scene of a book; see `view` for what it takes and raises."""
    root = book.top
    opening = Opening(book, root)
    for name in names:
        opening.open_path(name)
    unknown = [name for name in book.settings.opened if not opening.try_path(name)]
    if everything:
        opening.open_all(MOST)
    else:
        opening.open_while_small(budget)
    frame = bind(book, root, opening.open)
    scene = Scene(
        title=describe.name_text(title or root.key or "Graph"),
        summary=book.summary(root),
        frame=frame,
        operations=root.count,
        notes=_notes(book, opening, unknown),
    )
    if overlay is not None:
        _colour(scene, book, overlay)
    return scene


def _colour(scene: Scene, book: Book, overlay: Mapping[str, Any]) -> None:
    fitted = given(overlay, book.operations)
    boxes = list(scene.boxes())
    scene.shading = shade(
        boxes,
        lambda box: book.find(box.key).operations(),
        fitted,
        book.operations,
    )
    if fitted["title"] == "device":
        # The words of the overlay say it.
        for box in boxes:
            box.devices = []


def bind(book: Book, root: Node, opened: Iterable[Node]) -> Frame:
    """The frame of `root`, with those of the opened scopes inside of their boxes."""
    keys = {node.key for node in opened}
    outermost, letters = Frame(), 0
    waiting: list[tuple[str, Frame, dict[str, str]]] = [(root.key, outermost, {})]
    for key, frame, names in waiting:
        page = book.frame(key)
        # Next to each other, two frames may use the same letter: here it is said anew.
        for number, aside in enumerate(page.aside, letters):
            names = {**names, aside.letter: letter(number)}
        letters += len(page.aside)
        for box in page.boxes:
            frame.boxes.append(bound := _marked(box, names))
            if box.key in keys:
                # Its letters are on the boxes inside.
                bound.frame, bound.marks = Frame(), []
                waiting.append((box.key, bound.frame, names))
        for aside in page.aside:
            box = _marked(aside.box, names)
            frame.aside.append(Aside(names[aside.letter], box, aside.links))
        frame.edges = _joined(page.edges, keys)
        frame.inputs, frame.outputs = page.inputs, page.outputs
        if frame is not outermost:
            frame.inputs = [Port(port.key) for port in page.inputs]
            frame.outputs = [Port(port.key) for port in page.outputs]
    return outermost


def _marked(box: Box, names: dict[str, str]) -> Box:
    marks = sorted(names[mark] for mark in box.marks if mark in names)
    return dataclasses.replace(box, marks=marks)


def _joined(edges: list[Edge], opened: set[str]) -> list[Edge]:
    """`edges` with ports at open boxes only; those with the same ends are one."""
    joined: dict[tuple[str, str, str, str], Edge] = {}
    for edge in edges:
        ends = (
            edge.tail,
            edge.tail_port if not edge.tail or edge.tail in opened else "",
            edge.head,
            edge.head_port if not edge.head or edge.head in opened else "",
        )
        there = joined.get(ends)
        if there is None:
            joined[ends] = Edge(*ends, edge.kind, edge.tensors, edge.count)
            continue
        both = {there.kind, edge.kind}
        kind = there.kind if len(both) == 1 else DATA
        tensors = [*there.tensors, *edge.tensors]
        count = there.count + edge.count if kind == CONTROL else len(tensors)
        joined[ends] = Edge(*ends, kind, tensors, count)
    return list(joined.values())


def _notes(book: Book, opening: Opening, unknown: list[str]) -> list[str]:
    notes = []
    closed = opening.closed()
    if closed:
        example = describe.plain(closed[0].key, 40)
        which = describe.counted(len(closed), "closed scope")
        notes.append(f"{which}; `%graph --scope {example}` shows one")
    if book.hidden:
        notes.append(f"{describe.counted(book.hidden, 'operation')} hidden")
    if unknown:
        names = ", ".join(describe.plain(name, 40) for name in unknown[:3])
        notes.append(f"nothing to open by the name of {names}")
    return notes


__all__ = ["BUDGET", "MOST", "UnknownScopeError", "bind", "scene_of", "view"]
