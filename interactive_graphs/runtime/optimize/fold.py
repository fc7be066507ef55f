"""Constant folding: what depends on constants alone is computed once, while compiling.

Only pure operations are folded. One that fails is left for the step, which then reports
the error as it would have without folding. Read next: `cse.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.call import invoke
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.refs import owner

MAX_BYTES = 10 * 1024 * 1024
"""Larger results are not kept: OptimizerOptions.max_folded_constant_in_bytes."""


_PLACEHOLDERS: Final = frozenset({"Placeholder", "PlaceholderWithDefault"})


_LARGE: Final = 32 * 1024
"""Bytes from which on it is worth looking whether all elements are equal."""


def _static(op: Operation) -> list[Any]:
    return [static_value(op.outputs[0])]


def _static_shapes(op: Operation) -> list[Any]:
    dtype = op.attrs["out_type"].np_dtype
    shapes = [t.static_shape for t in op.inputs]
    return [None if s is None or None in s else np.array(s, dtype) for s in shapes]


# What is known of these while the graph is built holds in every run, as long as only
# placeholders are fed: a feed in the middle need not obey what the graph inferred.
_ABOUT_SHAPES: Final = {
    "Shape": _static,
    "ShapeN": _static_shapes,
    "Size": _static,
    "Rank": _static,
}


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
    trusted = all(t.op.type in _PLACEHOLDERS for t in plan.feeds)
    trusted = trusted and not plan.may_be_dead
    for op in plan.nodes:
        results = folded(op, plan, trusted) if plan.is_free(op) else None
        if results is None:
            kept.append(op)
        else:
            plan.values.update(zip(op.outputs, results, strict=True))
    plan.nodes = kept


def folded(op: Operation, plan: Plan, trusted: bool = True) -> list[Any] | None:
    """What a node gives if that is known, else None.

    Args:
        op: the node.
        plan: with the values that are known.
        trusted: whether what the graph knows of shapes holds.
    """
    if op.type in _ABOUT_SHAPES and trusted and not _may_fail(op.inputs, plan):
        known = _ABOUT_SHAPES[op.type](op)
        if all(array is not None for array in known):
            for array in known:
                array.flags.writeable = False
            return known
    if _foldable(op, plan):
        return _results(op, [plan.values[plan.find(t)] for t in op.inputs])
    return None


def _may_fail(tensors: Iterable[Tensor], plan: Plan) -> bool:
    """Whether one is what a variable holds, which may hold nothing."""
    return any(
        ref.dtype._is_ref_dtype and owner(ref) not in plan.checked
        for tensor in tensors
        for ref in (*tensor.op.inputs, *tensor.op.outputs)
    )


def _foldable(op: Operation, plan: Plan) -> bool:
    return (
        all(plan.find(t) in plan.values for t in op.inputs)
        and op.result != ()
        and op.op_def.is_pure
        and not (op.controls and plan.unstructured)
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
    arrays = [_compact(array) for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    return arrays


def _compact(array: np.ndarray) -> np.ndarray:
    """The same array; one element in memory where all are equal, bit by bit.

    Gradients begin with ones in the shape of the loss, and a plan lives long.
    """
    unsigned = f"u{array.dtype.itemsize}"
    if array.nbytes < _LARGE or array.dtype.kind not in "fiub" or not array.strides[-1]:
        return array
    bits = np.ascontiguousarray(array).reshape(-1).view(unsigned)
    if (bits != bits[0]).any():
        return array
    first = array.reshape(-1)[:1].copy().reshape(())
    return np.broadcast_to(first, array.shape)
