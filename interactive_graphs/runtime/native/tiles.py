"""Which elementwise tasks over large arrays are done to a tile at a time.

A cluster does not grow without end (`cluster.py`), so a deep net of elementwise layers
is a chain of clusters with large arrays between them, which all have to be in memory
until the gradients have been there. Where such tasks follow one another they become one
task, which goes through the tiles of their arrays once: what nobody else reads is then
never whole. A sum on the way gets its values in one piece and is done after.
Read next: `schedule.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from interactive_graphs.kernels.native.clusters import Store
from interactive_graphs.runtime.native.cluster import in_order
from interactive_graphs.runtime.native.groups import Group, Groups
from interactive_graphs.runtime.native.work import Array, Pass, Pointwise, Task, Tiled

LARGE: Final = 1 << 16
"""Tiles are for arrays of at least so many elements."""

WORTH: Final = 1 << 20
"""Bytes that must not have to be in memory then: less stays in a cache anyway."""


def cut_into_tiles(tasks: Sequence[Task], wanted: Iterable[Array]) -> list[Task]:
    """The tasks with tiled ones in place of those that they do the work of.

    Args:
        tasks: in an order in which each comes after what it needs.
        wanted: arrays that are needed after the step.
    """
    fitting = {task for task in tasks if _fits(task)}
    if len(fitting) < 2:
        return list(tasks)
    groups = Groups(tasks)
    for task in tasks:
        if task in fitting:
            _join_makers(task, groups, fitting)
    kept = {array.base for array in wanted}
    readers: dict[Array, list[Task]] = {}
    for task in tasks:
        for base in task.bases():
            readers.setdefault(base, []).append(task)
    result: list[Task] = []
    replaced: dict[Task, Task] = {}
    for group in groups.all():
        made = group.members
        between = _between(group, readers, kept)
        if sum(array.bytes for array in between) >= WORTH:
            made = _tiled(group, between)
            replaced.update(dict.fromkeys(group.members, made[0]))
        result += made
    for task in result:
        task.after = {replaced.get(t, t) for t in task.after} - {task}
    return in_order(result) if replaced else list(tasks)


def _fits(task: Task) -> bool:
    """Whether a task works on large arrays, from their first element to their last."""
    work = task.work
    if not isinstance(work, Pointwise):
        return False
    count = task_size(task)
    return (
        count >= LARGE
        and all(_is_straight(array, count) for array in task.inputs)
        and all(_is_simple(store) for store in work.stores)
        and all(output.stack is None for output in task.outputs)
    )


def task_size(task: Task) -> int:
    """The number of elements that an elementwise task works on."""
    assert isinstance(task.work, Pointwise)
    count = 1
    for size in task.work.shape:
        count *= size
    return count


def _is_straight(array: Array, count: int) -> bool:
    """Whether element i of the work is element i of an array, or its only one."""
    if array.strides is not None or array.base.pieces:
        return False
    is_made = array.base.maker is not None
    return array.size in (1, count) and not (is_made and array.is_part)


def _is_simple(store: Store) -> bool:
    """Whether a store is whole, or a sum of something computed, which can wait."""
    return store.value >= 0 if store.reduce else store.strides is None


def _join_makers(task: Task, groups: Groups, fitting: set[Task]) -> None:
    for array in task.inputs:
        maker = array.base.maker
        if maker not in fitting or task_size(maker) != task_size(task):
            continue
        a, b = groups.of(maker), groups.of(task)
        if a is b or _reads_sum([*a.members, *b.members]):
            continue
        if groups.may_join(a, b):
            groups.join(a, b)


def _reads_sum(members: Sequence[Task]) -> bool:
    """Whether a task takes what is only known after another has seen all tiles."""
    sums = {
        array
        for task in members
        for array, store in zip(task.outputs, _stores(task), strict=True)
        if store.reduce
    }
    return any(array.base in sums for task in members for array in task.inputs)


def _stores(task: Task) -> tuple[Store, ...]:
    assert isinstance(task.work, Pointwise)
    return task.work.stores


def _between(
    group: Group, readers: dict[Array, list[Task]], kept: set[Array]
) -> set[Array]:
    """The arrays that only tasks of a group see."""
    inside = set(group.members)
    if len(inside) == 1:
        return set()
    return {
        array
        for task in group.members
        for array in task.outputs
        if array not in kept
        and array.previous is None
        and inside.issuperset(readers.get(array, ()))
    }


# -- one task out of several -----------------------------------------------------------


def _tiled(group: Group, between: set[Array]) -> list[Task]:
    """One task that does a group's work, and those that then sum up."""
    members, sums = [], []
    for task in group.members:
        work, given, waiting = _without_sums(task)
        members.append((work, task.inputs, given))
        sums += waiting
    summed = {task.inputs[0].base for task in sums}
    made = dict.fromkeys(array for _, _, given in members for array in given)
    outputs = [a for a in made if a not in between or a in summed]
    inputs = {
        _key(array): array
        for _, taken, _ in members
        for array in taken
        if array.base not in made
    }
    hidden = (array for array in made if array in between and array not in summed)
    keys = (*inputs, *map(_key, outputs), *map(_key, hidden))
    numbers = {key: number for number, key in enumerate(keys)}
    passes = tuple(
        Pass(
            work,
            tuple(numbers[_key(array)] for array in taken),
            tuple(numbers[_key(array)] for array in given),
        )
        for work, taken, given in members
    )
    ops = dict.fromkeys(op for task in group.members for op in task.ops)
    whole = Task(Tiled(passes, len(outputs)), inputs.values(), outputs, ops)
    whole.section = group.members[0].section
    whole.after = {before for task in group.members for before in task.after}
    whole.after -= set(group.members)
    return [whole, *sums]


def _key(array: Array) -> tuple[Array, int, int]:
    """What is the same for equal views: of what, from where, how much."""
    return array.base, array.offset, array.size


def _without_sums(task: Task) -> tuple[Pointwise, list[Array], list[Task]]:
    """A task's work and outputs with values in place of sums, and who sums them."""
    work = task.work
    assert isinstance(work, Pointwise)
    pairs = list(zip(work.stores, task.outputs, strict=True))
    stores = [store for store in work.stores if not store.reduce]
    given = [array for store, array in pairs if not store.reduce]
    sums = []
    for store, total in pairs:
        if not store.reduce:
            continue
        found = [s.value for s in stores]
        if store.value not in found:
            dtype = work.values[store.value].dtype
            given.append(Array(dtype, work.shape, name=total.name))
            stores.append(Store(store.value))
            found.append(store.value)
        source = given[found.index(store.value)].viewed(work.shape)
        adding = Pointwise(work.shape, (), (store._replace(value=~0),))
        sums.append(Task(adding, [source], [total], task.ops))
        sums[-1].section = task.section
    return work._replace(stores=tuple(stores)), given, sums
