"""The order of nodes: what they depend on comes first.

Read next: `regroup.py`, which keeps loops together.
"""

from __future__ import annotations

import heapq
import operator

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation

# The one kind of edge that may point backwards (a loop's).
BACK_EDGES = frozenset({"NextIteration", "RefNextIteration"})


def in_order(nodes: list[Operation]) -> list[Operation]:
    """Creation order, which is an order of dependency unless somebody rewired nodes.

    Args:
        nodes: each once; the list is sorted.
    """
    nodes.sort(key=operator.attrgetter("id"))
    return _by_dependency(nodes) if _look_ahead(nodes) else nodes


def _look_ahead(nodes: list[Operation]) -> bool:
    """Whether any operation depends on one that was made later."""
    for op in nodes:  # calls and generators would take most of the time
        number = op.id
        for tensor in op.inputs:
            source = tensor.op
            if source.id >= number and source.type not in BACK_EDGES:
                return True
        for control in op.controls:
            if control.id >= number and control.type not in BACK_EDGES:
                return True
    return False


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
    in_order(list(ops))
