"""Moving images inside of native convolutions: copies, zeros, borders.

Sizes are known while writing, pointers are not. `stage` copies the part of an image
that windows reach, with zeros where they reach over its edge, so that the loops over
windows need no tests. Read next: `conv_direct.py`.
"""

from collections.abc import Callable
from typing import NamedTuple

from interactive_graphs.kernels.native.conv_axes import Reach
from interactive_graphs.kernels.native.ir import Index
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


def stage(
    lanes: Lanes,
    source: Image,
    target: str,
    sizes: tuple[int, int],
    rows: tuple[Index, int],
    columns: Reach,
) -> Image:
    """Copies a part of an image, with zeros for what lies outside of it.

    Args:
        lanes: of a full vector.
        source: the whole image, from row and column 0.
        target: where the part goes.
        sizes: rows and columns of the image.
        rows: first row, which may lie outside, and number of rows.
        columns: of the part; may lie outside.

    Returns:
        The part.
    """
    f, dtype, channels = lanes.function, lanes.dtype, source.channels
    pitch = (columns.high - columns.low) * channels
    first, end = max(columns.low, 0), min(columns.high, sizes[1])

    def each(row: str, _: list[str]) -> None:
        to = f.address(target, f.index([(row, pitch)]), dtype)
        place = f.add(rows[0], row)

        def inside() -> None:
            clear(lanes, to, (first - columns.low) * channels)
            at = f.index([(place, source.pitch)], first * channels)
            begin = f.address(to, (first - columns.low) * channels, dtype)
            middle = max(end - first, 0) * channels
            copy(lanes, f.address(source.pointer, at, dtype), begin, middle)
            right = f.address(begin, middle, dtype)
            clear(lanes, right, pitch - (first - columns.low) * channels - middle)

        if end <= first:
            clear(lanes, to, pitch)
            return
        # One comparison of unsigned numbers: rows above are huge ones.
        is_inside = f.value(f"icmp ult i64 {place}, {sizes[0]}")
        f.when(is_inside, inside, lambda: clear(lanes, to, pitch))

    f.loop(0, rows[1], each)
    return Image(target, rows[0], columns.low, pitch, channels)
