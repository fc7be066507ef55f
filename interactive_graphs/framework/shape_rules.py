"""Shape rules that many ops share: `shape(op) -> [static shape per output]`.

Static shapes are tuples of ints and Nones, or None (`tensor_shape.Shape`). A rule
raises ValueError with TF1's words; `Graph.add` appends the node and the shapes that
met. Read next: `../ops/shape.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from interactive_graphs.framework.constant_value import static_shape_value, static_value
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor_shape import Shape, broadcast, merge

Rule = Callable[[Operation], list[Shape]]


def same_as(index: int) -> Rule:
    """Every output has the shape of input `index`."""

    def rule(op: Operation) -> list[Shape]:
        return [op.inputs[index].static_shape] * len(op.outputs)

    return rule


def same(op: Operation) -> list[Shape]:
    """The one output has the shape of the first input."""
    return [op.inputs[0].static_shape]


def scalar(op: Operation) -> list[Shape]:
    """Every output is a scalar."""
    return [()] * len(op.outputs)


def unknown(op: Operation) -> list[Shape]:
    """Nothing is known."""
    return [None] * len(op.outputs)


def broadcasting(op: Operation) -> list[Shape]:
    """The output is the two inputs' shapes broadcast together."""
    x, y = op.inputs[0].static_shape, op.inputs[1].static_shape
    if x == y and x is not None and None not in x:
        return [x]
    if not x and x is not None:
        return [y]
    if not y and y is not None:
        return [x]
    return [broadcast(x, y)]


def merged(op: Operation) -> list[Shape]:
    """All inputs have one shape, which is the output's."""
    shape: Shape = None
    for tensor in op.inputs:
        shape = merge(shape, tensor.static_shape)
    return [shape]


def from_attr(name: str) -> Rule:
    """The output's shape is an attribute."""

    def rule(op: Operation) -> list[Shape]:
        shape: Shape = op.attrs[name]
        return [shape] * len(op.outputs)

    return rule


def from_shape_input(index: int) -> Rule:
    """The output's shape is what input `index` (a vector of ints) spells."""

    def rule(op: Operation) -> list[Shape]:
        return [static_shape_value(op.inputs[index])]

    return rule


def reduction(op: Operation) -> list[Shape]:
    """A reduction over the axes in input 1, with the attribute keep_dims."""
    shape = op.inputs[0].static_shape
    axes = static_value(op.inputs[1])
    keep = op.attrs.get("keep_dims", False)
    if shape is None:
        return [None]
    if axes is None:
        return [(None,) * len(shape) if keep else None]
    reduced = set()
    rank = len(shape)
    for axis in axes.reshape(-1).tolist():
        if not -rank <= axis < rank:
            raise ValueError(
                f"Invalid reduction dimension {axis} for input with {rank} dimensions."
            )
        reduced.add(axis % rank)
    if keep:
        return [tuple(1 if i in reduced else d for i, d in enumerate(shape))]
    return [tuple(d for i, d in enumerate(shape) if i not in reduced)]


def with_rank(shape: Shape, rank: int) -> Shape:
    """`shape`, held to `rank`; all unknown dimensions when its rank is unknown.

    Raises:
        ValueError: it has another rank.
    """
    if shape is None:
        return (None,) * rank
    if len(shape) != rank:
        raise ValueError(f"Shape must be rank {rank} but is rank {len(shape)}")
    return shape


def at_least_rank(shape: Shape, rank: int) -> Shape:
    """`shape`, held to at least `rank` dimensions when its rank is known.

    Raises:
        ValueError: it has fewer.
    """
    if shape is not None and len(shape) < rank:
        raise ValueError(f"Shape must be at least rank {rank} but is rank {len(shape)}")
    return shape


def merge_dims(a: int | None, b: int | None) -> int | None:
    """Two dimensions that must be equal.

    Raises:
        ValueError: they are known and differ.
    """
    if a is None:
        return b
    if b is None or a == b:
        return a
    raise ValueError(f"Dimensions must be equal, but are {a} and {b}")


def normal_axis(axis: int, rank: int) -> int:
    """`axis` counted from the front.

    Raises:
        ValueError: it is out of range.
    """
    if not -rank <= axis < rank:
        raise ValueError(f"axis = {axis} not in [{-rank}, {rank})")
    return axis % rank
