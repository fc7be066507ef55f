"""The largest, the smallest, the n-th: arg-reductions, top_k and sorting.

Read next: `partition.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    INDEX,
    REAL,
    DType,
    bool as bool_type,
    int16,
    int32,
    int64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, OpDef, define, types
from interactive_graphs.framework.shape_rules import at_least_rank, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.ops._arguments import one_of
from interactive_graphs.ops._scope import op_scope

# -- argmax and argmin ----------------------------------------------------------------


def _arg_shape(op: Operation) -> list[Shape]:
    shape = op.inputs[0].static_shape
    axis = static_value(op.inputs[1])
    if shape is None:
        return [None]
    if axis is None:
        return [(None,) * (len(shape) - 1)]
    rank = len(shape)
    if not -rank <= axis < rank:
        raise ValueError(
            f"Dimension ({int(axis)}) must be in the range [{-rank}, {rank})"
        )
    at = int(axis) % rank
    return [(*shape[:at], *shape[at + 1 :])]


def _worst_for_nan(x: Any, worst: float) -> Any:
    """x, with NaN as the element that is never chosen."""
    if x.dtype.kind in "iub":
        return x
    return np.where(np.isnan(x), x.dtype.type(worst), x)


def _arg_op(name: str, function: Any, worst: float, doc: str) -> OpDef:
    axis_types = (int16, *INDEX) if name == "ArgMax" else INDEX
    op = define(
        name, "input: T, dimension: Tidx -> output: output_type",
        T=types((*REAL, bool_type)), Tidx=types(axis_types, int32),
        output_type=Attr("type", int64, INDEX), shape=_arg_shape,
        gradient=lambda _op, _dy: [None, None], doc=doc,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(input: Any, dimension: Any, output_type: DType) -> Any:
        rank, axis = np.ndim(input), int(dimension)
        if not -rank <= axis < rank:
            invalid(
                f"Expected dimension in the range [{-rank}, {rank}), but got {axis}"
            )
        if input.shape[axis] == 0:
            invalid(
                f"Reduction axis {axis % rank} is empty in shape "
                f"{format_list(input.shape)}"
            )
        found = function(_worst_for_nan(input, worst), axis=axis)
        return found.astype(output_type.np_dtype)

    return op


_arg_op("ArgMax", np.argmax, -np.inf, "Where the largest element is.")
_arg_op("ArgMin", np.argmin, np.inf, "Where the smallest element is.")


def argmax(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = int64,
) -> Tensor:
    """Where the largest element along an axis is; the first of equal ones.

    Args:
        input: a real tensor.
        axis: int32 or int64 scalar, 0 when None.
        name: the node's name.
        dimension: the old name of `axis`.
        output_type: int32 or int64.

    Returns:
        A tensor of `output_type`, with the axis gone.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.argmax([[1, 9], [5, 2]], 1))
        array([1, 0])
    """
    axis = one_of("axis", axis, "dimension", dimension)
    result: Tensor = raw.ArgMax(
        input, 0 if axis is None else axis, output_type=output_type, name=name
    )
    return result


def argmin(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = int64,
) -> Tensor:
    """Where the smallest element along an axis is; the first of equal ones.

    Args:
        input: a real tensor.
        axis: int32 or int64 scalar, 0 when None.
        name: the node's name.
        dimension: the old name of `axis`.
        output_type: int32 or int64.

    Returns:
        A tensor of `output_type`, with the axis gone.
    """
    axis = one_of("axis", axis, "dimension", dimension)
    result: Tensor = raw.ArgMin(
        input, 0 if axis is None else axis, output_type=output_type, name=name
    )
    return result


def arg_max(
    input: Any, dimension: Any, output_type: Any = int64, name: str | None = None
) -> Tensor:
    """`argmax`, under its older name.

    Args:
        input: a numeric tensor.
        dimension: int32 or int64, the axis.
        output_type: int32 or int64.
        name: the node's name.

    Returns:
        A tensor of `output_type`, with the axis gone.
    """
    return argmax(input, dimension, name, output_type=output_type)


def arg_min(
    input: Any, dimension: Any, output_type: Any = int64, name: str | None = None
) -> Tensor:
    """`argmin`, under its older name.

    Args:
        input: a numeric tensor.
        dimension: int32 or int64, the axis.
        output_type: int32 or int64.
        name: the node's name.

    Returns:
        A tensor of `output_type`, with the axis gone.
    """
    return argmin(input, dimension, name, output_type=output_type)


# -- the k largest --------------------------------------------------------------------


def _descending(x: Any) -> Any:
    """Indices that sort the last axis downwards; of equal ones the first leads."""
    key = _worst_for_nan(x, -np.inf)
    flipped = np.argsort(key[..., ::-1], axis=-1, kind="stable")[..., ::-1]
    return key.shape[-1] - 1 - flipped


def _largest(x: Any, k: int) -> tuple[Any, Any]:
    if np.ndim(x) < 1:
        invalid("input must be >= 1-D, got shape []")
    if k < 0:
        invalid(f"Need k >= 0, got {k}")
    if x.shape[-1] < k:
        invalid(f"input must have at least k columns. Had {x.shape[-1]}, needed {k}")
    indices = _few_largest(x, k) if k <= _FEW and x.shape[-1] > 4 * k else None
    if indices is None:
        indices = _descending(x)[..., :k]
    return np.take_along_axis(x, indices, -1), indices.astype(np.int32)


_FEW = 16
"""So many are found sooner one after another than by sorting all."""


def _few_largest(x: Any, k: int) -> Any:
    """The same indices by one maximum after another; None where that cannot be."""
    if x.dtype.kind not in "iuf" or not x.size:
        return None
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    key = np.array(_worst_for_nan(x, -np.inf))
    indices = np.empty((*x.shape[:-1], k), np.int64)
    for i in range(k):
        at = key.argmax(-1, keepdims=True)
        indices[..., i] = at[..., 0]
        # What has been taken becomes the lowest, of which there must be no other.
        if (np.take_along_axis(key, at, -1) == lowest).any():
            return None
        np.put_along_axis(key, at, lowest, -1)
    return indices


def _top_k_shape(op: Operation) -> list[Shape]:
    shape = at_least_rank(op.inputs[0].static_shape, 1)
    k = op.attrs["k"] if op.type == "TopK" else static_value(op.inputs[1])
    if op.type != "TopK":
        with_rank(op.inputs[1].static_shape, 0)
    if k is not None and k < 0:
        raise ValueError(
            "Dimension size, given by scalar input 1, must be non-negative but is "
            f"{int(k)}"
        )
    if shape is None:
        return [None, None]
    if k is not None and shape[-1] is not None and shape[-1] < k:
        raise ValueError(
            f"input must have last dimension >= k = {int(k)} but is {shape[-1]}"
        )
    return [(*shape[:-1], None if k is None else int(k))] * 2


def _top_k_gradient(op: Operation, dy: Tensor, _: Any) -> list[Tensor | None]:
    """What came in goes to the places that were chosen."""
    shape = raw.Shape(op.inputs[0])
    places = op.outputs[1]
    width = raw.GatherV2(raw.Shape(places), np.int32(-1) + raw.Rank(places), 0)
    columns = raw.GatherV2(shape, np.int32(-1) + raw.Rank(places), 0)
    flat = raw.Reshape(places, raw.Pack([np.int32(-1), width]))
    rows = raw.Range(0, raw.GatherV2(raw.Shape(flat), 0, 0), 1)
    flat = flat + raw.ExpandDims(rows * columns, -1)
    dx = raw.ScatterNd(
        raw.Reshape(flat, np.array([-1, 1], np.int32)),
        raw.Reshape(dy, np.array([-1], np.int32)),
        raw.Reshape(raw.Size(op.inputs[0]), np.array([1], np.int32)),
    )
    grads: list[Tensor | None] = [raw.Reshape(dx, shape)]
    return grads if op.type == "TopK" else [*grads, None]


top_k_op = define(
    "TopKV2", "input: T, k: int32 -> values: T, indices: int32", sorted=True,
    T=types(REAL), shape=_top_k_shape, gradient=_top_k_gradient,
    doc="The k largest elements of the last axis, and where they are.",
)  # fmt: skip


@top_k_op.kernel("CPU")
def _(input: Any, k: Any) -> tuple[Any, Any]:
    return _largest(input, int(k))


old_top_k_op = define(
    "TopK", "input: T -> values: T, indices: int32", k=Attr("int", minimum=0),
    sorted=True, T=types(REAL), shape=_top_k_shape, gradient=_top_k_gradient,
    doc="The k largest elements of the last axis, k known when the node is made.",
)  # fmt: skip


@old_top_k_op.kernel("CPU")
def _(input: Any, k: int) -> tuple[Any, Any]:
    return _largest(input, k)


class TopKV2(NamedTuple):  # TF1's name of it
    """What `top_k` gives."""

    values: Tensor
    indices: Tensor


def top_k(
    input: Any, k: Any = 1, sorted: bool = True, name: str | None = None
) -> TopKV2:
    """The k largest elements of the last axis, largest first.

    Args:
        input: a real tensor, `[..., n]`.
        k: int32 scalar, at most n.
        sorted: False allows any order; here the order is the same.
        name: the node's name.

    Returns:
        values: a tensor of that dtype, `[..., k]`; of equal elements the first leads.
        indices: int32, `[..., k]`, where they are in the last axis.

    Raises:
        ValueError: k is known to be negative or above n.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.nn.top_k([1, 9, 5], 2).values)
        array([9, 5], dtype=int32)
    """
    return TopKV2(*raw.TopKV2(input, k, sorted=sorted, name=name))


# -- the n-th -------------------------------------------------------------------------


def _nth_shape(op: Operation) -> list[Shape]:
    shape = at_least_rank(op.inputs[0].static_shape, 1)
    with_rank(op.inputs[1].static_shape, 0)
    n = static_value(op.inputs[1])
    if shape is None:
        return [None]
    if n is not None and shape[-1] is not None and shape[-1] <= n:
        raise ValueError(
            f"Input must have last dimension > n = {int(n)} but is {shape[-1]}"
        )
    return [shape[:-1]]


def _nth_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Elements that equal the n-th share what came in."""
    x, y = op.inputs[0], raw.ExpandDims(op.outputs[0], -1)
    chosen = raw.Cast(raw.Equal(y, x), DstT=dy.dtype.base_dtype)
    count = raw.Sum(chosen, np.int32(-1), keep_dims=True)
    return [chosen / count * raw.ExpandDims(dy, -1), None]


nth_op = define(
    "NthElement", "input: T, n: int32 -> values: T", reverse=False, T=types(REAL),
    shape=_nth_shape, gradient=_nth_gradient, doc="The n-th smallest of the last axis.",
)  # fmt: skip


@nth_op.kernel("CPU")
def _(input: Any, n: Any, reverse: bool) -> Any:
    if np.ndim(input) < 1:
        invalid("Input must be at least rank 1 but is rank 0")
    if not 0 <= n < input.shape[-1]:
        invalid(f"Input must have last dimension > n = {int(n)}")
    at = input.shape[-1] - 1 - n if reverse else n
    return np.sort(input, axis=-1)[..., at]


def nth_element(
    input: Any, n: Any, reverse: bool = False, name: str | None = None
) -> Tensor:
    """The n-th smallest element of the last axis, counted from 0.

    Args:
        input: a real tensor, `[..., m]`.
        n: int32 scalar, below m.
        reverse: whether to give the n-th largest.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[...]`.
    """
    result: Tensor = raw.NthElement(input, n, reverse=reverse, name=name)
    return result


# -- sorting --------------------------------------------------------------------------


def _sorted(values: Any, axis: int, direction: str, order: bool) -> Tensor:
    """Sorted elements, or with `order` where they were; made of top_k."""
    x = convert(values, None, "values")
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(
            f"Argument `direction` should be one of ASCENDING, DESCENDING. Received: "
            f"direction={direction}"
        )
    known = static_value(convert(axis, int32, "axis"))
    if known is None:
        raise ValueError("axis must be a constant scalar")
    shape = at_least_rank(x.static_shape, 1)
    if shape is None:
        raise ValueError("the rank of the values must be known")
    rank = len(shape)
    if not -rank <= known < rank:
        raise ValueError(f"axis = {int(known)} not in [{-rank}, {rank})")
    # top_k sorts the last axis downwards; the rest is moving and changing the sign.
    swap = list(range(rank))
    swap[int(known)], swap[-1] = swap[-1], swap[int(known)]
    moved = raw.Transpose(x, np.array(swap, np.int32))
    width = raw.GatherV2(raw.Shape(moved), np.int32(rank - 1), 0)
    ascending = direction == "ASCENDING"
    keys = _reversed_keys(moved) if ascending else moved
    top, indices = raw.TopKV2(keys, width)
    found = indices if order else (_reversed_keys(top) if ascending else top)
    result: Tensor = raw.Transpose(found, np.array(swap, np.int32))
    result.set_shape(shape)
    return result


def _reversed_keys(x: Tensor) -> Tensor:
    """Numbers in the opposite order; twice gives the same."""
    if x.dtype.is_integer:
        # -x would overflow, and unsigned numbers have no sign: -1 - x is right.
        flipped: Tensor = raw.Invert(x)
        return flipped
    return -x


def sort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None
) -> Tensor:
    """The elements in order along an axis.

    Args:
        values: a real tensor of known rank.
        axis: the axis to sort along.
        direction: 'ASCENDING' or 'DESCENDING'.
        name: the scope of its nodes.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: the axis is out of range, or the direction is another.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.sort([3, 1, 2]))
        array([1, 2, 3], dtype=int32)
    """
    with op_scope(name, "sort", values):
        return _sorted(values, axis, direction, order=False)


def argsort(
    values: Any,
    axis: int = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: str | None = None,
) -> Tensor:
    """The indices that put the elements in order along an axis.

    Args:
        values: a real tensor of known rank.
        axis: the axis to sort along.
        direction: 'ASCENDING' or 'DESCENDING'.
        stable: whether equal elements keep their order; here they always do.
        name: the scope of its nodes.

    Returns:
        An int32 tensor of that shape.

    Raises:
        ValueError: the axis is out of range, or the direction is another.
    """
    with op_scope(name, "argsort", values):
        return _sorted(values, axis, direction, order=True)
