"""Losses of numbers: how far predictions are from what is right.

Read next: `classification.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.losses.collected import add_loss
from interactive_graphs.losses.weighted import (
    Reduction,
    as_float,
    compute_weighted_loss,
    num_present,
    safe_div,
    sum_of_examples,
    truth_and_guess,
)
from interactive_graphs.ops._arguments import one_of
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.reduction import reduce_sum
from interactive_graphs.ops.weights_broadcast import assert_broadcastable


def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """|predictions - labels|.

    Args:
        labels: numeric, what is right.
        predictions: numeric, of the same shape.
        weights: a number for all, or a tensor of that rank that broadcasts.
        scope: the scope of the nodes.
        loss_collection: the collection to add the loss to; None for none.
        reduction: one of `tf.losses.Reduction`.

    Returns:
        float32, a scalar; with `Reduction.NONE` a loss per element.

    Raises:
        ValueError: shapes do not fit, or an argument is None.
    """
    with op_scope(scope, "absolute_difference", predictions, labels, weights) as s:
        right, guess = truth_and_guess(labels, predictions)
        losses = raw.Abs(raw.Sub(guess, right))
        return compute_weighted_loss(losses, weights, s, loss_collection, reduction)


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """(predictions - labels) squared.

    Args:
        labels: numeric, what is right.
        predictions: numeric, of the same shape.
        weights: a number for all, or a tensor of that rank that broadcasts.
        scope: the scope of the nodes.
        loss_collection: the collection to add the loss to; None for none.
        reduction: one of `tf.losses.Reduction`.

    Returns:
        float32, a scalar; with `Reduction.NONE` a loss per element.

    Raises:
        ValueError: shapes do not fit, or an argument is None.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.losses.mean_squared_error([1., 2.], [1., 4.]))
        np.float32(2.0)
    """
    with op_scope(scope, "mean_squared_error", predictions, labels, weights) as s:
        right, guess = truth_and_guess(labels, predictions)
        losses = raw.SquaredDifference(guess, right)
        return compute_weighted_loss(losses, weights, s, loss_collection, reduction)


def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: float = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Half the square of small errors; of large ones the absolute value times delta.

    Args:
        labels: numeric, what is right.
        predictions: numeric, of the same shape.
        weights: a number for all, or a tensor of that rank that broadcasts.
        delta: where large errors begin.
        scope: the scope of the nodes.
        loss_collection: the collection to add the loss to; None for none.
        reduction: one of `tf.losses.Reduction`.

    Returns:
        float32, a scalar; with `Reduction.NONE` a loss per element.

    Raises:
        ValueError: shapes do not fit, or an argument is None.
    """
    with op_scope(scope, "huber_loss", predictions, labels, weights) as s:
        right, guess = truth_and_guess(labels, predictions)
        error = raw.Abs(raw.Sub(guess, right))
        small = raw.Minimum(error, delta)
        # The same as error * delta - delta ** 2 / 2 for large errors; in this form the
        # gradient at delta is the right one.
        large = raw.Sub(error, small)
        losses = raw.Add(
            raw.Mul(0.5, raw.Mul(small, small)), raw.Mul(float(delta), large)
        )
        return compute_weighted_loss(losses, weights, s, loss_collection, reduction)


def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """-log of the probability that was predicted for what is right.

    Args:
        labels: numeric, 0 or 1, or probabilities.
        predictions: numeric, of the same shape, predicted probabilities.
        weights: a number for all, or a tensor of that rank that broadcasts.
        epsilon: added to probabilities, so that they have a logarithm.
        scope: the scope of the nodes.
        loss_collection: the collection to add the loss to; None for none.
        reduction: one of `tf.losses.Reduction`.

    Returns:
        float32, a scalar; with `Reduction.NONE` a loss per element.

    Raises:
        ValueError: shapes do not fit, or an argument is None.
    """
    with op_scope(scope, "log_loss", predictions, labels, weights) as s:
        right, guess = truth_and_guess(labels, predictions)
        yes = right * raw.Log(guess + epsilon)
        no = (1.0 - right) * raw.Log(1.0 - guess + epsilon)
        return compute_weighted_loss(-yes - no, weights, s, loss_collection, reduction)


def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    dim: int | None = None,
) -> Tensor:
    """1 - cosine of the angle between unit vectors.

    Args:
        labels: numeric, vectors of length 1.
        predictions: numeric, of the same shape, vectors of length 1.
        axis: the axis of the vectors.
        weights: a number for all, or a tensor of that rank that broadcasts.
        scope: the scope of the nodes.
        loss_collection: the collection to add the loss to; None for none.
        reduction: one of `tf.losses.Reduction`.
        dim: old name of `axis`.

    Returns:
        float32, a scalar; with `Reduction.NONE` a loss per vector.

    Raises:
        ValueError: shapes do not fit, an argument is None, or there is no axis.
    """
    along = one_of("axis", axis, "dim", dim)
    if along is None:
        raise ValueError("You must specify 'axis'.")
    with op_scope(scope, "cosine_distance_loss", predictions, labels, weights) as s:
        right, guess = truth_and_guess(labels, predictions)
        products = reduce_sum(raw.Mul(guess, right), [along], keep_dims=True)
        losses = raw.Sub(1.0, products)
        return compute_weighted_loss(losses, weights, s, loss_collection, reduction)


def mean_pairwise_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
) -> Tensor:
    """How far the differences between elements of an example are from the right ones.

    A constant added to all predictions of an example changes nothing.

    Args:
        labels: numeric, `[batch, ...]`, what is right.
        predictions: numeric, of the same shape.
        weights: a number for all, or a tensor of that rank that broadcasts.
        scope: the scope of the nodes.
        loss_collection: the collection to add the loss to; None for none.

    Returns:
        float32, a scalar.

    Raises:
        ValueError: shapes do not fit, or an argument is None.
    """
    with op_scope(scope, "mean_pairwise_squared_error", predictions, labels, weights):
        right, guess = truth_and_guess(labels, predictions)
        factors = as_float(weights)
        check = assert_broadcastable(factors, right)
        with get_default_graph().control_dependencies([check] if check else []):
            diffs = raw.Sub(guess, right)
            count = num_present(diffs, factors, per_batch=True)
            fewer = raw.Maximum(raw.Sub(count, 1.0), 0.0)
            squares = safe_div(sum_of_examples(raw.Square(diffs)), fewer)
            total = raw.Square(sum_of_examples(diffs))
            square = safe_div(total, raw.Mul(count, fewer))
            per_example = raw.Mul(2.0, raw.Sub(squares, square))
            loss = reduce_sum(raw.Mul(per_example, factors))
            mean: Tensor = raw.Select(
                raw.Greater(reduce_sum(count), 0.0), loss, raw.ZerosLike(loss),
                name="value",
            )  # fmt: skip
        add_loss(mean, loss_collection)
        return mean
