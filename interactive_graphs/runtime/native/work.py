"""Tasks and arrays: a step as what is to be computed, and on which memory.

A plan's nodes become tasks, which take arrays and make arrays. What is no work, like a
reshape, is no task: its result is another view of the same array. A variable is a
sequence of versions, each an array; a task that updates it makes the next one, in the
same memory where nobody needs the old one. Read next: `lowerings.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.framework.operation import Operation
from interactive_graphs.kernels.native.clusters import Cluster, Operand, Store, Value
from interactive_graphs.kernels.native.elementwise import elementwise
from interactive_graphs.kernels.native.gemm import Epilogue
from interactive_graphs.kernels.native.routine import Routine
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.tiles import Step, tiled

Shape = tuple[int, ...]

MADE: Final = "made"
"""The value of an array that a task of the step makes."""

FED: Final = "fed"
"""One that the step is given."""

KNOWN: Final = "known"
"""One that never changes."""

HELD: Final = "held"
"""One that a variable holds."""


class Array:
    """One value of a step: its type, and where it comes from.

    Attributes:
        dtype: numpy's name of it.
        shape: of this view; None where only the value tells.
        origin: `MADE`, `FED`, `KNOWN` or `HELD`.
        name: what it is called in texts.
        base: the array whose memory this is a view of; itself if it is none.
        maker: the task that makes it, of a base that is `MADE`.
        source: what stands behind it: the fed tensor, the known value, the variable.
        previous: the version of a variable that this one takes the place of.
        strides: elements from neighbour to neighbour along each axis, of a part that
            does not lie in one piece; else None.
        offset: elements of the base before the first of a part.
        pieces: the arrays of which this one consists, where it is a stack of them.
        stack: the stack that this is a piece of, and its first element there; or None.
    """

    __slots__ = (
        "base", "dtype", "maker", "name", "offset", "origin", "pieces", "previous",
        "shape", "source", "stack", "strides",
    )  # fmt: skip

    def __init__(
        self,
        dtype: str,
        shape: Shape | None,
        origin: str = MADE,
        name: str = "",
        source: Any = None,
    ) -> None:
        """An array of its own memory."""
        self.dtype = dtype
        self.shape = shape
        self.origin = origin
        self.name = name
        self.source = source
        self.base: Array = self
        self.maker: Task | None = None
        self.previous: Array | None = None
        self.strides: tuple[int, ...] | None = None
        self.offset = 0
        self.pieces: list[Array] = []
        self.stack: tuple[Array, int] | None = None

    def viewed(self, shape: Shape | None) -> Array:
        """The same memory in another shape."""
        if shape == self.shape:
            return self
        view = Array(self.dtype, shape, self.origin, self.name, self.source)
        view.base, view.offset = self.base, self.offset
        assert self.strides is None, "a part that does not lie in one piece"
        return view

    def part(self, shape: Shape, strides: tuple[int, ...], offset: int) -> Array:
        """Some of the elements, as they lie in the memory of this array."""
        part = Array(self.dtype, shape, self.origin, self.name, self.source)
        part.base, part.offset = self.base, self.offset + offset
        assert self.strides is None, "a part of a part"
        if not _lies_in_one_piece(shape, strides):
            part.strides = strides
        return part

    @property
    def is_part(self) -> bool:
        """Whether the base has other elements, too."""
        return self.base is not self and self.size != self.base.size

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.known_shape)

    @property
    def known_shape(self) -> Shape:
        """The shape, of an array that native code works on."""
        assert self.shape is not None
        return self.shape

    @property
    def bytes(self) -> int:
        """The size in memory."""
        return self.size * np.dtype(self.dtype).itemsize

    @property
    def variable(self) -> Any:
        """The variable that this is a version of, or None."""
        if self.previous is not None:
            return self.previous.variable
        return self.source if self.origin == HELD else None

    def __repr__(self) -> str:
        """For people who debug."""
        sizes = "x".join(map(str, self.shape or ())) or "scalar"
        return f"<{self.origin} {self.name} {self.dtype} {sizes}>"


def _lies_in_one_piece(shape: Shape, strides: tuple[int, ...]) -> bool:
    expected = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True


def _operand(array: Array) -> Operand:
    """An input of a cluster; of a part in one piece the address says where it is."""
    if array.strides is None:
        return Operand(array.dtype, array.known_shape)
    return Operand(array.dtype, array.known_shape, array.strides, array.offset)


class Pointwise(NamedTuple):
    """Work on elements: a cluster whose operands are the task's inputs.

    Attributes:
        shape: over which it runs.
        values: as in a cluster, but that an argument `~i` means operand `i` and `i`
            means value `i`, so that lists can be joined.
        stores: one for each output; `value` is such an argument, too.
    """

    shape: Shape
    values: tuple[Value, ...]
    stores: tuple[Store, ...]

    def cluster(self, inputs: Iterable[Array]) -> Cluster:
        """What the emitter wants."""
        return self.over(tuple(map(_operand, inputs)))

    def over(self, operands: tuple[Operand, ...]) -> Cluster:
        """The same for operands that may be no arrays of a task."""
        count = len(operands)

        def number(argument: int) -> int:
            return ~argument if argument < 0 else argument + count

        values = tuple(v._replace(args=tuple(map(number, v.args))) for v in self.values)
        stores = tuple(s._replace(value=number(s.value)) for s in self.stores)
        return Cluster(self.shape, operands, values, stores)

    def routine(self, inputs: Sequence[Array], target: Target) -> Routine:
        """The kernels."""
        return elementwise(self.cluster(inputs), target)


class Linear(NamedTuple):
    """Work of a product or a convolution, and what is done with each element of it.

    Attributes:
        emitter: `gemm` or one of the convolutions; takes `target` and `epilogue`.
        args: positional arguments.
        options: the others, by name.
        shape: of the result.
        values: what is done with the result, as in `Pointwise`: argument `~0` is the
            result, `~i` is input `i + 1`, since inputs 0 and 1 are the factors.
        stores: what the outputs are: such arguments.
        steps: as in an `Epilogue`.
    """

    emitter: Callable[..., Routine]
    args: tuple[Any, ...]
    options: tuple[tuple[str, Any], ...]
    shape: Shape
    values: tuple[Value, ...] = ()
    stores: tuple[int, ...] = (~0,)
    steps: tuple[int, ...] = ()

    def routine(self, inputs: Sequence[Array], target: Target) -> Routine:
        """The kernels."""
        operands = tuple(Operand(a.dtype, a.known_shape) for a in inputs[2:])
        count = 1 + len(operands)

        def number(argument: int) -> int:
            return ~argument if argument < 0 else argument + count

        values = tuple(v._replace(args=tuple(map(number, v.args))) for v in self.values)
        stores = tuple(map(number, self.stores))
        epilogue = Epilogue(operands, values, stores, self.steps)
        options = dict(self.options)
        return self.emitter(*self.args, target=target, epilogue=epilogue, **options)


class Emitted(NamedTuple):
    """Work that an emitter writes: its inputs and outputs are the task's.

    Attributes:
        emitter: takes the arguments, and `target` by name.
        args: positional arguments.
        options: the others, by name.
    """

    emitter: Callable[..., Routine]
    args: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    def routine(self, _: Sequence[Array], target: Target) -> Routine:
        """The kernels."""
        return self.emitter(*self.args, target=target, **dict(self.options))


class Pass(NamedTuple):
    """One of the passes of `Tiled`.

    Attributes:
        work: what it does to elements; all its stores are whole.
        takes: the number of an array for each operand.
        gives: likewise for each store.
    """

    work: Pointwise
    takes: tuple[int, ...]
    gives: tuple[int, ...]


class Tiled(NamedTuple):
    """Work on elements in several passes, all of which are done to a tile at a time.

    Attributes:
        passes: in order. They number the task's inputs, then its outputs, then arrays
            that nobody else sees.
        outputs: how many outputs there are.
    """

    passes: tuple[Pass, ...]
    outputs: int

    def routine(self, inputs: Sequence[Array], target: Target) -> Routine:
        """The kernel."""
        kinds = {number: _operand(array) for number, array in enumerate(inputs)}
        steps = []
        for one in self.passes:
            operands = tuple(kinds[number] for number in one.takes)
            cluster = one.work.over(operands)
            steps.append(Step(cluster, one.takes, one.gives))
            for number, store in zip(one.gives, cluster.stores, strict=True):
                dtype = cluster.dtype(store.value)
                kinds[number] = Operand(dtype, cluster.shape)
        return tiled(steps, len(inputs), self.outputs, target)


class Line(NamedTuple):
    """Work that stays a line of Python: a node as tier 1 writes it."""

    op: Operation


class Nested(NamedTuple):
    """Work that is a loop or a condition of Python: what it holds are sections.

    Attributes:
        item: as `schedule.py` of the runtime has it.
        sections: by the identity of each block inside.
    """

    item: Any
    sections: dict[int, Section]


class Section:
    """The tasks of one block: they run one after another, each once.

    Attributes:
        tasks: in order.
        changes: versions of variables that tasks here, or inside, put an end to.
        outer: the task that holds this section, None for the outermost.
        parts: the tasks as they are run: native ones together, others one by one.
        leaving: bases made here that are needed elsewhere, or by Python.
        last_effect: the last task whose effects must stay in order.
    """

    __slots__ = ("changes", "last_effect", "leaving", "outer", "parts", "tasks")

    def __init__(self, outer: Task | None = None) -> None:
        """Empty."""
        self.tasks: list[Task] = []
        self.parts: list[Part] = []
        self.changes: list[tuple[Array, Task]] = []
        self.outer = outer
        self.leaving: set[Array] = set()
        self.last_effect: Task | None = None


NativeWork = Pointwise | Tiled | Linear | Emitted
Work = NativeWork | Line | Nested


class Task:
    """Something to run.

    Attributes:
        work: what.
        inputs: what it reads, in the order in which the work takes it.
        outputs: what it makes.
        ops: the nodes that it does the work of.
        after: tasks that come before it for other reasons than its inputs.
        section: where it is.
        can_fail: whether native code may refuse its inputs; then its last output is a
            word that says so.
    """

    __slots__ = ("after", "can_fail", "inputs", "ops", "outputs", "section", "work")

    def __init__(
        self,
        work: Work,
        inputs: Iterable[Array],
        outputs: Iterable[Array],
        ops: Iterable[Operation] = (),
    ) -> None:
        """See the class."""
        self.work = work
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.ops = list(ops)
        self.after: set[Task] = set()
        self.can_fail = False
        self.section: Section | None = None
        for output in self.outputs:
            output.base.maker = self

    def bases(self) -> Iterator[Array]:
        """The arrays that it reads, or parts of them; of a stack its pieces, too."""
        pending = [array.base for array in self.inputs]
        while pending:
            base = pending.pop()
            yield base
            pending += base.pieces

    def sources(self) -> set[Task]:
        """The tasks that must have run before this one."""
        makers = {base.maker for base in self.bases()}
        found = {t for t in makers if t is not None} | self.after
        if self.section is not None:
            around = (task.within(self.section) for task in found)
            found = {task for task in around if task is not None}
        found.discard(self)
        return found

    def within(self, section: Section) -> Task | None:
        """The task of a section that this one is, or is part of; None if it is not."""
        task: Task | None = self
        while task is not None and task.section is not section:
            task = None if task.section is None else task.section.outer
        return task

    @property
    def is_native(self) -> bool:
        """Whether it is no line of Python, and no loop or condition either."""
        return not isinstance(self.work, (Line, Nested))

    def __repr__(self) -> str:
        """For people who debug."""
        return f"<task {' '.join(op.name for op in self.ops)}>"


Part = list[Task]
"""Native tasks, which become one call; or one task of Python."""
