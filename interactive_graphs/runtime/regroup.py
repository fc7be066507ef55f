"""The nodes of a plan in an order in which each loop's stand together.

Read next: `structure.py`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from interactive_graphs.framework.operation import Operation
from interactive_graphs.runtime.frames import Path
from interactive_graphs.runtime.order import BACK_EDGES, dependencies
from interactive_graphs.runtime.plan import Plan

Unit = Operation | Path
"""A node, or a whole loop by its frame."""


def loops_together(plan: Plan) -> list[Operation] | None:
    """An order of dependency in which no other node stands among those of a loop.

    Otherwise the order of the plan is kept as far as possible.

    Returns:
        The nodes, or None where a loop needs what is made of its own result.
    """
    order = {op: i for i, op in enumerate(plan.nodes)}
    members: dict[Path, list[Operation]] = {}
    for op in plan.nodes:
        members.setdefault(plan.paths[op], []).append(op)
    ordered = list(_level((), plan, order, members))
    return ordered if len(ordered) == len(order) else None


def _level(
    path: Path,
    plan: Plan,
    order: dict[Operation, int],
    members: dict[Path, list[Operation]],
) -> Iterator[Operation]:
    """The nodes of one frame, with those of the loops inside of it."""
    depth = len(path)

    def unit(op: Operation) -> Unit:
        at = plan.paths[op]
        return op if len(at) == depth else at[: depth + 1]

    inner = [p for p in members if len(p) > depth and p[:depth] == path]
    nodes = members.get(path, [])
    rank: dict[Unit, int] = {op: order[op] for op in nodes}
    waiting: dict[Unit, set[Unit]] = {op: set() for op in nodes}
    for frame in inner:
        loop = frame[: depth + 1]
        first = order[members[frame][0]]
        rank[loop] = min(rank.get(loop, first), first)
        waiting.setdefault(loop, set())
    for op in [*nodes, *(op for frame in inner for op in members[frame])]:
        here = unit(op)
        for source in dependencies(op):
            if source not in order or source.type in BACK_EDGES:
                continue
            if len(plan.paths[source]) >= depth and plan.paths[source][:depth] == path:
                waiting[here].add(unit(source))
        waiting[here].discard(here)
    consumers: dict[Unit, list[Unit]] = {}
    for one, sources in waiting.items():
        for source_unit in sources:
            consumers.setdefault(source_unit, []).append(one)
    ready = [(rank[u], isinstance(u, tuple), u) for u in waiting if not waiting[u]]
    heapq.heapify(ready)
    left = {u: len(sources) for u, sources in waiting.items()}
    while ready:
        _, _, done = heapq.heappop(ready)
        if isinstance(done, tuple):
            yield from _level(done, plan, order, members)
        else:
            yield done
        for consumer in consumers.get(done, ()):
            left[consumer] -= 1
            if not left[consumer]:
                is_loop = isinstance(consumer, tuple)
                heapq.heappush(ready, (rank[consumer], is_loop, consumer))
