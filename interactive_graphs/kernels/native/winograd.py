"""Winograd's convolution in native code: fewer products, at the price of some digits.

Used for windows of 3 or 5 taps that are moved by one, forwards and for the input
gradient. A block of tiles is transformed, multiplied and transformed back while it is
in a core's second-level cache: a work unit. Each of the products of a tile is a matrix
product of tiles x depth x channels.

An element of the result is within `16 eps sqrt(n) max |result|` of the truth for `n`
terms of normal numbers (a direct convolution: `2 eps sqrt(n)`). A number that is not
finite spoils the tiles that read it, not its windows alone. Read next:
`winograd_gradient.py`.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from interactive_graphs.kernels.native import conv_epilogue
from interactive_graphs.kernels.native.conv_axes import Reach
from interactive_graphs.kernels.native.conv_direct import FilterLayout, Loops
from interactive_graphs.kernels.native.conv_epilogue import End
from interactive_graphs.kernels.native.conv_filters import pack_kernel
from interactive_graphs.kernels.native.conv_memory import Image, stage
from interactive_graphs.kernels.native.conv_tiles import Panels, Run
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.winograd_plan import (
    Plan,
    Side,
    cost,
    plan_winograd,
)
from interactive_graphs.kernels.native.winograd_transforms import (
    flat,
    multiply,
    transform,
)

_DEPTHS = 8  # channels of the source in a unit of the filters' transformation


def winograd(
    loops: Loops, target: Target, name: str, width: int, is_swapped: bool
) -> Routine:
    """The routine of a convolution for which `winograd_plan.is_possible`.

    Args:
        loops: what to compute; nothing of it is empty.
        target: the processor.
        name: of the kernels.
        width: taps of the filters along columns.
        is_swapped: whether the filters have the loops' channels before their depth.
    """
    plan = plan_winograd(loops, target)
    lanes = target.lanes(loops.dtype)
    size = target.vector_bytes // lanes
    packed = is_swapped or loops.channels % lanes != 0
    epilogue = loops.epilogue
    others = range(2, 2 + len(epilogue.operands) + len(epilogue.outputs))
    filters, place = 1, others.stop
    kernels: list[Kernel] = []
    args: list[tuple[int, ...]] = []
    temporaries: list[int] = []
    if packed:
        pack, elements = pack_kernel(
            loops, plan.panels, target, f"{name}_filters", width, is_swapped
        )
        kernels.append(pack)
        args.append((filters, place))
        temporaries.append(elements * size)
        filters, place = place, place + 1
    layout = FilterLayout(lanes, loops.depth, loops.channels, packed)
    kernels.append(_filters_kernel(loops, plan, layout, target, f"{name}_taps"))
    args.append((filters, place))
    wide = -(-loops.channels // lanes) * lanes
    temporaries.append(plan.products * loops.depth * wide * size)
    kernels.append(_Writer(loops, plan, target).kernel(name))
    args.append((0, place, *others))
    same = conv_epilogue.in_place(epilogue, loops.dtype, loops.shape)
    return Routine(tuple(kernels), tuple(args), tuple(temporaries), same)


def _filters_kernel(
    loops: Loops, plan: Plan, layout: FilterLayout, target: Target, name: str
) -> Kernel:
    """The kernel that transforms the filters; a unit is some channels of the source.

    Its arguments are the filters and the transformed ones: panel by panel, product by
    product, `[depth, channels of the panel]`.
    """
    f = Function(target, 2)
    source, output = f.arguments
    lanes = Lanes(f, loops.dtype, layout.lanes)
    depth, rows, columns = loops.depth, plan.rows, plan.columns
    across = columns.axis.taps
    left = transform(rows.outputs, rows.axis.taps).filter
    right = transform(columns.outputs, across).filter

    def unit(number: str, _: list[str]) -> None:
        first = f.multiply(number, _DEPTHS)
        end = f.smaller(f.add(first, _DEPTHS), depth)
        for panels in plan.panels:
            f.loop(0, panels.number, partial(panel, first, end, panels))

    def panel(
        first: Index, end: Index, panels: Panels, which: str, _: list[str]
    ) -> None:
        # One panel after another: their products lie on different pages of memory.
        f.loop(first, end, partial(row, panels, which))

    def row(panels: Panels, which: Index, number: str, _: list[str]) -> None:
        step = layout.step(panels)
        start, each = layout.panel(panels, rows.axis.taps * across)
        begin = f.index([(which, each), (number, step)], start)
        wide = panels.vectors * lanes.width
        to = f.index(
            [(which, plan.products * depth * wide), (number, wide)],
            plan.products * depth * panels.first,
        )
        f.loop(0, panels.vectors, partial(one, begin, to, step, wide))

    def one(
        begin: Index, to: Index, step: int, wide: int, vector: str, _: list[str]
    ) -> None:
        def tap(i: int, j: int) -> str:
            offset = (i * across + j) * depth * step
            return lanes.load(f.address(here, offset, loops.dtype))

        place = f.index([(begin, 1), (vector, lanes.width)])
        here = f.address(source, place, loops.dtype)
        taps = [[tap(i, j) for j in range(across)] for i in range(rows.axis.taps)]
        at = f.address(output, f.index([(to, 1), (vector, lanes.width)]), loops.dtype)
        for product, value in enumerate(flat(multiply(lanes, left, right, taps))):
            there = f.address(at, product * depth * wide, loops.dtype)
            lanes.store(value or lanes.constant(0), there)

    f.loop(f.begin, f.end, unit)
    vectors = sum(plan.number * plan.vectors for plan in plan.panels)
    nanoseconds = 1.5 * plan.products * depth * vectors
    return Kernel(name, f.text(), -(-depth // _DEPTHS), nanoseconds)


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

    def padded(self, channels: int) -> int:
        """Channels filled up to whole vectors."""
        return -(-channels // self.lanes.width) * self.lanes.width

    def spread(self, channels: int) -> int:
        """Elements from the numbers of one product to those of the next.

        A vector more than there are, or they would meet in few lines of the cache.
        """
        return self.plan.tiles * channels + self.lanes.width

    def staged(self, depth: int) -> int:
        """Elements of the staged rows of a block of one image."""
        # Transforms read whole vectors, beyond the last channel of the last pixel.
        pixels = self.staged_rows * (self.reach.high - self.reach.low)
        return self.padded(pixels * depth) + self.lanes.width

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
        """Writes the transformation of a block's inputs, `[products, tiles, depth]`.

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
                        self.at(numbers, f.multiply(tile, self.padded(loops.depth))),
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
        each = self.spread(self.padded(part.channels))

        def some(channel: str, _: list[str]) -> None:
            here, there = self.at(begin, channel), self.at(to, channel)
            given = [
                [
                    lanes.load(self.at(here, i * part.pitch + j * part.channels))
                    for j in range(columns.size)
                ]
                for i in range(rows.size)
            ]
            for number, value in enumerate(flat(multiply(lanes, left, right, given))):
                lanes.store(value or lanes.constant(0), self.at(there, number * each))

        f.loop(0, part.channels, some, step=lanes.width)

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


class _Writer(TileWriter):
    """Writes the kernel of one convolution."""

    def __init__(self, loops: Loops, plan: Plan, target: Target) -> None:
        epilogue = loops.epilogue
        count = 2 + len(epilogue.operands) + len(epilogue.outputs)
        super().__init__(loops, plan, target, count)
        self.source, self.filters, *self.others = self.f.arguments
        self.target = target
        most = max(panels.vectors for panels in plan.panels) * self.lanes.width
        # One after another in the scratch memory: rows, numbers, products.
        self.numbers_at = self.staged(loops.depth)
        each = self.spread(self.padded(loops.depth))
        self.sums_at = self.numbers_at + plan.products * each
        self.elements = self.sums_at + plan.products * self.spread(most)

    def kernel(self, name: str) -> Kernel:
        """The kernel: source, transformed filters, operands, outputs."""
        self.f.loop(self.f.begin, self.f.end, self._unit)
        loops, plan = self.loops, self.plan
        return Kernel(
            name,
            self.f.text(),
            plan.units(loops.batch),
            cost(plan, loops, self.target),
            self.elements * self.lanes.size,
        )

    def _unit(self, unit: str, _: list[str]) -> None:
        f = self.f
        block = self.block(unit)
        numbers = self.at(f.scratch, self.numbers_at)
        self.inputs(self.source, block, f.scratch, numbers)
        for panels in self.plan.panels:
            f.loop(0, panels.number, partial(self._panel, panels, block, numbers))

    def _panel(
        self, panels: Panels, block: Block, numbers: str, panel: str, _: list[str]
    ) -> None:
        """Writes the products of a panel of channels, and what they become."""
        f, plan, depth = self.f, self.plan, self.loops.depth
        wide = panels.vectors * self.lanes.width
        before = plan.products * depth * panels.first
        start = f.index([(panel, plan.products * depth * wide)], before)
        filters = self.at(self.filters, start)
        sums = self.at(f.scratch, self.sums_at)

        def product(number: str, _: list[str]) -> None:
            each = self.spread(self.padded(depth))
            given = self.at(numbers, f.multiply(number, each))
            taps = self.at(filters, f.multiply(number, depth * wide))
            to = self.at(sums, f.multiply(number, self.spread(wide)))

            def some(run: Run, turn: str, _: list[str]) -> None:
                first = f.index([(turn, run.width)], run.first)
                self._product(
                    run.width,
                    panels.vectors,
                    self.at(given, f.multiply(first, self.padded(depth))),
                    taps,
                    self.at(to, f.multiply(first, wide)),
                )

            for run in panels.columns[0]:
                f.loop(0, run.turns, partial(some, run))

        f.loop(0, plan.products, product)
        channel = f.index([(panel, wide)], panels.first)
        f.loop(0, block.images, partial(self._outputs, panels, block, channel, sums))

    def _product(
        self, tiles: int, vectors: int, given: str, taps: str, to: str
    ) -> None:
        """Writes the sums over the depth of some tiles, in registers."""
        f, lanes, depth = self.f, self.lanes, self.loops.depth
        pitch, wide = self.padded(depth), vectors * lanes.width

        def step(number: str, sums: list[str]) -> list[str]:
            row = self.at(taps, f.multiply(number, wide))
            weights = [
                lanes.load(self.at(row, vector * lanes.width))
                for vector in range(vectors)
            ]
            here, result = self.at(given, number), list[str]()
            for tile in range(tiles):
                value = lanes.broadcast(self.at(here, tile * pitch))
                for weight in weights:
                    result.append(lanes.fma(value, weight, sums[len(result)]))
            return result

        zero = [(lanes.type, lanes.constant(0))] * (tiles * vectors)
        for place, value in enumerate(f.loop(0, depth, step, zero)):
            lanes.store(value, self.at(to, place * lanes.width))

    def _outputs(
        self,
        panels: Panels,
        block: Block,
        channel: Index,
        sums: str,
        number: str,
        _: list[str],
    ) -> None:
        """Writes the outputs of all tiles of an image for one panel."""
        f, plan, loops = self.f, self.plan, self.loops
        rows, columns = plan.rows, plan.columns
        wide = panels.vectors * self.lanes.width
        place = f.multiply(number, plan.height * columns.tiles)
        image = f.multiply(f.add(block.image, number), loops.result[0])

        def tile(size: tuple[int, int], down: str, along: str, _: list[str]) -> None:
            which = f.index(
                [
                    (f.subtract(down, block.row), columns.tiles),
                    (along, 1),
                    (place, 1),
                ]
            )
            row = f.index([(down, rows.outputs), (image, 1)])
            pixel = f.index([(row, loops.result[1]), (along, columns.outputs)])
            at = f.index([(pixel, loops.channels), (channel, 1)])
            here = self.at(sums, f.multiply(which, wide))
            self._output(panels, size, here, at, channel)

        self.each_tile(block, tile)

    def _output(
        self,
        panels: Panels,
        size: tuple[int, int],
        sums: str,
        at: Index,
        channel: Index,
    ) -> None:
        """Writes the outputs of one tile: all vectors of a panel."""
        f = self.f
        whole = panels.vectors - (1 if panels.ragged else 0)

        def one(mask: str | None, vector: str, _: list[str]) -> None:
            begin = f.multiply(vector, self.lanes.width)
            here, place = self.at(sums, begin), f.add(at, begin)
            self._vector(panels, size, here, place, f.add(channel, begin), mask)

        f.loop(0, whole, partial(one, None))
        if panels.ragged:
            one(self.lanes.first(panels.ragged), str(whole), [])

    def _vector(
        self,
        panels: Panels,
        size: tuple[int, int],
        sums: str,
        at: Index,
        channel: Index,
        mask: str | None,
    ) -> None:
        """Writes the outputs of one tile for one vector of channels."""
        lanes, plan, loops = self.lanes, self.plan, self.loops
        rows, columns = plan.rows, plan.columns
        each = self.spread(panels.vectors * lanes.width)
        left = transform(rows.outputs, rows.axis.taps).output[: size[0]]
        right = transform(columns.outputs, columns.axis.taps).output[: size[1]]
        given = [
            [
                lanes.load(self.at(sums, (i * columns.size + j) * each))
                for j in range(columns.size)
            ]
            for i in range(rows.size)
        ]
        end = End(lanes, loops.epilogue, loops.shape, self.others, at, channel)
        for i, row in enumerate(multiply(lanes, left, right, given)):
            for j, value in enumerate(row):
                offset = (i * loops.result[1] + j) * loops.channels
                end.write(value or lanes.constant(0), offset, 0, mask)
