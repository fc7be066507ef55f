"""Rows of variables changed by index, against the kernels in Python."""

import inspect

import numpy as np
import pytest

from interactive_graphs.kernels.cpu import scatter as python_scatter
from interactive_graphs.kernels.native import row_updates, updates
from interactive_graphs.kernels.native.compiler import object_code
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


@pytest.mark.parametrize("name", ["aarch64", "generic"])
def test_other_processors_are_written_for(name):
    here()
    target = named(name)
    for routine in (
        update_rows(scatter_step("sub", "float32"), 50, 100, 7, "int32", target),
        segment_sum(9, 30, 7, "int32", "float64", target),
    ):
        for kernel in routine.kernels:
            assert len(object_code(kernel, target)) > 100
