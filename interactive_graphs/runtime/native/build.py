"""Native programs: from a specialised plan to a program that calls native code.

Read next: `translate.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from interactive_graphs.kernels.native.routine import Routine
from interactive_graphs.kernels.native.target import Target, available, detect
from interactive_graphs.runtime.listing import Feeder
from interactive_graphs.runtime.native.assemble import Native, write_routines
from interactive_graphs.runtime.native.buffers import lay_out
from interactive_graphs.runtime.native.cluster import join_elementwise
from interactive_graphs.runtime.native.epilogue import take_in_followers
from interactive_graphs.runtime.native.schedule import schedule
from interactive_graphs.runtime.native.translate import Step, translate
from interactive_graphs.runtime.native.work import Task
from interactive_graphs.runtime.native.writer import NativeWriter
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.state import SessionState
from interactive_graphs.runtime.writer import Result

WORTH_NODES: Final = 4
"""Fewer native nodes than this, and small ones, are quicker as lines of Python."""

WORTH_NANOSECONDS: Final = 2e3
"""How long the kernels of few nodes have to take to be worth a call."""


def build(
    plan: Plan,
    state: SessionState,
    feeders: Sequence[tuple[str, Feeder]],
    result: Result,
    other: Callable[[Any], Any],
    target: Target | None = None,
    threads: int = 0,
    winograd: bool = True,
) -> Program | None:
    """A program that does what it can in native code.

    Args:
        plan: specialised and optimised; not changed.
        state: the session's.
        feeders: see `compile_plan`.
        result: see `compile_plan`.
        other: runs the step where feeds or variables are not of the plan's shapes, as
            `Program.run` of the program that does all in Python.
        target: the processor; this machine's if None.
        threads: 1 if the caller of the program is to do all; else as many as there are.
        winograd: whether convolutions may be computed with fewer products and digits.

    Returns:
        The program, or None where there is nothing to gain, or nothing that can be
        compiled here.
    """
    if available() or plan.unstructured or plan.structure is not None or plan.kept:
        return None
    target = detect() if target is None else target
    step = translate(plan, state, winograd)
    parts = schedule(fused(step))
    tasks = [task for part in parts for task in part]
    if not any(task.is_native for task in tasks):
        return None
    routines = write_routines(tasks, target)
    if not _is_worth_it(tasks, routines):
        return None
    layout = lay_out(parts, routines, step.fetched)
    native = Native(parts, layout, routines, target, threads)
    writer = NativeWriter(step, state, parts, native, other)
    writer.feeds(feeders)
    writer.open()
    writer.body()
    writer.close(result)
    return writer.program()


def fused(step: Step) -> list[Task]:
    """The tasks of a step, joined as far as they can be."""
    tasks = join_elementwise(step.tasks, step.fetched)
    return take_in_followers(tasks, step.fetched)


def _is_worth_it(tasks: Sequence[Task], routines: dict[Task, Routine]) -> bool:
    """Whether native code saves more than it costs to call it."""
    native = [task for task in tasks if task.is_native]
    nodes = sum(len(task.ops) for task in native)
    cost = sum(k.cost for task in native for k in routines[task].kernels)
    return nodes >= WORTH_NODES or cost >= WORTH_NANOSECONDS
