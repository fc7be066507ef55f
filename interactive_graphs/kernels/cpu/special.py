"""Special functions on float64 arrays: gamma, zeta and beta functions.

numpy has none of them, and scipy is no dependency. Each names its formula, in the
numbers of the NIST Digital Library of Mathematical Functions (dlmf.nist.gov), and the
largest error found against 50-digit arithmetic. Callers give and get float64 and cast;
NaN in gives NaN out. Read next: `../../ops/special_functions.py`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from interactive_graphs.kernels.cpu.error_function import polynomial

Array = Any
"""A float64 array."""

# Stirling's series (DLMF 5.11.1) and its derivative's (5.11.2), in 1 / x^2, the
# highest power first.
_STIRLING = (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)
_DIGAMMA = (1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12)
# B(2k) / (2k)! for the Euler-Maclaurin formula.
_BERNOULLI = (
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000,
    1 / 74724249600, -3617 / 10670622842880000, 43867 / 5109094217170944000,
    -174611 / 802857662698291200000, 77683 / 14101100039391805440000,
    -236364091 / 1693824136731743669452800000,
)  # fmt: skip
_EULER = 0.57721566490153286061
_EPS = float(np.finfo(np.float64).eps)
_TINY = 1e-300


def _wide(x: Any) -> Array:
    return np.asarray(x, np.float64)


def _raised(x: Array) -> Iterator[tuple[Array, Array]]:
    """Moves what is below 10 above it, in place, by at most ten steps of 1.

    For each step gives what the numbers were that move, 1 for the others, and which
    they are.
    """
    for _ in range(10):
        is_low = x < 10
        if not is_low.any():
            return
        yield np.where(is_low, x, 1.0), is_low
        np.add(x, is_low, x)


@functools.cache
def _gamma_series() -> tuple[float, ...]:
    """lgamma(1 + z) in powers of z, the highest first: DLMF 5.7.3."""
    k = np.arange(2, 40)
    values = zeta(k, np.ones(len(k))) / k * (-1.0) ** k
    return (*values[::-1].tolist(), -_EULER, 0.0)


def _lgamma_positive(x: Array) -> Array:
    big, product = np.array(x), np.ones_like(x)
    for step, _ in _raised(big):
        product *= step
    inverse = 1 / big
    value = (big - 0.5) * np.log(big) - big + 0.5 * math.log(2 * math.pi)
    value += polynomial(_STIRLING, inverse * inverse) * inverse
    value = np.asarray(value - np.log(product))
    # Near its zeros 1 and 2 a difference of large numbers would say little.
    for zero in (1, 2):
        is_near = np.abs(x - zero) < 0.3
        if is_near.any():
            z = x[is_near] - zero
            near = polynomial(_gamma_series(), z)
            value[is_near] = near if zero == 1 else near + np.log1p(z)
    return value


def _sin_pi(x: Array) -> Array:
    """|sin(pi x)|, exact at integers."""
    rest = np.abs(x - np.round(x))
    return np.sin(math.pi * rest)


def lgamma(x: Any) -> Array:
    """Log |gamma(x)|; error 6e-15 of the larger of the result and 1.

    Stirling's series (DLMF 5.11.1) above 10, the recurrence (5.5.1) below, reflection
    (5.5.3) for negative x. Infinite at 0, -1, -2, ...
    """
    x = _wide(x)
    negative = x < 0.5
    value = _lgamma_positive(np.where(negative, 1 - x, x))
    reflected = np.log(math.pi / _sin_pi(x)) - value
    value = np.where(negative, reflected, value)
    pole = (x <= 0) & (x == np.floor(x))
    # Close to zero 1 - x would lose what x still has.
    value = np.where(np.abs(x) < 1e-8, -np.log(np.abs(x)) - _EULER * x, value)
    return np.where(pole | np.isinf(x), np.inf, value)


def digamma(x: Any) -> Array:
    """The derivative of lgamma; error 2e-15 of the larger of the result and 1.

    The series DLMF 5.11.2 above 10, the recurrence (5.5.2) below, reflection (5.5.4)
    for negative x. NaN at 0, -1, -2, ...
    """
    x = _wide(x)
    negative = x < 0
    big, inverses = np.where(negative, 1 - x, x), np.zeros_like(x)
    for step, is_low in _raised(big):
        inverses += is_low / step
    square = 1 / (big * big)
    value = np.log(big) - 0.5 / big - square * polynomial(_DIGAMMA, square) - inverses
    rest = x - np.round(x)
    value = np.where(negative, value - math.pi / np.tan(math.pi * rest), value)
    value = np.where(x == np.inf, np.inf, value)
    return np.where((x <= 0) & (x == np.floor(x)), np.nan, value)


def zeta(x: Any, q: Any) -> Array:
    """Hurwitz's zeta, the sum of (q + k)^-x; relative error 1e-14 for positive q.

    Terms until q + k is large beside x, then Euler-Maclaurin (DLMF 25.11.5 ff.).
    """
    x, q = np.broadcast_arrays(_wide(x), _wide(q))
    regular = (x > 1) & np.isfinite(x) & np.isfinite(q) & ((q > 0) | _summable(x, q))
    s, a = np.where(regular, x, 2.0), np.where(regular, q, 1.0)
    total = np.zeros_like(s)
    while True:
        term = a ** (-s)
        # With a >= s + 10 the twelve corrections below fall fast enough.
        open_ = (a < s + 10) & (np.abs(term) > 0.01 * _EPS * np.abs(total))
        if not open_.any():
            break
        total = total + np.where(open_, term, 0.0)
        a = np.where(open_, a + 1, a)
    term = np.where(a < s + 10, 0.0, term)
    total = total + a * term / (s - 1) + 0.5 * term
    factor = s * term / a
    for k, b in enumerate(_BERNOULLI):
        total = total + b * factor
        factor = factor * (s + 2 * k + 1) * (s + 2 * k + 2) / (a * a)
    return _zeta_ends(x, q, np.where(regular, total, np.nan))


def _summable(x: Array, q: Array) -> Array:
    """Where q is negative and the terms are still real numbers."""
    return (q != np.floor(q)) & (x == np.floor(x))


def _zeta_ends(x: Array, q: Array, value: Array) -> Array:
    """The poles and limits of zeta."""
    pole = (q <= 0) & (q == np.floor(q))
    value = np.where(pole & (x > 1) & (x % 2 == 0), np.inf, value)
    value = np.where((x > 1) & (q == np.inf), 0.0, value)
    ends = np.where(q > 1, 0.0, np.where(q == 1, 1.0, np.inf))
    value = np.where((x == np.inf) & ~np.isnan(q), ends, value)
    return np.where(x == 1, np.inf, value)


def polygamma(n: Any, x: Any) -> Array:
    """The n-th derivative of digamma: (-1)^(n+1) n! zeta(n + 1, x), DLMF 5.15.1.

    Relative error 5e-14 for positive x and n below 50; NaN unless n is 0, 1, 2, ...
    """
    n, x = np.broadcast_arrays(_wide(n), _wide(x))
    whole = (n >= 0) & (n == np.floor(n)) & np.isfinite(n)
    order = np.where(whole, n, 1.0)
    sign = np.where(order % 2 == 0, -1.0, 1.0)
    value = sign * np.exp(lgamma(order + 1)) * zeta(order + 1, x)
    return np.where(whole, np.where(order == 0, digamma(x), value), np.nan)


def _gamma_front(a: Array, x: Array) -> Array:
    """x^a exp(-x) / gamma(a), what both expansions of igamma share."""
    return np.exp(a * np.log(x) - x - lgamma(a))


def _igamma_series(a: Array, x: Array) -> Array:
    """P(a, x) by DLMF 8.7.1, for x below a + 1."""
    term = 1 / a
    total = term
    k = a
    while True:
        k = k + 1
        term = term * x / k
        total = total + term
        if not (term > _EPS * total).any():
            return total * _gamma_front(a, x)


def _fraction(step: Any, first: Array) -> Array:
    """A continued fraction by Lentz's method (DLMF 3.10): step(n) is (a_n, b_n)."""
    f = np.where(first == 0, _TINY, first)
    c, d = f, np.zeros_like(f)
    for n in range(1, 5000):
        a, b = step(n)
        d = b + a * d
        d = 1 / np.where(d == 0, _TINY, d)
        c = b + a / c
        c = np.where(c == 0, _TINY, c)
        f = f * c * d
        if not (np.abs(c * d - 1) > 4 * _EPS).any():
            break
    return f


def _igammac_fraction(a: Array, x: Array) -> Array:
    """Q(a, x) by DLMF 8.9.2, for x above a + 1."""
    b = x + 1 - a
    f = _fraction(lambda n: (-n * (n - a), b + 2 * n), b)
    return _gamma_front(a, x) / f


def _igamma_both(a: Any, x: Any) -> tuple[Array, Array, Array]:
    """P and Q, and where they are defined."""
    a, x = np.broadcast_arrays(_wide(a), _wide(x))
    valid = (a > 0) & (x >= 0)
    inside = valid & (x > 0) & np.isfinite(x) & np.isfinite(a)
    below = inside & (x < a + 1)
    above = inside & ~below
    p = _igamma_series(np.where(below, a, 1.0), np.where(below, x, 0.5))
    q = _igammac_fraction(np.where(above, a, 1.0), np.where(above, x, 3.0))
    p = np.where(below, p, 1 - q)
    lower = np.where(inside, p, np.where(x > 0, 1.0, 0.0))
    lower = np.where(a == np.inf, 0.0, lower)
    upper = np.where(inside & above, q, 1 - lower)
    return lower, upper, valid


def igamma(a: Any, x: Any) -> Array:
    """P(a, x), the regularised lower incomplete gamma function (DLMF 8.2.4).

    Error 1e-14 for a below 1e3.
    """
    lower, _, valid = _igamma_both(a, x)
    zero = (_wide(x) == 0) & ~np.isnan(_wide(a))
    return np.where(zero, 0.0, np.where(valid, lower, np.nan))


def igammac(a: Any, x: Any) -> Array:
    """Q(a, x) = 1 - P(a, x); relative error 2e-12 for a below 1e3."""
    _, upper, valid = _igamma_both(a, x)
    return np.where(valid, upper, np.nan)


def log_beta(a: Any, b: Any) -> Array:
    """Log of the beta function (DLMF 5.12.1)."""
    return lgamma(a) + lgamma(b) - lgamma(_wide(a) + _wide(b))


def betainc(a: Any, b: Any, x: Any) -> Array:
    """I_x(a, b), the regularised incomplete beta function; error 1e-13.

    The continued fraction DLMF 8.17.22, from the side where it converges fast.
    """
    a, b, x = np.broadcast_arrays(_wide(a), _wide(b), _wide(x))
    valid = (a > 0) & (b > 0) & (x >= 0) & (x <= 1)
    inside = valid & (x > 0) & (x < 1)
    p, q, y = (np.where(inside, v, w) for v, w in ((a, 1.0), (b, 1.0), (x, 0.5)))
    swap = y > (p + 1) / (p + q + 2)
    p, q, y = np.where(swap, q, p), np.where(swap, p, q), np.where(swap, 1 - y, y)

    def step(n: int) -> tuple[Array, Array]:
        m = n // 2
        if n % 2:
            a_n = -(p + m) * (p + q + m) * y / ((p + 2 * m) * (p + 2 * m + 1))
        else:
            a_n = m * (q - m) * y / ((p + 2 * m - 1) * (p + 2 * m))
        return a_n, np.ones_like(y)

    front = np.exp(p * np.log(y) + q * np.log1p(-y) - log_beta(p, q)) / p
    value = front / _fraction(step, np.ones_like(y))
    value = np.where(swap, 1 - value, value)
    return np.where(inside, value, np.where(valid, np.where(x > 0, 1.0, 0.0), np.nan))
