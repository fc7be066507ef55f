"""The scope tree of a graph: which box holds which operations.

Names make the tree (`layer1/MatMul` lies in `layer1`). An operation whose name is also
a scope, as `mul` in `mul/y` or a variable's `w` in `w/read`, owns that scope. Nothing
here draws, and nothing recurses: a scope may be thousands deep. Read next: `view.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from interactive_graphs.display import describe

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation

OWN_LEAF = ":op"
"""Last part of the key of an owner inside its own scope; ':' is in no op's name."""


_GRADIENT = "_grad"


class Node:
    """A scope, an operation, or both (an operation that owns a scope).

    Attributes:
        key: the full name without a trailing slash; unique in its tree.
        label: the last part of the name.
        op: the operation of that name, if there is one.
        children: what lies in the scope, in order of creation.
        parent: the scope around it, None for the root.
        count: how many operations it stands for.
        section: whether it is no scope but a part of one with very many children.
    """

    __slots__ = ("children", "count", "key", "label", "op", "parent", "section")

    def __init__(self, key: str, label: str, parent: Node | None) -> None:
        """An empty scope; `scope_tree` fills it."""
        self.key = key
        self.label = label
        self.parent = parent
        self.op: Operation | None = None
        self.children: list[Node] = []
        self.count = 0
        self.section = False

    @property
    def kind(self) -> str:
        """The kind of box that shows it while it is closed."""
        if self.section:
            return describe.SECTION
        if self.op is None:
            return describe.SCOPE
        kind = describe.kind_of(self.op)
        # `random_normal` with all that it needs is a scope; a variable with its reads
        # and its initial value is still one variable to everyone.
        return kind if kind == describe.VARIABLE or self.is_leaf else describe.SCOPE

    @property
    def is_leaf(self) -> bool:
        """An operation, with constants of its own at most."""
        return self.op is not None and all(
            child.op is not None
            and not child.children
            and (child.op is self.op or describe.kind_of(child.op) == describe.CONSTANT)
            for child in self.children
        )

    @property
    def is_plain_scope(self) -> bool:
        """A scope without an owner: what a picture may open by itself."""
        return self.op is None and not self.section and bool(self.children)

    @property
    def is_scope(self) -> bool:
        """A scope or a section to a reader, not a variable or an operation."""
        kinds = (describe.SCOPE, describe.SECTION)
        return bool(self.children) and self.kind in kinds

    def first(self) -> Operation:
        """An operation in it."""
        node = self
        while node.op is None:
            node = node.children[0]
        return node.op

    def operations(self) -> list[Operation]:
        """Every operation in it, itself included."""
        found = []
        stack = [self]
        while stack:
            node = stack.pop()
            op = node.op
            if op is not None:
                found.append(op)
            if node.children:
                # An owner inside its own scope is the same operation once more.
                stack += [c for c in node.children if c.op is None or c.op is not op]
        return found

    def inside(self) -> list[Node]:
        """What is seen when it is opened: the owner as a leaf, then the rest."""
        own = [c for c in self.children if c.op is self.op and c.op is not None]
        if self.op is not None and not own:
            leaf = Node(f"{self.key}/{OWN_LEAF}", self.label, self)
            leaf.op, leaf.count = self.op, 1
            self.children.insert(0, leaf)
        return self.children


def scope_tree(operations: Iterable[Operation]) -> tuple[Node, dict[str, Node]]:
    """The root of the scopes of `operations`, and every node by its key."""
    root = Node("", "", None)
    nodes = {"": root}
    for op in operations:
        _node_for(op.name, nodes).op = op
    for node in reversed(nodes.values()):
        node.count += node.op is not None
        if node.parent is not None:
            node.parent.count += node.count
    for node in list(reversed(nodes.values())):
        _join_only_child(node, nodes)
    return root, nodes


def _join_only_child(node: Node, nodes: dict[str, Node]) -> None:
    """Makes a scope that holds one thing only one with it, where it says no more.

    `a` that holds nothing but the scope `b` becomes the scope `a/b`. An operation alone
    in a scope is left to its scope, unless the scope was made for it: `Xent/Xent`,
    `Relu_grad/ReluGrad`.
    """
    if node.parent is None or node.op is not None or len(node.children) != 1:
        return
    child = node.children[0]
    if child.op is None:
        node.label = f"{node.label}/{child.label}"
    elif child.is_leaf and (
        node.label == child.label or node.label.endswith(_GRADIENT)
    ):
        node.op = child.op
    else:
        return
    nodes[child.key] = node
    node.key = child.key
    node.children = child.children
    for grandchild in node.children:
        grandchild.parent = node


def _node_for(name: str, nodes: dict[str, Node]) -> Node:
    missing = []
    while name not in nodes:
        missing.append(name)
        name = name.rpartition("/")[0]
    node = nodes[name]
    for key in reversed(missing):
        child = Node(key, key[len(node.key) :].lstrip("/") or key, node)
        node.children.append(child)
        nodes[key] = node = child
    return node


def sections(parent: Node, children: list[Node], parts: int) -> list[Node]:
    """`children` cut into at most `parts` runs of about equal length.

    Creation order is nearly dependency order, so the runs form a chain. A run of one
    stays what it is.
    """
    size = -(-len(children) // parts)
    cut = []
    for number, start in enumerate(range(0, len(children), size), 1):
        run = children[start : start + size]
        if len(run) == 1:
            cut.append(run[0])
            continue
        key = f"{parent.key}#{number}"
        node = Node(key, f"{run[0].label} … {run[-1].label}", parent)
        node.section = True
        node.children = run
        node.count = sum(child.count for child in run)
        cut.append(node)
    return cut
