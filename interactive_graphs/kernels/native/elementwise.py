"""Elementwise clusters as native routines: `elementwise(cluster, target)`.

    >>> routine = elementwise(cluster, detect())
    >>> [kernel.name for kernel in routine.kernels]
    ['multiply_add_tanh_sum_3000']

Stores that reduce the same axes share one pass over the operands, whole stores join
the last of them. Where several boxes contribute to one result, they leave partial
results in a temporary, and a pass over those ends it: a sum over a matrix, say, is a
kernel that leaves a number for each box and a kernel that adds these up.

Compiling costs about 0.2 ms for an addition and 2 to 5 ms for a function such as `exp`
(as `Operation.cost` says), each time it occurs but no more than three times: beyond
that it becomes a function of its own that is called. Read next: `nest.py`, which
writes the loops.
"""

import math
from collections.abc import Sequence
from typing import Final

from interactive_graphs.kernels.native.boxes import boxes_of, walk_of
from interactive_graphs.kernels.native.clusters import (
    Cluster as Cluster,
    Operand as Operand,
    Store as Store,
    Value as Value,
    problem,
    size,
)
from interactive_graphs.kernels.native.nest import Nest, Output, vector_of
from interactive_graphs.kernels.native.operations import cost_of
from interactive_graphs.kernels.native.reduce import of_nothing
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.values import alive, needed

_BOX_NANOSECONDS: Final = 3000.0
"""About how long a box takes: long against its own cost, short against a pass."""
_BOX_ELEMENTS: Final = (1024, 32768)
_CYCLE: Final = 0.35
"""Nanoseconds."""


def elementwise(cluster: Cluster, target: Target) -> Routine:
    """Writes the kernels of a cluster.

    Args:
        cluster: its operations must be those of `operations.supports`.
        target: the processor.

    Returns:
        A routine whose inputs are the operands, whose outputs are the stores. A whole
        store may be in the memory of any operand of the cluster's shape whose elements
        are as long.

    Raises:
        ValueError: the cluster is none.
    """
    wrong = problem(cluster)
    if wrong:
        raise ValueError(f"Not a cluster: {wrong}.")
    return _Passes(cluster, target).routine()


class _Passes:
    """Collects the passes of a routine."""

    def __init__(self, cluster: Cluster, target: Target) -> None:
        self._cluster = cluster
        self._target = target
        self._kernels: list[Kernel] = []
        self._args: list[tuple[int, ...]] = []
        self._temporaries: list[int] = []

    def routine(self) -> Routine:
        cluster = self._cluster
        inputs = list(range(len(cluster.operands)))
        if size(cluster.shape) == 0:
            self._fill()
        else:
            for places in _groups(cluster):
                outputs = [_output(cluster, cluster.stores[p]) for p in places]
                numbers = [len(inputs) + place for place in places]
                self._pass(cluster, outputs, inputs, numbers)
        return Routine(
            tuple(self._kernels),
            tuple(self._args),
            tuple(self._temporaries),
            _in_place(cluster),
        )

    def _fill(self) -> None:
        """The passes where there is no element: reductions of nothing."""
        cluster = self._cluster
        for place, store in enumerate(cluster.stores):
            shape = store.shape(cluster)
            if not store.reduce or size(shape) == 0:
                continue
            dtype = cluster.dtype(store.value)
            number = of_nothing(store.reduce, dtype)
            constant = Value("constant", (), dtype, number)
            filled = Cluster(shape, (), (constant,), ())
            place += len(cluster.operands)
            self._pass(filled, [Output(Store(0))], [], [place])

    def _pass(
        self,
        cluster: Cluster,
        outputs: Sequence[Output],
        inputs: Sequence[int],
        numbers: Sequence[int],
    ) -> None:
        """Adds a pass, and another one over what it leaves.

        Args:
            cluster: what to compute.
            outputs: what to store of it; all that reduce reduce the same axes.
            inputs: the numbers of the operands among the routine's arguments.
            numbers: the numbers of the outputs.
        """
        reduced: frozenset[int] = frozenset()
        for output in outputs:
            reduced |= frozenset(output.store.axes if output.store.reduce else ())
        walk = walk_of(cluster.shape, cluster.operands, reduced)
        roots = [output.store.value for output in outputs]
        numbers_needed = needed(cluster, roots)
        dtypes = [cluster.dtype(number) for number in numbers_needed]
        vector = vector_of(
            self._target, dtypes, alive(cluster, roots), walk.axes[-1].size
        )
        each = self._nanoseconds(cluster, numbers_needed, roots)
        least, most = _BOX_ELEMENTS
        elements = int(min(most, max(least, _BOX_NANOSECONDS / each)))
        boxes = boxes_of(walk, elements, vector)
        written, targets, last = list(outputs), list(numbers), []
        for place, output in enumerate(outputs):
            if boxes.parts > 1 and output.store.reduce:
                dtype = cluster.dtype(output.store.value)
                targets[place] = self._temporary(dtype, boxes.parts * walk.kept)
                written[place] = output._replace(count=1)
                last.append((place, dtype))
        nest = Nest(self._target, cluster, written, boxes, vector)
        name, cost = _name(cluster, outputs), each * walk.elements
        self._kernels.append(Kernel(name, nest.text(), boxes.units, cost))
        self._args.append((*inputs, *targets))
        for place, dtype in last:
            output = outputs[place]
            partial = Operand(dtype, (boxes.parts, walk.kept))
            rest = Cluster(partial.shape, (partial,), (), ())
            store = Store(0, output.store.reduce, (0,))
            self._pass(
                rest, [Output(store, output.count)], [targets[place]], [numbers[place]]
            )

    def _temporary(self, dtype: str, elements: int) -> int:
        bytes_ = elements * (8 if dtype.endswith("64") else 4)
        self._temporaries.append(bytes_)
        cluster = self._cluster
        return len(cluster.operands) + len(cluster.stores) + len(self._temporaries) - 1

    def _nanoseconds(
        self, cluster: Cluster, numbers: Sequence[int], roots: Sequence[int]
    ) -> float:
        """About how long an element takes."""
        total = 0.0
        first = len(cluster.operands)
        for number in numbers:
            dtype = cluster.dtype(number)
            lanes = self._target.lanes(dtype)
            if number < first:
                total += (1.5 if cluster.operands[number].shape else 0.0) / lanes
            else:
                total += cost_of(cluster.values[number - first].op, dtype) / lanes
        total += sum(1.5 / self._target.lanes(cluster.dtype(root)) for root in roots)
        return total * _CYCLE


def _groups(cluster: Cluster) -> list[list[int]]:
    """The stores that share a pass: those that reduce the same axes.

    Whole stores come in the last pass, since they may overwrite operands.
    """
    groups: dict[frozenset[int], list[int]] = {}
    whole = []
    for place, store in enumerate(cluster.stores):
        axes = _reduced(cluster, store)
        if axes:
            groups.setdefault(axes, []).append(place)
        else:
            whole.append(place)
    result = list(groups.values()) or [[]]
    result[-1] += whole
    return [group for group in result if group]


def _reduced(cluster: Cluster, store: Store) -> frozenset[int]:
    """The axes that a store really reduces: not those of one element."""
    axes = store.axes if store.reduce else ()
    return frozenset(axis for axis in axes if cluster.shape[axis] != 1)


def _output(cluster: Cluster, store: Store) -> Output:
    axes = _reduced(cluster, store)
    if not axes:
        return Output(Store(store.value))
    count = math.prod(cluster.shape[axis] for axis in axes)
    return Output(
        Store(store.value, store.reduce, tuple(sorted(axes))),
        count if store.reduce == "mean" else 1,
    )


def _in_place(cluster: Cluster) -> frozenset[tuple[int, int]]:
    """Pairs of (whole store, operand) that may share memory."""

    def length(dtype: str) -> int:
        return 1 if dtype == "bool" else int("".join(c for c in dtype if c.isdigit()))

    first = len(cluster.operands)
    return frozenset(
        (first + place, number)
        for place, store in enumerate(cluster.stores)
        for number, operand in enumerate(cluster.operands)
        if not _reduced(cluster, store)
        and size(operand.shape) == size(cluster.shape)
        and length(operand.dtype) == length(cluster.dtype(store.value))
    )


def _name(cluster: Cluster, outputs: Sequence[Output]) -> str:
    """What it does, in short, for people who look at a profile."""
    ops = [value.op for value in cluster.values if value.op != "constant"]
    if len(ops) > 5:
        ops = [*ops[:2], f"{len(ops) - 4}_more", *ops[-2:]]
    kinds = sorted({output.store.reduce for output in outputs} - {""})
    return "_".join([*ops, *kinds, "x".join(map(str, cluster.shape))])
