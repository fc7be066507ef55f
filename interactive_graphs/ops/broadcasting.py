"""Shapes that broadcast: to a given one, to each other, and as a grid.

Read next: `slicing.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert, convert_n_to_tensor
from interactive_graphs.framework.dtypes import INDEX, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    TensorShape,
    broadcast,
    format_list,
    from_static,
    to_static,
)
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.constant import ones
from interactive_graphs.ops.shape import (
    requested_shape,
    reshape,
    shape_of,
    size,
)


def _broadcast_to_shape(op: Operation) -> list[Shape]:
    known, new = op.inputs[0].static_shape, requested_shape(op, 1)
    if known is None or new is None:
        return [new]
    if len(known) > len(new):
        raise ValueError(
            f"Shape must be at most rank {len(new)} but is rank {len(known)}"
        )
    for a, b in zip(reversed(known), reversed(new), strict=False):
        if a not in (None, 1) and b is not None and a != b:
            raise ValueError(f"Dimensions must be equal, but are {a} and {b}")
    return [new]


def _broadcast_to_gradient(op: Operation, dy: Tensor) -> list[Any]:
    inner = shape_of(op.inputs[0])
    axes, _ = raw.BroadcastGradientArgs(inner, op.inputs[1])
    return [raw.Reshape(raw.Sum(dy, axes), inner), None]


broadcast_to_op = define(
    "BroadcastTo", "input: T, shape: Tidx -> output: T",
    Tidx=types(INDEX, int32), shape_rule=_broadcast_to_shape,
    gradient=_broadcast_to_gradient,
    doc="Its input, repeated along dimensions of 1 to fill a shape.",
)  # fmt: skip


@broadcast_to_op.kernel("CPU")
def _(input: np.ndarray, shape: np.ndarray) -> np.ndarray:
    dims = tuple(shape.tolist())
    try:
        return np.broadcast_to(input, dims)
    except ValueError:
        if input.ndim > len(dims):
            invalid(
                f"Rank of input ({input.ndim}) must be no greater than rank of output "
                f"shape ({len(dims)})."
            )
        a, b = format_list(input.shape), format_list(dims)
        invalid(f"Incompatible shapes: {a} vs. {b}")


def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """A tensor repeated along its dimensions of 1 until it has `shape`.

    Args:
        input: a tensor of any dtype.
        shape: int32 or int64, `[new rank]`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[shape]`.
    """
    result: Tensor = raw.BroadcastTo(input, shape, name=name)
    return result


broadcast_args_op = define(
    "BroadcastArgs", "s0: T, s1: T -> r0: T", T=types(INDEX, int32),
    shape=lambda op: [(_longest(op),)], gradient=None,
    doc="The shape that two shapes broadcast to.",
)  # fmt: skip


def _longest(op: Operation) -> int | None:
    lengths = [with_rank(t.static_shape, 1) for t in op.inputs]
    known = [s[0] for s in lengths if s is not None and s[0] is not None]
    return max(known) if len(known) == 2 else None


@broadcast_args_op.kernel("CPU")
def _(s0: np.ndarray, s1: np.ndarray) -> np.ndarray:
    try:
        both = np.broadcast_shapes(tuple(s0.tolist()), tuple(s1.tolist()))
    except ValueError:
        invalid(
            f"Incompatible shapes: {format_list(tuple(s0.tolist()))} vs. "
            f"{format_list(tuple(s1.tolist()))}"
        )
    return np.array(both, s0.dtype)


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """The shape that two shapes broadcast to, worked out when it runs.

    Args:
        shape_x: int32 or int64, `[rank]`.
        shape_y: the same dtype, `[rank]`.

    Returns:
        A vector of that dtype.
    """
    result: Tensor = raw.BroadcastArgs(shape_x, shape_y)
    return result


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape that two static shapes broadcast to.

    Args:
        shape_x: a TensorShape or what makes one.
        shape_y: another.

    Returns:
        A TensorShape; unknown where a rank is unknown.

    Raises:
        ValueError: they do not broadcast.
    """
    x, y = to_static(shape_x), to_static(shape_y)
    try:
        return from_static(broadcast(x, y))
    except ValueError:
        raise ValueError(
            f"Incompatible shapes for broadcasting: {from_static(x)} and "
            f"{from_static(y)}"
        ) from None


def meshgrid(*args: Any, indexing: str = "xy", name: str = "meshgrid") -> list[Tensor]:
    """Coordinates of a grid, one tensor per axis, as `numpy.meshgrid`.

    Args:
        *args: a vector of coordinates for each axis, all of one numeric dtype.
        indexing: 'xy' swaps the first two axes of the results, 'ij' does not.
        name: of the scope.

    Returns:
        A tensor per argument, `[size of each argument]`.

    Raises:
        ValueError: `indexing` is neither.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError("indexing parameter must be either 'xy' or 'ij'")
    with op_scope(name, "meshgrid", *args):
        n = len(args)
        axes = [
            reshape(raw_stack(a), [1] * i + [-1] + [1] * (n - 1 - i))
            for i, a in enumerate(args)
        ]
        sizes = [size(x) for x in convert_n_to_tensor(args)]
        if indexing == "xy" and n > 1:
            order = [1, 0, *range(2, n)]
            shapes = [[1, -1] + [1] * (n - 2), [-1, 1] + [1] * (n - 2)]
            axes[0], axes[1] = reshape(axes[0], shapes[0]), reshape(axes[1], shapes[1])
            sizes = [sizes[i] for i in order]
        if not axes:
            return []
        full = ones(raw.Pack(sizes), axes[0].dtype.base_dtype)
        return [x * full for x in axes]


def raw_stack(values: Any) -> Tensor:
    """One argument of `meshgrid` as a tensor, named as TF1 does."""
    return convert(values, None, "stack")
