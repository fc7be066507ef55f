"""What became of the operations of a step that its program does not run.

    for rewrite in rewrites(session.program(loss, [x]).plan):
        print(rewrite.op.name, rewrite.what, [op.name for op in rewrite.into])

Worked out from the plan when somebody asks: the passes keep no diary, and compiling
costs nothing more. No pass joins operations into one (yet): what runs is always one of
the user's own. Read next: `../../display/program_lines.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.prune import prune

BUILT_IN: Final = "built in"
"""A constant: the program holds its value."""

FOLDED: Final = "folded"
"""Computed once, while compiling, since it depends on constants alone."""

MERGED: Final = "merged"
"""An equal operation runs already, and its result stands for both."""

PASSED_ON: Final = "passed on"
"""It only hands on what it takes, which therefore stands for it."""

ORDER_ONLY: Final = "order only"
"""It computes nothing and only waits; the order of the lines says the same."""

UNUSED: Final = "unused"
"""Nothing takes its result any more."""

KINDS: Final = (BUILT_IN, FOLDED, MERGED, PASSED_ON, ORDER_ONLY, UNUSED)


class Rewrite(NamedTuple):
    """What became of one operation.

    Attributes:
        op: the operation.
        what: one of `KINDS`.
        into: those that run and use its value, or the one that stands for it.
        value: what is known of it, an array, or None.
    """

    op: Operation
    what: str
    into: tuple[Operation, ...]
    value: Any


def rewrites(plan: Plan) -> list[Rewrite]:
    """What the plan's passes took out of the step, in the order in which it would run.

    Args:
        plan: an optimised plan, as of `session.program(...).plan`.
    """
    before = prune(plan.fetches, plan.targets, plan.feeds).nodes
    running = set(plan.nodes)
    gone = [op for op in before if op not in running]
    users = _users(plan, gone)
    return [_rewrite(op, plan, users.get(op, ())) for op in gone]


def _rewrite(op: Operation, plan: Plan, users: Iterable[Operation]) -> Rewrite:
    first = op.outputs[0] if op.outputs else None
    if first is None:
        return Rewrite(op, ORDER_ONLY if op.type == "NoOp" else UNUSED, (), None)
    into = tuple(sorted(users, key=lambda user: user.id))
    stand_in = plan.find(first)
    value = plan.values.get(stand_in)
    if first in plan.values and op.type != "Const":
        # Equal values are merged, too, which is nothing that the operation has to do
        # with.
        return Rewrite(op, FOLDED, into, value)
    if stand_in is not first:
        handed_on = op.inputs and plan.find(op.inputs[0]) is stand_in
        return Rewrite(op, PASSED_ON if handed_on else MERGED, (stand_in.op,), value)
    if first in plan.values:
        return Rewrite(op, BUILT_IN, into, value)
    return Rewrite(op, UNUSED, (), None)


def _users(plan: Plan, gone: list[Operation]) -> dict[Operation, list[Operation]]:
    """Who, of what runs, uses a value that was known before: at once, or by others.

    A constant that only goes into a folded sum is used by whoever uses the sum.
    """
    users: dict[Operation, dict[Operation, None]] = {}
    for op in plan.nodes:
        for source in _sources(op, plan):
            users.setdefault(source, {})[op] = None
    # What uses a folded one comes after it, so that one turn backwards is enough.
    for op in reversed(gone):
        mine = users.get(op)
        if mine is None or not _is_known(op, plan):
            continue
        for source in _sources(op, plan):
            users.setdefault(source, {}).update(mine)
    return {op: list(found) for op, found in users.items()}


def _sources(op: Operation, plan: Plan) -> set[Operation]:
    """The operations whose values it takes, and those that these stand for."""
    tensors: set[Tensor] = set(op.inputs) | {plan.find(t) for t in op.inputs}
    return {t.op for t in tensors}


def _is_known(op: Operation, plan: Plan) -> bool:
    return all(plan.find(t) in plan.values for t in op.outputs)
