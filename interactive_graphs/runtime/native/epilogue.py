"""What follows a product or a convolution, done while its elements are in registers.

A cluster that takes their result and has its shape goes into them: a bias, an
activation, the mask of a gradient, the step of an optimizer on the weights. Sums over
its elements stay a cluster of their own, which reads what they leave.
Read next: `joint.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from interactive_graphs.kernels.native.clusters import Store
from interactive_graphs.runtime.native.cluster import Joined, in_order
from interactive_graphs.runtime.native.groups import Groups
from interactive_graphs.runtime.native.work import (
    Array,
    Linear,
    Pointwise,
    Shape,
    Task,
)

MOST_VALUES: Final = 40


def take_in_followers(tasks: Sequence[Task], wanted: Iterable[Array]) -> list[Task]:
    """The tasks with what follows products and convolutions inside of them.

    Args:
        tasks: clustered.
        wanted: arrays that are needed after the step.
    """
    kept = {array.base for array in wanted}
    readers: dict[Array, list[Task]] = {}
    for task in tasks:
        for base in task.bases():
            readers.setdefault(base, []).append(task)
    groups = Groups(tasks)
    pairs: dict[Task, Task] = {}
    for task in tasks:
        if isinstance(task.work, Linear):
            follower = _follower(task, task.work, readers, groups)
            if follower is not None:
                groups.join(groups.of(task), groups.of(follower))
                pairs[follower] = task
    result: list[Task] = []
    replaced: dict[Task, Task] = {}
    taken = set(pairs.values())
    for task in tasks:
        if task in pairs:
            first = pairs[task]
            made = _joined(first, task, readers, kept)
            replaced[first] = replaced[task] = made[0]
            result += made
        elif task not in taken:
            result.append(task)
    for task in result:
        task.after = {replaced.get(t, t) for t in task.after} - {task}
    return in_order(result)


def _follower(
    task: Task, work: Linear, readers: dict[Array, list[Task]], groups: Groups
) -> Task | None:
    """The cluster that goes into a product, if there is one."""
    result = task.outputs[0]
    for reader in readers.get(result, ()):
        group = groups.of(reader)
        if len(group.members) > 1 or not isinstance(reader.work, Pointwise):
            continue
        if _fits(work, result, reader) and groups.may_join(groups.of(task), group):
            return reader
    return None


def _joined(
    first: Task, follower: Task, readers: dict[Array, list[Task]], kept: set[Array]
) -> list[Task]:
    """A product with its follower inside, and sums that remain."""
    result = first.outputs[0]
    others = [reader for reader in readers[result] if reader is not follower]
    tasks = _with_epilogue(first, follower, bool(others) or result in kept)
    for task in tasks:
        task.section = first.section
    tasks[0].after = (first.after | follower.after) - {first, follower}
    tasks[0].ops = list(dict.fromkeys((*first.ops, *follower.ops)))
    return tasks


def _fits(product: Linear, result: Array, follower: Task) -> bool:
    work = follower.work
    assert isinstance(work, Pointwise)
    if len(work.values) > MOST_VALUES or work.shape[-1:] != product.shape[-1:]:
        return False
    if len(product.shape) != 2 and work.shape != product.shape:
        return False
    for array in follower.inputs:
        if array.base is result and (array.is_part or array.shape != work.shape):
            return False
        if array.strides is not None:
            return False
        if _in_product(array.known_shape, work.shape, product) is None:
            return False
    whole = {store.value for store in work.stores if not store.reduce}
    return bool(whole) and all(store.value in whole for store in work.stores)


def _in_product(shape: Shape, over: Shape, product: Linear) -> Shape | None:
    """The shape in which an operand of a follower is one of the product's epilogue."""
    if shape == over:
        return product.shape
    if all(size == 1 for size in shape):
        return ()
    if shape[-1] == product.shape[-1] and all(size == 1 for size in shape[:-1]):
        return (product.shape[-1],)
    return None


def _with_epilogue(first: Task, follower: Task, keep: bool) -> list[Task]:
    product, work = first.work, follower.work
    assert isinstance(product, Linear)
    assert isinstance(work, Pointwise)
    result = first.outputs[0]
    joined = Joined()
    joined.operand(result)
    operand_inputs = []
    for array in follower.inputs:
        if array.base is not result:
            shape = _in_product(array.known_shape, work.shape, product)
            operand_inputs.append(array.viewed(shape))
        else:
            operand_inputs.append(result)
    number = joined.add(operand_inputs, work.values)
    outputs, stores, sums = [], [], []
    for output, store in zip(follower.outputs, work.stores, strict=True):
        if store.reduce:
            sums.append((output, store))
        else:
            outputs.append(output)
            stores.append(number(store.value))
    if keep:
        outputs.append(result)
        stores.append(~0)
    whole = {
        store.value: output
        for output, store in zip(follower.outputs, work.stores, strict=True)
        if not store.reduce
    }
    made = product._replace(values=tuple(joined.values), stores=tuple(stores))
    inputs = [*first.inputs, *joined.inputs[1:]]
    tasks = [Task(made, inputs, outputs)]
    for output, store in sums:
        source = whole[store.value].viewed(work.shape)
        summed = Pointwise(work.shape, (), (Store(~0, store.reduce, store.axes),))
        tasks.append(Task(summed, [source], [output], follower.ops))
    return tasks
