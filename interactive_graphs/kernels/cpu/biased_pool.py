"""Max pooling of relu(x + bias), with the bias and the relu on the pooled array.

Rounding a sum keeps the order of what is added to, and so does relu: the maximum of
relu(x + bias) is relu(max(x) + bias), bit for bit. The gradient likewise passes the
relu while it is small, and the bias's is summed there. Where NaN or infinities make a
difference, everything is done in the order of the graph. Arrays are `[batch, *spatial,
channels]`, the bias `[channels]`. Read next: `windows.py`.
"""

from __future__ import annotations

import math

import numpy as np

from interactive_graphs.kernels.cpu.norm import column_sums
from interactive_graphs.kernels.cpu.pool import (
    are_apart,
    max_pool,
    maxima,
    where_true,
)
from interactive_graphs.kernels.cpu.windows import (
    Windows,
    image_blocks,
    taps,
    under_tap,
)


def _relu_of_sum(x: np.ndarray, bias: np.ndarray) -> np.ndarray:
    total: np.ndarray = x + bias
    kind = total.dtype.type
    total.clip(kind(0), kind(np.inf), out=total)
    return total


def biased_max_pool(x: np.ndarray, bias: np.ndarray, w: Windows) -> np.ndarray:
    """`max_pool(relu(x + bias))`; the sign of a zero may differ if the bias is -0.0."""
    y = np.full((x.shape[0], *w.output, x.shape[-1]), np.nan, x.dtype)
    for tap in taps(w):
        places = under_tap(tap, x.shape[1:-1], w)
        if places is not None:
            part = y[places[0]]
            np.fmax(part, x[places[1]], out=part)
    kind = x.dtype.type
    y += bias
    y.clip(kind(0), kind(np.inf), out=y)
    if y.size and np.isnan(y.min()):
        # Windows of NaN alone, or infinities of both signs.
        return max_pool(_relu_of_sum(x, bias), w)
    return y


def biased_max_pool_gradient(
    x: np.ndarray, bias: np.ndarray, y: np.ndarray, dy: np.ndarray, w: Windows
) -> tuple[np.ndarray, np.ndarray]:
    """The gradients of `biased_max_pool` for `x` and for the bias.

    Args:
        x: the input.
        bias: added to it.
        y: the output.
        dy: the gradient of the output.
        w: the windows.

    Returns:
        `dy` at the place of each window's maximum where that is above 0, of the shape
        of `x`; and the sum of the same over all but the channels.
    """
    passed = dy * (y > 0)
    if y.size and y.min() < 0:
        passed[y < 0] = 0  # a window of NaN alone has no maximum
    dx = np.zeros_like(x)
    apart = are_apart(w)
    for images in image_blocks(x.shape, x.itemsize):
        target, back = dx[images], passed[images]
        found = maxima(x[images], y[images], w, False, lambda p: _relu_of_sum(p, bias))
        for _, outer, inner, here in found:
            if apart:
                target[inner] = where_true(back[outer], here)
            else:
                target[inner] += where_true(back[outer], here)
    rows = passed.reshape(math.prod(y.shape[:-1]), y.shape[-1])
    return dx, column_sums(rows)
