"""Blocks of space moved into the batch or the channels, and back.

`space_to_batch_nd`, `batch_to_space_nd`, `space_to_depth`, `depth_to_space`. Read next:
`gather.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import INDEX, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list, merge
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.constant import constant


def _divided(dim: int | None, by: int) -> int | None:
    if dim is not None and dim % by:
        raise ValueError(
            f"Dimension size must be evenly divisible by {by} but is {dim}"
        )
    return None if dim is None else dim // by


def _batch_shape(
    shape: Shape, block: Any, borders: Any, to_batch: bool, count: int | None
) -> Shape:
    """The result's shape; block and borders are arrays, or None where unknown."""
    if shape is None or count is None:
        return None
    if len(shape) < count + 1:
        raise ValueError(
            f"Shape must be at least rank {count + 1} but is rank {len(shape)}"
        )
    rest = shape[count + 1 :]
    if block is None:
        return (None,) * (count + 1) + rest
    if (block < 1).any():
        raise ValueError("block_shape must be positive")
    if borders is not None and (borders < 0).any():
        raise ValueError(f"{'paddings' if to_batch else 'crops'} cannot be negative")
    dims: list[int | None] = []
    for i, size in enumerate(block.tolist()):
        dim, known = shape[i + 1], borders is not None
        total = int(borders[i].sum()) if known else 0
        if to_batch:
            dims.append(
                _divided(dim + total if dim is not None and known else None, size)
            )
        else:
            dims.append(dim * size - total if dim is not None and known else None)
    times = int(block.prod())
    first = shape[0]
    if to_batch:
        first = None if first is None else first * times
    else:
        first = _divided(first, times)
    return (first, *dims, *rest)


def _nd_shape(to_batch: bool) -> Any:
    def rule(op: Operation) -> list[Shape]:
        x, block, borders = op.inputs
        count = with_rank(block.static_shape, 1)[0]  # type: ignore[index]
        merge(borders.static_shape, (count, 2))
        value = static_value(block)
        return [
            _batch_shape(x.static_shape, value, static_value(borders), to_batch, count)
        ]

    return rule


def _square_shape(to_batch: bool) -> Any:
    def rule(op: Operation) -> list[Shape]:
        shape = with_rank(op.inputs[0].static_shape, 4)
        block = np.full(2, op.attrs["block_size"])
        borders = static_value(op.inputs[1])
        return [_batch_shape(shape, block, borders, to_batch, 2)]

    return rule


def space_to_batch_array(
    x: np.ndarray, block: np.ndarray, paddings: np.ndarray
) -> np.ndarray:
    """The blocks of the padded dimensions 1, 2, ... moved into the batch.

    Raises:
        InvalidArgumentError: the blocks do not fit.
    """
    m = block.size
    _check_blocks(x, block, paddings, "paddings")
    pairs = [(0, 0), *paddings.tolist(), *[(0, 0)] * (x.ndim - m - 1)]
    zero: Any = b"" if x.dtype == object else 0
    padded = np.pad(x, pairs, constant_values=zero)
    split: list[int] = [x.shape[0]]
    for i, size in enumerate(block.tolist()):
        dim = padded.shape[i + 1]
        if dim % size:
            invalid(
                f"padded_shape[{i}]={dim} is not divisible by block_shape[{i}]={size}"
            )
        split += [dim // size, size]
    parts = padded.reshape(split + list(x.shape[m + 1 :]))
    inner = list(range(2, 2 * m + 1, 2))
    outer = list(range(1, 2 * m, 2))
    tail = list(range(2 * m + 1, parts.ndim))
    moved = parts.transpose([*inner, 0, *outer, *tail])
    sizes = [split[i] for i in outer]
    return moved.reshape([-1 if moved.size else 0, *sizes, *x.shape[m + 1 :]])


def batch_to_space_array(
    x: np.ndarray, block: np.ndarray, crops: np.ndarray
) -> np.ndarray:
    """What `space_to_batch_array` undone gives, less the crops.

    Raises:
        InvalidArgumentError: the blocks do not fit.
    """
    m = block.size
    _check_blocks(x, block, crops, "crops")
    sizes, times = block.tolist(), int(block.prod())
    if x.shape[0] % times:
        invalid(
            f"Input batch dimension ({x.shape[0]}) is not divisible by product of "
            f"block sizes ({times})"
        )
    batch, space, rest = x.shape[0] // times, x.shape[1 : m + 1], x.shape[m + 1 :]
    parts = x.reshape([*sizes, batch, *space, *rest])
    order = [m]
    for i in range(m):
        order += [m + 1 + i, i]
    order += range(2 * m + 1, parts.ndim)
    full = [d * s for d, s in zip(space, sizes, strict=True)]
    whole = parts.transpose(order).reshape([batch, *full, *rest])
    index: list[Any] = [slice(None)]
    for i, (dim, (before, after)) in enumerate(zip(full, crops.tolist(), strict=True)):
        if before + after > dim:
            invalid(f"cropped_shape[{i}]={dim - before - after} must be non-negative")
        index.append(slice(before, dim - after))
    cropped: np.ndarray = whole[tuple(index)]
    return cropped


def _check_blocks(
    x: np.ndarray, block: np.ndarray, borders: np.ndarray, name: str
) -> None:
    m = block.size
    if block.ndim != 1:
        invalid(f"block_shape rank should be 1 instead of {block.ndim}")
    if x.ndim < 1 + m:
        invalid(f"input rank should be >= {1 + m} instead of {x.ndim}")
    if borders.shape != (m, 2):
        found = format_list(borders.shape)
        invalid(f"{name} should have shape [{m}, 2] instead of {found}")
    if (block < 1).any():
        invalid("block_shape must be positive")
    if (borders < 0).any():
        invalid(f"{name} must be non-negative")


space_to_batch_nd_op = define(
    "SpaceToBatchND",
    "input: T, block_shape: Tblock_shape, paddings: Tpaddings -> output: T",
    Tblock_shape=types(INDEX, int32), Tpaddings=types(INDEX, int32),
    shape=_nd_shape(True),
    gradient=lambda op, dy: [
        raw.BatchToSpaceND(dy, op.inputs[1], op.inputs[2]), None, None
    ],
    doc="Blocks of the dimensions after the first moved into the first.",
)  # fmt: skip


@space_to_batch_nd_op.kernel("CPU")
def _(input: np.ndarray, block_shape: np.ndarray, paddings: np.ndarray) -> np.ndarray:
    return space_to_batch_array(input, block_shape, paddings)


batch_to_space_nd_op = define(
    "BatchToSpaceND",
    "input: T, block_shape: Tblock_shape, crops: Tcrops -> output: T",
    Tblock_shape=types(INDEX, int32), Tcrops=types(INDEX, int32),
    shape=_nd_shape(False),
    gradient=lambda op, dy: [
        raw.SpaceToBatchND(dy, op.inputs[1], op.inputs[2]), None, None
    ],
    doc="Undoes SpaceToBatchND.",
)  # fmt: skip


@batch_to_space_nd_op.kernel("CPU")
def _(input: np.ndarray, block_shape: np.ndarray, crops: np.ndarray) -> np.ndarray:
    return batch_to_space_array(input, block_shape, crops)


space_to_batch_op = define(
    "SpaceToBatch", "input: T, paddings: Tpaddings -> output: T",
    Tpaddings=types(INDEX, int32), block_size=Attr("int", minimum=2),
    shape=_square_shape(True),
    gradient=lambda op, dy: [
        raw.BatchToSpace(dy, op.inputs[1], block_size=op.attrs["block_size"]), None
    ],
    doc="Square blocks of height and width moved into the batch.",
)  # fmt: skip


@space_to_batch_op.kernel("CPU")
def _(input: np.ndarray, paddings: np.ndarray, block_size: int) -> np.ndarray:
    return space_to_batch_array(input, np.full(2, block_size), paddings)


batch_to_space_op = define(
    "BatchToSpace", "input: T, crops: Tidx -> output: T",
    Tidx=types(INDEX, int32), block_size=Attr("int", minimum=2),
    shape=_square_shape(False),
    gradient=lambda op, dy: [
        raw.SpaceToBatch(dy, op.inputs[1], block_size=op.attrs["block_size"]), None
    ],
    doc="Undoes SpaceToBatch.",
)  # fmt: skip


@batch_to_space_op.kernel("CPU")
def _(input: np.ndarray, crops: np.ndarray, block_size: int) -> np.ndarray:
    return batch_to_space_array(input, np.full(2, block_size), crops)


def space_to_batch_nd(
    input: Any, block_shape: Any, paddings: Any, name: str | None = None
) -> Tensor:
    """Blocks of space moved into the batch.

    Args:
        input: any dtype, `[batch, d1, ..., dm, ...]`.
        block_shape: int32 or int64, `[m]`, which must divide the padded dimensions.
        paddings: int32 or int64, `[m, 2]`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[batch * product of blocks, ...]`.
    """
    result: Tensor = raw.SpaceToBatchND(input, block_shape, paddings, name=name)
    return result


def batch_to_space_nd(
    input: Any, block_shape: Any, crops: Any, name: str | None = None
) -> Tensor:
    """Undoes `space_to_batch_nd`.

    Args:
        input: any dtype, `[batch * product of blocks, d1, ..., dm, ...]`.
        block_shape: int32 or int64, `[m]`.
        crops: int32 or int64, `[m, 2]`, what to cut off at each end.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[batch, ...]`.
    """
    result: Tensor = raw.BatchToSpaceND(input, block_shape, crops, name=name)
    return result


def space_to_batch(
    input: Any, paddings: Any, block_size: int, name: str | None = None
) -> Tensor:
    """Square blocks of height and width moved into the batch.

    Args:
        input: any dtype, `[batch, height, width, depth]`.
        paddings: int32 or int64, `[2, 2]`.
        block_size: the side of a block.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[batch * block_size ** 2, ...]`.
    """
    block = np.array([block_size, block_size], np.int32)
    result = space_to_batch_nd(input, block, paddings, name)
    return with_known_rank(result, 4)


def batch_to_space(
    input: Any, crops: Any, block_size: int, name: str | None = None
) -> Tensor:
    """Undoes `space_to_batch`.

    Args:
        input: any dtype, `[batch * block_size ** 2, height, width, depth]`.
        crops: int32 or int64, `[2, 2]`.
        block_size: the side of a block.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[batch, ...]`.
    """
    block = np.array([block_size, block_size], np.int32)
    result = batch_to_space_nd(input, block, crops, name)
    return with_known_rank(result, 4)


def with_known_rank(tensor: Tensor, rank: int) -> Tensor:
    """`tensor`, its static shape held to `rank`."""
    tensor.static_shape = with_rank(tensor.static_shape, rank)
    return tensor


# -- depth ----------------------------------------------------------------------------

_FORMATS = ("NHWC", "NCHW")


def _depth_shape(to_depth: bool) -> Any:
    def rule(op: Operation) -> list[Shape]:
        shape = with_rank(op.inputs[0].static_shape, 4)
        size = op.attrs["block_size"]
        first = op.attrs["data_format"] == b"NCHW"
        assert shape is not None
        batch = shape[0]
        h, w, c = (shape[2], shape[3], shape[1]) if first else shape[1:]
        if to_depth:
            h, w = _divided(h, size), _divided(w, size)
            c = None if c is None else c * size * size
        else:
            c = _divided(c, size * size)
            h, w = (None if d is None else d * size for d in (h, w))
        return [(batch, c, h, w) if first else (batch, h, w, c)]

    return rule


def _depth_gradient(node: str) -> Any:
    def rule(op: Operation, dy: Tensor) -> list[Any]:
        back = getattr(raw, node)
        attrs = {key: op.attrs[key] for key in ("block_size", "data_format")}
        return [back(dy, **attrs)]

    return rule


def _channels_last(x: np.ndarray, data_format: bytes) -> np.ndarray:
    if x.ndim != 4:
        invalid(f"Input rank should be 4 instead of {x.ndim}")
    return np.moveaxis(x, 1, 3) if data_format == b"NCHW" else x


space_to_depth_op = define(
    "SpaceToDepth", "input: T -> output: T", block_size=Attr("int", minimum=2),
    data_format=Attr("string", "NHWC", allowed=_FORMATS), shape=_depth_shape(True),
    gradient=_depth_gradient("DepthToSpace"),
    doc="Square blocks of height and width moved into the channels.",
)  # fmt: skip


@space_to_depth_op.kernel("CPU")
def _(input: np.ndarray, block_size: int, data_format: bytes) -> np.ndarray:
    x = _channels_last(input, data_format)
    b, h, w, c = x.shape
    s = block_size
    if h % s or w % s:
        invalid(
            f"Image width {w} and height {h} should be divisible by block_size: {s}"
        )
    parts = x.reshape(b, h // s, s, w // s, s, c).transpose(0, 1, 3, 2, 4, 5)
    output = parts.reshape(b, h // s, w // s, s * s * c)
    return np.moveaxis(output, 3, 1) if data_format == b"NCHW" else output


depth_to_space_op = define(
    "DepthToSpace", "input: T -> output: T", block_size=Attr("int", minimum=2),
    data_format=Attr("string", "NHWC", allowed=_FORMATS), shape=_depth_shape(False),
    gradient=_depth_gradient("SpaceToDepth"),
    doc="Undoes SpaceToDepth.",
)  # fmt: skip


@depth_to_space_op.kernel("CPU")
def _(input: np.ndarray, block_size: int, data_format: bytes) -> np.ndarray:
    x = _channels_last(input, data_format)
    b, h, w, c = x.shape
    s = block_size
    if c % (s * s):
        invalid(f"Input depth dimension {c} should be divisible by: {s * s}")
    parts = x.reshape(b, h, w, s, s, c // (s * s)).transpose(0, 1, 3, 2, 4, 5)
    output = parts.reshape(b, h * s, w * s, c // (s * s))
    return np.moveaxis(output, 3, 1) if data_format == b"NCHW" else output


def space_to_depth(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Square blocks of height and width moved into the channels.

    Args:
        input: any dtype, `[batch, height, width, depth]`.
        block_size: the side of a block, 2 or more.
        name: the node's name.
        data_format: 'NHWC', or 'NCHW' for `[batch, depth, height, width]`.

    Returns:
        A tensor of that dtype,
        `[batch, height / block_size, width / block_size, depth * block_size ** 2]`.
    """
    result: Tensor = raw.SpaceToDepth(
        input, block_size=block_size, data_format=data_format, name=name
    )
    return result


def depth_to_space(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Undoes `space_to_depth`.

    Args:
        input: any dtype, `[batch, height, width, depth]`.
        block_size: the side of a block, 2 or more.
        name: the node's name.
        data_format: 'NHWC', or 'NCHW' for `[batch, depth, height, width]`.

    Returns:
        A tensor of that dtype,
        `[batch, height * block_size, width * block_size, depth / block_size ** 2]`.
    """
    result: Tensor = raw.DepthToSpace(
        input, block_size=block_size, data_format=data_format, name=name
    )
    return result


# -- paddings that make blocks fit ----------------------------------------------------


def required_space_to_batch_paddings(
    input_shape: Any,
    block_shape: Any,
    base_paddings: Any = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Paddings and crops that make `block_shape` divide `input_shape`.

    Args:
        input_shape: int32, `[n]`.
        block_shape: int32, `[n]`.
        base_paddings: int32, `[n, 2]`, the least padding; zeros when None.
        name: of the scope.

    Returns:
        (paddings, crops), each int32, `[n, 2]`; constants where all is known.
    """
    given = [input_shape, block_shape, base_paddings]
    with op_scope(name, "required_space_to_batch_paddings", *given):
        block = convert(block_shape, int32, "block_shape")
        n = int(block.shape.with_rank(1)[0])
        if base_paddings is None:
            base_paddings = np.zeros([n, 2], np.int32)
        base = convert(base_paddings, int32, "base_paddings")
        dims = convert(input_shape, int32, "input_shape")
        known = [static_value(t) for t in (dims, block, base)]
        if all(v is not None for v in known):
            start, end = known[2].T  # type: ignore[union-attr]
            extra = -(known[0] + start + end) % known[1]
            paddings = np.stack([start, end + extra], axis=1)
            crops = np.stack([extra * 0, extra], axis=1)
            return constant(paddings, name="paddings"), constant(crops, name="crops")
        first, last = raw.Unpack(base, num=2, axis=1)
        total = dims + first + last
        rest = (block - total % block) % block
        return (
            raw.Pack([first, last + rest], axis=1, name="paddings"),
            raw.Pack([raw.ZerosLike(rest), rest], axis=1, name="crops"),
        )
