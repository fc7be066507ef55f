"""A step that runs for the first time, node by node, with a program's face.

Compiling costs some twenty times what calling the kernels of small arrays does, and
many steps run only once: initialisers, a look at a value, the first try of a huge
graph. So nothing is optimised and nothing written; a step that comes again is compiled.
Read next: `walk.py`, for steps of which no program can be made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import blame, boundary
from interactive_graphs.runtime.call import as_outputs, bind, grouped
from interactive_graphs.runtime.listing import Feeder
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.refs import (
    arguments,
    read,
    reads_variable,
    resource_of,
)
from interactive_graphs.runtime.state import SessionState
from interactive_graphs.runtime.walk import engine_value
from interactive_graphs.runtime.writer import Result


def can_run_once(plan: Plan) -> bool:
    """Whether the order of the nodes is all there is to know of how to run them."""
    if plan.unstructured or plan.paths:
        return False
    return not any(record.blocking for record in {op.op_def for op in plan.nodes})


class Once:
    """Runs a plan that nobody optimised.

    Attributes:
        plan: what it runs; `can_run_once` holds for it.
    """

    __slots__ = ("_feeders", "_result", "_state", "plan")

    def __init__(
        self,
        plan: Plan,
        state: SessionState,
        feeders: Sequence[tuple[str, Feeder]],
        result: Result,
    ) -> None:
        """Nothing has run; arguments as of `compile_plan`."""
        self.plan = plan
        self._state = state
        self._feeders = feeders
        self._result = result

    def run(self, values: Any) -> Any:
        """Run the step.

        Args:
            values: fed values in the plan's order.
        """
        known: dict[Tensor, Any] = {}
        given = zip(self.plan.feeds, values, self._feeders, strict=True)
        for tensor, value, (_, convert) in given:
            known[tensor] = engine_value(tensor, convert(value))
        with np.errstate(all="ignore"):
            self._run(known)
        if self._result is None:
            return None
        if isinstance(self._result, Tensor):
            return self._fetched(self._result, known)
        return [None if t is None else self._fetched(t, known) for t in self._result]

    def blame(self, error: Exception) -> Exception:
        """The error as it is: it names the node already."""
        return error

    def _run(self, known: dict[Tensor, Any]) -> None:
        """Run all nodes; their outputs go into `known` until nobody needs them."""
        records = {op.op_def for op in self.plan.nodes}
        functions = {op_def: _plain_kernel(op_def) for op_def in records}
        fed = {tensor.op for tensor in self.plan.feeds}
        for op, ends in zip(self.plan.nodes, _last_uses(self.plan), strict=True):
            inputs = op.inputs
            function = functions[op.op_def]
            if function is None or op in fed or reads_variable(op):
                self._run_any(op, known)
            else:
                args = [known[tensor] for tensor in inputs]
                try:
                    known[op.result] = function(*args)
                except Exception as error:
                    raise blame.translate(error, op, args) from error
            while ends:
                last = ends.bit_length() - 1
                del known[inputs[last]]
                ends ^= 1 << last

    def _run_any(self, op: Operation, known: dict[Tensor, Any]) -> None:
        """Run a node that has state, attributes, lists or references."""
        values = [known[tensor] for tensor in op.inputs]
        try:
            args = arguments(op, values, self._resource)
            kernel = bind(op, self._state.context(op))
            results = as_outputs(op, kernel(*grouped(op, args)))
        except Exception as error:
            raise blame.translate(error, op, values) from error
        fed = self.plan.feeds
        made = zip(op.outputs, results, strict=True)
        known.update((tensor, value) for tensor, value in made if tensor not in fed)

    def _resource(self, tensor: Tensor) -> Any:
        return resource_of(tensor, self._state)

    def _fetched(self, tensor: Tensor, known: dict[Tensor, Any]) -> Any:
        value = known[tensor]
        if tensor.dtype._is_ref_dtype:
            value = read(value, tensor, None)
        return boundary.owned(value)


def _last_uses(plan: Plan) -> list[int]:
    """For each node the inputs that nobody takes after it, as the bits of a number."""
    # By number of an operation whether its first output is needed later: a set of a
    # large graph's tensors has 50 bytes each. Nearly all tensors are first outputs.
    first = bytearray(plan.nodes[0].graph.version + 1 if plan.nodes else 0)
    others = {tensor for tensor in plan.fetches if tensor.value_index}
    for tensor in plan.fetches if plan.nodes else ():
        if not tensor.value_index:
            first[tensor.op.id] = True
    uses = []
    for op in reversed(plan.nodes):
        ends, bit = 0, 1
        for tensor in op.inputs:
            if tensor.value_index:
                if tensor not in others:
                    others.add(tensor)
                    ends |= bit
            elif not first[tensor.op.id]:
                first[tensor.op.id] = True
                ends |= bit
            bit <<= 1
        uses.append(ends)
    uses.reverse()
    return uses


def _plain_kernel(op_def: OpDef) -> Callable[..., Any] | None:
    """What runs all nodes of an op: a function of the inputs that gives the output."""
    kernel = op_def.kernels.get("CPU")
    if kernel is None or kernel.takes_ctx or kernel.attrs:
        return None
    single = [*op_def.inputs, *op_def.outputs]
    if len(op_def.outputs) != 1 or any(arg.is_list or arg.is_ref for arg in single):
        return None
    return kernel.fn
