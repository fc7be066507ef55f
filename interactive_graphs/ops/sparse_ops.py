"""Sparse tensors to dense ones, their sums and products.

`sparse_to_dense`, `sparse_tensor_dense_matmul`, `sparse_add`, and `*` and `/` of a
sparse tensor by a dense one. The work is done in `kernels/cpu/sparse.py`. Read next:
`sparse_shape.py`, `sparse_reduce.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_shape_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    INDEX,
    NUMERIC,
    REAL,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    string,
    uint8,
    uint16,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef, define, types
from interactive_graphs.framework.shape_rules import merge_dims, same_as, with_rank
from interactive_graphs.framework.sparse import (
    IndexedSlices,
    SparseTensor,
    SparseTensorValue,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, merge
from interactive_graphs.kernels.cpu import sparse
from interactive_graphs.ops._arguments import one_of
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.elementwise import truncated_quotient


def as_sparse(value: Any) -> SparseTensor:
    """A SparseTensor, made of a SparseTensorValue where that is given.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        raise TypeError("Input must be a SparseTensor.")
    return value


# -- to dense -------------------------------------------------------------------------


def _to_dense_gradient(op: Operation, dy: Tensor) -> list[Any]:
    indices, _, values, _ = op.inputs
    where = indices
    rank = indices.static_shape
    if rank is not None and len(rank) < 2:
        where = raw.Reshape(indices, np.array([-1, 1], np.int32))
    picked = raw.GatherNd(dy, where)
    both = raw.Range(0, raw.Rank(dy), 1)
    rest = raw.Sum(dy, both) - raw.Sum(picked, [0])
    if values.static_shape == ():
        picked = raw.Sum(picked, [0])
    return [None, None, picked, rest]


sparse_to_dense_op = define(
    "SparseToDense",
    "sparse_indices: Tindices, output_shape: Tindices, sparse_values: T, "
    "default_value: T -> dense: T",
    Tindices=types(INDEX), validate_indices=True,
    shape=lambda op: [static_shape_value(op.inputs[1])], gradient=_to_dense_gradient,
    doc="A dense tensor of one value, with others put in at indices.",
)  # fmt: skip


@sparse_to_dense_op.kernel("CPU")
def _(
    sparse_indices: np.ndarray,
    output_shape: np.ndarray,
    sparse_values: np.ndarray,
    default_value: np.ndarray,
    validate_indices: bool,
) -> np.ndarray:
    return sparse.to_dense(
        np.asarray(sparse_indices),
        np.asarray(output_shape),
        np.asarray(sparse_values),
        default_value,
        validate_indices,
    )


def sparse_to_dense(
    sparse_indices: Any,
    output_shape: Any,
    sparse_values: Any,
    default_value: Any = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """A dense tensor of one value, with others put in at indices.

    Args:
        sparse_indices: int32 or int64, `[n, rank]`, or `[n]` or a scalar for rank 1.
        output_shape: the same dtype, `[rank]`.
        sparse_values: any dtype, `[n]` or a scalar.
        default_value: a scalar of that dtype.
        validate_indices: whether they must ascend without repetition.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[output_shape]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.sparse_to_dense([1, 3], [5], 1))
        array([0, 1, 0, 1, 0], dtype=int32)
    """
    result: Tensor = raw.SparseToDense(
        sparse_indices,
        output_shape,
        sparse_values,
        default_value,
        validate_indices=validate_indices,
        name=name,
    )
    return result


def sparse_tensor_to_dense(
    sp_input: Any,
    default_value: Any = None,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """A SparseTensor as a dense tensor.

    Args:
        sp_input: a SparseTensor.
        default_value: what stands where there is no value; 0 (or the empty string)
            when None.
        validate_indices: whether they must ascend without repetition.
        name: the node's name.

    Returns:
        A tensor of its dtype and dense shape.

    Raises:
        TypeError: the input is not sparse.
    """
    sp = as_sparse(sp_input)
    if default_value is None:
        default_value = b"" if sp.dtype is string else False if sp.dtype.is_bool else 0
    return sparse_to_dense(
        sp.indices, sp.dense_shape, sp.values, default_value, validate_indices, name
    )


def sparse_to_indicator(
    sp_input: Any, vocab_size: int, name: str | None = None
) -> Tensor:
    """For each row of ids a vector that is True at those ids.

    Args:
        sp_input: a SparseTensor of int32 or int64 ids.
        vocab_size: the length of each vector.
        name: of the scope.

    Returns:
        A bool tensor, `[..., vocab_size]`.
    """
    sp = as_sparse(sp_input)
    with op_scope(name, "SparseToIndicator", sp) as scope:
        truth = raw.Fill(raw.Shape(sp.values), True)
        merged = sparse_merge(
            sp, SparseTensor(sp.indices, truth, sp.dense_shape), vocab_size
        )
        result = sparse_tensor_to_dense(merged, False, False, scope)
        result.set_shape([*[None] * (len(result.static_shape or [0]) - 1), vocab_size])
        return result


def sparse_merge(
    sp_ids: Any,
    sp_values: Any,
    vocab_size: Any,
    name: str | None = None,
    already_sorted: bool = False,
) -> SparseTensor:
    """Ids and their values as one sparse tensor whose last index is the id.

    Args:
        sp_ids: a SparseTensor of int32 or int64 ids.
        sp_values: a SparseTensor of any dtype with the same indices.
        vocab_size: an int, more than any id.
        name: of the scope.
        already_sorted: whether the ids ascend in each row.

    Returns:
        A SparseTensor of the values' dtype, `[..., vocab_size]`.
    """
    ids, values = as_sparse(sp_ids), as_sparse(sp_values)
    with op_scope(name, "SparseMerge", ids, values):
        column = raw.ExpandDims(raw.Cast(ids.values, DstT=int64), 1)
        indices = raw.ConcatV2([ids.indices[:, :-1], column], 1)
        size = raw.Reshape(raw.Cast(convert(vocab_size), DstT=int64), [1])
        shape = raw.ConcatV2([ids.dense_shape[:-1], size], 0)
        if already_sorted:
            return SparseTensor(indices, values.values, shape)
        ordered = raw.SparseReorder(indices, values.values, shape)
        return SparseTensor(ordered[0], ordered[1], shape)


# -- products -------------------------------------------------------------------------


def _matmul_shape(op: Operation) -> list[Shape]:
    shape = static_shape_value(op.inputs[2])
    with_rank(op.inputs[0].static_shape, 2)
    rows, inner = with_rank(shape, 2) or (None, None)
    dense = with_rank(op.inputs[3].static_shape, 2)
    assert dense is not None
    left, columns = dense[::-1] if op.attrs["adjoint_b"] else dense
    if op.attrs["adjoint_a"]:
        rows, inner = inner, rows
    merge_dims(inner, left)
    return [(rows, columns)]


def _matmul_gradient(op: Operation, dy: Tensor) -> list[Any]:
    indices, values, shape, b = op.inputs
    adjoint_a, adjoint_b = op.attrs["adjoint_a"], op.attrs["adjoint_b"]
    db = raw.SparseTensorDenseMatMul(
        indices, values, shape, dy, adjoint_a=not adjoint_a
    )
    perm = np.array([1, 0], np.int32)
    if adjoint_b:
        db = raw.Transpose(db, perm)
        b = raw.Transpose(b, perm)
    rows, columns = raw.Unpack(indices, num=2, axis=1)
    if adjoint_a:
        rows, columns = columns, rows
    parts = raw.GatherV2(dy, rows, 0) * raw.GatherV2(b, columns, 0)
    return [None, raw.Sum(parts, [1]), None, db]


sparse_matmul_op = define(
    "SparseTensorDenseMatMul",
    "a_indices: Tindices, a_values: T, a_shape: int64, b: T -> product: T",
    Tindices=types(INDEX, int64), adjoint_a=False, adjoint_b=False,
    shape=_matmul_shape, gradient=_matmul_gradient,
    doc="A sparse matrix times a dense one.",
)  # fmt: skip


@sparse_matmul_op.kernel("CPU")
def _(
    a_indices: np.ndarray,
    a_values: np.ndarray,
    a_shape: np.ndarray,
    b: np.ndarray,
    adjoint_a: bool,
    adjoint_b: bool,
) -> np.ndarray:
    if adjoint_b:
        b = np.conj(b.T) if b.dtype.kind == "c" else b.T
    return sparse.dense_matmul(a_indices, a_values, a_shape, b, adjoint_a)


def sparse_tensor_dense_matmul(
    sp_a: Any,
    b: Any,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    name: str | None = None,
) -> Tensor:
    """A sparse matrix times a dense one.

    Args:
        sp_a: a SparseTensor, `[m, k]`.
        b: a tensor of its dtype, `[k, n]`.
        adjoint_a: whether the first is conjugated and transposed.
        adjoint_b: whether the second is.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[m, n]`.

    Example:
        >>> import interactive_graphs as tf
        >>> a = tf.SparseTensor([[0, 1]], [2.0], [2, 2])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.sparse_tensor_dense_matmul(a, [[1.0], [3.0]]))
        array([[6.],
               [0.]], dtype=float32)
    """
    sp = as_sparse(sp_a)
    with op_scope(name, "SparseTensorDenseMatMul", sp, b) as scope:
        dense = convert(b, None, "b")
        result: Tensor = raw.SparseTensorDenseMatMul(
            sp.indices, sp.values, sp.dense_shape, dense,
            adjoint_a=adjoint_a, adjoint_b=adjoint_b, name=scope,
        )  # fmt: skip
        return result


# -- sums -----------------------------------------------------------------------------


def _add_shape(op: Operation) -> list[Shape]:
    shape = merge(op.inputs[2].static_shape, op.inputs[5].static_shape)
    rank = None if shape is None else shape[0]
    return [(None, rank), (None,), (rank,)]


def _add_gradient(op: Operation, *dys: Any) -> list[Any]:
    a, b = raw.SparseAddGrad(dys[1], op.inputs[0], op.inputs[3], op.outputs[0])
    a.set_shape(op.inputs[1].static_shape)
    b.set_shape(op.inputs[4].static_shape)
    return [None, a, None, None, b, None, None]


sparse_add_op = define(
    "SparseAdd",
    "a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, b_values: T, "
    "b_shape: int64, thresh: Treal -> sum_indices: int64, sum_values: T, "
    "sum_shape: int64",
    T=types(NUMERIC), Treal=types(REAL), shape=_add_shape, gradient=_add_gradient,
    doc="The sum of two sparse tensors.",
)  # fmt: skip


@sparse_add_op.kernel("CPU")
def _(
    a_indices: np.ndarray,
    a_values: np.ndarray,
    a_shape: np.ndarray,
    b_indices: np.ndarray,
    b_values: np.ndarray,
    b_shape: np.ndarray,
    thresh: np.ndarray,
) -> list[np.ndarray]:
    return sparse.add(
        (a_indices, a_values, a_shape), (b_indices, b_values, b_shape), thresh
    )


sparse_add_grad_op = define(
    "SparseAddGrad",
    "backprop_val_grad: T, a_indices: int64, b_indices: int64, sum_indices: int64 -> "
    "a_val_grad: T, b_val_grad: T",
    T=types(NUMERIC), gradient=None,
    shape=lambda op: [(_rows(op.inputs[1]),), (_rows(op.inputs[2]),)],
    doc="The gradient of SparseAdd.",
)  # fmt: skip


def _rows(indices: Tensor) -> int | None:
    shape = indices.static_shape
    return None if shape is None else shape[0]


@sparse_add_grad_op.kernel("CPU")
def _(
    backprop_val_grad: np.ndarray,
    a_indices: np.ndarray,
    b_indices: np.ndarray,
    sum_indices: np.ndarray,
) -> list[np.ndarray]:
    return [
        sparse.picked(backprop_val_grad, sparse.positions(rows, sum_indices))
        for rows in (a_indices, b_indices)
    ]


sparse_dense_add_op = define(
    "SparseTensorDenseAdd",
    "a_indices: Tindices, a_values: T, a_shape: Tindices, b: T -> output: T",
    T=types(NUMERIC), Tindices=types(INDEX), shape=same_as(3),
    gradient=lambda op, dy: [None, raw.GatherNd(dy, op.inputs[0]), None, dy],
    doc="A sparse tensor plus a dense one.",
)  # fmt: skip


@sparse_dense_add_op.kernel("CPU")
def _(
    a_indices: np.ndarray, a_values: np.ndarray, a_shape: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return sparse.dense_add(a_indices, a_values, a_shape, b)


def sparse_add(a: Any, b: Any, threshold: Any = None, thresh: Any = None) -> Any:
    """The sum of two tensors of which at least one is sparse.

    Args:
        a: a SparseTensor or a tensor.
        b: one of the same dtype and shape.
        threshold: where both are sparse and have a value, smaller sums are left out;
            0 by default.
        thresh: its first name.

    Returns:
        A SparseTensor if both are, else a Tensor.

    Raises:
        TypeError: neither is sparse.
    """
    kinds = (SparseTensor, SparseTensorValue)
    if not isinstance(a, kinds) and not isinstance(b, kinds):
        raise TypeError(
            "At least one input should be SparseTensor; do you mean to use tf.add()?"
        )
    if not isinstance(b, kinds):
        a, b = b, a
    other = as_sparse(b)
    if not isinstance(a, kinds):
        result: Tensor = raw.SparseTensorDenseAdd(
            other.indices, other.values, other.dense_shape, a
        )
        return result
    one = as_sparse(a)
    limit = one_of("threshold", threshold, "thresh", thresh)
    kind = one.values.dtype.real_dtype.base_dtype
    limit = convert(0 if limit is None else limit, kind, "thresh")
    indices, values, shape = raw.SparseAdd(
        one.indices, one.values, one.dense_shape,
        other.indices, other.values, other.dense_shape, limit,
    )  # fmt: skip
    # TF's rule: what is known of either shape is known of the sum's.
    one.get_shape().assert_is_compatible_with(other.get_shape())
    known = one.get_shape().merge_with(other.get_shape())
    if known.is_fully_defined():
        shape = convert(known.as_list(), int64, "dense_shape")
    return SparseTensor(indices, values, shape)


# -- element by element with a dense tensor -------------------------------------------


def _dense_parts(op: Operation) -> tuple[Any, Any, Any]:
    """The dense elements met, their indices in the dense tensor, and its shape."""
    indices, _, shape, y = op.inputs
    y_shape = raw.Shape(y, out_type=int64)
    missing = raw.Size(shape) - raw.Size(y_shape)
    ones = raw.Fill(raw.ExpandDims(missing, 0), convert(1, int64))
    scale = raw.FloorDiv(shape, raw.ConcatV2([ones, y_shape], 0))
    start = raw.Pack([0, missing])
    where = raw.Slice(raw.FloorDiv(indices, scale), start, np.array([-1, -1], np.int32))
    return raw.GatherNd(y, where), where, y_shape


def _dense_gradient(op: Operation, where: Any, y_shape: Any, values: Any) -> Any:
    zeros = raw.ZerosLike(op.inputs[3])
    return raw.SparseTensorDenseAdd(where, values, y_shape, zeros)


def _mul_gradient(op: Operation, dy: Tensor) -> list[Any]:
    dense, where, y_shape = _dense_parts(op)
    dense_grad = _dense_gradient(op, where, y_shape, dy * op.inputs[1])
    return [None, dy * dense, None, dense_grad]


def _div_gradient(op: Operation, dy: Tensor) -> list[Any]:
    dense, where, y_shape = _dense_parts(op)
    values = -dy * op.inputs[1] / raw.Square(dense)
    return [None, dy / dense, None, _dense_gradient(op, where, y_shape, values)]


def _plus_gradient(op: Operation, dy: Tensor) -> list[Any]:
    _, where, y_shape = _dense_parts(op)
    return [None, dy, None, _dense_gradient(op, where, y_shape, dy)]


def _quotient(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if x.dtype.kind not in "iu":
        return np.asarray(x / y)
    if (y == 0).any():
        invalid(
            "SparseDenseCwiseDiv cannot divide by zero,but input dense tensor contains "
            "zero "
        )
    return np.asarray(truncated_quotient(x, y))


def _define_elementwise(name: str, function: Any, gradient: Any, sign: str) -> OpDef:
    op = define(
        name,
        "sp_indices: int64, sp_values: T, sp_shape: int64, dense: T -> output: T",
        T=types(NUMERIC), gradient=gradient,
        shape=lambda op: [(_rows(op.inputs[0]),)],
        doc=f"The values {sign} the dense tensor, broadcast, at the same places.",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(
        sp_indices: np.ndarray,
        sp_values: np.ndarray,
        sp_shape: np.ndarray,
        dense: np.ndarray,
    ) -> np.ndarray:
        found = sparse.dense_at(sp_indices, sp_shape, dense)
        return np.asarray(function(sp_values, found))

    return op


_define_elementwise("SparseDenseCwiseMul", np.multiply, _mul_gradient, "times")
_define_elementwise("SparseDenseCwiseDiv", _quotient, _div_gradient, "by")
_define_elementwise("SparseDenseCwiseAdd", np.add, _plus_gradient, "plus")

# What integers are cast to before a true division, as for dense tensors.
_DIVIDES_AS = {
    **dict.fromkeys((uint8, int8, uint16, int16), float32),
    **dict.fromkeys((int32, int64), float64),
}


def _times(sp: SparseTensor, y: Any) -> Any:
    if isinstance(y, (SparseTensor, IndexedSlices)):
        return NotImplemented
    with op_scope(None, "mul", sp, y) as scope:
        dense = convert(y, sp.dtype.base_dtype, "y")
        values = raw.SparseDenseCwiseMul(
            sp.indices, sp.values, sp.dense_shape, dense, name=scope
        )
        return SparseTensor(sp.indices, values, sp.dense_shape)


def _divided_by(sp: SparseTensor, y: Any) -> Any:
    if isinstance(y, (SparseTensor, IndexedSlices)):
        return NotImplemented
    with op_scope(None, "truediv", sp, y) as scope:
        dense = convert(y, sp.dtype.base_dtype, "y")
        values = sp.values
        target = _DIVIDES_AS.get(values.dtype.base_dtype)
        if target is not None:
            values, dense = raw.Cast(values, DstT=target), raw.Cast(dense, DstT=target)
        quotient = raw.SparseDenseCwiseDiv(
            sp.indices, values, sp.dense_shape, dense, name=scope
        )
        return SparseTensor(sp.indices, quotient, sp.dense_shape)


for _method, _function in (
    ("__mul__", _times),
    ("__rmul__", _times),
    ("__truediv__", _divided_by),
    ("__div__", _divided_by),
):
    setattr(SparseTensor, _method, _function)
# So that `ndarray * sparse` asks the sparse tensor.
SparseTensor.__array_priority__ = 100  # type: ignore[attr-defined]


def sparse_mask(
    a: IndexedSlices, mask_indices: Any, name: str | None = None
) -> IndexedSlices:
    """The slices whose index is not among `mask_indices`.

    Args:
        a: IndexedSlices.
        mask_indices: the dtype of its indices, `[n]`.
        name: of the scope.

    Returns:
        IndexedSlices of the same whole.
    """
    with op_scope(name, "sparse_mask", a, mask_indices) as scope:
        indices, where = raw.ListDiff(a.indices, mask_indices)
        values = raw.GatherV2(a.values, where, 0, name=scope)
        return IndexedSlices(values, indices, a.dense_shape)
