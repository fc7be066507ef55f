"""The filter gradient of a convolution in native code.

The images are cut into pieces, the pieces into parts. A unit sums what one part gives
to some of the filter's elements, with a tile of them in registers while it goes over
all windows of several pieces; another kernel then adds the parts in their order. How
many parts there are follows from the sizes alone, and so do all digits of the result.
Read next: `conv_sum.py`.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from interactive_graphs.kernels.cpu.windows import Windows
from interactive_graphs.kernels.native.conv import (
    EMPTY,
    flat,
    forward_loops,
    shapes_text,
)
from interactive_graphs.kernels.native.conv_axes import reach
from interactive_graphs.kernels.native.conv_direct import Loops
from interactive_graphs.kernels.native.conv_memory import Image, clear, copy, stage
from interactive_graphs.kernels.native.conv_parts import (
    Parts,
    filter_panels,
    is_spread,
    plan_parts,
    row_tiles,
)
from interactive_graphs.kernels.native.conv_sum import summed
from interactive_graphs.kernels.native.conv_tiles import Panels, Run
from interactive_graphs.kernels.native.gemm_tiling import Epilogue
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.winograd_gradient import (
    gradient_pays,
    winograd_filter_gradient,
)

# Gradients are copied panel by panel where so many tiles read them.
_PACKED_TILES = 4


def conv2d_filter_gradient(
    input_shape: Sequence[int],
    filter_shape: Sequence[int],
    windows: Windows,
    *,
    target: Target,
    dtype: str = "float32",
    epilogue: Epilogue | None = None,
    winograd: bool = False,
) -> Routine:
    """The gradient of `conv2d` for its filters.

    Inputs of the routine: the images `[batch, rows, columns, in]`, the output's
    gradient `[batch, *windows, out]` and the operands of the epilogue; outputs: those
    of the epilogue, of shape `[rows, columns, in, out]`.

    Args:
        input_shape: of the images.
        filter_shape: of the filters, and of the result.
        windows: where the windows lie.
        target: the processor.
        dtype: "float32" or "float64".
        epilogue: what follows, the step of an optimizer for example; operands have the
            shape of the filters or are one number. None for the gradient itself.
        winograd: whether fewer products may be paid for with some digits, where that is
            faster.

    Raises:
        ValueError: the epilogue cannot follow.
    """
    if not math.prod(filter_shape):
        return EMPTY
    loops = flat(forward_loops(input_shape, filter_shape, windows))
    loops = loops._replace(dtype=dtype)
    name = f"conv2d_filter_gradient_{shapes_text(input_shape, filter_shape)}"
    if winograd and gradient_pays(loops, target):
        return winograd_filter_gradient(loops, target, f"{name}_winograd", epilogue)
    cut = plan_parts(loops, target)
    main = _Writer(loops, target, cut).kernel(name)
    if cut.parts == 1 and epilogue is None:
        return Routine((main,), ((0, 1, 2),))
    return summed(main, cut.parts, tuple(filter_shape), dtype, epilogue, target)


class _Tile(NamedTuple):
    """A tile of the filter whose code is being written.

    Attributes:
        channel: its first one.
        tap: its first row of taps.
        column: its tap of a row, where each has tiles of its own, else 0.
        first: of what lies side by side in a row.
        height: rows of taps.
        width: of what lies side by side.
    """

    panels: Panels
    channel: Index
    tap: Index
    column: Index = 0
    first: Index = 0
    height: int = 0
    width: int = 0


class _Group(NamedTuple):
    """Pieces that are gone over together.

    Attributes:
        first: number of the first.
        pieces: how many there are.
        is_first: i1, whether they are the first of their part.
        sums: of the part.
    """

    first: Index
    pieces: Index
    is_first: str
    sums: str


class _Writer:
    """Writes the kernel that sums the parts."""

    def __init__(self, loops: Loops, target: Target, cut: Parts) -> None:
        self.loops, self.target, self.cut = loops, target, cut
        self.f = Function(target, 3)
        self.source, self.gradient, self.output = self.f.arguments
        self.lanes = Lanes(self.f, loops.dtype, target.lanes(loops.dtype))
        self.panels = filter_panels(loops, target)
        self.rows, self.columns = loops.rows[0], loops.columns[0]
        self.reach = reach(loops.columns)
        pixels = self.reach.high - self.reach.low if cut.staged else loops.sizes[1]
        self.pitch = pixels * loops.depth
        # The gradients of a panel lie far apart; they are copied if enough tiles read
        # them.
        runs = sum(run.turns for run in self.panels[0].columns[0])
        tiles = runs * row_tiles(loops, target)
        tiles *= self.columns.taps if is_spread(loops) else 1
        first = self.panels[0]
        wide = first.vectors * self.lanes.width
        self.packs = tiles >= _PACKED_TILES and wide != loops.channels
        vectors = sum(plan.number * plan.vectors for plan in self.panels)
        self.windows = cut.height * loops.result[1]
        self.packed = vectors * self.lanes.width * self.windows if self.packs else 0

    def kernel(self, name: str) -> Kernel:
        """The kernel; its arguments are images, gradients and the parts' sums."""
        cut, loops = self.cut, self.loops
        self.f.loop(self.f.begin, self.f.end, self._unit)
        size = self.lanes.size
        return Kernel(
            name,
            self.f.text(),
            cut.parts * cut.sections,
            loops.cost(self.target),
            cut.together * (cut.staged + self.packed) * size,
        )

    def _at(self, pointer: str, index: Index) -> str:
        return self.f.address(pointer, index, self.loops.dtype)

    def _unit(self, unit: str, _: list[str]) -> None:
        f, cut = self.f, self.cut
        section, part = f.remainder(unit, cut.sections), f.divide(unit, cut.sections)
        begin = f.divide(f.multiply(part, cut.pieces), cut.parts)
        end = f.divide(f.multiply(f.add(part, 1), cut.pieces), cut.parts)
        sums = self._at(self.output, f.multiply(part, self._elements()))
        if not cut.pieces or not self.rows.outputs or not self.columns.outputs:
            # Nothing to go over: only here may a part have no group at all.
            clear(self.lanes, sums, self._elements())
            return

        def group(first: str, _: list[str]) -> None:
            count = f.smaller(f.subtract(end, first), cut.together)
            is_first = f.value(f"icmp eq i64 {first}, {begin}")
            if cut.staged:
                f.loop(0, count, partial(self._stage, first))
            self._section(section, _Group(first, count, is_first, sums))

        f.loop(begin, end, group, step=cut.together)

    def _elements(self) -> int:
        """Of the filter."""
        return self.rows.taps * self._row_elements()

    def _row_elements(self) -> int:
        return self.columns.taps * self.loops.depth * self.loops.channels

    def _stage(self, first: Index, number: str, _: list[str]) -> None:
        """Copies one piece to its place in the scratch memory."""
        f, loops, cut = self.f, self.loops, self.cut
        piece = f.add(first, number)
        image, block = f.divide(piece, cut.blocks), f.remainder(piece, cut.blocks)
        pitch = loops.sizes[1] * loops.depth
        start = f.multiply(image, loops.sizes[0] * pitch)
        whole = Image(self._at(self.source, start), 0, 0, pitch, loops.depth)
        row = f.index([(block, cut.height * self.rows.advance)], self.rows.origin)
        to = self._at(f.scratch, f.multiply(number, cut.staged))
        rows = (row, cut.staged // self.pitch)
        stage(self.lanes, whole, to, loops.sizes, rows, self.reach)

    def _section(self, section: Index, group: _Group) -> None:
        """Writes the tiles of one section: some of all (panel, row of tiles)."""
        f, cut = self.f, self.cut
        high = self.panels[0].rows
        down = -(-self.rows.taps // high)
        count = down * sum(plan.number for plan in self.panels)
        low = f.divide(f.multiply(section, count), cut.sections)
        end = f.divide(f.multiply(f.add(section, 1), count), cut.sections)
        before = 0
        for plan in self.panels:

            def one(plan: Panels, number: str, _: list[str]) -> None:
                panel, row = f.divide(number, down), f.remainder(number, down)
                wide = plan.vectors * self.lanes.width
                channel = f.index([(panel, wide)], plan.first)
                tile = _Tile(plan, channel, f.multiply(row, high))
                self._row(tile, row, down, group)

            begin = f.larger(f.subtract(low, before), 0)
            stop = f.smaller(f.subtract(end, before), plan.number * down)
            if self.packs:
                panels_end = f.divide(f.add(f.larger(stop, 0), down - 1), down)
                pack = partial(self._pack, plan, group)
                f.loop(f.divide(begin, down), panels_end, pack)
            f.loop(begin, stop, partial(one, plan))
            before += plan.number * down

    def _packed_place(self, number: Index, channel: Index) -> str:
        """Where the packed gradients of a piece begin, for a panel of channels."""
        start = self.cut.together * self.cut.staged
        terms = [(number, self.packed), (channel, self.windows)]
        return self._at(self.f.scratch, self.f.index(terms, start))

    def _pack(self, plan: Panels, group: _Group, panel: str, _: list[str]) -> None:
        """Copies the gradients of a panel, for all pieces of a group."""
        f, loops, cut = self.f, self.loops, self.cut
        wide = plan.vectors * self.lanes.width
        full = wide - self.lanes.width + plan.ragged if plan.ragged else wide
        channel = f.index([(panel, wide)], plan.first)

        def piece(number: str, _: list[str]) -> None:
            which = f.add(group.first, number)
            image, block = f.divide(which, cut.blocks), f.remainder(which, cut.blocks)
            first = f.multiply(block, cut.height)
            rows = f.smaller(f.subtract(self.rows.outputs, first), cut.height)
            line = f.index([(image, loops.result[0]), (first, 1)])
            at = f.index([(line, loops.result[1] * loops.channels), (channel, 1)])
            source, target = (
                self._at(self.gradient, at),
                self._packed_place(number, channel),
            )

            def window(place: str, _: list[str]) -> None:
                here = self._at(source, f.multiply(place, loops.channels))
                to = self._at(target, f.multiply(place, wide))
                copy(self.lanes, here, to, full)
                clear(self.lanes, self._at(to, full), wide - full)

            f.loop(0, f.multiply(rows, loops.result[1]), window)

        f.loop(0, group.pieces, piece)

    def _row(self, tile: _Tile, row: Index, down: int, group: _Group) -> None:
        """Writes the tiles of some rows of taps; the last row may have fewer."""
        f, high, taps = self.f, tile.panels.rows, self.rows.taps
        if taps % high == 0:
            self._across(tile._replace(height=high), group)
            return
        short = tile._replace(height=taps % high)
        if down == 1:
            self._across(short, group)
            return
        f.when(
            f.value(f"icmp slt i64 {row}, {down - 1}"),
            lambda: self._across(tile._replace(height=high), group),
            lambda: self._across(short, group),
        )

    def _across(self, tile: _Tile, group: _Group) -> None:
        """Writes the tiles beside one another."""
        f = self.f

        def along(column: str, _: list[str]) -> None:
            def one(run: Run, turn: str, _: list[str]) -> None:
                first = f.index([(turn, run.width)], run.first)
                now = tile._replace(column=column, first=first, width=run.width)
                self._tile(now, group)

            for run in tile.panels.columns[0]:
                f.loop(0, run.turns, partial(one, run))

        f.loop(0, self.columns.taps if is_spread(self.loops) else 1, along)

    def _tile(self, tile: _Tile, group: _Group) -> None:
        """Writes one tile: its sums over all pieces of a group, and their stores."""
        f, lanes = self.f, self.lanes
        count = tile.height * tile.width * tile.panels.vectors
        sums = f.loop(
            0,
            group.pieces,
            partial(self._piece, tile, group),
            [(lanes.type, lanes.constant(0))] * count,
        )
        first = f.index(
            [
                (tile.tap, self._row_elements()),
                (tile.column, self.loops.depth * self.loops.channels),
                (tile.first, self.loops.channels),
                (tile.channel, 1),
            ]
        )
        output = self._at(group.sums, first)
        f.when(
            group.is_first,
            lambda: self._store(tile, output, sums, False),
            lambda: self._store(tile, output, sums, True),
        )

    def _store(self, tile: _Tile, output: str, sums: Sequence[str], adds: bool) -> None:
        lanes, vectors = self.lanes, tile.panels.vectors
        for number, value in enumerate(sums):
            place, vector = divmod(number, vectors)
            row, column = divmod(place, tile.width)
            offset = row * self._row_elements() + column * self.loops.channels
            to = self._at(output, offset + vector * lanes.width)
            mask = self._mask(tile.panels, vector)
            new = lanes.add(lanes.load(to, mask), value) if adds else value
            lanes.store(new, to, mask)

    def _mask(self, panels: Panels, vector: int) -> str | None:
        is_last = vector == panels.vectors - 1
        return self.lanes.first(panels.ragged) if is_last and panels.ragged else None

    def _piece(
        self, tile: _Tile, group: _Group, number: str, sums: list[str]
    ) -> list[str]:
        """Writes what one piece adds to a tile."""
        f, loops, cut, rows = self.f, self.loops, self.cut, self.rows
        piece = f.add(group.first, number)
        image, block = f.divide(piece, cut.blocks), f.remainder(piece, cut.blocks)
        first = f.multiply(block, cut.height)
        low, high = self._windows(tile, first)
        gradients, apart = self._gradients(tile, image, first, number)
        across = loops.result[1] * apart
        # Where window (0, 0) of the image finds the tile's first element.
        terms: list[tuple[Index, int]] = [
            (tile.tap, rows.spread * self.pitch),
            (tile.column, self.columns.spread * loops.depth),
            (tile.first, 1),
        ]
        if cut.staged:
            terms += [(number, cut.staged), (first, -rows.advance * self.pitch)]
            pointer, offset = f.scratch, 0
        else:
            terms.append((image, loops.sizes[0] * self.pitch))
            offset = rows.origin * self.pitch + self.columns.origin * loops.depth
            pointer = self.source
        source = self._at(pointer, f.index(terms, offset))

        def row(at: str, carried: list[str]) -> list[str]:
            here = self._at(source, f.multiply(at, rows.advance * self.pitch))
            there = self._at(gradients, f.multiply(at, across))
            return self._window_row(tile, here, there, apart, carried)

        return f.loop(low, high, row, [(self.lanes.type, one) for one in sums])

    def _gradients(
        self, tile: _Tile, image: Index, first: Index, number: Index
    ) -> tuple[str, int]:
        """Where the gradient of an image's window (0, 0) would be; to the next."""
        f, loops = self.f, self.loops
        if not self.packs:
            area = loops.result[0] * loops.result[1] * loops.channels
            at = f.index([(image, area), (tile.channel, 1)])
            return self._at(self.gradient, at), loops.channels
        wide = tile.panels.vectors * self.lanes.width
        before = f.index([(first, -loops.result[1] * wide)])
        return self._at(self._packed_place(number, tile.channel), before), wide

    def _windows(self, tile: _Tile, first: Index) -> tuple[Index, Index]:
        """The rows of windows of a piece in which a tap finds anything."""
        f, rows = self.f, self.rows
        end = f.smaller(f.add(first, self.cut.height), rows.outputs)
        if not reach([rows]).is_outside(rows.size):
            return first, end
        advance = rows.advance
        # Tap t of window i is at origin + i * advance + t * spread, below `size`.
        bottom = f.index([(tile.tap, -rows.spread)], -rows.origin)
        lowest = f.add(bottom, (1 - tile.height) * rows.spread + advance - 1)
        low = f.divide(f.larger(lowest, 0), advance)
        top = f.larger(f.add(bottom, rows.size + advance - 1), 0)
        return f.larger(first, low), f.smaller(end, f.divide(top, advance))

    def _window_row(
        self, tile: _Tile, source: str, gradients: str, apart: int, sums: list[str]
    ) -> list[str]:
        """Writes the sums over one row of windows."""
        f, loops, lanes, vectors = self.f, self.loops, self.lanes, tile.panels.vectors
        masks = [
            None if self.packs else self._mask(tile.panels, vector)
            for vector in range(vectors)
        ]

        def window(at: str, carried: list[str]) -> list[str]:
            step = self.columns.advance * loops.depth
            here = self._at(source, f.multiply(at, step))
            there = self._at(gradients, f.multiply(at, apart))
            values = [
                lanes.load(self._at(there, vector * lanes.width), mask)
                for vector, mask in enumerate(masks)
            ]
            result: list[str] = []
            for row in range(tile.height):
                for column in range(tile.width):
                    offset = row * self.rows.spread * self.pitch + column
                    number = lanes.broadcast(self._at(here, offset))
                    for value in values:
                        result.append(lanes.fma(number, value, carried[len(result)]))
            return result

        kinds = [(lanes.type, one) for one in sums]
        return f.loop(0, self.columns.outputs, window, kinds)
