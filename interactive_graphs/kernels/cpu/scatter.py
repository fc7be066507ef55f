"""Changing parts of an array: what the scatter ops of variables do to their values.

All functions give a new array; what readers of a variable hold does not change.

    >>> scatter(np.array([1, 2, 3]), np.array([0, 0]), np.array([10, 10]), "add")
    array([21,  2,  3])

Read next: `../../ops/state.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.tensor_shape import format_list

_UFUNCS: Final[dict[str, np.ufunc]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
}
_SCALARS: Final = (np.int32, np.int64)


def check_indices(indices: Any, limit: int) -> None:
    """Refuse indices outside `[0, limit)`.

    Raises:
        InvalidArgumentError: with the first one in TensorFlow's words.
    """
    if type(indices) in _SCALARS and 0 <= indices < limit:
        return
    indices = np.asarray(indices)
    bad = (indices < 0) | (indices >= limit)
    if bad.any():
        where = np.argwhere(bad)[0]
        at = f"[{','.join(map(str, where))}]" if indices.ndim else ""
        invalid(f"indices{at} = {indices[tuple(where)]} is not in [0, {limit})")


def scatter(params: Any, indices: Any, updates: Any, how: str) -> np.ndarray:
    """`params` with its rows `indices` changed by `updates`.

    Args:
        params: `[rows, ...]`.
        indices: integers of any shape; of equal ones, all count, and the last wins
            where they overwrite.
        updates: `[*indices.shape, ...]`, or a scalar for all.
        how: 'update', 'add', 'sub', 'mul', 'div', 'min' or 'max'.

    Raises:
        InvalidArgumentError: an index is out of range, or the shapes do not fit.
    """
    params, indices, updates = map(np.asarray, (params, indices, updates))
    if params.ndim == 0:
        invalid("params must be at least 1-D, got shape []")
    wanted = indices.shape + params.shape[1:]
    if updates.ndim and updates.shape != wanted:
        shapes = [format_list(s) for s in (updates.shape, indices.shape, params.shape)]
        invalid(
            "Must have updates.shape = indices.shape + params.shape[1:] or "
            f"updates.shape = [], got updates.shape {shapes[0]}, indices.shape "
            f"{shapes[1]}, params.shape {shapes[2]}"
        )
    check_indices(indices, params.shape[0])
    rows = indices.reshape(-1)
    changes = np.broadcast_to(updates, wanted).reshape((rows.size, *params.shape[1:]))
    return _apply(params.copy(), (rows,), changes, how)


def scatter_nd(params: Any, indices: Any, updates: Any, how: str) -> np.ndarray:
    """`params` with the elements or slices at `indices` changed by `updates`.

    Args:
        params: of any shape.
        indices: `[..., depth]`: the last dimension holds one index into `params`.
        updates: `[..., *params.shape[depth:]]`.
        how: as for `scatter`.

    Raises:
        InvalidArgumentError: an index is out of range, or the shapes do not fit.
    """
    params, indices, updates = map(np.asarray, (params, indices, updates))
    depth = indices.shape[-1] if indices.ndim else 0
    wanted = indices.shape[:-1] + params.shape[depth:]
    if indices.ndim == 0 or depth > params.ndim or updates.shape != wanted:
        shapes = [format_list(s) for s in (indices.shape, updates.shape, params.shape)]
        invalid(
            "Must have updates.shape = indices.shape[:batch_dim] + "
            f"params_shape[slice_dim:], got updates.shape: {shapes[1]}, "
            f"indices.shape: {shapes[0]}, params_shape: {shapes[2]}"
        )
    flat = indices.reshape(-1, depth)
    bad = ((flat < 0) | (flat >= params.shape[:depth])).any(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        at = ",".join(map(str, np.unravel_index(row, indices.shape[:-1])))
        invalid(
            f"indices[{at}] = {format_list(flat[row])} does not index into shape "
            f"{format_list(params.shape)}"
        )
    changes = updates.reshape((len(flat), *params.shape[depth:]))
    return _apply(params.copy(), tuple(flat.T), changes, how)


def _apply(target: np.ndarray, where: Any, changes: np.ndarray, how: str) -> np.ndarray:
    """Change `target` in place; it is given back."""
    if how == "update":
        target[where] = changes
        return target
    if how == "div":
        return _divide(target, where, changes)
    ufunc = _UFUNCS[how]
    try:
        ufunc.at(target, where, changes)
    except TypeError:  # the element type has no `at`, as bfloat16
        for i in range(len(changes)):
            at = tuple(axis[i] for axis in where)
            target[at] = ufunc(target[at], changes[i])
    return target


def _divide(target: np.ndarray, where: Any, changes: np.ndarray) -> np.ndarray:
    """As `_apply`; integers are divided as in C, towards zero."""
    whole = target.dtype.kind in "iu"
    if whole and (changes == 0).any():
        invalid("Integer division by zero")
    for i in range(len(changes)):
        at = tuple(axis[i] for axis in where)
        quotient = np.divide(target[at], changes[i])
        target[at] = np.trunc(quotient) if whole else quotient
    return target
