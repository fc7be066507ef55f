"""Ops that call functions of the graph: calls, gradients, and TF2's `If` and `While`.

A TF1 call is a node whose op is the function itself (`framework/function.py`); graphs
of TensorFlow 2 call through `PartitionedCall`, and have their conditionals and loops as
functions. The function is compiled by the session when it first runs.
Read next: `../runtime/functions.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.dtypes import resource
from interactive_graphs.framework.func_graph import function_name
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, OpDef, define
from interactive_graphs.framework.tensor_shape import Shape

_TYPES = Attr("list(type)", minimum=0)


def _as_first(op: Operation) -> list[Shape]:
    """A gradient has the shape of its argument, but for that of a handle."""
    return [
        None if t.dtype is resource else t.static_shape
        for t in op.inputs[: len(op.outputs)]
    ]


symbolic_gradient_op = define(
    "SymbolicGradient", "input: Tin -> output: Tout",
    Tin=Attr("list(type)", minimum=1), Tout=Attr("list(type)", minimum=1),
    f=Attr("func"), shape=_as_first, doc="The gradient of a function.",
)  # fmt: skip


@symbolic_gradient_op.kernel("CPU")
def _(ctx: Any, input: list[Any], f: Any) -> list[Any]:
    return ctx.function(f, "gradient")(input)  # type: ignore[no-any-return]


def _define_call(name: str, stateful: bool) -> OpDef:
    op = define(
        name, "args: Tin -> output: Tout", Tin=_TYPES, Tout=_TYPES, f=Attr("func"),
        config="", config_proto="", executor_type="", stateful=stateful,
        doc="What a function of the graph gives.",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(ctx: Any, args: list[Any], f: Any) -> Any:
        return ctx.function(f)(args)

    return op


partitioned_call_op = _define_call("PartitionedCall", False)
stateful_partitioned_call_op = _define_call("StatefulPartitionedCall", True)


def is_true(value: Any) -> bool:
    """What counts as true for `If` and `While`: not empty, and as a scalar not zero."""
    array = np.asarray(value)
    if array.ndim:
        return array.size > 0
    return bool(array[()])


def _declared_shapes(op: Operation) -> list[Shape]:
    shapes: Sequence[Shape] = op.attrs["output_shapes"]
    return list(shapes) or [None] * len(op.outputs)


def _define_if(name: str, stateful: bool) -> OpDef:
    op = define(
        name, "cond: Tcond, input: Tin -> output: Tout", Tin=_TYPES, Tout=_TYPES,
        then_branch=Attr("func"), else_branch=Attr("func"),
        output_shapes=Attr("list(shape)", ()), shape=_declared_shapes,
        stateful=stateful, doc="What one of two functions gives.",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(
        ctx: Any, cond: Any, input: list[Any], then_branch: Any, else_branch: Any
    ) -> Any:
        return ctx.function(then_branch if is_true(cond) else else_branch)(input)

    return op


if_op = _define_if("If", True)
stateless_if_op = _define_if("StatelessIf", False)


def _define_while(name: str, stateful: bool) -> OpDef:
    op = define(
        name, "input: T -> output: T", T=_TYPES, cond=Attr("func"), body=Attr("func"),
        output_shapes=Attr("list(shape)", ()), parallel_iterations=10,
        shape=_declared_shapes, stateful=stateful,
        doc="What is left when a function was called while another gives true.",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(ctx: Any, input: list[Any], cond: Any, body: Any) -> list[Any]:
        goes_on, step = ctx.function(cond), ctx.function(body)
        values = list(input)
        while is_true(goes_on(values)[0]):
            values = step(values)
        return values

    return op


while_op = _define_while("While", True)
stateless_while_op = _define_while("StatelessWhile", False)


def _define_case(name: str, stateful: bool) -> OpDef:
    op = define(
        name, "branch_index: int32, input: Tin -> output: Tout", Tin=_TYPES,
        Tout=_TYPES, branches=Attr("list(func)", minimum=1),
        output_shapes=Attr("list(shape)", ()), shape=_declared_shapes,
        stateful=stateful, doc="What the function of a number gives.",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(ctx: Any, branch_index: Any, input: list[Any], branches: Any) -> Any:
        index = int(branch_index)
        if not 0 <= index < len(branches):
            index = len(branches) - 1  # the last one stands for all others
        return ctx.function(branches[index])(input)

    return op


case_op = _define_case("Case", True)
stateless_case_op = _define_case("StatelessCase", False)


remote_call_op = define(
    "RemoteCall", "target: string, args: Tin -> output: Tout",
    Tin=Attr("list(type)", minimum=1), Tout=Attr("list(type)", minimum=1),
    f=Attr("func"), stateful=True, doc="What a function gives on another device.",
)  # fmt: skip


@remote_call_op.kernel("CPU")
def _(ctx: Any, target: Any, args: list[Any], f: Any) -> Any:
    name = target.item() if isinstance(target, np.ndarray) else target
    if name.decode("utf-8", "replace") and b"CPU" not in name.upper():
        invalid(f"{function_name(f)} cannot run on {name.decode()!r}")
    return ctx.function(f)(args)
