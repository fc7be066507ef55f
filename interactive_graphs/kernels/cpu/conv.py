"""Convolution and its two gradients on arrays, in any number of spatial dimensions.

All of it is matrix products over columns (im2col): each window becomes a row of `kernel
* channels` numbers. Columns are made for a block of windows at a time, small enough
that the product finds them in the cache, which halves the time. Arrays are `[batch,
*spatial, channels]`, filters `[*kernel, in, out]`. Read next: `windows.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from interactive_graphs.kernels.cpu import gemm, windows
from interactive_graphs.kernels.cpu.windows import (
    Windows,
    image_blocks,
    pad,
    taps,
    under_tap,
    unpad,
    view,
)

# Where fewer numbers than this lie side by side in a window (the first layer of a net
# on grey or colour images), columns are copied along the image instead.
_NARROW = 8


def working_dtype(dtype: np.dtype) -> np.dtype:
    """What to compute in: float32 for the 16-bit floats, which BLAS does not know."""
    is_small_float = dtype.itemsize == 2 and dtype.kind not in "iu"
    return np.dtype(np.float32) if is_small_float else dtype


def _as(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return np.ascontiguousarray(x, dtype)


def _blocks(w: Windows, batch: int, row_bytes: int) -> Iterator[tuple[slice, slice]]:
    """Slices of (images, rows of windows) whose columns fill one block.

    A row is all the windows that share their first spatial position. Whole images are
    taken together where they fit, else one image is cut.
    """
    rows = w.output[0]
    per_image = row_bytes * rows
    if per_image <= windows.BLOCK_BYTES:
        step = max(1, windows.BLOCK_BYTES // max(per_image, 1))
        for start in range(0, batch, step):
            yield slice(start, min(start + step, batch)), slice(0, rows)
        return
    step = max(1, windows.BLOCK_BYTES // row_bytes)
    for image in range(batch):
        for start in range(0, rows, step):
            yield slice(image, image + 1), slice(start, min(start + step, rows))


def _columns(
    x: np.ndarray, w: Windows
) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
    """For each block, its slices of `[batch, *output]` and its columns.

    The columns of one block are valid until the next is asked for.
    """
    padded = pad(x, w)
    every = view(padded, w)
    rank = len(w.kernel)
    depth = math.prod(w.kernel) * x.shape[-1]
    row_bytes = depth * math.prod(w.output[1:]) * x.itemsize
    is_narrow = w.kernel[-1] * x.shape[-1] < _NARROW
    by_tap = (*range(rank + 1, 2 * rank + 2), *range(rank + 1))
    buffer = np.empty(0, x.dtype)
    for block in _blocks(w, x.shape[0], row_bytes):
        chosen = every[block]
        if is_narrow:
            chosen = chosen.transpose(by_tap)
        if buffer.size < chosen.size:
            buffer = np.empty(chosen.size, x.dtype)
        columns = buffer[: chosen.size]
        np.copyto(columns.reshape(chosen.shape), chosen)
        if is_narrow:
            yield block, columns.reshape(depth, -1).T
        else:
            yield block, columns.reshape(-1, depth)


def conv(x: np.ndarray, filters: np.ndarray, w: Windows) -> np.ndarray:
    """The sum over each window of its elements times the filter.

    Args:
        x: `[batch, *spatial, in]`.
        filters: `[*kernel, in, out]`, of the same dtype.
        w: the windows.

    Returns:
        `[batch, *output, out]`, of that dtype.
    """
    dtype = working_dtype(x.dtype)
    out_channels = filters.shape[-1]
    matrix = _as(filters, dtype).reshape(-1, out_channels)
    y = np.empty((x.shape[0], *w.output, out_channels), dtype)
    if y.size == 0:
        return y.astype(x.dtype)
    source = _as(x, dtype)
    if _is_pointwise(w):
        gemm.product(
            source.reshape(-1, x.shape[-1]), matrix, out=y.reshape(-1, out_channels)
        )
    else:
        for block, columns in _columns(source, w):
            gemm.product(columns, matrix, out=y[block].reshape(-1, out_channels))
    return y.astype(x.dtype, copy=False)


def _is_pointwise(w: Windows) -> bool:
    return (
        all(k == 1 for k in w.kernel)
        and all(s == 1 for s in w.strides)
        and not w.is_padded
    )


def conv_filter_gradient(
    x: np.ndarray, filter_shape: Sequence[int], dy: np.ndarray, w: Windows
) -> np.ndarray:
    """The gradient of `conv` for its filters.

    Args:
        x: `[batch, *spatial, in]`.
        filter_shape: `[*kernel, in, out]`.
        dy: `[batch, *output, out]`.
        w: the windows.

    Returns:
        `[*kernel, in, out]`.
    """
    dtype = working_dtype(x.dtype)
    out_channels = dy.shape[-1]
    total = np.zeros((math.prod(filter_shape[:-1]), out_channels), dtype)
    if dy.size and total.size:
        source, back = _as(x, dtype), _as(dy, dtype)
        for block, columns in _columns(source, w):
            total += gemm.product(columns.T, back[block].reshape(-1, out_channels))
    return total.reshape(tuple(filter_shape)).astype(x.dtype, copy=False)


def conv_input_gradient(
    input_shape: Sequence[int], filters: np.ndarray, dy: np.ndarray, w: Windows
) -> np.ndarray:
    """The gradient of `conv` for its input; also the transposed convolution.

    Args:
        input_shape: `[batch, *spatial, in]`.
        filters: `[*kernel, in, out]`.
        dy: `[batch, *output, out]`.
        w: the windows.

    Returns:
        `[batch, *spatial, in]`.
    """
    dtype = working_dtype(dy.dtype)
    shape = tuple(input_shape)
    if dy.size == 0 or 0 in shape:
        return np.zeros(shape, dy.dtype)
    back, taken = _as(dy, dtype), _as(filters, dtype)
    mirrored = _mirrored(shape, w)
    # Few channels going out and many coming in: scattering columns moves less.
    if mirrored is not None and filters.shape[-1] <= 4 * filters.shape[-2]:
        flipped = np.flip(taken, tuple(range(len(w.kernel)))).swapaxes(-1, -2)
        dx = conv(back, flipped, mirrored)
    else:
        dx = _scattered(shape, taken, back, w)
    return dx.astype(dy.dtype, copy=False)


def _mirrored(shape: Sequence[int], w: Windows) -> Windows | None:
    """The windows over dy that make the input gradient a convolution itself."""
    if any(s != 1 for s in w.strides):
        return None
    spans = []
    for size, k, d, s in zip(shape[1:-1], w.kernel, w.dilations, w.spans, strict=True):
        reach = (k - 1) * d
        if s.before > reach or s.after > reach:
            return None
        spans.append(type(s)(size, reach - s.before, reach - s.after))
    return Windows(w.kernel, w.strides, w.dilations, tuple(spans))


def _scattered(
    shape: tuple[int, ...], filters: np.ndarray, dy: np.ndarray, w: Windows
) -> np.ndarray:
    """The input gradient as columns that are added back where they came from."""
    channels = shape[-1]
    depth = math.prod(w.kernel) * channels
    matrix = np.ascontiguousarray(filters.reshape(depth, -1).T)
    padded = pad(np.zeros(shape, dy.dtype), w)
    row_bytes = depth * math.prod(w.output[1:]) * dy.itemsize
    for images, rows in _blocks(w, shape[0], row_bytes):
        part = dy[images, rows]
        columns = gemm.product(part.reshape(-1, part.shape[-1]), matrix).reshape(
            *part.shape[:-1], *w.kernel, channels
        )
        firsts = (rows.start, *(0 for _ in w.output[1:]))
        for tap in taps(w):
            where = [images]
            for t, first, n, s, d in zip(
                tap, firsts, part.shape[1:-1], w.strides, w.dilations, strict=True
            ):
                begin = first * s + t * d
                where.append(slice(begin, begin + (n - 1) * s + 1, s))
            index = (slice(None),) * (len(w.kernel) + 1) + tap
            padded[tuple(where)] += columns[index]
    return unpad(padded, shape, w)


def _repeated(x: np.ndarray, multiplier: int) -> np.ndarray:
    """Each channel as often as it has filters: then all loops run along channels."""
    return x if multiplier == 1 else np.repeat(x, multiplier, axis=-1)


def depthwise(x: np.ndarray, filters: np.ndarray, w: Windows) -> np.ndarray:
    """A convolution in which each channel has filters of its own.

    Args:
        x: `[batch, *spatial, in]`.
        filters: `[*kernel, in, multiplier]`.
        w: the windows.

    Returns:
        `[batch, *output, in * multiplier]`.
    """
    dtype = working_dtype(x.dtype)
    multiplier = filters.shape[-1]
    weights = _as(filters, dtype).reshape(*w.kernel, -1)
    y = np.zeros((x.shape[0], *w.output, weights.shape[-1]), dtype)
    for images in image_blocks(y.shape, y.itemsize):
        source = _repeated(x[images].astype(dtype, copy=False), multiplier)
        target = y[images]
        product = np.empty_like(target)
        for tap in taps(w):
            places = under_tap(tap, x.shape[1:-1], w)
            if places is not None:
                outer, inner = places
                np.multiply(source[inner], weights[tap], out=product[outer])
                target[outer] += product[outer]
    return y.astype(x.dtype, copy=False)


def depthwise_input_gradient(
    input_shape: Sequence[int], filters: np.ndarray, dy: np.ndarray, w: Windows
) -> np.ndarray:
    """The gradient of `depthwise` for its input, `[batch, *spatial, in]`."""
    dtype = working_dtype(dy.dtype)
    channels, multiplier = filters.shape[-2:]
    weights = _as(filters, dtype).reshape(*w.kernel, -1)
    dx = np.zeros(tuple(input_shape), dtype)
    for images in image_blocks(dy.shape, dy.itemsize):
        back = dy[images].astype(dtype, copy=False)
        target = dx[images]
        for tap in taps(w):
            places = under_tap(tap, dx.shape[1:-1], w)
            if places is not None:
                outer, inner = places
                part = back[outer] * weights[tap]
                if multiplier > 1:
                    part = part.reshape(*part.shape[:-1], channels, multiplier).sum(-1)
                target[inner] += part
    return dx.astype(dy.dtype, copy=False)


def depthwise_filter_gradient(
    x: np.ndarray, filter_shape: Sequence[int], dy: np.ndarray, w: Windows
) -> np.ndarray:
    """The gradient of `depthwise` for its filters, `[*kernel, in, multiplier]`."""
    dtype = working_dtype(x.dtype)
    total = np.zeros((*w.kernel, dy.shape[-1]), dtype)
    axes = "nabd"[: len(w.kernel) + 1]
    rule = f"{axes}c,{axes}c->c"
    for images in image_blocks(dy.shape, dy.itemsize):
        source = _repeated(x[images].astype(dtype, copy=False), filter_shape[-1])
        back = dy[images].astype(dtype, copy=False)
        for tap in taps(w):
            places = under_tap(tap, x.shape[1:-1], w)
            if places is not None:
                outer, inner = places
                total[tap] += np.einsum(rule, source[inner], back[outer])
    return total.reshape(tuple(filter_shape)).astype(x.dtype, copy=False)
