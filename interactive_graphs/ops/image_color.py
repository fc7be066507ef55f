"""Colours and brightness of images, and their dtypes.

The kernels are in `kernels/cpu/image_color.py`. Read next: `image_random.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    FLOAT,
    DType,
    as_dtype,
    float16,
    float32,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.shape_rules import at_least_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu import image_color as cpu
from interactive_graphs.ops.cast import cast, saturate_cast
from interactive_graphs.ops.constant import identity
from interactive_graphs.ops.contraction import tensordot
from interactive_graphs.ops.control_flow import control_dependencies
from interactive_graphs.ops.debug import Assert
from interactive_graphs.ops.image_geometry import checked_image
from interactive_graphs.ops.reduction import reduce_mean, reduce_sum

# -- the ops --------------------------------------------------------------------------


def _coloured_shape(op: Operation) -> list[Shape]:
    shape = at_least_rank(op.inputs[0].static_shape, 1)
    if shape is not None and shape[-1] not in (3, None):
        raise ValueError(f"Dimension must be 3 but is {shape[-1]}")
    return [shape]


def _define_conversion(
    name: str, function: Callable[[np.ndarray], np.ndarray], doc: str
) -> None:
    op = define(
        name, "images: T -> output: T", T=types(FLOAT, float32),
        shape=_coloured_shape, doc=doc,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(images: np.ndarray) -> np.ndarray:
        if not images.ndim:
            invalid("input must be at least 1D")
        if images.shape[-1] != 3:
            invalid(
                "input must have 3 channels but instead has "
                f"{images.shape[-1]} channels."
            )
        return function(images)


_define_conversion("RGBToHSV", cpu.rgb_to_hsv, "Hue, saturation and value of colours.")
_define_conversion("HSVToRGB", cpu.hsv_to_rgb, "The inverse of RGBToHSV.")


def _image_shape(op: Operation) -> list[Shape]:
    return [at_least_rank(op.inputs[0].static_shape, 3)]


def _define_adjustment(
    name: str,
    argument: str,
    function: Callable[[np.ndarray, np.ndarray], np.ndarray],
    doc: str,
) -> None:
    op = define(
        name, f"images: T, {argument}: float32 -> output: T",
        T=types((float16, float32), float32), shape=_image_shape, doc=doc,
    )  # fmt: skip

    def kernel(*inputs: np.ndarray) -> np.ndarray:
        images, amount = inputs
        if images.ndim < 3:
            invalid(f"input must be at least 3-D, got shape{format_list(images.shape)}")
        if amount.ndim:
            invalid(f"{argument} must be scalar: {format_list(amount.shape)}")
        if name != "AdjustContrastv2" and images.shape[-1] != 3:
            invalid(
                "input must have 3 channels but instead has "
                f"{images.shape[-1]} channels."
            )
        return function(images, amount)

    op.kernel("CPU")(kernel)


_define_adjustment(
    "AdjustContrastv2", "contrast_factor", cpu.adjust_contrast,
    "Channels stretched around their means.",
)  # fmt: skip
_define_adjustment("AdjustHue", "delta", cpu.adjust_hue, "Colours turned.")
_define_adjustment(
    "AdjustSaturation", "scale", cpu.adjust_saturation,
    "Colours made stronger or weaker.",
)  # fmt: skip


# -- dtypes ---------------------------------------------------------------------------


def convert_image_dtype(
    image: Any, dtype: Any, saturate: bool = False, name: str | None = None
) -> Tensor:
    """An image of another dtype, its values scaled to what is usual there.

    Floating images have values in `[0, 1]`, integer ones up to the largest number.

    Args:
        image: integer or floating.
        dtype: the dtype wanted.
        saturate: whether values beyond the range become the nearest in it; otherwise
            they wrap.
        name: of the scope.

    Returns:
        A tensor of that dtype.

    Raises:
        AttributeError: `dtype` is neither floating nor integer.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.image.convert_image_dtype([0.0, 0.5, 1.0], tf.uint8))
        array([  0, 127, 255], dtype=uint8)
    """
    x = convert(image, None, "image")
    wanted = as_dtype(dtype)
    if not wanted.is_floating and not wanted.is_integer:
        raise AttributeError("dtype must be either floating point or integer")
    if x.dtype.base_dtype is wanted:
        return identity(x, name=name)
    with name_scope(name, "convert_image", [x]):
        to: Callable[..., Tensor] = saturate_cast if saturate else cast
        if x.dtype.is_integer and wanted.is_integer:
            return _between_integers(x, wanted, to)
        if x.dtype.is_floating and wanted.is_floating:
            floating: Tensor = cast(x, wanted)
            return floating
        if x.dtype.is_integer:
            small: Tensor = cast(x, wanted) * (1.0 / x.dtype.max)
            return small
        # Half a step more, so that each integer stands for an equal share of [0, 1].
        return to(x * (wanted.max + 0.5), wanted)


def _between_integers(x: Tensor, wanted: DType, to: Callable[..., Tensor]) -> Tensor:
    old, new = x.dtype.max + 1, wanted.max + 1
    if old > new:
        return to(raw.FloorDiv(x, old // new), wanted)
    scaled: Tensor = to(x, wanted) * (new // old)
    return scaled


def _as_floating(image: Any, word: str) -> tuple[Tensor, DType]:
    """A float32 image, or one of a narrower floating dtype, and the dtype it had."""
    x = convert(image, None, word)
    dtype = x.dtype.base_dtype
    if dtype in (float16, float32):
        return x, dtype
    return convert_image_dtype(x, float32), dtype


# -- brightness, contrast, colour -----------------------------------------------------


def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """An image with `delta` added.

    Args:
        image: integer or floating, of any shape.
        delta: a scalar; 1 is the largest value of an integer image.

    Returns:
        A tensor of that dtype and shape; integers stay in their range.
    """
    with name_scope(None, "adjust_brightness", [image, delta]):
        x, dtype = _as_floating(image, "image")
        brighter = x + cast(convert(delta), x.dtype)
        return convert_image_dtype(brighter, dtype, saturate=True)


def adjust_contrast(images: Any, contrast_factor: Any) -> Tensor:
    """Images with each channel stretched around its mean.

    Args:
        images: integer or floating, `[..., height, width, channels]`.
        contrast_factor: a scalar.

    Returns:
        A tensor of that dtype and shape; integers stay in their range.
    """
    with name_scope(None, "adjust_contrast", [images, contrast_factor]):
        x, dtype = _as_floating(images, "images")
        adjusted = raw.AdjustContrastv2(x, contrast_factor)
        return convert_image_dtype(adjusted, dtype, saturate=True)


def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """Images with their colours turned around the wheel.

    Args:
        image: integer or floating, `[..., height, width, 3]`.
        delta: a scalar in `[-1, 1]`, in turns.
        name: of the scope.

    Returns:
        A tensor of that dtype and shape.
    """
    with name_scope(name, "adjust_hue", [image]):
        x, dtype = _as_floating(image, "image")
        return convert_image_dtype(raw.AdjustHue(x, delta), dtype, saturate=True)


def adjust_saturation(
    image: Any, saturation_factor: Any, name: str | None = None
) -> Tensor:
    """Images with their colours made stronger or weaker.

    Args:
        image: integer or floating, `[..., height, width, 3]`.
        saturation_factor: a scalar.
        name: of the scope.

    Returns:
        A tensor of that dtype and shape.
    """
    with name_scope(name, "adjust_saturation", [image]):
        x, dtype = _as_floating(image, "image")
        adjusted = raw.AdjustSaturation(x, saturation_factor)
        return convert_image_dtype(adjusted, dtype, saturate=True)


def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """An image by the power law `gain * image ** gamma`, of values in `[0, 1]`.

    Args:
        image: integer or floating, of any shape.
        gamma: not negative; below 1 dark parts become brighter.
        gain: a factor.

    Returns:
        A tensor of that dtype and shape; integers stay in their range.

    Raises:
        ValueError: `gamma` is negative.
    """
    with name_scope(None, "adjust_gamma", [image, gamma, gain]):
        x, dtype = _as_floating(image, "image")
        text = "Gamma should be a non-negative real number."
        if isinstance(gamma, Tensor):
            with control_dependencies([Assert(gamma >= 0, [text])]):
                gamma = identity(cast(gamma, x.dtype))
        elif gamma < 0:
            raise ValueError(text)
        return convert_image_dtype(gain * x**gamma, dtype, saturate=True)


def per_image_standardization(image: Any) -> Tensor:
    """Images with mean 0 and deviation 1, those of one colour with 0 everywhere.

    Args:
        image: integer or floating, `[..., height, width, channels]`.

    Returns:
        float32, of that shape.
    """
    with name_scope(None, "per_image_standardization", [image]) as scope:
        x = cast(checked_image(image), float32)
        axes = [-1, -2, -3]
        centred = x - reduce_mean(x, axes, keepdims=True)
        variance = reduce_mean(raw.Square(centred), axes, keepdims=True)
        count = cast(raw.Prod(raw.Shape(x)[-3:], 0), float32)
        # However flat an image is, its noise is not blown up.
        deviation = raw.Maximum(raw.Sqrt(variance), raw.Rsqrt(count))
        result: Tensor = raw.RealDiv(centred, deviation, name=scope)
        return result


# -- colour spaces --------------------------------------------------------------------

_LUMA: Final = (0.2989, 0.5870, 0.1140)
_RGB_TO_YIQ: Final = (
    (0.299, 0.59590059, 0.2115),
    (0.587, -0.27455667, -0.52273617),
    (0.114, -0.32134392, 0.31119955),
)
_YIQ_TO_RGB: Final = (
    (1.0, 1.0, 1.0),
    (0.95598634, -0.27201283, -1.10674021),
    (0.6208248, -0.64720424, 1.70423049),
)
_RGB_TO_YUV: Final = (
    (0.299, -0.14714119, 0.61497538),
    (0.587, -0.28886916, -0.51496512),
    (0.114, 0.43601035, -0.10001026),
)
_YUV_TO_RGB: Final = (
    (1.0, 1.0, 1.0),
    (0.0, -0.394642334, 2.03206185),
    (1.13988303, -0.58062185, 0.0),
)


def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """How bright colours are to the eye.

    Args:
        images: integer or floating, `[..., 3]`.
        name: of the scope.

    Returns:
        A tensor of that dtype, `[..., 1]`.
    """
    with name_scope(name, "rgb_to_grayscale", [images]) as scope:
        x = convert(images, None, "images")
        floating = convert_image_dtype(x, float32)
        grey = reduce_sum(floating * convert(list(_LUMA), float32), -1, keepdims=True)
        return convert_image_dtype(grey, x.dtype, name=scope)


def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Grey images with three equal channels.

    Args:
        images: of any dtype, `[..., 1]`.
        name: of the scope and the node.

    Returns:
        A tensor of that dtype, `[..., 3]`.

    Raises:
        ValueError: they have another number of channels.
    """
    with name_scope(name, "grayscale_to_rgb", [images]) as scope:
        x = convert(images, None, "images")
        shape = x.static_shape
        if shape is not None and (not shape or shape[-1] not in (1, None)):
            found = shape[-1] if shape else None
            raise ValueError(
                f"Input images must have 1 channel in the last dimension, got {found}"
            )
        ones = raw.Fill(raw.ExpandDims(raw.Rank(x) - 1, 0), 1)
        result: Tensor = raw.Tile(x, raw.ConcatV2([ones, [3]], 0), name=scope)
        if shape is not None:
            result.set_shape([*shape[:-1], 3])
        return result


def rgb_to_hsv(images: Any, name: str | None = None) -> Tensor:
    """Hue, saturation and value of colours, each in `[0, 1]`.

    Args:
        images: floating, `[..., 3]`, in `[0, 1]`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    result: Tensor = raw.RGBToHSV(images, name=name)
    return result


def hsv_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """The inverse of `rgb_to_hsv`.

    Args:
        images: floating, `[..., 3]`, in `[0, 1]`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    result: Tensor = raw.HSVToRGB(images, name=name)
    return result


def _through(images: Any, matrix: Any) -> Tensor:
    """Each colour times a matrix."""
    x = convert(images, None, "images")
    return tensordot(x, convert(matrix, x.dtype.base_dtype, "kernel"), [[-1], [0]])


def rgb_to_yiq(images: Any) -> Tensor:
    """Colours as American television sends them: brightness and two differences.

    Args:
        images: floating, `[..., 3]`.

    Returns:
        A tensor of that dtype and shape.
    """
    return _through(images, _RGB_TO_YIQ)


def yiq_to_rgb(images: Any) -> Tensor:
    """The inverse of `rgb_to_yiq`.

    Args:
        images: floating, `[..., 3]`.

    Returns:
        A tensor of that dtype and shape.
    """
    return _through(images, _YIQ_TO_RGB)


def rgb_to_yuv(images: Any) -> Tensor:
    """Colours as European television sends them: brightness and two differences.

    Args:
        images: floating, `[..., 3]`.

    Returns:
        A tensor of that dtype and shape.
    """
    return _through(images, _RGB_TO_YUV)


def yuv_to_rgb(images: Any) -> Tensor:
    """The inverse of `rgb_to_yuv`.

    Args:
        images: floating, `[..., 3]`.

    Returns:
        A tensor of that dtype and shape.
    """
    return _through(images, _YUV_TO_RGB)
