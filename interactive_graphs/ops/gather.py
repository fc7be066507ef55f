"""Elements picked by index, and put back by index: `gather`, `gather_nd`, `scatter_nd`.

Read next: `choice.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_shape_value, static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import INDEX, NUMERIC, bool as bool_type, int16
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import (
    at_least_rank,
    merge_dims,
    same,
    with_rank,
)
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu.scatter import check_indices
from interactive_graphs.ops._scope import op_scope


def _gather_shape(op: Operation) -> list[Shape]:
    params, indices = op.inputs[0].static_shape, op.inputs[1].static_shape
    axis_value = static_value(op.inputs[2])
    with_rank(op.inputs[2].static_shape, 0)
    if axis_value is None:
        known = params is not None and indices is not None
        batch = op.attrs["batch_dims"]
        return [(None,) * (len(params) + len(indices) - 1 - batch) if known else None]  # type: ignore[arg-type]
    axis = int(axis_value)
    at_least_rank(params, axis + 1 if axis >= 0 else -axis)
    if params is None or indices is None:
        return [None]
    at = axis % len(params)
    batch = op.attrs["batch_dims"] % (len(indices) + 1) if op.attrs["batch_dims"] else 0
    return [(*params[:at], *indices[batch:], *params[at + 1 :])]


def _gather_gradient(op: Operation, dy: Tensor) -> list[Any]:
    params, indices, axis = op.inputs
    known = static_value(axis)
    if op.attrs["batch_dims"]:
        raise LookupError("the gradient of GatherV2 with batch_dims is not defined")
    if known is not None and int(known) == 0:
        return [rows_gradient(params, indices, dy), None, None]
    if known is None or params.static_shape is None or indices.static_shape is None:
        raise LookupError("the gradient of GatherV2 needs known ranks and a known axis")
    return [_inner_gradient(params, indices, int(known), dy), None, None]


def rows_gradient(params: Tensor, indices: Tensor, dy: Tensor) -> IndexedSlices:
    """The gradient of rows picked from `params`: slices at those rows."""
    shape = raw.Shape(params, out_type="int64")
    shape = raw.Cast(shape, DstT="int32")
    count = raw.ExpandDims(raw.Size(indices), 0)
    rows = raw.Reshape(dy, raw.ConcatV2([count, shape[1:]], 0))
    return IndexedSlices(rows, raw.Reshape(indices, count), shape)


def _inner_gradient(params: Tensor, indices: Tensor, axis: int, dy: Tensor) -> Tensor:
    """Sums the parts of dy by index: the axes of the indices come first, as one."""
    shape, rank = params.static_shape, len(params.static_shape or ())
    assert shape is not None
    axis %= rank
    k = len(indices.static_shape or ())
    outer, mine = list(range(axis)), list(range(axis, axis + k))
    inner = list(range(axis + k, rank - 1 + k))
    front = raw.Transpose(dy, np.array(mine + outer + inner, np.int32))
    whole = raw.Shape(params)
    rest = raw.ConcatV2([[-1], whole[:axis], whole[axis + 1 :]], 0)
    flat = raw.Reshape(front, rest)
    summed = raw.UnsortedSegmentSum(flat, raw.Reshape(indices, [-1]), whole[axis])
    back = [*range(1, axis + 1), 0, *range(axis + 1, rank)]
    result: Tensor = raw.Transpose(summed, np.array(back, np.int32))
    result.set_shape(shape)
    return result


gather_op = define(
    "GatherV2",
    "params: Tparams, indices: Tindices, axis: Taxis -> output: Tparams",
    batch_dims=0, Tindices=types((int16, *INDEX)), Taxis=types(INDEX),
    shape=_gather_shape, gradient=_gather_gradient,
    doc="The slices of `params` at `indices` along an axis.",
)  # fmt: skip


@gather_op.kernel("CPU")
def _(
    params: np.ndarray, indices: np.ndarray, axis: np.ndarray, batch_dims: int
) -> np.ndarray:
    n, at = params.ndim, int(axis)
    if n == 0:
        invalid("params must be at least 1 dimensional")
    if not -n <= at < n:
        invalid(f"Expected axis in the range [{-n}, {n}), but got {at}")
    at %= n
    check_indices(indices, params.shape[at])
    if not batch_dims:
        return params[(builtin_slices(at)) + (indices, ...)]
    return _gather_batches(params, indices, at, batch_dims % (indices.ndim + 1))


def builtin_slices(count: int) -> tuple[slice, ...]:
    """`:` as often as needed."""
    return (slice(None),) * count


def _gather_batches(
    params: np.ndarray, indices: np.ndarray, axis: int, batch: int
) -> np.ndarray:
    lead = indices.shape[:batch]
    if params.shape[:batch] != lead:
        invalid(
            f"params.shape[:{batch}] {format_list(params.shape[:batch])} should match "
            f"indices.shape[:{batch}] {format_list(lead)}"
        )
    shape = params.shape[:axis] + indices.shape[batch:] + params.shape[axis + 1 :]
    output = np.empty(shape, params.dtype)
    inner = builtin_slices(axis - batch)
    for where in np.ndindex(*lead):
        output[where] = params[where][inner + (indices[where], ...)]
    return output


old_gather_op = define(
    "Gather", "params: Tparams, indices: Tindices -> output: Tparams",
    validate_indices=True, Tindices=types(INDEX),
    shape=lambda op: [_rows_shape(op)],
    gradient=lambda op, dy: [rows_gradient(op.inputs[0], op.inputs[1], dy), None],
    doc="The rows of `params` at `indices`; the form before GatherV2.",
)  # fmt: skip


def _rows_shape(op: Operation) -> Shape:
    params, indices = (
        at_least_rank(op.inputs[0].static_shape, 1),
        op.inputs[1].static_shape,
    )
    if params is None or indices is None:
        return None
    return (*indices, *params[1:])


@old_gather_op.kernel("CPU")
def _(params: np.ndarray, indices: np.ndarray) -> np.ndarray:
    check_indices(indices, params.shape[0])
    return params[indices, ...]


def gather(
    params: Any,
    indices: Any,
    validate_indices: bool | None = None,
    name: str | None = None,
    axis: Any = 0,
) -> Tensor:
    """The slices of `params` at `indices` along an axis.

    Args:
        params: a tensor of any dtype, or a variable.
        indices: int32 or int64, any shape, in `[0, params.shape[axis])`.
        validate_indices: ignored; indices are always checked.
        name: the node's name.
        axis: which dimension the indices count.

    Returns:
        A tensor of that dtype,
        `params.shape[:axis] + indices.shape + params.shape[axis + 1:]`.

    Raises:
        InvalidArgumentError: when it runs and an index is out of range.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.gather([10, 20, 30], [2, 0]))
        array([30, 10], dtype=int32)
    """
    del validate_indices
    # A resource variable reads only the rows that are wanted.
    sparse_read = getattr(params, "sparse_read", None)
    if sparse_read is not None and isinstance(axis, int) and axis == 0:
        try:
            tensor: Tensor = sparse_read(indices, name=name)
            return tensor
        except AttributeError:
            pass
    result: Tensor = raw.GatherV2(params, indices, axis, name=name)
    return result


def batch_gather(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """`gather` within each element of a batch.

    Args:
        params: a tensor of any dtype, `[batch..., n, ...]`.
        indices: int32 or int64, `[batch..., k]`.
        name: of the scope.

    Returns:
        A tensor of that dtype, `[batch..., k, ...]`.

    Raises:
        ValueError: the rank of `indices` is unknown or 0.
    """
    with op_scope(name, "BatchGather", params, indices):
        x = convert(params, None, "params")
        at = convert(indices, None, "indices")
        shape = at.static_shape
        if shape is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        if not shape:
            raise ValueError("batch_gather needs indices of rank 1 or more.")
        axis = len(shape) - 1
        result: Tensor = raw.GatherV2(x, at, axis, batch_dims=axis)
        return result


def _gather_nd_shape(op: Operation) -> list[Shape]:
    params, indices = op.inputs[0].static_shape, op.inputs[1].static_shape
    at_least_rank(indices, 1)
    if params is None or indices is None or indices[-1] is None:
        return [None]
    depth = indices[-1]
    if depth > len(params):
        raise ValueError(
            "indices.shape[-1] must be <= params.rank, but saw indices shape: "
            f"{format_list(indices)} and params shape: {format_list(params)}"
        )
    return [(*indices[:-1], *params[depth:])]


def _gather_nd_gradient(op: Operation, dy: Tensor) -> list[Any]:
    params, indices = op.inputs
    shape = raw.Shape(params, out_type=indices.dtype.base_dtype)
    known = indices.static_shape
    if known is not None and len(known) == 2 and known[-1] == 1:
        rows = raw.Squeeze(indices, squeeze_dims=[-1])
        return [IndexedSlices(dy, rows, shape), None]
    return [raw.ScatterNd(indices, dy, shape), None]


gather_nd_op = define(
    "GatherNd", "params: Tparams, indices: Tindices -> output: Tparams",
    Tindices=types((int16, *INDEX)), bad_indices_policy="",
    shape=_gather_nd_shape, gradient=_gather_nd_gradient,
    doc="The parts of `params` at multi-dimensional indices.",
)  # fmt: skip


def nd_index(indices: np.ndarray, shape: tuple[int, ...], what: str) -> tuple[Any, ...]:
    """The last dimension of `indices` as a tuple of index arrays.

    Args:
        indices: integers, `[..., depth]`.
        shape: of the tensor that is indexed.
        what: the tensor's name in the message.

    Raises:
        InvalidArgumentError: one is out of range.
    """
    columns = tuple(indices[..., i] for i in range(indices.shape[-1]))
    if not all(
        column.min(initial=0) >= 0 and column.max(initial=-1) < limit
        for column, limit in zip(columns, shape, strict=False)
    ):
        limits = np.array(shape[: len(columns)], np.int64)
        bad = ((indices < 0) | (indices >= limits)).any(axis=-1)
        where = np.unravel_index(int(np.argmax(bad)), bad.shape)
        place = f"[{','.join(str(int(i)) for i in where)}]" if where else ""
        found = ", ".join(map(str, indices[where].tolist()))
        where_to = f"{what} {format_list(shape)}"
        invalid(f"indices{place} = [{found}] does not index into {where_to}")
    return columns


@gather_nd_op.kernel("CPU")
def _(params: np.ndarray, indices: np.ndarray) -> np.ndarray:
    if indices.ndim < 1:
        invalid("indices must be at least a vector")
    depth = indices.shape[-1]
    if depth > params.ndim:
        invalid(
            "index innermost dimension length must be <= params rank; saw: "
            f"{depth} vs. {params.ndim}"
        )
    if params.size == 0 and indices.size and not all(params.shape[:depth]):
        invalid(
            "Requested more than 0 entries, but params is empty.  Params shape: "
            f"{format_list(params.shape)}"
        )
    if depth == 0:
        shape = indices.shape[:-1] + params.shape
        return np.broadcast_to(params, shape)
    index = nd_index(indices, params.shape, "param shape")
    if not params.size or not params.flags.c_contiguous:
        return params[(*index, ...)]
    place = index[0].astype(np.int64)
    for column, size in zip(index[1:], params.shape[1:], strict=False):
        place *= size
        place += column
    # All are inside, so that numpy need not look again.
    parts = params.reshape(-1, *params.shape[depth:]).take(place, 0, mode="clip")
    return np.asarray(parts)


def gather_nd(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """The parts of `params` at indices that count several dimensions at once.

    Args:
        params: a tensor of any dtype.
        indices: int32 or int64, `[..., k]`, each row an index into the first k
            dimensions of `params`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `indices.shape[:-1] + params.shape[k:]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.gather_nd([[1, 2], [3, 4]], [[0, 1], [1, 0]]))
        array([2, 3], dtype=int32)
    """
    result: Tensor = raw.GatherNd(params, indices, name=name)
    return result


def check_updates(indices: Shape, updates: Shape, output: Shape) -> None:
    """Hold the shapes of indices and updates to that of what they change.

    Raises:
        ValueError: they do not fit.
    """
    if indices is None or updates is None:
        return
    outer = len(indices) - 1
    try:
        for i in range(outer):
            merge_dims(indices[i], updates[i])
    except (ValueError, IndexError):
        raise ValueError(
            f"Dimensions [0,{outer}) of indices[shape={format_list(indices)}] must "
            f"match dimensions [0,{outer}) of updates[shape={format_list(updates)}]"
        ) from None
    depth = indices[-1]
    if output is None or depth is None:
        return
    if depth > len(output) or (
        len(output) - depth != len(updates) - outer
        or any(
            a is not None and b is not None and a != b
            for a, b in zip(output[depth:], updates[outer:], strict=True)
        )
    ):
        raise ValueError(
            f"Dimensions [{depth},{len(output)}) of input[shape={format_list(output)}] "
            f"must match dimensions [{outer},{len(updates)}) of "
            f"updates[shape={format_list(updates)}]"
        )


def _scatter_nd_shape(op: Operation) -> list[Shape]:
    indices, updates, vector = op.inputs
    output = static_shape_value(vector)
    check_updates(indices.static_shape, updates.static_shape, output)
    return [output]


scatter_nd_op = define(
    "ScatterNd", "indices: Tindices, updates: T, shape: Tindices -> output: T",
    Tindices=types((int16, *INDEX)), bad_indices_policy="",
    shape_rule=_scatter_nd_shape,
    gradient=lambda op, dy: [None, raw.GatherNd(dy, op.inputs[0]), None],
    doc="Zeros of `shape` with `updates` added at `indices`.",
)  # fmt: skip


def add_at(output: np.ndarray, indices: np.ndarray, updates: np.ndarray) -> None:
    """Add `updates` to `output` where `indices` says, in place."""
    try:
        check_updates(indices.shape, updates.shape, output.shape)
    except ValueError as error:
        invalid(str(error))
    index = (*nd_index(indices, output.shape, "shape"), ...)
    if output.dtype.kind in "bO":  # nothing to add: True or a text overwrites
        output[index] = updates
    else:
        np.add.at(output, index, updates)


@scatter_nd_op.kernel("CPU")
def _(indices: np.ndarray, updates: np.ndarray, shape: np.ndarray) -> np.ndarray:
    zero: Any = b"" if updates.dtype == object else 0
    output = np.full(tuple(shape.tolist()), zero, updates.dtype)
    if output.size == 0 and updates.size:
        invalid("Indices and updates specified for empty output")
    add_at(output, indices, updates)
    return output


def scatter_nd(
    indices: Any, updates: Any, shape: Any, name: str | None = None
) -> Tensor:
    """Zeros of `shape` with `updates` put in; those with one index are added.

    Args:
        indices: int32 or int64, `[..., k]`.
        updates: any dtype, `indices.shape[:-1] + shape[k:]`.
        shape: the indices' dtype, `[rank]`.
        name: the node's name.

    Returns:
        A tensor of the updates' dtype, `[shape]`.
    """
    result: Tensor = raw.ScatterNd(indices, updates, shape, name=name)
    return result


non_aliasing_op = define(
    "ScatterNdNonAliasingAdd", "input: T, indices: Tindices, updates: T -> output: T",
    T=types((*NUMERIC, bool_type)), Tindices=types(INDEX), bad_indices_policy="",
    shape=same, gradient=lambda op, dy: [dy, None, raw.GatherNd(dy, op.inputs[1])],
    doc="`input` with `updates` added at `indices`.",
)  # fmt: skip


@non_aliasing_op.kernel("CPU")
def _(input: np.ndarray, indices: np.ndarray, updates: np.ndarray) -> np.ndarray:
    output = np.array(input)
    add_at(output, indices, updates)
    return output
