"""SparseTensors made of dense ones, of nothing, and with one more dimension.

Read next: `sparse_shape.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import as_dtype, float32, int64
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor


def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """The elements of a tensor that are not zero (or empty, or False).

    Args:
        tensor: any dtype and shape of at least one dimension.
        name: of the scope.

    Returns:
        A SparseTensor of that dtype and shape.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.sparse.from_dense([0, 7, 0])).values
        array([7], dtype=int32)
    """
    with name_scope(name, "dense_to_sparse"):
        x = convert(tensor, None)
        indices = raw.Where(raw.NotEqual(x, raw.ZerosLike(x)))
        values = raw.GatherNd(x, indices)
        return SparseTensor(indices, values, raw.Shape(x, out_type=int64))


def sparse_eye(
    num_rows: Any, num_columns: Any = None, dtype: Any = float32,
    name: str | None = None,
) -> SparseTensor:  # fmt: skip
    """Ones on the diagonal of a matrix.

    Args:
        num_rows: an integer scalar.
        num_columns: an integer scalar; as many as rows when None.
        dtype: of the values.
        name: of the scope.

    Returns:
        A SparseTensor, `[num_rows, num_columns]`.
    """
    with name_scope(name, "eye", [num_rows, num_columns]):
        rows = _int64(num_rows, "num_rows")
        columns = rows if num_columns is None else _int64(num_columns, "num_columns")
        zero, one = convert(0, int64), convert(1, int64)
        places = raw.Range(zero, raw.Minimum(rows, columns), one)
        wanted = as_dtype(dtype)
        value = convert(np.ones((), wanted.np_dtype), wanted)
        ones = raw.Fill(raw.Shape(places), value)
        pairs = raw.Pack([places, places], axis=1)
        return SparseTensor(pairs, ones, raw.Pack([rows, columns]))


def _int64(value: Any, name: str) -> Tensor:
    tensor = convert(value, None, name)
    result: Tensor = raw.Cast(tensor, DstT=int64)
    return tensor if tensor.dtype is int64 else result


def sparse_expand_dims(
    sp_input: SparseTensor, axis: int | None = None, name: str | None = None
) -> SparseTensor:
    """A SparseTensor with one more dimension, of size 1.

    Args:
        sp_input: a SparseTensor.
        axis: where the dimension goes, counted from the end if negative; -1 when None.
        name: of the scope.

    Returns:
        A SparseTensor with the same values.

    Raises:
        ValueError: the axis is out of range.
    """
    with name_scope(name, "expand_dims", [sp_input.values]):
        known = sp_input.dense_shape.static_shape
        rank = None if known is None else known[0]
        place = -1 if axis is None else axis
        if rank is None:
            raise ValueError("sparse.expand_dims needs a sp_input of known rank")
        if not -rank - 1 <= place <= rank:
            raise ValueError(f"axis {place} not in [{-rank - 1}, {rank}]")
        place %= rank + 1
        indices, shape = sp_input.indices, sp_input.dense_shape
        zeros = raw.ZerosLike(indices[:, :1])
        columns = raw.ConcatV2([indices[:, :place], zeros, indices[:, place:]], 1)
        one = convert([1], int64)
        sizes = raw.ConcatV2([shape[:place], one, shape[place:]], 0)
        return SparseTensor(columns, sp_input.values, sizes)
