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

from interactive_graphs.kernels.native.clusters import Operand, Shape


class Axis(NamedTuple):
    """One merged axis.

    Attributes:
        size: its length, at least 1.
        reduced: whether the stores reduce it.
        strides: for each operand the distance of neighbours, 0 if it is broadcast.
        whole: the distance in an array of the cluster's shape.
        kept: the distance in the reduced result, 0 if this axis is reduced.
    """

    size: int
    reduced: bool
    strides: tuple[int, ...]
    whole: int
    kept: int

    def continues(self, inner: "Axis") -> bool:
        """Whether this axis and the next inner one are like one long axis."""
        if self.reduced != inner.reduced or self.kept != inner.kept * inner.size:
            return False
        pairs = zip(self.strides, inner.strides, strict=True)
        return all(mine == theirs * inner.size for mine, theirs in pairs)


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


def walk_of(shape: Shape, operands: Sequence[Operand], reduced: frozenset[int]) -> Walk:
    """Merges the axes of a cluster.

    Args:
        shape: of the cluster, without a 0.
        operands: what is read.
        reduced: the axes that its stores reduce.
    """
    axes: list[Axis] = []
    strides = [1] * len(operands)
    whole, kept = 1, 1
    for place in range(1, len(shape) + 1):
        number = len(shape) - place
        size = shape[number]
        here = []
        for which, operand in enumerate(operands):
            varies = place <= len(operand.shape) and operand.shape[-place] != 1
            here.append(strides[which] if varies else 0)
            strides[which] *= size if varies else 1
        is_reduced = number in reduced
        axis = Axis(size, is_reduced, tuple(here), whole, 0 if is_reduced else kept)
        whole *= size
        kept *= 1 if is_reduced else size
        if size == 1:
            continue
        if axes and axis.continues(axes[-1]):
            inner = axes[-1]
            axes[-1] = inner._replace(size=inner.size * size)
        else:
            axes.append(axis)
    if not axes:
        axes.append(Axis(1, False, (0,) * len(operands), 1, 1))
    return Walk(tuple(reversed(axes)))


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
