"""Constant folding: what depends on constants alone is computed once, while compiling.

Only pure operations are folded. One that fails is left for the step, which then reports
the error as it would have without folding. Read next: `cse.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.operation import Operation
from interactive_graphs.runtime.call import invoke
from interactive_graphs.runtime.plan import Plan

MAX_BYTES = 10 * 1024 * 1024
"""Larger results are not kept: OptimizerOptions.max_folded_constant_in_bytes."""


# What is known of these while the graph is built holds in every run, as long as only
# placeholders are fed: a feed in the middle need not obey what the graph inferred.
_ABOUT_SHAPES: Final = frozenset({"Shape", "Size", "Rank"})
_PLACEHOLDERS: Final = frozenset({"Placeholder", "PlaceholderWithDefault"})


def constants(plan: Plan) -> None:
    """Move the constants of a plan into its known values.

    One that waits may be dead: where a plan branches, it stays a node.
    """
    kept = []
    for op in plan.nodes:
        may_go = not (plan.may_be_dead and op.controls)
        if op.type == "Const" and may_go and plan.is_free(op):
            plan.values[op.outputs[0]] = op.attrs["value"]
        else:
            kept.append(op)
    plan.nodes = kept


def fold(plan: Plan) -> None:
    """Compute what depends on known values alone; `constants` comes first."""
    kept = []
    values = plan.values
    trusted = all(t.op.type in _PLACEHOLDERS for t in plan.feeds)
    trusted = trusted and not plan.may_be_dead
    for op in plan.nodes:
        if not plan.is_free(op):
            kept.append(op)
            continue
        about_shape = op.type in _ABOUT_SHAPES and not _reads_variable(op.inputs[0].op)
        if about_shape and trusted:
            known = static_value(op.outputs[0])
            if known is not None:
                known.flags.writeable = False
                values[op.outputs[0]] = known
                continue
        if _foldable(op, plan):
            results = _results(op, [values[plan.find(t)] for t in op.inputs])
            if results is not None:
                values.update(zip(op.outputs, results, strict=True))
                continue
        kept.append(op)
    plan.nodes = kept


def _reads_variable(op: Operation) -> bool:
    """Whether it gives what a variable holds, and so fails while it holds nothing."""
    return any(t.dtype._is_ref_dtype for t in (*op.inputs, *op.outputs))


def _foldable(op: Operation, plan: Plan) -> bool:
    return (
        bool(op.outputs)
        and op.op_def.is_pure
        and not (op.controls and plan.unstructured)
        and all(plan.find(t) in plan.values for t in op.inputs)
        and "CPU" in op.op_def.kernels
    )


def _results(op: Operation, inputs: list[Any]) -> list[Any] | None:
    try:
        with np.errstate(all="ignore"):
            results = invoke(op, inputs)
    except Exception:  # reported by the step itself, with the node's name
        return None
    arrays = [np.asarray(r) for r in results]
    if sum(a.nbytes for a in arrays) > MAX_BYTES:
        return None
    for array in arrays:
        array.flags.writeable = False
    return arrays
