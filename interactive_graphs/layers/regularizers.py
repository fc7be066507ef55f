"""Regularizers: functions of a variable that give a loss, as in `tf.contrib.layers`.

Read next: `contrib_layers.py`.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.reduction import reduce_sum
from interactive_graphs.ops.sums import add_n

Regularizer = Callable[[Any], Tensor | None]


def _check_scale(scale: Any) -> None:
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"scale cannot be an integer: {scale}")
    if isinstance(scale, numbers.Real) and scale < 0.0:
        raise ValueError(
            f"Setting a scale less than 0 on a regularizer: {float(scale):g}."
        )


def _scaled(
    scale: Any, scope: str | None, default: str, penalty: Callable[[Any], Tensor]
) -> Regularizer:
    _check_scale(scale)
    if isinstance(scale, numbers.Real) and scale == 0.0:
        return lambda _: None

    def regularizer(weights: Any) -> Tensor:
        with op_scope(scope, default, weights) as name:
            tensor = convert(weights)
            factor = convert(scale, tensor.dtype.base_dtype, "scale")
            result: Tensor = raw.Mul(factor, penalty(tensor), name=name)
            return result

    return regularizer


def l1_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """A regularizer by the sum of absolute values.

    Args:
        scale: what the sum is multiplied by, a float; 0.0 disables it.
        scope: the scope of the nodes.

    Returns:
        A function of weights that gives a scalar; None where it is disabled.

    Raises:
        ValueError: the scale is negative or an integer.
    """
    return _scaled(scale, scope, "l1_regularizer", lambda w: reduce_sum(raw.Abs(w)))


def l2_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """A regularizer by half the sum of squares.

    Args:
        scale: what that is multiplied by, a float; 0.0 disables it.
        scope: the scope of the nodes.

    Returns:
        A function of weights that gives a scalar; None where it is disabled.

    Raises:
        ValueError: the scale is negative or an integer.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.contrib.layers.l2_regularizer(0.5)(tf.constant([2., 4.])))
        np.float32(5.0)
    """
    return _scaled(scale, scope, "l2_regularizer", raw.L2Loss)


def l1_l2_regularizer(
    scale_l1: Any = 1.0, scale_l2: Any = 1.0, scope: str | None = None
) -> Regularizer:
    """A regularizer by both.

    Args:
        scale_l1: of the sum of absolute values, a float.
        scale_l2: of half the sum of squares, a float.
        scope: the scope of the nodes.

    Returns:
        A function of weights that gives a scalar.

    Raises:
        ValueError: a scale is negative or an integer.
    """
    return sum_regularizer(
        [l1_regularizer(scale_l1), l2_regularizer(scale_l2)],
        scope or "l1_l2_regularizer",
    )


def sum_regularizer(regularizer_list: Any, scope: str | None = None) -> Regularizer:
    """The sum of several regularizers.

    Args:
        regularizer_list: of them; Nones are left out.
        scope: the scope of the nodes.

    Returns:
        A function of weights that gives a scalar, or None.
    """
    regularizers = [r for r in regularizer_list if r is not None]

    def regularizer(weights: Any) -> Tensor | None:
        with op_scope(scope, "sum_regularizer", weights):
            found = [
                penalty for r in regularizers if (penalty := r(weights)) is not None
            ]
            return add_n(found) if found else None

    return regularizer


def apply_regularization(regularizer: Any, weights_list: Any = None) -> Tensor:
    """The sum of a regularizer over variables, also in REGULARIZATION_LOSSES.

    Args:
        regularizer: a function of weights.
        weights_list: of variables; None for the collection WEIGHTS.

    Returns:
        A scalar.

    Raises:
        ValueError: there are no weights, or the regularizer gives no scalar.
    """
    graph = get_default_graph()
    weights = weights_list or graph.get_collection(GraphKeys.WEIGHTS)
    if not weights:
        raise ValueError("No weights to regularize.")
    with op_scope(None, "get_regularization_penalty", *weights) as scope:
        penalties = [regularizer(w) for w in weights]
        penalties = [convert(0.0) if p is None else p for p in penalties]
        for penalty in penalties:
            if penalty.static_shape not in ((), None):
                raise ValueError(
                    "regularizer must return a scalar Tensor instead of a Tensor with "
                    f"rank {len(penalty.static_shape)}."
                )
        total = add_n(penalties, name=scope)
        graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, total)
        return total
