"""Python threads that help with one piece of work at a time, where it lets Python go.

    share(lambda rows: numpy.matmul(a[rows], b, out[rows]), pieces)

Who gets the helpers has them until the work is done; whoever comes meanwhile does
all pieces alone and waits for nobody. A helper takes a piece only when it has a core to
run on, so beside busy processes the caller does most of them. Which pieces there are is
for the caller to say, from sizes alone: then no result depends on who did what.

Handing work over costs some 20 us. Native code has quicker helpers of its own
(`kernels/native/pool.py`). Read next: `gemm.py`.
"""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from interactive_graphs._util.cores import usable_cores

MOST: Final = 63
_allowed = threading.local()


@contextlib.contextmanager
def at_most(threads: int) -> Iterator[None]:
    """Let what this thread shares take so many threads, itself included; 0 for any."""
    before = getattr(_allowed, "threads", 0)
    _allowed.threads = threads
    try:
        yield
    finally:
        _allowed.threads = before


def share(
    work: Callable[[Any], object], pieces: Sequence[Any], threads: int | None = None
) -> None:
    """Call `work` once with each of the pieces, with help if there is some.

    Args:
        work: may be called in several threads at once.
        pieces: in any order.
        threads: no more than so many, the caller included; None for any number.

    Raises:
        BaseException: what `work` raised; then pieces may be left undone, but none is
            under way.
    """
    limits = [len(pieces), threads, getattr(_allowed, "threads", 0) or None]
    helpers = min(limit for limit in limits if limit is not None) - 1
    job = _Job(work, pieces)
    # An interrupt may come between any two lines: what is undone here is undone by
    # looking at what is so, and not by counting what was done.
    try:
        if helpers < 1 or _users.setdefault("now", job) is not job:
            job.do_pieces()
        else:
            _together(job, _crew.inboxes(helpers))
    finally:
        # No calls: after one of them an interrupt would keep this from its end.
        if "now" in _users and _users["now"] is job:
            del _users["now"]


class _Job:
    """Pieces that nobody has taken yet, and the helpers that may be at work on some."""

    def __init__(self, work: Callable[[Any], object], pieces: Sequence[Any]) -> None:
        self.work = work
        self.left = collections.deque(pieces)
        self.helping: list[threading.Lock] = []
        self.gone: list[threading.Lock] = []
        self.error: BaseException | None = None

    def do_pieces(self) -> None:
        """Do pieces while there are some."""
        left, work = self.left, self.work
        while left:
            try:
                piece = left.popleft()
            except IndexError:  # somebody was quicker
                return
            work(piece)

    def help(self) -> None:
        """The same in another thread."""
        helps = threading.Lock()
        helps.acquire()
        # First this, then a piece: who comes after `finish` finds none.
        self.helping.append(helps)
        try:
            self.do_pieces()
        except BaseException as error:
            self.error = error
        self.gone.append(helps)
        helps.release()

    def finish(self) -> None:
        """Wait until nobody does a piece or ever will."""
        self.left.clear()
        # Not threading.Event, which an interrupt of its wait can leave locked.
        for helps in self.helping:
            while helps not in self.gone:
                helps.acquire()


def _together(job: _Job, inboxes: Sequence[queue.SimpleQueue[_Job]]) -> None:
    interrupt: BaseException | None = None
    while True:
        try:
            if interrupt is None:
                for inbox in inboxes:
                    inbox.put(job)
                job.do_pieces()
            # Nobody may write to the caller's arrays once the caller has gone on.
            job.finish()
            break
        except BaseException as error:
            interrupt = error
    if interrupt or job.error:
        raise interrupt or job.error  # type: ignore[misc]


class _Crew:
    """The helpers of a process; they start when first wanted, and end with it."""

    def __init__(self) -> None:
        self._inboxes: list[queue.SimpleQueue[_Job]] | None = None

    def inboxes(self, most: int) -> list[queue.SimpleQueue[_Job]]:
        """Where to put a job for each of the helpers; for the one user there is."""
        if self._inboxes is None:
            started = []
            with contextlib.suppress(RuntimeError):  # no more threads, or Python ends
                for number in range(min(MOST, usable_cores() - 1)):
                    started.append(_start(number))  # noqa: PERF401 - as far as it goes
            self._inboxes = started
        return self._inboxes[:most]


def _start(number: int) -> queue.SimpleQueue[_Job]:
    inbox: queue.SimpleQueue[_Job] = queue.SimpleQueue()

    def attend() -> None:
        np.seterr(all="ignore")  # as the threads are that run steps
        while True:
            inbox.get().help()

    name = f"interactive_graphs products {number}"
    threading.Thread(target=attend, name=name, daemon=True).start()
    return inbox


_crew = _Crew()
_users: dict[str, _Job] = {}


def _after_fork() -> None:
    global _crew
    _crew = _Crew()
    _users.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
