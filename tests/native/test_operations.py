"""Every operation of clusters, for every dtype, against the op's own kernel."""

import numpy as np
import pytest

from interactive_graphs.kernels.native.clusters import (
    DTYPES,
    Cluster,
    Operand,
    Store,
    Value,
)
from interactive_graphs.kernels.native.elementwise import elementwise
from interactive_graphs.kernels.native.operations import (
    DIVISIONS,
    INTEGERS,
    OPERATIONS,
    castable,
    supports,
)
from interactive_graphs.kernels.native.target import Target
from tests.native.clusters import evaluate
from tests.native.running import aligned, run, runnable

TARGETS = runnable()

# The others round as the kernels do, and must give the same bits.
INEXACT = {
    "pow", "xlogy", "exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus",
    "sinh", "cosh", "erf", "erfc", "sin", "cos", "tan", "asin", "acos", "atan", "elu",
    "selu", "softplus_grad",
}  # fmt: skip


def edges(dtype: str) -> np.ndarray:
    """The numbers of a dtype at which something may happen."""
    if dtype == "bool":
        return np.array([False, True])
    if dtype in INTEGERS:
        info = np.iinfo(dtype)
        numbers = {0, 1, 2, 3, 5, 7, 63, 100, info.max, info.max - 1, info.min}
        numbers |= {-n for n in (1, 2, 3, 7, 100)} if info.min else {200}
        return np.array(sorted(numbers), dtype)
    info = np.finfo(dtype)
    sizes = [0.0, 1.0, 0.5, 1.5, 2.5, 3.0, 1e-3, 0.1, 6.0, 7.3, 20.0, 100.0, 1e9]
    sizes += [info.max, info.tiny, info.smallest_subnormal, np.inf]
    return np.array([*sizes, *(-s for s in sizes), np.nan], dtype)


def native(
    cluster: Cluster, target: Target, arrays: list[np.ndarray]
) -> list[np.ndarray]:
    """All stores of a cluster."""
    outputs = [
        aligned(store.shape(cluster), cluster.dtype(store.value))
        for store in cluster.stores
    ]
    run(elementwise(cluster, target), target, arrays, outputs, chunks=2)
    return outputs


def check(value: Value, target: Target, arrays: list[np.ndarray]) -> None:
    operands = tuple(Operand(a.dtype.name, a.shape) for a in arrays)
    cluster = Cluster(arrays[0].shape, operands, (value,), (Store(len(operands)),))
    (result,) = native(cluster, target, arrays)
    wanted = evaluate(cluster, arrays)[-1]
    assert result.dtype == wanted.dtype
    if value.op == "lgamma":  # has zeros, near which only the distance is small
        np.testing.assert_allclose(result, wanted, 2.4e-7, 1e-13)
    elif value.op in INEXACT:
        eps = np.finfo(wanted.dtype).eps
        tiny = np.finfo(wanted.dtype).tiny
        np.testing.assert_allclose(result, wanted, rtol=8 * eps, atol=tiny)
    else:
        np.testing.assert_array_equal(result, wanted)


CASES = [
    (op, dtype)
    for op, row in OPERATIONS.items()
    for dtype in row.dtypes
    if not (op in DIVISIONS and dtype in INTEGERS)
]
CASTS = [(a, b) for a in DTYPES for b in DTYPES if castable(a, b)]


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize(("op", "dtype"), CASES)
def test_is_what_the_kernel_of_the_op_gives(op, dtype, target):
    row = OPERATIONS[op]
    grid = np.meshgrid(*[edges(dtype)] * row.arity)
    arrays = [np.ascontiguousarray(a.ravel()) for a in grid]
    alpha = 0.25 if op.startswith("leaky") else None
    value = Value(op, tuple(range(row.arity)), row.gives or dtype, alpha)
    check(value, target, arrays)


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("op", DIVISIONS)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_are_divided_by_numbers_that_are_known(op, dtype, target):
    x = edges(dtype)
    for divisor in {1, 2, 3, 7, 100} | ({-1, -2, -7} if dtype[0] == "i" else set()):
        constant = Value("constant", (), dtype, divisor)
        values = (constant, Value(op, (0, 1), dtype))
        cluster = Cluster(x.shape, (Operand(dtype, x.shape),), values, (Store(2),))
        (result,) = native(cluster, target, [x])
        np.testing.assert_array_equal(result, evaluate(cluster, [x])[-1])


def test_integers_are_not_divided_by_what_may_be_zero():
    assert not supports("floor_divide", ("int32", "int32"), "int32")
    assert not supports("floor_divide", ("int32", "int32"), "int32", 0)
    assert supports("floor_divide", ("int32", "int32"), "int32", 3)
    assert supports("floor_divide", ("float32", "float32"), "float32")


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize(("source", "dtype"), CASTS)
def test_casts_as_the_kernel_of_cast(source, dtype, target):
    x = edges(source)
    if source.startswith("float") and not dtype.startswith(("float", "bool")):
        # Beyond, each processor gives something else.
        x = x[np.abs(x) < 2.0**31]
    check(Value("cast", (0,), dtype), target, [x])


@pytest.mark.parametrize("dtype", DTYPES)
def test_selects(dtype):
    x = edges(dtype)
    truth = np.arange(x.size) % 3 == 0
    value = Value("select", (0, 1, 2), dtype)
    check(value, TARGETS[0], [truth, x, np.ascontiguousarray(x[::-1])])
