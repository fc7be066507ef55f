"""Losses that are composed of other ops, and l2.

The cross-entropies with softmax are in `nn_cross_entropy.py`. Read next: `nn_conv.py`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import FLOAT
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import format_shape, is_compatible
from interactive_graphs.ops._arguments import one_of
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.nn_cross_entropy import ensure_named


def _check_same(a: Tensor, b: Tensor, names: str) -> None:
    if not is_compatible(a.static_shape, b.static_shape):
        raise ValueError(
            f"{names} must have the same shape ({format_shape(a.static_shape)} vs "
            f"{format_shape(b.static_shape)})"
        )


def _number(value: float, like: Tensor) -> np.ndarray:
    """A constant of a tensor's dtype."""
    return np.asarray(value, like.dtype.base_dtype.np_dtype)


def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    name: str | None = None,
) -> Tensor:
    """Cross-entropy between labels and sigmoid(logits), element by element.

    Computed as max(x, 0) - x * z + log(1 + exp(-|x|)), which overflows nowhere.

    Args:
        labels: floating, probabilities of independent events.
        logits: of the same dtype and shape.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: an argument was given by position, or the shapes differ.
    """
    ensure_named("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    with op_scope(name, "logistic_loss", logits, labels) as scope:
        x = convert(logits, None, "logits")
        z = convert(labels, x.dtype.base_dtype, "labels")
        _check_same(x, z, "logits and labels")
        # Select and not maximum and abs: those have no gradient at 0 where this has
        # the right one, sigmoid(0) - z.
        zeros = raw.ZerosLike(x, name="zeros_like")
        is_positive = raw.GreaterEqual(x, zeros)
        positive = raw.Select(is_positive, x, zeros)
        minus_abs = raw.Select(is_positive, raw.Neg(x), x)
        linear = raw.Sub(positive, raw.Mul(x, z, name="mul"), name="sub")
        result: Tensor = raw.Add(linear, raw.Log1p(raw.Exp(minus_abs)), name=scope)
        return result


def weighted_cross_entropy_with_logits(
    targets: Any = None,
    logits: Any = None,
    pos_weight: Any = None,
    name: str | None = None,
    labels: Any = None,
) -> Tensor:
    """Sigmoid cross-entropy in which a positive counts `pos_weight` times.

    Args:
        targets: floating, probabilities of independent events.
        logits: of the same dtype and shape.
        pos_weight: what the positive part is multiplied by; above 1 raises recall.
        name: the scope of the nodes.
        labels: later TF1's name of `targets`.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: the shapes differ, or both names of the targets are given.
    """
    truth = one_of("labels", labels, "targets", targets)
    with op_scope(name, "logistic_loss", logits, truth) as scope:
        x = convert(logits, None, "logits")
        z = convert(truth, x.dtype.base_dtype, "targets")
        _check_same(x, z, "logits and targets")
        weight = convert(pos_weight, x.dtype.base_dtype)
        one = _number(1, x)
        factor = raw.Add(one, raw.Mul(raw.Sub(weight, one), z))
        rest = raw.Log1p(raw.Exp(raw.Neg(raw.Abs(x))))
        curve = raw.Mul(factor, raw.Add(rest, raw.Relu(raw.Neg(x))))
        result: Tensor = raw.Add(raw.Mul(raw.Sub(one, z), x), curve, name=scope)
        return result


def log_poisson_loss(
    targets: Any,
    log_input: Any,
    compute_full_loss: bool = False,
    name: str | None = None,
) -> Tensor:
    """-log likelihood of counts under Poisson distributions: exp(c) - z * c.

    Args:
        targets: floating, the counts z.
        log_input: of the same dtype and shape, the logarithms c of the rates.
        compute_full_loss: whether to add Stirling's approximation of log(z!), which
            does not depend on the rates.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: the shapes differ.
    """
    with op_scope(name, "log_poisson_loss", log_input, targets):
        c = convert(log_input, None, "log_input")
        z = convert(targets, c.dtype.base_dtype, "targets")
        _check_same(c, z, "log_input and targets")
        result: Tensor = raw.Sub(raw.Exp(c), raw.Mul(c, z))
        return raw.Add(result, _stirling(z)) if compute_full_loss else result


def _stirling(z: Tensor) -> Tensor:
    """log(z!) by Stirling; 0 for the z in 0..1, where the formula is off."""
    half = _number(0.5, z)
    tail = raw.Mul(half, raw.Log(raw.Mul(_number(2 * math.pi, z), z)))
    value = raw.Add(raw.Sub(raw.Mul(z, raw.Log(z)), z), tail)
    zeros, ones = raw.ZerosLike(z), raw.OnesLike(z)
    is_small = raw.LogicalAnd(raw.GreaterEqual(z, zeros), raw.LessEqual(z, ones))
    result: Tensor = raw.Select(is_small, zeros, value)
    return result


l2_loss_op = define(
    "L2Loss", "t: T -> output: T", T=types(FLOAT), shape=scalar,
    gradient=lambda op, dy: [raw.Mul(op.inputs[0], dy)],
    doc="Half the sum of squares.",
)  # fmt: skip


@l2_loss_op.kernel("CPU")
def _(t: np.ndarray) -> Any:
    flat = t.reshape(-1)
    if t.dtype.itemsize == 2:
        flat = flat.astype(np.float32)
    return (np.dot(flat, flat) / 2).astype(t.dtype)


def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """sum(t ** 2) / 2.

    Args:
        t: a floating tensor of any shape.
        name: the node's name.

    Returns:
        A scalar of its dtype.
    """
    tensor: Tensor = raw.L2Loss(t, name=name)
    return tensor
