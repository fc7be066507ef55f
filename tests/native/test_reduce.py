"""How reductions are cut and ordered; the sums themselves are in test_elementwise.py."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from interactive_graphs.kernels.native.boxes import boxes_of, walk_of
from interactive_graphs.kernels.native.clusters import (
    REDUCTIONS,
    Cluster,
    Operand,
    Store,
)
from interactive_graphs.kernels.native.elementwise import elementwise
from interactive_graphs.kernels.native.reduce import identity, of_nothing
from tests.native.running import aligned, here, run, runnable

TARGETS = runnable()


def sizes(
    shape: tuple[int, ...], *operands: tuple[int, ...], reduced: set[int] = frozenset()
) -> list[int]:
    walk = walk_of(shape, [Operand("float32", o) for o in operands], frozenset(reduced))
    return [axis.size for axis in walk.axes]


def test_axes_that_are_treated_alike_become_one():
    assert sizes((4, 5, 6), (4, 5, 6)) == [120]
    assert sizes((4, 5, 6), (4, 5, 6), (6,)) == [20, 6]
    assert sizes((4, 5, 6), (4, 5, 6), (5, 1)) == [4, 5, 6]
    assert sizes((4, 5, 6), (4, 1, 1), ()) == [4, 30]
    assert sizes((4, 1, 6), (4, 1, 6)) == [24]
    assert sizes((1, 1), (1, 1)) == [1]
    assert sizes((), ()) == [1]


def test_reduced_axes_stay_apart_from_kept_ones():
    assert sizes((4, 5, 6), (4, 5, 6), reduced={0, 1}) == [20, 6]
    assert sizes((4, 5, 6), (4, 5, 6), reduced={2}) == [20, 6]
    assert sizes((4, 5, 6), (4, 5, 6), reduced={1}) == [4, 5, 6]
    assert sizes((4, 5, 6), (4, 5, 6), reduced={0, 1, 2}) == [120]


SHAPES = st.lists(st.integers(1, 400), min_size=1, max_size=4).map(tuple)


@given(SHAPES, st.sets(st.integers(0, 3)), st.sampled_from([16, 64]))
def test_boxes_cover_everything_once_in_whole_vectors(shape, reduced, vector):
    reduced = {axis for axis in reduced if axis < len(shape)}
    walk = walk_of(shape, [Operand("float32", shape)], frozenset(reduced))
    boxes = boxes_of(walk, 4096, vector)
    assert walk.elements == math.prod(shape)
    for axis, length, count in zip(walk.axes, boxes.lengths, boxes.counts, strict=True):
        assert (count - 1) * length < axis.size <= count * length
    inner = boxes.lengths[-1]
    assert inner == walk.axes[-1].size or inner % vector == 0
    kept = [axis for axis in range(len(shape)) if axis not in reduced]
    assert walk.kept == math.prod(shape[axis] for axis in kept)


def test_kept_axes_are_cut_before_reduced_ones():
    walk = walk_of((100, 100_000), [Operand("float32", (100, 100_000))], frozenset({0}))
    boxes = boxes_of(walk, 8192, 64)
    assert boxes.parts == 1
    assert boxes.units > 100
    walk = walk_of((100_000, 10), [Operand("float32", (100_000, 10))], frozenset({0}))
    assert boxes_of(walk, 8192, 64).parts > 100


CASES = [(kind, dtype) for kind, allowed in REDUCTIONS.items() for dtype in allowed]


@pytest.mark.parametrize(("kind", "dtype"), CASES)
def test_identities_change_nothing(kind, dtype):
    functions = {
        "sum": np.add, "mean": np.add, "prod": np.multiply, "max": np.maximum,
        "min": np.minimum, "any": np.logical_or, "all": np.logical_and,
    }  # fmt: skip
    neutral = np.array(identity(kind, dtype), dtype)
    numbers = np.array([0, 1], dtype)
    np.testing.assert_array_equal(functions[kind](numbers, neutral), numbers)


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize(("kind", "dtype"), CASES)
def test_every_reduction_of_every_dtype(kind, dtype, target):
    shape = (37, 130)
    x = np.random.default_rng(1).integers(0, 2, shape).astype(dtype)
    for axes in ((0,), (1,), (0, 1)):
        store = Store(0, kind, axes)
        cluster = Cluster(shape, (Operand(dtype, shape),), (), (store,))
        result = aligned(store.shape(cluster), dtype)
        run(elementwise(cluster, target), target, [x], [result], chunks=2)
        # Sums of small integers wrap, as in the ops.
        options = {"dtype": dtype} if kind in ("sum", "prod", "mean") else {}
        wanted = getattr(np, kind)(x, axis=axes, **options)
        np.testing.assert_allclose(result, wanted, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["max", "min", "sum", "mean", "prod"])
@pytest.mark.parametrize("place", [0, 5, 64, 129, 9999])
def test_one_nan_is_enough(kind, dtype, place):
    x = np.ones(10_000, dtype)
    x[place] = np.nan
    cluster = Cluster(x.shape, (Operand(dtype, x.shape),), (), (Store(0, kind, (0,)),))
    result = aligned((), dtype)
    run(elementwise(cluster, here()), here(), [x], [result])
    assert np.isnan(result)


@pytest.mark.parametrize(("kind", "dtype"), CASES)
def test_reductions_of_nothing(kind, dtype):
    x = np.zeros((3, 0), dtype)
    for axes, shape in (((1,), (3,)), ((0, 1), ()), ((0,), (0,))):
        cluster = Cluster(
            (3, 0), (Operand(dtype, (3, 0)),), (), (Store(0, kind, axes),)
        )
        result = aligned(shape, dtype)
        run(elementwise(cluster, here()), here(), [x], [result])
        wanted = np.full(shape, of_nothing(kind, dtype), dtype)
        np.testing.assert_array_equal(result, wanted)


def test_no_element_comes_twice_into_a_long_sum():
    # Whole numbers whose sum float32 still holds exactly, in any order.
    x = np.random.default_rng(0).integers(0, 4, 2_000_003).astype(np.float32)
    cluster = Cluster(
        x.shape, (Operand("float32", x.shape),), (), (Store(0, "sum", (0,)),)
    )
    result = aligned((), "float32")
    run(elementwise(cluster, here()), here(), [x], [result], chunks=5)
    assert result == x.sum(dtype=np.float64)
