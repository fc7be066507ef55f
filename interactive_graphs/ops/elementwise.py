"""Elementwise arithmetic: sums, products, quotients, remainders, powers, extremes.

Most ops are rows: name, dtypes, numpy function, gradient. Functions such as `exp` are
in `math_functions.py`, tests such as `<` in `comparison.py`. Read next: `reduction.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    FLOAT,
    FLOAT_OR_COMPLEX,
    NUMERIC,
    REAL,
    as_dtype,
    int8,
    int16,
    int32,
    int64,
    string,
    uint16,
    uint32,
    uint64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.sparse import IndexedSlices, SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._tables import (
    binary,
    binary_function,
    unary,
)

SIGNED = (*FLOAT, int8, int16, int32, int64)


def conj_of(x: Tensor) -> Tensor:
    """The conjugate of a complex tensor; any other one as it is."""
    return raw.Conj(x) if x.dtype.is_complex else x


def on_values(x: Any, function: Any, name: str | None) -> Any:
    """`function` of a tensor, or of a SparseTensor's values."""
    if isinstance(x, SparseTensor):
        return SparseTensor(x.indices, function(x.values, name=name), x.dense_shape)
    return function(x, name=name)


def add_kernel(x: Any, y: Any) -> Any:
    """X + y; strings are joined."""
    z = np.add(x, y)
    # Two scalar strings leave numpy as Python's bytes.
    return np.array(z, object) if type(z) is bytes else z


# The wide unsigned types came with AddV2.
_ADDED = tuple(d for d in NUMERIC if d not in (uint16, uint32, uint64))
add_op = binary(
    "Add", (*_ADDED, string), add_kernel, lambda _, dz: (dz, dz), doc="x + y."
)
add = binary_function(
    add_op, "add", "x + y, element by element; strings are joined.",
    """
>>> sess.run(tf.add([1, 2], 3))
array([4, 5], dtype=int32)
    """,
)  # fmt: skip
binary(
    "AddV2", NUMERIC, np.add, lambda _, dz: (dz, dz), commutative=True,
    doc="x + y, as TensorFlow 2 writes it.",
)  # fmt: skip

subtract = binary_function(
    binary("Sub", NUMERIC, np.subtract, lambda _, dz: (dz, -dz), doc="x - y."),
    "subtract", "x - y, element by element.",
    """
>>> sess.run(tf.subtract([5, 6], [1, 2]))
array([4, 4], dtype=int32)
    """,
)  # fmt: skip

multiply = binary_function(
    binary(
        "Mul", NUMERIC, np.multiply, commutative=True, doc="x * y.",
        gradient=lambda op, dz: (
            dz * conj_of(op.inputs[1]), conj_of(op.inputs[0]) * dz
        ),
    ),
    "multiply", "x * y, element by element.",
    """
>>> sess.run(tf.multiply([[1.], [2.]], [10., 20.]))
array([[10., 20.],
       [20., 40.]], dtype=float32)
    """,
)  # fmt: skip


# -- quotients and remainders ---------------------------------------------------------


def _refuse_zero(x: Any, y: Any) -> None:
    if y.dtype.kind in "iu" and x.size and not np.all(y):
        invalid("Integer division by zero")


def truncated_quotient(x: Any, y: Any) -> Any:
    """X / y; integers round towards zero, as C does."""
    if x.dtype.kind not in "iu":
        return np.divide(x, y)
    _refuse_zero(x, y)
    quotient = np.floor_divide(x, y)
    # Floor and truncation differ by one where the signs differ and a rest is left.
    low = ((x < 0) != (y < 0)) & (quotient * y != x)
    return quotient + low.astype(quotient.dtype)


def _truncated(x: Any, y: Any) -> Any:
    quotient = truncated_quotient(x, y)
    return quotient if quotient.dtype.kind in "iuc" else np.trunc(quotient)


def floor_quotient(x: Any, y: Any) -> Any:
    """The largest integer not above x / y."""
    if x.dtype.kind not in "iu":
        # numpy's own rule gives NaN for inf // 2, TF1 gives inf.
        return np.floor(np.divide(x, y))
    _refuse_zero(x, y)
    return np.floor_divide(x, y)


def floor_remainder(x: Any, y: Any) -> Any:
    """What floor_quotient leaves; it has the sign of y."""
    if x.dtype.kind in "iu":
        _refuse_zero(x, y)
        return np.remainder(x, y)
    rest = np.fmod(x, y)
    return np.where((rest != 0) & ((y < 0) != (rest < 0)), rest + y, rest)


def truncated_remainder(x: Any, y: Any) -> Any:
    """What truncated_quotient leaves; it has the sign of x."""
    _refuse_zero(x, y)
    return np.fmod(x, y)


def _quotient_gradient(op: Operation, dz: Tensor) -> tuple[Tensor, Tensor]:
    x, y = conj_of(op.inputs[0]), conj_of(op.inputs[1])
    return raw.RealDiv(dz, y), dz * raw.RealDiv(raw.RealDiv(-x, y), y)


def _no_gradient(op: Operation, dz: Tensor) -> tuple[None, None]:
    """A step function: it has a gradient, which is nothing."""
    return None, None


realdiv = binary_function(
    binary("RealDiv", NUMERIC, truncated_quotient, _quotient_gradient, doc="x / y."),
    "realdiv", "x / y of floating numbers.",
)  # fmt: skip
binary(
    "Div", NUMERIC, truncated_quotient, _quotient_gradient,
    doc="x / y; integers round towards zero.",
)  # fmt: skip
truncatediv = binary_function(
    binary(
        "TruncateDiv", NUMERIC, _truncated, _no_gradient,
        doc="x / y rounded towards zero.",
    ),
    "truncatediv", "x / y rounded towards zero, as C does with integers.",
)  # fmt: skip
binary(
    "FloorDiv", NUMERIC, floor_quotient, _no_gradient,
    doc="x / y rounded down.",
)  # fmt: skip
floormod = binary_function(
    binary(
        "FloorMod", REAL, floor_remainder,
        lambda op, dz: (dz, dz * -raw.FloorDiv(*op.inputs)),
        doc="The rest of x // y, with the sign of y.",
    ),
    "floormod", "The rest of x // y; it has the sign of y, as Python's `%`.",
    """
>>> sess.run(tf.floormod([7, -7], 3))
array([1, 2], dtype=int32)
    """,
)  # fmt: skip
mod = floormod
truncatemod = binary_function(
    binary(
        "TruncateMod", (int32, int64, *FLOAT), truncated_remainder,
        doc="The rest of a division rounded towards zero.",
    ),
    "truncatemod", "The rest of a division rounded towards zero; the sign of x.",
)  # fmt: skip
binary(
    "Mod", (int32, int64, *FLOAT), truncated_remainder,
    doc="The rest of a division rounded towards zero.",
)  # fmt: skip


def _div_no_nan(x: Any, y: Any) -> Any:
    zero = y == 0
    quotient = np.divide(x, np.where(zero, np.ones_like(y), y))
    return np.where(zero, np.zeros_like(quotient), quotient)


div_no_nan = binary_function(
    binary(
        "DivNoNan", FLOAT_OR_COMPLEX, _div_no_nan,
        lambda op, dz: (
            raw.DivNoNan(dz, conj_of(op.inputs[1])),
            dz * raw.DivNoNan(
                raw.DivNoNan(-conj_of(op.inputs[0]), conj_of(op.inputs[1])),
                conj_of(op.inputs[1]),
            ),
        ),
        doc="x / y, and 0 where y is 0.",
    ),
    "div_no_nan", "x / y, and 0 where y is 0.",
    """
>>> sess.run(tf.div_no_nan([1., 1.], [2., 0.]))
array([0.5, 0. ], dtype=float32)
    """,
)  # fmt: skip


def divide(x: Any, y: Any, name: str | None = None) -> Tensor:
    """X / y by Python's rules: integers give floating results.

    Args:
        x: a numeric tensor.
        y: a tensor of the same dtype; the shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of the broadcast shape: float32 for integers of up to 16 bits,
        float64 for longer ones, else the dtype of `x`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.divide([1, 2], 4))
        array([0.25, 0.5 ])
    """
    if not isinstance(x, Tensor):
        x = convert(x, y.dtype.base_dtype if isinstance(y, Tensor) else None, "x")
    if name is not None:
        return truediv(x, y, name)
    quotient: Tensor = x / y
    return quotient


def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """X / y by Python's rules: integers give floating results.

    Args:
        x: a numeric tensor.
        y: a tensor of the same dtype; the shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of the broadcast shape: float32 for integers of up to 16 bits,
        float64 for longer ones, else the dtype of `x`.

    Raises:
        TypeError: the dtypes differ.
    """
    with op_scope(name, "truediv", x, y) as scope:
        x, y = convert(x, None, "x"), convert(y, None, "y")
        known, other = x.dtype.base_dtype, y.dtype.base_dtype
        if known is not other:
            raise TypeError(
                f"x and y must have the same dtype, got {known!r} != {other!r}"
            )
        if known.is_integer:
            wanted = as_dtype("float32" if known.size <= 2 else "float64")
            x, y = raw.Cast(x, DstT=wanted), raw.Cast(y, DstT=wanted)
        result: Tensor = raw.RealDiv(x, y, name=scope)
        return result


def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """X / y by Python 2's rules: integers round down.

    Args:
        x: a numeric tensor.
        y: a tensor of the same dtype; the shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of that dtype, of the broadcast shape.

    Raises:
        TypeError: the dtypes differ.
    """
    with op_scope(name, "div", x, y) as scope:
        x = convert(x, None, "x")
        y = convert(y, x.dtype.base_dtype, "y")
        op = raw.FloorDiv if x.dtype.is_integer else raw.RealDiv
        result: Tensor = op(x, y, name=scope)
        return result


def floordiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """X / y rounded down, Python's `//`.

    Args:
        x: a numeric tensor.
        y: a tensor of the same dtype; the shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of that dtype, of the broadcast shape. Integers divided by zero are
        an InvalidArgumentError when run.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.floordiv([7, -7], 2))
        array([ 3, -4], dtype=int32)
    """
    result: Tensor = raw.FloorDiv(x, y, name=name or "floordiv")
    return result


def floor_div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The same as `floordiv`, with the op's own name for its node.

    Args:
        x: a numeric tensor.
        y: a tensor of the same dtype; the shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of that dtype, of the broadcast shape.
    """
    result: Tensor = raw.FloorDiv(x, y, name=name)
    return result


# -- powers, extremes -----------------------------------------------------------------


def _power(x: Any, y: Any) -> Any:
    if y.dtype.kind == "i" and np.any(y < 0):
        invalid("Integers to negative integer powers are not allowed")
    return np.power(x, y)


def _power_gradient(op: Operation, dz: Tensor) -> tuple[Tensor, Tensor]:
    x, y, z = conj_of(op.inputs[0]), conj_of(op.inputs[1]), conj_of(op.outputs[0])
    dx = dz * y * raw.Pow(x, y - 1)
    # log(x) only where it is real: elsewhere the exponent has no gradient.
    zeros = raw.ZerosLike(x)
    real = raw.NotEqual(x, zeros) if x.dtype.is_complex else raw.Greater(x, zeros)
    log_x = raw.Select(real, raw.Log(raw.Select(real, x, raw.OnesLike(x))), zeros)
    return dx, dz * z * log_x


pow = binary_function(
    binary(
        "Pow", (*SIGNED, *FLOAT_OR_COMPLEX[4:]), _power, _power_gradient,
        doc="x to the power y.",
    ),
    "pow", "x to the power y, element by element.",
    """
>>> sess.run(tf.pow([2., 3.], 2.))
array([4., 9.], dtype=float32)
    """,
)  # fmt: skip


def _extreme_gradient(test: str) -> Any:
    """The gradient goes to the operand that was chosen; of equal ones, to x."""

    def rule(op: Operation, dz: Tensor) -> tuple[Tensor, Tensor]:
        chosen = getattr(raw, test)(*op.inputs)
        zeros = raw.ZerosLike(dz)
        return raw.Select(chosen, dz, zeros), raw.Select(chosen, zeros, dz)

    return rule


maximum = binary_function(
    binary(
        "Maximum", REAL, np.maximum, _extreme_gradient("GreaterEqual"),
        doc="The larger of x and y; NaN if either is.",
    ),
    "maximum", "The larger of x and y, element by element; NaN if either is.",
    """
>>> sess.run(tf.maximum([1., 5.], 3.))
array([3., 5.], dtype=float32)
    """,
)  # fmt: skip
minimum = binary_function(
    binary(
        "Minimum", REAL, np.minimum, _extreme_gradient("LessEqual"),
        doc="The smaller of x and y; NaN if either is.",
    ),
    "minimum", "The smaller of x and y, element by element; NaN if either is.",
)  # fmt: skip


def _squared_difference(x: Any, y: Any) -> Any:
    z = np.subtract(x, y)
    return (z * np.conjugate(z)).astype(z.dtype) if z.dtype.kind == "c" else z * z


def _squared_difference_gradient(op: Operation, dz: Tensor) -> tuple[Tensor, Tensor]:
    x, y = op.inputs
    dx = dz * ((x - y) * 2)
    return dx, -dx


squared_difference = binary_function(
    binary(
        "SquaredDifference", (*FLOAT_OR_COMPLEX, int32, int64), _squared_difference,
        _squared_difference_gradient, commutative=True, doc="(x - y) * (x - y).",
    ),
    "squared_difference", "(x - y) * (x - y), element by element.",
)  # fmt: skip


# -- one operand ----------------------------------------------------------------------

unary(
    "Neg", (*SIGNED, *FLOAT_OR_COMPLEX[4:]), np.negative, lambda _, dy: -dy, doc="-x."
)
unary(
    "Abs", SIGNED, np.absolute, lambda op, dy: dy * raw.Sign(op.inputs[0]),
    doc="The absolute value.",
)  # fmt: skip
unary(
    "Sign", (*SIGNED, *FLOAT_OR_COMPLEX[4:]), np.sign,
    lambda op, _: raw.ZerosLike(op.inputs[0]),
    doc="-1, 0 or 1; x / |x| of complex numbers.",
)  # fmt: skip
unary(
    "Square", NUMERIC, np.square,
    lambda op, dy: dy * (conj_of(op.inputs[0]) * 2), doc="x * x.",
)  # fmt: skip


def negative(x: Any, name: str | None = None) -> Any:
    """-x, element by element.

    Args:
        x: a signed numeric Tensor, or a SparseTensor of such values.
        name: the node's name.

    Returns:
        The same kind, dtype and shape.
    """
    with op_scope(name, "Neg", x) as scope:
        return on_values(x, raw.Neg, scope)


def abs(x: Any, name: str | None = None) -> Any:
    """The absolute value of each element.

    Args:
        x: a signed integer, floating or complex Tensor, or a SparseTensor of such.
        name: the node's name.

    Returns:
        The same kind and shape; of complex numbers the length, in the real dtype.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.abs([-1.5, 2.]))
        array([1.5, 2. ], dtype=float32)
    """
    with op_scope(name, "Abs", x) as scope:
        if not isinstance(x, SparseTensor):
            x = convert(x, None, "x")
        if x.dtype.is_complex:
            real = x.dtype.real_dtype
            return on_values(
                x, lambda v, name: raw.ComplexAbs(v, Tout=real, name=name), scope
            )
        return on_values(x, raw.Abs, scope)


def sign(x: Any, name: str | None = None) -> Any:
    """-1, 0 or 1 as each element is negative, zero or positive; NaN stays.

    Args:
        x: a signed numeric Tensor, or a SparseTensor of such values.
        name: the node's name.

    Returns:
        The same kind, dtype and shape; of complex numbers x / |x|, 0 where x is 0.
    """
    with op_scope(name, "Sign", x) as scope:
        return on_values(x, raw.Sign, scope)


def square(x: Any, name: str | None = None) -> Any:
    """X * x, element by element.

    Args:
        x: a numeric Tensor, or a SparseTensor of such values.
        name: the node's name.

    Returns:
        The same kind, dtype and shape.
    """
    with op_scope(name, "Square", x) as scope:
        return on_values(x, raw.Square, scope)


def scalar_mul(scalar: Any, x: Any) -> Any:
    """A scalar times a tensor or IndexedSlices.

    Args:
        scalar: a number or a 0-d tensor.
        x: a Tensor or IndexedSlices.

    Returns:
        The same kind, dtype and shape as `x`.

    Raises:
        ValueError: `scalar` is not 0-d.
    """
    scalar = convert(scalar, x.dtype.base_dtype, "scalar")
    if scalar.static_shape not in ((), None):
        raise ValueError("Only scalar multiply works, got shape " + str(scalar.shape))
    if isinstance(x, IndexedSlices):
        return IndexedSlices(scalar * x.values, x.indices, x.dense_shape)
    return scalar * x
