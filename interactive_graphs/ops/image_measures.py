"""Measures of images: how much they vary, and how alike two of them are.

Read next: `../api/image.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import float32
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import TensorShape, is_compatible
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.image_color import convert_image_dtype
from interactive_graphs.ops.reduction import reduce_mean, reduce_sum

# -- one image ------------------------------------------------------------------------


def total_variation(images: Any, name: str | None = None) -> Tensor:
    """How much neighbouring pixels differ, in all.

    Args:
        images: real, `[batch, height, width, channels]`, or one image without the first
            dimension.
        name: of the scope.

    Returns:
        A tensor of that dtype, `[batch]`, or a scalar.

    Raises:
        ValueError: they have another rank.
    """
    with name_scope(name, "total_variation", [images]):
        x = convert(images, None, "images")
        rank = None if x.static_shape is None else len(x.static_shape)
        if rank not in (3, 4):
            raise ValueError("'images' must be either 3 or 4-dimensional.")
        axes = [1, 2, 3] if rank == 4 else None
        down = x[..., 1:, :, :] - x[..., :-1, :, :]
        right = x[..., :, 1:, :] - x[..., :, :-1, :]
        return reduce_sum(abs(down), axes) + reduce_sum(abs(right), axes)


def image_gradients(image: Any) -> tuple[Tensor, Tensor]:
    """How much each pixel differs from the one below it and the one right of it.

    Args:
        image: real, `[batch, height, width, channels]`.

    Returns:
        Two tensors of that dtype and shape, 0 in the last row and the last column.

    Raises:
        ValueError: it has another rank.
    """
    x = convert(image, None, "image")
    if x.static_shape is not None and len(x.static_shape) != 4:
        raise ValueError(
            "image_gradients expects a 4D tensor [batch_size, h, w, d], not "
            f"{TensorShape(x.static_shape)}."
        )
    down = raw.Pad(x[:, 1:] - x[:, :-1], [[0, 0], [0, 1], [0, 0], [0, 0]])
    right = raw.Pad(x[:, :, 1:] - x[:, :, :-1], [[0, 0], [0, 0], [0, 1], [0, 0]])
    down.set_shape(x.static_shape)
    right.set_shape(x.static_shape)
    return down, right


_SOBEL: Final = np.array(
    [[[-1, -2, -1], [0, 0, 0], [1, 2, 1]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]],
    np.float32,
)


def sobel_edges(image: Any) -> Tensor:
    """How much images change around each pixel, downwards and to the right.

    Args:
        image: float32 or float64, `[batch, height, width, channels]`.

    Returns:
        A tensor of that dtype, `[batch, height, width, channels, 2]`.
    """
    x = convert(image, None, "image")
    kernels = np.moveaxis(_SOBEL, 0, -1)[:, :, None, :]
    shape = raw.Shape(x)
    filters = raw.Tile(
        convert(kernels, x.dtype.base_dtype),
        raw.Pack([1, 1, shape[-1], 1]),
    )
    depth = None if x.static_shape is None else x.static_shape[-1]
    filters.set_shape([3, 3, depth, 2])
    padded = raw.MirrorPad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    flat = raw.DepthwiseConv2dNative(
        padded, filters, strides=[1, 1, 1, 1], padding="VALID"
    )
    result: Tensor = raw.Reshape(flat, raw.ConcatV2([shape, [2]], 0))
    if x.static_shape is not None:
        result.set_shape([*x.static_shape, 2])
    return result


# -- two images -----------------------------------------------------------------------


def _pair(a: Any, b: Any) -> tuple[Tensor, Tensor]:
    """Two images as float32.

    Raises:
        ValueError: their shapes cannot be the same.
    """
    x, y = convert(a, None, "a"), convert(b, None, "b")
    if not is_compatible(x.static_shape, y.static_shape):
        shown = [TensorShape(t.static_shape) for t in (x, y)]
        raise ValueError(f"Shapes {shown[0]} and {shown[1]} are incompatible")
    return convert_image_dtype(x, float32), convert_image_dtype(y, float32)


def _as_value(max_val: Any, image: Any) -> Tensor:
    """The largest value of images, as they are after the conversion to float32."""
    dtype = convert(image).dtype.base_dtype
    value = cast(convert(max_val), dtype)
    return convert_image_dtype(value, float32)


def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Tensor:
    """The peak signal-to-noise ratio of two images, in decibel.

    Args:
        a: integer or floating, `[..., height, width, channels]`.
        b: of the same dtype and shape.
        max_val: the largest value less the smallest.
        name: of the scope and the node.

    Returns:
        float32, `[...]`; infinite for equal images.
    """
    with name_scope(name, "PSNR", [a, b]) as scope:
        x, y = _pair(a, b)
        peak = _as_value(max_val, a)
        error = reduce_mean(raw.SquaredDifference(x, y), [-3, -2, -1])
        ten = np.float32(10 / np.log(10))
        ratio = 2 * ten * raw.Log(peak) - ten * raw.Log(error)
        result: Tensor = raw.Identity(ratio, name=scope)
        return result


def _gauss(size: int, sigma: float) -> np.ndarray:
    """A bell of `[size, size]` that sums to 1."""
    places = np.arange(size) - (size - 1) / 2
    line = np.exp(-(places**2) / (2 * sigma**2))
    bell = np.outer(line, line)
    whole: np.ndarray = bell / bell.sum()
    return whole.astype(np.float32)


def _likeness(
    x: Tensor, y: Tensor, peak: Any, size: int, sigma: float, k1: float, k2: float
) -> tuple[Tensor, Tensor]:
    """Structural similarity and its part without brightness, `[..., channels]`."""
    shape = x.static_shape or (None, None, None)
    depth = raw.Shape(x)[-1]
    filters = raw.Tile(
        _gauss(size, sigma)[:, :, None, None], raw.Pack([1, 1, depth, 1])
    )
    filters.set_shape([size, size, shape[-1], 1])

    def smooth(values: Tensor) -> Tensor:
        outer = raw.Shape(values)[:-3]
        inner = raw.Shape(values)[-3:]
        flat = raw.Reshape(values, raw.ConcatV2([[-1], inner], 0))
        flat.set_shape([None, *shape[-3:]])
        done = raw.DepthwiseConv2dNative(
            flat, filters, strides=[1, 1, 1, 1], padding="VALID"
        )
        back = raw.ConcatV2([outer, raw.Shape(done)[1:]], 0)
        result: Tensor = raw.Reshape(done, back)
        return result

    c1, c2 = (k1 * peak) ** 2, (k2 * peak) ** 2
    mean_x, mean_y = smooth(x), smooth(y)
    both, squares = mean_x * mean_y * 2.0, raw.Square(mean_x) + raw.Square(mean_y)
    brightness = (both + c1) / (squares + c1)
    covariance = smooth(x * y) * 2.0 - both
    variances = smooth(raw.Square(x) + raw.Square(y)) - squares
    contrast = (covariance + c2) / (variances + c2)
    return (
        reduce_mean(brightness * contrast, [-3, -2]),
        reduce_mean(contrast, [-3, -2]),
    )


def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """How alike the structures of two images are, at most 1.

    Args:
        img1: integer or floating, `[..., height, width, channels]`, no smaller than the
            window.
        img2: of the same dtype and shape.
        max_val: the largest value less the smallest.
        filter_size: of the window that is compared.
        filter_sigma: of the bell that weighs its pixels.
        k1: keeps quotients of dark parts from becoming unsteady.
        k2: the same for flat parts.

    Returns:
        float32, `[...]`.
    """
    with name_scope(None, "SSIM", [img1, img2]):
        x, y = _pair(img1, img2)
        peak = _as_value(max_val, img1)
        whole, _ = _likeness(x, y, peak, filter_size, filter_sigma, k1, k2)
        return reduce_mean(whole, [-1])


_POWERS: Final = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def ssim_multiscale(
    img1: Any,
    img2: Any,
    max_val: Any,
    power_factors: Any = _POWERS,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """How alike two images are in several sizes, at most 1.

    Args:
        img1: integer or floating, `[batch, height, width, channels]`.
        img2: of the same dtype and shape.
        max_val: the largest value less the smallest.
        power_factors: the weight of each size; each is half of the one before.
        filter_size: of the window that is compared.
        filter_sigma: of the bell that weighs its pixels.
        k1: as of `ssim`.
        k2: as of `ssim`.

    Returns:
        float32, `[batch]`.
    """
    with name_scope(None, "MS-SSIM", [img1, img2]):
        x, y = _pair(img1, img2)
        peak = _as_value(max_val, img1)
        product: Any = 1.0
        last = len(power_factors) - 1
        for i, power in enumerate(power_factors):
            if i:
                x, y = _half(x), _half(y)
            both = _likeness(x, y, peak, filter_size, filter_sigma, k1, k2)
            part = both[0] if i == last else both[1]
            product = product * raw.Relu(part) ** np.float32(power)
        return reduce_mean(product, [-1])


def _half(x: Tensor) -> Tensor:
    """Images of half the size; an odd row or column is doubled first."""
    sizes = raw.Shape(x)[1:3]
    odd = raw.FloorMod(sizes, 2)
    pads = raw.Pad(raw.ExpandDims(odd, 1), [[1, 1], [1, 0]])
    even = raw.MirrorPad(x, pads, mode="SYMMETRIC")
    even.set_shape([None, None, None, (x.static_shape or (None,))[-1]])
    smaller: Tensor = raw.AvgPool(
        even, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID"
    )
    return smaller
