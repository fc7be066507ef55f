"""What a graph may rely on: `ensure_shape` and `guarantee_const`.

Read next: `check.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.shape_rules import same
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    format_list,
    is_compatible,
    merge,
)


def _ensured(op: Operation) -> list[Shape]:
    return [merge(op.attrs["shape"], op.inputs[0].static_shape)]


ensure_shape_op = define(
    "EnsureShape", "input: T -> output: T", shape=Attr("shape"), shape_rule=_ensured,
    gradient=lambda op, dy: [dy],  # a gradient takes op and dy
    doc="Its input; fails when it runs and the shape is another.",
)  # fmt: skip


@ensure_shape_op.kernel("CPU")
def _(ctx: Any, input: np.ndarray, shape: Shape) -> np.ndarray:
    if not is_compatible(shape, input.shape):
        name = ctx.op.inputs[0].op.name
        invalid(
            f"Shape of tensor {name} {format_list(input.shape)} is not compatible with "
            f"expected shape {format_list(shape)}."
        )
    return input


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """A tensor whose shape is checked when it runs, and known from there on.

    Args:
        x: a tensor of any dtype.
        shape: the shape it must have; may be partial.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[shape]`.

    Raises:
        ValueError: the shape is known to be another.
        InvalidArgumentError: when it runs and the shape is another.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.placeholder(tf.float32)
        >>> tf.ensure_shape(x, [None, 2]).shape
        TensorShape([Dimension(None), Dimension(2)])
    """
    result: Tensor = raw.EnsureShape(x, shape=shape, name=name)
    return result


guarantee_const_op = define(
    "GuaranteeConst", "input: T -> output: T", shape=same, stateful=True,
    doc="Its input, which never changes.",
)  # fmt: skip


@guarantee_const_op.kernel("CPU")
def _(input: np.ndarray) -> np.ndarray:
    return input


def guarantee_const(input: Any, name: str | None = None) -> Tensor:
    """A tensor that is promised never to change.

    Args:
        input: a tensor of any dtype.
        name: the node's name.

    Returns:
        The same value.
    """
    result: Tensor = raw.GuaranteeConst(input, name=name)
    return result
