"""Sums of lists of tensors: `add_n` and `accumulate_n`.

Read next: `../autodiff/backprop.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import NUMERIC, as_dtype, variant
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import merged
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    format_list,
    is_compatible,
    merge,
    to_static,
)


def _sum_all(inputs: list[np.ndarray], what: str) -> Any:
    first = inputs[0]
    for i, other in enumerate(inputs):
        if np.shape(other) != np.shape(first):
            shapes = [format_list(np.shape(a)) for a in (first, other)]
            invalid(
                f"Inputs to operation {what} of type {what} must have the same size "
                f"and shape.  Input 0: {shapes[0]} != input {i}: {shapes[1]}"
            )
    if len(inputs) == 1:
        return first
    total = np.add(first, inputs[1])
    # The sum is new: the rest is added where it lies.
    where = total if isinstance(total, np.ndarray) else None
    for other in inputs[2:]:
        total = np.add(total, other, out=where)
    return total


add_n_op = define(
    "AddN", "inputs: N * T -> sum: T", T=types((*NUMERIC, variant)), shape=merged,
    gradient=lambda op, dy: [dy] * len(op.inputs), commutative=True,
    doc="The sum of tensors of one shape.",
)  # fmt: skip


@add_n_op.kernel("CPU")
def _(inputs: list[np.ndarray]) -> Any:
    return _sum_all(inputs, "AddN")


accumulate_n_op = define(
    "AccumulateNV2", "inputs: N * T -> sum: T",
    T=types(NUMERIC), shape=Attr("shape"), shape_rule=lambda op: [op.attrs["shape"]],
    gradient=lambda op, dy: [dy] * len(op.inputs), commutative=True,
    doc="The sum of tensors of one known shape.",
)  # fmt: skip


@accumulate_n_op.kernel("CPU")
def _(inputs: list[np.ndarray]) -> Any:
    return _sum_all(inputs, "AccumulateNV2")


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """The sum of a list of tensors.

    Args:
        inputs: a list of Tensors or IndexedSlices of one dtype and shape.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: the list is empty, or dtypes or shapes differ.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.add_n([[1., 2.], [3., 4.], [5., 6.]]))
        array([ 9., 12.], dtype=float32)
    """
    tensors = _same_kind(inputs)
    if len(tensors) == 1:
        return raw.Identity(tensors[0], name=name) if name else tensors[0]
    result: Tensor = raw.AddN(tensors, name=name)
    return result


def accumulate_n(
    inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None
) -> Tensor:
    """The sum of a list of tensors, added as they come.

    Args:
        inputs: a list of Tensors of one dtype and shape.
        shape: the shape, where the tensors do not tell.
        tensor_dtype: the dtype that they are expected to have.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: the list is empty, or dtypes or shapes differ.
        TypeError: `tensor_dtype` is another one.
    """
    tensors = _same_kind(inputs)
    known = to_static(shape)
    for tensor in tensors:
        known = merge(known, tensor.static_shape)
    dtype = tensors[0].dtype.base_dtype
    if tensor_dtype is not None and as_dtype(tensor_dtype) is not dtype:
        raise TypeError(
            f"tensor_dtype is {as_dtype(tensor_dtype)}, but input is of type {dtype}"
        )
    if len(tensors) == 1 and name is None:
        return tensors[0]
    result: Tensor
    if len(tensors) == 1:
        result = raw.Identity(tensors[0], name=name)
    elif known is None or None in known:
        result = raw.AddN(tensors, name=name or "AccumulateNV2")
    else:
        result = raw.AccumulateNV2(tensors, shape=known, name=name)
    return result


def _same_kind(inputs: Any) -> list[Tensor]:
    problem = (
        "inputs must be a list of at least one Tensor with the same dtype and shape"
    )
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(problem)
    tensors = [convert(t, None, "inputs") for t in inputs]
    first = tensors[0]
    for tensor in tensors:
        if tensor.dtype.base_dtype is not first.dtype.base_dtype or not is_compatible(
            tensor.static_shape, first.static_shape
        ):
            raise ValueError(problem)
    return tensors
