"""Softmax and its logarithm, along any axis.

Nothing overflows for large logits: maxima are taken off before `exp`. Read next:
`nn_cross_entropy.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import FLOAT
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import (
    at_least_rank,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    merge,
)
from interactive_graphs.ops._arguments import one_of
from interactive_graphs.ops._scope import op_scope


def _logits_shape(op: Operation) -> list[Shape]:
    return [at_least_rank(op.inputs[0].static_shape, 1)]


def sum_of_last(x: Tensor) -> Tensor:
    """The sum over the last dimension, which stays as 1."""
    total: Tensor = raw.Sum(x, np.array([-1], np.int32), keep_dims=True)
    return total


def _softmax_gradient(op: Operation, dy: Tensor) -> list[Any]:
    softmax = op.outputs[0]
    return [raw.Mul(raw.Sub(dy, sum_of_last(raw.Mul(dy, softmax))), softmax)]


def _shifted(logits: np.ndarray) -> np.ndarray:
    """Logits with the largest of each row at 0, in at least float32."""
    if logits.ndim == 0:
        invalid("Input dims must be <= 5 and >=1")
    x = logits.astype(np.float32) if logits.dtype.itemsize == 2 else logits
    if x.shape[-1] == 0:
        return x
    shifted: np.ndarray = x - x.max(axis=-1, keepdims=True)
    return shifted


softmax_op = define(
    "Softmax", "logits: T -> softmax: T", T=types(FLOAT), shape=_logits_shape,
    gradient=_softmax_gradient, doc="exp(x) over its sum along the last dimension.",
)  # fmt: skip


@softmax_op.kernel("CPU")
def _(logits: np.ndarray) -> Any:
    numerator = np.exp(_shifted(logits))
    numerator /= numerator.sum(axis=-1, keepdims=True)
    return numerator.astype(logits.dtype, copy=False)


def _log_softmax_gradient(op: Operation, dy: Tensor) -> list[Any]:
    softmax = raw.Exp(op.outputs[0])
    return [raw.Sub(dy, raw.Mul(sum_of_last(dy), softmax))]


log_softmax_op = define(
    "LogSoftmax", "logits: T -> logsoftmax: T", T=types(FLOAT), shape=_logits_shape,
    gradient=_log_softmax_gradient, doc="The logarithm of Softmax.",
)  # fmt: skip


@log_softmax_op.kernel("CPU")
def _(logits: np.ndarray) -> Any:
    return log_softmax_array(logits).astype(logits.dtype, copy=False)


def log_softmax_array(logits: np.ndarray) -> np.ndarray:
    """The logarithm of softmax along the last dimension, in at least float32."""
    shifted = _shifted(logits)
    total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    result: np.ndarray = shifted - total
    return result


def _one_axis(axis: Any, dim: Any, default: int = -1) -> Any:
    """The axis from TF1's two names for it.

    Raises:
        ValueError: both are given.
    """
    chosen = one_of("axis", axis, "dim", dim)
    return default if chosen is None else chosen


def _along(node: Any, logits: Any, axis: Any, name: str | None) -> Tensor:
    """A softmax over any axis: move it last, compute, move it back.

    Raises:
        InvalidArgumentError: there is no such axis.
    """
    x = convert(logits, None)
    rank = None if x.static_shape is None else len(x.static_shape)
    result: Tensor
    if axis == -1 or rank == 0 or (rank is not None and axis == rank - 1):
        result = node(x, name=name)
        return result
    if rank is not None and not -rank <= axis < rank:
        invalid(
            f"`dim` must be in the range [{-rank}, {rank}) where {rank} is the number "
            f"of dimensions in the input. Received: dim={axis}"
        )
    with op_scope(name, node.__name__, x) as scope:
        order = _swap(x, axis)
        moved = node(raw.Transpose(x, order))
        result = raw.Transpose(moved, order, name=scope)
    result.static_shape = merge(result.static_shape, x.static_shape)
    return result


def _swap(x: Tensor, axis: int) -> Any:
    """The permutation that swaps `axis` with the last one; it is its own inverse."""
    if x.static_shape is not None:
        order = np.arange(len(x.static_shape), dtype=np.int32)
        order[[axis, -1]] = order[[-1, axis]]
        return order
    rank = raw.Rank(x)
    at = raw.FloorMod(axis, rank)
    last = raw.Sub(rank, 1)
    every = raw.Range(0, rank, 1)
    # Where the position is `axis` comes the last one, and the other way round.
    swapped = raw.Select(raw.Equal(every, at), _like(every, last), every)
    return raw.Select(raw.Equal(every, last), _like(every, at), swapped)


def _like(vector: Tensor, scalar_value: Tensor) -> Tensor:
    filled: Tensor = raw.Fill(raw.Shape(vector), scalar_value)
    return filled


def softmax(
    logits: Any,
    axis: int | None = None,
    name: str | None = None,
    dim: int | None = None,
) -> Tensor:
    """exp(logits) / sum(exp(logits)) along an axis: numbers to probabilities.

    Args:
        logits: a floating tensor of rank 1 or more.
        axis: along which the result sums to 1; the last when None.
        name: the node's name.
        dim: TF1's old name of `axis`.

    Returns:
        A tensor of its dtype and shape.

    Raises:
        InvalidArgumentError: there is no such axis.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.nn.softmax([1000., 1000.]))
        array([0.5, 0.5], dtype=float32)
    """
    return _along(raw.Softmax, logits, _one_axis(axis, dim), name)


def log_softmax(
    logits: Any,
    axis: int | None = None,
    name: str | None = None,
    dim: int | None = None,
) -> Tensor:
    """log(softmax(logits)), without underflow.

    Args:
        logits: a floating tensor of rank 1 or more.
        axis: along which to normalise; the last when None.
        name: the node's name.
        dim: TF1's old name of `axis`.

    Returns:
        A tensor of its dtype and shape.

    Raises:
        InvalidArgumentError: there is no such axis.
    """
    return _along(raw.LogSoftmax, logits, _one_axis(axis, dim), name)
