"""The book of a graph: a frame for each scope, whatever else is open.

    book = Book(graph.get_operations())
    book.frame("").boxes            # the outermost frame
    book.frame("layer1").inputs     # where edges enter the scope `layer1`

A frame is made when it is first asked for, and kept. The frames of a scope and of a box
in it fit together: an edge of the outer frame that ends at the box's port `p` goes on
inside from the port `p`. Widgets turn the pages; `view.py` binds the open ones into one
picture. Read next: `arrange.py` (the boxes of a scope), `lift.py` (its edges).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from interactive_graphs.display import describe
from interactive_graphs.display.arrange import Arranger, Level, Rules
from interactive_graphs.display.boxes import Boxes
from interactive_graphs.display.lift import Lifter, outsider_letter
from interactive_graphs.display.model import to_model
from interactive_graphs.display.scene import Aside, Frame
from interactive_graphs.display.settings import Settings
from interactive_graphs.display.tree import Node

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation


class UnknownScopeError(ValueError):
    """A scope was asked for that the graph does not have."""


class Book:
    """All frames of a graph, made as they are asked for.

    Args:
        operations: all of a graph's, or those that something depends on.
        asked: the ones to point out.
        settings: what to open, to hide and to set aside; nothing in particular when
            None.
        alone: the scope that will be shown without those around it, if any.
        keep: keys of scopes that are not to be set aside, as those to be opened.
        spread: whether to set no scope aside at all.

    Attributes:
        operations: those that are not hidden.
        hidden: how many are.
        top: the scope shown alone, or the root.

    Raises:
        UnknownScopeError: there is no scope `alone`.
    """

    def __init__(
        self,
        operations: Iterable[Operation],
        *,
        asked: Iterable[Operation] = (),
        settings: Settings | None = None,
        alone: str = "",
        keep: Iterable[str] = (),
        spread: bool = False,
    ) -> None:
        """Makes the tree of scopes, and no frame yet."""
        self.settings = settings or Settings()
        self._keep, self._spread = list(keep), spread
        everything = list(operations)
        self.operations = self.settings.shown(everything)
        self.hidden = len(everything) - len(self.operations)
        self.asked = frozenset(asked)
        kept = {*self._keep, *self.settings.opened}
        rules = Rules(
            asked=self.asked,
            kept=frozenset(part for key in kept for part in _around(key)),
            aside=frozenset(self.settings.set_aside) - kept,
            spread=spread,
            series=self.settings.series,
        )
        self._arranger = Arranger(self.operations, rules)
        self._boxes = Boxes(self._arranger)
        self._frames: dict[str, Frame] = {}
        self._levels: dict[Node, Level] = {}
        # Every box by its key, in the scopes arranged so far.
        self._known: dict[str, Node] = {"": self._arranger.root}
        self.top = self._scope(alone.strip("/"))
        self._lifter = Lifter(self._arranger, self.top)

    def whole(self) -> Book:
        """The same with no scope shown alone."""
        if self.top is self.root:
            return self
        return Book(
            self.operations,
            asked=self.asked,
            settings=self.settings,
            keep=self._keep,
            spread=self._spread,
        )

    @property
    def root(self) -> Node:
        """The outermost scope."""
        return self._arranger.root

    # Scopes and boxes.

    def find(self, key: str) -> Node:
        """The box called `key` in its frame; a scope may be called by any name it has.

        Raises:
            UnknownScopeError: there is no such scope.
        """
        key = key.strip("/")
        node = self._known.get(key)
        if node is not None:
            return node
        target = self._arranger.nodes.get(key.partition("#")[0])
        if target is not None:
            path = self._arranger.path(target)
            node = path[-1] if path else self.root
            if "#" in key:
                node = self._section(node, key)
        if node is None:
            raise self.unknown(key)
        return node

    def _scope(self, key: str) -> Node:
        """The scope called `key`, if only because one operation stands for it."""
        node = self.find(key)
        if key and not node.children and node.key == key:
            raise self.unknown(key)
        if node.op is not None and node.key != key:
            only, node = node, Node(key, key, None)
            node.children, node.count = [only], only.count
            self._known[key] = node
            self._arranger.up[node] = self._arranger.up[only]
        return node

    def _section(self, node: Node | None, key: str) -> Node | None:
        """Section `key` of the crowded scope `node`, or of a section of that."""
        while node is not None and node.key != key:
            sections = (box for box in self.level(node).visible if box.section)
            node = next((s for s in sections if _leads_to(s.key, key)), None)
        return node

    def unknown(self, key: str) -> UnknownScopeError:
        """The error that says which scopes there are instead of `key`."""
        nodes = self._arranger.nodes
        scopes = [key for key, node in nodes.items() if key and node.children]
        some = ", ".join(describe.name_text(key) for key in scopes[:8])
        more = f" and {len(scopes) - 8} more" if len(scopes) > 8 else ""
        return UnknownScopeError(
            f"No name scope {key!r} here; "
            + (f"there are {some}{more}." if scopes else "there are none.")
        )

    def level(self, node: Node) -> Level:
        """What is seen of a scope: of the root, or of a box found before."""
        level = self._levels.get(node)
        if level is None:
            level = self._levels[node] = self._arranger.level(node)
            for box in level.boxes():
                self._known.setdefault(box.key, box)
        return level

    def path(self, node: Node) -> list[Node]:
        """The boxes around `node`, outermost first, and it."""
        path = [node]
        while (around := self._arranger.up.get(path[-1])) is not None:
            path.append(around)
        return path[-2::-1]

    def scopes(self) -> Iterator[Node]:
        """The root and everything that can be opened, from the outside in."""
        waiting = [self.root]
        for node in waiting:
            yield node
            waiting += [box for box in self.level(node).boxes() if is_openable(box)]

    def keys(self) -> Iterator[str]:
        """The keys of all frames, from the outside in."""
        return (node.key for node in self.scopes())

    def parent(self, key: str) -> str:
        """The key of the frame that the box called `key` is in; "" for the root."""
        around = self._arranger.up.get(self.find(key))
        return "" if around is None else around.key

    def home(self, op: Operation) -> str:
        """The key of the box that stands for `op` in the innermost scope around it."""
        node = self.root
        while True:
            box = self.level(node).holder[op]
            if not box.is_scope:
                return box.key
            node = box

    # Frames.

    def frame(self, key: str) -> Frame:
        """The frame of a scope, "" for the outermost one; not to be changed.

        Raises:
            UnknownScopeError: there is no such scope.
        """
        if key not in self._frames:
            node = self.find(key)
            if not node.children and node is not self.root:
                raise self.unknown(key)
            self._frames[key] = self._make_frame(node)
        return self._frames[key]

    def _make_frame(self, node: Node) -> Frame:
        level = self.level(node)
        frame = Frame([self._boxes.box(child, level) for child in level.visible])
        aside = {child.key: level.letter(child) for child in level.aside}
        links: dict[str, set[str]] = {key: set() for key in aside}
        letters = self._lifter.letters(node)
        for (tail, head), bundle in self._lifter.bundles(node).items():
            for end, other in ((tail[0], head[0]), (head[0], tail[0])):
                if end in aside:
                    links[end].add(other)
                    letters.setdefault(other, set()).add(aside[end])
            if tail[0] not in aside and head[0] not in aside:
                frame.edges.append(bundle.edge((*tail, *head)))
        for child in level.aside:
            box = self._boxes.box(child, level)
            frame.aside.append(Aside(aside[child.key], box, len(links[child.key])))
        if node is self.top:
            frame.aside += self._outsiders(level)
        for box in [*frame.boxes, *(one.box for one in frame.aside)]:
            box.marks = sorted(letters.get(box.key, ()))
        sources, takers = self._lifter.border(node)
        frame.inputs = list(sources.ports.values())
        frame.outputs = list(takers.ports.values())
        return frame

    def _outsiders(self, level: Level) -> Iterator[Aside]:
        for node, links in self._lifter.outsiders.items():
            box = self._boxes.box(node, level)
            box.label = describe.name_text(node.label if node.section else node.key)
            yield Aside(outsider_letter(node), box, links)

    # In words and as data.

    def summary(self, node: Node | None = None) -> str:
        """How many operations there are in `node`, and of which kinds."""
        node = node or self.root
        counts: dict[str, int] = {}
        for op in node.operations():
            kind = describe.kind_of(op)
            counts[kind] = counts.get(kind, 0) + 1
        parts = [
            describe.counted(counts[kind], kind)
            for kind in (describe.PLACEHOLDER, describe.CONSTANT, describe.VARIABLE)
            if kind in counts
        ]
        total = describe.counted(node.count, "operation")
        return f"{total}, of them {', '.join(parts)}" if parts else total

    def to_json(
        self, frames: str | Iterable[str] = "all", title: str = "Graph"
    ) -> dict[str, Any]:
        """The model of a widget: operations, scopes and frames as plain data.

        Args:
            frames: "all", or the keys of the frames to include; the others can be
                asked for one at a time.
            title: what to call the graph.
        """
        return to_model(self, frames, title)


def is_openable(node: Node) -> bool:
    """Whether there is something in it that its own box does not say."""
    return bool(node.children) and not node.is_leaf


def _around(key: str) -> Iterator[str]:
    """`a/b/c`, `a/b`, `a`; and for sections what they are cut from."""
    while key:
        yield key
        cut = max(key.rfind("/"), key.rfind("#"))
        key = key[: max(cut, 0)]


def _leads_to(section: str, key: str) -> bool:
    return key == section or key.startswith(f"{section}#")
