"""Operations on single elements, on odd values, sizes and memory, in every tier.

Alone they are compared within their bounds; several together must give the very bits
that the native code gives when it runs them one by one.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import interactive_graphs as tf
from interactive_graphs.framework import raw, registry
from interactive_graphs.runtime.native import bounds
from interactive_graphs.runtime.native.bounds import bound_of
from tests.tiers.ways import (
    NATIVE,
    REFERENCE,
    assert_close,
    assert_equal,
    assert_same_bits,
    config,
    every_way,
)

UNARY = """Abs Acos Asin Atan Ceil Cos Cosh Elu Erf Erfc Exp Expm1 Floor Inv IsFinite
IsInf IsNan Log Log1p Neg OnesLike Reciprocal Relu Relu6 Rint Round Rsqrt Selu Sigmoid
Sign Sin Sinh Softplus Softsign Sqrt Square Tan Tanh ZerosLike""".split()
BINARY = """Add AddV2 Div DivNoNan Equal FloorDiv FloorMod Greater GreaterEqual Less
LessEqual Maximum Minimum Mul NotEqual Pow RealDiv ReluGrad Relu6Grad EluGrad SeluGrad
SigmoidGrad SoftplusGrad SoftsignGrad SqrtGrad SquaredDifference Sub TanhGrad Xdivy
Xlogy""".split()
WHOLE = """Add BitwiseAnd BitwiseOr BitwiseXor Equal Greater Maximum Minimum Mul
NotEqual SquaredDifference Sub LeftShift RightShift FloorDiv FloorMod TruncateDiv
TruncateMod""".split()
# Whole numbers are divided natively by constants alone, which cannot fail.
DIVISIONS = ("FloorDiv", "FloorMod", "TruncateDiv", "TruncateMod")
NOT_LOWERED = {("Pow", "float64")}
NOT_LOWERED |= {
    (n, f"{u}int{b}") for n in DIVISIONS for u in ("", "u") for b in (8, 32, 64)
}
SAME_SHAPE = frozenset(name for name in BINARY if name.endswith("Grad"))

ODD = {
    "float32": [
        np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-45, -1e-45, 1.1e-38, 3.4e38, -3.4e38,
        1.0, -1.0, 0.5, 88.7, -88.7, -103.0, 20.0, 1e-8, -1e-8, 2.0, 1e10,
    ],
    "float64": [
        np.nan, np.inf, -np.inf, -0.0, 0.0, 5e-324, -5e-324, 2.2e-308, 1.7e308, -1e308,
        1.0, -1.0, 0.5, 709.7, -709.0, -745.0, 20.0, 1e-8, -1e-8, 2.0, 1e10,
    ],
}  # fmt: skip
SHAPES = [(), (1,), (7,), (16,), (33,), (0,), (3, 5), (2, 1, 19), (0, 4), (130,)]


def values(shape, dtype, seed):
    """Ordinary numbers of many sizes, and odd ones."""
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind in "iu":
        limits = np.iinfo(dtype)
        odd = [limits.min, limits.max, 0, 1, 2, -1 if limits.min else 3]
        x = rng.integers(-9, 10, shape)
        x = np.where(rng.random(shape) < 0.3, rng.choice(odd, shape), x)
        return x.astype(dtype)
    x = rng.normal(size=shape) * 10.0 ** rng.integers(-4, 3, shape)
    return np.where(rng.random(shape) < 0.5, rng.choice(ODD[dtype], shape), x).astype(
        dtype
    )


def takes(name, dtype):
    allowed = registry.lookup(name).attrs["T"].allowed
    return allowed is None or tf.as_dtype(dtype) in allowed


def check(name, *arrays):
    """One op, of fed arrays."""
    with tf.Graph().as_default(), np.errstate(all="ignore"):
        sources = [tf.placeholder(a.dtype, a.shape) for a in arrays]
        y = getattr(raw, name)(*sources)
        feed = dict(zip(sources, arrays, strict=True))
        results = every_way([y], feed, initializer=tf.no_op())
    wanted = results.pop(REFERENCE)
    bound = bound_of(name)
    for way, found in results.items():
        if way != NATIVE or not bound.ulps:
            assert_equal(found, wanted, f"{name}, {way}")
        else:
            allowed = bound.allowed(np.asarray(wanted[0]))
            assert_close(found, wanted, lambda _, a=allowed: a, f"{name}, {way}")
    # Operators on single numbers are quicker as lines of Python.
    is_lowered = arrays[0].size > 1 and (name, arrays[0].dtype.name) not in NOT_LOWERED
    assert NATIVE in results or not is_lowered or name.endswith("Like")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", UNARY)
def test_one_argument(name, dtype):
    pytest.importorskip("llvmlite")
    if takes(name, dtype):
        for seed, shape in enumerate([(333,), (3, 7), ()]):
            check(name, values(shape, dtype, seed))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", BINARY)
def test_two_arguments(name, dtype):
    pytest.importorskip("llvmlite")
    if not takes(name, dtype):
        return
    check(name, values((700,), dtype, 1), values((700,), dtype, 2))
    if name not in SAME_SHAPE:
        check(name, values((3, 1, 5), dtype, 3), values((4, 1), dtype, 4))
        check(name, values((2, 9), dtype, 5), values((), dtype, 6))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers(name, dtype):
    pytest.importorskip("llvmlite")
    if not takes(name, dtype):
        return
    a, b = values((99,), dtype, 1), values((99,), dtype, 2)
    if name.endswith("Shift"):
        b %= 8  # more is undefined
    if "Div" in name or "Mod" in name:
        b = np.where(b == 0, 7, b)
        b = np.where(b == -1, 5, b).astype(dtype)  # the least number over -1 overflows
    check(name, a, b)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("divisor", [1, 2, 3, -1, -7, 10, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("name", DIVISIONS)
def test_whole_numbers_divided_by_a_constant(name, divisor):
    x = tf.placeholder(tf.int32, [99])
    y = getattr(raw, name)(x, divisor)
    a = values((99,), "int32", 1)
    if divisor == -1:
        a = np.maximum(a, -(2**31) + 1)  # whose negative is too large
    results = every_way([y], {x: a}, initializer=tf.no_op())
    for way, found in results.items():
        assert_equal(found, results[REFERENCE], way)


def unaligned(array):
    """A copy that begins one element after a multiple of 64 bytes."""
    raw_bytes = np.zeros(array.nbytes + 128, np.uint8)
    start = -raw_bytes.ctypes.data % 64 + array.itemsize
    copy = raw_bytes[start : start + array.nbytes].view(array.dtype)
    copy = copy.reshape(array.shape)
    copy[...] = array
    return copy


MEMORY = {
    "as it is": lambda a: a,
    "unaligned": unaligned,
    "in Fortran's order": np.asfortranarray,
    "every second": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "backwards": lambda a: np.ascontiguousarray(a[..., ::-1])[..., ::-1],
    "read-only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
    "a list": lambda a: a.tolist(),
    "one for all": lambda a: np.broadcast_to(a[..., :1], a.shape),
    "of the other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("memory", MEMORY)
@pytest.mark.parametrize("shape", [(5, 33), (4, 1), (0, 3), (130,)])
def test_fed_arrays_may_lie_anyhow(memory, shape):
    x = tf.placeholder(tf.float32, shape)
    w = tf.placeholder(tf.float32, shape)
    total = tf.reduce_sum(x * w, -1)
    made = MEMORY[memory]
    if memory == "a list" and not np.prod(shape):
        return  # which has no shape
    feed = {x: made(values(shape, "float32", 1)), w: made(values(shape, "float32", 2))}
    fetches = [x * 2.0 + w, tf.nn.relu(x), tf.transpose(w), tf.maximum(x, w), total]
    results = every_way(fetches, feed, initializer=tf.no_op())
    wanted = results.pop(REFERENCE)
    for way, found in results.items():
        assert_equal(found[:-1], wanted[:-1], way)
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(found[-1], wanted[-1], 1e-4)


STEPS = {
    "Neg": 1, "Abs": 1, "Square": 1, "Relu": 1, "Tanh": 1, "Exp": 1, "Sigmoid": 1,
    "Floor": 1, "Sqrt": 1, "Log1p": 1, "Softplus": 1, "Add": 2, "Sub": 2, "Mul": 2,
    "RealDiv": 2, "Maximum": 2, "Minimum": 2, "SquaredDifference": 2, "Pow": 2,
}  # fmt: skip


@st.composite
def chains(draw):
    """Which ops, of which earlier values."""
    found = []
    for number in range(draw(st.integers(2, 10))):
        name = draw(st.sampled_from(sorted(STEPS)))
        found.append(
            (name, [draw(st.integers(0, number + 1)) for _ in range(STEPS[name])])
        )
    return found, draw(st.sampled_from(SHAPES)), draw(st.integers(0, 5))


@given(chains())
@settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck),
    derandomize=True,
)  # fmt: skip
def test_what_is_joined_gives_the_bits_of_its_parts(made):
    steps, shape, seed = made
    feeds = [values(shape, "float32", seed), values(shape, "float32", seed + 1)]
    with tf.Graph().as_default(), np.errstate(all="ignore"):
        sources = [tf.placeholder(tf.float32, shape) for _ in feeds]
        tensors = list(sources)
        for name, args in steps:
            tensors.append(getattr(raw, name)(*(tensors[i] for i in args)))
        feed = dict(zip(sources, feeds, strict=True))
        last = every_way(tensors[-1:], feed, initializer=tf.no_op())
        # With all of them fetched each has to be whole at some time.
        whole = every_way(tensors[2:], feed, initializer=tf.no_op())
    if NATIVE in last and NATIVE in whole:
        assert_same_bits(last[NATIVE], whole[NATIVE][-1:], "alone")


def test_the_table_of_bounds_can_be_shown():
    text = bounds.table()
    assert "| `Exp` | 4 ulp |" in text
    assert "all others" in text
    named = {name for name in bounds.BOUNDS if f"`{name}`" in text}
    assert named == set(bounds.BOUNDS)


def test_without_native_code_there_is_none():
    x = tf.placeholder(tf.float32, [8])
    y = tf.tanh(x)
    with tf.Session(config=config()) as session:
        for _ in range(30):
            session.run(y, {x: np.ones(8, np.float32)})
        assert "native" not in session.program(y, [x]).source
