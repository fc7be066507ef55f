"""How a cluster's shape is walked over: few merged axes, cut into boxes.

    >>> operands = (Operand("float32", (64, 28, 28, 32)), Operand("float32", (32,)))
    >>> walk = walk_of((64, 28, 28, 32), operands, reduced=frozenset({0, 1, 2}))
    >>> [axis.size for axis in walk.axes]
    [50176, 32]

Axes of one element vanish, and neighbours that everything treats alike become one axis.
A box is a work unit: a range along each axis. Boxes depend on sizes alone, never on the
number of threads, so that sums are made in the same order wherever they are made.
Read next: `softmax.py`.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from interactive_graphs.kernels.native.clusters import Operand, Shape, Store


class Axis(NamedTuple):
    """One merged axis.

    Attributes:
        size: its length, at least 1.
        reduced: whether the stores reduce it.
        strides: for each operand the distance of neighbours, 0 if it is broadcast.
        stores: for each whole store the distance of neighbours.
        kept: the distance in the reduced result, 0 if this axis is reduced.
    """

    size: int
    reduced: bool
    strides: tuple[int, ...]
    stores: tuple[int, ...]
    kept: int

    def continues(self, inner: "Axis") -> bool:
        """Whether this axis and the next inner one are like one long axis."""
        if self.reduced != inner.reduced or self.kept != inner.kept * inner.size:
            return False
        mine, theirs = self.strides + self.stores, inner.strides + inner.stores
        pairs = zip(mine, theirs, strict=True)
        return all(outside == inside * inner.size for outside, inside in pairs)


class Walk(NamedTuple):
    """The axes of a cluster, from the outermost to the innermost; at least one."""

    axes: tuple[Axis, ...]

    @property
    def elements(self) -> int:
        """The number of elements."""
        return math.prod(axis.size for axis in self.axes)

    @property
    def kept(self) -> int:
        """The number of elements of the reduced result."""
        return math.prod(axis.size for axis in self.axes if not axis.reduced)


def walk_of(
    shape: Shape,
    operands: Sequence[Operand],
    reduced: frozenset[int],
    stores: Sequence[Store] = (),
) -> Walk:
    """Merges the axes of a cluster.

    Args:
        shape: of the cluster, without a 0.
        operands: what is read.
        reduced: the axes that its stores reduce.
        stores: what is stored whole.
    """
    read = [_strides(operand, shape) for operand in operands]
    full = contiguous(shape)
    written = [store.strides or full for store in stores]
    axes: list[Axis] = []
    kept = 1
    for number in reversed(range(len(shape))):
        size, is_reduced = shape[number], number in reduced
        if size == 1:
            continue
        axis = Axis(
            size,
            is_reduced,
            tuple(strides[number] for strides in read),
            tuple(strides[number] for strides in written),
            0 if is_reduced else kept,
        )
        kept *= 1 if is_reduced else size
        if axes and axis.continues(axes[-1]):
            inner = axes[-1]
            axes[-1] = inner._replace(size=inner.size * size)
        else:
            axes.append(axis)
    if not axes:
        axes.append(Axis(1, False, (0,) * len(read), (0,) * len(written), 1))
    return Walk(tuple(reversed(axes)))


def contiguous(shape: Shape) -> tuple[int, ...]:
    """The strides of an array without gaps."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def _strides(operand: Operand, shape: Shape) -> tuple[int, ...]:
    """Along each axis of the cluster's shape, 0 where the operand is broadcast."""
    own = operand.strides or contiguous(operand.shape)
    pairs = zip(operand.shape, own, strict=True)
    mine = tuple(stride if size != 1 else 0 for size, stride in pairs)
    return (0,) * (len(shape) - len(mine)) + mine


class Boxes(NamedTuple):
    """A walk cut into boxes.

    Attributes:
        walk: what is cut.
        lengths: of a box, along each axis; the last one may be shorter.
    """

    walk: Walk
    lengths: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of boxes along each axis."""
        pairs = zip(self.walk.axes, self.lengths, strict=True)
        return tuple(-(-axis.size // length) for axis, length in pairs)

    @property
    def units(self) -> int:
        """The number of boxes."""
        return math.prod(self.counts)

    @property
    def parts(self) -> int:
        """How many boxes contribute to one element of the reduced result."""
        pairs = zip(self.walk.axes, self.counts, strict=True)
        return math.prod(count for axis, count in pairs if axis.reduced)


def boxes_of(walk: Walk, elements: int, vector: int) -> Boxes:
    """Cuts a walk into boxes of about as many elements as wished.

    Axes that are kept are cut first, from the outermost on, for then each result is
    made in one box. The innermost axis is cut between vectors only.

    Args:
        walk: what to cut.
        elements: of a box.
        vector: elements of a vector.
    """
    lengths = [axis.size for axis in walk.axes]
    last = len(lengths) - 1
    order = [i for i, axis in enumerate(walk.axes) if not axis.reduced]
    order += [i for i, axis in enumerate(walk.axes) if axis.reduced]
    for number in order:
        volume = math.prod(lengths)
        if volume <= elements:
            break
        rest = volume // lengths[number]
        wished = max(1, elements // rest)
        if number == last:
            wished = max(vector, wished // vector * vector)
        lengths[number] = min(lengths[number], wished)
    return Boxes(walk, tuple(lengths))
