"""Functions of numbers that TensorFlow 1 got last: inverses, products without NaN.

Read next: `special_functions.py`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    FLOAT,
    FLOAT_OR_COMPLEX,
    INDEX,
    float32,
    float64,
    int32,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import broadcasting, same
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu import quantile
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._tables import (
    binary,
    binary_function,
    incompatible_shapes,
    reduce_to_inputs,
    unary,
    unary_function,
)
from interactive_graphs.ops.elementwise import conj_of
from interactive_graphs.ops.math_functions import unless_zero
from interactive_graphs.ops.scan import checked_axis

# -- inverses -------------------------------------------------------------------------


def _erfinv(x: Any) -> Any:
    return quantile.erfinv(x).astype(x.dtype)


def _ndtri(x: Any) -> Any:
    return quantile.ndtri(x).astype(x.dtype)


def _erfinv_gradient(op: Operation, dy: Tensor) -> Tensor:
    slope: Tensor = math.sqrt(math.pi) / 2 * raw.Exp(raw.Square(op.outputs[0]))
    return dy * slope


def _ndtri_gradient(op: Operation, dy: Tensor) -> Tensor:
    slope: Tensor = math.sqrt(2 * math.pi) * raw.Exp(raw.Square(op.outputs[0]) / 2)
    return dy * slope


erfinv = unary_function(
    unary(
        "Erfinv", FLOAT, _erfinv, _erfinv_gradient,
        doc="The inverse of the error function.",
    ),
    "erfinv", "The inverse of the error function, NaN outside -1..1.",
    """
>>> sess.run(tf.math.erfinv([0., 0.5]))
array([0.        , 0.47693628], dtype=float32)
    """,
)  # fmt: skip
ndtri = unary_function(
    unary(
        "Ndtri", FLOAT, _ndtri, _ndtri_gradient,
        doc="The quantiles of the normal distribution.",
    ),
    "ndtri",
    "The x below which a normal number lies with that probability, NaN outside 0..1.",
)  # fmt: skip


def erfcinv(x: Any, name: str | None = None) -> Tensor:
    """The inverse of `erfc`, NaN outside 0..2.

    Args:
        x: a floating dtype, `[...]`.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype, `[...]`, the shape of `x`.
    """
    with op_scope(name, "erfcinv", x):
        tensor: Any = convert(x, None, "start")
        result: Tensor = -raw.Ndtri(0.5 * tensor) * math.sqrt(0.5)
        return result


# -- of two numbers -------------------------------------------------------------------


def _nonzero(op: Operation) -> Tensor:
    x = op.inputs[0]
    found: Tensor = raw.Cast(raw.NotEqual(x, raw.ZerosLike(x)), DstT=x.dtype.base_dtype)
    return found


xlog1py = binary_function(
    binary(
        "Xlog1py", FLOAT_OR_COMPLEX, unless_zero(lambda x, y: x * np.log1p(y)),
        lambda op, dz: (
            dz * raw.Xlog1py(_nonzero(op), conj_of(op.inputs[1])),
            dz * raw.Xdivy(conj_of(op.inputs[0]), conj_of(op.inputs[1]) + 1),
        ),
        doc="x * log(1 + y), and 0 where x is 0.",
    ),
    "xlog1py", "x * log(1 + y), and 0 where x is 0.",
)  # fmt: skip


def _mul_no_nan(x: Any, y: Any) -> Any:
    product = np.multiply(x, y)
    return np.where(y == 0, np.zeros_like(product), product)


multiply_no_nan = binary_function(
    binary(
        "MulNoNan", FLOAT_OR_COMPLEX, _mul_no_nan,
        lambda op, dz: (
            raw.MulNoNan(dz, conj_of(op.inputs[1])),
            raw.MulNoNan(conj_of(op.inputs[0]), dz),
        ),
        doc="x * y, and 0 where y is 0.",
    ),
    "multiply_no_nan", "x * y, and 0 where y is 0, whatever x is.",
    """
>>> sess.run(tf.math.multiply_no_nan([2., float("nan")], [3., 0.]))
array([6., 0.], dtype=float32)
    """,
)  # fmt: skip


def _next_after_gradient(op: Operation, dz: Tensor) -> list[Any]:
    return reduce_to_inputs(op, dz, raw.ZerosLike(dz))


next_after_op = define(
    "NextAfter", "x1: T, x2: T -> output: T", T=types((float64, float32), float32),
    shape=broadcasting, gradient=_next_after_gradient, on_error=incompatible_shapes,
    doc="The next number on the way from x1 to x2.",
)  # fmt: skip


@next_after_op.kernel("CPU")
def _(x1: Any, x2: Any) -> Any:
    return np.nextafter(x1, x2)


def nextafter(x1: Any, x2: Any, name: str | None = None) -> Tensor:
    """The next number that the dtype has on the way from `x1` to `x2`.

    Args:
        x1: float32 or float64, any shape.
        x2: the same dtype; the shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of that dtype, the broadcast shape.
    """
    result: Tensor = raw.NextAfter(x1, x2, name=name)
    return result


def reciprocal_no_nan(x: Any, name: str | None = None) -> Tensor:
    """1 / x, and 0 where x is 0.

    Args:
        x: a floating or complex dtype, `[...]`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[...]`, the shape of `x`.
    """
    with op_scope(name, "reciprocal_no_nan", x) as scope:
        tensor = convert(x, None, "x")
        one = convert(1, tensor.dtype.base_dtype, "one")
        result: Tensor = raw.DivNoNan(one, tensor, name=scope)
        return result


# -- running sums of exponentials -----------------------------------------------------


def _cumulative_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """exp(x) * the running sum, from the other end, of dy / exp(out), in logarithms."""
    x, axis = op.inputs
    out = op.outputs[0]
    none = raw.Log(raw.ZerosLike(dy))

    def part(amount: Tensor) -> Tensor:
        logs = raw.Select(raw.Greater(amount, raw.ZerosLike(dy)), raw.Log(amount), none)
        total = raw.CumulativeLogsumexp(
            logs - out, axis, exclusive=op.attrs["exclusive"],
            reverse=not op.attrs["reverse"],
        )  # fmt: skip
        found: Tensor = raw.Exp(total + x)
        return found

    return [part(dy) - part(-dy), None]


cumulative_op = define(
    "CumulativeLogsumexp", "x: T, axis: Tidx -> out: T", exclusive=False, reverse=False,
    T=types(FLOAT), Tidx=types(INDEX, int32), shape=same, gradient=_cumulative_gradient,
    doc="Running sums of exponentials, as logarithms.",
)  # fmt: skip


@cumulative_op.kernel("CPU")
def _(x: Any, axis: Any, exclusive: bool, reverse: bool) -> Any:
    along = checked_axis(x, axis)
    # numpy's logaddexp takes no bfloat16; half is too short for the sum.
    wide = x if x.dtype.itemsize > 2 else x.astype(np.float32)
    wide = np.moveaxis(wide, along, 0)
    wide = wide[::-1] if reverse else wide
    if exclusive:
        first = np.full_like(wide[:1], -np.inf)
        wide = np.concatenate([first, wide[:-1]])
    total = np.logaddexp.accumulate(wide, 0)
    total = total[::-1] if reverse else total
    return np.moveaxis(total, 0, along).astype(x.dtype)


def cumulative_logsumexp(
    x: Any,
    axis: Any = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Running values of log(sum(exp(x))) along an axis, without overflow.

    Args:
        x: a floating tensor.
        axis: int32 or int64 scalar; negative ones count from the back.
        exclusive: whether an element's own value is left out of its sum.
        reverse: whether to add up from the end.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    with op_scope(name, "CumulativeLogsumexp", x) as scope:
        tensor = convert(x, None, "x")
        result: Tensor = raw.CumulativeLogsumexp(
            tensor, axis, exclusive=exclusive, reverse=reverse, name=scope
        )
        return result
