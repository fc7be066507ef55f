"""Batches: elements put together, padded where they differ, or as sparse rows.

Read next: `prefetch.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.tensor_shape import format_list
from interactive_graphs.kernels.cpu.dataset_nested import windows
from interactive_graphs.kernels.cpu.datasets import Dataset, Element, Signature


class Batched(Dataset):
    """So many elements in one, with a new outer dimension."""

    def __init__(
        self, source: Dataset, size: int, drop_remainder: bool, signature: Signature
    ) -> None:
        """See the class."""
        super().__init__(signature)
        self._source = source
        self._size = size
        self._drop = drop_remainder

    def elements(self) -> Iterator[Element]:
        """The batches; those of a table are taken out of its arrays at once."""
        size = self._size
        least = size if self._drop else 1
        table = self._source.table()
        if table is not None:
            return _TableBatches(table, self._source.rows(), size, least)
        return _Batches(self._source.elements(), size, least)


class _TableBatches:
    def __init__(
        self, table: list[np.ndarray], rows: Iterator[int], size: int, least: int
    ) -> None:
        self._table = table
        self._rows = rows
        self._size = size
        self._least = least

    def __iter__(self) -> Iterator[Element]:
        return self

    def __next__(self) -> Element:
        rows = list(itertools.islice(self._rows, self._size))
        if len(rows) < self._least:
            raise StopIteration
        if rows[-1] - rows[0] == len(rows) - 1 and rows == list(
            range(rows[0], rows[-1] + 1)
        ):
            return tuple([a[rows[0] : rows[-1] + 1] for a in self._table])
        return tuple([a.take(rows, 0) for a in self._table])


class _Batches:
    def __init__(self, source: Iterator[Element], size: int, least: int) -> None:
        self._source = source
        self._size = size
        self._least = least

    def __iter__(self) -> Iterator[Element]:
        return self

    def __next__(self) -> Element:
        elements = list(itertools.islice(self._source, self._size))
        if len(elements) < self._least:
            raise StopIteration
        columns = zip(*elements, strict=True)
        return tuple([stack(column, i) for i, column in enumerate(columns)])


def stack(values: Sequence[Any], component: int = 0) -> np.ndarray:
    """Values of one shape as one array.

    Args:
        values: at least one.
        component: its number, for the message.

    Raises:
        InvalidArgumentError: the shapes differ.
    """
    first = values[0]
    if not isinstance(first, (np.ndarray, np.generic)):  # datasets, handles
        held = np.empty(len(values), object)
        held[:] = values
        return held
    shape = first.shape
    for i, value in enumerate(values):
        if value.shape != shape:
            invalid(
                "Cannot batch tensors with different shapes in component "
                f"{component}. First element had shape {format_list(shape)} and "
                f"element {i} had shape {format_list(value.shape)}."
            )
    if not shape and first.dtype != object:
        return np.array(values, first.dtype)
    if len(shape) >= 1 and first.dtype != object:
        # Quicker than np.stack, which looks at each array for a long time.
        return np.concatenate(values).reshape(len(values), *shape)
    batch = np.empty((len(values), *shape), first.dtype)
    for i, value in enumerate(values):
        batch[i, ...] = value
    return batch


class PaddedBatches(Dataset):
    """Batches of elements that are padded to one shape."""

    def __init__(
        self,
        source: Dataset,
        size: int,
        padded: Sequence[Sequence[int]],
        padding: Sequence[Any],
        drop_remainder: bool,
        signature: Signature,
    ) -> None:
        """See the class; -1 in `padded` stands for the largest size of the batch."""
        super().__init__(signature)
        self._source = source
        self._size = size
        self._padded = padded
        self._padding = padding
        self._least = size if drop_remainder else 1

    def elements(self) -> Iterator[Element]:
        """The batches."""
        return _Padded(self)

    def batch(self, elements: list[Element]) -> Element:
        """One batch."""
        columns = zip(*elements, strict=True)
        return tuple(
            [
                pad(column, self._padded[i], self._padding[i], i)
                for i, column in enumerate(columns)
            ]
        )


class _Padded:
    def __init__(self, dataset: PaddedBatches) -> None:
        self._dataset = dataset
        self._source = dataset._source.elements()

    def __iter__(self) -> Iterator[Element]:
        return self

    def __next__(self) -> Element:
        elements = list(itertools.islice(self._source, self._dataset._size))
        if len(elements) < self._dataset._least:
            raise StopIteration
        return self._dataset.batch(elements)


def pad(
    values: Sequence[Any], padded: Sequence[int], padding: Any, component: int
) -> np.ndarray:
    """Values of different shapes as one array.

    Args:
        values: at least one.
        padded: the shape to pad to; -1 for the largest size that occurs.
        padding: what to fill up with, a scalar.
        component: its number, for the message.

    Raises:
        InvalidArgumentError: a value is of another rank.
        DataLossError: a value is larger than that.
    """
    rank = len(padded)
    for value in values:
        if value.ndim != rank:
            invalid(
                "All elements in a batch must have the same rank as the padded shape "
                f"for component {component}: expected rank {rank} but got element "
                f"with rank {value.ndim}"
            )
    sizes = [
        max(v.shape[d] for v in values) if size < 0 else size
        for d, size in enumerate(padded)
    ]
    first = values[0]
    fill = padding.item() if isinstance(padding, np.ndarray) else padding
    batch = np.full((len(values), *sizes), fill, first.dtype)
    for row, value in zip(batch, values, strict=True) if rank else ():
        if any(have > most for have, most in zip(value.shape, sizes, strict=True)):
            raise errors.DataLossError(
                None,
                None,
                "Attempted to pad to a smaller size than the input element.",
            )
        row[tuple(map(slice, value.shape))] = value
    if not rank:
        return stack(values, component)
    return batch


class SlidingBatches(Dataset):
    """Windows over the elements, each as a batch."""

    def __init__(
        self, source: Dataset, frame: tuple[int, int, int, bool], signature: Signature
    ) -> None:
        """A dataset of batches; `frame` is size, shift, stride, drop_remainder."""
        super().__init__(signature)
        self._source = source
        self._frame = frame

    def elements(self) -> Iterator[Element]:
        """The batches."""
        for window in windows(self._source.elements(), *self._frame):
            columns = zip(*window, strict=True)
            yield tuple([stack(column, i) for i, column in enumerate(columns)])


class SparseBatches(Dataset):
    """Batches of arrays that differ in size, each as the parts of a sparse tensor."""

    def __init__(
        self, source: Dataset, size: int, row_shape: Sequence[int], signature: Signature
    ) -> None:
        """See the class."""
        super().__init__(signature)
        self._source = source
        self._size = size
        self._row_shape = row_shape

    def elements(self) -> Iterator[Element]:
        """The batches, each a [3] variant: indices, values, shape."""
        source = self._source.elements()
        while elements := list(itertools.islice(source, self._size)):
            yield (self._batch([np.asarray(e[0]) for e in elements]),)

    def _batch(self, arrays: list[np.ndarray]) -> np.ndarray:
        rank = len(self._row_shape)
        for a in arrays:
            if a.ndim != rank:
                invalid(
                    f"Input element had shape ({format_list(a.shape)}) that is "
                    "incompatible with the row shape "
                    f"({format_list(tuple(self._row_shape))})."
                )
        row = [
            max(a.shape[d] for a in arrays) if size < 0 else size
            for d, size in enumerate(self._row_shape)
        ]
        for a in arrays:
            if any(have > most for have, most in zip(a.shape, row, strict=True)):
                raise errors.DataLossError(
                    None, None, "Input element had a dimension larger than row_shape."
                )
        indices = [
            np.concatenate(
                [np.full((a.size, 1), i), np.indices(a.shape).reshape(rank, a.size).T],
                1,
            )
            for i, a in enumerate(arrays)
        ]
        parts = np.empty(3, object)
        parts[0] = np.concatenate(indices).astype(np.int64)
        parts[1] = np.concatenate([a.reshape(-1) for a in arrays])
        parts[2] = np.array([len(arrays), *row], np.int64)
        return parts
