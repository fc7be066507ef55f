"""What the operations of a cluster mean, and the vector instructions for them.

    >>> v = Lanes(f, "float32", 16)
    >>> OPERATIONS["relu"].write(v, [x], None)
    '%v3'

They are numpy's and mean what the kernels in `interactive_graphs/ops` mean, operation
by operation and rounding by rounding: `a * b + c` is two operations, as there. Only
functions such as `exp` may differ, within the bounds of `vector_math.ULPS`. Truth
values are masks here, bytes in memory. Read next: `clusters.py`.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from interactive_graphs.kernels.native import (
    vector_angles,
    vector_math,
    vector_powers,
)
from interactive_graphs.kernels.native.clusters import DTYPES
from interactive_graphs.kernels.native.lanes import Lanes

Number = float | int | bool | None
Write = Callable[[Lanes, list[str], Number], str]

FLOATS: Final = ("float32", "float64")
SIGNED: Final = ("int8", "int16", "int32", "int64")
INTEGERS: Final = (*SIGNED, "uint8", "uint16", "uint32", "uint64")
NUMBERS: Final = (*FLOATS, *INTEGERS)


class Operation(NamedTuple):
    """One row of the table.

    Attributes:
        arity: how many values it takes, all of one dtype.
        dtypes: which ones it takes.
        write: gets the `Lanes` of that dtype (any for bool), the values' names and the
            number that belongs to the operation; returns the result's name.
        cost: about how many instructions it takes, of the kind of an addition.
        gives: the dtype of the result, "" for that of the arguments.
    """

    arity: int
    dtypes: tuple[str, ...]
    write: Write
    cost: float = 1.0
    gives: str = ""


def supports(
    op: str, arguments: Sequence[str], dtype: str, divisor: Number = None
) -> bool:
    """Whether a cluster may have this operation.

        >>> supports("add", ("float32", "float32"), "float32")
        True

    Args:
        op: its name.
        arguments: the dtypes of what it takes.
        dtype: the dtype of the result.
        divisor: the second argument if it is a "constant": integers may be divided by
            nothing else, as zero is an error.
    """
    if op == "constant":
        return not arguments and dtype in DTYPES
    if op == "cast":
        return len(arguments) == 1 and castable(arguments[0], dtype)
    if op == "select":
        same = list(arguments[1:]) == [dtype, dtype]
        return same and arguments[0] == "bool" and dtype in DTYPES
    row = OPERATIONS.get(op)
    if row is None or len(arguments) != row.arity:
        return False
    source = arguments[0]
    if any(other != source for other in arguments) or source not in row.dtypes:
        return False
    if op in DIVISIONS and source in INTEGERS and not divisor:
        return False
    return dtype == (row.gives or source)


def castable(source: str, target: str) -> bool:
    """Whether a cast is the same on every processor, numpy's included."""
    if source not in DTYPES or target not in DTYPES:
        return False
    return not (source in FLOATS and target in ("uint32", "uint64"))


def cost_of(op: str, dtype: str) -> float:
    """Instructions for one vector, about."""
    if op == "constant":
        return 0.0
    if op in ("cast", "select"):
        return 2.0
    if op == "erf" and dtype == "float64":
        return _BY_LANE
    return OPERATIONS[op].cost


_BY_LANE: Final = 400.0
"""What a function of C's library costs, called for each lane."""

DIVISIONS: Final = ("floor_divide", "floor_mod", "truncate_divide", "truncate_mod")


# -- division -------------------------------------------------------------------------


def _truncate_divide(v: Lanes, args: list[str], number: Number) -> str:
    if v.is_float:
        return v.trunc(v.div(*args))
    return v.neg(args[0]) if number == -1 else v.div(*args)


def _truncate_mod(v: Lanes, args: list[str], number: Number) -> str:
    # The smallest integer over -1 overflows, which stops the processor.
    if v.is_float:
        return vector_powers.fmod(v, *args)
    return v.constant(0) if number == -1 else v.remainder(*args)


def _floor_divide(v: Lanes, args: list[str], number: Number) -> str:
    if v.is_float:
        return v.floor(v.div(*args))
    quotient = _truncate_divide(v, args, number)
    if not v.is_signed or number == -1:
        return quotient
    less = v.sub(quotient, v.constant(1))
    return v.select(_needs_floor(v, args, v.remainder(*args)), less, quotient)


def _floor_mod(v: Lanes, args: list[str], number: Number) -> str:
    rest = _truncate_mod(v, args, number)
    if not v.is_float and (not v.is_signed or number == -1):
        return rest
    return v.select(_needs_floor(v, args, rest), v.add(rest, args[1]), rest)


def _needs_floor(v: Lanes, args: list[str], rest: str) -> str:
    """Whether a remainder is not zero and has not the sign of the divisor."""
    zero = v.constant(0)
    signs = v.function.value(
        f"xor {v.mask_type} {v.compare('lt', rest, zero)}, "
        f"{v.compare('lt', args[1], zero)}"
    )
    return v.mask_and(v.compare("ne", rest, zero), signs)


def _unless(v: Lanes, test: str, zero_of: str, result: Callable[[str], str]) -> str:
    """0 where `zero_of` is 0, elsewhere `result` of something that is not 0 there."""
    is_zero = v.compare("eq", zero_of, v.constant(0))
    safe = v.select(is_zero, v.constant(1), test)
    return v.select(is_zero, v.constant(0), result(safe))


def _div_no_nan(v: Lanes, args: list[str], _: Number) -> str:
    x, y = args
    return _unless(v, y, y, lambda safe: v.div(x, safe))


def _xdivy(v: Lanes, args: list[str], _: Number) -> str:
    x, y = args
    return _unless(v, y, x, lambda safe: v.div(x, safe))


def _xlogy(v: Lanes, args: list[str], _: Number) -> str:
    x, y = args
    return _unless(v, y, x, lambda safe: v.mul(x, vector_math.log(v, safe)))


# -- signs, bits ----------------------------------------------------------------------


def _sign(v: Lanes, args: list[str], _: Number) -> str:
    (x,) = args
    zero, one = v.constant(0), v.constant(1)
    rest = v.select(v.compare("eq", x, zero), zero, x)
    if v.is_float or v.is_signed:
        rest = v.select(v.compare("lt", x, zero), v.constant(-1), rest)
    return v.select(v.compare("gt", x, zero), one, rest)


def _shift(left: bool) -> Write:
    def write(v: Lanes, args: list[str], _: Number) -> str:
        x, y = args
        largest, zero = v.constant(v.bits - 1), v.constant(0)
        y = v.select(v.compare("gt", y, largest), largest, y)
        y = v.select(v.compare("lt", y, zero), zero, y)
        return v.shift_left(x, y) if left else v.shift_right(x, y)

    return write


# -- activations ----------------------------------------------------------------------

_SELU_SCALE: Final = 1.0507009873554805
_SELU_ALPHA: Final = 1.7580993408473768


def _relu(v: Lanes, args: list[str], _: Number) -> str:
    return vector_math.above(v, args[0], 0)


def _relu6(v: Lanes, args: list[str], _: Number) -> str:
    return vector_math.below(v, vector_math.above(v, args[0], 0), 6)


def _relu_grad(v: Lanes, args: list[str], _: Number) -> str:
    dy, x = args
    return v.mul(dy, v.from_mask(v.compare("gt", x, v.constant(0))))


def _relu6_grad(v: Lanes, args: list[str], _: Number) -> str:
    dy, x = args
    low, high = v.compare("gt", x, v.constant(0)), v.compare("lt", x, v.constant(6))
    return v.mul(dy, v.from_mask(v.mask_and(low, high)))


def _elu(v: Lanes, args: list[str], _: Number) -> str:
    (x,) = args
    return v.select(_negative(v, x), vector_math.expm1(v, x), x)


def _elu_grad(v: Lanes, args: list[str], _: Number) -> str:
    dy, y = args
    return v.select(_negative(v, y), v.mul(dy, v.add(y, v.constant(1))), dy)


def _selu(v: Lanes, args: list[str], _: Number) -> str:
    (x,) = args
    curve = v.mul(v.constant(_SELU_ALPHA), vector_math.expm1(v, x))
    return v.select(_negative(v, x), curve, v.mul(v.constant(_SELU_SCALE), x))


def _selu_grad(v: Lanes, args: list[str], _: Number) -> str:
    dy, y = args
    slope = v.add(y, v.constant(_SELU_ALPHA))
    return v.mul(dy, v.select(_negative(v, y), slope, v.constant(_SELU_SCALE)))


def _leaky_relu(v: Lanes, args: list[str], number: Number) -> str:
    (x,) = args
    slope = v.mul(v.constant(number or 0), x)
    return v.select(v.compare("gt", x, v.constant(0)), x, slope)


def _leaky_relu_grad(v: Lanes, args: list[str], number: Number) -> str:
    dy, x = args
    slope = v.mul(v.constant(number or 0), dy)
    return v.select(v.compare("gt", x, v.constant(0)), dy, slope)


def _negative(v: Lanes, x: str) -> str:
    return v.compare("lt", x, v.constant(0))


def _softplus_grad(v: Lanes, args: list[str], _: Number) -> str:
    dy, x = args
    return v.div(dy, v.add(vector_math.exp(v, v.neg(x)), v.constant(1)))


def _softsign(v: Lanes, args: list[str], _: Number) -> str:
    return v.div(args[0], v.add(v.abs(args[0]), v.constant(1)))


def _softsign_grad(v: Lanes, args: list[str], _: Number) -> str:
    room = v.add(v.abs(args[1]), v.constant(1))
    return v.div(args[0], v.mul(room, room))


# -- gradients of functions, of the output y and what comes in, dy --------------------


def _sigmoid_grad(v: Lanes, args: list[str], _: Number) -> str:
    y, dy = args
    return v.mul(v.mul(dy, y), v.sub(v.constant(1), y))


def _tanh_grad(v: Lanes, args: list[str], _: Number) -> str:
    y, dy = args
    return v.mul(dy, v.sub(v.constant(1), v.mul(y, y)))


def _sqrt_grad(v: Lanes, args: list[str], _: Number) -> str:
    y, dy = args
    return v.div(v.mul(dy, v.constant(0.5)), y)


def _rsqrt_grad(v: Lanes, args: list[str], _: Number) -> str:
    y, dy = args
    return v.mul(v.mul(v.mul(v.mul(v.constant(-0.5), dy), y), y), y)


def _reciprocal_grad(v: Lanes, args: list[str], _: Number) -> str:
    y, dy = args
    return v.mul(v.mul(v.neg(dy), y), y)


# -- the table ------------------------------------------------------------------------


def _unary(
    function: Callable[[Lanes, str], str],
    dtypes: tuple[str, ...] = FLOATS,
    cost: float = 1.0,
    gives: str = "",
) -> Operation:
    def write(v: Lanes, args: list[str], _: Number) -> str:
        return function(v, args[0])

    return Operation(1, dtypes, write, cost, gives)


def _binary(
    function: Callable[[Lanes, str, str], str],
    dtypes: tuple[str, ...] = NUMBERS,
    cost: float = 1.0,
) -> Operation:
    def write(v: Lanes, args: list[str], _: Number) -> str:
        return function(v, args[0], args[1])

    return Operation(2, dtypes, write, cost)


def _test(name: str) -> Operation:
    def write(v: Lanes, args: list[str], _: Number) -> str:
        return v.compare(name, args[0], args[1])

    return Operation(2, NUMBERS, write, 1.0, "bool")


def _equality(name: str) -> Operation:
    def write(v: Lanes, args: list[str], _: Number) -> str:
        if v.dtype != "bool":
            return v.compare(name, args[0], args[1])
        differ = v.function.value(f"xor {v.mask_type} {args[0]}, {args[1]}")
        return differ if name == "ne" else v.mask_not(differ)

    return Operation(2, DTYPES, write, 1.0, "bool")


def _mask_xor(v: Lanes, a: str, b: str) -> str:
    return v.function.value(f"xor {v.mask_type} {a}, {b}")


def _infinite(v: Lanes, x: str) -> str:
    return v.compare("eq", v.abs(x), v.constant(vector_math.INFINITY))


def _finite(v: Lanes, x: str) -> str:
    return v.compare("lt", v.abs(x), v.constant(vector_math.INFINITY))


def _square(v: Lanes, x: str) -> str:
    return v.mul(x, x)


def _difference(v: Lanes, x: str, y: str) -> str:
    return _square(v, v.sub(x, y))


def _reciprocal(v: Lanes, x: str) -> str:
    return v.div(v.constant(1), x)


OPERATIONS: Final[dict[str, Operation]] = {
    "add": _binary(Lanes.add),
    "subtract": _binary(Lanes.sub),
    "multiply": _binary(Lanes.mul),
    "divide": _binary(Lanes.div, FLOATS, 8),
    "truncate_divide": Operation(2, NUMBERS, _truncate_divide, 9),
    "truncate_mod": Operation(2, NUMBERS, _truncate_mod, 22),
    "floor_divide": Operation(2, NUMBERS, _floor_divide, 9),
    "floor_mod": Operation(2, NUMBERS, _floor_mod, 26),
    "div_no_nan": Operation(2, FLOATS, _div_no_nan, 11),
    "xdivy": Operation(2, FLOATS, _xdivy, 11),
    "xlogy": Operation(2, FLOATS, _xlogy, 34),
    "maximum": _binary(Lanes.maximum, cost=3),
    "minimum": _binary(Lanes.minimum, cost=3),
    "squared_difference": _binary(_difference, (*FLOATS, "int32", "int64"), 2),
    # Of float64 numpy's own is quicker than C's, one by one.
    "pow": _binary(vector_powers.power, ("float32",), 150),
    "negative": _unary(Lanes.neg, (*FLOATS, *SIGNED)),
    "abs": _unary(Lanes.abs, (*FLOATS, *SIGNED)),
    "sign": Operation(1, NUMBERS, _sign, 5),
    "square": _unary(_square, NUMBERS),
    "reciprocal": _unary(_reciprocal, cost=8),
    "sqrt": _unary(Lanes.sqrt, cost=10),
    "rsqrt": _unary(vector_math.rsqrt, cost=18),
    "exp": _unary(vector_math.exp, cost=20),
    "expm1": _unary(vector_math.expm1, cost=26),
    "log": _unary(vector_math.log, cost=32),
    "log1p": _unary(vector_math.log1p, cost=44),
    "tanh": _unary(vector_math.tanh, cost=28),
    "sigmoid": _unary(vector_math.sigmoid, cost=30),
    "softplus": _unary(vector_math.softplus, cost=68),
    "sinh": _unary(vector_math.sinh, cost=80),
    "cosh": _unary(vector_math.cosh, cost=40),
    "erf": _unary(vector_math.erf, cost=28),
    "erfc": _unary(vector_math.erfc, cost=_BY_LANE),
    # In float64 its way shows: it is no closer to the truth than numpy's tier is.
    "lgamma": _unary(vector_math.lgamma, ("float32",), _BY_LANE),
    "sin": _unary(vector_angles.sin, cost=34),
    "cos": _unary(vector_angles.cos, cost=34),
    "tan": _unary(vector_angles.tan, cost=44),
    "asin": _unary(vector_angles.asin, cost=34),
    "acos": _unary(vector_angles.acos, cost=36),
    "atan": _unary(vector_angles.atan, cost=34),
    "floor": _unary(Lanes.floor, cost=2),
    "ceil": _unary(Lanes.ceil, cost=2),
    "rint": _unary(Lanes.round, cost=2),
    "less": _test("lt"),
    "less_equal": _test("le"),
    "greater": _test("gt"),
    "greater_equal": _test("ge"),
    "equal": _equality("eq"),
    "not_equal": _equality("ne"),
    "logical_and": _binary(Lanes.mask_and, ("bool",)),
    "logical_or": _binary(Lanes.mask_or, ("bool",)),
    "logical_xor": _binary(_mask_xor, ("bool",)),
    "logical_not": _unary(Lanes.mask_not, ("bool",)),
    "is_nan": _unary(Lanes.is_nan, gives="bool"),
    "is_inf": _unary(_infinite, cost=2, gives="bool"),
    "is_finite": _unary(_finite, cost=2, gives="bool"),
    "bitwise_and": _binary(Lanes.bit_and, INTEGERS),
    "bitwise_or": _binary(Lanes.bit_or, INTEGERS),
    "bitwise_xor": _binary(Lanes.bit_xor, INTEGERS),
    "invert": _unary(Lanes.bit_not, INTEGERS),
    "left_shift": Operation(2, INTEGERS, _shift(left=True), 3),
    "right_shift": Operation(2, INTEGERS, _shift(left=False), 3),
    "relu": Operation(1, NUMBERS, _relu),
    "relu6": Operation(1, NUMBERS, _relu6, 2),
    "elu": Operation(1, FLOATS, _elu, 27),
    "selu": Operation(1, FLOATS, _selu, 29),
    "leaky_relu": Operation(1, FLOATS, _leaky_relu, 2),
    "softsign": Operation(1, FLOATS, _softsign, 10),
    # Of what flows in and of the input, or (elu, selu) the output.
    "relu_grad": Operation(2, NUMBERS, _relu_grad, 2),
    "relu6_grad": Operation(2, NUMBERS, _relu6_grad, 4),
    "elu_grad": Operation(2, FLOATS, _elu_grad, 3),
    "selu_grad": Operation(2, FLOATS, _selu_grad, 3),
    "leaky_relu_grad": Operation(2, FLOATS, _leaky_relu_grad, 3),
    "softplus_grad": Operation(2, FLOATS, _softplus_grad, 30),
    "softsign_grad": Operation(2, FLOATS, _softsign_grad, 11),
    # Of the output and of what flows in.
    "sigmoid_grad": Operation(2, FLOATS, _sigmoid_grad, 3),
    "tanh_grad": Operation(2, FLOATS, _tanh_grad, 3),
    "sqrt_grad": Operation(2, FLOATS, _sqrt_grad, 9),
    "rsqrt_grad": Operation(2, FLOATS, _rsqrt_grad, 4),
    "reciprocal_grad": Operation(2, FLOATS, _reciprocal_grad, 3),
}
"""All operations but "constant", "cast" and "select", which take several dtypes."""
