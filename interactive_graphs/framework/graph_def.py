"""Graphs, nodes, attributes and op records as TensorFlow's messages.

An attribute is a Python value inside an Operation and an AttrValue on the wire; both
ways are here, and on them stand `Operation.node_def`, `Operation.get_attr` and
`Graph.as_graph_def`, which this module fills in (the classes themselves know nothing
of messages). What reads a GraphDef is in `graph_import.py`.

    >>> from interactive_graphs.framework.graph import Graph
    >>> len(as_graph_def(Graph()).node)
    0

Read next: `graph_import.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs.framework.dtypes import DType, as_dtype
from interactive_graphs.framework.graph import PRODUCER_VERSION, Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import MISSING, Arg, OpDef
from interactive_graphs.framework.tensor_proto import array_to_proto, make_ndarray
from interactive_graphs.framework.tensor_shape import Shape, TensorShape, to_static

# The member of AttrValue (and of its ListValue) that holds each kind of attribute.
FIELD_OF_KIND = {
    "string": "s",
    "int": "i",
    "float": "f",
    "bool": "b",
    "type": "type",
    "shape": "shape",
    "tensor": "tensor",
    "func": "func",
}
KIND_OF_FIELD = {field: kind for kind, field in FIELD_OF_KIND.items()}


def set_attr_value(proto: protos.AttrValue, value: Any, kind: str | None) -> None:
    """Fills an AttrValue.

    Args:
        proto: The message to fill.
        value: The value as `Operation.attrs` keeps it; an AttrValue is copied.
        kind: The kind as in the op's record, such as "list(int)"; None for attributes
            that no record knows, whose kind follows from the value.

    Raises:
        TypeError: `kind` is None and does not follow from the value.
    """
    if isinstance(value, protos.AttrValue):
        proto.CopyFrom(value)
        return
    if kind is None:
        kind = _kind_of(value)
    if not kind.startswith("list("):
        _put_one(proto, kind, value)
        return
    proto.list.SetInParent()
    _put_list(proto.list, kind[5:-1], value)


def _put_one(proto: Any, kind: str, value: Any) -> None:
    if kind == "type":
        proto.type = value.as_datatype_enum
    elif kind == "shape":
        set_shape(proto.shape, value)
    elif kind == "tensor":
        proto.tensor.CopyFrom(array_to_proto(value))
    elif kind == "func":
        _set_function(proto.func, value)
    elif kind == "string":
        proto.s = value.encode() if isinstance(value, str) else value
    else:
        setattr(proto, FIELD_OF_KIND[kind], value)


def _put_list(held: Any, kind: str, values: Iterable[Any]) -> None:
    if kind == "type":
        held.type.extend([value.as_datatype_enum for value in values])
    elif kind == "shape":
        for value in values:
            set_shape(held.shape.add(), value)
    elif kind == "tensor":
        held.tensor.extend([array_to_proto(value) for value in values])
    elif kind == "func":
        for value in values:
            _set_function(held.func.add(), value)
    elif kind == "string":
        held.s.extend([v.encode() if isinstance(v, str) else v for v in values])
    elif kind:
        getattr(held, FIELD_OF_KIND[kind]).extend(values)


def _set_function(proto: Any, value: Any) -> None:
    if isinstance(value, str):
        proto.name = value
        proto.SetInParent()
    else:
        proto.CopyFrom(value)


def set_shape(proto: Any, shape: Shape) -> None:
    """Fills a TensorShapeProto with a static shape."""
    proto.SetInParent()
    if shape is None:
        proto.unknown_rank = True
        return
    for size in shape:
        proto.dim.add(size=-1 if size is None else size)


def _kind_of(value: Any) -> str:
    """The kind of an attribute that only its value tells."""
    if isinstance(value, (list, tuple)):
        return f"list({_kind_of(value[0]) if len(value) else ''})"
    for types, kind in (
        ((bool, np.bool_), "bool"),
        ((int, np.integer), "int"),
        ((float, np.floating), "float"),
        ((str, bytes), "string"),
        (DType, "type"),
        (TensorShape, "shape"),
        (np.ndarray, "tensor"),
        (protos.NameAttrList, "func"),
    ):
        if isinstance(value, types):
            return kind
    raise TypeError(f"An attribute cannot be {value!r} of type {type(value).__name__}")


def from_attr_value(proto: protos.AttrValue) -> Any:
    """Returns what an AttrValue holds, in the form that `Operation.attrs` keeps."""
    field = proto.WhichOneof("value")
    if field is None:
        return None
    if field == "list":
        for described, held in proto.list.ListFields():
            get = _GETTERS[described.name]
            return tuple([get(item) for item in held])
        return ()
    return _GETTERS[field](getattr(proto, field))


def _to_array(proto: protos.TensorProto) -> np.ndarray[Any, Any]:
    array = make_ndarray(proto)
    array.flags.writeable = False
    return array


def _function_name(proto: protos.NameAttrList) -> Any:
    return proto if proto.attr else proto.name


def _same(value: Any) -> Any:
    return value


_GETTERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys("sifb", _same),
    "type": as_dtype,
    "shape": to_static,
    "tensor": _to_array,
    "func": _function_name,
    "placeholder": _same,
}


def node_def(op: Operation) -> protos.NodeDef:
    """Returns the NodeDef of an operation."""
    node = protos.NodeDef()
    _fill_node(node, op)
    return node


def _fill_node(node: Any, op: Operation) -> None:
    node.name = op.name
    node.op = op.type
    node.input.extend([input_name(tensor) for tensor in op.inputs])
    node.input.extend([f"^{dep.name}" for dep in op.control_inputs])
    if op.device:
        node.device = op.device
    records = op.op_def.attrs
    for name, value in op.attrs.items():
        kind = records[name].kind if name in records else None
        set_attr_value(node.attr[name], value, kind)


def input_name(tensor: Any) -> str:
    """Returns a tensor's name as inputs of nodes spell it: no index for output 0."""
    index = tensor.value_index
    return f"{tensor.op.name}:{index}" if index else str(tensor.op.name)


def as_graph_def(
    graph: Graph,
    from_version: int | None = None,  # noqa: ARG001 - 1.9 ignores it as well
    add_shapes: bool = False,
) -> protos.GraphDef:
    """Returns the GraphDef of a graph, nodes in order of creation.

    Args:
        graph: The graph; as a method `graph.as_graph_def()`.
        from_version: Accepted and ignored, as in TensorFlow 1.9.
        add_shapes: Whether nodes get their outputs' shapes as attr `_output_shapes`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Graph().as_default() as g:
        ...     c = tf.constant(1.0, name="c")
        >>> [node.name for node in g.as_graph_def().node]
        ['c']
    """
    result = protos.GraphDef()
    with graph.lock:
        result.versions.CopyFrom(graph_def_versions(graph))
        for op in graph.get_operations():
            node = result.node.add()
            _fill_node(node, op)
            if add_shapes and op.outputs:
                shapes = [tensor.static_shape for tensor in op.outputs]
                set_attr_value(node.attr["_output_shapes"], shapes, "list(shape)")
        if graph.functions:
            functions = lazy.load("interactive_graphs.framework.function_def")
            functions.fill_library(result.library, graph)
    return result


def graph_def_versions(graph: Graph) -> protos.VersionDef:
    """Returns the versions that a graph is written with, `Graph.graph_def_versions`."""
    return protos.VersionDef(producer=PRODUCER_VERSION, min_consumer=graph.min_consumer)


def _public_attr(op: Operation, name: str) -> Any:
    """The value that `Operation.get_attr` gives."""
    value = op.attrs[name]
    record = op.op_def.attrs.get(name)
    kind = "" if record is None else record.kind
    if type(value).__name__ == "AttrValue":  # asked like this, loads no protobuf
        return _held(value)
    if kind.removesuffix(")").endswith(("shape", "tensor", "func")):
        proto = protos.AttrValue()
        set_attr_value(proto, value, kind)
        return _held(proto)
    return list(value) if isinstance(value, tuple) else value


def _held(proto: protos.AttrValue) -> Any:
    """What an AttrValue holds, messages as messages."""
    field = proto.WhichOneof("value")
    if field is None:
        return None
    if field != "list":
        return getattr(proto, field)
    return [item for _, items in proto.list.ListFields() for item in items]


def op_def_proto(record: OpDef) -> protos.OpDef:
    """Returns an op's record as an OpDef message.

    Example:
        >>> from interactive_graphs.framework import registry
        >>> [arg.name for arg in op_def_proto(registry.lookup("Identity")).input_arg]
        ['input']
    """
    proto = protos.OpDef(
        name=record.name,
        is_stateful=record.stateful,
        is_commutative=record.commutative,
        allows_uninitialized_input=record.takes_uninitialized,
    )
    for args, held in (
        (record.inputs, proto.input_arg),
        (record.outputs, proto.output_arg),
    ):
        for arg in args:
            _fill_arg(held.add(), arg)
    for attr in record.attrs.values():
        described = proto.attr.add(name=attr.name, type=attr.kind)
        if attr.default is not MISSING:
            set_attr_value(described.default_value, attr.default, attr.kind)
        if attr.allowed is not None:
            kind = attr.kind.removeprefix("list(").removesuffix(")")
            set_attr_value(described.allowed_values, attr.allowed, f"list({kind})")
        if attr.minimum is not None:
            described.has_minimum = True
            described.minimum = attr.minimum
    return proto


def _fill_arg(proto: Any, arg: Arg) -> None:
    proto.name = arg.name
    proto.is_ref = arg.is_ref
    if arg.dtype is not None:
        proto.type = arg.dtype.as_datatype_enum
    for field in ("type_attr", "number_attr", "type_list_attr"):
        value = getattr(arg, field)
        if value is not None:
            setattr(proto, field, value)


Operation._to_node_def = node_def  # type: ignore[method-assign,assignment]
Operation._public_attr = _public_attr  # type: ignore[method-assign,assignment]
Graph.as_graph_def = as_graph_def
Graph.graph_def_versions = property(graph_def_versions)
