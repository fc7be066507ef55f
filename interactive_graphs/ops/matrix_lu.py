"""Triangular factors of matrices and what they solve; pseudo-inverses and ranks.

The factors are found by elimination with pivots, as LAPACK's getrf does it; the other
functions are built of ops that are there. Read next: `linalg.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import INDEX, as_dtype, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import at_least_rank, merge_dims
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import lapack
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.contraction import norm
from interactive_graphs.ops.linalg import MATRIX, check_matrix

# -- the factors ----------------------------------------------------------------------


def _lu_shape(op: Operation) -> list[Shape]:
    shape = at_least_rank(op.inputs[0].static_shape, 2)
    if shape is None:
        return [None, None]
    side = merge_dims(shape[-2], shape[-1])
    return [(*shape[:-2], side, side), (*shape[:-2], side)]


lu_op = define(
    "Lu", "input: T -> lu: T, p: output_idx_type",
    output_idx_type=types(INDEX, int32), T=types(MATRIX), shape=_lu_shape,
    doc="Both triangular factors of matrices, and the order of their rows.",
)  # fmt: skip


def _factorize(matrix: np.ndarray) -> np.ndarray:
    """Turns a matrix into its factors, in place; gives the order of its rows."""
    side = len(matrix)
    order = np.arange(side)
    for k in range(side):
        column = matrix[k:, k]
        # LAPACK measures complex numbers by the sum of their parts.
        pivot = k + int(np.argmax(np.abs(column.real) + np.abs(column.imag)))
        if matrix[pivot, k] == 0:
            invalid("Input is not invertible.")
        if pivot != k:
            matrix[[k, pivot]] = matrix[[pivot, k]]
            order[[k, pivot]] = order[[pivot, k]]
        matrix[k + 1 :, k] /= matrix[k, k]
        matrix[k + 1 :, k + 1 :] -= np.outer(matrix[k + 1 :, k], matrix[k, k + 1 :])
    return order


@lu_op.kernel("CPU")
def _(input: Any, output_idx_type: Any) -> Any:
    check_matrix(input)
    factors = lapack.wide(input).copy()
    orders = np.empty(input.shape[:-1], output_idx_type.np_dtype)
    for index in np.ndindex(input.shape[:-2]):
        orders[index] = _factorize(factors[index])
    return factors.astype(input.dtype, copy=False), orders


class Lu(NamedTuple):
    """What `lu` gives.

    Attributes:
        lu: both factors; the ones on the lower one's diagonal are left out.
        p: the order of the rows.
    """

    lu: Tensor
    p: Tensor


def lu(input: Any, output_idx_type: Any = int32, name: str | None = None) -> Lu:
    """A lower and an upper triangular matrix whose product has the rows of `input`.

    Args:
        input: floating or complex, `[..., n, n]`, invertible.
        output_idx_type: int32 or int64.
        name: the node's name.

    Returns:
        `lu`, a tensor of that dtype, `[..., n, n]`: the upper factor, and below its
        diagonal the lower one, which has ones on its own. `p`, `[..., n]`: the product
        is `input` with its rows in that order.

    Example:
        >>> import interactive_graphs as tf
        >>> factors = tf.linalg.lu([[1., 2.], [4., 6.]])
        >>> with tf.Session() as sess:
        ...     sess.run(factors.lu)
        ...     sess.run(factors.p)
        array([[4.  , 6.  ],
               [0.25, 0.5 ]], dtype=float32)
        array([1, 0], dtype=int32)
    """
    node = raw.Lu(input, output_idx_type=as_dtype(output_idx_type), name=name)
    return Lu(*node)


# -- what they solve ------------------------------------------------------------------


def _lower(factors: Any) -> Any:
    """The lower factor, with ones on its diagonal."""
    below = raw.MatrixBandPart(factors, -1, 0)
    return raw.MatrixSetDiag(below, raw.OnesLike(raw.MatrixDiagPart(factors)))


def _checked(factors: Any, perm: Any) -> tuple[Any, Any]:
    """Both as tensors.

    Raises:
        ValueError: their ranks do not fit.
    """
    a, p = convert(factors, None, "lower_upper"), convert(perm, None, "perm")
    shape, order = a.static_shape, p.static_shape
    if shape is not None and len(shape) < 2:
        raise ValueError(
            f"`lower_upper` must have at least 2 dimensions. Received: {len(shape)}"
        )
    if shape is not None and order is not None and len(shape) != len(order) + 1:
        raise ValueError("`rank(lower_upper)` must equal `rank(perm) + 1`")
    return a, p


def _rows(x: Any, order: Any) -> Any:
    """The rows of a stack of matrices, in other orders: `x[i, order[i]]`.

    Written as a product, which has a gradient and takes any rank.
    """
    side = raw.Shape(order)[-1]
    dtype = x.dtype.base_dtype
    one, zero = (convert(v, dtype) for v in (1, 0))
    return raw.BatchMatMul(raw.OneHot(order, side, one, zero, axis=-1), x)


def lu_solve(
    lower_upper: Any,
    perm: Any,
    rhs: Any,
    validate_args: bool = False,
    name: str | None = None,
) -> Tensor:
    """The solutions X of A X = rhs, from the factors of A that `lu` found.

    Args:
        lower_upper: `lu(A).lu`, `[..., n, n]`.
        perm: `lu(A).p`, `[..., n]`.
        rhs: of the same dtype, `[..., n, m]`.
        validate_args: not used: what does not fit is always refused.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype, `[..., n, m]`.
    """
    del validate_args
    with op_scope(name or "lu_solve", "lu_solve", lower_upper, perm, rhs):
        factors, order = _checked(lower_upper, perm)
        right = _rows(convert(rhs, factors.dtype.base_dtype, "rhs"), order)
        middle = raw.MatrixTriangularSolve(_lower(factors), right)
        result: Tensor = raw.MatrixTriangularSolve(factors, middle, lower=False)
        return result


def lu_matrix_inverse(
    lower_upper: Any, perm: Any, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """The inverse of A, from the factors of A that `lu` found.

    Args:
        lower_upper: `lu(A).lu`, `[..., n, n]`.
        perm: `lu(A).p`, `[..., n]`.
        validate_args: not used: what does not fit is always refused.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype, `[..., n, n]`.
    """
    with op_scope(name or "lu_matrix_inverse", "lu_matrix_inverse", lower_upper, perm):
        factors, order = _checked(lower_upper, perm)
        ones = raw.OnesLike(raw.MatrixDiagPart(factors))
        return lu_solve(factors, order, raw.MatrixDiag(ones), validate_args)


def lu_reconstruct(
    lower_upper: Any, perm: Any, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """The matrix A, from the factors of A that `lu` found.

    Args:
        lower_upper: `lu(A).lu`, `[..., n, n]`.
        perm: `lu(A).p`, `[..., n]`.
        validate_args: not used: what does not fit is always refused.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype, `[..., n, n]`.
    """
    del validate_args
    with op_scope(name or "lu_reconstruct", "lu_reconstruct", lower_upper, perm):
        factors, order = _checked(lower_upper, perm)
        product = raw.BatchMatMul(_lower(factors), raw.MatrixBandPart(factors, 0, -1))
        # The opposite order, found by sorting.
        places = raw.TopKV2(-order, raw.Shape(order)[-1])[1]
        result: Tensor = _rows(product, places)
        return result


# -- ranks, pseudo-inverses, lengths --------------------------------------------------


def _tolerance(a: Any) -> Any:
    """How small, relative to the largest, a singular value counts as none."""
    dtype = a.dtype.real_dtype
    sides = raw.Shape(a)
    longest = raw.Cast(raw.Maximum(sides[-2], sides[-1]), DstT=dtype)
    return longest, float(np.finfo(dtype.np_dtype).eps)


def matrix_rank(
    a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """How many singular values of each matrix are not (nearly) zero.

    Args:
        a: floating or complex, `[..., n, m]`.
        tol: what they must be above; when None, the largest times eps times the longer
            side.
        validate_args: not used: what does not fit is always refused.
        name: the scope of the nodes.

    Returns:
        int32, `[...]`.
    """
    del validate_args
    with op_scope(name or "matrix_rank", "matrix_rank", a, tol):
        matrix = convert(a, None, "a")
        values = raw.Svd(matrix, compute_uv=False)[0]
        if tol is None:
            longest, eps = _tolerance(matrix)
            tol = eps * longest * raw.Max(values, [-1], keep_dims=True)
        count = raw.Cast(raw.Greater(values, tol), DstT=int32)
        result: Tensor = raw.Sum(count, [-1])
        return result


def pinv(
    a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """The pseudo-inverse of each matrix, of Moore and Penrose.

    Args:
        a: float32 or float64, `[..., n, m]`.
        rcond: singular values up to that part of the largest count as zero; when None,
            10 times eps times the longer side.
        validate_args: not used: what does not fit is always refused.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype, `[..., m, n]`.
    """
    del validate_args
    with op_scope(name or "pinv", "pinv", a, rcond):
        matrix = convert(a, None, "a")
        if not matrix.dtype.is_floating:
            raise TypeError("Input `a` must have `float`-like `dtype`")
        if rcond is None:
            longest, eps = _tolerance(matrix)
            rcond = 10 * eps * longest
        values, left, right = raw.Svd(matrix)
        limit = convert(rcond, matrix.dtype.base_dtype) * raw.Max(values, [-1])
        inverse = raw.SelectV2(
            raw.Greater(values, raw.ExpandDims(limit, -1)),
            raw.Reciprocal(values), raw.ZerosLike(values),
        )  # fmt: skip
        scaled = right * raw.ExpandDims(inverse, -2)
        result: Tensor = raw.BatchMatMul(scaled, left, adj_y=True)
        return result


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """A tensor divided by its norm along an axis, and that norm.

    Args:
        tensor: floating or complex.
        ord: the norm, see `tf.norm`.
        axis: along which; two for matrix norms; all when None.
        name: the scope of the nodes.

    Returns:
        A tensor of that dtype and shape; and the norms, with dimensions of size 1.
    """
    with op_scope(name, "normalize", tensor):
        x: Any = convert(tensor, None)
        length = norm(x, ord, axis, keepdims=True)
        divisor = raw.Cast(length, DstT=x.dtype.base_dtype)
        return x / divisor, raw.Cast(length, DstT=x.dtype.base_dtype)
