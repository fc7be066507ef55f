"""Powers and remainders for vectors of float32 and float64.

As in `vector_math.py`: no argument is too odd. Read next: `operations.py`.
"""

from typing import Final

from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.vector_math import (
    FRACTION_BITS,
    INFINITY,
    LOG2_E,
    NAN,
    above,
    below,
    by_lane,
    nearest,
    otherwise_by_lane,
    parts,
    polynomial,
    scaled,
)

ULPS: Final = {"pow": (1.0, 1.0), "fmod": (0.0, 0.0)}
"""The bounds for float32 and float64, in units of the last place."""

# Of (log(1 + f) - f) / f**2 and (exp(r) - 1 - r) / r**2, to 38 bits of the results.
_LOG_38: Final = (
    -0.048409861708890514, 0.09174391309291641, -0.09317621739208547,
    0.09030025286358756, -0.0988058751356311, 0.11105779047036371,
    -0.12506610086504458, 0.1428620895025449, -0.16666490529854078,
    0.19999987382496134, -0.25000002005917454, 0.3333333342521649,
    -0.4999999999377012,
)  # fmt: skip
_EXP_38: Final = (
    2.4887769771241623e-05, 0.00019909369329417303, 0.0013888796082005305,
    0.008333281078337383, 0.04166666705634536, 0.16666666787295045,
    0.4999999999951598, 1.0, 1.0,
)  # fmt: skip


def power(v: Lanes, x: str, y: str) -> str:
    """X to the power y, with all of C's special cases."""
    if v.bits == 64:
        return by_lane(v, "pow", x, y)
    # exp(y log(x)) in float64, which is exact enough for float32.
    wide, size = v.of_dtype("float64"), v.abs(x)
    f, number = (v.convert(part, wide) for part in parts(v, size))
    curve = wide.mul(polynomial(wide, f, _LOG_38), wide.mul(f, f))
    log_x = wide.fma(number, wide.constant(1 / LOG2_E), wide.add(f, curve))
    product = wide.mul(v.convert(y, wide), log_x)
    product = below(wide, above(wide, product, -200.0), 200.0)
    number, whole = nearest(wide, product, LOG2_E)
    r = wide.fma(number, wide.constant(-1 / LOG2_E), product)
    result = scaled(wide, polynomial(wide, r, _EXP_38), number, whole)
    return _power_edges(v, x, y, wide.convert(result, v))


def _power_edges(v: Lanes, x: str, y: str, result: str) -> str:
    """The power, which `result` is where x is positive and finite."""
    one, zero, half = v.constant(1.0), v.constant(0.0), v.constant(0.5)
    infinity, size = v.constant(INFINITY), v.abs(x)
    positive = v.compare("gt", y, zero)
    of_zero = v.select(positive, zero, infinity)
    of_infinity = v.select(positive, infinity, zero)
    result = v.select(v.compare("eq", size, zero), of_zero, result)
    result = v.select(v.compare("eq", size, infinity), of_infinity, result)
    always = v.mask_or(v.compare("eq", size, one), v.compare("eq", y, zero))
    result = v.select(always, one, result)
    whole, half_y = v.compare("eq", v.floor(y), y), v.mul(y, half)
    odd = v.mask_and(whole, v.compare("ne", v.floor(half_y), half_y))
    result = v.select(odd, v.copysign(result, x), result)
    finite = v.compare("lt", size, infinity)
    no_root = v.mask_and(v.compare("lt", x, zero), v.mask_not(whole))
    # 1 to the power NaN is 1, but -1 is not 1; NaN to the power 0 is 1.
    y_is_nan = v.mask_and(v.is_nan(y), v.compare("ne", x, one))
    x_is_nan = v.mask_and(v.is_nan(x), v.compare("ne", y, zero))
    no_number = v.mask_or(v.mask_and(finite, no_root), v.mask_or(x_is_nan, y_is_nan))
    return v.select(no_number, v.constant(NAN), result)


def fmod(v: Lanes, x: str, y: str) -> str:
    """What is left of x over y, rounded towards zero; it has the sign of x. Exact."""
    quotient = v.div(x, y)
    whole = v.trunc(quotient)
    # The quotient may have been rounded up to a whole number.
    rest = v.fma(v.neg(whole), y, x)
    over = v.compare("lt", v.mul(rest, v.copysign(v.constant(1.0), x)), v.constant(0.0))
    rest = v.select(over, v.add(rest, v.copysign(v.abs(y), x)), rest)
    rest = v.copysign(rest, x)
    limit = v.constant(2.0 ** FRACTION_BITS[v.bits])
    few = v.compare("lt", v.abs(quotient), limit)
    finite = v.compare("lt", v.abs(y), v.constant(INFINITY))
    return otherwise_by_lane(v, "fmod", v.mask_and(few, finite), rest, x, y)
