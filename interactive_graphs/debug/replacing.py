"""Whether a value may stand in for what a tensor was computed to be.

Read next: `attach.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.debug.handles import is_opaque
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import format_list
from interactive_graphs.runtime import boundary


def checked(op: Operation, outputs: tuple[Any, ...], replaced: Any) -> tuple[Any, ...]:
    """Replacement values of a node, one for each output.

    Args:
        op: the node.
        outputs: what it gave; None where there is no value.
        replaced: what is to go on instead.

    Returns:
        The values as kernels take them.

    Raises:
        TypeError: a value has another dtype.
        ValueError: there are too few or too many, or a shape does not fit.
    """
    if not isinstance(replaced, tuple):
        replaced = (replaced,)
    if len(replaced) != len(op.outputs):
        raise ValueError(
            f"'{op.name}' gives {len(op.outputs)} values, and {len(replaced)} were "
            "given to replace them."
        )
    return tuple(
        old if new is old or old is None else replacement(tensor, new)
        for tensor, old, new in zip(op.outputs, outputs, replaced, strict=True)
    )


def replacement(tensor: Tensor, value: Any) -> Any:
    """A value for a tensor, as kernels take it.

    Args:
        tensor: what is to have the value.
        value: a Python number, string, list or array. Numbers and lists without a
            dtype of their own become the tensor's where nothing is lost.

    Raises:
        TypeError: it has another dtype.
        ValueError: its shape does not fit, or the tensor's value is a resource.
    """
    dtype = tensor.dtype
    wanted = f"{dtype.base_dtype.name}{format_list(tensor.static_shape)}"
    if is_opaque(tensor):
        raise ValueError(
            f"{tensor.name} is no value but a variable or another resource; assign to "
            "the variable, or replace what was read from it."
        )
    array = _as_array(tensor, value, wanted)
    if not _fits(array.shape, tensor.static_shape):
        raise ValueError(
            f"{tensor.name} is {wanted}; a value of shape {format_list(array.shape)} "
            "does not fit."
        )
    if dtype.name == "string":
        return boundary.encode(array)
    return array[()] if array.ndim == 0 else array


def _as_array(tensor: Tensor, value: Any, wanted: str) -> np.ndarray:
    dtype = tensor.dtype.base_dtype
    given = np.asarray(value)
    if dtype.name == "string":
        if given.dtype.kind not in "OSU":
            raise TypeError(f"{tensor.name} is {wanted}; {given.dtype} does not fit.")
        return given
    if given.dtype == dtype.np_dtype:
        return np.array(given)  # a copy: what the user keeps may change
    typed = isinstance(value, (np.ndarray, np.generic))
    if not typed and given.dtype.kind in "bifc":
        with np.errstate(all="ignore"):
            converted = given.astype(dtype.np_dtype)
        if _keeps(given, converted):
            return converted
    shown = given.dtype if typed else repr(value)[:60]
    raise TypeError(f"{tensor.name} is {wanted}; {shown} does not fit.")


def _keeps(given: np.ndarray, converted: np.ndarray) -> bool:
    """Whether nothing but digits of a fraction was lost."""
    if (given.dtype.kind == "b") != (converted.dtype.kind == "b"):
        return False
    if given.dtype.kind == "c" and converted.dtype.kind != "c":
        return False
    if converted.dtype.kind in "iu":
        return bool(np.array_equal(given, converted))
    return True


def _fits(shape: tuple[int, ...], static: tuple[int | None, ...] | None) -> bool:
    if static is None:
        return True
    return len(shape) == len(static) and all(
        want is None or want == have for have, want in zip(shape, static, strict=True)
    )
