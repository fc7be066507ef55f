"""Dilation and erosion of images: pooling with weights that are added.

The kernels are in `kernels/cpu/dilation.py`. As in TF1 the gradient ops have no
gradient of their own. Read next: `nn_pool.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import REAL
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import merge_dims, same_as, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu import dilation as cpu
from interactive_graphs.kernels.cpu.windows import Windows, span, windows
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._windows import (
    bad_gradient_shape,
    checked_list,
    same_attrs,
    window_outputs,
)


def _attrs() -> dict[str, Any]:
    return {
        "T": types(REAL),
        "strides": Attr("list(int)", minimum=4),
        "rates": Attr("list(int)", minimum=4),
        "padding": Attr("string", allowed=("SAME", "VALID")),
    }


def _shape(op: Operation) -> list[Shape]:
    batch, *sizes, depth = with_rank(op.inputs[0].static_shape, 4) or (None,) * 4
    *kernel, filter_depth = with_rank(op.inputs[1].static_shape, 3) or (None,) * 3
    strides = checked_list(op, "strides", 4, "stride")
    rates = checked_list(op, "rates", 4, "rates")
    padding = op.attrs["padding"]
    window_outputs((None, None), (None, None), strides[1:3], rates[1:3], padding)
    columns = zip(sizes, kernel, strides[1:3], rates[1:3], strict=True)
    outputs = [_count(*column, padding) for column in columns]
    return [(batch, *outputs, merge_dims(depth, filter_depth))]


def _count(
    size: int | None, kernel: int | None, stride: int, rate: int, padding: bytes
) -> int | None:
    """How many windows fit; none is allowed here, other than in convolutions."""
    if size is None or kernel is None:
        return None
    try:
        return span(size, kernel, stride, rate, padding).output
    except errors.InvalidArgumentError as error:
        raise ValueError(error.message) from None


def _windows(
    input: np.ndarray,
    filter: np.ndarray,
    strides: tuple[int, ...],
    rates: tuple[int, ...],
    padding: bytes,
) -> Windows:
    """Where the windows lie, if everything fits."""
    for word, values in (("Stride", strides), ("Rate", rates)):
        if values[0] != 1 or values[3] != 1:
            text = f"{word} is only supported across spatial dimensions."
            raise errors.UnimplementedError(None, None, text)
    if input.ndim != 4:
        invalid(f"input must be 4-dimensional{format_list(input.shape)}")
    if filter.ndim != 3:
        invalid(f"filter must be 3-dimensional: {format_list(filter.shape)}")
    if input.shape[3] != filter.shape[2]:
        invalid(
            "input and filter must have the same depth: "
            f"{input.shape[3]} vs {filter.shape[2]}"
        )
    sizes, kernel = input.shape[1:3], filter.shape[:2]
    return windows(sizes, kernel, strides[1:3], rates[1:3], padding)


def _gradient(op: Operation, dy: Tensor) -> list[Any]:
    attrs = same_attrs(op)
    return [
        raw.Dilation2DBackpropInput(*op.inputs, dy, **attrs),
        raw.Dilation2DBackpropFilter(*op.inputs, dy, **attrs),
    ]


dilation_op = define(
    "Dilation2D", "input: T, filter: T -> output: T", **_attrs(), shape=_shape,
    gradient=_gradient, doc="The maximum of each window plus a filter.",
)  # fmt: skip


@dilation_op.kernel("CPU")
def _(
    input: np.ndarray,
    filter: np.ndarray,
    strides: tuple[int, ...],
    rates: tuple[int, ...],
    padding: bytes,
) -> np.ndarray:
    w = _windows(input, filter, strides, rates, padding)
    return cpu.dilate(input, filter, w)[0]


def _check_gradient(
    name: str, input: np.ndarray, found: np.ndarray, w: Windows
) -> None:
    wanted = (input.shape[0], *w.output, input.shape[3])
    if found.shape != wanted:
        raise bad_gradient_shape(name, "out_backprop", found.shape, wanted)


input_gradient_op = define(
    "Dilation2DBackpropInput",
    "input: T, filter: T, out_backprop: T -> in_backprop: T",
    **_attrs(), shape=same_as(0), doc="The gradient of Dilation2D for its input.",
)  # fmt: skip


@input_gradient_op.kernel("CPU")
def _(
    input: np.ndarray,
    filter: np.ndarray,
    out_backprop: np.ndarray,
    strides: tuple[int, ...],
    rates: tuple[int, ...],
    padding: bytes,
) -> np.ndarray:
    w = _windows(input, filter, strides, rates, padding)
    _check_gradient("Dilation2DBackpropInput", input, out_backprop, w)
    return cpu.input_gradient(input, filter, out_backprop, w)


filter_gradient_op = define(
    "Dilation2DBackpropFilter",
    "input: T, filter: T, out_backprop: T -> filter_backprop: T",
    **_attrs(), shape=same_as(1), doc="The gradient of Dilation2D for its filter.",
)  # fmt: skip


@filter_gradient_op.kernel("CPU")
def _(
    input: np.ndarray,
    filter: np.ndarray,
    out_backprop: np.ndarray,
    strides: tuple[int, ...],
    rates: tuple[int, ...],
    padding: bytes,
) -> np.ndarray:
    w = _windows(input, filter, strides, rates, padding)
    _check_gradient("Dilation2DBackpropFilter", input, out_backprop, w)
    return cpu.filter_gradient(input, filter, out_backprop, w)


def dilation2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The maximum of each window plus a filter: bright shapes grow.

    Args:
        input: real, `[batch, height, width, depth]`.
        filter: of the same dtype, `[rows, columns, depth]`, what is added to a window.
        strides: `[1, rows, columns, 1]` from one window to the next.
        rates: `[1, rows, columns, 1]` from one pixel of a window to the next.
        padding: 'SAME' (what is beyond the edge is left out) or 'VALID'.
        name: the node's name.
        filters: another name of `filter`.
        dilations: another name of `rates`.

    Returns:
        A tensor of that dtype, `[batch, rows, columns, depth]`.

    Raises:
        ValueError: shapes do not fit, or an argument is there under both its names.

    Example:
        >>> import interactive_graphs as tf
        >>> image = tf.reshape([1., 5., 2., 0.], [1, 1, 4, 1])
        >>> grown = tf.nn.dilation2d(
        ...     image, tf.zeros([1, 3, 1]), [1, 1, 1, 1], [1, 1, 1, 1], "SAME")
        >>> with tf.Session() as sess:
        ...     sess.run(grown)[0, 0, :, 0]
        array([5., 5., 5., 2.], dtype=float32)
    """
    both = "Cannot specify both '{}' and '{}'."
    if filter is not None and filters is not None:
        raise ValueError(both.format("filters", "filter"))
    if rates is not None and dilations is not None:
        raise ValueError(both.format("dilations", "rates"))
    result: Tensor = raw.Dilation2D(
        input, filters if filter is None else filter, strides=strides,
        rates=dilations if rates is None else rates, padding=padding, name=name,
    )  # fmt: skip
    return result


def erosion2d(
    value: Any,
    kernel: Any,
    strides: Any,
    rates: Any,
    padding: str,
    name: str | None = None,
) -> Tensor:
    """The minimum of each window minus a kernel: bright shapes shrink.

    Args:
        value: real, `[batch, height, width, depth]`.
        kernel: of the same dtype, `[rows, columns, depth]`, taken from a window.
        strides: `[1, rows, columns, 1]` from one window to the next.
        rates: `[1, rows, columns, 1]` from one pixel of a window to the next.
        padding: 'SAME' (what is beyond the edge is left out) or 'VALID'.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[batch, rows, columns, depth]`.

    Raises:
        ValueError: shapes do not fit.
    """
    with op_scope(name, "erosion2d", value, kernel) as scope:
        turned = raw.ReverseV2(kernel, [0, 1])
        grown = raw.Dilation2D(
            raw.Neg(value), turned, strides=strides, rates=rates, padding=padding,
            name=scope,
        )  # fmt: skip
        result: Tensor = raw.Neg(grown)
        return result
