"""Elements made ahead of time: by a thread, or kept from the pass before.

A prefetching iterator owns a thread, which ends when the iterator is forgotten, when
its session is closed, or with the interpreter. Read next: `iterators.py`.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from interactive_graphs import errors
from interactive_graphs.kernels.cpu.datasets import Dataset, Element, Signature

_AUTOMATIC: Final = 8
"""How many elements are made ahead where the caller leaves that open."""


class Prefetched(Dataset):
    """Elements that a thread makes ahead, as many as a buffer takes."""

    def __init__(self, source: Dataset, size: int, signature: Signature) -> None:
        """See the class; a negative size lets us choose."""
        super().__init__(signature)
        self._source = source
        self._size = _AUTOMATIC if size < 0 else size

    def elements(self) -> Iterator[Element]:
        """The same elements."""
        if self._size == 0:
            return self._source.elements()
        return Prefetcher(self._source.elements(), self._size)

    def count(self) -> int | None:
        """As many as there were."""
        return self._source.count()


class _Buffer:
    """What thread and iterator share; neither knows the other."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.changed = threading.Condition()
        self.items: deque[tuple[Any, BaseException | None]] = deque()
        self.ended = False
        self.stopped = False

    def stop(self) -> None:
        """Let the thread end, and whoever waits."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()

    def put(self, item: Any, error: BaseException | None) -> bool:
        """Add an element or an error when there is room; False when nobody wants it."""
        with self.changed:
            while len(self.items) >= self.size and not self.stopped:
                self.changed.wait()
            if not self.stopped:
                self.items.append((item, error))
                self.changed.notify_all()
            return not self.stopped

    def finish(self) -> None:
        """Say that no more will come."""
        with self.changed:
            self.ended = True
            self.changed.notify_all()


def _fill(source: Iterator[Element], buffer: _Buffer) -> None:
    """The thread: take from the source until it ends or nobody wants more."""
    wanted = True
    while wanted:
        try:
            item = next(source)
        except StopIteration:
            break
        except BaseException as error:
            wanted = buffer.put(None, error)
        else:
            wanted = buffer.put(item, None)
    buffer.finish()


class Prefetcher:
    """An iterator whose elements come from a thread."""

    def __init__(self, source: Iterator[Element], size: int) -> None:
        """Nothing is made ahead before the first element is asked for."""
        self._source: Iterator[Element] | None = source
        self._buffer = _Buffer(size)
        # The thread refers to the buffer alone, so that this can be forgotten.
        self._finalizer = weakref.finalize(self, self._buffer.stop)

    def __iter__(self) -> Iterator[Element]:
        return self

    def __next__(self) -> Element:
        """The next element; waits for it.

        Raises:
            CancelledError: it was closed meanwhile.
        """
        buffer = self._buffer
        if self._source is not None:
            worker = threading.Thread(
                target=_fill, args=(self._source, buffer), daemon=True, name="prefetch"
            )
            self._source = None
            worker.start()
        with buffer.changed:
            while not buffer.items:
                if buffer.stopped:
                    raise errors.CancelledError(None, None, "Iterator was closed")
                if buffer.ended:
                    raise StopIteration
                # Short waits, so that an interrupt from the keyboard gets through.
                buffer.changed.wait(0.2)
            item, error = buffer.items.popleft()
            buffer.changed.notify_all()
        if error is not None:
            raise error
        return item  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the thread."""
        self._finalizer()


class Cached(Dataset):
    """Elements that are made in the first pass and kept for the later ones."""

    def __init__(self, source: Dataset, signature: Signature) -> None:
        """See the class."""
        super().__init__(signature)
        self._source = source
        self._kept: list[Element] | None = None

    def table(self) -> Any:
        """That of the source, whose elements are there already."""
        return self._source.table() if self._is_fixed() else None

    def _is_fixed(self) -> bool:
        """Whether the source is nothing but arrays, in their order."""
        return type(self._source).__name__ in ("Slices", "Cached")

    def rows(self) -> Iterator[int]:
        """Those of the source."""
        return self._source.rows()

    def elements(self) -> Iterator[Element]:
        """The kept elements, or new ones that are kept when all were made."""
        if self._kept is not None:
            return iter(self._kept)
        return _Keeping(self._source.elements(), self._keep)

    def _keep(self, elements: list[Element]) -> None:
        self._kept = elements

    def count(self) -> int | None:
        """How many there are."""
        return self._source.count()


class _Keeping:
    """Notes what it passes on; says so at the end."""

    def __init__(self, source: Iterator[Element], done: Any) -> None:
        self._source = source
        self._done = done
        self._elements: list[Element] = []

    def __iter__(self) -> Iterator[Element]:
        return self

    def __next__(self) -> Element:
        for item in self._source:
            self._elements.append(item)
            return item
        self._done(self._elements)
        raise StopIteration
