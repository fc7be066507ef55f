"""Sparse tensors in another order or shape, cut, joined and filled up.

Read next: `sparse_reduce.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import (
    constant_value,
    static_shape_value,
    static_value,
)
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import NUMERIC, bool as bool_type, int64
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import merge_dims
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import sparse
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.check import assert_less_equal
from interactive_graphs.ops.control_flow import with_dependencies
from interactive_graphs.ops.sparse_ops import as_sparse


def _rank_of(vector: Tensor) -> int | None:
    shape = vector.static_shape
    return None if shape is None else shape[0]


# -- order ----------------------------------------------------------------------------


def _reorder_gradient(op: Operation, *dys: Any) -> list[Any]:
    indices, _, shape = op.inputs
    numbers = raw.Range(0, raw.Shape(indices)[0], 1)
    _, order = raw.SparseReorder(indices, numbers, shape)
    return [None, raw.GatherV2(dys[1], raw.InvertPermutation(order), 0), None]


reorder_op = define(
    "SparseReorder",
    "input_indices: int64, input_values: T, input_shape: int64 -> "
    "output_indices: int64, output_values: T",
    shape=lambda op: [op.inputs[0].static_shape, op.inputs[1].static_shape],
    gradient=_reorder_gradient, doc="The values in row-major order.",
)  # fmt: skip


@reorder_op.kernel("CPU")
def _(
    input_indices: np.ndarray,
    input_values: np.ndarray,
    input_shape: np.ndarray,  # the order needs the indices only
) -> list[np.ndarray]:
    order = sparse.row_major(input_indices)
    return [input_indices[order], input_values[order]]


def sparse_reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """A SparseTensor with its values in row-major order, as most ops want them.

    Args:
        sp_input: a SparseTensor.
        name: the node's name.

    Returns:
        A SparseTensor of the same value.
    """
    sp = as_sparse(sp_input)
    parts = raw.SparseReorder(sp.indices, sp.values, sp.dense_shape, name=name)
    return SparseTensor(parts[0], parts[1], raw.Identity(sp.dense_shape))


def sparse_transpose(
    sp_input: Any, perm: Any = None, name: str | None = None
) -> SparseTensor:
    """A SparseTensor with its axes in another order.

    Args:
        sp_input: a SparseTensor.
        perm: int32, `[rank]`; all axes reversed when None.
        name: of the scope.

    Returns:
        A SparseTensor in row-major order.
    """
    sp = as_sparse(sp_input)
    with op_scope(name, "SparseTranspose", sp) as scope:
        known = static_shape_value(sp.dense_shape)
        if perm is None and known is not None:
            perm = np.arange(len(known), dtype=np.int32)[::-1]
        elif perm is None:
            rank = raw.Size(sp.dense_shape)
            perm = (rank - 1) - raw.Range(0, rank, 1)
        axes = convert(perm, None, "perm")
        indices = raw.GatherV2(sp.indices, axes, 1)
        indices.set_shape(sp.indices.static_shape)
        order = static_value(axes)
        if order is None or known is None or None in known:
            shape = raw.GatherV2(sp.dense_shape, axes, 0)
        else:
            shape = convert(np.array([known[i] for i in order.tolist()], np.int64))
        return sparse_reorder(SparseTensor(indices, sp.values, shape), scope)


# -- shape ----------------------------------------------------------------------------


def _reshape_shape(op: Operation) -> list[Shape]:
    rank = _rank_of(op.inputs[2])
    return [(_rank_of(op.inputs[0]), rank), (rank,)]


reshape_op = define(
    "SparseReshape",
    "input_indices: int64, input_shape: int64, new_shape: int64 -> "
    "output_indices: int64, output_shape: int64",
    shape=_reshape_shape, gradient=None,
    doc="The indices of the same elements in another shape.",
)  # fmt: skip


@reshape_op.kernel("CPU")
def _(
    input_indices: np.ndarray, input_shape: np.ndarray, new_shape: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return sparse.reshape(input_indices, input_shape, new_shape)


def _checked_shape(old: Shape, new: np.ndarray) -> np.ndarray:
    """The new shape with its -1 worked out.

    Raises:
        ValueError: the number of elements does not fit.
    """
    free = np.flatnonzero(new == -1)
    if free.size > 1:
        raise ValueError(f"At most one dimension can be inferred (-1). Found: {new}")
    if old is None or None in old:
        return new
    total = int(np.prod(old, dtype=np.int64))  # type: ignore[arg-type]
    known = int(np.prod(new[new != -1]))
    if (free.size and (known == 0 or total % known)) or (
        not free.size and known != total
    ):
        dims = [None if d == -1 else int(d) for d in new]
        raise ValueError(
            f"Cannot reshape a tensor with {total} elements to shape {dims} ({known} "
            "elements)."
        )
    return np.where(new == -1, total // known if known else 0, new)


def sparse_reshape(sp_input: Any, shape: Any, name: str | None = None) -> SparseTensor:
    """The same values in another dense shape.

    Args:
        sp_input: a SparseTensor.
        shape: int64, `[new rank]`; one entry may be -1, which is worked out.
        name: the node's name.

    Returns:
        A SparseTensor of that shape.

    Raises:
        ValueError: the number of elements is known and does not fit.
    """
    sp = as_sparse(sp_input)
    with op_scope(name, "SparseReshape", sp) as scope:
        wanted = convert(shape, int64)
        known = static_value(wanted)
        if known is not None:
            known = _checked_shape(sp.get_shape().static, known)
        indices, new_shape = raw.SparseReshape(
            sp.indices, sp.dense_shape, wanted, name=scope
        )
        if known is not None and (known >= 0).all():
            new_shape = convert(known)
        return SparseTensor(indices, raw.Identity(sp.values), new_shape)


def sparse_reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """A SparseTensor with its dense shape made larger, or as small as can be.

    Args:
        sp_input: a SparseTensor.
        new_shape: int64, `[rank]`, at least the old one; the smallest when None.

    Returns:
        A SparseTensor of the same indices and values.

    Raises:
        ValueError: the rank differs, or a dimension is known to be smaller.
    """
    sp = as_sparse(sp_input)
    indices, values = raw.Identity(sp.indices), raw.Identity(sp.values)
    if new_shape is None:
        ends = raw.Max(indices, [0]) + convert(1, int64)
        dense_shape = raw.Maximum(convert(0, int64), ends)
        return SparseTensor(indices, values, dense_shape)
    wanted = convert(new_shape, int64)
    merge_dims(_rank_of(wanted), _rank_of(sp.dense_shape))
    old, new = constant_value(sp.dense_shape), constant_value(wanted)
    if old is not None and new is not None:
        if (new < old).any():
            raise ValueError(
                "Requested new_shape should have dimension sizes >= sp_input.shape.  "
                f"Found new_shape ({old}), sp_input.shape ({new})."
            )
        return SparseTensor(indices, values, wanted)
    check = assert_less_equal(sp.dense_shape, wanted)
    return SparseTensor(indices, values, with_dependencies([check], wanted))


# -- parts ----------------------------------------------------------------------------


def _slice_gradient(op: Operation, *dys: Any) -> list[Any]:
    indices, _, _, start, _ = op.inputs
    values = raw.SparseSliceGrad(dys[1], indices, start, op.outputs[0])
    return [None, values, None, None, None]


slice_op = define(
    "SparseSlice",
    "indices: int64, values: T, shape: int64, start: int64, size: int64 -> "
    "output_indices: int64, output_values: T, output_shape: int64",
    shape_rule=lambda op: [
        (None, _rank_of(op.inputs[2])), (None,), (_rank_of(op.inputs[2]),)
    ],
    gradient=_slice_gradient, doc="A part of a sparse tensor.",
)  # fmt: skip


@slice_op.kernel("CPU")
def _(
    indices: np.ndarray,
    values: np.ndarray,
    shape: np.ndarray,
    start: np.ndarray,
    size: np.ndarray,
) -> list[np.ndarray]:
    return sparse.slice_part(indices, values, shape, start, size)


slice_grad_op = define(
    "SparseSliceGrad",
    "backprop_val_grad: T, input_indices: int64, input_start: int64, "
    "output_indices: int64 -> val_grad: T",
    T=types(NUMERIC), shape=lambda op: [(_rank_of(op.inputs[1]),)], gradient=None,
    doc="The gradient of SparseSlice.",
)  # fmt: skip


@slice_grad_op.kernel("CPU")
def _(
    backprop_val_grad: np.ndarray,
    input_indices: np.ndarray,
    input_start: np.ndarray,
    output_indices: np.ndarray,
) -> np.ndarray:
    where = sparse.positions(input_indices - input_start, output_indices)
    return sparse.picked(backprop_val_grad, where)


def sparse_slice(
    sp_input: Any, start: Any, size: Any, name: str | None = None
) -> SparseTensor:
    """The part of a sparse tensor that starts at `start` and has at most `size`.

    Args:
        sp_input: a SparseTensor.
        start: int64, `[rank]`.
        size: int64, `[rank]`; what reaches beyond the end is cut off.
        name: the node's name.

    Returns:
        A SparseTensor.
    """
    sp = as_sparse(sp_input)
    with op_scope(name, "SparseSlice", sp) as scope:
        first, extent = convert(start, int64), convert(size, int64)
        parts = raw.SparseSlice(
            sp.indices, sp.values, sp.dense_shape, first, extent, name=scope
        )
        return SparseTensor(*parts)


def sparse_retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """A SparseTensor with some of its values only.

    Args:
        sp_input: a SparseTensor with n values.
        to_retain: bool, `[n]`, which to keep.

    Returns:
        A SparseTensor of the same shape.
    """
    sp = as_sparse(sp_input)
    keep = convert(to_retain, bool_type)
    count, values = keep.static_shape, sp.values.static_shape
    if count and values and None not in (count[0], values[0]) and count != values:
        raise ValueError(f"Dimensions {values[0]} and {count[0]} are not compatible")
    where = raw.Reshape(raw.Where(keep), [-1])
    return SparseTensor(
        raw.GatherV2(sp.indices, where, 0),
        raw.GatherV2(sp.values, where, 0),
        raw.Identity(sp.dense_shape),
    )


def _split_shape(op: Operation) -> list[Shape]:
    rank = _rank_of(op.inputs[3])
    n = op.attrs["num_split"]
    one: list[Shape] = [(None, rank), (None,), (rank,)]
    return [shape for shape in one for _ in range(n)]


split_op = define(
    "SparseSplit",
    "split_dim: int64, indices: int64, values: T, shape: int64 -> "
    "output_indices: num_split * int64, output_values: num_split * T, "
    "output_shape: num_split * int64",
    num_split=Attr("int", minimum=1), shape_rule=_split_shape,
    doc="A sparse tensor cut into parts along a dimension.",
)  # fmt: skip


@split_op.kernel("CPU")
def _(
    split_dim: np.ndarray,
    indices: np.ndarray,
    values: np.ndarray,
    shape: np.ndarray,
    num_split: int,
) -> list[np.ndarray]:
    parts = sparse.split(int(split_dim), indices, values, shape, num_split)
    return [array for group in parts for array in group]


def sparse_split(
    keyword_required: Any = None,
    sp_input: Any = None,
    num_split: int | None = None,
    axis: Any = None,
    name: str | None = None,
    split_dim: Any = None,
) -> list[SparseTensor]:
    """A sparse tensor cut into parts along a dimension; name all arguments.

    Args:
        keyword_required: not to be given: the order of arguments once changed.
        sp_input: a SparseTensor.
        num_split: how many parts; the first ones are longer if it does not divide.
        axis: the dimension.
        name: the node's name.
        split_dim: the deprecated name of `axis`.

    Returns:
        A list of SparseTensors.

    Raises:
        ValueError: an argument is missing or not named.
    """
    if keyword_required is not None:
        raise ValueError("Keyword arguments are required for this function.")
    if sp_input is None:
        raise ValueError("sp_input is required")
    if num_split is None:
        raise ValueError("num_split is required")
    axis = split_dim if axis is None else axis
    if axis is None:
        raise ValueError("axis is required")
    sp = as_sparse(sp_input)
    flat = raw.SparseSplit(
        axis, sp.indices, sp.values, sp.dense_shape, num_split=num_split, name=name
    )
    parts = [flat[i : i + num_split] for i in range(0, 3 * num_split, num_split)]
    return [SparseTensor(*part) for part in zip(*parts, strict=True)]


# -- joined ---------------------------------------------------------------------------


def _concat_shape(op: Operation) -> list[Shape]:
    n = op.attrs["N"]
    rank: int | None = None
    for vector in op.inputs[2 * n :]:
        rank = merge_dims(rank, _rank_of(vector))
    for rows in op.inputs[:n]:
        shape = rows.static_shape
        rank = merge_dims(rank, None if shape is None else shape[1])
    counts = [_rank_of(values) for values in op.inputs[n : 2 * n]]
    total = None if None in counts else sum(c for c in counts if c is not None)
    return [(total, rank), (total,), (rank,)]


concat_op = define(
    "SparseConcat",
    "indices: N * int64, values: N * T, shapes: N * int64 -> "
    "output_indices: int64, output_values: T, output_shape: int64",
    N=Attr("int", minimum=2), concat_dim=Attr("int"), shape=_concat_shape,
    gradient=None, doc="Sparse tensors joined along a dimension.",
)  # fmt: skip


@concat_op.kernel("CPU")
def _(
    indices: list[np.ndarray],
    values: list[np.ndarray],
    shapes: list[np.ndarray],
    concat_dim: int,
) -> list[np.ndarray]:
    return sparse.concat(indices, values, shapes, concat_dim)


def sparse_concat(
    axis: Any,
    sp_inputs: Any,
    name: str | None = None,
    expand_nonconcat_dim: bool = False,
    concat_dim: Any = None,
) -> SparseTensor:
    """Sparse tensors joined along a dimension.

    Args:
        axis: the dimension, an int.
        sp_inputs: a list of SparseTensors of one dtype and rank.
        name: the node's name.
        expand_nonconcat_dim: whether other dimensions are made as long as the longest;
            else they must be equal.
        concat_dim: the deprecated name of `axis`.

    Returns:
        A SparseTensor in row-major order.
    """
    axis = axis if concat_dim is None else concat_dim
    inputs = [as_sparse(sp) for sp in sp_inputs]
    if len(inputs) == 1:
        return inputs[0]
    shapes: list[Any] = [raw.Cast(sp.dense_shape, DstT=int64) for sp in inputs]
    known = [static_shape_value(sp.dense_shape) for sp in inputs]
    if expand_nonconcat_dim:
        largest = raw.Max(raw.Pack(shapes), [0])
        shapes = [_with_entry(largest, axis, own) for own in shapes]
    parts = raw.SparseConcat(
        [sp.indices for sp in inputs],
        [sp.values for sp in inputs],
        shapes,
        concat_dim=axis,
        name=name,
    )
    result_shape = _joined_shape(known, axis, expand_nonconcat_dim)
    if result_shape is not None:
        parts[2] = with_dependencies([parts[2]], convert(result_shape))
    return SparseTensor(*parts)


def _with_entry(shape: Any, axis: int, own: Any) -> Any:
    """`shape` with the entry `axis` of `own`."""
    pieces = [shape[:axis], own[axis : axis + 1 if axis != -1 else None]]
    if axis != -1:
        pieces.append(shape[axis + 1 :])
    return raw.ConcatV2(pieces, 0)


def _joined_shape(known: list[Shape], axis: int, expand: bool) -> Any:
    """The joined shape as an array where all shapes are known and fit, else None."""
    if any(s is None or None in s for s in known):
        return None
    rows: Any = known
    if len({len(s) for s in rows}) > 1 or not -len(rows[0]) <= axis < len(rows[0]):
        return None
    table = np.array(rows, np.int64)
    joined = table.max(axis=0)
    others = np.delete(table, axis, axis=1)
    if not expand and (others != others[0]).any():
        return None
    joined[axis] = table[:, axis].sum()
    return joined


# -- empty rows -----------------------------------------------------------------------


def _fill_shape(op: Operation) -> list[Shape]:
    rank, count = _rank_of(op.inputs[2]), _rank_of(op.inputs[1])
    shape = static_shape_value(op.inputs[2])
    rows = shape[0] if shape else None
    return [(None, rank), (None,), (rows,), (count,)]


def _fill_gradient(op: Operation, *dys: Any) -> list[Any]:
    values, default = raw.SparseFillEmptyRowsGrad(op.outputs[3], dys[1])
    return [None, values, None, default]


fill_op = define(
    "SparseFillEmptyRows",
    "indices: int64, values: T, dense_shape: int64, default_value: T -> "
    "output_indices: int64, output_values: T, empty_row_indicator: bool, "
    "reverse_index_map: int64",
    shape=_fill_shape, gradient=_fill_gradient,
    doc="A sparse tensor with a value in each row that had none.",
)  # fmt: skip


@fill_op.kernel("CPU")
def _(
    indices: np.ndarray,
    values: np.ndarray,
    dense_shape: np.ndarray,
    default_value: np.ndarray,
) -> list[np.ndarray]:
    return sparse.fill_empty_rows(indices, values, dense_shape, default_value)


fill_grad_op = define(
    "SparseFillEmptyRowsGrad",
    "reverse_index_map: int64, grad_values: T -> d_values: T, d_default_value: T",
    shape=lambda op: [op.inputs[0].static_shape, ()], gradient=None,
    doc="The gradient of SparseFillEmptyRows.",
)  # fmt: skip


@fill_grad_op.kernel("CPU")
def _(reverse_index_map: np.ndarray, grad_values: np.ndarray) -> list[Any]:
    new = np.ones(len(grad_values), bool)
    new[reverse_index_map] = False
    rest = grad_values[new].sum(dtype=grad_values.dtype)
    return [grad_values[reverse_index_map], rest]


def sparse_fill_empty_rows(
    sp_input: Any, default_value: Any, name: str | None = None
) -> tuple[SparseTensor, Tensor]:
    """A sparse tensor with a value in each row that had none.

    Args:
        sp_input: a SparseTensor, `[n, ...]`.
        default_value: a scalar of its dtype.
        name: the node's name.

    Returns:
        (the SparseTensor, which rows were empty: bool, `[n]`).
    """
    sp = as_sparse(sp_input)
    with op_scope(name, "SparseFillEmptyRows", sp):
        default = convert(default_value, sp.values.dtype.base_dtype)
        indices, values, empty, _ = raw.SparseFillEmptyRows(
            sp.indices, sp.values, sp.dense_shape, default
        )
        return SparseTensor(indices, values, sp.dense_shape), empty
