"""Initial values that use other variables: made safe for any order of initialisation.

`w = Variable(v * 2)` reads `v`, which may not have a value yet when `w` gets its own.
So what `w` starts from is a copy of that expression in which `v` is replaced by "its
value if it has one, else its initial value", as TensorFlow does.
Read next: `variables.py`.
"""

from __future__ import annotations

from typing import Any, Final

from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor

_VARIABLES: Final = frozenset({"Variable", "VariableV2"})
# These ask about a variable or have asked before: what they give is safe already.
_SAFE: Final = frozenset({"IsVariableInitialized", "VarIsInitializedOp", "RefSwitch"})
# Loops have cycles, which cannot be copied node by node.
_CYCLIC: Final = frozenset({"NextIteration", "RefNextIteration"})


def guarded(initial_value: Tensor, owner: Operation) -> Tensor:
    """`initial_value` with other variables replaced by their initialized values.

    Args:
        initial_value: as the user wrote it.
        owner: the new variable's operation, whose name the copies carry.

    Returns:
        A copy of the expression; the tensor itself where nothing needs replacing.
    """
    order = _ancestors(initial_value.op)
    if order is None:
        return initial_value
    replaced: dict[Tensor, Tensor] = {}
    for op in order:
        variable = _variable_read_by(op)
        if variable is not None:
            replaced[op.outputs[0]] = variable.initialized_value()
        elif any(t in replaced for t in op.inputs):
            _copy(op, replaced, owner)
    return replaced.get(initial_value, initial_value)


def _ancestors(root: Operation) -> list[Operation] | None:
    """What `root` is computed from and itself, inputs first; None if in a loop."""
    order: list[Operation] = []
    seen: set[Operation] = set()
    pending: list[tuple[Operation, bool]] = [(root, False)]
    while pending:
        op, is_done = pending.pop()
        if is_done:
            order.append(op)
        elif op not in seen:
            seen.add(op)
            if op.type in _CYCLIC:
                return None
            pending.append((op, True))
            if op.type not in _SAFE and not _takes_reference(op):
                pending += [(t.op, False) for t in op.inputs if t.op not in seen]
    return order


def _takes_reference(op: Operation) -> bool:
    """Whether it changes a variable; then a copy would change it twice."""
    return any(arg.is_ref for arg in op.op_def.inputs)


def _variable_read_by(op: Operation) -> Any:
    """The variable whose value `op` gives, if it is a known one."""
    if op.type == "ReadVariableOp":
        op = op.inputs[0].op
        if op.type != "VarHandleOp":
            return None
    elif op.type not in _VARIABLES:
        return None
    for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
        for variable in op.graph.get_collection(key):
            if getattr(variable, "name", None) == op.name + ":0":
                return variable
    return None


def _copy(op: Operation, replaced: dict[Tensor, Tensor], owner: Operation) -> None:
    """Note a copy of `op` that takes what is replaced."""
    graph = op.graph
    name = graph.names.unique(f"{op.name}_{owner.name}")
    made = graph.create_op(
        op.type,
        [replaced.get(t, t) for t in op.inputs],
        [t.dtype for t in op.outputs],
        name=name + "/",
        attrs=dict(op.attrs),
    )
    replaced.update(zip(op.outputs, made.outputs, strict=True))
