"""Clusters as native code against the ops' own kernels, one after another."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from interactive_graphs.kernels.native.clusters import (
    Cluster,
    Operand,
    Store,
    Value,
    problem,
)
from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.elementwise import elementwise
from interactive_graphs.kernels.native.target import Target, named
from tests.native.clusters import arrays_for, clusters, evaluate, reduce, wide
from tests.native.running import aligned, here, run, runnable

TARGETS = runnable()


def native(
    cluster: Cluster, target: Target, arrays: list[np.ndarray], chunks: int = 1
) -> list[np.ndarray]:
    """All stores of a cluster."""
    outputs = [
        aligned(store.shape(cluster), cluster.dtype(store.value))
        for store in cluster.stores
    ]
    run(elementwise(cluster, target), target, arrays, outputs, chunks)
    return outputs


def compare(
    cluster: Cluster, arrays: list[np.ndarray], results: list[np.ndarray]
) -> None:
    known = evaluate(cluster, arrays)
    for store, result in zip(cluster.stores, results, strict=True):
        value = known[store.value]
        wanted = reduce(cluster, store, value)
        assert result.shape == wanted.shape
        if store.reduce in ("sum", "mean", "prod") and value.dtype.kind == "f":
            compare_sums(store, value, result, wanted)
        else:
            np.testing.assert_array_equal(result, wanted)


def compare_sums(
    store: Store, value: np.ndarray, result: np.ndarray, wanted: np.ndarray
) -> None:
    """Sums, means and products against exact ones; where there are none, as wanted."""
    eps = np.finfo(value.dtype).eps
    with np.errstate(all="ignore"):
        exact, sizes = wide(store, value)
        bound = sizes * eps * (value.size if store.reduce == "prod" else 8)
        # Where sizes overflow, the order decides what comes out.
        sure = np.isfinite(sizes.astype(value.dtype))
        assert (np.abs(result - exact) <= bound)[sure].all(), (result, exact)
        odd = np.isnan(sizes)
    np.testing.assert_array_equal(np.isnan(result[odd]), np.isnan(wanted[odd]))


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cluster=clusters(), seed=st.integers(0, 99), chunks=st.integers(1, 3))
def test_any_cluster_is_what_its_operations_are(target, cluster, seed, chunks):
    arrays = arrays_for(cluster, seed)
    compare(cluster, arrays, native(cluster, target, arrays, chunks))


SHAPES = [
    ((100_003,), (0,)),
    ((70_000, 3), (0,)),
    ((70_000, 3), (1,)),
    ((70_000, 3), (0, 1)),
    ((3, 70_001), (0,)),
    ((3, 70_001), (1,)),
    ((130, 70, 9), (1,)),
    ((130, 70, 9), (0, 2)),
    ((9, 1, 3000, 5), (0, 2)),
    ((2, 3, 4, 5, 300), (1, 3)),
]


def centred(shape: tuple[int, ...], axes: tuple[int, ...]) -> Cluster:
    """x - bias, whole and reduced in four ways."""
    values = (Value("subtract", (0, 1), "float32"),)
    operands = (Operand("float32", shape), Operand("float32", shape[-1:]))
    kinds = ("sum", "mean", "max", "min")
    stores = (Store(2), *(Store(2, kind, axes) for kind in kinds))
    return Cluster(shape, operands, values, stores)


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize(("shape", "axes"), SHAPES)
def test_shapes_of_many_boxes(shape, axes, target):
    cluster = centred(shape, axes)
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=o.shape).astype(o.dtype) for o in cluster.operands]
    results = native(cluster, target, arrays, chunks=3)
    compare(cluster, arrays, results)
    for chunks in (1, 7):
        for one, other in zip(
            results, native(cluster, target, arrays, chunks), strict=True
        ):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1_000_000,), (1000, 1000), (250_000, 4)])
def test_sums_are_as_exact_as_numpys(shape, dtype):
    x = np.random.default_rng(3).random(shape).astype(dtype)
    cluster = Cluster(
        shape,
        (Operand(dtype, shape),),
        (),
        (Store(0, "sum", tuple(range(len(shape)))),),
    )
    (total,) = native(cluster, here(), [x])
    exact = x.astype(np.longdouble).sum()
    # numpy's pairwise sums stay within this for a million numbers, too.
    assert abs(total - exact) <= 2 * np.finfo(dtype).eps * exact


def test_a_store_may_take_the_place_of_an_operand():
    shape = (50, 70)
    operands = (
        Operand("float32", shape),
        Operand("int32", shape),
        Operand("float32", (70,)),
    )
    values = (
        Value("cast", (1,), "float32"),
        Value("multiply", (0, 3), "float32"),
        Value("add", (4, 2), "float32"),
    )
    stores = (Store(5), Store(5, "sum", (1,)), Store(5, "max", (0,)))
    cluster = Cluster(shape, operands, values, stores)
    routine = elementwise(cluster, here())
    assert routine.in_place == {(3, 0), (3, 1)}
    rng = np.random.default_rng(0)
    for place in (0, 1):
        arrays = [rng.integers(-9, 9, o.shape).astype(o.dtype) for o in operands]
        wanted = native(cluster, here(), arrays)
        outputs = [a.copy() for a in wanted]
        outputs[0] = arrays[place].view("float32")
        run(routine, here(), arrays, outputs)
        for one, other in zip(outputs, wanted, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
def test_arrays_may_begin_anywhere(target):
    for dtype in ("float32", "float64", "int16", "bool"):
        size = np.dtype(dtype).itemsize
        x = aligned((3, 77), dtype, offset=size)
        y = aligned((3, 77), dtype, offset=3 * size)
        x[...] = np.arange(231).reshape(3, 77) % 2
        op = "logical_not" if dtype == "bool" else "square"
        cluster = Cluster(
            x.shape, (Operand(dtype, x.shape),), (Value(op, (0,), dtype),), (Store(1),)
        )
        run(elementwise(cluster, target), target, [x], [y])
        np.testing.assert_array_equal(y, ~x if dtype == "bool" else x)


@pytest.mark.parametrize("family", ["avx512", "avx2", "aarch64", "generic"])
def test_code_can_be_made_for_every_family(family):
    target = named(family)
    shape = (7, 130)
    for dtype in ("float32", "float64", "int8"):
        op = "abs" if dtype == "int8" else "tanh"
        cluster = Cluster(
            shape,
            (Operand(dtype, shape), Operand("bool", (130,))),
            (Value(op, (0,), dtype), Value("select", (1, 2, 0), dtype)),
            (Store(3), Store(3, "sum", (0,)), Store(3, "max", (1,))),
        )
        for kernel in elementwise(cluster, target).kernels:
            assert object_code(kernel, target)


def test_functions_that_occur_often_are_called():
    values = tuple(Value("tanh", (number,), "float32") for number in range(8))
    cluster = Cluster((1000,), (Operand("float32", (1000,)),), values, (Store(8),))
    (kernel,) = elementwise(cluster, here()).kernels
    assert kernel.text.count("define internal") == 1
    x = np.linspace(-3, 3, 1000, dtype=np.float32)
    (result,) = native(cluster, here(), [x])
    np.testing.assert_allclose(result, evaluate(cluster, [x])[-1], rtol=1e-5)


def test_a_cluster_that_is_none_is_refused():
    cluster = Cluster((3,), (Operand("float32", (2,)),), (), (Store(0),))
    with pytest.raises(ValueError, match="does not broadcast"):
        elementwise(cluster, here())


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@settings(max_examples=40, deadline=None)
@given(
    dims=st.lists(st.integers(1, 70), min_size=1, max_size=3),
    gaps=st.lists(st.integers(0, 9), min_size=3, max_size=3),
    start=st.integers(0, 5),
    axis=st.integers(0, 2),
)
def test_parts_of_arrays_are_read_and_written(target, dims, gaps, start, axis):
    shape = (*dims[:-1], dims[-1] + 1)  # longer than 1: rows must be contiguous
    outer = tuple(d + gap for d, gap in zip(shape, gaps, strict=False))
    part = tuple(
        slice(start % (g + 1), start % (g + 1) + d)
        for d, g in zip(shape, gaps, strict=False)
    )
    strides = tuple(int(np.prod(outer[i + 1 :])) for i in range(len(outer)))
    offset = sum(p.start * s for p, s in zip(part, strides, strict=True))
    whole = np.random.default_rng(start).normal(size=outer).astype(np.float32)
    row = np.arange(shape[-1], dtype=np.float32)
    cluster = Cluster(
        shape,
        (Operand("float32", shape, strides, offset), Operand("float32", row.shape)),
        (Value("multiply", (0, 1), "float32"),),
        (
            Store(2, strides=strides, offset=offset),
            Store(2),
            Store(2, "max", (axis % len(shape),)),
        ),
    )
    assert elementwise(cluster, target).in_place >= {(2, 0)}
    wanted = whole[part] * row
    into, alone = np.zeros(outer, np.float32), aligned(shape, "float32")
    most = aligned(cluster.stores[2].shape(cluster), "float32")
    run(
        elementwise(cluster, target),
        target,
        [whole, row],
        [into, alone, most],
        chunks=2,
    )
    np.testing.assert_array_equal(alone, wanted)
    np.testing.assert_array_equal(most, wanted.max(axis % len(shape)))
    expected = np.zeros(outer, np.float32)
    expected[part] = wanted
    np.testing.assert_array_equal(into, expected)


def test_a_column_may_be_part_of_a_matrix_but_rows_must_be_contiguous():
    column = Operand("float32", (32, 1), (512, 1), 3)
    copied = (Value("square", (0,), "float32"),)
    assert "strides" in problem(Cluster((32, 1), (column,), copied, (Store(1),)))
    wide = Cluster((32, 40), (column,), copied, (Store(1),))
    x = np.arange(32 * 512, dtype=np.float32).reshape(32, 512)
    (result,) = native(wide, here(), [x])
    np.testing.assert_array_equal(result, np.broadcast_to(x[:, 3:4] ** 2, (32, 40)))
    gap = Cluster((4, 4), (Operand("float32", (4, 4), (8, 2)),), copied, (Store(1),))
    assert "strides" in problem(gap)
