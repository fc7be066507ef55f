"""Vector operations against numpy: every dtype, scalar, register-wide and wider."""

import ml_dtypes
import numpy as np
import pytest

from interactive_graphs.kernels.native import target as targets
from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.ir import Function
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel
from tests.native import running

FLOATS = ["float32", "float64"]
INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
SMALL_FLOATS = ["float16", "bfloat16"]
TARGETS = running.runnable()
WIDTHS = [1, 8, 64]


@pytest.fixture(params=TARGETS, ids=lambda target: target.name)
def target(request):
    return request.param


@pytest.fixture(params=WIDTHS)
def width(request):
    return request.param


def numpy_type(dtype):
    return np.dtype(getattr(ml_dtypes, dtype, dtype))


def numbers(dtype, seed=0, count=64):
    """Numbers of a dtype with all its special ones, shuffled."""
    kind = numpy_type(dtype)
    generator = np.random.default_rng(seed)
    if dtype == "bool":
        return generator.integers(0, 2, count).astype(bool)
    if dtype in INTEGERS:
        limits = np.iinfo(kind)
        special = [0, 1, 2, limits.min, limits.max, limits.max // 2]
        rest = generator.integers(
            limits.min, limits.max, count - 6, dtype=kind, endpoint=True
        )
        values = np.concatenate([np.array(special, kind), rest])
    else:
        tiny = ml_dtypes.finfo(kind).smallest_subnormal
        special = [0.0, -0.0, np.inf, -np.inf, np.nan, float(tiny), -float(tiny), 0.5]
        special += [1.5, 2.5, -0.5, -1.5, 1e4]
        scale = 10.0 ** generator.uniform(-3, 3, count - 13)
        values = np.concatenate(
            [special, generator.standard_normal(count - 13) * scale]
        ).astype(kind)
    return generator.permutation(values)


def run(target, width, dtypes, result, body, inputs, count=None):
    """Runs `body(lanes of each dtype, values) -> value of result` over arrays."""
    f = Function(target, len(dtypes) + 1)
    lanes = [Lanes(f, dtype, width) for dtype in dtypes]
    out_lanes = Lanes(f, result, width)

    def turn(i, _):
        values = [
            v.load(f.address(pointer, i, v.dtype))
            for v, pointer in zip(lanes, f.arguments, strict=False)
        ]
        out = body(*lanes, *values)
        out_lanes.store(out, f.address(f.arguments[-1], i, result))

    f.loop(f.begin, f.end, turn, step=width)
    size = len(inputs[0]) if count is None else count
    out = np.zeros(size, numpy_type(result))
    kernel = Kernel("lanes", f.text(), size, 1.0)
    running.run(running.single(kernel, len(dtypes) + 1), target, inputs, [out])
    return out


def same(got, expected):
    """Bit for bit, but that any NaN is as good as another."""
    expected = np.asarray(expected).astype(got.dtype)
    if got.dtype.kind in "fV":
        got, expected = got.astype(np.float64), expected.astype(np.float64)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
        keep = ~np.isnan(got)
        got, expected = got[keep].view(np.int64), expected[keep].view(np.int64)
    np.testing.assert_array_equal(got, expected)


def quiet(function, *arrays):
    with np.errstate(all="ignore"):
        return function(*arrays)


def extreme(test):
    """What `minimum` and `maximum` say they give, of two zeros too."""

    def choose(a, b):
        return np.where((a != a) | test(a, b), a, b)

    return choose


TWO = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "minimum": extreme(np.less),
    "maximum": extreme(np.greater),
}


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize("dtype", FLOATS + INTEGERS)
def test_arithmetic(name, dtype, target, width):
    a, b = numbers(dtype, 1), numbers(dtype, 2)
    got = run(
        target, width, [dtype] * 2, dtype, lambda v, _, x, y: getattr(v, name)(x, y),
        [a, b],
    )  # fmt: skip
    same(got, quiet(TWO[name], a, b))


@pytest.mark.parametrize("name", ["minimum", "maximum"])
@pytest.mark.parametrize("dtype", FLOATS)
def test_extremes_give_nan_as_numpy_does(name, dtype, target, width):
    a = np.array([np.nan, 1, np.nan, 2, -np.inf, 5, 0, 1] * 8, dtype)
    b = np.array([1, np.nan, np.nan, 3, np.nan, -5, 1, 0] * 8, dtype)
    got = run(
        target, width, [dtype] * 2, dtype, lambda v, _, x, y: getattr(v, name)(x, y),
        [a, b],
    )  # fmt: skip
    same(got, getattr(np, name)(a, b))


ONE = {
    "neg": np.negative,
    "abs": np.abs,
    "sqrt": np.sqrt,
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "round": np.rint,
}


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("dtype", FLOATS)
def test_functions_of_one_float(name, dtype, target, width):
    a = numbers(dtype)
    got = run(target, width, [dtype], dtype, lambda v, x: getattr(v, name)(x), [a])
    same(got, quiet(ONE[name], a))


@pytest.mark.parametrize("name", ["neg", "abs", "bit_not"])
@pytest.mark.parametrize("dtype", INTEGERS)
def test_functions_of_one_integer(name, dtype, target, width):
    a = numbers(dtype)
    got = run(target, width, [dtype], dtype, lambda v, x: getattr(v, name)(x), [a])
    same(got, quiet({**ONE, "bit_not": np.invert}[name], a))


@pytest.mark.parametrize("dtype", FLOATS)
def test_division_remainder_copysign_and_fma(dtype, target, width):
    a, b, c = (numbers(dtype, seed) for seed in (1, 2, 3))
    wanted = {
        "div": quiet(np.divide, a, b),
        "remainder": quiet(np.fmod, a, b),
        "copysign": np.copysign(a, b),
    }
    for name, expected in wanted.items():
        got = run(
            target, width, [dtype] * 2, dtype,
            lambda v, _, x, y, name=name: getattr(v, name)(x, y), [a, b],
        )  # fmt: skip
        same(got, expected)
    exact = np.array([1 + 2**-12], np.float32).astype(dtype).repeat(64)
    got = run(
        target, width, [dtype] * 3, dtype,
        lambda v, _, __, x, y, z: v.fma(x, y, z), [exact, exact, -exact * exact],
    )  # fmt: skip
    one = float(exact[0])
    rounded = one * one - float((exact * exact)[0])
    assert set(got.tolist()) == {rounded if dtype == "float32" else 0.0}
    del c


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_division_towards_zero(dtype, target, width):
    a, b = numbers(dtype, 1), numbers(dtype, 2)
    b[b == 0] = 3
    b[b == numpy_type(dtype).type(-1 if dtype[0] == "i" else 1)] = 7
    quotient = [
        int(abs(int(x)) // abs(int(y))) * (1 if (x < 0) == (y < 0) else -1)
        for x, y in zip(a, b, strict=True)
    ]
    got = run(target, width, [dtype] * 2, dtype, lambda v, _, x, y: v.div(x, y), [a, b])
    assert got.tolist() == quotient
    got = run(
        target, width, [dtype] * 2, dtype, lambda v, _, x, y: v.remainder(x, y), [a, b]
    )
    same(got, np.fmod(a, b))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_bits(dtype, target, width):
    a, b = numbers(dtype, 1), numbers(dtype, 2)
    bits = numpy_type(dtype).itemsize * 8
    shift = (numbers("uint8", 3) % bits).astype(dtype)
    wanted = {
        "bit_and": (b, a & b),
        "bit_or": (b, a | b),
        "bit_xor": (b, a ^ b),
        "shift_left": (shift, np.left_shift(a, shift)),
        "shift_right": (shift, np.right_shift(a, shift)),
    }
    for name, (other, expected) in wanted.items():
        got = run(
            target, width, [dtype] * 2, dtype,
            lambda v, _, x, y, name=name: getattr(v, name)(x, y), [a, other],
        )  # fmt: skip
        same(got, expected)


TESTS = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}


@pytest.mark.parametrize("dtype", FLOATS + INTEGERS)
def test_comparisons(dtype, target, width):
    a, b = numbers(dtype, 1), numbers(dtype, 2)
    b[::3] = a[::3]
    for name, expected in TESTS.items():
        got = run(
            target, width, [dtype] * 2, "bool",
            lambda v, _, x, y, name=name: v.of_dtype("bool").from_mask(
                v.compare(name, x, y)
            ),
            [a, b],
        )  # fmt: skip
        assert got.tolist() == expected(a, b).tolist()


def test_masks_combine(target, width):
    a = numbers("float32")

    def body(v, x):
        small = v.compare("lt", x, v.constant(1))
        large = v.compare("gt", x, v.constant(-1))
        inside = v.mask_and(small, large)
        either = v.mask_or(v.is_nan(x), v.mask_not(inside))
        return v.select(either, v.from_mask(v.to_mask(x)), x)

    inside = (a < 1) & (a > -1)
    same(
        run(target, width, ["float32"], "float32", body, [a]),
        np.where(np.isnan(a) | ~inside, (a != 0).astype("f"), a),
    )


ALL = FLOATS + INTEGERS + SMALL_FLOATS + ["bool"]


@pytest.mark.parametrize("start", ALL)
@pytest.mark.parametrize("end", ALL)
def test_conversions_are_astype(start, end, target):
    a = numbers(start)
    if start in FLOATS + SMALL_FLOATS and end in INTEGERS:
        # Outside of the range C says nothing, and numpy says what C says.
        low, high = np.iinfo(end).min, np.iinfo(end).max
        wide = a.astype(np.float64)
        a = np.where((wide > low) & (wide < high), wide, 1.0).astype(numpy_type(start))
    for width in (1, 8):
        got = run(
            target, width, [start], end,
            lambda v, x: v.convert(x, v.of_dtype(end)), [a],
        )  # fmt: skip
        same(got, quiet(lambda: a.astype(numpy_type(end))))


@pytest.mark.parametrize("end", SMALL_FLOATS)
def test_float64_is_rounded_once_to_small_floats(end, target):
    # Just above the middle of two small floats, by less than float32 can say.
    steps = np.arange(1, 65)
    unit = 2.0 ** (-10 if end == "float16" else -7)
    a = 1 + steps * unit + unit / 2 + np.where(steps % 2, 1e-12, -1e-12)
    exact = np.where(steps % 2, 1 + (steps + 1) * unit, 1 + steps * unit)
    got = run(
        target, 8, ["float64"], end, lambda v, x: v.convert(x, v.of_dtype(end)), [a]
    )
    assert got.astype(np.float64).tolist() == exact.tolist()


@pytest.mark.parametrize("dtype", [*FLOATS, "int8", "int16", "int32", "int64", "bool"])
@pytest.mark.parametrize("count", [0, 1, 5, 8, 9])
@pytest.mark.parametrize("known", [True, False])
def test_masked_memory_is_not_touched(dtype, count, known, target):
    """The bytes after the last lane stay, and those of a page that is not there."""
    width = 8
    f = Function(target, 3)
    v = Lanes(f, dtype, width)
    limit = f.value(f"load i64, ptr {f.arguments[0]}, align 8")
    mask = v.first(count if known else limit)
    loaded = v.load(f.arguments[1], mask)
    v.store(loaded, f.arguments[2], mask)
    source = numbers(dtype, 5)[:width].copy()
    out = running.aligned([width + 1], "uint8" if dtype == "bool" else dtype)
    before = out.copy()
    kernel = Kernel("masked", f.text(), 1, 1.0)
    inputs = [np.array([count]), source]
    running.run(running.single(kernel, 3), target, inputs, [out])
    filled = min(count, width)
    expected = np.concatenate([source[:filled].view(out.dtype), before[filled:]])
    assert out.tobytes() == expected.tobytes()


def test_masked_loads_give_zero_elsewhere(target, width):
    f = Function(target, 2)
    v = Lanes(f, "float32", width)
    mask = v.first(max(1, width // 2))
    v.store(v.load(f.arguments[0], mask), f.arguments[1])
    out = np.full(width, 7, "f")
    kernel = Kernel("masked", f.text(), 1, 1.0)
    running.run(running.single(kernel, 2), target, [np.ones(width, "f")], [out])
    assert out.tolist() == [1.0] * max(1, width // 2) + [0.0] * (width // 2)


def test_any_and_all(target, width):
    a = np.repeat([0.0, 1.0, 0.0, 1.0], [width, width, width - 1, width + 1])

    def body(v, x):
        mask = v.to_mask(x)
        some, every = v.any(mask), v.all(mask)
        scalar = v.of_width(1)
        return v.splat(
            scalar.add(
                scalar.from_mask(some), scalar.mul("2.0", scalar.from_mask(every))
            )
        )

    got = run(target, width, ["float64"], "float64", body, [a])
    parts = a.reshape(-1, width)
    expected = np.repeat(parts.any(1) + 2.0 * parts.all(1), width)
    same(got, expected)


def tree(values, combine):
    while len(values) > 1:
        half = len(values) // 2
        values = combine(values[:half], values[half:])
    return values[0]


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8"])
def test_folds_combine_halves(dtype, target, width):
    a = numbers(dtype)
    if dtype == "float32":
        a[~np.isfinite(a)] = 3.25
    wanted = {
        "sum": np.add,
        "max": extreme(np.greater),
        "min": extreme(np.less),
    }
    for name, combine in wanted.items():
        got = run(
            target, width, [dtype], dtype,
            lambda v, x, name=name: v.splat(getattr(v, name)(x)), [a],
        )  # fmt: skip
        parts = [tree(part, combine) for part in a.reshape(-1, width)]
        same(got, np.repeat(parts, width))


def test_folds_see_nan(target, width):
    a = np.ones(64, "f")
    a[40] = np.nan
    for name in ("max", "min", "sum"):
        got = run(
            target, width, ["float32"], "float32",
            lambda v, x, name=name: v.splat(getattr(v, name)(x)), [a],
        )  # fmt: skip
        assert np.isnan(got).sum() == width


def test_lanes_move(target):
    a = np.arange(64, dtype=np.int32)

    def body(v, x):
        backwards = v.shuffle(x, x, range(7, -1, -1))
        half = v.of_width(4)
        swapped = half.join(v.part(backwards, 4, 4), v.part(backwards, 0, 4))
        return v.insert(swapped, v.extract(x, 2), 0)

    got = run(target, 8, ["int32"], "int32", body, [a])
    expected = [[b + 2, b + 2, b + 1, b, b + 7, b + 6, b + 5, b + 4] for b in a[::8]]
    assert got.reshape(-1, 8).tolist() == expected


def test_single_lanes_move_like_many(target):
    f = Function(target, 1)
    v = Lanes(f, "float64", 1)
    two = v.join("1.5", "2.5")
    pair = v.of_width(2)
    pair.store(two, f.arguments[0])
    v.store(v.shuffle("1.0", "4.0", [1]), f.address(f.arguments[0], 2, "float64"))
    v.store(v.insert("1.0", "8.0", 0), f.address(f.arguments[0], 3, "float64"))
    out = np.zeros(4)
    kernel = Kernel("single", f.text(), 1, 1.0)
    running.run(running.single(kernel, 1), target, [], [out])
    assert out.tolist() == [1.5, 2.5, 4.0, 8.0]


def test_counting_constants_and_broadcast(target, width):
    a = np.full(64, 10, np.int64)

    def body(v, x):
        start = v.extract(x, 0)
        squares = v.constants([i * i for i in range(width)])
        return v.add(v.counting(start), v.add(squares, v.constant(-3)))

    got = run(target, width, ["int64"], "int64", body, [a])
    lane = np.arange(64) % width
    assert got.tolist() == (10 + lane + lane * lane - 3).tolist()
    f = Function(target, 2)
    v = Lanes(f, "float32", width)
    v.store(v.broadcast(f.arguments[0]), f.arguments[1])
    out = np.zeros(width, "f")
    kernel = Kernel("broadcast", f.text(), 1, 1.0)
    running.run(running.single(kernel, 2), target, [np.full(1, 2.5, "f")], [out])
    assert set(out.tolist()) == {2.5}


def test_bitcast_keeps_the_bits(target, width):
    a = numbers("float32")
    got = run(
        target, width, ["float32"], "int32",
        lambda v, x: v.bitcast(x, v.of_dtype("int32")), [a],
    )  # fmt: skip
    assert got.tolist() == a.view(np.int32).tolist()


@pytest.mark.parametrize("offset", [1, 3])
def test_odd_addresses_of_bytes(offset, target):
    a = running.aligned([64], "int8", offset)
    a[:] = numbers("int8")
    got = run(target, 8, ["int8"], "int8", lambda v, x: v.add(x, x), [a])
    same(got, a + a)


@pytest.mark.parametrize("name", ["aarch64", "generic"])
@pytest.mark.parametrize("width", WIDTHS)
def test_other_families_get_machine_code(name, width):
    """Every kind of operation has instructions there; who has the machine runs them."""
    if targets.available():
        pytest.skip(targets.available())
    f = Function(targets.named(name), 3)
    for dtype in ["float32", "float64", "int8", "int32", "int64", "uint16", "bool"]:
        v = Lanes(f, dtype, width)
        mask = v.first(f.begin)
        a, b = v.load(f.arguments[0], mask), v.load(f.arguments[1])
        result = v.maximum(v.add(a, b), v.mul(a, v.constant(3)))
        if v.is_float:
            result = v.fma(v.sqrt(v.floor(result)), a, v.round(b))
        back = v.convert(result, v.of_dtype("int32"))
        back = v.of_dtype("int32").convert(back, v)
        v.store(v.select(v.compare("lt", result, b), back, a), f.arguments[2], mask)
        v.of_width(1).store(v.sum(result), f.arguments[2])
    code = object_code(Kernel("every", f.text(), 1, 1.0), f.target)
    machine = {"aarch64": 183, "generic": 62}[name]
    assert int.from_bytes(code[18:20], "little") == machine
