"""Puts a tensor together from the parts in which a checkpoint keeps it.

Read next: `tensor_slice.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.formats.tensor_slice import TensorSlice


def assemble(
    name: str,
    shape: tuple[int, ...],
    held: Sequence[TensorSlice],
    wanted: TensorSlice | None,
    read: Callable[[TensorSlice], Any],
) -> Any:
    """A part of a tensor, or all of it, from the parts that are kept.

    Args:
        name: what errors call the tensor.
        shape: the shape of the whole.
        held: the parts that are kept; they do not overlap.
        wanted: which part is wanted; all when None.
        read: gives the elements of one that is kept.

    Raises:
        InvalidArgumentError: there is no such part, or some of it is not kept.
    """
    if wanted is None:
        wanted = TensorSlice((None,) * len(shape))
    bounds = wanted.bounds(shape)
    for part in held:
        if part.bounds(shape) == bounds:
            return read(part)
    pieces = []
    for part in dict.fromkeys(held):
        inside, outside = _overlap(bounds, part.bounds(shape))
        if inside is not None:
            pieces.append((outside, read(part)[inside]))
    size = tuple(stop - start for start, stop in bounds)
    if not pieces or sum(piece.size for _, piece in pieces) < math.prod(size):
        invalid(
            f"Does not have sufficient slices for partitioned tensor {name} to restore "
            f"in slice_spec: {wanted}"
        )
    result = np.zeros(size, pieces[0][1].dtype)
    for outside, piece in pieces:
        result[outside] = piece
    return result


def _overlap(
    wanted: list[tuple[int, int]], held: list[tuple[int, int]]
) -> tuple[tuple[slice, ...] | None, tuple[slice, ...]]:
    """Where two parts meet: as indices into the held one and into the wanted one."""
    inside, outside = [], []
    for (start, stop), (first, last) in zip(wanted, held, strict=True):
        low, high = max(start, first), min(stop, last)
        if low >= high:
            return None, ()
        inside.append(slice(low - first, high - first))
        outside.append(slice(low - start, high - start))
    return tuple(inside), tuple(outside)
