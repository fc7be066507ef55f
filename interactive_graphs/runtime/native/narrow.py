"""Products of an unrolled loop's gradient: only what is needed, and nothing twice.

The gradient of `[x, h] W` is split into one for `x` and one for `h`; where `x` is fed,
nobody asks for the first. Rows of a transposed factor lie in one piece, so that the
product of some of them is as good as any. And a factor that many products take
transposed is turned round once, before them. Read next: `stack.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from interactive_graphs.kernels.native.gemm import gemm
from interactive_graphs.kernels.native.movement import transpose
from interactive_graphs.runtime.native.work import (
    Array,
    Emitted,
    Linear,
    Section,
    Task,
)

FEWEST: Final = 4
"""So many products make it worth while to turn a factor round before them."""


def narrow_products(section: Section) -> None:
    """Leave out columns of products that nobody reads.

    Args:
        section: without unused tasks; what leaves it is known.
    """
    read: dict[Array, dict[int, Array]] = {}
    for task in section.tasks:
        for array in task.inputs:
            read.setdefault(array.base, {})[id(array)] = array
    for task in section.tasks:
        result = task.outputs[0] if task.outputs else None
        if result is None or result in section.leaving or not _is_wide(task):
            continue
        parts = list(read.get(result, {}).values())
        columns = _columns(parts, result)
        if columns is not None:
            _narrow(task, parts, *columns)


def _is_wide(task: Task) -> bool:
    """Whether it is a plain product whose second factor lies transposed."""
    work = task.work
    if not isinstance(work, Linear) or work.emitter is not gemm or work.values:
        return False
    options = dict(work.options)
    return bool(options["transpose_b"]) and not options["batch"]


def _columns(parts: Iterable[Array], result: Array) -> tuple[int, int] | None:
    """The first and the last but one column that parts have, if that is not all."""
    rows, width = result.known_shape
    low, high = width, 0
    for part in parts:
        if part.strides != (width, 1) or part.known_shape[0] != rows:
            return None
        low = min(low, part.offset)
        high = max(high, part.offset + part.known_shape[1])
    return None if (low, high) == (0, width) or low >= high else (low, high)


def _narrow(task: Task, parts: Iterable[Array], low: int, high: int) -> None:
    work, factor, old = task.work, task.inputs[1], task.outputs[0]
    assert isinstance(work, Linear)
    m, _, k = work.args
    width = high - low
    task.inputs[1] = factor.part((width, k), (k, 1), low * k)
    task.work = work._replace(args=(m, width, k), shape=(m, width))
    result = task.outputs[0] = Array(old.dtype, (m, width), name=old.name)
    result.maker = task
    for part in parts:
        part.base, part.offset = result, part.offset - low
        whole = part.known_shape[1] == width
        part.strides = None if whole else (width, 1)


def turn_factors(section: Section) -> None:
    """Turn a factor round that several products take transposed."""
    users: dict[object, list[Task]] = {}
    for task in section.tasks:
        if _is_wide(task):
            factor = task.inputs[1]
            key = (factor.base, factor.shape, factor.offset)
            users.setdefault(key, []).append(task)
    for tasks in users.values():
        if len(tasks) < FEWEST:
            continue
        factor = tasks[0].inputs[1]
        n, k = factor.known_shape
        turned = Array(factor.dtype, (k, n), name=factor.name)
        work = Emitted(transpose, ((n, k), (1, 0), factor.dtype))
        turn = Task(work, [factor], [turned], tasks[0].ops[:1])
        turn.section = section
        section.tasks.insert(section.tasks.index(tasks[0]), turn)
        for task in tasks:
            assert isinstance(task.work, Linear)
            options = {**dict(task.work.options), "transpose_b": False}
            task.work = task.work._replace(options=tuple(options.items()))
            task.inputs[1] = turned
