"""Common subexpressions: equal pure operations on equal inputs run once.

Read next: `unused.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.frames import ROUTES
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.refs import reads_variable

_SMALL = 64


def merge_common(plan: Plan) -> None:
    """Let equal operations share one result."""
    seen: dict[Any, list[Operation]] = {}
    known: dict[Any, Tensor] = {}
    for tensor, value in plan.values.items():
        if value.size <= _SMALL and value.dtype != object:
            key = (value.dtype.str, value.shape, value.tobytes(), tensor.op.device)
            first = known.setdefault(key, tensor)
            if first is not tensor:
                plan.same[tensor] = first
    awaited = plan.awaited()
    kept = []
    for op in plan.nodes:
        free = plan.is_free(op) and op not in awaited
        node = _key(op, plan) if free else None
        first_op = None if node is None else _earlier(seen, node, op, plan)
        if first_op is None:
            kept.append(op)
            continue
        for mine, theirs in zip(op.outputs, first_op.outputs, strict=True):
            plan.same[mine] = theirs
    plan.nodes = kept


def _earlier(
    seen: dict[Any, list[Operation]], key: Any, op: Operation, plan: Plan
) -> Operation | None:
    """An equal operation that has run wherever `op` runs."""
    similar = seen.setdefault(key, [])
    found = None
    if similar:
        attrs = _attrs(op)
        equals = [other for other in similar if _attrs(other) == attrs]
        if plan.structure is not None:
            if plan.structure.never_runs(op):
                return None
            regions = plan.structure.regions
            here = frozenset(regions[op])
            equals = [other for other in equals if here.issuperset(regions[other])]
        found = equals[0] if equals else None
    if found is None:
        similar.append(op)
    return found


def _key(op: Operation, plan: Plan) -> Any:
    """What equal operations have in common, or None when this one is never merged.

    Of attributes only where there are no inputs, which nearly always tell enough.
    """
    if not op.op_def.is_pure or op.result == ():
        return None
    if op.controls and (plan.unstructured or reads_variable(op)):
        return None
    if op.type in ROUTES:
        return None
    inputs: list[Any] = [plan.find(t) for t in op.inputs]
    if op.op_def.commutative:
        inputs.sort(key=lambda t: (t.op.id, t.value_index))
    return (op.type, op.device, tuple(inputs) or _attrs(op))


def _attrs(op: Operation) -> tuple[Any, ...]:
    return tuple((k, _hashable(v)) for k, v in sorted(op.attrs.items()))


def _hashable(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    # 1, 1.0 and True are equal keys but not equal attributes.
    return (
        type(value).__name__,
        value if not isinstance(value, list) else tuple(value),
    )
