"""Rows for the simple ops: one call gives name, dtypes, numpy function and gradient.

What does not fit a row is written out in its family's file. Read next:
`elementwise.py`, which is mostly such rows.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.build import apply
from interactive_graphs.framework.dtypes import (
    FLOAT,
    FLOAT_OR_COMPLEX,
    INTEGER,
    NUMERIC,
    REAL,
    DType,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import MISSING, OpDef, define, types
from interactive_graphs.framework.shape_rules import broadcasting, same
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list

ArrayFunction = Callable[..., Any]


def unary(
    name: str,
    allowed: Iterable[DType],
    function: ArrayFunction,
    gradient: Any = MISSING,
    doc: str = "",
) -> OpDef:
    """An elementwise op of one input `x: T -> y: T`.

    Args:
        name: the op's name on the wire.
        allowed: the dtypes it takes.
        function: of one array; a ufunc or a function with the parameter x.
        gradient: `fn(op, dy)` giving dx; None where gradients stop.
        doc: one line.
    """
    rule = gradient if gradient in (MISSING, None) else _as_list(gradient)
    op = define(
        name, "x: T -> y: T", T=types(allowed), shape=same, gradient=rule, doc=doc
    )
    op.kernel("CPU")(function)
    return op


def binary(
    name: str,
    allowed: Iterable[DType],
    function: ArrayFunction,
    gradient: Any = MISSING,
    commutative: bool = False,
    doc: str = "",
    operands: tuple[str, str] = ("x", "y"),
) -> OpDef:
    """An elementwise op of two inputs that broadcast, `x: T, y: T -> z: T`.

    Args:
        name: the op's name on the wire.
        allowed: the dtypes it takes.
        function: of two arrays; a ufunc or a function with the parameters x, y.
        gradient: `fn(op, dz)` giving (dx, dy) of the *broadcast* shape; they are
            summed back to the inputs' shapes here. None where gradients stop.
        commutative: whether the inputs may be swapped.
        doc: one line.
        operands: the names of the inputs on the wire.
    """
    rule = gradient if gradient in (MISSING, None) else _unbroadcast(gradient)
    op = define(
        name, "{}: T, {}: T -> z: T".format(*operands), T=types(allowed),
        shape=broadcasting, gradient=rule, commutative=commutative,
        on_error=incompatible_shapes, doc=doc,
    )  # fmt: skip
    op.kernel("CPU")(function)
    return op


def comparison(
    name: str, allowed: Iterable[DType], function: ArrayFunction, doc: str = ""
) -> OpDef:
    """An elementwise test of two inputs that broadcast, `x: T, y: T -> z: bool`."""
    op = define(
        name, "x: T, y: T -> z: bool", T=types(allowed), shape=broadcasting,
        gradient=None, on_error=incompatible_shapes, doc=doc,
    )  # fmt: skip
    op.kernel("CPU")(function)
    return op


def incompatible_shapes(error: Exception, x: Any, y: Any, *_: Any) -> str | None:
    """TF1's words for two shapes that do not broadcast."""
    if "broadcast" not in str(error):
        return None
    shapes = [format_list(np.shape(v)) for v in (x, y)]
    return f"Incompatible shapes: {shapes[0]} vs. {shapes[1]}"


def _as_list(gradient: Callable[[Operation, Tensor], Any]) -> Callable[..., list[Any]]:
    def rule(op: Operation, dy: Tensor) -> list[Any]:
        return [gradient(op, dy)]

    return rule


def _unbroadcast(
    gradient: Callable[[Operation, Tensor], Any],
) -> Callable[..., list[Any]]:
    def rule(op: Operation, dz: Tensor) -> list[Any]:
        grads = gradient(op, dz)
        return reduce_to_inputs(op, *grads)

    return rule


def reduce_to_inputs(op: Operation, dx: Any, dy: Any) -> list[Any]:
    """Gradients of the broadcast shape, summed back to the shapes of both inputs.

    Args:
        op: the forward operation with inputs x and y.
        dx: the gradient for x, or None.
        dy: the gradient for y, or None.
    """
    x, y = op.inputs[0], op.inputs[1]
    sx, sy = x.static_shape, y.static_shape
    if x is y or (sx is not None and sx == sy and None not in sx):
        return [dx, dy]
    axes_x, axes_y = _reduced_axes(sx, sy), _reduced_axes(sy, sx)
    if axes_x is not None and axes_y is not None:
        # Known already: constants where something is summed, nothing where not.
        return [_sum_to(dx, axes_x, x), _sum_to(dy, axes_y, y)]
    shape_x, shape_y = raw.Shape(x), raw.Shape(y)
    rx, ry = raw.BroadcastGradientArgs(shape_x, shape_y)
    return [
        None if dx is None else raw.Reshape(raw.Sum(dx, rx), shape_x),
        None if dy is None else raw.Reshape(raw.Sum(dy, ry), shape_y),
    ]


def _reduced_axes(shape: Shape, other: Shape) -> tuple[int, ...] | None:
    """The axes of the broadcast shape along which `shape` was stretched.

    None when that depends on the values fed. An axis of one element counts as
    stretched: if the other has one element there, too, summing along it does nothing.
    """
    if shape is None or other is None:
        return None
    rank = max(len(shape), len(other))
    missing = rank - len(shape)
    mine: tuple[int | None, ...] = (1,) * missing + shape
    theirs: tuple[int | None, ...] = (1,) * (rank - len(other)) + other
    if any(m is None and t != 1 for m, t in zip(mine, theirs, strict=True)):
        return None
    return tuple(
        i for i in range(rank) if i < missing or (mine[i] == 1 and theirs[i] != 1)
    )


def _sum_to(grad: Any, axes: tuple[int, ...], x: Tensor) -> Any:
    """`grad` summed along `axes`, in the shape of `x`."""
    shape = x.static_shape
    if grad is None or not axes or shape is None:
        return grad
    total = raw.Sum(grad, np.array(axes, np.int32))
    leading = tuple(range(len(axes)))
    if axes == leading and total.static_shape in (shape, None):
        total.static_shape = shape
    if total.static_shape == shape:
        return total
    known = None not in shape
    return raw.Reshape(total, np.array(shape, np.int32) if known else raw.Shape(x))


class Unary(Protocol):
    """A public function of one tensor."""

    def __call__(self, x: Any, name: str | None = None) -> Tensor:
        """Adds the node."""


class Binary(Protocol):
    """A public function of two tensors that broadcast."""

    def __call__(self, x: Any, y: Any, name: str | None = None) -> Tensor:
        """Adds the node."""


def unary_function(
    op_def: OpDef, public_name: str, summary: str, example: str = ""
) -> Unary:
    """The public function of an op with one input.

    Args:
        op_def: the op.
        public_name: what users call it.
        summary: the first line of its documentation.
        example: Python that evaluates a call, and what it gives, as in a doctest.
    """

    def function(x: Any, name: str | None = None) -> Tensor:
        result: Tensor = apply(op_def, (x,), {}, name).result
        return result

    what = f"{_types_of(op_def)}, `[...]`"
    given = _result_of(op_def)
    describe(
        function,
        public_name,
        f"{summary}\n\n"
        f"Args:\n    x: {what}.\n    name: the node's name.\n\n"
        f"Returns:\n    {given} `[...]`, the shape of `x`.\n",
        example,
    )
    return function


def binary_function(
    op_def: OpDef, public_name: str, summary: str, example: str = ""
) -> Binary:
    """The public function of an op with two inputs that broadcast.

    Args:
        op_def: the op.
        public_name: what users call it.
        summary: the first line of its documentation.
        example: Python that evaluates a call, and what it gives, as in a doctest.
    """

    def function(x: Any, y: Any, name: str | None = None) -> Tensor:
        result: Tensor = apply(op_def, (x, y), {}, name).result
        return result

    describe(
        function,
        public_name,
        f"{summary}\n\n"
        f"Args:\n    x: {_types_of(op_def)}, any shape.\n"
        "    y: the same dtype; the shapes broadcast.\n"
        "    name: the node's name.\n\n"
        f"Returns:\n    {_result_of(op_def)} the broadcast shape.\n",
        example,
    )
    return function


def _types_of(op_def: OpDef) -> str:
    """The dtypes that an op's first input takes, in words."""
    arg = op_def.inputs[0]
    if arg.dtype is not None:
        return arg.dtype.name
    allowed = op_def.attrs[arg.type_attr or ""].allowed
    return "any dtype" if allowed is None else _in_words(allowed)


@functools.cache
def _in_words(allowed: tuple[DType, ...]) -> str:
    for group, word in _GROUPS:
        more = [d.name for d in allowed if d not in group]
        if set(group) <= set(allowed) and len(more) < 2:
            return " or ".join([word, *more])
    return " or ".join(d.name for d in allowed)


_GROUPS: tuple[tuple[tuple[DType, ...], str], ...] = (
    (NUMERIC, "any numeric dtype"),
    (REAL, "any real dtype"),
    (FLOAT, "a floating dtype"),
    (FLOAT_OR_COMPLEX, "a floating or complex dtype"),
    (INTEGER, "an integer dtype"),
)


def _result_of(op_def: OpDef) -> str:
    arg = op_def.outputs[0]
    if arg.dtype is not None:
        return f"A {arg.dtype.name} tensor,"
    return "A tensor of that dtype,"


def describe(function: Any, name: str, doc: str, example: str) -> None:
    """Make a generated function look like one that was written in its family."""
    if example:
        lines = "\n".join(f"    {line}" for line in example.strip().splitlines())
        doc += (
            "\nExample:\n    >>> import interactive_graphs as tf\n"
            f"    >>> sess = tf.Session()\n{lines}\n"
        )
    function.__doc__ = doc
    function.__name__ = function.__qualname__ = name
    function.__module__ = sys._getframe(2).f_globals["__name__"]
