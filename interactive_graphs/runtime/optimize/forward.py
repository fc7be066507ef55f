"""Nodes that only pass a value on, or only wait, cost a line; a program needs none.

In a straight-line program the order of the lines is all the waiting there is. Where the
dataflow executor runs a plan, control edges carry the order, so only nodes without any
are taken out. Read next: `cse.py`.
"""

from __future__ import annotations

from typing import Final

from interactive_graphs.framework.operation import Operation
from interactive_graphs.runtime.plan import Plan

_PASSES_ON: Final = frozenset(
    {"Identity", "StopGradient", "PreventGradient", "PlaceholderWithDefault"}
)


def forward(plan: Plan, straight: bool) -> None:
    """Let values stand for their copies, and drop what does nothing.

    Args:
        plan: the step.
        straight: whether it will be a straight-line program.
    """
    fed = frozenset(plan.feeds)
    kept = []
    for op in plan.nodes:
        if op.type in _PASSES_ON and _may_go(op, straight) and op.outputs[0] not in fed:
            source = op.inputs[0]
            # A reference is read where the node stands.
            if not source.dtype._is_ref_dtype:
                plan.same[op.outputs[0]] = plan.find(source)
                continue
        elif op.type == "NoOp" and straight:
            continue
        kept.append(op)
    plan.nodes = kept


def _may_go(op: Operation, straight: bool) -> bool:
    return straight or not op.controls
