"""Diagonals, bands and the identity matrix.

`diag` and `diag_part` make and read tensors of twice the rank; their `matrix_` kin work
on each matrix of a stack. Decompositions are in `linalg.py`.
Read next: `contraction.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    FLOAT_OR_COMPLEX,
    INDEX,
    REAL,
    as_dtype,
    float32,
    int32,
    int64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import at_least_rank, merge_dims
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list, merge
from interactive_graphs.kernels.cpu.pool import where_true
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.reduction import reduce_sum

# -- tensors of twice the rank --------------------------------------------------------


def _twice(op: Operation) -> list[Shape]:
    shape = op.inputs[0].static_shape
    return [None if shape is None else (*shape, *shape)]


def _half(op: Operation) -> list[Shape]:
    shape = op.inputs[0].static_shape
    if shape is None:
        return [None]
    rank = len(shape)
    if rank == 0 or rank % 2:
        raise ValueError(
            f"Input must have even and non-zero rank, input rank is {rank}"
        )
    pairs = zip(shape[: rank // 2], shape[rank // 2 :], strict=True)
    return [tuple(merge_dims(a, b) for a, b in pairs)]


_DIAGONAL = (*FLOAT_OR_COMPLEX, int32, int64)
diag_op = define(
    "Diag", "diagonal: T -> output: T", T=types(_DIAGONAL), shape=_twice,
    gradient=lambda _, dy: [raw.DiagPart(dy)], doc="A tensor with this diagonal.",
)  # fmt: skip


@diag_op.kernel("CPU")
def _(diagonal: Any) -> Any:
    x = np.asarray(diagonal)
    return np.diag(x.reshape(-1)).reshape(x.shape * 2)


diag_part_op = define(
    "DiagPart", "input: T -> diagonal: T", T=types(_DIAGONAL), shape=_half,
    gradient=lambda _, dy: [raw.Diag(dy)], doc="The diagonal of a tensor.",
)  # fmt: skip


@diag_part_op.kernel("CPU")
def _(input: Any) -> Any:
    rank = np.ndim(input)
    if rank == 0 or rank % 2:
        invalid(
            "The rank of the tensor should be even and positive, got shape "
            f"{format_list(np.shape(input))}"
        )
    half = input.shape[: rank // 2]
    if half != input.shape[rank // 2 :]:
        i = next(i for i, d in enumerate(half) if d != input.shape[i + rank // 2])
        invalid(
            f"Invalid shape {format_list(input.shape)}: dimensions {i} and "
            f"{i + rank // 2} do not match."
        )
    size = int(np.prod(half))
    return input.reshape(size, size).diagonal().reshape(half)


def diag(diagonal: Any, name: str | None = None) -> Tensor:
    """A tensor of zeros with these numbers on its diagonal.

    Args:
        diagonal: a floating, complex, int32 or int64 tensor, `[d1, ..., dk]`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[d1, ..., dk, d1, ..., dk]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.diag([1, 2]))
        array([[1, 0],
               [0, 2]], dtype=int32)
    """
    result: Tensor = raw.Diag(diagonal, name=name)
    return result


def diag_part(input: Any, name: str | None = None) -> Tensor:
    """The diagonal of a tensor; undoes `diag`.

    Args:
        input: a floating, complex, int32 or int64 tensor, `[d1, .., dk, d1, .., dk]`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[d1, ..., dk]`.
    """
    result: Tensor = raw.DiagPart(input, name=name)
    return result


# -- stacks of matrices ---------------------------------------------------------------


def _matrix_diag_shape(op: Operation) -> list[Shape]:
    shape = at_least_rank(op.inputs[0].static_shape, 1)
    return [None if shape is None else (*shape, shape[-1])]


def _shorter(shape: tuple[int | None, ...]) -> int | None:
    rows, columns = shape[-2:]
    return None if rows is None or columns is None else min(rows, columns)


def _matrix_part_shape(op: Operation) -> list[Shape]:
    shape = at_least_rank(op.inputs[0].static_shape, 2)
    return [None if shape is None else (*shape[:-2], _shorter(shape))]


def _set_diag_shape(op: Operation) -> list[Shape]:
    whole = at_least_rank(op.inputs[0].static_shape, 2)
    part = at_least_rank(op.inputs[1].static_shape, 1)
    if whole is None or part is None:
        return [whole]
    merge(whole[:-2], part[:-1])
    merge_dims(_shorter(whole), part[-1])
    return [whole]


def _part_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    x = op.inputs[0]
    shape = x.static_shape
    if shape is not None and shape[-1] is not None and shape[-1] == shape[-2]:
        return [raw.MatrixDiag(dy)]
    return [raw.MatrixSetDiag(raw.ZerosLike(x), dy)]


def _set_diag_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    zeros = raw.ZerosLike(op.inputs[1])
    return [raw.MatrixSetDiag(dy, zeros), raw.MatrixDiagPart(dy)]


def with_diagonal(x: Any, diagonal: Any) -> Any:
    """A copy of a stack of matrices, with another diagonal."""
    out = np.array(x)
    at = np.arange(min(x.shape[-2:]))
    out[..., at, at] = diagonal
    return out


matrix_diag_op = define(
    "MatrixDiag", "diagonal: T -> output: T", shape=_matrix_diag_shape,
    gradient=lambda _, dy: [raw.MatrixDiagPart(dy)],
    doc="Matrices with these diagonals.",
)  # fmt: skip


@matrix_diag_op.kernel("CPU")
def _(diagonal: Any) -> Any:
    if np.ndim(diagonal) < 1:
        invalid("input must be at least 1-dim, received shape: []")
    size = diagonal.shape[-1]
    blank = b"" if diagonal.dtype == object else 0
    zeros = np.full((*diagonal.shape, size), blank, diagonal.dtype)
    return with_diagonal(zeros, diagonal)


matrix_diag_part_op = define(
    "MatrixDiagPart", "input: T -> diagonal: T", shape=_matrix_part_shape,
    gradient=_part_gradient, doc="The diagonals of matrices.",
)  # fmt: skip


@matrix_diag_part_op.kernel("CPU")
def _(input: Any) -> Any:
    if np.ndim(input) < 2:
        invalid(
            f"input must be at least 2-dim, received shape: {format_list(input.shape)}"
        )
    return input.diagonal(axis1=-2, axis2=-1)


matrix_set_diag_op = define(
    "MatrixSetDiag", "input: T, diagonal: T -> output: T", shape=_set_diag_shape,
    gradient=_set_diag_gradient, doc="Matrices with other diagonals.",
)  # fmt: skip


@matrix_set_diag_op.kernel("CPU")
def _(input: Any, diagonal: Any) -> Any:
    if np.ndim(input) < 2:
        invalid(
            f"input must be at least 2-dim, received shape: {format_list(input.shape)}"
        )
    expected = (*input.shape[:-2], min(input.shape[-2:]))
    if diagonal.shape != expected:
        invalid(
            "must have diagonal.shape == input.shape[:-2] + min(input.shape[-2:]), but "
            f"received input shape: {format_list(input.shape)} and diagonal shape: "
            f"{format_list(diagonal.shape)}"
        )
    return with_diagonal(input, diagonal)


def _band_shape(op: Operation) -> list[Shape]:
    return [at_least_rank(op.inputs[0].static_shape, 2)]


def _band_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    return [raw.MatrixBandPart(dy, *op.inputs[1:]), None, None]


band_op = define(
    "MatrixBandPart", "input: T, num_lower: Tindex, num_upper: Tindex -> band: T",
    Tindex=types(INDEX, int64), shape=_band_shape, gradient=_band_gradient,
    doc="The diagonals near the middle one.",
)  # fmt: skip


@band_op.kernel("CPU")
def _(input: Any, num_lower: Any, num_upper: Any) -> Any:
    if np.ndim(input) < 2:
        invalid(
            f"input must be at least 2-dim, received shape: {format_list(input.shape)}"
        )
    for what, many, which, size in (
        ("num_lower", num_lower, "rows", input.shape[-2]),
        ("num_upper", num_upper, "columns", input.shape[-1]),
    ):
        if many > size:
            invalid(
                f"{what} must be negative or less or equal to number of {which} "
                f"({size}) got: {many}"
            )
    row, column = np.ogrid[: input.shape[-2], : input.shape[-1]]
    inside = np.ones(input.shape[-2:], np.bool_)
    if num_lower >= 0:
        inside &= row - column <= num_lower
    if num_upper >= 0:
        inside &= column - row <= num_upper
    if input.dtype.kind in "biufc" and input.dtype.itemsize <= 8:
        return where_true(input, inside)
    return np.where(inside, input, np.zeros((), input.dtype))


def matrix_diag(diagonal: Any, name: str | None = None) -> Tensor:
    """Matrices of zeros with these diagonals.

    Args:
        diagonal: a tensor, `[..., n]`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n, n]`.
    """
    result: Tensor = raw.MatrixDiag(diagonal, name=name)
    return result


def matrix_diag_part(input: Any, name: str | None = None) -> Tensor:
    """The diagonal of each matrix.

    Args:
        input: a tensor, `[..., n, m]`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., min(n, m)]`.
    """
    result: Tensor = raw.MatrixDiagPart(input, name=name)
    return result


def matrix_set_diag(input: Any, diagonal: Any, name: str | None = None) -> Tensor:
    """The matrices, with other diagonals.

    Args:
        input: a tensor, `[..., n, m]`.
        diagonal: a tensor of that dtype, `[..., min(n, m)]`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n, m]`.
    """
    result: Tensor = raw.MatrixSetDiag(input, diagonal, name=name)
    return result


def matrix_band_part(
    input: Any, num_lower: Any, num_upper: Any, name: str | None = None
) -> Tensor:
    """The matrices, with zeros away from the middle diagonal.

    Args:
        input: a tensor, `[..., n, m]`.
        num_lower: int32 or int64 scalar, how many diagonals below the middle one to
            keep; all when negative.
        num_upper: the same above.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n, m]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.matrix_band_part([[1, 2], [3, 4]], -1, 0))
        array([[1, 0],
               [3, 4]], dtype=int32)
    """
    result: Tensor = raw.MatrixBandPart(input, num_lower, num_upper, name=name)
    return result


def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = float32,
    name: str | None = None,
) -> Tensor:
    """The identity matrix, or a stack of them.

    Args:
        num_rows: int32 scalar.
        num_columns: int32 scalar, `num_rows` when None.
        batch_shape: the shape of the stack, a vector; one matrix when None.
        dtype: of the result.
        name: the scope of its nodes.

    Returns:
        A tensor of `dtype`, `[*batch_shape, num_rows, num_columns]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.eye(2))
        array([[1., 0.],
               [0., 1.]], dtype=float32)
    """
    with op_scope(name, "eye", num_rows, num_columns):
        columns = num_rows if num_columns is None else num_columns
        is_square = num_columns is None
        one = convert(np.ones((), as_dtype(dtype).np_dtype), None, "one")
        stack = convert(
            np.zeros(0, np.int32) if batch_shape is None else batch_shape,
            int32,
            "shape",
        )
        size = num_rows if is_square else raw.Minimum(num_rows, columns)
        ones = raw.Fill(raw.ConcatV2([stack, raw.ExpandDims(size, 0)], 0), one)
        result: Tensor
        if is_square:
            result = raw.MatrixDiag(ones)
        else:
            sides = raw.Pack([convert(num_rows, int32), convert(columns, int32)])
            zeros = raw.Fill(raw.ConcatV2([stack, sides], 0), raw.ZerosLike(one))
            result = raw.MatrixSetDiag(zeros, ones)
        return result


def trace(x: Any, name: str | None = None) -> Tensor:
    """The sum of the diagonal of each matrix.

    Args:
        x: a numeric tensor, `[..., n, m]`.
        name: the scope of its nodes.

    Returns:
        A tensor of that dtype, `[...]`.
    """
    with op_scope(name, "Trace", x):
        return reduce_sum(raw.MatrixDiagPart(x), [-1])


# -- cross products -------------------------------------------------------------------


def _cross_shape(op: Operation) -> list[Shape]:
    a = at_least_rank(op.inputs[0].static_shape, 1)
    b = at_least_rank(op.inputs[1].static_shape, 1)
    for shape in (a, b):
        if shape is not None and shape[-1] not in (3, None):
            raise ValueError(f"Dimension must be 3 but is {shape[-1]}")
    return [merge(a, b)]


cross_op = define(
    "Cross", "a: T, b: T -> product: T", T=types(REAL), shape=_cross_shape,
    gradient=lambda op, dy: [
        raw.Cross(op.inputs[1], dy), raw.Cross(dy, op.inputs[0])
    ],
    doc="The cross products of vectors in space.",
)  # fmt: skip


@cross_op.kernel("CPU")
def _(a: Any, b: Any) -> Any:
    if a.shape != b.shape:
        invalid(
            "Both inputs must be of same shape: "
            f"{format_list(a.shape)} vs. {format_list(b.shape)}"
        )
    if not a.ndim or a.shape[-1] != 3:
        invalid("Cross-products are only defined for 3-element vectors.")
    left, right = np.roll(a, -1, -1), np.roll(b, -1, -1)
    return np.roll(a * right - left * b, -1, -1)


def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """The cross products of vectors in space.

    Args:
        a: a real tensor, `[..., 3]`.
        b: a tensor of the same dtype and shape.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.cross([1, 0, 0], [0, 1, 0]))
        array([0, 0, 1], dtype=int32)
    """
    result: Tensor = raw.Cross(a, b, name=name)
    return result
