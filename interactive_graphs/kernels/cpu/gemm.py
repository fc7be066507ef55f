"""Matrix products, shared among threads in a way that no load can spoil.

    product(a, b)                        # what np.matmul gives

numpy's BLAS shares even a product of a tenth of a millisecond among all cores, and then
waits, spinning, for the slowest. Where something else has one of the cores, that wait
is a turn of the scheduler: beside two busy processes the steps of a small net took
twenty times as long as with one thread. It also rounds otherwise with another number of
threads. Products of some size are therefore made by one thread of BLAS
(`_util/blas_threads.py`), and large ones in pieces that `helpers.py` helps with. The
pieces follow from the sizes, so the bits do. Read next: `conv.py`.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs._util import blas_threads
from interactive_graphs.kernels.cpu import helpers

# Multiplications of one product. Up to the first, OpenBLAS takes one thread by itself;
# from the second on, help is worth the 20 us that handing over takes.
_ALONE_UP_TO: Final = 1 << 18
_WORTH_SHARING: Final = 1 << 23
# BLAS makes blocks of rows and of columns; pieces of so many are whole ones.
_BLOCK: Final = 16


def product(a: Any, b: Any, out: np.ndarray | None = None) -> Any:
    """The matrix product of `[..., m, k]` and `[..., k, n]`, in their dtype.

    Args:
        a: an array of two dimensions or more.
        b: the same.
        out: where it goes, of its shape and dtype; new memory if None.
    """
    if is_small(a.shape[-2], b.shape[-2], b.shape[-1]) and a.ndim == b.ndim == 2:
        return np.matmul(a, b, out)
    holder = object()
    try:
        threads = blas_threads.hold(holder)
        pieces = _pieces(a.shape, b.shape)
        if len(pieces) < 2:
            return np.matmul(a, b, out)
        if out is None:
            out = np.empty(_shape(a.shape, b.shape), np.result_type(a, b))
        helpers.share(lambda piece: _make(a, b, out, piece), pieces, threads)
        return out
    finally:
        try:
            blas_threads.let_go(holder)
        except BaseException:  # an interrupt, before it could
            blas_threads.let_go(holder)
            raise


def is_small(m: int, k: int, n: int) -> bool:
    """Whether BLAS makes a product of `[m, k]` and `[k, n]` in one thread anyway."""
    return m * k * n <= _ALONE_UP_TO


class _Piece(NamedTuple):
    """What a product is cut into: some matrices of the stack, or a part of each."""

    axis: int  # of the stack, from behind, or 0
    stack: slice
    rows: slice
    columns: slice


_ALL: Final = slice(None)


def _shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    return (*np.broadcast_shapes(a[:-2], b[:-2]), a[-2], b[-1])


@functools.lru_cache(1024)
def _pieces(a: tuple[int, ...], b: tuple[int, ...]) -> list[_Piece]:
    """How a product is cut, by its sizes; nothing for one that is made as a whole."""
    if a[-1] != b[-2]:
        return []  # numpy will say so
    shape = _shape(a, b)
    work = math.prod(shape) * a[-1]
    if work < _WORTH_SHARING:
        return []
    # Not too small, since each packs its factors anew; enough for many cores.
    count = max(min(work >> 22, 16), min(work >> 28, 64))
    for axis in range(-len(shape), -2):
        if shape[axis] >= count:
            return [_Piece(axis, x, _ALL, _ALL) for x in _parts(shape[axis], count, 1)]
    across, down = _grid(shape[-2], shape[-1], count)
    return [
        _Piece(0, _ALL, rows, columns)
        for rows in _parts(shape[-2], across, _BLOCK)
        for columns in _parts(shape[-1], down, _BLOCK)
    ]


def _grid(rows: int, columns: int, count: int) -> tuple[int, int]:
    """Into how many parts to cut rows and columns, so that pieces are nearly square."""
    across = down = 1
    while across * down < count:
        if rows * down >= columns * across:
            across *= 2
        else:
            down *= 2
    return across, down


def _parts(size: int, count: int, block: int) -> list[slice]:
    """Slices of whole blocks, as far as that goes, of nearly the same length."""
    step = -(-size // (count * block)) * block
    return [slice(start, start + step) for start in range(0, size, step)]


def _make(a: Any, b: Any, out: Any, piece: _Piece) -> None:
    """One piece of the product, into its place."""
    axis, stack, rows, columns = piece
    if axis:
        a, b, out = (_some(x, axis, stack) for x in (a, b, out))
    else:
        a, b, out = a[..., rows, :], b[..., columns], out[..., rows, columns]
    np.matmul(a, b, out)


def _some(x: Any, axis: int, part: slice) -> Any:
    """Some matrices of a stack, unless it has the same ones all along."""
    if x.ndim < -axis or x.shape[axis] == 1:
        return x
    return x[(..., part, *(_ALL,) * (-1 - axis))]
