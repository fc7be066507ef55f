"""Values as text, as TensorFlow's engine prints them in `Assert` and `Print`.

summarize(np.arange(5), 3) == "0 1 2..." Read next: `../../ops/debug.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_ESCAPES = {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    ord('"'): '\\"',
    ord("'"): "\\'",
    ord("\\"): "\\\\",
}


def c_escape(text: bytes) -> str:
    """Bytes as the inside of a string literal of C."""
    return "".join(
        _ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in text
    )


def _float_text(value: float, short: int, full: int, back: Any) -> str:
    """The shortest of two precisions that reads back as the same number."""
    text = f"{value:.{short}g}"
    return text if back(text) == back(value) else f"{value:.{full}g}"


def element(value: Any) -> str:
    """One element."""
    if isinstance(value, (bytes, str)):
        return c_escape(value if isinstance(value, bytes) else value.encode())
    kind = getattr(value, "dtype", np.dtype(object)).kind
    if kind == "b":
        return "1" if value else "0"
    if kind in "iu":
        return str(int(value))
    if kind == "c":
        return "?"  # the engine has no words for them
    number = float(value)
    if number != number:
        return "nan"
    if value.dtype == np.float64:
        return _float_text(number, 15, 17, float)
    return _float_text(number, 6, 9, np.float32)


def summarize(value: Any, limit: int) -> str:
    """The first `limit` elements; all when it is negative.

    Args:
        value: an array or scalar.
        limit: how many elements to show before '...'.

    Returns:
        The elements of a vector between blanks; rows of higher ranks in brackets.
    """
    array = np.asarray(value)
    if limit < 0:
        limit = array.size
    if array.size == 0:
        return ""
    shown: list[str] = []
    flat = array.reshape(-1)
    if array.ndim <= 1:
        shown.append(" ".join(element(v) for v in flat[:limit]))
    else:
        _rows(flat, array.shape, 0, 0, limit, shown)
    return "".join(shown) + ("..." if array.size > limit else "")


def _rows(
    flat: np.ndarray,
    shape: tuple[int, ...],
    dim: int,
    start: int,
    limit: int,
    shown: list[str],
) -> None:
    """Append the part of `flat` that starts at `start`, from dimension `dim` on."""
    if dim == len(shape) - 1:
        stop = start + shape[dim]
        shown.append(" ".join(element(v) for v in flat[start : min(stop, limit)]))
        if stop > limit:
            shown.append("...")
        return
    step = int(np.prod(shape[dim + 1 :]))
    for i in range(shape[dim]):
        if start + i * step >= limit:
            return
        shown.append("[")
        _rows(flat, shape, dim + 1, start + i * step, limit, shown)
        shown.append("]")
