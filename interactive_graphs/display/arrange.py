"""What is seen of each scope when it is open.

One scope at a time, whatever else is open: its children become boxes, except what is
folded into others (`fold.py`); a box with far more neighbours than the rest is set
aside; and where too many boxes remain, they are cut into sections.
Read next: `lift.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from interactive_graphs.display import describe
from interactive_graphs.display.fold import Folder
from interactive_graphs.display.scene import letter
from interactive_graphs.display.series import fold_series
from interactive_graphs.display.tree import Node, scope_tree, sections

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation

CROWD: Final = 36
"""A scope with more boxes than this is cut into sections."""

SECTIONS: Final = 12
"""How many sections a crowded scope is cut into."""

FEW: Final = 8
"""Scopes with fewer boxes show them all: nothing is set aside, constants stay."""

EDGES_PER_BOX: Final = 3
"""Scopes with more edges than this are thinned out: Graphviz takes long over them."""

_NOBODY: Final[set[Node]] = set()
_AUXILIARY: Final = ("gradients", "save", "report_uninitialized")


@dataclass(frozen=True, slots=True)
class Rules:
    """What was asked for, where it differs from what would be done by itself.

    Attributes:
        asked: operations that are pointed out, and keep boxes of their own.
        kept: keys of boxes that are never set aside.
        aside: keys of boxes that are always set aside.
        spread: whether no scope is set aside.
        series: whether runs of equal scopes are folded into one box.
    """

    asked: frozenset[Operation] = frozenset()
    kept: frozenset[str] = frozenset()
    aside: frozenset[str] = frozenset()
    spread: bool = False
    series: bool = False


class Level:
    """What is seen of one scope when it is open.

    Attributes:
        visible: the boxes to lay out.
        aside: the boxes with too many neighbours to lay out.
        folded: nodes without a box, by the node whose box names them.
        holder: the box that stands for each operation in the scope.
        depth: how many letters the scopes around it use for what they set aside.
    """

    __slots__ = ("aside", "depth", "folded", "holder", "visible")

    def __init__(self) -> None:
        """Empty; `Arranger.level` fills it."""
        self.visible: list[Node] = []
        self.aside: list[Node] = []
        self.folded: dict[Node, Node] = {}
        self.holder: dict[Operation, Node] = {}
        self.depth = 0

    def boxes(self) -> list[Node]:
        """All boxes, those set aside last."""
        return [*self.visible, *self.aside]

    def letter(self, node: Node) -> str:
        """The letter that stands for the edges of the set-aside `node`."""
        return letter(self.depth + self.aside.index(node))


class Arranger:
    """Arranges scopes, each when it is first asked for and independently of the rest.

    Attributes:
        root: the outermost scope.
        nodes: every scope and operation by its key.
        up: the scope that each box is seen in, for the scopes arranged so far.
    """

    def __init__(self, operations: list[Operation], rules: Rules) -> None:
        """Makes the tree and arranges nothing yet."""
        self.rules = rules
        self.root, self.nodes = scope_tree(operations)
        self.folder = Folder(operations, rules.asked)
        self.up: dict[Node, Node] = {}
        self._levels: dict[Node, Level] = {}

    def level(self, node: Node) -> Level:
        """What is seen of `node`: the root, or a box of a scope arranged before."""
        level = self._levels.get(node)
        if level is None:
            level = self._levels[node] = self._arrange(node)
            for child in level.boxes():
                self.up[child] = node
        return level

    def path(self, target: Node) -> list[Node]:
        """The boxes on the way to what shows `target`, outermost first, it included."""
        chain: list[Node] = []
        step: Node | None = target
        while step is not None and step is not self.root:
            chain.append(step)
            step = step.parent
        path: list[Node] = []
        current = self.root
        while chain:
            box = self._box_of(current, chain[-1])
            path.append(box)
            if box is chain[-1]:
                chain.pop()
            elif not box.children:
                break
            current = box
        return path

    def _box_of(self, scope: Node, child: Node) -> Node:
        """The box of `child` in `scope`: itself, what it is folded into, a section."""
        level = self.level(scope)
        return child if self.up.get(child) is scope else level.holder[child.first()]

    def _children(self, node: Node) -> list[Node]:
        if node.section:
            return node.children
        around = self.up.get(node)
        folded = self._levels[around].folded if around is not None else {}
        # What its closed box names has a box of its own in here.
        named = [child for child, taker in folded.items() if taker is node]
        return [*named, *node.inside()] if named else node.inside()

    def _arrange(self, node: Node) -> Level:
        level = Level()
        around = self.up.get(node)
        if around is not None:
            level.depth = self._levels[around].depth + len(self._levels[around].aside)
        children = self._children(node)
        holder = {op: child for child in children for op in child.operations()}
        level.folded = self.folder.folded(children, holder, len(children) <= FEW + 2)
        level.visible = [child for child in children if child not in level.folded]
        if self.rules.series and not node.section:
            level.visible = fold_series(node, level.visible)
        # What is seen in place of a child; sections may be cut out of sections.
        box_of = {c: box for box in level.visible if box.section for c in box.children}
        self._set_aside(level, holder, box_of | level.folded)
        if len(level.visible) > CROWD:
            boxes = dict.fromkeys(box_of.get(child, child) for child in children)
            rest = [box for box in boxes if box not in level.aside]
            level.folded = {}
            level.visible = sections(node, rest, SECTIONS)
            cut = [box for box in level.visible if box.section]
            box_of |= {c: box for box in cut for c in box.children}
        box_of |= level.folded
        level.holder = {op: _seen(child, box_of) for op, child in holder.items()}
        return level

    # Boxes with too many neighbours.

    def _set_aside(
        self, level: Level, holder: dict[Operation, Node], box_of: dict[Node, Node]
    ) -> None:
        aside: set[Node] = set()
        if len(level.visible) >= FEW:
            aside = self._crowded(level.visible, _neighbours(holder, box_of))
            aside = {node for node in aside if not self._is_kept(node)}
        aside |= {node for node in level.visible if node.key in self.rules.aside}
        if len(aside) < len(level.visible):
            level.aside = [node for node in level.visible if node in aside]
            level.visible = [node for node in level.visible if node not in aside]

    def _is_kept(self, node: Node) -> bool:
        if self.rules.spread and node.children and not node.is_leaf:
            return True
        return node.key in self.rules.kept

    def _crowded(
        self, visible: list[Node], neighbours: dict[Node, set[Node]]
    ) -> set[Node]:
        degrees = sorted(len(neighbours.get(node, ())) for node in visible)
        low, high = degrees[len(degrees) // 4], degrees[3 * len(degrees) // 4]
        limit = max(4.0, high + 1.5 * (high - low))
        aside = [
            node
            for node in visible
            if len(neighbours.get(node, _NOBODY)) > limit
            or (len(neighbours.get(node, _NOBODY)) >= 3 and _is_auxiliary(node))
        ]
        if len(visible) > CROWD:
            # Sections will leave few edges: only the busiest are worth a letter.
            aside.sort(key=lambda node: -len(neighbours[node]))
            aside = aside[:SECTIONS]
        gone = set(aside)
        if len(visible) <= CROWD:
            _thin_out(visible, neighbours, gone)
        # What has edges to set-aside boxes only would be left floating: an optimizer's
        # own variables, for example.
        floating = {
            node
            for node in visible
            if (near := neighbours.get(node))
            and near <= gone
            and node.kind != describe.PLACEHOLDER
            and node.op not in self.rules.asked
        }
        return gone | floating if len(floating) <= FEW else gone


def _seen(child: Node, box_of: dict[Node, Node]) -> Node:
    while child in box_of:
        child = box_of[child]
    return child


def _neighbours(
    holder: dict[Operation, Node], box_of: dict[Node, Node]
) -> dict[Node, set[Node]]:
    neighbours: dict[Node, set[Node]] = {}
    seen = {op: box_of.get(child, child) for op, child in holder.items()}
    for op, node in seen.items():
        sources = [tensor.op for tensor in op.inputs]
        for source in (*sources, *op.control_inputs):
            other = seen.get(source)
            if other is not None and other is not node:
                neighbours.setdefault(node, set()).add(other)
                neighbours.setdefault(other, set()).add(node)
    return neighbours


def _thin_out(
    visible: list[Node], neighbours: dict[Node, set[Node]], gone: set[Node]
) -> None:
    """Adds the busiest boxes to `gone` while there are too many edges to lay out."""
    left = {node: neighbours.get(node, set()) - gone for node in visible}
    for node in gone:
        left.pop(node, None)
    edges = sum(map(len, left.values())) // 2
    while edges > EDGES_PER_BOX * len(left) + CROWD:
        busiest = max(left, key=lambda node: len(left[node]))
        edges -= len(left[busiest])
        for other in left.pop(busiest):
            left[other].discard(busiest)
        gone.add(busiest)


def _is_auxiliary(node: Node) -> bool:
    """Whether it serves the graph rather than the model, by its kind or name."""
    if node.op is not None and describe.kind_of(node.op) == describe.GROUP:
        return True
    return node.label.startswith(_AUXILIARY)
