"""Sums over the steps of an unrolled loop, done at once over stacked arrays.

The gradient of an unrolled net is a sum of products, one for each step: `a_1' b_1 +
a_2' b_2 + ...`. With all `a` one below the other in memory, and all `b`, it is one
product, `A' B`, that is written once. So is the sum of their column sums. The arrays
are not copied: they are made where they are stacked (`Array.stack`).
Read next: `cluster.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

from interactive_graphs.kernels.native.clusters import Store
from interactive_graphs.kernels.native.gemm import gemm
from interactive_graphs.runtime.native.work import (
    MADE,
    Array,
    Linear,
    Pointwise,
    Section,
    Task,
)

FEWEST: Final = 4
"""So many terms make stacking worth while."""


def stack_sums(section: Section) -> None:
    """Replace sums of products, and of column sums, where their inputs can be stacked.

    Args:
        section: not clustered yet; what leaves it is known.
    """
    readers: dict[Array, list[Task]] = {}
    for task in section.tasks:
        for array in task.inputs:
            readers.setdefault(array.base, []).append(task)
    stacks = _Stacks(section)
    sums = [(total, _terms(total, section, readers)) for total in section.tasks]
    # A product needs its factors in one order, a sum takes what it finds.
    for make, (total, terms) in itertools.product((_product, _column_sum), sums):
        made = make(terms, total, stacks) if terms else None
        if terms is None or made is None:
            continue
        made.section = section
        made.ops = list(dict.fromkeys(op for t in (*terms, total) for op in t.ops))
        made.after = {t for one in (*terms, total) for t in one.after} - {*terms}
        gone = set(terms)
        kept = [made if task is total else task for task in section.tasks]
        section.tasks = [task for task in kept if task not in gone]


def _terms(
    total: Task, section: Section, readers: dict[Array, list[Task]]
) -> list[Task] | None:
    """The tasks that make the terms of a sum, which nobody else needs; or None."""
    work = total.work
    if not isinstance(work, Pointwise) or len(total.inputs) < FEWEST:
        return None
    if any(value.op != "add" for value in work.values) or len(work.stores) != 1:
        return None
    if len(work.values) != len(total.inputs) - 1 or work.stores[0].reduce:
        return None
    terms: list[Task] = []
    for array in total.inputs:
        maker = array.base.maker
        if maker is None or array.base is not array or readers[array] != [total]:
            return None
        if maker.section is not section or array in section.leaving:
            return None
        if terms and maker.work != terms[0].work:
            return None
        terms.append(maker)
    return terms


def _product(terms: Sequence[Task], total: Task, stacks: _Stacks) -> Task | None:
    """One product for a sum of products."""
    work = terms[0].work
    if not isinstance(work, Linear) or work.emitter is not gemm or work.values:
        return None
    options = dict(work.options)
    if not options["transpose_a"] or options["transpose_b"] or options["batch"]:
        return None
    ordered = stacks.ordered(terms)
    factors = [[task.inputs[place] for task in ordered] for place in (0, 1)]
    if not all(map(stacks.can_stack, factors)):
        return None
    m, n, k = work.args
    whole = work._replace(args=(m, n, k * len(terms)))
    return Task(whole, [stacks.stacked(arrays) for arrays in factors], total.outputs)


def _column_sum(terms: Sequence[Task], total: Task, stacks: _Stacks) -> Task | None:
    """One sum of columns for a sum of such."""
    work = terms[0].work
    summed = (Store(~0, "sum", (0,)),)
    if not isinstance(work, Pointwise) or work.values or work.stores != summed:
        return None
    arrays = [task.inputs[0] for task in stacks.ordered(terms)]
    if any(a.shape != work.shape for a in arrays) or not stacks.can_stack(arrays):
        return None
    shape = (work.shape[0] * len(terms), *work.shape[1:])
    whole = Pointwise(shape, (), summed)
    return Task(whole, [stacks.stacked(arrays).viewed(shape)], total.outputs)


class _Stacks:
    """The stacked arrays of a section."""

    def __init__(self, section: Section) -> None:
        self._section = section
        self._place = {task: i for i, task in enumerate(section.tasks)}
        self._made: dict[tuple[int, ...], Array] = {}

    def ordered(self, terms: Sequence[Task]) -> list[Task]:
        """Terms as some of their inputs lie already, or else as they are made."""
        for arrays in zip(*(task.inputs for task in terms), strict=True):
            places = list(map(_place_of, arrays))
            if len({id(holder) for holder, _ in places}) == 1 and places[0][0]:
                starts = {id(t): p[1] for t, p in zip(terms, places, strict=True)}
                return sorted(terms, key=lambda task: starts[id(task)])

        def when(task: Task) -> int:
            makers = [array.base.maker for array in task.inputs]
            return min((self._place.get(m, -1) for m in makers if m), default=-1)

        return sorted(terms, key=when)

    def can_stack(self, arrays: Sequence[Array]) -> bool:
        """Whether arrays lie one below the other, or can be made so."""
        if tuple(map(id, arrays)) in self._made or are_neighbours(arrays):
            return True
        return len(set(arrays)) == len(arrays) and all(map(self._is_free, arrays))

    def _is_free(self, array: Array) -> bool:
        maker = array.maker
        return (
            array.base is array
            and array.stack is None
            and array.origin == MADE
            and array.previous is None
            and array not in self._section.leaving
            and maker is not None
            and maker.is_native
            and maker.section is self._section
        )

    def stacked(self, arrays: Sequence[Array]) -> Array:
        """The array of which these are the parts, one below the other."""
        if are_neighbours(arrays):
            return joined(arrays)
        key = tuple(map(id, arrays))
        found = self._made.get(key)
        if found is None:
            rows, *rest = arrays[0].known_shape
            shape = (rows * len(arrays), *rest)
            found = self._made[key] = Array(arrays[0].dtype, shape, name="stacked")
            found.pieces = list(arrays)
            for place, array in enumerate(arrays):
                array.stack = (found, place * array.size)
        return found


def _place_of(array: Array) -> tuple[Array | None, int]:
    """The array of which one is a part or a piece, if it is, and where it begins."""
    if array.stack is not None:
        return array.stack
    return (array.base, array.offset) if array.is_part else (None, 0)


def are_neighbours(arrays: Sequence[Array]) -> bool:
    """Whether arrays are parts of one, each where the one before ends."""
    first = arrays[0]
    return all(
        array.base is first.base
        and array.is_part
        and array.strides is None
        and array.shape == first.shape
        and array.offset == first.offset + place * first.size
        for place, array in enumerate(arrays)
    )


def joined(arrays: Sequence[Array]) -> Array:
    """Neighbours as one array, one below the other."""
    first = arrays[0]
    rows, *rest = first.known_shape
    shape = (rows * len(arrays), *rest)
    whole = Array(first.dtype, shape, first.origin, first.name, first.source)
    whole.base, whole.offset = first.base, first.offset
    return whole
