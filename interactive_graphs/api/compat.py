"""`tf.compat`: `tf.compat.v1.Session` is `tf.Session`, and strings of both kinds."""

from __future__ import annotations

import numbers
import os
import sys
from typing import Any, Final

import numpy as np

from interactive_graphs._util import missing

bytes_or_text_types: Final = (bytes, str)
complex_types: Final = (numbers.Complex, np.number)
integral_types: Final = (numbers.Integral, np.integer)
real_types: Final = (numbers.Real, np.integer, np.floating)


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """Text or bytes as bytes.

    Args:
        bytes_or_text: a str or bytes.
        encoding: of the bytes.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """Text or bytes as text.

    Args:
        bytes_or_text: a str or bytes.
        encoding: of the bytes.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


as_str = as_text


def as_str_any(value: Any) -> str:
    """`as_str` of strings and bytes, `str` of anything else."""
    return as_str(value) if isinstance(value, bytes) else str(value)


def path_to_str(path: Any) -> Any:
    """A path object as a str; anything else as it is."""
    return os.fspath(path) if hasattr(path, "__fspath__") else path


_unknown = missing.unknown("tf.compat", __name__)


def __getattr__(name: str) -> Any:
    """`v1` is the whole package: its names are TensorFlow 1's already."""
    if name == "v1":
        return sys.modules["interactive_graphs"]
    return _unknown(name)
