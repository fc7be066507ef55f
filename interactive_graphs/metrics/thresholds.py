"""Metrics of scores: what is predicted true when a score above a threshold says so.

Read next: `curves.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import bool as bool_dtype, float32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.metrics.state import (
    Metric,
    aligned,
    finished,
    metric_variable,
    to_float,
)
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.check import assert_greater_equal, assert_less_equal
from interactive_graphs.ops.reduction import reduce_sum
from interactive_graphs.ops.state import assign_add
from interactive_graphs.ops.variable_scope import variable_scope
from interactive_graphs.ops.weights_broadcast import broadcast_weights

# By what a threshold can give: its long name, and (label, prediction).
OUTCOMES = {
    "tp": ("true_positives", True, True),
    "fn": ("false_negatives", True, False),
    "tn": ("true_negatives", False, False),
    "fp": ("false_positives", False, True),
}
Counts = dict[str, Any]


def counts_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    includes: Sequence[str] = tuple(OUTCOMES),
) -> tuple[Counts, Counts]:
    """How often each outcome happened at each threshold, over all batches.

    Args:
        labels: what is right, as bools.
        predictions: scores between 0 and 1, of the same shape.
        thresholds: a list of numbers; a score above one says true.
        weights: a number per prediction, which broadcasts; None for ones.
        includes: which of `OUTCOMES` to count.

    Returns:
        Variables by outcome, and updates by outcome; float32, `[thresholds]`.

    Raises:
        ValueError: shapes do not fit.
    """
    words = "predictions must be in [0, 1]"
    checks = [
        assert_greater_equal(predictions, 0.0, message=words),
        assert_less_equal(predictions, 1.0, message=words),
    ]
    with get_default_graph().control_dependencies(checks):
        guess, right, factors = aligned(
            to_float(predictions), cast(labels, bool_dtype), weights
        )
    limits = np.asarray(thresholds, np.float32)[:, None]
    says_true = raw.Greater(raw.Reshape(guess, [1, -1]), limits)
    is_true = raw.Reshape(right, [1, -1])
    if factors is not None:
        spread = broadcast_weights(to_float(factors), guess)
        factors = raw.Reshape(spread, [1, -1])
    values: Counts = {}
    updates: Counts = {}
    for key in includes:
        name, label, prediction = OUTCOMES[key]
        count = metric_variable([len(limits)], float32, name)
        hits = to_float(
            raw.LogicalAnd(
                is_true if label else raw.LogicalNot(is_true),
                says_true if prediction else raw.LogicalNot(says_true),
            )
        )
        if factors is not None:
            hits = raw.Mul(hits, factors)
        values[key] = raw.Identity(count)
        updates[key] = assign_add(count, reduce_sum(hits, 1))
    return values, updates


def _single(
    outcome: str,
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> Metric:
    long_name = OUTCOMES[outcome][0]
    with variable_scope(name, long_name, (predictions, labels, weights)):
        values, updates = counts_at_thresholds(
            labels, predictions, thresholds, weights, (outcome,)
        )
        return finished(
            values[outcome], updates[outcome], metrics_collections, updates_collections
        )


def true_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """How many predictions so far were true, rightly, at each threshold.

    Args:
        labels: what is right, as bools.
        predictions: scores between 0 and 1, of the same shape.
        thresholds: a list of numbers; a score above one says true.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32, `[thresholds]`.

    Raises:
        ValueError: shapes do not fit.
    """
    return _single(
        "tp", labels, predictions, thresholds, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def true_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """How many predictions so far were false, rightly; see the true positives.

    Args:
        labels: what is right, as bools.
        predictions: scores between 0 and 1, of the same shape.
        thresholds: a list of numbers; a score above one says true.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        As of `true_positives_at_thresholds`.
    """
    return _single(
        "tn", labels, predictions, thresholds, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def false_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """How many predictions so far were true, wrongly; see the true positives.

    Args:
        labels: what is right, as bools.
        predictions: scores between 0 and 1, of the same shape.
        thresholds: a list of numbers; a score above one says true.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        As of `true_positives_at_thresholds`.
    """
    return _single(
        "fp", labels, predictions, thresholds, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def false_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """How many predictions so far were false, wrongly; see the true positives.

    Args:
        labels: what is right, as bools.
        predictions: scores between 0 and 1, of the same shape.
        thresholds: a list of numbers; a score above one says true.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        As of `true_positives_at_thresholds`.
    """
    return _single(
        "fn", labels, predictions, thresholds, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def _share_of_hits(kind: str, other: str) -> Any:
    """Tp / (tp + another count), with a little added so that 0 / 0 is 0."""

    def share(counts: Counts, name: str) -> Tensor:
        hits = counts["tp"]
        result: Tensor = raw.RealDiv(
            hits, 1e-7 + hits + counts[other], name=f"{kind}_{name}"
        )
        return result

    return share


def precision_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of what was predicted true so far that is true, at each threshold.

    Args:
        labels: what is right, as bools.
        predictions: scores between 0 and 1, of the same shape.
        thresholds: a list of numbers; a score above one says true.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32, `[thresholds]`.

    Raises:
        ValueError: shapes do not fit.
    """
    with variable_scope(name, "precision_at_thresholds", (predictions, labels)):
        values, updates = counts_at_thresholds(
            labels, predictions, thresholds, weights, ("tp", "fp")
        )
        share = _share_of_hits("precision", "fp")
        return finished(
            share(values, "value"), share(updates, "update_op"), metrics_collections,
            updates_collections,
        )  # fmt: skip


def recall_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of what is true so far that was predicted true, at each threshold.

    Args:
        labels: what is right, as bools.
        predictions: scores between 0 and 1, of the same shape.
        thresholds: a list of numbers; a score above one says true.
        weights: a number per prediction, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32, `[thresholds]`.

    Raises:
        ValueError: shapes do not fit.
    """
    with variable_scope(name, "recall_at_thresholds", (predictions, labels)):
        values, updates = counts_at_thresholds(
            labels, predictions, thresholds, weights, ("tp", "fn")
        )
        share = _share_of_hits("recall", "fn")
        return finished(
            share(values, "value"), share(updates, "update_op"), metrics_collections,
            updates_collections,
        )  # fmt: skip
