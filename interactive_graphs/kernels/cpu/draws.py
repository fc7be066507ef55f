"""Which class a uniform number means, among classes of different probabilities.

Read next: `../../ops/random_ops.py`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

_FEW_ROWS: Final = 8
"""So many rows are searched one by one."""


def not_above(totals: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """For each draw, how many of its row's totals are not above it.

    Args:
        totals: `[batch, classes]`, ascending.
        draws: `[batch, count]`.

    Returns:
        int64, `[batch, count]`.
    """
    batch, classes = totals.shape
    if batch <= _FEW_ROWS:
        found = [
            np.searchsorted(*row, side="right")
            for row in zip(totals, draws, strict=True)
        ]
        return np.array(found, np.int64).reshape(draws.shape)
    # All rows together, each draw halving the part in which it must be.
    flat = totals.reshape(-1)
    begin = np.arange(batch)[:, None] * classes
    count = np.zeros(draws.shape, np.int64)
    step = 1 << (classes.bit_length() - 1)
    while step:
        # The total before the place where the draw would then be.
        asked = np.minimum(count + step, classes)
        is_lower = draws < flat[begin + asked - 1]
        count = np.where(is_lower, count, asked)
        step //= 2
    return count
