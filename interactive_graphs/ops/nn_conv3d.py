"""Three-dimensional convolution and its gradients: volumes, or videos.

The same kernels as `nn_conv.py`, one dimension more. Read next: `nn_convolution.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import FLOAT, INDEX, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu import conv as cpu
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._windows import same_attrs
from interactive_graphs.ops.nn_conv import (
    Convolution,
    check_transposed,
    conv_attrs,
    conv_shape,
    sizes_of,
    sizes_shape,
)

_ONES = (1, 1, 1, 1, 1)


def _conv3d_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, filters = op.inputs
    attrs = same_attrs(op)
    return [
        raw.Conv3DBackpropInputV2(sizes_of(x), filters, dy, **attrs),
        raw.Conv3DBackpropFilterV2(x, sizes_of(filters), dy, **attrs),
    ]


conv3d_op = define(
    "Conv3D", "input: T, filter: T -> output: T", T=types(FLOAT), **conv_attrs(5),
    shape=conv_shape, gradient=_conv3d_gradient,
    doc="Each window of volumes times each filter, summed.",
)  # fmt: skip


@conv3d_op.kernel("CPU")
def _(
    input: np.ndarray,
    filter: np.ndarray,
    strides: tuple[int, ...],
    padding: bytes,
    data_format: bytes,
    dilations: tuple[int, ...],
) -> np.ndarray:
    c = Convolution(
        input.shape, filter.shape, strides, padding, (), data_format, dilations
    )
    c.check_depth(filter.shape[-2])
    return c.back(cpu.conv(c.last(input), filter, c.windows))


def _input_gradient_gradient(op: Operation, ddx: Tensor) -> list[Any]:
    _, filters, dy = op.inputs
    attrs = same_attrs(op, "Tshape")
    return [
        None,
        raw.Conv3DBackpropFilterV2(ddx, sizes_of(filters), dy, **attrs),
        raw.Conv3D(ddx, filters, **attrs),
    ]


input_gradient_op = define(
    "Conv3DBackpropInputV2",
    "input_sizes: Tshape, filter: T, out_backprop: T -> output: T",
    T=types(FLOAT), **conv_attrs(5), Tshape=types(INDEX, int32),
    shape=sizes_shape(0, batch_from=2), gradient=_input_gradient_gradient,
    doc="The gradient of Conv3D for its input.",
)  # fmt: skip


@input_gradient_op.kernel("CPU")
def _(
    input_sizes: np.ndarray,
    filter: np.ndarray,
    out_backprop: np.ndarray,
    strides: tuple[int, ...],
    padding: bytes,
    data_format: bytes,
    dilations: tuple[int, ...],
) -> np.ndarray:
    c = Convolution(
        input_sizes.tolist(), filter.shape, strides, padding, (), data_format, dilations
    )
    c.check_depth(filter.shape[-2])
    dy = c.check_output("Conv3DBackpropInputOp", out_backprop, filter.shape[-1])
    return c.back(cpu.conv_input_gradient(c.input_shape, filter, dy, c.windows))


def _filter_gradient_gradient(op: Operation, ddf: Tensor) -> list[Any]:
    x, _, dy = op.inputs
    attrs = same_attrs(op)
    return [
        raw.Conv3DBackpropInputV2(sizes_of(x), ddf, dy, **attrs),
        None,
        raw.Conv3D(x, ddf, **attrs),
    ]


filter_gradient_op = define(
    "Conv3DBackpropFilterV2",
    "input: T, filter_sizes: int32, out_backprop: T -> output: T",
    T=types(FLOAT), **conv_attrs(5), shape=sizes_shape(1),
    gradient=_filter_gradient_gradient, doc="The gradient of Conv3D for its filter.",
)  # fmt: skip


@filter_gradient_op.kernel("CPU")
def _(
    input: np.ndarray,
    filter_sizes: np.ndarray,
    out_backprop: np.ndarray,
    strides: tuple[int, ...],
    padding: bytes,
    data_format: bytes,
    dilations: tuple[int, ...],
) -> np.ndarray:
    shape = filter_sizes.tolist()
    c = Convolution(input.shape, shape, strides, padding, (), data_format, dilations)
    c.check_depth(shape[-2])
    dy = c.check_output("Conv3DBackpropFilterOp", out_backprop, shape[-1])
    return cpu.conv_filter_gradient(c.last(input), shape, dy, c.windows)


def conv3d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """Slide filters over volumes: the three-dimensional convolution.

    Args:
        input: floating, `[batch, depth, height, width, in]`, or `[batch, in, depth,
            height, width]` for 'NCDHW'.
        filter: of the same dtype, `[filter depth, height, width, in, out]`.
        strides: five ints, one per dimension of `input`; 1 for batch and channels.
        padding: 'SAME' or 'VALID'.
        data_format: 'NDHWC' or 'NCDHW'.
        dilations: five ints, the distance between the taps of the filter.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[batch, planes, rows, columns, out]`.
    """
    tensor: Tensor = raw.Conv3D(
        input, filter, strides=strides, padding=padding, name=name,
        data_format=data_format, dilations=dilations,
    )  # fmt: skip
    return tensor


def conv3d_backprop_filter_v2(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """The gradient of `conv3d` for its filter.

    Args:
        input: floating, `[batch, depth, height, width, in]` in `data_format`.
        filter_sizes: int32, `[5]`, the shape of that filter.
        out_backprop: of the same dtype, of the shape of the convolution's output.
        strides: as given to `conv3d`.
        padding: as given to `conv3d`.
        data_format: as given to `conv3d`.
        dilations: as given to `conv3d`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[filter_sizes]`.
    """
    tensor: Tensor = raw.Conv3DBackpropFilterV2(
        input, filter_sizes, out_backprop, strides=strides, padding=padding, name=name,
        data_format=data_format, dilations=dilations,
    )  # fmt: skip
    return tensor


def conv3d_transpose(
    value: Any,
    filter: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """The transpose (gradient) of `conv3d`, which makes volumes larger.

    Args:
        value: floating, `[batch, depth, height, width, in]` in `data_format`.
        filter: of the same dtype, `[filter depth, height, width, out, in]`.
        output_shape: int32, `[5]`, the shape of the result.
        strides: five ints, as of the convolution that it transposes.
        padding: 'SAME' or 'VALID'.
        data_format: 'NDHWC' or 'NCDHW'.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[output_shape]`.

    Raises:
        ValueError: depths, sizes or padding do not fit.
    """
    with op_scope(name, "conv3d_transpose", value, filter, output_shape) as scope:
        x = convert(value, None, "value")
        filters = convert(filter, None, "filter")
        sizes = convert(output_shape, None, "output_shape")
        check_transposed(x, filters, output_shape, sizes, data_format)
        if padding not in ("VALID", "SAME"):
            raise ValueError(f"padding must be either VALID or SAME: {padding}")
        tensor: Tensor = raw.Conv3DBackpropInputV2(
            sizes, filters, x, strides=strides, padding=padding, name=scope,
            data_format=data_format,
        )  # fmt: skip
        return tensor
