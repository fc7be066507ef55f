"""Images of another size: which pixels each new one is mixed of, and how much.

Resizing is linear and separable, so that a method is a table per axis (`Taps`); the
gradient is the same table read the other way. Read next: `../../ops/image_resize.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.kernels.cpu.windows import image_blocks

_TABLE: Final = 1 << 10


class Taps(NamedTuple):
    """How the pixels along one axis follow from the old ones.

    Attributes:
        places: int64, `[new size, n]`; the old pixels that count.
        weight: float32, `[new size, n]`; how much.
    """

    places: np.ndarray
    weight: np.ndarray


def scale_of(old: int, new: int, align_corners: bool) -> np.float32:
    """How many old pixels lie between the centres of two new ones."""
    if align_corners and new > 1:
        return np.float32(old - 1) / np.float32(new - 1)
    return np.float32(old) / np.float32(new)


def _places(old: int, new: int, align_corners: bool, half: bool) -> np.ndarray:
    """Where the new pixels lie among the old ones, float32."""
    steps = np.arange(new, dtype=np.float32)
    scale = scale_of(old, new, align_corners)
    if half:
        return (steps + np.float32(0.5)) * scale - np.float32(0.5)
    return steps * scale


def bilinear(old: int, new: int, align_corners: bool, half: bool) -> Taps:
    """Two neighbours, the nearer one more."""
    places = _places(old, new, align_corners, half)
    below = np.floor(places)
    upper = (places - below).astype(np.float32)
    first = np.maximum(below, 0).astype(np.int64)
    second = np.minimum(np.ceil(places), old - 1).astype(np.int64)
    index = np.stack([first, np.maximum(second, 0)], 1)
    return Taps(index, np.stack([1 - upper, upper], 1))


def nearest(old: int, new: int, align_corners: bool, half: bool) -> Taps:
    """The pixel that is there."""
    if half:
        scale = scale_of(old, new, align_corners)
        places = (np.arange(new, dtype=np.float32) + np.float32(0.5)) * scale
    else:
        places = _places(old, new, align_corners, False)
    # Halves go up, as C rounds; the places are not negative.
    whole = np.floor(places + np.float32(0.5)) if align_corners else np.floor(places)
    index = np.clip(whole.astype(np.int64), 0, old - 1)
    return Taps(index[:, None], np.ones((new, 1), np.float32))


@functools.cache
def _cubic_table(a: float) -> np.ndarray:
    """TensorFlow's table of the cubic kernel: near and far weight per 1/1024 pixel."""
    x = np.arange(_TABLE + 1) / _TABLE
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    x = x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.stack([near, far], 1).astype(np.float32)


def bicubic(old: int, new: int, align_corners: bool, half: bool) -> Taps:
    """Four neighbours; those beyond the border are the ones at it, or do not count."""
    places = _places(old, new, align_corners, half)
    below = np.floor(places)
    offset = np.rint((places - below) * np.float32(_TABLE)).astype(np.int64)
    table = _cubic_table(-0.5 if half else -0.75)
    weight = np.stack(
        [
            table[offset, 1],
            table[offset, 0],
            table[_TABLE - offset, 0],
            table[_TABLE - offset, 1],
        ],
        1,
    )
    wanted = below.astype(np.int64)[:, None] + np.arange(-1, 3)
    index = np.clip(wanted, 0, old - 1)
    if half:
        weight = np.where(index == wanted, weight, np.float32(0))
        total = weight.sum(1, keepdims=True)
        big = np.abs(total) >= 1000 * np.finfo(np.float32).tiny
        weight = np.where(big, weight / np.where(big, total, 1), weight)
    return Taps(index, weight)


def area(old: int, new: int, align_corners: bool, half: bool) -> Taps:
    """All pixels that a new one covers, by how much of each it covers."""
    del half  # there is no such form
    scale = scale_of(old, new, align_corners)
    if not scale:  # a single pixel, which all are
        return Taps(np.zeros((new, 1), np.int64), np.ones((new, 1), np.float32))
    begin = np.arange(new, dtype=np.float32) * scale
    end = np.arange(1, new + 1, dtype=np.float32) * scale
    first, last = np.floor(begin).astype(np.int64), np.ceil(end).astype(np.int64)
    count = int((last - first).max(initial=1))
    wanted = first[:, None] + np.arange(count)
    pixel = wanted.astype(np.float32)
    left, right = begin[:, None], end[:, None]
    inside = np.where(pixel + 1 > right, right - pixel, np.float32(1))
    at_begin = np.where(pixel + 1 > right, scale, pixel + 1 - left)
    weight = np.where(pixel < left, at_begin, inside)
    used = wanted < last[:, None]
    # What is not used must not read what may be infinite there.
    index = np.clip(np.where(used, wanted, first[:, None]), 0, old - 1)
    return Taps(index, np.where(used, weight / scale, np.float32(0)))


METHODS: Final[dict[str, Callable[[int, int, bool, bool], Taps]]] = {
    "bilinear": bilinear,
    "nearest": nearest,
    "bicubic": bicubic,
    "area": area,
}


def _taps(
    old: tuple[int, ...], new: tuple[int, ...], method: str, align: bool, half: bool
) -> tuple[Taps, Taps]:
    make = METHODS[method]
    return make(old[0], new[0], align, half), make(old[1], new[1], align, half)


def resize(
    images: np.ndarray, size: tuple[int, int], method: str, align: bool, half: bool
) -> np.ndarray:
    """Images of another size.

    Args:
        images: any dtype, `[batch, height, width, channels]`.
        size: the new height and width.
        method: of `METHODS`.
        align: whether the centres of the corners stay where they are.
        half: whether a pixel's centre is at its middle, as TensorFlow 2 has it.

    Returns:
        `[batch, *size, channels]`, float32 but for 'nearest', which keeps the dtype.
    """
    rows, columns = _taps(images.shape[1:3], size, method, align, half)
    if method == "nearest":
        return images[:, rows.places[:, 0]][:, :, columns.places[:, 0]]
    resized = np.empty((len(images), *size, images.shape[-1]), np.float32)
    for block in image_blocks(resized.shape, resized.itemsize):
        x = images[block].astype(np.float32, copy=False)
        if method == "bilinear":
            # Width first, and by a difference, as TensorFlow does: grey stays grey.
            resized[block] = _lerp(_lerp(x, columns, 2), rows, 1)
        else:
            resized[block] = _mix(_mix(x, rows, 1), columns, 2)
    return resized


_WIDE: Final = 8
"""From so many channels on numpy copies a pixel sooner than its numbers."""


def _taken(x: np.ndarray, places: np.ndarray, axis: int) -> np.ndarray:
    """The rows (axis 1) or pixels of rows (axis 2) of `x` at some places."""
    batch, height, width, channels = x.shape
    if axis == 1 or channels >= _WIDE:
        return x.take(places, axis)
    numbers = (places[:, None] * channels + np.arange(channels)).reshape(-1)
    # All of them are inside; where numpy need not look, it is four times quicker.
    rows = x.reshape(batch, height, width * channels)
    flat: np.ndarray = rows.take(numbers, 2, mode="clip")
    return flat.reshape(batch, height, len(places), channels)


def _weight(taps: Taps, k: int, axis: int, channels: int) -> np.ndarray:
    """The weights of a neighbour, so shaped that loops over numbers are long."""
    weight: np.ndarray = taps.weight[:, k, None]
    return weight[:, :, None] if axis == 1 else weight.repeat(channels, axis=1)


def _lerp(x: np.ndarray, taps: Taps, axis: int) -> np.ndarray:
    low, mixed = (_taken(x, taps.places[:, k], axis) for k in range(2))
    mixed -= low
    mixed *= _weight(taps, 1, axis, x.shape[-1])
    mixed += low
    return mixed


def _mix(x: np.ndarray, taps: Taps, axis: int) -> np.ndarray:
    def part(k: int) -> np.ndarray:
        taken = _taken(x, taps.places[:, k], axis)
        taken *= _weight(taps, k, axis, x.shape[-1])
        return taken

    mixed = part(0)
    for k in range(1, taps.places.shape[1]):
        mixed += part(k)
    return mixed


def gradient(
    grads: np.ndarray, old: tuple[int, ...], method: str, align: bool, half: bool
) -> np.ndarray:
    """The gradient of `resize` for the images.

    Args:
        grads: for the resized ones, `[batch, height, width, channels]`.
        old: height and width before.
        method: of `METHODS`.
        align: as of `resize`.
        half: as of `resize`.

    Returns:
        `[batch, *old, channels]`, of the dtype of `grads`.
    """
    rows, columns = _taps(old, grads.shape[1:3], method, align, half)
    return _spread(_spread(grads, rows, 1, old[0]), columns, 2, old[1])


def _spread(grads: np.ndarray, taps: Taps, axis: int, size: int) -> np.ndarray:
    moved = np.moveaxis(grads, axis, 0)
    total = np.zeros((size, *moved.shape[1:]), grads.dtype)
    shape = (-1, 1, 1, 1)
    for k in range(taps.places.shape[1]):
        weight: Any = taps.weight[:, k].reshape(shape).astype(grads.dtype)
        np.add.at(total, taps.places[:, k], moved * weight)
    return np.moveaxis(total, 0, axis)
