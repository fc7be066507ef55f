"""Winograd's filter gradient in native code.

A filter's gradient is a short convolution, too, whose outputs are the taps: inputs are
transformed as forwards, the output's gradient by the transposed matrix, and their
products are summed over all tiles before they are transformed to taps. A work unit
sums one part of the images, for some panels of channels; the sums of all products stay
in the second-level cache. Another kernel adds the parts in their order. Errors are
bounded as those of `winograd.py`, where `w` are the gradients of the tap's channel and
`n` is the number of tiles. Read next: `conv_sum.py`.
"""

from collections.abc import Callable
from functools import partial

from interactive_graphs.kernels.native.conv_direct import Loops
from interactive_graphs.kernels.native.conv_memory import clear
from interactive_graphs.kernels.native.conv_sum import summed
from interactive_graphs.kernels.native.conv_tiles import Panels, Run, cut, plan_panels
from interactive_graphs.kernels.native.gemm_tiling import Epilogue
from interactive_graphs.kernels.native.ir import Index
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.winograd_plan import (
    Plan,
    cost,
    is_possible,
    plan_winograd,
)
from interactive_graphs.kernels.native.winograd_tiles import Block, TileWriter
from interactive_graphs.kernels.native.winograd_transforms import (
    flat,
    multiply,
    transform,
    transposed,
)

# Sums of products of a unit; with more, and several panels, a part has several units.
_SUM_BYTES = 5 << 17
_MOST_BYTES = 1 << 20

# Parts are all written and read once more: no more of them than this, in bytes.
_PARTS_BYTES = 1 << 22
_PARTS = 10

# Below this many nanoseconds a direct gradient is left alone.
_SMALL = 200_000


def winograd_filter_gradient(
    loops: Loops, target: Target, name: str, epilogue: Epilogue | None
) -> Routine:
    """The routine of a filter gradient for which `gradient_pays`.

    Args:
        loops: the convolution.
        target: the processor.
        name: of the kernels.
        epilogue: what follows, None for nothing.
    """
    writer = _Writer(loops, plan_winograd(loops, target), target)
    main = writer.kernel(name)
    shape = (
        loops.rows[0].taps,
        loops.columns[0].taps,
        loops.depth,
        loops.channels,
    )
    if writer.count == 1 and epilogue is None:
        return Routine((main,), ((0, 1, 2),))
    return summed(main, writer.count, shape, loops.dtype, epilogue, target)


def gradient_pays(loops: Loops, target: Target) -> bool:
    """Whether Winograd's way is estimated to be faster than the direct one."""
    direct = loops.cost(target)
    if not is_possible(loops) or direct < _SMALL:
        return False
    plan = plan_winograd(loops, target)
    # Of one panel of two vectors.
    if plan.products * loops.depth * 2 * target.vector_bytes > _MOST_BYTES:
        return False
    return cost(plan, loops, target) < 0.7 * direct


class _Writer(TileWriter):
    """Writes the kernel that sums the parts.

    Attributes:
        count: of parts.
        sections: of panels, each another unit of every part.
    """

    def __init__(self, loops: Loops, plan: Plan, target: Target) -> None:
        super().__init__(loops, plan, target, 3)
        self.source, self.gradient, self.output = self.f.arguments
        lanes = self.lanes
        self.panels = plan_panels(
            1, (lanes.width,), loops.channels, lanes.width, target.registers
        )
        self.cost = cost(plan, loops, target)
        self.most = max(panels.vectors for panels in self.panels) * lanes.width
        self.each = plan.products * loops.depth * self.most
        number = sum(panels.number for panels in self.panels)
        wanted = -(-number * self.each * lanes.size // _SUM_BYTES)
        self.sections = min(number, wanted)
        elements = loops.depth * loops.channels
        elements *= plan.rows.axis.taps * plan.columns.axis.taps
        room = max(1, _PARTS_BYTES // (elements * lanes.size))
        units = plan.units(loops.batch)
        self.count = min(units, _PARTS, room)
        # One after another in the scratch memory: rows, numbers, gradients, sums.
        self.numbers_at = self.staged(loops.depth)
        self.gradients_at = self.numbers_at + self.slabs(loops.depth)
        self.sums_at = self.gradients_at + self.slabs(self.most)
        held = -(-number // self.sections)
        self.elements = self.sums_at + held * self.each

    def kernel(self, name: str) -> Kernel:
        """The kernel; its arguments are images, gradients and the parts."""
        self.f.loop(self.f.begin, self.f.end, self._unit)
        units, scratch = self.count * self.sections, self.elements * self.lanes.size
        return Kernel(name, self.f.text(), units, self.cost, scratch)

    def _unit(self, unit: str, _: list[str]) -> None:
        f, loops = self.f, self.loops
        section, part = f.remainder(unit, self.sections), f.divide(unit, self.sections)
        units = self.plan.units(loops.batch)
        begin = f.divide(f.multiply(part, units), self.count)
        end = f.divide(f.multiply(f.add(part, 1), units), self.count)
        number = sum(panels.number for panels in self.panels)
        low = f.divide(f.multiply(section, number), self.sections)
        high = f.divide(f.multiply(f.add(section, 1), number), self.sections)
        sums = self.at(f.scratch, self.sums_at)

        def zero(place: str, _: list[str]) -> None:
            clear(self.lanes, self.at(sums, f.multiply(place, self.each)), self.each)

        f.loop(0, f.subtract(high, low), zero)
        f.loop(begin, end, partial(self._block, low, high))
        taps = self.plan.rows.axis.taps * self.plan.columns.axis.taps
        elements = taps * loops.depth * loops.channels
        output = self.at(self.output, f.multiply(part, elements))
        self._each_panel(low, high, partial(self._taps, output))

    def _each_panel(
        self, low: Index, high: Index, write: Callable[[Panels, Index, str], None]
    ) -> None:
        """Writes something for each panel of a section: panels, channel, sums."""
        f, before = self.f, 0
        sums = self.at(f.scratch, self.sums_at)
        for panels in self.panels:

            def one(panels: Panels, before: int, panel: str, _: list[str]) -> None:
                place = f.subtract(f.add(panel, before), low)
                here = self.at(sums, f.multiply(place, self.each))
                wide = panels.vectors * self.lanes.width
                write(panels, f.index([(panel, wide)], panels.first), here)

            begin = f.larger(f.subtract(low, before), 0)
            end = f.smaller(f.subtract(high, before), panels.number)
            f.loop(begin, end, partial(one, panels, before))
            before += panels.number

    def _block(self, low: Index, high: Index, unit: str, _: list[str]) -> None:
        """Writes what one block of tiles adds to the sums of a section."""
        f, block = self.f, self.block(unit)
        self.inputs(self.source, block, f.scratch, self.at(f.scratch, self.numbers_at))
        self._each_panel(low, high, partial(self._panel, block))

    def _panel(self, block: Block, panels: Panels, channel: Index, sums: str) -> None:
        """Writes what one block of tiles adds to the sums of a panel."""
        f, plan, depth = self.f, self.plan, self.loops.depth
        wide = panels.vectors * self.lanes.width
        gradients = self.at(f.scratch, self.gradients_at)
        f.loop(0, block.images, partial(self._image, block, panels, channel, gradients))
        # Of an image with several blocks the last may have fewer rows.
        rows = f.multiply(block.images, f.subtract(block.end, block.row))
        tiles = f.multiply(rows, plan.columns.tiles)

        def product(number: str, _: list[str]) -> None:
            place = f.multiply(number, self.row)
            given = self.at(f.scratch, f.add(place, self.numbers_at))
            there = self.at(gradients, place)
            to = self.at(sums, f.multiply(number, depth * wide))

            def vector(most: int, which: str, _: list[str]) -> None:
                here = self.at(given, f.multiply(which, self.slab))
                first = self.at(to, f.multiply(which, self.lanes.width * wide))
                for run in cut(most, max(run.width for run in panels.columns[0])):
                    f.loop(0, run.turns, partial(some, run, here, first))

            def some(run: Run, here: str, first: str, turn: str, _: list[str]) -> None:
                channel = f.index([(turn, run.width)], run.first)
                begin = self.at(first, f.multiply(channel, wide))
                size = (run.width, panels.vectors)
                self._product(tiles, size, self.at(here, channel), there, begin)

            whole, rest = divmod(depth, self.lanes.width)
            f.loop(0, whole, partial(vector, self.lanes.width))
            if rest:
                vector(rest, str(whole), [])

        f.loop(0, plan.products, product)

    def _product(
        self, tiles: Index, size: tuple[int, int], given: str, there: str, to: str
    ) -> None:
        """Writes the sums over tiles for some channels of both, in registers."""
        f, lanes, (channels, vectors) = self.f, self.lanes, size

        def step(tile: str, sums: list[str]) -> list[str]:
            at = f.multiply(tile, lanes.width)
            row, here = self.at(there, at), self.at(given, at)
            values = [lanes.load(self.at(row, v * self.slab)) for v in range(vectors)]
            result: list[str] = []
            for channel in range(channels):
                number = lanes.broadcast(self.at(here, channel))
                for value in values:
                    result.append(lanes.fma(number, value, sums[len(result)]))
            return result

        places = [self.at(to, n * lanes.width) for n in range(channels * vectors)]
        before = [(lanes.type, lanes.load(place)) for place in places]
        for place, value in zip(places, f.loop(0, tiles, step, before), strict=True):
            lanes.store(value, place)

    def _image(
        self,
        block: Block,
        panels: Panels,
        channel: Index,
        gradients: str,
        number: str,
        _: list[str],
    ) -> None:
        """Writes the transformation of an image's gradients for one panel."""
        f, plan, loops = self.f, self.plan, self.loops
        rows, columns = plan.rows, plan.columns
        place = f.multiply(number, plan.height * columns.tiles)
        image = f.multiply(f.add(block.image, number), loops.result[0])

        def tile(size: tuple[int, int], down: str, along: str, _: list[str]) -> None:
            row = f.subtract(down, block.row)
            which = f.index([(row, columns.tiles), (along, 1), (place, 1)])
            line = f.index([(down, rows.outputs), (image, 1)])
            pixel = f.index([(line, loops.result[1]), (along, columns.outputs)])
            at = f.index([(pixel, loops.channels), (channel, 1)])
            to = self.at(gradients, f.multiply(which, self.lanes.width))
            self._tile(panels, size, self.at(self.gradient, at), to)

        self.each_tile(block, tile)

    def _tile(
        self, panels: Panels, size: tuple[int, int], source: str, to: str
    ) -> None:
        """Writes the transformation of one tile's gradients: all vectors."""
        f, whole = self.f, panels.vectors - (1 if panels.ragged else 0)

        def one(mask: str | None, vector: str, _: list[str]) -> None:
            begin = f.multiply(vector, self.lanes.width)
            there = self.at(to, f.multiply(vector, self.slab))
            self._vector(size, self.at(source, begin), there, mask)

        f.loop(0, whole, partial(one, None))
        if panels.ragged:
            one(self.lanes.first(panels.ragged), str(whole), [])

    def _vector(
        self,
        size: tuple[int, int],
        source: str,
        to: str,
        mask: str | None,
    ) -> None:
        """Writes the transformation of one tile's gradients for one vector."""
        lanes, plan, loops = self.lanes, self.plan, self.loops
        rows, columns = plan.rows, plan.columns
        # Of a last tile the outputs that there are not count as zero.
        left = transform(rows.outputs, rows.axis.taps).output[: size[0]]
        right = transform(columns.outputs, columns.axis.taps).output[: size[1]]

        def load(i: int, j: int) -> str:
            offset = (i * loops.result[1] + j) * loops.channels
            return lanes.load(self.at(source, offset), mask)

        given = [[load(i, j) for j in range(size[1])] for i in range(size[0])]
        made = multiply(lanes, transposed(left), transposed(right), given)
        for number, value in enumerate(flat(made)):
            lanes.store(value or lanes.constant(0), self.at(to, number * self.row))

    def _taps(self, output: str, panels: Panels, channel: Index, sums: str) -> None:
        """Writes the taps of a panel from its sums."""
        f, loops = self.f, self.loops
        whole = panels.vectors - (1 if panels.ragged else 0)
        wide = panels.vectors * self.lanes.width

        def row(depth: str, _: list[str]) -> None:
            def one(mask: str | None, vector: str, _: list[str]) -> None:
                begin = f.multiply(vector, self.lanes.width)
                here = self.at(sums, f.index([(depth, wide), (begin, 1)]))
                at = f.index([(depth, loops.channels), (channel, 1), (begin, 1)])
                self._tap_vector(here, self.at(output, at), wide, mask)

            f.loop(0, whole, partial(one, None))
            if panels.ragged:
                one(self.lanes.first(panels.ragged), str(whole), [])

        f.loop(0, loops.depth, row)

    def _tap_vector(self, sums: str, to: str, wide: int, mask: str | None) -> None:
        """Writes the taps of one channel of the source and a vector of channels."""
        lanes, plan, loops = self.lanes, self.plan, self.loops
        rows, columns = plan.rows, plan.columns
        left = transposed(transform(rows.outputs, rows.axis.taps).filter)
        right = transposed(transform(columns.outputs, columns.axis.taps).filter)

        def load(i: int, j: int) -> str:
            offset = (i * columns.size + j) * loops.depth * wide
            return lanes.load(self.at(sums, offset))

        given = [[load(i, j) for j in range(columns.size)] for i in range(rows.size)]
        for number, value in enumerate(flat(multiply(lanes, left, right, given))):
            there = self.at(to, number * loops.depth * loops.channels)
            lanes.store(value or lanes.constant(0), there, mask)
