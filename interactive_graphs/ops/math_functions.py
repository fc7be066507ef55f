"""Functions of one number: powers and logarithms, angles, rounding, sigmoid.

Rows like those of `elementwise.py`. Gradients of complex functions conjugate, as TF1's
do: dx = dy * conj(f'(x)). The gamma family is in `special_functions.py`.
Read next: `special_functions.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    FLOAT,
    FLOAT_OR_COMPLEX,
    int8,
    int16,
    int32,
    int64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef, define, types
from interactive_graphs.framework.shape_rules import merged
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._tables import (
    binary,
    binary_function,
    unary,
    unary_function,
)
from interactive_graphs.ops.elementwise import conj_of, on_values

_SIGNED_INTEGERS = (int8, int16, int32, int64)


def _x(op: Operation) -> Tensor:
    """The conjugate of the input."""
    return conj_of(op.inputs[0])


def _y(op: Operation) -> Tensor:
    """The conjugate of the output."""
    return conj_of(op.outputs[0])


def _row(name: str, function: Any, gradient: Any, doc: str) -> OpDef:
    return unary(name, FLOAT_OR_COMPLEX, function, gradient, doc)


def _one_minus_square(x: Tensor) -> Tensor:
    result: Tensor = 1 - raw.Square(x)
    return result


# -- powers and logarithms ------------------------------------------------------------

exp = unary_function(
    _row("Exp", np.exp, lambda op, dy: dy * _y(op), "e to the power x."),
    "exp", "e to the power x, element by element.",
    """
>>> sess.run(tf.exp([0., 1.]))
array([1.       , 2.7182817], dtype=float32)
    """,
)  # fmt: skip
expm1 = unary_function(
    _row("Expm1", np.expm1, lambda op, dy: dy * raw.Exp(_x(op)), "exp(x) - 1."),
    "expm1", "exp(x) - 1, exact for small x.",
)  # fmt: skip
log = unary_function(
    _row("Log", np.log, lambda op, dy: dy * raw.Reciprocal(_x(op)), "log(x)."),
    "log", "The natural logarithm of each element.",
    """
>>> sess.run(tf.log([1., 0.]))
array([  0., -inf], dtype=float32)
    """,
)  # fmt: skip
log1p = unary_function(
    _row(
        "Log1p", np.log1p, lambda op, dy: dy * raw.Reciprocal(1 + _x(op)), "log(1 + x)."
    ),
    "log1p", "log(1 + x), exact for small x.",
)  # fmt: skip
_row("Sqrt", np.sqrt, lambda op, dy: raw.SqrtGrad(op.outputs[0], dy), "sqrt(x).")
rsqrt = unary_function(
    _row(
        "Rsqrt", lambda x: np.reciprocal(np.sqrt(x)),
        lambda op, dy: raw.RsqrtGrad(op.outputs[0], dy), "1 / sqrt(x).",
    ),
    "rsqrt", "1 / sqrt(x), element by element.",
)  # fmt: skip


def _grad_row(name: str, function: Any, gradient: Any, doc: str) -> OpDef:
    """An op that is another's gradient: of the output y and what comes in, dy."""
    op = define(
        name, "y: T, dy: T -> z: T", T=types(FLOAT_OR_COMPLEX), shape=merged,
        gradient=gradient, doc=doc,
    )  # fmt: skip
    op.kernel("CPU")(function)
    return op


def _sqrt_grad(y: Any, dy: Any) -> Any:
    return dy * y.dtype.type(0.5) / np.conjugate(y)


def _sqrt_grad_gradient(op: Operation, dz: Tensor) -> list[Tensor]:
    share = dz / op.inputs[0]
    return [-conj_of(share) * op.outputs[0], 0.5 * share]


def _rsqrt_grad(y: Any, dy: Any) -> Any:
    y = np.conjugate(y)
    return y.dtype.type(-0.5) * dy * y * y * y


def _rsqrt_grad_gradient(op: Operation, dz: Tensor) -> list[Tensor]:
    y, dy = conj_of(op.inputs[0]), op.inputs[1]
    return [-1.5 * conj_of(dz) * dy * raw.Square(y), raw.RsqrtGrad(y, dz)]


def _reciprocal_grad(y: Any, dy: Any) -> Any:
    y = np.conjugate(y)
    return -dy * y * y


def _reciprocal_grad_gradient(op: Operation, dz: Tensor) -> list[Tensor]:
    y, dy = conj_of(op.inputs[0]), op.inputs[1]
    return [conj_of(dz) * -2.0 * dy * y, raw.ReciprocalGrad(y, dz)]


_grad_row("SqrtGrad", _sqrt_grad, _sqrt_grad_gradient, "The gradient of Sqrt.")
_grad_row("RsqrtGrad", _rsqrt_grad, _rsqrt_grad_gradient, "The gradient of Rsqrt.")
for _name in ("Reciprocal", "Inv"):
    unary(
        _name, (*FLOAT_OR_COMPLEX, *_SIGNED_INTEGERS), np.reciprocal,
        lambda op, dy: raw.ReciprocalGrad(op.outputs[0], dy), "1 / x.",
    )  # fmt: skip
    _grad_row(
        f"{_name}Grad", _reciprocal_grad, _reciprocal_grad_gradient,
        f"The gradient of {_name}.",
    )  # fmt: skip


def sqrt(x: Any, name: str | None = None) -> Any:
    """The square root of each element.

    Args:
        x: a floating or complex Tensor, or a SparseTensor of such values.
        name: the node's name.

    Returns:
        The same kind, dtype and shape; NaN where a real element is negative.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.sqrt([4., 9.]))
        array([2., 3.], dtype=float32)
    """
    with op_scope(name, "Sqrt", x) as scope:
        return on_values(x, raw.Sqrt, scope)


def reciprocal(x: Any, name: str | None = None) -> Tensor:
    """1 / x, element by element.

    Args:
        x: a floating or complex tensor.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    result: Tensor = raw.Reciprocal(x, name=name)
    return result


# -- angles ---------------------------------------------------------------------------

sin = unary_function(
    _row("Sin", np.sin, lambda op, dy: dy * raw.Cos(_x(op)), "The sine."),
    "sin", "The sine of each element, an angle in radians.",
)  # fmt: skip
cos = unary_function(
    _row("Cos", np.cos, lambda op, dy: -dy * raw.Sin(_x(op)), "The cosine."),
    "cos", "The cosine of each element, an angle in radians.",
)  # fmt: skip
tan = unary_function(
    _row(
        "Tan", np.tan,
        lambda op, dy: dy * raw.Square(raw.Reciprocal(raw.Cos(_x(op)))), "The tangent.",
    ),
    "tan", "The tangent of each element, an angle in radians.",
)  # fmt: skip
asin = unary_function(
    _row(
        "Asin", np.arcsin,
        lambda op, dy: dy * raw.Rsqrt(_one_minus_square(_x(op))), "The inverse sine.",
    ),
    "asin", "The angle whose sine is x, in radians.",
)  # fmt: skip
acos = unary_function(
    _row(
        "Acos", np.arccos,
        lambda op, dy: -dy * raw.Rsqrt(_one_minus_square(_x(op))), "Inverse cosine.",
    ),
    "acos", "The angle whose cosine is x, in radians.",
)  # fmt: skip
atan = unary_function(
    _row(
        "Atan", np.arctan,
        lambda op, dy: dy * raw.Reciprocal(1 + raw.Square(_x(op))),
        "The inverse tangent.",
    ),
    "atan", "The angle whose tangent is x, in radians.",
)  # fmt: skip
sinh = unary_function(
    _row("Sinh", np.sinh, lambda op, dy: dy * raw.Cosh(_x(op)), "Hyperbolic sine."),
    "sinh", "The hyperbolic sine of each element.",
)  # fmt: skip
cosh = unary_function(
    _row("Cosh", np.cosh, lambda op, dy: dy * raw.Sinh(_x(op)), "Hyperbolic cosine."),
    "cosh", "The hyperbolic cosine of each element.",
)  # fmt: skip
asinh = unary_function(
    _row(
        "Asinh", np.arcsinh, lambda op, dy: dy / raw.Cosh(_y(op)),
        "Inverse hyperbolic sine.",
    ),
    "asinh", "The inverse hyperbolic sine of each element.",
)  # fmt: skip
acosh = unary_function(
    _row(
        "Acosh", np.arccosh, lambda op, dy: dy / raw.Sinh(_y(op)),
        "Inverse hyperbolic cosine.",
    ),
    "acosh", "The inverse hyperbolic cosine of each element.",
)  # fmt: skip
atanh = unary_function(
    _row(
        "Atanh", np.arctanh,
        lambda op, dy: dy * raw.Reciprocal(_one_minus_square(_x(op))),
        "Inverse hyperbolic tangent.",
    ),
    "atanh", "The inverse hyperbolic tangent of each element.",
)  # fmt: skip


def _atan2_kernel(y: Any, x: Any) -> Any:
    return np.arctan2(y, x)


def _atan2_gradient(op: Operation, dz: Tensor) -> tuple[Tensor, Tensor]:
    y, x = op.inputs
    share = dz / (raw.Square(x) + raw.Square(y))
    return x * share, -y * share


binary(
    "Atan2", FLOAT, _atan2_kernel, _atan2_gradient, doc="The angle of (x, y).",
    operands=("y", "x"),
)  # fmt: skip


def atan2(y: Any, x: Any, name: str | None = None) -> Tensor:
    """The angle of the point (x, y), in -pi to pi.

    Args:
        y: a floating tensor.
        x: a tensor of the same dtype; the shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of that dtype, of the broadcast shape, in radians.
    """
    result: Tensor = raw.Atan2(y, x, name=name)
    return result


# -- sigmoid and tanh -----------------------------------------------------------------


def _sigmoid(x: Any) -> Any:
    # Large negative x overflow exp to inf, which gives the right 0.
    return np.reciprocal(1 + np.exp(-x))


_row(
    "Sigmoid",
    _sigmoid,
    lambda op, dy: raw.SigmoidGrad(_y(op), dy),
    "1 / (1 + exp(-x)).",
)
_row("Tanh", np.tanh, lambda op, dy: raw.TanhGrad(_y(op), dy), "Hyperbolic tangent.")


def _sigmoid_grad(y: Any, dy: Any) -> Any:
    return dy * y * (1 - y)


def _sigmoid_grad_gradient(op: Operation, dz: Tensor) -> list[Tensor]:
    y, dy = conj_of(op.inputs[0]), conj_of(op.inputs[1])
    share = dz * dy
    return [share - 2.0 * share * y, raw.SigmoidGrad(y, dz)]


def _tanh_grad(y: Any, dy: Any) -> Any:
    slope = y * y
    if not isinstance(slope, np.ndarray):
        return dy * (1 - slope)
    # In place: large steps spend more on new memory than on the arithmetic.
    np.subtract(1, slope, out=slope)
    slope *= dy
    return slope


def _tanh_grad_gradient(op: Operation, dz: Tensor) -> list[Tensor]:
    y, dy = conj_of(op.inputs[0]), conj_of(op.inputs[1])
    return [dz * -2.0 * dy * y, raw.TanhGrad(y, dz)]


_grad_row("SigmoidGrad", _sigmoid_grad, _sigmoid_grad_gradient, "Sigmoid's gradient.")
_grad_row("TanhGrad", _tanh_grad, _tanh_grad_gradient, "Tanh's gradient.")


def sigmoid(x: Any, name: str | None = None) -> Tensor:
    """1 / (1 + exp(-x)), element by element.

    Args:
        x: a floating or complex tensor.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.sigmoid([0., 100.]))
        array([0.5, 1. ], dtype=float32)
    """
    with op_scope(name, "Sigmoid", x) as scope:
        result: Tensor = raw.Sigmoid(x, name=scope)
        return result


def log_sigmoid(x: Any, name: str | None = None) -> Tensor:
    """log(sigmoid(x)), exact for large negative x.

    Args:
        x: a floating tensor.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    with op_scope(name, "LogSigmoid", x) as scope:
        x = convert(x, None, "x")
        result: Tensor = raw.Neg(raw.Softplus(-x), name=scope)
        return result


def tanh(x: Any, name: str | None = None) -> Any:
    """The hyperbolic tangent of each element.

    Args:
        x: a floating or complex Tensor, or a SparseTensor of such values.
        name: the node's name.

    Returns:
        The same kind, dtype and shape.
    """
    with op_scope(name, "Tanh", x) as scope:
        return on_values(x, raw.Tanh, scope)


# -- rounding -------------------------------------------------------------------------


def _step(name: str, allowed: Any, function: Any, doc: str) -> OpDef:
    """A step function, of which the gradient is nothing."""
    return unary(name, allowed, function, lambda _op, _dy: None, doc)


ceil = unary_function(
    _step("Ceil", FLOAT, np.ceil, "The smallest integer not below x."),
    "ceil", "The smallest integer not below each element.",
)  # fmt: skip
floor = unary_function(
    _step("Floor", FLOAT, np.floor, "The largest integer not above x."),
    "floor", "The largest integer not above each element.",
)  # fmt: skip
rint = unary_function(
    _step("Rint", FLOAT, np.rint, "The nearest integer, halves to even."),
    "rint", "The integer nearest to each element; halves go to the even one.",
)  # fmt: skip
_step(
    "Round", (*FLOAT_OR_COMPLEX, *_SIGNED_INTEGERS),
    lambda x: x if x.dtype.kind in "iu" else np.rint(x),
    "The nearest integer, halves to even.",
)  # fmt: skip


def round(x: Any, name: str | None = None) -> Tensor:
    """The integer nearest to each element; halves go to the even one.

    Args:
        x: a real tensor.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape; `x` itself when it holds integers.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.round([0.5, 1.5, 2.6]))
        array([0., 2., 3.], dtype=float32)
    """
    tensor = convert(x, None, "x")
    if tensor.dtype.is_integer:
        return tensor
    result: Tensor = raw.Round(tensor, name=name)
    return result


# -- products and quotients of logarithms ---------------------------------------------


def unless_zero(function: Any) -> Any:
    """`function(x, y)`, and 0 where x is 0 whatever y is."""

    def kernel(x: Any, y: Any) -> Any:
        zero = np.equal(x, 0) & np.ones_like(y, np.bool_)
        safe = np.where(zero, np.ones_like(y), y)
        return np.where(zero, np.zeros_like(safe), function(x, safe))

    return kernel


xdivy = binary_function(
    binary(
        "Xdivy", FLOAT_OR_COMPLEX, unless_zero(np.divide),
        lambda op, dz: (
            dz * raw.Xdivy(_nonzero(op), conj_of(op.inputs[1])),
            dz * raw.Xdivy(-_x(op), raw.Square(conj_of(op.inputs[1]))),
        ),
        doc="x / y, and 0 where x is 0.",
    ),
    "xdivy", "x / y, and 0 where x is 0.",
)  # fmt: skip
xlogy = binary_function(
    binary(
        "Xlogy", FLOAT_OR_COMPLEX, unless_zero(lambda x, y: x * np.log(y)),
        lambda op, dz: (
            dz * raw.Xlogy(_nonzero(op), conj_of(op.inputs[1])),
            dz * raw.Xdivy(_x(op), conj_of(op.inputs[1])),
        ),
        doc="x * log(y), and 0 where x is 0.",
    ),
    "xlogy", "x * log(y), and 0 where x is 0.",
)  # fmt: skip


def _nonzero(op: Operation) -> Tensor:
    """1 where x is not 0, in its dtype."""
    x = op.inputs[0]
    found: Tensor = raw.Cast(raw.NotEqual(x, raw.ZerosLike(x)), DstT=x.dtype.base_dtype)
    return found


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """The polynomial coeffs[0] * x^(n - 1) + ... + coeffs[n - 1], by Horner's rule.

    Args:
        coeffs: a list of tensors, highest power first.
        x: a tensor of their dtype.
        name: the scope of its nodes.

    Returns:
        A tensor of that dtype and shape; zeros for an empty list.

    Raises:
        ValueError: `coeffs` is not a list.
    """
    if not isinstance(coeffs, (list, tuple)):
        raise ValueError(f"Argument coeffs must be list type found {type(coeffs)}.")
    with op_scope(name, "polyval", *coeffs, x):
        x = convert(x, None, "x")
        if not coeffs:
            zeros: Tensor = raw.ZerosLike(x)
            return zeros
        terms = [convert(c, None, f"coeff_{i}") for i, c in enumerate(coeffs)]
        total = terms[0]
        for term in terms[1:]:
            total = term + total * x
        return total
