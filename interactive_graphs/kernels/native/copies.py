"""Copies between arrays whose elements lie at regular distances, as native kernels.

Transposition, slices, concatenation, padding: they all move elements from steps of one
array to steps of another. A `Copy` says that as data; `copy_kernel` merges dimensions
that belong together and chooses how the innermost ones are moved: as runs, as runs
backwards, as one element repeated, as blocks turned in registers, or one by one.
Elements are moved as bits, so a dtype is only a size. Read next: `movement.py`, which
says each operation as copies.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from interactive_graphs.kernels.native.blocks import transposed
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel
from interactive_graphs.kernels.native.target import Target

Shape = tuple[int, ...]

CHUNK: Final = 1 << 14
"""Elements of a longer run that make a unit of work."""

GROUP: Final = 4
"""Blocks that are turned side by side."""

WANTED_UNITS: Final = 64
"""Outer dimensions are spread over units until there are so many."""


class Copy(NamedTuple):
    """Elements of one array that go to places of another.

    Attributes:
        shape: how many elements along each dimension.
        source: number of the kernel's argument they come from; None for a constant.
        source_start: the first one, in elements from the array's begin.
        source_strides: elements to the next one along each dimension; 0 repeats.
        target: number of the argument they go to.
        target_start: likewise.
        target_strides: likewise; no place is written twice.
        bits: what is stored where there is no source, as an integer of the size.
    """

    shape: Shape
    source: int | None
    source_start: int
    source_strides: Shape
    target: int
    target_start: int
    target_strides: Shape
    bits: int = 0


class Axis(NamedTuple):
    """A dimension of a copy: its size, and the steps in source and target."""

    size: int
    source: int
    target: int


def size_of(dtype: str) -> int:
    """Bytes of an element."""
    return 2 if dtype == "bfloat16" else np.dtype(dtype).itemsize


def strides_of(shape: Shape) -> Shape:
    """The elements from one index to the next along each dimension, in C order."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def copy_kernel(
    name: str, copies: Sequence[Copy], size: int, arguments: int, target: Target
) -> Kernel:
    """Returns the kernel of some copies, which may run in any order.

    Args:
        name: readable.
        copies: none of them writes where another one does.
        size: bytes of an element: 1, 2, 4, 8 or 16.
        arguments: how many arrays there are.
        target: the processor.
    """
    f = Function(target, arguments)
    if size == 16:
        copies, size = [half for copy in copies for half in _in_halves(copy)], 8
    pieces = [piece for copy in copies for piece in _pieces(copy)]
    first = 0
    cost = 0.0
    for copy, axes in pieces:
        writer = _CopyWriter(f, copy, axes, size)
        begin = f.larger(f.subtract(f.begin, first), 0)
        end = f.smaller(f.subtract(f.end, first), writer.units)
        f.loop(begin, end, writer.unit)
        first += writer.units
        cost += writer.cost
    return Kernel(name, f.text(), first, cost)


def _in_halves(copy: Copy) -> list[Copy]:
    """The same copy of elements of half the size."""
    wide = copy._replace(
        source_start=2 * copy.source_start,
        source_strides=tuple(2 * step for step in copy.source_strides),
        target_start=2 * copy.target_start,
        target_strides=tuple(2 * step for step in copy.target_strides),
    )
    if copy.source is None:
        high = wide._replace(target_start=wide.target_start + 1, bits=copy.bits >> 64)
        return [wide, high]
    both = wide._replace(
        shape=(*wide.shape, 2),
        source_strides=(*wide.source_strides, 1),
        target_strides=(*wide.target_strides, 1),
    )
    return [both]


def _pieces(copy: Copy) -> list[tuple[Copy, list[Axis]]]:
    """The copy with its merged axes, outermost first; a long run in two parts."""
    if 0 in copy.shape:
        return []
    axes = _merged(copy)
    inner = axes[-1]
    outer = math.prod(axis.size for axis in axes[:-1])
    if inner.size < 2 * CHUNK or outer >= WANTED_UNITS:
        return [(copy, axes)]
    count, left = divmod(inner.size, CHUNK)
    whole = count * CHUNK
    chunks = Axis(count, CHUNK * inner.source, CHUNK * inner.target)
    parts = [(copy, [*axes[:-1], chunks, inner._replace(size=CHUNK)])]
    if left:
        rest = copy._replace(
            source_start=copy.source_start + whole * inner.source,
            target_start=copy.target_start + whole * inner.target,
        )
        parts.append((rest, [*axes[:-1], inner._replace(size=left)]))
    return parts


def _merged(copy: Copy) -> list[Axis]:
    """The axes by falling step in the target, joined where they continue each other."""
    axes = [
        Axis(*axis)
        for axis in zip(
            copy.shape, copy.source_strides, copy.target_strides, strict=True
        )
        if axis[0] > 1
    ]
    axes.sort(key=lambda axis: -abs(axis.target))
    merged: list[Axis] = []
    for axis in axes:
        outer = merged[-1] if merged else None
        if (
            outer
            and outer.source == axis.size * axis.source
            and outer.target == axis.size * axis.target
        ):
            merged[-1] = axis._replace(size=outer.size * axis.size)
        else:
            merged.append(axis)
    return merged or [Axis(1, 1, 1)]


class _CopyWriter:
    """Writes one copy.

    Attributes:
        units: into how many units it is cut.
        cost: nanoseconds for all of them.
    """

    def __init__(self, f: Function, copy: Copy, axes: list[Axis], size: int) -> None:
        self.f = f
        self.copy = copy
        self.dtype = f"int{8 * size}"
        width = f.target.lanes(self.dtype)
        elements = math.prod(axis.size for axis in axes)
        self.across = self._across(axes, min(width, 16))
        if self.across is None:
            *outer, self.inner = axes
            self.lanes = Lanes(f, self.dtype, width)
            is_run = self.inner.target == 1 and self.inner.source in (0, 1, -1)
            self.cost = elements * (0.1 * size if is_run else 1.0)
        else:
            self.inner = axes[-1]
            outer = [axis for axis in axes[:-1] if axis != self.across]
            self.lanes = Lanes(f, self.dtype, min(width, 16))
            # Groups of blocks along the axis that lies together in the source are
            # units, too: some lines of the cache are read while they are there.
            group = GROUP * self.lanes.width
            self.blocks = Axis(
                -(-self.across.size // group),
                group * self.across.source,
                group * self.across.target,
            )
            outer.append(self.blocks)
            self.cost = 0.3 * size * elements
        split = next(
            (i for i in range(len(outer) + 1) if _count(outer[:i]) >= WANTED_UNITS),
            len(outer),
        )
        self.spread, self.nested = outer[:split], outer[split:]
        self.units = _count(self.spread)

    @staticmethod
    def _across(axes: list[Axis], width: int) -> Axis | None:
        """The axis that lies together in the source, if blocks are to be turned."""
        inner = axes[-1]
        if inner.target != 1 or inner.source in (0, 1, -1) or inner.size < 2:
            return None
        found = [axis for axis in axes[:-1] if axis.source == 1]
        if not found or width < 4 or min(found[0].size, inner.size) < 3:
            return None
        return found[0]

    # -- loops over outer axes -------------------------------------------------------

    def unit(self, unit: str, _: Sequence[str]) -> None:
        """Writes the work of the unit of that number."""
        f = self.f
        source: list[tuple[Index, int]] = []
        target: list[tuple[Index, int]] = []
        below = 1
        block: Index = 0
        for place, axis in enumerate(reversed(self.spread)):
            index: Index = f.divide(unit, below)
            if place < len(self.spread) - 1:
                index = f.remainder(index, axis.size)
            below *= axis.size
            source.append((index, axis.source))
            target.append((index, axis.target))
            if self.across and axis is self.blocks:
                block = index
        self._nest(self.nested, source, target, block)

    def _nest(
        self,
        axes: Sequence[Axis],
        source: list[tuple[Index, int]],
        target: list[tuple[Index, int]],
        block: Index,
    ) -> None:
        """Writes loops over axes, and in them the innermost part."""
        if not axes:
            self._innermost(source, target, block)
            return
        axis, *rest = axes

        def body(index: Index, _: Sequence[str]) -> None:
            here = index if self.across and axis is self.blocks else block
            self._nest(
                rest,
                [*source, (index, axis.source)],
                [*target, (index, axis.target)],
                here,
            )

        self.f.loop(0, axis.size, body)

    def _innermost(
        self,
        source: list[tuple[Index, int]],
        target: list[tuple[Index, int]],
        block: Index,
    ) -> None:
        f, copy = self.f, self.copy
        to = f.address(
            f.arguments[copy.target], f.index(target, copy.target_start), self.dtype
        )
        if copy.source is None:
            self._fill(str(_signed(copy.bits, self.lanes.bits)), to)
            return
        start = f.address(
            f.arguments[copy.source], f.index(source, copy.source_start), self.dtype
        )
        if self.across:
            self._turn(start, to, block)
        elif self.inner.target == 1 and self.inner.source == 1:
            self._runs(lambda v, at: v.load(f.address(start, at, self.dtype)), to)
        elif self.inner.source == 0:
            self._fill(self.lanes.of_width(1).load(start), to)
        elif self.inner.target == 1 and self.inner.source == -1:
            self._runs(lambda v, at: _backwards(v, start, at), to)
        else:
            self._one_by_one(start, to)

    # -- innermost axes ----------------------------------------------------------------

    def _runs(self, load: Callable[[Lanes, Index], str], to: str) -> None:
        """Writes a run by vectors, then by ever shorter ones."""
        f, count, v = self.f, self.inner.size, self.lanes

        def move(some: Lanes, at: Index) -> None:
            some.store(load(some, at), f.address(to, at, self.dtype))

        whole = count - count % v.width
        f.loop(0, whole, lambda at, _: move(v, at), step=v.width)
        width, place = v.width // 2, whole
        while place < count:
            if place + width <= count:
                move(v.of_width(width), place)
                place += width
            width //= 2

    def _fill(self, scalar: str, to: str) -> None:
        """Writes one element to all places."""
        if self.inner.target == 1:
            self._runs(lambda v, _: v.splat(scalar), to)
            return
        f, one = self.f, self.lanes.of_width(1)

        def body(index: Index, _: Sequence[str]) -> None:
            at = f.multiply(index, self.inner.target)
            one.store(scalar, f.address(to, at, self.dtype))

        f.loop(0, self.inner.size, body)

    def _one_by_one(self, start: str, to: str) -> None:
        f, one = self.f, self.lanes.of_width(1)

        def body(index: Index, _: Sequence[str]) -> None:
            at = f.multiply(index, self.inner.source)
            goal = f.multiply(index, self.inner.target)
            value = one.load(f.address(start, at, self.dtype))
            one.store(value, f.address(to, goal, self.dtype))

        f.loop(0, self.inner.size, body)

    def _turn(self, start: str, to: str, group: Index) -> None:
        """Writes a group of blocks: `across` in vectors of the source, turned."""
        f, width, inner = self.f, self.lanes.width, self.inner
        assert self.across is not None
        across = self.across
        full, left = divmod(across.size, width)
        first = f.multiply(group, GROUP)
        count = f.smaller(f.subtract(full, first), GROUP)
        is_last = f.value(f"icmp eq i64 {group}, {self.blocks.size - 1}")

        def blocks(at: Index, _: Sequence[str] = (), columns: int = width) -> None:
            source = f.address(start, f.multiply(at, inner.source), self.dtype)
            goal = f.address(to, at, self.dtype)

            def block(number: Index, _: Sequence[str] = (), rows: int = width) -> None:
                step = f.multiply(number, width * across.source)
                goal_step = f.multiply(number, width * across.target)
                self._block(
                    f.address(source, step, self.dtype),
                    f.address(goal, goal_step, self.dtype),
                    rows,
                    columns,
                )

            f.loop(0, count, block)
            if left:
                f.when(is_last, lambda: block(f.subtract(full, first), (), left))

        whole = inner.size - inner.size % width
        f.loop(0, whole, blocks, step=width)
        if inner.size > whole:
            blocks(whole, (), inner.size - whole)

    def _block(self, start: str, to: str, rows: int, columns: int) -> None:
        """Writes one block: `columns` vectors of `rows` elements become the reverse."""
        f, v = self.f, self.lanes
        assert self.across is not None
        load_mask = None if rows == v.width else v.first(rows)
        store_mask = None if columns == v.width else v.first(columns)
        vectors = [
            v.load(f.address(start, place * self.inner.source, v.dtype), load_mask)
            for place in range(columns)
        ]
        vectors += [v.constant(0)] * (v.width - columns)
        for place, row in enumerate(transposed(v, vectors)[:rows]):
            goal = f.address(to, place * self.across.target, v.dtype)
            v.store(row, goal, store_mask)


def _count(axes: Sequence[Axis]) -> int:
    return math.prod(axis.size for axis in axes)


def _backwards(v: Lanes, start: str, at: Index) -> str:
    """Loads a vector that runs backwards from the element `at` steps before `start`."""
    f = v.function
    first = f.subtract(f.subtract(0, at), v.width - 1)
    value = v.load(f.address(start, first, v.dtype))
    return v.shuffle(value, "poison", range(v.width - 1, -1, -1))


def _signed(bits: int, width: int) -> int:
    """A number of that many bits, read as signed."""
    bits &= (1 << width) - 1
    return bits - (1 << width) if bits >> (width - 1) else bits
