"""Reading a GraphDef into a graph: `tf.import_graph_def`.

The message is read and checked first (`_read`), its nodes are put in an order in which
inputs come before their users, then the operations are made. Whatever goes wrong on
the way, the graph is left as it was.

    >>> import interactive_graphs as tf
    >>> with tf.Graph().as_default() as g:
    ...     c = tf.constant(30.0, name="c")
    >>> with tf.Graph().as_default():
    ...     tf.import_graph_def(g.as_graph_def(), return_elements=["c:0"])
    [<tf.Tensor 'import/c:0' shape=() dtype=float32>]

Read next: `node_reader.py`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs.framework import device as devices
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.node_reader import (
    Node,
    c_name,
    check_versions,
    own_message,
    read_nodes,
    strip_defaults,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import merge

# Loops close here: the one place where a graph may have a cycle.
_MERGES = frozenset({"Merge", "RefMerge"})
_NEXT_ITERATIONS = frozenset({"NextIteration", "RefNextIteration"})


def import_graph_def(
    graph_def: protos.GraphDef,
    input_map: Mapping[str, Any] | None = None,
    return_elements: Iterable[str] | None = None,
    name: str | None = None,
    op_dict: Any = None,  # noqa: ARG001 - deprecated, and unused in TF as well
    producer_op_list: protos.OpList | None = None,
) -> list[Tensor | Operation] | None:
    """Adds the nodes of a GraphDef to the default graph.

    Args:
        graph_def: The message; TensorFlow's own is taken too. Its nodes may come in any
            order. Attributes that it leaves out take their defaults, which are also
            written into it.
        input_map: Names of tensors in `graph_def` ("op" or "op:1") to what takes their
            place as inputs: tensors, or values that convert to one; "^op" to an
            Operation.
        return_elements: Names of operations ("op") and tensors ("op:0") to return.
        name: The name scope of the new operations, "import" when None. With "" they
            keep their names, whatever the current scope; names that are taken get a
            suffix.
        op_dict: Ignored.
        producer_op_list: The ops as the writer of `graph_def` knew them. An attribute
            unknown here is dropped where it has the default that they give.

    Returns:
        What `return_elements` names, None without it.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: the message is inconsistent; the text names the node.
        NotFoundError: a node's op is unknown.
        RuntimeError: the graph is finalized.
    """
    graph_def = own_message(graph_def, protos.GraphDef, "graph_def")
    mapping = _checked_map(input_map, name)
    wanted = _checked_names(return_elements)
    graph = get_default_graph()
    graph._check_not_finalized()
    check_versions(graph_def.versions)
    if producer_op_list is not None:
        producer_op_list = own_message(
            producer_op_list, protos.OpList, "producer_op_list"
        )
        strip_defaults(graph_def, producer_op_list)
    read_functions(graph_def, graph)
    nodes = read_nodes(graph_def, graph.functions)
    _check_map_keys(nodes, mapping)
    _check_inputs(nodes, mapping)
    targets = [_parse_wanted(nodes, mapping, text) for text in wanted or ()]
    ordered = _in_order(nodes, mapping)
    with graph.lock, undone_on_error(graph):
        scope = "import" if name is None else name
        with graph.as_default(), graph.name_scope(scope) as prefix:
            values = _map_values(graph, mapping)
            _create(graph, nodes, ordered, prefix, values)
    found = [_result(nodes, values, target) for target in targets]
    return None if wanted is None else found


def read_functions(graph_def: protos.GraphDef, graph: Graph) -> None:
    """Add the functions of a GraphDef to a graph."""
    if graph_def.HasField("library"):
        module = lazy.load("interactive_graphs.framework.function_def")
        module.read_library(graph_def.library, graph)


def import_into(graph: Graph, graph_def: protos.GraphDef) -> None:
    """Add the nodes of a message to an empty graph, under their own names."""
    nodes = read_nodes(graph_def, graph.functions)
    _check_inputs(nodes, {})
    with graph.lock, graph.as_default():
        _create(graph, nodes, _in_order(nodes, {}), "", {})


def _checked_map(input_map: Any, name: str | None) -> dict[str, Any]:
    """The map with keys in normal form: "op:0", "^op"."""
    if input_map is None:
        return {}
    if not isinstance(input_map, Mapping) or not all(
        isinstance(key, str) for key in input_map
    ):
        raise TypeError(
            "input_map must be a dictionary mapping strings to Tensor objects."
        )
    if name == "" and not all(
        isinstance(value, (Tensor, Operation)) for value in input_map.values()
    ):
        raise ValueError(
            "tf.import_graph_def() requires a non-empty `name` if `input_map` contains "
            "non-Tensor values. Try calling tf.convert_to_tensor() on `input_map` "
            "values before calling tf.import_graph_def()."
        )
    return {
        key if ":" in key or key.startswith("^") else f"{key}:0": value
        for key, value in input_map.items()
    }


def _checked_names(return_elements: Any) -> tuple[str, ...] | None:
    if return_elements is None:
        return None
    wanted = tuple(return_elements)
    if not all(isinstance(item, str) for item in wanted):
        raise TypeError("return_elements must be a list of strings.")
    return wanted


def _check_map_keys(nodes: dict[str, Node], mapping: dict[str, Any]) -> None:
    """Every key must be an output in `nodes`, or at least be used as an input."""
    used = {f"{name}:{index}" for node in nodes.values() for name, index in node.inputs}
    used |= {f"^{name}" for node in nodes.values() for name in node.controls}
    unknown = []
    for key in mapping:
        name, _, index = key.removeprefix("^").rpartition(":")
        node = nodes.get(name or index)
        exists = node is not None and (
            key[0] == "^" or (index.isdigit() and int(index) < len(node.output_types))
        )
        if not exists and key not in used:
            unknown.append(key)
    if unknown:
        raise ValueError(
            "Attempted to map inputs that were not found in graph_def: "
            f"[{', '.join(unknown)}]"
        )


def _check_inputs(nodes: dict[str, Node], mapping: dict[str, Any]) -> None:
    """Every input that is not mapped must be an output of a node."""
    for node in nodes.values():
        for name, index in node.inputs:
            if f"{name}:{index}" in mapping:
                continue
            source = nodes.get(name)
            if source is None:
                text = f"{name}:{index}" if index else name
                raise ValueError(f"Node '{node.name}': Unknown input node '{text}'")
            if index >= len(source.output_types):
                raise ValueError(
                    f"Node '{node.name}': Connecting to invalid output {index} of "
                    f"source node {name} which has {len(source.output_types)} outputs"
                )
        for name in node.controls:
            if name not in nodes and f"^{name}" not in mapping:
                raise ValueError(f"Node '{node.name}': Unknown input node '^{name}'")
        for name in node.colocated_with:
            if name not in nodes:
                raise ValueError(
                    f"Node '{node.name}' expects to be colocated with unknown node "
                    f"'{name}'"
                )


def _parse_wanted(
    nodes: dict[str, Node], mapping: dict[str, Any], text: str
) -> tuple[str, int | None]:
    """A name of `return_elements`: the node's, and an output or None."""
    name, *rest = text.split(":")
    if not rest:
        if name not in nodes:
            raise ValueError(f"Requested return node '{name}' not found in graph def")
        return name, None
    if len(rest) > 1 or not rest[0].isdigit():
        raise ValueError(f"Cannot convert '{text}' to a tensor name.")
    index = int(rest[0])
    if f"{name}:{index}" in mapping:
        return name, index
    if name not in nodes:
        raise ValueError(f"Requested return tensor '{text}' not found in graph def")
    count = len(nodes[name].output_types)
    if index >= count:
        raise ValueError(
            f"Invalid return output {index} of node '{name}', which has {count} "
            "output(s)"
        )
    return name, index


def _is_back_edge(node: Node, source: Node) -> bool:
    return node.record.name in _MERGES and source.record.name in _NEXT_ITERATIONS


def _in_order(nodes: dict[str, Node], mapping: dict[str, Any]) -> list[Node]:
    """The nodes, inputs before their users, otherwise in the order of the message."""
    waits: dict[str, set[str]] = {}
    users: dict[str, list[Node]] = {name: [] for name in nodes}
    for node in nodes.values():
        sources = {
            name
            for name, index in node.inputs
            if f"{name}:{index}" not in mapping and not _is_back_edge(node, nodes[name])
        }
        if node.inputs and not sources and node.record.name in _MERGES:
            sources = {name for name, _ in node.inputs if name in nodes}
        sources |= {name for name in node.controls if f"^{name}" not in mapping}
        waits[node.name] = sources
        for name in sources:
            users[name].append(node)
    ready = [node.position for node in nodes.values() if not waits[node.name]]
    heapq.heapify(ready)
    by_position = list(nodes.values())
    ordered: list[Node] = []
    while ready:
        node = by_position[heapq.heappop(ready)]
        ordered.append(node)
        for user in users[node.name]:
            waits[user.name].discard(node.name)
            if not waits[user.name]:
                heapq.heappush(ready, user.position)
    if len(ordered) < len(nodes):
        raise ValueError(f"{len(nodes) - len(ordered)} nodes in a cycle")
    return ordered


@contextmanager
def undone_on_error(graph: Graph) -> Iterator[None]:
    """Takes back whatever the block added to the graph if it fails."""
    version, names = graph.version, graph.names.copy()
    try:
        yield
    except BaseException:
        added = [op for op in graph.get_operations() if op.id > version]
        for op in reversed(added):
            del graph.ops_by_name[op.name]
            for tensor in op.inputs:
                tensor.remove_consumer(op)
            for controller in graph._controllers:
                controller.seen.discard(op)
        graph.version, graph.names = version, names
        raise


def _map_values(graph: Graph, mapping: dict[str, Any]) -> dict[str, Any]:
    """The tensors that take the place of inputs; makes constants of other values."""
    values = dict(mapping)
    others = [
        key
        for key, value in mapping.items()
        if not isinstance(value, Operation if key[0] == "^" else Tensor)
    ]
    if others:
        if any(key[0] == "^" for key in others):
            raise TypeError(
                "input_map must map '^name' to an Operation, as control input."
            )
        with graph.name_scope("_inputs"):
            for key in others:
                values[key] = convert_to_tensor(mapping[key])
    for value in values.values():
        graph.check_owned(value)
    return values


def _create(
    graph: Graph,
    nodes: dict[str, Node],
    ordered: list[Node],
    prefix: str,
    values: dict[str, Any],
) -> None:
    """Makes the operations."""
    names = _new_names(graph, nodes, prefix)
    for node in ordered:
        if node.colocated_with or node.attrs.get("_class"):
            node.attrs["_class"] = _new_classes(node, names)
        _create_one(graph, nodes, node, names, values)
    for node in ordered:
        op = _made(node)
        for i, (name, index) in enumerate(node.inputs):
            # The back edges of loops, whose sources did not exist yet.
            if f"{name}:{index}" not in values:
                tensor = _made(nodes[name]).outputs[index]
                if op.inputs[i] is not tensor:
                    op._update_input(i, tensor)
        for name in node.colocated_with:
            peer = _made(nodes[name])
            if peer is not op and peer.device:
                op.device = peer.device


def _create_one(
    graph: Graph,
    nodes: dict[str, Node],
    node: Node,
    names: dict[str, str],
    values: dict[str, Any],
) -> None:
    name = names[node.name]
    tensors: list[Tensor | None] = []
    for i, (source, index) in enumerate(node.inputs):
        tensor = values.get(f"{source}:{index}")
        if tensor is None:
            peer = nodes[source]
            shown = f"{names[source]}:{index}"
            _check_type(node, name, i, peer.output_types[index], shown)
            tensor = peer.op.outputs[index] if peer.op is not None else None
        else:
            _check_type(node, name, i, tensor.dtype, tensor.name)
        tensors.append(tensor)
    known = [tensor for tensor in tensors if tensor is not None]
    # A back edge is patched in later; until then another input stands in for it.
    inputs = tuple([known[0] if tensor is None else tensor for tensor in tensors])
    op = graph.add(node.record, name, inputs, node.attrs, node.output_types)
    if len(known) < len(tensors):
        # What comes round the loop may have another shape than what enters it.
        op.outputs[0].static_shape = None
    node.op = op
    for source in node.controls:
        mapped = values.get(f"^{source}")
        dep = mapped if mapped is not None else _made(nodes[source])
        op.controls = tuple(dict.fromkeys((*op.controls, dep)))
    if node.device:
        op.device = devices.merge_strings(op.device, node.device)
    if node.shapes is not None:
        _apply_shapes(node, op)


def _check_type(node: Node, name: str, i: int, found: DType, source: str) -> None:
    """An input's type must be the one that the attributes promise."""
    wanted = node.input_types[i]
    if found is not wanted and (wanted.is_ref_dtype or found.base_dtype is not wanted):
        raise ValueError(
            f"Input {i} of node {name} was passed {c_name(found)} from {source} "
            f"incompatible with expected {c_name(wanted)}."
        )


def _apply_shapes(node: Node, op: Operation) -> None:
    """Narrows the outputs' shapes to the hints of `_output_shapes`."""
    assert node.shapes is not None
    if len(node.shapes) != len(op.outputs):
        raise ValueError(
            f"Node '{node.name}' has {len(op.outputs)} outputs but the _output_shapes "
            f"attribute specifies shapes for {len(node.shapes)} outputs"
        )
    for tensor, shape in zip(op.outputs, node.shapes, strict=True):
        tensor.static_shape = merge(tensor.static_shape, shape)


def _new_names(graph: Graph, nodes: dict[str, Node], prefix: str) -> dict[str, str]:
    """Full names in the graph; those taken get a suffix that no other node wants."""
    full = {name: prefix + name for name in nodes}
    taken = {
        name for name, new in full.items() if graph.names.unique(new, False) != new
    }
    for name, new in full.items():
        if name not in taken:
            graph.names.take(new)
    return {
        name: graph.names.unique(new) if name in taken else new
        for name, new in full.items()
    }


def _new_classes(node: Node, names: dict[str, str]) -> tuple[bytes, ...]:
    """The attribute `_class` with the names that its nodes have in the graph."""
    start = b"loc:@"
    return tuple(
        [
            start + names[item.removeprefix(start).decode()].encode()
            if item.startswith(start)
            else item
            for item in node.attrs["_class"]
        ]
    )


def _made(node: Node) -> Operation:
    assert node.op is not None, node.name
    return node.op


def _result(
    nodes: dict[str, Node], values: dict[str, Any], target: tuple[str, int | None]
) -> Tensor | Operation:
    name, index = target
    if index is None:
        return _made(nodes[name])
    mapped = values.get(f"{name}:{index}")
    return mapped if mapped is not None else _made(nodes[name]).outputs[index]
