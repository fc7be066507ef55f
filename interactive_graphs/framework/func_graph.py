"""FuncGraph: the body of a function, and the tracing that fills it.

A body is a graph of its own. Its arguments are placeholders; a tensor of the graph
around it that is used inside becomes one more argument (it is captured), or, where the
function must stand alone, is copied with all that it is made from.
Read next: `function.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from interactive_graphs.framework import registry
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.names import NameRegistry
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape

_PLACEHOLDERS: Final = frozenset({"Placeholder", "PlaceholderV2"})


class FuncGraph(Graph):
    """A function's body.

    Attributes:
        outer: the graph around it.
        inputs: its arguments: first the declared ones, then those captured.
        outputs: its results.
        captured: for each captured tensor of `outer` what stands for it inside.
        last_id: the id of the last operation that belongs to it; gradients are added
            behind.
    """

    def __init__(self, outer: Graph, by_value: bool = False) -> None:
        """An empty body.

        Args:
            outer: the graph around it.
            by_value: copy what is used of `outer` instead of making it an argument.
        """
        super().__init__()
        self.building_function = True
        self.outer = outer
        self.functions = outer.functions
        self.seed = outer.seed
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.captured: dict[Tensor, Tensor] = {}
        self.last_id = 0
        self._by_value = by_value
        self._copies: dict[Operation, Operation] = {}

    @property
    def root(self) -> Graph:
        """The graph around it that is no function's body."""
        return self.outer.root

    def argument(self, dtype: DType, shape: Shape, name: str) -> Tensor:
        """One more argument."""
        with self.control_dependencies(None):
            attrs = {"dtype": dtype, "shape": shape}
            record = registry.lookup("Placeholder")
            full = self.unique_op_name(name)
            tensor: Tensor = self.add(record, full, (), attrs, (dtype,)).result
        tensor.static_shape = shape
        self.inputs.append(tensor)
        return tensor

    def adopt(self, tensor: Tensor) -> Tensor:
        """What stands inside for a tensor of the graph around.

        Raises:
            ValueError: it must be copied, and is a placeholder or stateful.
        """
        found = self.captured.get(tensor)
        if found is not None:
            return found
        if self._by_value:
            return self._copied(tensor.op).outputs[tensor.value_index]
        outside = tensor
        if tensor.dtype._is_ref_dtype:
            outside = self._read_outside(tensor)
        if outside.op.graph is not self.outer:
            outside = self.outer.adopt(outside)
        inside = self.argument(outside.dtype, outside.static_shape, "Placeholder")
        self.captured[tensor] = inside
        return inside

    def _read_outside(self, tensor: Tensor) -> Tensor:
        """The value of a reference, read in the graph around."""
        graph = tensor.op.graph
        with graph.as_default():
            record = registry.lookup("Identity")
            full = graph.unique_op_name(f"{tensor.op.name}/read")
            dtype = tensor.dtype.base_dtype
            op = graph.add(record, full, (tensor,), {"T": dtype}, (dtype,))
        return op.outputs[0]

    def _copied(self, op: Operation) -> Operation:
        """A copy of an operation and of all that it is made from."""
        pending = [op]
        while pending:
            this = pending[-1]
            missing = [t.op for t in this.inputs if self._is_missing(t.op)]
            missing += [c for c in this.controls if self._is_missing(c)]
            if missing:
                pending += missing
                continue
            pending.pop()
            if this not in self._copies:
                self._copies[this] = self._copy(this)
        return self._copies[op]

    def _is_missing(self, op: Operation) -> bool:
        return op.graph is not self and op not in self._copies

    def _copy(self, op: Operation) -> Operation:
        what = f"(name:{op.name}, type:{op.type}) by value."
        if op.type in _PLACEHOLDERS:
            raise ValueError(f"Cannot capture a placeholder {what}")
        if op.op_def.stateful:
            raise ValueError(f"Cannot capture a stateful node {what}")
        inputs = tuple(self._inside(t) for t in op.inputs)
        types = tuple([t.dtype for t in op.outputs])
        with self.control_dependencies(None):
            name = self.unique_op_name(op.name)
            copy = self.add(op.op_def, name, inputs, op.attrs, types, op.stack)
        copy.controls = tuple(self._copies.get(c, c) for c in op.controls)
        for mine, theirs in zip(copy.outputs, op.outputs, strict=True):
            mine.static_shape = theirs.static_shape
        return copy

    def _inside(self, tensor: Tensor) -> Tensor:
        copy = self._copies.get(tensor.op, tensor.op)
        return copy.outputs[tensor.value_index]

    def body(self) -> list[Operation]:
        """Its operations, without the arguments and what was added for gradients."""
        arguments = {t.op for t in self.inputs}
        return [
            op
            for op in self.get_operations()
            if op.id <= self.last_id and op not in arguments
        ]

    def used_functions(self) -> list[str]:
        """The names of the functions that its operations call."""
        names = []
        for op in self.body():
            if op.type in self.functions:
                names.append(op.type)
            for name, attr in op.op_def.attrs.items():
                if attr.kind == "func":
                    names.append(function_name(op.attrs[name]))
                elif attr.kind == "list(func)":
                    names += map(function_name, op.attrs[name])
        return names


def function_name(value: Any) -> str:
    """The name in an attribute that is a function: a string or a NameAttrList."""
    return value if isinstance(value, str) else value.name


def trace(
    graph: FuncGraph,
    func: Callable[..., Any],
    arguments: Iterable[tuple[str, DType, Shape]],
) -> Any:
    """Call `func` with placeholders, inside `graph`.

    Args:
        graph: an empty body, which becomes the default graph.
        func: takes a tensor per argument and returns tensors.
        arguments: name, dtype and shape of each.

    Returns:
        What `func` returned.
    """
    # Variables that are made inside go to the graph around, under no scope of it.
    with graph.root.name_scope(None), graph.as_default():
        tensors = [graph.argument(d, s, n) for n, d, s in arguments]
        return func(*tensors)


def finish(graph: FuncGraph, outputs: Sequence[Any]) -> None:
    """Fix the results of a body, which is complete then.

    Args:
        graph: the body.
        outputs: tensors, or what becomes some; those of the graph around are captured.
    """
    with graph.as_default():
        tensors = [convert(value) for value in outputs]
        graph.outputs = [t if t.op.graph is graph else graph.adopt(t) for t in tensors]
    graph.last_id = graph.version


def argument_name(wish: str, taken: NameRegistry) -> str:
    """A name for an argument or result as FunctionDefs have it: `[a-z][a-z0-9_]*`."""
    name = re.sub(r"[^a-z0-9_]", "_", wish.lower()).lstrip("_0123456789")
    return taken.unique(name or "unknown")
