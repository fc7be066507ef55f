"""Native pooling gives bit for bit what the numpy kernels give."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from interactive_graphs.kernels.cpu import biased_pool, pool as cpu
from interactive_graphs.kernels.cpu.windows import windows
from interactive_graphs.kernels.native import pooling
from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.pooling import Pool
from interactive_graphs.kernels.native.target import named
from tests.native.running import aligned, here, run, runnable

CHANNELS = [1, 3, 33]
CASES = [
    # sizes, kernel, strides, padding
    ((8, 6), (2, 2), (2, 2), b"VALID", None),
    ((7, 5), (2, 2), (2, 2), b"SAME", None),
    ((7, 5), (2, 2), (2, 2), b"VALID", None),
    ((9, 8), (3, 3), (2, 2), b"SAME", None),
    ((6, 7), (3, 3), (1, 1), b"SAME", None),
    ((6, 7), (2, 3), (3, 4), b"VALID", None),
    ((5, 5), (1, 1), (2, 2), b"SAME", None),
    ((7, 7), (7, 7), (7, 7), b"VALID", None),
    ((11, 13), (11, 13), (1, 1), b"SAME", None),
    ((6, 6), (3, 2), (2, 2), b"EXPLICIT", ((2, 1), (0, 1))),
    ((2, 3), (4, 4), (2, 2), b"SAME", None),
]


def pool_of(sizes, kernel, strides, padding, explicit, batch, channels, dtype):
    w = windows(sizes, kernel, strides, (1, 1), padding, explicit)
    return Pool(batch, tuple(sizes), channels, w, dtype)


def images(shape, dtype, special, seed=0):
    """Few different values, so that they tie, and what is special among them."""
    rng = np.random.default_rng(seed)
    x = (rng.integers(-3, 4, shape) / 3).astype(dtype)
    if special:
        tiny, huge = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max
        choice = np.array([np.nan, np.inf, -np.inf, tiny, huge, -0.0], dtype)
        x = np.where(rng.random(shape) < 0.3, rng.choice(choice, shape), x)
        x[:1, :3, :3, :1] = np.nan
    return x.astype(dtype)


def native(make, p, target, inputs, outputs, chunks=3):
    """Runs a routine on inputs of any alignment; what is not written shows."""
    results = [aligned(shape, p.dtype) for shape in outputs]
    for result in results:
        result.fill(12345)
    placed = []
    for number, array in enumerate(inputs):
        copy = aligned(array.shape, p.dtype, offset=array.itemsize * number)
        copy[...] = array
        placed.append(copy)
    run(make(p, target), target, placed, results, chunks)
    return results


def assert_same(got, wanted):
    """Equal but for the sign of zeros."""
    np.testing.assert_array_equal(got, wanted, strict=True)


def check_max(p, target, special, seed=0, chunks=3):
    x = images((p.batch, *p.sizes, p.channels), p.dtype, special, seed)
    y = cpu.max_pool(x, p.windows)
    (got,) = native(pooling.max_pool, p, target, [x], [y.shape], chunks)
    assert_same(got, y)
    dy = images(y.shape, p.dtype, False, seed + 1)
    dx = cpu.max_pool_gradient(x, y, dy, p.windows)
    inputs = [x, y, dy]
    (got,) = native(pooling.max_pool_gradient, p, target, inputs, [x.shape], chunks)
    assert_same(got, dx)


def check_avg(p, target, special, seed=0, chunks=3):
    x = images((p.batch, *p.sizes, p.channels), p.dtype, special, seed)
    with np.errstate(all="ignore"):
        y = cpu.avg_pool(x, p.windows)
    (got,) = native(pooling.avg_pool, p, target, [x], [y.shape], chunks)
    assert_same(got, y)
    dy = images(y.shape, p.dtype, special, seed + 1)
    with np.errstate(all="ignore"):
        dx = cpu.avg_pool_gradient(x.shape, dy, p.windows)
    (got,) = native(pooling.avg_pool_gradient, p, target, [dy], [x.shape], chunks)
    assert_same(got, dx)


def check_biased(p, target, special, seed=0, chunks=3):
    x = images((p.batch, *p.sizes, p.channels), p.dtype, special, seed)
    bias = images((p.channels,), p.dtype, False, seed + 2) / 7
    if special:
        bias[:1] = np.inf if seed % 2 else -np.inf
    with np.errstate(all="ignore"):
        y = biased_pool.biased_max_pool(x, bias, p.windows)
    (got,) = native(pooling.biased_max_pool, p, target, [x, bias], [y.shape], chunks)
    assert_same(got, y)
    dy = images(y.shape, p.dtype, False, seed + 1)
    with np.errstate(all="ignore"):
        dx, db = biased_pool.biased_max_pool_gradient(x, bias, y, dy, p.windows)
    make, shapes = pooling.biased_max_pool_gradient, [x.shape, bias.shape]
    got_dx, got_db = native(make, p, target, [x, bias, y, dy], shapes, chunks)
    assert_same(got_dx, dx)
    eps = np.finfo(p.dtype).eps
    terms = max(1, np.prod(dy.shape[:-1]))
    bound = eps * 8 * np.sqrt(terms) * (1 + np.abs(dy).sum((0, 1, 2)))
    assert (np.abs(got_db - db) <= bound).all()


CHECKS = [check_max, check_avg, check_biased]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_window_and_any_channels(case, channels, check):
    here()
    for target in runnable()[: 2 if channels == 33 else 1]:
        check(pool_of(*case, 2, channels, "float32"), target, special=False)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES[:6], ids=str)
def test_special_values(case, dtype, check):
    target = here()
    for seed in range(2):
        check(pool_of(*case, 2, 19, dtype), target, special=True, seed=seed)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("channels", [130, 200])
def test_many_channels_and_images(channels, check):
    p = pool_of((6, 5), (2, 2), (2, 2), b"SAME", None, 17, channels, "float32")
    check(p, here(), special=False)
    p = pool_of((6, 5), (3, 2), (2, 2), b"SAME", None, 17, channels, "float64")
    check(p, here(), special=False)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("shape", [(0, 4, 3), (2, 4, 0), (1, 4, 1)])
def test_empty_batches_and_channels(shape, check):
    batch, size, channels = shape
    p = pool_of((size, 5), (2, 2), (2, 2), b"VALID", None, batch, channels, "float32")
    check(p, here(), special=False)


def test_a_window_larger_than_its_image_gives_nothing_and_no_gradient():
    target = here()
    p = pool_of((2, 5), (3, 2), (1, 2), b"VALID", None, 2, 5, "float32")
    assert p.windows.output == (0, 2)
    x = images((2, 2, 5, 5), "float32", False)
    y = cpu.max_pool(x, p.windows)
    inputs = [x, y, y]
    (got,) = native(pooling.max_pool_gradient, p, target, inputs, [x.shape])
    assert_same(got, np.zeros_like(x))


@pytest.mark.parametrize("back", [np.inf, -np.inf, np.nan, -1.0])
def test_a_gradient_that_is_not_finite_stays_in_its_place(back):
    target = here()
    p = pool_of((4, 4), (2, 2), (2, 2), b"SAME", None, 1, 5, "float32")
    x = images((1, 4, 4, 5), "float32", False)
    y = cpu.max_pool(x, p.windows)
    dy = np.full(y.shape, back, np.float32)
    (got,) = native(pooling.max_pool_gradient, p, target, [x, y, dy], [x.shape])
    assert_same(got, cpu.max_pool_gradient(x, y, dy, p.windows))


@given(
    sizes=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    strides=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    padding=st.sampled_from([b"SAME", b"VALID"]),
    batch=st.integers(1, 3),
    channels=st.integers(1, 40),
    check=st.sampled_from(CHECKS),
    seed=st.integers(0, 9),
)
@settings(max_examples=30, deadline=None)
def test_any_pool(sizes, kernel, strides, padding, batch, channels, check, seed):
    target = here()
    if padding == b"VALID" and any(
        n - k < 0 for n, k in zip(sizes, kernel, strict=True)
    ):
        padding = b"SAME"
    p = pool_of(sizes, kernel, strides, padding, None, batch, channels, "float32")
    check(p, target, special=seed > 5, seed=seed)


@pytest.mark.parametrize("chunks", [1, 2, 7])
def test_results_do_not_depend_on_how_units_are_shared(chunks):
    target = here()
    p = pool_of((9, 8), (2, 2), (2, 2), b"SAME", None, 20, 33, "float32")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20, 9, 8, 33)).astype(np.float32)
    bias = rng.standard_normal(33).astype(np.float32)
    y = biased_pool.biased_max_pool(x, bias, p.windows)
    dy = rng.standard_normal(y.shape).astype(np.float32)
    make, shapes = pooling.biased_max_pool_gradient, [x.shape, bias.shape]
    one, other = (
        native(make, p, target, [x, bias, y, dy], shapes, n) for n in (1, chunks)
    )
    for a, b in zip(one, other, strict=True):
        assert a.tobytes() == b.tobytes()


def test_every_target_takes_the_text():
    here()
    makers = [getattr(pooling, name) for name in pooling.__all__ if name != "Pool"]
    p = pool_of((9, 8), (3, 2), (2, 2), b"SAME", None, 2, 21, "float32")
    for name, make in itertools.product(("avx2", "aarch64", "generic"), makers):
        for kernel in make(p, named(name)).kernels:
            assert object_code(kernel, named(name))
