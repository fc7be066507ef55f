"""Lowerings of what changes variables: assignments and the steps of optimizers.

The rules are those of tier 1 (`kernels/cpu/training.py`), traced. A rule that looks at
a number which is not known, as the proximal ones do, is computed both ways.
Read next: `lower_views.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from interactive_graphs.kernels.native.traced import both_ways
from interactive_graphs.kernels.native.updates import RULES, VARIABLES
from interactive_graphs.runtime.native.node import Node, NotNativeError
from interactive_graphs.runtime.native.table import lowers
from interactive_graphs.runtime.native.work import Array

# What has the shape of the variable; the rest are numbers.
_WHOLE: Final = ("grad", "delta", "value")
_ASSIGNMENTS: Final[dict[str, Callable[..., Any]]] = {
    "Assign": lambda _, value: value,
    "AssignAdd": np.add,
    "AssignSub": np.subtract,
    "AssignVariableOp": lambda _, value: value,
    "AssignAddVariableOp": np.add,
    "AssignSubVariableOp": np.subtract,
}


@lowers(*(f"{kind}Apply{name}" for name in RULES for kind in ("", "Resource")))
def _apply(node: Node) -> None:
    name = node.op.type.removeprefix("Resource").removeprefix("Apply")
    rule, count = RULES[name], VARIABLES[name]
    attrs = node.op.op_def.kernels["CPU"].attrs
    options = {attr: node.op.attrs[attr] for attr in attrs}
    change(node, both_ways(functools.partial(rule, **options)), count)


@lowers(*_ASSIGNMENTS)
def _assign(node: Node) -> None:
    old = node.variable(0)
    if old.shape is None or node.shape(1) != old.shape:
        raise NotNativeError("the variable may change its shape")
    rule = _ASSIGNMENTS[node.op.type]
    change(node, lambda *values: (rule(*values),), 1)


def change(node: Node, rule: Callable[..., Any], count: int) -> None:
    """Give the first inputs, which are variables, new values.

    Args:
        node: the node.
        rule: of the variables' values and the other inputs; gives as many new values.
        count: how many variables there are.

    Raises:
        NotNativeError: shapes differ, or the rule is no formula.
    """
    held = [node.variable(index) for index in range(count)]
    shape = held[0].shape
    if shape is None or any(array.shape != shape for array in held):
        raise NotNativeError("the variables' shapes are not known, or differ")
    if len({id(array.variable) for array in held}) < count:
        raise NotNativeError("one variable is changed twice")
    rest = range(count, len(node.op.inputs))
    for index in rest:
        is_gradient = node.op.op_def.inputs[index].name in _WHOLE
        if node.shape(index) != (shape if is_gradient else ()):
            raise NotNativeError("the kernel refuses these shapes")

    def updated() -> list[Array]:
        return [node.updated(index) for index in range(count)]

    node.pointwise(rule, [*held, *rest], updated, shape)
