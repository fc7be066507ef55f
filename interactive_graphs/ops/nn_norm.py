"""Moments, and the normalisations that are composed of them; local response as an op.

The fused batch normalisation is in `nn_batch_norm.py`, to be read next.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import bfloat16, float16, float32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import merged, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import norm as cpu
from interactive_graphs.ops._arguments import one_of
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.reduction import reduce_mean, reduce_prod, reduce_sum


def _squeezed(tensors: list[Tensor], axes: Any) -> list[Tensor]:
    return [raw.Squeeze(t, squeeze_dims=np.atleast_1d(axes).tolist()) for t in tensors]


def moments(
    x: Any,
    axes: Any,
    shift: Any = None,
    name: str | None = None,
    keep_dims: bool = False,
) -> tuple[Tensor, Tensor]:
    """The mean and variance of `x` over some axes.

    Args:
        x: a numeric tensor.
        axes: ints, what to average over; `[0]` for a batch of vectors, `[0, 1, 2]` for
            a mean per channel of images.
        shift: not used, as in TF1.
        name: the scope of the nodes.
        keep_dims: whether the axes stay as dimensions of 1.

    Returns:
        Mean and variance, of the dtype of `x`.

    Example:
        >>> import interactive_graphs as tf
        >>> mean, variance = tf.nn.moments(tf.constant([1., 3.]), [0])
        >>> with tf.Session() as sess:
        ...     [v.item() for v in sess.run([mean, variance])]
        [2.0, 1.0]
    """
    del shift
    with op_scope(name, "moments", x, axes):
        value = convert(x)
        is_half = value.dtype.base_dtype is float16
        y = raw.Cast(value, DstT=float32) if is_half else value
        mean = reduce_mean(y, axes, keepdims=True, name="mean")
        apart = raw.SquaredDifference(y, raw.StopGradient(mean))
        variance = reduce_mean(apart, axes, keepdims=True, name="variance")
        results = [mean, variance]
        if not keep_dims:
            results = _squeezed(results, axes)
        if is_half:
            results = [raw.Cast(t, DstT=float16) for t in results]
        return results[0], results[1]


def weighted_moments(
    x: Any,
    axes: Any,
    frequency_weights: Any,
    name: str | None = None,
    keep_dims: bool = False,
) -> tuple[Tensor, Tensor]:
    """The mean and variance of `x` where some values count more than others.

    Args:
        x: a floating tensor.
        axes: ints, what to average over.
        frequency_weights: how often each value counts; broadcasts against `x`.
        name: the scope of the nodes.
        keep_dims: whether the axes stay as dimensions of 1.

    Returns:
        Mean and variance, of the dtype of `x`.
    """
    with op_scope(name, "weighted_moments", x, frequency_weights, axes):
        value = convert(x, None, "x")
        weights: Any = convert(frequency_weights, None, "frequency_weights")
        is_half = value.dtype.base_dtype is float16
        y: Any = raw.Cast(value, DstT=float32) if is_half else value
        if weights.dtype.base_dtype is not y.dtype.base_dtype:
            weights = raw.Cast(weights, DstT=y.dtype.base_dtype)
        total = reduce_sum(weights * y, axes, keepdims=True, name="weighted_input_sum")
        spread = weights + raw.ZerosLike(y)
        count = reduce_sum(spread, axes, keepdims=True, name="sum_of_weights")
        divisor = raw.Reciprocal(count, name="inv_weight_sum")
        mean = raw.Mul(total, divisor)
        apart = weights * raw.SquaredDifference(y, mean)
        distance = reduce_sum(apart, axes, keepdims=True, name="weighted_distsq")
        results = [mean, raw.Mul(distance, divisor)]
        if not keep_dims:
            results = _squeezed(results, axes)
        if is_half:
            results = [raw.Cast(t, DstT=float16) for t in results]
        return results[0], results[1]


def sufficient_statistics(
    x: Any,
    axes: Any,
    shift: Any = None,
    keep_dims: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """What is needed to know mean and variance later: count, sum, sum of squares.

    Args:
        x: a floating tensor.
        axes: ints, what to sum over.
        shift: what to take off each value first, for accuracy; None for nothing.
        keep_dims: whether the axes stay as dimensions of 1.
        name: the scope of the nodes.

    Returns:
        The count (a scalar), the sum, the sum of squares and the shift (or None).
    """
    over = sorted({int(a) for a in np.atleast_1d(axes)})
    with op_scope(name, "sufficient_statistics", x, shift):
        value = convert(x, None, "x")
        count = _count(value, over)
        if shift is not None:
            shift = convert(shift, value.dtype.base_dtype, "shift")
            first, second = raw.Sub(value, shift), raw.SquaredDifference(value, shift)
        else:
            first, second = value, raw.Square(value)
        total = reduce_sum(first, over, keepdims=keep_dims, name="mean_ss")
        squares = reduce_sum(second, over, keepdims=keep_dims, name="var_ss")
        return count, total, squares, shift


def _count(x: Tensor, axes: list[int]) -> Tensor:
    """How many values are summed over `axes`, in the dtype of `x`."""
    dtype = x.dtype.base_dtype
    shape = x.static_shape
    if shape is not None and all(shape[a] is not None for a in axes):
        known = [shape[a] or 0 for a in axes]
        return convert(np.asarray(np.prod(known), dtype.np_dtype))
    sizes = raw.GatherV2(raw.Cast(raw.Shape(x), DstT=dtype), axes, 0)
    return reduce_prod(sizes, name="count")


def normalize_moments(
    counts: Any,
    mean_ss: Any,
    variance_ss: Any,
    shift: Any,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Mean and variance from what `sufficient_statistics` gave.

    Args:
        counts: floating, a scalar.
        mean_ss: of the same dtype, the sum of the (shifted) values.
        variance_ss: of the same dtype, the sum of their squares.
        shift: what was taken off each value, or None.
        name: the scope of the nodes.

    Returns:
        Mean and variance, of the shape of `mean_ss`.
    """
    with op_scope(name, "normalize", counts, mean_ss, variance_ss, shift):
        divisor = raw.Reciprocal(counts, name="divisor")
        if shift is not None:
            shifted = raw.Mul(mean_ss, divisor, name="shifted_mean")
            mean = raw.Add(shifted, shift, name="mean")
        else:
            shifted = mean = raw.Mul(mean_ss, divisor, name="mean")
        squares = raw.Mul(variance_ss, divisor)
        variance = raw.Sub(squares, raw.Square(shifted), name="variance")
        return mean, variance


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: float,
    name: str | None = None,
) -> Tensor:
    """Scale * (x - mean) / sqrt(variance + epsilon) + offset.

    Args:
        x: a floating tensor of any shape.
        mean: of the same dtype; this and the next three broadcast against `x`.
        variance: of the same dtype.
        offset: of the same dtype, or None for 0.
        scale: of the same dtype, or None for 1.
        variance_epsilon: keeps the divisor from 0.
        name: the scope of the nodes.

    Returns:
        A tensor of the dtype and shape of `x`.
    """
    with op_scope(name, "batchnorm", x, mean, variance, scale, offset):
        value: Any = convert(x)
        spread: Any = convert(variance, value.dtype.base_dtype)
        inverse: Any = raw.Rsqrt(spread + variance_epsilon)
        if scale is not None:
            inverse = inverse * scale
        if offset is None:
            shift = raw.Neg(convert(mean, value.dtype.base_dtype)) * inverse
        else:
            shift = offset - mean * inverse
        result: Tensor = value * inverse + shift
        return result


def batch_norm_with_global_normalization(
    t: Any,
    m: Any,
    v: Any,
    beta: Any,
    gamma: Any,
    variance_epsilon: float,
    scale_after_normalization: bool,
    name: str | None = None,
) -> Tensor:
    """`batch_normalization` under the name of TensorFlow's first release.

    Args:
        t: floating, `[batch, height, width, channels]`.
        m: the mean, `[channels]`.
        v: the variance, `[channels]`.
        beta: the offset, `[channels]`.
        gamma: the scale, `[channels]`.
        variance_epsilon: keeps the divisor from 0.
        scale_after_normalization: whether to use `gamma`.
        name: the scope of the nodes.

    Returns:
        A tensor of the dtype and shape of `t`.
    """
    scale = gamma if scale_after_normalization else None
    return batch_normalization(t, m, v, beta, scale, variance_epsilon, name)


def l2_normalize(
    x: Any,
    axis: Any = None,
    epsilon: float = 1e-12,
    name: str | None = None,
    dim: Any = None,
) -> Tensor:
    """X / sqrt(sum(x ** 2)): vectors of length 1.

    Args:
        x: a floating tensor.
        axis: the axis or axes of the vectors; all when None.
        epsilon: the least sum of squares to divide by, so that zeros stay zeros.
        name: the scope of the nodes.
        dim: TF1's old name of `axis`.

    Returns:
        A tensor of the dtype and shape of `x`.

    Raises:
        ValueError: both names of the axis are given.
    """
    over = one_of("axis", axis, "dim", dim)
    with op_scope(name, "l2_normalize", x) as scope:
        value = convert(x, None, "x")
        squares = reduce_sum(raw.Square(value), over, keepdims=True)
        inverse = raw.Rsqrt(raw.Maximum(squares, epsilon))
        result: Tensor = raw.Mul(value, inverse, name=scope)
        return result


_SMALL_FLOAT = (float16, bfloat16, float32)
_LRN_ATTRS = {"depth_radius": 5, "bias": 1.0, "alpha": 1.0, "beta": 0.5}


def _image(op: Operation) -> list[Shape]:
    return [with_rank(op.inputs[0].static_shape, 4)]


lrn_op = define(
    "LRN", "input: T -> output: T", T=types(_SMALL_FLOAT, float32), shape=_image,
    depth_radius=5, bias=1.0, alpha=1.0, beta=0.5,
    gradient=lambda op, dy: [
        raw.LRNGrad(
            dy, op.inputs[0], op.outputs[0], **{k: op.attrs[k] for k in _LRN_ATTRS}
        )
    ],
    doc="Each channel, divided by what is nearby.",
)  # fmt: skip


@lrn_op.kernel("CPU")
def _(
    input: np.ndarray, depth_radius: int, bias: float, alpha: float, beta: float
) -> np.ndarray:
    if input.ndim != 4:
        invalid("in must be 4-dimensional")
    return cpu.lrn(input, depth_radius, bias, alpha, beta)


def _images(op: Operation) -> list[Shape]:
    return [with_rank(merged(op)[0], 4)]


# TF1 has no gradient for it either: there is no second derivative.
lrn_grad_op = define(
    "LRNGrad", "input_grads: T, input_image: T, output_image: T -> output: T",
    depth_radius=5, bias=1.0, alpha=1.0, beta=0.5, T=types(_SMALL_FLOAT, float32),
    shape=_images, doc="The gradient of LRN.",
)  # fmt: skip


@lrn_grad_op.kernel("CPU")
def _(
    input_grads: np.ndarray,
    input_image: np.ndarray,
    output_image: np.ndarray,
    depth_radius: int,
    bias: float,
    alpha: float,
    beta: float,
) -> np.ndarray:
    return cpu.lrn_gradient(
        input_grads, input_image, output_image, depth_radius, bias, alpha, beta
    )


def local_response_normalization(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """X / (bias + alpha * sum of the squares of nearby channels) ** beta.

    Args:
        input: float16 or float32, `[batch, height, width, channels]`.
        depth_radius: how many channels on either side count as nearby.
        bias: keeps the divisor from 0.
        alpha: the weight of the squares.
        beta: the exponent.
        name: the node's name.

    Returns:
        A tensor of the dtype and shape of `input`.
    """
    tensor: Tensor = raw.LRN(
        input, depth_radius=depth_radius, bias=bias, alpha=alpha, beta=beta, name=name
    )
    return tensor


lrn = local_response_normalization
