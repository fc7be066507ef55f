"""Datasets of datasets: flat maps, interleaving, windows and groups.

Read next: `dataset_batch.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.kernels.cpu.dataset_transforms import Caller
from interactive_graphs.kernels.cpu.datasets import (
    Chained,
    Dataset,
    Element,
    Signature,
)


def dataset_in(results: Sequence[Any]) -> Dataset:
    """The dataset that a function returned."""
    found = results[0]
    if isinstance(found, np.ndarray) and found.ndim == 0:
        found = found.item()
    if len(results) != 1 or not isinstance(found, Dataset):
        invalid("Function must return a single dataset variant tensor.")
    return found


def _starter(call: Caller) -> Callable[[Element], Iterator[Element]]:
    """From an element to an iterator over the dataset that `call` makes of it."""
    return lambda element: dataset_in(call(element)).elements()


class FlatMapped(Dataset):
    """The elements of the datasets that a function makes of elements."""

    def __init__(self, source: Dataset, call: Caller, signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._source = source
        self._call = call

    def elements(self) -> Iterator[Element]:
        """One dataset after the other."""
        inner = map(_starter(self._call), self._source.elements())
        return Chained(inner)


class Interleaved(Dataset):
    """As a flat map, with several datasets open at a time, a block from each."""

    def __init__(
        self,
        source: Dataset,
        call: Caller,
        cycle_length: int,
        block_length: int,
        signature: Signature,
    ) -> None:
        """See the class."""
        super().__init__(signature)
        self._source = source
        self._call = call
        self._cycle_length = cycle_length
        self._block_length = block_length

    def elements(self) -> Iterator[Element]:
        """In turns."""
        inner = map(_starter(self._call), self._source.elements())
        return _Turns(inner, self._cycle_length, self._block_length)


class _Turns:
    """Takes a block of items from each of several iterators in turn."""

    def __init__(
        self, source: Iterator[Iterator[Element]], cycle: int, block: int
    ) -> None:
        self._source: Iterator[Iterator[Element]] | None = source
        self._open: list[Iterator[Element] | None] = [None] * cycle
        self._block = block
        self._at = 0
        self._taken = 0

    def __iter__(self) -> Iterator[Element]:
        return self

    def __next__(self) -> Element:
        while True:
            now = self._open[self._at]
            if now is not None:
                for item in now:
                    self._taken += 1
                    if self._taken >= self._block:
                        self._turn()
                    return item
                self._open[self._at] = None
                self._turn()
            elif self._source is not None:
                following = next(self._source, None)
                if following is None:
                    self._source = None
                else:
                    self._open[self._at] = following
            elif any(i is not None for i in self._open):
                self._turn()
            else:
                raise StopIteration

    def _turn(self) -> None:
        self._at = (self._at + 1) % len(self._open)
        self._taken = 0


class Held(Dataset):
    """Elements that are there already."""

    def __init__(self, elements: Sequence[Element], signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._elements = elements

    def elements(self) -> Iterator[Element]:
        """They."""
        return iter(self._elements)

    def count(self) -> int:
        """How many."""
        return len(self._elements)


def windows(
    source: Iterator[Element],
    size: int,
    shift: int,
    stride: int,
    drop_remainder: bool,
) -> Iterator[list[Element]]:
    """Runs of `size` elements, `stride` apart, the next one `shift` further on.

    Args:
        source: the elements.
        size: how many make a window.
        shift: how far the next window begins after this one.
        stride: how far apart a window's elements are.
        drop_remainder: whether windows that are not full are left out.

    Yields:
        The elements of each window.
    """
    span = (size - 1) * stride + 1
    kept: list[Element] = []
    ended = False
    while True:
        while len(kept) < span and not ended:
            for item in source:
                kept.append(item)
                break
            else:
                ended = True
        full = len(kept) >= span
        if not kept or (drop_remainder and not full):
            return
        yield kept[:span:stride]
        if shift > len(kept) and not ended:
            # What lies between windows is passed over.
            for _ in itertools.islice(source, shift - len(kept)):
                pass
        kept = kept[shift:]


class Windows(Dataset):
    """Windows over the elements: for each component a dataset of its values."""

    def __init__(
        self,
        source: Dataset,
        frame: tuple[int, int, int, bool],
        signature: Signature,
    ) -> None:
        """A dataset of windows; `frame` is size, shift, stride, drop_remainder."""
        super().__init__(signature)
        self._source = source
        self._frame = frame

    def elements(self) -> Iterator[Element]:
        """The windows."""
        inner = self._source.signature
        parts = [
            Signature((t,), (s,))
            for t, s in zip(inner.types, inner.shapes, strict=True)
        ]
        for window in windows(self._source.elements(), *self._frame):
            yield tuple(
                Held([(e[i],) for e in window], part) for i, part in enumerate(parts)
            )


class Grouped(Dataset):
    """Elements of one key, a window at a time, each reduced to a dataset."""

    def __init__(
        self,
        source: Dataset,
        key: Caller,
        reduce: Callable[[Any, Dataset], Dataset],
        size: Caller,
        signature: Signature,
    ) -> None:
        """See the class.

        Args:
            source: the elements.
            key: gives the key of an element.
            reduce: makes a dataset of a key and a window.
            size: gives the size of a key's windows.
            signature: of the reduced elements.
        """
        super().__init__(signature)
        self._source = source
        self._key = key
        self._reduce = reduce
        self._size = size

    def elements(self) -> Iterator[Element]:
        """The elements of the reduced windows."""
        inner = (d.elements() for d in self._windows())
        return Chained(inner)

    def _windows(self) -> Iterator[Dataset]:
        groups: dict[int, list[Element]] = {}
        sizes: dict[int, int] = {}
        for element in self._source.elements():
            key = int(np.asarray(self._key(element)[0]))
            if key not in groups:
                groups[key] = []
                sizes[key] = int(np.asarray(self._size((np.int64(key),))[0]))
                if sizes[key] <= 0:
                    invalid(
                        f"Window size must be greater than zero, but got {sizes[key]}."
                    )
            group = groups[key]
            group.append(element)
            if len(group) == sizes[key]:
                del groups[key]
                yield self._reduced(key, group)
        for key, group in groups.items():
            yield self._reduced(key, group)

    def _reduced(self, key: int, group: list[Element]) -> Dataset:
        return self._reduce(np.int64(key), Held(group, self._source.signature))


class Directed(Dataset):
    """Elements of several datasets, as another one's numbers choose."""

    def __init__(
        self,
        chooser: Dataset,
        sources: Sequence[Dataset],
        stops: bool,
        signature: Signature,
    ) -> None:
        """See the class; `stops`: the first dataset that is empty is the end."""
        super().__init__(signature)
        self._chooser = chooser
        self._sources = sources
        self._stops = stops

    def elements(self) -> Iterator[Element]:
        """The chosen ones."""
        return _Chosen(
            self._chooser.elements(), [d.elements() for d in self._sources], self._stops
        )


class _Chosen:
    def __init__(
        self, chooser: Iterator[Element], sources: list[Any], stops: bool
    ) -> None:
        self._chooser = chooser
        self._sources = sources
        self._stops = stops

    def __iter__(self) -> Iterator[Element]:
        return self

    def __next__(self) -> Element:
        while any(source is not None for source in self._sources):
            number = int(next(self._chooser)[0])
            if not 0 <= number < len(self._sources):
                invalid(
                    f"Selector index out of range: {number} >= {len(self._sources)}"
                )
            source = self._sources[number]
            if source is None:
                continue
            for item in source:
                return item  # type: ignore[no-any-return]
            if self._stops:
                break
            self._sources[number] = None
        raise StopIteration
