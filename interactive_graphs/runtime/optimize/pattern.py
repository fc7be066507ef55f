"""Patterns of operations, written as what they mean: `Neg(Neg(x))`, `Plus(x, zero)`.

A pattern is an expression of op types and names. A name stands for any tensor, the same
name for the same one; a family (`FAMILIES`) for any of its op types. Inputs of
commutative ops match in both orders. An op type with a star takes all its inputs as one
name: `AddN(*xs)`. What a match may assume of values and shapes is asked of an `Edit`.
Read next: `rules.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.optimize.edit import Edit

FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "Plus": ("Add", "AddV2"),
    "Over": ("RealDiv", "Div"),
    "Binary": (
        "Add", "AddV2", "Sub", "Mul", "RealDiv", "Div", "Maximum", "Minimum",
        "SquaredDifference",
    ),
    "Reduction": ("Sum", "Mean", "Max", "Min", "Prod"),
    "AnyReduction": ("Sum", "Mean", "Max", "Min", "Prod", "Any", "All"),
    "Reshaping": ("Reshape", "Squeeze", "ExpandDims"),
    "Involution": ("Neg", "LogicalNot", "Invert", "Conj"),
    "BatchProduct": ("BatchMatMul", "BatchMatMulV2"),
    "Padding": ("Pad", "PadV2", "MirrorPad"),
}  # fmt: skip


class Call(NamedTuple):
    """An operation in a pattern.

    Attributes:
        kind: an op type or a family.
        types: the op types it may be.
        args: what its first inputs have to be; a name, or another operation.
        all_as: the name of the list of all inputs, '' where `args` are told.
    """

    kind: str
    types: tuple[str, ...]
    args: tuple[Any, ...]
    all_as: str


class Match(NamedTuple):
    """How a pattern was found.

    Attributes:
        tensors: what each name stands for.
        ops: the operations, as the pattern is read: the outermost first.
        kinds: what the pattern calls each of them.
        lists: the inputs that a starred name stands for.
        edit: knows the plan.
    """

    tensors: dict[str, Tensor]
    ops: tuple[Operation, ...]
    kinds: tuple[str, ...]
    lists: dict[str, list[Tensor]]
    edit: Edit

    @property
    def root(self) -> Operation:
        """The outermost operation."""
        return self.ops[0]

    def of_kind(self, kind: str) -> Operation | None:
        """The outermost operation that the pattern calls so."""
        named = zip(self.kinds, self.ops, strict=True)
        return next((op for name, op in named if name == kind), None)


def parse(text: str) -> Call | str:
    """A pattern from its text; a name alone is that name, starred or not."""
    return text if text.startswith("*") else _read(ast.parse(text, mode="eval").body)


def _read(node: ast.expr) -> Call | str:
    if isinstance(node, ast.Name):
        return node.id
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    kind = node.func.id
    types = FAMILIES.get(kind, (kind,))
    if len(node.args) == 1 and isinstance(node.args[0], ast.Starred):
        name = node.args[0].value
        assert isinstance(name, ast.Name)
        return Call(kind, types, (), name.id)
    return Call(kind, types, tuple(_read(arg) for arg in node.args), "")


def matches(pattern: Call, op: Operation, edit: Edit) -> Iterator[Match]:
    """Every way in which `op` has a pattern."""
    yield from _matches(pattern, op, Match({}, (), (), {}, edit))


def _matches(call: Call, op: Operation, found: Match) -> Iterator[Match]:
    if op.type not in call.types:
        return
    inputs = [found.edit.plan.find(t) for t in op.inputs]
    found = found._replace(ops=(*found.ops, op), kinds=(*found.kinds, call.kind))
    if call.all_as:
        yield found._replace(lists={**found.lists, call.all_as: inputs})
        return
    yield from _match_all(call.args, inputs, found)
    if len(inputs) == 2 and _is_commutative(op):
        yield from _match_all(call.args, inputs[::-1], found)


def _is_commutative(op: Operation) -> bool:
    # Add joins texts, too, and is not called commutative for that.
    is_sum = op.type == "Add" and op.inputs[0].dtype.base_dtype.name != "string"
    return is_sum or op.op_def.commutative


def _match_all(
    args: tuple[Any, ...], inputs: list[Tensor], found: Match
) -> Iterator[Match]:
    if not args:
        yield found
        return
    if len(args) > len(inputs):
        return
    first, tensor = args[0], inputs[0]
    if isinstance(first, str):
        if found.tensors.get(first, tensor) is tensor:
            tensors = {**found.tensors, first: tensor}
            yield from _match_all(args[1:], inputs[1:], found._replace(tensors=tensors))
        return
    maker = found.edit.maker(tensor, found.root)
    if maker is None:
        return
    for inner in _matches(first, maker, found):
        yield from _match_all(args[1:], inputs[1:], inner)
