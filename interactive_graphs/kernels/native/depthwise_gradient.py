"""The filter gradient of a depthwise convolution in native code.

A tile is some taps of one vector of channels, whose sums stay in registers while it
goes over the windows of a piece of an image. A unit sums a part of the pieces; another
kernel adds the parts in their order. Read next: `conv_sum.py`.
"""

import math
from collections.abc import Sequence
from functools import partial

from interactive_graphs.kernels.cpu.windows import Windows
from interactive_graphs.kernels.native import conv_axes
from interactive_graphs.kernels.native.conv import EMPTY, shapes_text
from interactive_graphs.kernels.native.conv_memory import Image, clear
from interactive_graphs.kernels.native.conv_sum import summed
from interactive_graphs.kernels.native.depthwise import Depthwise, DepthwiseWriter
from interactive_graphs.kernels.native.gemm_tiling import Epilogue
from interactive_graphs.kernels.native.ir import Index
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target

_PARTS = 16

# Windows beside one another whose products are written out: they share what they read.
_WINDOWS = 4
_WRITTEN = 64

Tap = tuple[int, int]


def depthwise_conv2d_filter_gradient(
    input_shape: Sequence[int],
    filter_shape: Sequence[int],
    windows: Windows,
    *,
    target: Target,
    dtype: str = "float32",
    epilogue: Epilogue | None = None,
) -> Routine:
    """The gradient of `depthwise_conv2d` for its filters.

    Inputs of the routine: the images, the output's gradient and the operands of the
    epilogue; outputs: those of the epilogue, of shape `[rows, columns, in, times]`.

    Args:
        input_shape: of the images.
        filter_shape: of the filters, and of the result.
        windows: where the windows lie.
        target: the processor.
        dtype: "float32" or "float64".
        epilogue: what follows, as of `conv2d_filter_gradient`.

    Raises:
        ValueError: the epilogue cannot follow.
    """
    if not math.prod(filter_shape):
        return EMPTY
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
        Epilogue(),
    )
    name = f"depthwise_filter_gradient_{shapes_text(input_shape, filter_shape)}"
    writer = _Writer(loops, (filter_shape[0], filter_shape[1]), target)
    main = writer.kernel(name)
    if writer.parts == 1 and epilogue is None:
        return Routine((main,), ((0, 1, 2),))
    shape = tuple(filter_shape)
    return summed(main, writer.parts, shape, dtype, epilogue, target)


class _Writer(DepthwiseWriter):
    """Writes the kernel that sums the parts."""

    def __init__(
        self, loops: Depthwise, kernel: tuple[int, int], target: Target
    ) -> None:
        super().__init__(loops, kernel, target)
        self.pieces = loops.batch * self.blocks
        self.parts = max(1, min(self.pieces, _PARTS))
        taps = [(i, j) for i in range(kernel[0]) for j in range(kernel[1])]
        # Beside the sums: a vector of the gradient, and one of the images.
        room = target.registers - 6
        count = -(-len(taps) // room)
        size = -(-len(taps) // count)
        self.tiles = [taps[i : i + size] for i in range(0, len(taps), size)]
        self.beside = _WINDOWS if len(taps) <= _WRITTEN else 1

    def kernel(self, name: str) -> Kernel:
        """The kernel; its arguments are images, gradients and the parts."""
        return super().kernel(name)._replace(units=self.parts)

    def _unit(self, unit: str, _: list[str]) -> None:
        f, (output,) = self.f, self.others
        elements = math.prod(self.taps) * self.loops.width
        sums = self.at(output, f.multiply(unit, elements))
        clear(self.lanes, sums, elements)
        begin = f.divide(f.multiply(unit, self.pieces), self.parts)
        end = f.divide(f.multiply(f.add(unit, 1), self.pieces), self.parts)
        if math.prod(self.loops.result):
            f.loop(begin, end, partial(self._piece, sums))

    def _piece(self, sums: str, piece: str, _: list[str]) -> None:
        """Writes what a piece of an image adds to the sums."""
        f, loops = self.f, self.loops
        number, block = f.divide(piece, self.blocks), f.remainder(piece, self.blocks)
        first = f.multiply(block, self.height)
        end = f.smaller(f.add(first, self.height), loops.rows[0].outputs)
        image = self.image(number, first)
        start = f.multiply(number, math.prod(loops.shape[1:]))
        gradient = self.at(self.filters, start)
        whole, rest = divmod(loops.width, self.lanes.width)

        def one(mask: str | None, vector: str, _: list[str]) -> None:
            channel = f.multiply(vector, self.lanes.width)
            for taps in self.tiles:
                self._add_taps(taps, image, gradient, sums, channel, mask, (first, end))

        f.loop(0, whole, partial(one, None))
        if rest:
            one(self.lanes.first(rest), str(whole), [])

    def _add_taps(
        self,
        taps: Sequence[Tap],
        image: Image,
        gradient: str,
        sums: str,
        channel: Index,
        mask: str | None,
        bounds: tuple[Index, Index],
    ) -> None:
        """Writes the sums of some taps over all windows of a piece."""
        f, loops, lanes = self.f, self.loops, self.lanes
        rows, columns = loops.rows[0], loops.columns[0]
        at = f.index(
            [(channel, 1), (image.row, -image.pitch)],
            rows.origin * image.pitch
            + (columns.origin - image.column) * image.channels,
        )
        begin, there = self.at(image.pointer, at), self.at(gradient, channel)
        count = columns.outputs - columns.outputs % self.beside

        def row(number: str, carried: list[str]) -> list[str]:
            source = self.at(begin, f.multiply(number, rows.advance * image.pitch))
            place = f.multiply(number, loops.result[1] * loops.width)
            write = partial(
                self._add_windows, taps, image, source, self.at(there, place)
            )
            kinds = [(lanes.type, one) for one in carried]
            some = partial(write, mask, self.beside)
            carried = f.loop(0, count, some, kinds, step=self.beside)
            for rest in range(count, columns.outputs):
                carried = write(mask, 1, str(rest), carried)
            return carried

        zero = [(lanes.type, lanes.constant(0))] * len(taps)
        results = f.loop(*bounds, row, zero)
        for (i, j), value in zip(taps, results, strict=True):
            tap = f.index([(channel, 1)], (i * self.taps[1] + j) * loops.width)
            to = self.at(sums, tap)
            lanes.store(lanes.add(lanes.load(to, mask), value), to, mask)

    def _add_windows(
        self,
        taps: Sequence[Tap],
        image: Image,
        source: str,
        gradient: str,
        mask: str | None,
        count: int,
        first: str,
        sums: list[str],
    ) -> list[str]:
        """Writes the products of some windows beside one another."""
        f, loops, lanes = self.f, self.loops, self.lanes
        rows, columns = loops.rows[0], loops.columns[0]
        here = self.at(source, f.multiply(first, columns.advance * image.channels))
        there = self.at(gradient, f.multiply(first, loops.width))
        known: dict[int, str] = {}
        for window in range(count):
            value = lanes.load(self.at(there, window * loops.width), mask)
            result = []
            for (i, j), before in zip(taps, sums, strict=True):
                column = window * columns.advance + j * columns.spread
                offset = i * rows.spread * image.pitch + column * image.channels
                if offset not in known:
                    known[offset] = lanes.load(self.at(here, offset), mask)
                result.append(lanes.fma(known[offset], value, before))
            sums = result
        return sums
