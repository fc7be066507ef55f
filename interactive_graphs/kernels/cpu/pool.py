"""Max and average pooling on arrays, with their gradients.

Each works tap by tap: one pass over the input for each position inside a window, all
windows at once. Padding never takes part: a tap outside the input is left out. Arrays
are `[batch, *spatial, channels]`. Where values tie, the first in row-major order is the
maximum; only the gradient in three dimensions goes to all of them, as in TensorFlow.
Read next: `biased_pool.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from interactive_graphs.kernels.cpu.windows import (
    Windows,
    image_blocks,
    taps,
    under_tap,
)

Slices = tuple[slice, ...]


def lowest(dtype: np.dtype) -> float | int:
    """The smallest finite value: what TensorFlow's maximum starts from."""
    if dtype.kind in "iu":
        return int(np.iinfo(dtype).min)
    # np.finfo knows no bfloat16; a value read back from it is exact.
    return float(np.finfo(dtype).min) if dtype.kind == "f" else _LOWEST_BFLOAT16


_LOWEST_BFLOAT16 = -3.3895313892515355e38


def max_pool(x: np.ndarray, w: Windows) -> np.ndarray:
    """The maximum of each window, `[batch, *output, channels]`; NaN is skipped."""
    y = np.full((x.shape[0], *w.output, x.shape[-1]), lowest(x.dtype), x.dtype)
    for tap in taps(w):
        places = under_tap(tap, x.shape[1:-1], w)
        if places is not None:
            part = y[places[0]]
            np.fmax(part, x[places[1]], out=part)
    return y


def maxima(
    x: np.ndarray,
    y: np.ndarray,
    w: Windows,
    every: bool = False,
    prepare: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Iterator[tuple[tuple[int, ...], Slices, Slices, np.ndarray]]:
    """For each tap, the windows whose maximum is there and nowhere before.

    Args:
        x: the input.
        y: the maxima of its windows.
        w: the windows.
        every: of equal maxima take every one, not the first only.
        prepare: gives of a part of `x` what the maxima are of.

    Yields:
        The tap, the slices of `under_tap`, and a mask over the first of them.
    """
    is_open = np.ones(y.shape, bool)
    for tap in taps(w):
        places = under_tap(tap, x.shape[1:-1], w)
        if places is None:
            continue
        outer, inner = places
        part = x[inner] if prepare is None else prepare(x[inner])
        here = part == y[outer]
        if not every:
            here &= is_open[outer]
            is_open[outer] ^= here
        yield tap, outer, inner, here


def are_apart(w: Windows) -> bool:
    """Whether no element is in two windows, so that nothing needs to be summed."""
    return all(k <= s for k, s in zip(w.kernel, w.strides, strict=True))


def where_true(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`values` where a mask holds, else 0.

    Bits are multiplied, by 0 or 1: four times quicker than np.where, and an infinity
    times 0 would be NaN.
    """
    bits = values.view(f"i{values.itemsize}")
    chosen: np.ndarray = np.multiply(bits, mask).view(values.dtype)
    return chosen


def max_pool_gradient(
    x: np.ndarray, y: np.ndarray, dy: np.ndarray, w: Windows
) -> np.ndarray:
    """`dy` at the place of each window's maximum, summed; of the shape of `x`."""
    dx = np.zeros_like(x)
    is_sum, every = not are_apart(w), len(w.kernel) == 3
    for images in image_blocks(x.shape, x.itemsize):
        target, back = dx[images], dy[images]
        for _, outer, inner, here in maxima(x[images], y[images], w, every):
            if is_sum:
                target[inner] += where_true(back[outer], here)
            else:
                target[inner] = where_true(back[outer], here)
    return dx


def max_pool_gradient_gradient(
    x: np.ndarray, y: np.ndarray, ddx: np.ndarray, w: Windows
) -> np.ndarray:
    """`ddx` read at the place of each window's maximum; of the shape of `y`."""
    ddy = np.zeros_like(y)
    for _, outer, inner, here in maxima(x, y, w):
        np.copyto(ddy[outer], ddx[inner], where=here)
    return ddy


def argmax_of_windows(x: np.ndarray, y: np.ndarray, w: Windows) -> np.ndarray:
    """Where each window's maximum is: its flat index inside one image of `x`.

    Args:
        x: `[batch, *spatial, channels]`.
        y: its `max_pool`.
        w: the windows.

    Returns:
        int64, of the shape of `y`.
    """
    size = math.prod(x.shape[1:])
    index = np.arange(size, dtype=np.int64).reshape(1, *x.shape[1:])
    where = np.zeros(y.shape, np.int64)
    for _, outer, inner, here in maxima(x, y, w):
        np.copyto(where[outer], index[inner], where=here)
    return where


def _counts(sizes: Sequence[int], w: Windows, dtype: np.dtype) -> np.ndarray:
    """How many elements each window has inside the input, `[1, *output, 1]`."""
    counts = np.zeros((1, *w.output, 1), dtype)
    for tap in taps(w):
        places = under_tap(tap, sizes, w)
        if places is not None:
            counts[places[0]] += 1
    return counts


def _wide(dtype: np.dtype) -> np.dtype:
    return np.dtype(np.float32) if dtype.itemsize == 2 else dtype


def avg_pool(x: np.ndarray, w: Windows) -> np.ndarray:
    """The mean of each window's elements inside the input, `[batch, *output, ch]`."""
    total = np.zeros((x.shape[0], *w.output, x.shape[-1]), _wide(x.dtype))
    for tap in taps(w):
        places = under_tap(tap, x.shape[1:-1], w)
        if places is not None:
            total[places[0]] += x[places[1]]
    total /= _counts(x.shape[1:-1], w, total.dtype)
    return total.astype(x.dtype, copy=False)


def avg_pool_gradient(
    input_shape: Sequence[int], dy: np.ndarray, w: Windows
) -> np.ndarray:
    """`dy` shared out over the elements of each window; of `input_shape`."""
    shape = tuple(input_shape)
    share = dy / _counts(shape[1:-1], w, _wide(dy.dtype))
    dx = np.zeros(shape, share.dtype)
    for tap in taps(w):
        places = under_tap(tap, shape[1:-1], w)
        if places is None:
            continue
        if are_apart(w):
            dx[places[1]] = share[places[0]]
        else:
            dx[places[1]] += share[places[0]]
    return dx.astype(dy.dtype, copy=False)
