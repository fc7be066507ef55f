"""Sparse tensors packed into one tensor, for datasets, queues and files.

Read next: `../kernels/cpu/sparse_serial.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import DType, as_dtype, string, variant
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import sparse_serial

_OUT = types((string, variant), string)
_PARTS = "sparse_indices: int64, sparse_values: {0}, sparse_shape: int64"


def _rows_of_three(op: Operation) -> list[Shape]:
    return [(None, 3)]


serialize_op = define(
    "SerializeSparse", f"{_PARTS.format('T')} -> serialized_sparse: out_type",
    out_type=_OUT, shape=lambda op: [(3,)], gradient=None,
    doc="A sparse tensor as three strings or variants.",
)  # fmt: skip


@serialize_op.kernel("CPU")
def _(
    sparse_indices: Any, sparse_values: Any, sparse_shape: Any, out_type: DType
) -> Any:
    return sparse_serial.serialize(
        sparse_indices, sparse_values, sparse_shape, out_type is string
    )


serialize_many_op = define(
    "SerializeManySparse", f"{_PARTS.format('T')} -> serialized_sparse: out_type",
    out_type=_OUT, shape=_rows_of_three, gradient=None,
    doc="Each row of a sparse tensor as three strings or variants.",
)  # fmt: skip


@serialize_many_op.kernel("CPU")
def _(
    sparse_indices: Any, sparse_values: Any, sparse_shape: Any, out_type: DType
) -> Any:
    return sparse_serial.serialize_rows(
        sparse_indices, sparse_values, sparse_shape, out_type is string
    )


def _parts_shapes(op: Operation) -> list[Shape]:
    return [(None, None), (None,), (None,)]


deserialize_op = define(
    "DeserializeSparse",
    f"serialized_sparse: Tserialized -> {_PARTS.format('dtype')}",
    Tserialized=_OUT, shape=_parts_shapes, gradient=None,
    doc="The sparse tensor that was serialized.",
)  # fmt: skip


@deserialize_op.kernel("CPU")
def _(serialized_sparse: Any, dtype: DType) -> Any:
    return sparse_serial.deserialize(serialized_sparse, dtype.np_dtype)


deserialize_many_op = define(
    "DeserializeManySparse", f"serialized_sparse: string -> {_PARTS.format('dtype')}",
    shape=_parts_shapes, gradient=None,
    doc="The sparse tensor whose rows were serialized.",
)  # fmt: skip


@deserialize_many_op.kernel("CPU")
def _(serialized_sparse: Any, dtype: DType) -> Any:
    return sparse_serial.deserialize(serialized_sparse, dtype.np_dtype)


def serialize_sparse(
    sp_input: Any, name: str | None = None, out_type: Any = string
) -> Tensor:
    """A sparse tensor as three strings: indices, values and shape.

    Args:
        sp_input: a SparseTensor.
        name: the node's name.
        out_type: string, or variant.

    Returns:
        `[3]`, of dtype `out_type`.
    """
    sparse = SparseTensor.from_value(sp_input)
    result: Tensor = raw.SerializeSparse(
        sparse.indices, sparse.values, sparse.dense_shape, out_type=out_type, name=name
    )
    return result


def serialize_many_sparse(
    sp_input: Any, name: str | None = None, out_type: Any = string
) -> Tensor:
    """The rows of a sparse tensor, each as three strings.

    Args:
        sp_input: a SparseTensor of at least two dimensions.
        name: the node's name.
        out_type: string, or variant.

    Returns:
        `[rows, 3]`, of dtype `out_type`.
    """
    sparse = SparseTensor.from_value(sp_input)
    result: Tensor = raw.SerializeManySparse(
        sparse.indices, sparse.values, sparse.dense_shape, out_type=out_type, name=name
    )
    return result


def deserialize_sparse(
    serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """The sparse tensor of `serialize_sparse`, or of a batch of those.

    Args:
        serialized_sparse: `[..., 3]`, string or variant.
        dtype: of the values.
        rank: of one serialized tensor, if it is known.
        name: the node's name.

    Returns:
        A SparseTensor, with as many dimensions in front as there are before the three.

    Example:
        >>> import interactive_graphs as tf
        >>> s = tf.SparseTensor([[0, 1]], [5.0], [2, 2])
        >>> again = deserialize_sparse(serialize_sparse(s), tf.float32)
        >>> print(tf.Session().run(again).values)
        [5.]
    """
    packed = convert_to_tensor(serialized_sparse)
    indices, values, shape = raw.DeserializeSparse(
        packed, dtype=as_dtype(dtype), name=name
    )
    if rank is not None and packed.static_shape is not None:
        rank += len(packed.static_shape) - 1
    indices.set_shape([None, rank])
    shape.set_shape([rank])
    return SparseTensor(indices, values, shape)


def deserialize_many_sparse(
    serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """The sparse tensor whose rows `serialize_many_sparse` gave.

    Args:
        serialized_sparse: string, `[rows, 3]`.
        dtype: of the values.
        rank: of the result, if it is known.
        name: the node's name.

    Returns:
        A SparseTensor with one dimension more than its rows.
    """
    indices, values, shape = raw.DeserializeManySparse(
        serialized_sparse, dtype=as_dtype(dtype), name=name
    )
    indices.set_shape([None, rank])
    shape.set_shape([rank])
    return SparseTensor(indices, values, shape)
