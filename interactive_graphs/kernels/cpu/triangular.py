"""Triangular systems by substitution, a block of unknowns at a time.

numpy has LAPACK's solvers of full matrices only, whose work grows with the cube of the
side. Here they solve the blocks on the diagonal, and matrix products carry what is
found over to the rest. Read next: `../../ops/linalg.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

BLOCK: Final = 32
"""Unknowns in a block: about where the products have become the larger part."""


def solve(matrix: Any, rhs: Any, lower: bool) -> Any:
    """The X with matrix @ X = rhs.

    Args:
        matrix: float32, float64 or complex, `[..., n, n]`; the other triangle is not
            read.
        rhs: of that dtype, `[..., n, k]`.
        lower: whether the lower triangle is meant, else the upper.

    Returns:
        An array of that dtype, `[..., n, k]`.

    Raises:
        numpy.linalg.LinAlgError: a number on a diagonal is zero.
    """
    triangle = np.tril if lower else np.triu
    size = matrix.shape[-1]
    solution = np.array(rhs)
    starts = range(0, size, BLOCK)
    for start in starts if lower else reversed(starts):
        here = slice(start, start + BLOCK)
        rest = slice(start + BLOCK, None) if lower else slice(0, start)
        block = triangle(matrix[..., here, here])
        found = np.linalg.solve(block, solution[..., here, :])
        solution[..., here, :] = found
        solution[..., rest, :] -= matrix[..., rest, here] @ found
    return solution
