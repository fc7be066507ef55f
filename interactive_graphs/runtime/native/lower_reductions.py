"""Lowerings of sums, means and extremes over axes.

Read next: `lower_updates.py`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from interactive_graphs.kernels.native.clusters import REDUCTIONS, Store, Value
from interactive_graphs.runtime.native.lower_elementwise import channel_axis
from interactive_graphs.runtime.native.node import Node, NotNativeError
from interactive_graphs.runtime.native.table import lowers
from interactive_graphs.runtime.native.work import Array, Pointwise

_NAMES: Final = {
    "Sum": "sum", "Mean": "mean", "Prod": "prod", "Max": "max", "Min": "min",
    "Any": "any", "All": "all",
}  # fmt: skip


@lowers(*_NAMES)
def _reduction(node: Node) -> None:
    rank = len(node.shape(0))
    given = np.reshape(node.must_know(1), -1)
    if any(not -rank <= axis < rank for axis in given):
        raise NotNativeError("the kernel refuses these axes")
    axes = tuple(sorted({int(axis) % rank for axis in given}))
    if len(axes) < len(given):
        raise NotNativeError("the kernel refuses these axes")
    reduce(node, node.elements(0), _NAMES[node.op.type], axes)


@lowers("BiasAddGrad")
def _bias_add_grad(node: Node) -> None:
    rank = len(node.shape(0))
    channels = channel_axis(node, rank)
    axes = tuple(axis for axis in range(rank) if axis != channels)
    reduce(node, node.array(0), "sum", axes)


def reduce(node: Node, array: Array, how: str, axes: tuple[int, ...]) -> None:
    """Make the node's output by a reduction of an array."""
    if array.dtype not in REDUCTIONS[how]:
        raise NotNativeError(f"no {how} of {array.dtype}")
    if not axes:
        node.is_view(node.step.whole(array))
        return
    assert array.shape is not None
    store = Store(~0, how, axes)
    node.run(Pointwise(array.shape, (), (store,)), [array], [node.made()])


@lowers("L2Loss")
def _l2_loss(node: Node) -> None:
    x, dtype = node.array(0), node.kind(node.op.outputs[0])[0]
    if not dtype.startswith("float"):
        raise NotNativeError("only floats")
    values = (
        Value("square", (~0,), dtype),
        Value("constant", (), dtype, 0.5),
        Value("multiply", (0, 1), dtype),
    )
    store = Store(2, "sum", tuple(range(len(x.known_shape))))
    node.run(Pointwise(x.known_shape, values, (store,)), [x], [node.made()])
