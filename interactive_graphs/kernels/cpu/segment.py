"""Reductions of rows that share a segment number.

Read next: `../../ops/segment.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def reduce_rows(data: Any, ids: Any, count: int, ufunc: Any, empty: Any) -> Any:
    """Reduce the rows of each segment.

    Args:
        data: `[n, ...]`.
        ids: `[n]`, the segment of each row; rows of negative ones are left out.
        count: how many segments there are; every id is below it.
        ufunc: numpy's add, multiply, maximum or minimum.
        empty: what segments without rows hold.

    Returns:
        An array of the dtype of `data`, `[count, ...]`.
    """
    out = np.full((count, *data.shape[1:]), empty, data.dtype)
    keep = ids >= 0
    if not keep.all():
        data, ids = data[keep], ids[keep]
    if len(ids) == 0:
        return out
    if (ids[1:] < ids[:-1]).any():
        order = np.argsort(ids, kind="stable")
        data, ids = data[order], ids[order]
    # Sorted, a segment is a run of rows, which reduceat takes at once.
    starts = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))
    is_sum_of_16_bit = ufunc is np.add and data.dtype.itemsize == 2
    wide = is_sum_of_16_bit and data.dtype.kind in "fV"
    rows = data.astype(np.float32) if wide else data
    out[ids[starts]] = _reduce_runs(rows, starts, ufunc).astype(data.dtype, copy=False)
    return out


_LONG = 32
"""From so many elements on numpy goes through a row faster than through a column."""


def _reduce_runs(rows: Any, starts: Any, ufunc: Any) -> Any:
    """Reduce the rows from each start to the next."""
    lengths = np.diff(starts, append=len(rows))
    longest = int(lengths.max())
    is_wide = rows.ndim > 1 and rows[0].size >= _LONG
    if not is_wide or longest > len(starts):
        return ufunc.reduceat(rows, starts, axis=0, dtype=rows.dtype)
    # The second rows of all runs, the third, ... Runs by falling length are those that
    # have one as a slice.
    order = np.argsort(-lengths, kind="stable")
    firsts, falling = starts[order], -lengths[order]
    total = rows.take(firsts, axis=0)
    taken = np.empty_like(total)
    counts = np.searchsorted(falling, -np.arange(1, longest), side="left")
    for i, count in enumerate(counts.tolist(), 1):
        part, others = total[:count], taken[:count]
        # No index is outside; told to look for none, numpy writes to `out` at once.
        rows.take(firsts[:count] + i, axis=0, out=others, mode="clip")
        ufunc(part, others, out=part)
    reduced = np.empty_like(total)
    reduced[order] = total
    return reduced


def counts(ids: Any, count: int) -> Any:
    """How many rows each segment has, int64 `[count]`; negative ids are left out."""
    return np.bincount(ids[ids >= 0], minlength=count)


def divide_rows(total: Any, by: Any) -> Any:
    """Each row by a number of its own, in the dtype of the rows.

    Args:
        total: `[n, ...]`.
        by: `[n]`, positive.
    """
    by = by.reshape((-1,) + (1,) * (total.ndim - 1))
    if total.dtype.kind in "iu":
        # Towards zero, as C divides.
        return (np.sign(total) * (np.abs(total) // by)).astype(total.dtype)
    return (total / by.astype(total.dtype)).astype(total.dtype)
