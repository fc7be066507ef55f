"""What is seen of each open scope, and which scopes are open.

One scope at a time: its children become boxes, except what is folded into others
(`fold.py`); a box with far more neighbours than the rest is set aside; and where too
many boxes remain, they are cut into sections. Read next: `lift.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from interactive_graphs.display import describe
from interactive_graphs.display.fold import Folder
from interactive_graphs.display.tree import Node, sections

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


class Level:
    """What is seen of one open scope.

    Attributes:
        visible: the boxes to lay out.
        aside: the boxes with too many neighbours to lay out.
        folded: nodes without a box, by the node whose box names them.
    """

    __slots__ = ("aside", "folded", "visible")

    def __init__(self) -> None:
        """Empty; `Arranger.arrange` fills it."""
        self.visible: list[Node] = []
        self.aside: list[Node] = []
        self.folded: dict[Node, Node] = {}


class Arranger:
    """Opens scopes and arranges what is in them.

    Attributes:
        levels: the open scopes.
        up: the open scope that each arranged node is seen in.
    """

    def __init__(
        self,
        operations: list[Operation],
        root: Node,
        asked: frozenset[Operation],
    ) -> None:
        """Opens `root` and nothing else."""
        self.root = root
        self.asked = asked
        self.levels: dict[Node, Level] = {}
        self.up: dict[Node, Node] = {}
        self.folder = Folder(operations, asked)
        self._open(root, self.arrange(root))

    def _open(self, node: Node, level: Level) -> None:
        self.levels[node] = level
        for child in (*level.visible, *level.aside, *level.folded):
            self.up[child] = node
        if node in self.up:
            self._unfold(self.levels[self.up[node]], node)

    @staticmethod
    def _unfold(level: Level, taker: Node) -> None:
        """Gives what is folded its own box again when what named it is open."""
        for child in [c for c, node in level.folded.items() if node is taker]:
            del level.folded[child]
            level.visible.append(child)

    def arrange(self, node: Node) -> Level:
        """What would be seen of `node` if it were opened."""
        level = Level()
        children = node.children if node.section else node.inside()
        holder = {op: child for child in children for op in child.operations()}
        level.folded = self.folder.folded(children, holder, len(children) <= FEW + 2)
        level.visible = [child for child in children if child not in level.folded]
        if len(level.visible) >= FEW:
            neighbours = _neighbours(holder, level.folded)
            level.aside = self._crowded(level.visible, neighbours)
            gone = set(level.aside)
            level.visible = [child for child in level.visible if child not in gone]
        if len(level.visible) > CROWD:
            gone = set(level.aside)
            rest = [child for child in children if child not in gone]
            level.folded = {}
            level.visible = sections(node, rest, SECTIONS)
        return level

    def folded_into(self, node: Node) -> dict[Node, Node]:
        """What is folded in the scope that `node` is seen in."""
        parent = self.up.get(node)
        level = self.levels.get(parent) if parent is not None else None
        return {} if level is None else level.folded

    # Boxes with too many neighbours.

    def _crowded(
        self, visible: list[Node], neighbours: dict[Node, set[Node]]
    ) -> list[Node]:
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
        if len(gone) == len(visible):
            return []
        # What has edges to set-aside boxes only would be left floating: an optimizer's
        # own variables, for example.
        floating = {
            node
            for node in visible
            if (near := neighbours.get(node))
            and near <= gone
            and node.kind != describe.PLACEHOLDER
            and node.op not in self.asked
        }
        if len(floating) <= FEW:
            gone |= floating
        return [node for node in visible if node in gone]

    # Which scopes are open.

    def open_while_small(self, budget: int) -> None:
        """Opens plain scopes, a level at a time, while at most `budget` boxes show."""
        frontier = list(self.levels)
        while frontier:
            shown = self.shown()
            closed = [
                child
                for node in frontier
                for child in self.levels[node].visible
                if child.is_plain_scope and child not in self.levels
            ]
            if len(closed) > budget:
                return
            plans = {child: self.arrange(child) for child in closed}
            if not _fits(plans.values(), shown, budget):
                plans = {c: p for c, p in plans.items() if len(p.visible) <= 6}
            alone = shown == 1 and len(plans) == 1
            if not alone and not _fits(plans.values(), shown, budget):
                return
            for child, level in plans.items():
                self._open(child, level)
            frontier = list(plans)

    def open_all(self, most: int) -> None:
        """Opens everything, outermost first, until `most` boxes show."""
        frontier = list(self.levels)
        while frontier:
            deeper = []
            for node in frontier:
                level = self.levels[node]
                # Whoever wants to see everything wants no box closed at the side.
                for child in (*level.visible, *level.aside):
                    if not child.children or child in self.levels or child.is_leaf:
                        continue
                    plan = self.arrange(child)
                    if self.shown() + len(plan.visible) > most:
                        return
                    self._bring_back(level, child)
                    self._open(child, plan)
                    deeper.append(child)
            frontier = deeper

    def open_path(self, node: Node) -> None:
        """Opens `node` and all that it lies in."""
        path: list[Node] = []
        step: Node | None = node
        while step is not None and step is not self.root:
            path.append(step)
            step = step.parent
        if step is None:
            return
        current = self.root
        while path:
            target = path[-1]
            level = self.levels[current]
            self._bring_back(level, target)
            if target in level.visible:
                path.pop()
                current = target
            else:
                current = next(
                    section
                    for section in level.visible
                    if section.section and _holds(section, target)
                )
            if current not in self.levels:
                self._open(current, self.arrange(current))

    def shown(self) -> int:
        """How many boxes the open scopes show."""
        return sum(len(level.visible) for level in self.levels.values())

    @staticmethod
    def _bring_back(level: Level, node: Node) -> None:
        if node in level.aside:
            level.aside.remove(node)
            level.visible.append(node)


def _fits(plans: Iterable[Level], shown: int, budget: int) -> bool:
    return shown + sum(len(plan.visible) for plan in plans) <= budget


def _holds(section: Node, node: Node) -> bool:
    """Whether `node` is one of the children of `section`, or of a section in it."""
    return any(child is node for child in section.children)


def _neighbours(
    holder: dict[Operation, Node], folded: dict[Node, Node]
) -> dict[Node, set[Node]]:
    neighbours: dict[Node, set[Node]] = {}
    for op, node in holder.items():
        node = folded.get(node, node)
        sources = [tensor.op for tensor in op.inputs]
        for source in (*sources, *op.control_inputs):
            other = holder.get(source)
            other = folded.get(other, other) if other is not None else None
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
