"""A plan as Python, for one session; see what it looks like in `writer.py`.

Read next: `writer.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from interactive_graphs._util import lazy
from interactive_graphs.framework.tensor_shape import num_elements
from interactive_graphs.runtime.listing import Feeder, Probe
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.state import SessionState
from interactive_graphs.runtime.writer import Result, Writer

__all__ = ["Feeder", "Probe", "Result", "compile_plan", "is_heavy", "is_straight"]


HEAVY: Final = 1 << 25
"""A step is heavy whose values take so many bytes."""


HEAVY_NODE: Final = 1 << 17
"""To compute so many bytes takes about as long as to compile a node."""


def is_heavy(plan: Plan, for_one_run: bool = True) -> bool:
    """Whether a step computes so much that it pays to compile it at once.

    Args:
        plan: whose values are as large as the graph knows.
        for_one_run: whether it is to pay even if it never runs again.
    """
    size = 0
    for op in plan.nodes:
        result = op.result
        for tensor in result if type(result) is tuple else (result,):
            # Numbers weigh nothing, and the largest graphs are full of them.
            if tensor.static_shape:
                size += (num_elements(tensor.static_shape) or 0) * tensor.dtype.size
    return size > max(HEAVY, len(plan.nodes) * HEAVY_NODE if for_one_run else 0)


def is_straight(plan: Plan) -> bool:
    """Whether a program can be made of a plan: no node blocks, and loops nest."""
    return not plan.unstructured


def compile_plan(
    plan: Plan,
    state: SessionState,
    feeders: Sequence[tuple[str, Feeder]],
    result: Result,
    probe: Probe | None = None,
    inner: bool = False,
    other: Callable[[Any], Any] | None = None,
) -> Program:
    """Compile a plan for one session.

    Args:
        plan: pruned, optimised and placed.
        state: the session's: variables and queues become part of the program.
        feeders: for each feed an expression that is true when the value `{x}` needs
            conversion, and the function that checks and converts it.
        result: what `run` returns: the value of one tensor, or a list with a value
            for each tensor and None elsewhere; or None.
        probe: what watches the nodes, or None.
        inner: whether values come from and go to another program, so that they need
            no check and no copy; `feeders` is empty then.
        other: where the plan is specialised: runs the step for values that are not of
            the plan's shapes.

    Returns:
        The program.
    """
    writer: Writer
    if other is not None:
        special = lazy.load("interactive_graphs.runtime.planned")
        writer = special.special_writer(plan, state, other)
    elif plan.structure is not None:
        structured = lazy.load("interactive_graphs.runtime.structured")
        writer = structured.StructuredWriter(plan, state, probe, inner)
    else:
        writer = Writer(plan, state, probe, inner)
    writer.feeds(feeders)
    writer.open()
    writer.body()
    writer.close(result)
    return writer.program()
