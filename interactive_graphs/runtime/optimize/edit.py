"""A plan while it is rewritten: what is known of its values, and new nodes for it.

New nodes are stand-ins (`standin.py`): they belong to no graph, are called like the
user's operation in whose place they run, and `joins` tells all the operations whose
work they do, so that errors and program texts speak of the user's own.
Read next: `pattern.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from interactive_graphs.framework import registry
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.runtime.frames import CONTROL_FLOW
from interactive_graphs.runtime.plan import Plan, users
from interactive_graphs.runtime.standin import StandIn, joined

_PLACEHOLDERS: Final = frozenset({"Placeholder", "PlaceholderWithDefault"})


class Edit:
    """Answers what rules ask of a plan, and collects what they put into it.

    Attributes:
        plan: the step; its `same` and `values` are filled at once, its nodes by
            `finish`.
    """

    def __init__(self, plan: Plan) -> None:
        """Nothing is changed yet."""
        self.plan = plan
        self._inside = set(plan.nodes)
        self._fed = frozenset(plan.feeds)
        # A feed in the middle need not have the shape that the graph inferred.
        self._trusts_shapes = all(t.op.type in _PLACEHOLDERS for t in plan.feeds)
        self._before: dict[Operation, list[Operation]] = {}
        self._gone: set[Operation] = set()
        self._users: dict[Tensor, list[Operation]] | None = None

    # -- what is known -----------------------------------------------------------------

    def value(self, tensor: Tensor) -> np.ndarray | None:
        """The value of a tensor that is the same in every run, else None."""
        known: np.ndarray | None = self.plan.values.get(self.plan.find(tensor))
        return known

    def shape(self, tensor: Tensor) -> tuple[int, ...] | None:
        """The whole shape of a tensor; None where any of it is unknown or in doubt."""
        value = self.value(tensor)
        if value is not None:
            return value.shape
        shape = tensor.static_shape
        if shape is None or None in shape or not self._trusts_shapes:
            return None
        return None if tensor in self.plan.doubtful else shape  # type: ignore[return-value]

    def maker(self, tensor: Tensor, user: Operation) -> Operation | None:
        """The operation that gives a tensor in this step, where a rule may look at it.

        Args:
            tensor: one that stands for itself (`Plan.find`).
            user: who takes it; in a loop both have to be inside of it.
        """
        op = tensor.op
        if tensor in self._fed or tensor in self.plan.values:
            return None
        if op not in self._inside or op.type in CONTROL_FLOW:
            return None
        structure = self.plan.structure
        if structure is not None and structure.regions[op] != structure.regions[user]:
            return None
        return op

    def users(self, tensor: Tensor) -> list[Operation]:
        """The nodes that take a tensor, as the plan is when this is first asked."""
        if self._users is None:
            self._users = {}
            for op in self.plan.nodes:
                for source in dict.fromkeys(map(self.plan.find, op.inputs)):
                    self._users.setdefault(source, []).append(op)
        return self._users.get(tensor, [])

    def is_wanted(self, tensor: Tensor) -> bool:
        """Whether somebody outside of the program sees the tensor or its node."""
        plan = self.plan
        if tensor.op in plan.targets or not plan.is_free(tensor.op):
            return True
        return any(plan.find(fetch) is tensor for fetch in plan.fetches)

    # -- what is changed ---------------------------------------------------------------

    def replace(
        self, op: Operation, stand_ins: Sequence[Tensor | None], rule: str
    ) -> None:
        """Let tensors stand for the outputs of a node, which then need not run.

        Args:
            op: the node.
            stand_ins: one for each output; None for one that nobody takes.
            rule: why they may.
        """
        self.plan.rewritten[users(op)] = rule
        for tensor, stand_in in zip(op.outputs, stand_ins, strict=True):
            if stand_in is not None:
                self.plan.same[tensor] = self.plan.find(stand_in)
        self._gone.add(op)

    def constant(self, value: np.ndarray, like: DType, at: Operation) -> Tensor:
        """A known value as a tensor, for a new node at `at`."""
        value.flags.writeable = False
        attrs = {"dtype": like.base_dtype, "value": value}
        op = StandIn(at, (), registry.lookup("Const"), attrs)
        tensor = op.add_output(like.base_dtype, value.shape)
        self.plan.values[tensor] = value
        return tensor

    def add(
        self,
        op_def: OpDef,
        inputs: Sequence[Tensor],
        attrs: dict[str, Any],
        outputs: Sequence[tuple[DType, Shape]],
        at: Operation,
        joins: Sequence[Operation],
        rule: str,
    ) -> Operation:
        """A new node.

        Args:
            op_def: its record.
            inputs: what it takes.
            attrs: a value for each attribute.
            outputs: dtype and shape of each output.
            at: the node in front of which it runs, and after which it is called.
            joins: the nodes whose work it does.
            rule: what made it.
        """
        op = StandIn(at, inputs, op_def, attrs)
        op.joins = tuple(dict.fromkeys(user for j in joins for user in joined(j)))
        op.rule = rule
        for dtype, shape in outputs:
            op.add_output(dtype, shape)
        plan = self.plan
        if plan.paths:
            plan.paths[op] = plan.paths[at]
        if plan.structure is not None:
            plan.structure.regions[op] = plan.structure.regions[at]
        self._before.setdefault(at, []).append(op)
        self._inside.add(op)
        return op

    def is_new(self, op: Operation, at: Operation) -> bool:
        """Whether a node was added here, in front of `at`."""
        return op in self._before.get(at, ())

    def finish(self) -> bool:
        """Put the new nodes into the plan and take the replaced ones out.

        Returns:
            Whether anything has changed.
        """
        if not self._gone:
            return False
        nodes: list[Operation] = []
        for op in self.plan.nodes:
            nodes += self._before.get(op, ())
            nodes.append(op)
        self.plan.nodes = [op for op in nodes if op not in self._gone]
        return True
