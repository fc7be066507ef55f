"""What a graph was like at one moment, so that it can be compared and drawn later.

    before = graph.snapshot()
    ...                                    # build more, or change what is there
    graph.diff(before)

A graph grows and its operations can be rewired, so a snapshot copies what pictures read
of them; tensors of arrays and attributes are shared, since nothing changes those in
place. Read next: `diff.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.tensor_shape import Shape

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation


class FrozenTensor:
    """An output of a `FrozenOperation`, with what a picture reads of a Tensor."""

    __slots__ = ("dtype", "op", "static_shape", "value_index")

    def __init__(
        self, op: FrozenOperation, value_index: int, dtype: DType, shape: Shape
    ) -> None:
        """Made with its operation."""
        self.op = op
        self.value_index = value_index
        self.dtype = dtype
        self.static_shape = shape

    @property
    def name(self) -> str:
        """`'<op name>:<output index>'`."""
        return f"{self.op.name}:{self.value_index}"


class FrozenOperation:
    """What an operation was, with what a picture reads of an Operation.

    Attributes:
        live: the operation itself; None in what was read from a file.
        name, type, device, attrs, op_def, stack: the operation's.
        inputs: FrozenTensors.
        control_inputs: FrozenOperations.
        outputs: FrozenTensors.
        id: its place in the snapshot.
    """

    __slots__ = (
        "attrs", "control_inputs", "device", "id", "inputs", "live", "name", "op_def",
        "outputs", "stack", "type",
    )  # fmt: skip

    def __init__(self, op: Operation, number: int) -> None:
        """Without inputs, which `Snapshot` joins when it has all operations."""
        self.live: Operation | None = op
        self.name = op.name
        self.type = op.type
        self.device = op.device
        self.attrs = op.attrs
        self.op_def = op.op_def
        self.stack = op.stack
        self.id = number
        self.inputs: tuple[FrozenTensor, ...] = ()
        self.control_inputs: list[FrozenOperation] = []
        self.outputs = [
            FrozenTensor(self, index, tensor.dtype, tensor.static_shape)
            for index, tensor in enumerate(op.outputs)
        ]

    def __repr__(self) -> str:
        """Short."""
        return f"<frozen operation '{self.name}' type={self.type}>"


class Snapshot:
    """The operations of a graph at one moment.

    Attributes:
        title: what to call it.
        operations: FrozenOperations in order of creation.
        by_name: the same by name.
    """

    def __init__(self, operations: Iterable[Operation], title: str = "graph") -> None:
        """Copies what may change later."""
        self.title = title
        live = list(operations)
        copies = {op: FrozenOperation(op, i) for i, op in enumerate(live, 1)}
        for op, copy in copies.items():
            # A view of a part of a graph: what is outside it is not there.
            copy.inputs = tuple(
                copies[tensor.op].outputs[tensor.value_index]
                for tensor in op.inputs
                if tensor.op in copies
            )
            waits = (copies.get(other) for other in op.control_inputs)
            copy.control_inputs = [other for other in waits if other is not None]
        self.operations = list(copies.values())
        self.by_name = {op.name: op for op in self.operations}

    def __repr__(self) -> str:
        """Without addresses or times."""
        return f"<snapshot of {self.title}: {len(self.operations)} operations>"


def take(source: Any, title: str = "") -> Snapshot:
    """The snapshot of anything that is, holds or describes a graph.

    Args:
        source: a Graph, a Session, a Snapshot, a GraphDef message, or the path of a
            GraphDef: binary in `.pb`, text in `.pbtxt`.
        title: what to call it, instead of a name found for it.

    Returns:
        A snapshot; the given one if it is one.

    Raises:
        TypeError: it is nothing of the kind.
        OSError, ValueError: the file cannot be read, or describes no graph.
    """
    if isinstance(source, Snapshot):
        return source
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        message = _read(path)
        return Snapshot(_imported(message).get_operations(), title or path.name)
    graph = getattr(source, "graph", source)
    if isinstance(graph, Graph):
        return Snapshot(graph.get_operations(), title or "graph")
    if type(source).__name__ == "GraphDef":
        return Snapshot(_imported(source).get_operations(), title or "GraphDef")
    raise TypeError(
        "Only graphs can be compared: a Graph, a Session, graph.snapshot(), a GraphDef "
        f"or the path of one; this is a {type(source).__name__}."
    )


def _read(path: Path) -> Any:
    """The GraphDef in a file.

    Raises:
        OSError: there is no such file.
        ValueError: it holds no GraphDef.
    """
    content = path.read_bytes()
    text_format = lazy.load("google.protobuf.text_format")
    decode_error = lazy.load("google.protobuf.message").DecodeError
    try:
        if path.suffix in (".pbtxt", ".pbtext", ".txt"):
            return text_format.Parse(content.decode(), protos.GraphDef())
        return protos.GraphDef.FromString(content)
    except (decode_error, text_format.ParseError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} holds no GraphDef: {error}") from None


def _imported(message: Any) -> Graph:
    reader = lazy.load("interactive_graphs.framework.graph_import")
    graph = Graph()
    with graph.as_default():
        reader.import_graph_def(message, name="")
    return graph
