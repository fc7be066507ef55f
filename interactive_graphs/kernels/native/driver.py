"""Runs kernels one after another on arrays: a native program is one call from Python.

    >>> code = compile_kernels([kernel], detect())
    >>> argument = Argument("float32", (100,))
    >>> job = Job(kernel, code.addresses[0], (Place(0), output_address))
    >>> program = Program([job], [argument], keep=(code, output))
    >>> program.run(numpy.ones(100, numpy.float32))
    True

`run` takes the arrays that differ from run to run, looks at each (dtype, shape, layout)
and gives False, with nothing done, where one does not fit. All else lies at addresses
that were given when the program was made. Jobs with much to do are cut into chunks for
the helpers of `pool.py`; a program that finds the pool busy runs its jobs alone. The
result is the same to the last bit in either case. Read next: `pool.py`.
"""

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import ml_dtypes
import numpy as np

from interactive_graphs.kernels.native import (
    driver_entry,
    driver_text as words,
)
from interactive_graphs.kernels.native.pool import (
    MOST_HELPERS,
    Memory,
    Pool,
    StoppedError,
    chunks_of,
    the_pool,
)
from interactive_graphs.kernels.native.routine import Kernel

HOLD_NANOSECONDS: Final = 20e3
"""A program that takes longer lets other Python threads run meanwhile."""

Numbers = np.ndarray[tuple[int, ...], np.dtype[Any]]


class Argument(NamedTuple):
    """What an array that is given to `run` must be.

    Attributes:
        dtype: numpy's name, in the machine's byte order.
        shape: exact.
        written: whether the program writes to it.
    """

    dtype: str
    shape: tuple[int, ...]
    written: bool = False


class Place(NamedTuple):
    """The memory of an argument of the program.

    Attributes:
        argument: its number.
        offset: bytes from its beginning.
    """

    argument: int
    offset: int = 0


class Job(NamedTuple):
    """One kernel on certain memory.

    Attributes:
        kernel: how it is cut and what it needs.
        address: of its machine code.
        pointers: what its `%args` points to: addresses, or places in arguments.
    """

    kernel: Kernel
    address: int
    pointers: tuple[int | Place, ...]


class Program:
    """Jobs that run one after another, in the memory they were given.

    One run at a time: a second one gives False. Interrupts (SIGINT) arrive between two
    jobs, at least every 50 milliseconds where jobs are shorter than that.

    Attributes:
        run: `run(*arrays)` does all jobs and gives True; False if an array does not fit
            or the program runs already, and then nothing was done. NumPy scalars do for
            arrays without dimensions that are not written. Raises TypeError for a
            wrong number of arrays, StoppedError after `stop`, and what a signal
            handler raises.
    """

    run: Callable[..., bool]

    def __init__(
        self,
        jobs: Sequence[Job],
        arguments: Sequence[Argument] = (),
        keep: Sequence[object] = (),
        threads: int = 0,
        pool: Pool | None = None,
    ) -> None:
        """See the class.

        Args:
            jobs: in order.
            arguments: what `run` takes.
            keep: whatever owns the addresses: code, buffers.
            threads: how many may work at a time, the caller included; 0 for as many
                as there are.
            pool: the process's own if None.
        """
        self.arguments = tuple(arguments)
        self._pool = the_pool() if pool is None else pool
        self._memory = Memory(words.PROGRAM_WORDS * 8)
        self._words = self._memory.words()
        chunks = [chunks_of(job.kernel.units, job.kernel.cost) for job in jobs]
        cost = sum(job.kernel.cost for job in jobs)
        scratch = Memory(max((job.kernel.scratch for job in jobs), default=0))
        pointers, starts = _pointers(jobs)
        table = _job_table(jobs, chunks, pointers, starts)
        guards, patches = self._guards(jobs, pointers, starts)
        self._words[words.JOBS] = len(jobs)
        self._words[words.JOB_TABLE] = table.address
        self._words[words.ARGUMENTS] = len(arguments)
        self._words[words.GUARDS] = guards.address
        self._words[words.RELEASES_GIL] = cost > HOLD_NANOSECONDS
        self._words[words.OWN_SCRATCH] = scratch.address
        self._words[words.ALONE] = threads == 1 or max(chunks, default=1) == 1
        self._words[words.ALLOWS] = threads - 1 if threads > 0 else MOST_HELPERS
        self._words[words.POOL] = self._pool.memory.address
        if not self._words[words.ALONE]:
            self._pool.reserve(scratch.size)
        self._keep = (self._memory, scratch, pointers, table, guards, patches, *keep)
        self.run = self._entry() if _layout_is_known() else self.run_plainly

    def _guards(
        self, jobs: Sequence[Job], pointers: Memory, starts: Sequence[int]
    ) -> tuple[Memory, list[object]]:
        """Writes what each argument must be, and where its address goes."""
        memory = Memory(len(self.arguments) * words.GUARD_WORDS * 8)
        table = memory.words().reshape(-1, words.GUARD_WORDS)
        kept: list[object] = []
        self._places: list[Numbers] = []
        for number, argument in enumerate(self.arguments):
            dtype = _dtype(argument.dtype)
            shape = np.array(argument.shape, np.int64)
            places = np.array(
                [
                    (pointers.address + 8 * (start + position), pointer.offset)
                    for job, start in zip(jobs, starts, strict=True)
                    for position, pointer in enumerate(job.pointers)
                    if isinstance(pointer, Place) and pointer.argument == number
                ],
                np.int64,
            )
            flags = driver_entry.C_CONTIGUOUS | driver_entry.ALIGNED
            flags |= driver_entry.WRITEABLE if argument.written else 0
            row = table[number]
            row[words.SCALAR_TYPE] = id(dtype.type)
            row[words.DIMENSIONS] = len(shape)
            row[words.SHAPE] = shape.ctypes.data
            row[words.FLAGS] = flags
            row[words.PATCHES] = places.ctypes.data
            row[words.PATCH_COUNT] = len(places)
            kept += [shape, places, dtype.type]
            self._places.append(places)
        return memory, kept

    def _entry(self) -> Callable[..., bool]:
        """Makes the built-in function that is `run`; it keeps the program's memory."""
        owner = (self._memory.address, self._keep)
        return _new_function(ctypes.addressof(_definition(self._pool)), owner)

    def run_plainly(self, *arrays: Any) -> bool:
        """The same as `run`, in Python: for where arrays look unknown from inside."""
        if len(arrays) != len(self.arguments):
            raise TypeError("wrong number of arrays")
        if self._words[words.RUNNING] or not all(map(_fits, arrays, self.arguments)):
            return False
        held = [np.asarray(array) for array in arrays]
        for array, places in zip(held, self._places, strict=True):
            for to, offset in places.reshape(-1, 2).tolist():
                ctypes.c_int64.from_address(to).value = array.ctypes.data + offset
        if not self._words[words.ALONE]:
            self._pool.start()
        self._words[words.RUNNING] = 1
        function = ctypes.PYFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)
        try:
            ended = function(self._pool.functions["execute"])(self._memory.address)
        finally:
            self._words[words.RUNNING] = 0
        if ended == words.STOPPED:
            self._words[words.STOP] = 0
            raise StoppedError
        return True

    def stop(self) -> None:
        """Ends the run under way before its next job, or else the next run."""
        self._words[words.STOP] = 1


def _pointers(jobs: Sequence[Job]) -> tuple[Memory, list[int]]:
    """The argument arrays of all jobs, and where each job's begins."""
    starts = []
    total = 0
    for job in jobs:
        starts.append(total)
        total += len(job.pointers)
    memory = Memory(total * 8)
    table = memory.words()
    for job, start in zip(jobs, starts, strict=True):
        for position, pointer in enumerate(job.pointers):
            if not isinstance(pointer, Place):
                table[start + position] = pointer
    return memory, starts


def _job_table(
    jobs: Sequence[Job], chunks: Sequence[int], pointers: Memory, starts: Sequence[int]
) -> Memory:
    memory = Memory(len(jobs) * words.JOB_WORDS * 8)
    table = memory.words().reshape(-1, words.JOB_WORDS)
    for row, job, count, start in zip(table, jobs, chunks, starts, strict=True):
        row[words.FUNCTION] = job.address
        row[words.ARGS] = pointers.address + 8 * start
        row[words.UNITS] = job.kernel.units
        row[words.CHUNKS] = count
        row[words.COST] = int(job.kernel.cost)
    return memory


def _dtype(name: str) -> np.dtype[Any]:
    dtype: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
    return dtype


def _fits(array: Any, argument: Argument) -> bool:
    """Whether an array is what a program takes."""
    dtype = _dtype(argument.dtype)
    if type(array) is dtype.type:
        return not argument.shape and not argument.written
    return (
        type(array) is np.ndarray
        and array.dtype == dtype
        and array.dtype.isnative
        and array.shape == argument.shape
        and array.flags.c_contiguous
        and array.flags.aligned
        and (array.flags.writeable or not argument.written)
    )


@functools.cache
def _layout_is_known() -> bool:
    return driver_entry.layout_is_known()


class _Definition(ctypes.Structure):
    """Python's PyMethodDef."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


_METH_FASTCALL: Final = 0x80
_definitions: dict[int, _Definition] = {}


def _definition(pool: Pool) -> _Definition:
    """The definition of `run`, one for each pool, kept for ever."""
    address = pool.functions["enter"]
    if address not in _definitions:
        doc = b"Run a native program on arrays; False if one of them does not fit."
        _definitions[address] = _Definition(b"run", address, _METH_FASTCALL, doc)
    return _definitions[address]


def _new_function(definition: int, owner: object) -> Callable[..., bool]:
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
    made: Callable[..., bool] = make(definition, owner, None)
    return made
