"""Metrics by class: a confusion matrix over all batches so far.

Read next: `counts.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import float32, float64, int64
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.metrics.state import (
    Metric,
    finished,
    metric_variable,
    quotient,
    to_float,
)
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.counting import confusion_matrix
from interactive_graphs.ops.reduction import reduce_mean, reduce_sum
from interactive_graphs.ops.state import assign_add, scatter_add
from interactive_graphs.ops.variable_scope import variable_scope


def _flat(value: Any) -> Tensor:
    tensor = convert(value)
    if tensor.static_shape is not None and len(tensor.static_shape) <= 1:
        return tensor
    result: Tensor = raw.Reshape(tensor, [-1])
    return result


def mean_iou(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean over classes of intersection over union of labels and predictions.

    Args:
        labels: numbers of classes, of any shape.
        predictions: numbers of classes, of the same shape.
        num_classes: how many there are.
        weights: a number per prediction; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, float32, and an operation that takes a batch in and gives the
        confusion matrix, float64, `[num_classes, num_classes]`.

    Raises:
        ValueError: shapes do not fit.
    """
    with variable_scope(name, "mean_iou", (predictions, labels, weights)):
        guess, right = convert(predictions), convert(labels)
        guess.shape.assert_is_compatible_with(right.shape)
        matrix = metric_variable(
            [num_classes, num_classes], float64, "total_confusion_matrix"
        )
        batch = confusion_matrix(
            _flat(cast(right, int64)), _flat(cast(guess, int64)), num_classes,
            dtype=float64, weights=None if weights is None else _flat(weights),
        )  # fmt: skip
        update = assign_add(matrix, batch)
        both = to_float(raw.MatrixDiagPart(matrix))
        either = to_float(reduce_sum(matrix, 0)) + to_float(reduce_sum(matrix, 1))
        # Classes that nobody has seen yet do not count.
        seen = reduce_sum(to_float(raw.NotEqual(either - both, 0.0)))
        value = quotient(reduce_sum(quotient(both, either - both)), seen, "mean_iou")
        return finished(value, update, metrics_collections, updates_collections)


def mean_per_class_accuracy(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean over classes of the share of their examples that were predicted right.

    Args:
        labels: numbers of classes, of any shape.
        predictions: numbers of classes, of the same shape.
        num_classes: how many there are.
        weights: a number per prediction; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, float32, and an operation that takes a batch in and gives the
        accuracy of each class, float32, `[num_classes]`.

    Raises:
        ValueError: shapes do not fit.
    """
    with variable_scope(name, "mean_accuracy", (predictions, labels, weights)):
        right, guess = _flat(cast(labels, int64)), _flat(predictions)
        guess.shape.assert_is_compatible_with(right.shape)
        total = metric_variable([num_classes], float32, "total")
        count = metric_variable([num_classes], float32, "count")
        hits = to_float(raw.Equal(cast(guess, int64), right))
        ones: Tensor = raw.OnesLike(hits)
        if weights is not None:
            factors = _flat(to_float(weights))
            hits, ones = raw.Mul(hits, factors), raw.Mul(ones, factors)
        update_total = scatter_add(total, right, ones)
        update_count = scatter_add(count, right, hits)
        value = reduce_mean(quotient(count, total), name="mean_accuracy")
        update = quotient(update_count, update_total, "update_op")
        return finished(value, update, metrics_collections, updates_collections)
