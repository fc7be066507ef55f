"""`sequence_loss`: cross-entropy of sequences of different lengths.

Read next: `legacy_losses.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.nn_cross_entropy import (
    sparse_softmax_cross_entropy_with_logits,
)
from interactive_graphs.ops.reduction import reduce_sum
from interactive_graphs.ops.shape import reshape, shape as shape_of

# Against dividing by zero where all weights are zero.
_SMALL = 1e-12


def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """The weighted cross-entropy of sequences of logits.

    Args:
        logits: float, `[batch, steps, classes]`.
        targets: integers, `[batch, steps]`: the right classes.
        weights: float, `[batch, steps]`: usually 1, and 0 past the end of a sequence.
        average_across_timesteps: divide by the weights of a sequence.
        average_across_batch: divide by the weights of a step; with both, by all.
        softmax_loss_function: `fn(labels=, logits=)` gives the loss of each element;
            the cross-entropy when None.
        name: a name scope.

    Returns:
        `[]`; `[batch]` if only steps are averaged; `[steps]` if only the batch is;
        `[batch, steps]` if nothing is.

    Raises:
        ValueError: something has a wrong rank.
    """
    logits, targets, weights = convert(logits), convert(targets), convert(weights)
    _check_rank(logits, 3, "Logits must be a [batch_size x sequence_length x logits]")
    _check_rank(targets, 2, "Targets must be a [batch_size x sequence_length]")
    _check_rank(weights, 2, "Weights must be a [batch_size x sequence_length]")
    with op_scope(name, "sequence_loss", logits, targets, weights):
        classes = shape_of(logits)[2]
        loss = (softmax_loss_function or sparse_softmax_cross_entropy_with_logits)(
            labels=reshape(targets, [-1]), logits=reshape(logits, [-1, classes])
        )
        loss = loss * reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return reduce_sum(loss) / (reduce_sum(weights) + _SMALL)
        loss = reshape(loss, shape_of(logits)[:2])
        if average_across_timesteps:
            return reduce_sum(loss, [1]) / (reduce_sum(weights, 1) + _SMALL)
        if average_across_batch:
            return reduce_sum(loss, [0]) / (reduce_sum(weights, 0) + _SMALL)
        return loss


def _check_rank(tensor: Tensor, rank: int, words: str) -> None:
    if tensor.static_shape is None or len(tensor.static_shape) != rank:
        raise ValueError(f"{words} tensor")
