"""Sine, cosine, tangent and their inverses for vectors of float32 and float64.

As in `vector_math.py`, with one branch: angles too large for the quick reduction to a
quarter turn go to C's library, one lane at a time, in a function of their own.
Read next: `vector_powers.py`.
"""

from typing import Final

from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.vector_math import (
    NAN,
    integers,
    nearest,
    otherwise_by_lane,
    polynomial,
)

ULPS: Final = {
    "sin": (1.5, 1.5),
    "cos": (1.5, 1.5),
    "tan": (3.0, 3.0),
    "asin": (3.0, 3.0),
    "acos": (3.0, 3.0),
    "atan": (3.0, 3.0),
}
"""The bounds for float32 and float64, in units of the last place."""

_TWO_OVER_PI: Final = 0.6366197723675814
# pi / 2 as a sum of numbers of the dtype.
_HALF_PI: Final = {
    32: (1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15),
    64: (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33),
}
_LARGE: Final = {32: 1.0e5, 64: 1.0e6}

# Polynomials in r**2: (sin(r) - r) / r**3, then (cos(r) - 1 + r**2 / 2) / r**4.
_SIN: Final = {
    32: (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1),
    64: (
        1.58969099521155010221e-10, -2.50507602534068634195e-08,
        2.75573137070700676789e-06, -1.98412698298579493134e-04,
        8.33333333332248946124e-03, -1.66666666666666324348e-01,
    ),
}  # fmt: skip
_COS: Final = {
    32: (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2),
    64: (
        -1.13596475577881948265e-11, 2.08757232129817482790e-09,
        -2.75573143513906633035e-07, 2.48015872894767294178e-05,
        -1.38888888888741095749e-03, 4.16666666666666019037e-02,
    ),
}  # fmt: skip


def _quarter(v: Lanes, size: str) -> tuple[str, str, str]:
    """The sine and cosine of an angle less the nearest quarter turns, and how many."""
    number, turns = nearest(v, size, _TWO_OVER_PI)
    r = size
    for part in _HALF_PI[v.bits]:
        r = v.fma(number, v.constant(-part), r)
    square = v.mul(r, r)
    sine = v.fma(v.mul(polynomial(v, square, _SIN[v.bits]), square), r, r)
    curve = v.mul(polynomial(v, square, _COS[v.bits]), square)
    # 1 - r**2 / 2, and what its rounding lost.
    half = v.mul(square, v.constant(0.5))
    first = v.sub(v.constant(1.0), half)
    lost = v.sub(v.sub(v.constant(1.0), first), half)
    cosine = v.add(first, v.fma(curve, square, lost))
    return sine, cosine, turns


def _turned(v: Lanes, turns: str, even: str, odd: str) -> str:
    """One of two by whether the quarter turns are odd; negative in two of four."""
    words = integers(v)
    one = words.constant(1)
    is_odd = words.compare("ne", words.bit_and(turns, one), words.constant(0))
    chosen = v.select(is_odd, odd, even)
    second = words.bit_and(turns, words.constant(2))
    sign = words.shift_left(second, words.constant(v.bits - 2))
    return words.bitcast(words.bit_xor(v.bitcast(chosen, words), sign), v)


def sin(v: Lanes, x: str) -> str:
    """The sine."""
    sine, cosine, turns = _quarter(v, v.abs(x))
    words = integers(v)
    sign = words.bit_and(v.bitcast(x, words), words.constant(-(1 << (v.bits - 1))))
    bits = v.bitcast(_turned(v, turns, sine, cosine), words)
    return _unless_large(v, "sin", x, words.bitcast(words.bit_xor(bits, sign), v))


def cos(v: Lanes, x: str) -> str:
    """The cosine."""
    sine, cosine, turns = _quarter(v, v.abs(x))
    words = integers(v)
    turns = words.add(turns, words.constant(1))
    return _unless_large(v, "cos", x, _turned(v, turns, sine, cosine))


def tan(v: Lanes, x: str) -> str:
    """The tangent."""
    sine, cosine, turns = _quarter(v, v.abs(x))
    words = integers(v)
    odd = words.bit_and(turns, words.constant(1))
    is_odd = words.compare("ne", odd, words.constant(0))
    top = v.select(is_odd, v.neg(cosine), sine)
    quotient = v.div(top, v.select(is_odd, sine, cosine))
    bits = v.bitcast(quotient, words)
    sign = words.bit_and(v.bitcast(x, words), words.constant(-(1 << (v.bits - 1))))
    return _unless_large(v, "tan", x, words.bitcast(words.bit_xor(bits, sign), v))


def _unless_large(v: Lanes, name: str, x: str, result: str) -> str:
    """The result where the angle is small, else what C's library says."""
    large = v.compare("gt", v.abs(x), v.constant(_LARGE[v.bits]))
    return otherwise_by_lane(v, name, v.mask_not(large), result, x)


# -- inverses -------------------------------------------------------------------------

_ASIN_32: Final = (
    4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2,
    1.6666752422e-1,
)  # fmt: skip
_ASIN_64: Final = (
    (
        3.47933107596021167570e-05, 7.91534994289814532176e-04,
        -4.00555345006794114027e-02, 2.01212532134862925881e-01,
        -3.25565818622400915405e-01, 1.66666666666666657415e-01,
    ),
    (
        7.70381505559019352791e-02, -6.88283971605453293030e-01,
        2.02094576023350569471e+00, -2.40339491173441421878e+00, 1.0,
    ),
)  # fmt: skip


def _asin_curve(v: Lanes, square: str) -> str:
    """(asin(r) - r) / r for r**2 of at most 1/4."""
    if v.bits == 32:
        return v.mul(polynomial(v, square, _ASIN_32), square)
    above, below = _ASIN_64
    top = v.mul(polynomial(v, square, above), square)
    return v.div(top, polynomial(v, square, below))


def _near_one(v: Lanes, size: str) -> tuple[str, str, str]:
    """Whether |x| > 1/2; then asin(r), r = sqrt((1 - |x|) / 2), else asin(|x|)."""
    half = v.constant(0.5)
    is_far = v.compare("gt", size, half)
    rest = v.mul(v.sub(v.constant(1.0), size), half)
    square = v.select(is_far, rest, v.mul(size, size))
    r = v.select(is_far, v.sqrt(rest), size)
    return is_far, v.fma(r, _asin_curve(v, square), r), size


def asin(v: Lanes, x: str) -> str:
    """The angle whose sine is x, within -pi/2 and pi/2."""
    is_far, angle, size = _near_one(v, v.abs(x))
    first, second, _ = (v.constant(part) for part in _HALF_PI[v.bits])
    far = v.add(v.fma(v.constant(-2.0), angle, first), second)
    result = v.copysign(v.select(is_far, far, angle), x)
    return v.select(v.compare("gt", size, v.constant(1.0)), v.constant(NAN), result)


def acos(v: Lanes, x: str) -> str:
    """The angle whose cosine is x, within 0 and pi."""
    is_far, angle, size = _near_one(v, v.abs(x))
    first, second, _ = (v.constant(part) for part in _HALF_PI[v.bits])
    negative = v.compare("lt", x, v.constant(0.0))
    twice = v.add(angle, angle)
    mirrored = v.add(v.sub(v.add(first, first), twice), v.add(second, second))
    far = v.select(negative, mirrored, twice)
    near = v.sub(first, v.sub(v.copysign(angle, x), second))
    result = v.select(is_far, far, near)
    return v.select(v.compare("gt", size, v.constant(1.0)), v.constant(NAN), result)


_ATAN: Final = {
    32: (8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1),
    64: (),
}
_ATAN_64: Final = (
    (
        -8.750608600031904122785e-1, -1.615753718733365076637e1,
        -7.500855792314704667340e1, -1.228866684490136173410e2,
        -6.485021904942025371773e1,
    ),
    (
        1.0, 2.485846490142306297962e1, 1.650270098316988542046e2,
        4.328810604912902668951e2, 4.853903996359136964868e2,
        1.945506571482613964425e2,
    ),
)  # fmt: skip
_TAN_EIGHTH: Final = 0.4142135623730950488
_TAN_THREE_EIGHTHS: Final = 2.414213562373095
# Cephes goes on to 0.66 with its float64 polynomial.
_NEAR: Final = {32: _TAN_EIGHTH, 64: 0.66}


def atan(v: Lanes, x: str) -> str:
    """The angle whose tangent is x, within -pi/2 and pi/2."""
    size, one = v.abs(x), v.constant(1.0)
    is_far = v.compare("gt", size, v.constant(_TAN_THREE_EIGHTHS))
    is_near = v.compare("le", size, v.constant(_NEAR[v.bits]))
    # r = -1 / x where far, x where near, else (x - 1) / (x + 1).
    top = v.select(is_far, v.constant(-1.0), v.select(is_near, size, v.sub(size, one)))
    bottom = v.select(is_far, size, v.select(is_near, one, v.add(size, one)))
    r = v.div(top, bottom)
    first, second, _ = _HALF_PI[v.bits]
    zero = v.constant(0.0)

    def start(part: float) -> str:
        middle = v.select(is_near, zero, v.constant(part / 2))
        return v.select(is_far, v.constant(part), middle)

    square = v.mul(r, r)
    angle = v.fma(v.mul(_atan_curve(v, square), square), r, r)
    result = v.add(start(first), v.add(angle, start(second)))
    return v.copysign(result, x)


def _atan_curve(v: Lanes, square: str) -> str:
    if v.bits == 32:
        return polynomial(v, square, _ATAN[32])
    above, below = _ATAN_64
    return v.div(polynomial(v, square, above), polynomial(v, square, below))
