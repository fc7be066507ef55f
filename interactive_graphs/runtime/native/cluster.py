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
from typing import Final, NamedTuple

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
    borders = _Borders(groups, readers, kept)
    for task in tasks:
        if isinstance(task.work, Pointwise):
            for other in _neighbours(task, readers, groups):
                a, b = groups.of(task), groups.of(other)
                if a is not b and borders.may_join(a, b):
                    borders.join(a, b)
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


class _Border(NamedTuple):
    """What of a group can be seen from outside.

    Attributes:
        taken: the bases that its members read and do not make.
        given: what they make that others read, or that is wanted after the step.
        changed: variables that they change, as they were before.
    """

    taken: set[Array]
    given: set[Array]
    changed: set[Array]


class _Borders:
    """The borders of groups: what two would be as one is known without their members.

    Chains have clusters of a hundred tasks, which come one by one.
    """

    def __init__(
        self, groups: Groups, readers: dict[Array, list[Task]], kept: set[Array]
    ) -> None:
        self._groups = groups
        self._readers = readers
        self._kept = kept
        self._of: dict[Group, _Border] = {}

    def may_join(self, a: Group, b: Group) -> bool:
        """Whether two groups can be one cluster that is no slower."""
        if _shape(a) != _shape(b):
            return False
        if a.values + b.values > MOST_VALUES or a.cost + b.cost > MOST_COST:
            return False
        border = self._both(a, b)
        if len(border.taken) + len(border.given) > MOST_ARRAYS:
            return False
        if border.changed and not _may_be_in_place((*a.members, *b.members)):
            return False
        return not self._passes_reshaped(a, b) and self._groups.may_join(a, b)

    def join(self, a: Group, b: Group) -> None:
        """Make two groups one."""
        border = self._both(a, b)
        self._of[self._groups.join(a, b)] = border

    def _border(self, group: Group) -> _Border:
        """A group's border; until it is joined it is one task."""
        found = self._of.get(group)
        if found is None:
            (task,) = group.members
            found = self._of[group] = _Border(
                {array.base for array in task.inputs},
                {array for array in task.outputs if self._is_seen(array, (group,))},
                {o.previous.base for o in task.outputs if o.previous},
            )
        return found

    def _both(self, a: Group, b: Group) -> _Border:
        """The border of two groups as one."""
        first, second, both = self._border(a), self._border(b), (a, b)
        taken, given = first.taken | second.taken, first.given | second.given
        return _Border(
            {array for array in taken if self._maker(array) not in both},
            {array for array in given if self._is_seen(array, both)},
            first.changed | second.changed,
        )

    def _maker(self, array: Array) -> Group | None:
        task = array.maker
        if task is None or task not in self._groups.order:
            return None
        return self._groups.of(task)

    def _is_seen(self, array: Array, groups: tuple[Group, ...]) -> bool:
        """Whether anybody but the members of groups needs an array."""
        of, readers = self._groups.of, self._readers.get(array, ())
        return array in self._kept or any(of(task) not in groups for task in readers)

    def _passes_reshaped(self, a: Group, b: Group) -> bool:
        """Whether one takes the other's result in another shape: not in its place."""
        for group, other in ((a, b), (b, a)):
            taken = self._border(group).taken
            passed = {array for array in taken if self._maker(array) is other}
            if passed and any(_reads_reshaped(task, passed) for task in group.members):
                return True
        return False


def _shape(group: Group) -> object:
    work = group.members[0].work
    return work.shape if isinstance(work, Pointwise) else None


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


def _reads_reshaped(task: Task, passed: set[Array]) -> bool:
    """Whether a task takes arrays otherwise than element by element."""
    assert isinstance(task.work, Pointwise)
    for array in task.inputs:
        if array.base in passed and (
            array.is_part or array.shape != task.work.shape or not _is_whole(array.base)
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
