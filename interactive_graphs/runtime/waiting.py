"""Nodes that may have to wait, and when a program may have them.

A program runs its nodes one after the other, and while one waits for a queue nothing
else of the step runs. That is right as long as nothing else could: all that does not
need what is waited for comes first, and nodes that wait need each other, in a row.
Steps whose nodes might wait for one another, or in a branch or a loop, are run by the
dataflow executor. Read next: `form.py`.
"""

from __future__ import annotations

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.frames import CONTROL_FLOW
from interactive_graphs.runtime.plan import Plan


def wait_in_turn(plan: Plan) -> str:
    """Put the nodes that may wait as late as can be, if a program can have them.

    Args:
        plan: pruned; without branches and loops, `nodes` is put in order.

    Returns:
        Why a program cannot have them; '' when it can, or when there are none.
    """
    waiting = [op for op in plan.nodes if op.op_def.blocking]
    if not waiting:
        return ""
    branches = any(op.type in CONTROL_FLOW for op in plan.nodes)
    # How many waits each node needs, and how many it comes after.
    needs: dict[Operation, int] = {}
    after: dict[Operation, int] = {}
    fed: frozenset[Tensor] = frozenset(plan.feeds)
    reached = 0
    tainted: set[Operation] = set()
    for op in plan.nodes:
        before = [t.op for t in op.inputs if t not in fed] + list(op.controls)
        needs[op] = max((needs.get(o, 0) for o in before), default=0)
        after[op] = max((after.get(o, 0) for o in before), default=0)
        if op.type in CONTROL_FLOW or (branches and not tainted.isdisjoint(before)):
            tainted.add(op)
        if op.op_def.blocking:
            if op in tainted:
                return f"{op.name} may have to wait, in a branch or a loop"
            if needs[op] < reached:
                return f"{op.name} and another node may wait for each other"
            reached += 1
            needs[op] = after[op] = reached
        elif op.op_def.stateful and any(t.dtype.name == "resource" for t in op.inputs):
            after[op] = reached  # who asks a queue for its size does so in its turn
    if not branches:
        plan.nodes.sort(key=after.__getitem__)
    return ""
