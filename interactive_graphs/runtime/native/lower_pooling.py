"""Lowerings of pooling over rows and columns. Read next: `translate.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from interactive_graphs import errors
from interactive_graphs.kernels.native import pooling
from interactive_graphs.kernels.native.routine import Routine
from interactive_graphs.ops import nn_pool
from interactive_graphs.ops._windows import explicit_pairs
from interactive_graphs.runtime.native.node import Node, NotNativeError
from interactive_graphs.runtime.native.table import lowers
from interactive_graphs.runtime.native.work import Array, Emitted, Shape


@lowers("MaxPool")
def _max_pool(node: Node) -> None:
    x = node.array(0)
    _run(node, pooling.max_pool, x.known_shape, [x])


@lowers("MaxPoolGrad")
def _max_pool_gradient(node: Node) -> None:
    x, y, dy = node.arrays()
    _run(node, pooling.max_pool_gradient, x.known_shape, [x, y, dy], [y, dy])


@lowers("BiasedMaxPool")
def _biased_max_pool(node: Node) -> None:
    x, bias = node.arrays()
    _run(node, pooling.biased_max_pool, x.known_shape, [x, bias])


@lowers("BiasedMaxPoolGrad")
def _biased_max_pool_gradient(node: Node) -> None:
    x, bias, y, dy = node.arrays()
    inputs = [x, bias, y, dy]
    _run(node, pooling.biased_max_pool_gradient, x.known_shape, inputs, [y, dy])


@lowers("AvgPool")
def _avg_pool(node: Node) -> None:
    x = node.array(0)
    _run(node, pooling.avg_pool, x.known_shape, [x])


@lowers("AvgPoolGrad")
def _avg_pool_gradient(node: Node) -> None:
    _, shape = node.kind(node.op.outputs[0])
    dy = node.array(1)
    _run(node, pooling.avg_pool_gradient, shape, [dy], [dy])


def _run(
    node: Node,
    emitter: Callable[..., Routine],
    images: Shape,
    inputs: Sequence[Array],
    pooled: Sequence[Array] = (),
) -> None:
    """Add the task of a pool.

    Args:
        node: the operation.
        emitter: of `kernels/native/pooling.py`.
        images: the shape of what is pooled.
        inputs: what the emitter takes.
        pooled: those of them that have to have the shape of the pool's output.
    """
    pool = _pool(node, images)
    shape = (pool.batch, *pool.windows.output, pool.channels)
    if any(array.known_shape != shape for array in pooled):
        raise NotNativeError("the kernel refuses the gradient's shape")
    outputs = [node.made(i) for i in range(len(node.op.outputs))]
    node.run(Emitted(emitter, (pool,)), inputs, outputs)


def _pool(node: Node, images: Shape) -> pooling.Pool:
    """Where the windows lie.

    Raises:
        NotNativeError: the kernel refuses these shapes; the pool is over channels, or
            they come first; or the numbers are no floats.
    """
    attrs = node.op.attrs
    dtype, _ = node.kind(node.op.outputs[0])
    if attrs["data_format"] != b"NHWC" or dtype not in ("float32", "float64"):
        raise NotNativeError("only channels last, and floats")
    around = explicit_pairs(attrs.get("explicit_paddings", ()), b"NHWC")
    try:
        found = nn_pool.Pool(
            images, attrs["ksize"], attrs["strides"], attrs["padding"], b"NHWC", around
        )
    except errors.OpError as error:
        raise NotNativeError(error.message) from None
    if found.over_channels:
        raise NotNativeError("the pool is over channels")
    batch, rows, columns, channels = images
    return pooling.Pool(batch, (rows, columns), channels, found.windows, dtype)
