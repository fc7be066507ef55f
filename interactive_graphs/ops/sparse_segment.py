"""Reductions over segments of picked rows, as sparse embeddings need them.

`sparse_segment_sum(data, indices, segment_ids)` is
`segment_sum(gather(data, indices), segment_ids)` without the copy in between, with an
optional number of segments. Read next: `embedding.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import FLOAT, INDEX, REAL, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu.segment import counts, divide_rows, reduce_rows
from interactive_graphs.ops.segment import check_sorted, known_count


def _check_vectors(op: Operation) -> None:
    ids = [with_rank(t.static_shape, 1) for t in op.inputs[1:3]]
    merge_dims(*(s[0] for s in ids if s is not None))


def _shape(op: Operation) -> list[Shape]:
    _check_vectors(op)
    data = op.inputs[0].static_shape
    if data is None:
        return [None]
    count = _known_segments(op)
    return [(count, *data[1:])]


def _known_segments(op: Operation) -> int | None:
    return known_count(op.inputs[3]) if len(op.inputs) > 3 else None


def _sum(data: Any, indices: Any, ids: Any, count: int | None) -> tuple[Any, Any]:
    """The sums, and how many rows each segment has, at least 1."""
    if indices.shape != ids.shape:
        invalid("segment_ids and indices should have same size.")
    bad = (indices < 0) | (indices >= len(data))
    if bad.any():
        at = int(np.argmax(bad))
        invalid(f"Bad: indices[{at}] == {indices[at]} out of range [0, {len(data)})")
    check_sorted(ids)
    last = int(ids[-1]) + 1 if len(ids) else 0
    if count is not None and last > count:
        invalid("segment ids must be < num_segments")
    size = last if count is None else count
    total = reduce_rows(data[indices], ids, size, np.add, 0)
    return total, np.maximum(counts(ids, size), 1)


def _scaled(kind: str, total: Any, rows: Any) -> Any:
    if kind == "Sum":
        return total
    return divide_rows(total, rows if kind == "Mean" else np.sqrt(rows))


def _gradient(kind: str) -> Any:
    def rule(op: Operation, dy: Tensor) -> list[Tensor | None]:
        data, indices, ids = op.inputs[:3]
        count = raw.GatherV2(raw.Shape(data), 0, 0)
        if kind == "Sum":
            dx = raw.UnsortedSegmentSum(raw.GatherV2(dy, ids, 0), indices, count)
        else:
            dx = getattr(raw, f"SparseSegment{kind}Grad")(dy, indices, ids, count)
        return [dx, *[None] * (len(op.inputs) - 1)]

    return rule


def _grad_shape(op: Operation) -> list[Shape]:
    _check_vectors(op)
    grad = op.inputs[0].static_shape
    count = known_count(op.inputs[3])
    return [None if grad is None else (count, *grad[1:])]


def _define(kind: str) -> None:
    """The op, the one that is told the number of segments, and their gradient's op."""
    attrs: dict[str, Any] = {
        "T": types(REAL if kind == "Sum" else FLOAT),
        "Tidx": types(INDEX, int32),
        "Tsegmentids": types(INDEX, int32),
    }
    signature = "data: T, indices: Tidx, segment_ids: Tsegmentids"
    doc = f"{kind} of picked rows by segment."
    plain = define(
        f"SparseSegment{kind}", f"{signature} -> output: T", **attrs, shape=_shape,
        gradient=_gradient(kind), doc=doc,
    )  # fmt: skip

    @plain.kernel("CPU")
    def _(data: Any, indices: Any, segment_ids: Any) -> Any:
        return _scaled(kind, *_sum(data, indices, segment_ids, None))

    counted = define(
        f"SparseSegment{kind}WithNumSegments",
        f"{signature}, num_segments: Tnumsegments -> output: T",
        **attrs, Tnumsegments=types(INDEX, int32), shape=_shape,
        gradient=_gradient(kind), doc=doc,
    )  # fmt: skip

    @counted.kernel("CPU")
    def _(data: Any, indices: Any, segment_ids: Any, num_segments: Any) -> Any:
        found = _sum(data, indices, segment_ids, int(num_segments))
        return _scaled(kind, *found)

    if kind == "Sum":
        return
    grad = define(
        f"SparseSegment{kind}Grad",
        "grad: T, indices: Tidx, segment_ids: Tsegmentids, output_dim0: int32 "
        "-> output: T",
        **attrs, shape=_grad_shape, doc=f"The gradient of SparseSegment{kind}.",
    )  # fmt: skip

    @grad.kernel("CPU")
    def _(grad: Any, indices: Any, segment_ids: Any, output_dim0: Any) -> Any:
        size = int(output_dim0)
        bad = (indices < 0) | (indices >= size)
        if bad.any():
            invalid(f"Index {indices[int(np.argmax(bad))]} out of range [0, {size}).")
        rows = np.maximum(counts(segment_ids, len(grad)), 1)
        shares = _scaled(kind, grad, rows)[segment_ids]
        return reduce_rows(shares, indices, size, np.add, 0)


for _kind in ("Sum", "Mean", "SqrtN"):
    _define(_kind)


def _build(
    kind: str, data: Any, indices: Any, ids: Any, name: str | None, count: Any
) -> Tensor:
    result: Tensor
    if count is None:
        result = getattr(raw, f"SparseSegment{kind}")(data, indices, ids, name=name)
    else:
        make = getattr(raw, f"SparseSegment{kind}WithNumSegments")
        result = make(data, indices, ids, count, name=name)
    return result


def sparse_segment_sum(
    data: Any,
    indices: Any,
    segment_ids: Any,
    name: str | None = None,
    num_segments: Any = None,
) -> Tensor:
    """The sum of picked rows of each segment.

    Args:
        data: a real tensor, `[n, ...]`.
        indices: int32 or int64, `[k]`, the rows to take.
        segment_ids: int32 or int64, `[k]`, sorted, the segment of each row taken.
        name: the node's name.
        num_segments: int32 scalar; the last segment decides when None.

    Returns:
        A tensor of that dtype, `[segments, ...]`; 0 for empty segments.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.sparse_segment_sum([1., 2., 4.], [0, 2, 2], [0, 0, 1]))
        array([5., 4.], dtype=float32)
    """
    return _build("Sum", data, indices, segment_ids, name, num_segments)


def sparse_segment_mean(
    data: Any,
    indices: Any,
    segment_ids: Any,
    name: str | None = None,
    num_segments: Any = None,
) -> Tensor:
    """The mean of picked rows of each segment.

    Args:
        data: a floating tensor, `[n, ...]`.
        indices: int32 or int64, `[k]`, the rows to take.
        segment_ids: int32 or int64, `[k]`, sorted, the segment of each row taken.
        name: the node's name.
        num_segments: int32 scalar; the last segment decides when None.

    Returns:
        A tensor of that dtype, `[segments, ...]`; 0 for empty segments.
    """
    return _build("Mean", data, indices, segment_ids, name, num_segments)


def sparse_segment_sqrt_n(
    data: Any,
    indices: Any,
    segment_ids: Any,
    name: str | None = None,
    num_segments: Any = None,
) -> Tensor:
    """The sum of picked rows of each segment, by the root of their number.

    Args:
        data: a floating tensor, `[n, ...]`.
        indices: int32 or int64, `[k]`, the rows to take.
        segment_ids: int32 or int64, `[k]`, sorted, the segment of each row taken.
        name: the node's name.
        num_segments: int32 scalar; the last segment decides when None.

    Returns:
        A tensor of that dtype, `[segments, ...]`; 0 for empty segments.
    """
    return _build("SqrtN", data, indices, segment_ids, name, num_segments)
