"""Tensors that have no value to look at: they say which variable, queue or list.

Read next: `variables.py`.
"""

from __future__ import annotations

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor


def is_handle(tensor: Tensor) -> bool:
    """Whether a tensor says which variable, queue or table: a reference or resource."""
    return tensor.dtype._is_ref_dtype or tensor.dtype.name == "resource"


def is_opaque(tensor: Tensor) -> bool:
    """Whether a tensor is a handle, or an object that is no array."""
    return is_handle(tensor) or tensor.dtype.name == "variant"


def gives_handle(op: Operation) -> bool:
    """Whether a node computes nothing: what it gives is there before the step."""
    return not op.inputs and any(is_handle(tensor) for tensor in op.outputs)
