"""Queues: who waits for what, and in which order they are served.

A queue keeps two lines, one of those who put in and one of those who take out, each
served first come, first served. An `Attempt` stands in a line until it is done; whoever
changes the queue serves both lines as far as they go (`_serve`), and each attempt's own
thread sleeps until someone has finished it. Kinds differ only in how they hold and
batch elements. This module knows no graph: the ops are in `ops/data_flow.py`.

    >>> queue = FIFOQueue("q", 2, [np.dtype(np.int32)], None, "int32")
    >>> queue.enqueue((np.int32(7),))
    >>> queue.dequeue()
    (np.int32(7),)

Read next: `../../runtime/dataflow.py`.
"""

from __future__ import annotations

import enum
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.tensor_shape import format_list

Element = tuple[Any, ...]
"""One value per component."""
Shape = tuple[int | None, ...]
StaticShapes = Sequence[Shape] | None


class Cancellation(Protocol):
    """How a step tells its blocked kernels that it is over."""

    def register(self, callback: Callable[[], None]) -> int:
        """Have `callback` called then; at once when it is over already."""

    def deregister(self, token: int) -> None:
        """Take a callback back."""


class Outcome(enum.Enum):
    """What one try of an attempt came to."""

    BLOCKED = enum.auto()
    PROGRESS = enum.auto()
    DONE = enum.auto()


class _Signal:
    """An event that happens once and that one thread waits for.

    One is made for each wait, and `threading.Event` takes ten times as long to make.
    """

    __slots__ = ("_lock", "is_set")

    def __init__(self) -> None:
        self.is_set = False
        self._lock = threading.Lock()
        self._lock.acquire()

    def set(self) -> None:
        """Let it happen; only once, and with the queue's lock held."""
        self.is_set = True
        self._lock.release()

    def wait(self) -> None:
        """Wait until it happens."""
        with self._lock:
            pass


class Attempt:
    """Something that may have to wait in a line.

    Attributes:
        step: tries to go on; called with the queue's lock held.
        undo: puts back what a cancelled attempt had taken.
        what: the word for it in error texts, e.g. 'Dequeue'.
        done: set when it is finished, well or not.
        error: why it failed.
        result: what it gives.
    """

    __slots__ = ("done", "error", "result", "step", "undo", "what")

    def __init__(
        self,
        what: str,
        step: Callable[[Attempt], Outcome],
        undo: Callable[[], None] | None = None,
    ) -> None:
        """See the class."""
        self.what = what
        self.step = step
        self.undo = undo
        self.done = _Signal()
        self.error: errors.OpError | None = None
        self.result: Any = None

    def fail(self, error: errors.OpError) -> Outcome:
        """Note why it failed."""
        self.error = error
        return Outcome.DONE


class Queue:
    """What all kinds of queues share. Thread-safe.

    Attributes:
        kind: as in error texts and, with 'V2', the op's type, e.g. 'FIFOQueue'.
        name: as in error texts.
        capacity: how many elements fit.
        dtypes: a numpy dtype per component.
        shapes: a static shape per component; None when not given.
        type_names: the components' types as error texts show them.
    """

    kind = "Queue"
    # Of the handle, a scalar: kernels that pick one of several queues ask for it.
    shape = ()

    def __init__(
        self,
        name: str,
        capacity: int,
        dtypes: Sequence[np.dtype[Any]],
        shapes: StaticShapes,
        type_names: str,
    ) -> None:
        """An empty, open queue; a negative capacity means no limit."""
        self.name = name
        self.capacity = capacity
        self.dtypes = tuple(dtypes)
        self.shapes = None if not shapes else tuple(shapes)
        self.type_names = type_names
        self._limit = float("inf") if capacity < 0 else capacity
        self._lock = threading.RLock()
        self._closed = False
        # Operations whose signature was found to fit.
        self.known_ops: set[Any] = set()
        self._putters: deque[Attempt] = deque()
        self._takers: deque[Attempt] = deque()

    # -- how a kind holds its elements ------------------------------------------------

    def _count(self) -> int:
        """How many elements there are."""
        raise NotImplementedError

    def _push(self, element: Element) -> None:
        """Add an element."""
        raise NotImplementedError

    def _pop(self) -> Element:
        """Remove the next element."""
        raise NotImplementedError

    def _put_back(self, elements: list[Element]) -> None:
        """Undo `_pop` of `elements`, which were taken in this order."""
        raise NotImplementedError

    def _available(self) -> int:
        """How many elements may be taken now."""
        return self._count()

    def _batch(self, elements: list[Element]) -> Element:
        """Elements of the declared shapes as one, stacked per component."""
        assert self.shapes is not None
        batch = []
        for i, (dtype, shape) in enumerate(zip(self.dtypes, self.shapes, strict=True)):
            # Only queues that declare full shapes batch this way.
            dims = [d for d in shape if d is not None]
            column = np.empty((len(elements), *dims), dtype)
            for row, element in enumerate(elements):
                column[row, ...] = element[i]
            batch.append(column)
        return tuple(batch)

    # -- putting in -------------------------------------------------------------------

    def enqueue(
        self, element: Element, cancellation: Cancellation | None = None
    ) -> None:
        """Add one element; waits while the queue is full.

        Args:
            element: a value per component; arrays must not change afterwards.
            cancellation: of the step that asks.

        Raises:
            InvalidArgumentError: a value's shape is not the declared one.
            CancelledError: the queue is closed, or the step is over.
        """
        for i, value in enumerate(element):
            self._check_shape(i, np.shape(value), ())
        self._put([element], cancellation)

    def enqueue_many(
        self, batch: Element, cancellation: Cancellation | None = None
    ) -> None:
        """Add the elements that `batch` stacks, as room comes up.

        Args:
            batch: an array per component, all of one length.
            cancellation: of the step that asks.

        Raises:
            InvalidArgumentError: lengths differ, or a shape is not the declared one.
            CancelledError: the queue is closed, or the step is over.
        """
        length = _length(batch[0], 0)
        for i, column in enumerate(batch):
            found = _length(column, i)
            if found != length:
                invalid(
                    "All input tensors must have the same size in the 0th dimension. "
                    f"Component {i} has {found}, and should have {length}"
                )
            self._check_shape(i, column.shape, (length,))
        if length:
            rows = [tuple(c[row] for c in batch) for row in range(length)]
            self._put(rows, cancellation)

    def _check_shape(self, i: int, found: tuple[int, ...], prefix: Shape) -> None:
        if self.shapes is None:
            return
        wanted = prefix + self.shapes[i]
        if found == wanted:
            return
        if len(found) == len(wanted) and all(
            w is None or w == f for w, f in zip(wanted, found, strict=True)
        ):
            return
        invalid(
            f"Shape mismatch in tuple component {i}. Expected {format_list(wanted)}, "
            f"got {format_list(found)}"
        )

    def _put(self, elements: list[Element], cancellation: Cancellation | None) -> None:
        with self._lock:
            # Nearly always there is room: then there is no need to stand in a line.
            room = self._limit - self._count()
            if not self._putters and not self._closed and len(elements) <= room:
                for element in elements:
                    self._push(element)
                if self._takers:
                    self._serve()
                return
        pending = deque(elements)

        def step(attempt: Attempt) -> Outcome:
            if self._closed:
                return attempt.fail(
                    errors.CancelledError(
                        None, None, f"{self.kind} '{self.name}' is closed."
                    )
                )
            before = len(pending)
            while pending and self._count() < self._limit:
                self._push(pending.popleft())
            if not pending:
                return Outcome.DONE
            return Outcome.BLOCKED if len(pending) == before else Outcome.PROGRESS

        self._wait(Attempt("Enqueue", step), self._putters, cancellation)

    # -- taking out -------------------------------------------------------------------

    def dequeue(self, cancellation: Cancellation | None = None) -> Element:
        """Remove the next element; waits while there is none.

        Raises:
            OutOfRangeError: the queue is closed and empty.
            CancelledError: the step is over.
        """
        return self._take(1, False, cancellation)[0]

    def dequeue_many(
        self,
        n: int,
        allow_small_batch: bool = False,
        cancellation: Cancellation | None = None,
    ) -> Element:
        """Remove `n` elements, stacked; waits until it has them.

        Args:
            n: how many.
            allow_small_batch: take fewer, but at least one, from a closed queue.
            cancellation: of the step that asks.

        Raises:
            InvalidArgumentError: `n` is negative, or no shapes were declared.
            OutOfRangeError: the queue is closed and has too few; none is lost.
            CancelledError: the step is over; none is lost.
        """
        if n < 0:
            name = "DequeueUpToOp" if allow_small_batch else "DequeueManyOp"
            invalid(f"{name} requested {n} < 0 elements")
        if self.shapes is None:
            invalid(
                f"{self.kind}'s DequeueMany and DequeueUpTo require the components to "
                "have specified shapes."
            )
        if n == 0:
            return self._batch([])
        return self._batch(self._take(n, allow_small_batch, cancellation))

    def _take(
        self, n: int, allow_small_batch: bool, cancellation: Cancellation | None
    ) -> list[Element]:
        with self._lock:
            if not self._takers and self._available() >= n:
                at_once = [self._pop() for _ in range(n)]
                if self._putters:
                    self._serve()
                return at_once
        taken: list[Element] = []

        def step(attempt: Attempt) -> Outcome:
            available = self._available()
            if self._closed and available < n - len(taken):
                if allow_small_batch and (taken or available):
                    taken.extend(self._pop() for _ in range(available))
                    attempt.result = taken
                    return Outcome.DONE
                missing = n - len(taken)
                self._put_back(taken)
                return attempt.fail(
                    errors.OutOfRangeError(
                        None,
                        None,
                        f"{self.kind} '{self.name}' is closed and has insufficient "
                        f"elements (requested {missing}, current size {available})",
                    )
                )
            count = min(available, n - len(taken))
            taken.extend(self._pop() for _ in range(count))
            if len(taken) == n:
                attempt.result = taken
                return Outcome.DONE
            return Outcome.PROGRESS if count else Outcome.BLOCKED

        def undo() -> None:
            self._put_back(taken)

        found: list[Element] = self._wait(
            Attempt("Dequeue", step, undo), self._takers, cancellation
        )
        return found

    # -- the rest ---------------------------------------------------------------------

    def close(
        self,
        cancel_pending_enqueues: bool = False,
        cancellation: Cancellation | None = None,
    ) -> None:
        """Let nothing more in.

        Args:
            cancel_pending_enqueues: fail those who wait to put in, instead of closing
                behind them.
            cancellation: of the step that asks.

        Raises:
            CancelledError: the queue is closed already, or the step is over.
        """
        if cancel_pending_enqueues:
            self._close_and_cancel()
            return

        def step(attempt: Attempt) -> Outcome:
            if self._closed:
                return attempt.fail(
                    errors.CancelledError(
                        None, None, f"Queue '{self.name}' is already closed."
                    )
                )
            self._closed = True
            return Outcome.DONE

        self._wait(Attempt("Close", step), self._putters, cancellation)

    def _close_and_cancel(self) -> None:
        with self._lock:
            self._closed = True
            for attempt in self._putters:
                if attempt.what == "Enqueue":
                    attempt.error = _cancelled(attempt)
                attempt.done.set()
            self._putters.clear()
            self._serve()

    def size(self) -> int:
        """How many elements there are now."""
        with self._lock:
            return self._count()

    def is_closed(self) -> bool:
        """Whether the queue is closed."""
        return self._closed

    # -- the lines --------------------------------------------------------------------

    def _wait(
        self, attempt: Attempt, line: deque[Attempt], cancellation: Cancellation | None
    ) -> Any:
        """Stand in `line` until `attempt` is done; what it gives."""
        with self._lock:
            line.append(attempt)
            self._serve()
        if not attempt.done.is_set:
            # Registered without the lock: it may call back at once.
            token = None
            if cancellation is not None:
                token = cancellation.register(lambda: self._cancel(attempt, line))
            try:
                attempt.done.wait()
            except BaseException:  # an interrupt from the keyboard
                self._cancel(attempt, line)
                raise
            finally:
                if cancellation is not None and token is not None:
                    cancellation.deregister(token)
        if attempt.error is not None:
            raise attempt.error
        return attempt.result

    def _cancel(self, attempt: Attempt, line: deque[Attempt]) -> None:
        with self._lock:
            if attempt.done.is_set:
                return
            line.remove(attempt)
            if attempt.undo is not None:
                attempt.undo()
            attempt.error = _cancelled(attempt)
            attempt.done.set()
            self._serve()

    def _serve(self) -> None:
        """Serve both lines until neither moves; the lock is held."""
        moved = True
        while moved:
            moved = self._serve_line(self._putters)
            moved = self._serve_line(self._takers) or moved

    def _serve_line(self, line: deque[Attempt]) -> bool:
        """Serve a line until its first attempt must wait; whether anything moved."""
        moved = False
        while line:
            outcome = line[0].step(line[0])
            if outcome is Outcome.DONE:
                line.popleft().done.set()
                moved = True
            else:
                return moved or outcome is Outcome.PROGRESS
        return moved

    # -- sharing ----------------------------------------------------------------------

    def check_shared(
        self,
        kind: str,
        capacity: int,
        shapes: StaticShapes,
        type_names: str,
    ) -> None:
        """Hold what another op says of this queue against what it is.

        Args:
            kind: the other op's type, e.g. 'FIFOQueueV2'.
            capacity: the other op's.
            shapes: the other op's; None when not given.
            type_names: the other op's component types, as error texts show them.

        Raises:
            InvalidArgumentError: they differ.
        """
        if kind.removesuffix("V2") != self.kind:
            invalid(f"Expected {self.kind}, found {kind}")
        start = f"Shared queue '{self.name}' has"
        if max(capacity, -1) != max(self.capacity, -1):
            invalid(
                f"{start} capacity {self.capacity} but requested capacity was "
                f"{capacity}"
            )
        if type_names != self.type_names:
            invalid(
                f"{start} component types {self.type_names} but requested component "
                f"types were {type_names}"
            )
        wanted = None if not shapes else tuple(shapes)
        if wanted != self.shapes:
            invalid(
                f"{start} component shapes {format_shapes(self.shapes)} but requested "
                f"component shapes were {format_shapes(wanted)}"
            )

    def __repr__(self) -> str:
        """For people who debug."""
        state = ", closed" if self._closed else ""
        return f"<{self.kind} {self.name!r}, {self.size()} elements{state}>"


class FIFOQueue(Queue):
    """Elements leave in the order they came."""

    kind = "FIFOQueue"

    def __init__(self, *args: Any) -> None:
        """As `Queue`."""
        super().__init__(*args)
        self._elements: deque[Element] = deque()

    def _count(self) -> int:
        return len(self._elements)

    def _push(self, element: Element) -> None:
        self._elements.append(element)

    def _pop(self) -> Element:
        return self._elements.popleft()

    def _put_back(self, elements: list[Element]) -> None:
        self._elements.extendleft(reversed(elements))


def format_shapes(shapes: StaticShapes) -> str:
    """As error texts show a list of shapes: '[[], [2]]'."""
    return "[" + ", ".join(format_list(s) for s in shapes or ()) + "]"


def _length(column: Any, i: int) -> int:
    if np.ndim(column) == 0:
        invalid(f"Component {i} of a batch must have at least one dimension")
    return len(column)


def _cancelled(attempt: Attempt) -> errors.OpError:
    return errors.CancelledError(None, None, f"{attempt.what} operation was cancelled")
