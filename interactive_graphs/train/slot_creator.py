"""Slots: variables that an optimizer or an average keeps beside another variable.

A slot of `w` named 'Momentum' is the variable `w/Momentum`, in the place of `w`.
Read next: `optimizer.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.constant import constant, zeros
from interactive_graphs.ops.save_slice import SaveSliceInfo
from interactive_graphs.ops.variable_scope import (
    get_variable,
    no_regularizer,
    variable_scope,
)
from interactive_graphs.ops.variables import Variable


def create_slot(
    primary: Any, val: Tensor, name: str, colocate_with_primary: bool = True
) -> Variable:
    """A slot that starts as a tensor.

    Args:
        primary: the variable or tensor it belongs to.
        val: its initial value.
        name: the slot's name.
        colocate_with_primary: put it where `primary` is.
    """
    return _create(primary, val, val.dtype.base_dtype, name, colocate_with_primary)


def create_slot_with_initializer(
    primary: Any,
    initializer: Callable[..., Any],
    shape: Any,
    dtype: Any,
    name: str,
    colocate_with_primary: bool = True,
) -> Variable:
    """A slot that starts as `initializer(shape, dtype)`.

    Args:
        primary: the variable or tensor it belongs to.
        initializer: gives a tensor of that shape and dtype.
        shape: of its values.
        dtype: of its values.
        name: the slot's name.
        colocate_with_primary: put it where `primary` is.
    """
    dims = shape.as_list()

    def start() -> Any:
        return initializer(dims, dtype)

    return _create(primary, start, dtype, name, colocate_with_primary)


def create_zeros_slot(
    primary: Any,
    name: str,
    dtype: DType | None = None,
    colocate_with_primary: bool = True,
) -> Variable:
    """A slot of the shape of `primary` that starts as zeros.

    Args:
        primary: the variable or tensor it belongs to.
        name: the slot's name.
        dtype: of its values, that of `primary` when None.
        colocate_with_primary: put it where `primary` is.
    """
    return create_filled_slot(primary, 0.0, name, dtype, colocate_with_primary)


def create_filled_slot(
    primary: Any,
    value: float,
    name: str,
    dtype: DType | None = None,
    colocate_with_primary: bool = True,
) -> Variable:
    """A slot of the shape of `primary` that starts as `value` everywhere.

    Args:
        primary: the variable or tensor it belongs to.
        value: a number.
        name: the slot's name.
        dtype: of its values, that of `primary` when None.
        colocate_with_primary: put it where `primary` is.
    """
    wanted = primary.dtype.base_dtype if dtype is None else dtype
    shape = primary.get_shape()

    def fill(dims: Any, dtype: DType) -> Tensor:
        return constant(value, dtype, dims) if value else zeros(dims, dtype)

    if shape.is_fully_defined():
        return create_slot_with_initializer(
            primary, fill, shape, wanted, name, colocate_with_primary
        )
    start = primary.initialized_value() if isinstance(primary, Variable) else primary
    filled = raw.Fill(raw.Shape(start), convert(value, wanted))
    return create_slot(primary, filled, name, colocate_with_primary)


def _create(
    primary: Any, start: Any, dtype: DType, name: str, colocate: bool
) -> Variable:
    graph = primary.graph
    place = graph.colocate_with(primary.op) if colocate else nullcontext()
    # A default name: a second slot of that name becomes `w/Momentum_1`.
    default_name = f"{primary.op.name}/{name}"
    with graph.as_default(), variable_scope(None, default_name) as scope, place:
        scope.set_partitioner(None)
        slot: Variable = get_variable(
            "",
            dtype=dtype,
            initializer=start,
            regularizer=no_regularizer,
            trainable=False,
            use_resource=hasattr(primary, "handle"),
            validate_shape=primary.get_shape().is_fully_defined(),
        )
    part = primary._get_save_slice_info() if isinstance(primary, Variable) else None
    if part is not None:
        # The slot of a part is a part of the slot.
        own = slot.op.name.rpartition(f"{primary.op.name}/")[2]
        slot._set_save_slice_info(
            SaveSliceInfo(
                f"{part.full_name}/{own}",
                list(part.full_shape),
                list(part.var_offset),
                list(part.var_shape),
            )
        )
    return slot
