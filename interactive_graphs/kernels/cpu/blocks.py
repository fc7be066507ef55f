"""Long formulas a block of elements at a time, so that what they make stays in cache.

A formula of fifty numpy operations over a million numbers writes and reads main memory
fifty times, and has the system clear as many new pages. Read next: `special.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

ELEMENTS: Final = 1 << 13
"""Of one block: of doubles some ten arrays of it fit a core's second-level cache."""


def slices(length: int, step: int = ELEMENTS) -> Iterator[slice]:
    """What cuts so many rows into blocks."""
    return (slice(at, at + step) for at in range(0, length, step))


def elementwise(function: Callable[[Any], Any], x: Any) -> Any:
    """A function of each element for itself, in the dtype of x.

    Args:
        function: takes `[n]` of any length and gives `[n]`, of a dtype of its own.
        x: an array.
    """
    if x.size <= ELEMENTS:
        return function(x).astype(x.dtype, copy=False)
    given = np.ascontiguousarray(x).reshape(-1)
    result = np.empty_like(given)
    for block in slices(given.size):
        result[block] = function(given[block])
    return result.reshape(x.shape)
