"""Embeddings of sparse ids of which some are invalid and some rows have none.

Read next: `embedding.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import merge
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.embedding import embedding_lookup_sparse
from interactive_graphs.ops.gather import gather
from interactive_graphs.ops.sparse_shape import (
    sparse_fill_empty_rows,
    sparse_reshape,
    sparse_retain,
)


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: SparseTensor,
    sparse_weights: SparseTensor | None = None,
    combiner: str | None = "mean",
    default_id: int | None = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: Any = None,
) -> Tensor:
    """Embeddings combined per row; ids below 0 are left out, and empty rows are zero.

    Args:
        embedding_weights: the table, `[rows, ...]`; or a list of its parts.
        sparse_ids: SparseTensor of int64, `[..., most ids]`.
        sparse_weights: SparseTensor of floats in the same places, or None for ones;
            what is not above 0 is left out.
        combiner: 'mean' (also when None), 'sum' or 'sqrtn'; see
            `embedding_lookup_sparse`.
        default_id: whose embedding rows without ids get; zeros when None.
        name: the scope of the nodes.
        partition_strategy: 'div' or 'mod', see `embedding_lookup`.
        max_norm: what longer embeddings are scaled down to; None for nothing.

    Returns:
        A tensor of the table's dtype, `[..., embedding]`.

    Raises:
        ValueError: there is no table, or dtypes differ.

    Example:
        >>> import interactive_graphs as tf
        >>> ids = tf.SparseTensor([[0, 0], [2, 0]], tf.constant([1, -1], tf.int64),
        ...                       [3, 1])
        >>> table = tf.constant([[1., 2.], [3., 4.]])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.nn.safe_embedding_lookup_sparse(table, ids))
        array([[3., 4.],
               [0., 0.],
               [0., 0.]], dtype=float32)
    """
    tables = _tables(embedding_weights)
    weights = [] if sparse_weights is None else [sparse_weights.values]
    with op_scope(
        name, "embedding_lookup", *tables, sparse_ids, *weights
    ) as scope:  # fmt: skip
        shape, rank = sparse_ids.dense_shape, _rank(sparse_ids)
        flat = raw.Pack([raw.Prod(shape[: rank - 1], [0]), gather(shape, rank - 1)])
        ids = sparse_reshape(sparse_ids, flat)
        if sparse_weights is not None:
            sparse_weights = SparseTensor(ids.indices, sparse_weights.values, flat)
        ids, sparse_weights = _valid(ids, sparse_weights, combiner)
        ids, empty = sparse_fill_empty_rows(ids, default_id or 0)
        if sparse_weights is not None:
            sparse_weights, _ = sparse_fill_empty_rows(sparse_weights, 1.0)
        found = embedding_lookup_sparse(
            tables, ids, sparse_weights, partition_strategy,
            None if default_id is None else scope, combiner, max_norm,
        )  # fmt: skip
        if default_id is None:
            found = _zero_where(empty, found, scope)
        return _reshaped(found, sparse_ids, rank)


def _tables(embedding_weights: Any) -> list[Any]:
    """The parts of the table.

    Raises:
        ValueError: there are none, or their dtypes differ.
    """
    if hasattr(embedding_weights, "_get_variable_list"):  # a partitioned variable
        embedding_weights = list(embedding_weights)
    if isinstance(embedding_weights, (list, tuple)):
        tables = list(embedding_weights)
    else:
        tables = [embedding_weights]
    if not tables or any(table is None for table in tables):
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    return [t if hasattr(t, "dtype") else convert(t, None) for t in tables]


def _rank(sparse_ids: SparseTensor) -> Any:
    known = sparse_ids.dense_shape.static_shape
    if known is not None and known[0] is not None:
        return known[0]
    return raw.Size(sparse_ids.dense_shape)


def _valid(
    ids: SparseTensor, weights: SparseTensor | None, combiner: str | None
) -> tuple[SparseTensor, SparseTensor | None]:
    """Without negative ids, and (but for sums) without weights not above 0."""
    keep = raw.GreaterEqual(ids.values, np.zeros((), ids.values.dtype.np_dtype))
    if weights is not None:
        zero = np.zeros((), weights.values.dtype.np_dtype)
        keep = raw.LogicalAnd(
            keep, raw.LogicalOr(raw.Greater(weights.values, zero), combiner == "sum")
        )
    kept = sparse_retain(ids, keep)
    return kept, None if weights is None else sparse_retain(weights, keep)


def _zero_where(empty: Tensor, found: Tensor, name: str) -> Tensor:
    """Zeros in rows that are empty; a row of the table was looked up for them."""
    result: Tensor = raw.Select(empty, raw.ZerosLike(found), found, name=name)
    return result


def _reshaped(found: Tensor, sparse_ids: SparseTensor, rank: Any) -> Tensor:
    """The dimensions of the ids, but for the last, in front of the embedding's."""
    outer = raw.Cast(sparse_ids.dense_shape[: rank - 1], DstT=int32)
    result: Tensor = raw.Reshape(found, raw.ConcatV2([outer, raw.Shape(found)[1:]], 0))
    shape = found.static_shape
    if isinstance(rank, int) and shape is not None:
        known = (None,) * (rank - 1) + shape[1:]
        result.static_shape = merge(result.static_shape, known)
    return result
