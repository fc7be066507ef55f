"""Lowerings of products of matrices, and of convolutions. Read next: `translate.py`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from interactive_graphs import errors
from interactive_graphs.kernels.native.blas import left_to_numpy
from interactive_graphs.kernels.native.conv import conv2d
from interactive_graphs.kernels.native.conv_filter_gradient import (
    conv2d_filter_gradient,
)
from interactive_graphs.kernels.native.conv_gradients import conv2d_input_gradient
from interactive_graphs.kernels.native.depthwise import (
    depthwise_conv2d,
    depthwise_conv2d_input_gradient,
)
from interactive_graphs.kernels.native.depthwise_gradient import (
    depthwise_conv2d_filter_gradient,
)
from interactive_graphs.kernels.native.gemm import gemm
from interactive_graphs.ops.nn_conv import Convolution
from interactive_graphs.runtime.native.node import Node, NotNativeError
from interactive_graphs.runtime.native.table import lowers
from interactive_graphs.runtime.native.work import Array, Linear, Shape

_DTYPES: Final = ("float32", "float64", "int32", "int64")


@lowers("MatMul")
def _matmul(node: Node) -> None:
    _product(node, node.op.attrs["transpose_a"], node.op.attrs["transpose_b"])


@lowers("BatchMatMul", "BatchMatMulV2")
def _batch_matmul(node: Node) -> None:
    _product(node, node.op.attrs["adj_x"], node.op.attrs["adj_y"])


def _product(node: Node, transpose_a: bool, transpose_b: bool) -> None:
    a, b = node.arrays()
    dtype, shape = node.kind(node.op.outputs[0])
    if dtype not in _DTYPES or len(shape) < 2:
        raise NotNativeError(f"no product of {dtype}")
    k = a.known_shape[-2 if transpose_a else -1]
    if k != b.known_shape[-1 if transpose_b else -2]:
        raise NotNativeError("the sizes do not fit")
    if left_to_numpy(shape[-2], shape[-1], k, dtype, shape[:-2]):
        raise NotNativeError("OpenBLAS is quicker at products of this size")
    options = {
        "dtype": dtype, "transpose_a": transpose_a, "transpose_b": transpose_b,
        "batch": shape[:-2], "a_batch": a.known_shape[:-2],
        "b_batch": b.known_shape[:-2],
    }  # fmt: skip
    work = Linear(gemm, (*shape[-2:], k), tuple(options.items()), shape)
    node.run(work, [a, b], [node.made()])


@lowers("Conv2D")
def _conv2d(node: Node) -> None:
    images, filters = node.arrays()
    geometry = _geometry(node, images.known_shape, filters.known_shape)
    args = (images.known_shape, filters.known_shape, geometry.windows)
    _run(node, conv2d, args, [images, filters])


@lowers("Conv2DBackpropInput")
def _conv2d_input_gradient(node: Node) -> None:
    _, shape = node.kind(node.op.outputs[0])
    filters, dy = node.array(1), node.array(2)
    geometry = _geometry(node, shape, filters.known_shape)
    _check_output(geometry, dy.known_shape, filters.known_shape[-1])
    args = (shape, filters.known_shape, geometry.windows)
    _run(node, conv2d_input_gradient, args, [dy, filters])


@lowers("Conv2DBackpropFilter")
def _conv2d_filter_gradient(node: Node) -> None:
    _, shape = node.kind(node.op.outputs[0])
    images, dy = node.array(0), node.array(2)
    geometry = _geometry(node, images.known_shape, shape)
    _check_output(geometry, dy.known_shape, shape[-1])
    args = (images.known_shape, shape, geometry.windows)
    _run(node, conv2d_filter_gradient, args, [images, dy])


@lowers("DepthwiseConv2dNative")
def _depthwise(node: Node) -> None:
    images, filters = node.arrays()
    geometry = _geometry(node, images.known_shape, filters.known_shape)
    args = (images.known_shape, filters.known_shape, geometry.windows)
    _run(node, depthwise_conv2d, args, [images, filters])


@lowers("DepthwiseConv2dNativeBackpropInput")
def _depthwise_input_gradient(node: Node) -> None:
    _, shape = node.kind(node.op.outputs[0])
    filters, dy = node.array(1), node.array(2)
    geometry = _geometry(node, shape, filters.known_shape)
    _check_output(geometry, dy.known_shape, math.prod(filters.known_shape[-2:]))
    args = (shape, filters.known_shape, geometry.windows)
    _run(node, depthwise_conv2d_input_gradient, args, [dy, filters])


@lowers("DepthwiseConv2dNativeBackpropFilter")
def _depthwise_filter_gradient(node: Node) -> None:
    _, shape = node.kind(node.op.outputs[0])
    images, dy = node.array(0), node.array(2)
    geometry = _geometry(node, images.known_shape, shape)
    _check_output(geometry, dy.known_shape, math.prod(shape[-2:]))
    args = (images.known_shape, shape, geometry.windows)
    _run(node, depthwise_conv2d_filter_gradient, args, [images, dy])


def _run(
    node: Node, emitter: Callable[..., Any], args: tuple[Any, ...], inputs: list[Array]
) -> None:
    dtype, shape = node.kind(node.op.outputs[0])
    options: tuple[tuple[str, Any], ...] = (("dtype", dtype),)
    if node.op.type.startswith("Conv2D"):
        options += (("winograd", node.step.winograd),)
    work = Linear(emitter, args, options, shape)
    node.run(work, inputs, [node.made()])


def _geometry(node: Node, images: Shape, filters: Shape) -> Convolution:
    """Where the windows lie.

    Raises:
        NotNativeError: the kernel refuses these shapes, or channels come first.
    """
    attrs = node.op.attrs
    dtype, _ = node.kind(node.op.outputs[0])
    if attrs["data_format"] != b"NHWC" or dtype not in ("float32", "float64"):
        raise NotNativeError("only channels last, and floats")
    try:
        geometry = Convolution(
            images, filters, attrs["strides"], attrs["padding"],
            attrs["explicit_paddings"], attrs["data_format"], attrs["dilations"],
        )  # fmt: skip
        geometry.check_depth(filters[-2])
    except errors.OpError as error:
        raise NotNativeError(error.message) from None
    return geometry


def _check_output(geometry: Convolution, dy: Shape, depth: int) -> None:
    if dy != (geometry.input_shape[0], *geometry.windows.output, depth):
        raise NotNativeError("the kernel refuses the gradient's shape")
