"""Decompositions: eigenvalues, singular values, QR; and the exponential of matrices.

See `linalg.py` for the sources of the gradients. Read next: `matrix_parts.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import at_least_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import lapack
from interactive_graphs.kernels.cpu.exponential import matrix_exponential
from interactive_graphs.ops.linalg import (
    MATRIX,
    adjoint_of,
    check_matrix,
    square_op,
    square_shape,
    times,
)

# -- eigenvalues ----------------------------------------------------------------------


def _eigen_shape(op: Operation) -> list[Shape]:
    (shape,) = square_shape(op)
    if shape is None:
        return [None, None if op.attrs["compute_v"] else (0,)]
    return [shape[:-1], shape if op.attrs["compute_v"] else (0,)]


def _eigen_gradient(op: Operation, d_e: Tensor, d_v: Tensor) -> list[Tensor]:
    middle = raw.MatrixDiag(d_e)
    if op.attrs["compute_v"]:
        e, v = op.outputs
        gaps = raw.Reciprocal(raw.ExpandDims(e, -2) - raw.ExpandDims(e, -1))
        f = raw.MatrixSetDiag(gaps, raw.ZerosLike(e))
        middle = middle + f * times(v, d_v, adj_a=True)
    else:
        _, v = raw.SelfAdjointEigV2(op.inputs[0])
    grad = times(times(v, middle), v, adj_b=True)
    # Only the lower triangle is read: it gets the gradient of both.
    lower = raw.MatrixBandPart(grad + adjoint_of(grad), -1, 0)
    half = raw.MatrixDiagPart(lower) * 0.5
    return [raw.MatrixSetDiag(lower, half)]


eigen_op = define(
    "SelfAdjointEigV2", "input: T -> e: T, v: T", compute_v=True, T=types(MATRIX),
    shape=_eigen_shape, gradient=_eigen_gradient,
    doc="Eigenvalues and eigenvectors of symmetric matrices.",
)  # fmt: skip


@eigen_op.kernel("CPU")
def _(input: Any, compute_v: bool) -> tuple[Any, Any]:
    check_matrix(input)
    dtype = input.dtype
    if not compute_v:
        values = lapack.call(np.linalg.eigvalsh, input)
        return values.astype(dtype), np.zeros(0, dtype)
    values, vectors = lapack.call(np.linalg.eigh, input)
    return values.astype(dtype), vectors.astype(dtype)


def self_adjoint_eig(tensor: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors of each symmetric (or Hermitian) matrix.

    Args:
        tensor: a floating or complex tensor, `[..., n, n]`; only the lower triangle
            is read.
        name: the node's name.

    Returns:
        e: a tensor of that dtype, `[..., n]`, the eigenvalues, rising.
        v: the same dtype, `[..., n, n]`, the eigenvectors, in columns.
    """
    e, v = raw.SelfAdjointEigV2(tensor, compute_v=True, name=name)
    return e, v


def self_adjoint_eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues of each symmetric (or Hermitian) matrix.

    Args:
        tensor: a floating or complex tensor, `[..., n, n]`; only the lower triangle
            is read.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n]`, rising.
    """
    e: Tensor = raw.SelfAdjointEigV2(tensor, compute_v=False, name=name)[0]
    return e


# -- singular values ------------------------------------------------------------------


def _svd_shape(op: Operation) -> list[Shape]:
    shape = at_least_rank(op.inputs[0].static_shape, 2)
    vectors = op.attrs["compute_uv"]
    if shape is None:
        return [None, *([None, None] if vectors else [(0,), (0,)])]
    (rows, columns), stack = shape[-2:], shape[:-2]
    known = rows is not None and columns is not None
    short = min(rows, columns) if known else None  # type: ignore[type-var]
    if not vectors:
        return [(*stack, short), (0,), (0,)]
    if op.attrs["full_matrices"]:
        return [(*stack, short), (*stack, rows, rows), (*stack, columns, columns)]
    return [(*stack, short), (*stack, rows, short), (*stack, columns, short)]


def _svd_gradient(op: Operation, d_s: Tensor, d_u: Tensor, d_v: Tensor) -> list[Tensor]:
    a = op.inputs[0]
    if a.dtype.is_complex:
        raise NotImplementedError(
            "SVD gradient is not implemented for complex matrices."
        )
    if not op.attrs["compute_uv"]:
        _, u, v = raw.Svd(a)
        return [times(times(u, raw.MatrixDiag(d_s)), v, adj_b=True)]
    if op.attrs["full_matrices"]:
        raise NotImplementedError("SVD gradient needs full_matrices=False.")
    s, u, v = op.outputs
    squares = raw.Square(s)
    gaps = raw.ExpandDims(squares, -2) - raw.ExpandDims(squares, -1)
    # Singular values that are equal have no vectors of their own.
    same = raw.Equal(gaps, raw.ZerosLike(gaps))
    one = raw.OnesLike(gaps)
    f = raw.Select(same, raw.ZerosLike(gaps), one / raw.Select(same, one, gaps))
    diagonal, inverse = raw.MatrixDiag(s), raw.MatrixDiag(raw.Reciprocal(s))
    turn_u, turn_v = times(u, d_u, adj_a=True), times(v, d_v, adj_a=True)
    middle = (
        raw.MatrixDiag(d_s)
        + times(f * (turn_u - adjoint_of(turn_u)), diagonal)
        + times(diagonal, f * (turn_v - adjoint_of(turn_v)))
    )
    grad = times(times(u, middle), v, adj_b=True)
    # What moves the vectors out of the space that they span.
    outside_u = times(d_u - times(u, turn_u), inverse)
    outside_v = times(d_v - times(v, turn_v), inverse)
    return [grad + times(outside_u, v, adj_b=True) + times(u, outside_v, adj_b=True)]


svd_op = define(
    "Svd", "input: T -> s: T, u: T, v: T", compute_uv=True, full_matrices=False,
    T=types(MATRIX), shape=_svd_shape, gradient=_svd_gradient,
    doc="Singular values and vectors of matrices.",
)  # fmt: skip


@svd_op.kernel("CPU")
def _(input: Any, compute_uv: bool, full_matrices: bool) -> tuple[Any, Any, Any]:
    check_matrix(input, square=False)
    dtype = input.dtype
    if not compute_uv:
        s = lapack.call(np.linalg.svdvals, input)
        return s.astype(dtype), np.zeros(0, dtype), np.zeros(0, dtype)
    u, s, v = lapack.call(np.linalg.svd, input, full_matrices)
    v = np.conjugate(np.swapaxes(v, -1, -2))
    return s.astype(dtype), u.astype(dtype), v.astype(dtype)


def svd(
    tensor: Any,
    full_matrices: bool = False,
    compute_uv: bool = True,
    name: str | None = None,
) -> Any:
    """The singular value decomposition of each matrix: u @ diag(s) @ v*.

    Args:
        tensor: a floating or complex tensor, `[..., m, n]`.
        full_matrices: whether u and v are square, else they have min(m, n) columns.
        compute_uv: whether to give u and v at all.
        name: the node's name.

    Returns:
        s: a tensor of that dtype, `[..., min(m, n)]`, falling; alone if `compute_uv`
            is False.
        u: the same dtype, `[..., m, min(m, n)]`.
        v: the same dtype, `[..., n, min(m, n)]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.svd([[3., 0.], [0., 4.]], compute_uv=False))
        array([4., 3.], dtype=float32)
    """
    s, u, v = raw.Svd(
        tensor, compute_uv=compute_uv, full_matrices=full_matrices, name=name
    )
    s = real_values(s)
    return (s, u, v) if compute_uv else s


def real_values(s: Tensor) -> Tensor:
    """Singular values are real, whatever the dtype of the matrix."""
    if not s.dtype.is_complex:
        return s
    result: Tensor = raw.Real(s, Tout=s.dtype.real_dtype)
    return result


# -- QR -------------------------------------------------------------------------------


def _qr_shape(op: Operation) -> list[Shape]:
    shape = at_least_rank(op.inputs[0].static_shape, 2)
    if shape is None:
        return [None, None]
    (rows, columns), stack = shape[-2:], shape[:-2]
    if op.attrs["full_matrices"]:
        return [(*stack, rows, rows), (*stack, rows, columns)]
    known = rows is not None and columns is not None
    short = min(rows, columns) if known else None  # type: ignore[type-var]
    return [(*stack, rows, short), (*stack, short, columns)]


def _qr_gradient(op: Operation, d_q: Tensor, d_r: Tensor) -> list[Tensor]:
    q, r = op.outputs
    shape = op.inputs[0].static_shape
    if shape is None or shape[-1] is None or shape[-2] is None:
        raise NotImplementedError("QrGrad not implemented with dynamic shapes.")
    if shape[-2] < shape[-1]:
        raise NotImplementedError("QrGrad not implemented when ncols > nrows.")
    if op.attrs["full_matrices"] and shape[-2] != shape[-1]:
        raise NotImplementedError(
            "QrGrad not implemented when nrows > ncols and full_matrices is true."
        )
    turn, scale = times(q, d_q, adj_a=True), times(r, d_r, adj_b=True)
    both = (turn - adjoint_of(turn)) + (scale - adjoint_of(scale))
    strict = raw.MatrixSetDiag(
        raw.MatrixBandPart(both, -1, 0), raw.ZerosLike(raw.MatrixDiagPart(both))
    )

    def over_r(x: Tensor) -> Tensor:
        """X @ inverse(r)*."""
        solved = raw.MatrixTriangularSolve(r, adjoint_of(x), lower=False)
        return adjoint_of(solved)

    along = times(q, d_r + over_r(strict))
    return [along + over_r(d_q - times(q, turn))]


qr_op = define(
    "Qr", "input: T -> q: T, r: T", full_matrices=False, T=types(MATRIX),
    shape=_qr_shape, gradient=_qr_gradient, doc="QR decompositions of matrices.",
)  # fmt: skip


@qr_op.kernel("CPU")
def _(input: Any, full_matrices: bool) -> tuple[Any, Any]:
    check_matrix(input, square=False)
    q, r = lapack.call(np.linalg.qr, input, "complete" if full_matrices else "reduced")
    return q.astype(input.dtype), r.astype(input.dtype)


class Qr(NamedTuple):
    """What `qr` gives."""

    q: Tensor
    r: Tensor


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Qr:
    """The QR decomposition of each matrix: q @ r, q orthogonal, r upper triangular.

    Args:
        input: a floating or complex tensor, `[..., m, n]`.
        full_matrices: whether q is square, else it has min(m, n) columns.
        name: the node's name.

    Returns:
        q: a tensor of that dtype, `[..., m, min(m, n)]`.
        r: the same dtype, `[..., min(m, n), n]`.
    """
    return Qr(*raw.Qr(input, full_matrices=full_matrices, name=name))


# -- exponential ----------------------------------------------------------------------


def _exponential_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """The corner of exp([[x, dy], [0, x]]), x adjoint (Higham 2008, 3.6)."""
    x = adjoint_of(op.inputs[0])
    rank = len(x.static_shape or ())
    above = raw.ConcatV2([x, dy], rank - 1)
    below = raw.ConcatV2([raw.ZerosLike(x), x], rank - 1)
    whole = raw.MatrixExponential(raw.ConcatV2([above, below], rank - 2))
    side = raw.Shape(x)
    start = raw.Pad(side[-1:], np.array([[rank - 1, 0]], np.int32))
    return [raw.Slice(whole, start, side)]


exponential_op = square_op(
    "MatrixExponential", _exponential_gradient, "The exponential of matrices."
)


@exponential_op.kernel("CPU")
def _(input: Any) -> Any:
    check_matrix(input)
    if not np.isfinite(input).all():
        invalid("Input is not finite.")
    return matrix_exponential(lapack.wide(input)).astype(input.dtype)


def expm(input: Any, name: str | None = None) -> Tensor:
    """The exponential of each matrix: the sum of its powers by their factorials.

    Args:
        input: a floating or complex tensor, `[..., n, n]`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n, n]`.
    """
    result: Tensor = raw.MatrixExponential(input, name=name)
    return result
