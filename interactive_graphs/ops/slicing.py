"""Parts of a tensor: `x[1:, ..., None]`, `slice`, `strided_slice`, `boolean_mask`.

A slice specification is numpy's, packed into masks: bit i of `begin_mask` says that the
begin of entry i is open, and so on. Read next: `elementwise.py`.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert, is_convertible
from interactive_graphs.framework.dtypes import INDEX, as_dtype, int16, int32, int64
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Dimension,
    Shape,
    format_list,
    merge,
)
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.constant import ones_like
from interactive_graphs.ops.shape import shape_of

newaxis = None
"""In an index, makes a new dimension of 1: `x[:, tf.newaxis]`."""

Spec = tuple[Any, Any, Any, dict[str, int]]
_MASKS: dict[str, Any] = dict.fromkeys(
    ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0
)


def _slice_shape(op: Operation) -> list[Shape]:
    x, begins, sizes = (t.static_shape for t in op.inputs)
    count = with_rank(merge(with_rank(begins, 1), with_rank(sizes, 1)), 1)[0]  # type: ignore[index]
    begin, size = (static_value(t) for t in op.inputs[1:])
    if x is None and count is None:
        return [None]
    known = with_rank(x, count if count is not None else len(x or ()))
    assert known is not None
    dims: list[int | None] = []
    for i, dim in enumerate(known):
        if size is None:
            dims.append(None)
        elif size[i] >= 0:
            dims.append(int(size[i]))
        elif size[i] < -1:
            raise ValueError(f"Invalid value in tensor used for shape: {size[i]}")
        else:
            open_end = begin is None or dim is None
            dims.append(None if open_end else max(dim - int(begin[i]), 0))  # type: ignore[index, operator]
    return [tuple(dims)]


def _slice_gradient(op: Operation, dy: Tensor) -> list[Any]:
    # Zeros all around: pad with what was cut off before and after.
    x, begin = op.inputs[0], op.inputs[1]
    index = begin.dtype.base_dtype
    whole = raw.Cast(shape_of(x), DstT=index) if index is int64 else shape_of(x)
    part = raw.Shape(op.outputs[0], out_type=index)
    after = raw.Sub(raw.Sub(whole, part), begin)
    return [raw.Pad(dy, raw.Pack([begin, after], axis=1)), None, None]


slice_op = define(
    "Slice", "input: T, begin: Index, size: Index -> output: T",
    Index=types(INDEX), shape=_slice_shape, gradient=_slice_gradient,
    doc="The part of its input that starts at `begin` and has `size`.",
)  # fmt: skip


@slice_op.kernel("CPU")
def _(input: np.ndarray, begin: np.ndarray, size: np.ndarray) -> np.ndarray:
    n = input.ndim
    if begin.shape != (n,) or size.shape != (n,):
        invalid(
            "Expected begin and size arguments to be 1-D tensors of size "
            f"{n}, but got shapes {format_list(begin.shape)} and "
            f"{format_list(size.shape)} instead."
        )
    index: list[Any] = []
    for i, (b, s, d) in enumerate(
        zip(begin.tolist(), size.tolist(), input.shape, strict=True)
    ):
        if not 0 <= b <= d:
            invalid(f"Expected begin[{i}] in [0, {d}], but got {b}")
        stop = d if s == -1 else b + s
        if not b <= stop <= d:
            invalid(f"Expected size[{i}] in [0, {d - b}], but got {s}")
        index.append(builtins.slice(b, stop))
    return input[(*index, ...)]


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """The part of a tensor that starts at `begin` and has `size`.

    Args:
        input_: a tensor of any dtype.
        begin: int32 or int64, `[rank]`, where it starts.
        size: the same dtype, `[rank]`, how much of it; -1 means all that is left.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[size]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.slice([[1, 2, 3], [4, 5, 6]], [1, 0], [1, 2]))
        array([[4, 5]], dtype=int32)
    """
    result: Tensor = raw.Slice(input_, begin, size, name=name)
    return result


def slice_index(
    begin: Any, end: Any, strides: Any, masks: dict[str, int], rank: int | None
) -> list[Any]:
    """The numpy index that a strided slice stands for.

    Args:
        begin: a list of ints, or None where unknown.
        end: a list of ints, or None where unknown.
        strides: a list of ints.
        masks: the five masks.
        rank: of the tensor to be indexed; None where unknown.

    Returns:
        Per entry a slice, an int, None (new axis) or Ellipsis. Where begin or end is
        unknown and needed, the entry is NotImplemented.

    Raises:
        ValueError: the specification contradicts itself or has too many entries.
    """
    index: list[Any] = []
    used = 0
    for i, step in enumerate(strides):
        bit = 1 << i
        if masks["ellipsis_mask"] & bit:
            if Ellipsis in index:
                raise ValueError("Multiple ellipses in slice spec not allowed")
            index.append(Ellipsis)
            continue
        if masks["new_axis_mask"] & bit:
            index.append(None)
            continue
        used += 1
        if rank is not None and used > rank:
            raise ValueError(
                f"Index out of range using input dim {rank}; input has only {rank} dims"
            )
        if step == 0:
            raise ValueError(f"strides[{i}] must be non-zero")
        if masks["shrink_axis_mask"] & bit:
            if step < 0:
                raise ValueError("only stride 1 allowed on non-range indexing.")
            index.append(NotImplemented if begin is None else begin[i])
            continue
        ends = []
        for mask, values in (("begin_mask", begin), ("end_mask", end)):
            opened = masks[mask] & bit
            entry = NotImplemented if values is None else values[i]
            ends.append(None if opened else entry)
        index.append(
            NotImplemented
            if NotImplemented in ends
            else builtins.slice(ends[0], ends[1], step)
        )
    if Ellipsis not in index:
        index.append(Ellipsis)
    return index


def _masks(op: Operation) -> dict[str, int]:
    return {mask: op.attrs[mask] for mask in _MASKS}


def _sliced_dims(shape: tuple[Any, ...], index: list[Any], shrink: int) -> Shape:
    """The shape of `x[index]`; bit i of `shrink` says that entry i is an int."""
    skipped = len(shape) - sum(e is not None and e is not Ellipsis for e in index)
    dims: list[int | None] = []
    position = 0
    for i, entry in enumerate(index):
        if entry is None:
            dims.append(1)
            continue
        if entry is Ellipsis:
            dims += shape[position : position + skipped]
            position += skipped
            continue
        dim = shape[position]
        if isinstance(entry, int) and dim is not None and not -dim <= entry < dim:
            at = entry + dim if entry < 0 else entry
            raise ValueError(f"slice index {at} of dimension {position} out of bounds.")
        position += 1
        if isinstance(entry, builtins.slice):
            dims.append(_slice_length(entry, dim))
        elif not isinstance(entry, int) and not shrink >> i & 1:
            dims.append(None)
    return tuple(dims)


def _slice_length(part: builtins.slice, dim: int | None) -> int | None:
    """How long a slice of a dimension is, where that is known."""
    if dim is not None:
        return len(range(*part.indices(dim)))
    empty = (
        part.start is not None
        and part.stop is not None
        and (part.start < 0) == (part.stop < 0)
        and (part.stop <= part.start if part.step > 0 else part.stop >= part.start)
    )
    return 0 if empty else None


def _strided_slice_shape(op: Operation) -> list[Shape]:
    shape = op.inputs[0].static_shape
    entries: Shape = (None,)
    for tensor in op.inputs[1:4]:
        entries = merge(entries, tensor.static_shape)
    strides = static_value(op.inputs[3])
    if strides is None:
        return [None]
    begin, end = (static_value(t) for t in op.inputs[1:3])
    index = slice_index(
        None if begin is None else begin.tolist(),
        None if end is None else end.tolist(),
        strides.tolist(),
        _masks(op),
        None if shape is None else len(shape),
    )
    if shape is None:
        return [None]
    return [_sliced_dims(shape, index, op.attrs["shrink_axis_mask"])]


def _strided_slice_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, begin, end, strides = op.inputs
    index = begin.dtype.base_dtype
    shape = raw.Shape(x, out_type=index)
    dx = raw.StridedSliceGrad(shape, begin, end, strides, dy, **_masks(op))
    return [dx, None, None, None]


strided_slice_op = define(
    "StridedSlice", "input: T, begin: Index, end: Index, strides: Index -> output: T",
    Index=types((int16, *INDEX)), **_MASKS,
    shape=_strided_slice_shape, gradient=_strided_slice_gradient,
    doc="`input[index]` for an index as numpy's, of ints, slices, None and `...`.",
)  # fmt: skip


def _run_index(
    shape: tuple[int, ...], begin: Any, end: Any, strides: Any, masks: dict[str, int]
) -> tuple[Any, ...]:
    """The index for a tensor of `shape`, checked as TF's kernels do."""
    try:
        index = slice_index(
            begin.tolist(), end.tolist(), strides.tolist(), masks, len(shape)
        )
        _sliced_dims(shape, index, masks["shrink_axis_mask"])
    except ValueError as error:
        invalid(str(error))
    return tuple(index)


@strided_slice_op.kernel("CPU")
def _(
    input: np.ndarray,
    begin: np.ndarray,
    end: np.ndarray,
    strides: np.ndarray,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> np.ndarray:
    masks = {
        "begin_mask": begin_mask,
        "end_mask": end_mask,
        "ellipsis_mask": ellipsis_mask,
        "new_axis_mask": new_axis_mask,
        "shrink_axis_mask": shrink_axis_mask,
    }
    part: np.ndarray = input[_run_index(input.shape, begin, end, strides, masks)]
    return part


def _grad_shape(op: Operation) -> list[Shape]:
    vector = static_value(op.inputs[0])
    if vector is not None:
        return [tuple(vector.tolist())]
    length = with_rank(op.inputs[0].static_shape, 1)[0]  # type: ignore[index]
    return [None if length is None else (None,) * length]


def _grad_of_grad(op: Operation, grad: Tensor) -> list[Any]:
    _, begin, end, strides, _ = op.inputs
    part = raw.StridedSlice(grad, begin, end, strides, **_masks(op))
    return [None, None, None, None, part]


strided_slice_grad_op = define(
    "StridedSliceGrad",
    "shape: Index, begin: Index, end: Index, strides: Index, dy: T -> output: T",
    Index=types(INDEX), **_MASKS, shape_rule=_grad_shape, gradient=_grad_of_grad,
    doc="Zeros of `shape` with `dy` where the slice was.",
)  # fmt: skip


@strided_slice_grad_op.kernel("CPU")
def _(
    shape: np.ndarray,
    begin: np.ndarray,
    end: np.ndarray,
    strides: np.ndarray,
    dy: np.ndarray,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> np.ndarray:
    masks = {
        "begin_mask": begin_mask,
        "end_mask": end_mask,
        "ellipsis_mask": ellipsis_mask,
        "new_axis_mask": new_axis_mask,
        "shrink_axis_mask": shrink_axis_mask,
    }
    dims = tuple(shape.tolist())
    dx = np.zeros(dims, dy.dtype)
    index = _run_index(dims, begin, end, strides, masks)
    part = dx[index]
    if part.shape != dy.shape:
        wanted, found = format_list(part.shape), format_list(dy.shape)
        invalid(f"shape of dy was {found} instead of {wanted}")
    part[...] = dy
    return dx


def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """`input_[index]`, with the index taken apart into vectors and masks.

    Args:
        input_: a tensor of any dtype.
        begin: int32 or int64, `[entries]`.
        end: the same dtype, `[entries]`.
        strides: the same dtype, `[entries]`; all 1 when None.
        begin_mask: bit i set: entry i starts at the first element.
        end_mask: bit i set: entry i ends after the last element.
        ellipsis_mask: bit i set: entry i stands for `...`.
        new_axis_mask: bit i set: entry i makes a new dimension of 1.
        shrink_axis_mask: bit i set: entry i is one index, and its dimension is dropped.
        var: the variable that `input_` reads; lets the result be assigned to.
        name: the node's name.

    Returns:
        A tensor of that dtype.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.strided_slice([1, 2, 3, 4], [0], [4], [2]))
        array([1, 3], dtype=int32)
    """
    if strides is None:
        strides = ones_like(begin)
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    attrs = dict(zip(_MASKS, masks, strict=True))
    result: Tensor = raw.StridedSlice(input_, begin, end, strides, name=name, **attrs)
    del var
    return result


INDEX_ERROR = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar "
    "tf.int32/tf.int64 tensors are valid indices"
)


def _check_index(entry: Any) -> None:
    """Refuse what is no index.

    Raises:
        TypeError: with TF's words.
    """
    if isinstance(entry, (int, Dimension)):
        return
    dtype = getattr(entry, "dtype", None)
    shape = getattr(entry, "shape", ())
    if (
        dtype is None
        or as_dtype(dtype).base_dtype not in (int16, int32, int64)
        or (shape and len(shape) == 1)
    ):
        raise TypeError(f"{INDEX_ERROR}, got {entry!r}")


def index_spec(spec: Any) -> Spec:
    """A Python index as begin, end, strides and masks.

    Args:
        spec: what stands between the brackets.

    Raises:
        TypeError: an entry is no index.
    """
    begin: list[Any] = []
    end: list[Any] = []
    strides: list[Any] = []
    masks = dict(_MASKS)
    entries = spec if isinstance(spec, (list, tuple)) else (spec,)
    for i, entry in enumerate(entries):
        bit = 1 << i
        one: tuple[Any, Any, Any] = (0, 0, 1)
        if isinstance(entry, builtins.slice):
            one = _range_entry(entry, bit, masks)
        elif entry is Ellipsis:
            masks["ellipsis_mask"] |= bit
        elif entry is None:
            masks["new_axis_mask"] |= bit
        else:
            _check_index(entry)
            one = (entry, entry + 1, 1)
            masks["shrink_axis_mask"] |= bit
        begin.append(one[0])
        end.append(one[1])
        strides.append(one[2])
    return begin, end, strides, masks


def _range_entry(
    part: builtins.slice, bit: int, masks: dict[str, int]
) -> tuple[Any, Any, Any]:
    for value in (part.start, part.stop, part.step):
        if value is not None:
            _check_index(value)
    if part.start is None:
        masks["begin_mask"] |= bit
    if part.stop is None:
        masks["end_mask"] |= bit
    return (
        0 if part.start is None else part.start,
        0 if part.stop is None else part.stop,
        1 if part.step is None else part.step,
    )


def _packed(values: list[Any], dtype: Any) -> Tensor:
    """One of the vectors: a constant, or a Pack where tensors are among the entries."""
    if not values or not any(is_convertible(v) for v in values):
        return convert(values, dtype, "stack")
    if dtype is int64:
        values = [
            raw.Cast(v, DstT=int64)
            if isinstance(v, Tensor) and v.dtype.base_dtype is not int64
            else v
            for v in values
        ]
    return convert(values, dtype, "stack")


def slice_helper(tensor: Any, spec: Any, var: Any = None) -> Tensor:
    """`tensor[spec]` with numpy's meaning of ints, slices, `...` and None.

    Args:
        tensor: a Tensor, or what converts to one.
        spec: what stands between the brackets; a boolean array or tensor selects the
            elements where it is True.
        var: the variable that `tensor` reads.

    Raises:
        TypeError: an entry is no index.
        ValueError: an index is known to be out of range.
    """
    if _is_mask(spec):
        return boolean_mask(tensor, spec)
    parts = index_spec(spec)
    values = [v for part in parts[:3] for v in part]
    with op_scope(None, "strided_slice", tensor, *values) as scope:
        wide = any(
            hasattr(v, "dtype") and as_dtype(v.dtype).base_dtype is int64
            for v in values
        )
        begin, end, strides = (_packed(p, int64 if wide else int32) for p in parts[:3])
        return strided_slice(
            tensor, begin, end, strides, name=scope, var=var, **parts[3]
        )


def _is_mask(spec: Any) -> bool:
    if isinstance(spec, bool):
        return True
    dtype = getattr(spec, "dtype", None)
    return dtype is not None and as_dtype(dtype).is_bool


Tensor.__getitem__ = slice_helper  # type: ignore[method-assign]


def boolean_mask(
    tensor: Any, mask: Any, name: str = "boolean_mask", axis: int | None = None
) -> Tensor:
    """The elements of a tensor where a mask is True, as numpy's `tensor[mask]`.

    Args:
        tensor: any dtype, `[..., d1, ..., dk, ...]`.
        mask: bool, `[d1, ..., dk]`, k known and at least 1.
        name: of the scope.
        axis: the first dimension that the mask stands for; 0 when None.

    Returns:
        A tensor of that dtype; the masked dimensions are one, as long as there are
        True values.

    Raises:
        ValueError: the mask is a scalar, its rank unknown, or shapes differ.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.boolean_mask([1, 2, 3], [True, False, True]))
        array([1, 3], dtype=int32)
    """
    with op_scope(name, "boolean_mask", tensor, mask):
        x, chosen = convert(tensor, None, "tensor"), convert(mask, None, "mask")
        at = axis or 0
        mask_shape, shape = chosen.static_shape, x.static_shape
        if mask_shape == ():
            raise ValueError("mask cannot be scalar.")
        if mask_shape is None:
            raise ValueError(
                "Number of mask dimensions must be specified, even if some dimensions "
                "are None.  E.g. shape=[None] is ok, but shape=None is not."
            )
        span = len(mask_shape)
        if shape is not None:
            _check_mask(shape[at : at + span], mask_shape)
        size = raw.Prod(raw.Shape(x)[at : at + span], [0])
        first, last = raw.Shape(x)[:at], raw.Shape(x)[at + span :]
        flat = raw.Reshape(x, raw.ConcatV2([first, raw.Pack([size]), last], 0))
        if shape is not None:
            count: Any = 1
            for dim in shape[at : at + span]:
                count = None if dim is None or count is None else count * dim
            flat.set_shape((*shape[:at], count, *shape[at + span :]))
        where = raw.Squeeze(raw.Where(raw.Reshape(chosen, [-1])), squeeze_dims=[1])
        result: Tensor = raw.GatherV2(flat, where, at)
        return result


def _check_mask(dims: Any, mask: Any) -> None:
    try:
        if len(dims) != len(mask):
            raise ValueError
        for a, b in zip(dims, mask, strict=True):
            merge_dims(a, b)
    except ValueError:
        raise ValueError(f"Shapes {dims} and {mask} are incompatible") from None
