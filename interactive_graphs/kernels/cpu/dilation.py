"""Greyscale dilation of images, with its gradients: pooling of sums.

As in `pool.py` it goes tap by tap, and padding never takes part. Of equal sums the
first in row-major order is the maximum, and has the gradient. Read next: `pool.py`.
"""

from __future__ import annotations

import numpy as np

from interactive_graphs.kernels.cpu.pool import lowest
from interactive_graphs.kernels.cpu.windows import Windows, taps, under_tap


def dilate(x: np.ndarray, f: np.ndarray, w: Windows) -> tuple[np.ndarray, np.ndarray]:
    """The largest sum of each window, and the tap that it is at.

    Args:
        x: `[batch, rows, columns, depth]`.
        f: `[rows, columns, depth]`, added to each window.
        w: the windows.

    Returns:
        The sums in the dtype of `x`, and the taps counted in row-major order; the first
        in the image where no sum is above the lowest number (NaN is not).
    """
    shape = (x.shape[0], *w.output, x.shape[-1])
    best = np.full(shape, lowest(x.dtype), x.dtype)
    where = np.full(shape, -1, np.int64)
    for number, tap in enumerate(taps(w)):
        places = under_tap(tap, x.shape[1:-1], w)
        if places is None:
            continue
        sums = x[places[1]] + f[tap]
        is_better = sums > best[places[0]]
        np.copyto(best[places[0]], sums, where=is_better)
        here = where[places[0]]
        np.copyto(here, number, where=is_better | (here < 0))
    return best, where


def input_gradient(
    x: np.ndarray, f: np.ndarray, dy: np.ndarray, w: Windows
) -> np.ndarray:
    """The gradient for the images: each window's at its maximum."""
    _, where = dilate(x, f, w)
    dx = np.zeros(x.shape, x.dtype)
    for number, tap in enumerate(taps(w)):
        places = under_tap(tap, x.shape[1:-1], w)
        if places is not None:
            dx[places[1]] += dy[places[0]] * (where[places[0]] == number)
    return dx


def filter_gradient(
    x: np.ndarray, f: np.ndarray, dy: np.ndarray, w: Windows
) -> np.ndarray:
    """The gradient for the filter: at each tap that of the windows it was best in."""
    _, where = dilate(x, f, w)
    df = np.zeros(f.shape, f.dtype)
    for number, tap in enumerate(taps(w)):
        df[tap] = (dy * (where == number)).sum((0, 1, 2), dtype=f.dtype)
    return df
