"""How many threads numpy's linear algebra takes: one while a product of ours runs.

    holder = object()
    try:
        allowed = blas_threads.hold(holder)
        ...                                  # np.matmul, in this thread and in others
    finally:
        try:
            blas_threads.let_go(holder)
        except BaseException:                # an interrupt, before it could
            blas_threads.let_go(holder)
            raise

OpenBLAS has one number for the whole process. While anybody holds it that number is 1,
then it is again what it was, so that numpy is as quick for the user as before. What is
held twice or let go without being held does no harm: an interrupt may come anywhere.

Its functions are found where numpy found them: the dynamic linker looks a name up in
all that a module of numpy's was linked with, which takes 0.1 ms where a search of the
libraries in the process takes 10. Read next: `../kernels/cpu/gemm.py`.
"""

import contextlib
import ctypes
import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

_NAMES: Final = (
    ("scipy_openblas_set_num_threads64_", "scipy_openblas_get_num_threads64_"),
    ("scipy_openblas_set_num_threads", "scipy_openblas_get_num_threads"),
    ("openblas_set_num_threads64_", "openblas_get_num_threads64_"),
    ("openblas_set_num_threads", "openblas_get_num_threads"),
    ("MKL_Set_Num_Threads", "MKL_Get_Max_Threads"),
    ("bli_thread_set_num_threads", "bli_thread_get_num_threads"),
)
"""What sets the number and what gets it: numpy's own OpenBLAS, others, MKL, BLIS."""


class Control(NamedTuple):
    """Of one library."""

    set_number: Callable[[int], object]
    get_number: Callable[[], int]


def find(libraries: Iterator[ctypes.CDLL]) -> Control | None:
    """What the first library has that has something; None for one without threads."""
    for library in libraries:
        for to_set, to_get in _NAMES:
            if hasattr(library, to_set) and hasattr(library, to_get):
                return Control(getattr(library, to_set), getattr(library, to_get))
    return None


def libraries() -> Iterator[ctypes.CDLL]:
    """Where numpy's linear algebra may be; all of it is loaded already."""
    paths = [getattr(sys.modules.get("numpy._core._multiarray_umath"), "__file__", "")]
    if sys.platform == "win32":
        # There a name is looked for in the file itself only.
        beside = Path(np.__file__).parent.with_name("numpy.libs")
        paths += map(str, beside.glob("*openblas*.dll"))
    for path in paths:
        with contextlib.suppress(OSError):
            # Calls this short are not worth letting the interpreter go.
            yield ctypes.PyDLL(path)


class Limit:
    """Keeps a library to one thread while somebody holds it."""

    def __init__(self, find_control: Callable[[], Control | None]) -> None:
        """Nobody holds it; what it controls is looked for when somebody does."""
        self._find_control = find_control
        self._holders: set[object] = set()
        # What to set back; 1 for nothing.
        self._number = 1
        self._lock = threading.Lock()

    def hold(self, holder: object) -> int | None:
        """Keep to one thread from now on.

        Args:
            holder: what `let_go` will be called with.

        Returns:
            How many threads the user lets it take; None where nobody knows.
        """
        control = self._control
        if control is None:
            return None
        with self._lock:
            if self._number == 1:
                self._number = control.get_number()
            self._holders.add(holder)
            if self._number != 1:
                control.set_number(1)
            return self._number

    @functools.cached_property
    def _control(self) -> Control | None:
        return self._find_control()

    def let_go(self, holder: object) -> None:
        """One less holds it; after the last one the number is what it was."""
        if self._control is None:
            return
        with self._lock:
            self._holders.discard(holder)
            if not self._holders:
                self._restore()

    def _restore(self) -> None:
        """Set the number back, unless that was done, or the user set another one."""
        assert self._control is not None
        if self._number != 1 and self._control.get_number() == 1:
            self._control.set_number(self._number)
        self._number = 1

    def start_over(self) -> None:
        """In a child after a fork: those who held it are not here."""
        self._lock = threading.Lock()
        if self._holders:
            self._holders.clear()
            self._restore()


_limit = Limit(lambda: find(libraries()))
hold = _limit.hold
let_go = _limit.let_go

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_limit.start_over)
