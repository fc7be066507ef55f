"""Reductions over segments: rows that share a number are reduced to one.

Segments of `segment_sum` and its kin are sorted and as many as the last number says;
those of `unsorted_segment_sum` come in any order and are as many as asked for. Sparse
ones are in `sparse_segment.py`. Read next: `sparse_segment.py`.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import INDEX, NUMERIC, REAL, int16, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef, define, types
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu.segment import counts, divide_rows, reduce_rows
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._tables import describe

# -- sorted segments ------------------------------------------------------------------


def _segment_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[1].static_shape, 1)
    data = op.inputs[0].static_shape
    if data is None:
        return [None]
    if not data:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    return [(None, *data[1:])]


def check_sorted(ids: Any) -> None:
    """Refuse segment numbers that fall or are negative.

    Raises:
        InvalidArgumentError: with TF1's words.
    """
    if (ids[1:] < ids[:-1]).any():
        invalid("segment ids are not increasing")
    if len(ids) and ids[0] < 0:
        end = max(int(ids[-1]), 0) + 1
        invalid(
            f"Segment id {ids[0]} out of range [0, {end}), possibly because "
            "'segment_ids' input is not sorted."
        )


def _segment_op(
    name: str, allowed: Any, ufunc: Any, empty: Any, gradient: Any
) -> OpDef:
    op = define(
        name, "data: T, segment_ids: Tindices -> output: T", T=types(allowed),
        Tindices=types(INDEX), shape=_segment_shape, gradient=gradient,
        doc=f"{name}: sorted segments of rows, each reduced to one.",
    )  # fmt: skip
    mean = name == "SegmentMean"

    @op.kernel("CPU")
    def _(data: Any, segment_ids: Any) -> Any:
        if segment_ids.ndim != 1:
            invalid("segment_ids should be a vector.")
        if data.ndim < 1 or len(segment_ids) != len(data):
            invalid("segment_ids should be the same size as dimension 0 of input.")
        check_sorted(segment_ids)
        count = int(segment_ids[-1]) + 1 if len(segment_ids) else 0
        out = reduce_rows(data, segment_ids, count, ufunc, empty)
        return (
            divide_rows(out, np.maximum(counts(segment_ids, count), 1)) if mean else out
        )

    return op


def _column(op: Operation) -> Tensor:
    """Ones of the data's dtype, `[n, 1, 1, ...]`."""
    x = op.inputs[0]
    extra = raw.Fill(raw.ExpandDims(raw.Rank(x) - 1, 0), np.int32(1))
    shape = raw.ConcatV2([raw.Shape(op.inputs[1]), extra], 0)
    one = convert(np.ones((), x.dtype.base_dtype.np_dtype), None, "one")
    ones: Tensor = raw.Fill(shape, one)
    return ones


def _sum_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    return [raw.GatherV2(dy, op.inputs[1], 0), None]


def _mean_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    share = dy / raw.SegmentSum(_column(op), op.inputs[1])
    return [raw.GatherV2(share, op.inputs[1], 0), None]


def _extreme_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Equal extremes of a segment share what came in."""
    x, ids = op.inputs
    chosen = raw.Equal(x, raw.GatherV2(op.outputs[0], ids, 0))
    count = raw.SegmentSum(raw.Cast(chosen, DstT=dy.dtype.base_dtype), ids)
    share = raw.GatherV2(dy / count, ids, 0)
    return [raw.Select(chosen, share, raw.ZerosLike(share)), None]


def _prod_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    count = raw.GatherV2(raw.Shape(op.outputs[0]), 0, 0)
    return [*_others_product(op, dy, count), None]


_segment_op("SegmentSum", NUMERIC, np.add, 0, _sum_gradient)
_segment_op("SegmentMean", NUMERIC, np.add, 0, _mean_gradient)
_segment_op("SegmentProd", NUMERIC, np.multiply, 1, _prod_gradient)
_segment_op("SegmentMax", REAL, np.maximum, 0, _extreme_gradient)
_segment_op("SegmentMin", REAL, np.minimum, 0, _extreme_gradient)


class Segment(Protocol):
    """A public reduction of sorted segments."""

    def __call__(self, data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
        """Adds the node."""


def _segment(op_type: str, public_name: str, what: str, example: str = "") -> Segment:
    def function(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
        result: Tensor = getattr(raw, op_type)(data, segment_ids, name=name)
        return result

    describe(
        function,
        public_name,
        f"""{what} of the rows of each segment.

Args:
    data: a numeric tensor, `[n, ...]`.
    segment_ids: int32 or int64, `[n]`, sorted, from 0; the segment of each row.
    name: the node's name.

Returns:
    A tensor of that dtype, `[last segment + 1, ...]`.
""",
        example,
    )
    return function


segment_sum = _segment(
    "SegmentSum", "segment_sum", "The sum",
    """
>>> sess.run(tf.segment_sum([1, 2, 3], [0, 0, 1]))
array([3, 3], dtype=int32)
    """,
)  # fmt: skip
segment_mean = _segment("SegmentMean", "segment_mean", "The mean")
segment_prod = _segment("SegmentProd", "segment_prod", "The product")
segment_max = _segment("SegmentMax", "segment_max", "The maximum")
segment_min = _segment("SegmentMin", "segment_min", "The minimum")


# -- segments in any order ------------------------------------------------------------


def known_count(tensor: Tensor) -> int | None:
    """How many segments were asked for, where it is known.

    Raises:
        ValueError: it is negative.
    """
    with_rank(tensor.static_shape, 0)
    value = static_value(tensor)
    if value is None:
        return None
    if value < 0:
        raise ValueError(
            "Dimension size, given by scalar input 2, must be non-negative but is "
            f"{value}"
        )
    return int(value)


def _unsorted_shape(op: Operation) -> list[Shape]:
    data, ids = op.inputs[0].static_shape, op.inputs[1].static_shape
    count = known_count(op.inputs[2])
    if data is None or ids is None:
        return [None]
    if len(data) < len(ids):
        raise ValueError(
            f"Shape must be at least rank {len(ids)} but is rank {len(data)}"
        )
    for a, b in zip(data, ids, strict=False):
        merge_dims(a, b)
    return [(count, *data[len(ids) :])]


def _lowest(dtype: np.dtype[Any], lowest: bool) -> Any:
    """The finite end of a dtype, which is what empty segments hold."""
    if dtype.kind in "iu":
        info: Any = np.iinfo(dtype)
    elif dtype.kind == "f":
        info = np.finfo(dtype)
    else:  # bfloat16, the largest exponent and all bits of the fraction
        bits = np.array([0xFF7F if lowest else 0x7F7F], np.uint16)
        return bits.view(dtype)[0]
    return info.min if lowest else info.max


def _unsorted_op(
    name: str, allowed: Any, ufunc: Any, empty: Any, gradient: Any
) -> OpDef:
    op = define(
        name,
        "data: T, segment_ids: Tindices, num_segments: Tnumsegments -> output: T",
        T=types(allowed), Tindices=types((int16, *INDEX) if ufunc is np.add else INDEX),
        Tnumsegments=types(INDEX, int32), shape=_unsorted_shape, gradient=gradient,
        doc=f"{name}: segments of rows in any order, each reduced to one.",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(data: Any, segment_ids: Any, num_segments: Any) -> Any:
        segment_ids = np.asarray(segment_ids)
        count, rank = int(num_segments), segment_ids.ndim
        if count < 0:
            invalid(f"Input num_segments == {count} must not be negative.")
        if data.shape[:rank] != segment_ids.shape:
            invalid(
                f"data.shape = {format_list(data.shape)} does not start with "
                f"segment_ids.shape = {format_list(segment_ids.shape)}"
            )
        _check_below(segment_ids, count)
        rows = np.reshape(data, (segment_ids.size, *data.shape[rank:]))
        fill = empty(data.dtype) if callable(empty) else empty
        return reduce_rows(rows, segment_ids.reshape(-1), count, ufunc, fill)

    return op


def _check_below(ids: Any, count: int) -> None:
    bad = ids >= count
    if bad.any():
        at = np.unravel_index(int(np.argmax(bad)), ids.shape)
        place = f"[{','.join(str(int(i)) for i in at)}]"
        invalid(f"segment_ids{place} = {ids[at]} is out of range [0, {count})")


def _gather_valid(params: Tensor, ids: Tensor) -> Tensor:
    """Rows of `params` by segment; zeros for rows that were left out."""
    rows = raw.GatherV2(params, raw.Maximum(ids, raw.ZerosLike(ids)), 0)
    valid = raw.GreaterEqual(ids, raw.ZerosLike(ids))
    extra = raw.Fill(raw.ExpandDims(raw.Rank(rows) - raw.Rank(ids), 0), np.int32(1))
    column = raw.Reshape(valid, raw.ConcatV2([raw.Shape(ids), extra], 0))
    everywhere = raw.BroadcastTo(column, raw.Shape(rows))
    result: Tensor = raw.Select(everywhere, rows, raw.ZerosLike(rows))
    return result


def _unsorted_sum_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    return [_gather_valid(dy, op.inputs[1]), None, None]


def _unsorted_extreme_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    x, ids, count = op.inputs
    chosen = raw.Equal(x, _gather_valid(op.outputs[0], ids))
    found = raw.Cast(chosen, DstT=dy.dtype.base_dtype)
    share = dy / raw.UnsortedSegmentSum(found, ids, count)
    rows = _gather_valid(share, ids)
    return [raw.Select(chosen, rows, raw.ZerosLike(rows)), None, None]


def _others_product(op: Operation, dy: Tensor, count: Tensor) -> list[Tensor]:
    """The product of the others of its segment, for elements that may be zero."""
    x, ids = op.inputs[0], op.inputs[1]
    zeros = raw.ZerosLike(x)
    is_zero = raw.Equal(x, zeros)
    many = raw.UnsortedSegmentSum(raw.Cast(is_zero, DstT=int32), ids, count)
    # With two zeros in a segment all products of others are zero.
    dy = raw.Select(raw.Greater(many, raw.OnesLike(many)), raw.ZerosLike(dy), dy)
    others = raw.UnsortedSegmentProd(
        raw.Select(is_zero, raw.OnesLike(x), x), ids, count
    )
    safe = raw.Select(is_zero, raw.OnesLike(x), x)
    whole = _gather_valid(op.outputs[0], ids) / safe
    partial = raw.Select(is_zero, _gather_valid(others, ids), whole)
    return [_gather_valid(dy, ids) * partial]


def _unsorted_prod_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    return [*_others_product(op, dy, op.inputs[2]), None, None]


_unsorted_op("UnsortedSegmentSum", NUMERIC, np.add, 0, _unsorted_sum_gradient)
_unsorted_op("UnsortedSegmentProd", NUMERIC, np.multiply, 1, _unsorted_prod_gradient)
_unsorted_op(
    "UnsortedSegmentMax", REAL, np.maximum, lambda dtype: _lowest(dtype, True),
    _unsorted_extreme_gradient,
)  # fmt: skip
_unsorted_op(
    "UnsortedSegmentMin", REAL, np.minimum, lambda dtype: _lowest(dtype, False),
    _unsorted_extreme_gradient,
)  # fmt: skip

_UNSORTED_DOC = """{what} of the rows of each segment, in any order.

Args:
    data: a numeric tensor; its first dimensions are those of `segment_ids`.
    segment_ids: int32 or int64, the segment of each row; rows of negative ones are
        left out.
    num_segments: int32 or int64 scalar, how many segments there are.
    name: the node's name.

Returns:
    A tensor of that dtype, `[num_segments, ...]`; {empty} for empty segments.
"""


class Unsorted(Protocol):
    """A public reduction of segments in any order."""

    def __call__(
        self, data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
    ) -> Tensor:
        """Adds the node."""


def _unsorted(op_type: str, public_name: str, what: str, empty: str) -> Unsorted:
    def function(
        data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
    ) -> Tensor:
        make = getattr(raw, op_type)
        result: Tensor = make(data, segment_ids, num_segments, name=name)
        return result

    describe(function, public_name, _UNSORTED_DOC.format(what=what, empty=empty), "")
    return function


unsorted_segment_sum = _unsorted(
    "UnsortedSegmentSum", "unsorted_segment_sum", "The sum", "0"
)
unsorted_segment_prod = _unsorted(
    "UnsortedSegmentProd", "unsorted_segment_prod", "The product", "1"
)
unsorted_segment_max = _unsorted(
    "UnsortedSegmentMax", "unsorted_segment_max", "The maximum", "the lowest number"
)
unsorted_segment_min = _unsorted(
    "UnsortedSegmentMin", "unsorted_segment_min", "The minimum", "the highest number"
)


def _row_counts(data: Tensor, ids: Tensor, num_segments: Any) -> Tensor:
    """How many rows each segment has, at least 1, as a column of the data's dtype."""
    one = convert(np.ones((), data.dtype.base_dtype.np_dtype), None, "one")
    found = raw.UnsortedSegmentSum(raw.Fill(raw.Shape(ids), one), ids, num_segments)
    count = raw.Cast(num_segments, DstT=int32)
    if data.static_shape is not None and ids.static_shape is not None:
        extra = [np.int32(1)] * (len(data.static_shape) - len(ids.static_shape))
        shape = raw.Pack([count, *extra])
    else:
        rank = raw.Rank(data) - raw.Rank(ids)
        ones = raw.Fill(raw.ExpandDims(rank, 0), np.int32(1))
        shape = raw.ConcatV2([raw.ExpandDims(count, 0), ones], 0)
    column = raw.Reshape(found, shape)
    result: Tensor = raw.Maximum(column, one)
    return result


def unsorted_segment_mean(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The mean of the rows of each segment, in any order.

    Args:
        data: a floating tensor; its first dimensions are those of `segment_ids`.
        segment_ids: int32 or int64, the segment of each row; rows of negative ones
            are left out.
        num_segments: int32 or int64 scalar, how many segments there are.
        name: the scope of its nodes.

    Returns:
        A tensor of that dtype, `[num_segments, ...]`; 0 for empty segments.
    """
    with op_scope(name, "UnsortedSegmentMean", data, segment_ids):
        x, ids = convert(data, None, "data"), convert(segment_ids, None, "segment_ids")
        count = convert(num_segments, None, "num_segments")
        return unsorted_segment_sum(x, ids, count) / _row_counts(x, ids, count)


def unsorted_segment_sqrt_n(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The sum of the rows of each segment by the root of their number.

    Args:
        data: a floating tensor; its first dimensions are those of `segment_ids`.
        segment_ids: int32 or int64, the segment of each row; rows of negative ones
            are left out.
        num_segments: int32 or int64 scalar, how many segments there are.
        name: the scope of its nodes.

    Returns:
        A tensor of that dtype, `[num_segments, ...]`; 0 for empty segments.
    """
    with op_scope(name, "UnsortedSegmentSqrtN", data, segment_ids):
        x, ids = convert(data, None, "data"), convert(segment_ids, None, "segment_ids")
        count = convert(num_segments, None, "num_segments")
        root = raw.Sqrt(_row_counts(x, ids, count))
        result: Tensor = unsorted_segment_sum(x, ids, count) / root
        return result
