"""Versions of variables: none changes before all who need it have read it.

A task that changes a variable in place waits for those that read what it held. Where
one of these comes later, because it waits for the change, a copy is made before.
Read next: `cluster.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from interactive_graphs.kernels.native.clusters import Store
from interactive_graphs.runtime.native.work import (
    MADE,
    Array,
    Nested,
    Pointwise,
    Section,
    Task,
)


def protect(section: Section, fetched: list[Array]) -> list[Array]:
    """Put the readers of each version before its change, or have them read a copy.

    Args:
        section: its tasks get new sources, and it new tasks.
        fetched: what is read after it.

    Returns:
        What is to be read after it instead.
    """
    for task in section.tasks:
        if isinstance(task.work, Nested):
            for inner in task.work.sections.values():
                protect(inner, [])
    order = {task: i for i, task in enumerate(section.tasks)}
    readers: dict[Array, list[Task]] = {}
    for task in section.tasks:
        for array in dict.fromkeys(a.base for a in task.inputs):
            readers.setdefault(array, []).append(task)
    for old, change in section.changes:
        late = []
        for reader in readers.get(old, ()):
            if order[reader] < order[change]:
                change.after.add(reader)
            elif reader is not change:
                late.append(reader)
        if late or any(array.base is old for array in fetched):
            instead = _copied(section, old, change)
            for reader in late:
                _replace(reader, instead)
            fetched = [instead(array) for array in fetched]
    return fetched


def _copied(section: Section, old: Array, change: Task) -> Callable[[Array], Array]:
    """Copy a version before its change; returns what replaces it in who reads it."""
    kept = Array(old.dtype, old.shape, MADE, old.name)
    copy = Task(Pointwise(old.known_shape, (), (Store(~0),)), [old], [kept])
    copy.section = section
    change.after.add(copy)
    section.tasks.insert(section.tasks.index(change), copy)

    def instead(array: Array) -> Array:
        return kept.viewed(array.shape) if array.base is old else array

    return instead


def _replace(reader: Task, instead: Callable[[Array], Array]) -> None:
    reader.inputs = [instead(array) for array in reader.inputs]
    if isinstance(reader.work, Nested):
        for section in reader.work.sections.values():
            for task in section.tasks:
                _replace(task, instead)
