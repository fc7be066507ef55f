"""How the work of a filter gradient is cut: pieces of images, parts, sections, tiles.

Read next: `conv_filter_gradient.py`.
"""

from typing import NamedTuple

from interactive_graphs.kernels.native.conv_axes import reach
from interactive_graphs.kernels.native.conv_direct import Loops
from interactive_graphs.kernels.native.conv_tiles import Panels, plan_panels
from interactive_graphs.kernels.native.target import Target

# What a unit goes over again and again: images and gradients in the second-level cache.
_PIECES_BYTES = 3 << 17

# Parts are all written and read once more: no more of them than this, in bytes.
_PARTS_BYTES = 1 << 22
_PARTS = 10

# Windows that a tile goes over: their gradients, of two vectors of channels, stay in
# the first-level cache while all tiles of a panel read them.
_WINDOWS = 100

# Units are not cut below this, nor into more than so many.
_UNIT_NANOSECONDS = 10_000
_UNITS = 20


class Parts(NamedTuple):
    """How the work is cut.

    Attributes:
        height: rows of windows in a piece.
        blocks: pieces of an image.
        pieces: all of them.
        parts: groups of pieces with sums of their own.
        sections: of the filter's tiles, each another unit of every part.
        together: pieces that a tile goes over while it is in registers.
        staged: elements of a staged piece, 0 where images are read where they lie.
    """

    height: int
    blocks: int
    pieces: int
    parts: int
    sections: int
    together: int
    staged: int


def plan_parts(loops: Loops, target: Target) -> Parts:
    """Cuts the work into units that are neither tiny nor too few."""
    size = target.vector_bytes // target.lanes(loops.dtype)
    rows = loops.rows[0]
    columns = reach(loops.columns)
    outside = reach(loops.rows).is_outside(loops.sizes[0])
    outside = outside or columns.is_outside(loops.sizes[1])
    pitch = (columns.high - columns.low) * loops.depth
    across = loops.result[1] * loops.channels
    wanted = max(1, min(_UNITS, int(loops.cost(target) / _UNIT_NANOSECONDS)))
    blocks = min(max(rows.outputs, 1), -(-wanted // max(loops.batch, 1)))
    while True:
        height = -(-rows.outputs // blocks)
        extent = (height - 1) * rows.advance + (rows.taps - 1) * rows.spread + 1
        piece = (extent * pitch + height * across) * size
        windows = height * loops.result[1]
        fits = piece <= _PIECES_BYTES and windows <= _WINDOWS
        if fits or blocks >= rows.outputs:
            break
        blocks += 1
    blocks = -(-rows.outputs // height) if height else 1
    pieces = loops.batch * blocks
    elements = rows.taps * loops.columns[0].taps * loops.depth * loops.channels
    room = max(1, _PARTS_BYTES // (elements * size))
    parts = max(1, min(pieces, wanted, _PARTS, room))
    together = min(_PIECES_BYTES // max(piece, 1), _WINDOWS // max(windows, 1))
    together = max(1, min(-(-pieces // parts), together))
    tiles = sum(plan.number for plan in filter_panels(loops, target))
    sections = min(tiles * row_tiles(loops, target), -(-wanted // parts))
    staged = extent * pitch if outside else 0
    return Parts(height, blocks, pieces, parts, sections, together, staged)


def filter_panels(loops: Loops, target: Target) -> tuple[Panels, ...]:
    """The tiles of the filter: rows of taps, and what lies side by side in them."""
    columns = loops.columns[0]
    wide = loops.depth * (1 if is_spread(loops) else columns.taps)
    lanes = target.lanes(loops.dtype)
    return plan_panels(
        loops.rows[0].taps, (wide,), loops.channels, lanes, target.registers
    )


def is_spread(loops: Loops) -> bool:
    """Whether the taps of a row are apart, so that each has tiles of its own."""
    return loops.columns[0].spread > 1 and loops.columns[0].taps > 1


def row_tiles(loops: Loops, target: Target) -> int:
    """Tiles below one another: rows of taps by the rows of a tile."""
    return -(-loops.rows[0].taps // filter_panels(loops, target)[0].rows)
