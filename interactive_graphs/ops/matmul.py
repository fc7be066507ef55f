"""Matrix products: `matmul` of two matrices or of two stacks of them.

Read next: `contraction.py` (tensordot, einsum), which are built on it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    FLOAT_OR_COMPLEX,
    bfloat16,
    float32,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import (
    at_least_rank,
    merge_dims,
    with_rank,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    broadcast,
    format_list,
    merge,
)
from interactive_graphs.kernels.cpu import gemm
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.elementwise import conj_of

_NUMERIC = (*FLOAT_OR_COMPLEX, int32, int64, uint8, uint16, uint32, uint64)


def _shown(x: Any) -> str:
    return format_list(np.shape(x))


def product(a: Any, b: Any) -> Any:
    """The matrix product in the dtype of `a`."""
    if a.dtype.itemsize == 2 and a.dtype.kind in "fV":
        # 16-bit floats are multiplied exactly and added up in 32 bits.
        whole = gemm.product(a.astype(np.float32), b.astype(np.float32))
        return whole.astype(a.dtype)
    return gemm.product(a, b)


# -- two matrices ---------------------------------------------------------------------


def _matmul_shape(op: Operation) -> list[Shape]:
    a = with_rank(op.inputs[0].static_shape, 2)
    b = with_rank(op.inputs[1].static_shape, 2)
    assert a is not None
    assert b is not None
    rows, inner_a = a[::-1] if op.attrs["transpose_a"] else a
    inner_b, columns = b[::-1] if op.attrs["transpose_b"] else b
    merge_dims(inner_a, inner_b)
    return [(rows, columns)]


def _matmul_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    a, b = conj_of(op.inputs[0]), conj_of(op.inputs[1])
    t_a, t_b = op.attrs["transpose_a"], op.attrs["transpose_b"]
    if not t_a and not t_b:
        return [
            raw.MatMul(dy, b, transpose_b=True),
            raw.MatMul(a, dy, transpose_a=True),
        ]
    if not t_a:
        return [raw.MatMul(dy, b), raw.MatMul(dy, a, transpose_a=True)]
    if not t_b:
        return [raw.MatMul(b, dy, transpose_b=True), raw.MatMul(a, dy)]
    return [
        raw.MatMul(b, dy, transpose_a=True, transpose_b=True),
        raw.MatMul(dy, a, transpose_a=True, transpose_b=True),
    ]


matmul_op = define(
    "MatMul", "a: T, b: T -> product: T",
    transpose_a=False, transpose_b=False, T=types(_NUMERIC),
    shape=_matmul_shape, gradient=_matmul_gradient, doc="The product of two matrices.",
)  # fmt: skip


@matmul_op.kernel("CPU")
def _(a: Any, b: Any, transpose_a: bool, transpose_b: bool) -> Any:
    if a.ndim != 2 or b.ndim != 2:
        invalid(f"In[{int(a.ndim == 2)}] is not a matrix")
    left = a.T if transpose_a else a
    right = b.T if transpose_b else b
    if left.shape[1] != right.shape[0]:
        invalid(f"Matrix size-incompatible: In[0]: {_shown(a)}, In[1]: {_shown(b)}")
    return product(left, right)


def _sparse_matmul_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """As MatMul's; what is sparse in it stays a hint for the next product."""
    grads = _matmul_gradient(op, dy)
    return [
        raw.Cast(g, DstT=t.dtype.base_dtype) if g.dtype is not t.dtype.base_dtype else g
        for g, t in zip(grads, op.inputs, strict=True)
    ]


sparse_matmul_op = define(
    "SparseMatMul", "a: Ta, b: Tb -> product: float32",
    transpose_a=False, transpose_b=False, a_is_sparse=False, b_is_sparse=False,
    Ta=types((float32, bfloat16), float32), Tb=types((float32, bfloat16), float32),
    shape=_matmul_shape, gradient=_sparse_matmul_gradient,
    doc="The product of two matrices with many zeros.",
)  # fmt: skip


@sparse_matmul_op.kernel("CPU")
def _(a: Any, b: Any, transpose_a: bool, transpose_b: bool) -> Any:
    wide = (np.asarray(a, np.float32), np.asarray(b, np.float32))
    return matmul_op.kernels["CPU"].fn(*wide, transpose_a, transpose_b)


# -- stacks of matrices ---------------------------------------------------------------


def _batch_shape(op: Operation) -> list[Shape]:
    x = at_least_rank(op.inputs[0].static_shape, 2)
    y = at_least_rank(op.inputs[1].static_shape, 2)
    if x is None or y is None:
        return [None]
    rows, inner_x = x[:-3:-1] if op.attrs["adj_x"] else x[-2:]
    inner_y, columns = y[:-3:-1] if op.attrs["adj_y"] else y[-2:]
    join = merge if op.type == "BatchMatMul" else broadcast
    stack = join(x[:-2], y[:-2])
    merge_dims(inner_x, inner_y)
    return [None if stack is None else (*stack, rows, columns)]


def _batch_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    x, y = op.inputs
    times = getattr(raw, op.type)
    adj_x, adj_y = op.attrs["adj_x"], op.attrs["adj_y"]
    if not adj_x:
        if not adj_y:
            return [times(dy, y, adj_y=True), times(x, dy, adj_x=True)]
        return [times(dy, y), times(dy, x, adj_x=True)]
    if not adj_y:
        return [times(y, dy, adj_y=True), times(x, dy)]
    return [
        times(y, dy, adj_x=True, adj_y=True),
        times(dy, x, adj_x=True, adj_y=True),
    ]


def _broadcast_batch_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """As above, summed over the stacks that were repeated."""
    x, y = op.inputs
    shapes = [raw.Shape(x), raw.Shape(y)]
    stacks = [s[:-2] for s in shapes]
    axes = raw.BroadcastGradientArgs(*stacks)
    return [
        raw.Reshape(raw.Sum(g, a), s)
        for g, a, s in zip(_batch_gradient(op, dy), axes, shapes, strict=True)
    ]


def _batch_product(x: Any, y: Any, adj_x: bool, adj_y: bool) -> Any:
    left = np.conjugate(np.swapaxes(x, -1, -2)) if adj_x else x
    right = np.conjugate(np.swapaxes(y, -1, -2)) if adj_y else y
    if left.shape[-1] != right.shape[-2]:
        invalid(f"Matrix size-incompatible: In[0]: {_shown(x)}, In[1]: {_shown(y)}")
    return product(left, right)


batch_op = define(
    "BatchMatMul", "x: T, y: T -> output: T",
    T=types((*FLOAT_OR_COMPLEX, int32, int64)), adj_x=False, adj_y=False,
    shape=_batch_shape, gradient=_batch_gradient,
    doc="The products of two stacks of matrices.",
)  # fmt: skip


@batch_op.kernel("CPU")
def _(x: Any, y: Any, adj_x: bool, adj_y: bool) -> Any:
    if np.ndim(x) != np.ndim(y):
        invalid(f"In[0] and In[1] has different ndims: {_shown(x)} vs. {_shown(y)}")
    if np.ndim(x) < 2:
        invalid(f"In[0] and In[1] ndims must be >= 2: {np.ndim(x)}")
    for i, (a, b) in enumerate(zip(x.shape[:-2], y.shape[:-2], strict=True)):
        if a != b:
            invalid(
                f"In[0].dim({i}) and In[1].dim({i}) must be the same: "
                f"{_shown(x)} vs {_shown(y)}"
            )
    return _batch_product(x, y, adj_x, adj_y)


batch_v2_op = define(
    "BatchMatMulV2", "x: T, y: T -> output: T", T=types((*_NUMERIC, int16)),
    adj_x=False, adj_y=False, shape=_batch_shape, gradient=_broadcast_batch_gradient,
    doc="The products of two stacks of matrices that broadcast.",
)  # fmt: skip


@batch_v2_op.kernel("CPU")
def _(x: Any, y: Any, adj_x: bool, adj_y: bool) -> Any:
    for i, a in enumerate((x, y)):
        if np.ndim(a) < 2:
            invalid(f"In[{i}] ndims must be >= 2: {np.ndim(a)}")
    try:
        np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    except ValueError:
        invalid(
            "In[0] and In[1] must have compatible batch dimensions: "
            f"{_shown(x)} vs. {_shown(y)}"
        )
    return _batch_product(x, y, adj_x, adj_y)


# -- public functions -----------------------------------------------------------------


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The matrix product a @ b, of matrices or of stacks of them.

    Args:
        a: a floating, complex or integer dtype, `[..., n, k]`.
        b: the same dtype, `[..., k, m]`; the leading dimensions are those of `a`.
        transpose_a: whether `a` is given as `[..., k, n]`.
        transpose_b: whether `b` is given as `[..., m, k]`.
        adjoint_a: as `transpose_a`, and complex numbers are conjugated.
        adjoint_b: as `transpose_b`, and complex numbers are conjugated.
        a_is_sparse: a hint that `a` has many zeros.
        b_is_sparse: a hint that `b` has many zeros.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n, m]`.

    Raises:
        ValueError: both transposed and adjoint are asked for, or the shapes do not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.matmul([[1., 2.]], [[3.], [4.]]))
        array([[11.]], dtype=float32)
    """
    if transpose_a and adjoint_a:
        raise ValueError("Only one of transpose_a and adjoint_a can be True.")
    if transpose_b and adjoint_b:
        raise ValueError("Only one of transpose_b and adjoint_b can be True.")
    with op_scope(name, "MatMul", a, b) as scope:
        a = convert(a, None, "a")
        # A tensor keeps its dtype, so that two that differ are refused by the op.
        b = convert(b, None if isinstance(b, Tensor) else a.dtype.base_dtype, "b")
        sparse = a_is_sparse or b_is_sparse
        result: Tensor
        if not sparse and all(
            t.static_shape is None or len(t.static_shape) > 2 for t in (a, b)
        ):
            # Stacks are adjoint or plain: a transposition needs a conjugate as well.
            a, adjoint_a = (conj_of(a), True) if transpose_a else (a, adjoint_a)
            b, adjoint_b = (conj_of(b), True) if transpose_b else (b, adjoint_b)
            return raw.BatchMatMul(  # type: ignore[no-any-return]
                a, b, adj_x=adjoint_a, adj_y=adjoint_b, name=scope
            )
        a, transpose_a = (conj_of(a), True) if adjoint_a else (a, transpose_a)
        b, transpose_b = (conj_of(b), True) if adjoint_b else (b, transpose_b)
        options = {"transpose_a": transpose_a, "transpose_b": transpose_b}
        known = {t.dtype.base_dtype for t in (a, b)}
        if (sparse and known <= {float32, bfloat16}) or (
            a.dtype.base_dtype is bfloat16 and a.dtype is not b.dtype
        ):
            result = raw.SparseMatMul(
                a, b, a_is_sparse=a_is_sparse, b_is_sparse=b_is_sparse, **options,
                name=scope,
            )  # fmt: skip
            # A product of bfloat16 comes out as float32.
            return raw.Cast(result, DstT=bfloat16) if known == {bfloat16} else result
        result = raw.MatMul(a, b, **options, name=scope)
        return result


def sparse_matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of two matrices with many zeros, in full form.

    Args:
        a: float32 or bfloat16, `[n, k]`.
        b: float32 or bfloat16, `[k, m]`.
        transpose_a: whether `a` is given as `[k, n]`.
        transpose_b: whether `b` is given as `[m, k]`.
        a_is_sparse: a hint that `a` has many zeros.
        b_is_sparse: a hint that `b` has many zeros.
        name: the node's name.

    Returns:
        A float32 tensor, `[n, m]`.
    """
    result: Tensor = raw.SparseMatMul(
        a, b, transpose_a=transpose_a, transpose_b=transpose_b,
        a_is_sparse=a_is_sparse, b_is_sparse=b_is_sparse, name=name,
    )  # fmt: skip
    return result


def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of a matrix and a vector, or of stacks of them.

    Args:
        a: a floating, complex or integer dtype, `[..., n, k]`.
        b: the same dtype, `[..., k]`.
        transpose_a: whether `a` is given as `[..., k, n]`.
        adjoint_a: as `transpose_a`, and complex numbers are conjugated.
        a_is_sparse: a hint that `a` has many zeros.
        b_is_sparse: a hint that `b` has many zeros.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[..., n]`.
    """
    with op_scope(name, "MatVec", a, b):
        column = raw.ExpandDims(b, -1)
        whole = matmul(
            a, column, transpose_a=transpose_a, adjoint_a=adjoint_a,
            a_is_sparse=a_is_sparse, b_is_sparse=b_is_sparse,
        )  # fmt: skip
        result: Tensor = raw.Squeeze(whole, squeeze_dims=[-1])
        return result
