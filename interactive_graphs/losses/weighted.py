"""From a loss per element to one number: weights, and ways to reduce.

Read next: `collected.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import float32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.losses.collected import add_loss
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.reduction import reduce_sum
from interactive_graphs.ops.weights_broadcast import (
    assert_broadcastable,
    broadcast_weights,
)


class Reduction:
    """Ways to make one number of a loss per element.

    Attributes:
        NONE: not at all.
        SUM: the sum of the weighted losses.
        MEAN: that, divided by the sum of the weights.
        SUM_OVER_BATCH_SIZE: the sum, divided by the number of losses.
        SUM_BY_NONZERO_WEIGHTS: the sum, divided by the number of losses whose weight
            is not zero.
        SUM_OVER_NONZERO_WEIGHTS: the same, by its older name.
    """

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All ways."""
        return (
            cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE,
            cls.SUM_OVER_NONZERO_WEIGHTS, cls.SUM_BY_NONZERO_WEIGHTS,
        )  # fmt: skip

    @classmethod
    def validate(cls, key: str) -> None:
        """Refuse what is not one of them.

        Raises:
            ValueError: it is not.
        """
        if key not in cls.all():
            raise ValueError(f"Invalid ReductionKey {key}.")


def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The losses of elements times weights, as one number.

    Args:
        losses: numeric, a loss per element.
        weights: a number for all, or a tensor of the losses' rank that broadcasts.
        scope: the scope of the nodes.
        loss_collection: the collection to add the result to; None for none.
        reduction: one of `Reduction`.

    Returns:
        A scalar of the dtype of the losses; with `Reduction.NONE` a tensor of their
        shape.

    Raises:
        ValueError: the weights do not fit, or there is no such reduction.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.losses.compute_weighted_loss([1., 2., 6.], [1., 1., 0.]))
        np.float32(1.5)
    """
    Reduction.validate(reduction)
    with op_scope(scope, "weighted_loss", losses, weights):
        given = convert(losses)
        values = as_float(given)
        check = None if is_one(weights) else assert_broadcastable(weights, values)
        with get_default_graph().control_dependencies([check] if check else []):
            loss = _reduced(values, weights, reduction)
            if given.dtype.base_dtype is not float32:
                loss = raw.Cast(loss, DstT=given.dtype.base_dtype)
        add_loss(loss, loss_collection)
        return loss


def _reduced(losses: Tensor, weights: Any, reduction: str) -> Tensor:
    factors = None if is_one(weights) else as_float(weights)
    weighted = losses if factors is None else raw.Mul(losses, factors)
    if reduction == Reduction.NONE:
        return raw.Identity(weighted) if factors is None else weighted
    total = reduce_sum(weighted)
    if reduction == Reduction.SUM:
        return total
    if factors is None or reduction == Reduction.SUM_OVER_BATCH_SIZE:
        count: Tensor = raw.Cast(raw.Size(losses), DstT=float32)
    elif reduction == Reduction.MEAN:
        count = reduce_sum(raw.OnesLike(losses) * factors)
    else:
        count = num_present(losses, factors)
    return safe_div(total, count)


def num_present(losses: Tensor, weights: Any, per_batch: bool = False) -> Tensor:
    """How many losses have a weight other than zero.

    Args:
        losses: a float32 tensor.
        weights: what they are weighted with.
        per_batch: whether to count for each example; `[batch, 1, ...]` then.

    Returns:
        float32, `[]`, or the number for each example.
    """
    factors = as_float(weights)
    with op_scope(None, "num_present", losses, factors):
        is_present = raw.Cast(raw.NotEqual(factors, 0.0), DstT=float32)
        present = broadcast_weights(is_present, losses)
        if not per_batch:
            return reduce_sum(present)
        return sum_of_examples(present)


def sum_of_examples(values: Tensor) -> Tensor:
    """The sum over all axes but the first, which stay with size 1."""
    axes: Any
    if values.static_shape is not None:
        axes = np.arange(1, len(values.static_shape), dtype=np.int32)
    else:
        axes = raw.Range(1, raw.Rank(values), 1)
    return reduce_sum(values, axes, keep_dims=True)


def safe_div(numerator: Tensor, denominator: Tensor, name: str = "value") -> Tensor:
    """Their quotient, and 0 where the denominator is 0."""
    result: Tensor = raw.DivNoNan(numerator, denominator, name=name)
    return result


def is_one(weights: Any) -> bool:
    """Whether weights change nothing: the number 1, as most calls have it."""
    return isinstance(weights, (int, float, np.number)) and bool(weights == 1)


def as_float(value: Any) -> Tensor:
    """A tensor as float32."""
    result: Tensor = cast(value, float32)
    return result


def truth_and_guess(
    labels: Any, guesses: Any, names: tuple[str, str] = ("labels", "predictions")
) -> tuple[Tensor, Tensor]:
    """What is right and what was predicted, as float32 tensors of one shape.

    Raises:
        ValueError: one is None, or the shapes differ.
    """
    for name, value in zip(names, (labels, guesses), strict=True):
        if value is None:
            raise ValueError(f"{name} must not be None.")
    right, guess = as_float(labels), as_float(guesses)
    guess.shape.assert_is_compatible_with(right.shape)
    return right, guess
