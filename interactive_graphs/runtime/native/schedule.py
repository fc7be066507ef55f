"""The order of tasks: few changes between native code and Python.

    parts = schedule(tasks)
    [Part(tasks=[line]), Part(tasks=[native, native, ...]), ...]

Lines go as early as they can, native tasks keep the order of the step, in which values
do not live long. Where a kernel can refuse what it is given, and variables are changed,
a first part ends with the kernels that can refuse: nothing has changed by then.
Read next: `buffers.py`.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from interactive_graphs.runtime.native.work import Part, Task


def schedule(tasks: Sequence[Task]) -> list[Part]:
    """Parts in the order to run them, each native or a single line, loop or condition.

    Args:
        tasks: in an order in which each comes after what it needs.
    """
    first = _before_changes(tasks)
    parts = _parts([task for task in tasks if task in first])
    return parts + _parts([task for task in tasks if task not in first])


def _before_changes(tasks: Sequence[Task]) -> set[Task]:
    """What has to be done before any variable may change."""
    changed: set[Task] = set()
    needed: set[Task] = set()
    for task in tasks:
        if _changes_variable(task) or task.sources() & changed:
            changed.add(task)
    pending = [task for task in tasks if task.can_fail and task not in changed]
    if not changed:
        return needed
    while pending:
        task = pending.pop()
        if task not in needed:
            needed.add(task)
            pending += task.sources()
    return needed


def _changes_variable(task: Task) -> bool:
    return any(output.previous is not None for output in task.outputs)


def _parts(tasks: Sequence[Task]) -> list[Part]:
    place = {task: i for i, task in enumerate(tasks)}
    followers: dict[Task, list[Task]] = {task: [] for task in tasks}
    left = {}
    for task in tasks:
        sources = task.sources() & place.keys()
        left[task] = len(sources)
        for source in sources:
            followers[source].append(task)
    lines: list[int] = []
    native: list[int] = []

    def push(task: Task) -> None:
        heapq.heappush(native if task.is_native else lines, place[task])

    for task in tasks:
        if not left[task]:
            push(task)
    parts: list[Part] = []
    while lines or native:
        heap = lines or native
        part: Part = []
        while heap:
            task = tasks[heapq.heappop(heap)]
            part.append(task)
            for follower in followers[task]:
                left[follower] -= 1
                if not left[follower]:
                    push(follower)
        if part[0].is_native:
            parts.append(part)
        else:
            parts += ([line] for line in part)
    return parts
