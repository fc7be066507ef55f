"""Borders around a tensor: `pad` with constants or with what it mirrors.

Read next: `space.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import constant_value, static_value
from interactive_graphs.framework.dtypes import INDEX, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.ops.shape import shape_of


def _padded_dims(op: Operation, sign: int) -> list[Shape]:
    """The shape with the paddings added, or taken off where `sign` is -1."""
    shape, paddings = op.inputs[0].static_shape, op.inputs[1]
    rows, columns = with_rank(paddings.static_shape, 2)  # type: ignore[misc]
    merge_dims(columns, 2)
    value = static_value(paddings)
    if value is not None and (value < 0).any():
        raise ValueError("Paddings must be non-negative")
    if shape is None:
        return [None if rows is None else (None,) * rows]
    if rows is not None and rows != len(shape):
        raise ValueError(f"Shape must be rank {rows} but is rank {len(shape)}")
    if value is None:
        return [(None,) * len(shape)]
    return [
        tuple(
            None if d is None else d + sign * (before + after)
            for d, (before, after) in zip(shape, value.tolist(), strict=True)
        )
    ]


def _pad_shape(op: Operation) -> list[Shape]:
    return _padded_dims(op, 1)


def _pad_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, paddings = op.inputs[:2]
    before = raw.Reshape(raw.Slice(paddings, [0, 0], [-1, 1]), [-1])
    if paddings.dtype.base_dtype is int32:
        size = shape_of(x)
    else:
        size = raw.Shape(x, out_type=paddings.dtype.base_dtype)
    return [raw.Slice(dy, before, size), *[None] * (len(op.inputs) - 1)]


pad_op = define(
    "Pad", "input: T, paddings: Tpaddings -> output: T",
    Tpaddings=types(INDEX, int32), shape=_pad_shape, gradient=_pad_gradient,
    doc="Its input with zeros around.",
)  # fmt: skip

pad_v2_op = define(
    "PadV2", "input: T, paddings: Tpaddings, constant_values: T -> output: T",
    Tpaddings=types(INDEX, int32), shape=_pad_shape, gradient=_pad_gradient,
    doc="Its input with a constant around.",
)  # fmt: skip


def _checked(input: np.ndarray, paddings: np.ndarray) -> list[list[int]]:
    """The paddings as pairs.

    Raises:
        InvalidArgumentError: they do not fit the input.
    """
    if paddings.ndim != 2 or paddings.shape[1] != 2:
        found = format_list(paddings.shape)
        invalid(f"paddings must be a matrix with 2 columns: {found}")
    if paddings.shape[0] != input.ndim:
        invalid(
            "The first dimension of paddings must be the rank of inputs"
            f"{format_list(paddings.shape)} {format_list(input.shape)}"
        )
    pairs: list[list[int]] = paddings.tolist()
    for before, after in pairs:
        if before < 0 or after < 0:
            invalid(f"Paddings must be non-negative: {before} {after}")
    return pairs


def _surrounded(input: np.ndarray, paddings: np.ndarray, value: Any) -> np.ndarray:
    pairs = _checked(input, paddings)
    shape = [d + a + b for d, (a, b) in zip(input.shape, pairs, strict=True)]
    output = np.full(shape, value, input.dtype)
    inner: tuple[Any, ...] = tuple(
        slice(a, a + d) for d, (a, _) in zip(input.shape, pairs, strict=True)
    )
    output[(*inner, ...)] = input
    return output


@pad_op.kernel("CPU")
def _(input: np.ndarray, paddings: np.ndarray) -> np.ndarray:
    return _surrounded(input, paddings, b"" if input.dtype == object else 0)


@pad_v2_op.kernel("CPU")
def _(
    input: np.ndarray, paddings: np.ndarray, constant_values: np.ndarray
) -> np.ndarray:
    if constant_values.ndim:
        invalid("constant_values must be a scalar")
    return _surrounded(input, paddings, constant_values)


def _mirror_gradient(node: str) -> Any:
    def rule(op: Operation, dy: Tensor) -> list[Any]:
        return [getattr(raw, node)(dy, op.inputs[1], mode=op.attrs["mode"]), None]

    return rule


def _mode() -> Attr:
    return Attr("string", allowed=("REFLECT", "SYMMETRIC"))


mirror_pad_op = define(
    "MirrorPad", "input: T, paddings: Tpaddings -> output: T",
    Tpaddings=types(INDEX, int32), mode=_mode(), shape=_pad_shape,
    gradient=_mirror_gradient("MirrorPadGrad"),
    doc="Its input with its own mirror image around.",
)  # fmt: skip

mirror_pad_grad_op = define(
    "MirrorPadGrad", "input: T, paddings: Tpaddings -> output: T",
    Tpaddings=types(INDEX, int32), mode=_mode(),
    shape=lambda op: _padded_dims(op, -1), gradient=_mirror_gradient("MirrorPad"),
    doc="The gradient of MirrorPad: the borders folded back and added.",
)  # fmt: skip


def _check_mirror(dims: list[int], pairs: list[list[int]], mode: bytes) -> None:
    reflect = mode == b"REFLECT"
    for dim, (before, after) in zip(dims, pairs, strict=True):
        if max(before, after) > dim - reflect:
            how = "less than" if reflect else "no greater than"
            fails = "not less than" if reflect else "greater than"
            invalid(
                f"paddings must be {how} the dimension size: {before}, {after} {fails} "
                f"{dim}"
            )


@mirror_pad_op.kernel("CPU")
def _(input: np.ndarray, paddings: np.ndarray, mode: bytes) -> np.ndarray:
    pairs = _checked(input, paddings)
    _check_mirror(list(input.shape), pairs, mode)
    return np.pad(input, pairs, mode="reflect" if mode == b"REFLECT" else "symmetric")


@mirror_pad_grad_op.kernel("CPU")
def _(input: np.ndarray, paddings: np.ndarray, mode: bytes) -> np.ndarray:
    pairs = _checked(input, paddings)
    dims = [d - a - b for d, (a, b) in zip(input.shape, pairs, strict=True)]
    _check_mirror(dims, pairs, mode)
    skip = 1 if mode == b"REFLECT" else 0
    folded = np.array(input)
    for axis, (dim, (before, after)) in enumerate(zip(dims, pairs, strict=True)):
        front = np.moveaxis(folded, axis, 0)
        inner = np.array(front[before : before + dim])
        # What lies k steps outside the border came from k steps inside of it.
        inner[skip : skip + before] += front[:before][::-1]
        inner[dim - skip - after : dim - skip] += front[before + dim :][::-1]
        folded = np.moveaxis(inner, 0, axis)
    return folded


def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    name: str | None = None,
    constant_values: Any = 0,
) -> Tensor:
    """A tensor with a border around it.

    Args:
        tensor: any dtype.
        paddings: int32 or int64, `[rank, 2]`: how much before and after, per dimension.
        mode: 'CONSTANT', or 'REFLECT' (the mirror image without the edge) or
            'SYMMETRIC' (with it); upper or lower case.
        name: the node's name.
        constant_values: a scalar of the tensor's dtype.

    Returns:
        A tensor of that dtype.

    Raises:
        ValueError: the mode is none of the three, or the paddings do not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.pad([1, 2, 3], [[1, 2]], "REFLECT"))
        array([2, 1, 2, 3, 2, 1], dtype=int32)
    """
    upper = mode.upper()
    result: Tensor
    if upper == "CONSTANT":
        zero = not isinstance(constant_values, Tensor) and constant_values == 0
        if zero:
            result = raw.Pad(tensor, paddings, name=name)
        else:
            result = raw.PadV2(tensor, paddings, constant_values, name=name)
    elif upper in ("REFLECT", "SYMMETRIC"):
        result = raw.MirrorPad(tensor, paddings, mode=upper, name=name)
    else:
        raise ValueError(f"Unknown padding mode: {upper}")
    # TF1 reads the paddings here to work out the shape, so they can no longer be fed.
    constant_value(result.op.inputs[1])
    return result
