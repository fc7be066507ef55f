"""Softmax and the cross-entropies against the ops' own kernels."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from interactive_graphs.framework.registry import lookup
from interactive_graphs.kernels.native import softmax as native
from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.routine import Routine
from interactive_graphs.kernels.native.target import named
from tests.native.running import aligned, here, run, runnable

TARGETS = runnable()
CLASSES = [1, 2, 3, 10, 16, 17, 64, 100, 1000, 4097]


def reference(op: str, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    with np.errstate(all="ignore"):
        result = lookup(op).kernels["CPU"].fn(*arrays)
    return result if isinstance(result, tuple) else (result,)


def logits(rows: int, classes: int, dtype: str, offset: int = 0) -> np.ndarray:
    x = aligned((rows, classes), dtype, offset)
    x[...] = np.random.default_rng(classes).normal(size=x.shape) * 5
    return x


def close(result: np.ndarray, wanted: np.ndarray, ulps: float = 64) -> None:
    eps = np.finfo(wanted.dtype).eps
    np.testing.assert_allclose(result, wanted, rtol=ulps * eps, atol=ulps * eps)


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize(
    ("op", "function"),
    [("Softmax", native.softmax), ("LogSoftmax", native.log_softmax)],
)
def test_softmax_of_rows(op, function, classes, dtype, target):
    x = logits(7, classes, dtype, offset=8)
    y = aligned(x.shape, dtype)
    run(function(7, classes, dtype, target), target, [x], [y], chunks=3)
    close(y, *reference(op, x))


@pytest.mark.parametrize("function", [native.softmax, native.log_softmax])
def test_softmax_may_be_in_place(function: Callable[..., Routine]):
    x = logits(5, 70, "float32")
    y = aligned(x.shape, "float32")
    routine = function(5, 70, "float32", here())
    assert (1, 0) in routine.in_place
    run(routine, here(), [x], [y])
    run(routine, here(), [x], [x])
    np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("classes", CLASSES)
def test_cross_entropy_and_its_gradient(classes, dtype, target):
    x = logits(7, classes, dtype)
    labels = np.abs(logits(7, classes, dtype)) / 9
    loss, gradient = aligned((7,), dtype), aligned(x.shape, dtype)
    routine = native.cross_entropy(7, classes, dtype, target)
    run(routine, target, [x, labels], [loss, gradient], chunks=2)
    wanted, slope = reference("SoftmaxCrossEntropyWithLogits", x, labels)
    close(loss, wanted)
    close(gradient, slope)


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["int32", "int64"])
@pytest.mark.parametrize("classes", CLASSES)
def test_sparse_cross_entropy_and_its_gradient(classes, kind, dtype, target):
    x = logits(9, classes, dtype)
    labels = np.random.default_rng(0).integers(0, classes, 9).astype(kind)
    loss, gradient = aligned((9,), dtype), aligned(x.shape, dtype)
    status = np.zeros(1, np.int32)
    routine = native.sparse_cross_entropy(9, classes, dtype, kind, target)
    run(routine, target, [x, labels], [loss, gradient, status], chunks=2)
    wanted, slope = reference("SparseSoftmaxCrossEntropyWithLogits", x, labels)
    close(loss, wanted)
    close(gradient, slope)
    assert not status[0]
    run(routine, target, [x, labels], [loss, x, status])
    np.testing.assert_array_equal(x, gradient)


@pytest.mark.parametrize("kind", ["int32", "int64"])
@pytest.mark.parametrize("label", [-1, 10, -(2**31), 2**31 - 1])
def test_labels_out_of_range_are_reported_and_nothing_else_is_touched(label, kind):
    x = logits(4, 10, "float32")
    labels = np.array([3, 0, label, 9], kind)
    loss, gradient = aligned((4,), "float32"), aligned(x.shape, "float32")
    status = np.zeros(1, np.int32)
    routine = native.sparse_cross_entropy(4, 10, "float32", kind, here())
    run(routine, here(), [x, labels], [loss, gradient, status])
    assert status[0] == 1
    assert np.isnan(loss).tolist() == [False, False, True, False]
    assert np.isnan(gradient).all(1).tolist() == [False, False, True, False]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([0.0, -0.0, 1.0, -3e38, 3e38, np.inf, -np.inf, np.nan, 90, 1e-40]),
        min_size=33, max_size=33,
    ),
    st.lists(st.sampled_from([0.0, 1.0, 0.5, np.nan]), min_size=33, max_size=33),
)  # fmt: skip
def test_odd_numbers_come_out_as_of_the_kernels(numbers, truths):
    x = np.array(numbers, np.float32).reshape(11, 3)
    labels = np.array(truths, np.float32).reshape(11, 3)
    loss, gradient = aligned((11,), "float32"), aligned((11, 3), "float32")
    routine = native.cross_entropy(11, 3, "float32", here())
    run(routine, here(), [x, labels], [loss, gradient])
    wanted, slope = reference("SoftmaxCrossEntropyWithLogits", x, labels)
    close(loss, wanted)
    close(gradient, slope)


def test_no_classes_are_refused():
    with pytest.raises(ValueError, match="no classes"):
        native.softmax(3, 0, "float32", here())


@pytest.mark.parametrize("family", ["avx512", "avx2", "aarch64", "generic"])
def test_code_can_be_made_for_every_family(family):
    target = named(family)
    routines = [
        native.softmax(5, 37, "float32", target),
        native.log_softmax(5, 37, "float64", target),
        native.cross_entropy(5, 10, "float32", target),
        native.sparse_cross_entropy(5, 1000, "float64", "int64", target),
    ]
    for routine in routines:
        assert all(object_code(kernel, target) for kernel in routine.kernels)
