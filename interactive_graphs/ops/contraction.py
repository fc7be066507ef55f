"""Sums over shared axes, `tensordot` and `einsum`; and lengths, `norm`.

`tensordot` is one matrix product between reshapes. `einsum` is one node of the type
Einsum, which TensorFlow has since 2.0; 1.9 wrote out a chain of other ops.
Read next: `linalg.py`.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from interactive_graphs import errors
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import NUMERIC
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.ops._arguments import one_of
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.elementwise import conj_of
from interactive_graphs.ops.matmul import matmul
from interactive_graphs.ops.reduction import reduce_max, reduce_sum

# -- tensordot ------------------------------------------------------------------------


def _axes_of(a: Tensor, axes: Any) -> tuple[list[int], list[int]]:
    """The axes to sum over, of each tensor."""
    if isinstance(axes, Tensor):
        known = static_value(axes)
        if known is None:
            raise ValueError(
                "tensordot needs to know the axes while the graph is built"
            )
        axes = known.tolist()
    if not isinstance(axes, (list, tuple, np.ndarray)):
        try:
            count = int(axes)
        except (TypeError, ValueError):
            raise TypeError(
                f"Expected int32, got {axes} of type '{type(axes).__name__}' instead."
            ) from None
        if count < 0:
            raise ValueError("'axes' must be at least 0.")
        rank = len(a.static_shape or ())
        if a.static_shape is not None and count > rank:
            raise ValueError(
                "'axes' must not be larger than the number of dimensions of tensor "
                f"{a}."
            )
        return list(range(rank - count, rank)), list(range(count))
    if len(axes) != 2:
        raise ValueError("'axes' must be an integer or have length 2.")
    found = [[int(i) for i in np.atleast_1d(side)] for side in axes]
    if len(found[0]) != len(found[1]):
        raise ValueError(
            "Different number of contraction axes 'a' and 'b', "
            f"{len(found[0])} != {len(found[1])}."
        )
    return found[0], found[1]


def _as_matrix(
    x: Tensor, axes: list[int], summed_first: bool
) -> tuple[Tensor, Tensor, Shape]:
    """X as a matrix of (free, summed) axes: it, and the sizes of the free ones."""
    shape = x.static_shape
    if shape is None:
        raise ValueError(f"tensordot needs to know the rank of {x}")
    rank = len(shape)
    if any(not -rank <= i < rank for i in axes):
        raise ValueError(f"'axes' {axes} are out of range for {x}")
    summed = [i % rank for i in axes]
    free = [i for i in range(rank) if i not in summed]
    order = summed + free if summed_first else free + summed
    known = tuple(shape[i] for i in free)
    dims = raw.Shape(x)
    sizes = raw.GatherV2(dims, np.array(free, np.int32), 0)
    taken = raw.GatherV2(dims, np.array(summed, np.int32), 0)
    count = raw.Prod(taken, np.zeros(1, np.int32))
    whole = raw.Prod(sizes, np.zeros(1, np.int32))
    pair = raw.Pack([count, whole] if summed_first else [whole, count])
    if order != list(range(rank)):
        x = raw.Transpose(x, np.array(order, np.int32))
    return raw.Reshape(x, pair), sizes, known


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """The sum of products of `a` and `b` over pairs of axes.

    Args:
        a: a numeric tensor of known rank.
        b: a tensor of the same dtype and of known rank.
        axes: how many axes, the last of `a` and the first of `b`; or two lists of axes
            of the same length.
        name: the scope of its nodes.

    Returns:
        A tensor of that dtype: the free axes of `a`, then those of `b`.

    Raises:
        ValueError: the axes do not fit the shapes.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.tensordot([[1, 2], [3, 4]], [10, 1], axes=1))
        array([12, 34], dtype=int32)
    """
    with op_scope(name, "Tensordot", a, b) as scope:
        a = convert(a, None, "a")
        b = convert(b, a.dtype.base_dtype, "b")
        axes_a, axes_b = _axes_of(a, axes)
        left, sizes_a, known_a = _as_matrix(a, axes_a, summed_first=False)
        right, sizes_b, known_b = _as_matrix(b, axes_b, summed_first=True)
        product = matmul(left, right)
        sizes = raw.ConcatV2([sizes_a, sizes_b], 0)
        result: Tensor = raw.Reshape(product, sizes, name=scope)
        result.set_shape((*(known_a or ()), *(known_b or ())))
        return result


# -- einsum ---------------------------------------------------------------------------


def _parts(equation: str) -> tuple[list[str], str]:
    inputs, _, output = equation.partition("->")
    return inputs.split(","), output


def _spelled(labels: str, rank: int, letters: str) -> str:
    """Labels with a letter for each axis that '...' stands for, the last one last."""
    if "..." not in labels:
        return labels
    count = rank - len(labels.replace("...", ""))
    return labels.replace("...", letters[len(letters) - count :] if count else "")


_SPARE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _explicit(equation: str, ranks: list[int]) -> tuple[list[str], str]:
    """The labels of each input and of the output, without '...'."""
    inputs, output = _parts(equation)
    letters = "".join(c for c in _SPARE if c not in equation)
    widest = max(
        (r - len(i.replace("...", "")) for i, r in zip(inputs, ranks, strict=True)
         if "..." in i),
        default=0,
    )  # fmt: skip
    letters = letters[:widest]
    spelled = [_spelled(i, r, letters) for i, r in zip(inputs, ranks, strict=True)]
    return spelled, output.replace("...", letters)


def _einsum_shape(op: Operation) -> list[Shape]:
    shapes = [t.static_shape for t in op.inputs]
    equation = op.attrs["equation"].decode()
    inputs, _ = _parts(equation)
    for i, (labels, shape) in enumerate(zip(inputs, shapes, strict=True)):
        named = len(labels.replace("...", ""))
        if shape is None:
            continue
        if len(shape) < named or ("..." not in labels and len(shape) != named):
            raise ValueError(
                f"Shape must be rank {named} but is rank {len(shape)}\n\t"
                f" for {i}th input and equation: {equation}"
            )
    if any(s is None for s in shapes):
        return [None]
    known = [s for s in shapes if s is not None]
    spelled, output = _explicit(equation, [len(s) for s in known])
    sizes: dict[str, int | None] = {}
    for names, dims in zip(spelled, known, strict=True):
        for label, dim in zip(names, dims, strict=True):
            old = sizes.get(label, 1)
            if dim not in (None, 1) and old not in (None, 1) and dim != old:
                raise ValueError(f"Dimensions must be equal, but are {old} and {dim}")
            if old == 1 or (old is None and dim not in (None, 1)):
                sizes[label] = dim
            sizes.setdefault(label, dim)
    return [tuple(sizes[label] for label in output)]


def _einsum_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    if any(t.static_shape is None for t in op.inputs):
        raise ValueError("The gradient of Einsum needs the ranks of its inputs.")
    ranks = [len(t.static_shape or ()) for t in op.inputs]
    labels, output = _explicit(op.attrs["equation"].decode(), ranks)
    return [
        _einsum_part(list(op.inputs), labels, output, i, dy) for i in range(len(labels))
    ]


def _einsum_part(
    inputs: list[Tensor], labels: list[str], output: str, index: int, dy: Tensor
) -> Tensor:
    """The gradient of one input: the output against all other inputs."""
    x, mine = inputs[index], labels[index]
    others = [
        (t, s)
        for i, (t, s) in enumerate(zip(inputs, labels, strict=True))
        if i != index
    ]
    operands = [dy, *(conj_of(t) for t, _ in others)]
    names = [output, *(s for _, s in others)]
    spare = iter(c for c in _SPARE if c not in "".join([*labels, output]))
    target = ""
    for axis, label in enumerate(mine):
        if label not in target:
            target += label
            continue
        # A label that comes twice reads a diagonal: spread it with an identity.
        target += (twin := next(spare))
        one = convert(np.ones((), x.dtype.base_dtype.np_dtype), None, "one")
        size = raw.GatherV2(raw.Shape(x), np.array([axis], np.int32), 0)
        operands.append(raw.MatrixDiag(raw.Fill(size, one)))
        names.append(label + twin)
    present = "".join(names)
    kept = "".join(c for c in target if c in present)
    grad = raw.Einsum(operands, equation=f"{','.join(names)}->{kept}")
    for axis, label in enumerate(target):
        if label not in present:  # summed away in x alone: the same everywhere
            grad = raw.ExpandDims(grad, axis)
    shape = raw.Shape(x)
    axes, _ = raw.BroadcastGradientArgs(shape, raw.Shape(grad))
    result: Tensor = raw.BroadcastTo(raw.Sum(grad, axes, keep_dims=True), shape)
    return result


einsum_op = define(
    "Einsum", "inputs: N * T -> output: T", equation=Attr("string"), T=types(NUMERIC),
    shape=_einsum_shape, gradient=_einsum_gradient,
    doc="Sums of products over the axes that an equation names.",
)  # fmt: skip


@einsum_op.kernel("CPU")
def _(inputs: list[Any], equation: bytes) -> Any:
    dtype = inputs[0].dtype
    if dtype.itemsize == 2 and dtype.kind in "fV":
        inputs = [x.astype(np.float32) for x in inputs]
    try:
        out = np.einsum(equation.decode(), *inputs)
    except ValueError as error:
        shapes = ", ".join(str(list(np.shape(x))) for x in inputs)
        raise errors.InvalidArgumentError(
            None, None, f"{error} (shapes {shapes}, equation {equation.decode()!r})"
        ) from None
    return out.astype(dtype)


def einsum(equation: str, *inputs: Any, name: str | None = None) -> Tensor:
    """Sums of products over the axes that an equation names.

    Args:
        equation: such as 'ij,jk->ik': a letter per axis of each input, then those of
            the output. Letters that the output leaves out are summed over; without
            '->' the output has the letters that come once, in alphabetical order.
            '...' stands for any axes.
        *inputs: numeric tensors of one dtype.
        name: the scope of its nodes.

    Returns:
        A tensor of that dtype with the output's axes.

    Raises:
        ValueError: the equation is malformed, or does not fit the inputs.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.einsum("ij,j->i", [[1, 2], [3, 4]], [10, 1]))
        array([12, 34], dtype=int32)
    """
    if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)):
        first = inputs[0]
        if any(isinstance(x, Tensor) for x in first):
            inputs = tuple(first)
    written = equation.replace(" ", "")
    if not re.fullmatch(r"[A-Za-z.]*(,[A-Za-z.]*)*(->[A-Za-z.]*)?", written):
        raise ValueError(f"Indices have incorrect format: {equation}")
    sides, output = _parts(written)
    if len(sides) != len(inputs):
        raise ValueError(
            f'Got {len(inputs)} inputs for equation "{equation}", '
            f"expecting {len(sides)}"
        )
    named = "".join(sides).replace(".", "")
    if "->" not in written:
        output = "".join(sorted(c for c in set(named) if named.count(c) == 1))
        if any("..." in s for s in sides):
            output = "..." + output
    for label in output.replace(".", ""):
        if label not in named:
            raise ValueError(
                f"Output subscripts contain the label {label} not present in the input "
                "subscripts."
            )
    with op_scope(name, "einsum", *inputs):
        return _pairwise(list(inputs), sides, output)


def _pairwise(tensors: list[Any], sides: list[str], output: str) -> Tensor:
    """A chain of nodes with at most two inputs each, all that TensorFlow's op takes."""
    while len(tensors) > 2:
        rest = "".join([*sides[2:], output])
        both = sides[0] + sides[1]
        kept = "..." if "..." in both else ""
        kept += "".join(c for c in dict.fromkeys(both.replace(".", "")) if c in rest)
        first = raw.Einsum(tensors[:2], equation=f"{sides[0]},{sides[1]}->{kept}")
        tensors, sides = [first, *tensors[2:]], [kept, *sides[2:]]
    result: Tensor = raw.Einsum(tensors, equation=f"{','.join(sides)}->{output}")
    return result


# -- norms ----------------------------------------------------------------------------


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The length of vectors, or the size of matrices.

    Args:
        tensor: a floating or complex tensor.
        ord: 'euclidean' or 'fro' (the root of the sum of squares), 1, 2, any positive
            number, or numpy's inf (the largest).
        axis: the axis of vectors, or the two axes of matrices; all when None, as one
            vector.
        keepdims: whether reduced axes stay, with length 1.
        name: the scope of its nodes.
        keep_dims: the old name of `keepdims`.

    Returns:
        A tensor of the real dtype, with the axes gone or of length 1.

    Raises:
        ValueError: there is no such norm, or the axes are others.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.norm([3., 4.]))
        np.float32(5.0)
    """
    keep = bool(one_of("keepdims", keepdims, "keep_dims", keep_dims))
    matrix = isinstance(axis, (list, tuple))
    _check_norm(ord, axis, matrix)
    with op_scope(name, "norm", tensor):
        x = convert(tensor, None, "tensor")
        if ord in ("fro", "euclidean") or (ord == 2 and not matrix):
            squares = x * conj_of(x)
            if x.dtype.is_complex:
                squares = raw.Real(squares, Tout=x.dtype.real_dtype)
            return raw.Sqrt(reduce_sum(squares, axis, keepdims=keep))  # type: ignore[no-any-return]
        if x.dtype.is_complex:
            size = raw.ComplexAbs(x, Tout=x.dtype.real_dtype)
        else:
            size = raw.Abs(x)
        if matrix:
            return _matrix_norm(x, size, ord, axis, keep)
        if ord == np.inf:
            return reduce_max(size, axis, keepdims=keep)
        if ord == 1:
            return reduce_sum(size, axis, keepdims=keep)
        power = convert(ord, size.dtype.base_dtype, "ord")
        total = reduce_sum(raw.Pow(size, power), axis, keepdims=keep)
        result: Tensor = raw.Pow(total, 1.0 / power)
        return result


def _matrix_norm(x: Tensor, size: Tensor, ord: Any, axis: Any, keep: bool) -> Tensor:
    rank = len(x.static_shape or ())
    first, second = (i % rank if x.static_shape is not None else i for i in axis)
    if ord == 2:
        # The largest singular value.
        order = [i for i in range(rank) if i not in (first, second)] + [first, second]
        moved = raw.Transpose(x, np.array(order, np.int32))
        values, _, _ = raw.Svd(moved, compute_uv=False)
        largest = reduce_max(values, -1)
        for i in sorted((first, second)) if keep else ():
            largest = raw.ExpandDims(largest, i)
        return largest
    inner, outer = (first, second) if ord == 1 else (second, first)
    largest = reduce_max(reduce_sum(size, inner, True), outer, True)
    if keep:
        return largest
    squeezed: Tensor = raw.Squeeze(largest, squeeze_dims=[first, second])
    return squeezed


def _check_norm(ord: Any, axis: Any, matrix: bool) -> None:
    if matrix and (len(axis) != 2 or axis[0] == axis[1]):
        raise ValueError(
            "'axis' must be None, an integer, or a tuple of 2 unique integers"
        )
    if matrix and ord not in ("euclidean", "fro", 1, 2, np.inf):
        raise ValueError(
            "'ord' must be a supported matrix norm in ['euclidean', 'fro', 1, 2, inf], "
            f"got {ord}"
        )
    is_number = isinstance(ord, (int, float, np.number)) and ord > 0
    if not matrix and ord != "euclidean" and not is_number:
        raise ValueError(f"'ord' must be a supported vector norm, got {ord}")
