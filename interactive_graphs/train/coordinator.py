"""Threads that work together: when one stops, all do, and the first error is told.

    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess, coord)
    try:
        while not coord.should_stop():
            sess.run(train_op)
    except tf.errors.OutOfRangeError:
        print("all epochs are done")
    finally:
        coord.request_stop()
    coord.join(threads)

Read next: `queue_runner.py`.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final

from interactive_graphs import errors
from interactive_graphs.platform import tf_logging

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

_LOOK_EVERY: Final = 0.05
"""How often `join` looks up from a thread that does not end, in seconds."""


class Coordinator:
    """What threads ask whether to go on, and tell that they cannot.

    Args:
        clean_stop_exception_types: exceptions that mean a clean stop, which `join`
            does not raise; `(tf.errors.OutOfRangeError,)` when None.

    Example:
        >>> import threading
        >>> import interactive_graphs as tf
        >>> coord = tf.train.Coordinator()
        >>> counts = []
        >>> def work():
        ...     while not coord.should_stop():
        ...         counts.append(len(counts))
        ...         if len(counts) == 3:
        ...             coord.request_stop()
        >>> thread = threading.Thread(target=work)
        >>> thread.start()
        >>> coord.join([thread])
        >>> counts
        [0, 1, 2]
    """

    def __init__(
        self,
        clean_stop_exception_types: tuple[type[BaseException], ...] | None = None,
    ) -> None:
        """See the class."""
        if clean_stop_exception_types is None:
            clean_stop_exception_types = (errors.OutOfRangeError,)
        self._clean_stop_exception_types = tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stop_event = threading.Event()
        self._error: ExcInfo | None = None
        self._joined = False
        self._registered_threads: set[threading.Thread] = set()

    # -- stopping --------------------------------------------------------------------

    def request_stop(self, ex: Any = None) -> None:
        """Ask all threads to stop.

        The first call counts; an exception it brings is raised by `join`. After
        `join` has returned, an exception is raised right here.

        Args:
            ex: what went wrong: an exception or what `sys.exc_info()` gave; None when
                nothing did.

        Raises:
            TypeError: `ex` is something else.
        """
        error = _as_exc_info(ex)
        with self._lock:
            if error is not None and isinstance(
                error[1], self._clean_stop_exception_types
            ):
                error = None
            if self._joined and error is not None:
                raise error[1].with_traceback(error[2])
            if self._stop_event.is_set():
                return
            if error is not None and self._error is None:
                tf_logging.info(
                    "Error reported to Coordinator: %s, %s", error[0], error[1]
                )
                self._error = error
            self._stop_event.set()

    def clear_stop(self) -> None:
        """Let threads run again: forget the stop, its exception, and `join`."""
        with self._lock:
            self._joined = False
            self._error = None
            self._stop_event.clear()

    def should_stop(self) -> bool:
        """Whether a stop was requested."""
        return self._stop_event.is_set()

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Wait until a stop is requested.

        Args:
            timeout: how many seconds to wait at most; None for no limit.

        Returns:
            Whether a stop was requested.
        """
        return self._stop_event.wait(timeout)

    @contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """A `with` block whose exception is a request to stop, and goes no further."""
        try:
            yield
        except BaseException:
            self.request_stop(sys.exc_info())

    # -- joining ---------------------------------------------------------------------

    def register_thread(self, thread: threading.Thread) -> None:
        """Let `join` wait for `thread`, too."""
        with self._lock:
            self._registered_threads.add(thread)

    def join(
        self,
        threads: Iterable[threading.Thread] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Wait until a stop is requested or all threads end; then for the threads.

        Args:
            threads: to wait for, besides the registered ones.
            stop_grace_period_secs: how long threads may take to end once a stop is
                requested.
            ignore_live_threads: whether those that take longer are only logged.

        Raises:
            Exception: the one that a stop was requested with.
            RuntimeError: threads are still running.
        """
        with self._lock:
            waited_for = self._registered_threads | set(threads or ())
        while not self.should_stop() and _wait_for(waited_for, _LOOK_EVERY):
            pass
        deadline = time.monotonic() + stop_grace_period_secs
        while _wait_for(waited_for, _LOOK_EVERY) and time.monotonic() < deadline:
            pass
        with self._lock:
            self._joined = True
            self._registered_threads = set()
            if self._error is not None:
                raise self._error[1].with_traceback(self._error[2])
        running = sorted(t.name for t in waited_for if t.is_alive())
        if not running:
            return
        text = f"Coordinator stopped with threads still running: {' '.join(running)}"
        if not ignore_live_threads:
            raise RuntimeError(text)
        tf_logging.info("%s", text)

    @property
    def joined(self) -> bool:
        """Whether `join` has returned."""
        return self._joined

    def raise_requested_exception(self) -> None:
        """Raise the exception that a stop was requested with, if there was one."""
        with self._lock:
            if self._error is not None:
                raise self._error[1].with_traceback(self._error[2])


def _as_exc_info(ex: Any) -> ExcInfo | None:
    """An exception with its type and traceback.

    Raises:
        TypeError: `ex` is neither that nor an exception nor None.
    """
    if ex is None:
        return None
    if isinstance(ex, BaseException):
        return type(ex), ex, ex.__traceback__
    if isinstance(ex, tuple) and len(ex) == 3 and isinstance(ex[1], BaseException):
        return ex[0], ex[1], ex[2]
    raise TypeError(
        f"ex must be an exception or a tuple of sys.exc_info(), but saw: {ex!r}"
    )


def _wait_for(threads: Iterable[threading.Thread], seconds: float) -> bool:
    """Wait up to `seconds` for threads to end; whether one is still running."""
    for thread in threads:
        if thread.is_alive() and thread is not threading.current_thread():
            thread.join(seconds)
            if thread.is_alive():
                return True
    return False


class LooperThread(threading.Thread):
    """A thread that does something again and again until a stop is requested.

    Give it a `target`, or override `run_loop`.

    Args:
        coord: says when to stop; it also waits for this thread.
        timer_interval_secs: from the start of one call to that of the next; None for
            no pause.
        target: what to call.
        args: positional arguments for it.
        kwargs: keyword arguments for it.

    Raises:
        ValueError: `coord` is no Coordinator.
    """

    def __init__(
        self,
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any] | None = None,
        args: Iterable[Any] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        """See the class."""
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        super().__init__(daemon=True)
        self._coord = coord
        self._timer_interval_secs = timer_interval_secs
        # Names of its own: `Thread` drops its target once that has run.
        self._looped = target
        self._looped_args = tuple(args or ())
        self._looped_kwargs = dict(kwargs or {})
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Iterable[Any] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> LooperThread:
        """Start a thread that calls `target` again and again.

        Args:
            coord: as for the class.
            timer_interval_secs: as for the class.
            target: as for the class.
            args: as for the class.
            kwargs: as for the class.

        Returns:
            The thread, which has been started.
        """
        looper = LooperThread(coord, timer_interval_secs, target, args, kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        """What the thread does."""
        with self._coord.stop_on_exception():
            self.start_loop()
            if self._timer_interval_secs is None:
                while not self._coord.should_stop():
                    self.run_loop()
            else:
                due = time.monotonic()
                while not self._coord.wait_for_stop(max(due - time.monotonic(), 0)):
                    due += self._timer_interval_secs
                    self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        """Called before the first round."""

    def stop_loop(self) -> None:
        """Called after the last."""

    def run_loop(self) -> None:
        """Called in each round; calls the target."""
        if self._looped is not None:
            self._looped(*self._looped_args, **self._looped_kwargs)
