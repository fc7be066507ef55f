"""How often what happened: hits, misses and false alarms, precision and recall.

Read next: `thresholds.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import bool as bool_dtype, float32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.metrics.state import (
    Metric,
    aligned,
    finished,
    metric_variable,
    quotient,
    to_float,
)
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.reduction import reduce_sum
from interactive_graphs.ops.state import assign_add
from interactive_graphs.ops.variable_scope import variable_scope
from interactive_graphs.ops.weights_broadcast import assert_broadcastable

# What counts, as (label, prediction).
_OUTCOMES = {
    "true_positives": (True, True),
    "true_negatives": (False, False),
    "false_positives": (False, True),
    "false_negatives": (True, False),
}


def _count(
    outcome: str,
    labels: Any,
    predictions: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> Metric:
    with variable_scope(name, outcome, (predictions, labels, weights)):
        guess, right, factors = aligned(
            cast(predictions, bool_dtype), cast(labels, bool_dtype), weights
        )
        if not _OUTCOMES[outcome][0]:
            right = raw.LogicalNot(right)
        if not _OUTCOMES[outcome][1]:
            guess = raw.LogicalNot(guess)
        values = to_float(raw.LogicalAnd(right, guess))
        count = metric_variable([], float32, "count")
        if factors is not None:
            check = assert_broadcastable(factors, values)
            with get_default_graph().control_dependencies([check] if check else []):
                values = raw.Mul(values, to_float(factors))
        value: Tensor = raw.Identity(count)
        update = assign_add(count, reduce_sum(values))
        return finished(value, update, metrics_collections, updates_collections)


def true_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """How many predictions so far were true, rightly.

    Args:
        labels: what is right, as bools.
        predictions: of the same shape, as bools.
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
    return _count(
        "true_positives", labels, predictions, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def true_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """How many predictions so far were false, rightly.

    Args:
        labels: what is right, as bools.
        predictions: of the same shape, as bools.
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
    return _count(
        "true_negatives", labels, predictions, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def false_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """How many predictions so far were true, wrongly.

    Args:
        labels: what is right, as bools.
        predictions: of the same shape, as bools.
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
    return _count(
        "false_positives", labels, predictions, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def false_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """How many predictions so far were false, wrongly.

    Args:
        labels: what is right, as bools.
        predictions: of the same shape, as bools.
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
    return _count(
        "false_negatives", labels, predictions, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def precision(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of what was predicted true so far that is true.

    Args:
        labels: what is right, as bools.
        predictions: of the same shape, as bools.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32, 0 while nothing was predicted true.

    Raises:
        ValueError: shapes do not fit.
    """
    with variable_scope(name, "precision", (predictions, labels, weights)):
        hits, update_hits = true_positives(labels, predictions, weights)
        alarms, update_alarms = false_positives(labels, predictions, weights)
        return finished(
            quotient(hits, raw.Add(hits, alarms), "value"),
            quotient(update_hits, raw.Add(update_hits, update_alarms), "update_op"),
            metrics_collections,
            updates_collections,
        )


def recall(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of what is true so far that was predicted true.

    Args:
        labels: what is right, as bools.
        predictions: of the same shape, as bools.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32, 0 while nothing was true.

    Raises:
        ValueError: shapes do not fit.
    """
    with variable_scope(name, "recall", (predictions, labels, weights)):
        hits, update_hits = true_positives(labels, predictions, weights)
        misses, update_misses = false_negatives(labels, predictions, weights)
        return finished(
            quotient(hits, raw.Add(hits, misses), "value"),
            quotient(update_hits, raw.Add(update_hits, update_misses), "update_op"),
            metrics_collections,
            updates_collections,
        )
