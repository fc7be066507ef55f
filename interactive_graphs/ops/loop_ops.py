r"""The nodes that loops are made of, and the stacks their old gradients use.

A loop is a frame: Enter takes a value in, Merge begins an iteration with it, Switch
sends it out or around, NextIteration carries it into the next iteration, Exit takes it
out. They have no kernels: the executor knows them by type, and the compiler makes
a Python `while` of them (`runtime/structure.py`). `while_loop.py` builds them.

    x -> Enter -> Merge -> Switch -> Identity -> body -> NextIteration -+
                    ^         | \                                       |
                    |         |  +-> Exit -> result                      |
                    +---------|------------------------------------------+
                          LoopCond

Stacks are what TensorFlow 1 keeps a loop's intermediate values in for its gradient.
Graphs made there hold them; our own gradients use tensor lists (`tensor_list.py`).
Read next: `control_flow.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.shape_rules import same, unknown, with_rank
from interactive_graphs.framework.tensor_shape import Shape, format_list


def _enter_shape(op: Operation) -> list[Shape]:
    """Known only of what stays the same: a loop variable may change its shape."""
    return same(op) if op.attrs["is_constant"] else [None]


def _condition_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[0].static_shape, 0)
    return [()]


define(
    "Enter", "data: T -> output: T",
    frame_name=Attr("string"), is_constant=False, parallel_iterations=10,
    shape=_enter_shape, doc="Takes a value into a loop's frame.",
)  # fmt: skip
define(
    "RefEnter", "data: Ref(T) -> output: Ref(T)",
    frame_name=Attr("string"), is_constant=False, parallel_iterations=10,
    shape=_enter_shape, takes_uninitialized=True,
    doc="Takes a variable into a loop's frame.",
)  # fmt: skip
define(
    "Exit", "data: T -> output: T",
    shape=same, doc="Takes a value out of a loop's frame.",
)  # fmt: skip
define(
    "RefExit", "data: Ref(T) -> output: Ref(T)",
    shape=same, takes_uninitialized=True, doc="Takes a variable out of a loop's frame.",
)  # fmt: skip
define(
    "NextIteration", "data: T -> output: T",
    shape=same, doc="Carries a value into the next iteration of a loop.",
)  # fmt: skip
define(
    "RefNextIteration", "data: Ref(T) -> output: Ref(T)",
    shape=same, takes_uninitialized=True,
    doc="Carries a variable into the next iteration of a loop.",
)  # fmt: skip
define(
    "LoopCond", "input: bool -> output: bool",
    shape=_condition_shape, gradient=None, doc="Whether a loop goes on.",
)  # fmt: skip
define(
    "ControlTrigger", "->", gradient=None,
    doc="Nothing, once all it waits for is done or known not to run.",
)  # fmt: skip

abort_op = define(
    "Abort", "->", error_msg="", exit_without_error=False, gradient=None, stateful=True,
    doc="Ends the step with an error.",
)  # fmt: skip


@abort_op.kernel("CPU")
def _(error_msg: bytes, exit_without_error: bool) -> None:
    # TensorFlow ends the process; that would take the notebook along.
    if not exit_without_error:
        text = error_msg.decode(errors="replace")
        raise errors.AbortedError(None, None, text or "Abort was run")


class Stack:
    """Values of one run of one loop, last in, first out.

    It lives as long as its handle flows, hence for one step at most.

    Attributes:
        name: for error messages.
        max_size: how many it may hold; any number when negative.
        values: what it holds; None once it is closed.
    """

    __slots__ = ("max_size", "name", "values")

    def __init__(self, name: str, max_size: int) -> None:
        """Empty."""
        self.name = name
        self.max_size = max_size
        self.values: list[Any] | None = []

    def items(self) -> list[Any]:
        """What it holds.

        Raises:
            InvalidArgumentError: it was closed.
        """
        if self.values is None:
            invalid(f"Stack[{self.name}] has already been closed.")
        return self.values


stack_op = define(
    "StackV2", "max_size: int32 -> handle: resource",
    elem_type=Attr("type"), stack_name="", stateful=True, shape=lambda _: [(2,)],
    gradient=None, doc="A new, empty stack.",
)  # fmt: skip


@stack_op.kernel("CPU", attrs=("stack_name",))
def _(ctx: Any, max_size: Any, stack_name: bytes) -> Stack:
    if np.ndim(max_size):
        shape = format_list(np.shape(max_size))
        invalid(f"Stack size must be a scalar, but had shape: {shape}")
    return Stack(stack_name.decode() or ctx.op.name, int(max_size))


def _pushed_shape(op: Operation) -> list[Shape]:
    return [op.inputs[1].static_shape]


push_op = define(
    "StackPushV2", "handle: resource, elem: T -> output: T",
    swap_memory=False, stateful=True, shape=_pushed_shape, gradient=None,
    doc="Puts a value on a stack, and passes it on.",
)  # fmt: skip


@push_op.kernel("CPU")
def _(handle: Stack, elem: Any) -> Any:
    items = handle.items()
    if 0 <= handle.max_size <= len(items):
        invalid(f"Stack[{handle.name}] overflowed its max_size ({handle.max_size})")
    items.append(elem)
    return elem


pop_op = define(
    "StackPopV2", "handle: resource -> elem: elem_type",
    elem_type=Attr("type"), stateful=True, shape=unknown, gradient=None,
    doc="Takes the newest value off a stack.",
)  # fmt: skip


@pop_op.kernel("CPU")
def _(handle: Stack) -> Any:
    items = handle.items()
    if not items:
        invalid(f"Stack[{handle.name}] is empty when calling Pop().")
    return items.pop()


close_op = define(
    "StackCloseV2", "handle: resource ->", stateful=True, gradient=None,
    doc="Lets go of what a stack holds.",
)  # fmt: skip


@close_op.kernel("CPU")
def _(handle: Stack) -> None:
    handle.values = None
