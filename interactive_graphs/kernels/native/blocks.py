"""Square blocks of an array, turned in registers.

A block of `width` vectors is transposed by shuffles alone, which beats element-wise
copies by far: each stage exchanges what lies across the diagonal of ever smaller
blocks. The packing of products (`gemm_tiles.py`) and the transposition of arrays
(`movement.py`) are made of it. Read next: `gemm.py`.
"""

from collections.abc import Sequence

from interactive_graphs.kernels.native.lanes import Lanes


def transposed(lanes: Lanes, rows: Sequence[str]) -> list[str]:
    """Returns the columns of a square block as vectors.

    Args:
        lanes: of as many lanes as there are rows, a power of two.
        rows: the vectors of the block.
    """
    values = list(rows)
    width = lanes.width
    half = width // 2
    while half:
        low = [i if not i & half else (i ^ half) + width for i in range(width)]
        high = [i | half if not i & half else i + width for i in range(width)]
        turned = list(values)
        for i in range(width):
            if not i & half:
                pair = values[i], values[i | half]
                turned[i] = lanes.shuffle(*pair, low)
                turned[i | half] = lanes.shuffle(*pair, high)
        values = turned
        half //= 2
    return values


def summed(lanes: Lanes, rows: Sequence[str]) -> str:
    """Returns a vector of the sums over each row's lanes, in the order of the rows.

    Half the work of summing row by row: each stage adds two half-summed rows at once.
    The order of summation is fixed, and not that of `Lanes.sum`.

    Args:
        lanes: of as many lanes as there are rows, a power of two.
        rows: the vectors to be summed.
    """
    values = list(rows)
    width = lanes.width
    half = width // 2
    while half:
        low = [i if not i & half else (i ^ half) + width for i in range(width)]
        high = [i | half if not i & half else i + width for i in range(width)]
        pairs = [(values[i], values[i + half]) for i in range(half)]
        values = [
            lanes.add(lanes.shuffle(*pair, low), lanes.shuffle(*pair, high))
            for pair in pairs
        ]
        half //= 2
    return values[0]
