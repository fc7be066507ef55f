"""Moving images inside of native convolutions: copies, zeros, borders.

Sizes are known while writing, pointers are not. `stage` copies the part of an image
that windows reach, with zeros where they reach over its edge, so that the loops over
windows need no tests. Read next: `conv_direct.py`.
"""

from collections.abc import Callable
from typing import NamedTuple

from interactive_graphs.kernels.native.conv_axes import Axis, Reach, reach
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes


def blocks(lanes: Lanes, count: int, write: Callable[[Lanes, Index], None]) -> None:
    """Writes what is done to `count` elements, by vectors, then by ever shorter ones.

    Args:
        lanes: of a full vector.
        count: number of elements.
        write: gets lanes of some width, and the first element they are for.
    """
    whole = count - count % lanes.width
    lanes.function.loop(0, whole, lambda i, _: write(lanes, i), step=lanes.width)
    place, width = whole, lanes.width // 2
    while place < count:
        if place + width <= count:
            write(lanes.of_width(width), place)
            place += width
        width //= 2


def copy(lanes: Lanes, source: str, target: str, count: int) -> None:
    """Copies `count` elements."""
    f, dtype = lanes.function, lanes.dtype

    def move(some: Lanes, at: Index) -> None:
        value = some.load(f.address(source, at, dtype))
        some.store(value, f.address(target, at, dtype))

    blocks(lanes, count, move)


def clear(lanes: Lanes, target: str, count: int) -> None:
    """Sets `count` elements to zero."""
    f, dtype = lanes.function, lanes.dtype

    def zero(some: Lanes, at: Index) -> None:
        some.store(some.constant(0), f.address(target, at, dtype))

    blocks(lanes, count, zero)


class Image(NamedTuple):
    """Pixels in memory as a loop over windows finds them.

    Attributes:
        pointer: to the channels of the pixel at (`row`, `column`).
        row, column: where that lies in the source.
        pitch: elements from one row to the next.
        channels: elements from one column to the next.
    """

    pointer: str
    row: Index
    column: int
    pitch: int
    channels: int


Move = Callable[[Lanes, str, str, int], None]
"""Copies so many pixels from one pointer to another."""


def spread(channels: int, pitch: int) -> Move:
    """A `Move` that leaves room after each pixel: `pitch` elements to the next."""

    def move(lanes: Lanes, source: str, target: str, pixels: int) -> None:
        f, dtype = lanes.function, lanes.dtype

        def each(number: str, _: list[str]) -> None:
            here = f.address(source, f.multiply(number, channels), dtype)
            to = f.address(target, f.multiply(number, pitch), dtype)
            copy(lanes, here, to, channels)

        f.loop(0, pixels, each)

    return move


def repeat(channels: int, times: int) -> Move:
    """A `Move` that gives each channel so many times, one after another."""

    def move(lanes: Lanes, source: str, target: str, pixels: int) -> None:
        f, dtype, one = lanes.function, lanes.dtype, lanes.of_width(1)

        def each(number: str, _: list[str]) -> None:
            value = one.load(f.address(source, number, dtype))
            first = f.address(target, f.multiply(number, times), dtype)

            def again(copy: str, _: list[str]) -> None:
                one.store(value, f.address(first, copy, dtype))

            f.loop(0, times, again)

        f.loop(0, pixels * channels, each)

    return move


def pick(channels: int, times: int, which: Index) -> Move:
    """A `Move` that takes one of the `times` numbers that each channel has."""

    def move(lanes: Lanes, source: str, target: str, pixels: int) -> None:
        f, dtype, one = lanes.function, lanes.dtype, lanes.of_width(1)

        def each(number: str, _: list[str]) -> None:
            place = f.index([(number, times), (which, 1)])
            value = one.load(f.address(source, place, dtype))
            one.store(value, f.address(target, number, dtype))

        f.loop(0, pixels * channels, each)

    return move


def stage(
    lanes: Lanes,
    source: Image,
    target: str,
    sizes: tuple[int, int],
    rows: tuple[Index, int],
    columns: Reach,
    channels: int = 0,
    move: Move | None = None,
) -> Image:
    """Copies a part of an image, with zeros for what lies outside of it.

    Args:
        lanes: of a full vector.
        source: the whole image, from row and column 0.
        target: where the part goes.
        sizes: rows and columns of the image.
        rows: first row, which may lie outside, and number of rows.
        columns: of the part; may lie outside.
        channels: of the part; those of the image if 0.
        move: how pixels are copied; as they are if None.

    Returns:
        The part.
    """
    f, dtype = lanes.function, lanes.dtype
    channels = channels or source.channels
    pitch = (columns.high - columns.low) * channels
    first, end = max(columns.low, 0), min(columns.high, sizes[1])
    left, middle = (first - columns.low) * channels, (end - first) * channels

    def each(row: str, _: list[str]) -> None:
        to = f.address(target, f.index([(row, pitch)]), dtype)
        place = f.add(rows[0], row)

        def inside() -> None:
            clear(lanes, to, left)
            at = f.index([(place, source.pitch)], first * source.channels)
            begin, here = (
                f.address(to, left, dtype),
                f.address(source.pointer, at, dtype),
            )
            if move is None:
                copy(lanes, here, begin, middle)
            else:
                move(lanes, here, begin, end - first)
            clear(lanes, f.address(begin, middle, dtype), pitch - left - middle)

        if end <= first:
            clear(lanes, to, pitch)
            return
        # One comparison of unsigned numbers: rows above are huge ones.
        is_inside = f.value(f"icmp ult i64 {place}, {sizes[0]}")
        f.when(is_inside, inside, lambda: clear(lanes, to, pitch))

    f.loop(0, rows[1], each)
    return Image(target, rows[0], columns.low, pitch, channels)


def taps_inside(
    f: Function, axis: Axis, first: Index, outputs: int
) -> tuple[Index, Index]:
    """The taps, from one to before another, that find anything inside the source.

    Args:
        f: where to write.
        axis: along which.
        first: number of an output.
        outputs: how many from there; the taps are those of all together.
    """
    if not reach([axis]).is_outside(axis.size):
        return 0, axis.taps
    spread = axis.spread
    lowest = f.index([(first, -axis.advance)], -axis.origin)
    bottom = f.add(lowest, (1 - outputs) * axis.advance + spread - 1)
    top = f.add(lowest, axis.size + spread - 1)
    low = f.divide(f.larger(bottom, 0), spread)
    return low, f.smaller(f.divide(f.larger(top, 0), spread), axis.taps)
