"""Metrics of rankings: how much of what is right is among the first k.

Labels and predictions are sets of class numbers per example; a number that stands in a
set twice counts once. Read next: `../ops/candidate_sampling.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import float64, int64
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.metrics.state import Metric, finished, metric_variable
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.reduction import reduce_any, reduce_sum
from interactive_graphs.ops.sorting import top_k
from interactive_graphs.ops.sparse_ops import sparse_tensor_to_dense
from interactive_graphs.ops.state import assign_add
from interactive_graphs.ops.weights_broadcast import (
    assert_broadcastable,
    broadcast_weights,
)

# Fills the rows of sparse labels; no class has this number.
_NONE = int(np.iinfo(np.int64).min)


class _Sets(NamedTuple):
    """Class numbers, `[..., n]`, and which of them are members of the set."""

    ids: Tensor
    is_member: Tensor


def _as_sets(ids: Any, class_id: int | None) -> _Sets:
    """Members are what is there once, and of the class that is asked for."""
    if isinstance(ids, SparseTensor):
        values = cast(sparse_tensor_to_dense(ids, _NONE, validate_indices=False), int64)
    else:
        values = cast(ids, int64)
    is_member = raw.NotEqual(values, np.int64(_NONE))
    if class_id is not None:
        is_member = raw.LogicalAnd(is_member, raw.Equal(values, np.int64(class_id)))
    # What stands further left already does not count again.
    same = raw.Equal(raw.ExpandDims(values, -1), raw.ExpandDims(values, -2))
    earlier = raw.MatrixBandPart(raw.Cast(same, DstT=int64), np.int64(-1), np.int64(0))
    is_first = raw.Equal(reduce_sum(earlier, -1), np.int64(1))
    return _Sets(values, raw.LogicalAnd(is_member, is_first))


def _common(a: _Sets, b: _Sets) -> Tensor:
    """Which members of `a` are members of `b`, too."""
    same = raw.Equal(raw.ExpandDims(a.ids, -1), raw.ExpandDims(b.ids, -2))
    in_b = reduce_any(raw.LogicalAnd(same, raw.ExpandDims(b.is_member, -2)), -1)
    result: Tensor = raw.LogicalAnd(a.is_member, in_b)
    return result


def _size(members: Tensor) -> Tensor:
    return reduce_sum(raw.Cast(members, DstT=float64), -1)


def _expanded(labels: Any, predictions: Tensor) -> Any:
    """Labels with an axis for those of one example, where each has only one."""
    if isinstance(labels, SparseTensor):
        return labels
    tensor = convert(labels)
    known, full = tensor.static_shape, predictions.static_shape
    if known is not None and full is not None and len(known) == len(full) - 1:
        return raw.ExpandDims(tensor, -1)
    return tensor


def _at_k_name(name: str, k: int | None, class_id: int | None = None) -> str:
    at = f"{name}_at_k" if k is None else f"{name}_at_{k}"
    return at if class_id is None else f"{at}_class{class_id}"


def _counted(
    name: str, k: int | None, class_id: int | None, each: Tensor, weights: Any
) -> Metric:
    """The weighted sum over all batches, and its update."""
    with op_scope(None, _at_k_name(name, k, class_id)) as scope:
        if weights is not None:
            each = _weighted(each, weights)
        total = metric_variable([], float64, scope)
        return total, assign_add(total, reduce_sum(each), name="update")


def _weighted(values: Tensor, weights: Any) -> Tensor:
    factors = cast(weights, float64)
    check = assert_broadcastable(factors, values)
    with get_default_graph().control_dependencies([check] if check else []):
        result: Tensor = raw.Mul(values, factors)
    return result


def _share(
    kind: str,
    labels: Any,
    predictions_idx: Any,
    k: int | None,
    class_id: int | None,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> Metric:
    """Hits by hits and something else: alarms for precision, misses for recall."""
    default = _at_k_name(kind, k, class_id)
    with op_scope(name, default, predictions_idx, labels, weights) as scope:
        guess = cast(predictions_idx, int64)
        wanted = _as_sets(_expanded(labels, guess), class_id)
        given = _as_sets(guess, class_id)
        found = _size(_common(given, wanted))
        hits = _counted("true_positive", k, class_id, found, weights)
        if kind == "precision":
            rest, what = _size(given.is_member) - found, "false_positive"
        else:
            rest, what = _size(wanted.is_member) - found, "false_negative"
        other = _counted(what, k, class_id, rest, weights)
        return finished(
            raw.RealDiv(hits[0], raw.Add(hits[0], other[0]), name=scope),
            raw.RealDiv(hits[1], raw.Add(hits[1], other[1]), name="update"),
            metrics_collections,
            updates_collections,
        )


def precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of predicted classes that are among the labels.

    Args:
        labels: int64 Tensor or SparseTensor, `[..., labels]`, the right classes of each
            example; `[...]` where each has one.
        predictions_idx: int64, `[..., k]`, the predicted classes of each example.
        k: how many those are, for the names only.
        class_id: counts only this class; all when None.
        weights: a number per example, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float64, NaN while there was nothing to count.

    Raises:
        ValueError: shapes do not fit.
    """
    return _share(
        "precision", labels, predictions_idx, k, class_id, weights,
        metrics_collections, updates_collections, name,
    )  # fmt: skip


def recall_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of right classes that are among the predicted ones.

    Args:
        labels: int64 Tensor or SparseTensor, `[..., labels]`, the right classes of each
            example; `[...]` where each has one.
        predictions_idx: int64, `[..., k]`, the predicted classes of each example.
        k: how many those are, for the names only.
        class_id: counts only this class; all when None.
        weights: a number per example, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float64, NaN while there was nothing to count.

    Raises:
        ValueError: shapes do not fit.
    """
    return _share(
        "recall", labels, predictions_idx, k, class_id, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of the k classes with the highest scores that are among the labels.

    Args:
        labels: int64 Tensor or SparseTensor, `[..., labels]`, the right classes of each
            example; `[...]` where each has one.
        predictions: floating, `[..., classes]`, a score per class.
        k: how many classes count as predicted.
        class_id: counts only this class; all when None.
        weights: a number per example, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float64, NaN while there was nothing to count.

    Raises:
        ValueError: shapes do not fit.
    """
    default = _at_k_name("precision", k, class_id)
    with op_scope(name, default, predictions, labels, weights) as scope:
        return precision_at_top_k(
            labels, _best(predictions, k), k, class_id, weights, metrics_collections,
            updates_collections, scope,
        )  # fmt: skip


def sparse_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """`precision_at_k`, by its older name.

    Args:
        labels: as of `precision_at_k`.
        predictions: as of `precision_at_k`.
        k: as of `precision_at_k`.
        class_id: as of `precision_at_k`.
        weights: as of `precision_at_k`.
        metrics_collections: as of `precision_at_k`.
        updates_collections: as of `precision_at_k`.
        name: as of `precision_at_k`.

    Returns:
        As of `precision_at_k`.
    """
    return precision_at_k(
        labels, predictions, k, class_id, weights, metrics_collections,
        updates_collections, name,
    )  # fmt: skip


def recall_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of right classes that are among the k with the highest scores.

    Args:
        labels: int64 Tensor or SparseTensor, `[..., labels]`, the right classes of each
            example; `[...]` where each has one.
        predictions: floating, `[..., classes]`, a score per class.
        k: how many classes count as predicted.
        class_id: counts only this class; all when None.
        weights: a number per example, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float64, NaN while there was nothing to count.

    Raises:
        ValueError: shapes do not fit.
    """
    default = _at_k_name("recall", k, class_id)
    with op_scope(name, default, predictions, labels, weights) as scope:
        return recall_at_top_k(
            labels, _best(predictions, k), k, class_id, weights, metrics_collections,
            updates_collections, scope,
        )  # fmt: skip


def average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean over examples of the average precision of the first k.

    That of an example is the mean over the right ones among the first k of the share of
    right ones up to there, so that it matters how far ahead they stand.

    Args:
        labels: int64 Tensor or SparseTensor, `[..., labels]`, the right classes of each
            example; `[...]` where each has one.
        predictions: floating, `[..., classes]`, a score per class.
        k: how many classes count as predicted.
        weights: a number per example, which broadcasts; None for ones.
        metrics_collections: collections to add the value to.
        updates_collections: collections to add the update to.
        name: the scope of nodes and variables.

    Returns:
        The value so far, and an operation that takes a batch in and gives the new one;
        float64.

    Raises:
        ValueError: shapes do not fit, or k is below 1.
    """
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    default = _at_k_name("average_precision", k)
    with op_scope(name, default, predictions, labels, weights) as scope:
        each = _average_precision(labels, _best(predictions, k), k)
        if weights is None:
            size = raw.Cast(raw.Size(each), DstT=float64)
        else:
            factors = broadcast_weights(cast(weights, float64), each)
            each, size = raw.Mul(each, factors), reduce_sum(factors)
        most, update_most = _accumulated("max", size)
        total, update_total = _accumulated("total", reduce_sum(each))
        return finished(
            raw.DivNoNan(total, most, name="mean"),
            raw.DivNoNan(update_total, update_most, name=scope),
            metrics_collections,
            updates_collections,
        )


def sparse_average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """`average_precision_at_k`, by its older name.

    Args:
        labels: as of `average_precision_at_k`.
        predictions: as of `average_precision_at_k`.
        k: as of `average_precision_at_k`.
        weights: as of `average_precision_at_k`.
        metrics_collections: as of `average_precision_at_k`.
        updates_collections: as of `average_precision_at_k`.
        name: as of `average_precision_at_k`.

    Returns:
        As of `average_precision_at_k`.
    """
    return average_precision_at_k(
        labels, predictions, k, weights, metrics_collections, updates_collections, name
    )


def _best(predictions: Any, k: int) -> Tensor:
    """The numbers of the k classes with the highest scores."""
    result: Tensor = cast(top_k(predictions, k).indices, int64)
    return result


def _accumulated(name: str, value: Tensor) -> Metric:
    with op_scope(None, name) as scope:
        total = metric_variable([], float64, scope)
        return total, assign_add(total, value, name="update")


def _average_precision(labels: Any, ranked: Tensor, k: int) -> Tensor:
    """That of each example, `[...]`."""
    wanted = _as_sets(_expanded(labels, ranked), None)
    hits = raw.Cast(_common(_as_sets(ranked, None), wanted), DstT=float64)
    so_far = raw.Cumsum(hits, -1) / np.arange(1.0, k + 1)
    if isinstance(labels, SparseTensor):
        relevant = _size(wanted.is_member)
    else:
        # Of dense labels TensorFlow counts each, also what stands there twice.
        relevant = raw.Cast(raw.Shape(wanted.ids)[-1], DstT=float64)
    result: Tensor = reduce_sum(hits * so_far, -1) / raw.Minimum(relevant, float(k))
    return result
