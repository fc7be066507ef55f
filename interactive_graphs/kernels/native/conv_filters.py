"""Puts the filters of a direct convolution in the order in which they are read.

Panels of whole vectors one after another, zeros where channels end within a vector;
backwards with inputs and outputs swapped and the taps of each phase in their order.
Read next: `conv_direct.py`.
"""

from collections.abc import Sequence
from functools import partial

from interactive_graphs.kernels.native.conv_axes import Axis
from interactive_graphs.kernels.native.conv_direct import FilterLayout, Loops
from interactive_graphs.kernels.native.conv_memory import clear, copy
from interactive_graphs.kernels.native.conv_tiles import Panels
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel
from interactive_graphs.kernels.native.target import Target

# Channels taken at a time when inputs and outputs are swapped: their lines stay in the
# first-level cache until all of them are full.
_BLOCK = 64


class _Packer:
    """Writes the kernel that packs the filters for some loops."""

    def __init__(
        self,
        loops: Loops,
        panels: Sequence[Panels],
        target: Target,
        width: int,
        is_swapped: bool,
    ) -> None:
        self.loops, self.width, self.is_swapped = loops, width, is_swapped
        self.panels = panels
        self.f = Function(target, 2)
        self.source, self.target = self.f.arguments
        self.lanes = Lanes(self.f, loops.dtype, target.lanes(loops.dtype))
        self.layout = FilterLayout(self.lanes.width, loops.depth, loops.channels, True)

    def _at(self, pointer: str, index: Index) -> str:
        return self.f.address(pointer, index, self.loops.dtype)

    def kernel(self, name: str) -> Kernel:
        """The kernel; a unit is a row of taps of a phase."""
        f, before, units = self.f, 0, 0
        for rows in self.loops.rows:
            end = units + rows.repeats * rows.taps
            f.loop(
                f.larger(f.begin, units),
                f.smaller(f.end, end),
                partial(self._row, rows, units, before),
            )
            before += self.layout.phases(rows, self.loops.columns) * rows.repeats
            units = end
        return Kernel(name, f.text(), units, 0.5 * before)

    def _row(
        self, rows: Axis, units: int, before: int, unit: str, _: list[str]
    ) -> None:
        """Packs one row of taps for all phases of columns."""
        f = self.f
        number = f.subtract(unit, units)
        repeat, tap = f.divide(number, rows.taps), f.remainder(number, rows.taps)
        # What this row of taps finds in the filters, and where its phase is packed.
        row = f.index([(repeat, 1), (tap, rows.step)], rows.first)
        across = self.layout.phases(rows, self.loops.columns)
        for columns in self.loops.columns:
            start = f.index([(repeat, across)], before)
            f.loop(
                0,
                columns.repeats,
                partial(self._column, rows, columns, row, tap, start),
            )
            before += self.layout.phase(rows, columns) * columns.repeats

    def _column(
        self,
        rows: Axis,
        columns: Axis,
        row: Index,
        tap: Index,
        start: Index,
        repeat: str,
        _: list[str],
    ) -> None:
        """Packs one row of taps of one phase."""
        f, layout, depth = self.f, self.layout, self.loops.depth
        phase = f.index([(repeat, layout.phase(rows, columns)), (start, 1)])

        def one(panels: Panels, panel: str, column: str, _: list[str]) -> None:
            first, each = layout.panel(panels, rows.taps * columns.taps)
            step = layout.step(panels)
            place = f.index(
                [
                    (phase, 1),
                    (panel, each),
                    (tap, columns.taps * depth * step),
                    (column, depth * step),
                ],
                first,
            )
            found = f.index([(column, columns.step), (repeat, 1)], columns.first)
            found = f.index([(row, self.width), (found, 1)])
            area = f.multiply(found, depth * self.loops.channels)
            source, target = self._at(self.source, area), self._at(self.target, place)
            channel = f.index([(panel, step)], panels.first)
            if self.is_swapped:
                self._swapped(panels, channel, source, target)
            else:
                self._straight(panels, channel, source, target)

        for panels in self.panels:

            def every(panel: str, _: list[str], panels: Panels = panels) -> None:
                f.loop(0, columns.taps, partial(one, panels, panel))

            f.loop(0, panels.number, every)

    def _full(self, panels: Panels) -> int:
        """Channels of a panel that there are."""
        step = self.layout.step(panels)
        return step - self.lanes.width + panels.ragged if panels.ragged else step

    def _straight(
        self, panels: Panels, channel: Index, source: str, target: str
    ) -> None:
        """Packs `[depth, channels]` of one tap by rows."""
        f, step, full = self.f, self.layout.step(panels), self._full(panels)

        def row(depth: str, _: list[str]) -> None:
            begin = f.index([(depth, self.loops.channels), (channel, 1)])
            to = self._at(target, f.multiply(depth, step))
            copy(self.lanes, self._at(source, begin), to, full)
            clear(self.lanes, self._at(to, full), step - full)

        f.loop(0, self.loops.depth, row)

    def _swapped(
        self, panels: Panels, channel: Index, source: str, target: str
    ) -> None:
        """Packs `[channels, depth]` of one tap, transposed, a block at a time."""
        f, step, full = self.f, self.layout.step(panels), self._full(panels)
        depth, one = self.loops.depth, self.lanes.of_width(1)
        if full < step:
            f.loop(
                0,
                depth,
                lambda i, _: clear(
                    self.lanes,
                    self._at(target, f.index([(i, step)], full)),
                    step - full,
                ),
            )

        def block(first: str, _: list[str]) -> None:
            end = f.smaller(f.add(first, _BLOCK), depth)

            def line(lane: str, _: list[str]) -> None:
                begin = f.multiply(f.add(channel, lane), depth)

                def move(i: str, _: list[str]) -> None:
                    value = one.load(self._at(source, f.add(begin, i)))
                    one.store(value, self._at(target, f.index([(i, step), (lane, 1)])))

                f.loop(first, end, move)

            f.loop(0, full, line)

        f.loop(0, depth, block, step=_BLOCK)


def pack_kernel(
    loops: Loops,
    panels: Sequence[Panels],
    target: Target,
    name: str,
    width: int,
    is_swapped: bool,
) -> tuple[Kernel, int]:
    """The kernel that packs filters, and how many elements the packed ones are.

    Its arguments are the filters and the packed ones.

    Args:
        loops: what reads them.
        panels: of channels, as they are read.
        target: the processor.
        name: of the kernel.
        width: of the filters: taps along columns.
        is_swapped: whether the filters are `[rows, columns, channels, depth]`, which
            makes an input gradient of a convolution, else `[..., depth, channels]`.
    """
    packer = _Packer(loops, panels, target, width, is_swapped)
    return packer.kernel(name), packer.layout.total(loops.rows, loops.columns)
