"""Rows by index as native routines: reading them, and which index it is as a vector.

    routine = gather(1, 1, 50000, 128, 128, "int32", "float32", detect())

Indices are looked at first. A routine that refuses some has a last output, `status`, an
int64: 0, or the place of the first index that is out of range, plus one. Then nothing
else has been stored, and the kernel in Python can be run for the words of the error.
Read next: `row_updates.py`, which writes rows.
"""

from collections.abc import Callable, Sequence

import numpy as np

from interactive_graphs.kernels.native.copies import size_of
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target


def check_kernel(
    count: int,
    limit: int,
    indices: str,
    target: Target,
    may_be_negative: bool = False,
) -> Kernel:
    """Returns the kernel of the check: takes `[count]` indices and the status.

    Args:
        count: how many indices there are.
        limit: they must be in `[0, limit)`.
        indices: their dtype.
        target: the processor.
        may_be_negative: whether they need only be below the limit.
    """
    f = Function(target, 2)
    source, status = f.arguments
    # A limit that the dtype cannot hold forbids nothing.
    largest = np.iinfo(indices).max

    def is_bad(v: Lanes, at: Index) -> str:
        index = v.load(f.address(source, at, indices))
        above = v.compare("gt", index, v.constant(min(limit - 1, largest)))
        if may_be_negative or not v.is_signed:
            return above
        return v.mask_or(v.compare("lt", index, v.constant(0)), above)

    def any_bad(at: str, carried: Sequence[str]) -> list[str]:
        return [f.value(f"or i1 {carried[0]}, {wide.any(is_bad(wide, at))}")]

    def first_bad(at: str, carried: Sequence[str]) -> list[str]:
        # From the end to the beginning, so that the first one is what stays.
        place = f.subtract(count - 1, at)
        bad = is_bad(wide.of_width(1), place)
        return [one.select(bad, f.add(place, 1), carried[0])]

    one = Lanes(f, "int64", 1)
    wide = Lanes(f, indices, target.lanes(indices))
    whole = count - count % wide.width
    (bad,) = f.loop(0, whole, any_bad, [("i1", "false")], step=wide.width)
    for left in range(whole, count):
        bad = f.value(f"or i1 {bad}, {is_bad(wide.of_width(1), left)}")
    (place,) = f.when(
        bad,
        lambda: f.loop(0, count, first_bad, [("i64", "0")]),
        lambda: ["0"],
        ["i64"],
    )
    one.store(place, status)
    return Kernel(f"check_{count}_below_{limit}", f.text(), 1, 20.0 + 0.2 * count)


def when_all_right(
    f: Function, status: str, write: Callable[[], Sequence[str]]
) -> None:
    """Writes what is done only if the status is 0."""
    found = f.value(f"load i64, ptr {status}, align 8")
    f.when(f.value(f"icmp eq i64 {found}, 0"), write)


def load_index(f: Function, indices: str, at: Index, dtype: str) -> str:
    """Loads an index as an i64."""
    v = Lanes(f, dtype, 1)
    return v.convert(v.load(f.address(indices, at, dtype)), Lanes(f, "int64", 1))


def runs(lanes: Lanes, count: int, write: Callable[[Lanes, Index], None]) -> None:
    """Writes what is done to `count` elements, by vectors, then by shorter ones."""
    whole = count - count % lanes.width
    lanes.function.loop(0, whole, lambda i, _: write(lanes, i), step=lanes.width)
    place, width = whole, lanes.width // 2
    while place < count:
        if place + width <= count:
            write(lanes.of_width(width), place)
            place += width
        width //= 2


def gather(
    batch: int,
    outer: int,
    rows: int,
    width: int,
    count: int,
    indices: str,
    dtype: str,
    target: Target,
) -> Routine:
    """`out[b, o, i] = params[b, o, indices[b, i]]`, and the status.

    Args:
        batch: of params `[batch, outer, rows, width]` and indices `[batch, count]`.
        outer: what lies before the axis.
        rows: size of the axis; indices must be in `[0, rows)`.
        width: what lies behind the axis.
        count: indices for each of the batch.
        indices: their dtype.
        dtype: of the elements.
        target: the processor.
    """
    f = Function(target, 4)
    params, chosen, out, status = f.arguments
    size = size_of(dtype)
    part, each = (f"int{8 * size}", width) if size <= 8 else ("int64", 2 * width)
    lanes = Lanes(f, part, target.lanes(part))

    def row(unit: str, _: Sequence[str]) -> None:
        place, rest = f.remainder(unit, count), f.divide(unit, count)
        number = f.divide(rest, outer)
        index = load_index(f, chosen, f.index([(number, count), (place, 1)]), indices)
        at = f.index([(rest, rows * each), (index, each)])
        source = f.address(params, at, part)
        to = f.address(out, f.multiply(unit, each), part)

        def move(v: Lanes, at: Index) -> None:
            v.store(v.load(f.address(source, at, part)), f.address(to, at, part))

        runs(lanes, each, move)

    when_all_right(f, status, lambda: f.loop(f.begin, f.end, row))
    units = batch * outer * count
    check = check_kernel(batch * count, rows, indices, target)
    if units * width == 0:
        return Routine((check,), ((1, 3),))
    cost = units * (2.0 + 0.05 * size * width)
    kernel = Kernel(f"gather_{count}_of_{rows}x{width}", f.text(), units, cost)
    return Routine((check, kernel), ((1, 3), (0, 1, 2, 3)))


def one_hot(
    outer: int,
    depth: int,
    inner: int,
    indices: str,
    dtype: str,
    target: Target,
) -> Routine:
    """`out[o, d, i]` is `on` where `indices[o, i] == d`, else `off`.

    Its inputs are the indices and the scalars on and off. Indices out of range are off
    everywhere.

    Args:
        outer: indices before the new axis.
        depth: size of the new axis.
        inner: indices behind the new axis.
        indices: their dtype.
        dtype: of the output.
        target: the processor.
    """
    if outer * depth * inner == 0:
        return Routine((), ())
    f = Function(target, 4)
    writer = _OneHot(f, (depth, inner), indices, dtype)
    f.loop(f.begin, f.end, writer.across if inner > 1 else writer.along_depth)
    units = outer * (depth if inner > 1 else 1)
    cost = units * 2.0 + 0.03 * size_of(dtype) * outer * depth * inner
    kernel = Kernel(f"one_hot_{outer}x{depth}x{inner}", f.text(), units, cost)
    return Routine((kernel,), ((0, 1, 2, 3),))


class _OneHot:
    """Writes rows of `one_hot`."""

    def __init__(
        self, f: Function, sizes: tuple[int, int], indices: str, dtype: str
    ) -> None:
        self.f = f
        self.depth, self.inner = sizes
        self.indices = indices
        self.dtype = dtype
        self.source, on, off, self.out = f.arguments
        self.both = [Lanes(f, dtype, 1).load(pointer) for pointer in (on, off)]
        compared = "int64" if self.inner > 1 else "int32"
        width = min(f.target.lanes(dtype), f.target.lanes(compared))
        self.lanes = Lanes(f, dtype, width)

    def along_depth(self, unit: str, _: Sequence[str]) -> None:
        """Writes the vector of one index."""
        f, depth = self.f, self.depth
        index = load_index(f, self.source, unit, self.indices)
        # In i32: what is out of its range is out of the axis's, too.
        inside = f.value(f"icmp ult i64 {index}, {depth}")
        index = f.value(f"select i1 {inside}, i64 {index}, i64 -1")
        index = f.value(f"trunc i64 {index} to i32")

        def piece(v: Lanes, at: Index) -> None:
            numbers = v.of_dtype("int32")
            first = f.value(f"trunc i64 {at} to i32")
            here = numbers.counting(first)
            mask = numbers.compare("eq", here, numbers.splat(index))
            self._store(v, mask, f.index([(unit, depth), (at, 1)]))

        runs(self.lanes, depth, piece)

    def across(self, unit: str, _: Sequence[str]) -> None:
        """Writes one place of the new axis for the indices behind it."""
        f, depth, inner = self.f, self.depth, self.inner
        row, place = f.divide(unit, depth), f.remainder(unit, depth)

        def piece(v: Lanes, at: Index) -> None:
            numbers, wide = v.of_dtype(self.indices), v.of_dtype("int64")
            start = f.index([(row, inner), (at, 1)])
            loaded = numbers.load(f.address(self.source, start, self.indices))
            mask = wide.compare("eq", numbers.convert(loaded, wide), wide.splat(place))
            self._store(v, mask, f.index([(unit, inner), (at, 1)]))

        runs(self.lanes, inner, piece)

    def _store(self, v: Lanes, mask: str, at: Index) -> None:
        yes, no = (v.splat(scalar) for scalar in self.both)
        v.store(v.select(mask, yes, no), self.f.address(self.out, at, self.dtype))
