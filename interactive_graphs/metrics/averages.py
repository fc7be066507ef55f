"""Means over all batches so far: of values, of errors, of hits.

Each metric gives a value and an operation that takes a batch in.
Read next: `classes.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import float32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.metrics.state import (
    Metric,
    aligned,
    aligned_weights,
    finished,
    metric_variable,
    quotient,
    to_float,
)
from interactive_graphs.ops.reduction import reduce_sum
from interactive_graphs.ops.squeezing import remove_squeezable_dimensions
from interactive_graphs.ops.state import assign_add
from interactive_graphs.ops.variable_scope import variable_scope
from interactive_graphs.ops.weights_broadcast import broadcast_weights


def mean(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean of all values so far.

    Args:
        values: numeric, of any shape.
        weights: a number per value, of that rank, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32.

    Raises:
        ValueError: the weights do not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.placeholder(tf.float32, [None])
        >>> value, update = tf.metrics.mean(x)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.local_variables_initializer())
        ...     first = sess.run(update, {x: [1., 2.]})
        ...     second = sess.run(update, {x: [6.]})
        ...     first, second, sess.run(value)
        (np.float32(1.5), np.float32(3.0), np.float32(3.0))
    """
    with variable_scope(name, "mean", (values, weights)):
        numbers = to_float(values)
        total = metric_variable([], float32, "total")
        count = metric_variable([], float32, "count")
        factors = aligned_weights(weights, numbers)
        if factors is None:
            new_count = to_float(raw.Size(numbers))
        else:
            spread = broadcast_weights(to_float(factors), numbers)
            numbers, new_count = raw.Mul(numbers, spread), reduce_sum(spread)
        update_total = assign_add(total, reduce_sum(numbers))
        with get_default_graph().control_dependencies([numbers]):
            update_count = assign_add(count, new_count)
        return finished(
            quotient(total, count, "value"),
            quotient(update_total, update_count, "update_op"),
            metrics_collections,
            updates_collections,
        )


def mean_tensor(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean of all tensors so far, element by element.

    Args:
        values: numeric, of a known shape.
        weights: a number per value, of that rank, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32, of the shape of the values.

    Raises:
        ValueError: the weights do not fit, or the shape is not known.
    """
    with variable_scope(name, "mean", (values, weights)):
        numbers = to_float(values)
        shape = numbers.shape.as_list()
        if None in shape:
            raise ValueError(
                f"mean_tensor needs values of a known shape, not {numbers.shape}"
            )
        total = metric_variable(shape, float32, "total_tensor")
        count = metric_variable(shape, float32, "count_tensor")
        factors = aligned_weights(weights, numbers)
        new_count: Tensor
        if factors is None:
            new_count = raw.OnesLike(numbers)
        else:
            new_count = broadcast_weights(to_float(factors), numbers)
            numbers = raw.Mul(numbers, new_count)
        update_total = assign_add(total, numbers)
        with get_default_graph().control_dependencies([numbers]):
            update_count = assign_add(count, new_count)
        return finished(
            quotient(total, count, "value"),
            quotient(update_total, update_count, "update_op"),
            metrics_collections,
            updates_collections,
        )


def accuracy(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of predictions so far that are right.

    Args:
        labels: what is right.
        predictions: of the same shape.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32.

    Raises:
        ValueError: shapes do not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> share, update = tf.metrics.accuracy([1, 0, 2, 2], [1, 0, 2, 0])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.local_variables_initializer())
        ...     sess.run(update)
        np.float32(0.75)
    """
    guess, right, factors = aligned(predictions, labels, weights)
    if guess.dtype.base_dtype is not right.dtype.base_dtype:
        guess = raw.Cast(guess, DstT=right.dtype.base_dtype)
    hits = to_float(raw.Equal(guess, right))
    return mean(
        hits, factors, metrics_collections, updates_collections, name or "accuracy"
    )


def mean_absolute_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean of |predictions - labels| so far.

    Args:
        labels: numeric, what is right.
        predictions: of the same dtype and shape.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32.

    Raises:
        ValueError: shapes do not fit.
    """
    guess, right, factors = aligned(predictions, labels, weights)
    errors = raw.Abs(raw.Sub(guess, right))
    return mean(
        errors, factors, metrics_collections, updates_collections,
        name or "mean_absolute_error",
    )  # fmt: skip


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean of (predictions - labels) squared so far.

    Args:
        labels: numeric, what is right.
        predictions: of the same dtype and shape.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32.

    Raises:
        ValueError: shapes do not fit.
    """
    guess, right, factors = aligned(predictions, labels, weights)
    return mean(
        raw.SquaredDifference(right, guess), factors, metrics_collections,
        updates_collections, name or "mean_squared_error",
    )  # fmt: skip


def root_mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The root of the mean of (predictions - labels) squared so far.

    Args:
        labels: numeric, what is right.
        predictions: of the same dtype and shape.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32.

    Raises:
        ValueError: shapes do not fit.
    """
    value, update = mean_squared_error(
        labels, predictions, weights, name=name or "root_mean_squared_error"
    )
    return finished(
        raw.Sqrt(value), raw.Sqrt(update), metrics_collections, updates_collections
    )


def mean_relative_error(
    labels: Any,
    predictions: Any,
    normalizer: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean of |predictions - labels| / normalizer so far.

    Args:
        labels: floating, what is right.
        predictions: of the same dtype and shape.
        normalizer: of the same dtype and shape; where it is 0 the error counts as 0.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32.

    Raises:
        ValueError: shapes do not fit.
    """
    guess, right, factors = aligned(predictions, labels, weights)
    guess, scale = remove_squeezable_dimensions(guess, normalizer)
    guess.shape.assert_is_compatible_with(scale.shape)
    errors = raw.Select(
        raw.Equal(scale, 0.0), raw.ZerosLike(right),
        raw.RealDiv(raw.Abs(raw.Sub(right, guess)), scale),
    )  # fmt: skip
    return mean(
        errors, factors, metrics_collections, updates_collections,
        name or "mean_relative_error",
    )  # fmt: skip


def mean_cosine_distance(
    labels: Any,
    predictions: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean of 1 - cosine of the angle between unit vectors so far.

    Args:
        labels: floating, vectors of length 1.
        predictions: of the same dtype and shape, vectors of length 1.
        dim: the axis of the vectors.
        weights: a number per vector, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32.

    Raises:
        ValueError: shapes do not fit.
    """
    guess, right, factors = aligned(predictions, labels, weights)
    cosines = reduce_sum(raw.Mul(guess, right), [dim], keep_dims=True)
    value, update = mean(cosines, factors, name=name or "mean_cosine_distance")
    return finished(
        raw.Sub(1.0, value), raw.Sub(1.0, update), metrics_collections,
        updates_collections,
    )  # fmt: skip


def percentage_below(
    values: Any,
    threshold: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of values so far that are below a threshold.

    Args:
        values: real, of any shape.
        threshold: a number.
        weights: a number per value, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32.

    Raises:
        ValueError: the weights do not fit.
    """
    return mean(
        to_float(raw.Less(values, threshold)), weights, metrics_collections,
        updates_collections, name or "percentage_below_threshold",
    )  # fmt: skip
