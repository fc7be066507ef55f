"""Structural checks of a plan, after the passes that change it.

Each finding is a broken promise of an earlier stage, so it names that stage's job; but
for one, which is the user's: who feeds a variable cannot assign to it.
Read next: `optimize/fold.py`.
"""

from __future__ import annotations

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.order import BACK_EDGES
from interactive_graphs.runtime.plan import Plan


def verify(plan: Plan) -> None:
    """Hold a plan against the rules that later passes rely on.

    Raises:
        InternalError: a node runs before what it needs, or a fetch is never made.
    """
    available: set[Tensor] = {*plan.feeds, *plan.values, *plan.same}
    for op in plan.nodes:
        for tensor in op.inputs:
            if tensor not in available and tensor.op.type not in BACK_EDGES:
                _broken(f"node {op.name} runs before its input {tensor.name} is there")
        available.update(op.values())
    for tensor in plan.fetches:
        if tensor not in available:
            _broken(f"nothing gives the fetched {tensor.name}")


def refuse_fed_references(plan: Plan) -> None:
    """Refuse to feed what a node takes a reference to.

    Raises:
        InvalidArgumentError: a reference input is fed.
    """
    fed = {tensor for tensor in plan.feeds if tensor.dtype._is_ref_dtype}
    for op in plan.nodes if fed else ():
        for index, tensor in enumerate(op.inputs):
            if tensor in fed and _takes_ref(op, index):
                raise errors.InvalidArgumentError(
                    op.node_def,
                    op,
                    f"Input {index} of node {op.name} was passed "
                    f"{tensor.dtype.base_dtype.engine_name} from _arg_{tensor.op.name}_"
                    f"{tensor.value_index}_0:0 incompatible with expected "
                    f"{tensor.dtype.base_dtype.engine_name}_ref.",
                )


def _takes_ref(op: Operation, index: int) -> bool:
    args = op.op_def.inputs
    return index < len(args) and args[index].is_ref


def _broken(what: str) -> None:
    raise errors.InternalError(None, None, f"the plan is broken: {what}")
