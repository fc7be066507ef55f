"""What is known of a tensor's value while the graph is built.

`static_value` serves shape rules: `reshape(x, [2, -1])` has a known shape. The public
`constant_value` does the same and marks the tensor unfeedable, since Python code now
relies on the value (spec of TF1's `tensor_util`). Read next: `shape_rules.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape

_DEPTH = 12
_SMALL = 1024
Look = Callable[[Tensor], np.ndarray | None]
Folder = Callable[[Operation, Look], Any]


def static_value(
    tensor: Tensor, depth: int = _DEPTH, *, for_shapes: bool = True
) -> np.ndarray | None:
    """The value as far as it is known at construction, or None.

    Args:
        tensor: any tensor.
        depth: how many operations to look back.
        for_shapes: whether to run small kernels on constants as well, as TF's shape
            inference does; what users see, `constant_value`, knows fewer ops.
    """
    op = tensor.op
    if op.type == "Const":
        return op.attrs["value"]  # type: ignore[no-any-return]
    folder = _FOLDERS.get(op.type)
    if for_shapes and op.type in _RUN_FOR_SHAPES and _is_small(op):
        folder = _run
    if folder is None or depth == 0:
        return None
    value = folder(op, lambda t: static_value(t, depth - 1, for_shapes=for_shapes))
    if value is None:
        return None
    return np.asarray(value, tensor.dtype.base_dtype.np_dtype)


def constant_value(tensor: Any, partial: bool = False) -> np.ndarray | None:
    """The value of `tensor` if it follows from constants and shapes, else None.

    A tensor whose value is known this way can no longer be fed.

    Args:
        tensor: a Tensor.
        partial: accepted as in TF1.

    Returns:
        The value, `[shape of tensor]`, or None.
    """
    del partial
    value = static_value(tensor, for_shapes=False)
    if value is not None:
        tensor.graph.prevent_feeding(tensor)
    return value


def static_shape_value(tensor: Tensor) -> Shape:
    """The shape that a vector of integers spells; -1 and unknown entries are None.

    None when not even its length is known. Looks through `Shape`, `Pack`, `ConcatV2`
    and slices of them, so that `reshape(x, [tf.shape(x)[0], 4])` keeps what is known.
    """
    return _partial(tensor, _DEPTH)


def _known(dims: Any) -> Shape:
    return tuple(None if d is None or d < 0 else int(d) for d in dims)


def _partial(tensor: Tensor, depth: int) -> Shape:
    value = static_value(tensor)
    if value is not None:
        return _known(value.reshape(-1).tolist())
    op = tensor.op
    if depth and op.type == "Shape":
        return op.inputs[0].static_shape
    if depth and op.type == "Pack" and op.attrs["axis"] == 0:
        dims = [static_value(t) for t in op.inputs]
        return tuple(_scalar_dim(t, d) for t, d in zip(op.inputs, dims, strict=True))
    if depth and op.type == "ConcatV2":
        parts = [_partial(t, depth - 1) for t in op.inputs[:-1]]
        if all(p is not None for p in parts):
            return tuple(d for p in parts if p is not None for d in p)
        return None
    if depth and op.type in ("Cast", "Identity"):
        return _partial(op.inputs[0], depth - 1)
    if depth and op.type == "StridedSlice":
        return _sliced(op, depth - 1)
    length = tensor.static_shape
    if length is None or len(length) != 1 or length[0] is None:
        return None
    return (None,) * length[0]


def _scalar_dim(tensor: Tensor, value: Any) -> int | None:
    if value is not None:
        return None if value < 0 else int(value)
    op = tensor.op
    if op.type == "StridedSlice" and op.attrs["shrink_axis_mask"] == 1:
        whole = _partial(op.inputs[0], _DEPTH - 1)
        begin = static_value(op.inputs[1])
        if whole is not None and begin is not None and begin.shape == (1,):
            try:
                return whole[int(begin[0])]
            except IndexError:
                return None
    return None


def _sliced(op: Operation, depth: int) -> Shape:
    """A slice such as `tf.shape(x)[1:]` of a partially known shape vector."""
    whole = _partial(op.inputs[0], depth)
    ends = [static_value(t) for t in op.inputs[1:]]
    a = op.attrs
    if whole is None or any(e is None or e.shape != (1,) for e in ends):
        return None
    if a["shrink_axis_mask"] or a["new_axis_mask"] or a["ellipsis_mask"]:
        return None
    begin, end, step = (int(e[0]) for e in ends if e is not None)
    return whole[
        slice(
            None if a["begin_mask"] & 1 else begin,
            None if a["end_mask"] & 1 else end,
            step,
        )
    ]


def _shape(op: Operation, _: Look | None) -> Any:
    shape = op.inputs[0].static_shape
    return None if shape is None or None in shape else np.array(shape)


def _size(op: Operation, _: Look) -> Any:
    shape = _shape(op, None)
    return None if shape is None else np.prod(shape, dtype=np.int64)


def _rank(op: Operation, _: Look) -> Any:
    shape = op.inputs[0].static_shape
    return None if shape is None else len(shape)


def _on_inputs(function: Callable[..., Any]) -> Folder:
    """A folder for ops whose value follows from all their inputs' values."""

    def fold(op: Operation, look: Look) -> Any:
        values = []
        for tensor in op.inputs:
            value = look(tensor)
            if value is None:
                return None
            values.append(value)
        return function(op, values)

    return fold


def _is_small(op: Operation) -> bool:
    """Whether running the op costs next to nothing."""
    shapes = [t.static_shape for t in (*op.inputs, *op.outputs)]
    return all(s is not None and math.prod(d or 0 for d in s) <= _SMALL for s in shapes)


def _kernel_on(op: Operation, values: list[np.ndarray]) -> Any:
    """What the op's kernel gives; None where it refuses, as it will when run."""
    kernel = op.op_def.kernels.get("CPU")
    if kernel is None:
        return None
    try:
        return kernel.fn(*values, **{name: op.attrs[name] for name in kernel.attrs})
    except (errors.OpError, ValueError, IndexError):
        return None


_run = _on_inputs(_kernel_on)
# Of one output and no list arguments: what sizes are computed with.
_RUN_FOR_SHAPES = frozenset(
    """
    Add Sub Mul FloorDiv FloorMod Maximum Minimum Neg Identity ExpandDims Squeeze
    Reshape OnesLike ZerosLike Gather GatherV2 Slice Prod Sum Max Min Less
    LessEqual Greater GreaterEqual Select
    """.split()
)


def _sliced_value(op: Operation, look: Look) -> Any:
    """`tf.shape(x)[i]` where that entry is known, else None."""
    found = _run(op, look)
    if found is not None:
        return found
    tensor = op.outputs[0]
    whole = op.inputs[0].static_shape
    if op.attrs["shrink_axis_mask"] == 1 and whole is not None and len(whole) == 1:
        return _scalar_dim(tensor, None)
    shape = _sliced(op, _DEPTH)
    if shape is None or None in shape:
        return None
    return np.array(shape)


_FOLDERS: dict[str, Folder] = {
    "Shape": _shape,
    "Size": _size,
    "Rank": _rank,
    "Range": _on_inputs(lambda _, v: np.arange(*v)),
    "Cast": _on_inputs(lambda op, v: v[0].astype(op.attrs["DstT"].np_dtype)),
    "ConcatV2": _on_inputs(lambda _, v: np.concatenate(v[:-1], axis=int(v[-1]))),
    "Concat": _on_inputs(lambda _, v: np.concatenate(v[1:], axis=int(v[0]))),
    "Pack": _on_inputs(lambda op, v: np.stack(v, axis=op.attrs["axis"])),
    "Fill": _on_inputs(lambda _, v: np.full(tuple(v[0]), v[1])),
    "Equal": _on_inputs(lambda _, v: np.equal(*v)),
    "NotEqual": _on_inputs(lambda _, v: np.not_equal(*v)),
    "StridedSlice": _sliced_value,
}


get_static_value = constant_value  # TensorFlow 1.15's name
