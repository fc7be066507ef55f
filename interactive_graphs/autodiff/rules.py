"""An operation's rule of differentiation: finding it, and checking what it gives.

The rules themselves stand in the families' files in `ops/`; only that of a call of a
function, which differs from function to function, is here. Read next: `aggregate.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import dtypes, raw, source
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import GradientRule, lookup_gradient
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import format_shape, merge


def call_theirs(rule: GradientRule, op: Operation, grads: list[Any]) -> Any:
    """What a user's rule gives; its nodes belong to its own lines."""
    pinned = source.pin(None)
    try:
        return rule(op, *grads)
    finally:
        source.pin(pinned)


def find_rule(name: str, op: Operation) -> GradientRule | None:
    """The gradient called `name`, which `op` needs; None where gradients stop.

    Raises:
        LookupError: nobody said how.
    """
    if name in op.graph.functions:
        return gradient_of_call
    try:
        return lookup_gradient(name)
    except LookupError:
        error = LookupError(
            f"No gradient defined for operation '{op.name}' (op type: {op.type})"
        )
        error.add_note(source.describe(op.stack))
        raise error from None


def checked(op: Operation, tensor: Tensor, grad: Any) -> Any:
    """A gradient of an input, with all that is known of its shape.

    Raises:
        ValueError: the shapes of input and gradient differ.
    """
    if type(grad) is not Tensor:
        if isinstance(grad, IndexedSlices):
            return grad
        grad = convert(grad, tensor.dtype.base_dtype)
    if grad.static_shape != tensor.static_shape and tensor.dtype is not dtypes.resource:
        try:
            grad.static_shape = merge(grad.static_shape, tensor.static_shape)
        except ValueError:
            index = next(i for i, t in enumerate(op.inputs) if t is tensor)
            raise ValueError(
                "Incompatible shapes between op input and calculated input gradient.  "
                f"Forward operation: {op.name}.  Input index: {index}. Original input "
                f"shape: {format_shape(tensor.static_shape)}.  Calculated input "
                f"gradient shape: {format_shape(grad.static_shape)}"
            ) from None
    return grad


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
