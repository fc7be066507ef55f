"""The edges of a scene: lifted, bundled, counted.

An edge between two operations is drawn between the boxes that stand for them in the
lowest open scope that holds both; on the way there it crosses the borders of open
scopes through ports. Edges with the same two ends are one, with a count. Edges of a
set-aside box are not drawn: both ends carry its letter. Read next: `scene.py`.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from interactive_graphs.display import describe
from interactive_graphs.display.arrange import Arranger
from interactive_graphs.display.scene import (
    BACK,
    CONTROL,
    DATA,
    Box,
    Edge,
    Frame,
    Port,
)
from interactive_graphs.display.tree import Node

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation
    from interactive_graphs.framework.tensor import Tensor

PORTS: Final = 6
"""How many ports a scope has on one side before they are bundled."""

OUTSIDE_SOURCE: Final = 3
OUTSIDE_TAKER: Final = 1
"""With how many boxes of a shown scope something outside may be connected by lines."""

_Ends = tuple[str, str, str, str]


class _Bundle:
    """All that flows from one node to another."""

    __slots__ = ("controls", "tensors")

    def __init__(self) -> None:
        self.tensors: dict[Tensor, str] = {}
        self.controls = 0


class Lifter:
    """Finds the edges of every open scope of an arranged graph.

    Attributes:
        place: the box that stands for each operation.
    """

    def __init__(
        self,
        operations: list[Operation],
        arranger: Arranger,
        nodes: dict[str, Node],
    ) -> None:
        """Goes through all edges once."""
        self.arranger = arranger
        self.nodes = nodes
        self.place: dict[Operation, Node] = {}
        self._letters: dict[Node, str] = {}
        self._links: dict[Node, set[Node]] = {}
        self._frames: dict[Node, dict[_Ends, _Bundle]] = {}
        self._ports: dict[tuple[Node, bool], dict[str, Port]] = {}
        self._place_all()
        self._outside: dict[tuple[str, bool], Node] = {}
        self._bundles: dict[tuple[Node, Node], _Bundle] = {}
        for op in operations:
            self._collect(op)
        self._set_outsiders_aside()
        self._crossings = self._count_crossings()
        for (tail, head), bundle in self._bundles.items():
            self._lift(tail, head, bundle)

    def _place_all(self) -> None:
        levels = self.arranger.levels
        for level in levels.values():
            for child in (*level.visible, *level.aside):
                if child in levels:
                    continue
                for op in child.operations():
                    self.place[op] = child
        for level in levels.values():
            for child, taker in level.folded.items():
                for op in child.operations():
                    self.place[op] = taker

    # From operations to places.

    def _collect(self, op: Operation) -> None:
        head = self.place.get(op)
        for tensor in op.inputs:
            bundle = self._bundle(tensor.op, op, head)
            if bundle is not None and tensor not in bundle.tensors:
                bundle.tensors[tensor] = describe.tensor_text(tensor)
        for waited in op.control_inputs:
            bundle = self._bundle(waited, op, head)
            if bundle is not None:
                bundle.controls += 1

    def _bundle(
        self, source: Operation, op: Operation, head: Node | None
    ) -> _Bundle | None:
        tail = self.place.get(source)
        if tail is head:
            return None
        if tail is None:
            tail = self._outsider(source.name, is_source=True)
        if head is None:
            head = self._outsider(op.name, is_source=False)
        if tail is None or head is None:
            return None
        return self._bundles.setdefault((tail, head), _Bundle())

    def _outsider(self, name: str, is_source: bool) -> Node | None:
        """What stands at the border for an operation outside the scope that is shown.

        None when the whole graph is shown: then what is missing was left out.
        """
        root = self.arranger.root.key
        if not root:
            return None
        ours, theirs = root.split("/"), name.split("/")
        shared = 0
        while shared < min(len(ours), len(theirs)) and ours[shared] == theirs[shared]:
            shared += 1
        key = "/".join(theirs[: shared + 1])
        if (key, is_source) not in self._outside:
            node = Node(key, key, None)
            there = self.nodes.get(key)
            if there is not None:
                node.op = there.op if there.is_leaf else None
                node.count = there.count
            self._outside[key, is_source] = node
            self.arranger.up[node] = self.arranger.root
        return self._outside[key, is_source]

    def _set_outsiders_aside(self) -> None:
        """What many boxes of a shown scope go to would be most of its edges."""
        links: dict[Node, int] = {}
        outsiders = set(self._outside.values())
        for ends in self._bundles:
            for node in outsiders.intersection(ends):
                links[node] = links.get(node, 0) + 1
        level = self.arranger.levels[self.arranger.root]
        for (_, is_source), node in self._outside.items():
            if links.get(node, 0) > (OUTSIDE_SOURCE if is_source else OUTSIDE_TAKER):
                level.aside.append(node)

    # From places to edges in frames.

    def _climb(self, tail: Node, head: Node) -> tuple[list[Node], list[Node]]:
        """The places around both ends, up to the lowest open scope that holds both."""
        up = self.arranger.up
        tails, heads = [tail], [head]
        while tails[-1] in up:
            tails.append(up[tails[-1]])
        while heads[-1] in up:
            heads.append(up[heads[-1]])
        while len(tails) > 1 and len(heads) > 1 and tails[-2] is heads[-2]:
            tails.pop()
            heads.pop()
        return tails, heads

    def _count_crossings(self) -> dict[tuple[Node, bool], set[str]]:
        crossings: dict[tuple[Node, bool], set[str]] = {}
        for tail, head in self._bundles:
            tails, heads = self._climb(tail, head)
            for node in tails[1:-1]:
                crossings.setdefault((node, False), set()).add(tail.key)
            for node in heads[1:-1]:
                crossings.setdefault((node, True), set()).add(tail.key)
        root = self.arranger.root
        for key, is_source in self._outside:
            crossings.setdefault((root, is_source), set()).add(key)
        return crossings

    def _port(self, node: Node, inward: bool, key: str, sibling: str) -> str:
        """The port of `node` for what comes from `key`, registered with its frame."""
        crossings = self._crossings[node, inward]
        label = key
        if len(crossings) > PORTS:
            key = sibling if node is not self.arranger.root else "*"
            label = f"{len(crossings)} others"
        ports = self._ports.setdefault((node, inward), {})
        if key not in ports and len(ports) >= PORTS:
            key, label = "*", f"{len(crossings)} others"
        if key not in ports:
            is_root = node is self.arranger.root
            ports[key] = Port(key, describe.plain(label) if is_root else "")
        return key

    def _lift(self, tail: Node, head: Node, bundle: _Bundle) -> None:
        tails, heads = self._climb(tail, head)
        if self._touches_aside(tails, heads):
            return
        out_side, in_side = tails[-2].key, heads[-2].key
        end, port = self._start(tail, out_side)
        for node in tails[1:-1]:
            crossing = self._port(node, False, tail.key, in_side)
            self._add(node, (end, port, "", crossing), bundle)
            end, port = node.key, crossing
        lowest = tails[-1]
        for node in reversed(heads[1:-1]):
            crossing = self._port(node, True, tail.key, out_side)
            self._add(lowest, (end, port, node.key, crossing), bundle)
            end, port, lowest = "", crossing, node
        self._add(lowest, (end, port, *self._finish(head, in_side)), bundle)

    def _start(self, tail: Node, side: str) -> tuple[str, str]:
        if self._outside.get((tail.key, True)) is tail:
            return "", self._port(self.arranger.root, True, tail.key, side)
        return tail.key, ""

    def _finish(self, head: Node, side: str) -> tuple[str, str]:
        if self._outside.get((head.key, False)) is head:
            return "", self._port(self.arranger.root, False, head.key, side)
        return head.key, ""

    def _add(self, frame: Node, ends: _Ends, bundle: _Bundle) -> None:
        there = self._frames.setdefault(frame, {}).setdefault(ends, _Bundle())
        there.tensors.update(bundle.tensors)
        there.controls += bundle.controls

    # Set-aside boxes.

    def _touches_aside(self, tails: list[Node], heads: list[Node]) -> bool:
        touched = False
        for inner, others in ((tails, heads), (heads, tails)):
            for node, frame in itertools.pairwise(inner):
                if frame in self.arranger.levels and node in self._aside_of(frame):
                    self._links.setdefault(node, set()).add(others[0])
                    touched = True
        return touched

    def _aside_of(self, frame: Node) -> list[Node]:
        return self.arranger.levels[frame].aside

    def links_of(self, node: Node) -> int:
        """With how many boxes the set-aside `node` is connected."""
        return len(self._links.get(node, ()))

    def letter_of(self, node: Node) -> str:
        """The letter that stands for the edges of the set-aside `node`."""
        number = len(self._letters)
        letter = chr(ord("A") + number % 26) * (number // 26 + 1)
        return self._letters.setdefault(node, letter)

    def mark(self, frame: Frame) -> None:
        """Writes letters on all boxes of `frame` that have edges to a set-aside box."""
        marks: dict[str, list[str]] = {}
        for node, others in self._links.items():
            for other in others:
                if node in self._letters:
                    marks.setdefault(other.key, []).append(self._letters[node])
        frames = [frame]
        while frames:
            inner = frames.pop()
            boxes: list[Box] = [*inner.boxes, *(aside.box for aside in inner.aside)]
            for box in boxes:
                box.marks = sorted(marks.get(box.key, ()))
                if box.frame is not None:
                    frames.append(box.frame)

    def fill(self, node: Node, frame: Frame) -> None:
        """Writes the edges and ports of the open scope `node` into `frame`."""
        found = self._frames.get(node, {})
        for ends, bundle in found.items():
            tensors = list(bundle.tensors.values())
            if tensors:
                kind = BACK if all(map(_leads_back, bundle.tensors)) else DATA
                frame.edges.append(Edge(*ends, kind, tensors, len(tensors)))
            else:
                frame.edges.append(Edge(*ends, CONTROL, [], bundle.controls))
        frame.inputs = list(self._ports.get((node, True), {}).values())
        frame.outputs = list(self._ports.get((node, False), {}).values())


def _leads_back(tensor: Tensor) -> bool:
    """Whether it goes to where its loop begins."""
    return tensor.op.type in ("NextIteration", "RefNextIteration")
