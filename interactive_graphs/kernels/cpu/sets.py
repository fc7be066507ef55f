"""Sets in the last dimension of tensors, and how far sequences there are apart.

Read next: `../../ops/sets.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.tensor_shape import format_list

Groups = dict[tuple[int, ...], list[Any]]
"""The elements of each last dimension, by the indices in front of it."""

OPERATIONS: Final[dict[str, Callable[[set[Any], set[Any]], set[Any]]]] = {
    "a-b": lambda a, b: a - b,
    "b-a": lambda a, b: b - a,
    "intersection": lambda a, b: a & b,
    "union": lambda a, b: a | b,
}


def check_indices(indices: np.ndarray, shape: np.ndarray) -> None:
    """Refuse indices that are outside, twice there or out of order."""
    dims = shape.tolist()
    before: list[int] | None = None
    for i, index in enumerate(indices.tolist()):
        if any(not 0 <= n < d for n, d in zip(index, dims, strict=True)):
            invalid(
                f"indices[{i}] = {format_list(index)} is out of bounds: need 0 <= "
                f"index < {format_list(dims)}"
            )
        if before is not None and index == before:
            invalid(f"indices[{i}] = {format_list(index)} is repeated")
        if before is not None and index < before:
            invalid(
                f"indices[{i}] = {format_list(index)} is out of order. Many sparse ops "
                "require sorted indices.\n    Use `tf.sparse.reorder` to create a "
                "correctly ordered copy."
            )
        before = index


def sparse_groups(indices: np.ndarray, values: np.ndarray) -> Groups:
    """The groups of a sparse tensor, whose indices are sorted."""
    groups: Groups = {}
    for index, value in zip(indices.tolist(), values.tolist(), strict=True):
        groups.setdefault(tuple(index[:-1]), []).append(value)
    return groups


def dense_groups(values: np.ndarray) -> Groups:
    """The groups of an array."""
    return {index: values[index].tolist() for index in np.ndindex(values.shape[:-1])}


def combine(
    a: Groups, b: Groups, group_shape: tuple[int, ...], operation: str, dtype: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An operation on the sets of two tensors, as a sparse tensor.

    Args:
        a: the sets of the first.
        b: those of the second.
        group_shape: all dimensions but the last.
        operation: of `OPERATIONS`.
        dtype: of the elements.

    Returns:
        Indices, values and shape; the elements of each set are in order.
    """
    function = OPERATIONS[operation]
    indices: list[tuple[int, ...]] = []
    values: list[Any] = []
    most = 0
    for group in sorted(a.keys() | b.keys()):
        found = sorted(function(set(a.get(group, ())), set(b.get(group, ()))))
        most = max(most, len(found))
        indices += [(*group, i) for i in range(len(found))]
        values += found
    rank = len(group_shape) + 1
    elements = np.empty(len(values), dtype)
    elements[:] = values
    return (
        np.array(indices, np.int64).reshape(-1, rank),
        elements,
        np.array([*group_shape, most], np.int64),
    )


def sizes(groups: Groups, group_shape: tuple[int, ...]) -> np.ndarray:
    """How many different elements each set has, int32."""
    counts = np.zeros(group_shape, np.int32)
    for group, elements in groups.items():
        counts[group] = len(set(elements))
    return counts


def edit_distances(
    hypothesis: Groups, truth: Groups, shape: tuple[int, ...], normalize: bool
) -> np.ndarray:
    """How many changes make each sequence of the first the one of the second.

    Args:
        hypothesis: the sequences of the first.
        truth: those of the second.
        shape: all dimensions but the last.
        normalize: whether to divide by the length of the second.

    Returns:
        float32, of that shape.
    """
    distances = np.zeros(shape, np.float32)
    for group in hypothesis.keys() | truth.keys():
        found, wanted = hypothesis.get(group, []), truth.get(group, [])
        distance = float(_levenshtein(found, wanted))
        if normalize:
            distance = distance / len(wanted) if wanted else np.inf
        distances[group] = distance
    return distances


def _levenshtein(a: Iterable[Any], b: list[Any]) -> int:
    """Insertions, deletions and replacements."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y)),
            )
    return row[-1]
