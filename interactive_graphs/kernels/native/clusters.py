"""Clusters: elementwise and reducing operations that become one native routine.

A cluster is data. `Operand`s are arrays in memory that broadcast to the cluster's
shape, `Value`s are computed from operands and earlier values element by element,
`Store`s say which values leave, whole or reduced. This is `sum(tanh(2x + 1), axis=0)`
of a float32 matrix:

    >>> cluster = Cluster(
    ...     shape=(100, 30),
    ...     operands=(Operand("float32", (100, 30)),),
    ...     values=(
    ...         Value("constant", (), "float32", 2.0),
    ...         Value("multiply", (0, 1), "float32"),
    ...         Value("constant", (), "float32", 1.0),
    ...         Value("add", (2, 3), "float32"),
    ...         Value("tanh", (4,), "float32"),
    ...     ),
    ...     stores=(Store(5, "sum", (0,)),),
    ... )
    >>> problem(cluster)
    ''
    >>> cluster.stores[0].shape(cluster)
    (30,)

What the operations mean is in `operations.py`. Read next: `elementwise.py`, which
writes the native code.
"""

import math
from typing import Final, NamedTuple

Shape = tuple[int, ...]

DTYPES: Final = (
    "bool", "int8", "int16", "int32", "int64",
    "uint8", "uint16", "uint32", "uint64", "float32", "float64",
)  # fmt: skip
"""The dtypes that may occur in a cluster, as numpy names them."""

REDUCTIONS: Final = {
    "sum": DTYPES[1:],
    "prod": DTYPES[1:],
    "max": DTYPES[1:],
    "min": DTYPES[1:],
    "mean": ("float32", "float64"),
    "any": ("bool",),
    "all": ("bool",),
}
"""How a store may reduce, and values of which dtypes."""


class Operand(NamedTuple):
    """An array in memory, or a part of one.

    Attributes:
        dtype: numpy's name of its type; bools are bytes of 0 or 1.
        shape: broadcasts to the cluster's shape by numpy's rules.
        strides: elements from neighbour to neighbour along each axis of a part; None
            for a whole array, C-contiguous. Along the last axis 1.
        offset: elements of the array before the first of the part.
    """

    dtype: str
    shape: Shape
    strides: tuple[int, ...] | None = None
    offset: int = 0


class Value(NamedTuple):
    """One operation on elements.

    Attributes:
        op: its name, a key of `operations.OPERATIONS`.
        args: what it takes: operands are numbered first, then values, in order.
        dtype: of the result.
        constant: the number that a "constant" is; the slope of a "leaky_relu".
    """

    op: str
    args: tuple[int, ...]
    dtype: str
    constant: float | int | bool | None = None


class Store(NamedTuple):
    """An output: a value, whole or reduced.

    Attributes:
        value: which one, numbered as `Value.args`; an operand may be stored, too.
        reduce: "" for the whole value, or a key of `REDUCTIONS`.
        axes: the axes of the cluster's shape to reduce, none of them twice.
        strides: of a value stored whole into a part of an array, as of an operand.
        offset: elements of the array before the first of the part.
    """

    value: int
    reduce: str = ""
    axes: tuple[int, ...] = ()
    strides: tuple[int, ...] | None = None
    offset: int = 0

    def shape(self, cluster: "Cluster") -> Shape:
        """The shape of the output, reduced axes gone."""
        dropped = self.axes if self.reduce else ()
        return tuple(d for axis, d in enumerate(cluster.shape) if axis not in dropped)


class Cluster(NamedTuple):
    """Operations on elements of one shape, with what they read and write.

    Attributes:
        shape: over which all values are computed.
        operands: what it reads, the inputs of the routine.
        values: in an order in which each comes after what it takes.
        stores: what it writes, the outputs of the routine.
    """

    shape: Shape
    operands: tuple[Operand, ...]
    values: tuple[Value, ...]
    stores: tuple[Store, ...]

    def dtype(self, number: int) -> str:
        """The dtype of an operand or value."""
        count = len(self.operands)
        if number < count:
            return self.operands[number].dtype
        return self.values[number - count].dtype


def broadcasts(shape: Shape, wanted: Shape) -> bool:
    """Whether an array of `shape` may be read as one of shape `wanted`."""
    if len(shape) > len(wanted):
        return False
    ends = zip(reversed(shape), reversed(wanted), strict=False)
    return all(have in (1, want) for have, want in ends)


def in_rows(shape: Shape, strides: tuple[int, ...] | None, whole: Shape) -> bool:
    """Whether neighbours in a row are neighbours in memory.

    Args:
        shape: of a part of an array.
        strides: of that part; None for an array of its own.
        whole: the shape of the cluster, to which `shape` broadcasts.
    """
    if strides is None:
        return True
    if len(strides) != len(shape) or any(stride < 0 for stride in strides):
        return False
    for place in range(1, len(shape) + 1):
        if whole[-place] != 1:
            return shape[-place] == 1 or strides[-place] == 1
    return True


def problem(cluster: Cluster) -> str:
    """Why a cluster is none, or "" if it is one. Operations are not looked at."""
    count = len(cluster.operands)
    for operand in cluster.operands:
        if operand.dtype not in DTYPES:
            return f"no operand may be of dtype {operand.dtype}"
        if not broadcasts(operand.shape, cluster.shape):
            return f"{operand.shape} does not broadcast to {cluster.shape}"
        if not in_rows(operand.shape, operand.strides, cluster.shape):
            return f"strides {operand.strides} do not fit {operand.shape}"
    for place, value in enumerate(cluster.values):
        if any(not 0 <= number < count + place for number in value.args):
            return f"value {count + place} takes one that does not come before it"
    for store in cluster.stores:
        if not 0 <= store.value < count + len(cluster.values):
            return f"there is no value {store.value} to store"
        if store.reduce and cluster.dtype(store.value) not in REDUCTIONS[store.reduce]:
            return f"no {store.reduce} of {cluster.dtype(store.value)}"
        if len(set(store.axes)) < len(store.axes) or any(
            not 0 <= axis < len(cluster.shape) for axis in store.axes
        ):
            return f"axes {store.axes} do not fit {cluster.shape}"
        if (store.reduce and store.strides) or not in_rows(
            cluster.shape, store.strides, cluster.shape
        ):
            return f"strides {store.strides} do not fit {cluster.shape}"
    return ""


def size(shape: Shape) -> int:
    """The number of elements."""
    return math.prod(shape)


def length(dtype: str) -> int:
    """The bytes of an element."""
    digits = "".join(character for character in dtype if character.isdigit())
    return int(digits) // 8 if digits else 1
