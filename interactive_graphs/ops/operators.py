"""The operators on Tensor: `+`, `@`, `<` and the rest (`[]` is in `slicing.py`).

They live here and not on the class because they make nodes: `framework` knows no op.
Names are TF1's: `x + 1.` makes `add/y` and `add`. Read next: `../framework/build.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs.framework import dtypes, raw, registry, source
from interactive_graphs.framework.build import apply, apply_reserved, scalar_operand
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.graph import building_graph
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor

_NUMBERS = frozenset({int, float, bool, np.float32, np.float64, np.int32, np.int64})
_NO_ATTRS: dict[str, Any] = {}

# Python 3's `/` of integers: what they are cast to first (TF1's table).
_DIVIDES_AS: dict[DType, DType] = {
    **dict.fromkeys(
        (dtypes.uint8, dtypes.int8, dtypes.uint16, dtypes.int16), dtypes.float32
    ),
    **dict.fromkeys(
        (dtypes.int32, dtypes.int64, dtypes.uint32, dtypes.uint64), dtypes.float64
    ),
}


def _other_operand(
    known: Tensor,
    value: Any,
    full: str,
    operand: str,
    stack: source.RawStack | None = None,
) -> Tensor:
    """What meets the tensor `known`: one of its dtype, named `<op>/<operand>`."""
    graph = building_graph(known)
    dtype = known.dtype.base_dtype
    if type(value) in _NUMBERS:
        return scalar_operand(graph, value, dtype, full, operand, stack)
    with graph.as_default(), graph.name_scope(full + "/"):
        return convert(value, dtype, operand)


def binary_operator(op_type: str, name: str) -> tuple[Callable[..., Any], ...]:
    """An operator and its reflected form.

    Args:
        op_type: the op that it makes.
        name: the node's name, as TF1 gives it.
    """
    op_def = registry.lookup(op_type)

    def forward(x: Tensor, y: Any) -> Any:
        if type(y) is Tensor:
            return apply(op_def, (x, y), _NO_ATTRS, name).result
        if isinstance(y, SparseTensor):
            return NotImplemented
        graph = building_graph(x)
        if graph is not x.op.graph:
            x = graph.adopt(x)
        full = graph.unique_op_name(name)
        stack = source.capture(2)  # once for both nodes
        other = _other_operand(x, y, full, "y", stack)
        return apply_reserved(op_def, (x, other), full, stack).result

    def reflected(y: Tensor, x: Any) -> Any:
        graph = building_graph(y)
        if graph is not y.op.graph:
            y = graph.adopt(y)
        full = graph.unique_op_name(name)
        stack = source.capture(2)
        other = _other_operand(y, x, full, "x", stack)
        return apply_reserved(op_def, (other, y), full, stack).result

    return forward, reflected


def true_divide(x: Any, y: Any, name: str) -> Tensor:
    """Python 3's `/`: integers are cast to floats first."""
    known = x if isinstance(x, Tensor) else convert(y, None, "y")
    graph = building_graph(known)
    full = graph.unique_op_name(name)
    if not isinstance(x, Tensor):
        x = _other_operand(known, x, full, "x")
        y = known
    elif not isinstance(y, Tensor):
        y = _other_operand(known, y, full, "y")
    target = _DIVIDES_AS.get(x.dtype.base_dtype)
    if target is not None:
        with graph.as_default(), graph.name_scope(full + "/"):
            x = raw.Cast(x, DstT=target)
            y = raw.Cast(y, DstT=target)
    return apply_reserved(registry.lookup("RealDiv"), (x, y), full).outputs[0]


def _truediv(x: Tensor, y: Any) -> Any:
    if isinstance(y, SparseTensor):
        return NotImplemented
    return true_divide(x, y, "truediv")


def _xor(x: Any, y: Any) -> Tensor:
    """`x ^ y` of booleans, as TF1 composes it."""
    graph = building_graph(x if isinstance(x, Tensor) else y)
    with graph.as_default(), graph.name_scope("xor") as scope:
        x, y = convert(x, dtypes.bool, "x"), convert(y, dtypes.bool, "y")
        either, both = raw.LogicalOr(x, y), raw.LogicalAnd(x, y)
        result: Tensor = raw.LogicalAnd(either, raw.LogicalNot(both), name=scope)
        return result


def _install() -> None:
    for method, op_type, name in (
        ("add", "Add", "add"),
        ("sub", "Sub", "sub"),
        ("mul", "Mul", "mul"),
        ("floordiv", "FloorDiv", "floordiv"),
        ("mod", "FloorMod", "mod"),
        ("pow", "Pow", "pow"),
        ("matmul", "MatMul", "matmul"),
        ("and", "LogicalAnd", "and"),
        ("or", "LogicalOr", "or"),
    ):
        forward, reflected = binary_operator(op_type, name)
        setattr(Tensor, f"__{method}__", forward)
        setattr(Tensor, f"__r{method}__", reflected)
    for method, op_type in (
        ("lt", "Less"),
        ("le", "LessEqual"),
        ("gt", "Greater"),
        ("ge", "GreaterEqual"),
    ):
        setattr(Tensor, f"__{method}__", binary_operator(op_type, op_type)[0])
    Tensor.__truediv__ = _truediv  # type: ignore[method-assign]
    Tensor.__rtruediv__ = lambda y, x: true_divide(x, y, "truediv")  # type: ignore[method-assign]
    Tensor.__xor__ = _xor  # type: ignore[method-assign]
    Tensor.__rxor__ = lambda y, x: _xor(x, y)  # type: ignore[method-assign]
    Tensor.__neg__, Tensor.__abs__ = raw.Neg, raw.Abs  # type: ignore[method-assign]
    Tensor.__invert__ = raw.LogicalNot  # type: ignore[method-assign]


_install()
