"""Which nodes over large arrays are done to a tile at a time.

    for at, to, (m3, m4, ) in tiles:
        x_part, y_part = x[at:to], y[at:to]
        h = multiply(x_part, w, m3)
        tanh_part = tanh_2(h, y_part)

Nodes that work element by element on arrays of one shape make a chain. What only they
read is never there whole: a net of fifty elementwise layers needs a few arrays and not
fifty for its gradients, and its values stay near the processor. The bits are those of
whole arrays, since each element is computed by the same function. Sums are no part of a
chain. Read next: `memory.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import sharing
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.standin import joined

TILE: Final = 1 << 14
"""Elements of a tile: few enough for a cache, many enough for numpy to be worth it."""

WORTH: Final = 4 << 20
"""Bytes that must not have to be there whole then: less stays in a cache anyway."""

_LEAST: Final = 4
"""A chain is for arrays of at least so many tiles."""


class Chain(NamedTuple):
    """Nodes that are done to a tile at a time.

    Attributes:
        ops: in order.
        inside: what only they read.
        rows: of a tile; the arrays are cut along their first axis.
        length: rows of the whole arrays.
    """

    ops: list[Operation]
    inside: frozenset[Tensor]
    rows: int
    length: int

    @property
    def starts(self) -> range:
        """The first row of each tile."""
        return range(0, self.length, self.rows)

    def is_cut(self, tensor: Tensor) -> bool:
        """Whether of an input the nodes take a tile, and not all of it."""
        shape = self.ops[0].outputs[0].static_shape or ()
        given = tensor.static_shape or ()
        return len(given) == len(shape) and given[0] == self.length


Item = Operation | Chain


def in_lines(items: Iterable[Item]) -> list[Operation]:
    """The nodes, in the order of their lines."""
    found: list[Operation] = []
    for item in items:
        found += item.ops if isinstance(item, Chain) else [item]
    return found


def chained(plan: Plan) -> list[Item]:
    """The nodes of a specialised plan without loops, in order, with chains in it."""
    finder = _Finder(plan)
    for op in plan.nodes:
        finder.take(op)
    finder.end()
    return finder.items


class _Finder:
    """Goes through the nodes once, with the chain that may still grow.

    A node that is no part of it comes before the whole chain, or after it: after where
    it needs what the chain makes, or comes after something that does.
    """

    def __init__(self, plan: Plan) -> None:
        self.items: list[Item] = []
        self._plan = plan
        self._readers: dict[Tensor, set[Operation]] = {}
        for op in plan.nodes:
            for tensor in op.inputs:
                self._readers.setdefault(plan.find(tensor), set()).add(op)
        self._wanted = {plan.find(tensor) for tensor in plan.fetches}
        self._fed = frozenset(plan.feeds)
        self._begin()

    def _begin(self) -> None:
        self._span: list[Operation] = []
        self._chain: list[Operation] = []
        self._before: list[Operation] = []
        self._after: list[Operation] = []
        # What cannot be had before the chain, and what cannot be had in it.
        self._late: set[Tensor | Operation] = set()
        self._last: set[Tensor | Operation] = set()
        self._effects_wait = False

    def take(self, op: Operation) -> None:
        """The next node."""
        if self._fits(op):
            if self._chain and not self._grows(op):
                self.end()
            self._span.append(op)
            self._chain.append(op)
            self._late.update(_made(op))
        elif self._chain:
            self._span.append(op)
            self._set_aside(op)
        else:
            self.items.append(op)

    def _grows(self, op: Operation) -> bool:
        same = op.outputs[0].static_shape == self._chain[0].outputs[0].static_shape
        return same and not self._needs(op, self._last)

    def _set_aside(self, op: Operation) -> None:
        has_effect = _has_effect(op)
        if self._needs(op, self._late) or (has_effect and self._effects_wait):
            self._after.append(op)
            self._late.update(_made(op))
            self._last.update(_made(op))
            self._effects_wait = self._effects_wait or has_effect
        else:
            self._before.append(op)

    def _needs(self, op: Operation, what: set[Tensor | Operation]) -> bool:
        inputs = (self._plan.find(tensor) for tensor in op.inputs)
        return not what.isdisjoint(inputs) or not what.isdisjoint(_waits_for(op))

    def end(self) -> None:
        """No further node is part of the chain."""
        inside = frozenset(self._inside())
        whole = sum(map(_bytes, inside))
        if whole >= WORTH:
            shape = self._chain[0].outputs[0].static_shape or ()
            count = shape[0] or 0
            rows = TILE // math.prod(d or 0 for d in shape[1:])
            self.items += self._before
            self.items.append(Chain(self._chain, inside, rows, count))
            self.items += self._after
        else:
            self.items += self._span
        self._begin()

    def _inside(self) -> Iterable[Tensor]:
        members = set(self._chain)
        for op in self._chain:
            tensor = op.outputs[0]
            if tensor not in self._wanted and members >= self._readers.get(
                tensor, set()
            ):
                yield tensor

    def _fits(self, op: Operation) -> bool:
        """Whether a node works element by element on a large array."""
        plan = self._plan
        if sharing.write(op) is None or not plan.is_free(op):
            return False
        tensor = op.outputs[0]
        shape = tensor.static_shape
        if not shape or None in shape or tensor in plan.doubtful:
            return False
        size = math.prod(d or 0 for d in shape)
        is_fine = 0 < size // (shape[0] or 1) <= TILE // 2
        if size < _LEAST * TILE or not is_fine or plan.find(tensor) is not tensor:
            return False
        return all(self._is_taken(plan.find(t), shape) for t in op.inputs)

    def _is_taken(self, tensor: Tensor, shape: Sequence[int | None]) -> bool:
        """Whether a tile of an input is told by its first axis, or the same for all."""
        given = tensor.static_shape
        if given is None or None in given or tensor in self._plan.doubtful:
            return False
        if tensor.dtype._is_ref_dtype:
            return False  # it is read where it is used
        return len(given) < len(shape) or given[0] in (1, shape[0])


def _made(op: Operation) -> Iterable[Tensor | Operation]:
    return (*op.outputs, *joined(op))


def _waits_for(op: Operation) -> Iterable[Operation]:
    return (user for control in op.controls for user in joined(control))


def _has_effect(op: Operation) -> bool:
    """Whether a node changes something, or reads what may be changed."""
    tensors = (*op.inputs, *op.outputs)
    held = any(t.dtype._is_ref_dtype or t.dtype.name == "resource" for t in tensors)
    return held or not op.op_def.is_pure


def _bytes(tensor: Tensor) -> int:
    return math.prod(d or 0 for d in tensor.static_shape or ()) * tensor.dtype.size
