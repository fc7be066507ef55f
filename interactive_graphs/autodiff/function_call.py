"""The gradient of a call of a function: its own, or one node that has it all.

Read next: `../framework/function.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import dtypes, raw
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor


def gradient_of_call(op: Operation, *grads: Any) -> Any:
    """Gradients for the arguments of a call, given those of its results."""
    function = op.graph.functions[op.type]
    if function.python_grad is not None:
        return function.python_grad(op, *grads)
    given = [
        raw.ZerosLike(y) if dy is None else dy
        for y, dy in zip(op.outputs, grads, strict=True)
    ]
    types = [_gradient_type(x) for x in op.inputs]
    return raw.SymbolicGradient([*op.inputs, *given], Tout=types, f=op.type)


def _gradient_type(x: Tensor) -> DType:
    """The dtype of a gradient; that of a handle is the variable's."""
    if x.dtype is dtypes.resource and "dtype" in x.op.attrs:
        found: DType = x.op.attrs["dtype"]
        return found
    return x.dtype.base_dtype
