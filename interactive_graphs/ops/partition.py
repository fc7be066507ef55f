"""Tensors dealt out by number and put together again, and sets of a vector's values.

`dynamic_partition`, `dynamic_stitch`, `unique`, `setdiff1d`, `searchsorted`. Read next:
`random_ops.py`.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import INDEX, int32, int64
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, OpDef, define, types
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list, merge
from interactive_graphs.ops._scope import op_scope

Unique = namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = namedtuple("UniqueWithCounts", ["y", "idx", "count"])
ListDiff = namedtuple("ListDiff", ["out", "idx"])


def _partition_shape(op: Operation) -> list[Shape]:
    data, partitions = op.inputs[0].static_shape, op.inputs[1].static_shape
    num = op.attrs["num_partitions"]
    if data is None or partitions is None:
        return [None] * num
    if len(partitions) > len(data):
        raise ValueError(
            f"Shape must be at least rank {len(partitions)} but is rank {len(data)}"
        )
    for a, b in zip(data, partitions, strict=False):
        merge_dims(a, b)
    return [(None, *data[len(partitions) :])] * num


def _partition_gradient(op: Operation, *dys: Tensor) -> list[Any]:
    data, partitions = op.inputs
    shape = raw.Shape(partitions)
    count = raw.Prod(shape, [0])
    order = raw.Reshape(raw.Range(0, count, 1), shape)
    places = raw.DynamicPartition(
        order, partitions, num_partitions=op.attrs["num_partitions"]
    )
    together = raw.DynamicStitch(places, list(dys))
    return [raw.Reshape(together, raw.Shape(data)), None]


partition_op = define(
    "DynamicPartition",
    "data: T, partitions: int32 -> outputs: num_partitions * T",
    num_partitions=Attr("int", minimum=1), shape=_partition_shape,
    gradient=_partition_gradient,
    doc="The slices of `data` with partition 0, with partition 1, and so on.",
)  # fmt: skip


@partition_op.kernel("CPU")
def _(
    data: np.ndarray, partitions: np.ndarray, num_partitions: int
) -> list[np.ndarray]:
    k = partitions.ndim
    if data.shape[:k] != partitions.shape:
        invalid(
            "data.shape must start with partitions.shape, got data.shape = "
            f"{format_list(data.shape)}, partitions.shape = "
            f"{format_list(partitions.shape)}"
        )
    which = partitions.reshape(-1)
    if which.min(initial=0) < 0 or which.max(initial=0) >= num_partitions:
        bad = (partitions < 0) | (partitions >= num_partitions)
        where = np.unravel_index(int(np.argmax(bad)), bad.shape)
        place = f"[{','.join(str(int(i)) for i in where)}]" if where else ""
        found = np.asarray(partitions)[where]
        invalid(f"partitions{place} = {found} is not in [0, {num_partitions})")
    rows = data.reshape((-1,) + data.shape[k:])
    # Numbers of rows are found and followed sooner than a mask that is often both.
    return [rows.take(np.flatnonzero(which == i), 0) for i in range(num_partitions)]


def dynamic_partition(
    data: Any, partitions: Any, num_partitions: int, name: str | None = None
) -> list[Tensor]:
    """Deal out the slices of `data` by partition number.

    Args:
        data: any dtype, `[d0, ..., dk, ...]`.
        partitions: int32, `[d0, ..., dk]`, each in `[0, num_partitions)`.
        num_partitions: how many partitions.
        name: the node's name.

    Returns:
        A list of `num_partitions` tensors of that dtype, each `[how many, ...]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.dynamic_partition([1, 2, 3], [0, 1, 0], 2))
        [array([1, 3], dtype=int32), array([2], dtype=int32)]
    """
    tensors: list[Tensor] = raw.DynamicPartition(
        data, partitions, num_partitions=num_partitions, name=name
    )
    return tensors


def _stitch_shape(op: Operation) -> list[Shape]:
    n = op.attrs["N"]
    indices, data = op.inputs[:n], op.inputs[n:]
    inner: Shape = None
    for where, part in zip(indices, data, strict=True):
        a, b = where.static_shape, part.static_shape
        if a is not None and b is not None:
            for x, y in zip(a, b, strict=False):
                merge_dims(x, y)
            inner = merge(inner, b[len(a) :])
    if inner is None:
        return [None]
    values = [static_value(where) for where in indices]
    largest = [int(v.max()) if v.size else -1 for v in values if v is not None]
    return [(max(largest) + 1 if len(largest) == n else None, *inner)]


def _stitch_gradient(op: Operation, dy: Tensor) -> list[Any]:
    n = op.attrs["N"]
    parts = [raw.GatherV2(dy, where, 0) for where in op.inputs[:n]]
    return [None] * n + parts


def _define_stitch(name: str) -> OpDef:
    return define(
        name, "indices: N * int32, data: N * T -> merged: T",
        shape=_stitch_shape, gradient=_stitch_gradient,
        doc="`merged[indices[m][i]] = data[m][i]`; the last one counts.",
    )  # fmt: skip


def _stitch(indices: list[np.ndarray], data: list[np.ndarray]) -> np.ndarray:
    rows = 0
    for i, (where, part) in enumerate(zip(indices, data, strict=True)):
        if part.shape[: where.ndim] != where.shape:
            invalid(
                f"data[{i}].shape = {format_list(part.shape)} does not start with "
                f"indices[{i}].shape = {format_list(where.shape)}"
            )
        if where.size:
            rows = max(rows, int(where.max()) + 1)
            if where.min() < 0:
                invalid(f"indices[{int(np.argmin(where.reshape(-1)))}] is out of range")
    inner = data[0].shape[indices[0].ndim :]
    zero: Any = b"" if data[0].dtype == object else 0
    merged = np.full((rows, *inner), zero, data[0].dtype)
    for i, (where, part) in enumerate(zip(indices, data, strict=True)):
        if part.shape[where.ndim :] != inner:
            invalid(
                f"Need data[0].shape[{indices[0].ndim}:] = "
                f"data[{i}].shape[{where.ndim}:], got data[0].shape = "
                f"{format_list(data[0].shape)}, data[{i}].shape = "
                f"{format_list(part.shape)}"
            )
        merged[where.reshape(-1)] = part.reshape((-1, *inner))
    return merged


stitch_op = _define_stitch("DynamicStitch")
stitch_op.kernel("CPU")(_stitch)
parallel_stitch_op = _define_stitch("ParallelDynamicStitch")
parallel_stitch_op.kernel("CPU")(_stitch)


def dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """Put slices together: `merged[indices[m][i]] = data[m][i]`.

    Args:
        indices: a list of int32 tensors.
        data: a list of tensors of one dtype, `indices[m].shape + [...]`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[largest index + 1, ...]`; where an index comes twice,
        the last one counts.
    """
    result: Tensor = raw.DynamicStitch(indices, data, name=name)
    return result


# -- the values of a vector -----------------------------------------------------------


_TABLE = 4
"""A table of so many places for each element is quicker than sorting."""


def _first_seen_by_table(
    x: np.ndarray, low: int, high: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same for integers that are not far apart, without sorting."""
    # What differs from the least number may not fit into a small dtype.
    place = np.subtract(x, low, dtype=np.int64, casting="unsafe")
    table = np.full(high - low + 1, x.size)
    # Of several numbers for one place the last stays: here the first to appear.
    table[place[::-1]] = np.arange(x.size - 1, -1, -1)
    first = np.sort(table[table < x.size])
    table[place[first]] = np.arange(first.size)
    which = table[place]
    return first, which, np.bincount(which, minlength=first.size)


def _first_seen(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each value first stands, which value each element has, and how often."""
    if x.dtype.kind in "iu" and x.size:
        low, high = int(x.min()), int(x.max())
        if high - low < _TABLE * x.size:
            return _first_seen_by_table(x, low, high)
    _, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return first[order], rank[inverse.reshape(-1)], counts[order]


def _unique_shape(op: Operation) -> list[Shape]:
    shape = op.inputs[0].static_shape
    length: Any
    if len(op.inputs) == 1:
        length = with_rank(shape, 1)
        y: Shape = (None,)
        idx = None if shape is None else length
    else:
        axis = static_value(op.inputs[1])
        if shape is None:
            y, idx = None, (None,)
        elif axis is None:
            y, idx = (None,) * len(shape), (None,)
        elif axis.size == 0:
            y, idx = with_rank((None,), 1), with_rank(shape, 1)
        else:
            at = int(axis.reshape(-1)[0]) % len(shape)
            y, idx = (*shape[:at], None, *shape[at + 1 :]), (shape[at],)
    return [y, idx, (None,)][: len(op.outputs)]


def _unique_parts(x: np.ndarray, axis: np.ndarray | None, out_idx: Any) -> list[Any]:
    dtype = out_idx.np_dtype
    if axis is None or axis.size == 0:
        if x.ndim != 1:
            invalid("unique expects a 1D vector.")
        first, idx, counts = _first_seen(x)
        return [x[first], idx.astype(dtype), counts.astype(dtype)]
    at = int(axis.reshape(-1)[0])
    if not -x.ndim <= at < x.ndim:
        invalid(f"axis has to be between [0, {x.ndim})")
    seen: dict[Any, int] = {}
    places: list[int] = []
    rows = np.moveaxis(x, at, 0)
    idx = np.empty(len(rows), dtype)
    for i, row in enumerate(rows):
        key = tuple(np.ravel(row).tolist())
        if key not in seen:
            seen[key] = len(places)
            places.append(i)
        idx[i] = seen[key]
    counts = np.bincount(idx, minlength=len(places)).astype(dtype)
    return [np.take(x, np.array(places, np.intp), axis=at), idx, counts]


def _define_unique(name: str, axis: bool, counts: bool) -> OpDef:
    inputs = "x: T, axis: Taxis" if axis else "x: T"
    outputs = "y: T, idx: out_idx" + (", count: out_idx" if counts else "")
    attrs: dict[str, Any] = {"Taxis": types(INDEX, int64)} if axis else {}
    return define(
        name, f"{inputs} -> {outputs}", out_idx=types(INDEX, int32), **attrs,
        shape=_unique_shape, gradient=None,
        doc="The different elements in order of appearance, and each element's number.",
    )  # fmt: skip


@_define_unique("Unique", False, False).kernel("CPU")
def _(x: np.ndarray, out_idx: Any) -> list[np.ndarray]:
    return _unique_parts(x, None, out_idx)[:2]


@_define_unique("UniqueWithCounts", False, True).kernel("CPU")
def _(x: np.ndarray, out_idx: Any) -> list[np.ndarray]:
    return _unique_parts(x, None, out_idx)


@_define_unique("UniqueV2", True, False).kernel("CPU")
def _(x: np.ndarray, axis: np.ndarray, out_idx: Any) -> list[np.ndarray]:
    return _unique_parts(x, axis, out_idx)[:2]


@_define_unique("UniqueWithCountsV2", True, True).kernel("CPU")
def _(x: np.ndarray, axis: np.ndarray, out_idx: Any) -> list[np.ndarray]:
    return _unique_parts(x, axis, out_idx)


def unique(x: Any, out_idx: Any = int32, name: str | None = None) -> Any:
    """The different elements of a vector in order of appearance.

    Args:
        x: any dtype, `[n]`.
        out_idx: int32 or int64.
        name: the node's name.

    Returns:
        (y, idx): the elements `[k]`, and for each element of `x` its place in `y`,
        `[n]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.unique([3, 1, 3]))
        Unique(y=array([3, 1], dtype=int32), idx=array([0, 1, 0], dtype=int32))
    """
    return Unique(*raw.Unique(x, out_idx=out_idx, name=name))


def unique_with_counts(x: Any, out_idx: Any = int32, name: str | None = None) -> Any:
    """The different elements of a vector, and how often each comes.

    Args:
        x: any dtype, `[n]`.
        out_idx: int32 or int64.
        name: the node's name.

    Returns:
        (y, idx, count): as `unique`, and how often each element of `y` comes, `[k]`.
    """
    return UniqueWithCounts(*raw.UniqueWithCounts(x, out_idx=out_idx, name=name))


def _list_diff_shape(op: Operation) -> list[Shape]:
    for tensor in op.inputs:
        with_rank(tensor.static_shape, 1)
    return [(None,), (None,)]


list_diff_op = define(
    "ListDiff", "x: T, y: T -> out: T, idx: out_idx", out_idx=types(INDEX, int32),
    shape=_list_diff_shape, gradient=None,
    doc="The elements of `x` that are not in `y`, and where they stand.",
)  # fmt: skip


@list_diff_op.kernel("CPU")
def _(x: np.ndarray, y: np.ndarray, out_idx: Any) -> list[np.ndarray]:
    for name, vector in (("x", x), ("y", y)):
        if vector.ndim != 1:
            found = format_list(vector.shape)
            invalid(f"{name} should be a 1D vector, got shape {found}")
    if x.dtype == object:
        known = set(y.tolist())
        keep = np.array([v not in known for v in x.tolist()], bool)
    else:
        keep = ~np.isin(x, y)
    where = np.flatnonzero(keep)
    return [x[where], where.astype(out_idx.np_dtype)]


def setdiff1d(x: Any, y: Any, index_dtype: Any = int32, name: str | None = None) -> Any:
    """The elements of `x` that are not in `y`.

    Args:
        x: any dtype, `[n]`.
        y: the same dtype, `[m]`.
        index_dtype: int32 or int64.
        name: the node's name.

    Returns:
        (out, idx): the elements in order with repetitions, and where they stand.
    """
    return ListDiff(*raw.ListDiff(x, y, out_idx=index_dtype, name=name))


def _bound_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[0].static_shape, 2)
    return [with_rank(op.inputs[1].static_shape, 2)]


def _define_bound(name: str, side: Any) -> None:
    op = define(
        name, "sorted_inputs: T, values: T -> output: out_type",
        out_type=types(INDEX, int32), shape=_bound_shape, gradient=None,
        doc="Per row, where each value would go among the sorted inputs.",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(sorted_inputs: np.ndarray, values: np.ndarray, out_type: Any) -> np.ndarray:
        if sorted_inputs.shape[0] != values.shape[0]:
            invalid("Leading dim_size of both tensors must match.")
        output = np.empty(values.shape, out_type.np_dtype)
        for row, (have, want) in enumerate(zip(sorted_inputs, values, strict=True)):
            output[row] = np.searchsorted(have, want, side=side)
        return output


_define_bound("LowerBound", "left")
_define_bound("UpperBound", "right")


def searchsorted(
    sorted_sequence: Any,
    values: Any,
    side: str = "left",
    out_type: Any = int32,
    name: str | None = None,
) -> Tensor:
    """Where each value would go in a sorted sequence.

    Args:
        sorted_sequence: numeric, `[..., n]`, ascending along the last axis.
        values: the same dtype, `[..., m]`.
        side: 'left' before equal elements, 'right' after them.
        out_type: int32 or int64.
        name: of the scope.

    Returns:
        A tensor of `out_type`, `[..., m]`.

    Raises:
        ValueError: `side` is neither.
    """
    if side not in ("left", "right"):
        raise ValueError("side must be either 'right' or 'left'.  Saw: " + side)
    with op_scope(name, "searchsorted", sorted_sequence, values):
        have, want = convert(sorted_sequence), convert(values)
        rows = [raw.Reshape(x, raw.Pack([-1, raw.Shape(x)[-1]])) for x in (have, want)]
        bound = raw.LowerBound if side == "left" else raw.UpperBound
        places = bound(*rows, out_type=out_type)
        result: Tensor = raw.Reshape(places, raw.Shape(want))
        return result
