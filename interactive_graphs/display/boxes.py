"""The box of one operation or scope: what is written in it and known of it.

Read next: `fold.py` (what a box tells of others), `describe.py` (the words).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from interactive_graphs.display import describe
from interactive_graphs.display.fold import folded_lines
from interactive_graphs.display.scene import Box
from interactive_graphs.display.tree import Node

if TYPE_CHECKING:
    from interactive_graphs.display.arrange import Arranger, Level
    from interactive_graphs.framework.operation import Operation

_VALUE: Final = 18


class Boxes:
    """Makes the boxes of a graph.

    Args:
        arranger: of the graph.
    """

    def __init__(self, arranger: Arranger) -> None:
        """Makes none yet."""
        self.asked = arranger.rules.asked
        self.nodes = arranger.nodes

    def box(self, node: Node, level: Level) -> Box:
        """The box of `node`, which is seen in `level`."""
        inside = node.operations()
        box = Box(
            key=node.key,
            label=describe.name_text(node.label),
            kind=node.kind,
            count=max(node.count, 1),
            devices=_devices([node.op] if node.op and _is_variable(node) else inside),
            asked=bool(self.asked) and not self.asked.isdisjoint(inside),
        )
        if node.op is not None:
            self._describe_operation(box, node, node.op, level)
        if box.kind in (describe.SCOPE, describe.SECTION):
            box.lines.append(describe.counted(node.count, "operation"))
        box.lines += folded_lines(node, level.folded)
        return box

    def _describe_operation(
        self, box: Box, node: Node, op: Operation, level: Level
    ) -> None:
        box.type = describe.name_text(op.type)
        for tensor in op.inputs:
            box.inputs.append(self._source(tensor.op, tensor.value_index, node, level))
        for waited in op.control_inputs:
            box.waits.append(self._source(waited, 0, node, level))
        box.outputs = [describe.tensor_text(tensor) for tensor in op.outputs]
        if box.kind == describe.CONSTANT:
            box.lines.append(describe.constant_value_text(op))
        elif box.kind in (describe.PLACEHOLDER, describe.VARIABLE):
            box.lines.append(_held_text(op))
        elif not _says_type(box.label, op.type):
            box.lines.append(box.type)

    def _source(self, op: Operation, index: int, taker: Node, level: Level) -> str:
        """What to call an input: a variable by its own name, whatever reads it.

        A constant that is folded into what takes it is called by its value.
        """
        is_folded = level.holder.get(op) is taker
        if is_folded and describe.kind_of(op) == describe.CONSTANT:
            return describe.constant_value_text(op, _VALUE) or describe.name_text(
                op.name
            )
        variable = self._variable_of(op)
        if variable is not None and variable is not taker:
            return describe.name_text(variable.key)
        return describe.name_text(f"{op.name}:{index}" if index else op.name)

    def _variable_of(self, op: Operation) -> Node | None:
        """The variable that `op` belongs to, the innermost one."""
        node = self.nodes.get(op.name)
        while node is not None and not _is_variable(node):
            node = node.parent
        return node


def _is_variable(node: Node) -> bool:
    return node.op is not None and node.kind == describe.VARIABLE


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


def _devices(operations: list[Operation]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for op in operations:
        if op.device:
            counts[op.device] = counts.get(op.device, 0) + 1
    return sorted((describe.device_text(device), n) for device, n in counts.items())
