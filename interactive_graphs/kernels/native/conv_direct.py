"""The direct convolution: sums of products over windows, a tile of outputs at a time.

One kernel serves the convolution and its input gradient, which differ in their `Axis`es
only. A work unit is some rows of an image and some panels of channels. Where windows
reach over the edge it stages the rows it needs, which stay in the second-level cache,
and skips the taps that would find nothing but zeros. Inside, a tile's sums stay in
registers over all taps and channels. Read next: `conv.py`.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from interactive_graphs.kernels.native import conv_epilogue
from interactive_graphs.kernels.native.conv_axes import Axis, reach
from interactive_graphs.kernels.native.conv_epilogue import End
from interactive_graphs.kernels.native.conv_memory import (
    Image,
    spread,
    stage,
    taps_inside,
)
from interactive_graphs.kernels.native.conv_tiles import Panels, Run, plan_panels
from interactive_graphs.kernels.native.gemm_tiling import Epilogue
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel
from interactive_graphs.kernels.native.target import Target

# What a unit may stage: a part of a core's second-level cache beside the filters.
_STAGE_BYTES = 1 << 18

# Pixels so many bytes apart meet in few lines of the first-level cache: those of a tile
# would drive one another out.
_BAD_PITCH = 1 << 11

# Units are not cut below this, nor into more than so many.
_UNIT_NANOSECONDS = 10_000
_UNITS = 32

# A tile's step is repeated in the text up to so often. With fewer repeats LLVM steps
# one pointer for each pixel, which can double the time.
_UNROLL = 4


class Loops(NamedTuple):
    """A direct convolution as loops.

    Attributes:
        batch: number of images.
        sizes: rows and columns of an image of the source.
        depth: channels of the source.
        rows, columns: what is read for which outputs.
        result: rows and columns of an image of the result.
        channels: of the result.
        dtype: of everything.
        epilogue: what follows.
    """

    batch: int
    sizes: tuple[int, int]
    depth: int
    rows: tuple[Axis, ...]
    columns: tuple[Axis, ...]
    result: tuple[int, int]
    channels: int
    dtype: str = "float32"
    epilogue: Epilogue = Epilogue()

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the result."""
        return (self.batch, *self.result, self.channels)

    def panels(self, target: Target) -> tuple[Panels, ...]:
        """The panels of channels, and their tiles."""
        return plan_panels(
            max(axis.outputs for axis in self.rows),
            tuple(axis.outputs for axis in self.columns),
            self.channels,
            target.lanes(self.dtype),
            target.registers,
        )

    def cost(self, target: Target) -> float:
        """Estimated nanoseconds on one core, at two multiply-adds a cycle."""
        rows = sum(axis.outputs * axis.taps * axis.repeats for axis in self.rows)
        columns = sum(axis.outputs * axis.taps * axis.repeats for axis in self.columns)
        vectors = -(-self.channels // target.lanes(self.dtype))
        outputs = self.batch * self.result[0] * self.result[1] * vectors
        end = 2 + conv_epilogue.cost(self.epilogue)
        return (self.batch * rows * columns * self.depth * vectors + end * outputs) / 5


class FilterLayout(NamedTuple):
    """Where a kernel finds its filters.

    Attributes:
        lanes: of a vector.
        depth, channels: of the filters.
        packed: whether panels lie one after another, each in the order of reading and
            filled up to whole vectors; else the filters lie as the user has them.
    """

    lanes: int
    depth: int
    channels: int
    packed: bool

    def step(self, panels: Panels) -> int:
        """Elements from one channel read to the next."""
        return panels.vectors * self.lanes if self.packed else self.channels

    def panel(self, panels: Panels, taps: int) -> tuple[int, int]:
        """Elements before the first panel, and from one panel to the next."""
        each = taps * self.depth if self.packed else 1
        return panels.first * each, panels.vectors * self.lanes * each

    def phase(self, rows: Axis, columns: Axis) -> int:
        """Elements of the packed filters of one phase."""
        wide = -(-self.channels // self.lanes) * self.lanes
        return rows.taps * columns.taps * self.depth * wide

    def phases(self, rows: Axis, columns: Sequence[Axis]) -> int:
        """Elements of the packed filters of a phase of rows with all of columns."""
        return sum(self.phase(rows, axis) * axis.repeats for axis in columns)

    def total(self, rows: Sequence[Axis], columns: Sequence[Axis]) -> int:
        """Elements of all the packed filters."""
        return sum(self.phases(axis, columns) * axis.repeats for axis in rows)


class Units(NamedTuple):
    """How the work is cut: `blocks` of rows of an image, `groups` of panels.

    Attributes:
        height: rows of outputs in a block, of each axis; whole tiles.
        blocks: for an image.
        groups: of panels, each another unit of the same rows.
        staged: bytes of the staged rows, 0 where the image is read where it lies.
    """

    height: int
    blocks: int
    groups: int
    staged: int


def plan_units(loops: Loops, target: Target) -> Units:
    """Cuts the work into units that are neither tiny nor too few."""
    panels = loops.panels(target)
    high = panels[0].rows
    tiles = max(1, -(-max(axis.outputs for axis in loops.rows) // high))
    wanted = min(_UNITS, int(loops.cost(target) / _UNIT_NANOSECONDS))
    blocks = min(tiles, -(-wanted // max(loops.batch, 1))) or 1
    pitch = _pixel_pitch(loops, target)
    needs_stage = (
        pitch != loops.depth
        or reach(loops.rows).is_outside(loops.sizes[0])
        or reach(loops.columns).is_outside(loops.sizes[1])
    )
    size = target.vector_bytes // target.lanes(loops.dtype)
    while True:
        height = -(-tiles // blocks) * high
        across = reach(loops.columns).high - reach(loops.columns).low
        staged = _staged_rows(loops, height) * across * pitch * size
        if not needs_stage or staged <= _STAGE_BYTES or blocks >= tiles:
            break
        blocks += 1
    blocks = -(-tiles * high // height)
    count = sum(plan.number for plan in panels)
    groups = min(count, -(-wanted // max(1, loops.batch * blocks))) or 1
    return Units(height, blocks, groups, staged if needs_stage else 0)


def _staged_rows(loops: Loops, height: int) -> int:
    """Rows of the source that `height` rows of outputs of every axis reach."""
    low = reach(loops.rows).low
    reading = [axis for axis in loops.rows if axis.taps and axis.outputs]
    return max((axis.last(height) + 1 - low for axis in reading), default=0)


def _pixel_pitch(loops: Loops, target: Target) -> int:
    """Elements from one pixel to the next, where images are staged."""
    lanes = target.lanes(loops.dtype)
    is_bad = loops.depth * (target.vector_bytes // lanes) % _BAD_PITCH == 0
    # Copying a number costs about as much as a few products with it.
    return loops.depth + lanes if is_bad and loops.channels >= 64 else loops.depth


class _Tile(NamedTuple):
    """A tile whose code is being written.

    Attributes:
        panels, panel: which channels.
        rows, columns: the axes.
        row, column: of its first output.
        height, width: of outputs.
        filters: pointer to those of the panel.
        output: element of the result where the image's phase begins.
    """

    panels: Panels
    panel: Index
    rows: Axis
    columns: Axis
    row: Index
    column: Index
    height: int
    width: int
    filters: str
    output: Index


class _Writer:
    """Writes the kernel of one direct convolution."""

    def __init__(self, loops: Loops, target: Target, packed: bool) -> None:
        self.loops = loops
        epilogue = loops.epilogue
        self.f = Function(target, 2 + len(epilogue.operands) + len(epilogue.outputs))
        self.source, self.filters, *self.others = self.f.arguments
        self.lanes = Lanes(self.f, loops.dtype, target.lanes(loops.dtype))
        self.panels = loops.panels(target)
        self.units = plan_units(loops, target)
        self.layout = FilterLayout(
            self.lanes.width, loops.depth, loops.channels, packed
        )

    def text(self) -> str:
        """The module."""
        self.f.loop(self.f.begin, self.f.end, self._unit)
        return self.f.text()

    def _at(self, pointer: str, index: Index) -> str:
        return self.f.address(pointer, index, self.loops.dtype)

    def _unit(self, unit: str, _: list[str]) -> None:
        f, loops, units = self.f, self.loops, self.units
        group = f.remainder(unit, units.groups)
        rest = f.divide(unit, units.groups)
        block, number = f.remainder(rest, units.blocks), f.divide(rest, units.blocks)
        first = f.multiply(block, units.height)
        image = self._image(number, first)
        area = loops.result[0] * loops.result[1] * loops.channels
        output = f.multiply(number, area)
        count = sum(plan.number for plan in self.panels)
        low = f.divide(f.multiply(group, count), units.groups)
        high = f.divide(f.multiply(f.add(group, 1), count), units.groups)
        before = 0
        for plan in self.panels:
            begin = f.larger(f.subtract(low, before), 0)
            end = f.smaller(f.subtract(high, before), plan.number)
            write = self._panel(plan, image, first, output)
            f.loop(begin, end, write)
            before += plan.number

    def _image(self, number: Index, first: Index) -> Image:
        """The image with that number, from where output row `first` reads it."""
        f, loops = self.f, self.loops
        pitch = loops.sizes[1] * loops.depth
        start = f.multiply(number, loops.sizes[0] * pitch)
        whole = Image(self._at(self.source, start), 0, 0, pitch, loops.depth)
        if not self.units.staged:
            return whole
        # Every axis of several advances by one: all read the same rows in step.
        row = f.index([(first, loops.rows[0].advance)], reach(loops.rows).low)
        count = _staged_rows(loops, self.units.height)
        pitch = _pixel_pitch(loops, f.target)
        move = None if pitch == loops.depth else spread(loops.depth, pitch)
        return stage(
            self.lanes,
            whole,
            f.scratch,
            loops.sizes,
            (row, count),
            reach(loops.columns),
            pitch,
            move,
        )

    def _panel(
        self, plan: Panels, image: Image, first: Index, output: Index
    ) -> Callable[[str, list[str]], None]:
        """Writes one panel of a unit: all phases, and all tiles of each."""
        f, loops, layout = self.f, self.loops, self.layout
        stop = f.add(first, self.units.height)

        def write(panel: str, _: list[str]) -> None:
            before = 0
            for rows in loops.rows:
                inner = before
                for columns in loops.columns:
                    start, each = layout.panel(plan, rows.taps * columns.taps)
                    filters = self._at(
                        self.filters, f.index([(panel, each)], start + inner)
                    )
                    tile = _Tile(
                        plan, panel, rows, columns, 0, 0, 0, 0, filters, output
                    )
                    end = f.smaller(stop, rows.outputs)
                    self._phases(tile, image, first, end)
                    inner += layout.phase(rows, columns) * columns.repeats
                before += layout.phases(rows, loops.columns) * rows.repeats

        return write

    def _phases(self, tile: _Tile, image: Image, first: Index, end: Index) -> None:
        """Writes all repeats of an axis of rows and one of columns."""
        f, loops, layout = self.f, self.loops, self.layout
        across = layout.phases(tile.rows, loops.columns)
        each = layout.phase(tile.rows, tile.columns)

        def down(row: str, _: list[str]) -> None:
            def along(column: str, _: list[str]) -> None:
                filters = f.index([(row, across), (column, each)])
                pixel = f.index([(row, loops.result[1]), (column, 1)])
                now = tile._replace(
                    filters=self._at(tile.filters, filters),
                    output=f.index([(pixel, loops.channels), (tile.output, 1)]),
                )
                self._rows(now, image, first, end)

            f.loop(0, tile.columns.repeats, along)

        f.loop(0, tile.rows.repeats, down)

    def _rows(self, tile: _Tile, image: Image, first: Index, end: Index) -> None:
        """Writes the tiles of the rows of outputs from `first` to before `end`."""
        f, high = self.f, tile.panels.rows
        rest = tile.rows.outputs % high
        whole = tile.rows.outputs - rest

        def several(height: int, row: str, _: list[str]) -> None:
            self._row(tile._replace(row=row, height=height), image)

        f.loop(first, f.smaller(end, whole), partial(several, high), step=high)
        if rest:  # only the last block has it
            f.loop(f.larger(first, whole), end, partial(several, rest), step=rest)

    def _row(self, tile: _Tile, image: Image) -> None:
        """Writes the tiles beside one another in one row of them."""

        def one(run: Run, turn: str, _: list[str]) -> None:
            column = self.f.index([(turn, run.width)], run.first)
            self._tile(tile._replace(column=column, width=run.width), image)

        for run in tile.panels.columns[self.loops.columns.index(tile.columns)]:
            self.f.loop(0, run.turns, partial(one, run))

    def _tile(self, tile: _Tile, image: Image) -> None:
        """Writes one tile: its sums, and what becomes of them."""
        f, loops = self.f, self.loops
        count = tile.height * tile.width * tile.panels.vectors
        sums = [self.lanes.constant(0)] * count
        rows, columns = tile.rows, tile.columns
        if rows.taps and columns.taps:
            at = f.index(
                [
                    (tile.row, rows.advance * image.pitch),
                    (tile.column, columns.advance * image.channels),
                    (image.row, -image.pitch),
                ],
                rows.origin * image.pitch
                + (columns.origin - image.column) * image.channels,
            )
            begin = image._replace(pointer=self._at(image.pointer, at))
            low, high = taps_inside(f, rows, tile.row, tile.height)

            def tap(number: str, carried: list[str]) -> list[str]:
                source = f.multiply(number, rows.spread * image.pitch)
                step = self.layout.step(tile.panels)
                filters = f.multiply(number, columns.taps * loops.depth * step)
                here = begin._replace(pointer=self._at(begin.pointer, source))
                now = tile._replace(filters=self._at(tile.filters, filters))
                return self._window_row(now, here, carried)

            sums = f.loop(low, high, tap, [(self.lanes.type, one) for one in sums])
        self._finish(tile, sums)

    def _mask(self, panels: Panels, vector: int) -> str | None:
        """The mask of a vector of channels that is not full."""
        is_last = vector == panels.vectors - 1
        return self.lanes.first(panels.ragged) if is_last and panels.ragged else None

    def _window_row(self, tile: _Tile, image: Image, sums: list[str]) -> list[str]:
        """Writes one row of taps: all its columns, and all their channels."""
        f, depth, columns = self.f, self.loops.depth, tile.columns
        apart = columns.spread * image.channels
        if apart == depth or columns.taps == 1:
            return self._steps(tile, image, columns.taps * depth, sums)
        each = depth * self.layout.step(tile.panels)

        def tap(number: str, carried: list[str]) -> list[str]:
            source = self._at(image.pointer, f.multiply(number, apart))
            filters = self._at(tile.filters, f.multiply(number, each))
            now = tile._replace(filters=filters)
            return self._steps(now, image._replace(pointer=source), depth, carried)

        kinds = [(self.lanes.type, one) for one in sums]
        return f.loop(0, columns.taps, tap, kinds)

    def _steps(
        self, tile: _Tile, image: Image, count: int, sums: list[str]
    ) -> list[str]:
        """Writes the products with `count` numbers that lie side by side."""
        unroll = count if count <= 2 * _UNROLL else _UNROLL
        whole = count - count % unroll if unroll else 0

        def several(first: str, carried: list[str]) -> list[str]:
            for number in range(unroll):
                carried = self._step(tile, image, self.f.add(first, number), carried)
            return carried

        kinds = [(self.lanes.type, one) for one in sums]
        sums = self.f.loop(0, whole, several, kinds, step=max(unroll, 1))
        for number in range(whole, count):
            sums = self._step(tile, image, number, sums)
        return sums

    def _step(
        self, tile: _Tile, image: Image, number: Index, sums: Sequence[str]
    ) -> list[str]:
        """Writes the products with one number of each pixel."""
        f, lanes, vectors = self.f, self.lanes, tile.panels.vectors
        stride = self.layout.step(tile.panels)
        filters = self._at(tile.filters, f.multiply(number, stride))
        weights = [
            lanes.load(self._at(filters, vector * lanes.width))
            for vector in range(vectors)
        ]
        source = self._at(image.pointer, number)
        result: list[str] = []
        for row in range(tile.height):
            for column in range(tile.width):
                offset = (
                    row * tile.rows.advance * image.pitch
                    + column * tile.columns.advance * image.channels
                )
                value = lanes.broadcast(self._at(source, offset))
                for weight in weights:
                    result.append(lanes.fma(value, weight, sums[len(result)]))
        return result

    def _finish(self, tile: _Tile, sums: Sequence[str]) -> None:
        """Writes the end of a tile: what follows, and the stores."""
        f, loops, lanes = self.f, self.loops, self.lanes
        rows, columns, vectors = tile.rows, tile.columns, tile.panels.vectors
        pitch = loops.result[1] * loops.channels
        wide = vectors * lanes.width
        channel = f.index([(tile.panel, wide)], tile.panels.first)
        first = f.index(
            [
                (tile.output, 1),
                (tile.row, rows.stride * pitch),
                (tile.column, columns.stride * loops.channels),
                (channel, 1),
            ],
            rows.offset * pitch + columns.offset * loops.channels,
        )
        end = End(lanes, loops.epilogue, loops.shape, self.others, first, channel)
        for number, value in enumerate(sums):
            pixel, vector = divmod(number, vectors)
            row, column = divmod(pixel, tile.width)
            offset = (
                row * rows.stride * pitch + column * columns.stride * loops.channels
            )
            begin = vector * lanes.width
            mask = self._mask(tile.panels, vector)
            end.write(value, offset + begin, begin, mask)


def direct_kernel(loops: Loops, target: Target, name: str, packed: bool) -> Kernel:
    """The kernel of a direct convolution.

    Its arguments are source, filters, the epilogue's operands and its outputs.

    Args:
        loops: what it computes.
        target: the processor.
        name: of the kernel.
        packed: whether the filters are in the order of `FilterLayout`.
    """
    writer = _Writer(loops, target, packed)
    units = writer.units
    count = loops.batch * units.blocks * units.groups if loops.channels else 0
    return Kernel(name, writer.text(), count, loops.cost(target), units.staged)
