"""Linear systems and decompositions of matrices, or of stacks of them.

The kernels are LAPACK's through numpy. Gradients follow Giles, "Collected matrix
derivative results for forward and reverse mode algorithmic differentiation" (2008), and
for singular values Townsend, "Differentiating the singular value decomposition" (2016).
Read next: `decomposition.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import (
    COMPLEX,
    float16,
    float32,
    float64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef, define, types
from interactive_graphs.framework.shape_rules import at_least_rank, merge_dims
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, merge
from interactive_graphs.kernels.cpu import lapack, triangular
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.reduction import reduce_sum

MATRIX = (float64, float32, float16, *COMPLEX)


def times(a: Tensor, b: Tensor, adj_a: bool = False, adj_b: bool = False) -> Tensor:
    """The matrix product of stacks; adjoint where asked for."""
    product: Tensor = raw.BatchMatMul(a, b, adj_x=adj_a, adj_y=adj_b)
    return product


def adjoint_of(x: Tensor) -> Tensor:
    """Each matrix transposed and conjugated; the rank must be known."""
    rank = len(x.static_shape or ())
    order = np.array([*range(rank - 2), rank - 1, rank - 2], np.int32)
    result: Tensor = raw.ConjugateTranspose(x, order)
    return result


def check_matrix(x: Any, square: bool = True) -> None:
    """Refuse what is not a stack of (square) matrices.

    Raises:
        InvalidArgumentError: with TF1's words.
    """
    if np.ndim(x) < 2:
        invalid(f"Input tensor 0 must have rank >= 2, got {np.ndim(x)}")
    if square and x.shape[-1] != x.shape[-2]:
        invalid("Input matrix must be square.")


def square_shape(op: Operation) -> list[Shape]:
    """The first input is a stack of square matrices, which the output is too."""
    shape = at_least_rank(op.inputs[0].static_shape, 2)
    if shape is None:
        return [None]
    side = merge_dims(shape[-2], shape[-1])
    return [(*shape[:-2], side, side)]


def square_op(
    name: str, gradient: Any, doc: str, shape: Any = square_shape, **attrs: Any
) -> OpDef:
    """An op of one stack of square matrices."""
    return define(
        name, "input: T -> output: T", T=types(MATRIX), shape=shape,
        gradient=gradient, doc=doc, **attrs,
    )  # fmt: skip


# -- inverse and determinant ----------------------------------------------------------


def _inverse_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    y = op.outputs[0]
    if op.attrs["adjoint"]:
        return [-times(y, times(dy, y, adj_a=True))]
    return [-times(y, times(dy, y, adj_b=True), adj_a=True)]


inverse_op = square_op(
    "MatrixInverse", _inverse_gradient, "The inverse of matrices.", adjoint=False
)


@inverse_op.kernel("CPU")
def _(input: Any, adjoint: bool) -> Any:
    check_matrix(input)
    try:
        inverse = lapack.call(np.linalg.inv, input).astype(input.dtype)
    except np.linalg.LinAlgError:
        invalid("Input is not invertible.")
    return np.conjugate(np.swapaxes(inverse, -1, -2)) if adjoint else inverse


def _determinant_shape(op: Operation) -> list[Shape]:
    (shape,) = square_shape(op)
    return [None if shape is None else shape[:-2]] * len(op.outputs)


def _determinant_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    a, c = op.inputs[0], op.outputs[0]
    inverse = raw.MatrixInverse(a, adjoint=True)
    scale = raw.Reshape(dy * c, raw.ConcatV2([raw.Shape(c), [1, 1]], 0))
    return [scale * inverse]


determinant_op = square_op(
    "MatrixDeterminant", _determinant_gradient, "The determinant of matrices.",
    _determinant_shape,
)  # fmt: skip


@determinant_op.kernel("CPU")
def _(input: Any) -> Any:
    check_matrix(input)
    return lapack.call(np.linalg.det, input).astype(input.dtype)


def _log_determinant_gradient(op: Operation, _: Any, dy: Tensor) -> list[Tensor]:
    a, c = op.inputs[0], op.outputs[1]
    inverse = raw.MatrixInverse(a, adjoint=True)
    return [raw.Reshape(dy, raw.ConcatV2([raw.Shape(c), [1, 1]], 0)) * inverse]


log_determinant_op = define(
    "LogMatrixDeterminant", "input: T -> sign: T, log_abs_determinant: T",
    T=types(MATRIX), shape=_determinant_shape, gradient=_log_determinant_gradient,
    doc="Sign and logarithm of the determinant of matrices.",
)  # fmt: skip


@log_determinant_op.kernel("CPU")
def _(input: Any) -> tuple[Any, Any]:
    check_matrix(input)
    sign, value = lapack.call(np.linalg.slogdet, input)
    return sign.astype(input.dtype), value.astype(input.dtype)


def matrix_inverse(
    input: Any, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The inverse of each matrix.

    Args:
        input: a float16, float32, float64 or complex tensor, `[..., n, n]`.
        adjoint: whether to give the inverse of the conjugate transpose.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n, n]`. A singular matrix is an
        InvalidArgumentError when run.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.matrix_inverse([[2., 0.], [0., 4.]]))
        array([[0.5 , 0.  ],
               [0.  , 0.25]], dtype=float32)
    """
    result: Tensor = raw.MatrixInverse(input, adjoint=adjoint, name=name)
    return result


def matrix_determinant(input: Any, name: str | None = None) -> Tensor:
    """The determinant of each matrix.

    Args:
        input: a float16, float32, float64 or complex tensor, `[..., n, n]`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[...]`.
    """
    result: Tensor = raw.MatrixDeterminant(input, name=name)
    return result


class LogMatrixDeterminant(NamedTuple):
    """What `slogdet` gives."""

    sign: Tensor
    log_abs_determinant: Tensor


def slogdet(input: Any, name: str | None = None) -> LogMatrixDeterminant:
    """Sign and logarithm of the absolute value of each determinant.

    Args:
        input: a float16, float32, float64 or complex tensor, `[..., n, n]`.
        name: the node's name.

    Returns:
        sign: a tensor of that dtype, `[...]`.
        log_abs_determinant: the same.
    """
    return LogMatrixDeterminant(*raw.LogMatrixDeterminant(input, name=name))


def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """The logarithm of the determinant of each positive definite matrix.

    Args:
        matrix: a floating or complex tensor, `[..., n, n]`, positive definite.
        name: the scope of its nodes.

    Returns:
        A tensor of the real dtype, `[...]`.
    """
    with op_scope(name, "logdet", matrix):
        diagonal = raw.MatrixDiagPart(raw.Cholesky(matrix))
        if diagonal.dtype.is_complex:
            diagonal = raw.Real(diagonal, Tout=diagonal.dtype.real_dtype)
        return reduce_sum(raw.Log(diagonal), [-1]) * 2.0


# -- Cholesky -------------------------------------------------------------------------


def identity_like(x: Tensor) -> Tensor:
    """The identity, as often as `[..., n, n]` x holds matrices."""
    row = raw.MatrixDiagPart(x)
    result: Tensor = raw.MatrixDiag(raw.OnesLike(row))
    return result


def _cholesky_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    factor = op.outputs[0]
    inverse = raw.MatrixTriangularSolve(factor, identity_like(factor))
    middle = times(factor, dy, adj_a=True)
    half = raw.MatrixDiagPart(middle) * 0.5
    middle = raw.MatrixBandPart(raw.MatrixSetDiag(middle, half), -1, 0)
    grad = times(times(inverse, middle, adj_a=True), inverse)
    return [(grad + adjoint_of(grad)) * 0.5]


cholesky_op = square_op(
    "Cholesky", _cholesky_gradient, "The lower triangular root of matrices."
)


@cholesky_op.kernel("CPU")
def _(input: Any) -> Any:
    check_matrix(input)
    try:
        return lapack.call(np.linalg.cholesky, input).astype(input.dtype)
    except np.linalg.LinAlgError:
        invalid(
            "Cholesky decomposition was not successful. The input might not be valid."
        )


def cholesky(input: Any, name: str | None = None) -> Tensor:
    """The lower triangular L with L @ L* = A, for each positive definite A.

    Args:
        input: a floating or complex tensor, `[..., n, n]`; only the lower triangle is
            read.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n, n]`. A matrix that is not positive definite
        is an InvalidArgumentError when run.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.cholesky([[4., 2.], [2., 5.]]))
        array([[2., 0.],
               [1., 2.]], dtype=float32)
    """
    result: Tensor = raw.Cholesky(input, name=name)
    return result


def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """The X with A @ X = rhs, from `chol = cholesky(A)`.

    Args:
        chol: a floating or complex tensor, `[..., n, n]`, lower triangular.
        rhs: a tensor of that dtype, `[..., n, k]`.
        name: the scope of its nodes.

    Returns:
        A tensor of that dtype, `[..., n, k]`.
    """
    with op_scope(name, "cholesky_solve", chol, rhs):
        lower = raw.MatrixTriangularSolve(chol, rhs)
        result: Tensor = raw.MatrixTriangularSolve(chol, lower, adjoint=True)
        return result


# -- linear systems -------------------------------------------------------------------


def _solve_shape(op: Operation) -> list[Shape]:
    matrix = at_least_rank(op.inputs[0].static_shape, 2)
    rhs = at_least_rank(op.inputs[1].static_shape, 2)
    if matrix is None or rhs is None:
        return [None]
    side = merge_dims(matrix[-2], matrix[-1])
    stack = merge(matrix[:-2], rhs[:-2])
    return [None if stack is None else (*stack, merge_dims(side, rhs[-2]), rhs[-1])]


def _check_system(matrix: Any, rhs: Any) -> None:
    check_matrix(matrix)
    check_matrix(rhs, square=False)
    if matrix.shape[-1] != rhs.shape[-2] or matrix.shape[:-2] != rhs.shape[:-2]:
        invalid("Input matrix and rhs are incompatible.")


def _solved(matrix: Any, rhs: Any) -> Any:
    try:
        return lapack.call(np.linalg.solve, matrix, rhs).astype(rhs.dtype)
    except np.linalg.LinAlgError:
        invalid("Input matrix is not invertible.")


def _solve_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    a, c, adjoint = op.inputs[0], op.outputs[0], op.attrs["adjoint"]
    d_rhs = raw.MatrixSolve(a, dy, adjoint=not adjoint)
    pair = (c, d_rhs) if adjoint else (d_rhs, c)
    return [-times(pair[0], pair[1], adj_b=True), d_rhs]


solve_op = define(
    "MatrixSolve", "matrix: T, rhs: T -> output: T", adjoint=False, T=types(MATRIX),
    shape=_solve_shape, gradient=_solve_gradient, doc="Solutions of linear systems.",
)  # fmt: skip


@solve_op.kernel("CPU")
def _(matrix: Any, rhs: Any, adjoint: bool) -> Any:
    _check_system(matrix, rhs)
    return _solved(
        np.conjugate(np.swapaxes(matrix, -1, -2)) if adjoint else matrix, rhs
    )


def _triangular_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    a, c = op.inputs[0], op.outputs[0]
    adjoint, lower = op.attrs["adjoint"], op.attrs["lower"]
    d_rhs = raw.MatrixTriangularSolve(a, dy, lower=lower, adjoint=not adjoint)
    pair = (c, d_rhs) if adjoint else (d_rhs, c)
    d_matrix = -times(pair[0], pair[1], adj_b=True)
    band = (-1, 0) if lower else (0, -1)
    return [raw.MatrixBandPart(d_matrix, *band), d_rhs]


triangular_op = define(
    "MatrixTriangularSolve", "matrix: T, rhs: T -> output: T", lower=True,
    adjoint=False, T=types(MATRIX), shape=_solve_shape, gradient=_triangular_gradient,
    doc="Solutions of triangular linear systems.",
)  # fmt: skip


@triangular_op.kernel("CPU")
def _(matrix: Any, rhs: Any, lower: bool, adjoint: bool) -> Any:
    _check_system(matrix, rhs)
    if adjoint:
        matrix, lower = np.conjugate(np.swapaxes(matrix, -1, -2)), not lower
    try:
        solution = lapack.call(triangular.solve, matrix, rhs, lower)
    except np.linalg.LinAlgError:
        invalid("Input matrix is not invertible.")
    return solution.astype(rhs.dtype, copy=False)


def matrix_solve(
    matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The X with matrix @ X = rhs, for each matrix.

    Args:
        matrix: a floating or complex tensor, `[..., n, n]`.
        rhs: a tensor of that dtype, `[..., n, k]`.
        adjoint: whether to solve with the conjugate transpose.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n, k]`. A singular matrix is an
        InvalidArgumentError when run.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.matrix_solve([[2., 0.], [0., 4.]], [[2.], [2.]]))
        array([[1. ],
               [0.5]], dtype=float32)
    """
    result: Tensor = raw.MatrixSolve(matrix, rhs, adjoint=adjoint, name=name)
    return result


def matrix_triangular_solve(
    matrix: Any,
    rhs: Any,
    lower: bool = True,
    adjoint: bool = False,
    name: str | None = None,
) -> Tensor:
    """The X with matrix @ X = rhs, for each triangular matrix.

    Args:
        matrix: a floating or complex tensor, `[..., n, n]`; the other triangle is not
            read.
        rhs: a tensor of that dtype, `[..., n, k]`.
        lower: whether the lower triangle is meant, else the upper.
        adjoint: whether to solve with the conjugate transpose.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n, k]`.
    """
    result: Tensor = raw.MatrixTriangularSolve(
        matrix, rhs, lower=lower, adjoint=adjoint, name=name
    )
    return result


# -- least squares --------------------------------------------------------------------


def _least_squares_shape(op: Operation) -> list[Shape]:
    matrix = at_least_rank(op.inputs[0].static_shape, 2)
    rhs = at_least_rank(op.inputs[1].static_shape, 2)
    if matrix is None or rhs is None:
        return [None]
    merge_dims(matrix[-2], rhs[-2])
    stack = merge(matrix[:-2], rhs[:-2])
    return [None if stack is None else (*stack, matrix[-1], rhs[-1])]


def _least_squares_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    a, b, regular = op.inputs
    shape = a.static_shape
    if shape is None or shape[-1] is None or shape[-2] is None:
        raise ValueError("matrix_solve_ls needs the sizes of matrices for its gradient")
    tall = shape[-2] >= shape[-1]
    gram = times(a, a, adj_a=True) if tall else times(a, a, adj_b=True)
    gram = gram + raw.Cast(regular, DstT=a.dtype.base_dtype) * identity_like(gram)
    factor = raw.Cholesky(gram)
    if tall:
        z = cholesky_solve(factor, dy)
        xz = times(op.outputs[0], z, adj_b=True)
        d_a = times(b, z, adj_b=True) - times(a, xz + adjoint_of(xz))
        return [d_a, times(a, z), None]
    d_b = cholesky_solve(factor, times(a, dy))
    y = cholesky_solve(factor, b)
    rest = dy - times(a, d_b, adj_a=True)
    d_a = times(y, rest, adj_b=True) - times(d_b, times(y, a, adj_a=True))
    return [d_a, d_b, None]


least_squares_op = define(
    "MatrixSolveLs", "matrix: T, rhs: T, l2_regularizer: float64 -> output: T",
    fast=True, T=types(MATRIX), shape=_least_squares_shape,
    gradient=_least_squares_gradient, doc="Least squares solutions.",
)  # fmt: skip


@least_squares_op.kernel("CPU")
def _(matrix: Any, rhs: Any, l2_regularizer: Any, fast: bool) -> Any:
    check_matrix(matrix, square=False)
    check_matrix(rhs, square=False)
    if matrix.shape[-2] != rhs.shape[-2]:
        invalid("Input matrix and rhs are incompatible.")
    a, b = lapack.wide(matrix), lapack.wide(rhs)
    if not fast:
        # The pseudo-inverse gives the shortest of all solutions.
        return np.matmul(np.linalg.pinv(a), b).astype(rhs.dtype)
    adjoint = np.conjugate(np.swapaxes(a, -1, -2))
    tall = a.shape[-2] >= a.shape[-1]
    gram = adjoint @ a if tall else a @ adjoint
    gram = gram + a.dtype.type(l2_regularizer) * np.eye(gram.shape[-1], dtype=a.dtype)
    x = _solved(gram, adjoint @ b) if tall else adjoint @ _solved(gram, b)
    return x.astype(rhs.dtype)


def matrix_solve_ls(
    matrix: Any,
    rhs: Any,
    l2_regularizer: float = 0.0,
    fast: bool = True,
    name: str | None = None,
) -> Tensor:
    """The X that makes the squares of matrix @ X - rhs least, for each matrix.

    Args:
        matrix: a floating or complex tensor, `[..., m, n]`.
        rhs: a tensor of that dtype, `[..., m, k]`.
        l2_regularizer: what the square of the length of X counts.
        fast: whether to solve the normal equations; else, by the pseudo-inverse, a
            matrix of any rank is taken, and `l2_regularizer` is ignored.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n, k]`.
    """
    result: Tensor = raw.MatrixSolveLs(
        matrix, rhs, np.float64(l2_regularizer), fast=fast, name=name
    )
    return result
