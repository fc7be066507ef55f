"""One pass over a cluster: the loops of a kernel, around the values.

Each work unit is a box. Its kept axes are the outer loops, its reduced axes the inner
ones, so that what is summed stays in registers; the innermost axis in memory is gone
through by vectors wherever it comes in that order. What is left of that axis, less
than a vector, is a shorter vector of which some lanes are masked.
Read next: `values.py`.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from interactive_graphs.kernels.native.boxes import Boxes
from interactive_graphs.kernels.native.clusters import Cluster, Store
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.reduce import (
    RUN,
    combine,
    fold,
    identity,
    padded,
    run_loop,
)
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.values import Names, Values

_IN_FLIGHT: Final = 4
"""Vectors computed side by side: in a chain each operation waits four cycles."""


class Output(NamedTuple):
    """What a pass stores.

    Attributes:
        store: the value, and how it is reduced.
        divisor: what to divide a sum by in the end, 1 for nothing.
    """

    store: Store
    divisor: int = 1


class Span(NamedTuple):
    """The lanes at work: the first `used` of `width`."""

    width: int
    used: int


def vector_of(target: Target, dtypes: Sequence[str], alive: int, size: int) -> int:
    """How many elements to compute side by side.

    Args:
        target: the processor.
        dtypes: of all values; the widest one fills a register.
        alive: how many values are in registers at a time, about.
        size: of the innermost axis.
    """
    width = min(target.lanes(dtype) for dtype in dtypes)
    several = _IN_FLIGHT
    while several > 1 and (
        several * (alive + 3) > target.registers or several * width > size
    ):
        several //= 2
    return width * several


def power_of_two(count: int) -> int:
    """The smallest power of two that is not below."""
    return 1 << (count - 1).bit_length()


class Nest:
    """Writes the kernel of a pass.

    Its arguments are the cluster's operands, then the outputs.
    """

    def __init__(
        self,
        target: Target,
        cluster: Cluster,
        outputs: Sequence[Output],
        boxes: Boxes,
        vector: int,
    ) -> None:
        """Plans the loops.

        Args:
            target: the processor.
            cluster: what to compute.
            outputs: what to store; all that reduce reduce the same axes.
            boxes: the work units. A box goes over whole vectors, or to the end.
            vector: elements to compute side by side.
        """
        self._f = Function(target, len(cluster.operands) + len(outputs))
        self._operands = len(cluster.operands)
        self._offsets = [operand.offset for operand in cluster.operands]
        self._outputs = outputs
        self._boxes = boxes
        self._axes = boxes.walk.axes
        self._inner = len(self._axes) - 1
        self._order = [i for i, axis in enumerate(self._axes) if not axis.reduced]
        self._kept = len(self._order)
        self._order += [i for i, axis in enumerate(self._axes) if axis.reduced]
        size = self._axes[-1].size
        full = vector if size >= vector else power_of_two(size)
        self._vector = Span(full, full)
        self._rest = Span(power_of_two(max(1, size % full)), size % full)
        self._sums = [
            place for place, output in enumerate(outputs) if output.store.reduce
        ]
        self._values = Values(
            self._f,
            cluster,
            [output.store.value for output in outputs],
            [self._operand_level(number) for number in range(self._operands)],
            [self._axes[-1].strides[n] != 0 for n in range(self._operands)],
        )
        # Where the unit at hand is: of each axis the box, its first and last element.
        self._box: list[str] = []
        self._begin: list[str] = []
        self._end: list[str] = []

    def _operand_level(self, number: int) -> int:
        """The number of loops around the load of an operand."""
        places = [
            place + 1
            for place, axis in enumerate(self._order)
            if self._axes[axis].strides[number]
        ]
        return max(places, default=0)

    def text(self) -> str:
        """Writes all; returns the module."""
        names: Names = {}
        self._compute(0, {}, names, None)

        def unit(number: str, _: list[str]) -> None:
            self._enter_box(number)
            self._kept_loops(0, {}, dict(names), None)

        self._f.loop(self._f.begin, self._f.end, unit)
        return self._f.text()

    # -- loops -------------------------------------------------------------------------

    def _enter_box(self, unit: str) -> None:
        f = self._f
        self._box, self._begin, self._end = [], [], []
        below = self._boxes.units
        for axis, length, count in zip(
            self._axes, self._boxes.lengths, self._boxes.counts, strict=True
        ):
            below //= count
            place = f.remainder(f.divide(unit, below), count) if count > 1 else "0"
            begin = f.multiply(place, length)
            end = f.add(begin, length)
            self._box.append(place)
            self._begin.append(begin)
            self._end.append(
                end if axis.size % length == 0 else f.smaller(end, axis.size)
            )

    def _kept_loops(
        self, level: int, index: dict[int, Index], names: Names, span: Span | None
    ) -> None:
        """Writes the loops over the kept axes from the `level`th one on.

        Args:
            level: how many loops there are around.
            index: of the axes of those.
            names: of the values computed there.
            span: the lanes; None until the innermost axis in memory is entered.
        """
        if level == self._kept:
            sums = self._reduced_loops(level, index, names, span)
            self._finish(index, span, sums)
            return
        axis = self._order[level]

        def enter(place: Index, lanes: Span | None) -> None:
            inside, known = {**index, axis: place}, dict(names)
            self._compute(level + 1, inside, known, lanes)
            self._kept_loops(level + 1, inside, known, lanes)

        if axis != self._inner:
            self._f.loop(
                self._begin[axis], self._end[axis], lambda i, _: enter(i, span)
            )
            return
        self._f.loop(
            self._begin[axis],
            self._last_vector(),
            lambda i, _: enter(i, self._vector),
            step=self._vector.width,
        )
        if self._rest.used:
            self._at_the_end(lambda: enter(self._rest_place, self._rest))

    def _reduced_loops(
        self, level: int, index: dict[int, Index], names: Names, span: Span | None
    ) -> list[str]:
        """Writes the loops over the reduced axes; returns what they add up to."""
        if level == len(self._order):
            assert span is not None
            return self._innermost(index, names, span)
        axis = self._order[level]

        def enter(place: Index, lanes: Span | None) -> list[str]:
            inside, known = {**index, axis: place}, dict(names)
            self._compute(level + 1, inside, known, lanes)
            return self._reduced_loops(level + 1, inside, known, lanes)

        if axis != self._inner:
            width = (span or self._sum_span).width
            begin, end = self._begin[axis], self._end[axis]
            return self._add_up(axis, begin, end, 1, width, lambda i: enter(i, span))
        vector = self._vector
        if vector.width > self._axes[axis].size:  # there is nothing but the rest
            return self._padded(enter(self._rest_place, self._rest))
        sums = self._add_up(
            axis,
            self._begin[axis],
            self._last_vector(),
            vector.width,
            vector.width,
            lambda i: enter(i, vector),
        )
        if not self._rest.used:
            return sums

        def with_rest() -> list[str]:
            rest = self._padded(enter(self._rest_place, self._rest))
            return self._combine(vector.width, sums, rest)

        return self._at_the_end(with_rest, sums)

    def _add_up(
        self,
        axis: int,
        begin: str,
        end: str,
        step: int,
        width: int,
        turn: Callable[[str], list[str]],
    ) -> list[str]:
        lanes = [self._lanes(place, width) for place in self._sums]
        kinds = [self._outputs[place].store.reduce for place in self._sums]
        first = [
            (v.type, v.constant(identity(kind, v.dtype)))
            for v, kind in zip(lanes, kinds, strict=True)
        ]
        trips = -(-self._boxes.lengths[axis] // step)
        if not any(v.is_float for v in lanes) or not {*kinds} - {"max", "min"}:
            trips = min(trips, RUN)  # in any order the same
        return run_loop(
            self._f,
            begin,
            end,
            step,
            trips,
            first,
            lambda i, sums: self._combine(width, sums, turn(i)),
            lambda sums, more: self._combine(width, sums, more),
        )

    def _combine(self, width: int, sums: list[str], more: list[str]) -> list[str]:
        triples = zip(self._sums, sums, more, strict=True)
        return [
            combine(self._outputs[place].store.reduce, self._lanes(place, width), a, b)
            for place, a, b in triples
        ]

    def _padded(self, sums: list[str]) -> list[str]:
        """Sums of the rest, as wide as those of vectors, other lanes neutral."""
        return [
            padded(
                self._outputs[place].store.reduce,
                self._lanes(place, self._rest.width),
                value,
                self._rest.used,
                self._sum_span.width,
            )
            for place, value in zip(self._sums, sums, strict=True)
        ]

    # -- the innermost axis in memory --------------------------------------------------

    @property
    def _sum_span(self) -> Span:
        """The lanes of sums over that axis."""
        return self._rest if self._vector.width > self._axes[-1].size else self._vector

    @property
    def _rest_place(self) -> str:
        return str(self._axes[-1].size - self._rest.used)

    def _last_vector(self) -> str:
        """Where the vectors of the box end."""
        stop = self._axes[-1].size - self._rest.used
        if self._boxes.counts[-1] == 1:
            return str(stop)
        end = self._f.add(self._begin[-1], self._boxes.lengths[-1])
        return self._f.smaller(end, stop)

    def _at_the_end(
        self, body: Callable[[], list[str] | None], otherwise: Sequence[str] = ()
    ) -> list[str]:
        """Writes the body for the boxes that reach the end of the innermost axis."""
        last = self._boxes.counts[-1] - 1
        if not last:
            return body() or []
        is_last = self._f.value(f"icmp eq i64 {self._box[-1]}, {last}")
        types = [self._lanes(place, self._vector.width).type for place in self._sums]
        if not otherwise:
            return self._f.when(is_last, body)
        return self._f.when(is_last, body, lambda: otherwise, types)

    # -- values ------------------------------------------------------------------------

    def _lanes(self, place: int, width: int) -> Lanes:
        """The lanes of an output."""
        dtype = self._values.dtype(self._outputs[place].store.value)
        return self._values.lanes(dtype, width)

    def _compute(
        self, level: int, index: dict[int, Index], names: Names, span: Span | None
    ) -> None:
        spans = [self._vector, self._rest] if span is None else [span]

        def load(number: int, width: int) -> str:
            terms = [(i, self._axes[axis].strides[number]) for axis, i in index.items()]
            v = self._values.lanes(self._values.dtype(number), width)
            place = self._f.index(terms, self._offsets[number])
            address = self._f.address(self._f.arguments[number], place, v.dtype)
            is_short = span is not None and number not in self._values.same
            return v.load(address, self._mask(v, span) if is_short else None)

        widths = sorted({other.width for other in spans})
        self._values.compute(level, names, widths, load)

    def _mask(self, v: Lanes, span: Span | None) -> str | None:
        if span is None or span.used == span.width:
            return None
        return v.first(span.used)

    def _innermost(
        self, index: dict[int, Index], names: Names, span: Span
    ) -> list[str]:
        """Stores what is stored whole; returns what is to be added up."""
        sums = []
        whole = 0
        for place, output in enumerate(self._outputs):
            v = self._lanes(place, span.width)
            value = self._values.name(output.store.value, span.width, names)
            if v.dtype == "bool":
                value = v.from_mask(value)
            if output.store.reduce:
                sums.append(value)
            else:
                terms = [(i, self._axes[a].stores[whole]) for a, i in index.items()]
                where = self._f.index(terms, output.store.offset)
                self._store(place, v, value, where, span)
                whole += 1
        return sums

    def _finish(
        self, index: dict[int, Index], span: Span | None, sums: list[str]
    ) -> None:
        """Stores what has been added up."""
        terms = [(i, self._axes[axis].kept) for axis, i in index.items()]
        if self._boxes.parts > 1:
            part: Index = 0
            for axis, count, box in zip(
                self._axes, self._boxes.counts, self._box, strict=True
            ):
                if axis.reduced:
                    part = self._f.add(self._f.multiply(part, count), box)
            terms.append((part, self._boxes.walk.kept))
        for place, value in zip(self._sums, sums, strict=True):
            output = self._outputs[place]
            across = self._axes[-1].reduced
            v = self._lanes(place, (span or self._sum_span).width)
            if across:
                value = fold(output.store.reduce, v, value)
                v = v.of_width(1)
            if output.divisor != 1:
                value = v.div(value, v.constant(output.divisor))
            lanes = None if across else span
            self._store(place, v, value, self._f.index(terms), lanes)

    def _store(
        self, place: int, v: Lanes, value: str, index: Index, span: Span | None
    ) -> None:
        pointer = self._f.arguments[self._operands + place]
        v.store(value, self._f.address(pointer, index, v.dtype), self._mask(v, span))
