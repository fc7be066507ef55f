"""The error function and its complement.

In float32 erf is a quotient of polynomials, the one that native code has as well; it
is at most 4 units in the last place off. In float64 it is its series (DLMF 7.6.1)
near 0 and follows from erfc elsewhere; relative error 3e-16. Read next: `special.py`.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

Array = Any
"""A floating array."""

# Of erf(x) / x in x^2, highest power first; fitted for |x| < ERF_LARGEST, from where on
# erf rounds to 1, to 0.3 units of float32.
ERF_LARGEST: Final = 3.93
ERF_ABOVE: Final = (
    2.0419316493159135e-06, 0.0002848007413098615, 0.0037794669601466852,
    0.052789841790659174, 0.19078115165437579, 1.128379145419659,
)  # fmt: skip
ERF_BELOW: Final = (
    3.8003255939867493e-05, 0.0011651693070457293, 0.014997160030705722,
    0.11425633209906601, 0.5024081144556427, 1.0,
)  # fmt: skip

# (1 + 2x) exp(x^2) erfc(x) as a Chebyshev series in t = (x - 3.75) / (x + 3.75), the
# form of Shepherd and Laframboise, Math. Comp. 36 (1981) 249; computed with mpmath.
_ERFC_SERIES: Final = (
    1.1775789345674017541, -4.5900545806464773309e-3, -8.4249133366517915584e-2,
    5.9209939998191890498e-2, -2.6658668435305752277e-2, 9.0749976707052650939e-3,
    -2.4131635404176081909e-3, 4.9077583652580862808e-4, -6.9169733025012063671e-5,
    4.1390279860730101675e-6, 7.7403830661984906686e-7, -2.1886401049234395661e-7,
    1.0764999465670910377e-8, 4.5219598112182868979e-9, -7.7544002088313511065e-10,
    -6.3180883408866844944e-11, 2.8687950109306698981e-11, 1.945586854577734723e-13,
    -9.6546967484334389059e-13, 3.2525481481487398415e-14, 3.3478119482868053878e-14,
    -1.8645628804193131015e-15, -1.2507950530688647085e-15, 7.418235256624043463e-17,
    5.0681489047961113168e-17,
)  # fmt: skip
# 2 / sqrt(pi) * (-1)^n / (n! (2n + 1)): DLMF 7.6.1.
_ERF_SERIES: Final = tuple(
    2 / math.sqrt(math.pi) * (-1) ** n / (math.factorial(n) * (2 * n + 1))
    for n in range(19)
)


def polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    """The polynomial at x, the coefficient of the highest power first."""
    total = np.multiply(x, x.dtype.type(coefficients[0]))
    for c in coefficients[1:-1]:
        total += x.dtype.type(c)
        total *= x
    total += x.dtype.type(coefficients[-1])
    return total


def erf_single(x: Any) -> Array:
    """The error function in float32; at most 4 units in the last place off."""
    x = np.asarray(x, np.float32)
    inside = np.clip(x, np.float32(-ERF_LARGEST), np.float32(ERF_LARGEST))
    square = inside * inside
    quotient = inside * polynomial(ERF_ABOVE, square)
    quotient /= polynomial(ERF_BELOW, square)
    # Rounding may lead beyond 1.
    return np.clip(quotient, np.float32(-1), np.float32(1))


def _erf_small(x: Array) -> Array:
    x = np.clip(x, -1, 1)
    return x * polynomial(_ERF_SERIES[::-1], x * x)


def _erfc_large(x: Array) -> Array:
    """Erfc for x >= 0."""
    x = np.minimum(x, 1e3)
    scaled = np.polynomial.chebyshev.chebval((x - 3.75) / (x + 3.75), _ERFC_SERIES)
    # x^2 is rounded; its square in two parts keeps the relative error of exp small.
    high = x.astype(np.float32).astype(np.float64)
    decay = np.exp(-high * high) * np.exp(-(x - high) * (x + high))
    return scaled / (1 + 2 * x) * decay


def erf(x: Any) -> Array:
    """The error function; relative error 3e-16."""
    x = np.asarray(x, np.float64)
    large = 1 - _erfc_large(np.abs(x))
    return np.where(np.abs(x) < 1, _erf_small(x), np.copysign(large, x) + (x - x > 0))


def erfc(x: Any) -> Array:
    """1 - erf(x); relative error 1e-15, as far as the result is no denormal."""
    x = np.asarray(x, np.float64)
    large = _erfc_large(np.abs(x))
    return np.where(
        np.abs(x) < 0.5, 1 - _erf_small(x), np.where(x > 0, large, 2 - large)
    ) + (x - x > 0)
