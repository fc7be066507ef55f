"""The exponential of matrices.

Read next: `../../ops/decomposition.py`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# Numerator of the Padé approximant of degree 13, and the 1-norm up to which it is exact
# to 64-bit rounding: Higham, SIAM J. Matrix Anal. Appl. 26 (2005) 1179.
_PADE = tuple(
    math.factorial(26 - k) * math.factorial(13)
    / (math.factorial(26) * math.factorial(k) * math.factorial(13 - k))
    for k in range(14)
)  # fmt: skip
_LARGEST = 5.371920351148152


def matrix_exponential(x: Any) -> Any:
    """Exp of each matrix, by scaling and squaring.

    Args:
        x: `[..., n, n]`.

    Returns:
        An array of the dtype and shape of `x`.
    """
    norm = np.abs(x).sum(-2).max(initial=0)
    halvings = max(0, math.ceil(math.log2(norm / _LARGEST))) if norm > 0 else 0
    scaled = x / x.dtype.type(2.0**halvings)
    eye = np.eye(x.shape[-1], dtype=x.dtype)
    square = scaled @ scaled
    even, odd = _PADE[12] * eye, _PADE[13] * eye
    for k in range(10, -1, -2):
        even = even @ square + _PADE[k] * eye
        odd = odd @ square + _PADE[k + 1] * eye
    odd = scaled @ odd
    result = np.linalg.solve(even - odd, even + odd)
    for _ in range(halvings):
        result = result @ result
    return result.astype(x.dtype)
