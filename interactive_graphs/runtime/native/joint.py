"""Concatenations and stacks whose parts are made where they belong.

What a cluster or a product makes, and only a concatenation reads, is stored into the
concatenation's own memory, row by row. What is left to copy of an unrolled loop, one
part of its input for each step, is copied at once, where the parts are neighbours and
their places are, too. Read next: `schedule.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from interactive_graphs.kernels.native import movement
from interactive_graphs.kernels.native.clusters import in_rows
from interactive_graphs.kernels.native.copies import strides_of
from interactive_graphs.kernels.native.gemm import gemm
from interactive_graphs.runtime.native.stack import are_neighbours, joined
from interactive_graphs.runtime.native.work import (
    MADE,
    Array,
    Emitted,
    Linear,
    Pointwise,
    Section,
    Shape,
    Task,
)

SHORTEST: Final = 16
"""Rows of fewer elements are quicker to copy than to store one by one."""


def make_in_place(section: Section) -> None:
    """Have the parts of concatenations made there.

    Args:
        section: clustered, products with what follows them; what leaves it is known.
    """
    readers: dict[Array, list[Task]] = {}
    for task in section.tasks:
        for array in task.inputs:
            readers.setdefault(array.base, []).append(task)
    kept: list[Task] = []
    gone: dict[Task, set[Task]] = {}
    for task in section.tasks:
        makers = _place_parts(task, section, readers)
        if makers and not task.inputs:
            gone[task] = makers
        else:
            kept.append(task)
    for task in kept:
        for other in task.after & gone.keys():
            task.after = (task.after - {other}) | gone[other]
    section.tasks = _copied_at_once(kept)


def _place_parts(
    task: Task, section: Section, readers: dict[Array, list[Task]]
) -> set[Task]:
    """Take from a concatenation what others can store; gives the tasks that do."""
    if not _is_concat(task) or not _is_inside(task.outputs[0], section):
        return set()
    assert isinstance(task.work, Emitted)
    whole = task.outputs[0]
    shapes, axis, _ = task.work.args
    steps = strides_of(whole.known_shape)
    start = 0
    makers, moved = set(), []
    for number, array in enumerate(task.inputs):
        base = array.base
        own = array.shape == base.shape == shapes[number]
        alone = readers[base] == [task]
        if own and alone and _can_store(base, steps, section):
            assert base.maker is not None
            _store(base, whole, steps, start)
            makers.add(base.maker)
        else:
            moved.append(number)
        start += shapes[number][axis] * steps[axis]
    if makers:
        task.inputs = [task.inputs[number] for number in moved]
        task.work = task.work._replace(options=(("moved", tuple(moved)),))
        if not moved:
            whole.maker = None
            for maker in makers:
                maker.ops += task.ops
    return makers


def _is_concat(task: Task) -> bool:
    return isinstance(task.work, Emitted) and task.work.emitter is movement.concat


def _is_inside(array: Array, section: Section) -> bool:
    """Whether nobody but native tasks of a section knows where an array lies."""
    return (
        array.base is array
        and array.origin == MADE
        and array.previous is None
        and array not in section.leaving
        and array.maker is not None
        and array.maker.section is section
    )


def _can_store(array: Array, steps: Shape, section: Section) -> bool:
    """Whether who makes an array can store it with gaps between its rows."""
    if not _is_inside(array, section) or array.stack is not None:
        return False
    shape = array.known_shape
    if not shape or shape[-1] < SHORTEST or not in_rows(shape, steps, shape):
        return False
    assert array.maker is not None
    work = array.maker.work
    if isinstance(work, Pointwise):
        store = work.stores[array.maker.outputs.index(array)]
        return not store.reduce and shape == work.shape
    return isinstance(work, Linear) and work.emitter is gemm and len(shape) == 2


def _store(array: Array, whole: Array, steps: Shape, start: int) -> None:
    """Have an array's maker store it as a part of a whole."""
    maker = array.maker
    assert maker is not None
    work, place = maker.work, maker.outputs.index(array)
    array.stack = (whole, start)
    whole.pieces.append(array)
    if isinstance(work, Pointwise):
        stores = list(work.stores)
        stores[place] = stores[place]._replace(strides=steps)
        maker.work = work._replace(stores=tuple(stores))
    else:
        assert isinstance(work, Linear)
        rows = list(work.steps or (work.shape[-1],) * len(work.stores))
        rows[place] = steps[0]
        maker.work = work._replace(steps=tuple(rows))


# -- what is left to copy --------------------------------------------------------------


def _copied_at_once(tasks: Sequence[Task]) -> list[Task]:
    """Tasks, with one in place of copies into neighbouring pieces of a stack."""
    groups: dict[object, list[Task]] = {}
    for task in tasks:
        if _is_concat(task) and len(task.inputs) == 1 and task.outputs[0].stack:
            stack, _ = task.outputs[0].stack
            groups.setdefault((stack, task.work), []).append(task)
    result = list(tasks)
    for copies in groups.values():
        made = _at_once(copies)
        if made is not None:
            result[result.index(copies[0])] = made
            gone = set(copies)
            result = [task for task in result if task not in gone]
    return result


def _at_once(copies: Sequence[Task]) -> Task | None:
    """One copy in place of several, from neighbours to neighbours in a stack."""
    work, (stack, start) = copies[0].work, copies[0].outputs[0].stack or (None, 0)
    assert isinstance(work, Emitted)
    shapes, axis, dtype = work.args
    sources = [task.inputs[0] for task in copies]
    filled = [task.outputs[0] for task in copies]
    if stack is None or axis == 0 or len(copies) < 2:
        return None
    first = stack.pieces.index(filled[0])
    if stack.pieces[first : first + len(copies)] != filled:
        return None
    if not are_neighbours(sources) or any(task.after for task in copies):
        return None
    longer = tuple((shape[0] * len(copies), *shape[1:]) for shape in shapes)
    run = Array(dtype, (longer[0][0], *filled[0].known_shape[1:]), name="joint")
    run.stack = (stack, start)
    ops = list(dict.fromkeys(op for task in copies for op in task.ops))
    work = work._replace(args=(longer, axis, dtype))
    task = Task(work, [joined(sources)], [run], ops)
    task.section = copies[0].section
    for array in filled:
        array.maker = task
    return task
