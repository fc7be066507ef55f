"""Losses of lists of logits, one per step; and models of several lengths.

This and what follows is `tf.contrib.legacy_seq2seq`. Read next: `legacy_decoders.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.nn_cross_entropy import (
    sparse_softmax_cross_entropy_with_logits,
)
from interactive_graphs.ops.reduction import reduce_sum
from interactive_graphs.ops.shape import reshape, shape as shape_of
from interactive_graphs.ops.sums import add_n
from interactive_graphs.ops.variable_scope import get_variable_scope, variable_scope

# Against dividing by zero where all weights are zero.
_SMALL = 1e-12
Loss = Callable[..., Any]


def sequence_loss_by_example(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    softmax_loss_function: Loss | None = None,
    name: str | None = None,
) -> Tensor:
    """The weighted cross-entropy of each sequence.

    Args:
        logits: a list with float `[batch, classes]` for each step.
        targets: a list with int32 `[batch]` for each step.
        weights: a list with float `[batch]` for each step.
        average_across_timesteps: divide by the sum of the weights.
        softmax_loss_function: `fn(labels=, logits=)`; the cross-entropy when None.
        name: a name scope.

    Returns:
        `[batch]`, the logarithm of the perplexity.

    Raises:
        ValueError: the lists have different lengths.
    """
    if not len(logits) == len(weights) == len(targets):
        raise ValueError(
            "Lengths of logits, weights, and targets must be the same "
            f"{len(logits)}, {len(weights)}, {len(targets)}."
        )
    with op_scope(name, "sequence_loss_by_example", logits, targets, weights):
        losses = []
        for logit, target, weight in zip(logits, targets, weights, strict=True):
            if softmax_loss_function is None:
                loss = sparse_softmax_cross_entropy_with_logits(
                    labels=reshape(target, [-1]), logits=logit
                )
            else:
                loss = softmax_loss_function(labels=target, logits=logit)
            losses.append(loss * weight)
        total: Tensor = add_n(losses)
        if average_across_timesteps:
            total = total / (add_n(list(weights)) + _SMALL)
        return total


def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Loss | None = None,
    name: str | None = None,
) -> Tensor:
    """The weighted cross-entropy of a batch of sequences.

    Args:
        logits: a list with float `[batch, classes]` for each step.
        targets: a list with int32 `[batch]` for each step.
        weights: a list with float `[batch]` for each step.
        average_across_timesteps: divide by the sum of the weights.
        average_across_batch: divide by the size of the batch.
        softmax_loss_function: `fn(labels=, logits=)`; the cross-entropy when None.
        name: a name scope.

    Returns:
        `[]`.

    Raises:
        ValueError: the lists have different lengths.
    """
    with op_scope(name, "sequence_loss", logits, targets, weights):
        cost: Tensor = reduce_sum(
            sequence_loss_by_example(
                logits,
                targets,
                weights,
                average_across_timesteps,
                softmax_loss_function,
            )
        )
        if not average_across_batch:
            return cost
        batch_size: Tensor = cast(shape_of(targets[0])[0], cost.dtype)
        return cost / batch_size


def model_with_buckets(
    encoder_inputs: Any,
    decoder_inputs: Any,
    targets: Any,
    weights: Any,
    buckets: Any,
    seq2seq: Callable[[Any, Any], tuple[Any, Any]],
    softmax_loss_function: Loss | None = None,
    per_example_loss: bool = False,
    name: str | None = None,
) -> tuple[list[Any], list[Any]]:
    """The same model for several lengths of input and output.

    Args:
        encoder_inputs: a list with a tensor for each step.
        decoder_inputs: the same for the decoder.
        targets: a list with int32 `[batch]` for each step.
        weights: a list with float `[batch]` for each step.
        buckets: a list of (length of input, length of output).
        seq2seq: `fn(encoder_inputs, decoder_inputs)` gives outputs and a state.
        softmax_loss_function: `fn(labels=, logits=)`; the cross-entropy when None.
        per_example_loss: losses are `[batch]` and not `[]`.
        name: a name scope.

    Returns:
        For each bucket the list of outputs, and the loss.

    Raises:
        ValueError: a list is shorter than the last bucket.
    """
    for what, values, which in (
        ("encoder_inputs", encoder_inputs, 0),
        ("targets", targets, 1),
        ("weights", weights, 1),
    ):
        if len(values) < buckets[-1][which]:
            raise ValueError(
                f"Length of {what} ({len(values)}) must be at least that of last "
                f"bucket ({buckets[-1][which]})."
            )
    measure = sequence_loss_by_example if per_example_loss else sequence_loss
    losses, outputs = [], []
    with op_scope(name, "model_with_buckets", encoder_inputs, decoder_inputs):
        for j, (source, target) in enumerate(buckets):
            with variable_scope(get_variable_scope(), reuse=True if j > 0 else None):
                found, _ = seq2seq(encoder_inputs[:source], decoder_inputs[:target])
                outputs.append(found)
                losses.append(
                    measure(
                        found,
                        targets[:target],
                        weights[:target],
                        softmax_loss_function=softmax_loss_function,
                    )
                )
    return outputs, losses
