"""Algebraic rewrites: what `rules.py` says, done to a plan.

One walk over the nodes, inputs before their users, tries the rules of each node's type
in their order; what a rule puts in a node's place is tried again. A node that nobody
takes any more is left to `unused.py`. Read next: `pooling.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from interactive_graphs._util import lazy
from interactive_graphs.framework import registry
from interactive_graphs.framework.dtypes import as_dtype
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.frames import CONTROL_FLOW
from interactive_graphs.runtime.optimize.conditions import FIRST_LOOK, VALUE_OF
from interactive_graphs.runtime.optimize.edit import Edit
from interactive_graphs.runtime.optimize.pattern import Call, Match, matches, parse
from interactive_graphs.runtime.optimize.rules import RULES, Rule
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.refs import reads_variable

_AGAIN = 8
"""How often in a row a node may be rewritten; no rules turn in circles."""

_KNOWN = ""
"""What makes a known value."""


class _Ready(NamedTuple):
    """A rule taken apart.

    Attributes:
        rule: as it stands in the table.
        pattern: its pattern.
        result: its result.
        takes: the types of operations of which some have to make an input, for each
            input of the pattern of which that is said: most nodes are told by that.
        looks: what tells of known inputs that none is the one that the rule wants.
    """

    rule: Rule
    pattern: Call
    result: Call | str
    takes: tuple[frozenset[str], ...]
    looks: tuple[Callable[[np.ndarray], bool], ...]


@functools.cache
def _by_type() -> dict[str, list[_Ready]]:
    """The rules by the type of the operation that they replace."""
    found: dict[str, list[_Ready]] = {}
    for rule in RULES:
        pattern, result = parse(rule.pattern), parse(rule.result)
        assert isinstance(pattern, Call)
        values = {
            VALUE_OF[condition] for condition in rule.where if condition in VALUE_OF
        }
        takes = [frozenset(arg.types) for arg in pattern.args if isinstance(arg, Call)]
        takes += [frozenset((_KNOWN,)) for arg in pattern.args if arg in values]
        looks = tuple(FIRST_LOOK[c] for c in rule.where if c in FIRST_LOOK)
        for kind in pattern.types:
            ready = _Ready(rule, pattern, result, tuple(takes), looks)
            found.setdefault(kind, []).append(ready)
    return found


@functools.lru_cache(maxsize=4096)
def _candidates(kind: str, makers: frozenset[str]) -> list[_Ready]:
    """The rules for a type of operation whose inputs are made by operations of types.

    Of nearly all nodes that is enough to know that there is none.
    """
    return [
        ready
        for ready in _by_type()[kind]
        if not any(types.isdisjoint(makers) for types in ready.takes)
    ]


def simplify(plan: Plan) -> None:
    """Replace what a rule knows a cheaper way to say; results stay the same."""
    edit = Edit(plan)
    rules = _by_type()
    for op in plan.nodes:
        if op.type not in rules or op.type in CONTROL_FLOW or not _may_go(op, plan):
            continue
        made: Operation | None = op
        for _ in range(_AGAIN):
            if made is not None and made.type in rules:
                made = _rewritten(made, op, edit)
    edit.finish()
    if any(op.type == "MaxPool" for op in plan.nodes):
        lazy.load("interactive_graphs.runtime.optimize.pooling").pool_first(plan)


def _may_go(op: Operation, plan: Plan) -> bool:
    # A reference is read where its node stands.
    return plan.is_free(op) and not reads_variable(op) and op.op_def.is_pure


def _rewritten(op: Operation, at: Operation, edit: Edit) -> Operation | None:
    """Apply the first rule that fits a node.

    Args:
        op: the node.
        at: the node of the plan in whose place it is; itself, or what was replaced.
        edit: the plan.

    Returns:
        The new node in its place, to be tried again; None where there is none.
    """
    plan = edit.plan
    inputs = [plan.find(tensor) for tensor in op.inputs]
    makers = [_KNOWN if t in plan.values else t.op.type for t in inputs]
    known = [plan.values[t] for t in inputs if t in plan.values]
    for rule, pattern, result, _, looks in _candidates(op.type, frozenset(makers)):
        if looks and not all(any(map(look, known)) for look in looks):
            continue
        for match in matches(pattern, op, edit):
            if not all(condition(match) for condition in rule.where):
                continue
            if isinstance(result, str) and result.startswith("*"):
                edit.replace(op, match.lists[result[1:]], rule.name)
                return None
            stand_in = _Result(rule, match, at, edit).build(result)
            edit.replace(op, [stand_in], rule.name)
            return stand_in.op if edit.is_new(stand_in.op, at) else None
    return None


class _Result:
    """Builds what a rule puts in a match's place."""

    def __init__(self, rule: Rule, match: Match, at: Operation, edit: Edit) -> None:
        self._rule = rule
        self._match = match
        self._at = at
        self._edit = edit

    def build(self, result: Call | str, is_root: bool = True) -> Tensor:
        """The tensor that an expression stands for."""
        rule, match, edit = self._rule, self._match, self._edit
        if isinstance(result, str):
            if result in match.tensors:
                return match.tensors[result]
            if result in rule.elements:
                return rule.elements[result](match)
            value = rule.values[result](match)
            return edit.constant(value, as_dtype(value.dtype), self._at)
        inputs = [self.build(arg, False) for arg in result.args]
        return self._node(result, inputs, is_root)

    def _node(self, result: Call, inputs: list[Tensor], is_root: bool) -> Tensor:
        rule, match, edit = self._rule, self._match, self._edit
        like = match.of_kind(result.kind)
        if like is not None:
            op_def, attrs = like.op_def, dict(like.attrs)
        else:
            op_def = registry.lookup(result.kind)
            attrs = {**op_def.defaults, "T": inputs[0].dtype.base_dtype}
        old = match.root.outputs[0]
        output = (old.dtype, old.static_shape)
        if is_root:
            attrs.update({n: not attrs[n] for n in (rule.flips,) if n})
        else:
            output = (inputs[0].dtype.base_dtype, None)
        made = edit.add(
            op_def, inputs, attrs, [output], self._at, match.ops, rule.name
        )  # fmt: skip
        tensor = made.outputs[0]
        if not is_root and op_def.shape is not None:
            (tensor.static_shape,) = op_def.shape(made)
        doubtful = edit.plan.doubtful
        if any(t in doubtful for t in (old, *inputs)):
            edit.plan.doubtful = doubtful | {tensor}
        return tensor
