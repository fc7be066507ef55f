"""Square blocks of an array, turned in registers.

A block of `width` vectors is transposed by shuffles alone, which beats element-wise
copies by far. Shuffles come in two kinds that every processor has as one instruction:
inside of pieces of 16 bytes, and of whole such pieces. So a block is turned inside of
the pieces first, then the pieces are. The packing of products (`gemm_tiles.py`) and the
transposition of arrays (`copies.py`) are made of it. Read next: `gemm.py`.
"""

from collections.abc import Sequence

from interactive_graphs.kernels.native.lanes import Lanes

_PIECE = 16
"""Bytes inside of which elements are moved before pieces are."""


def transposed(lanes: Lanes, rows: Sequence[str]) -> list[str]:
    """Returns the columns of a square block as vectors.

    Args:
        lanes: of as many lanes as there are rows, a power of two.
        rows: the vectors of the block.
    """
    inside = _inside(lanes)
    groups = [[row] for row in rows]
    stage = 1
    while len(groups) > 1:
        neighbours = zip(groups[::2], groups[1::2], strict=True)
        groups = [
            # Which columns a vector holds is said by its place in the group.
            [new for a, b in pairs for new in _interleaved(lanes, a, b, stage)]
            if stage < inside
            else [_alternate(lanes, a, b, place) for place in (0, 1) for a, b in pairs]
            for pairs in (list(zip(*two, strict=True)) for two in neighbours)
        ]
        stage *= 2
    return groups[0]


def summed(lanes: Lanes, rows: Sequence[str]) -> str:
    """Returns a vector of the sums over each row's lanes, in the order of the rows.

    Half the work of summing row by row: each stage adds two half-summed rows at once.
    The order of summation is fixed, and not that of `Lanes.sum`.

    Args:
        lanes: of as many lanes as there are rows, a power of two.
        rows: the vectors to be summed.
    """
    inside = _inside(lanes)
    values = list(rows)
    stage = 1
    while len(values) > 1:
        halves = [
            _interleaved(lanes, a, b, stage)
            if stage < inside
            else [_alternate(lanes, a, b, place) for place in (0, 1)]
            for a, b in zip(values[::2], values[1::2], strict=True)
        ]
        values = [lanes.add(first, second) for first, second in halves]
        stage *= 2
    return values[0]


def _inside(lanes: Lanes) -> int:
    """Elements of a piece."""
    return min(lanes.width, _PIECE // lanes.size)


def _interleaved(lanes: Lanes, a: str, b: str, count: int) -> list[str]:
    """In each piece `count` elements of a, then of b, and so on: first, second half."""
    inside = _inside(lanes)
    results = []
    for half in (0, inside // 2):
        picks: list[int] = []
        for piece in range(0, lanes.width, inside):
            for at in range(piece + half, piece + half + inside // 2, count):
                picks += range(at, at + count)
                picks += range(lanes.width + at, lanes.width + at + count)
        results.append(lanes.shuffle(a, b, picks))
    return results


def _alternate(lanes: Lanes, a: str, b: str, first: int) -> str:
    """Every other piece of a, beginning with `first`, then those of b."""
    inside = _inside(lanes)
    starts = range(first * inside, 2 * lanes.width, 2 * inside)
    return lanes.shuffle(a, b, [start + i for start in starts for i in range(inside)])
