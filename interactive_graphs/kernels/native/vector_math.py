"""Exponentials, logarithms and their kin for vectors of float32 and float64.

Every function takes the `Lanes` to compute in and the name of a value, writes
instructions without a branch and returns the name of the result:

    >>> v = Lanes(f, "float32", 16)
    >>> y = exp(v, v.load(f.arguments[0]))

They hold for all arguments: NaN, infinities, both zeros, numbers too small to be
normal; results overflow and underflow as they should. How far they may be from the
truth, in units of the last place of the result, stands in `ULPS`; `vector_angles.py`
and `vector_powers.py` add their own. Polynomials are those of Moshier's Cephes library
and of Sun's fdlibm, whose errors are well known, where nothing else is said.
Read next: `vector_angles.py`.
"""

from collections.abc import Sequence
from typing import Final

from interactive_graphs.kernels.cpu.error_function import (
    ERF_ABOVE,
    ERF_BELOW,
    ERF_LARGEST,
)
from interactive_graphs.kernels.native.lanes import Lanes

ULPS: Final = {
    "exp": (1.5, 1.5),
    "expm1": (2.5, 2.5),
    "log": (1.5, 1.5),
    "log1p": (2.0, 2.0),
    "tanh": (5.0, 3.0),
    "sigmoid": (3.0, 3.0),
    "softplus": (2.5, 2.5),
    "sqrt": (0.5, 0.5),
    "rsqrt": (1.5, 1.5),
    "sinh": (4.0, 4.0),
    "cosh": (4.0, 4.0),
    "erf": (5.0, 1.0),
    "erfc": (1.0, 1.0),
}
"""The bounds for float32 and float64, to which tests hold the functions.

A sigmoid below the least normal number may be 0, as with numpy's operations.
"""

INFINITY: Final = float("inf")
NAN: Final = float("nan")

# Added to a number of moderate size, these leave the nearest integer in the low bits.
_MAGIC: Final = {32: 1.5 * 2.0**23, 64: 1.5 * 2.0**52}
_MAGIC_BITS: Final = {32: 0x4B400000, 64: 0x4338000000000000}
FRACTION_BITS: Final = {32: 23, 64: 52}
_BIAS: Final = {32: 127, 64: 1023}

LOG2_E: Final = 1.4426950408889634
# log(2) in two parts, of which the first has few bits.
_LN2: Final = {
    32: (0.693359375, -2.12194440e-4),
    64: (6.93147180369123816490e-01, 1.90821492927058770002e-10),
}


def polynomial(v: Lanes, x: str, coefficients: Sequence[float]) -> str:
    """Horner's rule; the first coefficient is that of the highest power."""
    total = v.constant(coefficients[0])
    for coefficient in coefficients[1:]:
        total = v.fma(total, x, v.constant(coefficient))
    return total


def integers(v: Lanes) -> Lanes:
    """Signed integers as long and as many as the numbers of `v`."""
    return v.of_dtype(f"int{v.bits}")


def nearest(v: Lanes, x: str, factor: float) -> tuple[str, str]:
    """The integer nearest to x * factor: as a number, and as an integer."""
    magic, words = v.constant(_MAGIC[v.bits]), integers(v)
    shifted = v.fma(x, v.constant(factor), magic)
    bits = v.bitcast(shifted, words)
    whole = words.sub(bits, words.constant(_MAGIC_BITS[v.bits]))
    return v.sub(shifted, magic), whole


def above(v: Lanes, x: str, least: float) -> str:
    """The larger of x and a constant; NaN stays."""
    bound = v.constant(least)
    return v.select(v.compare("lt", x, bound), bound, x)


def below(v: Lanes, x: str, largest: float) -> str:
    """The smaller of x and a constant; NaN stays."""
    bound = v.constant(largest)
    return v.select(v.compare("gt", x, bound), bound, x)


def unless_zero(v: Lanes, x: str, result: str) -> str:
    """The result, but x itself where x is 0.0 or -0.0."""
    return v.select(v.compare("eq", x, v.constant(0.0)), x, result)


# -- exponentials ---------------------------------------------------------------------


def _power_of_two(v: Lanes, exponent: str) -> str:
    """2 to an integer that gives a normal number."""
    words = integers(v)
    biased = words.add(exponent, words.constant(_BIAS[v.bits]))
    bits = words.shift_left(biased, words.constant(FRACTION_BITS[v.bits]))
    return words.bitcast(bits, v)


def scaled(v: Lanes, x: str, number: str, exponent: str) -> str:
    """X times 2 to an integer, which is given as a number and as an integer."""
    if v.function.target.vector_bytes == 64:
        return _scaled_at_once(v, x, number)
    # In two steps: one factor might be no normal number.
    words = integers(v)
    half = words.shift_right(exponent, words.constant(1))
    rest = words.sub(exponent, half)
    return v.mul(v.mul(x, _power_of_two(v, half)), _power_of_two(v, rest))


def _scaled_at_once(v: Lanes, x: str, number: str) -> str:
    """By AVX-512's instruction for it, register by register."""
    most, least = 512 // v.bits, 128 // v.bits
    if v.width > most:
        half = v.width // 2
        low, high = (
            _scaled_at_once(
                v.of_width(half), v.part(x, start, half), v.part(number, start, half)
            )
            for start in (0, half)
        )
        return v.of_width(half).join(low, high)
    if v.width < least:
        wide = v.of_width(least)
        picks = [lane if lane < v.width else -1 for lane in range(least)]
        if v.width == 1:
            widened = [wide.insert("poison", scalar, 0) for scalar in (x, number)]
        else:
            widened = [v.shuffle(value, "poison", picks) for value in (x, number)]
        scaled = _scaled_at_once(wide, *widened)
        return wide.part(scaled, 0, v.width)
    name = f"llvm.x86.avx512.mask.scalef.p{'s' if v.bits == 32 else 'd'}"
    mask = "i16" if v.width == 16 else "i8"
    values = [(v.type, x), (v.type, number), (v.type, "zeroinitializer"), (mask, "-1")]
    if v.width == most:
        values.append(("i32", "4"))  # rounds as everything else does
    return v.function.call(v.type, f"{name}.{v.width * v.bits}", *values)


def _reduced(v: Lanes, x: str) -> tuple[str, str, str]:
    """A small r and an integer n with x = r + n log(2); n as a number, too."""
    number, whole = nearest(v, x, LOG2_E)
    high, low = _LN2[v.bits]
    r = v.fma(number, v.constant(-high), x)
    return v.fma(number, v.constant(-low), r), number, whole


# Of (exp(r) - 1 - r) / r**2 for |r| <= log(2) / 2, fitted to have the smallest largest
# error in what becomes of it: 0.05 and 0.03 units in the last place.
_EXP: Final = {
    32: (
        0.0013950599823147058, 0.008368954062461853, 0.04166620597243309,
        0.166665181517601, 0.5,
    ),
    64: (
        2.5117231438842767e-08, 2.763143559042846e-07, 2.75572184326863e-06,
        2.480148952658283e-05, 0.00019841269914749838, 0.0013888888947397524,
        0.00833333333330861, 0.041666666666514036, 0.16666666666666696,
        0.5000000000000013,
    ),
}  # fmt: skip
# Beyond these the results are 0 and infinity, or -1 for expm1.
_EXP_LEAST: Final = {32: -104.0, 64: -745.2}
_EXP_LARGEST: Final = {32: 89.0, 64: 710.0}
_EXPM1_LEAST: Final = {32: -18.0, 64: -40.0}


def exp(v: Lanes, x: str) -> str:
    """E to the power x."""
    x = below(v, above(v, x, _EXP_LEAST[v.bits]), _EXP_LARGEST[v.bits])
    r, number, whole = _reduced(v, x)
    near = polynomial(v, r, (*_EXP[v.bits], 1.0, 1.0))
    return scaled(v, near, number, whole)


def expm1(v: Lanes, x: str) -> str:
    """exp(x) - 1, exact for small x."""
    inside = below(v, above(v, x, _EXPM1_LEAST[v.bits]), _EXP_LARGEST[v.bits])
    r, number, whole = _reduced(v, inside)
    near = v.fma(polynomial(v, r, _EXP[v.bits]), v.mul(r, r), r)
    # (near + 1) 2**n - 1 without rounding near + 1.
    words = integers(v)
    back = _power_of_two(v, words.sub(words.constant(0), most(words, whole)))
    rest = v.sub(v.constant(1.0), back)
    return unless_zero(v, x, scaled(v, v.add(rest, near), number, whole))


def most(words: Lanes, exponent: str) -> str:
    """An exponent, but none so large that its negative is that of no normal number."""
    largest = words.constant(_BIAS[words.bits] - 2)
    over = words.compare("gt", exponent, largest)
    return words.select(over, largest, exponent)


def tanh(v: Lanes, x: str) -> str:
    """The hyperbolic tangent."""
    if v.bits == 32:
        return odd_rational(v, x, 9.02, _TANH_ABOVE, _TANH_BELOW)
    size = v.abs(x)
    e = expm1(v, v.mul(size, v.constant(-2.0)))
    quotient = v.div(v.neg(e), v.add(e, v.constant(2.0)))
    return v.copysign(quotient, x)


def odd_rational(
    v: Lanes, x: str, largest: float, above_: Sequence[float], below_: Sequence[float]
) -> str:
    """X * above(x**2) / below(x**2), at most 1, constant where |x| is over a bound."""
    x = below(v, above(v, x, -largest), largest)
    square = v.mul(x, x)
    top = v.mul(x, polynomial(v, square, above_))
    quotient = v.div(top, polynomial(v, square, below_))
    # Rounding may lead beyond 1, where 1 - y * y would turn negative.
    return below(v, above(v, quotient, -1.0), 1.0)


# Fitted for |x| < 9.02, from where on tanh rounds to 1, to 0.02 units.
_TANH_ABOVE: Final = (
    -1.220354214481569e-11, 3.058517324602243e-08, 2.8007538681405243e-05,
    0.003868332236474138, 0.13679918800228483, 0.999999998694013,
)  # fmt: skip
_TANH_BELOW: Final = (
    1.2873716193208273e-06, 0.0003938638642294423, 0.027245855716477696,
    0.4701325086294919, 1.0,
)  # fmt: skip


def sigmoid(v: Lanes, x: str) -> str:
    """1 / (1 + exp(-x))."""
    one = v.constant(1.0)
    return v.div(one, v.add(one, exp(v, v.neg(x))))


def softplus(v: Lanes, x: str) -> str:
    """log(exp(x) + 1), without overflow."""
    small = exp(v, v.neg(v.abs(x)))
    return v.add(v.maximum(x, v.constant(0.0)), log1p(v, small))


def cosh(v: Lanes, x: str) -> str:
    """The hyperbolic cosine."""
    grown, shrunk = _halves(v, v.abs(x))
    return v.add(grown, shrunk)


def sinh(v: Lanes, x: str) -> str:
    """The hyperbolic sine."""
    size = v.abs(x)
    grown, shrunk = _halves(v, size)
    e = expm1(v, below(v, size, 1.0))
    one, half = v.constant(1.0), v.constant(0.5)
    near = v.mul(half, v.add(e, v.div(e, v.add(e, one))))
    result = v.select(v.compare("lt", size, one), near, v.sub(grown, shrunk))
    return v.copysign(result, x)


def _halves(v: Lanes, size: str) -> tuple[str, str]:
    """exp(size) / 2 and exp(-size) / 2; the first overflows only where cosh does."""
    half = v.constant(0.5)
    root = exp(v, v.mul(size, half))
    grown = v.mul(v.mul(root, half), root)
    return grown, v.div(half, v.mul(root, root))


# -- logarithms -----------------------------------------------------------------------

# Of (log(1 + f) - f + f**2 / 2) / f**3 where 1 + f is within sqrt(1/2) and sqrt(2),
# fitted to 0.1 units.
_LOG_32: Final = (
    -0.07634429633617401, 0.12761549651622772, -0.131601944565773,
    0.14201761782169342, -0.16623356938362122, 0.20001226663589478,
    -0.250008225440979, 0.3333333134651184,
)  # fmt: skip
# fdlibm's for s**2 where s = f / (2 + f).
_LOG_64: Final = (
    1.479819860510658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01,
    2.222219843214978396e-01, 2.857142874366239149e-01, 3.999999999940941908e-01,
    6.666666666666735130e-01,
)  # fmt: skip
_ROOT_HALF_BITS: Final = {32: 0x3F3504F3, 64: 0x3FE6A09E667F3BCD}
_LEAST_NORMAL: Final = {32: 2.0**-126, 64: 2.0**-1022}


def log(v: Lanes, x: str) -> str:
    """The natural logarithm."""
    f, number = parts(v, x)
    return _log_edges(v, x, _log_of(v, f, number))


def parts(v: Lanes, x: str) -> tuple[str, str]:
    """The f and number with x = (1 + f) 2**number, 1 + f from sqrt(1/2) to sqrt(2)."""
    # Numbers too small to be normal are made larger first.
    bits = FRACTION_BITS[v.bits] + 1
    tiny = v.compare("lt", x, v.constant(_LEAST_NORMAL[v.bits]))
    grown = v.select(tiny, v.mul(x, v.constant(2.0**bits)), x)
    shift = v.select(tiny, v.constant(-float(bits)), v.constant(0.0))
    f, number = _normal_parts(v, grown)
    return f, v.add(number, shift)


def _log_edges(v: Lanes, x: str, result: str) -> str:
    """The logarithm of x, which `result` is if x is positive and finite."""
    zero, infinity = v.constant(0.0), v.constant(INFINITY)
    result = v.select(v.compare("eq", x, infinity), infinity, result)
    at_zero = v.compare("eq", x, zero)
    outside = v.select(at_zero, v.constant(-INFINITY), v.constant(NAN))
    return v.select(v.compare("gt", x, zero), result, outside)


def _normal_parts(v: Lanes, x: str) -> tuple[str, str]:
    """The parts of a normal number."""
    words = integers(v)
    bits, root = v.bitcast(x, words), words.constant(_ROOT_HALF_BITS[v.bits])
    above_root = words.sub(bits, root)
    places = FRACTION_BITS[v.bits]
    exponent = words.shift_right(above_root, words.constant(places))
    fraction = words.bit_and(above_root, words.constant((1 << places) - 1))
    f = v.sub(words.bitcast(words.add(fraction, root), v), v.constant(1.0))
    return f, _small_number(v, exponent)


def _log_of(v: Lanes, f: str, number: str) -> str:
    """log(1 + f) + number log(2)."""
    high, low = (v.constant(part) for part in _LN2[v.bits])
    half_square = v.mul(v.mul(f, f), v.constant(0.5))
    if v.bits == 32:
        curve = v.mul(polynomial(v, f, _LOG_32), v.mul(v.mul(f, f), f))
    else:
        s = v.div(f, v.add(f, v.constant(2.0)))
        square = v.mul(s, s)
        tail = v.mul(polynomial(v, square, _LOG_64), square)
        curve = v.mul(s, v.add(half_square, tail))
    correction = v.fma(number, low, curve)
    return v.fma(number, high, v.sub(f, v.sub(half_square, correction)))


def _small_number(v: Lanes, whole: str) -> str:
    """A small integer as a number; AVX2 has no such instruction for 64 bits."""
    words = integers(v)
    bits = words.add(whole, words.constant(_MAGIC_BITS[v.bits]))
    return v.sub(words.bitcast(bits, v), v.constant(_MAGIC[v.bits]))


def log1p(v: Lanes, x: str) -> str:
    """log(1 + x), exact for small x."""
    one = v.constant(1.0)
    total = v.add(one, x)
    result = _log_of(v, *_normal_parts(v, total))
    # What the sum lost, which matters most where x is small.
    large = v.compare("gt", x, one)
    lost = v.select(large, v.sub(one, v.sub(total, x)), v.sub(x, v.sub(total, one)))
    result = _log_edges(v, total, v.add(result, v.div(lost, total)))
    return unless_zero(v, x, result)


# -- powers ---------------------------------------------------------------------------


def rsqrt(v: Lanes, x: str) -> str:
    """1 / sqrt(x)."""
    return v.div(v.constant(1.0), v.sqrt(x))


# -- the error and gamma functions ----------------------------------------------------


def erf(v: Lanes, x: str) -> str:
    """The error function."""
    if v.bits == 64:
        return by_lane(v, "erf", x)
    return odd_rational(v, x, ERF_LARGEST, ERF_ABOVE, ERF_BELOW)


def erfc(v: Lanes, x: str) -> str:
    """1 - erf(x), exact for large x."""
    return by_lane(v, "erfc", x)


def lgamma(v: Lanes, x: str) -> str:
    """The logarithm of the absolute value of the gamma function."""
    return by_lane(v, "lgamma", x)


# -- the C library --------------------------------------------------------------------


def by_lane(v: Lanes, name: str, *values: str) -> str:
    """Calls a function of C's library for each lane, in double."""
    single = v.of_width(1)
    if v.width == 1:
        return _called(single, name, values)
    # By way of memory, in a loop: written out, 64 calls take long to compile.
    f = v.function
    result, *given = (f.stack(v.width * v.size) for _ in range(1 + len(values)))
    for value, pointer in zip(values, given, strict=True):
        v.store(value, pointer)

    def lane(place: str, _: list[str]) -> None:
        scalars = [single.load(f.address(pointer, place, v.dtype)) for pointer in given]
        where = f.address(result, place, v.dtype)
        single.store(_called(single, name, scalars), where)

    f.loop(0, v.width, lane)
    return v.load(result)


def _called(v: Lanes, name: str, scalars: Sequence[str]) -> str:
    wide = v.of_dtype("float64")
    given = [("double", v.convert(scalar, wide)) for scalar in scalars]
    return wide.convert(v.function.call("double", name, *given), v)


def otherwise_by_lane(v: Lanes, name: str, sure: str, result: str, *values: str) -> str:
    """The result where it is sure, else what C's library says; rarely needed."""
    f = v.function
    kinds = [v.mask_type, *[v.type] * (1 + len(values))]

    def each(given: list[str]) -> str:
        mask, known, *others = given
        return v.select(mask, known, by_lane(v, name, *others))

    routine = f.subroutine(f"rare.{name}.{v.suffix}", v.type, kinds, each)
    pairs = zip(kinds, (sure, result, *values), strict=True)
    taken = ", ".join(f"{kind} {value}" for kind, value in pairs)
    (chosen,) = f.when(
        v.all(sure),
        lambda: [result],
        lambda: [f.value(f"call {v.type} {routine}({taken})")],
        [v.type],
    )
    return chosen
