"""The threads that help with native programs: one pool for a process.

A helper is a daemon thread that sits in a native loop with the interpreter let go. It
spins for a short while after work, then sleeps. No program needs it: where it gets no
core, the caller does all the chunks. After a fork the child starts its own helpers when
it first needs some. Read next: `driver.py`.
"""

import atexit
import contextlib
import ctypes
import os
import signal
import threading
import time
from typing import Any, Final

import numpy as np

from interactive_graphs._util.cores import usable_cores
from interactive_graphs.kernels.native import compiler, driver_text as words
from interactive_graphs.kernels.native.driver_entry import FUNCTIONS, module_text
from interactive_graphs.kernels.native.routine import Kernel
from interactive_graphs.kernels.native.target import Target, detect

SPIN_SECONDS: Final = 50e-6
MOST_HELPERS: Final = 63


CHUNK_NANOSECONDS: Final = 5e3
MOST_CHUNKS: Final = 64


class StoppedError(Exception):
    """A native program was stopped between two of its jobs."""


class Memory:
    """Bytes at an address that is a multiple of 64, not initialised.

    Attributes:
        address: of the first byte.
        size: number of bytes.
        array: the bytes, of dtype uint8.
    """

    __slots__ = ("address", "array", "size")

    def __init__(self, size: int) -> None:
        whole = np.empty(size + 64, np.uint8)
        start = -whole.ctypes.data % 64
        self.array = whole[start : start + size]
        self.address: int = whole.ctypes.data + start
        self.size = size

    def words(self) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """The same memory as zeroed 64-bit words."""
        view = self.array.view(np.int64)
        view[:] = 0
        return view


def chunks_of(units: int, cost: float) -> int:
    """Into how many chunks a job is cut: by its cost, never by the threads there are.

        >>> chunks_of(100, 2e3), chunks_of(100, 1e5), chunks_of(3, 1e6)
        (1, 20, 3)

    Args:
        units: of its kernel.
        cost: nanoseconds for all units on one core.
    """
    return max(1, min(units, int(cost / CHUNK_NANOSECONDS), MOST_CHUNKS))


class Pool:
    """Helper threads and what they share with the programs that they help.

    Attributes:
        memory: the words that `driver_text.py` describes.
        functions: addresses of the driver's native functions by name.
    """

    def __init__(self, target: Target, helpers: int | None = None) -> None:
        """See the class.

        Args:
            target: of this machine.
            helpers: number of threads besides the caller; by the machine's cores if
                None.
        """
        self.memory = Memory(words.POOL_WORDS * 8)
        self._words = self.memory.words()
        self._wanted = helpers
        self._threads: list[threading.Thread] = []
        self._table = Memory(MOST_HELPERS * words.HELPER_WORDS * 8)
        self._helpers = self._table.words()
        self._scratch: list[Memory] = []
        self._scratch_size = 0
        self._lock = threading.Lock()
        self.functions = self._load(target)
        self._call = {
            name: ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(address)
            for name, address in self.functions.items()
            if name in ("seize", "yield_pool", "wake_all")
        }
        self._objects = (StoppedError, "wrong number of arrays", self.start)
        self._fill()
        _kept.append(self)

    def _load(self, target: Target) -> dict[str, int]:
        """Compiles the driver; it keeps the pool's address."""
        kernel = Kernel("driver", module_text(target), 1, 0.0)
        self._code = compiler.compile_kernels([kernel], target)
        addresses = (ctypes.c_uint64 * len(FUNCTIONS))()
        prototype = ctypes.CFUNCTYPE(
            None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p
        )
        prototype(self._code.addresses[0])(addresses, 0, 0, self.memory.address)
        return dict(zip(FUNCTIONS, addresses, strict=True))

    def _fill(self) -> None:
        """Writes what native code needs to know of this process."""
        objects = {
            "array_type": np.ndarray,
            "true": True,
            "false": False,
            "none": None,
            "stopped": self._objects[0],
            "type_error": TypeError,
            "wrong_count": self._objects[1],
        }
        for place, name in enumerate(words.FOREIGN):
            if name in objects:
                address = id(objects[name])
            elif name == "yield":
                address = _yield_function()
            else:
                address = _address(getattr(ctypes.pythonapi, name))
            self._words[words.CALLS + place] = address
        self._words[words.TABLE] = self._table.address
        self._words[words.STARTER] = id(self._objects[2])
        self._words[words.WANTED] = 1

    # -- threads -----------------------------------------------------------------------

    @property
    def helpers(self) -> int:
        """Number of helper threads that run now."""
        return int(self._words[words.HELPERS])

    def chunks_by_helpers(self) -> int:
        """How many chunks helpers have run so far."""
        places = slice(words.CHUNKS_RUN, None, words.HELPER_WORDS)
        return int(self._helpers[places].sum())

    def start(self) -> None:
        """Starts the helpers if none run; native code calls it when it wants them."""
        with self._lock:
            if not self._words[words.WANTED]:
                return
            self._words[words.WANTED] = 0
            wanted = usable_cores() - 1 if self._wanted is None else self._wanted
            self._words[words.SPINS] = self._spins()
            for index in range(min(wanted, MOST_HELPERS)):
                self._prepare(index)
                thread = threading.Thread(
                    target=self._help,
                    args=(index,),
                    name=f"interactive_graphs helper {index}",
                    daemon=True,
                )
                try:
                    thread.start()
                except RuntimeError:  # no more threads, or Python is ending
                    break
                self._threads.append(thread)
                self._words[words.HELPERS] = index + 1

    def _prepare(self, index: int) -> None:
        """Gives a helper a lock to sleep on, already taken, and scratch memory."""
        lock = ctypes.pythonapi.PyThread_allocate_lock
        lock.restype = ctypes.c_void_p
        address = lock()
        ctypes.pythonapi.PyThread_acquire_lock(ctypes.c_void_p(address), 1)
        scratch = Memory(self._scratch_size)
        self._scratch.append(scratch)
        record = self._helpers[index * words.HELPER_WORDS :]
        record[words.ASLEEP] = 0
        record[words.LOCK] = address
        record[words.SCRATCH] = scratch.address

    def _help(self, index: int) -> None:
        """What a helper thread runs."""
        with contextlib.suppress(AttributeError, OSError, ValueError):
            # Signals are for threads that come back to Python.
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        leave_a_core()
        function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
        function(self.functions["help"])(self.memory.address, index)

    def _spins(self) -> int:
        """Number of pauses in the time that a helper without work stays awake."""
        pause = ctypes.CFUNCTYPE(None, ctypes.c_int64)(self.functions["pauses"])
        shortest = 1.0
        for _ in range(3):
            begin = time.perf_counter()
            pause(1000)
            shortest = min(shortest, time.perf_counter() - begin)
        return max(1, int(1000 * SPIN_SECONDS / shortest))

    def reserve(self, scratch: int) -> None:
        """Makes each helper's scratch memory at least so many bytes."""
        if scratch <= self._scratch_size:
            return
        while not self._call["seize"](self.memory.address):
            time.sleep(0.0001)  # a program runs
        try:
            with self._lock:
                self._scratch_size = max(scratch, self._scratch_size)
                for index in range(self.helpers):
                    new = Memory(self._scratch_size)
                    place = index * words.HELPER_WORDS + words.SCRATCH
                    self._helpers[place] = new.address
                    self._scratch[index] = new
        finally:
            self._call["yield_pool"](self.memory.address)

    def stop(self) -> None:
        """Ends the helpers, as the process ends; programs then run without."""
        self._words[words.WANTED] = 0
        self._words[words.QUIT] = 1
        self._call["wake_all"](self.memory.address)
        deadline = time.monotonic() + 1.0
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def forget_threads(self) -> None:
        """In a child after a fork: nobody helps, and nobody runs anything."""
        self._lock = threading.Lock()
        self._threads = []
        self._scratch = []
        for word in (words.TICKET, words.DONE, words.BUSY, words.SLEEPERS):
            self._words[word] = 0
        self._words[words.HELPERS] = 0
        self._helpers[:] = 0
        self._words[words.WANTED] = 1


def leave_a_core() -> None:
    """Keeps this thread off one core, where the caller then finds room.

    A helper that wakes up on the caller's core would wait for the caller, and the
    caller for it. What the user allowed is only narrowed, for this thread alone.
    """
    with contextlib.suppress(AttributeError, OSError):
        allowed = sorted(os.sched_getaffinity(0))
        if len(allowed) > 1:
            os.sched_setaffinity(0, allowed[1:])


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def _yield_function() -> int:
    """Address of the function that lets another thread run on this core, or 0."""
    with contextlib.suppress(AttributeError, OSError):
        return _address(ctypes.CDLL(None).sched_yield)
    return 0


_pool: Pool | None = None
# Native code and threads refer to pools, so they are never freed; tests make some.
_kept: list[Pool] = []
_making = threading.Lock()


def the_pool() -> Pool:
    """The pool of this process; made when first needed."""
    global _pool
    with _making:
        if _pool is None:
            _pool = Pool(detect())
            atexit.register(_pool.stop)
        return _pool


def _after_fork() -> None:
    global _making
    _making = threading.Lock()
    for pool in _kept:
        pool.forget_threads()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
