"""Winograd's convolution in native code: fewer products, at the price of some digits.

Used for windows of 3 or 5 taps that are moved by one, forwards and for the input
gradient. A block of tiles is transformed, multiplied and transformed back while it is
in a core's second-level cache: a work unit. Each of the products of a tile is a matrix
product of tiles x depth x channels.

An element of the result is within `g (1 + n / 8) eps max|x| sum|w|` of the truth, for
inputs `x`, filters `w` of its channel, and `n` channels that are summed. Where rounding
errors have no pattern in common, as with normal numbers, it is within
`g (1 + sqrt(n) / 8) eps max|x| sqrt(sum w^2)`. The `growth` g of a tile is the product
of those of its sides: 1.7 for two outputs of three taps, 8.9 for four of three and for
two of five, 10.7 for four of five. It is the sizes of terms that count, not those of
results: a tile's numbers are added and subtracted before they are multiplied. For the
same reason a number that is not finite spoils the tiles that read it, not its windows
alone. Read next: `winograd_gradient.py`.
"""

from functools import partial

from interactive_graphs.kernels.native import conv_epilogue
from interactive_graphs.kernels.native.conv_direct import FilterLayout, Loops
from interactive_graphs.kernels.native.conv_epilogue import End
from interactive_graphs.kernels.native.conv_filters import pack_kernel
from interactive_graphs.kernels.native.conv_tiles import Panels, Run
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.winograd_plan import (
    Plan,
    cost,
    plan_winograd,
)
from interactive_graphs.kernels.native.winograd_tiles import Block, TileWriter
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


class _Writer(TileWriter):
    """Writes the kernel of one convolution."""

    def __init__(self, loops: Loops, plan: Plan, target: Target) -> None:
        epilogue = loops.epilogue
        count = 2 + len(epilogue.operands) + len(epilogue.outputs)
        super().__init__(loops, plan, target, count)
        self.source, self.filters, *self.others = self.f.arguments
        self.target = target
        most = max(panels.vectors for panels in plan.panels)
        # One after another in the scratch memory: rows, numbers, products.
        self.numbers_at = self.staged(loops.depth)
        self.sums_at = self.numbers_at + self.slabs(loops.depth)
        self.elements = self.sums_at + most * self.slab

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
            given = self.at(numbers, f.multiply(number, self.row))
            taps = self.at(filters, f.multiply(number, depth * wide))
            to = self.at(sums, f.multiply(number, self.row))

            def some(run: Run, turn: str, _: list[str]) -> None:
                first = f.index([(turn, run.width)], run.first)
                first = f.multiply(first, self.lanes.width)
                size = (run.width, panels.vectors)
                self._product(size, self.at(given, first), taps, self.at(to, first))

            for run in panels.columns[0]:
                f.loop(0, run.turns, partial(some, run))

        f.loop(0, plan.products, product)
        channel = f.index([(panel, wide)], panels.first)
        f.loop(0, block.images, partial(self._outputs, panels, block, channel, sums))

    def _product(self, size: tuple[int, int], given: str, taps: str, to: str) -> None:
        """Writes the sums over the depth of some tiles and vectors, in registers."""
        f, lanes, (tiles, vectors) = self.f, self.lanes, size
        width = lanes.width
        whole, rest = divmod(self.loops.depth, width)

        def step(given: str, taps: str, number: str, sums: list[str]) -> list[str]:
            row = self.at(taps, f.multiply(number, vectors * width))
            weights = [lanes.load(self.at(row, v * width)) for v in range(vectors)]
            here, result = self.at(given, number), list[str]()
            for tile in range(tiles):
                value = lanes.broadcast(self.at(here, tile * width))
                for weight in weights:
                    result.append(lanes.fma(value, weight, sums[len(result)]))
            return result

        def some(count: int, block: str, sums: list[str]) -> list[str]:
            here = self.at(given, f.multiply(block, self.slab))
            there = self.at(taps, f.multiply(block, vectors * width * width))
            kinds = [(lanes.type, one) for one in sums]
            return f.loop(0, count, partial(step, here, there), kinds)

        sums = [lanes.constant(0)] * (tiles * vectors)
        kinds = [(lanes.type, one) for one in sums]
        sums = f.loop(0, whole, partial(some, width), kinds)
        if rest:
            sums = some(rest, str(whole), sums)
        for number, value in enumerate(sums):
            tile, vector = divmod(number, vectors)
            lanes.store(value, self.at(to, tile * width + vector * self.slab))

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
            here = self.at(sums, f.multiply(which, self.lanes.width))
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
            here = self.at(sums, f.multiply(vector, self.slab))
            self._vector(size, here, f.add(at, begin), f.add(channel, begin), mask)

        f.loop(0, whole, partial(one, None))
        if panels.ragged:
            one(self.lanes.first(panels.ragged), str(whole), [])

    def _vector(
        self,
        size: tuple[int, int],
        sums: str,
        at: Index,
        channel: Index,
        mask: str | None,
    ) -> None:
        """Writes the outputs of one tile for one vector of channels."""
        lanes, plan, loops = self.lanes, self.plan, self.loops
        rows, columns = plan.rows, plan.columns
        left = transform(rows.outputs, rows.axis.taps).output[: size[0]]
        right = transform(columns.outputs, columns.axis.taps).output[: size[1]]
        given = [
            [
                lanes.load(self.at(sums, (i * columns.size + j) * self.row))
                for j in range(columns.size)
            ]
            for i in range(rows.size)
        ]
        end = End(lanes, loops.epilogue, loops.shape, self.others, at, channel)
        for i, row in enumerate(multiply(lanes, left, right, given)):
            for j, value in enumerate(row):
                offset = (i * loops.result[1] + j) * loops.channels
                end.write(value or lanes.constant(0), offset, 0, mask)
