"""Pooling of volumes, and `pool` for any rank.

The same kernels as `nn_pool.py`, one dimension more. Read next: `nn_norm.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_shape_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import FLOAT, bfloat16, float16, float32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu import pool as cpu
from interactive_graphs.kernels.cpu.windows import spatial
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._windows import join_dims, same_attrs
from interactive_graphs.ops.nn_conv import sizes_of
from interactive_graphs.ops.nn_convolution import (
    channels_are_first,
    strides_and_dilations,
)
from interactive_graphs.ops.nn_pool import Pool, pool_attrs, pool_shape, spatial_only

_SMALL_FLOAT = (float16, bfloat16, float32)


def _attrs() -> dict[str, Any]:
    return pool_attrs(5, explicit=False)


max_pool3d_op = define(
    "MaxPool3D", "input: T -> output: T", **_attrs(), T=types(_SMALL_FLOAT),
    shape=lambda op: [pool_shape(op)],
    gradient=lambda op, dy: [
        raw.MaxPool3DGrad(op.inputs[0], op.outputs[0], dy, **same_attrs(op))
    ],
    doc="The maximum of each window of volumes.",
)  # fmt: skip


@max_pool3d_op.kernel("CPU")
def _(
    input: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    data_format: bytes,
) -> np.ndarray:
    p = spatial_only(Pool(input.shape, ksize, strides, padding, data_format))
    return p.back(cpu.max_pool(p.last(input), p.windows))


def _max_grad_gradient(op: Operation, ddx: Tensor) -> list[Any]:
    x, y, _ = op.inputs
    attrs = same_attrs(op, "TInput")
    return [
        raw.ZerosLike(x), raw.ZerosLike(y), raw.MaxPool3DGradGrad(x, y, ddx, **attrs)
    ]  # fmt: skip


max_pool3d_grad_op = define(
    "MaxPool3DGrad",
    "orig_input: TInput, orig_output: TInput, grad: T -> output: T",
    **_attrs(), T=types(_SMALL_FLOAT, float32), TInput=types(_SMALL_FLOAT, float32),
    shape=lambda op: [with_rank(op.inputs[0].static_shape, 5)],
    gradient=_max_grad_gradient,
    doc="The gradient of MaxPool3D: each window's at its maximum.",
)  # fmt: skip


@max_pool3d_grad_op.kernel("CPU")
def _(
    orig_input: np.ndarray,
    orig_output: np.ndarray,
    grad: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    data_format: bytes,
) -> np.ndarray:
    p = Pool(orig_input.shape, ksize, strides, padding, data_format)
    x, y, dy = p.last(orig_input), p.last(orig_output), p.last(grad)
    dx = p.back(cpu.max_pool_gradient(x, y, dy, p.windows))
    return dx.astype(grad.dtype, copy=False)


def _max_grad_grad_gradient(op: Operation, dddy: Tensor) -> list[Any]:
    x, y, _ = op.inputs
    attrs = same_attrs(op)
    return [raw.ZerosLike(x), raw.ZerosLike(y), raw.MaxPool3DGrad(x, y, dddy, **attrs)]


max_pool3d_grad_grad_op = define(
    "MaxPool3DGradGrad", "orig_input: T, orig_output: T, grad: T -> output: T",
    **_attrs(), T=types(_SMALL_FLOAT), shape=lambda op: [pool_shape(op)],
    gradient=_max_grad_grad_gradient,
    doc="The gradient of MaxPool3DGrad: what lies at each window's maximum.",
)  # fmt: skip


@max_pool3d_grad_grad_op.kernel("CPU")
def _(
    orig_input: np.ndarray,
    orig_output: np.ndarray,
    grad: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    data_format: bytes,
) -> np.ndarray:
    p = Pool(orig_input.shape, ksize, strides, padding, data_format)
    x, y, ddx = p.last(orig_input), p.last(orig_output), p.last(grad)
    return p.back(cpu.max_pool_gradient_gradient(x, y, ddx, p.windows))


avg_pool3d_op = define(
    "AvgPool3D", "input: T -> output: T", **_attrs(), T=types(FLOAT),
    shape=lambda op: [pool_shape(op)],
    gradient=lambda op, dy: [
        raw.AvgPool3DGrad(sizes_of(op.inputs[0]), dy, **same_attrs(op))
    ],
    doc="The mean of each window of volumes.",
)  # fmt: skip


@avg_pool3d_op.kernel("CPU")
def _(
    input: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    data_format: bytes,
) -> np.ndarray:
    p = spatial_only(Pool(input.shape, ksize, strides, padding, data_format))
    return p.back(cpu.avg_pool(p.last(input), p.windows))


avg_pool3d_grad_op = define(
    "AvgPool3DGrad", "orig_input_shape: int32, grad: T -> output: T", **_attrs(),
    T=types(FLOAT),
    shape=lambda op: [with_rank(static_shape_value(op.inputs[0]), 5)],
    gradient=lambda op, ddx: [None, raw.AvgPool3D(ddx, **same_attrs(op))],
    doc="The gradient of AvgPool3D, shared out over each window.",
)  # fmt: skip


@avg_pool3d_grad_op.kernel("CPU")
def _(
    orig_input_shape: np.ndarray,
    grad: np.ndarray,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: bytes,
    data_format: bytes,
) -> np.ndarray:
    shape = orig_input_shape.tolist()
    p = spatial_only(Pool(shape, ksize, strides, padding, data_format))
    dy = p.last(grad)
    inner = [shape[0], *spatial(shape, data_format), dy.shape[-1]]
    return p.back(cpu.avg_pool_gradient(inner, dy, p.windows))


def max_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """The maximum of each window of volumes.

    Args:
        input: float16 or float32, `[batch, depth, height, width, channels]`, or
            `[batch, channels, depth, height, width]` for 'NCDHW'.
        ksize: five ints, the window's size along each dimension of `input`.
        strides: five ints, from one window to the next.
        padding: 'SAME' or 'VALID'.
        data_format: 'NDHWC' or 'NCDHW'.
        name: the node's name.

    Returns:
        A tensor of its dtype, `[batch, planes, rows, columns, channels]`.
    """
    tensor: Tensor = raw.MaxPool3D(
        input, ksize=ksize, strides=strides, padding=padding, name=name,
        data_format=data_format,
    )  # fmt: skip
    return tensor


def avg_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """The mean of each window of volumes.

    Args:
        input: floating, `[batch, depth, height, width, channels]` in `data_format`.
        ksize: five ints, the window's size along each dimension of `input`.
        strides: five ints, from one window to the next.
        padding: 'SAME' or 'VALID'.
        data_format: 'NDHWC' or 'NCDHW'.
        name: the node's name.

    Returns:
        A tensor of its dtype, `[batch, planes, rows, columns, channels]`.
    """
    tensor: Tensor = raw.AvgPool3D(
        input, ksize=ksize, strides=strides, padding=padding, name=name,
        data_format=data_format,
    )  # fmt: skip
    return tensor


def _check_pool(x: Tensor, window: tuple[int, ...], kind: str) -> None:
    if not 1 <= len(window) <= 3:
        raise ValueError("It is required that 1 <= num_spatial_dims <= 3.")
    if x.static_shape is not None and len(x.static_shape) != len(window) + 2:
        raise ValueError(f"Shape {x.shape} must have rank {len(window) + 2}")
    if kind not in ("MAX", "AVG"):
        raise ValueError(f"{len(window)}-D {kind} pooling is not supported.")


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: str,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
) -> Tensor:
    """The maximum or mean of each window, over one to three spatial dimensions.

    Args:
        input: `[batch, *spatial, channels]`, or `[batch, channels, *spatial]` where
            `data_format` begins with 'NC'.
        window_shape: an int per spatial dimension.
        pooling_type: 'MAX' or 'AVG'.
        padding: 'SAME' or 'VALID'.
        dilation_rate: an int per spatial dimension, the distance between the elements
            of a window; ones when None. Only with 'VALID', without strides.
        strides: an int per spatial dimension; ones when None.
        name: the scope of the nodes.
        data_format: 'NWC', 'NCW', 'NHWC', 'NCHW', 'NDHWC' or 'NCDHW'.

    Returns:
        A tensor of its dtype, `[batch, *output, channels]` in `data_format`.

    Raises:
        ValueError: the arguments do not fit.
    """
    with op_scope(name, f"{pooling_type.lower()}_pool", input) as scope:
        x = convert(input, None, "input")
        window = tuple(int(w) for w in window_shape)
        _check_pool(x, window, pooling_type)
        steps, rates = strides_and_dilations(len(window), strides, dilation_rate)
        if padding == "SAME" and max(rates) > 1:
            raise ValueError(
                "pooling with SAME padding is not implemented for dilation_rate > 1"
            )
        if any(s > w for s, w in zip(steps, window, strict=True)):
            raise ValueError(
                "strides > window_shape not supported due to inconsistency between CPU "
                "and GPU implementations"
            )
        is_first = channels_are_first(data_format, len(window))
        if max(rates) > 1:
            return _dilated(x, window, pooling_type, rates, is_first, scope)
        return _plain(x, window, steps, pooling_type, padding, is_first, scope)


def _plain(
    x: Tensor,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    kind: str,
    padding: str,
    is_first: bool,
    name: str | None,
) -> Tensor:
    """A pool without holes, by the op of its rank."""
    if len(window) == 1:
        axis = 2 if is_first else 1
        image = raw.ExpandDims(x, axis)
        result = _plain(
            image, (1, *window), (1, *strides), kind, padding, is_first, None
        )
        squeezed: Tensor = raw.Squeeze(result, squeeze_dims=[axis], name=name)
        return squeezed
    fmt = {2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}[len(window)][is_first]
    if len(window) == 2:
        node = raw.MaxPool if kind == "MAX" else raw.AvgPool
    else:
        node = raw.MaxPool3D if kind == "MAX" else raw.AvgPool3D
    tensor: Tensor = node(
        x, ksize=join_dims(1, window, 1, fmt.encode()), padding=padding, name=name,
        strides=join_dims(1, strides, 1, fmt.encode()), data_format=fmt,
    )  # fmt: skip
    return tensor


def _dilated(
    x: Tensor,
    window: tuple[int, ...],
    kind: str,
    rates: tuple[int, ...],
    is_first: bool,
    name: str,
) -> Tensor:
    """A pool with holes: each phase of the grid becomes an image of its own."""
    rank = len(window)
    to_last = [0, *range(2, rank + 2), 1]
    to_first = [0, rank + 1, *range(1, rank + 1)]
    if is_first:
        x = raw.Transpose(x, to_last)
    sizes = raw.StridedSlice(raw.Shape(x), [1], [rank + 1], [1])
    missing = raw.FloorMod(raw.Neg(sizes), list(rates))
    ends = raw.Pack([raw.ZerosLike(missing), missing], axis=1)
    phases = raw.SpaceToBatchND(x, list(rates), ends)
    pooled = _plain(phases, window, (1,) * rank, kind, "VALID", False, None)
    result: Tensor = raw.BatchToSpaceND(
        pooled, list(rates), ends, name=None if is_first else name
    )
    if is_first:
        result = raw.Transpose(result, to_first, name=name)
    return result
