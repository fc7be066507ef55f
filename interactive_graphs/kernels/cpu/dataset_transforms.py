"""Datasets that make new elements of old ones: map, filter, batch, window and others.

A captured function is called with an element and gives a list of values.
Read next: `dataset_nested.py`, `dataset_batch.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.tensor_shape import format_list
from interactive_graphs.kernels.cpu.datasets import (
    Chained,
    Dataset,
    Element,
    Signature,
)

Caller = Callable[[Sequence[Any]], list[Any]]


def with_captured(call: Caller, captured: Sequence[Any]) -> Caller:
    """`call` with the values that its function takes from outside added."""
    if not captured:
        return call
    rest = tuple(captured)
    return lambda element: call((*element, *rest))


class Mapped(Dataset):
    """What a function makes of each element."""

    def __init__(self, source: Dataset, call: Caller, signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._source = source

        def step(element: Element) -> list[Any]:
            try:
                return call(element)
            except errors.OutOfRangeError:
                # So a function says that the end has come.
                raise StopIteration from None

        self._step = step

    def elements(self) -> Iterator[Any]:
        """The function's results."""
        return map(self._step, self._source.elements())

    def count(self) -> int | None:
        """As many as there were."""
        return self._source.count()


class Filtered(Dataset):
    """The elements for which a function is true."""

    def __init__(self, source: Dataset, call: Caller, signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._source = source
        self._call = call

    def elements(self) -> Iterator[Element]:
        """Those that are let through."""
        call = self._call
        return filter(lambda e: _truth(call(e)), self._source.elements())


def _truth(results: list[Any]) -> bool:
    value = np.asarray(results[0])
    if value.size != 1 or value.dtype != np.bool_:
        invalid("Filter predicate `f` must return a scalar bool.")
    return bool(value.reshape(()))


class WhileTrue(Filtered):
    """The elements before the first for which a function is false."""

    def elements(self) -> Iterator[Element]:
        """Those before."""
        call = self._call
        return itertools.takewhile(lambda e: _truth(call(e)), self._source.elements())


class Scanned(Dataset):
    """What a function makes of each element and a state that it hands on."""

    def __init__(
        self, source: Dataset, state: Sequence[Any], call: Caller, signature: Signature
    ) -> None:
        """See the class."""
        super().__init__(signature)
        self._source = source
        self._state = list(state)
        self._call = call

    def elements(self) -> Iterator[Element]:
        """The function's results, less the state."""
        state, size, call = self._state, len(self._state), self._call

        def step(element: Element) -> Element:
            nonlocal state
            results = call((*state, *element))
            state = results[:size]
            return tuple(results[size:])

        return map(step, self._source.elements())


def reduce(source: Dataset, state: Sequence[Any], call: Caller) -> list[Any]:
    """The state that is left when a function took all elements one by one."""
    values = list(state)
    for element in source.elements():
        values = call((*values, *element))
    return values


class NoErrors(Dataset):
    """The elements that could be made; where that failed, the next one."""

    def __init__(self, source: Dataset, signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._source = source

    def elements(self) -> Iterator[Element]:
        """Those without an error."""
        return _Skipping(self._source.elements())


class _Skipping:
    def __init__(self, source: Iterator[Element]) -> None:
        self._source = source

    def __iter__(self) -> Iterator[Element]:
        return self

    def __next__(self) -> Element:
        while True:
            try:
                return next(self._source)
            except errors.OutOfRangeError:
                raise StopIteration from None
            except (errors.OpError, ValueError, ArithmeticError, TypeError):
                continue


class Unbatched(Dataset):
    """The rows of all components, element after element."""

    def __init__(self, source: Dataset, signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._source = source

    def elements(self) -> Iterator[Element]:
        """The rows."""
        return Chained(map(_rows, self._source.elements()))


def _rows(element: Element) -> Iterator[Element]:
    arrays = [np.asarray(c) for c in element]
    if any(a.ndim == 0 for a in arrays):
        invalid("Cannot unbatch an element with scalar components.")
    sizes = [len(a) for a in arrays]
    if len(set(sizes)) > 1:
        shapes = ", ".join(format_list(a.shape) for a in arrays)
        invalid(
            "Input element must have the same batch size in each component. Component "
            f"shapes: {shapes}"
        )
    return iter([tuple([a[i, ...] for a in arrays]) for i in range(sizes[0])])


class Randoms(Dataset):
    """Random int64 numbers below 2**32, without end."""

    def __init__(self, seeds: tuple[int, int], signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._key = None if seeds == (0, 0) else [seed % 2**64 for seed in seeds]

    def elements(self) -> Iterator[Element]:
        """The numbers."""
        stream = np.random.Generator(np.random.Philox(self._key))
        return iter(lambda: (np.int64(stream.integers(2**32)),), None)
