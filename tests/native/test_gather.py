"""Rows by index, and indices as vectors; and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.gather import gather, one_hot
from interactive_graphs.kernels.native.target import named
from tests.native.running import aligned, here, run, runnable

TARGETS = pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
INDICES = pytest.mark.parametrize("indices", ["int32", "int64", "int16"])


def status():
    return np.full(1, -1, "int64")


# -- reading ---------------------------------------------------------------------------


@TARGETS
@INDICES
@pytest.mark.parametrize("dtype", ["float32", "bool", "float64", "complex128"])
@pytest.mark.parametrize("width", [1, 3, 40, 128])
def test_gather(target, indices, dtype, width):
    random = np.random.default_rng(0)
    params = random.integers(0, 50, (3, 2, 20, width)).astype(dtype)
    chosen = random.integers(0, 20, (3, 33)).astype(indices)
    out, state = aligned((3, 2, 33, width), dtype), status()
    routine = gather(3, 2, 20, width, 33, indices, dtype, target)
    run(routine, target, [params, chosen], [out, state], chunks=3)
    assert state == [0]
    for b in range(3):
        np.testing.assert_array_equal(out[b], params[b][:, chosen[b]])


@INDICES
@pytest.mark.parametrize("bad", [-1, 20, 9999, -(2**15)])
@pytest.mark.parametrize("places", [[0], [32], [17, 18], [31, 5]])
def test_gather_refuses_and_stores_nothing(indices, bad, places):
    target = here()
    chosen = np.zeros(33, indices)
    chosen[places] = bad
    out, state = aligned((33, 5), "float32"), status()
    before = out.tobytes()
    routine = gather(1, 1, 20, 5, 33, indices, "float32", target)
    run(routine, target, [np.ones((20, 5), "float32"), chosen], [out, state], chunks=3)
    assert state == [min(places) + 1]
    assert out.tobytes() == before


def test_more_rows_than_the_indices_can_name():
    target = here()
    params, chosen = np.arange(40000, dtype="int32"), np.array([32767, 0], "int16")
    out, state = aligned((2,), "int32"), status()
    routine = gather(1, 1, 40000, 1, 2, "int16", "int32", target)
    run(routine, target, [params, chosen], [out, state])
    assert state == [0]
    np.testing.assert_array_equal(out, [32767, 0])


@pytest.mark.parametrize("sizes", [(5, 3, 0), (5, 0, 4), (0, 3, 0)])
def test_nothing_to_gather(sizes):
    rows, width, count = sizes
    target, state = here(), status()
    routine = gather(1, 1, rows, width, count, "int32", "float32", target)
    out = np.empty((count, width), "float32")
    inputs = [np.empty((rows, width), "float32"), np.zeros(count, "int32")]
    run(routine, target, inputs, [out, state])
    assert state == [0]


def test_of_no_rows_none_can_be_gathered():
    target, state = here(), status()
    routine = gather(1, 1, 0, 3, 2, "int32", "float32", target)
    inputs = [np.empty((0, 3), "float32"), np.zeros(2, "int32")]
    run(routine, target, inputs, [np.empty((2, 3), "float32"), state])
    assert state == [1]


# -- one hot ---------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.tuples(st.integers(0, 6), st.integers(0, 40), st.integers(0, 20)),
    indices=st.sampled_from(["int32", "int64", "uint8", "int8"]),
    dtype=st.sampled_from(["float32", "bool", "float64", "int64"]),
)
def test_one_hot(sizes, indices, dtype):
    outer, depth, inner = sizes
    target = here()
    low = 0 if indices == "uint8" else -3
    chosen = np.random.default_rng(4).integers(low, depth + 3, (outer, inner))
    chosen = chosen.astype(indices)
    on, off = np.array(1, dtype), np.array(0, dtype)
    if dtype == "float32":
        on, off = np.array(2.5, dtype), np.array(np.nan, dtype)
    out = aligned((outer, depth, inner), dtype)
    routine = one_hot(outer, depth, inner, indices, dtype, target)
    run(routine, target, [chosen, on, off], [out], chunks=2)
    where = chosen[:, None, :] == np.arange(depth)[:, None]
    np.testing.assert_array_equal(out, np.where(where, on, off))


def test_indices_that_wrap_in_32_bits_are_off():
    target = here()
    chosen = np.array([2**32 + 1, -(2**32), 1], "int64")
    out = aligned((3, 5), "float32")
    one, zero = np.array(1, "float32"), np.array(0, "float32")
    routine = one_hot(3, 5, 1, "int64", "float32", target)
    run(routine, target, [chosen, one, zero], [out])
    np.testing.assert_array_equal(out, [[0] * 5, [0] * 5, [0, 1, 0, 0, 0]])


@pytest.mark.parametrize("name", ["aarch64", "generic"])
def test_other_processors_are_written_for(name):
    here()
    target = named(name)
    for routine in (
        gather(1, 1, 50, 30, 7, "int64", "float32", target),
        one_hot(5, 10, 1, "int64", "float32", target),
    ):
        for kernel in routine.kernels:
            assert len(object_code(kernel, target)) > 100
