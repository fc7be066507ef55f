"""Clipping: tensors held between bounds, or below a length.

Read next: `../train/optimizer.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import NUMERIC
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import same
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import is_compatible
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._tables import incompatible_shapes
from interactive_graphs.ops.reduction import reduce_sum


def _clip_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    x, low, high = op.inputs
    inside = raw.LogicalAnd(raw.GreaterEqual(x, low), raw.LessEqual(x, high))
    zeros = raw.ZerosLike(dy)
    below, above = raw.Less(x, low), raw.Greater(x, high)
    grads: list[Tensor | None] = [raw.Select(inside, dy, zeros)]
    for bound, chosen in ((low, below), (high, above)):
        shape = raw.Shape(bound)
        axes, _ = raw.BroadcastGradientArgs(shape, raw.Shape(x))
        grads.append(raw.Reshape(raw.Sum(raw.Select(chosen, dy, zeros), axes), shape))
    return grads


clip_op = define(
    "ClipByValue", "t: T, clip_value_min: T, clip_value_max: T -> output: T",
    T=types(NUMERIC), shape=same, gradient=_clip_gradient,
    on_error=incompatible_shapes, doc="The numbers, held between two bounds.",
)  # fmt: skip


@clip_op.kernel("CPU")
def _(t: Any, clip_value_min: Any, clip_value_max: Any) -> Any:
    return np.maximum(np.minimum(t, clip_value_max), clip_value_min)


def clip_by_value(
    t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None
) -> Tensor:
    """The numbers, held between two bounds.

    Args:
        t: a real tensor.
        clip_value_min: the lower bound, a number or a tensor that broadcasts.
        clip_value_max: the upper bound, a number or a tensor that broadcasts.
        name: the node's name.

    Returns:
        A tensor of the dtype and shape of `t`.

    Raises:
        ValueError: the bounds would give another shape.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.clip_by_value([-5., 0.5, 5.], -1., 1.))
        array([-1. ,  0.5,  1. ], dtype=float32)
    """
    with op_scope(name, "clip_by_value", t, clip_value_min, clip_value_max) as scope:
        x = convert(t, None, "t")
        below = raw.Minimum(x, clip_value_max)
        _same_shape(x, below)
        result: Tensor = raw.Maximum(below, clip_value_min, name=scope)
        _same_shape(x, result)
        return result


def _same_shape(x: Tensor, clipped: Tensor) -> None:
    if not is_compatible(x.static_shape, clipped.static_shape):
        raise ValueError(f"Shapes {x.shape} and {clipped.shape} are incompatible")


def clip_by_norm(
    t: Any, clip_norm: Any, axes: Any = None, name: str | None = None
) -> Tensor:
    """A tensor, shortened to a length where it is longer.

    Args:
        t: a floating tensor.
        clip_norm: a positive scalar, the greatest Euclidean length.
        axes: the axes over which the length is taken; all when None.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.clip_by_norm([3., 4.], 1.))
        array([0.6, 0.8], dtype=float32)
    """
    with op_scope(name, "clip_by_norm", t, clip_norm):
        x = convert(t, None, "t")
        total = reduce_sum(raw.Mul(x, x), axes, keepdims=True)
        # The root of zero has no gradient: take one of it where there is nothing.
        positive = raw.Greater(total, raw.ZerosLike(total))
        safe = raw.Select(positive, total, raw.OnesLike(total))
        length = raw.Select(positive, raw.Sqrt(safe), total)
        scaled = x * clip_norm
        if not is_compatible(x.static_shape, scaled.static_shape):
            raise ValueError(f"Shapes {x.shape} and {scaled.shape} are incompatible")
        clipped = raw.RealDiv(scaled, raw.Maximum(length, clip_norm))
        result: Tensor = raw.Identity(clipped, name=name)
        return result


def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> Tensor:
    """A tensor, shortened where its length per element is above a bound.

    Args:
        t: a floating tensor.
        clip_norm: a positive scalar, the greatest length per element.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    with op_scope(name, "clip_by_average_norm", t, clip_norm):
        x = convert(t, None, "t")
        size = raw.Cast(raw.Size(x), DstT=x.dtype.base_dtype)
        inverse = size * raw.Rsqrt(reduce_sum(x * x))
        bound = convert(clip_norm, x.dtype.base_dtype, "clip_norm")
        scaled = x * clip_norm * raw.Minimum(inverse, raw.Reciprocal(bound))
        result: Tensor = raw.Identity(scaled, name=name)
        return result


def _as_list(t_list: Any) -> list[Any]:
    if not isinstance(t_list, (list, tuple)):
        raise TypeError("t_list should be a sequence")
    return [
        t if t is None or isinstance(t, IndexedSlices) else convert(t, None, f"t_{i}")
        for i, t in enumerate(t_list)
    ]


def _values(t: Any) -> Tensor:
    found: Tensor = t.values if isinstance(t, IndexedSlices) else t
    return found


def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """The length of all tensors taken as one vector.

    Args:
        t_list: a list of Tensors, IndexedSlices and Nones, which count for nothing.
        name: the scope of its nodes.

    Returns:
        A scalar of their dtype.

    Raises:
        TypeError: `t_list` is not a list.
    """
    items = _as_list(t_list)
    with op_scope(name, "global_norm", *[t for t in items if t is not None]):
        halves = [raw.L2Loss(_values(t)) for t in items if t is not None]
        if not halves:
            return convert(np.float32(0), None, "global_norm")
        half = raw.Sum(raw.Pack(halves), np.int32(0))
        two = convert(np.array(2, half.dtype.base_dtype.np_dtype), None, "two")
        result: Tensor = raw.Sqrt(half * two, name="global_norm")
        return result


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """Tensors, all shortened by one factor where together they are too long.

    Args:
        t_list: a list of Tensors, IndexedSlices and Nones.
        clip_norm: a positive scalar, the greatest length of all together.
        use_norm: their length, if it is known already.
        name: the scope of its nodes.

    Returns:
        The list, of the same kinds, with Nones where they were; and the length before.
        All are NaN where the length is infinite or NaN.

    Raises:
        TypeError: `t_list` is not a list.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.clip_by_global_norm([tf.constant([3., 4.])], 1.))
        ([array([0.6, 0.8], dtype=float32)], np.float32(5.0))
    """
    items = _as_list(t_list)
    length = global_norm(items, name) if use_norm is None else use_norm
    given = [t for t in items if t is not None]
    with op_scope(name, "clip_by_global_norm", *given):
        length = convert(length, None, "use_norm")
        dtype = length.dtype.base_dtype.np_dtype
        bound = convert(clip_norm, length.dtype.base_dtype, "clip_norm")
        one = convert(np.ones((), dtype), None, "one")
        scale = bound * raw.Minimum(1 / length, one / bound)
        # Without this, tensors of an infinite length would become zeros in silence.
        scale = scale + (length - length)
        return [
            None if t is None else _times(t, scale, i) for i, t in enumerate(items)
        ], (length)


def _times(t: Any, scale: Tensor, index: int) -> Any:
    name = f"clip_{index}"
    clipped = raw.Identity(_values(t) * scale, name=name)
    if isinstance(t, IndexedSlices):
        return IndexedSlices(clipped, t.indices, t.dense_shape)
    return clipped
