"""Groups of tasks that are to become one, and whether they may.

Tasks may be joined unless something that has to run between them is no part of it: then
the joined task would wait for itself. Groups only grow. Read next: `cluster.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from interactive_graphs.kernels.native.operations import cost_of
from interactive_graphs.runtime.native.work import Pointwise, Task

_STEPS = 2000
"""How many tasks are looked at before two are taken for not to be joined."""

_LEVELS = 4
"""Tasks with more than so many levels between them most likely have a way, too."""


class Group:
    """Tasks that will be one.

    Attributes:
        members: in the order of the step.
        first, last: the places of the first and the last of them.
        level: how many products and the like lie before the first.
        values: how many values they compute.
        cost: of these, in instructions.
    """

    __slots__ = ("cost", "first", "last", "level", "members", "values")

    def __init__(self, task: Task, place: int, level: int) -> None:
        """A task on its own."""
        self.members = [task]
        self.first = self.last = place
        self.level = level
        self.values, self.cost = 0, 0.0
        if isinstance(task.work, Pointwise):
            self.values = len(task.work.values)
            self.cost = sum(cost_of(v.op, v.dtype) for v in task.work.values)


class Groups:
    """The groups of a step; each task begins as its own.

    Attributes:
        order: the place of each task in the step.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        """Nothing is joined."""
        self.order = {task: i for i, task in enumerate(tasks)}
        self._of: dict[Task, Group] = {}
        for i, task in enumerate(tasks):
            sources = [self._of[source] for source in task.sources()]
            level = max((group.level for group in sources), default=0)
            heavy = not isinstance(task.work, Pointwise)
            self._of[task] = Group(task, i, level + heavy)
        self._followers: dict[Task, list[Task]] = {task: [] for task in tasks}
        for task in tasks:
            for source in task.sources():
                self._followers[source].append(task)

    def of(self, task: Task) -> Group:
        """The group that a task is in."""
        return self._of[task]

    def all(self) -> list[Group]:
        """All groups, by their first task."""
        return list(dict.fromkeys(self._of.values()))

    def followers(self, task: Task) -> list[Task]:
        """The tasks that wait for one."""
        return self._followers[task]

    def may_join(self, a: Group, b: Group) -> bool:
        """Whether two groups can be one without waiting for themselves."""
        if abs(a.level - b.level) > _LEVELS:
            return False
        return not self._leads(a, b) and not self._leads(b, a)

    def _leads(self, source: Group, target: Group) -> bool:
        """Whether a way leads from one group to another through a third."""
        seen = {source}
        pending = [
            group for group in self._next(source) if group not in (source, target)
        ]
        steps = 0
        while pending:
            group = pending.pop()
            if group in seen or group.first > target.last:
                continue
            if group is target:
                return True
            seen.add(group)
            steps += len(group.members)
            if steps > _STEPS:
                return True
            pending += self._next(group)
        return False

    def _next(self, group: Group) -> Iterable[Group]:
        return [self._of[f] for t in group.members for f in self._followers[t]]

    def join(self, a: Group, b: Group) -> Group:
        """Make two groups one."""
        if len(a.members) < len(b.members):
            a, b = b, a
        members = [*a.members, *b.members]
        if a.last > b.first:
            members.sort(key=self.order.__getitem__)
        a.members = members
        a.first, a.last = min(a.first, b.first), max(a.last, b.last)
        a.values, a.cost = a.values + b.values, a.cost + b.cost
        for task in b.members:
            self._of[task] = a
        return a
