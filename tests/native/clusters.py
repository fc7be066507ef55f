"""What clusters mean by the package's own kernels, and clusters made by hypothesis."""

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

import interactive_graphs as tf
from interactive_graphs.framework.registry import lookup
from interactive_graphs.kernels.native.clusters import (
    REDUCTIONS,
    Cluster,
    Operand,
    Store,
    Value,
)
from interactive_graphs.kernels.native.operations import (
    OPERATIONS,
    castable,
    supports,
)

OP_TYPES = {
    "add": "AddV2", "subtract": "Sub", "multiply": "Mul", "divide": "RealDiv",
    "truncate_divide": "TruncateDiv", "truncate_mod": "TruncateMod",
    "floor_divide": "FloorDiv", "floor_mod": "FloorMod", "div_no_nan": "DivNoNan",
    "xdivy": "Xdivy", "xlogy": "Xlogy", "negative": "Neg", "rint": "Rint",
    "invert": "Invert", "rsqrt": "Rsqrt", "expm1": "Expm1", "log1p": "Log1p",
}  # fmt: skip
"""The op types that are not simply their operation's name in other letters."""


def op_type(op: str) -> str:
    """The type of the op whose kernel says what an operation means."""
    return OP_TYPES.get(op) or "".join(word.capitalize() for word in op.split("_"))


def kernel_of(op: str) -> Any:
    return lookup(op_type(op)).kernels["CPU"].fn


def evaluate(cluster: Cluster, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """All operands and values, of the cluster's shape, by the ops' own kernels."""
    known = [np.broadcast_to(array, cluster.shape) for array in arrays]
    with np.errstate(all="ignore"):
        for value in cluster.values:
            args = [known[number] for number in value.args]
            known.append(np.broadcast_to(_one(value, args), cluster.shape))
    return known


def _one(value: Value, args: list[np.ndarray]) -> Any:
    if value.op == "constant":
        return np.array(value.constant, value.dtype)
    if value.op == "cast":
        dtype = tf.as_dtype(value.dtype)
        return kernel_of("cast")(args[0], tf.as_dtype(args[0].dtype), dtype)
    if value.op == "select":
        return np.where(*args)
    if value.op == "logical_xor":
        return np.logical_xor(*args)
    alpha = [value.constant] if value.op.startswith("leaky") else []
    return kernel_of(value.op)(*args, *alpha)


def reduce(cluster: Cluster, store: Store, value: np.ndarray) -> np.ndarray:
    """What a store holds."""
    if not store.reduce:
        return value
    kernel = lookup(store.reduce.capitalize()).kernels["CPU"].fn
    axes = np.array(store.axes, np.int32)
    with np.errstate(all="ignore"):
        return np.asarray(kernel(value, axes, False))


def wide(store: Store, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A sum, mean or product in as many digits as there are, and that of the sizes."""
    numbers = value.astype(np.longdouble)
    if store.reduce == "prod":
        # As large as any part of the product may be.
        sizes = np.prod(np.maximum(np.abs(numbers), 1), axis=store.axes)
        return np.prod(numbers, axis=store.axes), sizes
    sums = [np.sum(x, axis=store.axes) for x in (numbers, np.abs(numbers))]
    if store.reduce == "mean":
        count = math.prod(value.shape[axis] for axis in store.axes)
        sums = [x / np.longdouble(count) for x in sums]
    return sums[0], sums[1]


# -- by hypothesis --------------------------------------------------------------------

_EXACT = (
    "add subtract multiply maximum minimum square abs negative relu relu_grad sign "
    "less greater_equal equal not_equal logical_and logical_not squared_difference "
    "floor rint is_nan bitwise_xor tanh_grad"
).split()
_FEW = ("float32", "float64", "int32", "int8", "int64", "bool", "uint16")


@st.composite
def shapes(draw: Any) -> tuple[int, ...]:
    """Few dimensions, most of them short, some longer than several vectors."""
    dims = st.one_of(st.integers(1, 5), st.sampled_from([0, 1, 16, 31, 64, 70, 300]))
    shape: list[int] = []
    for _ in range(draw(st.integers(0, 4))):
        dim = draw(dims)
        shape.append(dim if dim * max(1, int(np.prod(shape))) < 20_000 else 2)
    return tuple(shape)


@st.composite
def operands(draw: Any, shape: tuple[int, ...]) -> Operand:
    """Of the shape, or broadcast along some of its axes."""
    dtype = draw(st.sampled_from(_FEW))
    broadcast = tuple(1 if draw(st.integers(0, 3)) == 0 else d for d in shape)
    return Operand(
        dtype, broadcast[draw(st.integers(0, len(shape))) * draw(st.integers(0, 1)) :]
    )


@st.composite
def clusters(draw: Any) -> Cluster:
    """Any cluster of operations that round as the kernels do."""
    shape = draw(shapes())
    inputs = tuple(draw(operands(shape)) for _ in range(draw(st.integers(1, 3))))
    values: list[Value] = []
    dtypes = [operand.dtype for operand in inputs]
    for _ in range(draw(st.integers(0, 6))):
        value = draw(_value(dtypes))
        values.append(value)
        dtypes.append(value.dtype)
    stores = tuple(
        draw(_store(dtypes, len(shape))) for _ in range(draw(st.integers(1, 3)))
    )
    return Cluster(shape, inputs, tuple(values), stores)


@st.composite
def _value(draw: Any, dtypes: list[str]) -> Value:
    kind = draw(
        st.sampled_from(["operation", "operation", "cast", "constant", "select"])
    )
    number = draw(st.integers(0, len(dtypes) - 1))
    dtype = dtypes[number]
    like = st.sampled_from([n for n, d in enumerate(dtypes) if d == dtype])
    if kind == "select" and "bool" in dtypes:
        test = draw(st.sampled_from([n for n, d in enumerate(dtypes) if d == "bool"]))
        return Value("select", (test, number, draw(like)), dtype)
    if kind == "cast":
        fits = [d for d in _FEW if castable(dtype, d) and not _depends(dtype, d)]
        return Value("cast", (number,), draw(st.sampled_from(fits)))
    able = [
        op for op in _EXACT
        if supports(op, [dtype] * OPERATIONS[op].arity, OPERATIONS[op].gives or dtype)
    ]  # fmt: skip
    if kind == "constant" or not able:
        return Value("constant", (), dtype, draw(st.integers(0, 3)))
    op = draw(st.sampled_from(able))
    args = (number, *(draw(like) for _ in range(OPERATIONS[op].arity - 1)))
    return Value(op, args, OPERATIONS[op].gives or dtype)


def _depends(source: str, dtype: str) -> bool:
    """Whether a cast depends on the processor where the number does not fit."""
    return source.startswith("float") and not dtype.startswith(("float", "bool"))


@st.composite
def _store(draw: Any, dtypes: list[str], rank: int) -> Store:
    number = draw(st.integers(0, len(dtypes) - 1))
    able = [kind for kind, allowed in REDUCTIONS.items() if dtypes[number] in allowed]
    kind = draw(st.sampled_from(["", *able]))
    axes = draw(st.sets(st.integers(0, rank - 1))) if rank and kind else set()
    return Store(number, kind, tuple(sorted(axes)))


def arrays_for(cluster: Cluster, seed: int) -> list[np.ndarray]:
    """Numbers of moderate size, and now and then a NaN or an infinity."""
    rng = np.random.default_rng(seed)
    arrays = []
    for operand in cluster.operands:
        numbers = rng.integers(-9, 10, operand.shape)
        if operand.dtype.startswith("float"):
            numbers = numbers + rng.integers(0, 4, operand.shape) / 4
            odd = rng.random(operand.shape) < 0.01 * (seed % 3)
            numbers = np.where(
                odd, rng.choice([np.nan, np.inf, -0.0], operand.shape), numbers
            )
        elif operand.dtype == "bool":
            numbers = numbers > 0
        arrays.append(np.asarray(numbers).astype(operand.dtype))
    return arrays
