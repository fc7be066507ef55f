"""Where the windows of convolutions and pools lie: sizes, padding, views and taps.

Everything is channels last and takes any number of spatial dimensions: `[batch,
*spatial, channels]`. Shape rules use `output_size` too, so that what is promised and
what is computed come from one place. Read next: `conv.py`, `pool.py`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from interactive_graphs._util.refusal import invalid

# What is worked on at a time, so that it stays in a core's second-level cache.
BLOCK_BYTES = 1 << 20


class Span(NamedTuple):
    """The windows along one dimension: how many, and the padding on either side."""

    output: int
    before: int
    after: int


class Windows(NamedTuple):
    """The windows over the spatial dimensions of one input.

    Attributes:
        kernel: their size.
        strides: from one window to the next.
        dilations: from one tap of a window to the next.
        spans: count and padding along each dimension.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    spans: tuple[Span, ...]

    @property
    def output(self) -> tuple[int, ...]:
        """How many windows there are along each dimension."""
        return tuple(span.output for span in self.spans)

    @property
    def is_padded(self) -> bool:
        """Whether a window reaches over the edge."""
        return any(span.before or span.after for span in self.spans)


def effective(kernel: int, dilation: int) -> int:
    """The extent of a window whose taps lie `dilation` apart."""
    return (kernel - 1) * dilation + 1


def output_size(
    size: int, kernel: int, stride: int, dilation: int, padding: bytes,
    explicit: tuple[int, int] = (0, 0),
) -> int:  # fmt: skip
    """How many windows fit along a dimension; negative when not one does.

    Args:
        size: of the input.
        kernel: of the window.
        stride: from one window to the next.
        dilation: from one tap to the next.
        padding: b'SAME', b'VALID' or b'EXPLICIT'.
        explicit: what b'EXPLICIT' adds before and after.
    """
    if padding == b"SAME":
        return -(-size // stride)
    room = size + sum(explicit) - effective(kernel, dilation) + stride
    # C's division, which TF's is: one window short is none, not minus one.
    return room // stride if room >= 0 else -(-room // stride)


def span(
    size: int, kernel: int, stride: int, dilation: int, padding: bytes,
    explicit: tuple[int, int] = (0, 0),
) -> Span:  # fmt: skip
    """The windows along a dimension; the arguments are those of `output_size`.

    Raises:
        InvalidArgumentError: the window is larger than the padded input.
    """
    count = output_size(size, kernel, stride, dilation, padding, explicit)
    extent = effective(kernel, dilation)
    if count < 0:
        invalid(
            f"Computed output size would be negative: {count} [input_size: {size}, "
            f"effective_filter_size: {extent}, stride: {stride}]"
        )
    if padding != b"SAME":
        return Span(count, *explicit)
    needed = max((count - 1) * stride + extent - size, 0)
    return Span(count, needed // 2, needed - needed // 2)


def windows(
    sizes: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: bytes,
    explicit: Sequence[tuple[int, int]] | None = None,
) -> Windows:
    """The windows over spatial dimensions of `sizes`; one entry per dimension each.

    Raises:
        InvalidArgumentError: a window is larger than the padded input.
    """
    around = [(0, 0)] * len(sizes) if explicit is None else explicit
    columns = zip(sizes, kernel, strides, dilations, around, strict=True)
    spans = tuple(span(n, k, s, d, padding, e) for n, k, s, d, e in columns)
    return Windows(tuple(kernel), tuple(strides), tuple(dilations), spans)


def spatial(values: Sequence[int], data_format: bytes) -> tuple[int, ...]:
    """The spatial entries of a list with one entry per dimension of a tensor."""
    return tuple(values[2:] if data_format.startswith(b"NC") else values[1:-1])


def channels_last(x: np.ndarray, data_format: bytes) -> np.ndarray:
    """`x` as a view with its channels in the last dimension."""
    return np.moveaxis(x, 1, -1) if data_format.startswith(b"NC") else x


def from_channels_last(x: np.ndarray, data_format: bytes) -> np.ndarray:
    """The inverse of `channels_last`."""
    return np.moveaxis(x, -1, 1) if data_format.startswith(b"NC") else x


def pad(x: np.ndarray, w: Windows) -> np.ndarray:
    """`x`, `[batch, *spatial, channels]`, with zeros around it where windows reach."""
    if not w.is_padded:
        return x
    sizes = [
        s.before + n + s.after for n, s in zip(x.shape[1:-1], w.spans, strict=True)
    ]
    padded = np.zeros((x.shape[0], *sizes, x.shape[-1]), x.dtype)
    unpad(padded, x.shape, w)[...] = x
    return padded


def unpad(padded: np.ndarray, shape: Sequence[int], w: Windows) -> np.ndarray:
    """The part of a padded array that an unpadded one of `shape` takes, as a view."""
    inner = (
        slice(s.before, s.before + n) for n, s in zip(shape[1:-1], w.spans, strict=True)
    )
    return padded[(slice(None), *inner)]


def view(padded: np.ndarray, w: Windows) -> np.ndarray:
    """Every window of a padded array: `[batch, *output, *kernel, channels]`, a view."""
    steps = padded.strides
    moves = [n * s for n, s in zip(steps[1:-1], w.strides, strict=True)]
    taps = [n * d for n, d in zip(steps[1:-1], w.dilations, strict=True)]
    shape = (padded.shape[0], *w.output, *w.kernel, padded.shape[-1])
    return as_strided(
        padded, shape, (steps[0], *moves, *taps, steps[-1]), writeable=False
    )


def taps(w: Windows) -> Iterator[tuple[int, ...]]:
    """Each position inside a window, in row-major order."""
    return itertools.product(*(range(k) for k in w.kernel))


def under_tap(
    tap: tuple[int, ...], sizes: Sequence[int], w: Windows
) -> tuple[tuple[slice, ...], tuple[slice, ...]] | None:
    """What one tap of all windows touches, where it is inside the input.

    Args:
        tap: the position inside the window.
        sizes: the spatial sizes of the unpadded input.
        w: the windows.

    Returns:
        Slices of `[batch, *output]` (windows whose tap is inside) and of `[batch,
        *spatial]` (the elements there), of equal length; None when there is none.
    """
    outer, inner = [slice(None)], [slice(None)]
    columns = zip(tap, sizes, w.strides, w.dilations, w.spans, strict=True)
    for position, size, stride, dilation, along in columns:
        offset = position * dilation - along.before
        first = max(0, -(offset // stride))
        last = min(along.output, (size - 1 - offset) // stride + 1)
        if last <= first:
            return None
        outer.append(slice(first, last))
        start = first * stride + offset
        inner.append(slice(start, start + (last - first - 1) * stride + 1, stride))
    return tuple(outer), tuple(inner)


def image_blocks(shape: Sequence[int], itemsize: int) -> Iterator[slice]:
    """Slices of a batch whose images, `[batch, *spatial, channels]`, fill one block."""
    image = math.prod(shape[1:]) * itemsize
    step = max(1, BLOCK_BYTES // max(image, 1))
    for start in range(0, shape[0], step):
        yield slice(start, min(start + step, shape[0]))
