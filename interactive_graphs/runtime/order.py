"""The order of nodes: what they depend on comes first.

Read next: `regroup.py`, which keeps loops together.
"""

from __future__ import annotations

import heapq

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation

# The one kind of edge that may point backwards (a loop's).
BACK_EDGES = frozenset({"NextIteration", "RefNextIteration"})


def in_order(needed: set[Operation]) -> list[Operation]:
    """Creation order, which is an order of dependency unless somebody rewired nodes."""
    nodes = sorted(needed, key=lambda op: op.id)
    return _by_dependency(nodes) if any(map(_looks_ahead, nodes)) else nodes


def _looks_ahead(op: Operation) -> bool:
    """Whether an operation depends on one that was made later."""
    number = op.id
    for tensor in op.inputs:
        if tensor.op.id >= number and tensor.op.type not in BACK_EDGES:
            return True
    return any(o.id >= number and o.type not in BACK_EDGES for o in op.controls)


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
    in_order(set(ops))
