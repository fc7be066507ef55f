"""Rows of a table by number: embeddings, also of tables in several parts.

Python only, no ops of its own. Read next: `nn_loss.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    format_shape,
    is_compatible,
    merge,
)
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.gather import gather


def _beside(stack: ExitStack, param: Any) -> None:
    """Place what follows on the device of `param`."""
    op = getattr(param, "op", None)
    if op is not None:
        stack.enter_context(get_default_graph().colocate_with(op))


def _parts(params: Any) -> list[Any]:
    """The parts of a table: a list stays one, anything else is a single part.

    Raises:
        ValueError: there are none.
    """
    if params is None or (isinstance(params, (list, tuple)) and not params):
        raise ValueError("Need at least one param")
    if hasattr(params, "_get_variable_list"):  # a partitioned variable
        return list(params)
    return list(params) if isinstance(params, list) else [params]


def _clip(rows: Tensor, ids: Tensor, max_norm: Any) -> Tensor:
    """Rows scaled down to a length of at most `max_norm`."""
    if max_norm is None:
        return rows
    axes: Any
    if ids.static_shape is not None and rows.static_shape is not None:
        axes = list(range(len(ids.static_shape), len(rows.static_shape)))
    else:
        axes = raw.Range(raw.Rank(ids), raw.Rank(rows), 1)
    with op_scope(None, "clip_by_norm"):
        limit = convert(max_norm, rows.dtype.base_dtype)
        squares = raw.Sum(raw.Square(rows), axes, keep_dims=True)
        length = raw.Maximum(raw.Sqrt(squares), limit)
        clipped: Tensor = raw.RealDiv(raw.Mul(rows, limit), length)
        return clipped


def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: Any = None,
) -> Tensor:
    """Rows of a table, or of a table in several parts.

    Args:
        params: the table, `[rows, ...]`, a tensor or variable; or a list of its parts.
        ids: int32 or int64, any shape, the numbers of the rows.
        partition_strategy: how rows are spread over parts: 'mod' deals them out in
            turn, 'div' cuts the table into runs.
        name: the scope of the nodes.
        validate_indices: not used, as in TF1: indices are always checked.
        max_norm: what longer rows are scaled down to; None for nothing.

    Returns:
        A tensor of the dtype of `params`, `[shape of ids, ...]`.

    Raises:
        ValueError: there are no params, or the strategy is unknown.

    Example:
        >>> import interactive_graphs as tf
        >>> table = tf.constant([[1., 1.], [2., 2.], [3., 3.]])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.nn.embedding_lookup(table, [2, 0]))
        array([[3., 3.],
               [1., 1.]], dtype=float32)
    """
    del validate_indices
    parts = _parts(params)
    with op_scope(name, "embedding_lookup", *parts, ids) as scope:
        numbers = convert(ids, None, "ids")
        tables = [_as_table(p, f"params_{i}") for i, p in enumerate(parts)]
        if len(tables) == 1:
            with ExitStack() as places:
                _beside(places, tables[0])
                rows = gather(tables[0], numbers, name=scope)
                rows = _clip(rows, numbers, max_norm)
            result: Tensor = raw.Identity(rows)
            return result
        rows = _from_parts(tables, numbers, partition_strategy, scope)
        return _clip(rows, numbers, max_norm)


def _as_table(param: Any, name: str) -> Any:
    """A part as it is gathered from: resource variables stay what they are."""
    return param if hasattr(param, "sparse_read") else convert(param, None, name)


def _from_parts(tables: Sequence[Any], ids: Tensor, strategy: str, name: str) -> Tensor:
    """Rows from several parts, put back into the order of `ids`."""
    count = len(tables)
    flat = raw.Reshape(ids, [-1])
    original = raw.Range(0, raw.Size(flat), 1)
    owner, inner = _split_ids(tables, flat, strategy)
    owner = raw.Cast(owner, DstT=int32) if owner.dtype is not int32 else owner
    inner_ids = raw.DynamicPartition(inner, owner, num_partitions=count)
    places = raw.DynamicPartition(original, owner, num_partitions=count)
    found = []
    for table, wanted in zip(tables, inner_ids, strict=True):
        with ExitStack() as devices:
            _beside(devices, table)
            found.append(gather(table, wanted))
    rows = raw.ParallelDynamicStitch(places, found, name=name)
    shape = tables[0].get_shape()[1:]
    for table in tables[1:]:
        shape = shape.merge_with(table.get_shape()[1:])
    element: Any
    if shape.is_fully_defined():
        element = np.array(shape.as_list(), np.int32)
    else:
        element = raw.StridedSlice(raw.Shape(rows), [1], [0], [1], end_mask=1)
    result: Tensor = raw.Reshape(rows, raw.ConcatV2([raw.Shape(ids), element], 0))
    if ids.static_shape is not None and shape.static is not None:
        whole = (*ids.static_shape, *shape.static)
        result.static_shape = merge(result.static_shape, whole)
    return result


def _split_ids(
    tables: Sequence[Any], ids: Tensor, strategy: str
) -> tuple[Tensor, Tensor]:
    """For each id the part that holds it, and its row there.

    Raises:
        ValueError: the strategy is unknown.
    """
    count = len(tables)
    if strategy == "mod":
        return raw.FloorMod(ids, count), raw.FloorDiv(ids, count)
    if strategy != "div":
        raise ValueError("Unrecognized partition strategy: " + strategy)
    total: Any = _total_rows(tables, ids)
    every: Any = ids
    per_part, extras = total // count, total % count
    # The first `extras` parts hold one row more than the others.
    owner = raw.Maximum(every // (per_part + 1), (every - extras) // per_part)
    inner = raw.Select(
        raw.Less(owner, extras), every % (per_part + 1), (every - extras) % per_part
    )
    return owner, inner


def _total_rows(tables: Sequence[Any], ids: Tensor) -> Tensor:
    dtype = ids.dtype.base_dtype
    rows = [table.get_shape().as_list()[0] for table in tables]
    if None not in rows:
        return convert(np.asarray(sum(rows), dtype.np_dtype))
    sizes = [raw.StridedSlice(raw.Shape(t), [0], [1], [1]) for t in tables]
    summed = raw.Sum(raw.ConcatV2(sizes, 0), [0])
    total: Tensor = raw.Cast(summed, DstT=dtype)
    return total


_COMBINERS = {
    "sum": "SparseSegmentSum",
    "mean": "SparseSegmentMean",
    "sqrtn": "SparseSegmentSqrtN",
}


def _check_sparse(sp_ids: Any, sp_weights: Any) -> None:
    """The two must be SparseTensors that have their values in the same places.

    Raises:
        TypeError: one is no SparseTensor.
        ValueError: their shapes differ.
    """
    if not isinstance(sp_ids, SparseTensor):
        raise TypeError("sp_ids must be SparseTensor")
    if sp_weights is None:
        return
    if not isinstance(sp_weights, SparseTensor):
        raise TypeError("sp_weights must be either None or SparseTensor")
    for part in ("values", "indices", "dense_shape"):
        a, b = (getattr(s, part).static_shape for s in (sp_ids, sp_weights))
        if not is_compatible(a, b):
            raise ValueError(
                f"Shapes {format_shape(a)} and {format_shape(b)} are incompatible"
            )


def embedding_lookup_sparse(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    combiner: str | None = None,
    max_norm: Any = None,
) -> Tensor:
    """For each row of a sparse matrix of ids, their embeddings combined.

    Args:
        params: the table, `[rows, ...]`; or a list of its parts.
        sp_ids: SparseTensor of int64, `[batch, most ids]`; each row has at least one.
        sp_weights: SparseTensor of floats in the same places, or None for ones.
        partition_strategy: 'mod' or 'div', see `embedding_lookup`.
        name: the scope of the nodes.
        combiner: 'sum', 'mean' (divided by the sum of the weights; also when None) or
            'sqrtn' (by the root of the sum of their squares).
        max_norm: what longer embeddings are scaled down to; None for nothing.

    Returns:
        A tensor of the dtype of `params`, `[batch, ...]`.

    Raises:
        TypeError: ids or weights are not sparse.
        ValueError: the combiner is unknown, or shapes do not fit.
    """
    combiner = combiner or "mean"
    if combiner not in _COMBINERS:
        raise ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'")
    parts = _parts(params)
    _check_sparse(sp_ids, sp_weights)
    with op_scope(name, "embedding_lookup_sparse", *parts, sp_ids) as scope:
        rows = raw.StridedSlice(
            sp_ids.indices, [0, 0], [0, 1], [1, 1], begin_mask=1, end_mask=1,
            shrink_axis_mask=2,
        )  # fmt: skip
        segments = raw.Cast(rows, DstT=int32)
        ids, which = raw.Unique(sp_ids.values)
        found = embedding_lookup(
            parts, ids, partition_strategy=partition_strategy, max_norm=max_norm
        )
        if sp_weights is None:
            node = getattr(raw, _COMBINERS[combiner])
            result: Tensor = node(found, which, segments, name=scope)
            return result
        weights = sp_weights.values
        if weights.dtype.base_dtype is not found.dtype.base_dtype:
            weights = raw.Cast(weights, DstT=found.dtype.base_dtype)
        return _weighted(gather(found, which), weights, segments, combiner, scope)


def _weighted(
    rows: Tensor, weights: Tensor, segments: Tensor, combiner: str, name: str
) -> Tensor:
    """Rows times their weights, summed per segment and divided as asked."""
    rank = None if rows.static_shape is None else len(rows.static_shape)
    if rank is None:
        ones = raw.Fill(raw.ExpandDims(raw.Sub(raw.Rank(rows), 1), 0), 1)
        shape = raw.ConcatV2([raw.Shape(weights), ones], 0)
        weights = raw.Reshape(weights, shape)
    else:
        weights = raw.Reshape(weights, [-1, *[1] * (rank - 1)])
    scaled = raw.Mul(rows, weights)
    result: Tensor
    if combiner == "sum":
        result = raw.SegmentSum(scaled, segments, name=name)
        return result
    total = raw.SegmentSum(scaled, segments)
    if combiner == "mean":
        divisor = raw.SegmentSum(weights, segments)
    else:
        divisor = raw.Sqrt(raw.SegmentSum(raw.Square(weights), segments))
    result = raw.RealDiv(total, divisor, name=name)
    return result
