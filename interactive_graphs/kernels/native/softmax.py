"""Softmax, its logarithm, and the cross-entropies with their gradients, row by row.

    >>> routine = sparse_cross_entropy(100, 10, "float32", "int32", detect())
    >>> [kernel.name for kernel in routine.kernels]
    ['sparse_cross_entropy_100x10']

A row stays in the first cache while it is gone through three times: for its largest
number, for the sum of the exponentials, for the results. Rows are work units. Infinite
and missing numbers come out as of the ops' own kernels, whose formulas these are.
Read next: `scalar.py`.
"""

from collections.abc import Callable, Sequence
from typing import Final

from interactive_graphs.kernels.native import vector_math
from interactive_graphs.kernels.native.ir import Function
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.nest import power_of_two, vector_of
from interactive_graphs.kernels.native.reduce import (
    combine,
    fold,
    identity,
    padded,
    run_loop,
)
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target

_CYCLE: Final = 0.35
"""Nanoseconds."""

Chunk = Callable[[Lanes, str, str | None], Sequence[str]]
"""Gets lanes, the place in the row and a mask; gives a value for each sum."""


class _Rows:
    """Writes a kernel that does something to each row of a matrix."""

    def __init__(
        self, classes: int, dtype: str, target: Target, arguments: int
    ) -> None:
        if classes < 1:
            raise ValueError("There is no softmax over no classes.")
        self.f = Function(target, arguments)
        self.classes = classes
        self.one = Lanes(self.f, dtype, 1)
        width = vector_of(target, [dtype], 2, classes)
        self._wide = Lanes(self.f, dtype, min(width, power_of_two(classes)))
        rest = classes % self._wide.width
        self._rest = self._wide.of_width(power_of_two(max(1, rest)))
        self._rest_count = rest

    def pointer(self, argument: int, row: str) -> str:
        """Where a row of a matrix begins."""
        place = self.f.multiply(row, self.classes)
        return self.f.address(self.f.arguments[argument], place, self.one.dtype)

    def go(self, kinds: Sequence[str], chunk: Chunk) -> list[str]:
        """Goes along a row; returns a scalar for each reduction."""
        f, wide = self.f, self._wide
        neutral = [wide.constant(identity(kind, wide.dtype)) for kind in kinds]
        full = self.classes - self._rest_count

        def joined(sums: Sequence[str], more: Sequence[str]) -> list[str]:
            triples = zip(kinds, sums, more, strict=True)
            return [combine(kind, wide, a, b) for kind, a, b in triples]

        sums = run_loop(
            f,
            0,
            full,
            wide.width,
            full // wide.width,
            [(wide.type, value) for value in neutral],
            lambda place, sums: joined(sums, chunk(wide, place, None)),
            joined,
        )
        if self._rest_count:
            rest = self._rest
            count = self._rest_count
            mask = None if count == rest.width else rest.first(count)
            pairs = zip(kinds, chunk(rest, str(full), mask), strict=True)
            more = [
                padded(kind, rest, value, count, wide.width) for kind, value in pairs
            ]
            sums = joined(sums, more) if full else more
        return [
            fold(kind, wide, value) for kind, value in zip(kinds, sums, strict=True)
        ]

    def at(self, v: Lanes, pointer: str, place: str) -> str:
        """The address of an element of a row."""
        return self.f.address(pointer, place, v.dtype)

    def load(self, v: Lanes, pointer: str, place: str, mask: str | None) -> str:
        """Loads a chunk of a row."""
        return v.load(self.at(v, pointer, place), mask)

    def largest(self, row: str) -> str:
        """The largest number of a row, NaN if there is one."""
        (most,) = self.go(["max"], lambda v, i, mask: [self.load(v, row, i, mask)])
        return most

    def exponentials(self, row: str, most: str, out: str = "") -> str:
        """The sum of exp(x - most); the numbers themselves go to `out`, if given."""

        def chunk(v: Lanes, place: str, mask: str | None) -> list[str]:
            shifted = v.sub(self.load(v, row, place, mask), v.splat(most))
            e = vector_math.exp(v, shifted)
            if out:
                v.store(e, self.at(v, out, place), mask)
            return [e]

        (total,) = self.go(["sum"], chunk)
        return total

    def kernel(self, name: str, rows: int, body: Callable[[str], None]) -> Kernel:
        """The kernel, of which the body does a row."""
        self.f.loop(self.f.begin, self.f.end, lambda row, _: body(row))
        vectors = -(-self.classes // self._wide.width)
        lanes = self.f.target.lanes(self.one.dtype)
        each = 80.0 + 50.0 * vectors * self._wide.width / lanes
        cost = rows * each * _CYCLE
        return Kernel(f"{name}_{rows}x{self.classes}", self.f.text(), rows, cost)


def softmax(rows: int, classes: int, dtype: str, target: Target) -> Routine:
    """exp(x) over its sum along each row.

    Args:
        rows: number of rows.
        classes: length of a row, at least 1.
        dtype: "float32" or "float64".
        target: the processor.

    Returns:
        A routine: logits `[rows, classes]` to softmax of the same shape, maybe in
        place.
    """
    writer = _Rows(classes, dtype, target, 2)

    def body(number: str) -> None:
        row, out = writer.pointer(0, number), writer.pointer(1, number)
        total = writer.exponentials(row, writer.largest(row), out)

        def scale(v: Lanes, place: str, mask: str | None) -> list[str]:
            e = writer.load(v, out, place, mask)
            v.store(v.div(e, v.splat(total)), writer.at(v, out, place), mask)
            return []

        writer.go([], scale)

    kernel = writer.kernel("softmax", rows, body)
    return Routine((kernel,), ((0, 1),), (), frozenset({(1, 0)}))


def log_softmax(rows: int, classes: int, dtype: str, target: Target) -> Routine:
    """The logarithm of softmax, along each row.

    Args:
        rows: number of rows.
        classes: length of a row, at least 1.
        dtype: "float32" or "float64".
        target: the processor.

    Returns:
        A routine: logits `[rows, classes]` to logarithms of the same shape, maybe in
        place.
    """
    writer = _Rows(classes, dtype, target, 2)

    def body(number: str) -> None:
        row, out = writer.pointer(0, number), writer.pointer(1, number)
        most = writer.largest(row)
        log = vector_math.log(writer.one, writer.exponentials(row, most))

        def shift(v: Lanes, place: str, mask: str | None) -> list[str]:
            shifted = v.sub(writer.load(v, row, place, mask), v.splat(most))
            v.store(v.sub(shifted, v.splat(log)), writer.at(v, out, place), mask)
            return []

        writer.go([], shift)

    kernel = writer.kernel("log_softmax", rows, body)
    return Routine((kernel,), ((0, 1),), (), frozenset({(1, 0)}))


def cross_entropy(rows: int, classes: int, dtype: str, target: Target) -> Routine:
    """-sum(labels * log(softmax)) of each row, and softmax - labels.

    Args:
        rows: number of rows.
        classes: length of a row, at least 1.
        dtype: "float32" or "float64".
        target: the processor.

    Returns:
        A routine: logits and labels, both `[rows, classes]`, to the loss `[rows]` and
        its gradient for the logits `[rows, classes]`. Nothing in place.
    """
    writer = _Rows(classes, dtype, target, 4)
    one = writer.one

    def body(number: str) -> None:
        row, labels, out = (writer.pointer(place, number) for place in (0, 1, 3))
        most = writer.largest(row)
        total = writer.exponentials(row, most, out)
        log = vector_math.log(one, total)

        def chunk(v: Lanes, place: str, mask: str | None) -> list[str]:
            truth = writer.load(v, labels, place, mask)
            e = writer.load(v, out, place, mask)
            share = v.div(e, v.splat(total))
            v.store(v.sub(share, truth), writer.at(v, out, place), mask)
            shifted = v.sub(writer.load(v, row, place, mask), v.splat(most))
            return [v.mul(truth, v.sub(shifted, v.splat(log)))]

        (loss,) = writer.go(["sum"], chunk)
        where = writer.f.address(writer.f.arguments[2], number, dtype)
        one.store(one.neg(loss), where)

    kernel = writer.kernel("cross_entropy", rows, body)
    return Routine((kernel,), ((0, 1, 2, 3),))


def sparse_cross_entropy(
    rows: int, classes: int, dtype: str, labels: str, target: Target
) -> Routine:
    """-log(softmax) of the labelled class of each row, and its gradient.

    Args:
        rows: number of rows.
        classes: length of a row, at least 1.
        dtype: "float32" or "float64".
        labels: "int32" or "int64", the dtype of labels.
        target: the processor.

    Returns:
        A routine: logits `[rows, classes]` and labels `[rows]` to the loss `[rows]`,
        its gradient for the logits `[rows, classes]` and a status, one int32. A label
        out of range makes the status 1 and its row NaN; otherwise the status is left
        as it is. So who calls sets it to 0 once, looks at it before anything is made
        of the results, and sets it to 0 again after an error. The gradient may be in
        the place of the logits.
    """
    writer = _Rows(classes, dtype, target, 5)
    f, one = writer.f, writer.one
    words = Lanes(f, labels, 1)

    def body(number: str) -> None:
        row, out = writer.pointer(0, number), writer.pointer(3, number)
        label = words.load(f.address(f.arguments[1], number, labels))
        # As an unsigned number a negative one is too large.
        inside = f.value(f"icmp ult {words.type} {label}, {classes}")
        label = words.select(inside, label, words.constant(0))
        place = words.convert(label, Lanes(f, "int64", 1))
        f.when(
            inside,
            lambda: None,
            lambda: f.do(
                f"store atomic i32 1, ptr {f.arguments[4]} monotonic, align 4"
            ),
        )
        chosen = one.load(writer.at(one, row, place))
        most = writer.largest(row)
        total = writer.exponentials(row, most, out)
        nan = one.constant(vector_math.NAN)
        loss = one.sub(vector_math.log(one, total), one.sub(chosen, most))
        where = f.address(f.arguments[2], number, dtype)
        one.store(one.select(inside, loss, nan), where)
        divisor = one.select(inside, total, nan)

        def chunk(v: Lanes, start: str, mask: str | None) -> list[str]:
            e = writer.load(v, out, start, mask)
            v.store(v.div(e, v.splat(divisor)), writer.at(v, out, start), mask)
            return []

        writer.go([], chunk)
        target_class = writer.at(one, out, place)
        one.store(one.sub(one.load(target_class), one.constant(1)), target_class)

    kernel = writer.kernel("sparse_cross_entropy", rows, body)
    return Routine((kernel,), ((0, 1, 2, 3, 4),), (), frozenset({(3, 0)}))
