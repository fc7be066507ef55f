"""Sparse tensors as three arrays: indices `[n, rank]`, values `[n]`, shape `[rank]`.

Pure functions on arrays; nothing is changed in place.
Read next: `../../ops/sparse_ops.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util import lazy
from interactive_graphs._util.refusal import invalid

Array = np.ndarray


def _list(values: Any) -> str:
    return "[" + ",".join(str(int(v)) for v in values) + "]"


def row_major(indices: Array) -> Array:
    """The permutation that sorts the rows of `indices`; equal rows keep their order."""
    if indices.shape[1] == 0:
        return np.arange(len(indices))
    return np.lexsort(indices.T[::-1])


def groups(indices: Array) -> tuple[Array, Array]:
    """The different rows in order, and for each row the number of its group."""
    if indices.shape[1] == 0:
        return indices[:1], np.zeros(len(indices), np.int64)
    rows, inverse = np.unique(indices, axis=0, return_inverse=True)
    return rows, inverse.reshape(-1)


def check_order(indices: Array, shape: Array) -> None:
    """Fail unless the rows ascend and lie within `shape`.

    Raises:
        InvalidArgumentError: with TF's words for the first row that does not.
    """
    outside = ((indices < 0) | (indices >= shape)).any(axis=1)
    if outside.any():
        i = int(np.argmax(outside))
        invalid(
            f"indices[{i}] = {_list(indices[i])} is out of bounds: need 0 <= index < "
            f"{_list(shape)}"
        )
    # A row is right when the first number in which it differs is the larger one.
    is_open = np.ones(max(len(indices) - 1, 0), bool)
    is_right = ~is_open
    for column in indices.T:
        is_right |= is_open & (column[1:] > column[:-1])
        is_open &= column[1:] == column[:-1]
    if is_right.all():
        return
    i = int(np.argmin(is_right)) + 1
    if is_open[i - 1]:
        invalid(f"indices[{i}] = {_list(indices[i])} is repeated")
    invalid(
        f"indices[{i}] = {_list(indices[i])} is out of order. Many sparse ops "
        "require sorted indices.\n    Use `tf.sparse_reorder` to create a "
        "correctly ordered copy.\n\n"
    )


def to_dense(
    indices: Array, shape: Array, values: Array, default: Any, validate: bool
) -> Array:
    """The dense tensor; `indices` may also be a scalar or, for rank 1, a vector.

    Raises:
        InvalidArgumentError: the parts do not fit each other.
    """
    if indices.ndim > 2:
        invalid(
            "sparse_indices should be a scalar, vector, or matrix, got shape "
            f"{_list(indices.shape)}"
        )
    rows = indices.reshape(-1, 1) if indices.ndim < 2 else indices
    if shape.ndim != 1:
        invalid(f"output_shape must be rank 1, got shape {_list(shape.shape)}")
    if shape.size != rows.shape[1]:
        invalid(
            f"output_shape has incorrect number of elements: {shape.size} should be: "
            f"{rows.shape[1]}"
        )
    if values.ndim and values.shape != (len(rows),):
        invalid(
            f"sparse_values has incorrect shape {_list(values.shape)}, should be [] or "
            f"[{len(rows)}]"
        )
    if validate:
        check_order(rows, shape)
    elif ((rows < 0) | (rows >= shape)).any():
        invalid(f"Indices are not valid (out of bounds).  Shape: {_list(shape)}")
    output = np.full(tuple(shape.tolist()), default, values.dtype)
    output[tuple(rows.T)] = values
    return output


def dense_matmul(
    indices: Array, values: Array, shape: Array, b: Array, adjoint_a: bool
) -> Array:
    """A sparse matrix (or its adjoint) times a dense one.

    Raises:
        InvalidArgumentError: the inner dimensions differ or an index is outside.
    """
    rows, columns = (int(d) for d in shape)
    i, k = indices[:, 0], indices[:, 1]
    a = values
    if adjoint_a:
        i, k, rows, columns = k, i, columns, rows
        a = np.conj(values) if values.dtype.kind == "c" else values
    if columns != b.shape[0]:
        invalid(
            "Cannot multiply A and B because inner dimension does not match: "
            f"{columns} vs. {b.shape[0]}.  Did you forget a transpose?  Dimensions of "
            f"A: [{rows}, {columns}).  Dimensions of B: {_list(b.shape)}"
        )
    for name, at, limit in (("k", k, columns), ("m", i, rows)):
        bad = (at < 0) | (at >= limit)
        if bad.any():
            n = int(np.argmax(bad))
            axis = int((name == "k") != adjoint_a)
            invalid(
                f"{name} ({int(at[n])}) from index[{n},{axis}] out of bounds "
                f"(>={limit})"
            )
    # Loaded when first used: importing the package is to stay quick.
    segment = lazy.load("interactive_graphs.kernels.cpu.segment")
    product: Array = segment.reduce_rows(a[:, None] * b[k], i, rows, np.add, 0)
    product += product.dtype.type(0)  # no -0.0: a sum begins with 0
    return product


def add(a: tuple[Array, ...], b: tuple[Array, ...], threshold: Any) -> list[Array]:
    """The sum of two sparse tensors; what is smaller than `threshold` is left out.

    Only where both have a value, that is: what one alone has is kept.

    Raises:
        InvalidArgumentError: their shapes differ.
    """
    same_shape(a[2], b[2])
    rows, group = groups(np.concatenate([a[0], b[0]]))
    values = np.concatenate([a[1], b[1]])
    total = np.zeros(len(rows), values.dtype)
    np.add.at(total, group, values)
    among = [np.zeros(len(rows), bool) for _ in (a, b)]
    among[0][group[: len(a[0])]] = among[1][group[len(a[0]) :]] = True
    keep = (np.abs(total) >= threshold) | ~(among[0] & among[1])
    return [rows[keep], total[keep], a[2]]


def same_shape(a: Array, b: Array) -> None:
    """Fail unless two sparse tensors have one shape.

    Raises:
        InvalidArgumentError: they have not.
    """
    if a.size != b.size:
        invalid(f"Operands' should have the same ranks; got {_list(a)} and {_list(b)}")
    for i, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        if x != y:
            invalid(f"Operands' shapes do not match: got {x} and {y} for dimension {i}")


def positions(wanted: Array, among: Array) -> Array:
    """For each row of `wanted` its place in `among`, -1 where it has none."""
    place = {tuple(row): i for i, row in enumerate(among.tolist())}
    found = [place.get(tuple(row), -1) for row in wanted.tolist()]
    return np.array(found, np.int64)


def picked(values: Array, where: Array) -> Array:
    """`values[where]`, zero where the place is -1."""
    if not len(values):
        return np.zeros(len(where), values.dtype)
    return np.where(where >= 0, values[where], np.zeros((), values.dtype))


def elementwise(
    a: tuple[Array, ...], b: tuple[Array, ...], function: Any
) -> list[Array]:
    """`function` of two sparse tensors, zero where one has no value.

    Raises:
        InvalidArgumentError: their shapes differ.
    """
    same_shape(a[2], b[2])
    rows, _ = groups(np.concatenate([a[0], b[0]]))
    x = picked(a[1], positions(rows, a[0]))
    y = picked(b[1], positions(rows, b[0]))
    return [rows, function(x, y)]


def reduced_axes(axes: Array, rank: int) -> list[int]:
    """Axes counted from the front, each once.

    Raises:
        InvalidArgumentError: one is out of range.
    """
    result = []
    for axis in axes.reshape(-1).tolist():
        if not -rank <= axis < rank:
            invalid(
                f"Invalid reduction dimension {axis}, for input with {rank} dimensions."
            )
        result.append(axis % rank)
    return sorted(set(result))


def reduce(
    indices: Array, values: Array, shape: Array, axes: Array, keep: bool, how: Any
) -> tuple[Array, Array, tuple[int, ...]]:
    """Values combined along axes by the ufunc `how`, one per group that has any.

    Returns:
        (indices, values, shape) of the result.
    """
    dropped = reduced_axes(axes, shape.size)
    kept = [i for i in range(shape.size) if i not in dropped]
    rows, group = groups(indices[:, kept])
    start = 0 if how is np.add else lowest(values.dtype)
    result = np.full(len(rows), start, values.dtype)
    how.at(result, group, values)
    if keep:
        full = np.zeros((len(rows), shape.size), np.int64)
        full[:, kept] = rows
        dims = tuple(1 if i in dropped else int(d) for i, d in enumerate(shape))
        return full, result, dims
    return rows, result, tuple(int(shape[i]) for i in kept)


def lowest(dtype: np.dtype[Any]) -> Any:
    """What no number of `dtype` is below."""
    if dtype.kind in "iu":
        return np.iinfo(dtype).min
    return -np.inf


def reshape(indices: Array, shape: Array, new: Array) -> tuple[Array, Array]:
    """Indices of the same elements in another shape, and that shape.

    Raises:
        InvalidArgumentError: the number of elements does not fit.
    """
    wanted = new.tolist()
    free = [i for i, d in enumerate(wanted) if d == -1]
    if len(free) > 1:
        invalid(
            f"only one output dimension may be -1, not both {free[0]} and {free[1]}"
        )
    for i, d in enumerate(wanted):
        if d < -1:
            invalid(f"size {i} must be non-negative, not {d}")
    total = int(np.prod(shape))
    known = int(np.prod([d for d in wanted if d != -1], dtype=np.int64))
    if free:
        wanted[free[0]] = total // known if known else 0
    if int(np.prod(wanted, dtype=np.int64)) != total:
        kind = (
            f"a SparseTensor with {total} dense values, but the requested shape "
            f"requires a multiple of {known}"
            if free
            else f"a tensor with {total} dense values, but the requested shape has "
            f"{known}"
        )
        invalid(
            f"Input to reshape is {kind}. input_shape={_list(shape)} "
            f"output_shape={_list(wanted)}"
        )
    flat = indices @ strides(shape)
    step = strides(np.array(wanted, np.int64))
    places = [flat // s % d for s, d in zip(step, wanted, strict=True) if d]
    output = np.array(places, np.int64).reshape(len(wanted), -1).T
    return output.reshape(len(indices), len(wanted)), np.array(wanted, np.int64)


def strides(shape: Array) -> Array:
    """How many elements one step along each dimension is, in row-major order."""
    tail = np.concatenate([shape[1:], np.ones(1, np.int64)])[: shape.size]
    return np.cumprod(tail[::-1], dtype=np.int64)[::-1]


def slice_part(
    indices: Array, values: Array, shape: Array, start: Array, size: Array
) -> list[Array]:
    """The part of a sparse tensor that starts at `start` and has at most `size`.

    Raises:
        InvalidArgumentError: the vectors have another length than the rank.
    """
    for name, vector in (("start", start), ("size", size)):
        if vector.size != shape.size:
            invalid(
                f"Expected {name} to be a vector of length {shape.size} but got length "
                f"{vector.size}"
            )
    inside = ((indices >= start) & (indices < start + size)).all(axis=1)
    dims = np.clip(np.minimum(size, shape - start), 0, None)
    return [indices[inside] - start, values[inside], dims]


def concat(
    indices: list[Array], values: list[Array], shapes: list[Array], axis: int
) -> list[Array]:
    """Sparse tensors joined along a dimension, in row-major order.

    Raises:
        InvalidArgumentError: another dimension differs, or the axis is out of range.
    """
    first = shapes[0]
    rank = first.size
    if not -rank <= axis < rank:
        invalid(f"Concat dimension must be in range [{-rank}, {rank}), got {axis}")
    axis %= rank
    start, parts = 0, []
    for n, (rows, shape) in enumerate(zip(indices, shapes, strict=True)):
        if shape.size != rank:
            invalid(
                f"Ranks of all input tensors must match: expected {rank} but got "
                f"{shape.size} at position {n}"
            )
        for i in range(rank):
            if i != axis and shape[i] != first[i]:
                invalid(
                    f"Input shapes must match: expected {first[i]} for dimension {i} "
                    f"but got {shape[i]} at position {n}"
                )
        moved = rows.copy()
        moved[:, axis] += start
        parts.append(moved)
        start += int(shape[axis])
    together = np.concatenate(parts)
    order = row_major(together)
    shape = first.copy()
    shape[axis] = start
    return [together[order], np.concatenate(values)[order], shape]


def split(
    axis: int, indices: Array, values: Array, shape: Array, count: int
) -> list[list[Array]]:
    """A sparse tensor cut into `count` parts; the first ones are one longer.

    Raises:
        InvalidArgumentError: the axis or the number of parts is out of range.
    """
    rank = shape.size
    if not -rank <= axis < rank:
        invalid(f"Input axis should be in range [{-rank}, {rank}), got {axis}")
    axis %= rank
    length = int(shape[axis])
    if not 1 <= count <= length:
        invalid(
            "Input num_split should be between 1 and the splitting dimension size "
            f"({length}), got {count}"
        )
    size, longer = divmod(length, count)
    output: list[list[Array]] = [[], [], []]
    begin = 0
    for i in range(count):
        start, extent = np.zeros(rank, np.int64), shape.copy()
        start[axis], extent[axis] = begin, size + (i < longer)
        part = slice_part(indices, values, shape, start, extent)
        for parts, array in zip(output, part, strict=True):
            parts.append(array)
        begin += int(extent[axis])
    return output


def fill_empty_rows(
    indices: Array, values: Array, shape: Array, default: Any
) -> list[Array]:
    """A value in the first column of each row that has none.

    Returns:
        Indices and values in the order of rows, which rows were empty, and the new
        place of each old value.

    Raises:
        InvalidArgumentError: an index lies outside.
    """
    rows = int(shape[0])
    if rows == 0 and len(indices):
        invalid(
            "Received SparseTensor with dense_shape[0] = 0 but indices.shape[0] = "
            f"{len(indices)}"
        )
    at = indices[:, 0]
    bad = (at < 0) | (at >= rows)
    if bad.any():
        i = int(np.argmax(bad))
        limit = f">= {rows}" if at[i] >= rows else "< 0"
        invalid(f"indices({i}, 0) is invalid: {at[i]} {limit}")
    empty = np.bincount(at, minlength=rows)[:rows] == 0
    new = np.zeros((int(empty.sum()), shape.size), np.int64)
    new[:, 0] = np.flatnonzero(empty)
    together = np.concatenate([indices, new])
    filled = np.concatenate([values, np.full(len(new), default, values.dtype)])
    order = np.argsort(together[:, 0], kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return [together[order], filled[order], empty, place[: len(indices)]]


def softmax(indices: Array, values: Array, shape: Array) -> Array:
    """Softmax along the last dimension, of the values that are there.

    Raises:
        InvalidArgumentError: the rank is less than 2.
    """
    if shape.size < 2:
        invalid(
            "Input should have rank >= 2, but received shape: "
            + ",".join(str(int(d)) for d in shape)
        )
    _, group = groups(indices[:, :-1])
    count = int(group.max()) + 1 if group.size else 0
    top = np.full(count, -np.inf, values.dtype)
    np.maximum.at(top, group, values)
    weights = np.exp(values - top[group])
    total = np.zeros(count, values.dtype)
    np.add.at(total, group, weights)
    return np.asarray(weights / total[group])


def dense_at(indices: Array, shape: Array, dense: Array) -> Array:
    """The elements of a dense tensor, broadcast to `shape`, at `indices`.

    Raises:
        InvalidArgumentError: it does not broadcast to that shape.
    """
    dims = tuple(shape.tolist())
    try:
        full = np.broadcast_to(dense, dims)
    except ValueError:
        invalid(
            "SparseDenseBinaryOpShared broadcasts dense to sparse only; got "
            f"incompatible shapes: {_list(dims)} vs. {_list(dense.shape)}"
        )
    return np.asarray(full[tuple(indices.T)])


def dense_add(indices: Array, values: Array, shape: Array, b: Array) -> Array:
    """A sparse tensor plus a dense one of the same shape.

    Raises:
        InvalidArgumentError: the shapes differ.
    """
    if shape.size != b.ndim:
        invalid(
            f"Two operands should have the same rank, got {shape.size} and {b.ndim}"
        )
    for i, (x, y) in enumerate(zip(shape.tolist(), b.shape, strict=True)):
        if x != y:
            invalid(
                f"Dimension {i} does not equal (no broadcasting is supported): sparse "
                f"side {x} vs dense side {y}"
            )
    output = np.array(b)
    np.add.at(output, tuple(indices.T), values)
    return output
