"""Datasets at run time: what makes iterators of elements, and those that reorder.

An element is a tuple with a value per component. Iterators are objects and not
generators wherever a function of the user's may fail inside: after an error the next
element can still be had.

A dataset may be a table: rows of arrays. Reordering one (shuffle, repeat, take, ...)
moves row numbers about, and a batch takes its rows out of the arrays at once.

    >>> from interactive_graphs.framework import dtypes
    >>> pairs = Slices([np.arange(4), np.arange(4) * 10], Signature())
    >>> last = Skip(pairs, 2, Signature())
    >>> [tuple(map(int, element)) for element in last.elements()]
    [(2, 20), (3, 30)]

Read next: `dataset_transforms.py`.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.tensor_shape import Shape

Element = tuple[Any, ...]

_BLOCK: Final = 4096
"""So many random numbers are drawn at a time."""


class Signature(NamedTuple):
    """What the components of elements are.

    Attributes:
        types: a dtype per component.
        shapes: a static shape per component.
    """

    types: tuple[DType, ...] = ()
    shapes: tuple[Shape, ...] = ()


class Dataset:
    """A source of elements.

    Attributes:
        signature: types and shapes of the components.
    """

    def __init__(self, signature: Signature) -> None:
        """See the class."""
        self.signature = signature

    def elements(self) -> Iterator[Element]:
        """A new iterator over the elements."""
        raise NotImplementedError

    def table(self) -> list[np.ndarray] | None:
        """The arrays whose rows the elements are, or None."""
        return None

    def rows(self) -> Iterator[int]:
        """A new iterator over the numbers of the rows, where there is a table."""
        raise NotImplementedError

    def count(self) -> int | None:
        """How many elements there are, where that is known for nothing."""
        return None


def picker(table: Sequence[np.ndarray]) -> Callable[[int], Element]:
    """A function from the number of a row to the element."""
    # A scalar string must stay an array.
    flat = [a.dtype == object and a.ndim == 1 for a in table]
    if not any(flat):
        if len(table) == 1:
            only = table[0]
            return lambda i: (only[i],)
        if len(table) == 2:
            a, b = table
            return lambda i: (a[i], b[i])
    keys = list(zip(table, flat, strict=True))
    return lambda i: tuple([a[i, ...] if whole else a[i] for a, whole in keys])


class Single(Dataset):
    """One element."""

    def __init__(self, components: Sequence[Any], signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._element = tuple(components)

    def elements(self) -> Iterator[Element]:
        """The one element."""
        return iter((self._element,))

    def count(self) -> int:
        """One."""
        return 1


class Slices(Dataset):
    """The rows of arrays of equal length."""

    def __init__(self, components: Sequence[np.ndarray], signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._table = [np.asarray(c) for c in components]

    def table(self) -> list[np.ndarray]:
        """The arrays."""
        return self._table

    def rows(self) -> Iterator[int]:
        """All rows in order."""
        return iter(range(len(self._table[0])))

    def count(self) -> int:
        """The length of the arrays."""
        return len(self._table[0])

    def elements(self) -> Iterator[Element]:
        """All rows in order."""
        if any(a.dtype == object for a in self._table):
            return map(picker(self._table), self.rows())
        return zip(*self._table, strict=True)


class Numbers(Dataset):
    """The numbers of a range, as int64 or another integer type."""

    def __init__(self, numbers: range, signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._numbers = numbers
        self._type = signature.types[0].as_numpy_dtype

    def elements(self) -> Iterator[Element]:
        """The numbers."""
        return zip(map(self._type, self._numbers))  # one-tuples

    def count(self) -> int:
        """How many numbers there are."""
        return len(self._numbers)


class Reordering(Dataset):
    """Elements of another dataset, not changed in themselves."""

    def __init__(self, source: Dataset, signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self.source = source

    def through(self, start: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """An iterator that reorders what those give that `start` makes."""
        raise NotImplementedError

    def table(self) -> list[np.ndarray] | None:
        """That of the source."""
        return self.source.table()

    def rows(self) -> Iterator[int]:
        """The source's rows, reordered."""
        return self.through(self.source.rows)

    def elements(self) -> Iterator[Element]:
        """The source's elements, reordered."""
        table = self.table()
        if table is None:
            return self.through(self.source.elements)
        return map(picker(table), self.rows())


class _Some:
    """Some of an iterator's items; unlike `islice` it goes on after an error."""

    def __init__(
        self, source: Iterator[Any], first: int, number: int = -1, every: int = 1
    ) -> None:
        self._source = source
        self._skip = first
        self._left = number
        self._gap = every - 1

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._left == 0:
            raise StopIteration
        while self._skip:
            next(self._source)
            self._skip -= 1
        item = next(self._source)
        self._skip = self._gap
        self._left -= 1
        return item


class Take(Reordering):
    """The first elements; all where the number is negative."""

    def __init__(self, source: Dataset, number: int, signature: Signature) -> None:
        """See the class."""
        super().__init__(source, signature)
        self._number = number

    def through(self, start: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """The first ones."""
        if self._number == 0:
            return iter(())  # the source need not even start
        return start() if self._number < 0 else _Some(start(), 0, self._number)


class Skip(Reordering):
    """All but the first elements; none where the number is negative."""

    def __init__(self, source: Dataset, number: int, signature: Signature) -> None:
        """See the class."""
        super().__init__(source, signature)
        self._number = number

    def through(self, start: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """The later ones."""
        if self._number < 0:
            return iter(())
        return _Some(start(), self._number)


class Shard(Reordering):
    """Every n-th element."""

    def __init__(
        self, source: Dataset, number: int, index: int, signature: Signature
    ) -> None:
        """See the class."""
        super().__init__(source, signature)
        self._number = number
        self._index = index

    def through(self, start: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """Those whose number leaves the remainder `index`."""
        return _Some(start(), self._index, every=self._number)


class Repeat(Reordering):
    """The elements again and again; for ever where the number is negative."""

    def __init__(self, source: Dataset, number: int, signature: Signature) -> None:
        """See the class."""
        super().__init__(source, signature)
        self._number = number

    def through(self, start: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """One pass after the other."""
        return _Passes(start, self._number)


class _Passes:
    """Iterates as often as asked; an empty pass is the last one."""

    def __init__(self, start: Callable[[], Iterator[Any]], number: int) -> None:
        self._start = start
        self._left = number
        self._now: Iterator[Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._now is not None:
            for item in self._now:
                return item
            self._now = None
        if self._left == 0:
            raise StopIteration
        self._left -= 1
        now = self._start()
        for item in now:
            self._now = now
            return item
        self._left = 0
        raise StopIteration


class Shuffle(Reordering):
    """Elements in random order, as far as a buffer lets them mix.

    Each pass has an order of its own, or all the same one. The orders follow from the
    seeds, and from chance where both are 0.
    """

    def __init__(
        self,
        source: Dataset,
        buffer_size: int,
        seeds: tuple[int, int],
        each_anew: bool,
        signature: Signature,
    ) -> None:
        """See the class."""
        super().__init__(source, signature)
        self._buffer_size = buffer_size
        self._each_anew = each_anew
        key = None if seeds == (0, 0) else [seed % 2**64 for seed in seeds]
        self._seeds = np.random.SeedSequence(key)
        self._passes = 0

    def _stream(self) -> np.random.Generator:
        """The random numbers of the next pass."""
        number = self._passes if self._each_anew else 0
        self._passes += 1
        key = (*self._seeds.spawn_key, number)
        seeds = np.random.SeedSequence(self._seeds.entropy, spawn_key=key)
        return np.random.Generator(np.random.Philox(seeds))

    def through(self, start: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """In random order."""
        stream = self._stream()
        size = self.source.count()
        if size is not None and size <= self._buffer_size and self.table() is not None:
            return iter(stream.permutation(size).tolist())
        return _Shuffled(start(), self._buffer_size, stream)


class _Shuffled:
    """Gives a random item of a buffer, which is then filled up."""

    def __init__(
        self, source: Iterator[Any], size: int, stream: np.random.Generator
    ) -> None:
        self._source = source
        self._size = size
        self._stream = stream
        self._buffer: list[Any] = []
        self._numbers: list[float] = []
        self._ended = False

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        buffer = self._buffer
        if not self._ended and len(buffer) < self._size:
            self._fill()
        if not buffer:
            raise StopIteration
        if not self._numbers:
            self._numbers = self._stream.random(min(_BLOCK, len(buffer) + 64)).tolist()
        place = int(self._numbers.pop() * len(buffer))
        item = buffer[place]
        last = buffer.pop()
        if place < len(buffer):
            buffer[place] = last
        return item

    def _fill(self) -> None:
        """Fill the buffer up; what is in it stays there if the source fails."""
        buffer, source = self._buffer, self._source
        for _ in range(self._size - len(buffer)):
            for item in source:
                buffer.append(item)
                break
            else:
                self._ended = True
                return


class Chained:
    """The items of several iterators; unlike `chain` it goes on after an error."""

    def __init__(self, source: Iterator[Iterator[Any]]) -> None:
        """See the class."""
        self._source = source
        self._now: Iterator[Any] = iter(())

    def __iter__(self) -> Iterator[Any]:
        """Itself."""
        return self

    def __next__(self) -> Any:
        """The next item."""
        while True:
            for item in self._now:
                return item
            self._now = next(self._source)


class Joined(Dataset):
    """The elements of one dataset, then those of others."""

    def __init__(self, sources: Sequence[Dataset], signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._sources = sources

    def elements(self) -> Iterator[Element]:
        """One after the other."""
        return Chained(map(operator.methodcaller("elements"), self._sources))


class Zipped(Dataset):
    """Elements side by side, as long as all datasets have one."""

    def __init__(self, sources: Sequence[Dataset], signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._sources = sources

    def elements(self) -> Iterator[Element]:
        """Elements with the components of all."""
        parts = zip(*[d.elements() for d in self._sources], strict=False)
        return map(_flat, parts)

    def table(self) -> list[np.ndarray] | None:
        """All arrays, where each dataset is just its table."""
        if not all(type(d) is Slices for d in self._sources):
            return None
        tables = [d.table() or [] for d in self._sources]
        size = min(len(t[0]) for t in tables)
        return [a[:size] for t in tables for a in t]

    def rows(self) -> Iterator[int]:
        """All rows in order."""
        return iter(range(self.count() or 0))

    def count(self) -> int | None:
        """That of the shortest, where all are known."""
        counts = [d.count() for d in self._sources]
        known = [c for c in counts if c is not None]
        return min(known) if len(known) == len(counts) else None


def _flat(parts: tuple[Element, ...]) -> Element:
    return tuple(itertools.chain.from_iterable(parts))
