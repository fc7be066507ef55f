"""Spectra with frequency zero in the middle, and Vorbis's window.

Read next: `signal_ops.py`.
"""

from __future__ import annotations

import math
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import as_dtype, float32, int32
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.tensor import Tensor


def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Each axis turned by half its length: frequency zero comes to the middle.

    Args:
        x: any dtype.
        axes: an int or a list of them; all when None.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.signal.fftshift([0, 1, 2, -2, -1]))
        array([-2, -1,  0,  1,  2], dtype=int32)
    """
    return _shifted(x, axes, name, "fftshift", 1)


def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """What `fftshift` did, undone, also where a length is odd.

    Args:
        x: any dtype.
        axes: an int or a list of them; all when None.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    return _shifted(x, axes, name, "ifftshift", -1)


def _shifted(x: Any, axes: Any, name: str | None, default: str, sign: int) -> Tensor:
    with name_scope(name, default) as scope:
        tensor = convert(x, None)
        sizes = raw.Shape(tensor)
        if axes is None:
            along = raw.Range(0, raw.Rank(tensor), 1)
        else:
            sizes = raw.GatherV2(sizes, _from_front(axes, tensor), 0)
            along = axes
        half = raw.FloorDiv(sizes, 2)
        shift = half if sign > 0 else raw.Neg(half)
        result: Tensor = raw.Roll(tensor, shift, along, name=scope)
        return result


def _from_front(axes: Any, tensor: Tensor) -> Any:
    rank = raw.Rank(tensor)
    return raw.FloorMod(convert(axes, int32, "axes"), rank)


def vorbis_window(
    window_length: Any, dtype: Any = float32, name: str | None = None
) -> Tensor:
    """Weights that rise from 0 to 1 and fall again, smoothly: those of Vorbis.

    Args:
        window_length: how many, an int32 scalar.
        dtype: a floating dtype.
        name: of the scope.

    Returns:
        A vector of that dtype.
    """
    with name_scope(name, "vorbis_window"):
        wanted = as_dtype(dtype)
        count = convert(window_length, int32, "window_length")
        steps = raw.Cast(raw.Range(0, count, 1), DstT=wanted)
        turn = math.pi / raw.Cast(count, DstT=wanted)
        inner = raw.Square(raw.Sin((steps + 0.5) * turn))
        result: Tensor = raw.Sin(math.pi / 2 * inner)
        return result
