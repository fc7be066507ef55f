"""Lowerings of what moves elements and computes nothing. Read next: `lower_rows.py`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from interactive_graphs.kernels.native import movement
from interactive_graphs.kernels.native.clusters import in_rows
from interactive_graphs.kernels.native.copies import strides_of
from interactive_graphs.ops.slicing import slice_index
from interactive_graphs.runtime.native.node import Node, NotNativeError
from interactive_graphs.runtime.native.table import lowers
from interactive_graphs.runtime.native.work import Array, Emitted, Shape

_MASKS = (
    "begin_mask",
    "end_mask",
    "ellipsis_mask",
    "new_axis_mask",
    "shrink_axis_mask",
)


def _move(node: Node, emitter: Any, args: Sequence[Any], inputs: list[Array]) -> None:
    """Add the task of a movement to all outputs."""
    outputs = [node.made(i) for i in range(len(node.op.outputs))]
    node.run(Emitted(emitter, tuple(args)), inputs, outputs)


def _axis(given: Any, rank: int) -> int:
    axis = int(given)
    if not -rank <= axis < rank:
        raise NotNativeError("the kernel refuses this axis")
    return axis % rank


# -- axes ------------------------------------------------------------------------------


@lowers("Transpose")
def _transpose(node: Node) -> None:
    x = node.array(0)
    order = tuple(int(axis) for axis in np.reshape(node.must_know(1), -1))
    if sorted(order) != list(range(len(x.known_shape))):
        raise NotNativeError("the kernel refuses this permutation")
    sizes = [x.known_shape[axis] for axis in order]
    moved = [axis for axis in order if x.known_shape[axis] != 1]
    if moved == sorted(moved) and node.kind(node.op.outputs[0])[1] == tuple(sizes):
        node.is_view(x)
        return
    _move(node, movement.transpose, (x.known_shape, order, x.dtype), [x])


@lowers("ReverseV2")
def _reverse(node: Node) -> None:
    x = node.array(0)
    rank = len(x.known_shape)
    axes = tuple(_axis(axis, rank) for axis in np.reshape(node.must_know(1), -1))
    if len(set(axes)) < len(axes):
        raise NotNativeError("the kernel refuses these axes")
    _move(node, movement.reverse, (x.known_shape, axes, x.dtype), [x])


@lowers("BroadcastTo")
def _broadcast_to(node: Node) -> None:
    x, (_, shape) = node.array(0), node.kind(node.op.outputs[0])
    _move(node, movement.broadcast_to, (x.known_shape, shape, x.dtype), [x])


@lowers("Tile")
def _tile(node: Node) -> None:
    x = node.array(0)
    times = tuple(int(n) for n in np.reshape(node.must_know(1), -1))
    if len(times) != len(x.known_shape) or any(n < 0 for n in times):
        raise NotNativeError("the kernel refuses these multiples")
    _move(node, movement.tile, (x.known_shape, times, x.dtype), [x])


# -- arrays together and apart ---------------------------------------------------------


@lowers("ConcatV2", "Concat")
def _concat(node: Node) -> None:
    count = len(node.op.inputs) - 1
    is_new = node.op.type == "ConcatV2"
    first = 0 if is_new else 1
    arrays = [node.array(first + i) for i in range(count)]
    rank = len(node.kind(node.op.outputs[0])[1])
    axis = _axis(node.must_know(count if is_new else 0), rank)
    shapes = tuple(array.known_shape for array in arrays)
    _move(node, movement.concat, (shapes, axis, arrays[0].dtype), arrays)


@lowers("Split", "SplitV")
def _split(node: Node) -> None:
    is_old = node.op.type == "Split"
    x = node.array(1 if is_old else 0)
    axis = _axis(node.must_know(0 if is_old else 2), len(x.known_shape))
    sizes = tuple(node.kind(tensor)[1][axis] for tensor in node.op.outputs)
    if sum(sizes) != x.known_shape[axis]:
        raise NotNativeError("the kernel refuses these sizes")
    first = 0
    for index, size in enumerate(sizes):
        _take_part(node, x, _along(axis, first, size, x.known_shape), index)
        first += size


@lowers("Pack")
def _pack(node: Node) -> None:
    arrays = node.arrays()
    shape = arrays[0].known_shape
    if any(array.known_shape != shape for array in arrays):
        raise NotNativeError("the kernel refuses these shapes")
    axis = _axis(node.op.attrs["axis"], len(shape) + 1)
    args = (len(arrays), shape, axis, arrays[0].dtype)
    _move(node, movement.stack, args, arrays)


@lowers("Unpack")
def _unpack(node: Node) -> None:
    x = node.array(0)
    axis = _axis(node.op.attrs["axis"], len(x.known_shape))
    if len(node.op.outputs) != x.known_shape[axis]:
        raise NotNativeError("the kernel refuses this number")
    strides = strides_of(x.known_shape)
    kept = (*strides[:axis], *strides[axis + 1 :])
    for index in range(x.known_shape[axis]):
        _, shape = node.kind(node.op.outputs[index])
        if in_rows(shape, kept, shape):
            node.is_part(x, kept, index * strides[axis], index)
        else:
            _copy_part(node, x, _along(axis, index, 1, x.known_shape), index)


# -- parts -----------------------------------------------------------------------------


class _Part(NamedTuple):
    """A slice along every dimension, as `movement.strided_slice` takes it."""

    begin: Shape
    strides: Shape
    sizes: Shape


@lowers("Slice")
def _slice(node: Node) -> None:
    x = node.array(0)
    begin = tuple(int(n) for n in np.reshape(node.must_know(1), -1))
    _, sizes = node.kind(node.op.outputs[0])
    ends = zip(begin, sizes, x.known_shape, strict=False)
    if len(begin) != len(sizes) or any(b < 0 or b + s > n for b, s, n in ends):
        raise NotNativeError("the kernel refuses this part")
    _take_part(node, x, _Part(begin, (1,) * len(sizes), sizes))


@lowers("StridedSlice")
def _strided_slice(node: Node) -> None:
    x = node.array(0)
    begin, end, strides = (node.must_know(i) for i in (1, 2, 3))
    _take_part(node, x, _part(node, x.known_shape, begin, end, strides))


def _along(axis: int, first: int, size: int, shape: Shape) -> _Part:
    """Some neighbours along one dimension, and all along the others."""
    begin = tuple(first if i == axis else 0 for i in range(len(shape)))
    sizes = (*shape[:axis], size, *shape[axis + 1 :])
    return _Part(begin, (1,) * len(shape), sizes)


def _take_part(node: Node, x: Array, part: _Part, index: int = 0) -> None:
    _, shape = node.kind(node.op.outputs[index])
    if math.prod(part.sizes) != math.prod(shape):
        raise NotNativeError("the kernel refuses this part")
    steps = strides_of(x.known_shape)
    offset = sum(map(math.prod, zip(part.begin, steps, strict=True)))
    strides = tuple(map(math.prod, zip(part.strides, steps, strict=True)))
    if min(part.strides, default=1) > 0:
        taken = x.part(part.sizes, strides, offset)
        if part.sizes == shape and in_rows(shape, strides, shape):
            node.is_part(x, strides, offset, index)
            return
        if taken.strides is None:
            node.is_view(taken, index)
            return
    _copy_part(node, x, part, index)


def _copy_part(node: Node, x: Array, part: _Part, index: int) -> None:
    """A part that runs backwards, or has gaps in its rows, or loses axes."""
    args = (x.known_shape, *part, x.dtype)
    node.run(Emitted(movement.strided_slice, args), [x], [node.made(index)])


@lowers("StridedSliceGrad")
def _strided_slice_gradient(node: Node) -> None:
    dtype, shape = node.kind(node.op.outputs[0])
    begin, end, strides = (node.must_know(i) for i in (1, 2, 3))
    dy = node.array(4)
    part = _part(node, shape, begin, end, strides)
    if math.prod(part.sizes) != dy.size:
        raise NotNativeError("the kernel refuses the gradient's shape")
    _move(node, movement.strided_slice_gradient, (shape, *part, dtype), [dy])


def _part(node: Node, shape: Shape, begin: Any, end: Any, strides: Any) -> _Part:
    """What a strided slice takes, along every dimension."""
    masks = {mask: node.op.attrs[mask] for mask in _MASKS}
    try:
        index = slice_index(
            begin.tolist(), end.tolist(), strides.tolist(), masks, len(shape)
        )
    except ValueError as error:
        raise NotNativeError(str(error)) from None
    skipped = len(shape) - sum(e is not None and e is not Ellipsis for e in index)
    parts: list[tuple[int, int, int]] = []
    for entry in index:
        if entry is Ellipsis:
            parts += ((0, 1, size) for size in shape[len(parts) :][:skipped])
        elif isinstance(entry, slice):
            start, stop, step = entry.indices(shape[len(parts)])
            parts.append((start, step, len(range(start, stop, step))))
        elif entry is not None:
            parts.append((_axis(entry, shape[len(parts)]), 1, 1))
    starts, steps, sizes = zip(*parts, strict=True) if parts else ((), (), ())
    return _Part(tuple(starts), tuple(steps), tuple(sizes))


# -- borders ---------------------------------------------------------------------------


@lowers("Pad", "PadV2", "MirrorPad")
def _pad(node: Node) -> None:
    x = node.array(0)
    paddings = np.asarray(node.must_know(1))
    rank = len(x.known_shape)
    if paddings.shape != (rank, 2) or (paddings < 0).any():
        raise NotNativeError("the kernel refuses these paddings")
    pairs = tuple((int(before), int(after)) for before, after in paddings)
    options: dict[str, Any] = {}
    if node.op.type == "MirrorPad":
        options["mode"] = node.op.attrs["mode"].decode().lower()
        spare = 1 if options["mode"] == "reflect" else 0
        for size, around in zip(x.known_shape, pairs, strict=True):
            if max(around) > size - spare:
                raise NotNativeError("the kernel refuses these paddings")
    elif node.op.type == "PadV2":
        options["value"] = np.reshape(node.must_know(2), ())[()].item()
    work = Emitted(movement.pad, (x.known_shape, pairs, x.dtype), _items(options))
    node.run(work, [x], [node.made()])


def _items(options: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(options.items())
