"""Colours: red, green and blue as hue, saturation and value, and back.

Read next: `../../ops/image_color.py`.
"""

from __future__ import annotations

import numpy as np

from interactive_graphs.kernels.cpu import blocks


def rgb_to_hsv(rgb: np.ndarray) -> np.ndarray:
    """Hue, saturation and value, each in `[0, 1]`.

    Args:
        rgb: floating, `[..., 3]`, in `[0, 1]`.

    Returns:
        An array of that shape and dtype.
    """
    pixels = rgb.reshape(-1, 3)
    converted = np.empty_like(pixels)
    for block in blocks.slices(len(pixels)):
        hsv = _hue_saturation_value(*np.ascontiguousarray(pixels[block].T))
        for channel, values in enumerate(hsv):
            converted[block, channel] = values
    return converted.reshape(rgb.shape)


def _hue_saturation_value(
    red: np.ndarray, green: np.ndarray, blue: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    number = red.dtype.type
    value = np.maximum(np.maximum(red, green), blue)
    width = value - np.minimum(np.minimum(red, green), blue)
    saturation = np.where(value > 0, width / np.where(value > 0, value, 1), 0)
    is_coloured = width > 0
    step = number(1 / 6) / np.where(is_coloured, width, 1)
    hue = np.where(
        red == value,
        step * (green - blue),
        np.where(
            green == value,
            step * (blue - red) + number(2 / 6),
            step * (red - green) + number(4 / 6),
        ),
    )
    hue = np.where(is_coloured, hue, 0)
    hue = np.where(hue < 0, hue + 1, hue)
    return hue, saturation, value


def hsv_to_rgb(hsv: np.ndarray) -> np.ndarray:
    """The inverse of `rgb_to_hsv`.

    Args:
        hsv: floating, `[..., 3]`.

    Returns:
        An array of that shape and dtype.
    """
    hue, saturation, value = (hsv[..., i : i + 1] for i in range(3))
    six = hue * hsv.dtype.type(6)
    ramps = np.concatenate(
        [abs(six - 3) - 1, 2 - abs(six - 2), 2 - abs(six - 4)], -1
    ).clip(0, 1)
    rgb: np.ndarray = ((1 - saturation + ramps * saturation) * value).astype(hsv.dtype)
    return rgb


def adjust_contrast(images: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Each channel of each image, stretched around its mean.

    Args:
        images: floating, `[..., height, width, channels]`.
        factor: a scalar.
    """
    wide = images.astype(np.promote_types(images.dtype, np.float32))
    mean = wide.mean((-3, -2), keepdims=True)
    adjusted: np.ndarray = ((wide - mean) * factor + mean).astype(images.dtype)
    return adjusted


def adjust_hue(images: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """Colours turned around the wheel.

    Args:
        images: floating, `[..., 3]`.
        delta: a scalar, in turns.
    """
    hsv = rgb_to_hsv(images.astype(np.promote_types(images.dtype, np.float32)))
    hsv[..., 0] = (hsv[..., 0] + np.float32(delta)) % 1
    return hsv_to_rgb(hsv).astype(images.dtype)


def adjust_saturation(images: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Colours made stronger, at most pure, or weaker.

    Args:
        images: floating, `[..., 3]`.
        scale: a scalar.
    """
    hsv = rgb_to_hsv(images.astype(np.promote_types(images.dtype, np.float32)))
    hsv[..., 1] = (hsv[..., 1] * np.float32(scale)).clip(0, 1)
    return hsv_to_rgb(hsv).astype(images.dtype)
