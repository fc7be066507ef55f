"""Sparse tensors combined along axes, and with each other.

`sparse_reduce_sum`, `sparse_reduce_max`, `sparse_softmax`, `sparse_maximum`.
Read next: `sparse_ops.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_shape_value, static_value
from interactive_graphs.framework.dtypes import (
    NUMERIC,
    REAL,
    float16,
    float32,
    float64,
    int32,
    int64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import same_as
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import sparse
from interactive_graphs.ops._arguments import one_of
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.sparse_ops import as_sparse

_INPUTS = "input_indices: int64, input_values: T, input_shape: int64"


def _reduced_shape(op: Operation) -> list[Shape]:
    shape, axes = static_shape_value(op.inputs[2]), static_value(op.inputs[3])
    if shape is None or axes is None:
        return [None]
    rank = len(shape)
    if any(not -rank <= a < rank for a in axes.reshape(-1).tolist()):
        return [None]  # the kernel has the words for it
    dropped = {a % rank for a in axes.reshape(-1).tolist()}
    if op.attrs["keep_dims"]:
        return [tuple(1 if i in dropped else d for i, d in enumerate(shape))]
    return [tuple(d for i, d in enumerate(shape) if i not in dropped)]


def _sum_gradient(op: Operation, dy: Tensor) -> list[Any]:
    indices, _, shape, axes = op.inputs
    rank = raw.Size(shape)
    dropped = raw.FloorMod(raw.Reshape(axes, [-1]) + rank, rank)
    ones = raw.Fill(raw.Shape(dropped), np.array(1, np.int32))
    dims = raw.Cast(shape, DstT=int32)
    kept = raw.DynamicStitch([raw.Range(0, rank, 1), dropped], [dims, ones])
    scale = raw.FloorDiv(shape, raw.Cast(kept, DstT=int64))
    values = raw.GatherNd(raw.Reshape(dy, kept), raw.FloorDiv(indices, scale))
    return [None, values, None, None]


def _define_reductions(kind: str, allowed: Any, how: Any, **gradient: Any) -> None:
    """SparseReduce<kind> and SparseReduce<kind>Sparse."""
    dense = define(
        f"SparseReduce{kind}", f"{_INPUTS}, reduction_axes: int32 -> output: T",
        T=types(allowed), keep_dims=False, shape=_reduced_shape,
        doc=f"The {kind.lower()} of values along axes, dense.", **gradient,
    )  # fmt: skip

    @dense.kernel("CPU")
    def _(
        input_indices: np.ndarray,
        input_values: np.ndarray,
        input_shape: np.ndarray,
        reduction_axes: np.ndarray,
        keep_dims: bool,
    ) -> np.ndarray:
        rows, values, dims = sparse.reduce(
            input_indices, input_values, input_shape, reduction_axes, keep_dims, how
        )
        output = np.zeros(dims, input_values.dtype)
        if len(rows):
            output[tuple(rows.T)] = values if dims else values[0]
        return output

    as_sparse_op = define(
        f"SparseReduce{kind}Sparse",
        f"{_INPUTS}, reduction_axes: int32 -> output_indices: int64, output_values: T, "
        "output_shape: int64",
        T=types(allowed), keep_dims=False,
        doc=f"The {kind.lower()} of values along axes, sparse.",
    )  # fmt: skip

    @as_sparse_op.kernel("CPU")
    def _(
        input_indices: np.ndarray,
        input_values: np.ndarray,
        input_shape: np.ndarray,
        reduction_axes: np.ndarray,
        keep_dims: bool,
    ) -> list[np.ndarray]:
        rows, values, dims = sparse.reduce(
            input_indices, input_values, input_shape, reduction_axes, keep_dims, how
        )
        return [rows, values, np.array(dims, np.int64)]


_define_reductions("Sum", NUMERIC, np.add, gradient=_sum_gradient)
_define_reductions("Max", REAL, np.maximum)


def _reduce(
    node: Any, sp_input: Any, axis: Any, keep: Any, deprecated: tuple[Any, Any]
) -> Any:
    """Call a reduction with its arguments under either name."""
    sp = as_sparse(sp_input)
    axis = one_of("axis", axis, "reduction_axes", deprecated[0])
    keep = one_of("keepdims", keep, "keep_dims", deprecated[1])
    if axis is None:
        rank = sp.dense_shape.static_shape
        if rank is not None and rank[0] is not None:
            axis = np.arange(rank[0], dtype=np.int32)
        else:
            axis = raw.Range(0, raw.Size(sp.dense_shape), 1)
    elif isinstance(axis, (list, tuple)) and not axis:
        axis = np.array([], np.int32)
    return node(sp.indices, sp.values, sp.dense_shape, axis, keep_dims=bool(keep))


def sparse_reduce_sum(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The sum of the values of a sparse tensor along axes.

    Args:
        sp_input: a SparseTensor of a numeric dtype.
        axis: the axes, ints; all when None.
        keepdims: whether the axes stay, 1 long.
        reduction_axes: the deprecated name of `axis`.
        keep_dims: the deprecated name of `keepdims`.

    Returns:
        A dense tensor of that dtype.
    """
    old = (reduction_axes, keep_dims)
    result: Tensor = _reduce(raw.SparseReduceSum, sp_input, axis, keepdims, old)
    return result


def sparse_reduce_sum_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """As `sparse_reduce_sum`, with a sparse result.

    Args:
        sp_input: a SparseTensor of a numeric dtype.
        axis: the axes, ints; all when None.
        keepdims: whether the axes stay, 1 long.
        reduction_axes: the deprecated name of `axis`.
        keep_dims: the deprecated name of `keepdims`.

    Returns:
        A SparseTensor of that dtype.
    """
    old = (reduction_axes, keep_dims)
    return SparseTensor(
        *_reduce(raw.SparseReduceSumSparse, sp_input, axis, keepdims, old)
    )


def sparse_reduce_max(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The largest value of a sparse tensor along axes, 0 where there is none.

    Places without a value do not count as zeros.

    Args:
        sp_input: a SparseTensor of a real dtype.
        axis: the axes, ints; all when None.
        keepdims: whether the axes stay, 1 long.
        reduction_axes: the deprecated name of `axis`.
        keep_dims: the deprecated name of `keepdims`.

    Returns:
        A dense tensor of that dtype.
    """
    old = (reduction_axes, keep_dims)
    result: Tensor = _reduce(raw.SparseReduceMax, sp_input, axis, keepdims, old)
    return result


def sparse_reduce_max_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """As `sparse_reduce_max`, with a sparse result.

    Args:
        sp_input: a SparseTensor of a real dtype.
        axis: the axes, ints; all when None.
        keepdims: whether the axes stay, 1 long.
        reduction_axes: the deprecated name of `axis`.
        keep_dims: the deprecated name of `keepdims`.

    Returns:
        A SparseTensor of that dtype.
    """
    old = (reduction_axes, keep_dims)
    return SparseTensor(
        *_reduce(raw.SparseReduceMaxSparse, sp_input, axis, keepdims, old)
    )


def _softmax_gradient(op: Operation, dy: Tensor) -> list[Any]:
    indices, _, shape = op.inputs
    y = op.outputs[0]
    last = np.array([-1], np.int32)
    total = raw.SparseReduceSum(indices, y * dy, shape, last, keep_dims=True)
    return [None, raw.SparseDenseCwiseAdd(indices, dy, shape, -total) * y, None]


softmax_op = define(
    "SparseSoftmax", "sp_indices: int64, sp_values: T, sp_shape: int64 -> output: T",
    T=types((float16, float32, float64)), shape=same_as(1), gradient=_softmax_gradient,
    doc="Softmax along the last dimension, of the values that are there.",
)  # fmt: skip


@softmax_op.kernel("CPU")
def _(
    sp_indices: np.ndarray, sp_values: np.ndarray, sp_shape: np.ndarray
) -> np.ndarray:
    return sparse.softmax(sp_indices, sp_values, sp_shape)


def sparse_softmax(sp_input: Any, name: str | None = None) -> SparseTensor:
    """Softmax along the last dimension, of the values that are there.

    Args:
        sp_input: a SparseTensor of a floating dtype, `[..., n]`.
        name: of the scope.

    Returns:
        A SparseTensor with the same indices.
    """
    sp = as_sparse(sp_input)
    with op_scope(name, "SparseSoftmax", sp):
        values = raw.SparseSoftmax(sp.indices, sp.values, sp.dense_shape)
        return SparseTensor(sp.indices, values, sp.dense_shape)


def _define_extreme(name: str, function: Any, allowed: Any) -> None:
    op = define(
        name,
        "a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, "
        "b_values: T, b_shape: int64 -> output_indices: int64, output_values: T",
        T=types(allowed), shape=lambda _: [(None, None), (None,)],
        doc="Element by element; a missing value counts as 0.",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(
        a_indices: np.ndarray,
        a_values: np.ndarray,
        a_shape: np.ndarray,
        b_indices: np.ndarray,
        b_values: np.ndarray,
        b_shape: np.ndarray,
    ) -> list[np.ndarray]:
        return sparse.elementwise(
            (a_indices, a_values, a_shape), (b_indices, b_values, b_shape), function
        )


_define_extreme("SparseSparseMaximum", np.maximum, REAL)
_define_extreme("SparseSparseMinimum", np.minimum, NUMERIC)


def _extreme(node: Any, default: str, a: Any, b: Any, name: str | None) -> SparseTensor:
    x, y = as_sparse(a), as_sparse(b)
    with op_scope(name, default, x, y) as scope:
        parts = node(
            x.indices, x.values, x.dense_shape, y.indices, y.values, y.dense_shape,
            name=scope,
        )  # fmt: skip
        return SparseTensor(parts[0], parts[1], x.dense_shape)


def sparse_maximum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """The larger of two sparse tensors, element by element; missing values are 0.

    Args:
        sp_a: a SparseTensor of a real dtype.
        sp_b: one of the same dtype and shape.
        name: of the scope.

    Returns:
        A SparseTensor with all places of both.
    """
    return _extreme(raw.SparseSparseMaximum, "SparseSparseMaximum", sp_a, sp_b, name)


def sparse_minimum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """The smaller of two sparse tensors, element by element; missing values are 0.

    Args:
        sp_a: a SparseTensor of a numeric dtype.
        sp_b: one of the same dtype and shape.
        name: of the scope.

    Returns:
        A SparseTensor with all places of both.
    """
    return _extreme(raw.SparseSparseMinimum, "SparseSparseMinimum", sp_a, sp_b, name)
