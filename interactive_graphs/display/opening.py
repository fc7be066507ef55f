"""Which scopes of a picture are open: as many as stay readable.

Read next: `book.py`.
"""

from __future__ import annotations

from typing import Final

from interactive_graphs.display.book import Book, UnknownScopeError, is_openable
from interactive_graphs.display.tree import Node

SMALL: Final = 6
"""Boxes in a scope that is opened although others next to it must stay closed."""


class Opening:
    """The open scopes of one picture.

    Args:
        book: of the graph.
        root: the scope that is shown; it is open.

    Attributes:
        open: the open scopes, from the outside in.
    """

    def __init__(self, book: Book, root: Node) -> None:
        """Opens `root` and nothing else."""
        self.book = book
        self.root = root
        self.open: dict[Node, None] = {root: None}

    def shown(self) -> int:
        """How many boxes the open scopes show."""
        return sum(self._size(node) for node in self.open)

    def closed(self) -> list[Node]:
        """The closed scopes among the boxes, those set aside left out."""
        shown = (box for node in self.open for box in self.book.level(node).visible)
        return [box for box in shown if box.is_scope and box not in self.open]

    def _size(self, node: Node) -> int:
        return len(self.book.level(node).visible)

    def open_while_small(self, budget: int) -> None:
        """Opens plain scopes, a level at a time, while at most `budget` boxes show."""
        frontier = list(self.open)
        while frontier:
            shown = self.shown()
            closed = [
                child
                for node in frontier
                for child in self.book.level(node).visible
                if child.is_plain_scope and child not in self.open
            ]
            if len(closed) > budget:
                return
            if shown + sum(map(self._size, closed)) > budget:
                closed = [child for child in closed if self._size(child) <= SMALL]
            alone = shown == 1 and len(closed) == 1
            if not alone and shown + sum(map(self._size, closed)) > budget:
                return
            self.open |= dict.fromkeys(closed)
            frontier = closed

    def open_all(self, most: int) -> None:
        """Opens everything, outermost first, until `most` boxes show."""
        shown = self.shown()
        waiting = list(self.open)
        for node in waiting:
            for child in self.book.level(node).visible:
                if not is_openable(child) or child in self.open:
                    continue
                shown += self._size(child)
                if shown > most:
                    return
                self.open[child] = None
                waiting.append(child)

    def open_path(self, name: str) -> None:
        """Opens the scope `name` and all that it lies in.

        Raises:
            UnknownScopeError: there is no such scope, or nothing in it.
        """
        node = self.book.find(name)
        if not node.children:
            raise self.book.unknown(name)
        path = [self.book.root, *self.book.path(node)]
        if self.root in path:
            self.open |= dict.fromkeys(path[path.index(self.root) :])

    def try_path(self, name: str) -> bool:
        """Opens the scope `name` if it is there, and says whether it is."""
        try:
            self.open_path(name)
        except UnknownScopeError:
            return False
        return True
