"""How native pooling walks over windows: units, channels, rows, columns, taps.

A unit of work is an image or some rows of windows of one, for all channels. In it the
channels are cut into vectors, outermost, so that what is known of a channel (its bias,
the sum of its gradients) stays in registers. Columns whose windows reach over the edge
are written out one by one, with the taps that they have; so all others have all taps,
unrolled. Rows at the edge loop over the taps that they have.
Read next: `pooling.py`.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from interactive_graphs.kernels.cpu.windows import Windows
from interactive_graphs.kernels.native.ir import TYPES, Function, Index, known
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.target import Target

Range = tuple[Index, Index]

_UNROLLED = 36
"""Taps of a window that are written one after another; more of them are a loop."""

_EDGES = 8
"""Columns at the edge that are written one by one; more of them are a loop."""


class Pool(NamedTuple):
    """What is pooled, and how.

    Attributes:
        batch: number of images.
        sizes: rows and columns of each.
        channels: of each.
        windows: over rows and columns.
        dtype: "float32" or "float64".
    """

    batch: int
    sizes: tuple[int, int]
    channels: int
    windows: Windows
    dtype: str

    @property
    def is_empty(self) -> bool:
        """Whether there is no output."""
        return math.prod((self.batch, self.channels, *self.windows.output)) == 0

    @property
    def taps(self) -> int:
        """Number of elements of a window."""
        return math.prod(self.windows.kernel)

    @property
    def are_apart(self) -> bool:
        """Whether no element is in two windows."""
        pairs = zip(self.windows.kernel, self.windows.strides, strict=True)
        return all(kernel <= stride for kernel, stride in pairs)

    @property
    def covers(self) -> bool:
        """Whether windows that are apart leave no element out."""
        return all(
            kernel == stride and span.output * stride - span.before >= size
            for size, kernel, stride, span in zip(
                self.sizes, self.windows.kernel, self.windows.strides,
                self.windows.spans, strict=True,
            )
        )  # fmt: skip

    def is_inside(self, dimension: int) -> bool:
        """Whether along a dimension all windows are inside of the image."""
        first, last = self.inside(dimension)
        return first == 0 and last == self.windows.output[dimension]

    def inside(self, dimension: int) -> tuple[int, int]:
        """The windows along a dimension that are inside of the image, as a range."""
        size, kernel = self.sizes[dimension], self.windows.kernel[dimension]
        stride = self.windows.strides[dimension]
        count, before, _ = self.windows.spans[dimension]
        first = min(count, -(-before // stride))
        last = (size - kernel + before) // stride + 1 if size >= kernel - before else 0
        return first, max(first, min(count, last))


class Part(NamedTuple):
    """Vectors of channels that one piece of code does.

    Attributes:
        begin, end: the channels.
        width: of a vector; a loop where there are several.
        masked: how many lanes of the vector are channels, where not all are; else 0.
    """

    begin: int
    end: int
    width: int
    masked: int = 0


def parts_of(channels: int, lanes: int) -> list[Part]:
    """Cuts channels into vectors of up to four registers, and what is left over.

        >>> parts_of(33, 16)
        [Part(0, 32, width=32), Part(32, 33, width=1)]

    Args:
        channels: how many.
        lanes: elements of a register.
    """
    parts = []
    begin = 0
    for width in (4 * lanes, 2 * lanes, lanes):
        end = begin + (channels - begin) // width * width
        if end > begin:
            parts.append(Part(begin, end, width))
            begin = end
    left = channels - begin
    if left:
        width = 1 << (left - 1).bit_length()
        parts.append(Part(begin, channels, width, left if left < width else 0))
    return parts


class Place(NamedTuple):
    """One window, or one tap of it, while code is written.

    Attributes:
        image: number of the image.
        row, column: of the window.
        rows, columns: the taps that it has inside of the image.
    """

    image: Index
    row: Index
    column: Index
    rows: Range
    columns: Range


class Walk:
    """Writes the loops of a pooling kernel.

    Attributes:
        f: the function.
        pool: what is pooled.
        lanes: of the channels at hand.
        bias: theirs, where there is one.
    """

    def __init__(
        self, pool: Pool, target: Target, arguments: int, bias: int | None = None
    ) -> None:
        """Begins a function.

        Args:
            pool: what is pooled.
            target: the processor.
            arguments: number of the function's arguments.
            bias: which of them is a bias per channel.
        """
        self.f = Function(target, arguments)
        self.pool = pool
        self._lanes = target.lanes(pool.dtype)
        self._channel: Index = 0
        self._mask: str | None = None
        self._bias = "" if bias is None else self.f.arguments[bias]
        self.lanes = Lanes(self.f, pool.dtype, 1)
        self.bias = ""

    # -- memory ------------------------------------------------------------------------

    def input_index(self, at: Place, tap: tuple[Index, Index]) -> str:
        """Where in the input a tap of a window is, for the channels at hand."""
        (rows, columns), channels = self.pool.sizes, self.pool.channels
        (down, right), spans = self.pool.windows.strides, self.pool.windows.spans
        line = columns * channels
        terms = [
            (at.image, rows * line), (at.row, down * line), (tap[0], line),
            (at.column, right * channels), (tap[1], channels), (self._channel, 1),
        ]  # fmt: skip
        offset = -spans[0].before * line - spans[1].before * channels
        return self.f.index(terms, offset)

    def output_index(self, at: Place) -> str:
        """Where in the output a window is, for the channels at hand."""
        (rows, columns), channels = self.pool.windows.output, self.pool.channels
        terms = [
            (at.image, rows * columns * channels), (at.row, columns * channels),
            (at.column, channels), (self._channel, 1),
        ]  # fmt: skip
        return self.f.index(terms)

    def load(self, pointer: str, index: Index) -> str:
        """The vector at an index."""
        address = self.f.address(pointer, index, self.pool.dtype)
        return self.lanes.load(address, self._mask)

    def store(self, value: str, pointer: str, index: Index) -> None:
        """Stores the vector at an index."""
        address = self.f.address(pointer, index, self.pool.dtype)
        self.lanes.store(value, address, self._mask)

    def load_line(self, pointer: str, line: Index) -> str:
        """The vector in a line of an array `[lines, channels]`."""
        terms = [(line, self.pool.channels), (self._channel, 1)]
        return self.load(pointer, self.f.index(terms))

    def store_line(self, value: str, pointer: str, line: Index) -> None:
        """Stores the vector in a line of an array `[lines, channels]`."""
        terms = [(line, self.pool.channels), (self._channel, 1)]
        self.store(value, pointer, self.f.index(terms))

    def clear(self, pointer: str, begin: Index, count: Index) -> None:
        """Writes zeros to so many elements."""
        f, dtype = self.f, self.pool.dtype
        wide, one = Lanes(f, dtype, self._lanes), Lanes(f, dtype, 1)
        start = f.address(pointer, begin, dtype)
        whole = f.multiply(f.divide(count, self._lanes), self._lanes)

        def clear_one(v: Lanes) -> Callable[[str, list[str]], None]:
            return lambda i, _: v.store(v.constant(0), f.address(start, i, dtype))

        f.loop(0, whole, clear_one(wide), step=self._lanes)
        f.loop(whole, count, clear_one(one))

    # -- loops -------------------------------------------------------------------------

    def channels(self, body: Callable[[], None]) -> None:
        """Runs `body` for all channels; `lanes` is then what holds some of them."""
        for part in parts_of(self.pool.channels, self._lanes):
            self.lanes = Lanes(self.f, self.pool.dtype, part.width)
            self._mask = self.lanes.first(part.masked) if part.masked else None

            def some(channel: str, _: list[str]) -> None:
                self._channel = channel
                self.bias = self.load_line(self._bias, 0) if self._bias else ""
                body()

            self.f.loop(part.begin, part.end, some, step=part.width)

    def windows(
        self,
        image: Index,
        rows: Range,
        body: Callable[[Place, list[str]], Sequence[str]],
        carried: Sequence[str] = (),
        backwards: bool = False,
    ) -> list[str]:
        """Runs `body` for all windows in some rows.

        Args:
            image: which.
            rows: of windows.
            body: gets a window and what is carried, returns what is.
            carried: vectors.
            backwards: whether the last window comes first.
        """
        f, output = self.f, self.pool.windows.output
        kind = self.lanes.type
        pieces = self._columns()
        if backwards:
            pieces.reverse()

        def in_row(turn: str, held: list[str]) -> list[str]:
            row: Index = f.subtract(output[0] - 1, turn) if backwards else turn
            taps = self._taps(0, row)
            for begin, end, fixed in pieces:
                last = end - 1

                def at(
                    step: str, held: list[str], begin: int = begin, last: int = last,
                    fixed: Range | None = fixed,
                ) -> Sequence[str]:  # fmt: skip
                    column: Index = step
                    if backwards:
                        column = f.subtract(begin + last, step)
                    found = fixed or self._taps(1, column)
                    return body(Place(image, row, column, taps, found), held)

                held = f.loop(begin, end, at, [(kind, value) for value in held])
            return held

        return f.loop(*rows, in_row, [(kind, value) for value in carried])

    def _columns(self) -> list[tuple[int, int, Range | None]]:
        """Ranges of columns and the taps that their windows have, None if it varies."""
        count, kernel = self.pool.windows.output[1], self.pool.windows.kernel[1]
        first, last = self.pool.inside(1)
        if count - (last - first) > _EDGES:
            return [(0, count, None)]
        pieces: list[tuple[int, int, Range | None]] = []
        edges = [*range(first), *range(last, count)]
        pieces += [(j, j + 1, self._taps(1, j)) for j in edges]
        if last > first:
            pieces.append((first, last, (0, kernel)))
        return sorted(pieces, key=lambda piece: piece[0])

    def _taps(self, dimension: int, window: Index) -> Range:
        """The taps that a window has along a dimension."""
        f, w = self.f, self.pool.windows
        kernel, span = w.kernel[dimension], w.spans[dimension]
        if self.pool.is_inside(dimension):
            return 0, kernel
        origin = f.index([(window, w.strides[dimension])], -span.before)
        begin = f.smaller(f.larger(f.subtract(0, origin), 0), kernel)
        end = f.smaller(f.subtract(self.pool.sizes[dimension], origin), kernel)
        return begin, f.larger(end, begin)

    def over_taps(
        self,
        at: Place,
        body: Callable[[str, list[str]], Sequence[str]],
        carried: Sequence[str] = (),
    ) -> list[str]:
        """Runs `body` for each tap of a window.

        Args:
            at: the window.
            body: gets the index of the input and what is carried, returns what is.
            carried: vectors.
        """
        kind = self.lanes.type
        unrolled = self.pool.taps <= _UNROLLED

        def in_line(row: Index, held: list[str]) -> list[str]:
            def tap(column: Index, held: list[str]) -> list[str]:
                return list(body(self.input_index(at, (row, column)), held))

            return self._each(at.columns, tap, held, kind, unrolled)

        return self._each(at.rows, in_line, list(carried), kind, unrolled)

    def _each(
        self,
        taps: Range,
        body: Callable[[Index, list[str]], list[str]],
        held: list[str],
        kind: str,
        unrolled: bool,
    ) -> list[str]:
        begin, end = known(taps[0]), known(taps[1])
        if unrolled and begin is not None and end is not None:
            for number in range(begin, end):
                held = body(number, held)
            return held
        return self.f.loop(*taps, body, [(kind, value) for value in held])

    def count(self, at: Place) -> str:
        """How many taps a window has, in all lanes."""
        f = self.f
        sides = [f.subtract(end, begin) for begin, end in (at.rows, at.columns)]
        number = f.multiply(*sides)
        if known(number) is not None:
            return self.lanes.constant(int(number))
        kind = TYPES[self.pool.dtype]
        return self.lanes.splat(f.value(f"sitofp i64 {number} to {kind}"))
