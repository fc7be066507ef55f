"""Operations that stand in for the user's in a plan of their own.

A plan that is specialised or rewritten needs nodes with other inputs and shapes, and
the user's graph must not change. A stand-in has all that an `Operation` has, is in no
graph, and knows for whom it stands: errors, program text and state are the user's.
Read next: `specialise.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from interactive_graphs.framework import registry
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.runtime.plan import users


class StandIn(Operation):
    """An operation of a plan, in place of one of the user's.

    Attributes:
        stands_for: the user's operation.
        joins: all of the user's operations whose work it does.
        rule: the name of the rule that made it (`optimize/rules.py`), '' if none did.
    """

    __slots__ = ("joins", "rule", "stands_for")

    def __init__(
        self,
        op: Operation,
        inputs: Iterable[Tensor],
        op_def: OpDef | None = None,
        attrs: dict[str, Any] | None = None,
    ) -> None:
        """Without outputs and controls yet.

        Args:
            op: for whom it stands; a stand-in's own when it is one.
            inputs: what it takes.
            op_def: what it is; the same as `op` when None.
            attrs: its attributes; those of `op` when None.
        """
        super().__init__(
            op.graph,
            op.op_def if op_def is None else op_def,
            op.name,
            tuple(inputs),
            op.attrs if attrs is None else attrs,
            op.stack,
        )
        self.stands_for = users(op)
        self.joins: tuple[Operation, ...] = joined(op)
        self.rule: str = getattr(op, "rule", "")
        self.id = op.id
        self.device = op.device
        self.original_op = op.original_op
        self.control_flow_context = op.control_flow_context

    def give(self, like: Tensor, shape: Shape) -> Tensor:
        """Add an output of the dtype of `like`."""
        return self.add_output(like.dtype, shape)


def joined(op: Operation) -> tuple[Operation, ...]:
    """The user's operations whose work a node of a plan does."""
    found: tuple[Operation, ...] = getattr(op, "joins", (op,))
    return found


def fed(tensor: Tensor, shape: Shape) -> Tensor:
    """What stands in for a fed tensor: a placeholder, whatever would have made it."""
    attrs = {"dtype": tensor.dtype.base_dtype, "shape": shape}
    op = StandIn(tensor.op, (), registry.lookup("Placeholder"), attrs)
    return op.give(tensor, shape)


def known(tensor: Tensor, value: Any) -> Tensor:
    """What stands in for a tensor whose value is known: a constant."""
    attrs = {"dtype": tensor.dtype.base_dtype, "value": value}
    op = StandIn(tensor.op, (), registry.lookup("Const"), attrs)
    return op.give(tensor, value.shape)
