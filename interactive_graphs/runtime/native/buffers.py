"""Where the values of a step lie: one block of memory, and what is given from outside.

A value that native code makes and native code reads has a place in the block for as
long as somebody will read it; then others lie there. A result may take the place of an
input that nobody reads any more, where the kernel allows it. Places begin at multiples
of 64 bytes, and large ones not all at the same distance from a multiple of 4096: equal
addresses modulo that are the same set of a cache.

Everything else is an argument of the call: what is fed, what variables hold, what lines
of Python make or read, and what the user gets. Read next: `assemble.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from interactive_graphs.kernels.native.routine import Routine
from interactive_graphs.runtime.native.work import FED, HELD, KNOWN, Array, Part, Task

ALIGNMENT: Final = 64
_LARGE: Final = 4096
_STEP: Final = 5 * 64


class Block:
    """A range of memory that is handed out in pieces.

    Attributes:
        size: how many bytes it needs to have.
    """

    def __init__(self) -> None:
        """Nothing is taken."""
        self.size = 0
        self._free: list[tuple[int, int]] = []
        self._turn = 0

    def take(self, size: int) -> tuple[int, int]:
        """A piece of at least `size` bytes, as offset and size to give back."""
        wanted = max(ALIGNMENT, -(-size // ALIGNMENT) * ALIGNMENT)
        fitting = [(end - at, at, end) for at, end in self._free if end - at >= wanted]
        if fitting:
            _, at, end = min(fitting)
            self._free.remove((at, end))
            if end - at > wanted:
                self._free.append((at + wanted, end))
            return at, wanted
        if wanted >= _LARGE:
            wanted += self._stagger(wanted)
        at = self.size
        # The last free piece can grow.
        for piece in self._free:
            if piece[1] == self.size:
                at = piece[0]
                self._free.remove(piece)
                break
        self.size = at + wanted
        return at, wanted

    def _stagger(self, size: int) -> int:
        """What is added so that the next piece does not begin at the same distance."""
        return _STEP if (size % _LARGE) < _STEP else 0

    def give(self, at: int, size: int) -> None:
        """Give a piece back."""
        start, end = at, at + size
        rest = []
        for piece in self._free:
            if piece[1] == start:
                start = piece[0]
            elif piece[0] == end:
                end = piece[1]
            else:
                rest.append(piece)
        self._free = [*rest, (start, end)]


class Layout:
    """Where every array of a step lies.

    Attributes:
        size: bytes of the block.
        offsets: of the arrays in the block, by base.
        temporaries: of each task the offsets of its routine's temporaries.
        fresh: arrays that are made anew for each run, since they leave native code.
        cells: arrays of the block that are looked at from outside: those without
            dimensions that leave it by value, status words, and what a kernel that can
            fail has read.
    """

    def __init__(self) -> None:
        """Nothing lies anywhere."""
        self.size = 0
        self.offsets: dict[Array, int] = {}
        self.temporaries: dict[Task, list[int]] = {}
        self.fresh: list[Array] = []
        self.cells: list[Array] = []


def lay_out(
    parts: Sequence[Part], routines: dict[Task, Routine], leaving: Iterable[Array]
) -> Layout:
    """Give every array of a step its place.

    Args:
        parts: what runs, in order.
        routines: of the native tasks.
        leaving: bases that others than these tasks, or Python, read.
    """
    tasks = [task for part in parts for task in part]
    layout = Layout()
    leaving = set(leaving)
    for task in tasks:
        # A variable without dimensions gets its new value by a line.
        leaving.update(a for a in task.outputs if a.previous and a.shape == ())
    block = Block()
    seen = _seen(tasks)
    layout.cells += [array for array in seen if array not in leaving]
    for task in tasks:
        if task.can_fail:
            # Nobody else may write there: a kernel leaves it as it is if all is well.
            layout.offsets[task.outputs[-1]] = block.take(ALIGNMENT)[0]
    last: dict[Array, int] = {}
    for i, task in enumerate(tasks):
        last.update((array, i) for array in _used(task))
    pieces: dict[Array, tuple[int, int]] = {}
    for i, task in enumerate(tasks):
        if not task.is_native:
            continue
        routine = routines[task]
        for number, output in enumerate(task.outputs):
            if output in layout.offsets or not _is_in_block(output, leaving, layout):
                continue
            if output.stack is not None:
                whole, _ = _stack_of(output)
                if whole not in pieces:
                    pieces[whole] = block.take(whole.bytes)
                    layout.offsets[whole] = pieces[whole][0]
                for array in _chain(output):
                    at, inside = layout.offsets[whole], _stack_of(array)[1]
                    layout.offsets[array] = at + inside
                continue
            dead = _dead_input(task, number, routine, pieces, last, i)
            if dead is None or dead in leaving or dead in seen:
                piece = block.take(output.bytes)
            else:
                piece = pieces.pop(dead)
            pieces[output] = piece
            layout.offsets[output] = piece[0]
        held = [block.take(size) for size in routine.temporaries]
        layout.temporaries[task] = [at for at, _ in held]
        for at, size in held:
            block.give(at, size)
        for array in dict.fromkeys(_used(task)):
            stays = any(a in leaving or a in seen for a in (array, *array.pieces))
            if last[array] == i and not stays and array in pieces:
                block.give(*pieces.pop(array))
    layout.size = block.size
    return layout


def _used(task: Task) -> Iterator[Array]:
    """The arrays that have to be there while a task runs; of a piece, the stack."""
    for array in (*task.inputs, *task.outputs):
        yield from _chain(array.base)


def _chain(array: Array) -> Iterator[Array]:
    """An array, the stack that it is a piece of, the stack of that one, and so on."""
    yield array
    while array.stack is not None:
        array = array.stack[0]
        yield array


def _stack_of(array: Array) -> tuple[Array, int]:
    """The outermost stack that an array is in, and the bytes before it there."""
    size = np.dtype(array.dtype).itemsize
    start = 0
    while array.stack is not None:
        array, first = array.stack
        start += first * size
    return array, start


def _seen(tasks: Sequence[Task]) -> dict[Array, None]:
    """Arrays made by native code that the program looks at where they lie."""
    found: dict[Array, None] = {}
    for task in tasks:
        if task.can_fail:
            found[task.outputs[-1]] = None
            for array in task.inputs:
                maker = array.base.maker
                if maker is not None and maker.is_native and not array.base.previous:
                    found[array.base] = None
    return found


def _is_in_block(output: Array, leaving: set[Array], layout: Layout) -> bool:
    """Whether a result has a place in the block; notes those that leave."""
    if output.previous is not None and output.shape != ():
        return False  # where the variable's value is
    if output not in leaving:
        return True
    if output.shape == ():
        layout.cells.append(output)
        return True
    layout.fresh.append(output)
    return False


def _dead_input(
    task: Task,
    number: int,
    routine: Routine,
    pieces: dict[Array, tuple[int, int]],
    last: dict[Array, int],
    now: int,
) -> Array | None:
    """An input whose place an output may take: nobody reads it any more."""
    output = task.outputs[number]
    at = len(task.inputs) + number
    for place, array in enumerate(task.inputs):
        base = array.base
        if base not in pieces or last[base] != now or base.bytes != output.bytes:
            continue
        if array.is_part:
            continue
        if base.previous is not None or base.origin in (FED, HELD, KNOWN):
            continue
        everywhere = [i for i, a in enumerate(task.inputs) if a.base is base]
        if len(everywhere) == 1 and (at, place) in routine.in_place:
            return base
    return None
