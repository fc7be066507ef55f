"""Reductions: sums, products, means, extremes and logic over axes.

The ops share one signature, one shape rule and the check of axes; a gradient spreads
what comes in over what was reduced. Read next: `matmul.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.build import apply
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    INDEX,
    NUMERIC,
    REAL,
    as_dtype,
    bool as bool_type,
    int32,
    int64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import MISSING, OpDef, define, types
from interactive_graphs.framework.shape_rules import reduction
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._arguments import one_of
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._tables import describe
from interactive_graphs.ops.elementwise import conj_of

Axes = tuple[int, ...]


def checked_axes(x: Any, indices: Any) -> Axes:
    """The axes to reduce, counted from the front.

    Args:
        x: the array.
        indices: axes as the op got them, negative ones from the back.

    Raises:
        InvalidArgumentError: an axis is out of range or comes twice.
    """
    rank = np.ndim(x)
    axes: list[int] = []
    for axis in np.asarray(indices).reshape(-1).tolist():
        if not -rank <= axis < rank:
            invalid(  # The missing parenthesis is TF's own.
                f"Invalid reduction dimension ({axis} for input with {rank} "
                "dimension(s)"
            )
        if axis % rank in axes:
            invalid(
                "Invalid reduction arguments: Axes contains duplicate dimension: "
                f"{axis % rank}"
            )
        axes.append(axis % rank)
    return tuple(axes)


def reduction_op(
    name: str,
    function: Callable[[Any, Axes, bool], Any],
    gradient: Any,
    allowed: Any = NUMERIC,
    doc: str = "",
) -> OpDef:
    """A row: one op `input, reduction_indices -> output`.

    Args:
        name: the op's name on the wire.
        function: of an array, axes and whether to keep them as 1.
        gradient: as for `define`.
        allowed: the dtypes it takes; None for bool only.
        doc: one line.
    """
    kind = "bool" if allowed is None else "T"
    attrs: dict[str, Any] = {} if allowed is None else {"T": types(allowed)}
    op = define(
        name, f"input: {kind}, reduction_indices: Tidx -> output: {kind}",
        keep_dims=False, Tidx=types(INDEX, int32), **attrs,
        shape=reduction, gradient=gradient, doc=doc,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(input: Any, reduction_indices: Any, keep_dims: bool) -> Any:
        return function(input, checked_axes(input, reduction_indices), keep_dims)

    return op


def wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype to add up in: 16-bit floats would lose the small terms."""
    return np.dtype(np.float32) if dtype.itemsize == 2 and dtype.kind in "fV" else dtype


def _sum(x: Any, axes: Axes, keep: bool) -> Any:
    total = np.sum(x, axis=axes, dtype=wide(x.dtype), keepdims=keep)
    return total.astype(x.dtype, copy=False)


def _prod(x: Any, axes: Axes, keep: bool) -> Any:
    total = np.prod(x, axis=axes, dtype=wide(x.dtype), keepdims=keep)
    return total.astype(x.dtype, copy=False)


def _mean(x: Any, axes: Axes, keep: bool) -> Any:
    count = int(np.prod([x.shape[a] for a in axes], dtype=np.int64)) if axes else 1
    if x.dtype.kind == "u":
        total = np.sum(x, axis=axes, dtype=np.uint64, keepdims=keep)
        return np.floor_divide(total, np.uint64(max(count, 1))).astype(x.dtype)
    if x.dtype.kind == "i":
        # Integers round towards zero; the mean of nothing is 0.
        total = np.sum(x, axis=axes, dtype=np.int64, keepdims=keep)
        mean = np.sign(total) * (np.abs(total) // max(count, 1))
        return mean.astype(x.dtype)
    total = np.sum(x, axis=axes, dtype=wide(x.dtype), keepdims=keep)
    return np.divide(total, total.dtype.type(count)).astype(x.dtype, copy=False)


def _extreme(function: Any, lowest: bool) -> Callable[[Any, Axes, bool], Any]:
    def reduce(x: Any, axes: Axes, keep: bool) -> Any:
        # The extreme of nothing is the other end of the dtype.
        start: float = -np.inf if lowest else np.inf
        if x.dtype.kind in "iu":
            info = np.iinfo(x.dtype)
            start = info.min if lowest else info.max
        return function(x, axis=axes, keepdims=keep, initial=x.dtype.type(start))

    return reduce


# -- gradients ------------------------------------------------------------------------


def _kept_shape(op: Operation) -> Tensor:
    """The shape of the result, as it would be with keep_dims."""
    x, axes = op.inputs
    shape, indices = x.static_shape, static_value(axes)
    if shape is not None and indices is not None and None not in shape:
        rank = len(shape)
        reduced = {int(a) % rank for a in indices.reshape(-1)}
        known = [1 if i in reduced else d for i, d in enumerate(shape)]
        return convert(np.array(known, np.int32), None, "kept_shape")
    dims, rank_of = raw.Shape(x), raw.Rank(x)
    index = raw.FloorMod(raw.Cast(axes, DstT=int32) + rank_of, rank_of)
    index = raw.Reshape(index, np.array([-1], np.int32))
    ones = raw.Fill(raw.Shape(index), np.int32(1))
    # Ones at the reduced axes, the dimensions elsewhere.
    kept: Tensor = raw.DynamicStitch([raw.Range(0, rank_of, 1), index], [dims, ones])
    return kept


def _spread(op: Operation, value: Tensor) -> Tensor:
    """A value of the result's shape, repeated over the shape of the input."""
    kept = raw.Reshape(value, _kept_shape(op))
    result: Tensor = raw.BroadcastTo(kept, raw.Shape(op.inputs[0]))
    return result


def _sum_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    return [_spread(op, dy), None]


def _mean_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    whole, part = op.inputs[0], op.outputs[0]
    factor = raw.FloorDiv(raw.Size(whole), raw.Maximum(raw.Size(part), 1))
    return [_spread(op, dy) / raw.Cast(factor, DstT=dy.dtype), None]


def _extreme_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Equal extremes share the gradient."""
    kept = _kept_shape(op)
    y = raw.Reshape(op.outputs[0], kept)
    chosen = raw.Cast(raw.Equal(y, op.inputs[0]), DstT=dy.dtype)
    count = raw.Reshape(raw.Sum(chosen, op.inputs[1]), kept)
    return [chosen / count * raw.Reshape(dy, kept), None]


def _prod_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """The product of all others, without dividing: an element may be zero."""
    x, axes = op.inputs
    rank = raw.Rank(x)
    index = raw.Reshape(axes, np.array([-1], np.int32))
    index = raw.FloorMod(raw.Cast(index, DstT=int32) + rank, rank)
    rest, _ = raw.ListDiff(raw.Range(0, rank, 1), index)
    order = raw.ConcatV2([index, rest], 0)
    # Reduced axes first, then everything flat: [reduced, rest].
    moved = raw.Transpose(x, order)
    dims = raw.Shape(moved)
    count = raw.Prod(raw.GatherV2(raw.Shape(x), index, 0), 0)
    others = raw.Prod(raw.GatherV2(raw.Shape(x), rest, 0), 0)
    flat = raw.Reshape(moved, raw.Pack([count, others]))
    left = raw.Cumprod(flat, 0, exclusive=True)
    right = raw.Cumprod(flat, 0, exclusive=True, reverse=True)
    product = raw.Reshape(conj_of(left) * conj_of(right), dims)
    dx = _spread(op, dy) * raw.Transpose(product, raw.InvertPermutation(order))
    return [raw.Reshape(dx, raw.Shape(x)), None]


def _norm_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    return [op.inputs[0] * _spread(op, raw.RealDiv(dy, op.outputs[0])), None]


def _euclidean(x: Any, axes: Axes, keep: bool) -> Any:
    squares = np.square(np.abs(x))
    total = np.sum(squares, axis=axes, dtype=wide(squares.dtype), keepdims=keep)
    return np.sqrt(total).astype(x.dtype)


def _logic(function: Any) -> Callable[[Any, Axes, bool], Any]:
    return lambda x, axes, keep: function(x, axis=axes, keepdims=keep)


broadcast_args_op = define(
    "BroadcastGradientArgs", "s0: T, s1: T -> r0: T, r1: T", T=types(INDEX, int32),
    shape=lambda _: [(None,), (None,)], gradient=None,
    doc="The axes to sum a broadcast gradient over, for each of two shapes.",
)  # fmt: skip


@broadcast_args_op.kernel("CPU")
def _(s0: Any, s1: Any) -> tuple[np.ndarray, np.ndarray]:
    # On lists: shapes are short, and numpy's fixed costs were half of a small step.
    rank = max(len(s0), len(s1))
    shapes = [[1] * (rank - len(s)) + s.tolist() for s in (s0, s1)]
    axes = []
    for shape, other, given in zip(shapes, shapes[::-1], (s0, s1), strict=True):
        added = rank - len(given)
        repeated = [
            i for i in range(rank) if i < added or (shape[i] == 1 and other[i] != 1)
        ]
        axes.append(np.array(repeated, s0.dtype))
    return axes[0], axes[1]


# -- public functions -----------------------------------------------------------------


def _arguments(
    axis: Any, keepdims: Any, reduction_indices: Any, keep_dims: Any
) -> tuple[Any, bool]:
    """Axis and keepdims under the names of any version."""
    axis = one_of("axis", axis, "reduction_indices", reduction_indices)
    keep = one_of("keepdims", keepdims, "keep_dims", keep_dims)
    return axis, bool(keep)


def all_axes(x: Tensor) -> Tensor:
    """The axes 0, 1, ... of x, as a constant where the rank is known."""
    if x.static_shape is not None:
        axes = np.arange(len(x.static_shape), dtype=np.int32)
        return convert(axes, None, "Const")
    result: Tensor = raw.Range(0, raw.Rank(x), 1)
    return result


_DOC = """{summary}

Args:
    input_tensor: {dtypes}.
    axis: int32 or int64, the axes to reduce, a number or a list; all when None.
        Negative ones count from the back.
    keepdims: whether reduced axes stay, with length 1.
    name: the node's name.
    reduction_indices: the old name of `axis`.
    keep_dims: the old name of `keepdims`.

Returns:
    A tensor of {result}, with the axes gone or of length 1.

Raises:
    ValueError: an axis is known to be out of range.
"""


class Reduce(Protocol):
    """A public reduction."""

    def __call__(
        self,
        input_tensor: Any,
        axis: Any = None,
        keepdims: bool | None = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: bool | None = None,
    ) -> Tensor:
        """Adds the node."""


def _reduce(
    op_def: OpDef, public_name: str, summary: str, dtypes: str, example: str = ""
) -> Reduce:
    """The public function of a reduction."""

    def function(
        input_tensor: Any,
        axis: Any = None,
        keepdims: bool | None = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: bool | None = None,
    ) -> Tensor:
        axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
        every = axis is None
        if every:
            input_tensor = convert(input_tensor, op_def.inputs[0].dtype, "input")
            axis = all_axes(input_tensor)
        args = (input_tensor, axis)
        reduced = apply(op_def, args, {"keep_dims": keep}, name).outputs[0]
        if every and not keep:
            reduced.set_shape(())  # also where the rank of the input is unknown
        return reduced

    result = "bool" if op_def.inputs[0].dtype is bool_type else "that dtype"
    doc = _DOC.format(summary=summary, dtypes=dtypes, result=result)
    describe(function, public_name, doc, example)
    return function


reduce_sum = _reduce(
    reduction_op("Sum", _sum, _sum_gradient, doc="The sum over axes."),
    "reduce_sum", "The sum over axes.", "any numeric dtype",
    """
>>> sess.run(tf.reduce_sum([[1, 2], [3, 4]], axis=0))
array([4, 6], dtype=int32)
    """,
)  # fmt: skip
reduce_prod = _reduce(
    reduction_op("Prod", _prod, _prod_gradient, doc="The product over axes."),
    "reduce_prod", "The product over axes.", "any numeric dtype",
)  # fmt: skip
reduce_mean = _reduce(
    reduction_op("Mean", _mean, _mean_gradient, doc="The mean over axes."),
    "reduce_mean", "The mean over axes; of integers rounded towards zero.",
    "any numeric dtype",
    """
>>> sess.run(tf.reduce_mean([[1., 2.], [3., 4.]], axis=1))
array([1.5, 3.5], dtype=float32)
    """,
)  # fmt: skip
reduce_max = _reduce(
    reduction_op("Max", _extreme(np.max, True), _extreme_gradient, REAL, "Maximum."),
    "reduce_max", "The maximum over axes; NaN where there is one.", "any real dtype",
)  # fmt: skip
reduce_min = _reduce(
    reduction_op("Min", _extreme(np.min, False), _extreme_gradient, REAL, "Minimum."),
    "reduce_min", "The minimum over axes; NaN where there is one.", "any real dtype",
)  # fmt: skip
reduction_op("EuclideanNorm", _euclidean, _norm_gradient, doc="The length over axes.")
reduce_all = _reduce(
    reduction_op("All", _logic(np.all), MISSING, None, "Whether all hold."),
    "reduce_all", "Whether all elements over axes are true.", "bool",
)  # fmt: skip
reduce_any = _reduce(
    reduction_op("Any", _logic(np.any), MISSING, None, "Whether any holds."),
    "reduce_any", "Whether any element over axes is true.", "bool",
)  # fmt: skip


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The length of vectors: the root of the sum of squares over axes.

    Args:
        input_tensor: any numeric dtype.
        axis: the axes to reduce; all when None.
        keepdims: whether reduced axes stay, with length 1.
        name: the node's name.

    Returns:
        A tensor of that dtype, with the axes gone or of length 1.
    """
    x = convert(input_tensor, None, "input")
    axes = all_axes(x) if axis is None else axis
    result: Tensor = raw.EuclideanNorm(x, axes, keep_dims=bool(keepdims), name=name)
    return result


def reduce_logsumexp(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """log(sum(exp(x))) over axes, without overflow.

    Args:
        input_tensor: a floating dtype.
        axis: the axes to reduce, a number or a list; all when None.
        keepdims: whether reduced axes stay, with length 1.
        name: the node's name.
        reduction_indices: the old name of `axis`.
        keep_dims: the old name of `keepdims`.

    Returns:
        A tensor of that dtype, with the axes gone or of length 1.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.reduce_logsumexp([1000., 1000.]))
        np.float32(1000.6931)
    """
    axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
    with op_scope(name, "ReduceLogSumExp", input_tensor):
        x = convert(input_tensor, None, "input")
        largest = reduce_max(x, axis, keepdims=True)
        # Infinite extremes would leave inf - inf.
        usable = raw.IsFinite(largest)
        shift = raw.StopGradient(raw.Select(usable, largest, raw.ZerosLike(largest)))
        total: Tensor = (
            raw.Log(reduce_sum(raw.Exp(x - shift), axis, keepdims=True)) + shift
        )
        if keep:
            return total
        kept = reduce_sum(x, axis)
        result: Tensor = raw.Reshape(total, raw.Shape(kept))
        result.static_shape = kept.static_shape
        return result


def reduce_variance(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The mean squared distance from the mean over axes.

    Args:
        input_tensor: a floating dtype.
        axis: the axes to reduce; all when None.
        keepdims: whether reduced axes stay, with length 1.
        name: the node's name.

    Returns:
        A tensor of that dtype, with the axes gone or of length 1.
    """
    with op_scope(name, "reduce_variance", input_tensor):
        x = convert(input_tensor, None, "input")
        if x.dtype.is_integer:
            raise TypeError("Input must be either real or complex")
        return reduce_mean(raw.Square(x - reduce_mean(x, axis, True)), axis, keepdims)


def reduce_std(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The standard deviation over axes: the root of `reduce_variance`.

    Args:
        input_tensor: a floating dtype.
        axis: the axes to reduce; all when None.
        keepdims: whether reduced axes stay, with length 1.
        name: the node's name.

    Returns:
        A tensor of that dtype, with the axes gone or of length 1.
    """
    with op_scope(name, "reduce_std", input_tensor):
        result: Tensor = raw.Sqrt(reduce_variance(input_tensor, axis, keepdims))
        return result


def count_nonzero(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = int64,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """How many elements over axes are not zero.

    Args:
        input_tensor: numeric or bool.
        axis: the axes to reduce; all when None.
        keepdims: whether reduced axes stay, with length 1.
        dtype: of the result.
        name: the node's name.
        reduction_indices: the old name of `axis`.
        keep_dims: the old name of `keepdims`.

    Returns:
        A tensor of `dtype`, with the axes gone or of length 1.
    """
    axis, keep = _arguments(axis, keepdims, reduction_indices, keep_dims)
    with op_scope(name, "count_nonzero", input_tensor):
        x = convert(input_tensor, None, "input_tensor")
        zero = convert(np.zeros((), x.dtype.base_dtype.np_dtype), None, "zero")
        found = raw.Cast(raw.NotEqual(x, zero), DstT=int64)
        result: Tensor = reduce_sum(found, axis, keep)
        wanted = as_dtype(dtype).base_dtype
        return result if wanted is int64 else raw.Cast(result, DstT=wanted)
