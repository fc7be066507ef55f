"""Lowerings of what is no work: the same elements, in the same order.

Read next: `lower_linear.py`.
"""

from __future__ import annotations

from interactive_graphs.runtime.native.node import Node, NotNativeError
from interactive_graphs.runtime.native.table import lowers


@lowers(
    "Reshape", "Squeeze", "ExpandDims", "Identity", "StopGradient", "PreventGradient",
    "PlaceholderWithDefault",
)  # fmt: skip
def _view(node: Node) -> None:
    array = node.array(0)
    _, shape = node.kind(node.op.outputs[0])
    count = 1
    for size in shape:
        count *= size
    if count != array.size:
        raise NotNativeError("the sizes differ")
    node.is_view(array)


@lowers("IdentityN")
def _views(node: Node) -> None:
    arrays = node.arrays()
    for index, array in enumerate(arrays):
        node.is_view(array, index)
