"""Metrics of scores over all thresholds: the area under a curve, a point on it.

Read next: `ranking.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import int64
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.metrics.state import Metric, finished, quotient
from interactive_graphs.metrics.thresholds import Counts, counts_at_thresholds
from interactive_graphs.ops.reduction import reduce_min, reduce_sum
from interactive_graphs.ops.variable_scope import variable_scope

_TINY = 1e-7
_CURVES = ("ROC", "PR")
_METHODS = ("trapezoidal", "minoring", "majoring", "careful_interpolation")


def _spread_thresholds(count: int) -> list[float]:
    """So many thresholds between 0 and 1, the outer ones just outside."""
    inner = [(i + 1) / (count - 1) for i in range(count - 2)]
    return [-_TINY, *inner, 1.0 + _TINY]


def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
) -> Metric:
    """The area under the ROC or precision-recall curve so far, approximately.

    Args:
        labels: what is right, as bools.
        predictions: scores between 0 and 1, of the same shape.
        weights: a number per prediction, which broadcasts; None for ones.
        num_thresholds: how many points of the curve to compute.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        curve: 'ROC' or 'PR'.
        name: the scope of nodes and variables.
        summation_method: 'trapezoidal', 'minoring' or 'majoring', how heights between
            points are taken; for 'PR' also 'careful_interpolation', which is right.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32.

    Raises:
        ValueError: shapes do not fit, or there is no such curve or method.

    Example:
        >>> import interactive_graphs as tf
        >>> value, update = tf.metrics.auc([0, 1, 1], [0.1, 0.8, 0.9])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.local_variables_initializer())
        ...     round(float(sess.run(update)), 3)
        1.0
    """
    if curve not in _CURVES:
        raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
    is_careful = summation_method == "careful_interpolation"
    if summation_method not in _METHODS or (is_careful and curve != "PR"):
        raise ValueError(f"Invalid summation_method: {summation_method}")
    with variable_scope(name, "auc", (labels, predictions, weights)):
        values, updates = counts_at_thresholds(
            labels, predictions, _spread_thresholds(num_thresholds), weights
        )

        def area(counts: Counts, name: str) -> Tensor:
            if is_careful:
                return _interpolated(counts, name)
            return _area(counts, curve, summation_method, name)

        return finished(
            area(values, "value"), area(updates, "update_op"), metrics_collections,
            updates_collections,
        )  # fmt: skip


def _area(counts: Counts, curve: str, method: str, name: str) -> Tensor:
    little = 1e-6
    tp, fn, tn, fp = (counts[key] for key in ("tp", "fn", "tn", "fp"))
    share_found = (tp + little) / (tp + fn + little)
    if curve == "ROC":
        x, y = fp / (fp + tn + little), share_found
    else:
        x, y = share_found, (tp + little) / (tp + fp + little)
    left, right = y[:-1], y[1:]
    if method == "trapezoidal":
        height = (left + right) / 2.0
    elif method == "minoring":
        height = raw.Minimum(left, right)
    else:
        height = raw.Maximum(left, right)
    return reduce_sum((x[:-1] - x[1:]) * height, name=name)


def _interpolated(counts: Counts, name: str) -> Tensor:
    """Between two points, hits grow evenly with alarms; precision then does not."""
    tp, fp, fn = (counts[key] for key in ("tp", "fp", "fn"))
    more_hits = tp[:-1] - tp[1:]
    positive = tp + fp
    slope = quotient(more_hits, positive[:-1] - positive[1:])
    intercept = tp[1:] - slope * positive[1:]
    zero = raw.ZerosLike(intercept)
    both = raw.LogicalAnd(
        raw.Greater(positive[:-1], zero), raw.Greater(positive[1:], zero)
    )
    ratio = quotient(positive[:-1], positive[1:])
    safe_ratio = raw.Select(both, ratio, raw.OnesLike(ratio))
    pieces = slope * (more_hits + intercept * raw.Log(safe_ratio))
    return reduce_sum(quotient(pieces, tp[1:] + fn[1:]), name=name)


def _at(value: str, limit: float) -> None:
    if not 0 <= limit <= 1:
        raise ValueError(f"`{value}` must be in the range [0, 1].")


def sensitivity_at_specificity(
    labels: Any,
    predictions: Any,
    specificity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of what is true that is found, at a share of what is false.

    Args:
        labels: what is right, as bools.
        predictions: scores between 0 and 1, of the same shape.
        specificity: the share of what is false to be recognised as such; the threshold
            that comes nearest is taken.
        weights: a number per prediction, which broadcasts; None for ones.
        num_thresholds: how many thresholds to try.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32.

    Raises:
        ValueError: shapes do not fit, or the share is none.
    """
    _at("specificity", specificity)
    scope = variable_scope(
        name, "sensitivity_at_specificity", (predictions, labels, weights)
    )
    with scope:
        values, updates = counts_at_thresholds(
            labels, predictions, _spread_thresholds(num_thresholds), weights
        )

        def sensitivity(counts: Counts, name: str) -> Tensor:
            tp, fn, tn, fp = (counts[key] for key in ("tp", "fn", "tn", "fp"))
            found = tn / (tn + fp + _TINY)
            nearest = raw.ArgMin(raw.Abs(found - specificity), 0)
            hits, misses = raw.GatherV2(tp, nearest, 0), raw.GatherV2(fn, nearest, 0)
            result: Tensor = raw.RealDiv(hits, hits + misses + _TINY, name=name)
            return result

        return finished(
            sensitivity(values, "value"), sensitivity(updates, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip


def specificity_at_sensitivity(
    labels: Any,
    predictions: Any,
    sensitivity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of what is false that is recognised, at a share of what is true.

    Args:
        labels: what is right, as bools.
        predictions: scores between 0 and 1, of the same shape.
        sensitivity: the share of what is true to be found; the highest threshold that
            comes nearest is taken.
        weights: a number per prediction, which broadcasts; None for ones.
        num_thresholds: how many thresholds to try.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float32.

    Raises:
        ValueError: shapes do not fit, or the share is none.
    """
    _at("sensitivity", sensitivity)
    scope = variable_scope(
        name, "specificity_at_sensitivity", (predictions, labels, weights)
    )
    with scope:
        values, updates = counts_at_thresholds(
            labels, predictions, _spread_thresholds(num_thresholds), weights
        )

        def specificity(counts: Counts, name: str) -> Tensor:
            tp, fn, tn, fp = (counts[key] for key in ("tp", "fn", "tn", "fp"))
            distance = raw.Abs(tp / (tp + fn + _TINY) - sensitivity)
            is_nearest = raw.Equal(distance, reduce_min(distance))
            # The last of several is where their running count is first at its highest.
            nearest = raw.ArgMax(raw.Cumsum(raw.Cast(is_nearest, DstT=int64), 0), 0)
            right, alarms = raw.GatherV2(tn, nearest, 0), raw.GatherV2(fp, nearest, 0)
            result: Tensor = raw.RealDiv(right, right + alarms + _TINY, name=name)
            return result

        return finished(
            specificity(values, "value"), specificity(updates, "update_op"),
            metrics_collections, updates_collections,
        )  # fmt: skip
