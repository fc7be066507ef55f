"""Losses of classes: cross-entropies and the hinge.

Read next: `../metrics/averages.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.losses.weighted import (
    Reduction,
    compute_weighted_loss,
    is_one,
    truth_and_guess,
)
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.nn_cross_entropy import (
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
)
from interactive_graphs.ops.nn_loss import sigmoid_cross_entropy_with_logits
from interactive_graphs.ops.squeezing import (
    remove_squeezable_dimensions,
    squeeze_weights,
)


def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """max(0, 1 - logit) for what is true, max(0, 1 + logit) for what is not.

    Args:
        labels: numeric, 0 or 1.
        logits: numeric, of the same shape.
        weights: a number for all, or a tensor of that rank that broadcasts.
        scope: the scope of the nodes.
        loss_collection: the collection to add the loss to; None for none.
        reduction: one of `tf.losses.Reduction`.

    Returns:
        float32, a scalar; with `Reduction.NONE` a loss per element.

    Raises:
        ValueError: shapes do not fit, or an argument is None.
    """
    with op_scope(scope, "hinge_loss", logits, labels, weights) as s:
        right, guess = truth_and_guess(labels, logits, ("labels", "logits"))
        signs = 2.0 * right - 1.0
        losses = raw.Relu(1.0 - signs * guess)
        return compute_weighted_loss(losses, weights, s, loss_collection, reduction)


def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Cross-entropy of independent events, by `sigmoid_cross_entropy_with_logits`.

    Args:
        multi_class_labels: numeric, 0 or 1, or probabilities.
        logits: floating, of the same shape.
        weights: a number for all, or a tensor of that rank that broadcasts.
        label_smoothing: how far to draw the labels towards 1/2, between 0 and 1.
        scope: the scope of the nodes.
        loss_collection: the collection to add the loss to; None for none.
        reduction: one of `tf.losses.Reduction`.

    Returns:
        A scalar of the logits' dtype; with `Reduction.NONE` a loss per element.

    Raises:
        ValueError: shapes do not fit, or an argument is None.
    """
    _refuse_none(multi_class_labels=multi_class_labels, logits=logits)
    with op_scope(
        scope, "sigmoid_cross_entropy_loss", logits, multi_class_labels, weights
    ) as s:
        guess = convert(logits)
        right = _like(guess, multi_class_labels)
        guess.shape.assert_is_compatible_with(right.shape)
        if label_smoothing > 0:
            right = right * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = sigmoid_cross_entropy_with_logits(
            labels=right, logits=guess, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, s, loss_collection, reduction)


def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Cross-entropy of classes, by `softmax_cross_entropy_with_logits`.

    Args:
        onehot_labels: numeric, `[..., classes]`, 1 for the right class; no gradient
            goes there.
        logits: floating, of the same shape.
        weights: a number for all, or a tensor `[...]`, one per example.
        label_smoothing: how far to draw the labels towards 1 / classes.
        scope: the scope of the nodes.
        loss_collection: the collection to add the loss to; None for none.
        reduction: one of `tf.losses.Reduction`.

    Returns:
        A scalar of the logits' dtype; with `Reduction.NONE` a loss per example.

    Raises:
        ValueError: shapes do not fit, or an argument is None.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.losses.softmax_cross_entropy([[0, 1]], [[0., 0.]]))
        np.float32(0.6931472)
    """
    _refuse_none(onehot_labels=onehot_labels, logits=logits)
    with op_scope(
        scope, "softmax_cross_entropy_loss", logits, onehot_labels, weights
    ) as s:
        guess = convert(logits)
        right = _like(guess, onehot_labels)
        guess.shape.assert_is_compatible_with(right.shape)
        if label_smoothing > 0:
            classes = raw.Cast(raw.Shape(right)[-1], DstT=guess.dtype.base_dtype)
            right = right * (1.0 - label_smoothing) + label_smoothing / classes
        right = raw.StopGradient(right, name="labels_stop_gradient")
        losses = softmax_cross_entropy_with_logits_v2(
            labels=right, logits=guess, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, s, loss_collection, reduction)


def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Cross-entropy of classes that are given by number.

    Args:
        labels: int32 or int64, `[...]` or `[..., 1]`, the number of the right class.
        logits: floating, `[..., classes]`.
        weights: a number for all, or a tensor, one per example.
        scope: the scope of the nodes.
        loss_collection: the collection to add the loss to; None for none.
        reduction: one of `tf.losses.Reduction`.

    Returns:
        A scalar of the logits' dtype; with `Reduction.NONE` a loss per example.

    Raises:
        ValueError: shapes do not fit, or an argument is None.
    """
    _refuse_none(labels=labels, logits=logits)
    with op_scope(
        scope, "sparse_softmax_cross_entropy_loss", logits, labels, weights
    ) as s:
        right, guess = remove_squeezable_dimensions(labels, logits, 1)
        if not is_one(weights):
            weights = squeeze_weights(weights, right)
        losses = sparse_softmax_cross_entropy_with_logits(
            labels=right, logits=guess, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, s, loss_collection, reduction)


def _refuse_none(**values: Any) -> None:
    for name, value in values.items():
        if value is None:
            raise ValueError(f"{name} must not be None.")


def _like(logits: Tensor, labels: Any) -> Tensor:
    """Labels in the dtype of the logits."""
    right, dtype = convert(labels), logits.dtype.base_dtype
    if right.dtype.base_dtype is dtype:
        return right
    result: Tensor = raw.Cast(right, DstT=dtype)
    return result
