"""References: how a variable reaches those who change it and those who read it.

A kernel with a reference input gets the variable's resource; everyone else gets its
value at that moment. Which variable a reference means follows from the graph alone.
Read next: `dataflow.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs import errors
from interactive_graphs.framework import source
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu.resources import VariableResource
from interactive_graphs.runtime.blame import HOW_TO_INITIALISE
from interactive_graphs.runtime.state import SessionState


def owner(tensor: Tensor) -> Operation:
    """The operation that owns the variable a reference tensor refers to."""
    op = tensor.op
    while op.inputs and op.inputs[0].dtype._is_ref_dtype:
        op = op.inputs[0].op
    return op


def reads_variable(op: Operation) -> bool:
    """Whether an operation takes a reference, so that it matters when it runs."""
    for tensor in op.inputs:  # noqa: SIM110 - `any` takes three times as long
        if tensor.dtype._is_ref_dtype:
            return True
    return False


def resource_of(tensor: Tensor, state: SessionState) -> VariableResource:
    """The variable that a reference tensor refers to, in one session."""
    return state.context(owner(tensor)).variable()


def read(value: Any, tensor: Tensor, reader: Operation | None) -> Any:
    """The value that a non-reference consumer of a reference tensor sees.

    Args:
        value: what flowed: the resource, or the value an assignment gave.
        tensor: the reference tensor.
        reader: the operation that reads; the variable's own when None.

    Raises:
        FailedPreconditionError: the variable is uninitialised.
    """
    if not isinstance(value, VariableResource):
        return value
    held = value.settled()
    if held is None:
        raise uninitialized(tensor, reader)
    return held


def arguments(
    op: Operation, inputs: list[Any], resource: Callable[[Tensor], Any]
) -> list[Any]:
    """What a kernel takes: resources for reference inputs, elsewhere their values.

    Args:
        op: the node.
        inputs: what flowed.
        resource: gives the variable of a reference.
    """
    if not reads_variable(op):
        return inputs
    takes_ref = [arg.is_ref for arg in op.op_def.inputs]
    args = []
    for i, tensor in enumerate(op.inputs):
        if not tensor.dtype._is_ref_dtype:
            args.append(inputs[i])
        elif i < len(takes_ref) and takes_ref[i]:
            args.append(resource(tensor))
        else:
            args.append(read(inputs[i], tensor, op))
    return args


def uninitialized(tensor: Tensor, reader: Operation | None) -> errors.OpError:
    """The error of a variable that nobody initialised, with what mends it."""
    variable = owner(tensor)
    op = reader if reader is not None else variable
    error = errors.FailedPreconditionError(
        None,
        op,
        f"Attempting to use uninitialized value {variable.name}\n"
        f"\t [[{{{{node {op.name}}}}}]]",
    )
    where = source.describe(variable.stack)
    if where:
        error.add_note(f"Variable '{variable.name}' was {where}")
    error.add_note(HOW_TO_INITIALISE)
    return error
