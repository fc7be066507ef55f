"""Which outputs of a convolution are summed together in registers.

A tile is `rows` x `columns` outputs of `vectors` vectors of channels: as many sums as
the registers hold, each an own chain of multiply-adds. For every number it reads a
filter's vector serves all pixels and a pixel's number all vectors. Example, 14 x 14
pixels of 64 channels for 512-bit registers: two panels of 32 channels, tiles of a row.

    >>> plan_panels(rows=14, columns=(14,), channels=64, lanes=16, registers=32)
    (Panels(first=0, number=2, vectors=2, rows=1, columns=((Run(...),),), ragged=0),)

Read next: `conv_direct.py`.
"""

import functools
from typing import NamedTuple

# Cycles of latency times multiply-adds a cycle: fewer chains leave units idle.
_CHAINS = 8


class Run(NamedTuple):
    """`turns` tiles of `width` columns side by side, from column `first` on."""

    first: int
    turns: int
    width: int


class Panels(NamedTuple):
    """Panels of channels that are computed alike.

    Attributes:
        first: channel.
        number: of them.
        vectors: of channels in a panel, and in its tiles.
        rows: of outputs in a tile.
        columns: for each axis of columns, its runs of tiles.
        ragged: channels in the last vector where it is not full, else 0.
    """

    first: int
    number: int
    vectors: int
    rows: int
    columns: tuple[tuple[Run, ...], ...]
    ragged: int = 0


def cut(count: int, width: int) -> tuple[Run, ...]:
    """`count` columns in as few tiles of at most `width` as can be, nearly alike.

    >>> cut(10, 4)
    (Run(first=0, turns=1, width=4), Run(first=4, turns=2, width=3))
    """
    if count <= 0:
        return ()
    tiles = -(-count // width)
    narrow, wide = count // tiles, count % tiles
    runs = (Run(0, wide, narrow + 1), Run(wide * (narrow + 1), tiles - wide, narrow))
    return tuple(run for run in runs if run.turns)


def step_cycles(pixels: int, vectors: int) -> float:
    """Estimated cycles of one step of a tile: two multiply-adds, two loads in each."""
    products = max(pixels * vectors, _CHAINS) / 2
    # A lone vector multiplies straight from memory; else each number is spread first.
    return max(products, (pixels + vectors) / 2) + 0.75


@functools.cache
def plan_panels(
    rows: int, columns: tuple[int, ...], channels: int, lanes: int, registers: int
) -> tuple[Panels, ...]:
    """The panels and tiles that are estimated to take the fewest cycles.

    All have tiles of as many rows, since a work unit is some rows of tiles.

    Args:
        rows: of outputs.
        columns: number of outputs of each axis of columns.
        channels: of the output.
        lanes: of a vector.
        registers: number of them.
    """
    plans: list[Panels] = []
    first, high = 0, 0
    while first < channels:
        needed = -(-(channels - first) // lanes)
        options = [
            (_cycles(rows, runs, tall, needed, vectors), tall, -vectors)
            for vectors in range(1, min(4, needed) + 1)
            for tall in range(1, min(_room(vectors, registers), max(rows, 1)) + 1)
            if high in (0, tall)
            for runs in [_runs(columns, tall, vectors, registers)]
        ]
        _, high, vectors = min(options)
        vectors = -vectors
        runs = _runs(columns, high, vectors, registers)
        wide = vectors * lanes
        number = (channels - first) // wide
        ragged = 0 if number else (channels - first) % lanes
        plans.append(Panels(first, max(number, 1), vectors, high, runs, ragged))
        first += max(number, 1) * wide
    return tuple(plans)


def _room(vectors: int, registers: int) -> int:
    """Pixels in a tile beside one vector of the filter each and one number spread."""
    return (registers - 1 - vectors) // vectors


def _runs(
    columns: tuple[int, ...], high: int, vectors: int, registers: int
) -> tuple[tuple[Run, ...], ...]:
    return tuple(cut(count, _room(vectors, registers) // high) for count in columns)


def _cycles(
    rows: int, runs: tuple[tuple[Run, ...], ...], high: int, needed: int, vectors: int
) -> float:
    """Estimated cycles for one channel of the source that all outputs read."""
    heights = ((rows // high, high), (1, rows % high))
    panels = ((needed // vectors, vectors), (1, needed % vectors))
    return sum(
        panel * turns * run.turns * step_cycles(height * run.width, wide)
        for panel, wide in panels
        for turns, height in heights
        if height and wide
        for axis in runs
        for run in axis
    )
