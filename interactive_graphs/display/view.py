"""From a graph to a scene: what is drawn, before anything is drawn.

`view(graph)` decides which scopes are open, lifts each edge to the lowest scope that
holds both its ends, bundles parallel ones, folds constants into the operations that
take them and sets boxes with very many edges aside. What is laid out stays small
however large the graph: one pass over operations and edges, no recursion.

    scene = view(graph, scope="layer1")
    [box.label for box in scene.frame.boxes]

Read next: `arrange.py` (one scope), `lift.py` (the edges).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from interactive_graphs.display import describe
from interactive_graphs.display.arrange import Arranger
from interactive_graphs.display.fold import folded_lines
from interactive_graphs.display.lift import Lifter
from interactive_graphs.display.scene import Aside, Box, Frame, Scene
from interactive_graphs.display.tree import Node, scope_tree

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation

BUDGET: Final = 26
"""How many boxes a picture may have before scopes stay closed."""

MOST: Final = 150
"""How many boxes a picture may have even when everything shall be open."""


class UnknownScopeError(ValueError):
    """A scope was asked for that the graph does not have."""


def view(
    operations: Iterable[Operation],
    *,
    asked: Iterable[Operation] = (),
    scope: str = "",
    open: Iterable[str] = (),
    everything: bool = False,
    budget: int = BUDGET,
    title: str = "",
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

    Returns:
        A scene that holds at most about `MOST` boxes.

    Raises:
        UnknownScopeError: `scope` or one of `open` is no scope of these operations.
    """
    return _Builder(list(operations), frozenset(asked), scope).build(
        list(open), everything, budget, title
    )


class _Builder:
    """Holds what the steps of making one scene share."""

    def __init__(
        self, operations: list[Operation], asked: frozenset[Operation], scope: str
    ) -> None:
        self.operations = operations
        self.asked = asked
        top, self.nodes = scope_tree(operations)
        self.root = self._find(scope) if scope.strip("/") else top
        self.arranger = Arranger(operations, self.root, asked)
        self.letters = 0

    def _find(self, name: str) -> Node:
        name, *numbers = name.strip("/").split("#")
        node = self.nodes.get(name.strip("/"))
        for number in numbers:
            node = self._section(node, number)
        if node is not None and node.op is not None and node.key != name.strip("/"):
            # A scope that its only operation stands for: shown as what it is.
            only, node = node, Node(name.strip("/"), name, None)
            node.children, node.count = [only], only.count
        if node is None or not node.children:
            scopes = [key for key, node in self.nodes.items() if key and node.children]
            some = ", ".join(describe.plain(key) for key in scopes[:8])
            more = f" and {len(scopes) - 8} more" if len(scopes) > 8 else ""
            raise UnknownScopeError(
                f"No name scope {name!r} here; "
                + (f"there are {some}{more}." if scopes else "there are none.")
            )
        return node

    def _section(self, parent: Node | None, number: str) -> Node | None:
        """Section `number` of a crowded scope, the name of which ends in `#number`."""
        if parent is None:
            return None
        level = Arranger(self.operations, parent, self.asked).levels[parent]
        cut = [node for node in level.visible if node.section]
        wanted = f"{parent.key}#{number}"
        return next((node for node in cut if node.key == wanted), None)

    def build(
        self, open_names: list[str], everything: bool, budget: int, title: str
    ) -> Scene:
        """Opens scopes, lifts the edges and writes everything down."""
        arranger = self.arranger
        for name in open_names:
            arranger.open_path(self._find(name))
        if everything:
            arranger.open_all(MOST)
        else:
            arranger.open_while_small(budget)
        self.lifter = Lifter(self.operations, arranger, self.nodes)
        frame = self._frame(self.root)
        self.lifter.mark(frame)
        total = self.root.count
        return Scene(
            title=describe.plain(title or self.root.key or "Graph"),
            summary=self._summary(),
            frame=frame,
            operations=total,
            notes=self._notes(),
        )

    def _frame(self, root: Node) -> Frame:
        """The frame of `root`, with those of the open scopes in it."""
        outermost = Frame()
        waiting = [(root, outermost)]
        while waiting:
            node, frame = waiting.pop()
            level = self.arranger.levels[node]
            for child in level.visible:
                box = self._box(child)
                frame.boxes.append(box)
                if child in self.arranger.levels:
                    box.frame = Frame()
                    waiting.append((child, box.frame))
            for child in level.aside:
                links = self.lifter.links_of(child)
                letter = self.lifter.letter_of(child)
                frame.aside.append(Aside(letter, self._box(child), links))
            self.lifter.fill(node, frame)
        return outermost

    def _box(self, node: Node) -> Box:
        box = Box(
            key=node.key,
            label=describe.plain(node.label),
            kind=node.kind,
            count=max(node.count, 1),
            devices=_devices(node, own=_is_variable(node)),
            asked=any(op in self.asked for op in node.operations()),
        )
        if node.op is not None:
            self._describe_operation(box, node, node.op)
            box.lines += folded_lines(node, self.arranger.folded_into(node))
        if box.kind in (describe.SCOPE, describe.SECTION):
            box.lines.append(describe.counted(node.count, "operation"))
        return box

    def _describe_operation(self, box: Box, node: Node, op: Operation) -> None:
        box.type = describe.plain(op.type)
        box.inputs = [self._source(t.op, t.value_index, node) for t in op.inputs]
        box.waits = [self._source(waited, 0, node) for waited in op.control_inputs]
        box.outputs = [describe.tensor_text(tensor) for tensor in op.outputs]
        if box.kind == describe.CONSTANT:
            box.lines.append(describe.constant_value_text(op))
        elif box.kind in (describe.PLACEHOLDER, describe.VARIABLE):
            box.lines.append(_held_text(op))
        elif not _says_type(box.label, op.type):
            box.lines.append(box.type)

    def _source(self, op: Operation, index: int, taker: Node) -> str:
        """What to call an input: a variable by its own name, whatever reads it.

        A constant that is folded into what takes it is called by its value.
        """
        place = self.lifter.place.get(op)
        if place is taker and describe.kind_of(op) == describe.CONSTANT:
            return describe.constant_value_text(op, 18) or describe.plain(op.name)
        if place is not None and _is_variable(place):
            return describe.plain(place.key)
        return describe.plain(f"{op.name}:{index}" if index else op.name)

    def _summary(self) -> str:
        counts: dict[str, int] = {}
        for op in self.root.operations():
            kind = describe.kind_of(op)
            counts[kind] = counts.get(kind, 0) + 1
        parts = [
            describe.counted(counts[kind], kind)
            for kind in (describe.PLACEHOLDER, describe.CONSTANT, describe.VARIABLE)
            if kind in counts
        ]
        total = describe.counted(self.root.count, "operation")
        return f"{total}, of them {', '.join(parts)}" if parts else total

    def _notes(self) -> list[str]:
        levels = self.arranger.levels
        shown = (node for level in levels.values() for node in level.visible)
        closed = [
            node
            for node in shown
            if node not in levels and node.kind in (describe.SCOPE, describe.SECTION)
        ]
        notes = []
        if closed:
            example = describe.plain(closed[0].key, 40)
            which = describe.counted(len(closed), "closed scope")
            notes.append(f"{which}; `%graph --scope {example}` shows one")
        return notes


def _is_variable(node: Node) -> bool:
    return node.kind == describe.VARIABLE


def _held_text(op: Operation) -> str:
    """Dtype and shape of what a variable or placeholder holds, without the `_ref`."""
    if op.type == "VarHandleOp" and "dtype" in op.attrs:
        shape = describe.shape_text(op.attrs.get("shape"))
        return f"{op.attrs['dtype'].name} {shape}"
    return describe.tensor_text(op.outputs[0]).replace("_ref", "", 1)


def _says_type(label: str, op_type: str) -> bool:
    """Whether the label is the op type but for case, underscores and numbering."""
    stem = label.rstrip("0123456789").rstrip("_").replace("_", "").lower()
    kind = op_type.lower()
    return kind in (stem, stem + "v2", stem + "v3")


def _devices(node: Node, own: bool) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for op in [node.op] if own and node.op is not None else node.operations():
        if op.device:
            counts[op.device] = counts.get(op.device, 0) + 1
    return sorted((describe.device_text(device), n) for device, n in counts.items())
