"""Elementwise clusters as native routines: `elementwise(cluster, target)`.

    >>> routine = elementwise(cluster, detect())
    >>> [kernel.name for kernel in routine.kernels]
    ['multiply_add_tanh_sum_3000']

Stores that reduce the same axes share one pass over the operands, whole stores join
the last of them. Where several boxes contribute to one result, they leave partial
results in a temporary, and a pass over those ends it: a sum over a matrix, say, is a
kernel that leaves a number for each box and a kernel that adds these up.

Compiling costs about 3 ms for a kernel, 0.2 ms for an addition and 3 to 10 ms for a
function such as `exp` (as `Operation.cost` says), each time it occurs but no more than
three times: what occurs more often becomes a function that is called, and then costs as
much as two additions. 200 operations are 20 to 60 ms. Read next: `nest.py`, which
writes the loops.
"""

import math
from collections.abc import Sequence
from typing import Final

from interactive_graphs.kernels.native.boxes import Boxes, boxes_of, walk_of
from interactive_graphs.kernels.native.clusters import (
    Cluster as Cluster,
    Operand as Operand,
    Store as Store,
    Value as Value,
    length,
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
_INSTRUCTION: Final = 0.2
"""Nanoseconds: two vectors go through at a time."""
_FROM_CACHE: Final = 0.01
_FROM_MEMORY: Final = 0.04
"""Nanoseconds for a byte."""
_CACHE: Final = 1 << 20
"""Bytes that stay near."""


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
        boxes, vector, cost = self._plan(cluster, outputs)
        parts, kept = boxes.parts, boxes.walk.kept
        written, targets = list(outputs), list(numbers)
        partial = [o.store.reduce != "" and parts > 1 for o in outputs]
        dtypes = [cluster.dtype(output.store.value) for output in outputs]
        for place, output in enumerate(outputs):
            if partial[place]:
                targets[place] = self._temporary(dtypes[place], parts * kept)
                written[place] = output._replace(divisor=1)
        nest = Nest(self._target, cluster, written, boxes, vector)
        name = _name(cluster, outputs)
        self._kernels.append(Kernel(name, nest.text(), boxes.units, cost))
        self._args.append((*inputs, *targets))
        for place, output in enumerate(outputs):
            if partial[place]:
                operand = Operand(dtypes[place], (parts, kept))
                rest = Cluster(operand.shape, (operand,), (), ())
                last = Output(Store(0, output.store.reduce, (0,)), output.divisor)
                self._pass(rest, [last], [targets[place]], [numbers[place]])

    def _plan(
        self, cluster: Cluster, outputs: Sequence[Output]
    ) -> tuple[Boxes, int, float]:
        """The work units of a pass, the elements of a vector, and nanoseconds."""
        reduced = frozenset(axis for o in outputs for axis in o.store.axes)
        whole = [output.store for output in outputs if not output.store.reduce]
        walk = walk_of(cluster.shape, cluster.operands, reduced, whole)
        roots = [output.store.value for output in outputs]
        numbers = needed(cluster, roots)
        dtypes = [cluster.dtype(number) for number in numbers]
        vector = vector_of(
            self._target, dtypes, alive(cluster, roots), walk.axes[-1].size
        )
        cost = self._nanoseconds(cluster, numbers, outputs)
        least, most = _BOX_ELEMENTS
        wished = _BOX_NANOSECONDS * walk.elements / cost
        boxes = boxes_of(walk, int(min(most, max(least, wished))), vector)
        return boxes, vector, cost

    def _temporary(self, dtype: str, elements: int) -> int:
        self._temporaries.append(elements * length(dtype))
        cluster = self._cluster
        return len(cluster.operands) + len(cluster.stores) + len(self._temporaries) - 1

    def _nanoseconds(
        self, cluster: Cluster, numbers: Sequence[int], outputs: Sequence[Output]
    ) -> float:
        """About how long a pass takes."""
        first, count = len(cluster.operands), size(cluster.shape)
        moved, instructions = 0.0, 1.0
        for number in numbers:
            dtype = cluster.dtype(number)
            if number < first:
                moved += size(cluster.operands[number].shape) * length(dtype)
            else:
                op = cluster.values[number - first].op
                instructions += cost_of(op, dtype) * count / self._target.lanes(dtype)
        for output in outputs:
            dtype = cluster.dtype(output.store.value)
            instructions += count / self._target.lanes(dtype)
            moved += 0 if output.store.reduce else count * length(dtype)
        per_byte = _FROM_MEMORY if moved > _CACHE else _FROM_CACHE
        return instructions * _INSTRUCTION + moved * per_byte


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
        return Output(store._replace(reduce="", axes=()))
    count = math.prod(cluster.shape[axis] for axis in axes)
    return Output(
        Store(store.value, store.reduce, tuple(sorted(axes))),
        count if store.reduce == "mean" else 1,
    )


def _in_place(cluster: Cluster) -> frozenset[tuple[int, int]]:
    """Pairs of (whole store, operand) that may share memory."""
    first = len(cluster.operands)
    return frozenset(
        (first + place, number)
        for place, store in enumerate(cluster.stores)
        for number, operand in enumerate(cluster.operands)
        if not _reduced(cluster, store)
        and size(operand.shape) == size(cluster.shape)
        and (operand.strides, operand.offset) == (store.strides, store.offset)
        and length(operand.dtype) == length(cluster.dtype(store.value))
    )


def _name(cluster: Cluster, outputs: Sequence[Output]) -> str:
    """What it does, in short, for people who look at a profile."""
    ops = [value.op for value in cluster.values if value.op != "constant"]
    if len(ops) > 5:
        ops = [*ops[:2], f"{len(ops) - 4}_more", *ops[-2:]]
    kinds = sorted({output.store.reduce for output in outputs} - {""})
    return "_".join([*ops, *kinds, "x".join(map(str, cluster.shape))])
