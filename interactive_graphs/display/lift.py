"""The edges of one frame: lifted, bundled, counted.

An edge between two operations is drawn between the boxes that stand for them in the
lowest scope that holds both; from there it goes on inside each of the two boxes, where
that is opened, through a port on the border. A port is called after what lies at the
other end, so the frames of two scopes fit together without knowing of each other.
Edges with the same two ends are one, with a count. Edges of a set-aside box are not
drawn: both ends carry its letter. Read next: `book.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from interactive_graphs.display import describe
from interactive_graphs.display.arrange import Arranger
from interactive_graphs.display.scene import BACK, CONTROL, DATA, Edge, Port
from interactive_graphs.display.tree import Node

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation
    from interactive_graphs.framework.tensor import Tensor

PORTS: Final = 6
"""How many ports a scope has on one side before the rest are bundled."""

OUTSIDE_SOURCE: Final = 3
OUTSIDE_TAKER: Final = 1
"""With how many boxes of a scope shown alone a line may join something outside."""

REST: Final = "*"
"""Key of the port that the rest are bundled in."""

End = tuple[str, str]
_Ends = tuple[str, str, str, str]


class Bundle:
    """All that flows from one end to another."""

    __slots__ = ("controls", "tensors")

    def __init__(self) -> None:
        """Nothing yet."""
        self.tensors: dict[Tensor, None] = {}
        self.controls = 0

    def edge(self, ends: _Ends) -> Edge:
        """The edge that shows it."""
        if not self.tensors:
            return Edge(*ends, CONTROL, [], self.controls)
        kind = BACK if all(map(_leads_back, self.tensors)) else DATA
        texts = [describe.tensor_text(tensor) for tensor in self.tensors]
        return Edge(*ends, kind, texts, len(texts))


class Side:
    """One side of the border of a scope: what comes in, or what goes out.

    Attributes:
        ports: the ports, by their keys.
        port_of: the key of the port for each operation beyond the border.
        letter_of: the letter for each that lies in a box set aside there.
    """

    __slots__ = ("_labels", "letter_of", "port_of", "ports")

    def __init__(self) -> None:
        """Without any port."""
        self.ports: dict[str, Port] = {}
        self.port_of: dict[Operation, str] = {}
        self.letter_of: dict[Operation, str] = {}
        self._labels = {REST: "others"}

    def lead_to(self, other: Operation, box: Node) -> None:
        """`box` stands for `other`, next to the scope."""
        self.port_of[other] = box.key
        self._labels[box.key] = box.label if box.section else box.key

    def lead_on(self, other: Operation, beyond: Side) -> None:
        """`other` lies beyond the next border, too, the same side of which is given.

        It may lie nowhere at all: not among the operations that are shown.
        """
        if other in beyond.port_of:
            key = self.port_of[other] = beyond.port_of[other]
            self._labels[key] = beyond.ports[key].label
        elif other in beyond.letter_of:
            self.letter_of[other] = beyond.letter_of[other]

    def name_ports(self) -> None:
        """Makes the ports from `port_of`; of very many, the last are one."""
        keys = list(dict.fromkeys(self.port_of.values()))
        rest = set(keys[PORTS - 1 :]) | {REST} if len(keys) > PORTS else {REST}
        for key in keys:
            if key not in rest:
                self.ports[key] = Port(key, describe.name_text(self._labels[key]))
        if rest.intersection(keys):
            # The scope around it may have bundled some before.
            many = f"{len(rest) - 1} others"
            self.ports[REST] = Port(REST, many if len(rest) > 1 else "others")
            for op, key in self.port_of.items():
                if key in rest:
                    self.port_of[op] = REST


class Lifter:
    """Finds edges, ports and letters, one scope at a time.

    Args:
        arranger: of the graph.
        alone: the scope that is shown without those around it, if there is one.

    Attributes:
        outsiders: what lies around the scope shown alone and has a letter, with the
            number of boxes that it is connected with.
    """

    def __init__(self, arranger: Arranger, alone: Node | None = None) -> None:
        """Looks at nothing yet."""
        self.arranger = arranger
        self.alone = alone
        self.outsiders: dict[Node, int] = {}
        self._borders: dict[Node, tuple[Side, Side]] = {}

    # Borders.

    def border(self, node: Node) -> tuple[Side, Side]:
        """What comes into the scope `node`, and what goes out of it."""
        if node not in self._borders:
            path, step = [node], node
            while (around := self.arranger.up.get(step)) is not None:
                path.append(around)
                step = around
            for scope in reversed(path):
                if scope not in self._borders:
                    self._borders[scope] = self._find_border(scope)
        return self._borders[node]

    def _find_border(self, node: Node) -> tuple[Side, Side]:
        sources, takers = Side(), Side()
        if node in self.arranger.up:
            inside = self.arranger.level(node).holder
            all_takers = self.arranger.folder.takers
            for op in inside:
                for source in sources_of(op):
                    if source not in inside:
                        self._cross(node, sources, source, inward=True)
                for taker in all_takers.get(op, ()):
                    if taker not in inside:
                        self._cross(node, takers, taker, inward=False)
            if node is self.alone:
                self._set_outsiders_aside(node, sources, OUTSIDE_SOURCE)
                self._set_outsiders_aside(node, takers, OUTSIDE_TAKER)
            sources.name_ports()
            takers.name_ports()
        return sources, takers

    def _cross(self, node: Node, side: Side, other: Operation, inward: bool) -> None:
        """Notes what stands for the operation `other` beyond the border of `node`."""
        if other in side.port_of or other in side.letter_of:
            return
        around = self.arranger.up[node]
        level = self.arranger.level(around)
        box = level.holder.get(other)
        if box is None:
            side.lead_on(other, self._borders[around][0 if inward else 1])
        elif box in level.aside:
            side.letter_of[other] = level.letter(box)
        else:
            side.lead_to(other, box)

    def _set_outsiders_aside(self, node: Node, side: Side, most: int) -> None:
        """Gives a letter to what is connected with more than `most` boxes of `node`.

        Its lines would be most of all. What has a letter in a scope around, which is
        not seen now, keeps one.
        """
        links: dict[Node, set[Node]] = {}
        boxes = {
            o: self._seen_outside(node, o) for o in (*side.port_of, *side.letter_of)
        }
        for other, box in boxes.items():
            links.setdefault(box, set()).update(self._linked(node, other))
        for other, box in boxes.items():
            if other in side.letter_of or len(links[box]) > most:
                side.port_of.pop(other, None)
                side.letter_of[other] = outsider_letter(box)
                count = len(links[box])
                self.outsiders[box] = max(count, self.outsiders.get(box, 0))

    def _seen_outside(self, node: Node, other: Operation) -> Node:
        """The box of `other` in the innermost scope around `node` that holds it."""
        while True:
            node = self.arranger.up[node]
            box = self.arranger.level(node).holder.get(other)
            if box is not None:
                return box

    def _linked(self, node: Node, other: Operation) -> set[Node]:
        """The boxes of `node` that the operation `other` is connected with."""
        holder = self.arranger.level(node).holder
        near = (*sources_of(other), *self.arranger.folder.takers.get(other, ()))
        return {holder[op] for op in near if op in holder}

    # Edges.

    def bundles(self, node: Node) -> dict[tuple[End, End], Bundle]:
        """All that flows in the open scope `node`, by where it starts and ends.

        An end is a box with the port it has there, or no box and a port of `node`.
        Boxes set aside are ends like any others.
        """
        found: dict[tuple[End, End], Bundle] = {}
        for source, taker, tensor in self._flows(node):
            tail, head = (
                self._tail(node, source, taker),
                self._head(node, source, taker),
            )
            if tail is None or head is None:
                continue
            bundle = found.get((tail, head))
            if bundle is None:
                bundle = found[tail, head] = Bundle()
            if tensor is None:
                bundle.controls += 1
            else:
                bundle.tensors[tensor] = None
        return found

    def _flows(
        self, node: Node
    ) -> Iterator[tuple[Operation, Operation, Tensor | None]]:
        """Each (source, taker, tensor, None for control) seen in the scope `node`."""
        holder = self.arranger.level(node).holder
        all_takers = self.arranger.folder.takers
        for op, box in holder.items():
            for tensor in op.inputs:
                if holder.get(tensor.op) is not box:
                    yield tensor.op, op, tensor
            for source in op.control_inputs:
                if holder.get(source) is not box:
                    yield source, op, None
        if node not in self.arranger.up:
            return
        for op in holder:
            for taker in all_takers.get(op, ()):
                if taker in holder:
                    continue
                taken = [tensor for tensor in taker.inputs if tensor.op is op]
                for tensor in taken:
                    yield op, taker, tensor
                if op in taker.control_inputs:
                    yield op, taker, None

    def _tail(self, node: Node, source: Operation, taker: Operation) -> End | None:
        box = self.arranger.level(node).holder.get(source)
        if box is None:
            port = self.border(node)[0].port_of.get(source)
            return None if port is None else ("", port)
        if not box.children:
            return box.key, ""
        return box.key, self.border(box)[1].port_of.get(taker, "")

    def _head(self, node: Node, source: Operation, taker: Operation) -> End | None:
        box = self.arranger.level(node).holder.get(taker)
        if box is None:
            port = self.border(node)[1].port_of.get(taker)
            return None if port is None else ("", port)
        if not box.children:
            return box.key, ""
        return box.key, self.border(box)[0].port_of.get(source, "")

    # Letters.

    def letters(self, node: Node) -> dict[str, set[str]]:
        """The letters that each box of the scope `node` bears, for scopes around it."""
        found: dict[str, set[str]] = {}
        if node not in self.arranger.up:
            return found
        holder = self.arranger.level(node).holder
        sources, takers = self.border(node)
        all_takers = self.arranger.folder.takers
        for source, letter in sources.letter_of.items():
            for op in all_takers.get(source, ()):
                if op in holder:
                    found.setdefault(holder[op].key, set()).add(letter)
        for taker, letter in takers.letter_of.items():
            for op in sources_of(taker):
                if op in holder:
                    found.setdefault(holder[op].key, set()).add(letter)
        return found


def outsider_letter(box: Node) -> str:
    """What stands for the letter of `box`, outside of the scope shown alone.

    `view.bind` gives letters anew; no other letter and no key starts with a slash.
    """
    return f"/{box.key}"


def sources_of(op: Operation) -> list[Operation]:
    """The operations that `op` takes from or waits for."""
    return [*(tensor.op for tensor in op.inputs), *op.control_inputs]


def _leads_back(tensor: Tensor) -> bool:
    """Whether it goes to where its loop begins."""
    return tensor.op.type in ("NextIteration", "RefNextIteration")
