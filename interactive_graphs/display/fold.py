"""What is folded into another box: constants, summaries, initial values of variables.

A constant that one operation alone takes is told in that operation's box, and so is a
summary of what it gives; what does nothing but make a variable's initial value is told
in the variable's box, since it runs when the variable is initialised and not when it is
read. Read next: `arrange.py`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from interactive_graphs.display import describe
from interactive_graphs.display.tree import Node

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation

LINES: Final = 3
_ASSIGNS: Final = frozenset(("Assign", "AssignVariableOp"))
_VALUE: Final = 18
_INTEGERS: Final = frozenset(("int32", "int64"))
# Which input is summarised.
_SUMMARIES: Final = {
    "ScalarSummary": 1,
    "HistogramSummary": 1,
    "ImageSummary": 1,
    "AudioSummary": 1,
    "AudioSummaryV2": 1,
    "TensorSummary": 0,
    "TensorSummaryV2": 1,
}


class Folder:
    """Finds what can be folded in one scope at a time."""

    def __init__(
        self, operations: list[Operation], asked: frozenset[Operation]
    ) -> None:
        """Looks at nothing yet."""
        self.operations = operations
        self.asked = asked

    @cached_property
    def takers(self) -> dict[Operation, list[Operation]]:
        """Who takes, or waits for, each operation; each taker once."""
        takers: dict[Operation, list[Operation]] = {}
        for op in self.operations:
            sources = [tensor.op for tensor in op.inputs]
            for source in dict.fromkeys([*sources, *op.control_inputs]):
                takers.setdefault(source, []).append(op)
        return takers

    def folded(
        self, children: list[Node], holder: dict[Operation, Node], few: bool
    ) -> dict[Node, Node]:
        """Which of `children` to fold into which.

        Args:
            children: what lies in the scope.
            holder: which of them each operation lies in.
            few: whether there is room for constants to be boxes.
        """
        folded = {}
        for child in children:
            taker = self._taker_of_constant(child, holder, few)
            if taker is not None:
                folded[child] = taker
        variables = {c for c in children if c.kind == describe.VARIABLE}
        if variables:
            for child in children:
                if child not in folded and child not in variables:
                    variable = self._variable_started(child, holder, folded)
                    if variable in variables:
                        folded[child] = variable
        for child in children:
            maker = self._summarised(child, holder)
            if maker is not None and maker not in folded:
                folded[child] = maker
        # A constant in an initial value lies, with that, in the variable.
        return {child: folded.get(taker, taker) for child, taker in folded.items()}

    def _taker_of_constant(
        self, child: Node, holder: dict[Operation, Node], few: bool
    ) -> Node | None:
        if child.op is None or child.children or child.kind != describe.CONSTANT:
            return None
        takers = self.takers.get(child.op, [])
        if len(takers) != 1 or child.op in self.asked:
            return None
        taker = holder.get(takers[0])
        # A constant may wait for another one, and be folded away itself.
        if taker is None or not taker.is_leaf or taker.kind == describe.CONSTANT:
            return None
        # In a small picture every constant is worth a box of its own, except those
        # that say how an operation works, as an axis or a shape does.
        return None if few and not _is_setting(child.op, takers[0]) else taker

    def _summarised(self, child: Node, holder: dict[Operation, Node]) -> Node | None:
        """What `child` is a summary of, if it is nothing else."""
        op = child.op
        if op is None or op.type not in _SUMMARIES or not child.is_leaf:
            return None
        takers = self.takers.get(op, ())
        if op in self.asked or op.control_inputs:
            return None
        if any(taker.type != "MergeSummary" for taker in takers):
            return None
        return holder.get(op.inputs[_SUMMARIES[op.type]].op)

    def _variable_started(
        self,
        child: Node,
        holder: dict[Operation, Node],
        folded: dict[Node, Node],
    ) -> Node | None:
        """The one node that `child` is an initial value of, if it is nothing else."""
        if child.kind == describe.PLACEHOLDER:
            return None
        started = None
        for op in child.operations():
            if op in self.asked:
                return None
            sources = [tensor.op for tensor in op.inputs]
            for source in (*sources, *op.control_inputs):
                there = holder.get(source)
                if there is child:
                    continue
                if there is None or folded.get(there) is not child:
                    return None
            for taker in self.takers.get(op, ()):
                there = holder.get(taker)
                if there is child:
                    continue
                if taker.type not in _ASSIGNS or there is None:
                    return None
                if started is not None and there is not started:
                    return None
                started = there
        return started


def folded_lines(node: Node, folded: dict[Node, Node]) -> list[str]:
    """Lines for what is folded into the box of `node`.

    Args:
        node: the box.
        folded: what is folded in the scope around it.
    """
    inside = [child for child, taker in folded.items() if taker is node]
    summaries = [child for child in inside if _is_summary(child)]
    if node.op is None or not node.is_leaf:
        lines = _start_lines(node, folded) if node.kind == describe.VARIABLE else []
    else:
        own = [child for child in node.children if child.op is not node.op]
        taken = {tensor.op for tensor in node.op.inputs}
        lines = _constant_lines(own + [child for child in inside if child.op in taken])
    return lines + _summary_lines(summaries)


def _is_summary(child: Node) -> bool:
    return child.op is not None and child.op.type in _SUMMARIES


def _constant_lines(constants: list[Node]) -> list[str]:
    lines = [
        f"{describe.plain(constant.label, 16)} = "
        f"{describe.constant_value_text(constant.op, _VALUE)}"
        for constant in constants[:LINES]
        if constant.op is not None
    ]
    if len(constants) > LINES:
        lines.append(describe.counted(len(constants) - LINES, "more constant"))
    return lines


def _summary_lines(summaries: list[Node]) -> list[str]:
    names = ", ".join(one.label for one in summaries[: LINES + 1])
    return [describe.plain(f"{describe.SUMMARY}{names}", 34)] if summaries else []


def _start_lines(variable: Node, folded: dict[Node, Node]) -> list[str]:
    """What a variable starts from, if that has no box of its own."""
    hidden = {op for child in variable.children for op in child.operations()}
    names = {}
    for child, taker in folded.items():
        if taker is variable:
            names.update(dict.fromkeys(child.operations(), child.label))
    for child in variable.children:
        op = child.op
        # The slots of an optimizer lie in the scope, too, with assignments of theirs.
        if op is None or op.type not in _ASSIGNS or len(op.inputs) < 2:
            continue
        if op.inputs[0].op is not variable.op:
            continue
        start = op.inputs[1].op
        is_hidden = start in hidden or start in names
        if is_hidden and describe.kind_of(start) == describe.CONSTANT:
            return [f"starts at {_start_value(start)}"]
        if is_hidden:
            label = names.get(start, start.name.rpartition("/")[2])
            return [f"starts from {describe.plain(label, 24)}"]
    return []


def _start_value(constant: Operation) -> str:
    value = constant.attrs.get("value")
    array = np.asarray(value)
    if value is not None and array.size > 1 and (array == array.flat[0]).all():
        return f"{describe.value_text(array.flat[0], _VALUE)} throughout"
    return describe.constant_value_text(constant, _VALUE)


def _is_setting(constant: Operation, taker: Operation) -> bool:
    """Whether the constant tells `taker` how to work: integers among other things."""
    if constant.name.startswith(f"{taker.name}/"):
        return True
    if constant.outputs[0].dtype.name not in _INTEGERS:
        return False
    others = [t for t in taker.inputs if t.op is not constant]
    return bool(others) and all(t.dtype.name not in _INTEGERS for t in others)
