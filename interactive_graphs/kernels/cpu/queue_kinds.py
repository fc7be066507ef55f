"""Queues whose elements leave in an order of their own, or padded to one shape.

Each says how it holds elements; who waits for what is in `queues.py`.

    >>> queue = PriorityQueue("q", 9, [np.dtype(np.int64)], [()], "int64")
    >>> queue.enqueue_many((np.array([3, 1, 2]),))
    >>> queue.dequeue_many(3)
    (array([1, 2, 3]),)

Read next: `queues.py`.
"""

from __future__ import annotations

import heapq
import itertools
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.kernels.cpu.queues import Element, FIFOQueue, Queue


class RandomShuffleQueue(Queue):
    """Elements leave in random order, and only while enough others stay.

    Attributes:
        min_after_dequeue: how many must stay while the queue is open.
        seeds: the attributes `seed` and `seed2`.
    """

    kind = "RandomShuffleQueue"

    def __init__(
        self, *args: Any, min_after_dequeue: int, seeds: tuple[int, int]
    ) -> None:
        """As `Queue`; seeds of (0, 0) make each queue differ."""
        super().__init__(*args)
        self.min_after_dequeue = min_after_dequeue
        self.seeds = seeds
        key = None if seeds == (0, 0) else np.array(seeds, np.uint64)
        self._random = np.random.Generator(np.random.Philox(key=key))
        self._draws: list[float] = []
        self._elements: list[Element] = []

    def _count(self) -> int:
        return len(self._elements)

    def _available(self) -> int:
        kept = 0 if self._closed else self.min_after_dequeue
        return max(len(self._elements) - kept, 0)

    def _push(self, element: Element) -> None:
        self._elements.append(element)

    def _pop(self) -> Element:
        # The last element takes the place of the one that leaves. Numbers are drawn
        # many at a time, since a draw alone costs more than all the rest.
        if not self._draws:
            self._draws = self._random.random(256).tolist()
        elements = self._elements
        place = int(self._draws.pop() * len(elements))
        last = elements.pop()
        if place == len(elements):
            return last
        chosen, elements[place] = elements[place], last
        return chosen

    def _put_back(self, elements: list[Element]) -> None:
        self._elements += elements

    def check_random(self, min_after_dequeue: int, seeds: tuple[int, int]) -> None:
        """Hold what another op says of this queue against what it is.

        Raises:
            InvalidArgumentError: they differ.
        """
        start = f"Shared queue '{self.name}' has"
        if min_after_dequeue != self.min_after_dequeue:
            invalid(
                f"{start} min_after_dequeue {self.min_after_dequeue} but requested "
                f"min_after_dequeue was {min_after_dequeue}."
            )
        if seeds not in (self.seeds, (0, 0)):
            invalid(
                f"{start} random seeds ({self.seeds[0]}, {self.seeds[1]}) but "
                f"requested seeds are ({seeds[0]}, {seeds[1]})."
            )


class PaddingFIFOQueue(FIFOQueue):
    """A FIFO queue whose batches are filled up to the largest of their elements."""

    kind = "PaddingFIFOQueue"

    def _batch(self, elements: list[Element]) -> Element:
        assert self.shapes is not None
        batch = []
        for i, (dtype, shape) in enumerate(zip(self.dtypes, self.shapes, strict=True)):
            found = [np.shape(element[i]) for element in elements]
            dims = [
                max((s[axis] for s in found), default=0) if d is None else d
                for axis, d in enumerate(shape)
            ]
            filler: Any = b"" if dtype.kind == "O" else 0
            column = np.full((len(elements), *dims), filler, dtype)
            for row, element in enumerate(elements):
                part: Any = (row, *(slice(length) for length in found[row]))
                column[part] = element[i]
            batch.append(column)
        return tuple(batch)


class PriorityQueue(Queue):
    """Elements leave by their first component, the lowest first."""

    kind = "PriorityQueue"

    def __init__(self, *args: Any) -> None:
        """As `Queue`; the first component is the priority, int64, `[]`."""
        super().__init__(*args)
        # The number keeps equal priorities in the order they came.
        self._elements: list[tuple[int, int, Element]] = []
        self._numbers = itertools.count()
        self._before = itertools.count(-1, -1)

    def _count(self) -> int:
        return len(self._elements)

    def _push(self, element: Element) -> None:
        entry = (int(element[0]), next(self._numbers), element)
        heapq.heappush(self._elements, entry)

    def _pop(self) -> Element:
        return heapq.heappop(self._elements)[2]

    def _put_back(self, elements: list[Element]) -> None:
        # Ahead of those of the same priority, as they were.
        for element in reversed(elements):
            entry = (int(element[0]), next(self._before), element)
            heapq.heappush(self._elements, entry)
