"""Rows by index: read, changed, summed; and what is refused."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from interactive_graphs.kernels.cpu import scatter as python_scatter
from interactive_graphs.kernels.native import row_updates, updates
from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.gather import gather, one_hot
from interactive_graphs.kernels.native.row_updates import (
    row_step_of,
    scatter_step,
    segment_sum,
    update_rows,
)
from interactive_graphs.kernels.native.target import named
from interactive_graphs.ops.training import _on_rows
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


# -- writing ---------------------------------------------------------------------------

HOWS = pytest.mark.parametrize(
    "how", ["add", "sub", "mul", "div", "min", "max", "update"]
)


@TARGETS
@INDICES
@HOWS
@pytest.mark.parametrize("width", [1, 7, 64, 200])
def test_scatter(target, indices, how, width):
    random = np.random.default_rng(1)
    var = aligned((10, width), "float32")
    var[:] = random.normal(size=var.shape)
    chosen = random.integers(0, 10, 25).astype(indices)
    changes = random.normal(size=(25, width)).astype("float32")
    wanted = python_scatter.scatter(var, chosen, changes, how)
    routine = update_rows(scatter_step(how, "float32"), 10, width, 25, indices, target)
    state = status()
    run(routine, target, [changes, chosen], [var, state], chunks=2)
    assert state == [0]
    np.testing.assert_array_equal(var, wanted)


def test_a_scalar_is_added_to_rows():
    target, state = here(), status()
    var = np.zeros((5, 70), "int32")
    step = scatter_step("add", "int32", has_rows=False)
    routine = update_rows(step, 5, 70, 3, "int32", target)
    chosen = np.array([1, 3, 1], "int32")
    run(routine, target, [np.array(2, "int32"), chosen], [var, state])
    np.testing.assert_array_equal(var[:, 0], [0, 4, 0, 2, 0])
    np.testing.assert_array_equal(var, np.broadcast_to(var[:, :1], var.shape))


def test_a_bad_index_changes_no_row():
    target, state = here(), status()
    var = np.ones((5, 70), "float32")
    routine = update_rows(scatter_step("add", "float32"), 5, 70, 3, "int64", target)
    inputs = [np.ones((3, 70), "float32"), np.array([0, 1, 5], "int64")]
    run(routine, target, inputs, [var, state])
    assert state == [3]
    assert (var == 1).all()


SCALARS = {
    "lr": 0.05, "alpha": 0.05, "momentum": 0.9, "rho": 0.95, "epsilon": 1e-4,
    "l1": 0.01, "l2": 0.02,
}  # fmt: skip
SPARSE = [
    ("Momentum", {"use_nesterov": True}),
    ("Adagrad", {"update_slots": True}),
    ("Adagrad", {"update_slots": False}),
    ("RMSProp", {}),
    ("Adadelta", {}),
    ("ProximalAdagrad", {}),
]


@TARGETS
@pytest.mark.parametrize(("name", "options"), SPARSE)
@pytest.mark.parametrize("width", [5, 130])
@pytest.mark.parametrize("chosen", [[3, 1, 7], [3, 1, 3, 3]])
def test_steps_of_optimizers_on_rows(target, name, options, width, chosen):
    """Rows that come twice take two steps, as in the kernels in Python."""
    random = np.random.default_rng(2)
    rule, count = updates.RULES[name], updates.VARIABLES[name]
    names = [n for n in inspect.signature(rule).parameters if n not in options]
    variables = [aligned((10, width), "float32") for _ in range(count)]
    for variable in variables:
        variable[:] = random.random(variable.shape) + 1
    grad = random.normal(size=(len(chosen), width)).astype("float32")
    others = [
        grad if n == "grad" else np.array(SCALARS[n], "float32") for n in names[count:]
    ]
    rows = np.array(chosen, "int32")
    inputs = (*variables, *others, rows)
    wanted = _on_rows(
        rule, variables, inputs, names.index("grad"), len(names), options
    )  # fmt: skip
    update = updates.update_of(name, (10, width), "float32", **options)
    step = row_step_of(update.cluster, update.changed, count)
    routine = update_rows(step, 10, width, len(chosen), "int32", target)
    state = status()
    run(routine, target, [*others, rows], [*variables, state], chunks=2)
    assert state == [0]
    for variable, values in zip(variables, wanted, strict=True):
        np.testing.assert_array_equal(variable, values)


@TARGETS
@INDICES
@pytest.mark.parametrize("dtype", ["float32", "int32", "float64"])
@pytest.mark.parametrize("width", [1, 7, 130])
def test_segment_sum(target, indices, dtype, width):
    random = np.random.default_rng(3)
    data = (random.normal(size=(40, width)) * 10).astype(dtype)
    ids = random.integers(-2, 9, 40).astype(indices)
    wanted = np.zeros((12, width), dtype)
    kept = ids >= 0
    np.add.at(wanted, ids[kept], data[kept])
    out, state = aligned((12, width), dtype), status()
    routine = segment_sum(12, width, 40, indices, dtype, target)
    run(routine, target, [data, ids], [out, state], chunks=2)
    assert state == [0]
    np.testing.assert_array_equal(out, wanted)


def test_segments_that_are_not_there():
    target, state = here(), status()
    routine = segment_sum(3, 4, 2, "int32", "float32", target)
    data = np.ones((2, 4), "float32")
    run(
        routine,
        target,
        [data, np.array([-5, 3], "int32")],
        [np.ones((3, 4), "f"), state],
    )
    assert state == [2]


@pytest.mark.parametrize("sizes", [(3, 4, 0), (3, 0, 2), (0, 4, 0)])
def test_sums_of_nothing(sizes):
    segments, width, count = sizes
    target, state = here(), status()
    out = np.ones((segments, width), "float32")
    routine = segment_sum(segments, width, count, "int32", "float32", target)
    inputs = [np.ones((count, width), "float32"), np.zeros(count, "int32")]
    run(routine, target, inputs, [out, state])
    assert state == [0]
    assert (out == 0).all()


def test_threads_divide_columns():
    routine = update_rows(
        scatter_step("add", "float32"), 9, 3 * row_updates.STRIP, 5, "int32", here()
    )
    assert [kernel.units for kernel in routine.kernels] == [1, 3]


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
    step = scatter_step("sub", "float32")
    for routine in (
        gather(1, 1, 50, 30, 7, "int64", "float32", target),
        update_rows(step, 50, 100, 7, "int32", target),
        segment_sum(9, 30, 7, "int32", "float64", target),
        one_hot(5, 10, 1, "int64", "float32", target),
    ):
        for kernel in routine.kernels:
            assert len(object_code(kernel, target)) > 100
