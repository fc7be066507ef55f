"""What became of the operations of a step that its program does not run.

    for rewrite in rewrites(session.program(loss, [x]).plan):
        print(rewrite.op.name, rewrite.what, [op.name for op in rewrite.into])

Worked out from the plan when somebody asks: of the passes only the algebra keeps a
diary (`Plan.rewritten`). What it joins into one runs under the name of the user's
operation whose value it gives. Read next: `../../display/program_lines.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.plan import Plan, users
from interactive_graphs.runtime.prune import prune
from interactive_graphs.runtime.standin import StandIn

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

FUSED: Final = "fused"
"""Another operation that runs does its work as well."""

REWRITTEN: Final = "rewritten"
"""By a rule of algebra another value is the same."""

KINDS: Final = (
    BUILT_IN, FOLDED, MERGED, PASSED_ON, FUSED, REWRITTEN, ORDER_ONLY, UNUSED,
)  # fmt: skip


class Rewrite(NamedTuple):
    """What became of one operation.

    Attributes:
        op: the operation.
        what: one of `KINDS`.
        into: those that run and use its value, or the one that stands for it.
        value: what is known of it, an array, or None.
        rule: the name of the rule by which it was fused or rewritten, else ''.
    """

    op: Operation
    what: str
    into: tuple[Operation, ...]
    value: Any
    rule: str = ""


def rewrites(plan: Plan) -> list[Rewrite]:
    """What the plan's passes took out of the step, in the order in which it would run.

    Args:
        plan: an optimised plan, as of `session.program(...).plan`.
    """
    before = prune(plan.fetches, plan.targets, plan.feeds).nodes
    running = {users(op) for op in plan.nodes}
    gone = [op for op in before if op not in running]
    takers = _takers(plan, gone)
    fused = _fused(plan)
    return [_rewrite(op, plan, takers.get(op, ()), fused.get(op)) for op in gone]


def _fused(plan: Plan) -> dict[Operation, StandIn]:
    """By operation the node that does its work together with others'."""
    nodes = [op for op in plan.nodes if isinstance(op, StandIn)]
    return {op: node for node in nodes for op in node.joins}


def _rewrite(
    op: Operation, plan: Plan, takers: Iterable[Operation], fused: StandIn | None
) -> Rewrite:
    first = op.outputs[0] if op.outputs else None
    if first is None:
        return Rewrite(op, ORDER_ONLY if op.type == "NoOp" else UNUSED, (), None)
    into = tuple(sorted(takers, key=lambda user: user.id))
    stand_in = plan.find(first)
    value = plan.values.get(stand_in)
    if fused is not None:
        return Rewrite(op, FUSED, (users(fused),), None, fused.rule)
    if first in plan.values and op.type != "Const":
        # Equal values are merged, too, which is nothing that the operation has to do
        # with.
        return Rewrite(op, FOLDED, into, value)
    if stand_in is not first:
        for_it = (users(stand_in.op),)
        if op in plan.rewritten:
            return Rewrite(op, REWRITTEN, for_it, value, plan.rewritten[op])
        handed_on = op.inputs and plan.find(op.inputs[0]) is stand_in
        return Rewrite(op, PASSED_ON if handed_on else MERGED, for_it, value)
    if first in plan.values:
        return Rewrite(op, BUILT_IN, into, value)
    return Rewrite(op, UNUSED, (), None)


def _takers(plan: Plan, gone: list[Operation]) -> dict[Operation, list[Operation]]:
    """Who, of what runs, uses a value that was known before: at once, or by others.

    A constant that only goes into a folded sum is used by whoever uses the sum.
    """
    takers: dict[Operation, dict[Operation, None]] = {}
    for op in plan.nodes:
        for source in _sources(op, plan):
            takers.setdefault(source, {})[users(op)] = None
    # What uses a folded one comes after it, so that one turn backwards is enough.
    for op in reversed(gone):
        mine = takers.get(op)
        if mine is None or not _is_known(op, plan):
            continue
        for source in _sources(op, plan):
            takers.setdefault(source, {}).update(mine)
    return {op: list(found) for op, found in takers.items()}


def _sources(op: Operation, plan: Plan) -> set[Operation]:
    """The operations whose values it takes, and those that these stand for."""
    tensors: set[Tensor] = set(op.inputs) | {plan.find(t) for t in op.inputs}
    return {t.op for t in tensors}


def _is_known(op: Operation, plan: Plan) -> bool:
    return all(plan.find(t) in plan.values for t in op.outputs)
