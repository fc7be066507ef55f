"""Nodes that only pass a value on, or only wait, cost a line; a program needs none.

In a straight-line program the order of the lines is all the waiting there is, and where
the structure of loops and conditions is known, so is where a value may be used: then a
Switch is only a copy. Where the dataflow executor runs a plan, control edges carry the
order, so only nodes that have none and end none are taken out. Read next: `fold.py`.
"""

from __future__ import annotations

from typing import Final

from interactive_graphs.framework.operation import Operation
from interactive_graphs.runtime.frames import ENTERS, SWITCHES
from interactive_graphs.runtime.plan import Plan

_PASSES_ON: Final = frozenset(
    {"Identity", "StopGradient", "PreventGradient", "PlaceholderWithDefault"}
)


def forward(plan: Plan, straight: bool) -> None:
    """Let values stand for their copies, and drop what does nothing.

    Args:
        plan: the step.
        straight: whether it will be a program.
    """
    awaited = plan.awaited()
    kept = []
    for op in plan.nodes:
        copies = op not in awaited and _copies(op, straight)
        if copies and plan.is_free(op):
            source = plan.find(op.inputs[0])
            plan.same.update((tensor, source) for tensor in op.outputs)
        elif op.type != "NoOp" or not straight or op in plan.kept:
            kept.append(op)
    plan.nodes = kept


def _copies(op: Operation, straight: bool) -> bool:
    """Whether all that an operation gives is its first input."""
    if op.type in _PASSES_ON:
        # A reference is read where the node stands.
        return (straight or not op.controls) and not op.inputs[0].dtype._is_ref_dtype
    if op.type in SWITCHES:
        return straight
    return op.type in ENTERS and straight and bool(op.attrs["is_constant"])
