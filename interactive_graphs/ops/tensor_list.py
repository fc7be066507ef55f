"""Lists of tensors, which TensorFlow 2 has too: what our gradients of loops use.

A forward loop pushes what its gradient will need, the gradient's loop pops it. Lists
are values (`kernels/cpu/tensor_list.py`), so that the gradient of a push is a pop and
that of a pop a push, and gradients of gradients need nothing more. A graph that has
them runs in TensorFlow 2 and the other way round.
Read next: `../autodiff/control_flow.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.dtypes import INDEX, DType
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import at_least_rank, scalar
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu.tensor_list import (
    TensorList,
    concatenated,
    split,
)

NO_DIMS = np.zeros(0, np.int64)
"""The `leading_dims` of a TensorListConcatV2 all of whose elements are there."""

_ELEMENT = Attr("type")


def _shape_of(element_shape: Any) -> Shape:
    """The static shape that an `element_shape` input says, where -1 is unknown.

    Raises:
        InvalidArgumentError: it is a scalar other than -1.
    """
    dims = np.asarray(element_shape)
    if dims.ndim == 0:
        if dims != -1:
            invalid(
                "The only valid scalar shape tensor is the fully unknown shape "
                "specified as -1."
            )
        return None
    return tuple(None if d < 0 else d for d in dims.tolist())


def static_dims(shape: Shape) -> Any:
    """A static shape as an `element_shape` input takes it."""
    if shape is None:
        return -1
    return np.array([-1 if d is None else d for d in shape], np.int32)


def _known_shape(op: Operation, index: int) -> Shape:
    """The element shape that an input says, as far as it is known."""
    known = static_value(op.inputs[index])
    return None if known is None else _shape_of(known)


empty_op = define(
    "EmptyTensorList",
    "element_shape: shape_type, max_num_elements: int32 -> handle: variant",
    element_dtype=_ELEMENT, shape_type=types(INDEX), shape=scalar, gradient=None,
    doc="A list of no tensors.",
)  # fmt: skip


# Kernels take a ctx although they need none: a list must not become a constant.
@empty_op.kernel("CPU")
def _(
    ctx: Any, element_shape: Any, max_num_elements: Any, element_dtype: DType
) -> TensorList:
    return TensorList(element_dtype, _shape_of(element_shape), int(max_num_elements))


push_op = define(
    "TensorListPushBack",
    "input_handle: variant, tensor: element_dtype -> output_handle: variant",
    element_dtype=_ELEMENT, shape=scalar, doc="A list and one more tensor.",
)  # fmt: skip


@push_op.kernel("CPU")
def _(ctx: Any, input_handle: TensorList, tensor: Any) -> TensorList:
    return input_handle.push(tensor)


@push_op.gradient
def _(op: Operation, dlist: Tensor) -> list[Any]:
    tensor = op.inputs[1]
    rest, value = raw.TensorListPopBack(
        dlist, static_dims(tensor.static_shape), element_dtype=op.attrs["element_dtype"]
    )
    return [rest, value]


pop_op = define(
    "TensorListPopBack",
    "input_handle: variant, element_shape: int32 -> output_handle: variant, "
    "tensor: element_dtype",
    element_dtype=_ELEMENT, shape=lambda op: [(), _known_shape(op, 1)],
    doc="A list without its last tensor, and that.",
)  # fmt: skip


@pop_op.kernel("CPU")
def _(ctx: Any, input_handle: TensorList, element_shape: Any) -> tuple[TensorList, Any]:
    return input_handle.pop()


@pop_op.gradient
def _(op: Operation, dlist: Tensor, dvalue: Tensor) -> list[Any]:
    pushed = raw.TensorListPushBack(
        dlist, dvalue, element_dtype=op.attrs["element_dtype"]
    )
    return [pushed, None]


length_op = define(
    "TensorListLength", "input_handle: variant -> length: int32",
    shape=scalar, gradient=None, doc="How many tensors a list has.",
)  # fmt: skip


@length_op.kernel("CPU")
def _(ctx: Any, input_handle: TensorList) -> np.int32:
    return np.int32(input_handle.length)


def _concat_shape(op: Operation) -> list[Shape]:
    shape = _known_shape(op, 1)
    return [None if shape is None else (None, *shape[1:]), (None,)]


concat_op = define(
    "TensorListConcatV2",
    "input_handle: variant, element_shape: shape_type, leading_dims: int64 -> "
    "tensor: element_dtype, lengths: int64",
    element_dtype=_ELEMENT, shape_type=types(INDEX), shape=_concat_shape,
    doc="The tensors of a list, one after the other, and how many rows each has.",
)  # fmt: skip


@concat_op.kernel("CPU")
def _(
    ctx: Any, input_handle: TensorList, element_shape: Any, leading_dims: Any
) -> tuple[Any, Any]:
    return concatenated(input_handle, _shape_of(element_shape))


@concat_op.gradient
def _(op: Operation, dtensor: Tensor, _: Tensor) -> list[Any]:
    pieces = raw.TensorListSplit(
        dtensor, op.inputs[1], op.outputs[1], element_dtype=op.attrs["element_dtype"]
    )
    return [pieces, None, None]


def _split_shape(op: Operation) -> list[Shape]:
    at_least_rank(op.inputs[0].static_shape, 1)
    return [()]


split_op = define(
    "TensorListSplit",
    "tensor: element_dtype, element_shape: shape_type, lengths: int64 -> "
    "output_handle: variant",
    element_dtype=_ELEMENT, shape_type=types(INDEX), shape=_split_shape,
    doc="A list of pieces of a tensor, of so many rows each.",
)  # fmt: skip


@split_op.kernel("CPU")
def _(
    ctx: Any, tensor: Any, element_shape: Any, lengths: Any, element_dtype: DType
) -> TensorList:
    empty = TensorList(element_dtype, _shape_of(element_shape))
    return split(tensor, lengths, empty)


@split_op.gradient
def _(op: Operation, dlist: Tensor) -> list[Any]:
    tensor, _ = raw.TensorListConcatV2(
        dlist, op.inputs[1], NO_DIMS, element_dtype=op.attrs["element_dtype"]
    )
    return [tensor, None, None]


__all__ = ["NO_DIMS", "static_dims"]
