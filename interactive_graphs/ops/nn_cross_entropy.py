"""The cross-entropies that are fused with softmax.

The ops give the loss and, as a second output, its gradient for the logits; the gradient
rule only scales it. Read next: `nn_loss.py`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import FLOAT, INDEX, float32, int64
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import (
    merge_dims,
    normal_axis,
    with_rank,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    broadcast,
    format_list,
    format_shape,
    is_compatible,
    merge,
)
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.nn_softmax import log_softmax_array, sum_of_last


def _is_zero(gradient: Any) -> bool:
    """Whether nothing flows back here: absent, or known to be zeros."""
    if gradient is None or gradient.op.type == "ZerosLike":
        return True
    value = static_value(gradient)
    return value is not None and not value.any()


def _per_row(weight: Tensor, rows: Tensor) -> Tensor:
    """`rows`, `[batch, classes]`, each times its entry of `weight`, `[batch]`."""
    product: Tensor = raw.Mul(raw.ExpandDims(weight, -1), rows)
    return product


def _logits_gradient(op: Operation, dloss: Tensor, dbackprop: Any) -> Tensor:
    """The gradient for the logits of both fused losses.

    The second output is the first derivative itself, so what flows back into it (a
    second derivative) meets the derivative of a softmax.
    """
    total = _per_row(dloss, op.outputs[1])
    if _is_zero(dbackprop):
        return total
    softmax = raw.Softmax(op.inputs[0])
    mean = sum_of_last(raw.Mul(dbackprop, softmax))
    result: Tensor = raw.Add(total, raw.Mul(raw.Sub(dbackprop, mean), softmax))
    return result


def _cross_entropy_shape(op: Operation) -> list[Shape]:
    shape = broadcast(op.inputs[0].static_shape, op.inputs[1].static_shape)
    batch, classes = with_rank(shape, 2) or (None, None)
    return [(batch,), (batch, classes)]


def _cross_entropy_gradient(op: Operation, dloss: Tensor, dbackprop: Any) -> list[Any]:
    minus_log = raw.Neg(raw.LogSoftmax(op.inputs[0]))
    labels_gradient = _per_row(dloss, minus_log)
    if not _is_zero(dbackprop):
        # The gradient for the logits is softmax - labels.
        labels_gradient = raw.Sub(labels_gradient, dbackprop)
    return [_logits_gradient(op, dloss, dbackprop), labels_gradient]


cross_entropy_op = define(
    "SoftmaxCrossEntropyWithLogits",
    "features: T, labels: T -> loss: T, backprop: T",
    T=types(FLOAT), shape=_cross_entropy_shape, gradient=_cross_entropy_gradient,
    doc="-sum(labels * log softmax), and its gradient for the features.",
)  # fmt: skip


@cross_entropy_op.kernel("CPU")
def _(features: np.ndarray, labels: np.ndarray) -> Any:
    try:
        shape = np.broadcast_shapes(features.shape, labels.shape)
    except ValueError:
        invalid(
            "logits and labels must be broadcastable: logits_size="
            f"{format_list(features.shape)} labels_size={format_list(labels.shape)}"
        )
    if len(shape) != 2:
        invalid(
            "logits and labels must be either 2-dimensional, or broadcasted to be "
            "2-dimensional"
        )
    if features.shape != shape:
        features = np.broadcast_to(features, shape)
    logs = log_softmax_array(features)
    truth = labels.astype(logs.dtype, copy=False)
    # As in TensorFlow, a label of 0 at a logit of minus infinity is not a number.
    loss = -(truth * logs).sum(axis=-1)
    backprop = np.exp(logs) - truth
    dtype = features.dtype
    return loss.astype(dtype, copy=False), backprop.astype(dtype, copy=False)


def ensure_named(function: str, sentinel: Any, labels: Any, logits: Any) -> None:
    """TF1's guard against swapping labels and logits.

    Raises:
        ValueError: something was given by position, or left out.
    """
    if sentinel is not None:
        raise ValueError(
            f"Only call `{function}` with named arguments (labels=..., logits=..., ...)"
        )
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")


def softmax_cross_entropy_with_logits_v2(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: int = -1,
    name: str | None = None,
) -> Tensor:
    """Cross-entropy between labels and softmax(logits); gradients flow into both.

    Args:
        labels: floating, `[..., classes]`, each row a probability distribution.
        logits: floating, `[..., classes]`, not yet normalised.
        dim: the axis of the classes.
        name: the scope of the nodes.

    Returns:
        A tensor of the dtype of `logits`, `[...]` without the axis of the classes.

    Raises:
        ValueError: an argument was given by position, or the shapes do not fit.
    """
    ensure_named("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    return _cross_entropy(
        labels, logits, dim, name, "softmax_cross_entropy_with_logits"
    )


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: int = -1,
    name: str | None = None,
) -> Tensor:
    """Cross-entropy between labels and softmax(logits); gradients flow into logits.

    Args:
        labels: floating, `[..., classes]`, each row a probability distribution; treated
            as a constant by gradients.
        logits: floating, `[..., classes]`, not yet normalised.
        dim: the axis of the classes.
        name: the scope of the nodes.

    Returns:
        A tensor of the dtype of `logits`, `[...]` without the axis of the classes.

    Raises:
        ValueError: an argument was given by position, or the shapes do not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.nn.softmax_cross_entropy_with_logits(
        ...         labels=[[0., 1.]], logits=[[0., 0.]]))
        array([0.6931472], dtype=float32)
    """
    function = "softmax_cross_entropy_with_logits"
    ensure_named(function, _sentinel, labels, logits)
    with op_scope(name, function + "_sg", labels, logits) as scope:
        fixed = raw.StopGradient(labels, name="labels_stop_gradient")
        return _cross_entropy(fixed, logits, dim, scope, function)


def _cross_entropy(
    labels: Any, logits: Any, dim: int, name: str | None, default: str
) -> Tensor:
    with op_scope(name, default, logits, labels) as scope:
        x = convert(logits, None, "logits")
        dtype = x.dtype.base_dtype
        is_small = dtype.is_floating and dtype.size == 2
        if is_small:
            x = raw.Cast(x, DstT=float32)
        y = convert(labels, None, "labels", preferred=x.dtype.base_dtype)
        if y.dtype.base_dtype is not x.dtype.base_dtype:
            y = raw.Cast(y, DstT=x.dtype.base_dtype)
        shape = x.static_shape
        if shape is not None and not shape:
            raise ValueError("logits cannot be scalars")
        if dim not in (-1, len(shape or ()) - 1):
            x, y = (raw.Transpose(t, _moved_last(t, dim)) for t in (x, y))
        outer = raw.StridedSlice(raw.Shape(x), [0], [-1], [1], begin_mask=1)
        loss, _ = raw.SoftmaxCrossEntropyWithLogits(
            _as_matrix(x), _as_matrix(y), name=scope
        )
        loss = raw.Reshape(loss, outer)
        if shape is not None:
            known = [d for i, d in enumerate(shape) if i != dim % len(shape)]
            loss.static_shape = merge(loss.static_shape, tuple(known))
        result: Tensor = raw.Cast(loss, DstT=dtype) if is_small else loss
        return result


def _moved_last(x: Tensor, axis: int) -> Any:
    """The permutation that takes `axis` to the end and keeps the order of the rest."""
    if x.static_shape is not None:
        rank = len(x.static_shape)
        last = normal_axis(axis, rank)
        return np.array([*(i for i in range(rank) if i != last), last], np.int32)
    rank_now = raw.Rank(x)
    at = raw.FloorMod(axis, rank_now)
    before = raw.Range(0, at, 1)
    after = raw.Range(raw.Add(at, 1), rank_now, 1)
    return raw.ConcatV2([before, after, raw.ExpandDims(at, 0)], 0)


def _as_matrix(x: Tensor) -> Tensor:
    """All dimensions but the last flattened into one."""
    shape = x.static_shape
    if shape is not None and len(shape) == 2:
        return x
    last = raw.StridedSlice(raw.Shape(x), [-1], [0], [1], end_mask=1)
    flat: Tensor = raw.Reshape(x, raw.ConcatV2([[-1], last], 0))
    if shape:
        outer = None if None in shape[:-1] else math.prod(d or 0 for d in shape[:-1])
        flat.static_shape = merge(flat.static_shape, (outer, shape[-1]))
    return flat


def _sparse_shape(op: Operation) -> list[Shape]:
    batch, classes = with_rank(op.inputs[0].static_shape, 2) or (None, None)
    (labels,) = with_rank(op.inputs[1].static_shape, 1) or (None,)
    batch = merge_dims(batch, labels)
    return [(batch,), (batch, classes)]


sparse_cross_entropy_op = define(
    "SparseSoftmaxCrossEntropyWithLogits",
    "features: T, labels: Tlabels -> loss: T, backprop: T",
    T=types(FLOAT), Tlabels=types(INDEX, int64), shape=_sparse_shape,
    gradient=lambda op, dloss, dprop: [_logits_gradient(op, dloss, dprop), None],
    doc="-log softmax of the labelled class, and its gradient for the features.",
)  # fmt: skip


def _check_sparse(features: np.ndarray, labels: np.ndarray) -> None:
    logits_size, labels_size = format_list(features.shape), format_list(labels.shape)
    if features.ndim != 2:
        invalid(f"logits must be 2-D, but got shape {logits_size}")
    if labels.ndim != 1:
        invalid(f"labels must be 1-D, but got shape {labels_size}")
    if features.shape[0] != labels.shape[0]:
        invalid(
            "logits and labels must have the same first dimension, got logits shape "
            f"{logits_size} and labels shape {labels_size}"
        )
    if features.shape[1] == 0:
        invalid(f"Must have at least one class, but got logits shape {logits_size}")
    classes = features.shape[1]
    bad = labels[(labels < 0) | (labels >= classes)]
    if bad.size:
        values = " ".join(map(str, labels.tolist()))
        invalid(
            f"Received a label value of {bad[0]} which is outside the valid range of "
            f"[0, {classes}).  Label values: {values}"
        )


@sparse_cross_entropy_op.kernel("CPU")
def _(features: np.ndarray, labels: np.ndarray) -> Any:
    _check_sparse(features, labels)
    logs = log_softmax_array(features)
    rows = np.arange(labels.size)
    loss = -logs[rows, labels]
    backprop = np.exp(logs)
    backprop[rows, labels] -= 1
    dtype = features.dtype
    return loss.astype(dtype, copy=False), backprop.astype(dtype, copy=False)


def _check_ranks(labels: Tensor, logits: Tensor) -> None:
    """What is known of the shapes must fit.

    Raises:
        ValueError: it does not.
    """
    known, wanted = labels.static_shape, logits.static_shape
    if wanted is not None and not wanted:
        raise ValueError(
            f"Logits cannot be scalars - received shape {format_shape(wanted)}."
        )
    if wanted is None:
        return
    if known is not None and len(known) != len(wanted) - 1:
        raise ValueError(
            f"Rank mismatch: Rank of labels (received {len(known)}) should equal rank "
            f"of logits minus 1 (received {len(wanted)})."
        )
    if not is_compatible(known, wanted[:-1]):
        raise ValueError(
            f"Shape mismatch: The shape of labels (received {format_shape(known)}) "
            "should equal the shape of logits except for the last dimension (received "
            f"{format_shape(wanted)})."
        )


def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    name: str | None = None,
) -> Tensor:
    """Cross-entropy between class numbers and softmax(logits).

    Args:
        labels: int32 or int64, `[...]`, each in 0..classes-1.
        logits: floating, `[..., classes]`, not yet normalised.
        name: the scope of the nodes.

    Returns:
        A tensor of the dtype of `logits`, `[...]`. A label out of range is an
        InvalidArgumentError when run.

    Raises:
        ValueError: an argument was given by position, or the ranks do not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.nn.sparse_softmax_cross_entropy_with_logits(
        ...         labels=[1], logits=[[0., 0.]]))
        array([0.6931472], dtype=float32)
    """
    ensure_named("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    default = "SparseSoftmaxCrossEntropyWithLogits"
    with op_scope(name, default, labels, logits):
        y = convert(labels, None)
        x = convert(logits, None)
        dtype = x.dtype.base_dtype
        is_small = dtype.is_floating and dtype.size == 2
        if is_small:
            x = raw.Cast(x, DstT=float32)
        _check_ranks(y, x)
        shape = x.static_shape
        if shape is not None and len(shape) == 2:
            loss: Tensor = raw.SparseSoftmaxCrossEntropyWithLogits(x, y, name=name)[0]
        else:
            loss = _sparse_of_any_rank(y, x, name)
        return raw.Cast(loss, DstT=dtype) if is_small else loss


def _sparse_of_any_rank(labels: Tensor, logits: Tensor, name: str | None) -> Tensor:
    flat = raw.Reshape(labels, [-1])
    matrix = _as_matrix(logits)
    loss = raw.SparseSoftmaxCrossEntropyWithLogits(matrix, flat, name=name)[0]
    result: Tensor = raw.Reshape(loss, raw.Shape(labels))
    result.static_shape = merge(result.static_shape, labels.static_shape)
    return result
