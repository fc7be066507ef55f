"""Tensors of one shape as one tensor, and back: `stack` and `unstack`.

Also the conversion that makes a tensor of a list which holds tensors: `[x, 1.0]`
becomes a Pack. Read next: `concat.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import (
    convert,
    is_convertible,
    register_tensor_conversion_function,
)
from interactive_graphs.framework.dtypes import (
    DType,
    as_dtype,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.shape_rules import (
    merged,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list, merge
from interactive_graphs.ops._scope import op_scope


def _pack_shape(op: Operation) -> list[Shape]:
    shape: Shape = None
    for i, tensor in enumerate(op.inputs):
        try:
            shape = merge(shape, tensor.static_shape)
        except ValueError as error:
            raise ValueError(
                f"{error}\n\tFrom merging shape {i - 1} with other shapes."
            ) from None
    if shape is None:
        return [None]
    axis = _axis_among(op.attrs["axis"], len(shape) + 1)
    return [(*shape[:axis], len(op.inputs), *shape[axis:])]


def _axis_among(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ValueError(f"Invalid axis: {axis} not in [{-rank},{rank})")
    return axis % rank


pack_op = define(
    "Pack", "values: N * T -> output: T", axis=0, shape=_pack_shape,
    gradient=lambda op, dy: list(
        as_list(raw.Unpack(dy, num=len(op.inputs), axis=op.attrs["axis"]))
    ),
    doc="Tensors of one shape, stacked along a new axis.",
)  # fmt: skip


def as_list(value: Any) -> list[Tensor]:
    """What a raw op with one or several outputs gave, as a list."""
    return value if isinstance(value, list) else [value]


@pack_op.kernel("CPU")
def _(values: list[np.ndarray], axis: int) -> np.ndarray:
    first = values[0]
    for i, other in enumerate(values):
        if other.shape != first.shape:
            a, b = format_list(first.shape), format_list(other.shape)
            invalid(
                "Shapes of all inputs must match: values[0].shape = "
                f"{a} != values[{i}].shape = {b}"
            )
    return np.stack(values, axis=axis)


def stack(values: Any, axis: int = 0, name: str = "stack") -> Tensor:
    """Tensors of one shape as one tensor with a new dimension.

    Args:
        values: a list of tensors of one dtype, each `[d0, ...]`.
        axis: where the new dimension goes, in `[-rank - 1, rank]`.
        name: the node's name.

    Returns:
        A tensor of that dtype; for axis 0, `[len(values), d0, ...]`.

    Raises:
        ValueError: the axis is out of range, or known shapes differ.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.stack([[1, 2], [3, 4]], axis=1))
        array([[1, 3],
               [2, 4]], dtype=int32)
    """
    if axis == 0:
        try:
            # A list of constants becomes one constant.
            return convert(values, None, name)
        except (TypeError, ValueError):
            pass
    first = convert(values[0], None, name if axis == 0 else "stack")
    shape = first.static_shape
    if shape is not None:
        n = len(shape) + 1
        if not -n <= axis < n:
            raise ValueError(f"axis = {axis} not in [{-n}, {n})")
    result: Tensor = raw.Pack([first, *values[1:]], axis=axis, name=name)
    return result


def _unpack_shape(op: Operation) -> list[Shape]:
    shape, num = op.inputs[0].static_shape, op.attrs["num"]
    if shape is None:
        return [None] * num
    axis = _axis_among(op.attrs["axis"], len(shape))
    if shape[axis] not in (None, num):
        raise ValueError(f"Dimension must be {num} but is {shape[axis]}")
    return [(*shape[:axis], *shape[axis + 1 :])] * num


unpack_op = define(
    "Unpack", "value: T -> output: num * T", num=Attr("int", minimum=0), axis=0,
    shape=_unpack_shape,
    gradient=lambda op, *dys: [raw.Pack(list(dys), axis=op.attrs["axis"])],
    doc="A tensor taken apart along an axis.",
)  # fmt: skip


@unpack_op.kernel("CPU")
def _(value: np.ndarray, num: int, axis: int) -> list[np.ndarray]:
    n = value.ndim
    if not -n <= axis < n:
        invalid(f"axis = {axis} not in [{-n}, {n})")
    if value.shape[axis] != num:
        found = format_list(value.shape)
        invalid(f"Input shape axis {axis % n} must equal {num}, got shape {found}")
    front = np.moveaxis(value, axis, 0)
    return [front[i, ...] for i in range(num)]


def unstack(
    value: Any, num: int | None = None, axis: int = 0, name: str = "unstack"
) -> list[Tensor]:
    """A tensor taken apart along one dimension.

    Args:
        value: a tensor of any dtype.
        num: how long that dimension is; found out when None.
        axis: the dimension, in `[-rank, rank)`.
        name: the node's name.

    Returns:
        A list of `num` tensors without that dimension.

    Raises:
        ValueError: `num` is None and the length unknown, or the axis out of range.
    """
    if num is None:
        x = convert(value)
        shape = x.static_shape
        if shape is not None:
            n = len(shape)
            if not -n <= axis < n:
                raise ValueError(f"axis = {axis} not in [{-n}, {n})")
            num = shape[axis]
        if num is None:
            raise ValueError(f"Cannot infer num from shape {x.shape}")
        value = x
    tensors: list[Tensor] = raw.Unpack(value, num=num, axis=axis, name=name)
    return tensors


def _holds_tensor(value: Any) -> bool:
    return any(
        _holds_tensor(v) if isinstance(v, (list, tuple)) else is_convertible(v)
        for v in value
    )


def _common_dtype(value: Any) -> DType | None:
    """The dtype of the first tensor in a nested list."""
    for item in value:
        if isinstance(item, (list, tuple)):
            found = _common_dtype(item)
        else:
            dtype = getattr(item, "dtype", None)
            found = (
                as_dtype(dtype).base_dtype
                if is_convertible(item) and dtype is not None
                else None
            )
        if found is not None:
            return found
    return None


def pack_nested(value: Any, dtype: DType | None, name: str | None, as_ref: bool) -> Any:
    """The tensor for a list or tuple that holds tensors, a Pack for each level.

    Gives NotImplemented for lists without tensors, which become constants.
    """
    del as_ref
    if not _holds_tensor(value):
        return NotImplemented
    inferred = _common_dtype(value)
    if inferred is None:
        return NotImplemented
    if dtype is not None and dtype.base_dtype is not inferred:
        return NotImplemented
    return _packed(value, inferred, name or "packed")


def _packed(value: Any, dtype: DType, name: str) -> Tensor:
    """One level: its items are tensors, lists that hold some, or constants."""
    with op_scope(name, name, value) as scope:
        items = []
        for i, item in enumerate(value):
            if isinstance(item, (list, tuple)) and _holds_tensor(item):
                items.append(_packed(item, dtype, str(i)))
                continue
            tensor = convert(item, None if isinstance(item, Tensor) else dtype, str(i))
            if tensor.dtype.base_dtype is not dtype:
                raise TypeError(
                    "Cannot convert a list containing a tensor of dtype "
                    f"{tensor.dtype} to {dtype} (Tensor is: {tensor!r})"
                )
            items.append(tensor)
        result: Tensor = raw.Pack(items, name=scope)
        return result


register_tensor_conversion_function((list, tuple), pack_nested, 99)


parallel_concat_op = define(
    "ParallelConcat", "values: N * T -> output: T",
    shape=Attr("shape"), shape_rule=lambda op: [_parallel_shape(op)],
    gradient=None,
    doc="Tensors with a first dimension of 1, joined along it.",
)  # fmt: skip


def _parallel_shape(op: Operation) -> Shape:
    merged(op)
    shape: Shape = op.attrs["shape"]
    return shape


@parallel_concat_op.kernel("CPU")
def _(values: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(values, axis=0)


def parallel_stack(values: Any, name: str = "parallel_stack") -> Tensor:
    """`stack` along axis 0 of tensors whose shapes are known.

    Args:
        values: a list of tensors of one dtype and shape.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[len(values), ...]`.
    """
    with op_scope(name, "parallel_stack", values):
        first = convert(values[0])
        shape = first.static_shape
        rows = [raw.ExpandDims(v, 0) for v in values]
        if shape is None or None in shape:
            raise ValueError("shape attr must be fully defined.")
        dims = (len(values), *shape)
        result: Tensor = raw.ParallelConcat(rows, shape=dims)
        return result
