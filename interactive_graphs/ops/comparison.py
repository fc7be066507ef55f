"""Tests of elements: comparisons, logic, NaN and infinity.

Read next: `reduction.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    ALL,
    FLOAT,
    NUMERIC,
    REAL,
    bool as bool_type,
)
from interactive_graphs.framework.registry import MISSING, define, types
from interactive_graphs.framework.shape_rules import broadcasting, same
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._tables import (
    binary_function,
    comparison,
    incompatible_shapes,
    unary_function,
)

less = binary_function(
    comparison("Less", REAL, np.less, doc="x < y."),
    "less", "x < y, element by element.",
    """
>>> sess.run(tf.less([1, 2, 3], 2))
array([ True, False, False])
    """,
)  # fmt: skip
less_equal = binary_function(
    comparison("LessEqual", REAL, np.less_equal, doc="x <= y."),
    "less_equal", "x <= y, element by element.",
)  # fmt: skip
greater = binary_function(
    comparison("Greater", REAL, np.greater, doc="x > y."),
    "greater", "x > y, element by element.",
)  # fmt: skip
greater_equal = binary_function(
    comparison("GreaterEqual", REAL, np.greater_equal, doc="x >= y."),
    "greater_equal", "x >= y, element by element.",
)  # fmt: skip

_COMPARABLE = tuple(d for d in ALL if d.name not in ("resource", "variant"))


def _truth(test: Any) -> Any:
    """What numpy says of Python objects (strings), as booleans of numpy."""

    def function(x: Any, y: Any) -> Any:
        return np.asarray(test(x, y), np.bool_)

    return function


equal = binary_function(
    comparison("Equal", _COMPARABLE, _truth(np.equal), doc="x == y."),
    "equal", "x == y, element by element.",
    """
>>> sess.run(tf.equal(["a", "b"], "b"))
array([False,  True])
    """,
)  # fmt: skip
not_equal = binary_function(
    comparison("NotEqual", _COMPARABLE, _truth(np.not_equal), doc="x != y."),
    "not_equal", "x != y, element by element.",
)  # fmt: skip

approximate_op = define(
    "ApproximateEqual", "x: T, y: T -> z: bool", T=types(NUMERIC), tolerance=1e-5,
    shape=same, gradient=None, commutative=True, doc="|x - y| < tolerance.",
)  # fmt: skip


@approximate_op.kernel("CPU")
def _(x: Any, y: Any, tolerance: float) -> Any:
    return np.less(np.absolute(np.subtract(x, y)), tolerance)


# -- logic ----------------------------------------------------------------------------


def _logical(name: str, function: Any, doc: str) -> Any:
    op = define(
        name, "x: bool, y: bool -> z: bool", shape=broadcasting, gradient=None,
        commutative=True, on_error=incompatible_shapes, doc=doc,
    )  # fmt: skip
    op.kernel("CPU")(function)
    return op


logical_and = binary_function(
    _logical("LogicalAnd", np.logical_and, "x and y."),
    "logical_and", "x and y, element by element.",
    """
>>> sess.run(tf.logical_and([True, False], True))
array([ True, False])
    """,
)  # fmt: skip
logical_or = binary_function(
    _logical("LogicalOr", np.logical_or, "x or y."),
    "logical_or", "x or y, element by element.",
)  # fmt: skip
logical_not_op = define(
    "LogicalNot", "x: bool -> y: bool", shape=same, gradient=None, doc="not x."
)
logical_not_op.kernel("CPU")(np.logical_not)
logical_not = unary_function(
    logical_not_op, "logical_not", "not x, element by element."
)


def logical_xor(x: Any, y: Any, name: str = "LogicalXor") -> Tensor:
    """Whether exactly one of x and y holds, element by element.

    Args:
        x: a bool tensor.
        y: a bool tensor; the shapes broadcast.
        name: the node's name.

    Returns:
        A bool tensor of the broadcast shape.
    """
    with op_scope(name, "LogicalXor", x, y) as scope:
        x, y = convert(x, bool_type, "x"), convert(y, bool_type, "y")
        either, both = raw.LogicalOr(x, y), raw.LogicalAnd(x, y)
        result: Tensor = raw.LogicalAnd(either, raw.LogicalNot(both), name=scope)
        return result


# -- what kind of number --------------------------------------------------------------


def _test(name: str, function: Any, doc: str) -> Any:
    op = define(
        name, "x: T -> y: bool", T=types(FLOAT), shape=same, gradient=MISSING, doc=doc
    )
    op.kernel("CPU")(function)
    return op


is_nan = unary_function(
    _test("IsNan", np.isnan, "Whether x is NaN."),
    "is_nan", "Whether each element is not a number.",
    """
>>> sess.run(tf.is_nan([1., float("nan")]))
array([False,  True])
    """,
)  # fmt: skip
is_inf = unary_function(
    _test("IsInf", np.isinf, "Whether x is infinite."),
    "is_inf", "Whether each element is positive or negative infinity.",
)  # fmt: skip
is_finite = unary_function(
    _test("IsFinite", np.isfinite, "Whether x is finite."),
    "is_finite", "Whether each element is neither infinite nor NaN.",
)  # fmt: skip
