"""What form a plan has: a straight line, loops and conditions that nest, or neither.

Decided once, before the passes, which heed it. Read next: `structure.py`.
"""

from __future__ import annotations

from interactive_graphs._util import lazy
from interactive_graphs.runtime.frames import frame_paths, has_control_flow
from interactive_graphs.runtime.plan import Plan


def arrange(plan: Plan, node_by_node: bool = False) -> None:
    """Find the frames of a plan, and its structure if it has one.

    Fills `plan.paths` and `plan.structure`, or `plan.unstructured` with the reason why
    the dataflow executor has to run it. Loops come together in `plan.nodes`.

    Args:
        plan: pruned; not yet optimised, since controls tell where a constant is.
        node_by_node: whether the dataflow executor runs it anyway.

    Raises:
        InvalidArgumentError: a node's inputs are in different frames.
    """
    if node_by_node:
        plan.unstructured = "it may be interrupted between two nodes"
    elif any(record.blocking for record in {op.op_def for op in plan.nodes}):
        waiting = lazy.load("interactive_graphs.runtime.waiting")
        plan.unstructured = waiting.wait_in_turn(plan)
    if not has_control_flow(plan):
        return
    plan.paths = frame_paths(plan)
    if not plan.unstructured:
        lazy.load("interactive_graphs.runtime.structure").find_structure(plan)
