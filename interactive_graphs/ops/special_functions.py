"""The error function and the gamma, beta and zeta family.

The kernels compute in float64 (`kernels/cpu/special.py` says how well) and give the
op's dtype; erf has a quicker way in float32. Read next: `../kernels/cpu/special.py`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import FLOAT, float32, float64
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, merge
from interactive_graphs.kernels.cpu import blocks, error_function, special
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._tables import binary, unary, unary_function
from interactive_graphs.ops.reduction import reduce_sum

_LONG = (float32, float64)


def _one(function: Any, single: Any = None) -> Any:
    """A kernel of one input in the op's dtype; `single` is for float32 and shorter."""

    def kernel(x: Any) -> Any:
        is_short = single is not None and x.dtype.itemsize <= 4
        return blocks.elementwise(single if is_short else function, x)

    return kernel


def _erf_slope(op: Operation, dy: Tensor, sign: int) -> Tensor:
    factor = sign * 2 / math.sqrt(math.pi)
    slope: Tensor = factor * dy * raw.Exp(-raw.Square(op.inputs[0]))
    return slope


erf = unary_function(
    unary(
        "Erf", FLOAT, _one(error_function.erf, error_function.erf_single),
        lambda op, dy: _erf_slope(op, dy, 1),
        doc="The error function.",
    ),
    "erf", "The error function of each element.",
    """
>>> sess.run(tf.erf([0., 1.]))
array([0.       , 0.8427008], dtype=float32)
    """,
)  # fmt: skip
erfc = unary_function(
    unary(
        "Erfc", FLOAT, _one(error_function.erfc), lambda op, dy: _erf_slope(op, dy, -1),
        doc="1 - erf(x).",
    ),
    "erfc", "1 - erf(x), exact for large x.",
)  # fmt: skip
lgamma = unary_function(
    unary(
        "Lgamma", FLOAT, _one(special.lgamma),
        lambda op, dy: dy * raw.Digamma(op.inputs[0]), doc="log |gamma(x)|.",
    ),
    "lgamma", "The logarithm of the absolute value of the gamma function.",
    """
>>> sess.run(tf.lgamma([1., 5.]))
array([0.       , 3.1780539], dtype=float32)
    """,
)  # fmt: skip


def _digamma_gradient(op: Operation, dy: Tensor) -> Tensor:
    x = op.inputs[0]
    one = convert(np.ones((), x.dtype.base_dtype.np_dtype), None, "one")
    slope: Tensor = dy * raw.Polygamma(one, x)
    return slope


digamma = unary_function(
    unary(
        "Digamma", FLOAT, _one(special.digamma), _digamma_gradient,
        doc="The derivative of lgamma.",
    ),
    "digamma", "The derivative of `lgamma`.",
)  # fmt: skip


# -- of two numbers -------------------------------------------------------------------


def _igamma(a: Any, x: Any) -> Any:
    return special.igamma(a, x).astype(a.dtype)


def _igammac(a: Any, x: Any) -> Any:
    return special.igammac(a, x).astype(a.dtype)


def _zeta(x: Any, q: Any) -> Any:
    return special.zeta(x, q).astype(x.dtype)


def _polygamma(a: Any, x: Any) -> Any:
    return special.polygamma(a, x).astype(a.dtype)


def _igamma_slope(op: Operation, dz: Tensor) -> Tensor:
    a, x = op.inputs
    slope: Tensor = dz * raw.Exp(-x + (a - 1) * raw.Log(x) - raw.Lgamma(a))
    return slope


# As in TF1 these functions have a gradient in their second argument only.
binary(
    "Igamma", FLOAT, _igamma, lambda op, dz: (None, _igamma_slope(op, dz)),
    doc="The lower incomplete gamma function.", operands=("a", "x"),
)  # fmt: skip
binary(
    "Igammac", FLOAT, _igammac, lambda op, dz: (None, -_igamma_slope(op, dz)),
    doc="The upper incomplete gamma function.", operands=("a", "x"),
)  # fmt: skip
binary(
    "Zeta", _LONG, _zeta,
    lambda op, dz: (
        None, dz * -op.inputs[0] * raw.Zeta(op.inputs[0] + 1, op.inputs[1])
    ),
    doc="Hurwitz's zeta function.", operands=("x", "q"),
)  # fmt: skip
binary(
    "Polygamma", _LONG, _polygamma,
    lambda op, dz: (None, dz * raw.Polygamma(op.inputs[0] + 1, op.inputs[1])),
    doc="A derivative of digamma.", operands=("a", "x"),
)  # fmt: skip


def igamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The regularised lower incomplete gamma function P(a, x).

    Args:
        a: a floating tensor, positive.
        x: a tensor of the same dtype, not negative; the shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of that dtype, of the broadcast shape, in 0..1.
    """
    result: Tensor = raw.Igamma(a, x, name=name)
    return result


def igammac(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The regularised upper incomplete gamma function, 1 - P(a, x).

    Args:
        a: a floating tensor, positive.
        x: a tensor of the same dtype, not negative; the shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of that dtype, of the broadcast shape, in 0..1.
    """
    result: Tensor = raw.Igammac(a, x, name=name)
    return result


def zeta(x: Any, q: Any, name: str | None = None) -> Tensor:
    """Hurwitz's zeta function, the sum of (q + n)^-x over n = 0, 1, 2, ...

    Args:
        x: a float32 or float64 tensor, above 1.
        q: a tensor of the same dtype; the shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of that dtype, of the broadcast shape.
    """
    result: Tensor = raw.Zeta(x, q, name=name)
    return result


def polygamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The a-th derivative of `digamma`.

    Args:
        a: a float32 or float64 tensor of whole numbers, 0 or above.
        x: a tensor of the same dtype; the shapes broadcast.
        name: the node's name.

    Returns:
        A tensor of that dtype, of the broadcast shape.
    """
    result: Tensor = raw.Polygamma(a, x, name=name)
    return result


def _betainc_shape(op: Operation) -> list[Shape]:
    shape: Shape = ()
    for tensor in op.inputs:
        # A scalar goes with any shape; other shapes must be equal.
        if shape == ():
            shape = tensor.static_shape
        elif tensor.static_shape != ():
            shape = merge(shape, tensor.static_shape)
    return [shape]


def _betainc_gradient(op: Operation, dz: Tensor) -> list[Tensor | None]:
    a, b, x = op.inputs
    log_beta = raw.Lgamma(a) + raw.Lgamma(b) - raw.Lgamma(a + b)
    slope = raw.Exp((b - 1) * raw.Log(1 - x) + (a - 1) * raw.Log(x) - log_beta)
    shape, whole = raw.Shape(x), raw.Shape(op.outputs[0])
    axes, _ = raw.BroadcastGradientArgs(shape, whole)
    return [None, None, raw.Reshape(raw.Sum(slope * dz, axes), shape)]


betainc_op = define(
    "Betainc", "a: T, b: T, x: T -> z: T", T=types(_LONG), shape=_betainc_shape,
    gradient=_betainc_gradient, doc="The regularised incomplete beta function.",
)  # fmt: skip


@betainc_op.kernel("CPU")
def _(a: Any, b: Any, x: Any) -> Any:
    return special.betainc(a, b, x).astype(a.dtype)


def betainc(a: Any, b: Any, x: Any, name: str | None = None) -> Tensor:
    """The regularised incomplete beta function I_x(a, b).

    Args:
        a: a float32 or float64 tensor, positive.
        b: a tensor of the same dtype and shape, positive.
        x: a tensor of the same dtype and shape, in 0..1. Scalars go with any shape.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape, in 0..1.
    """
    result: Tensor = raw.Betainc(a, b, x, name=name)
    return result


def lbeta(x: Any, name: str = "lbeta") -> Tensor:
    """The logarithm of the multivariate beta function, over the last axis.

    Args:
        x: a floating tensor, `[..., n]`.
        name: the scope of its nodes.

    Returns:
        A tensor of that dtype, `[...]`; -inf where n is 0.
    """
    with op_scope(name, "lbeta", x):
        x = convert(x, None, "x")
        total = reduce_sum(x, [-1])
        result: Tensor = reduce_sum(raw.Lgamma(x), [-1]) - raw.Lgamma(total)
        return result
