"""The ops of TensorArrays: declaration, kernel and gradient.

A TensorArray is written functionally: what orders its ops is the flow, a scalar that
each of them takes and gives. The class that users have is in `tensor_array.py`.

Gradients live in an array of their own, that `TensorArrayGradV3` makes or finds. What
was read adds to an element of it; where an element was written, its gradient is read.
Read next: `../kernels/cpu/tensor_array.py`.
"""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import (
    at_least_rank,
    merge_dims,
    scalar,
    with_rank,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu.tensor_array import TensorArrayCells

# As TensorFlow declares it, though nobody sees the two strings that it stands for.
_HANDLE: Final = (2,)
# Every array that is ever made has a name of its own, which error texts show.
_numbers = itertools.count()


def _array_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[0].static_shape, 0)
    return [_HANDLE, ()]


tensor_array_op = define(
    "TensorArrayV3", "size: int32 -> handle: resource, flow: float32",
    dtype=types(), element_shape=Attr("shape", None), dynamic_size=False,
    clear_after_read=True, identical_element_shapes=False, tensor_array_name="",
    shape=_array_shape, stateful=True, gradient=None,
    doc="An array of tensors, each written once.",
)  # fmt: skip


@tensor_array_op.kernel("CPU")
def _(
    ctx: Any,
    size: Any,
    dtype: DType,
    element_shape: Shape,
    dynamic_size: bool,
    clear_after_read: bool,
    identical_element_shapes: bool,
    tensor_array_name: bytes,
) -> tuple[TensorArrayCells, Any]:
    name = tensor_array_name.decode() or ctx.op.name
    cells = TensorArrayCells(
        f"{name}_{next(_numbers)}",
        dtype,
        _size_in(size),
        element_shape,
        dynamic_size,
        clear_after_read,
        identical_element_shapes,
    )
    return cells, np.float32(0)


def _size_in(size: Any) -> int:
    if np.ndim(size) != 0:
        found = format_list(np.shape(size))
        invalid(f"TensorArray size must be scalar, but had shape: {found}")
    if size < 0:
        invalid("Size should be >= 0.")
    return int(size)


def _index_in(index: Any) -> int:
    if np.ndim(index) != 0:
        found = format_list(np.shape(index))
        invalid(f"TensorArray index must be scalar, but had shape: {found}")
    return int(index)


def _cells_of(handle: Any) -> TensorArrayCells:
    """The array itself; one that passed through numpy comes in a 0-d array."""
    cells: TensorArrayCells
    cells = handle.item() if isinstance(handle, np.ndarray) else handle
    return cells


gradient_op = define(
    "TensorArrayGradV3",
    "handle: resource, flow_in: float32 -> grad_handle: resource, flow_out: float32",
    source=Attr("string"), shape=lambda _: [_HANDLE, ()], stateful=True,
    # A flow of gradients passes here, whose gradient is a flow as well.
    gradient=lambda op, dhandle, dflow: [None, dflow],
    doc="The array of the gradients of an array, made when first asked for.",
)  # fmt: skip


@gradient_op.kernel("CPU")
def _(handle: Any, flow_in: Any, source: bytes) -> tuple[TensorArrayCells, Any]:
    return _cells_of(handle).gradient(source.decode()), flow_in


gradient_with_shape_op = define(
    "TensorArrayGradWithShape",
    "handle: resource, flow_in: float32, shape_to_prepend: int32 -> "
    "grad_handle: resource, flow_out: float32",
    source=Attr("string"), shape=lambda _: [_HANDLE, ()], stateful=True,
    gradient=lambda op, dhandle, dflow: [None, dflow, None],
    doc="As TensorArrayGradV3, for gradients with more dimensions.",
)  # fmt: skip


@gradient_with_shape_op.kernel("CPU")
def _(
    handle: Any, flow_in: Any, shape_to_prepend: Any, source: bytes
) -> tuple[TensorArrayCells, Any]:
    lead = tuple(int(d) for d in shape_to_prepend)
    return _cells_of(handle).gradient(source.decode(), lead), flow_in


def gradient_source(op: Operation) -> str:
    """The name of the differentiation that calls the rule of `op`.

    All nodes that one call of `gradients` makes must find the same arrays, and those
    of another call others. It calls the rule in the scope `<its own>/<op>_grad`.

    Args:
        op: the operation that is being differentiated.
    """
    scope = op.graph.get_name_scope()
    end = scope.rfind(f"/{op.name}_grad")
    return scope[:end] if end >= 0 else scope


def _gradients_of(op: Operation, flow: Any) -> tuple[Tensor, Tensor]:
    """The array of the gradients of the one `op` uses, and the flow to use it with.

    Args:
        op: takes the handle of an array as its first input.
        flow: what the array of gradients has to wait for.
    """
    graph, handle = op.graph, op.inputs[0]
    with graph.name_scope("TensorArrayGrad"), graph.colocate_with(handle.op):
        grads, after = raw.TensorArrayGradV3(
            handle, flow, source=gradient_source(op), name="TensorArrayGradV3"
        )
    return grads, after


def _read_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[1].static_shape, 0)
    return [None]


read_op = define(
    "TensorArrayReadV3",
    "handle: resource, index: int32, flow_in: float32 -> value: dtype",
    dtype=types(), shape=_read_shape, stateful=True,
    doc="One element.",
)  # fmt: skip


@read_op.kernel("CPU")
def _(handle: Any, index: Any, flow_in: Any, dtype: DType) -> Any:
    cells = _cells_of(handle)
    cells.check_readable(dtype)
    return cells.read(_index_in(index))


@read_op.gradient
def _(op: Operation, dy: Tensor) -> list[Any]:
    _, index, flow = op.inputs
    grads, after = _gradients_of(op, flow)
    return [None, None, raw.TensorArrayWriteV3(grads, index, dy, after)]


def _write_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[1].static_shape, 0)
    return [()]


write_op = define(
    "TensorArrayWriteV3",
    "handle: resource, index: int32, value: T, flow_in: float32 -> flow_out: float32",
    shape=_write_shape, stateful=True, doc="Sets one element.",
)  # fmt: skip


@write_op.kernel("CPU")
def _(handle: Any, index: Any, value: Any, flow_in: Any, T: DType) -> Any:
    cells = _cells_of(handle)
    cells.check_writable(T)
    cells.write(_index_in(index), value)
    return flow_in


@write_op.gradient
def _(op: Operation, flow: Tensor) -> list[Any]:
    _, index, value, _ = op.inputs
    grads, after = _gradients_of(op, flow)
    dvalue = raw.TensorArrayReadV3(grads, index, after, dtype=value.dtype.base_dtype)
    return [None, None, dvalue, flow]


def _gather_shape(op: Operation) -> list[Shape]:
    (count,) = with_rank(op.inputs[1].static_shape, 1) or (None,)
    element = op.attrs["element_shape"]
    return [None if element is None else (count, *element)]


gather_op = define(
    "TensorArrayGatherV3",
    "handle: resource, indices: int32, flow_in: float32 -> value: dtype",
    dtype=types(), element_shape=Attr("shape", None), shape=_gather_shape,
    stateful=True, doc="Some elements, stacked.",
)  # fmt: skip


@gather_op.kernel("CPU")
def _(
    handle: Any, indices: Any, flow_in: Any, dtype: DType, element_shape: Shape
) -> Any:
    cells = _cells_of(handle)
    cells.check_readable(dtype)
    _check_is_vector(indices)
    return cells.stacked(indices.tolist(), element_shape)


def _check_is_vector(indices: Any) -> None:
    if np.ndim(indices) != 1:
        found = format_list(np.shape(indices))
        invalid(f"Expected indices to be a vector, but received shape: {found}")


@gather_op.gradient
def _(op: Operation, dy: Tensor) -> list[Any]:
    _, indices, flow = op.inputs
    grads, after = _gradients_of(op, flow)
    return [None, None, raw.TensorArrayScatterV3(grads, indices, dy, after)]


def _scatter_shape(op: Operation) -> list[Shape]:
    indices = with_rank(op.inputs[1].static_shape, 1)
    value = at_least_rank(op.inputs[2].static_shape, 1)
    if indices is not None and value is not None:
        merge_dims(value[0], indices[0])
    return [()]


scatter_op = define(
    "TensorArrayScatterV3",
    "handle: resource, indices: int32, value: T, flow_in: float32 -> flow_out: float32",
    shape=_scatter_shape, stateful=True,
    doc="Sets some elements to the rows of a tensor.",
)  # fmt: skip


@scatter_op.kernel("CPU")
def _(handle: Any, indices: Any, value: Any, flow_in: Any, T: DType) -> Any:
    cells = _cells_of(handle)
    cells.check_writable(T)
    _check_is_vector(indices)
    if np.ndim(value) == 0:
        invalid(
            "Input value for unpack must be at least a vector but received shape: []"
        )
    if len(indices) != len(value):
        invalid(
            "Expected len(indices) == values.shape[0], but saw: "
            f"{len(indices)} vs. {len(value)}"
        )
    if len(indices):
        last = int(indices.max())
        cells.ensure_size(last + 1)
        if last >= len(cells):
            invalid(f"Max scatter index must be < array size ({last} vs. {len(cells)})")
    for i, index in enumerate(indices.tolist()):
        cells.write(index, value[i, ...])
    return flow_in


@scatter_op.gradient
def _(op: Operation, flow: Tensor) -> list[Any]:
    _, indices, value, _ = op.inputs
    grads, after = _gradients_of(op, flow)
    shape = value.static_shape
    dvalue = raw.TensorArrayGatherV3(
        grads,
        indices,
        after,
        dtype=value.dtype.base_dtype,
        element_shape=None if shape is None else shape[1:],
    )
    return [None, None, dvalue, flow]


def _concat_shape(op: Operation) -> list[Shape]:
    rest = op.attrs["element_shape_except0"]
    return [None if rest is None else (None, *rest), (None,)]


concat_op = define(
    "TensorArrayConcatV3",
    "handle: resource, flow_in: float32 -> value: dtype, lengths: int64",
    dtype=types(), element_shape_except0=Attr("shape", None), shape=_concat_shape,
    stateful=True, doc="All elements, one after the other, and their lengths.",
)  # fmt: skip


@concat_op.kernel("CPU")
def _(
    handle: Any, flow_in: Any, dtype: DType, element_shape_except0: Shape
) -> tuple[Any, Any]:
    cells = _cells_of(handle)
    cells.check_readable(dtype)
    return cells.joined(element_shape_except0)


@concat_op.gradient
def _(op: Operation, dy: Tensor, _: Any) -> list[Any]:
    grads, after = _gradients_of(op, op.inputs[1])
    return [None, raw.TensorArraySplitV3(grads, dy, op.outputs[1], after)]


def _split_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[2].static_shape, 1)
    return [()]


split_op = define(
    "TensorArraySplitV3",
    "handle: resource, value: T, lengths: int64, flow_in: float32 -> flow_out: float32",
    shape=_split_shape, stateful=True,
    doc="Sets all elements to pieces of a tensor.",
)  # fmt: skip


@split_op.kernel("CPU")
def _(handle: Any, value: Any, lengths: Any, flow_in: Any, T: DType) -> Any:
    cells = _cells_of(handle)
    cells.check_writable(T)
    _check_pieces(value, lengths)
    cells.ensure_size(len(lengths))
    if len(cells) != len(lengths):
        invalid(
            "TensorArray's size is not equal to the size of lengths "
            f"({len(cells)} vs. {len(lengths)}), and the TensorArray is not marked as "
            "dynamically resizeable"
        )
    ends = np.cumsum(lengths)
    for i, (length, end) in enumerate(
        zip(lengths.tolist(), ends.tolist(), strict=True)
    ):
        cells.write(i, value[end - length : end])
    return flow_in


def _check_pieces(value: Any, lengths: Any) -> None:
    if np.ndim(lengths) != 1:
        found = format_list(np.shape(lengths))
        invalid(f"Expected lengths to be a vector, received shape: {found}")
    shape = format_list(np.shape(value))
    if np.ndim(value) == 0:
        invalid(f"Expected value to be at least a vector, but received shape: {shape}")
    if (lengths < 0).any():
        invalid("Expected all lengths to be >= 0")
    total = int(lengths.sum())
    if total != len(value):
        invalid(
            "Expected sum of lengths to be equal to values.shape[0], but sum of "
            f"lengths is {total} and value's shape is: {shape}"
        )


@split_op.gradient
def _(op: Operation, flow: Tensor) -> list[Any]:
    value = op.inputs[1]
    grads, after = _gradients_of(op, flow)
    shape = value.static_shape
    dvalue, _ = raw.TensorArrayConcatV3(
        grads,
        after,
        dtype=value.dtype.base_dtype,
        element_shape_except0=None if shape is None else shape[1:],
    )
    return [None, dvalue, None, flow]


size_op = define(
    "TensorArraySizeV3", "handle: resource, flow_in: float32 -> size: int32",
    shape=scalar, stateful=True, gradient=None, doc="How many elements there are.",
)  # fmt: skip


@size_op.kernel("CPU")
def _(handle: Any, flow_in: Any) -> Any:
    return np.int32(len(_cells_of(handle)))


close_op = define(
    "TensorArrayCloseV3", "handle: resource ->", stateful=True, gradient=None,
    doc="Forgets all elements.",
)  # fmt: skip


@close_op.kernel("CPU")
def _(handle: Any) -> None:
    _cells_of(handle).close()
