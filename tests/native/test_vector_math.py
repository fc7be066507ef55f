"""Functions of vectors against more exact ones, in units of the last place."""

import math
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from interactive_graphs.kernels.cpu import special
from interactive_graphs.kernels.native import (
    vector_angles,
    vector_math,
    vector_powers,
)
from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.ir import Function
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel
from interactive_graphs.kernels.native.target import Target, named
from tests.native.running import here, run, runnable, single

TARGETS = runnable()
NAMES = sorted({*vector_math.ULPS, *vector_angles.ULPS} - {"sqrt"})
FUNCTIONS: dict[str, Callable[..., str]] = {
    "sqrt": Lanes.sqrt,
    "pow": vector_powers.power,
    "fmod": vector_powers.fmod,
    "lgamma": vector_math.lgamma,
    **{n: getattr(vector_math, n) for n in NAMES if n in vector_math.ULPS},
    **{n: getattr(vector_angles, n) for n in NAMES if n in vector_angles.ULPS},
}
ULPS = {**vector_math.ULPS, **vector_angles.ULPS, **vector_powers.ULPS}


def computed(name: str, target: Target, width: int, *xs: np.ndarray) -> np.ndarray:
    """The native function of arrays whose length is a multiple of the width."""
    dtype = xs[0].dtype.name
    f = Function(target, arguments=len(xs) + 1)
    v = Lanes(f, dtype, width)

    def body(i, _):
        place = f.multiply(i, width)
        values = [v.load(f.address(a, place, dtype)) for a in f.arguments[:-1]]
        v.store(FUNCTIONS[name](v, *values), f.address(f.arguments[-1], place, dtype))

    f.loop(f.begin, f.end, body)
    units = xs[0].size // width
    y = np.empty_like(xs[0])
    run(single(Kernel(name, f.text(), units, 1.0), len(xs) + 1), target, xs, [y])
    return y


def truth(name: str, *xs: np.ndarray) -> np.ndarray:
    """The function in a wider dtype."""
    wide = [
        x.astype(np.float64 if x.dtype == np.float32 else np.longdouble) for x in xs
    ]
    if name == "sigmoid":
        return 1 / (1 + np.exp(-wide[0]))
    if name == "softplus":
        return np.logaddexp(wide[0], 0)
    if name == "rsqrt":
        return 1 / np.sqrt(wide[0])
    if name in ("erf", "erfc"):
        return np.array([getattr(math, name)(x) for x in wide[0].tolist()])
    arc = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "pow": "power"}
    return getattr(np, arc.get(name, name))(*wide)


def off_by(y: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """How far y is from what is wanted, in units of the last place of the latter."""
    rounded = wanted.astype(y.dtype)
    same = (rounded == y) | (np.isnan(rounded) & np.isnan(y))
    both = np.isfinite(y) & np.isfinite(rounded)
    distance = np.abs(y.astype(wanted.dtype) - wanted)
    # The unit at infinity is the last one before it.
    units = np.where(both, distance / np.spacing(np.abs(rounded)), np.inf)
    return np.where(same, 0.0, units).astype(np.float64)


def arguments(name: str, dtype: str, count: int = 1 << 17) -> np.ndarray:
    """Numbers of all sizes and many near the interesting ones, a multiple of 64."""
    rng = np.random.default_rng(len(name))
    kind = np.dtype(dtype).type
    info = np.finfo(dtype)
    bits = rng.integers(0, 1 << 32 if dtype == "float32" else 1 << 63, count, np.uint64)
    bits |= rng.integers(0, 2, count, np.uint64) << np.uint64(63)
    bits = (bits >> np.uint64(32)).astype(np.uint32) if dtype == "float32" else bits
    parts = [
        bits.view(dtype),
        rng.uniform(-1, 1, count),
        rng.uniform(-12, 12, count),
        rng.uniform(-800, 800, count),
        rng.uniform(-1e5, 1e5, count),
        rng.normal(size=count) * 10.0 ** rng.uniform(-45, 5, count),
        1 + rng.normal(size=count) * 10.0 ** rng.uniform(-9, 0, count),
        np.arange(-2048, 2048) * (np.pi / 4),
    ]
    edges = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, np.inf, -np.inf, np.nan, info.max]
    edges += [-info.max, info.tiny, -info.tiny, info.smallest_subnormal, 88.7228, 88.8]
    edges += [
        -info.smallest_subnormal,
        -103.97,
        -103.98,
        709.78,
        709.79,
        -745.1,
        -745.2,
    ]
    parts.append(np.resize(edges, 64))
    with np.errstate(all="ignore"):
        return np.concatenate([np.asarray(p).astype(kind) for p in parts])


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["sqrt", *NAMES])
def test_is_within_its_bound_everywhere(name, dtype, target):
    x = arguments(name, dtype)
    y = computed(name, target, 2 * target.lanes(dtype), x)
    with np.errstate(all="ignore"):
        wanted = truth(name, x)
        off = off_by(y, wanted)
    if name == "sigmoid":
        off[(y == 0) & (wanted < np.finfo(dtype).tiny)] = 0
    worst = int(np.argmax(off))
    bound = ULPS[name][dtype == "float64"]
    assert off[worst] <= bound, (x[worst], y[worst])


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_log_gamma_is_that_of_numpys_tier(dtype, target):
    """In parts of the result, or of 1 where it is less: it has many zeros."""
    x = arguments("lgamma", dtype, 1 << 13)
    y = computed("lgamma", target, target.lanes(dtype), x).astype(np.float64)
    with np.errstate(all="ignore"):
        wanted = special.lgamma(x).astype(dtype).astype(np.float64)
        off = np.abs(y - wanted) / np.maximum(np.abs(wanted), 1)
    off = np.where((y == wanted) | (np.isnan(y) & np.isnan(wanted)), 0, off)
    worst = int(np.argmax(off))
    bound = 1e-13 if dtype == "float64" else 1.2e-7
    assert off[worst] <= bound, (x[worst], y[worst], wanted[worst])


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_power_is_within_its_bound_everywhere(dtype, target):
    x = arguments("pow", dtype, 1 << 14)
    rng = np.random.default_rng(1)
    y = rng.permutation(arguments("power", dtype, 1 << 14))
    y[::3] = rng.integers(-9, 9, y[::3].size)
    y[1::7] = rng.uniform(-3, 3, y[1::7].size)
    x[::5] = np.abs(x[::5])
    z = computed("pow", target, target.lanes(dtype), x, y)
    with np.errstate(all="ignore"):
        off = off_by(z, truth("pow", x, y))
    worst = int(np.argmax(off))
    assert off[worst] <= ULPS["pow"][dtype == "float64"], (x[worst], y[worst], z[worst])


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_remainders_are_exact(dtype, target):
    x = arguments("fmod", dtype, 1 << 15)
    rng = np.random.default_rng(2)
    y = rng.permutation(arguments("remainder", dtype, 1 << 15))
    # Many quotients near whole numbers, and of moderate size.
    whole = rng.integers(-(2**20), 2**20, x[::2].size)
    with np.errstate(all="ignore"):
        x[::2] = np.nextafter(y[::2] * whole, rng.choice([-np.inf, np.inf], whole.size))
        wanted = np.fmod(x, y)
    z = computed("fmod", target, target.lanes(dtype), x, y)
    np.testing.assert_array_equal(z, wanted)
    np.testing.assert_array_equal(np.signbit(z)[z == z], np.signbit(wanted)[z == z])


EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_power_has_all_special_cases_of_c(dtype):
    x, y = (a.astype(dtype).ravel() for a in np.meshgrid([*EDGES] * 16, EDGES))
    z = computed("pow", here(), 16, x, y)
    with np.errstate(all="ignore"):
        wanted = np.power(x, y)
    np.testing.assert_allclose(z, wanted, rtol=2 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(np.signbit(z)[z == z], np.signbit(wanted)[z == z])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "name", ["expm1", "log1p", "tanh", "sin", "tan", "asin", "atan"]
)
def test_keeps_the_sign_of_zero(name, dtype):
    x = np.resize(np.array([0.0, -0.0], dtype), 64)
    y = computed(name, here(), 16, x)
    assert not y.any()
    np.testing.assert_array_equal(np.signbit(y), np.signbit(x))


@pytest.mark.parametrize("name", NAMES)
def test_is_the_same_at_every_width(name):
    x = arguments(name, "float32", 1 << 10)
    wide = computed(name, here(), 64, x)
    np.testing.assert_array_equal(computed(name, here(), 1, x), wide)


def test_c_is_found_in_a_process_that_has_loaded_nothing_else():
    here()
    program = (
        "from interactive_graphs.kernels.native.clusters import *\n"
        "from interactive_graphs.kernels.native.compiler import compile_kernels\n"
        "from interactive_graphs.kernels.native.elementwise import elementwise\n"
        "from interactive_graphs.kernels.native.target import detect\n"
        "x = Operand('float32', (64,))\n"
        "sine = Cluster((64,), (x,), (Value('sin', (0,), 'float32'),), (Store(1),))\n"
        "compile_kernels(elementwise(sine, detect()).kernels, detect())\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


@pytest.mark.parametrize("family", ["avx512", "avx2", "aarch64", "generic"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [1, 2, 16])
def test_code_can_be_made_for_every_family(family, dtype, width):
    target = named(family)
    f = Function(target, arguments=2)
    v = Lanes(f, dtype, width)
    x = v.load(f.arguments[0])
    for name in NAMES:
        v.store(FUNCTIONS[name](v, x), f.arguments[1])
    v.store(vector_powers.fmod(v, x, vector_powers.power(v, x, x)), f.arguments[1])
    assert object_code(Kernel("functions", f.text(), 1, 1.0), target)
