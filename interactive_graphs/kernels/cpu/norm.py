"""Batch normalisation and local response normalisation on arrays.

Arrays have their channels last. Sums over a batch are products with a vector of ones:
BLAS does them several times as fast as `sum(axis=0)`, and no less accurately.
Read next: `../../ops/nn_batch_norm.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from interactive_graphs.kernels.cpu import blocks


class Moments(NamedTuple):
    """Mean and variance (of the batch itself, divided by its size) of each channel."""

    mean: np.ndarray
    variance: np.ndarray


def _rows(x: np.ndarray) -> np.ndarray:
    """`x` as a matrix of float32 or wider, a row per place, a column per channel."""
    wide = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    return wide.reshape(-1, x.shape[-1])


def column_sums(rows: np.ndarray) -> np.ndarray:
    """The sum of each column of a matrix."""
    sums: np.ndarray = np.ones(rows.shape[0], rows.dtype) @ rows
    return sums


def batch_norm(
    x: np.ndarray,
    scale: np.ndarray,
    offset: np.ndarray,
    given: Moments | None,
    epsilon: float,
) -> tuple[np.ndarray, Moments]:
    """`x` with mean `offset` and standard deviation `scale` in each channel.

    Args:
        x: `[..., channels]`.
        scale: `[channels]`.
        offset: `[channels]`.
        given: what is taken off and divided by; None for the moments of `x` itself,
            which are NaN where it is empty.
        epsilon: added to the variance.

    Returns:
        An array of the dtype and shape of `x`, and the moments.
    """
    rows = _rows(x)
    count = rows.dtype.type(rows.shape[0])
    mean = column_sums(rows) / count if given is None else given.mean
    y = rows - mean
    if given is None:
        given = Moments(mean, np.einsum("nc,nc->c", y, y) / count)
    y *= scale / np.sqrt(given.variance + rows.dtype.type(epsilon))
    y += offset
    return y.reshape(x.shape).astype(x.dtype, copy=False), given


def batch_norm_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    scale: np.ndarray,
    m: Moments,
    epsilon: float,
    is_training: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of `batch_norm` for x, scale and offset.

    Args:
        dy: of the shape of `x`.
        x: `[..., channels]`.
        scale: `[channels]`.
        m: the moments that were used.
        epsilon: added to the variance.
        is_training: whether the moments are those of `x`, so that they change with it.
    """
    rows, back = _rows(x), _rows(dy)
    count = rows.dtype.type(max(rows.shape[0], 1))
    inverse = 1 / np.sqrt(m.variance + rows.dtype.type(epsilon))
    normal = rows - m.mean
    normal *= inverse
    d_offset = column_sums(back)
    d_scale = np.einsum("nc,nc->c", back, normal)
    if is_training:
        # scale * inverse * (dy - mean(dy) - normal * mean(dy * normal)), in place.
        dx = normal
        dx *= -d_scale / count
        dx += back
        dx -= d_offset / count
        dx *= scale * inverse
    else:
        dx = back * (scale * inverse)
    return dx.reshape(x.shape).astype(x.dtype, copy=False), d_scale, d_offset


def _neighbour_sums(x: np.ndarray, radius: int) -> np.ndarray:
    """For each channel, a row of `x`, the sum over those at most `radius` away."""
    sums = x.copy()
    for distance in range(1, min(radius, len(x) - 1) + 1):
        sums[distance:] += x[:-distance]
        sums[:-distance] += x[distance:]
    return sums


def _lrn_norm(
    x: np.ndarray, depth_radius: int, bias: float, alpha: float
) -> np.ndarray:
    norm = _neighbour_sums(np.square(x), depth_radius)
    norm *= x.dtype.type(alpha)
    norm += x.dtype.type(bias)
    return norm


def _power(norm: np.ndarray, beta: float) -> np.ndarray:
    """The norm to the power -beta."""
    if beta == 0.5:
        root: np.ndarray = np.sqrt(norm)
        np.divide(1, root, out=root)
        return root
    power: np.ndarray = norm ** norm.dtype.type(-beta)
    return power


def _by_channel(function: Callable[..., np.ndarray], *arrays: np.ndarray) -> np.ndarray:
    """A function of arrays `[channels, n]`, for a block of places at a time.

    Numbers of one channel then lie side by side, and loops over them are long.

    Args:
        function: gives an array of that shape.
        arrays: of one shape and dtype, `[..., channels]`; it gets the 16-bit floats as
            float32.

    Returns:
        An array of their shape and dtype.
    """
    first = arrays[0]
    rows = [_rows(x) for x in arrays]
    result = np.empty(rows[0].shape, first.dtype)
    step = max(1, 2 * blocks.ELEMENTS // max(first.shape[-1], 1))
    for block in blocks.slices(len(result), step):
        result[block] = function(*(np.ascontiguousarray(x[block].T) for x in rows)).T
    return result.reshape(first.shape)


def lrn(
    x: np.ndarray, depth_radius: int, bias: float, alpha: float, beta: float
) -> np.ndarray:
    """X / (bias + alpha * sum of the squares of nearby channels) ** beta."""

    def divided(x: np.ndarray) -> np.ndarray:
        y: np.ndarray = x * _power(_lrn_norm(x, depth_radius, bias, alpha), beta)
        return y

    return _by_channel(divided, x)


def lrn_gradient(
    dy: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    depth_radius: int,
    bias: float,
    alpha: float,
    beta: float,
) -> np.ndarray:
    """The gradient of `lrn` for x, from its input and output."""

    def slope(dy: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        norm = _lrn_norm(x, depth_radius, bias, alpha)
        shared = _neighbour_sums(dy * y / norm, depth_radius)
        dx: np.ndarray = dy * _power(norm, beta)
        dx -= x.dtype.type(2 * alpha * beta) * x * shared
        return dx

    return _by_channel(slope, dy, x, y)
