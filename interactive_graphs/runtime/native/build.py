"""Native programs: from a specialised plan to a program that calls native code.

Read next: `translate.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from interactive_graphs.framework.operation import Operation
from interactive_graphs.kernels.native.routine import Routine
from interactive_graphs.kernels.native.target import Target, available, detect
from interactive_graphs.runtime.listing import Feeder
from interactive_graphs.runtime.native.assemble import Native, write_routines
from interactive_graphs.runtime.native.cluster import join_elementwise
from interactive_graphs.runtime.native.epilogue import take_in_followers
from interactive_graphs.runtime.native.joint import make_in_place
from interactive_graphs.runtime.native.narrow import narrow_products, turn_factors
from interactive_graphs.runtime.native.node import NotNativeError
from interactive_graphs.runtime.native.schedule import schedule
from interactive_graphs.runtime.native.stack import stack_sums
from interactive_graphs.runtime.native.structured import NativeStructuredWriter
from interactive_graphs.runtime.native.tiles import cut_into_tiles
from interactive_graphs.runtime.native.translate import (
    Step,
    all_sections,
    all_tasks,
    drop_unused,
    translate,
)
from interactive_graphs.runtime.native.work import Part, Pointwise, Section, Task
from interactive_graphs.runtime.native.writer import NativeWriter
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.state import SessionState
from interactive_graphs.runtime.writer import Result

WORTH_NODES: Final = 4
"""Fewer native nodes than this, and small ones, are quicker as lines of Python."""

WORTH_NANOSECONDS: Final = 2e3
"""How long the kernels of few nodes have to take to be worth a call."""

CALL_NANOSECONDS: Final = 120.0
NUMBER_NANOSECONDS: Final = 60.0
OPERATOR_NANOSECONDS: Final = 60.0
"""What a native call costs, a number that comes out of it, and an operator of Python on
numbers."""


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
        threads: how many it may take, the caller's included; 0 for any number.
        winograd: whether convolutions may be computed with fewer products and digits.

    Returns:
        The program, or None where there is nothing to gain, or nothing that can be
        compiled here.
    """
    if available() or plan.unstructured or plan.kept:
        return None
    target = detect() if target is None else target
    try:
        step = _worthwhile(plan, state, winograd)
    except NotNativeError:
        return None
    tasks = [task for task in all_tasks(step.section) if task.is_native]
    routines = write_routines(tasks, target)
    if not _is_worth_it(step, routines):
        return None
    natives = {
        section: Native(section, routines, target, threads)
        for section in all_sections(step.section)
        if any(task.is_native for task in section.tasks)
    }
    straight = plan.structure is None
    writer = (NativeWriter if straight else NativeStructuredWriter)(
        step, state, natives, other
    )
    writer.feeds(feeders)
    writer.open()
    writer.body()
    writer.close(result)
    return writer.program()


def _worthwhile(plan: Plan, state: SessionState, winograd: bool) -> Step:
    """The tasks of a plan, in which what Python does as fast is left to it."""
    in_python: frozenset[Operation] = frozenset()
    while True:
        step = translate(plan, state, winograd, in_python)
        slow: set[Operation] = set()
        for section in all_sections(step.section):
            drop_unused(section)
            narrow_products(section)
            turn_factors(section)
            stack_sums(section)
            section.tasks = join_elementwise(section.tasks, section.leaving)
            section.tasks = take_in_followers(section.tasks, section.leaving)
            section.tasks = cut_into_tiles(section.tasks, section.leaving)
            make_in_place(section)
            section.parts = schedule(section.tasks)
            for part in section.parts:
                slow.update(_slow(part, section))
        if not slow:
            return step
        in_python |= slow


def _slow(part: Part, section: Section) -> list[Operation]:
    """The nodes of a part that are faster as lines: a few operators on numbers."""
    if not part[0].is_native:
        return []
    for task in part:
        small = isinstance(task.work, Pointwise) and task.work.shape == ()
        if not small or any(output.previous for output in task.outputs):
            return []
    ops = list(dict.fromkeys(op for task in part for op in task.ops))
    made = sum(a in section.leaving for task in part for a in task.outputs)
    native = CALL_NANOSECONDS * (1 + len(part) / 4) + NUMBER_NANOSECONDS * made
    return ops if OPERATOR_NANOSECONDS * len(ops) < native else []


def _is_worth_it(step: Step, routines: dict[Task, Routine]) -> bool:
    """Whether native code saves more than it costs to call it."""
    tasks = list(all_tasks(step.section))
    native = [task for task in tasks if task.is_native]
    nodes = sum(len(task.ops) for task in native)
    cost = sum(kernel.cost for task in native for kernel in routines[task].kernels)
    if step.plan.structure is not None and native:
        return True
    return nodes >= WORTH_NODES or cost >= WORTH_NANOSECONDS
