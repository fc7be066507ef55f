"""Depthwise and separable convolution: filters that see one channel each.

As in `nn_conv.py`, each of the three ops is the gradient of the other two. Read next:
`nn_convolution.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import FLOAT
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import conv as cpu
from interactive_graphs.kernels.cpu.windows import spatial
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._windows import (
    checked_list,
    explicit_pairs,
    join_dims,
    same_attrs,
    split_dims,
    window_outputs,
)
from interactive_graphs.ops.nn_conv import (
    ONES,
    Convolution,
    conv_attrs,
    sizes_of,
    sizes_shape,
)
from interactive_graphs.ops.nn_convolution import strides_and_dilations


def _depthwise_attrs() -> dict[str, Any]:
    attrs = conv_attrs()
    attrs.pop("use_cudnn_on_gpu")
    return attrs


def _depthwise_shape(op: Operation) -> list[Shape]:
    data_format: bytes = op.attrs["data_format"]
    x = with_rank(op.inputs[0].static_shape, 4) or ()
    filters = with_rank(op.inputs[1].static_shape, 4) or ()
    strides = checked_list(op, "strides", 4, "stride")
    dilations = checked_list(op, "dilations", 4, "dilation")
    batch, sizes, depth = split_dims(x, data_format)
    depth = merge_dims(depth, filters[2])
    explicit = explicit_pairs(op.attrs["explicit_paddings"], data_format)
    outputs = window_outputs(
        sizes, filters[:2], spatial(strides, data_format),
        spatial(dilations, data_format), op.attrs["padding"], explicit,
    )  # fmt: skip
    multiplier = filters[3]
    channels = None if depth is None or multiplier is None else depth * multiplier
    return [join_dims(batch, outputs, channels, data_format)]


def _depthwise_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, filters = op.inputs
    attrs = same_attrs(op)
    return [
        raw.DepthwiseConv2dNativeBackpropInput(sizes_of(x), filters, dy, **attrs),
        raw.DepthwiseConv2dNativeBackpropFilter(x, sizes_of(filters), dy, **attrs),
    ]


depthwise_op = define(
    "DepthwiseConv2dNative", "input: T, filter: T -> output: T", T=types(FLOAT),
    **_depthwise_attrs(), shape=_depthwise_shape, gradient=_depthwise_gradient,
    doc="A convolution in which each channel has filters of its own.",
)  # fmt: skip


@depthwise_op.kernel("CPU")
def _(
    input: np.ndarray,
    filter: np.ndarray,
    strides: tuple[int, ...],
    padding: bytes,
    explicit_paddings: tuple[int, ...],
    data_format: bytes,
    dilations: tuple[int, ...],
) -> np.ndarray:
    c = Convolution(
        input.shape, filter.shape, strides, padding, explicit_paddings, data_format,
        dilations,
    )  # fmt: skip
    c.check_depth(filter.shape[2])
    return c.back(cpu.depthwise(c.last(input), filter, c.windows))


def _input_gradient_gradient(op: Operation, ddx: Tensor) -> list[Any]:
    _, filters, dy = op.inputs
    attrs = same_attrs(op)
    return [
        None,
        raw.DepthwiseConv2dNativeBackpropFilter(ddx, sizes_of(filters), dy, **attrs),
        raw.DepthwiseConv2dNative(ddx, filters, **attrs),
    ]


input_gradient_op = define(
    "DepthwiseConv2dNativeBackpropInput",
    "input_sizes: int32, filter: T, out_backprop: T -> output: T",
    T=types(FLOAT), **_depthwise_attrs(), shape=sizes_shape(0, batch_from=2),
    gradient=_input_gradient_gradient,
    doc="The gradient of DepthwiseConv2dNative for its input.",
)  # fmt: skip


@input_gradient_op.kernel("CPU")
def _(
    input_sizes: np.ndarray,
    filter: np.ndarray,
    out_backprop: np.ndarray,
    strides: tuple[int, ...],
    padding: bytes,
    explicit_paddings: tuple[int, ...],
    data_format: bytes,
    dilations: tuple[int, ...],
) -> np.ndarray:
    c = Convolution(
        input_sizes.tolist(), filter.shape, strides, padding, explicit_paddings,
        data_format, dilations,
    )  # fmt: skip
    c.check_depth(filter.shape[2])
    channels = filter.shape[2] * filter.shape[3]
    dy = c.check_output("DepthwiseConv2dNativeBackpropInput", out_backprop, channels)
    return c.back(cpu.depthwise_input_gradient(c.input_shape, filter, dy, c.windows))


def _filter_gradient_gradient(op: Operation, ddf: Tensor) -> list[Any]:
    x, _, dy = op.inputs
    attrs = same_attrs(op)
    return [
        raw.DepthwiseConv2dNativeBackpropInput(sizes_of(x), ddf, dy, **attrs),
        None,
        raw.DepthwiseConv2dNative(x, ddf, **attrs),
    ]


filter_gradient_op = define(
    "DepthwiseConv2dNativeBackpropFilter",
    "input: T, filter_sizes: int32, out_backprop: T -> output: T",
    T=types(FLOAT), **_depthwise_attrs(), shape=sizes_shape(1),
    gradient=_filter_gradient_gradient,
    doc="The gradient of DepthwiseConv2dNative for its filter.",
)  # fmt: skip


@filter_gradient_op.kernel("CPU")
def _(
    input: np.ndarray,
    filter_sizes: np.ndarray,
    out_backprop: np.ndarray,
    strides: tuple[int, ...],
    padding: bytes,
    explicit_paddings: tuple[int, ...],
    data_format: bytes,
    dilations: tuple[int, ...],
) -> np.ndarray:
    shape = filter_sizes.tolist()
    c = Convolution(
        input.shape, shape, strides, padding, explicit_paddings, data_format, dilations
    )
    c.check_depth(shape[2])
    name = "DepthwiseConv2dNativeBackpropFilter"
    dy = c.check_output(name, out_backprop, shape[2] * shape[3])
    return cpu.depthwise_filter_gradient(c.last(input), shape, dy, c.windows)


def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = ONES,
    name: str | None = None,
) -> Tensor:
    """A convolution in which each channel has filters of its own, as one node.

    Args:
        input: floating, `[batch, height, width, in]` in `data_format`.
        filter: of the same dtype, `[filter height, filter width, in, multiplier]`.
        strides: four ints, one per dimension of `input`.
        padding: 'SAME' or 'VALID'.
        data_format: 'NHWC' or 'NCHW'.
        dilations: four ints, the distance between the taps of the filter.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[batch, rows, columns, in * multiplier]`.
    """
    tensor: Tensor = raw.DepthwiseConv2dNative(
        input, filter, strides=strides, padding=padding, name=name,
        data_format=data_format, dilations=dilations,
    )  # fmt: skip
    return tensor


def depthwise_conv2d_native_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = ONES,
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` for its input.

    Args:
        input_sizes: int32, `[4]`, the shape of that input.
        filter: floating, `[filter height, filter width, in, multiplier]`.
        out_backprop: of the same dtype, of the shape of the convolution's output.
        strides: as of the convolution.
        padding: as of the convolution.
        data_format: as of the convolution.
        dilations: as of the convolution.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[input_sizes]`.
    """
    tensor: Tensor = raw.DepthwiseConv2dNativeBackpropInput(
        input_sizes, filter, out_backprop, strides=strides, padding=padding, name=name,
        data_format=data_format, dilations=dilations,
    )  # fmt: skip
    return tensor


def depthwise_conv2d_native_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = ONES,
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` for its filter.

    Args:
        input: floating, `[batch, height, width, in]` in `data_format`.
        filter_sizes: int32, `[4]`, the shape of that filter.
        out_backprop: of the same dtype, of the shape of the convolution's output.
        strides: as of the convolution.
        padding: as of the convolution.
        data_format: as of the convolution.
        dilations: as of the convolution.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[filter_sizes]`.
    """
    tensor: Tensor = raw.DepthwiseConv2dNativeBackpropFilter(
        input, filter_sizes, out_backprop, strides=strides, padding=padding, name=name,
        data_format=data_format, dilations=dilations,
    )  # fmt: skip
    return tensor


def _with_rate(
    x: Tensor,
    filters: Tensor,
    strides: Any,
    padding: str,
    rate: Any,
    data_format: str | None,
    name: str,
) -> Tensor:
    """A depthwise convolution whose filter taps lie `rate` apart.

    Raises:
        ValueError: the rate is not positive, or meets strides above 1.
    """
    fmt = data_format or "NHWC"
    steps = spatial(strides, fmt.encode())
    _, rates = strides_and_dilations(2, None, rate)
    if max(rates) > 1 and max(steps) > 1:
        raise ValueError(
            "strides > 1 not supported in conjunction with dilation_rate > 1"
        )
    dilations = join_dims(1, rates, 1, fmt.encode())
    tensor: Tensor = raw.DepthwiseConv2dNative(
        x, filters, strides=strides, padding=padding, data_format=fmt,
        dilations=dilations, name=name,
    )  # fmt: skip
    return tensor


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
) -> Tensor:
    """A convolution in which each channel has filters of its own.

    Args:
        input: floating, `[batch, height, width, in]` in `data_format`.
        filter: of the same dtype, `[filter height, filter width, in, multiplier]`.
        strides: four ints, one per dimension of `input`.
        padding: 'SAME' or 'VALID'.
        rate: two ints, the distance between the taps of the filter; 1 when None.
        name: the node's name.
        data_format: 'NHWC' (also when None) or 'NCHW'.

    Returns:
        A tensor of that dtype, `[batch, rows, columns, in * multiplier]`.

    Raises:
        ValueError: shapes do not fit, or both `rate` and strides are above 1.
    """
    with op_scope(name, "depthwise", input, filter) as scope:
        x = convert(input, None, "tensor_in")
        filters = convert(filter, None, "filter_in")
        return _with_rate(x, filters, strides, padding, rate, data_format, scope)


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
) -> Tensor:
    """A depthwise convolution, then one of 1 by 1 that mixes the channels.

    Args:
        input: floating, `[batch, height, width, in]` in `data_format`.
        depthwise_filter: `[filter height, filter width, in, multiplier]`.
        pointwise_filter: `[1, 1, in * multiplier, out]`.
        strides: four ints, of the depthwise part.
        padding: 'SAME' or 'VALID'.
        rate: two ints, the distance between the taps of the depthwise filter.
        name: the scope of the nodes.
        data_format: 'NHWC' (also when None) or 'NCHW'.

    Returns:
        A tensor of that dtype, `[batch, rows, columns, out]`.

    Raises:
        ValueError: shapes do not fit.
    """
    with op_scope(name, "separable_conv2d", input) as scope:
        x = convert(input, None, "tensor_in")
        depthwise = convert(depthwise_filter, None, "depthwise_filter")
        pointwise = convert(pointwise_filter, None, "pointwise_filter")
        for dim in (with_rank(pointwise.static_shape, 4) or ())[:2]:
            if dim not in (None, 1):
                raise ValueError(f"Dimensions {dim} and 1 are not compatible")
        middle = _with_rate(
            x, depthwise, strides, padding, rate, data_format, "depthwise"
        )
        tensor: Tensor = raw.Conv2D(
            middle, pointwise, strides=ONES, padding="VALID", name=scope,
            data_format=data_format or "NHWC",
        )  # fmt: skip
        return tensor
