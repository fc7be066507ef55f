"""Running sums and products along an axis.

Read next: `reduction.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import INDEX, NUMERIC, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef, define, types
from interactive_graphs.framework.shape_rules import same
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import format_list
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.elementwise import conj_of


def checked_axis(x: Any, axis: Any) -> int:
    """The axis of a running total, counted from the front.

    Raises:
        InvalidArgumentError: it is no scalar, or out of range.
    """
    if np.ndim(axis):
        invalid(f"ScanOp: axis must be a scalar, not {format_list(axis.shape)}")
    rank = np.ndim(x)
    if not -rank <= axis < rank:
        invalid(
            f"ScanOp: Expected scan axis in the range [{-rank}, {rank}), but got {axis}"
        )
    return int(axis) % rank


def _running(x: Any, axis: int, exclusive: bool, reverse: bool, ufunc: Any) -> Any:
    """The running total of a ufunc with an identity (add or multiply)."""
    if reverse:
        x = np.flip(x, axis)
    if exclusive:
        # Shifted by one: the first is the identity, the last element is left out.
        first = np.full_like(x[_at(axis, slice(0, 1))], ufunc.identity)
        x = np.concatenate([first, x[_at(axis, slice(0, -1))]], axis)
    total = ufunc.accumulate(x, axis, dtype=x.dtype)
    return np.flip(total, axis) if reverse else total


def _at(axis: int, part: slice) -> tuple[slice, ...]:
    return (slice(None),) * axis + (part,)


def _scan(name: str, ufunc: Any, gradient: Any, doc: str) -> OpDef:
    op = define(
        name, "x: T, axis: Tidx -> out: T", exclusive=False, reverse=False,
        T=types(NUMERIC), Tidx=types(INDEX, int32), shape=same, gradient=gradient,
        doc=doc,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(x: Any, axis: Any, exclusive: bool, reverse: bool) -> Any:
        return _running(x, checked_axis(x, axis), exclusive, reverse, ufunc)

    return op


def _back(op: Operation, dy: Tensor) -> Tensor:
    """The running sum of a gradient, from the other end."""
    total: Tensor = raw.Cumsum(
        dy,
        op.inputs[1],
        exclusive=op.attrs["exclusive"],
        reverse=not op.attrs["reverse"],
    )
    return total


def _cumprod_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    # As in TF1, not a number where x is zero.
    return [_back(op, conj_of(op.outputs[0]) * dy) / conj_of(op.inputs[0]), None]


_scan("Cumsum", np.add, lambda op, dy: [_back(op, dy), None], "Running sums.")
_scan("Cumprod", np.multiply, _cumprod_gradient, "Running products.")


def cumsum(
    x: Any,
    axis: Any = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Running sums along an axis.

    Args:
        x: a numeric tensor.
        axis: int32 or int64 scalar; negative ones count from the back.
        exclusive: whether an element's own value is left out of its sum.
        reverse: whether to add up from the end.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.cumsum([1, 2, 3]))
        array([1, 3, 6], dtype=int32)
    """
    with op_scope(name, "Cumsum", x) as scope:
        x = convert(x, None, "x")
        result: Tensor = raw.Cumsum(
            x, axis, exclusive=exclusive, reverse=reverse, name=scope
        )
        return result


def cumprod(
    x: Any,
    axis: Any = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Running products along an axis.

    Args:
        x: a numeric tensor.
        axis: int32 or int64 scalar; negative ones count from the back.
        exclusive: whether an element's own value is left out of its product.
        reverse: whether to multiply from the end.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    with op_scope(name, "Cumprod", x) as scope:
        x = convert(x, None, "x")
        result: Tensor = raw.Cumprod(
            x, axis, exclusive=exclusive, reverse=reverse, name=scope
        )
        return result
