"""The logarithm and the square root of matrices.

Read next: `decomposition.py`, which has the exponential.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import complex64, complex128
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.linalg import MATRIX, check_matrix, square_shape

# Eigenvectors that are nearly parallel tell nothing.
_WORST: Final = 1e7


def _of_eigenvalues(
    matrix: np.ndarray, function: Callable[[Any], Any]
) -> np.ndarray | None:
    """A function of a matrix by its eigenvalues; None where its eigenvectors fail."""
    values, vectors = np.linalg.eig(matrix)
    if np.linalg.cond(vectors) > _WORST:
        return None
    result: np.ndarray = (vectors * function(values)) @ np.linalg.inv(vectors)
    return result


def _root(matrix: np.ndarray) -> np.ndarray:
    """The principal square root: by eigenvalues, else by Denman and Beavers' steps."""
    found = _of_eigenvalues(matrix, np.sqrt)
    if found is not None:
        return found
    y, z = matrix, np.eye(len(matrix), dtype=matrix.dtype)
    for _ in range(60):
        before = y
        y, z = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2
        if np.allclose(y, before, 1e-15, 0):
            break
    return y


def _logarithm(matrix: np.ndarray) -> np.ndarray:
    """The principal logarithm: by eigenvalues, else of a root near the identity."""
    found = _of_eigenvalues(matrix, np.log)
    if found is not None:
        return found
    one = np.eye(len(matrix), dtype=matrix.dtype)
    roots = 0
    while np.linalg.norm(matrix - one) > 0.05 and roots < 60:
        matrix, roots = _root(matrix), roots + 1
    # log(A) = 2 artanh((A - 1) / (A + 1)), whose series is short for such A.
    ratio = np.linalg.solve(matrix + one, matrix - one)
    square, power = ratio @ ratio, ratio
    total = ratio.copy()
    for k in range(3, 25, 2):
        power = power @ square
        total = total + power / k
    return total * 2.0 ** (roots + 1)


def _each(x: Any, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """`function` of each matrix, in double precision; NaN where it fails."""
    check_matrix(x)
    wide = x.astype(np.complex128)
    result = np.empty(x.shape, np.complex128)
    for index in np.ndindex(x.shape[:-2]):
        try:
            result[index] = function(wide[index])
        except np.linalg.LinAlgError:
            result[index] = np.nan
    if x.dtype.kind == "c":
        return result.astype(x.dtype)
    # A real matrix may have none that is real.
    scale = np.abs(result).max((-2, -1), keepdims=True, initial=0)
    is_real = (np.abs(result.imag) <= 1e-6 * scale).all((-2, -1), keepdims=True)
    return np.where(is_real, result.real, np.nan).astype(x.dtype)


logarithm_op = define(
    "MatrixLogarithm", "input: T -> output: T", T=types((complex64, complex128)),
    shape=square_shape, doc="The logarithm of matrices.",
)  # fmt: skip


@logarithm_op.kernel("CPU")
def _(input: Any) -> Any:
    return _each(input, _logarithm)


root_op = define(
    "MatrixSquareRoot", "input: T -> output: T", T=types(MATRIX), shape=square_shape,
    doc="The square root of matrices.",
)  # fmt: skip


@root_op.kernel("CPU")
def _(input: Any) -> Any:
    return _each(input, _root)


def logm(input: Any, name: str | None = None) -> Tensor:
    """The logarithm of each matrix: that whose exponential it is.

    Args:
        input: complex, `[..., n, n]`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    result: Tensor = raw.MatrixLogarithm(input, name=name)
    return result


def matrix_square_root(input: Any, name: str | None = None) -> Tensor:
    """The square root of each matrix, whose eigenvalues are not on the left.

    Args:
        input: floating or complex, `[..., n, n]`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape; NaN where a real matrix has no real one.
    """
    result: Tensor = raw.MatrixSquareRoot(input, name=name)
    return result
