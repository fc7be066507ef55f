"""Counting: how often numbers occur, in bins, buckets or pairs.

Read next: `segment.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    INDEX,
    DType,
    as_dtype,
    float32,
    float64,
    int32,
    int64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import same, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import blocks
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.reduction import reduce_max

_COUNTABLE = (int32, int64, float32, float64)


def _bincount_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[1].static_shape, 0)
    size = static_value(op.inputs[1])
    if size is None:
        return [(None,)]
    if size < 0:
        raise ValueError(f"size ({int(size)}) must be non-negative")
    return [(int(size),)]


bincount_op = define(
    "Bincount", "arr: int32, size: int32, weights: T -> bins: T", T=types(_COUNTABLE),
    shape=_bincount_shape, doc="How often each of 0, 1, ... occurs.",
)  # fmt: skip


@bincount_op.kernel("CPU")
def _(arr: Any, size: Any, weights: Any) -> Any:
    if size < 0:
        invalid(f"size ({int(size)}) must be non-negative")
    values = np.asarray(arr).reshape(-1)
    if (values < 0).any():
        invalid("Input arr must be non-negative!")
    factors = weights.reshape(-1)
    if factors.size and factors.size != values.size:
        invalid("Input indices and weights must have the same size.")
    if values.max(initial=-1) >= size:
        inside = values < size
        values = values[inside]
        factors = factors[inside] if factors.size else factors
    if not weights.size:
        return np.bincount(values, minlength=int(size)).astype(weights.dtype)
    if weights.dtype.kind == "f":
        return np.bincount(values, factors, int(size)).astype(weights.dtype)
    out = np.zeros(int(size), weights.dtype)
    np.add.at(out, values, factors)
    return out


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = int32,
    name: str | None = None,
) -> Tensor:
    """How often each of the numbers 0, 1, 2, ... occurs.

    Args:
        arr: int32 tensor of numbers that are not negative.
        weights: what each occurrence counts, of the shape of `arr`; 1 when None.
        minlength: the result has at least this many entries.
        maxlength: the result has at most this many; larger numbers are not counted.
        dtype: of the result, when there are no weights.
        name: the scope of its nodes.

    Returns:
        A tensor of `dtype` or that of the weights, `[max(arr) + 1]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.bincount([1, 1, 3]))
        array([0, 2, 0, 1], dtype=int32)
    """
    with op_scope(name, "bincount", arr):
        x = convert(arr, int32, "arr")
        some = raw.Greater(raw.Size(x), np.int32(0))
        # The maximum of nothing is the lowest number: count nothing then.
        length = raw.Cast(some, DstT=int32) * (reduce_max(x) + 1)
        if minlength is not None:
            length = raw.Maximum(convert(minlength, int32, "minlength"), length)
        if maxlength is not None:
            length = raw.Minimum(convert(maxlength, int32, "maxlength"), length)
        if weights is None:
            weights = np.zeros((0,), as_dtype(dtype).np_dtype)
        weights = convert(weights, None, "weights")
        result: Tensor = raw.Bincount(x, length, weights)
        return result


# -- histograms -----------------------------------------------------------------------


def _histogram_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[1].static_shape, 1)
    with_rank(op.inputs[2].static_shape, 0)
    bins = static_value(op.inputs[2])
    if bins is None:
        return [(None,)]
    if bins <= 0:
        raise ValueError(f"Requires nbins > 0: {int(bins)}")
    return [(int(bins),)]


histogram_op = define(
    "HistogramFixedWidth", "values: T, value_range: T, nbins: int32 -> out: dtype",
    T=types(_COUNTABLE), dtype=Attr("type", int32, INDEX), shape=_histogram_shape,
    doc="How many numbers fall into each of equal bins.",
)  # fmt: skip


@histogram_op.kernel("CPU")
def _(values: Any, value_range: Any, nbins: Any, dtype: DType) -> Any:
    low, high = value_range
    if not low < high:
        shown = ", ".join(f"{v:g}" for v in value_range)
        invalid(
            "value_range should satisfy value_range[0] < value_range[1], but got "
            f"'[{shown}]'"
        )
    count = int(nbins)
    if count <= 0:
        invalid(f"nbins should be a positive number, but got '{count}'")
    step = (np.float64(high) - np.float64(low)) / count
    total = np.zeros(count, np.int64)
    flat = np.asarray(values).reshape(-1)
    for block in blocks.slices(flat.size, max(blocks.ELEMENTS, count)):
        at = np.floor((flat[block].astype(np.float64) - low) / step)
        # Numbers outside are counted in the first and last bin.
        at = np.clip(at, 0, count - 1).astype(np.int64)
        total += np.bincount(at, minlength=count)
    return total.astype(dtype.np_dtype)


def histogram_fixed_width(
    values: Any,
    value_range: Any,
    nbins: Any = 100,
    dtype: Any = int32,
    name: str | None = None,
) -> Tensor:
    """How many numbers fall into each of `nbins` equal bins.

    Args:
        values: an int32, int64, float32 or float64 tensor.
        value_range: `[2]` of the same dtype, the lower and the upper end; numbers
            outside are counted in the first and the last bin.
        nbins: int32 scalar.
        dtype: of the result, int32 or int64.
        name: the node's name.

    Returns:
        A tensor of `dtype`, `[nbins]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.histogram_fixed_width([-1., 0., 1.5, 2., 5.], [0., 5.], 5))
        array([2, 1, 1, 0, 1], dtype=int32)
    """
    with op_scope(name, "histogram_fixed_width", values, value_range, nbins) as scope:
        result: Tensor = raw.HistogramFixedWidth(
            values, value_range, nbins, dtype=as_dtype(dtype), name=scope
        )
        return result


def histogram_fixed_width_bins(
    values: Any,
    value_range: Any,
    nbins: Any = 100,
    dtype: Any = int32,
    name: str | None = None,
) -> Tensor:
    """Into which of `nbins` equal bins each number falls.

    Args:
        values: a real tensor.
        value_range: `[2]` of the same dtype, the lower and the upper end.
        nbins: int32 scalar.
        dtype: of the result, int32 or int64.
        name: the scope of its nodes.

    Returns:
        A tensor of `dtype` and the shape of `values`.
    """
    with op_scope(name, "histogram_fixed_width_bins", values, value_range, nbins):
        x = raw.Cast(values, DstT=float64)
        ends = raw.Cast(value_range, DstT=float64)
        low, high = ends[0], ends[1]
        count = raw.Cast(nbins, DstT=float64)
        at = raw.Floor((x - low) / (high - low) * count)
        held = raw.Maximum(raw.Minimum(at, count - 1), np.float64(0))
        result: Tensor = raw.Cast(held, DstT=as_dtype(dtype))
        return result


bucketize_op = define(
    "Bucketize", "input: T -> output: int32", boundaries=Attr("list(float)"),
    T=types(_COUNTABLE), shape=same, doc="Into which bucket each number falls.",
)  # fmt: skip


@bucketize_op.kernel("CPU")
def _(input: Any, boundaries: tuple[float, ...]) -> Any:
    if list(boundaries) != sorted(boundaries):
        invalid("Expected sorted boundaries")
    # Boundaries travel as 32-bit floats.
    ends = np.array(boundaries, np.float32)
    return np.searchsorted(ends, input, side="right").astype(np.int32)


# -- pairs ----------------------------------------------------------------------------


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = int32,
    name: str | None = None,
    weights: Any = None,
) -> Tensor:
    """How often each label met each prediction.

    Args:
        labels: integers, `[n]`, in 0..num_classes - 1.
        predictions: integers, `[n]`, in 0..num_classes - 1.
        num_classes: how many classes there are; the largest number + 1 when None.
        dtype: of the result.
        name: the scope of its nodes.
        weights: what each pair counts, `[n]`; 1 when None.

    Returns:
        A tensor of `dtype`, `[num_classes, num_classes]`: rows are labels, columns
        predictions. A class out of range is an InvalidArgumentError when run.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.confusion_matrix([1, 0, 1], [1, 0, 0]))
        array([[1, 0],
               [1, 1]], dtype=int32)
    """
    with op_scope(name, "confusion_matrix", labels, predictions):
        rows = raw.Cast(_one_column(labels), DstT=int64)
        columns = raw.Cast(_one_column(predictions), DstT=int64)
        if num_classes is None:
            top = raw.Maximum(reduce_max(rows), reduce_max(columns))
            count = top + 1
        else:
            count = raw.Cast(num_classes, DstT=int64)
        wanted = as_dtype(dtype).base_dtype
        if weights is None:
            values = raw.OnesLike(raw.Cast(columns, DstT=wanted))
        else:
            values = raw.Cast(weights, DstT=wanted)
        cells = raw.Pack([rows, columns], axis=1)
        result: Tensor = raw.ScatterNd(cells, values, raw.Pack([count, count]))
        return result


def _one_column(classes: Any) -> Tensor:
    """Class numbers as a vector: a last dimension of 1 goes."""
    x = convert(classes, None, "classes")
    if x.static_shape is not None and len(x.static_shape) == 2:
        squeezed: Tensor = raw.Squeeze(x, squeeze_dims=[-1])
        return squeezed
    return x
