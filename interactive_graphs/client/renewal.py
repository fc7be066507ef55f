"""What becomes of the values of variables that are made anew under their old names.

A session keeps a variable's value under the variable's name. When a notebook's cell
runs again, the old variable is set aside with its value, so that what still uses it
goes on undisturbed; the new one starts without a value, as in a new session, and is
then given the old one's if it is the same variable: name, shape, dtype, initial value.
Read next: `../framework/retire.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from interactive_graphs.client import targets
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.blame import VARIABLES

_ASSIGNS = frozenset({"Assign", "AssignVariableOp"})


@dataclass
class Renewal:
    """What was found of the variables that had a value.

    Attributes:
        kept: names of those whose value went on to the new variable.
        anew: names of those that start anew, as they are not the same any more.
    """

    kept: list[str] = field(default_factory=list)
    anew: list[str] = field(default_factory=list)


def variables_in(operations: Iterable[Operation]) -> list[Operation]:
    """The operations that are variables."""
    return [op for op in operations if op.type in VARIABLES]


# The attributes of what is set aside, as they were before.
_before: WeakKeyDictionary[Operation, dict[str, Any]] = WeakKeyDictionary()


def set_aside(operations: Iterable[Operation]) -> None:
    """Give variables a place of their own in each open session, values and all."""
    for op in variables_in(operations):
        _before[op] = op.attrs
        _move(op, {**op.attrs, "shared_name": f"{op.name} ({op.id})".encode()})


def bring_back(operations: Iterable[Operation]) -> None:
    """Undo `set_aside`."""
    for op in variables_in(operations):
        if op in _before:
            _move(op, _before.pop(op))


def _move(op: Operation, attrs: dict[str, Any]) -> None:
    container, old = _key(op)
    op.attrs = attrs
    for resources in _resources(op.graph):
        resources.rename(container, old, "variable", _key(op)[1])


def renew(old: Sequence[Operation], new: Sequence[Operation]) -> Renewal:
    """Give new variables the values of old ones that they are the same as.

    Args:
        old: operations that were set aside.
        new: what was built instead.

    Returns:
        What happened to those that had a value and were not given one meanwhile.
    """
    found = Renewal()
    starts = _initial_values(old), _initial_values(new)
    by_name = {op.name: op for op in variables_in(new)}
    for was in variables_in(old):
        op = by_name.get(was.name)
        if op is None:
            continue
        same = _is_same_variable(was, op) and is_same(
            starts[0].get(was), starts[1].get(op)
        )
        if _hand_over(was, op, same):
            (found.kept if same else found.anew).append(op.name)
    return found


def _hand_over(was: Operation, op: Operation, same: bool) -> bool:
    """Whether a session has a value of the old variable and none of the new one."""
    found = False
    for resources in _resources(op.graph):
        old = resources.lookup(*_key(was), "variable")
        now = resources.lookup(*_key(op), "variable")
        if old is None or old.value is None or (now and now.value is not None):
            continue
        found = True
        if same:
            made = resources.get_or_create(*_key(op), "variable", old.like)
            made.store(old.value)
    return found


def _key(op: Operation) -> tuple[Any, Any]:
    """Container and name of a variable's value in a session."""
    return op.attrs.get("container", b""), op.attrs.get("shared_name") or op.name


def _resources(graph: Graph) -> Iterator[Any]:
    for session in list(targets.live_sessions):
        if session.graph is graph and not session._closed:
            yield session._engine.state.resources


# -- whether two variables are the same -----------------------------------------------


def _is_same_variable(a: Operation, b: Operation) -> bool:
    names = ("dtype", "shape")
    return a.type == b.type and all(a.attrs[n] == b.attrs[n] for n in names)


def _initial_values(operations: Sequence[Operation]) -> dict[Operation, Tensor]:
    """What each variable is first given: by the first Assign among these."""
    found: dict[Operation, Tensor] = {}
    for op in operations:
        if op.type in _ASSIGNS and op.inputs[0].op.type in VARIABLES:
            found.setdefault(op.inputs[0].op, op.inputs[1])
    return found


def is_same(a: Tensor | None, b: Tensor | None) -> bool:
    """Whether two tensors are computed in the same way from the same things.

    Operations of other cells are the same only if they are one; those of two runs of
    one cell, if types, attributes and inputs are.
    """
    if a is None or b is None:
        return a is b
    done: set[tuple[Tensor, Tensor]] = set()
    left = [(a, b)]
    while left:
        pair = left.pop()
        if pair in done:
            continue
        done.add(pair)
        one, two = pair[0].op, pair[1].op
        if pair[0].value_index != pair[1].value_index:
            return False
        if one is not two:
            if not _are_alike(one, two):
                return False
            left += zip(one.inputs, two.inputs, strict=True)
    return True


def _are_alike(a: Operation, b: Operation) -> bool:
    if (a.type, a.name, len(a.inputs)) != (b.type, b.name, len(b.inputs)):
        return False
    if a.type in VARIABLES:
        return True  # its own initial value is compared where it is looked at
    hidden = {"_class", "shared_name"}
    names = set(a.attrs) - hidden
    return names == set(b.attrs) - hidden and all(
        _is_equal(a.attrs[name], b.attrs[name]) for name in names
    )


def _is_equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        equal = (
            a.tolist() == b.tolist()
            if a.dtype == object
            else a.tobytes() == b.tobytes()
        )
        return bool(equal)
    return bool(a == b)
