"""Elements picked by index, and put back by index: `gather`, `gather_nd`, `scatter_nd`.

Read next: `select.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.dtypes import (
    INDEX,
    int16,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import (
    at_least_rank,
    with_rank,
)
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.ops.shape import invalid


def check_indices(indices: np.ndarray, limit: int, axes: int = 0) -> None:
    """Fail as TF1 does where an index is not in `[0, limit)`.

    Args:
        indices: integers of any shape.
        limit: how long the indexed dimension is.
        axes: how many leading dimensions the message leaves out.

    Raises:
        InvalidArgumentError: one is out of range.
    """
    bad = (indices < 0) | (indices >= limit)
    if not bad.any():
        return
    where = np.unravel_index(int(np.argmax(bad)), indices.shape)
    place = f"[{','.join(str(int(i)) for i in where[axes:])}]" if where else ""
    invalid(f"indices{place} = {indices[where]} is not in [0, {limit})")


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
    if not -n <= at < n:
        invalid(f"Expected axis in the range [{-n}, {n}), but got {at}")
    at %= n
    check_indices(np.asarray(indices), params.shape[at])
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
    check_indices(np.asarray(indices), params.shape[0])
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
