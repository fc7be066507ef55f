"""The table of lowerings: what native code makes of each type of operation.

    @lowers("Relu")
    def _relu(node):
        node.pointwise(lambda x: np.maximum(x, 0), [0])

Families of ops are in `lower_*.py`; `lowerings.py` lists them. An op that is not in the
table, or whose lowering refuses a node, stays a line of Python. Read next: `node.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from interactive_graphs.runtime.native.node import Node, NotNativeError

Lowering = Callable[[Node], object]

_table: dict[str, Lowering] = {}


def lowers(*types: str) -> Callable[[Lowering], Lowering]:
    """Enter a lowering for some types of operations.

    Raises:
        ValueError: one of them has a lowering already.
    """

    def enter(lowering: Lowering) -> Lowering:
        for type_ in types:
            if type_ in _table:
                raise ValueError(f"{type_} has a lowering already")
            _table[type_] = lowering
        return lowering

    return enter


def lower(node: Node) -> bool:
    """Add a node's tasks; whether it became native."""
    lowering = _table.get(node.op.type)
    if lowering is None:
        return False
    try:
        lowering(node)
    except NotNativeError:
        return False
    return True


def lowered_types() -> frozenset[str]:
    """The types of operations that have a lowering."""
    return frozenset(_table)
