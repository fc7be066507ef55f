"""Which elementwise tasks become one cluster.

A task joins those whose results it takes, and those that read what it reads, as long as
they run over the same shape. What nobody outside needs is then never in memory. A
cluster does not grow without end: one that reads and writes many arrays, or computes
many functions, is slower than two. Read next: `epilogue.py`.
"""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from interactive_graphs.framework.operation import Operation
from interactive_graphs.kernels.native.clusters import Value
from interactive_graphs.runtime.native.groups import Group, Groups
from interactive_graphs.runtime.native.work import Array, Pointwise, Task

MOST_VALUES: Final = 120
MOST_COST: Final = 1200
MOST_ARRAYS: Final = 24
_WINDOW: Final = 6


def join_elementwise(tasks: Sequence[Task], wanted: Iterable[Array]) -> list[Task]:
    """The tasks with clusters in place of the elementwise ones they were made of.

    Args:
        tasks: in an order in which each comes after what it needs.
        wanted: arrays that are needed after the step.
    """
    groups = Groups(tasks)
    readers = _readers(tasks)
    kept = {array.base for array in wanted}
    for task in tasks:
        if isinstance(task.work, Pointwise):
            for other in _neighbours(task, readers, groups):
                _try_to_join(groups, task, other, readers, kept)
    return merged(groups, readers, kept)


def _readers(tasks: Sequence[Task]) -> dict[Array, list[Task]]:
    readers: dict[Array, list[Task]] = {}
    for task in tasks:
        for base in task.bases():
            readers.setdefault(base, []).append(task)
    return readers


def _neighbours(
    task: Task, readers: dict[Array, list[Task]], groups: Groups
) -> list[Task]:
    """Who makes what a task reads, and who read it before."""
    found: dict[Task, None] = {}
    for array in task.inputs:
        maker = array.base.maker
        if maker is None or maker not in groups.order:
            continue
        if isinstance(maker.work, Pointwise):
            found[maker] = None
    for array in task.inputs:
        if array.size == 1:
            continue
        for reader in _just_before(task, readers[array.base], groups.order):
            if isinstance(reader.work, Pointwise):
                found[reader] = None
    return list(found)


def _just_before(task: Task, readers: list[Task], order: dict[Task, int]) -> list[Task]:
    """Some of the readers that come before a task."""
    at = bisect.bisect_left(readers, order[task], key=order.__getitem__)
    return readers[max(0, at - _WINDOW) : at]


def _try_to_join(
    groups: Groups,
    task: Task,
    other: Task,
    readers: dict[Array, list[Task]],
    kept: set[Array],
) -> None:
    a, b = groups.of(task), groups.of(other)
    if a is b or _shape(a) != _shape(b):
        return
    if a.values + b.values > MOST_VALUES or a.cost + b.cost > MOST_COST:
        return
    members = [*a.members, *b.members]
    if _outside(members, readers, kept) > MOST_ARRAYS or not _may_be_in_place(members):
        return
    if _passes_reshaped(members) or not groups.may_join(a, b):
        return
    groups.join(a, b)


def _shape(group: Group) -> object:
    work = group.members[0].work
    return work.shape if isinstance(work, Pointwise) else None


def _outside(
    members: Sequence[Task], readers: dict[Array, list[Task]], kept: set[Array]
) -> int:
    """How many arrays tasks read and write that are not theirs alone."""
    inside = set(members)
    made = {array for task in members for array in task.outputs}
    taken = {array.base for task in members for array in task.inputs}
    written = sum(
        array in kept or any(reader not in inside for reader in readers.get(array, ()))
        for array in made
    )
    return len(taken - made) + written


def _may_be_in_place(members: Sequence[Task]) -> bool:
    """Whether a variable that is changed is read element by element only."""
    changed = {o.previous.base for t in members for o in t.outputs if o.previous}
    return all(
        array.base not in changed
        or (array.shape == task.work.shape and not array.is_part)
        for task in members
        if isinstance(task.work, Pointwise)
        for array in task.inputs
    )


def _passes_reshaped(members: Sequence[Task]) -> bool:
    """Whether one takes another's result in another shape: its elements elsewhere."""
    inside = set(members)
    for task in members:
        assert isinstance(task.work, Pointwise)
        for array in task.inputs:
            if array.base.maker in inside and (
                array.is_part
                or array.shape != task.work.shape
                or not _is_whole(array.base)
            ):
                return True
    return False


def _is_whole(array: Array) -> bool:
    """Whether an array is what a cluster computes, and not a sum of it."""
    maker = array.maker
    assert maker is not None
    assert isinstance(maker.work, Pointwise)
    store = maker.work.stores[maker.outputs.index(array)]
    return not store.reduce and array.shape == maker.work.shape


# -- one task out of several -----------------------------------------------------------


def merged(
    groups: Groups, readers: dict[Array, list[Task]], kept: set[Array]
) -> list[Task]:
    """The tasks of a step, each group as one, in an order of dependency."""
    result = []
    replaced: dict[Task, Task] = {}
    for group in groups.all():
        if len(group.members) == 1:
            task = group.members[0]
        else:
            task = _one(group, readers, kept)
        replaced.update(dict.fromkeys(group.members, task))
        result.append(task)
    for task in result:
        task.after = {replaced.get(t, t) for t in task.after} - {task}
    return in_order(result)


def _one(group: Group, readers: dict[Array, list[Task]], kept: set[Array]) -> Task:
    """A cluster of elementwise tasks."""
    inside = set(group.members)
    joined = Joined()
    outputs, stores = [], []
    for task in group.members:
        assert isinstance(task.work, Pointwise)
        numbers = joined.add(task.inputs, task.work.values)
        for output, store in zip(task.outputs, task.work.stores, strict=True):
            number = numbers(store.value)
            if not store.reduce:
                joined.known[output] = number
            is_read = any(reader not in inside for reader in readers.get(output, ()))
            if is_read or output in kept or output.previous is not None:
                outputs.append(output)
                stores.append(store._replace(value=number))
    work = group.members[0].work
    assert isinstance(work, Pointwise)
    pointwise = Pointwise(work.shape, tuple(joined.values), tuple(stores))
    task = Task(pointwise, joined.inputs, outputs, _ops(group.members))
    task.section = group.members[0].section
    for member in group.members:
        task.after |= member.after - inside
    return task


def _ops(members: Iterable[Task]) -> list[Operation]:
    return list(dict.fromkeys(op for task in members for op in task.ops))


class Joined:
    """Lists of values that become one list.

    Attributes:
        inputs: the operands.
        values: all values, equal ones once.
        known: by array its number, of what was computed or read.
    """

    def __init__(self) -> None:
        """Nothing is joined."""
        self.inputs: list[Array] = []
        self.values: list[Value] = []
        self.known: dict[Array, int] = {}
        self._operands: dict[tuple[Array, object], int] = {}
        self._numbers: dict[str, int] = {}

    def operand(self, array: Array) -> int:
        """The number of an array: computed here, or read."""
        number = self.known.get(array.base)
        if number is not None and not array.is_part:
            return number
        key = (array.base, (array.shape, array.strides, array.offset))
        if key not in self._operands:
            self.inputs.append(array)
            self._operands[key] = ~(len(self.inputs) - 1)
        return self._operands[key]

    def add(
        self, inputs: Iterable[Array], values: Iterable[Value]
    ) -> Callable[[int], int]:
        """Append a task's values; returns what its numbers have become."""
        operands = [self.operand(array) for array in inputs]
        numbers: list[int] = []

        def number(argument: int) -> int:
            return operands[~argument] if argument < 0 else numbers[argument]

        for value in values:
            made = value._replace(args=tuple(map(number, value.args)))
            # Of constants 0.0 and -0.0 are equal, and NaN never is.
            key = repr(made)
            if key not in self._numbers:
                self._numbers[key] = len(self.values)
                self.values.append(made)
            numbers.append(self._numbers[key])
        return number


def in_order(tasks: Sequence[Task]) -> list[Task]:
    """Tasks in an order of dependency that changes theirs as little as possible."""
    place = {task: i for i, task in enumerate(tasks)}
    waiting = {task: task.sources() & place.keys() for task in tasks}
    followers: dict[Task, list[Task]] = {task: [] for task in tasks}
    for task, sources in waiting.items():
        for source in sources:
            followers[source].append(task)
    left = {task: len(sources) for task, sources in waiting.items()}
    ready = [place[task] for task in tasks if not left[task]]
    ordered = []
    while ready:
        task = tasks[heapq.heappop(ready)]
        ordered.append(task)
        for follower in followers[task]:
            left[follower] -= 1
            if not left[follower]:
                heapq.heappush(ready, place[follower])
    assert len(ordered) == len(tasks), "tasks wait for each other"
    return ordered
