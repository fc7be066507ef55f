"""What a step needs: the operations reachable backwards from what is asked.

A feed cuts an edge and not a node: consumers of a fed tensor read the fed value, and
its producer runs only if something else needs it. Between this pass and the last one
stand `verify.py`, `place.py` and those of `optimize/`. Read next: `writer.py`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.plan import Plan

# Control edges that leave a fed placeholder are satisfied by the feed.
_PLACEHOLDERS = frozenset({"Placeholder", "PlaceholderV2", "PlaceholderWithDefault"})
# The one kind of edge that may point backwards (a loop's).
BACK_EDGES = frozenset({"NextIteration", "RefNextIteration"})


def prune(
    fetches: Iterable[Tensor], targets: Iterable[Operation], feeds: Iterable[Tensor]
) -> Plan:
    """The plan with just the operations that `fetches` and `targets` need, in order.

    Args:
        fetches: tensors whose values are wanted.
        targets: operations that must run.
        feeds: tensors whose values are given.

    Returns:
        A plan whose nodes are in order of their dependencies, and of creation where
        those leave it open.

    Raises:
        InvalidArgumentError: the operations form a cycle.
    """
    fetches, targets, feeds = tuple(fetches), tuple(targets), tuple(feeds)
    fed = frozenset(feeds)
    satisfied = {t.op for t in fed if t.op.type in _PLACEHOLDERS}
    needed: set[Operation] = set()
    pending = [t.op for t in fetches if t not in fed]
    pending += targets
    while pending:
        op = pending.pop()
        if op in needed:
            continue
        needed.add(op)
        for tensor in op.inputs:
            if tensor not in fed and tensor.op not in needed:
                pending.append(tensor.op)
        for control in op.controls:
            if control not in needed and control not in satisfied:
                pending.append(control)
    return Plan(fetches, targets, feeds, _ordered(needed))


def _ordered(needed: set[Operation]) -> list[Operation]:
    """Creation order, which is an order of dependency unless somebody rewired nodes."""
    nodes = sorted(needed, key=lambda op: op.id)
    if all(
        dep.id < op.id
        for op in nodes
        for dep in dependencies(op)
        if dep.type not in BACK_EDGES
    ):
        return nodes
    return _by_dependency(nodes)


def dependencies(op: Operation) -> list[Operation]:
    """The operations that `op` takes something from or waits for."""
    return [*(t.op for t in op.inputs), *op.controls]


def _by_dependency(nodes: list[Operation]) -> list[Operation]:
    """Topological order with creation order as the tie-break.

    Raises:
        InvalidArgumentError: there is a cycle that is no loop.
    """
    inside = set(nodes)
    waiting: dict[Operation, int] = {}
    consumers: dict[Operation, list[Operation]] = {op: [] for op in nodes}
    for op in nodes:
        deps = {d for d in dependencies(op) if d in inside and d.type not in BACK_EDGES}
        waiting[op] = len(deps)
        for dep in deps:
            consumers[dep].append(op)
    ready = [(op.id, op.name) for op in nodes if not waiting[op]]
    heapq.heapify(ready)
    by_name = {op.name: op for op in nodes}
    ordered = []
    while ready:
        op = by_name[heapq.heappop(ready)[1]]
        ordered.append(op)
        for consumer in consumers[op]:
            waiting[consumer] -= 1
            if not waiting[consumer]:
                heapq.heappush(ready, (consumer.id, consumer.name))
    if len(ordered) < len(nodes):
        stuck = [op.name for op in nodes if waiting[op]]
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Graph is invalid, contains a cycle with {len(stuck)} nodes, including: "
            + ", ".join(stuck[:3]),
        )
    return ordered


def check_acyclic(ops: list[Operation]) -> None:
    """Refuse a graph with a cycle that is no loop.

    Raises:
        InvalidArgumentError: naming some of its nodes.
    """
    _ordered(set(ops))
