"""The same elements in another order: `transpose`, `reverse`, `roll`, sequences.

Read next: `padding.py`.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import INDEX, int32, int64
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import (
    at_least_rank,
    merge_dims,
    normal_axis,
    same,
    with_rank,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, merge
from interactive_graphs.ops._arguments import one_of
from interactive_graphs.ops._scope import op_scope


def _transpose_shape(op: Operation) -> list[Shape]:
    shape, perm = op.inputs[0].static_shape, op.inputs[1]
    order = static_value(perm)
    if shape is None:
        return [None if order is None else (None,) * order.size]
    length = with_rank(perm.static_shape, 1)[0]  # type: ignore[index]
    if length not in (None, len(shape)):
        raise ValueError(f"Dimension must be {len(shape)} but is {length}")
    if order is None:
        return [(None,) * len(shape)]
    for axis in order.tolist():
        if not -len(shape) <= axis < len(shape):
            raise ValueError(
                f"perm dim {axis} is out of range of input rank {len(shape)}"
            )
    return [tuple(shape[axis] for axis in order.tolist())]


def _transpose_gradient(node: str) -> Any:
    def rule(op: Operation, dy: Tensor) -> list[Any]:
        return [getattr(raw, node)(dy, raw.InvertPermutation(op.inputs[1])), None]

    return rule


transpose_op = define(
    "Transpose", "x: T, perm: Tperm -> y: T", Tperm=types(INDEX, int32),
    shape=_transpose_shape, gradient=_transpose_gradient("Transpose"),
    doc="Its input with the axes in another order.",
)  # fmt: skip

conjugate_transpose_op = define(
    "ConjugateTranspose", "x: T, perm: Tperm -> y: T", Tperm=types(INDEX, int32),
    shape=_transpose_shape, gradient=_transpose_gradient("ConjugateTranspose"),
    doc="Its input conjugated, with the axes in another order.",
)  # fmt: skip


def _transposed(x: np.ndarray, perm: np.ndarray) -> np.ndarray:
    n, order = x.ndim, perm.tolist()
    if perm.shape != (n,):
        invalid(
            f"transpose expects a vector of size {n}. But input(1) is a vector of size "
            f"{perm.size}"
        )
    for axis in order:
        if not -n <= axis < n:
            invalid(f"{axis} is out of range [0 .. {n})")
    missing = set(range(n)) - {axis % n for axis in order}
    if missing:
        invalid(f"{min(missing)} is missing from {{{','.join(map(str, order))}}}.")
    return x.transpose(order)


@transpose_op.kernel("CPU")
def _(x: np.ndarray, perm: np.ndarray) -> np.ndarray:
    return _transposed(x, perm)


@conjugate_transpose_op.kernel("CPU")
def _(x: np.ndarray, perm: np.ndarray) -> np.ndarray:
    turned = _transposed(x, perm)
    return np.conj(turned) if turned.dtype.kind == "c" else turned


def transpose(
    a: Any, perm: Any = None, name: str = "transpose", conjugate: bool = False
) -> Tensor:
    """A tensor with its axes in another order.

    Args:
        a: a tensor of any dtype.
        perm: int32 or int64, `[rank]`: axis i of the result is axis `perm[i]` of `a`;
            all reversed when None.
        name: the node's name.
        conjugate: whether complex numbers are conjugated too.

    Returns:
        A tensor of that dtype.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.transpose([[1, 2], [3, 4]]))
        array([[1, 3],
               [2, 4]], dtype=int32)
    """
    with op_scope(name, "transpose", a) as scope:
        x = convert(a, None, "a")
        node = raw.Transpose
        if conjugate and x.dtype.is_complex:
            node = raw.ConjugateTranspose
        if perm is None and x.static_shape is not None:
            perm = convert(list(range(len(x.static_shape)))[::-1], int32, "perm")
        elif perm is None:
            last = raw.Rank(x) - 1
            perm = last - raw.Range(0, raw.Rank(x), 1)
        result: Tensor = node(x, perm, name=scope)
        return result


invert_permutation_op = define(
    "InvertPermutation", "x: T -> y: T", T=types(INDEX, int32), gradient=None,
    shape=lambda op: [with_rank(op.inputs[0].static_shape, 1)],
    doc="The permutation that undoes another.",
)  # fmt: skip


@invert_permutation_op.kernel("CPU")
def _(x: np.ndarray) -> np.ndarray:
    if x.size and not 0 <= x.min() <= x.max() < x.size:
        _refuse_permutation(x)
    y = np.full_like(x, -1)
    y[x] = np.arange(x.size, dtype=x.dtype)
    # As many places as numbers: one that is left means that another came twice.
    if x.size and y.min() < 0:
        _refuse_permutation(x)
    return y


def _refuse_permutation(x: np.ndarray) -> NoReturn:
    """Say what is wrong with the first number that does not fit."""
    seen = set()
    for at in x.tolist():
        if not 0 <= at < x.size:
            invalid(f"{at} is not between 0 and {x.size}")
        if at in seen:
            break
        seen.add(at)
    invalid(f"{at} is duplicated in the input.")


def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """The permutation that undoes another: `y[x[i]] = i`.

    Args:
        x: int32 or int64, `[n]`, each of 0 to n - 1 once.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[n]`.
    """
    result: Tensor = raw.InvertPermutation(x, name=name)
    return result


def _reverse_shape(op: Operation) -> list[Shape]:
    shape, axes = op.inputs[0].static_shape, static_value(op.inputs[1])
    with_rank(op.inputs[1].static_shape, 1)
    if shape is not None and axes is not None:
        seen = set()
        for axis in axes.tolist():
            if not -len(shape) <= axis < len(shape):
                raise ValueError(
                    f"'axis'[0] = {axis} is out of valid range [0, {len(shape) - 1}]"
                )
            if axis % len(shape) in seen:
                raise ValueError(f"axis {axis % len(shape)} specified more than once.")
            seen.add(axis % len(shape))
    return [shape]


reverse_op = define(
    "ReverseV2", "tensor: T, axis: Tidx -> output: T", Tidx=types(INDEX, int32),
    shape=_reverse_shape, gradient=lambda op, dy: [
        raw.ReverseV2(dy, op.inputs[1]), None
    ],
    doc="Its input with the elements along some axes in reverse.",
)  # fmt: skip


@reverse_op.kernel("CPU")
def _(tensor: np.ndarray, axis: np.ndarray) -> np.ndarray:
    n = tensor.ndim
    for i, at in enumerate(axis.tolist()):
        if not -n <= at < n:
            invalid(f"'axis'[{i}] = {at} is out of valid range [0, {n - 1}]")
    axes = [at % n for at in axis.tolist()]
    if len(set(axes)) < len(axes):
        twice = next(at for at in axes if axes.count(at) > 1)
        invalid(f"axis {twice} specified more than once.")
    return np.flip(tensor, tuple(axes))


old_reverse_op = define(
    "Reverse", "tensor: T, dims: bool -> output: T", shape=same,
    gradient=lambda op, dy: [raw.Reverse(dy, op.inputs[1]), None],
    doc="As ReverseV2, with a bool for each axis.",
)  # fmt: skip


@old_reverse_op.kernel("CPU")
def _(tensor: np.ndarray, dims: np.ndarray) -> np.ndarray:
    if dims.shape != (tensor.ndim,):
        invalid(
            "'dims' must have the same number of values as 'input' has dimensions. "
            f"'input' has {tensor.ndim}'dims' has {dims.size} values"
        )
    return np.flip(tensor, tuple(np.flatnonzero(dims).tolist()))


def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """A tensor with the elements along some axes in reverse order.

    Args:
        tensor: a tensor of any dtype.
        axis: int32 or int64, `[number of axes]`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    result: Tensor = raw.ReverseV2(tensor, axis, name=name)
    return result


reverse_v2 = reverse


def _reverse_sequence_shape(op: Operation) -> list[Shape]:
    shape = op.inputs[0].static_shape
    lengths = with_rank(op.inputs[1].static_shape, 1)
    if shape is None:
        return [None]
    batch = op.attrs["batch_dim"]
    for key in ("batch_dim", "seq_dim"):
        if op.attrs[key] >= len(shape):
            raise ValueError(
                f"{key} must be < input rank: {op.attrs[key]} vs. {len(shape)}"
            )
    batch = normal_axis(batch, len(shape))
    dim = merge_dims(shape[batch], lengths[0])  # type: ignore[index]
    return [(*shape[:batch], dim, *shape[batch + 1 :])]


reverse_sequence_op = define(
    "ReverseSequence", "input: T, seq_lengths: Tlen -> output: T",
    seq_dim=Attr("int"), batch_dim=0, Tlen=types(INDEX, int64),
    shape=_reverse_sequence_shape,
    gradient=lambda op, dy: [
        raw.ReverseSequence(
            dy,
            op.inputs[1],
            seq_dim=op.attrs["seq_dim"],
            batch_dim=op.attrs["batch_dim"],
        ),
        None,
    ],
    doc="The first elements of each sequence of a batch in reverse.",
)  # fmt: skip


@reverse_sequence_op.kernel("CPU")
def _(
    input: np.ndarray, seq_lengths: np.ndarray, seq_dim: int, batch_dim: int
) -> np.ndarray:
    lengths = seq_lengths.tolist()
    if batch_dim == seq_dim:
        invalid(f"batch_dim == seq_dim == {seq_dim}")
    for key, axis in (("seq_dim", seq_dim), ("batch_dim", batch_dim)):
        if axis >= input.ndim:
            invalid(f"{key} must be < input rank ( {axis} vs. {input.ndim})")
    if len(lengths) != input.shape[batch_dim]:
        invalid(
            f"Length of seq_lengths != input.dims({batch_dim}), ({len(lengths)} vs. "
            f"{input.shape[batch_dim]})"
        )
    output = input.copy()
    source = np.moveaxis(input, (batch_dim, seq_dim), (0, 1))
    target = np.moveaxis(output, (batch_dim, seq_dim), (0, 1))
    for i, length in enumerate(lengths):
        if length < 0:
            invalid(f"seq_lens({i}) < 0")
        if length > source.shape[1]:
            invalid(f"seq_lens({i}) > input.dims({seq_dim})")
        target[i, :length] = source[i, :length][::-1]
    return output


def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
    seq_dim: int | None = None,
    batch_dim: int | None = None,
) -> Tensor:
    """The first `seq_lengths[i]` elements of each sequence in reverse order.

    Args:
        input: a tensor of any dtype.
        seq_lengths: int32 or int64, `[batch]`.
        seq_axis: the axis along which a sequence runs.
        batch_axis: the axis of the batch, 0 by default.
        name: the node's name.
        seq_dim: the deprecated name of `seq_axis`.
        batch_dim: the deprecated name of `batch_axis`.

    Returns:
        A tensor of that dtype and shape.
    """
    seq_axis = one_of("seq_axis", seq_axis, "seq_dim", seq_dim)
    batch_axis = one_of("batch_axis", batch_axis, "batch_dim", batch_dim)
    result: Tensor = raw.ReverseSequence(
        input, seq_lengths, seq_dim=seq_axis, batch_dim=batch_axis or 0, name=name
    )
    return result


def _roll_shape(op: Operation) -> list[Shape]:
    merge(op.inputs[1].static_shape, op.inputs[2].static_shape)
    return [at_least_rank(op.inputs[0].static_shape, 1)]


roll_op = define(
    "Roll", "input: T, shift: Tshift, axis: Taxis -> output: T",
    Tshift=types(INDEX), Taxis=types(INDEX), shape=_roll_shape,
    gradient=lambda op, dy: [raw.Roll(dy, -op.inputs[1], op.inputs[2]), None, None],
    doc="Its input, rolled round along some axes.",
)  # fmt: skip


@roll_op.kernel("CPU")
def _(input: np.ndarray, shift: np.ndarray, axis: np.ndarray) -> np.ndarray:
    if shift.shape != axis.shape:
        invalid("shift and axis must have the same size")
    for at in np.atleast_1d(axis).tolist():
        if not -input.ndim <= at < input.ndim:
            invalid(f"axis {at} is out of range")
    shifts = tuple(np.atleast_1d(shift).tolist())
    return np.roll(input, shifts, tuple(np.atleast_1d(axis).tolist()))


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """A tensor whose elements moved along an axis, those at the end to the front.

    Args:
        input: a tensor of any dtype.
        shift: int32 or int64, a scalar or `[n]`.
        axis: int32 or int64, a scalar or `[n]`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    result: Tensor = raw.Roll(input, shift, axis, name=name)
    return result


def matrix_transpose(
    a: Any, name: str = "matrix_transpose", conjugate: bool = False
) -> Tensor:
    """The last two axes of a tensor exchanged.

    Args:
        a: a tensor of any dtype, `[..., m, n]`.
        name: of the scope.
        conjugate: whether complex numbers are conjugated too.

    Returns:
        A tensor of that dtype, `[..., n, m]`.

    Raises:
        ValueError: it has fewer than two dimensions.
    """
    with op_scope(name, "matrix_transpose", a):
        x = convert(a, None, "a")
        shape = x.static_shape
        if shape is not None:
            n = len(shape)
            if n < 2:
                raise ValueError(
                    "Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: "
                    f"{x.shape}"
                )
            order = [*range(n - 2), n - 1, n - 2]
            return transpose(x, order, conjugate=conjugate)
        count = raw.Rank(x)
        last = raw.Pack([count - 1, count - 2])
        perm = raw.ConcatV2([raw.Range(0, count - 2, 1), last], 0)
        return transpose(x, perm, conjugate=conjugate)


def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """The conjugate transpose of a matrix, or of a stack of them.

    Args:
        matrix: a tensor of any dtype, `[..., m, n]`.
        name: of the scope.

    Returns:
        A tensor of that dtype, `[..., n, m]`.

    Raises:
        ValueError: it has fewer than two dimensions.
    """
    with op_scope(name, "adjoint", matrix):
        x = convert(matrix, None, "matrix")
        return matrix_transpose(x, conjugate=True)
