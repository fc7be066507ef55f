"""Loops over numbers alone: one kernel does the turns, and Python ends the loop.

    while True:
        if halted: halt()
        if native_1(i, n): i = i_cell[()]
        # scalar_loop_2_variables: while/Less, while/add
        less = i < n
        if not less: break
        i = i + one

The kernel takes the loop's variables as far as it may: to the end, or for as many turns
as nobody notices, or to where it would have to fail. What remains is Python's, which
comes out at once, asks for more, or raises the error. Read next: `structured.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from interactive_graphs.kernels.native import scalar
from interactive_graphs.kernels.native.clusters import DTYPES
from interactive_graphs.runtime.native.work import (
    Array,
    Emitted,
    Line,
    Nested,
    Pointwise,
    Section,
    Task,
)
from interactive_graphs.runtime.schedule import While

if TYPE_CHECKING:
    from interactive_graphs.runtime.native.translate import Step

FORWARD: Final = 0
"""The key of the section that takes a loop forward."""


def take_forward(task: Task, step: Step) -> bool:
    """Give a loop over numbers a section that does its turns.

    Args:
        task: the loop; its blocks are translated.
        step: where it is.

    Returns:
        Whether it is a loop over numbers.
    """
    assert isinstance(task.work, Nested)
    item = task.work.item
    assert isinstance(item, While)
    head = task.work.sections[id(item.head)].tasks
    body = task.work.sections[id(item.body)].tasks
    if not all(map(_is_scalar, (*head, *body))):
        return False
    assert item.loop.condition is not None
    going_on = step.array(item.loop.condition.inputs[0])
    variables = [step.array(v.merge.outputs[0]) for v in item.variables]
    carried = [step.array(v.back.inputs[0]) for v in item.variables]
    fixed = _fixed((*head, *body), variables, (going_on, *carried))
    arrays = [*variables, *fixed]
    if any(a.shape != () or a.dtype not in DTYPES for a in (*arrays, *carried)):
        return False
    dtypes = tuple(array.dtype for array in arrays)
    condition = _program(head, arrays, [going_on])
    turn = _program([*head, *body], arrays, [*carried, *fixed])
    loop = scalar.Loop(tuple(range(len(arrays))), condition, turn)
    section = task.work.sections[FORWARD] = Section(task)
    outputs = [Array(a.dtype, (), name=a.name) for a in arrays]
    status = Array("int32", (), name="turns_left")
    ops = [op for one in (*head, *body) for op in one.ops]
    kernel = Emitted(scalar.scalar_loop, (loop, dtypes))
    forward = Task(kernel, arrays, [*outputs, status], ops)
    forward.section = section
    section.tasks.append(forward)
    section.leaving.update(outputs[: len(variables)])
    return True


def _is_scalar(task: Task) -> bool:
    """Whether a task of a loop computes numbers and does nothing else."""
    if isinstance(task.work, Line):
        return task.work.op.type == "LoopCond"
    if not isinstance(task.work, Pointwise) or task.work.shape != ():
        return False
    whole = all(not store.reduce for store in task.work.stores)
    numbers = all(array.shape == () for array in task.inputs)
    return whole and numbers and not any(o.previous for o in task.outputs)


def _fixed(
    tasks: Sequence[Task], variables: Sequence[Array], read: Iterable[Array]
) -> list[Array]:
    """What a loop reads and does not change."""
    made = {output for task in tasks for output in task.outputs}
    made.update(array.base for array in variables)
    arrays = [array for task in tasks for array in task.inputs]
    return list(dict.fromkeys(a.base for a in (*arrays, *read) if a.base not in made))


def _program(
    tasks: Iterable[Task], inputs: Sequence[Array], outputs: Iterable[Array]
) -> scalar.Program:
    """The values of tasks, one after the other."""
    numbers = {array.base: number for number, array in enumerate(inputs)}
    steps: list[scalar.Step] = []
    for task in tasks:
        if not isinstance(task.work, Pointwise):
            continue  # the loop's condition as a node
        first = len(inputs) + len(steps)
        given = [numbers[array.base] for array in task.inputs]
        for value in task.work.values:
            args = (given[~a] if a < 0 else first + a for a in value.args)
            steps.append(value._replace(args=tuple(args)))
        for output, store in zip(task.outputs, task.work.stores, strict=True):
            number = store.value
            numbers[output] = given[~number] if number < 0 else first + number
    made = tuple(numbers[array.base] for array in outputs)
    return scalar.Program(tuple(a.dtype for a in inputs), tuple(steps), made)
