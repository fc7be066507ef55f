"""How a convolution is cut into Winograd's tiles, and whether that pays.

    >>> plan = plan_winograd(loops, target)
    >>> plan.rows.tiles, plan.rows.size       # 14 outputs of 5 taps: 4 tiles, 8 numbers
    (4, 8)

Read next: `winograd.py`.
"""

import math
from typing import NamedTuple

from interactive_graphs.kernels.native.conv_axes import Axis
from interactive_graphs.kernels.native.conv_direct import Loops
from interactive_graphs.kernels.native.conv_tiles import Panels, plan_panels
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.winograd_transforms import growth

TAPS = (3, 5)
"""The numbers of taps that there are matrices for; none other pays much."""

# Tiles in a block: enough that registers are full and filters are used often. Filters
# that the second-level cache does not hold are used for more tiles at a time.
_TILES = 28
_CACHE_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 21

# Below this many nanoseconds a direct convolution is left alone, and above this many
# bytes of transformed filters: they would be read from memory for every block.
_SMALL = 50_000
_FILTER_BYTES = 1 << 24


class Side(NamedTuple):
    """The tiles along one dimension.

    Attributes:
        axis: what is computed.
        outputs: of a tile.
        tiles: number of them.
        last: outputs of the last tile.
    """

    axis: Axis
    outputs: int
    tiles: int
    last: int

    @property
    def size(self) -> int:
        """Numbers of a tile, and products."""
        return self.outputs + self.axis.taps - 1


class Plan(NamedTuple):
    """The tiles of all images, and how they are cut into blocks.

    Attributes:
        rows, columns: the tiles of an image.
        height: rows of tiles of an image in a block.
        blocks: for an image.
        together: images in a block, 1 where an image has several blocks.
        panels: of channels of the result.
    """

    rows: Side
    columns: Side
    height: int
    blocks: int
    together: int
    panels: tuple[Panels, ...]

    @property
    def products(self) -> int:
        """Products of a tile for each pair of channels."""
        return self.rows.size * self.columns.size

    @property
    def growth(self) -> float:
        """By how much rounding errors grow; `winograd.py` states bounds with it."""
        sides = (self.rows, self.columns)
        return math.prod(growth(side.outputs, side.axis.taps) for side in sides)

    @property
    def tiles(self) -> int:
        """Tiles in a block."""
        return self.together * self.height * self.columns.tiles

    def units(self, batch: int) -> int:
        """Blocks of all images."""
        return -(-batch // self.together) * self.blocks


def is_possible(loops: Loops) -> bool:
    """Whether windows are such that the matrices fit: by one, and of known sizes."""
    axes = (*loops.rows, *loops.columns)
    return len(axes) == 2 and all(
        axis.taps in TAPS
        and (axis.advance, axis.spread, axis.stride, axis.repeats) == (1, 1, 1, 1)
        and axis.outputs > 0
        for axis in axes
    )


def _side(axis: Axis) -> Side:
    """Tiles of two or four outputs, whichever needs fewer products."""
    options = []
    for outputs in (2, 4):
        tiles = -(-axis.outputs // outputs)
        size = outputs + axis.taps - 1
        last = axis.outputs - (tiles - 1) * outputs
        options.append((tiles * size, Side(axis, outputs, tiles, last)))
    return min(options)[1]


def plan_winograd(loops: Loops, target: Target) -> Plan:
    """The tiles of a convolution for which `is_possible`."""
    rows, columns = _side(loops.rows[0]), _side(loops.columns[0])
    lanes = target.lanes(loops.dtype)
    size = target.vector_bytes // lanes
    products = rows.size * columns.size
    is_large = products * loops.depth * loops.channels * size > _CACHE_BYTES
    room = _BLOCK_BYTES // (products * (loops.depth + 2 * lanes) * size)
    room = max(1, min(2 * _TILES if is_large else _TILES, room))
    image = rows.tiles * columns.tiles
    together = max(1, min(room // image, -(-loops.batch // 4)))
    # Images that divide the batch leave no block with fewer.
    together = max(n for n in range(1, together + 1) if n == 1 or not loops.batch % n)
    height = rows.tiles
    if image > room:
        blocks = -(-rows.tiles // max(1, room // columns.tiles))
        height = -(-rows.tiles // blocks)
    blocks = -(-rows.tiles // height)
    tiles = together * height * columns.tiles
    panels = plan_panels(1, (tiles,), loops.channels, lanes, target.registers)
    return Plan(rows, columns, height, blocks, together, panels)


def pays(loops: Loops, target: Target) -> bool:
    """Whether Winograd's way is estimated to be faster than the direct one."""
    direct = loops.cost(target)
    if not is_possible(loops) or direct < _SMALL:
        return False
    plan = plan_winograd(loops, target)
    lanes = target.lanes(loops.dtype)
    wide = -(-loops.channels // lanes) * target.vector_bytes
    if plan.products * loops.depth * wide > _FILTER_BYTES:
        return False
    return cost(plan, loops, target) < 0.8 * direct


def cost(plan: Plan, loops: Loops, target: Target) -> float:
    """Estimated nanoseconds on one core, with transforms of ten cycles a number."""
    lanes = target.lanes(loops.dtype)
    vectors = -(-loops.channels // lanes)
    depths = -(-loops.depth // lanes)
    tiles = plan.units(loops.batch) * plan.tiles
    products = 1.1 * plan.products * loops.depth * vectors / 2
    moved = plan.products * (8 * depths + 5 * vectors)
    filters = 6 * plan.products * loops.depth * vectors
    return (tiles * (products + moved) + filters) / 2.5
