"""Values at the border of a step: strings on the way in, results on the way out.

Inside a step arrays are shared and never changed; what the user gets is theirs.
Read next: `compile.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs import errors


def encode(values: Any) -> np.ndarray:
    """Fed strings as the engine keeps them: an object array of bytes.

    Args:
        values: an array of str or bytes.

    Raises:
        InternalError: an element is neither, or cannot be encoded.
    """
    array = np.asarray(values)
    if array.dtype.kind == "S":
        return array.astype(object)
    flat = [_as_bytes(v) for v in array.astype(object).reshape(-1)]
    out = np.empty(len(flat), object)
    out[:] = flat
    return out.reshape(array.shape)


def _as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            return value.encode("utf-8")
        except UnicodeEncodeError:
            message = "Unable to get element as UTF-8."
            raise errors.InternalError(None, None, message) from None
    kind = type(value).__name__
    raise errors.InternalError(None, None, f"Unsupported object type {kind}")


def scalar_from(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`convert`, with numbers as numpy scalars: kernels are quicker on them."""

    def converted(value: Any) -> Any:
        array = convert(value)
        return array if array.ndim or array.dtype == object else array[()]

    return converted


def fresh(value: Any) -> Any:
    """A result that the step has just made and nobody else refers to."""
    if type(value) is np.ndarray:
        if value.ndim == 0:
            return value[()]
        if not value.flags.c_contiguous:
            return np.ascontiguousarray(value)
    return value


def owned(value: Any) -> Any:
    """A result that may share memory with a variable, a constant or a feed."""
    if type(value) is np.ndarray:
        return value.copy() if value.ndim else value[()]
    return value
