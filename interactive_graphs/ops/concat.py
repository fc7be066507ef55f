"""Tensors joined, cut and repeated along an axis: `concat`, `split`, `tile`.

Read next: `arrange.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import (
    convert,
)
from interactive_graphs.framework.dtypes import (
    INDEX,
    int32,
    int64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import (
    normal_axis,
    with_rank,
)
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list, merge
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.constant import identity
from interactive_graphs.ops.shape import shape_of
from interactive_graphs.ops.stack import as_list

# -- concat ---------------------------------------------------------------------------


def _concat_shape(values: Any, axis_tensor: Tensor) -> list[Shape]:
    with_rank(axis_tensor.static_shape, 0)
    axis_value = static_value(axis_tensor)
    shapes = [t.static_shape for t in values]
    rank = next((len(s) for s in shapes if s is not None), None)
    if rank is None:
        return [None]
    if rank == 0:
        raise ValueError("Can't concatenate scalars (use tf.stack instead)")
    if axis_value is None:
        for shape in shapes:
            with_rank(shape, rank)
        return [(None,) * rank]
    axis = int(axis_value.reshape(()))
    if not -rank <= axis < rank:
        wanted = axis + 1 if axis >= 0 else -axis
        raise ValueError(f"Shape must be at least rank {wanted} but is rank {rank}")
    axis %= rank
    total: int | None = 0
    around: Shape = None
    for i, shape in enumerate(shapes):
        dims = with_rank(shape, rank)
        assert dims is not None
        rest = (*dims[:axis], None, *dims[axis + 1 :])
        try:
            around = merge(around, rest)
        except ValueError as error:
            raise ValueError(
                f"{error}\n\tFrom merging shape {i - 1} with other shapes."
            ) from None
        dim = dims[axis]
        total = None if total is None or dim is None else total + dim
    assert around is not None
    return [(*around[:axis], total, *around[axis + 1 :])]


def _concat_gradient(dy: Any, values: Any, axis: Tensor) -> list[Any]:
    """A gradient for each of `values`: the part of `dy` that came from it."""
    if isinstance(dy, IndexedSlices):
        return _sparse_concat_gradient(dy, values, axis)
    if len(values) == 1:
        return [dy]
    known = static_value(axis)
    if known is not None and dy.static_shape is not None:
        at = int(known.reshape(())) % len(dy.static_shape)
        sizes = [None if (s := t.static_shape) is None else s[at] for t in values]
        if None not in sizes:
            parts = raw.SplitV(dy, np.array(sizes, np.int32), at, num_split=len(values))
            return as_list(parts)
    first = raw.FloorMod(raw.Cast(axis, DstT=int32), raw.Rank(values[0]))
    shapes = as_list(raw.ShapeN(list(values)))
    offsets = as_list(raw.ConcatOffset(first, shapes))
    return [raw.Slice(dy, o, s) for o, s in zip(offsets, shapes, strict=True)]


def _sparse_concat_gradient(dy: IndexedSlices, values: Any, axis: Tensor) -> list[Any]:
    """Slices of a concat of rows: those within each input's own rows."""
    known = static_value(axis)
    if known is None or int(known.reshape(())) != 0:
        return _concat_gradient(convert(dy), values, axis)
    start: Any = raw.Cast(0, DstT=dy.indices.dtype)
    result: list[Any] = []
    for tensor in values:
        rows = raw.Cast(raw.Shape(tensor)[0], DstT=dy.indices.dtype)
        inside = raw.LogicalAnd(
            raw.GreaterEqual(dy.indices, start), raw.Less(dy.indices, start + rows)
        )
        chosen = raw.Squeeze(raw.Where(inside), squeeze_dims=[1])
        result.append(
            IndexedSlices(
                raw.GatherV2(dy.values, chosen, 0),
                raw.GatherV2(dy.indices, chosen, 0) - start,
                raw.Shape(tensor),
            )
        )
        start = start + rows
    return result


concat_op = define(
    "ConcatV2", "values: N * T, axis: Tidx -> output: T",
    N=Attr("int", minimum=2), Tidx=types(INDEX, int32),
    shape=lambda op: _concat_shape(op.inputs[:-1], op.inputs[-1]),
    gradient=lambda op, dy: [
        *_concat_gradient(dy, op.inputs[:-1], op.inputs[-1]), None
    ],
    doc="Tensors joined along an axis.",
)  # fmt: skip


def _concatenate(values: list[np.ndarray], axis: Any) -> np.ndarray:
    first = values[0]
    n = first.ndim
    at = int(axis)
    if n == 0:
        invalid("ConcatOp : Can't concatenate scalars (use tf.stack instead)")
    if not -n <= at < n:
        invalid(
            "ConcatOp : Expected concatenating dimensions in the range "
            f"[{-n}, {n}), but got {at}"
        )
    at %= n
    rest = first.shape[:at] + first.shape[at + 1 :]
    for i, other in enumerate(values):
        shape = other.shape
        if other.ndim == n and shape[:at] + shape[at + 1 :] == rest:
            continue
        shapes = f"shape[0] = {format_list(first.shape)} vs. shape[{i}] = "
        shapes += format_list(shape)
        if other.ndim != n:
            invalid(f"ConcatOp : Ranks of all input tensors should match: {shapes}")
        invalid(f"ConcatOp : Dimensions of inputs should match: {shapes}")
    return np.concatenate(values, axis=at)


@concat_op.kernel("CPU")
def _(values: list[np.ndarray], axis: np.ndarray) -> np.ndarray:
    return _concatenate(values, axis)


old_concat_op = define(
    "Concat", "concat_dim: int32, values: N * T -> output: T",
    N=Attr("int", minimum=2),
    shape=lambda op: _concat_shape(op.inputs[1:], op.inputs[0]),
    gradient=lambda op, dy: [
        None, *_concat_gradient(dy, op.inputs[1:], op.inputs[0])
    ],
    doc="Tensors joined along an axis; the form before ConcatV2.",
)  # fmt: skip


@old_concat_op.kernel("CPU")
def _(concat_dim: np.ndarray, values: list[np.ndarray]) -> np.ndarray:
    return _concatenate(values, concat_dim)


def concat(values: Any, axis: Any, name: str = "concat") -> Tensor:
    """Tensors joined along an existing dimension.

    Args:
        values: a list of tensors of one dtype that agree in all other dimensions.
        axis: int32 scalar in `[-rank, rank)`.
        name: the node's name.

    Returns:
        A tensor of that dtype.

    Raises:
        TypeError: the axis comes first, as before TensorFlow 1.0.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.concat([[1, 2], [3]], 0))
        array([1, 2, 3], dtype=int32)
    """
    if isinstance(values, int) and isinstance(axis, (list, tuple)):
        raise TypeError(
            f"tf.concat takes the values and then the axis, but got "
            f"tf.concat({values}, [...]). Before TensorFlow 1.0 it was the other way "
            f"round: write tf.concat([...], {values})."
        )
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        # No node that joins, yet a wrong axis must still show.
        with op_scope(name, "concat", values):
            at = convert(axis, int32, "concat_dim")
            with_rank(at.static_shape, 0)
            return identity(values[0], name)
    result: Tensor = raw.ConcatV2(values, axis, name=name)
    return result


concat_offset_op = define(
    "ConcatOffset", "concat_dim: int32, shape: N * int32 -> offset: N * int32",
    N=Attr("int", minimum=2), gradient=None,
    shape_rule=lambda op: [t.static_shape for t in op.inputs[1:]],
    doc="Where each of several tensors begins in their concatenation.",
)  # fmt: skip


@concat_offset_op.kernel("CPU")
def _(concat_dim: np.ndarray, shape: list[np.ndarray]) -> list[np.ndarray]:
    at = int(concat_dim)
    start = 0
    offsets = []
    for dims in shape:
        offset = np.zeros_like(dims)
        offset[at] = start
        start += int(dims[at])
        offsets.append(offset)
    return offsets


# -- split ----------------------------------------------------------------------------


def _split_shape(op: Operation) -> list[Shape]:
    _scalar_axis(op.inputs[0])
    axis, num = static_value(op.inputs[0]), op.attrs["num_split"]
    shape = op.inputs[1].static_shape
    if shape is None or axis is None:
        return [None if shape is None else (None,) * len(shape)] * num
    at = normal_axis(int(axis), len(shape))
    dim = shape[at]
    if dim is not None and dim % num:
        raise ValueError(
            f"Dimension size must be evenly divisible by {num} but is {dim}\n\t"
            "Number of ways to split should evenly divide the split dimension"
        )
    part = None if dim is None else dim // num
    return [(*shape[:at], part, *shape[at + 1 :])] * num


split_op = define(
    "Split", "split_dim: int32, value: T -> output: num_split * T",
    num_split=Attr("int", minimum=1), shape=_split_shape,
    gradient=lambda op, *dys: [None, _joined(list(dys), op.inputs[0])],
    doc="A tensor cut into equal parts along an axis.",
)  # fmt: skip


def _joined(parts: list[Tensor], axis: Tensor) -> Tensor:
    """The parts along `axis` again; a ConcatV2 takes two or more."""
    joined: Tensor = parts[0] if len(parts) == 1 else raw.ConcatV2(parts, axis)
    return joined


def _split_axis(axis: Any, rank: int) -> int:
    at = int(axis)
    if not -rank <= at < rank:
        invalid(
            f"-input rank(-{rank}) <= split_dim < input rank ({rank}), but got {at}"
        )
    return at % rank


@split_op.kernel("CPU")
def _(split_dim: np.ndarray, value: np.ndarray, num_split: int) -> list[np.ndarray]:
    at = _split_axis(split_dim, value.ndim)
    if value.shape[at] % num_split:
        invalid(
            "Number of ways to split should evenly divide the split dimension, but got "
            f"split_dim {at} (size = {value.shape[at]}) and num_split {num_split}"
        )
    return _cut(value, [value.shape[at] // num_split] * num_split, at)


def _scalar_axis(axis: Tensor) -> None:
    if axis.static_shape:
        raise ValueError(f"Input must be scalar but has rank {len(axis.static_shape)}")


def _split_v_shape(op: Operation) -> list[Shape]:
    _scalar_axis(op.inputs[2])
    shape, axis = op.inputs[0].static_shape, static_value(op.inputs[2])
    sizes, num = static_value(op.inputs[1]), op.attrs["num_split"]
    if shape is None or axis is None:
        return [None if shape is None else (None,) * len(shape)] * num
    at = normal_axis(int(axis), len(shape))
    lengths: list[Any] = [None] * num
    if sizes is not None:
        lengths = [None if s == -1 else s for s in sizes.reshape(-1).tolist()]
        if lengths.count(None) > 1:
            raise ValueError("size_splits can only have one -1")
        dim = shape[at]
        known = sum(s for s in lengths if s is not None)
        if dim is not None and None in lengths:
            if known > dim:
                raise ValueError(
                    "can't split axis of size "
                    f"{dim} into pieces of size [{','.join(map(str, sizes.tolist()))}]"
                )
            lengths = [dim - known if s is None else s for s in lengths]
        elif dim is not None and known != dim:
            raise ValueError(
                "can't split axis of size "
                f"{dim} into pieces of size [{','.join(map(str, sizes.tolist()))}]"
            )
    return [(*shape[:at], s, *shape[at + 1 :]) for s in lengths]


split_v_op = define(
    "SplitV", "value: T, size_splits: Tlen, split_dim: int32 -> output: num_split * T",
    num_split=Attr("int", minimum=1), Tlen=types(INDEX, int64),
    shape=_split_v_shape,
    gradient=lambda op, *dys: [_joined(list(dys), op.inputs[2]), None, None],
    doc="A tensor cut into parts of given sizes along an axis.",
)  # fmt: skip


def _cut(value: np.ndarray, sizes: list[int], at: int) -> list[np.ndarray]:
    """The parts as views; `np.split` takes ten times as long on small arrays."""
    before = (slice(None),) * at
    parts, start = [], 0
    for size in sizes:
        parts.append(value[(*before, slice(start, start + size))])
        start += size
    return parts


@split_v_op.kernel("CPU")
def _(
    value: np.ndarray, size_splits: np.ndarray, split_dim: np.ndarray, num_split: int
) -> list[np.ndarray]:
    at = _split_axis(split_dim, value.ndim)
    dim = value.shape[at]
    sizes = size_splits.tolist()
    if size_splits.shape != (num_split,):
        invalid(
            "size of the split_tensor must be 1-D and have the same elements as "
            f"outputs got {size_splits.ndim} -D and {size_splits.size} elements"
        )
    free = [i for i, s in enumerate(sizes) if s == -1]
    known = sum(s for s in sizes if s != -1)
    if len(free) > 1:
        invalid(
            "There can only be one -1 in the input. First -1 is at index "
            f"{free[0]} and second -1 is at index {free[1]}"
        )
    if (free and known > dim) or (not free and known != dim):
        invalid(
            "Determined shape must either match input shape along split_dim exactly if "
            "fully specified, or be less than the size of the input along split_dim if "
            f"not fully specified.  Got: {known}"
        )
    if any(s < -1 for s in sizes):
        bad = next(i for i, s in enumerate(sizes) if s < -1)
        invalid(f"Split size at index {bad} must be >= 0. Got: {sizes[bad]}")
    if free:
        sizes[free[0]] = dim - known
    return _cut(value, sizes, at)


def split(
    value: Any,
    num_or_size_splits: Any,
    axis: Any = 0,
    num: int | None = None,
    name: str = "split",
) -> list[Tensor]:
    """A tensor cut into parts along one dimension.

    Args:
        value: a tensor of any dtype.
        num_or_size_splits: an int, how many equal parts; or an integer vector, the
            size of each part (one may be -1, what is left).
        axis: int32 scalar in `[-rank, rank)`.
        num: how many parts, where that cannot be told from the sizes.
        name: the node's name.

    Returns:
        A list of tensors.

    Raises:
        ValueError: the parts do not fit, or their number is unknown.
        TypeError: the axis comes first, as before TensorFlow 1.0.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.split([1, 2, 3], [1, 2]))
        [array([1], dtype=int32), array([2, 3], dtype=int32)]
    """
    if isinstance(value, int) and isinstance(axis, (list, tuple, np.ndarray, Tensor)):
        raise TypeError(
            f"tf.split takes the value, the number of parts and then the axis, but got "
            f"tf.split({value}, {num_or_size_splits}, ...). Before TensorFlow 1.0 the "
            f"axis came first: write tf.split(..., {num_or_size_splits}, {value})."
        )
    splits = (
        convert(num_or_size_splits) if not isinstance(num_or_size_splits, int) else None
    )
    tensors: list[Tensor]
    if splits is None or (splits.static_shape == () and splits.dtype.is_integer):
        tensors = raw.Split(
            axis, value, num_split=_as_count(num_or_size_splits), name=name
        )
        return tensors
    if num is None:
        shape = splits.static_shape
        if shape is None or len(shape) != 1 or shape[0] is None:
            raise ValueError("Cannot infer num from shape " + str(num_or_size_splits))
        num = shape[0]
    tensors = raw.SplitV(value, splits, axis, num_split=num, name=name)
    return tensors


def _as_count(value: Any) -> Any:
    """A number of parts given as a tensor, where its value is known."""
    if isinstance(value, Tensor):
        known = static_value(value)
        return value if known is None else int(known)
    return value


# -- tile -----------------------------------------------------------------------------


def _tile_shape(op: Operation) -> list[Shape]:
    shape, multiples = op.inputs[0].static_shape, op.inputs[1]
    length = with_rank(multiples.static_shape, 1)[0]  # type: ignore[index]
    if shape is None and length is None:
        return [None]
    if length is not None and shape is not None and length != len(shape):
        raise ValueError(f"Shape must be rank {len(shape)} but is rank {length}")
    dims = with_rank(shape, length if length is not None else len(shape or ()))
    assert dims is not None
    times = static_value(multiples)
    if times is None:
        return [(None,) * len(dims)]
    return [
        tuple(
            None if d is None or m < 0 else d * m
            for d, m in zip(dims, times.tolist(), strict=True)
        )
    ]


def _tile_gradient(op: Operation, dy: Any) -> list[Any]:
    # Each dimension d becomes [times, d]; the sum runs over the times.
    x, multiples = op.inputs
    if isinstance(dy, IndexedSlices):
        dy = convert(dy)
    shape, times = shape_of(x), static_value(multiples)
    if isinstance(shape, np.ndarray) and times is not None:
        pairs: Any = np.stack([times, shape], axis=1).reshape(-1).astype(np.int32)
        axes: Any = np.arange(0, pairs.size, 2, dtype=np.int32)
    else:
        whole = raw.Shape(x, out_type=multiples.dtype.base_dtype)
        pairs = raw.Reshape(raw.Transpose(raw.Pack([multiples, whole]), [1, 0]), [-1])
        axes = raw.Range(0, raw.Size(pairs), 2)
    dx = raw.Sum(raw.Reshape(dy, pairs), axes)
    if dx.static_shape is None:
        dx.set_shape(x.static_shape)
    return [dx, None]


tile_op = define(
    "Tile", "input: T, multiples: Tmultiples -> output: T",
    Tmultiples=types(INDEX, int32), shape=_tile_shape, gradient=_tile_gradient,
    doc="Its input, repeated along each axis.",
)  # fmt: skip


@tile_op.kernel("CPU")
def _(input: np.ndarray, multiples: np.ndarray) -> np.ndarray:
    if multiples.shape != (input.ndim,):
        invalid(
            "Expected multiples argument to be a vector of length "
            f"{input.ndim} but got length {multiples.size}"
        )
    times = multiples.tolist()
    bad = next((i for i, m in enumerate(times) if m < 0), None)
    if bad is not None:
        invalid(f"Expected multiples[{bad}] >= 0, but got {times[bad]}")
    return np.tile(input, times)


def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """A tensor repeated along each dimension.

    Args:
        input: a tensor of any dtype.
        multiples: int32 or int64, `[rank]`, how often.
        name: the node's name.

    Returns:
        A tensor of that dtype; dimension i is `multiples[i]` times as long.
    """
    result: Tensor = raw.Tile(input, multiples, name=name)
    return result
