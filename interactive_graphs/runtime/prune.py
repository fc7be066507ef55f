"""What a step needs: the operations reachable backwards from what is asked.

A feed cuts an edge and not a node: consumers of a fed tensor read the fed value, and
its producer runs only if something else needs it. Between this pass and the last one
stand `verify.py`, `place.py` and those of `optimize/`. Read next: `writer.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.order import in_order
from interactive_graphs.runtime.plan import Plan

# Control edges that leave a fed placeholder are satisfied by the feed.
_PLACEHOLDERS = frozenset({"Placeholder", "PlaceholderV2", "PlaceholderWithDefault"})


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
    pending = [t.op for t in fetches if t not in fed]
    pending += targets
    nodes: list[Operation] = []
    # By number whether it is a node: a set of a large graph's nodes has 50 bytes each.
    found = bytearray(pending[0].graph.version + 1 if pending else 0)
    while pending:
        op = pending.pop()
        if found[op.id]:
            continue
        found[op.id] = True
        nodes.append(op)
        for tensor in op.inputs:
            source = tensor.op
            if not found[source.id] and tensor not in fed:
                pending.append(source)
        for control in op.controls:
            if not found[control.id] and control not in satisfied:
                pending.append(control)
    return Plan(fetches, targets, feeds, in_order(nodes))
