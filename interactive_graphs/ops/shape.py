"""What a tensor's shape is, and the same elements in another shape.

Below nearly all other families: gradients and Python wrappers lean on it. Read next:
`slicing.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_shape_value, static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import INDEX, as_dtype, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import scalar, with_rank
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    format_list,
    num_elements,
)
from interactive_graphs.ops._arguments import one_of
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.constant import constant


def _vector_of_rank(op: Operation) -> list[Shape]:
    shape = op.inputs[0].static_shape
    return [(None if shape is None else len(shape),)]


shape_op = define(
    "Shape", "input: T -> output: out_type",
    out_type=types(INDEX, int32), shape=_vector_of_rank, gradient=None,
    doc="The shape of its input, a vector of ints.",
)  # fmt: skip


@shape_op.kernel("CPU")
def _(input: np.ndarray, out_type: Any) -> np.ndarray:
    return np.array(input.shape, out_type.np_dtype)


def shape(input: Any, name: str | None = None, out_type: Any = int32) -> Tensor:
    """The shape of a tensor, as a tensor.

    A shape that is known while the graph is built becomes a constant.

    Args:
        input: a tensor or SparseTensor of any dtype.
        name: the node's name.
        out_type: int32 or int64.

    Returns:
        A vector of `out_type`, `[rank of input]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.shape([[1, 2, 3]]))
        array([1, 3], dtype=int32)
    """
    wanted = as_dtype(out_type)
    result: Tensor
    with op_scope(name, "Shape", input) as scope:
        if isinstance(input, SparseTensor):
            result = raw.Cast(input.dense_shape, DstT=wanted, name=scope)
            return result
        x = convert(input)
        known = x.static_shape
        if known is not None and None not in known:
            return constant(known, wanted, (len(known),), name=scope)
        result = raw.Shape(x, out_type=wanted, name=scope)
        return result


shape_n_op = define(
    "ShapeN", "input: N * T -> output: N * out_type",
    out_type=types(INDEX, int32), gradient=None,
    shape=lambda op: [
        (None if t.static_shape is None else len(t.static_shape),) for t in op.inputs
    ],
    doc="The shape of each of its inputs.",
)  # fmt: skip


@shape_n_op.kernel("CPU")
def _(input: list[np.ndarray], out_type: Any) -> list[np.ndarray]:
    return [np.array(x.shape, out_type.np_dtype) for x in input]


def shape_n(input: Any, out_type: Any = int32, name: str | None = None) -> list[Tensor]:
    """The shapes of several tensors of one dtype, by one node.

    Args:
        input: a list of tensors.
        out_type: int32 or int64.
        name: the node's name.

    Returns:
        A list of vectors of `out_type`.
    """
    tensors: list[Tensor] = raw.ShapeN(input, out_type=out_type, name=name)
    return tensors


size_op = define(
    "Size", "input: T -> output: out_type",
    out_type=types(INDEX, int32), shape=scalar, gradient=None,
    doc="The number of elements of its input.",
)  # fmt: skip


@size_op.kernel("CPU")
def _(input: np.ndarray, out_type: Any) -> Any:
    return out_type.as_numpy_dtype(input.size)


def size(input: Any, name: str | None = None, out_type: Any = int32) -> Tensor:
    """The number of elements of a tensor.

    Args:
        input: a tensor or SparseTensor of any dtype.
        name: the node's name.
        out_type: int32 or int64.

    Returns:
        A scalar of `out_type`.
    """
    wanted = as_dtype(out_type)
    result: Tensor
    with op_scope(name, "Size", input) as scope:
        if isinstance(input, SparseTensor):
            dims = raw.Cast(input.dense_shape, DstT=wanted)
            result = raw.Prod(dims, 0, name=scope)
            return result
        x = convert(input)
        known = num_elements(x.static_shape)
        if known is not None:
            return constant(known, wanted, name=scope)
        result = raw.Size(x, out_type=wanted, name=scope)
        return result


rank_op = define(
    "Rank", "input: T -> output: int32", shape=scalar, gradient=None,
    doc="The number of dimensions of its input.",
)  # fmt: skip


@rank_op.kernel("CPU")
def _(input: np.ndarray) -> Any:
    return np.int32(input.ndim)


def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of dimensions of a tensor.

    Args:
        input: a tensor or SparseTensor of any dtype.
        name: the node's name.

    Returns:
        An int32 scalar.
    """
    result: Tensor
    with op_scope(name, "Rank", input) as scope:
        if isinstance(input, SparseTensor):
            result = raw.Size(input.dense_shape, name=scope)
            return result
        x = convert(input)
        if x.static_shape is not None:
            return constant(len(x.static_shape), int32, name=scope)
        result = raw.Rank(x, name=scope)
        return result


def requested_shape(op: Operation, index: int) -> Shape:
    """The shape that input `index` spells, -1 as None; checks as TF does."""
    vector = op.inputs[index]
    with_rank(vector.static_shape, 1)
    value = static_value(vector)
    if value is not None and (value < -1).any():
        bad = value[value < -1][0]
        raise ValueError(f"Invalid value in tensor used for shape: {bad}")
    return static_shape_value(vector)


def _reshape_shape(op: Operation) -> list[Shape]:
    old, new = op.inputs[0].static_shape, requested_shape(op, 1)
    if new is None:
        return [None]
    known = int(np.prod([d for d in new if d is not None], dtype=np.int64))
    free = new.count(None)
    if old is None:
        return [new]
    old_known = int(np.prod([d for d in old if d is not None], dtype=np.int64))
    if None in old:
        # The unknown dimensions must make up for the difference.
        if free == 0 and old_known and known % old_known:
            raise ValueError(
                f"Dimension size must be evenly divisible by {old_known} but is {known}"
            )
        return [new]
    if (free == 0 and known != old_known) or (free and known == 0 and old_known):
        raise ValueError(
            f"Cannot reshape a tensor with {old_known} elements to shape "
            f"{format_list(new)} ({known} elements)"
        )
    if free == 1 and known:
        if old_known % known:
            raise ValueError(
                f"Dimension size must be evenly divisible by {known} but is {old_known}"
            )
        return [tuple(old_known // known if d is None else d for d in new)]
    return [new]


reshape_op = define(
    "Reshape", "tensor: T, shape: Tshape -> output: T",
    Tshape=types(INDEX, int32), shape_rule=_reshape_shape,
    gradient=lambda op, dy: [raw.Reshape(dy, shape_of(op.inputs[0])), None],
    doc="The same elements in another shape.",
)  # fmt: skip


def shape_of(tensor: Tensor) -> Any:
    """The shape for a gradient: an array where it is known, else a node."""
    known = tensor.static_shape
    if known is None or None in known:
        return raw.Shape(tensor)
    return np.array(known, np.int32)


@reshape_op.kernel("CPU")
def _(tensor: np.ndarray, shape: np.ndarray) -> np.ndarray:
    # Nearly every call: the sizes agree, or numpy can work out one -1.
    dims = shape.tolist()
    try:
        if min(dims, default=0) < -1:  # which numpy would take for -1
            return _reshape_slowly(tensor, dims)
        return tensor.reshape(dims)
    except (ValueError, TypeError):
        return _reshape_slowly(tensor, dims)


def _reshape_slowly(tensor: np.ndarray, dims: Any) -> np.ndarray:
    """Reshape of an empty tensor, or the error in TF's words."""
    if isinstance(dims, int):  # TF takes a scalar for a vector of one
        dims = [dims]
    if np.ndim(dims) != 1:
        invalid(f"sizes input must be 1-D, not {format_list(np.shape(dims))}")
    free = [i for i, d in enumerate(dims) if d == -1]
    if len(free) > 1:
        invalid(f"Only one input size may be -1, not both {free[0]} and {free[1]}")
    negative = [i for i, d in enumerate(dims) if d < -1]
    if negative:
        i = negative[0]
        invalid(f"Size {i} must be non-negative, not {dims[i]}")
    known = int(np.prod([d for d in dims if d != -1], dtype=np.int64))
    if free and known == 0 and tensor.size == 0:
        return tensor.reshape([0 if d == -1 else d for d in dims])
    is_multiple = bool(free and known) and tensor.size % known == 0
    if not is_multiple and known != tensor.size:
        kind = "requires a multiple of" if free and known else "has"
        invalid(
            f"Input to reshape is a tensor with {tensor.size} values, but the "
            f"requested shape {kind} {known}"
        )
    return tensor.reshape(dims)


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The same elements, in the same order, in another shape.

    Args:
        tensor: a tensor of any dtype.
        shape: int32 or int64, `[new rank]`; one entry may be -1, which is worked out.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[shape]`.

    Raises:
        ValueError: the number of elements is known and does not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.reshape([1, 2, 3, 4], [2, -1]))
        array([[1, 2],
               [3, 4]], dtype=int32)
    """
    result: Tensor = raw.Reshape(tensor, shape, name=name)
    return result


def _expand_dims_shape(op: Operation) -> list[Shape]:
    known, dim = op.inputs[0].static_shape, op.inputs[1]
    if num_elements(dim.static_shape) not in (None, 1):
        raise ValueError("'dim' input must be a tensor with a single value")
    value = static_value(dim)
    if known is None or value is None:
        return [None]
    axis, n = int(value.reshape(())), len(known)
    if not -n - 1 <= axis <= n:
        raise ValueError(f"dim {axis} not in the interval [{-n - 1}, {n}].")
    axis = axis + n + 1 if axis < 0 else axis
    return [(*known[:axis], 1, *known[axis:])]


expand_dims_op = define(
    "ExpandDims", "input: T, dim: Tdim -> output: T",
    Tdim=types(INDEX, int32), shape=_expand_dims_shape,
    gradient=lambda op, dy: [raw.Reshape(dy, shape_of(op.inputs[0])), None],
    doc="Its input with a dimension of 1 put in.",
)  # fmt: skip


@expand_dims_op.kernel("CPU")
def _(input: np.ndarray, dim: np.ndarray) -> np.ndarray:
    if dim.size != 1:
        invalid("'dim' must be a tensor with a single value")
    axis, n = int(dim.reshape(())), input.ndim
    if not -n - 1 <= axis <= n:
        invalid(f"Tried to expand dim index {axis} for tensor with {n} dimensions.")
    axis = axis + n + 1 if axis < 0 else axis
    return input.reshape(input.shape[:axis] + (1,) + input.shape[axis:])


def expand_dims(
    input: Any, axis: Any = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """A tensor with a dimension of 1 put in at `axis`.

    Args:
        input: a tensor of any dtype.
        axis: int32 or int64 scalar in `[-rank - 1, rank]`.
        name: the node's name.
        dim: the deprecated name of `axis`.

    Returns:
        A tensor of that dtype with one more dimension.

    Raises:
        ValueError: neither or both of `axis` and `dim` are given.
    """
    axis = one_of("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    result: Tensor = raw.ExpandDims(input, axis, name=name)
    return result


def _squeeze_shape(op: Operation) -> list[Shape]:
    known, axes = op.inputs[0].static_shape, op.attrs["squeeze_dims"]
    if known is None:
        return [None]
    n = len(known)
    for axis in axes:
        if not -n <= axis < n:
            raise ValueError(f"squeeze_dims[0] not in [{-n},{n}).")
    if not axes:
        return [None if None in known else tuple(d for d in known if d != 1)]
    drop = {axis % n for axis in axes}
    for i in sorted(drop):
        if known[i] not in (None, 1):
            raise ValueError(
                f"Can not squeeze dim[{i}], expected a dimension of 1, got {known[i]}"
            )
    return [tuple(d for i, d in enumerate(known) if i not in drop)]


squeeze_op = define(
    "Squeeze", "input: T -> output: T",
    squeeze_dims=Attr("list(int)", (), minimum=0), shape=_squeeze_shape,
    gradient=lambda op, dy: [raw.Reshape(dy, shape_of(op.inputs[0]))],
    doc="Its input without dimensions of 1.",
)  # fmt: skip


@squeeze_op.kernel("CPU")
def _(input: np.ndarray, squeeze_dims: tuple[int, ...]) -> np.ndarray:
    dims, n = input.shape, input.ndim
    if not squeeze_dims:
        return input.reshape([d for d in dims if d != 1])
    for axis in squeeze_dims:
        if not -n <= axis < n:
            invalid(
                f"Tried to squeeze dim index {axis} for tensor with {n} dimensions."
            )
        if dims[axis] != 1:
            invalid(
                f"Can not squeeze dim[{axis % n}], expected a dimension of 1, got "
                f"{dims[axis]}"
            )
    drop = {axis % n for axis in squeeze_dims}
    return input.reshape([d for i, d in enumerate(dims) if i not in drop])


def squeeze(
    input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None
) -> Tensor:
    """A tensor without its dimensions of 1.

    Args:
        input: a tensor of any dtype.
        axis: an int or list of ints, the dimensions to drop; all of 1 when None.
        name: the node's name.
        squeeze_dims: the deprecated name of `axis`.

    Returns:
        A tensor of that dtype with the same elements.

    Raises:
        ValueError: a dimension to drop is known and not 1, or both names are given.
    """
    axis = one_of("axis", axis, "squeeze_dims", squeeze_dims)
    if axis is None:
        axis = []
    if not isinstance(axis, (list, tuple)):
        axis = [axis]
    result: Tensor = raw.Squeeze(input, squeeze_dims=axis, name=name)
    return result
