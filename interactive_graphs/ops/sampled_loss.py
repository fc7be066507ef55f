"""Losses over many classes of which only a few are looked at: NCE, sampled softmax.

Read next: `dilation.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import int32, int64
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.candidate_sampling import (
    compute_accidental_hits,
    log_uniform_candidate_sampler,
)
from interactive_graphs.ops.embedding import embedding_lookup
from interactive_graphs.ops.nn_cross_entropy import softmax_cross_entropy_with_logits_v2
from interactive_graphs.ops.nn_loss import sigmoid_cross_entropy_with_logits
from interactive_graphs.ops.reduction import reduce_sum


def _sampled_logits(
    weights: Any,
    biases: Any,
    labels: Tensor,
    inputs: Tensor,
    num_sampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    remove_accidental_hits: bool,
    partition_strategy: str,
    seed: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Logits of true and drawn classes, `[batch, num_true + drawn]`, and labels."""
    if sampled_values is None:
        sampled_values = log_uniform_candidate_sampler(
            labels, num_true, num_sampled, True, num_classes, seed
        )
    drawn, true_count, drawn_count = (raw.StopGradient(v) for v in sampled_values)
    drawn = drawn if drawn.dtype.base_dtype is int64 else raw.Cast(drawn, DstT=int64)
    flat = raw.Reshape(labels, [-1])
    both = raw.ConcatV2([flat, drawn], 0)
    true_rows = raw.Shape(flat)[0]

    def looked_up(params: Any) -> tuple[Tensor, Tensor]:
        """The rows of the true classes, and those of the drawn ones."""
        rows = embedding_lookup(params, both, partition_strategy)
        return rows[:true_rows], rows[true_rows:]

    true_w, drawn_w = looked_up(weights)
    true_b, drawn_b = looked_up(biases)
    size = raw.Shape(true_w)[-1]
    per_example = raw.Reshape(true_w, raw.Pack([-1, num_true, size]))
    true_logits = reduce_sum(raw.Mul(raw.ExpandDims(inputs, 1), per_example), 2)
    true_logits = raw.Add(true_logits, raw.Reshape(true_b, [-1, num_true]))
    drawn_logits = raw.Add(raw.MatMul(inputs, drawn_w, transpose_b=True), drawn_b)
    if remove_accidental_hits:
        drawn_logits = _without_hits(drawn_logits, labels, drawn, num_true)
    # What is drawn often counts less, so that the sum stands for that over all classes.
    true_logits = raw.Sub(true_logits, _log_like(true_count, true_logits))
    drawn_logits = raw.Sub(drawn_logits, _log_like(drawn_count, drawn_logits))
    logits: Tensor = raw.ConcatV2([true_logits, drawn_logits], 1)
    right = raw.OnesLike(true_logits)
    if num_true != 1:
        right = raw.RealDiv(right, np.asarray(num_true, right.dtype.np_dtype))
    targets: Tensor = raw.ConcatV2([right, raw.ZerosLike(drawn_logits)], 1)
    return logits, targets


def _log_like(counts: Tensor, like: Tensor) -> Tensor:
    logs: Tensor = raw.Log(counts)
    if logs.dtype.base_dtype is like.dtype.base_dtype:
        return logs
    result: Tensor = raw.Cast(logs, DstT=like.dtype.base_dtype)
    return result


def _without_hits(
    logits: Tensor, labels: Tensor, drawn: Tensor, num_true: int
) -> Tensor:
    """Logits that are practically minus infinity where a drawn class is a true one."""
    rows, places, lowest = compute_accidental_hits(labels, drawn, num_true)
    at = raw.Pack([rows, raw.Cast(places, DstT=int32)], axis=1)
    dtype = logits.dtype.base_dtype
    if lowest.dtype.base_dtype is not dtype:
        lowest = raw.Cast(lowest, DstT=dtype)
    minus = raw.SparseToDense(
        at, raw.Shape(logits), lowest, np.zeros((), dtype.np_dtype),
        validate_indices=False,
    )  # fmt: skip
    result: Tensor = raw.Add(logits, minus)
    return result


def _as_classes(labels: Any) -> Tensor:
    tensor = convert(labels)
    if tensor.dtype.base_dtype is int64:
        return tensor
    result: Tensor = raw.Cast(tensor, DstT=int64)
    return result


def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str | None = "nce_loss",
) -> Tensor:
    """Noise-contrastive estimation: tell the true classes from drawn ones.

    Args:
        weights: floating, `[num_classes, dim]`, or a list of its parts.
        biases: floating, `[num_classes]`.
        labels: int64, `[batch, num_true]`, the true classes.
        inputs: floating, `[batch, dim]`.
        num_sampled: how many classes to draw for the batch.
        num_classes: how many there are.
        num_true: how many true ones each example has.
        sampled_values: what a candidate sampler gave; None for
            `log_uniform_candidate_sampler`, for classes from frequent to rare.
        remove_accidental_hits: whether to leave out drawn classes that are true.
        partition_strategy: as of `embedding_lookup`.
        name: the scope of the nodes.

    Returns:
        A tensor of the inputs' dtype, `[batch]`.

    Raises:
        ValueError: shapes do not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> loss = tf.nn.nce_loss(
        ...     tf.zeros([50, 8]), tf.zeros([50]), [[3], [7]], tf.ones([2, 8]), 5, 50)
        >>> loss.shape
        TensorShape([Dimension(2)])
    """
    with op_scope(name, "nce_loss", weights, biases, labels, inputs):
        logits, targets = _sampled_logits(
            weights, biases, _as_classes(labels), convert(inputs), num_sampled,
            num_classes, num_true, sampled_values, remove_accidental_hits,
            partition_strategy,
        )  # fmt: skip
        losses = sigmoid_cross_entropy_with_logits(
            labels=targets, logits=logits, name="sampled_losses"
        )
        return reduce_sum(losses, 1)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str | None = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """Cross-entropy with softmax over the true classes and a few drawn ones.

    For training only: it is below that over all classes.

    Args:
        weights: floating, `[num_classes, dim]`, or a list of its parts.
        biases: floating, `[num_classes]`.
        labels: int64, `[batch, num_true]`, the true classes.
        inputs: floating, `[batch, dim]`.
        num_sampled: how many classes to draw for the batch.
        num_classes: how many there are.
        num_true: how many true ones each example has.
        sampled_values: what a candidate sampler gave; None for
            `log_uniform_candidate_sampler`, for classes from frequent to rare.
        remove_accidental_hits: whether to leave out drawn classes that are true.
        partition_strategy: as of `embedding_lookup`.
        name: the scope of the nodes.
        seed: of the random numbers.

    Returns:
        A tensor of the inputs' dtype, `[batch]`.

    Raises:
        ValueError: shapes do not fit.
    """
    with op_scope(name, "sampled_softmax_loss", weights, biases, labels, inputs):
        logits, targets = _sampled_logits(
            weights, biases, _as_classes(labels), convert(inputs), num_sampled,
            num_classes, num_true, sampled_values, remove_accidental_hits,
            partition_strategy, seed,
        )  # fmt: skip
        return softmax_cross_entropy_with_logits_v2(
            labels=raw.StopGradient(targets, name="labels_stop_gradient"),
            logits=logits,
        )
