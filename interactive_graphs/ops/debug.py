"""Looking at values while a graph runs: `Assert`, `Print`, `check_numerics`.

Read next: `check.py`, which builds on `Assert`.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import numpy as np

from interactive_graphs._util import lazy
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert, convert_n_to_tensor
from interactive_graphs.framework.dtypes import FLOAT, float16, float32, float64
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import same
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import format_list
from interactive_graphs.kernels.cpu.summarize import summarize as summary
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.control_flow import group, with_dependencies

assert_op = define(
    "Assert", "condition: bool, data: T ->", T=Attr("list(type)", minimum=1),
    summarize=3, gradient=None, stateful=True,
    doc="Fails, showing `data`, unless the condition is True.",
)  # fmt: skip


@assert_op.kernel("CPU")
def _(condition: np.ndarray, data: list[np.ndarray], summarize: int) -> None:
    if condition.ndim:
        invalid(f"In[0] should be a scalar: {format_list(condition.shape)}")
    if not condition:
        shown = " ".join(f"[{summary(item, summarize)}]" for item in data)
        invalid(f"assertion failed: {shown}")


_CHEAP: Final = frozenset({"string", "int32"})


def Assert(
    condition: Any, data: Any, summarize: int | None = None, name: str | None = None
) -> Operation:
    """An operation that fails, showing `data`, unless the condition is True.

    Nothing runs it of itself: make other operations wait for it with
    `control_dependencies`, or run it.

    Args:
        condition: a bool scalar.
        data: a list of tensors or values to show.
        summarize: how many elements of each to show; 3 by default, all when negative.
        name: of the scope.

    Returns:
        The operation; running it raises InvalidArgumentError where the condition is
        False.

    Raises:
        TypeError: `data` is no list.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.constant([1., -1.])
        >>> with tf.control_dependencies([tf.Assert(tf.reduce_all(x > 0), [x])]):
        ...     y = tf.sqrt(x)
        >>> with tf.Session() as sess:
        ...     sess.run(y)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        interactive_graphs.errors.InvalidArgumentError: assertion failed: [1 -1]...
    """
    if not isinstance(data, (list, tuple)):
        raise TypeError("values must be a list.")
    with op_scope(name, "Assert", condition, data):
        # Texts and small numbers are at hand; all else is handed over on failure only.
        cheap = all(x.dtype.name in _CHEAP for x in convert_n_to_tensor(data))
        count = 3 if summarize is None else summarize

        def fail() -> Operation:
            op: Operation = raw.Assert(condition, data, summarize=count, name="Assert")
            return op

        if cheap:
            return fail()
        condition = convert(condition, name="Condition")
        cond = lazy.load("interactive_graphs.ops.cond").cond
        guarded: Tensor = cond(condition, raw.NoOp, fail, name="AssertGuard")
        return guarded.op


print_op = define(
    "Print", "input: T, data: U -> output: T", U=Attr("list(type)", minimum=0),
    message="", first_n=-1, summarize=3, shape=same, stateful=True,
    gradient=lambda op, dy: [dy, *[None] * (len(op.inputs) - 1)],
    doc="Its input; shows `data` on stderr.",
)  # fmt: skip


@print_op.kernel("CPU")
def _(
    ctx: Any,
    input: np.ndarray,
    data: list[np.ndarray],
    message: bytes,
    first_n: int,
    summarize: int,
) -> np.ndarray:
    shown = ctx.state(lambda: [0])
    if first_n < 0 or shown[0] < first_n:
        shown[0] += 1
        text = "".join(f"[{summary(item, summarize)}]" for item in data)
        sys.stderr.write(f"{message.decode(errors='replace')}{text}\n")
    return input


def Print(
    input_: Any,
    data: Any,
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """A tensor that shows other tensors on stderr whenever it runs.

    Args:
        input_: a tensor of any dtype.
        data: a list of tensors to show.
        message: what stands before them.
        first_n: show only the first n times; always when None.
        summarize: how many elements of each to show; 3 by default.
        name: the node's name.

    Returns:
        A tensor with the value of `input_`.
    """
    result: Tensor = raw.Print(
        input_,
        data,
        message="" if message is None else message,
        first_n=-1 if first_n is None else first_n,
        summarize=3 if summarize is None else summarize,
        name=name,
    )
    return result


def _check_numerics_gradient(op: Operation, dy: Tensor) -> list[Any]:
    text = op.attrs["message"].decode(errors="replace")
    words = "Not a number (NaN) or infinity (Inf) values detected in gradient. "
    return [raw.CheckNumerics(dy, message=words + text)]


check_numerics_op = define(
    "CheckNumerics", "tensor: T -> output: T", T=types(FLOAT), message=Attr("string"),
    shape=same, gradient=_check_numerics_gradient, stateful=True,
    doc="Its input; fails if a number is infinite or none.",
)  # fmt: skip


@check_numerics_op.kernel("CPU")
def _(tensor: np.ndarray, message: bytes) -> np.ndarray:
    if not np.isfinite(tensor).all():
        found = []
        if np.isinf(tensor).any():
            found.append("Inf")
        if np.isnan(tensor).any():
            found.append("NaN")
        text = message.decode(errors="replace")
        invalid(f"{text} : Tensor had {' and '.join(found)} values")
    return tensor


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """A tensor that fails when it runs and a number is infinite or NaN.

    Args:
        tensor: a floating tensor.
        message: the beginning of the error's text.
        name: the node's name.

    Returns:
        A tensor with the value of `tensor`.

    Raises:
        InvalidArgumentError: when it runs.
    """
    result: Tensor = raw.CheckNumerics(tensor, message=message, name=name)
    return result


def verify_tensor_all_finite(t: Any, msg: str, name: str | None = None) -> Tensor:
    """A tensor with the value of `t` that has been checked with `check_numerics`.

    Args:
        t: a floating tensor.
        msg: the beginning of the error's text.
        name: of the scope.

    Returns:
        A tensor with the value of `t`.
    """
    with op_scope(name, "VerifyFinite", t):
        x = convert(t, None, "t")
        with x.graph.colocate_with(x.op):
            checked = check_numerics(x, msg)
            result: Tensor = with_dependencies([checked], x)
            return result


def add_check_numerics_ops() -> Operation:
    """An operation that runs `check_numerics` on every floating tensor of the graph.

    Each check is made after those before it, so that the first bad tensor is named.

    Returns:
        The operation; its error names `<operation>:<output>`.
    """
    graph = get_default_graph()
    checks: list[Tensor] = []
    for op in graph.get_operations():
        for tensor in op.outputs:
            if tensor.dtype in (float16, float32, float64):
                with graph.control_dependencies(checks):
                    checks = [check_numerics(tensor, tensor.name)]
    return group(*checks)


def check_with(condition: Tensor, data: list[Any], summarize: int | None) -> Operation:
    """`Assert` that all elements of `condition` are True."""
    rank = condition.static_shape
    axes: Any
    if rank is None:
        axes = raw.Range(0, raw.Rank(condition), 1, name="range")
    else:
        axes = convert(np.arange(len(rank), dtype=np.int32), None, "Const")
    return Assert(raw.All(condition, axes), data, summarize)
