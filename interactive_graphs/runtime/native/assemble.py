"""From tasks to machine code on memory: what the native calls of a program run.

    native = Native(section, routines, target)
    run, = native.instance()

Kernels are written once for equal tasks, compiled together, and shared by all instances
of the memory: a step that runs in two threads at once has two. Read next: `writer.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.kernels.native.compiler import compile_kernels
from interactive_graphs.kernels.native.driver import Argument, Job, Place, Program
from interactive_graphs.kernels.native.pool import Memory
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.runtime.native.buffers import Layout, lay_out
from interactive_graphs.runtime.native.variables import Changing, aligned_copy
from interactive_graphs.runtime.native.work import (
    KNOWN,
    Array,
    Line,
    Nested,
    Part,
    Section,
    Task,
)

_SMALL: Final = 1 << 20
"""Known values smaller than this are copied to where they are read best."""


def write_routines(tasks: Sequence[Task], target: Target) -> dict[Task, Routine]:
    """The routine of each native task; equal tasks share one."""
    written: dict[str, Routine] = {}
    routines = {}
    for task in tasks:
        if isinstance(task.work, (Line, Nested)):
            continue
        # As text, since of numbers 0.0 and -0.0 are equal, and NaN is not.
        kinds = [
            (a.dtype, a.shape, a.strides, a.offset * bool(a.strides))
            for a in task.inputs
        ]
        key = repr((task.work, kinds))
        if key not in written:
            written[key] = task.work.routine(task.inputs, target)
        routines[task] = written[key]
    return routines


def memory_of(array: Array) -> Array:
    """The array in whose memory one lies: a variable's versions share theirs."""
    array = array.base
    while array.previous is not None and array.shape != ():
        array = array.previous.base
    return array


class Call(NamedTuple):
    """What a native part takes, as arrays that stand for their memory.

    Attributes:
        tasks: the part.
        changed: variables that are changed in place; they come first.
        given: the other arguments.
        numbers: variables without dimensions that are changed, with the new values.
        checks: tasks that can fail, with the words that say so.
    """

    tasks: Part
    changed: list[Array]
    given: list[Array]
    numbers: list[Array]
    checks: list[Task]

    @property
    def has_changes(self) -> bool:
        """Whether it changes variables."""
        return bool(self.changed or self.numbers)


def call_of(part: Part, layout: Layout) -> Call:
    """What a native part takes."""
    changed: dict[Array, None] = {}
    given: dict[Array, None] = {}
    numbers: list[Array] = []
    for task in part:
        for array in task.outputs:
            if array.previous is not None and array.shape == ():
                numbers.append(array)
            elif array.previous is not None:
                changed[memory_of(array)] = None
    for task in part:
        for array in (*task.inputs, *task.outputs):
            memory = memory_of(array)
            inside = memory in layout.offsets or memory.origin == KNOWN
            if not inside and memory not in changed:
                given[memory] = None
    checks = [task for task in part if task.can_fail]
    return Call(part, list(changed), list(given), numbers, checks)


class Native:
    """The native parts of a section, compiled.

    Attributes:
        calls: what each native part takes.
        cells: the arrays that are looked at from outside; see `Layout`.
        kernels: of each native task.
    """

    def __init__(
        self,
        section: Section,
        routines: dict[Task, Routine],
        target: Target,
        threads: int = 0,
    ) -> None:
        """Lay out the memory and compile all kernels."""
        layout = self._layout = lay_out(section.parts, routines, section.leaving)
        self._threads = threads
        self._routines = routines
        native = [part for part in section.parts if part[0].is_native]
        self.calls = [call_of(part, layout) for part in native]
        self.kernels: dict[Task, tuple[Kernel, ...]] = {
            task: routines[task].kernels for part in native for task in part
        }
        flat = [kernel for kernels in self.kernels.values() for kernel in kernels]
        self._code = compile_kernels(flat, target)
        # By task of each kernel the address, and that of a table if it calls others.
        self._addresses: dict[Task, list[tuple[int, int | None]]] = {}
        found = zip(self._code.addresses, self._code.tables, strict=True)
        for task, kernels in self.kernels.items():
            self._addresses[task] = list(itertools.islice(found, len(kernels)))
        self._known: dict[Array, np.ndarray] = {}
        self.cells = list(layout.cells)

    @property
    def cost(self) -> float:
        """Estimated nanoseconds of all kernels on one core."""
        return sum(k.cost for kernels in self.kernels.values() for k in kernels)

    def instance(self) -> tuple[Any, ...]:
        """New memory, and what runs on it.

        Returns:
            For each part what runs it and, if it changes variables, what goes around
            that; then the memory of each of `cells`.
        """
        memory = Memory(self._layout.size)
        cells = {array: self._cell(array, memory) for array in self.cells}
        made: list[Any] = []
        for call in self.calls:
            made.append(self._program(call, memory).run)
            if call.has_changes:
                variables = [array.variable for array in call.changed]
                numbers = [(array.variable, cells[array]) for array in call.numbers]
                made.append(Changing(variables, numbers))
        return (*made, *cells.values())

    def _cell(self, array: Array, memory: Memory) -> np.ndarray:
        at = self._layout.offsets[array]
        dtype = np.dtype(array.dtype)
        cell: np.ndarray = memory.array[at : at + array.bytes].view(dtype)
        if array.name == "status":
            cell[:] = 0
        return cell.reshape(array.known_shape)

    def _program(self, call: Call, memory: Memory) -> Program:
        arrays = [*call.changed, *call.given]
        number = {array: i for i, array in enumerate(arrays)}
        arguments = [Argument(a.dtype, a.known_shape) for a in arrays]

        def pointer(array: Array) -> int | Place:
            within = array.offset if array.strides is None else 0
            within *= np.dtype(array.dtype).itemsize
            array = memory_of(array)
            if array in number:
                return Place(number[array], within)
            if array.origin == KNOWN:
                return self._constant(array) + within
            return memory.address + self._layout.offsets[array] + within

        jobs = []
        for task in call.tasks:
            pointers = [pointer(a) for a in (*task.inputs, *task.outputs)]
            temporaries = self._layout.temporaries[task]
            pointers += [memory.address + at for at in temporaries]
            routine = self._routines[task]
            for kernel, (address, table), args in zip(
                routine.kernels, self._addresses[task], routine.args, strict=True
            ):
                head = () if table is None else (table,)
                given = (*head, *(pointers[a] for a in args))
                jobs.append(Job(kernel, address, given))
        kept = (self._code, memory, self._known)
        return Program(jobs, arguments, kept, self._threads)

    def _constant(self, array: Array) -> int:
        """The address of a value that is known, kept for as long as the code is."""
        found = self._known.get(array)
        if found is None:
            found = np.ascontiguousarray(array.source)
            if found.nbytes < _SMALL:
                found = aligned_copy(found)
            self._known[array] = found
        address: int = found.ctypes.data
        return address
