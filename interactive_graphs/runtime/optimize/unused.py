"""Nodes that nothing needs any more, after folding took their consumers.

Read next: `../place.py`.
"""

from __future__ import annotations

from interactive_graphs.runtime.plan import Plan


def drop_unused(plan: Plan) -> None:
    """Leave out pure nodes whose values no later node, fetch or target takes."""
    used = {plan.find(t) for t in plan.fetches}
    awaited = set(plan.targets)
    kept = []
    for op in reversed(plan.nodes):
        needed = (
            not op.op_def.is_pure or op in awaited or any(t in used for t in op.outputs)
        )
        if needed:
            kept.append(op)
            used.update(plan.find(t) for t in op.inputs)
            awaited.update(op.controls)
    plan.nodes = kept[::-1]
