"""Batch normalisation as one op, with its first and second derivative.

In training the moments are those of the batch and change with it; else they are given.
FusedBatchNormV2 keeps statistics in float32 beside half-precision data; V3 is what
TensorFlow 2 writes. Read next: `nn_dropout.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import bfloat16, float16, float32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, OpDef, define, types
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu import norm as cpu
from interactive_graphs.kernels.cpu.norm import Moments
from interactive_graphs.kernels.cpu.windows import channels_last, from_channels_last

_EPSILON = 0.0001


def _attrs(version: int, is_forward: bool) -> dict[str, Any]:
    formats = ("NHWC", "NCHW")
    if version == 3:
        formats += ("NDHWC", "NCDHW")  # type: ignore[assignment]
    data = (float16, bfloat16, float32)
    attrs: dict[str, Any] = {"T": types((float32,) if version == 1 else data)}
    if version > 1:
        attrs["U"] = types((float32,))
    attrs["epsilon"] = _EPSILON
    if is_forward:
        # 1 in TF1, whose graphs do not have it: the moments of the batch alone.
        attrs["exponential_avg_factor"] = 1.0
    attrs["data_format"] = Attr("string", "NHWC", allowed=formats)
    attrs["is_training"] = True
    return attrs


def _channel_axis(op: Operation) -> int:
    return 1 if op.attrs["data_format"].startswith(b"NC") else -1


def _forward_shape(op: Operation) -> list[Shape]:
    x = list(with_rank(op.inputs[0].static_shape, _rank(op)) or ())
    axis = _channel_axis(op)
    channels = x[axis]
    # In training mean and variance are not used, and may be empty.
    vectors = op.inputs[1:3] if op.attrs["is_training"] else op.inputs[1:5]
    for vector in vectors:
        (size,) = with_rank(vector.static_shape, 1) or (None,)
        channels = merge_dims(channels, size)
    x[axis] = channels
    spare: list[Shape] = [None] if len(op.op_def.outputs) == 6 else []
    return [tuple(x), *[(channels,)] * 4, *spare]


def _rank(op: Operation) -> int:
    return 5 if len(op.attrs["data_format"]) == 5 else 4


def _backward_shape(op: Operation) -> list[Shape]:
    rank = _rank(op)
    x = list(with_rank(op.inputs[1].static_shape, rank) or ())
    dy = with_rank(op.inputs[0].static_shape, rank) or ()
    axis = _channel_axis(op)
    (scale,) = with_rank(op.inputs[2].static_shape, 1) or (None,)
    x[axis] = channels = merge_dims(merge_dims(x[axis], dy[axis]), scale)
    return [tuple(x), (channels,), (channels,), (0,), (0,)]


def _check(x: np.ndarray, vectors: dict[str, np.ndarray], data_format: bytes) -> None:
    rank = len(data_format)
    if x.ndim != rank:
        invalid(f"input must be {rank}-dimensional{format_list(x.shape)}")
    channels = x.shape[1 if data_format.startswith(b"NC") else -1]
    for name, vector in vectors.items():
        if vector.ndim != 1:
            invalid(f"{name} must be 1-dimensional{format_list(vector.shape)}")
        if vector.shape[0] != channels:
            invalid(
                f"{name} must have the same number of elements as the channels of x, "
                f"got {vector.shape[0]} and {channels}"
            )


def _forward(
    x: np.ndarray,
    scale: np.ndarray,
    offset: np.ndarray,
    given: Moments,
    epsilon: float,
    exponential_avg_factor: float,
    data_format: bytes,
    is_training: bool,
) -> list[np.ndarray]:
    """y, the mean and variance to report, and the ones for the gradient."""
    used = {"scale": scale, "offset": offset}
    if not is_training:
        used.update(mean=given.mean, variance=given.variance)
    _check(x, used, data_format)
    last = channels_last(x, data_format)
    fixed = None if is_training else given
    normal, m = cpu.batch_norm(last, scale, offset, fixed, epsilon)
    y = from_channels_last(normal, data_format)
    if not is_training:
        return [y, *m, *m]
    count = x.size // max(x.shape[1 if data_format.startswith(b"NC") else -1], 1)
    # What is reported estimates the variance of the population (Bessel).
    variance = m.variance * m.variance.dtype.type(count / max(count - 1, 1))
    mean = m.mean
    factor = exponential_avg_factor
    if factor != 1:
        mean = given.mean * (1 - factor) + mean * factor
        variance = given.variance * (1 - factor) + variance * factor
    return [y, mean, variance, *m]


def _backward(
    dy: np.ndarray,
    x: np.ndarray,
    scale: np.ndarray,
    m: Moments,
    epsilon: float,
    data_format: bytes,
    is_training: bool,
) -> list[np.ndarray]:
    _check(x, {"scale": scale}, data_format)
    dx, d_scale, d_offset = cpu.batch_norm_gradient(
        channels_last(dy, data_format), channels_last(x, data_format), scale, m,
        epsilon, is_training,
    )  # fmt: skip
    none = np.zeros(0, d_scale.dtype)
    return [from_channels_last(dx, data_format), d_scale, d_offset, none, none]


def _forward_gradient(op: Operation, dy: Tensor, *_: Any) -> list[Any]:
    x, scale = op.inputs[:2]
    names = ("epsilon", "data_format", "is_training")
    attrs = {name: op.attrs[name] for name in names}
    # Those of the batch in training; in inference the op passes on what it was given.
    reserved = op.outputs[3:]
    if len(reserved) == 2:
        reserved = reserved if op.attrs["is_training"] else list(op.inputs[3:5])
    elif not op.attrs["is_training"]:
        reserved = [*op.inputs[3:5], op.outputs[5]]
    version = op.type.removeprefix("FusedBatchNorm")
    node = getattr(raw, "FusedBatchNormGrad" + version)
    dx, d_scale, d_offset, _, _ = node(dy, x, scale, *reserved, **attrs)
    return [dx, d_scale, d_offset, None, None]


def _backward_gradient(op: Operation, *grads: Any) -> list[Any]:
    """The second derivative, with moments that follow x in training.

    With n rows, r = 1/sqrt(var + eps) and h = (x - mean) r, the first derivative is
    dx = scale r (dy - mean(dy) - h mean(dy h)), dscale = sum(dy h), doffset = sum(dy).
    """
    dy, x, scale, mean, variance = op.inputs[:5]
    ddx, ddscale, ddoffset = (
        raw.ZerosLike(t) if g is None else g
        for g, t in zip(grads, op.outputs[:3], strict=False)
    )
    is_first = op.attrs["data_format"].startswith(b"NC")
    rank = _rank(op)
    to_last = [0, *range(2, rank), 1]
    to_first = [0, rank - 1, *range(1, rank - 1)]
    images = [dy, x, ddx]
    if is_first:
        images = [raw.Transpose(t, to_last) for t in images]
    dtype, wide = x.dtype.base_dtype, scale.dtype.base_dtype
    if dtype is not wide:
        images = [raw.Cast(t, DstT=wide) for t in images]
    inverse = raw.Rsqrt(raw.Add(variance, op.attrs["epsilon"]))
    formula = _second_in_training if op.attrs["is_training"] else _second_given
    axes = list(range(rank - 1))
    given = (scale, mean, inverse, ddscale, ddoffset, axes)
    results = formula(*images, *given)  # type: ignore[call-arg]
    for i in (0, 1):
        if dtype is not wide:
            results[i] = raw.Cast(results[i], DstT=dtype)
        if is_first:
            results[i] = raw.Transpose(results[i], to_first)
    return [*results, *[None] * (len(op.inputs) - 3)]


def _second_in_training(
    dy: Any,
    x: Any,
    ddx: Any,
    scale: Any,
    mean: Any,
    r: Any,
    ddscale: Any,
    ddoffset: Any,
    axes: list[int],
) -> list[Any]:
    def average(t: Any) -> Any:
        return raw.Mean(t, axes)

    h = (x - mean) * r
    dy_apart, ddx_apart = dy - average(dy), ddx - average(ddx)
    along_dy, along_ddx = average(dy_apart * h), average(ddx_apart * h)
    both = average(dy_apart * ddx_apart)
    for_dy = scale * r * (ddx_apart - h * along_ddx) + ddscale * h + ddoffset
    curve = h * (both - 3.0 * along_dy * along_ddx)
    curve += along_dy * ddx_apart + along_ddx * dy_apart
    for_x = ddscale * r * (dy_apart - along_dy * h) - scale * r * r * curve
    for_scale = raw.Sum(ddx_apart * r * (dy_apart - h * along_dy), axes)
    return [for_dy, for_x, for_scale]


def _second_given(
    dy: Any,
    x: Any,
    ddx: Any,
    scale: Any,
    mean: Any,
    r: Any,
    ddscale: Any,
    ddoffset: Any,
    axes: list[int],
) -> list[Any]:
    for_dy = ddx * scale * r + ddscale * (x - mean) * r + ddoffset
    return [for_dy, ddscale * dy * r, raw.Sum(ddx * dy * r, axes)]


def _forward_op(version: int, signature: str) -> OpDef:
    suffix = "" if version == 1 else f"V{version}"
    return define(
        f"FusedBatchNorm{suffix}", signature, **_attrs(version, is_forward=True),
        shape=_forward_shape, gradient=_forward_gradient,
        doc="Its input with each channel's mean and deviation set.",
    )  # fmt: skip


def _backward_op(version: int, signature: str) -> OpDef:
    suffix = "" if version == 1 else f"V{version}"
    return define(
        f"FusedBatchNormGrad{suffix}", signature, **_attrs(version, is_forward=False),
        shape=_backward_shape, gradient=_backward_gradient,
        doc=f"The gradient of FusedBatchNorm{suffix}.",
    )  # fmt: skip


fused_op = _forward_op(
    1,
    "x: T, scale: T, offset: T, mean: T, variance: T -> y: T, batch_mean: T, "
    "batch_variance: T, reserve_space_1: T, reserve_space_2: T",
)
fused_v2_op = _forward_op(
    2,
    "x: T, scale: U, offset: U, mean: U, variance: U -> y: T, batch_mean: U, "
    "batch_variance: U, reserve_space_1: U, reserve_space_2: U",
)
fused_v3_op = _forward_op(
    3,
    "x: T, scale: U, offset: U, mean: U, variance: U -> y: T, batch_mean: U, "
    "batch_variance: U, reserve_space_1: U, reserve_space_2: U, reserve_space_3: U",
)


@fused_op.kernel("CPU")
@fused_v2_op.kernel("CPU")
def _(
    x: np.ndarray,
    scale: np.ndarray,
    offset: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    epsilon: float,
    exponential_avg_factor: float,
    data_format: bytes,
    is_training: bool,
) -> list[np.ndarray]:
    given = Moments(mean, variance)
    return _forward(
        x, scale, offset, given, epsilon, exponential_avg_factor, data_format,
        is_training,
    )  # fmt: skip


@fused_v3_op.kernel("CPU")
def _(
    x: np.ndarray,
    scale: np.ndarray,
    offset: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    epsilon: float,
    exponential_avg_factor: float,
    data_format: bytes,
    is_training: bool,
) -> list[np.ndarray]:
    given = Moments(mean, variance)
    results = _forward(
        x, scale, offset, given, epsilon, exponential_avg_factor, data_format,
        is_training,
    )  # fmt: skip
    return [*results, np.zeros(0, scale.dtype)]


grad_op = _backward_op(
    1,
    "y_backprop: T, x: T, scale: T, reserve_space_1: T, reserve_space_2: T -> "
    "x_backprop: T, scale_backprop: T, offset_backprop: T, reserve_space_3: T, "
    "reserve_space_4: T",
)
grad_v2_op = _backward_op(
    2,
    "y_backprop: T, x: T, scale: float32, reserve_space_1: U, reserve_space_2: U -> "
    "x_backprop: T, scale_backprop: U, offset_backprop: U, reserve_space_3: U, "
    "reserve_space_4: U",
)
grad_v3_op = _backward_op(
    3,
    "y_backprop: T, x: T, scale: float32, reserve_space_1: U, reserve_space_2: U, "
    "reserve_space_3: U -> x_backprop: T, scale_backprop: U, offset_backprop: U, "
    "reserve_space_4: U, reserve_space_5: U",
)


@grad_op.kernel("CPU")
@grad_v2_op.kernel("CPU")
def _(
    y_backprop: np.ndarray,
    x: np.ndarray,
    scale: np.ndarray,
    reserve_space_1: np.ndarray,
    reserve_space_2: np.ndarray,
    epsilon: float,
    data_format: bytes,
    is_training: bool,
) -> list[np.ndarray]:
    m = Moments(reserve_space_1, reserve_space_2)
    return _backward(y_backprop, x, scale, m, epsilon, data_format, is_training)


@grad_v3_op.kernel("CPU")
def _(
    y_backprop: np.ndarray,
    x: np.ndarray,
    scale: np.ndarray,
    reserve_space_1: np.ndarray,
    reserve_space_2: np.ndarray,
    reserve_space_3: np.ndarray,
    epsilon: float,
    data_format: bytes,
    is_training: bool,
) -> list[np.ndarray]:
    del reserve_space_3  # a GPU library's scratch space
    m = Moments(reserve_space_1, reserve_space_2)
    return _backward(y_backprop, x, scale, m, epsilon, data_format, is_training)


# Of cuDNN, which refuses less; TF1 holds the CPU to it too.
_LEAST_EPSILON = 1.001e-5


def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Batch normalisation of images, as one op.

    Args:
        x: float16 or float32, `[batch, height, width, channels]` in `data_format`.
        scale: float32, `[channels]`.
        offset: float32, `[channels]`.
        mean: float32, `[channels]`, for inference; None in training.
        variance: float32, `[channels]`, for inference; None in training.
        epsilon: added to the variance; at least 1.001e-5.
        data_format: 'NHWC' or 'NCHW'.
        is_training: whether to use the moments of the batch.
        name: the node's name.

    Returns:
        The normalised images, and the mean and variance of the batch (those given, in
        inference), `[channels]`.

    Raises:
        ValueError: mean or variance are given in training, or shapes do not fit.
    """
    images = convert(x, None, "input")
    factors = convert(scale, None, "scale")
    offsets = convert(offset, None, "offset")
    if is_training and (mean is not None or variance is not None):
        raise ValueError(
            "Both 'mean' and 'variance' must be None if is_training is True."
        )
    empty = np.zeros(0, np.float32)
    node = (
        raw.FusedBatchNorm
        if images.dtype.base_dtype is float32
        else raw.FusedBatchNormV2
    )
    y, batch_mean, batch_variance, _, _ = node(
        images, factors, offsets,
        empty if mean is None else mean,
        empty if variance is None else variance,
        epsilon=max(epsilon, _LEAST_EPSILON), data_format=data_format,
        is_training=is_training, name=name,
    )  # fmt: skip
    return y, batch_mean, batch_variance
