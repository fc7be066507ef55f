"""Blocks of a program: what runs in which `if` and `while`, and in which order.

`structure.py` says of each node where it runs; here those that run under one condition
come together, as far as the order allows it: neighbouring conditions on the same value
become one. Nodes with effects keep the order of the plan. Read next: `structured.py`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.frames import ENTERS, MERGES
from interactive_graphs.runtime.order import BACK_EDGES
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.refs import reads_variable
from interactive_graphs.runtime.structure import (
    Guard,
    Loop,
    Region,
    Structure,
    Variable,
)


class Move(NamedTuple):
    """The end of one side of a condition: what its Merge takes from there."""

    merge: Operation
    side: int


class If(NamedTuple):
    """What runs if a value holds, and what if it does not."""

    pred: Tensor
    then: Block
    otherwise: Block


class While(NamedTuple):
    """A loop: what runs before the condition, when it stops, and else."""

    loop: Loop
    variables: list[Variable]
    head: Block
    leaving: Block
    body: Block


Unit = Operation | Move
Item = Operation | Move | If | While
Block = list[Item]
# What stands at one level: a unit, or a loop as a whole.
_Node = Operation | Move | Loop


class _Group(NamedTuple):
    """Units that run under one condition."""

    pred: Tensor
    units: list[Unit]


def blocks(plan: Plan) -> Block:
    """The program of a plan whose structure is known."""
    assert plan.structure is not None
    scheduler = _Scheduler(plan, plan.structure)
    return scheduler.block(scheduler.units(), 0)


class _Scheduler:
    def __init__(self, plan: Plan, structure: Structure) -> None:
        self.plan = plan
        self.structure = structure
        self.order: dict[_Node, int] = {}
        self.region: dict[Unit, Region] = {}
        self.inside = set(plan.nodes)
        self.given = {*plan.feeds, *plan.values}
        self.loops: dict[Loop, list[Variable]] = {}

    def units(self) -> list[Unit]:
        """What is to be put into blocks, in the order of the plan."""
        found: list[Unit] = []
        regions, sides = self.structure.regions, self.structure.sides
        begins: set[Operation] = set()
        for loop in self.structure.loops.values():
            kept = [v for v in loop.variables if v.merge in self.inside]
            self.loops[loop] = kept
            begins.update(v.merge for v in kept)
        for op in self.plan.nodes:
            if op.type in BACK_EDGES or op in begins or _begins_loop(op):
                continue
            if op.type in MERGES:
                units: list[Unit] = [Move(op, 0), Move(op, 1)]
                for move, side in zip(units, sides[op], strict=True):
                    self.region[move] = (*regions[op], side)
            else:
                units = [op]
                self.region[op] = regions[op]
            found += units
        self.order.update((unit, i) for i, unit in enumerate(found))
        return found

    # -- one level ---------------------------------------------------------------------

    def block(self, units: list[Unit], depth: int) -> Block:
        """The block of units with the first `depth` parts of a region in common."""
        level = _Level(self, units, depth)
        block: Block = []
        for node in level.in_order():
            if isinstance(node, _Group):
                block += self._if(node, depth)
            elif isinstance(node, Loop):
                block.append(self._while(node, level.members[node]))
            else:
                block.append(node)
        return block

    def _if(self, group: _Group, depth: int) -> Block:
        sides: dict[bool, list[Unit]] = {True: [], False: []}
        for unit in group.units:
            guard = self.region[unit][depth]
            assert isinstance(guard, Guard)
            sides[guard.taken].append(unit)
        then, otherwise = (self.block(sides[t], depth + 1) for t in (True, False))
        known = self.plan.values.get(group.pred)
        if known is not None:
            return then if known else otherwise
        return [If(group.pred, then, otherwise)]

    def _while(self, loop: Loop, units: list[Unit]) -> While:
        depth = len(loop.region)
        parts: dict[Guard | Loop | None, list[Unit]] = {}
        for unit in units:
            region = self.region[unit]
            at = region[depth] if len(region) > depth else None
            parts.setdefault(at, []).append(unit)
        leaving = parts.pop(loop.leaving[-1], [])
        body = parts.pop(loop.going_on[-1], [])
        taken = {*leaving, *body}
        head = [u for u in units if u not in taken]
        return While(
            loop,
            self.loops[loop],
            self.block(head, depth),
            self.block(leaving, depth + 1),
            self.block(body, depth + 1),
        )

    # -- what a unit needs -------------------------------------------------------------

    def sources(self, unit: Unit, depth: int) -> Iterable[Unit]:
        """The units that must run before one, as far as they are units."""
        if isinstance(unit, Move):
            yield from self._makers(unit.merge.inputs[unit.side])
            controls: Iterable[Operation] = unit.merge.controls
        else:
            for tensor in unit.inputs:
                yield from self._makers(tensor)
            controls = unit.controls
        for control in controls:
            yield from self._units_of(control)
        for item in self.region[unit][depth:]:
            if isinstance(item, Guard):
                yield from self._makers(item.pred)
            else:
                yield from self._entering(item)

    def _entering(self, loop: Loop) -> Iterable[Unit]:
        """What has to be there when a loop begins."""
        for variable in self.loops[loop]:
            for tensor in variable.enter.inputs:
                yield from self._makers(tensor)
            for control in variable.enter.controls:
                yield from self._units_of(control)

    def _makers(self, tensor: Tensor) -> Iterable[Unit]:
        tensor = self.plan.find(tensor)
        return () if tensor in self.given else self._units_of(tensor.op)

    def _units_of(self, op: Operation) -> Iterable[Unit]:
        if op in self.region:
            return (op,)
        moves = (Move(op, 0), Move(op, 1))
        return moves if moves[0] in self.region else ()


class _Level:
    """The nodes of one level, and what waits for what among them."""

    def __init__(self, owner: _Scheduler, units: list[Unit], depth: int) -> None:
        self.members: dict[Loop, list[Unit]] = {}
        self.group: dict[_Node, Tensor] = {}
        self._owner = owner
        self._node: dict[Unit, _Node] = {}
        self._order = dict(owner.order)
        find = owner.plan.find
        for unit in units:
            region = owner.region[unit][depth:]
            # A loop is one thing, also where it stands under a condition.
            loop = next((item for item in region if isinstance(item, Loop)), None)
            node: _Node = unit if loop is None else loop
            if loop is not None:
                self.members.setdefault(loop, []).append(unit)
                self._order.setdefault(loop, owner.order[unit])
            if region and isinstance(region[0], Guard):
                self.group[node] = find(region[0].pred)
            self._node[unit] = node
        self._waiting: dict[_Node, set[_Node]] = {n: set() for n in self._node.values()}
        for unit in units:
            self._wait(unit, owner.sources(unit, depth))
        for loop, inner in self.members.items():
            for unit in inner:
                self._wait_for_back_edges(loop, unit)
        self._keep_effects_in_order(units)

    def _wait(self, unit: Unit, sources: Iterable[Unit]) -> None:
        node = self._node[unit]
        self._waiting[node].update(
            self._node[s] for s in sources if s in self._node and self._node[s] != node
        )

    def _wait_for_back_edges(self, loop: Loop, unit: Unit) -> None:
        """What is carried round may come from outside: then it has to be there."""
        for variable in self._owner.loops.get(loop, ()):
            self._wait(unit, self._owner._makers(variable.back.inputs[0]))

    def _keep_effects_in_order(self, units: list[Unit]) -> None:
        last: _Node | None = None
        for unit in units:
            if isinstance(unit, Move) or not _has_effects(unit):
                continue
            node = self._node[unit]
            if last is not None and last != node:
                self._waiting[node].add(last)
            last = node

    def in_order(self) -> Iterator[_Node | _Group]:
        """The nodes one by one, those under one condition together.

        What needs no condition goes first, so that more comes together.
        """
        consumers: dict[_Node, list[_Node]] = {}
        for node, sources in self._waiting.items():
            for source in sources:
                consumers.setdefault(source, []).append(node)
        left = {node: len(sources) for node, sources in self._waiting.items()}
        plain: list[tuple[int, _Node]] = []
        grouped: dict[Tensor, list[tuple[int, _Node]]] = {}

        def push(node: _Node) -> None:
            pred = self.group.get(node)
            heap = plain if pred is None else grouped.setdefault(pred, [])
            heapq.heappush(heap, (self._order[node], node))

        def pop(heap: list[tuple[int, _Node]]) -> _Node:
            _, node = heapq.heappop(heap)
            for consumer in consumers.get(node, ()):
                left[consumer] -= 1
                if not left[consumer]:
                    push(consumer)
            return node

        for node, count in left.items():
            if not count:
                push(node)
        while plain or grouped:
            if plain:
                yield pop(plain)
                continue
            pred = min(grouped, key=lambda p: grouped[p][0][0])
            group = _Group(pred, [])
            while grouped[pred]:
                node = pop(grouped[pred])
                if isinstance(node, Loop):
                    group.units.extend(self.members[node])
                else:
                    group.units.append(node)
            del grouped[pred]
            yield group


def _begins_loop(op: Operation) -> bool:
    return op.type in ENTERS and not op.attrs["is_constant"]


def _has_effects(op: Operation) -> bool:
    """Whether it changes something, or reads what may be changed."""
    return not op.op_def.is_pure or reads_variable(op)
