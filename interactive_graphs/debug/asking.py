"""What a run that waits is asked to do by other threads; it does it in its own.

Read next: `gate.py`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final, TypeVar

R = TypeVar("R")

TICK: Final = 0.2
"""Seconds between two looks around while a run waits: interrupts get through."""


class Mailbox:
    """What a run that waits is asked to do, by other threads, in its own."""

    def __init__(self) -> None:
        """Nothing is asked."""
        self._thread = threading.current_thread()
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._is_open = True

    def call(self, go: Callable[[], R]) -> R:
        """Have something done in the thread of the run; waits for it.

        Raises:
            RuntimeError: the run went on meanwhile.
        """
        if threading.current_thread() is self._thread:
            return go()
        job = _Job(go)
        with self._changed:
            if not self._is_open:
                raise RuntimeError("The run is not waiting here any more.")
            self._jobs.append(job)
            self._changed.notify_all()
        while not job.done.wait(TICK):
            pass
        if job.error is not None:
            raise job.error
        return job.value  # type: ignore[no-any-return]

    def work(self) -> None:
        """Do what is asked next; wait a little for it."""
        with self._changed:
            if not self._jobs:
                self._changed.wait(TICK)
            job = self._jobs.popleft() if self._jobs else None
        if job is not None:
            job.run()

    def close(self) -> None:
        """Nothing more is done; who still waits is told."""
        with self._changed:
            self._is_open = False
            jobs, self._jobs = list(self._jobs), deque()
        for job in jobs:
            job.error = RuntimeError("The run is not waiting here any more.")
            job.done.set()


class _Job:
    def __init__(self, go: Callable[[], Any]) -> None:
        self.go = go
        self.done = threading.Event()
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.value = self.go()
        except Exception as error:
            self.error = error
        except BaseException as error:
            self.error = error
            raise
        finally:
            self.done.set()
