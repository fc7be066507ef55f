"""Places by number: `unravel_index`, `tensor_scatter_*`, `repeat`.

Read next: `gather.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import INDEX, int16, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef, define, types
from interactive_graphs.framework.shape_rules import at_least_rank, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list, merge
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.gather import check_updates, nd_index


def _unravel_shape(op: Operation) -> list[Shape]:
    indices, dims = op.inputs[0].static_shape, with_rank(op.inputs[1].static_shape, 1)
    assert dims is not None
    if indices is None:
        return [None]
    return [(dims[0], *indices) if len(indices) < 2 else None]


unravel_index_op = define(
    "UnravelIndex", "indices: Tidx, dims: Tidx -> output: Tidx",
    Tidx=types(INDEX, int32), shape=_unravel_shape, gradient=None,
    doc="Flat indices as indices of each dimension.",
)  # fmt: skip


@unravel_index_op.kernel("CPU")
def _(indices: np.ndarray, dims: np.ndarray) -> np.ndarray:
    if dims.ndim != 1:
        invalid(f'The dims can only be 1-D, got "{format_list(dims.shape)}"')
    if indices.ndim > 1:
        found = format_list(indices.shape)
        invalid(f'The indices can only be scalar or vector, got "{found}"')
    if (dims == 0).any():
        at = int(np.argmax(dims == 0))
        invalid(
            "Input dims cannot contain a dim of zero, but dims contains zero at index "
            f"{at}"
        )
    if (indices >= np.prod(dims)).any() or (indices < 0).any():
        invalid("index is out of bound as with dims")
    places = np.unravel_index(indices, tuple(dims.tolist()))
    return np.array(places, indices.dtype).reshape(dims.size, *indices.shape)


def unravel_index(indices: Any, dims: Any, name: str | None = None) -> Tensor:
    """Flat indices as indices of each dimension, as `numpy.unravel_index`.

    Args:
        indices: int32 or int64, a scalar or `[n]`.
        dims: the same dtype, `[rank]`, the shape that the indices are of.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[rank]` or `[rank, n]`.
    """
    result: Tensor = raw.UnravelIndex(indices, dims, name=name)
    return result


# -- updates of a copy ----------------------------------------------------------------


def _update_shape(op: Operation) -> list[Shape]:
    tensor, indices, updates = (t.static_shape for t in op.inputs)
    check_updates(indices, updates, at_least_rank(tensor, 1))
    return [tensor]


def _put(output: np.ndarray, index: Any, updates: np.ndarray) -> None:
    output[index] = updates


def _define_update(name: str, function: Any, gradient: Any) -> OpDef:
    op = define(
        name, "tensor: T, indices: Tindices, updates: T -> output: T",
        Tindices=types((int16, *INDEX) if name.endswith("Update") else INDEX),
        bad_indices_policy="", shape=_update_shape, gradient=gradient,
        doc="A copy of a tensor, changed at indices.",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(tensor: np.ndarray, indices: np.ndarray, updates: np.ndarray) -> np.ndarray:
        try:
            check_updates(indices.shape, updates.shape, tensor.shape)
        except ValueError as error:
            invalid(str(error))
        output = np.array(tensor)
        index = (*nd_index(indices, tensor.shape, "shape"), ...)
        function(output, index, updates)
        return output

    return op


def _update_gradient(op: Operation, dy: Tensor) -> list[Any]:
    indices, updates = op.inputs[1:]
    kept = raw.TensorScatterUpdate(dy, indices, raw.ZerosLike(updates))
    return [kept, None, raw.GatherNd(dy, indices)]


_define_update("TensorScatterUpdate", _put, _update_gradient)
_define_update(
    "TensorScatterAdd", np.add.at,
    lambda op, dy: [dy, None, raw.GatherNd(dy, op.inputs[1])],
)  # fmt: skip
_define_update(
    "TensorScatterSub", np.subtract.at,
    lambda op, dy: [dy, None, raw.Neg(raw.GatherNd(dy, op.inputs[1]))],
)  # fmt: skip


def tensor_scatter_update(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> Tensor:
    """A copy of a tensor with other values at indices.

    Args:
        tensor: any dtype.
        indices: int32 or int64, `[..., k]`, each row an index into the first k
            dimensions.
        updates: the tensor's dtype, `indices.shape[:-1] + tensor.shape[k:]`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    result: Tensor = raw.TensorScatterUpdate(tensor, indices, updates, name=name)
    return result


def tensor_scatter_add(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> Tensor:
    """A copy of a tensor with values added at indices; see `tensor_scatter_update`.

    Args:
        tensor: a numeric dtype.
        indices: int32 or int64, `[..., k]`.
        updates: the tensor's dtype, `indices.shape[:-1] + tensor.shape[k:]`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    result: Tensor = raw.TensorScatterAdd(tensor, indices, updates, name=name)
    return result


def tensor_scatter_sub(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> Tensor:
    """A copy of a tensor with values taken off at indices; see `tensor_scatter_update`.

    Args:
        tensor: a numeric dtype.
        indices: int32 or int64, `[..., k]`.
        updates: the tensor's dtype, `indices.shape[:-1] + tensor.shape[k:]`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    result: Tensor = raw.TensorScatterSub(tensor, indices, updates, name=name)
    return result


# -- repetition -----------------------------------------------------------------------


def repeat(
    input: Any, repeats: Any, axis: int | None = None, name: str | None = None
) -> Tensor:
    """Each element repeated, as `numpy.repeat`.

    Args:
        input: a tensor of any dtype.
        repeats: an int32 scalar, or how often for each element along the axis.
        axis: along which; the flattened tensor when None.
        name: of the scope.

    Returns:
        A tensor of that dtype.

    Raises:
        ValueError: the axis is out of range, or `repeats` has another length.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.repeat([3, 4], [1, 2]))
        array([3, 4, 4], dtype=int32)
    """
    with op_scope(name, "Repeat", input, repeats):
        x = convert(input, None, "input")
        times = convert(repeats, None, "repeats")
        if axis is None:
            x, axis = raw.Reshape(x, [-1]), 0
        at = _axis_of(x, axis)
        if times.static_shape in ((), (1,)):
            return _repeat_evenly(x, raw.Reshape(times, []), at)
        if x.static_shape is not None:
            merge((x.static_shape[at],), times.static_shape)
        length = raw.Reshape(raw.Shape(x)[at], [1])
        counts = raw.BroadcastTo(times, length)
        most = raw.Maximum(raw.Max(counts, [0]), 0)
        wide = raw.Less(
            raw.ExpandDims(raw.Range(0, most, 1), 0), raw.ExpandDims(counts, 1)
        )
        chosen = raw.Where(wide)[:, 0]
        result: Tensor = raw.GatherV2(x, chosen, at)
        known = static_value(times)
        if known is not None and x.static_shape is not None and (known >= 0).all():
            shape = x.static_shape
            result.set_shape((*shape[:at], int(known.sum()), *shape[at + 1 :]))
        return result


def _axis_of(x: Tensor, axis: int) -> int:
    shape = x.static_shape
    if shape is None:
        return axis
    n = len(shape)
    if not -n <= axis < n:
        raise ValueError(f"axis={axis} out of bounds: expected {-n}<=axis<{n}")
    return axis % n


def _repeat_evenly(x: Tensor, times: Tensor, axis: int) -> Tensor:
    """Every element as often: a tile of a new dimension after `axis`."""
    expanded = raw.ExpandDims(x, axis + 1)
    shape = raw.Shape(x)
    rank = raw.Rank(x)
    known = static_value(times)
    if x.static_shape is not None and known is not None:
        multiples: Any = np.ones(len(x.static_shape) + 1, np.int32)
        multiples[axis + 1] = known
    else:
        before = raw.Fill(raw.Reshape(axis + 1, [1]), 1)
        after = raw.Fill(raw.Reshape(rank - (axis + 1), [1]), 1)
        middle = raw.Reshape(raw.Cast(times, DstT=int32), [1])
        multiples = raw.ConcatV2([before, middle, after], 0)
    tiled = raw.Tile(expanded, multiples)
    length = raw.Reshape(shape[axis] * raw.Cast(times, DstT=int32), [1])
    new = raw.ConcatV2([shape[:axis], length, shape[axis + 1 :]], 0)
    result: Tensor = raw.Reshape(tiled, new)
    if x.static_shape is not None and known is not None:
        dim = x.static_shape[axis]
        whole = None if dim is None or known < 0 else dim * int(known)
        result.set_shape((*x.static_shape[:axis], whole, *x.static_shape[axis + 1 :]))
    return result


# TensorFlow 1.15's names.
tensor_scatter_nd_add = tensor_scatter_add
tensor_scatter_nd_sub = tensor_scatter_sub
tensor_scatter_nd_update = tensor_scatter_update
