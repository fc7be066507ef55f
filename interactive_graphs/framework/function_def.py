"""Functions as TensorFlow's messages: FunctionDef and the library of a GraphDef.

Inside a FunctionDef inputs are spelt otherwise than in a graph: an argument by its
name, a result of a node as `node:output:index`, where `output` is the name in the op's
record. Both ways are here. Read next: `../runtime/functions.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs import errors, protos
from interactive_graphs.framework import registry
from interactive_graphs.framework.dtypes import as_dtype
from interactive_graphs.framework.func_graph import FuncGraph, argument_name
from interactive_graphs.framework.function import Function, function_record
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.graph_def import (
    from_attr_value,
    node_def,
    set_attr_value,
    set_shape,
)
from interactive_graphs.framework.graph_import import import_into
from interactive_graphs.framework.names import NameRegistry
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Arg, OpDef
from interactive_graphs.framework.tensor import Tensor

# -- out -----------------------------------------------------------------------------


def fill_library(library: Any, graph: Graph) -> None:
    """Write a graph's functions into a FunctionDefLibrary message."""
    for name in sorted(graph.functions):
        function = graph.functions[name]
        library.function.add().CopyFrom(function.definition)
        if function.grad_name is not None:
            library.gradient.add(function_name=name, gradient_func=function.grad_name)


def definition_of(function: Function) -> protos.FunctionDef:
    """Returns a function's FunctionDef message."""
    body = function.body
    proto = protos.FunctionDef()
    signature = proto.signature
    signature.name = function.name
    signature.is_stateful = function.op_def.stateful
    taken = NameRegistry()
    names: dict[Tensor, str] = {}
    for tensor, arg in zip(body.inputs, function.op_def.inputs, strict=True):
        names[tensor] = arg.name
        taken.take(arg.name)
        dtype = tensor.dtype.base_dtype.as_datatype_enum
        signature.input_arg.add(name=arg.name, type=dtype)
    for arg in function.op_def.outputs:
        taken.take(arg.name)
    ops = body.body()
    renamed = {op: taken.unique(op.name) for op in ops}
    for op in ops:
        _fill_node(proto.node_def.add(), op, renamed, names)
    for tensor, arg in zip(body.outputs, function.op_def.outputs, strict=True):
        dtype = tensor.dtype.base_dtype.as_datatype_enum
        signature.output_arg.add(name=arg.name, type=dtype)
        proto.ret[arg.name] = _spelt(tensor, renamed, names)
    for key, value in function.attrs.items():
        set_attr_value(proto.attr[key], value, None)
    return proto


def _fill_node(
    proto: Any,
    op: Operation,
    renamed: dict[Operation, str],
    arguments: dict[Tensor, str],
) -> None:
    proto.CopyFrom(node_def(op))
    proto.name = renamed[op]
    del proto.input[:]
    proto.input.extend([_spelt(t, renamed, arguments) for t in op.inputs])
    proto.input.extend([f"^{renamed[c]}" for c in op.controls if c in renamed])
    groups = op.attrs.get("_class")
    if groups:
        by_name = {old.name.encode(): new.encode() for old, new in renamed.items()}
        start = b"loc:@"
        kept = [by_name.get(g.removeprefix(start)) for g in groups]
        del proto.attr["_class"]
        if any(kept):
            held = [start + name for name in kept if name]
            set_attr_value(proto.attr["_class"], held, "list(string)")


def _spelt(
    tensor: Tensor, renamed: dict[Operation, str], arguments: dict[Tensor, str]
) -> str:
    """A tensor as inputs of nodes in a FunctionDef name it."""
    if tensor in arguments:
        return arguments[tensor]
    op, index = tensor.op, tensor.value_index
    for arg in op.op_def.outputs:
        count = _width(arg, op.attrs)
        if index < count:
            return f"{renamed[op]}:{arg.name}:{index}"
        index -= count
    raise AssertionError(tensor.name)


def _width(arg: Arg, attrs: Any) -> int:
    """How many tensors an output argument is."""
    if arg.number_attr is not None:
        return int(attrs[arg.number_attr])
    if arg.type_list_attr is not None:
        return len(attrs[arg.type_list_attr])
    return 1


# -- in ------------------------------------------------------------------------------


def read_library(library: Any, graph: Graph) -> None:
    """Add the functions of a FunctionDefLibrary message to a graph.

    Bodies are built when they are first needed.

    Raises:
        ValueError: the graph has another function of such a name.
    """
    gradients = {g.function_name: g.gradient_func for g in library.gradient}
    for proto in library.function:
        known = graph.functions.get(proto.signature.name)
        if known is not None:
            if known.definition != proto:
                raise ValueError(
                    f"Cannot add function '{proto.signature.name}' because a different "
                    "function with the same name already exists."
                )
            continue
        function = _read_function(proto, graph)
        function.grad_name = gradients.get(function.name)
        graph.functions[function.name] = function
        graph.changes += 1


def _read_function(proto: protos.FunctionDef, graph: Graph) -> Function:
    signature = proto.signature
    kept = protos.FunctionDef()
    kept.CopyFrom(proto)
    outputs = len(signature.output_arg)
    for arg in (*signature.input_arg, *signature.output_arg):
        if arg.type_attr or arg.number_attr or arg.type_list_attr:
            raise errors.UnimplementedError(
                None,
                None,
                f"Function {signature.name} has an argument '{arg.name}' whose type "
                "is not fixed.",
            )
    taken = NameRegistry()
    ins = [_described(arg, taken) for arg in signature.input_arg]
    outs = [_described(arg, taken) for arg in signature.output_arg]
    text = f"{', '.join(ins)} -> {', '.join(outs)}"
    record = function_record(
        signature.name, text, outputs, signature.is_stateful, False
    )
    attrs = {key: from_attr_value(value) for key, value in proto.attr.items()}
    function = Function(signature.name, lambda: _read_body(kept, graph), record, attrs)
    function.keep_definition(kept)
    return function


def _described(arg: Any, taken: NameRegistry) -> str:
    return f"{argument_name(arg.name, taken)}: {as_dtype(arg.type).base_dtype.name}"


def _read_body(proto: protos.FunctionDef, graph: Graph) -> FuncGraph:
    """The body of a FunctionDef as a graph.

    Raises:
        ValueError: it is inconsistent.
        NotFoundError: an op is unknown.
    """
    where = f"Function '{proto.signature.name}'"
    nodes = protos.GraphDef()
    for arg in proto.signature.input_arg:
        node = nodes.node.add(name=arg.name, op="Placeholder")
        node.attr["dtype"].type = arg.type
        set_shape(node.attr["shape"].shape, None)
    records: dict[str, tuple[OpDef, Any]] = {}
    for node in proto.node_def:
        known = graph.functions.get(node.op)
        try:
            record = known.op_def if known is not None else registry.lookup(node.op)
        except LookupError:
            raise errors.NotFoundError(
                None, None, f"{where}: Op type not registered '{node.op}'"
            ) from None
        records[node.name] = record, node
    for node in proto.node_def:
        copy = nodes.node.add()
        copy.CopyFrom(node)
        copy.input[:] = [_in_graph(text, records, where) for text in node.input]
    body = FuncGraph(graph)
    import_into(body, nodes)
    arguments = [arg.name for arg in proto.signature.input_arg]
    body.inputs = [body.get_tensor_by_name(f"{name}:0") for name in arguments]
    for arg in proto.signature.output_arg:
        if arg.name not in proto.ret:
            raise ValueError(f"{where}: result '{arg.name}' is given by nothing")
        text = _in_graph(proto.ret[arg.name], records, where)
        text = text if ":" in text else f"{text}:0"
        body.outputs.append(body.get_tensor_by_name(text))
    body.last_id = body.version
    return body


def _in_graph(text: str, records: dict[str, tuple[OpDef, Any]], where: str) -> str:
    """An input as a node of a graph spells it: "node" or "node:3".

    Raises:
        ValueError: there is no such node or result.
    """
    name, *rest = text.split(":")
    if name.startswith("^") or not rest:
        return text
    if name not in records:
        raise ValueError(f"{where}: unknown input node '{text}'")
    record, node = records[name]
    attrs = dict(record.defaults)
    for key, value in node.attr.items():
        attrs[key] = from_attr_value(value)
    offset = 0
    for arg in record.outputs:
        if arg.name == rest[0]:
            index = offset + (int(rest[1]) if len(rest) > 1 else 0)
            return f"{name}:{index}" if index else name
        offset += _width(arg, attrs)
    if rest[0].isdigit():
        return text
    raise ValueError(f"{where}: node '{name}' has no output '{rest[0]}'")
