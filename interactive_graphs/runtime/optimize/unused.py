"""Nodes that nothing needs any more, after folding took their consumers.

Read next: `../place.py`.
"""

from __future__ import annotations

from interactive_graphs.framework.operation import Operation
from interactive_graphs.runtime.plan import Plan


def drop_unused(plan: Plan) -> None:
    """Leave out pure nodes whose values no other node, fetch or target takes."""
    inside = set(plan.nodes)
    targets = {*plan.targets, *plan.kept}
    pending = [op for op in plan.nodes if not op.op_def.is_pure or op in targets]
    pending += (plan.find(t).op for t in plan.fetches)
    used: set[Operation] = set()
    while pending:
        op = pending.pop()
        if op in used or op not in inside:
            continue
        used.add(op)
        pending += (plan.find(t).op for t in op.inputs)
        pending += op.controls
        if plan.structure is not None:
            pending += (plan.find(t).op for t in plan.structure.deciding(op))
    plan.nodes = [op for op in plan.nodes if op in used]
