"""The variables of a session: what they are, who shares them, what they hold now.

Values are looked up where the session keeps them: nothing is run and nothing is copied,
since a variable's array is replaced and never changed.
Read next: `../display/health.py`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from interactive_graphs.display import describe
from interactive_graphs.framework import source
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.runtime.blame import VARIABLES

_OF_STRING: Final = 8
"""Bytes of a string's place in an array; its text is counted where it is known."""


class VariableFacts(NamedTuple):
    """What is known of a variable without a session.

    Attributes:
        op: the operation that owns the value.
        name: its name.
        shape: static, see `Tensor.static_shape`.
        dtype: of the value.
        device: what was asked for, short; '' for none.
        nbytes: memory of a value; None where the shape is not fully known.
        trainable: whether optimizers change it by default.
        lines: the user's lines that share it, its maker's first: "model.py, line 3".
        scopes: the name scopes of those who read it.
    """

    op: Operation
    name: str
    shape: Shape
    dtype: DType
    device: str
    nbytes: int | None
    trainable: bool
    lines: tuple[str, ...]
    scopes: tuple[str, ...]


def variables_of(graph: Graph) -> list[VariableFacts]:
    """The variables of a graph in the order they were made."""
    trainable = {
        variable.op for variable in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
    }
    scopes = graph.variable_scope_state
    asked = scopes.store.asked_for if scopes is not None else lambda _: []
    return [
        _facts(op, op in trainable, asked(op.name))
        for op in graph.get_operations()
        if is_variable(op)
    ]


def _facts(
    op: Operation, trainable: bool, asked: Iterable[source.RawStack]
) -> VariableFacts:
    shape: Shape = op.attrs.get("shape")
    dtype: DType = op.attrs["dtype"]
    known = shape is not None and None not in shape
    item = _OF_STRING if dtype.name == "string" else dtype.np_dtype.itemsize
    size = math.prod(n or 0 for n in shape or ()) * item if known else None
    device = describe.device_text(op.device) if op.device else ""
    return VariableFacts(
        op, op.name, shape, dtype, device, size, trainable, _lines(op, asked),
        _readers(op),
    )  # fmt: skip


def _lines(op: Operation, asked: Iterable[source.RawStack]) -> tuple[str, ...]:
    """Where a variable was asked for; where it was made if `get_variable` did not.

    A function that asks is named once for each line that calls it.
    """
    stacks = [source.resolve(stack) for stack in asked] or [op.traceback]
    stacks = [stack for stack in stacks if stack]
    lines = [_place(stack[-1]) for stack in stacks]
    counts = Counter(lines)
    for number, stack in enumerate(stacks):
        if counts[_place(stack[-1])] > 1 and len(stack) > 1:
            caller = _place(stack[-2])
            lines[number] = f"{lines[number]}, called from {caller}"
    return tuple(dict.fromkeys(lines))


def _place(frame: Any) -> str:
    return describe.place_text(frame[0], frame[1])


def _readers(op: Operation) -> tuple[str, ...]:
    """The scopes of those who take the value, through the nodes of the variable."""
    found: dict[str, None] = {}
    inside = op.name + "/"
    waiting, seen = [op], {op}
    while waiting:
        for output in waiting.pop().outputs:
            for taker in output.consumers():
                if taker in seen:
                    continue
                seen.add(taker)
                if taker.name.startswith(inside) and taker.type in _PASSING:
                    waiting.append(taker)
                elif not taker.name.startswith(inside):
                    found[taker.name.rpartition("/")[0]] = None
    return tuple(found)


_PASSING: Final = frozenset({"Identity", "ReadVariableOp"})


def is_variable(op: Operation) -> bool:
    """Whether an operation owns a value that stays in the session."""
    return op.type in VARIABLES


def variable_value(session: Any, op: Operation) -> Any:
    """The value that a variable has in a session now, without a copy.

    Args:
        session: a Session or InteractiveSession.
        op: the operation that owns the value (`is_variable`).

    Returns:
        A read-only array or numpy scalar, replaced and never changed; None while the
        variable is not initialised, or when the session is closed.
    """
    name = op.attrs.get("shared_name") or op.name
    container = op.attrs.get("container") or ""
    resources = session._engine.state.resources
    found = resources.lookup(container, name, "variable")
    return None if found is None else found.settled()
