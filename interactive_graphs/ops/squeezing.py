"""A last axis of size 1 too much, as labels and weights often have it.

Losses and metrics let it go where the ranks show that it is one too many; of tensors
of unknown rank that is seen when the graph runs. Read next: `weights_broadcast.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope


def remove_squeezable_dimensions(
    labels: Any, predictions: Any, expected_rank_diff: int = 0, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Take the last axis away from the one of two tensors that has one too many.

    Args:
        labels: a tensor.
        predictions: a tensor.
        expected_rank_diff: by how much the rank of the predictions should be higher.
        name: the scope of the nodes.

    Returns:
        Labels and predictions.

    Example:
        >>> import interactive_graphs as tf
        >>> labels, scores = remove_squeezable_dimensions(
        ...     tf.zeros([5, 1]), tf.zeros([5, 3]), expected_rank_diff=1)
        >>> labels.shape, scores.shape
        (TensorShape([Dimension(5)]), TensorShape([Dimension(5), Dimension(3)]))
    """
    with op_scope(name, "remove_squeezable_dimensions", labels, predictions):
        right, guess = convert(labels), convert(predictions)
        ranks = [_rank(t) for t in (right, guess)]
        if None not in ranks:
            more = ranks[1] - ranks[0] - expected_rank_diff  # type: ignore[operator]
            if more == 1:
                guess = _squeezed(guess)
            elif more == -1:
                right = _squeezed(right)
            return right, guess
        more = raw.Sub(raw.Sub(raw.Rank(guess), raw.Rank(right)), expected_rank_diff)
        return (
            _squeezed_if(right, raw.Equal(more, -1)),
            _squeezed_if(guess, raw.Equal(more, 1)),
        )


def squeeze_weights(weights: Any, labels: Tensor, expand: bool = False) -> Tensor:
    """Weights, without their last axis if they have one more than the labels.

    Args:
        weights: a tensor.
        labels: what they go with.
        expand: whether to give them one more where one is missing.
    """
    factors = convert(weights, None, "weights")
    rank, wanted = _rank(factors), _rank(labels)
    if rank == 0:
        return factors
    if rank is None or wanted is None:
        is_longer = raw.Equal(raw.Rank(factors), raw.Add(raw.Rank(labels), 1))
        return _squeezed_if(factors, is_longer)
    if rank - wanted == 1:
        return _squeezed(factors)
    if expand and wanted - rank == 1:
        longer: Tensor = raw.ExpandDims(factors, -1)
        return longer
    return factors


def _rank(tensor: Tensor) -> int | None:
    return None if tensor.static_shape is None else len(tensor.static_shape)


def _squeezed(tensor: Tensor) -> Tensor:
    shape = tensor.static_shape
    if shape and shape[-1] not in (1, None):
        # Not one that can go; what comes next says that the shapes do not fit.
        return tensor
    result: Tensor = raw.Squeeze(tensor, squeeze_dims=[-1])
    return result


def _squeezed_if(tensor: Tensor, condition: Tensor) -> Tensor:
    """The tensor, without its last axis if that is 1 and the condition holds."""
    known = tensor.static_shape
    if known is not None and (not known or known[-1] not in (1, None)):
        return tensor
    shape = raw.Shape(tensor)
    kept = raw.Sub(raw.Rank(tensor), raw.Cast(condition, DstT=int32))
    result: Tensor = raw.Reshape(tensor, raw.Slice(shape, [0], raw.Pack([kept])))
    return result
