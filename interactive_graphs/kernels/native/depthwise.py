"""Depthwise convolution in native code: each channel has filters of its own.

Forwards and for the input gradient it runs along channels: a tile is a few outputs
beside one another of one vector of channels, and a window's row is loaded once for all
of them. With several filters for a channel, the images are staged with each channel as
often as it has filters, and their gradients with one plane for each. Read next:
`depthwise_gradient.py`.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from interactive_graphs.kernels.cpu.windows import Windows
from interactive_graphs.kernels.native import conv_axes, conv_epilogue
from interactive_graphs.kernels.native.conv import EMPTY, shapes_text
from interactive_graphs.kernels.native.conv_axes import Axis, reach
from interactive_graphs.kernels.native.conv_epilogue import End
from interactive_graphs.kernels.native.conv_memory import (
    Image,
    pick,
    repeat,
    stage,
    taps_inside,
)
from interactive_graphs.kernels.native.conv_tiles import Run, cut
from interactive_graphs.kernels.native.gemm_tiling import Epilogue
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target

# What a unit may stage, and the nanoseconds below which it is not cut, nor into more.
_STAGE_BYTES = 1 << 17
_UNIT_NANOSECONDS = 10_000
_UNITS = 32

# Taps of a row whose products with all pixels of a tile are written out.
_WRITTEN = 7


class Depthwise(NamedTuple):
    """A depthwise convolution, or its input gradient, as loops.

    Attributes:
        batch: number of images.
        sizes: rows and columns of an image of the source.
        channels: of the source.
        times: numbers that each channel of the result (if `planes`), or of the source,
            has in the other: filters of a channel.
        planes: whether the result sums over them.
        rows, columns: what is read for which outputs.
        result: rows and columns of an image of the result.
        dtype: of everything.
        epilogue: what follows.
    """

    batch: int
    sizes: tuple[int, int]
    channels: int
    times: int
    planes: bool
    rows: tuple[Axis, ...]
    columns: tuple[Axis, ...]
    result: tuple[int, int]
    dtype: str
    epilogue: Epilogue

    @property
    def width(self) -> int:
        """Channels that are computed side by side: those of the result."""
        return (
            self.channels // self.times if self.planes else self.channels * self.times
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the result."""
        return (self.batch, *self.result, self.width)


def depthwise_conv2d(
    input_shape: Sequence[int],
    filter_shape: Sequence[int],
    windows: Windows,
    *,
    target: Target,
    dtype: str = "float32",
    epilogue: Epilogue | None = None,
) -> Routine:
    """The sum over each window of one channel times the channel's own filters.

    Inputs of the routine: the images `[batch, rows, columns, in]`, the filters `[rows,
    columns, in, times]` and the operands of the epilogue; outputs: those of the
    epilogue, of shape `[batch, *windows, in * times]`.

    Args:
        input_shape: of the images.
        filter_shape: of the filters.
        windows: where the windows lie.
        target: the processor.
        dtype: "float32" or "float64".
        epilogue: what follows, as of `conv2d`.

    Raises:
        ValueError: the epilogue cannot follow.
    """
    batch, height, width, channels = input_shape
    loops = Depthwise(
        batch,
        (height, width),
        channels,
        filter_shape[-1],
        False,
        (conv_axes.forward(height, windows, 0),),
        (conv_axes.forward(width, windows, 1),),
        (windows.output[0], windows.output[1]),
        dtype,
        epilogue or Epilogue(),
    )
    name = f"depthwise_{shapes_text(input_shape, filter_shape)}"
    return _routine(loops, filter_shape, target, name)


def depthwise_conv2d_input_gradient(
    input_shape: Sequence[int],
    filter_shape: Sequence[int],
    windows: Windows,
    *,
    target: Target,
    dtype: str = "float32",
    epilogue: Epilogue | None = None,
) -> Routine:
    """The gradient of `depthwise_conv2d` for its input.

    Inputs of the routine: the output's gradient, the filters and the operands of the
    epilogue; outputs: those of the epilogue, of the images' shape. The arguments are
    those of `depthwise_conv2d`.
    """
    batch, height, width, channels = input_shape
    loops = Depthwise(
        batch,
        (windows.output[0], windows.output[1]),
        channels * filter_shape[-1],
        filter_shape[-1],
        True,
        conv_axes.backward(height, windows, 0),
        conv_axes.backward(width, windows, 1),
        (height, width),
        dtype,
        epilogue or Epilogue(),
    )
    name = f"depthwise_input_gradient_{shapes_text(input_shape, filter_shape)}"
    return _routine(loops, filter_shape, target, name)


def _routine(
    loops: Depthwise, filter_shape: Sequence[int], target: Target, name: str
) -> Routine:
    epilogue = loops.epilogue
    conv_epilogue.check(epilogue, loops.shape)
    if not math.prod(loops.shape):
        return EMPTY
    same = conv_epilogue.in_place(epilogue, loops.dtype, loops.shape)
    main = DepthwiseWriter(loops, (filter_shape[0], filter_shape[1]), target).kernel(
        name
    )
    others = range(2, 2 + len(epilogue.operands) + len(epilogue.outputs))
    if not loops.planes or loops.times == 1:
        return Routine((main,), ((0, 1, *others),), in_place=same)
    taps = math.prod(filter_shape[:2])
    planes = _planes_kernel(loops, taps, target, f"{name}_filters")
    size = target.vector_bytes // target.lanes(loops.dtype)
    place = others.stop
    args = ((1, place), (0, place, *others))
    return Routine((planes, main), args, (math.prod(filter_shape) * size,), same)


def _planes_kernel(loops: Depthwise, taps: int, target: Target, name: str) -> Kernel:
    """The kernel that turns filters `[taps, in, times]` into `[times, taps, in]`."""
    f = Function(target, 2)
    source, output = f.arguments
    lanes = Lanes(f, loops.dtype, target.lanes(loops.dtype))
    count = taps * loops.width

    def plane(number: str, _: list[str]) -> None:
        to = f.address(output, f.multiply(number, count), loops.dtype)
        pick(loops.width, loops.times, number)(lanes, source, to, taps)

    f.loop(f.begin, f.end, plane)
    return Kernel(name, f.text(), loops.times, 1.0 * loops.times * count)


class _Place(NamedTuple):
    """Where a tile lies whose code is being written.

    Attributes:
        rows, columns: the axes.
        tap: the filter's first tap of the phase.
        output: element of the result where the image's phase begins.
        row, column: of the first output.
        width: outputs beside one another.
    """

    rows: Axis
    columns: Axis
    tap: Index
    output: Index
    row: Index = 0
    column: Index = 0
    width: int = 0


class DepthwiseWriter:
    """Writes the kernel of one depthwise convolution.

    Attributes:
        blocks: units of an image.
        height: rows of outputs in each, of each axis.
    """

    def __init__(
        self, loops: Depthwise, kernel: tuple[int, int], target: Target
    ) -> None:
        """Cuts the work.

        Args:
            loops: what is computed.
            kernel: taps along rows and columns.
            target: the processor.
        """
        self.loops, self.taps = loops, kernel
        epilogue = loops.epilogue
        self.f = Function(target, 2 + len(epilogue.operands) + len(epilogue.outputs))
        self.source, self.filters, *self.others = self.f.arguments
        self.lanes = Lanes(self.f, loops.dtype, target.lanes(loops.dtype))
        self.pixels = target.registers // 3
        down, along = reach(loops.rows), reach(loops.columns)
        self.low, self.reach = down.low, along
        outside = down.is_outside(loops.sizes[0]) or along.is_outside(loops.sizes[1])
        self.is_staged = outside or loops.times > 1
        self.planes = loops.times if loops.planes else 1
        self._cut()

    def _cut(self) -> None:
        """Decides how many rows of an image are one unit."""
        loops = self.loops
        rows = max(1, *(axis.outputs for axis in loops.rows))
        wanted = min(_UNITS, int(self.cost() / _UNIT_NANOSECONDS))
        blocks = max(1, min(rows, -(-wanted // max(1, loops.batch))))
        while True:
            self.height = -(-rows // blocks)
            reading = [axis for axis in loops.rows if axis.taps and axis.outputs]
            last = max((axis.last(self.height) for axis in reading), default=-1)
            self.staged_rows = last + 1 - self.low if reading else 0
            across = (self.reach.high - self.reach.low) * loops.width
            self.plane = self.staged_rows * across
            size = self.plane * self.planes * self.lanes.size
            if not self.is_staged or size <= _STAGE_BYTES or blocks >= rows:
                break
            blocks += 1
        self.blocks = -(-rows // self.height)

    def cost(self) -> float:
        """Estimated nanoseconds on one core."""
        loops = self.loops
        taps = self.taps[0] * self.taps[1] * self.planes
        vectors = -(-loops.width // self.lanes.width)
        outputs = math.prod(loops.result) * loops.batch * vectors
        strides = max(1, len(loops.rows) * len(loops.columns))
        end = 3 + conv_epilogue.cost(loops.epilogue)
        return outputs * (taps / strides + end) / 3

    def kernel(self, name: str) -> Kernel:
        """The kernel; its arguments are source, filters, operands and outputs."""
        self.f.loop(self.f.begin, self.f.end, self._unit)
        units = self.loops.batch * self.blocks
        scratch = self.plane * self.planes * self.lanes.size if self.is_staged else 0
        return Kernel(name, self.f.text(), units, self.cost(), scratch)

    def at(self, pointer: str, index: Index) -> str:
        """A pointer to an element."""
        return self.f.address(pointer, index, self.loops.dtype)

    def _unit(self, unit: str, _: list[str]) -> None:
        f, loops = self.f, self.loops
        number, block = f.divide(unit, self.blocks), f.remainder(unit, self.blocks)
        first = f.multiply(block, self.height)
        image = self.image(number, first)
        start = f.multiply(number, math.prod(loops.shape[1:]))
        for rows in loops.rows:
            end = f.smaller(f.add(first, self.height), rows.outputs)
            for columns in loops.columns:

                def phase(
                    rows: Axis, columns: Axis, end: Index, down: str, _: list[str]
                ) -> None:
                    def one(along: str, _: list[str]) -> None:
                        tap = f.index(
                            [(down, self.taps[1]), (along, 1)],
                            rows.first * self.taps[1] + columns.first,
                        )
                        pixel = f.index([(down, loops.result[1]), (along, 1)])
                        output = f.index([(pixel, loops.width), (start, 1)])
                        place = _Place(rows, columns, tap, output)
                        f.loop(first, end, partial(self._row, image, place))

                    f.loop(0, columns.repeats, one)

                f.loop(0, rows.repeats, partial(phase, rows, columns, end))

    def image(self, number: Index, first: Index) -> Image:
        """The image with that number, from where output row `first` reads it."""
        f, loops = self.f, self.loops
        pitch = loops.sizes[1] * loops.channels
        start = f.multiply(number, loops.sizes[0] * pitch)
        whole = Image(self.at(self.source, start), 0, 0, pitch, loops.channels)
        if not self.is_staged:
            return whole
        row = f.index([(first, loops.rows[0].advance)], self.low)
        rows, sizes = (row, self.staged_rows), loops.sizes
        if self.planes == 1:
            move = repeat(loops.channels, loops.times) if loops.times > 1 else None
            return stage(
                self.lanes, whole, f.scratch, sizes, rows, self.reach, loops.width, move
            )
        for plane in range(self.planes):
            to = self.at(f.scratch, plane * self.plane)
            move = pick(loops.width, loops.times, plane)
            part = stage(
                self.lanes, whole, to, sizes, rows, self.reach, loops.width, move
            )
        return part._replace(pointer=f.scratch)

    def _row(self, image: Image, place: _Place, row: str, _: list[str]) -> None:
        """Writes one row of outputs of a phase."""
        f = self.f

        def one(run: Run, turn: str, _: list[str]) -> None:
            column = f.index([(turn, run.width)], run.first)
            now = place._replace(row=row, column=column, width=run.width)
            self._channels(image, now)

        for run in cut(place.columns.outputs, self.pixels):
            f.loop(0, run.turns, partial(one, run))

    def _channels(self, image: Image, place: _Place) -> None:
        """Writes one tile: all vectors of channels."""
        whole, rest = divmod(self.loops.width, self.lanes.width)

        def one(mask: str | None, vector: str, _: list[str]) -> None:
            channel = self.f.multiply(vector, self.lanes.width)
            self._tile(image, place, channel, mask)

        self.f.loop(0, whole, partial(one, None))
        if rest:
            one(self.lanes.first(rest), str(whole), [])

    def _tile(
        self, image: Image, place: _Place, channel: Index, mask: str | None
    ) -> None:
        """Writes one tile of one vector of channels: its sums, and what follows."""
        f, loops, lanes = self.f, self.loops, self.lanes
        rows, columns = place.rows, place.columns
        sums = [lanes.constant(0)] * place.width
        if rows.taps and columns.taps:
            at = f.index(
                [
                    (place.row, rows.advance * image.pitch),
                    (place.column, columns.advance * image.channels),
                    (image.row, -image.pitch),
                    (channel, 1),
                ],
                rows.origin * image.pitch
                + (columns.origin - image.column) * image.channels,
            )
            begin = image._replace(pointer=self.at(image.pointer, at))
            weights = f.index([(place.tap, loops.width), (channel, 1)])
            filters = self.at(self.filters, weights)

            def plane(number: str, carried: list[str]) -> list[str]:
                return self._plane(begin, place, filters, mask, number, carried)

            sums = f.loop(0, self.planes, plane, [(lanes.type, one) for one in sums])
        self._finish(place, channel, mask, sums)

    def _plane(
        self,
        image: Image,
        place: _Place,
        filters: str,
        mask: str | None,
        plane: str,
        sums: list[str],
    ) -> list[str]:
        """Writes the sums over a window, of one plane."""
        f, loops, rows = self.f, self.loops, place.rows
        wide = self.taps[1] * loops.width
        here = self.at(image.pointer, f.multiply(plane, self.plane))
        taps = self.at(filters, f.multiply(plane, self.taps[0] * wide))
        low, high = taps_inside(f, rows, place.row, 1)

        def tap(number: str, carried: list[str]) -> list[str]:
            source = self.at(here, f.multiply(number, rows.spread * image.pitch))
            weights = self.at(taps, f.multiply(number, rows.step * wide))
            now = image._replace(pointer=source)
            return self._window_row(now, place, weights, mask, carried)

        return f.loop(low, high, tap, [(self.lanes.type, one) for one in sums])

    def _window_row(
        self,
        image: Image,
        place: _Place,
        filters: str,
        mask: str | None,
        sums: list[str],
    ) -> list[str]:
        """Writes the sums over a row of a window; what taps share is loaded once."""
        f, lanes, columns = self.f, self.lanes, place.columns
        known: dict[int, str] = {}

        def step(source: str, weights: str, first: int, sums: list[str]) -> list[str]:
            weight = lanes.load(weights, mask)
            result = []
            for pixel, before in enumerate(sums):
                offset = pixel * columns.advance * image.channels + first
                if offset not in known:
                    known[offset] = lanes.load(self.at(source, offset), mask)
                result.append(lanes.fma(known[offset], weight, before))
            return result

        apart, back = columns.spread * image.channels, columns.step * self.loops.width
        if columns.taps <= _WRITTEN:
            for number in range(columns.taps):
                weights = self.at(filters, number * back)
                sums = step(image.pointer, weights, number * apart, sums)
            return sums

        def tap(number: str, carried: list[str]) -> list[str]:
            known.clear()
            source = self.at(image.pointer, f.multiply(number, apart))
            return step(source, self.at(filters, f.multiply(number, back)), 0, carried)

        return f.loop(0, columns.taps, tap, [(lanes.type, one) for one in sums])

    def _finish(
        self, place: _Place, channel: Index, mask: str | None, sums: Sequence[str]
    ) -> None:
        """Writes what follows the sums, and the stores."""
        loops, rows, columns = self.loops, place.rows, place.columns
        pitch = loops.result[1] * loops.width
        first = self.f.index(
            [
                (place.output, 1),
                (place.row, rows.stride * pitch),
                (place.column, columns.stride * loops.width),
                (channel, 1),
            ],
            rows.offset * pitch + columns.offset * loops.width,
        )
        end = End(self.lanes, loops.epilogue, loops.shape, self.others, first, channel)
        for pixel, value in enumerate(sums):
            end.write(value, pixel * columns.stride * loops.width, 0, mask)
