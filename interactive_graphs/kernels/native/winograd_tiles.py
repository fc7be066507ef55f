"""What Winograd's kernels have in common: blocks of tiles, and transformed inputs.

Read next: `winograd.py`.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from interactive_graphs.kernels.native.conv_axes import Reach
from interactive_graphs.kernels.native.conv_direct import Loops
from interactive_graphs.kernels.native.conv_memory import Image, stage
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.winograd_plan import Plan, Side
from interactive_graphs.kernels.native.winograd_transforms import (
    flat,
    multiply,
    transform,
)


class Block(NamedTuple):
    """The block of tiles of a unit.

    Attributes:
        image: its first one.
        images: how many.
        row: its first row of tiles.
        end: the row of tiles after its last.
    """

    image: Index
    images: Index
    row: Index
    end: Index


class TileWriter:
    """Writes what kernels of tiles have in common: finding and transforming them.

    Attributes:
        depth: channels of the source that are transformed.
        numbers: elements of the numbers of one channel block for one of the products.
    """

    def __init__(
        self, loops: Loops, plan: Plan, target: Target, arguments: int
    ) -> None:
        """Begins a function of so many arguments."""
        self.loops, self.plan = loops, plan
        self.f = Function(target, arguments)
        self.lanes = Lanes(self.f, loops.dtype, target.lanes(loops.dtype))
        rows, columns = plan.rows, plan.columns
        self.staged_rows = (plan.height - 1) * rows.outputs + rows.size
        start = columns.axis.origin
        end = start + (columns.tiles - 1) * columns.outputs + columns.size
        self.reach = Reach(start, end)

    def at(self, pointer: str, index: Index) -> str:
        """A pointer to an element."""
        return self.f.address(pointer, index, self.loops.dtype)

    @property
    def row(self) -> int:
        """Elements from the numbers of one product to those of the next.

        A vector more than there are, or they would meet in few lines of the cache.
        """
        return (self.plan.tiles + 1) * self.lanes.width

    @property
    def slab(self) -> int:
        """Elements of the numbers of one vector of channels."""
        return self.plan.products * self.row

    def slabs(self, channels: int) -> int:
        """Elements of the numbers of so many channels.

        They lie as `[vectors of channels, products, tiles, lanes]`, so that all that
        is transformed together is on few pages of memory.
        """
        return -(-channels // self.lanes.width) * self.slab

    def staged(self, depth: int) -> int:
        """Elements of the staged rows of a block of one image."""
        # Transforms read whole vectors, beyond the last channel of the last pixel.
        pixels = self.staged_rows * (self.reach.high - self.reach.low)
        return (-(-pixels * depth // self.lanes.width) + 1) * self.lanes.width

    def block(self, unit: str) -> Block:
        """The block of a unit."""
        f, plan = self.f, self.plan
        group, block = f.divide(unit, plan.blocks), f.remainder(unit, plan.blocks)
        image = f.multiply(group, plan.together)
        images = f.smaller(f.subtract(self.loops.batch, image), plan.together)
        row = f.multiply(block, plan.height)
        end = f.smaller(f.add(row, plan.height), plan.rows.tiles)
        return Block(image, "1" if plan.together == 1 else images, row, end)

    def inputs(self, source: str, block: Block, staged: str, numbers: str) -> None:
        """Writes the transformation of a block's inputs.

        Args:
            source: the images.
            block: which tiles.
            staged: memory for one image's rows.
            numbers: where the transformed ones go.
        """
        f, loops, plan = self.f, self.loops, self.plan
        pitch = loops.sizes[1] * loops.depth
        tiles = plan.height * plan.columns.tiles

        def image(number: str, _: list[str]) -> None:
            which = f.add(block.image, number)
            start = f.multiply(which, loops.sizes[0] * pitch)
            whole = Image(self.at(source, start), 0, 0, pitch, loops.depth)
            first = f.index([(block.row, plan.rows.outputs)], plan.rows.axis.origin)
            rows = (first, self.staged_rows)
            part = stage(self.lanes, whole, staged, loops.sizes, rows, self.reach)
            place = f.multiply(number, tiles)
            count = f.subtract(block.end, block.row)

            def row(down: str, _: list[str]) -> None:
                def column(along: str, _: list[str]) -> None:
                    tile = f.index([(place, 1), (down, plan.columns.tiles), (along, 1)])
                    self._input(
                        part,
                        down,
                        along,
                        self.at(numbers, f.multiply(tile, self.lanes.width)),
                    )

                f.loop(0, plan.columns.tiles, column)

            f.loop(0, count, row)

        f.loop(0, block.images, image)

    def _input(self, part: Image, down: str, along: str, to: str) -> None:
        """Writes the transformation of one tile's inputs."""
        f, lanes, plan = self.f, self.lanes, self.plan
        rows, columns = plan.rows, plan.columns
        begin = self.at(
            part.pointer,
            f.index(
                [
                    (down, rows.outputs * part.pitch),
                    (along, columns.outputs * part.channels),
                ]
            ),
        )
        left = transform(rows.outputs, rows.axis.taps).input
        right = transform(columns.outputs, columns.axis.taps).input

        def some(vector: str, _: list[str]) -> None:
            here = self.at(begin, f.multiply(vector, lanes.width))
            there = self.at(to, f.multiply(vector, self.slab))
            given = [
                [
                    lanes.load(self.at(here, i * part.pitch + j * part.channels))
                    for j in range(columns.size)
                ]
                for i in range(rows.size)
            ]
            for number, value in enumerate(flat(multiply(lanes, left, right, given))):
                place = self.at(there, number * self.row)
                lanes.store(value or lanes.constant(0), place)

        f.loop(0, -(-part.channels // lanes.width), some)

    def each_tile(
        self,
        block: Block,
        write: Callable[[tuple[int, int], str, str, list[str]], None],
    ) -> None:
        """Writes something for each tile of an image, those at the edge apart.

        Args:
            block: which tiles.
            write: gets the outputs of a tile that there are, its row and its column.
        """
        f, plan = self.f, self.plan
        for first, end, height in self._parts(plan.rows, block.row, block.end):
            for left, right, width in self._parts(plan.columns, 0, plan.columns.tiles):

                def row(
                    size: tuple[int, int], left: Index, right: Index, down: str,
                    _: list[str],
                ) -> None:  # fmt: skip
                    f.loop(left, right, partial(write, size, down))

                f.loop(first, end, partial(row, (height, width), left, right))

    def _parts(
        self, side: Side, first: Index, end: Index
    ) -> list[tuple[Index, Index, int]]:
        """Full tiles and a last one with fewer outputs: begin, end, outputs."""
        f = self.f
        if side.last == side.outputs:
            return [(first, end, side.outputs)]
        full = side.tiles - 1
        return [
            (first, f.smaller(end, full), side.outputs),
            (f.larger(first, full), end, side.last),
        ]
