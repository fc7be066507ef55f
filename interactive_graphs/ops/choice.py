"""Choices by truth: `where`, `one_hot`, `sequence_mask`.

Read next: `partition.py`.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    INDEX,
    NUMERIC,
    as_dtype,
    bool as bool_type,
    float32,
    int8,
    int64,
    uint8,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    broadcast,
    format_list,
    merge,
)
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.constant import constant


def _select_shape(op: Operation) -> list[Shape]:
    condition = op.inputs[0].static_shape
    data = merge(op.inputs[1].static_shape, op.inputs[2].static_shape)
    if condition is None or condition == ():
        return [data]
    if data is None:
        # A vector may choose rows; anything else has the shape of the result.
        return [None if len(condition) == 1 else condition]
    if len(condition) == 1 and len(data) >= 1:
        dim = merge((condition[0],), (data[0],))
        assert dim is not None
        return [(dim[0], *data[1:])]
    return [merge(data, condition)]


def _select_gradient(op: Operation, dy: Tensor) -> list[Any]:
    condition, t, _ = op.inputs
    zeros = raw.ZerosLike(t)
    return [None, raw.Select(condition, dy, zeros), raw.Select(condition, zeros, dy)]


select_op = define(
    "Select", "condition: bool, t: T, e: T -> output: T",
    shape=_select_shape, gradient=_select_gradient,
    doc="Elements of `t` where the condition holds, of `e` elsewhere.",
)  # fmt: skip


@select_op.kernel("CPU")
def _(condition: np.ndarray, t: np.ndarray, e: np.ndarray) -> np.ndarray:
    if t.shape != e.shape:
        _differ(condition.shape, 2 if condition.shape == t.shape else 1, e.shape)
    if condition.ndim == 0:
        return t if condition else e
    if condition.ndim == 1 and t.ndim > 1:
        if condition.shape[0] != t.shape[0]:
            invalid(
                "Number of batches of 'then' must match size of 'cond', but saw: "
                f"{t.shape[0]} vs. {condition.shape[0]}"
            )
        condition = condition.reshape((-1,) + (1,) * (t.ndim - 1))
    elif condition.shape != t.shape:
        _differ(condition.shape, 1, t.shape)
    return np.where(condition, t, e)


def _differ(condition: tuple[int, ...], i: int, other: tuple[int, ...]) -> NoReturn:
    invalid(
        "Inputs to operation Select of type Select must have the same size and shape.  "
        f"Input 0: {format_list(condition)} != input {i}: {format_list(other)}"
    )


def _select_v2_shape(op: Operation) -> list[Shape]:
    c, t, e = (tensor.static_shape for tensor in op.inputs)
    return [broadcast(broadcast(c, t), e)]


def _select_v2_gradient(op: Operation, dy: Tensor) -> list[Any]:
    condition, t, e = op.inputs
    zeros = raw.ZerosLike(dy)
    grads: list[Any] = [None]
    for x, chosen in ((t, (dy, zeros)), (e, (zeros, dy))):
        shape = raw.Shape(x)
        axes, _ = raw.BroadcastGradientArgs(shape, raw.Shape(dy))
        part = raw.SelectV2(condition, *chosen)
        grads.append(raw.Reshape(raw.Sum(part, axes), shape))
    return grads


select_v2_op = define(
    "SelectV2", "condition: bool, t: T, e: T -> output: T",
    shape=_select_v2_shape, gradient=_select_v2_gradient,
    doc="As Select, with inputs that broadcast.",
)  # fmt: skip


@select_v2_op.kernel("CPU")
def _(condition: np.ndarray, t: np.ndarray, e: np.ndarray) -> np.ndarray:
    try:
        return np.where(condition, t, e)
    except ValueError:
        shapes = [format_list(np.shape(x)) for x in (condition, t, e)]
        invalid(
            f"condition {shapes[0]}, then {shapes[1]}, and else {shapes[2]} must be "
            "broadcastable"
        )


where_op = define(
    "Where", "input: T -> index: int64", T=types((*NUMERIC, bool_type), bool_type),
    shape=lambda op: [(None, _rank(op.inputs[0].static_shape))], gradient=None,
    doc="The indices of the elements that are True (or not zero), in order.",
)  # fmt: skip


def _rank(shape: Shape) -> int | None:
    return None if shape is None else len(shape)


@where_op.kernel("CPU")
def _(input: np.ndarray) -> np.ndarray:
    if input.ndim == 0:
        invalid("WhereOp : Unhandled input dimensions: 0")
    return np.argwhere(input).astype(np.int64, copy=False)


def where(
    condition: Any, x: Any = None, y: Any = None, name: str | None = None
) -> Tensor:
    """Elements of `x` or `y`; or, without them, where the condition is True.

    Args:
        condition: bool, the shape of `x`, or a scalar, or `[rows of x]`.
        x: any dtype.
        y: the dtype and shape of `x`.
        name: the node's name.

    Returns:
        A tensor of the dtype and shape of `x`; without `x` and `y` the indices of the
        True elements, int64, `[how many, rank]`.

    Raises:
        ValueError: only one of `x` and `y` is given.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.where([True, False], [1, 2], [3, 4]))
        ...     sess.run(tf.where([True, False, True]))
        array([1, 4], dtype=int32)
        array([[0],
               [2]])
    """
    result: Tensor
    if x is None and y is None:
        with op_scope(name, "Where", condition) as scope:
            chosen = convert(condition, None, "condition", preferred=bool_type)
            result = raw.Where(chosen, name=scope)
            return result
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    result = raw.Select(condition, x, y, name=name)
    return result


def where_v2(
    condition: Any, x: Any = None, y: Any = None, name: str | None = None
) -> Tensor:
    """As `where`, but condition, `x` and `y` broadcast.

    Args:
        condition: bool, any shape.
        x: any dtype.
        y: the dtype of `x`.
        name: the node's name.

    Returns:
        A tensor of the dtype of `x`, the broadcast shape; without `x` and `y` the
        indices of the True elements, int64, `[how many, rank]`.

    Raises:
        ValueError: only one of `x` and `y` is given.
    """
    if x is None and y is None:
        return where(condition, name=name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    result: Tensor = raw.SelectV2(condition, x, y, name=name)
    return result


def _one_hot_shape(op: Operation) -> list[Shape]:
    indices, depth = op.inputs[0].static_shape, op.inputs[1]
    for tensor in op.inputs[1:]:
        found = tensor.static_shape
        if found:
            raise ValueError(f"Input must be scalar but has rank {len(found)}")
    value = static_value(depth)
    if value is not None and value < 0:
        raise ValueError(
            "Dimension size, given by scalar input 1, must be non-negative but is "
            f"{value}"
        )
    if indices is None:
        return [None]
    axis = op.attrs["axis"]
    if not -1 <= axis <= len(indices):
        raise ValueError(f"axis must be >= -1 and <= {len(indices)}, got {axis}")
    axis = len(indices) if axis == -1 else axis
    dim = None if value is None else int(value)
    return [(*indices[:axis], dim, *indices[axis:])]


one_hot_op = define(
    "OneHot", "indices: TI, depth: int32, on_value: T, off_value: T -> output: T",
    axis=-1, TI=types((uint8, int8, *INDEX), int64), shape=_one_hot_shape,
    gradient=None,
    doc="For each index a vector that is on there and off elsewhere.",
)  # fmt: skip


@one_hot_op.kernel("CPU")
def _(
    indices: np.ndarray,
    depth: np.ndarray,
    on_value: np.ndarray,
    off_value: np.ndarray,
    axis: int,
) -> np.ndarray:
    if depth.ndim:
        invalid(f"depth must be a scalar, but got: {format_list(depth.shape)}")
    if depth < 0:
        invalid(f"depth must be non-negative, got: {depth}")
    if not -1 <= axis <= indices.ndim:
        invalid(
            f"Expected axis to be -1 or between [0, {indices.ndim + 1}).  But "
            f"received: {axis}"
        )
    if indices.ndim == 0:  # a label of one element of a dataset: many small calls
        row = np.full(int(depth), off_value, on_value.dtype)
        if 0 <= indices < depth:
            row[int(indices)] = on_value
        return row
    axis = indices.ndim if axis == -1 else axis
    if axis == indices.ndim:
        return _rows_of_one(
            indices.reshape(-1), int(depth), on_value, off_value
        ).reshape(*indices.shape, int(depth))
    at = np.expand_dims(indices, axis)
    steps = np.arange(int(depth)).reshape((-1,) + (1,) * (indices.ndim - axis))
    return np.where(at == steps, on_value, off_value).astype(on_value.dtype, copy=False)


def _rows_of_one(
    indices: np.ndarray, depth: int, on_value: np.ndarray, off_value: np.ndarray
) -> np.ndarray:
    """A row for each index: all is filled, then one place of each set."""
    rows = np.full((indices.size, depth), off_value, on_value.dtype)
    at = indices.astype(np.int64)
    begin = np.arange(indices.size) * depth
    if indices.size and not 0 <= at.min() <= at.max() < depth:
        inside = (at >= 0) & (at < depth)
        at, begin = at[inside], begin[inside]
    rows.reshape(-1)[begin + at] = on_value
    return rows


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """For each index a vector that is on there and off elsewhere.

    Args:
        indices: uint8, int32 or int64, any shape; those outside `[0, depth)` give
            vectors that are off everywhere.
        depth: an int32 scalar, the length of each vector.
        on_value: a scalar, 1 by default.
        off_value: a scalar, 0 by default.
        axis: where the new dimension goes; -1, the default, is last.
        dtype: of the result; that of the values, or float32.
        name: the node's name.

    Returns:
        A tensor of `dtype` with one dimension more than `indices`.

    Raises:
        TypeError: the values' dtypes differ from each other or from `dtype`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.one_hot([0, 2], 3))
        array([[1., 0., 0.],
               [0., 0., 1.]], dtype=float32)
    """
    with op_scope(name, "one_hot", indices, depth, on_value, off_value) as scope:
        wanted = None if dtype is None else as_dtype(dtype)
        values: dict[str, Any] = {}
        for key, value in (("on_value", on_value), ("off_value", off_value)):
            if value is not None:
                values[key] = convert(value, None, key, preferred=wanted)
                found = values[key].dtype.base_dtype
                if wanted is not None and dtype is not None and found is not wanted:
                    raise TypeError(
                        f"dtype {found} of {key} does not match dtype parameter "
                        f"{wanted}"
                    )
        given = [v.dtype.base_dtype for v in values.values()]
        if len(set(given)) > 1:
            raise TypeError(
                f"dtype {given[0]} of on_value does not match dtype {given[1]} of "
                "off_value"
            )
        wanted = wanted or (given[0] if given else float32)
        for key, default in (("on_value", 1), ("off_value", 0)):
            if key not in values:
                values[key] = convert(default, wanted, key)
        result: Tensor = raw.OneHot(
            indices, depth, values["on_value"], values["off_value"],
            axis=-1 if axis is None else axis, name=scope,
        )  # fmt: skip
        return result


def _all_axes(x: Tensor) -> Any:
    if x.static_shape is None:
        return raw.Range(0, raw.Rank(x), 1)
    return np.arange(len(x.static_shape), dtype=np.int32)


def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = bool_type, name: str | None = None
) -> Tensor:
    """For each length a vector that is True up to there.

    Args:
        lengths: an integer tensor of any shape.
        maxlen: an integer scalar, the length of each vector; the longest when None.
        dtype: of the result.
        name: of the scope.

    Returns:
        A tensor of `dtype`, `lengths.shape + [maxlen]`.

    Raises:
        ValueError: `maxlen` is not a scalar.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.sequence_mask([1, 3]))
        array([[ True, False, False],
               [ True,  True,  True]])
    """
    with op_scope(name, "SequenceMask", lengths, maxlen):
        x = convert(lengths)
        if maxlen is None:
            most = raw.Max(x, _all_axes(x))
            most = raw.Maximum(constant(0, most.dtype), most)
        else:
            most = convert(maxlen)
        if most.static_shape is not None and most.static_shape != ():
            raise ValueError("maxlen must be scalar for sequence_mask")
        row = raw.Range(constant(0, most.dtype), most, constant(1, most.dtype))
        # As TF: the lengths take the dtype of maxlen.
        matrix = raw.Cast(raw.ExpandDims(x, -1), DstT=most.dtype)
        mask: Tensor = raw.Less(row, matrix)
        if dtype is None or as_dtype(dtype) is bool_type:
            return mask
        result: Tensor = raw.Cast(mask, DstT=as_dtype(dtype))
        return result
