"""How a kernel is called: inputs regrouped, attributes bound, outputs as a list.

The program binds once (`bind`) and calls many times; folding and the dataflow executor
call through `invoke`. Read next: `compile.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from interactive_graphs import errors
from interactive_graphs.framework.build import input_groups
from interactive_graphs.framework.operation import Operation


def bind(
    op: Operation, ctx: Any = None, device_type: str = "CPU"
) -> Callable[..., Any]:
    """The kernel of `op` with its attributes (and context) filled in.

    Args:
        op: the operation.
        ctx: what a stateful kernel gets as its first argument.
        device_type: where it runs.

    Returns:
        A function of the inputs, a list for each list argument.

    Raises:
        InvalidArgumentError: the op has no kernel there.
    """
    kernel = op.op_def.kernels.get(device_type)
    if kernel is None:
        raise errors.InvalidArgumentError(
            op.node_def,
            op,
            f"No OpKernel was registered to support Op '{op.type}' with these attrs. "
            f"Registered devices: [CPU], Registered kernels: "
            f"{sorted(op.op_def.kernels) or '<no registered kernels>'}",
        )
    args = (ctx,) if kernel.takes_ctx else ()
    attrs = {name: op.attrs[name] for name in kernel.attrs}
    if not args and not attrs:
        return kernel.fn
    return functools.partial(kernel.fn, *args, **attrs)


def grouped(op: Operation, items: list[Any]) -> list[Any]:
    """One item per input tensor, regrouped to one per input argument."""
    if len(op.op_def.inputs) == len(items) and not any(
        arg.is_list for arg in op.op_def.inputs
    ):
        return items
    args: list[Any] = []
    start = 0
    for count in input_groups(op):
        if count is None:
            args.append(items[start])
            start += 1
        else:
            args.append(list(items[start : start + count]))
            start += count
    return args


def as_outputs(op: Operation, result: Any) -> list[Any]:
    """What a kernel returned, as one value per output."""
    outputs = op.outputs
    if not outputs:
        return []
    if len(outputs) == 1 and not op.op_def.outputs[0].is_list:
        return [result]
    return list(result)


def invoke(op: Operation, inputs: list[Any], ctx: Any = None) -> list[Any]:
    """Call the kernel of `op` on one value per input tensor."""
    return as_outputs(op, bind(op, ctx)(*grouped(op, inputs)))
