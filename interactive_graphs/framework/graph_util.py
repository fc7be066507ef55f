"""GraphDefs cut down and frozen, as `tf.graph_util`.

*Freezing* makes a graph that needs no checkpoint: what leads to the outputs, with
constants in the place of variables.

    frozen = tf.graph_util.convert_variables_to_constants(
        sess, sess.graph.as_graph_def(), ["predictions"]
    )
    tf.train.write_graph(frozen, "model", "frozen.pb", as_text=False)

Read next: `graph_import.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from interactive_graphs import protos
from interactive_graphs.framework.dtypes import (
    as_dtype,
    int32,
    resource as resource_type,
    string,
)
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.node_reader import own_message
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor_proto import make_tensor_proto
from interactive_graphs.framework.tensor_shape import TensorShape
from interactive_graphs.platform import tf_logging

_REFERENCES = ("Variable", "VariableV2")
# What hands a variable's handle on: parts of loops and branches.
_PASSING = ("Identity", "Enter", "Switch", "Exit", "NextIteration")
_RESOURCE = resource_type.as_datatype_enum
_PINNED = frozenset(
    """
    Assign AssignAdd AssignSub Queue ScatterAdd ScatterSub ScatterUpdate
    TruncatedNormal Variable VariableV2
    """.split()
)
_INT32_ATTR = {"DynamicStitch": "T", "ParallelDynamicStitch": "T", "Cast": "SrcT"}


def _source(name: str) -> str:
    """The node that an input comes from."""
    return name.removeprefix("^").partition(":")[0]


def _graph_def(given: Any, what: str) -> Any:
    """`given`, once it is known to be a GraphDef, of TensorFlow or ours."""
    if isinstance(given, Graph) or not hasattr(given, "SerializeToString"):
        raise TypeError(
            f"{what} must be a graph_pb2.GraphDef proto, but got type {type(given)}."
        )
    return own_message(given, protos.GraphDef, what)


def _like(graph_def: Any) -> Any:
    """An empty GraphDef with the functions and versions of another."""
    result = protos.GraphDef()
    result.library.CopyFrom(graph_def.library)
    result.versions.CopyFrom(graph_def.versions)
    return result


def extract_sub_graph(graph_def: Any, dest_nodes: Iterable[str]) -> Any:
    """The part of a graph that some nodes need.

    Args:
        graph_def: a GraphDef.
        dest_nodes: the names of the nodes.

    Returns:
        A GraphDef of them and all they depend on, in the order of the first.

    Raises:
        TypeError: `graph_def` is none, or `dest_nodes` is a string.
        AssertionError: a node is not in the graph.

    Example:
        >>> import interactive_graphs as tf
        >>> a, b = tf.constant(1, name="a"), tf.constant(2, name="b")
        >>> twice = tf.multiply(a, 2, name="twice")
        >>> whole = tf.get_default_graph().as_graph_def()
        >>> [n.name for n in tf.graph_util.extract_sub_graph(whole, ["twice"]).node]
        ['a', 'twice/y', 'twice']
    """
    graph = _graph_def(graph_def, "graph_def")
    if isinstance(dest_nodes, (str, bytes)):
        raise TypeError(
            "dest_nodes must be an iterable of strings, but got type "
            f"{type(dest_nodes)}."
        )
    by_name = {node.name: node for node in graph.node}
    waiting = list(dest_nodes)
    for name in waiting:
        if name not in by_name:
            raise AssertionError(f"{name} is not in graph")
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [_source(text) for text in by_name[name].input]
    result = _like(graph)
    result.node.extend([node for node in graph.node if node.name in needed])
    return result


# -- freezing -------------------------------------------------------------------------


def convert_variables_to_constants(
    sess: Any,
    input_graph_def: Any,
    output_node_names: Iterable[str],
    variable_names_whitelist: Collection[str] | None = None,
    variable_names_blacklist: Collection[str] | None = None,
) -> Any:
    """A graph with constants in the place of its variables.

    Args:
        sess: a session that holds the variables' values.
        input_graph_def: a GraphDef of the graph it runs.
        output_node_names: the names of the nodes that are wanted; only what they need
            stays.
        variable_names_whitelist: which variables to convert; all when None.
        variable_names_blacklist: which to leave; none when None.

    Returns:
        A GraphDef.

    Raises:
        FailedPreconditionError: a variable is uninitialised.
        AssertionError: an output is not in the graph.

    Example:
        >>> import interactive_graphs as tf
        >>> v = tf.get_variable("v", initializer=3.0)
        >>> y = tf.multiply(v, 2.0, name="y")
        >>> with tf.Session() as sess:
        ...     sess.run(v.initializer)
        ...     frozen = tf.graph_util.convert_variables_to_constants(
        ...         sess, sess.graph.as_graph_def(), ["y"]
        ...     )
        >>> with tf.Graph().as_default(), tf.Session() as sess:
        ...     (y,) = tf.import_graph_def(frozen, return_elements=["y:0"])
        ...     print(sess.run(y))
        6.0
    """
    graph = extract_sub_graph(input_graph_def, output_node_names)
    nodes = {node.name: node for node in graph.node}
    readers = {
        name: fetch
        for name, fetch in _variables(nodes).items()
        if (variable_names_whitelist is None or name in variable_names_whitelist)
        and name not in (variable_names_blacklist or ())
    }
    names = list(readers)
    values = dict(zip(names, sess.run(list(readers.values())), strict=True))
    tf_logging.info("Froze %d variables.", len(values))
    result = _like(graph)
    for node in graph.node:
        made = result.node.add()
        if node.name in values:
            _constant(made, node, values[node.name])
        elif not _read(made, node, nodes, values):
            made.CopyFrom(node)
    tf_logging.info("Converted %d variables to const ops.", len(values))
    return result


def _variables(nodes: dict[str, Any]) -> dict[str, str]:
    """Of each variable the tensor to fetch for its value."""
    found = {}
    for name, node in nodes.items():
        if node.op in _REFERENCES:
            found[name] = f"{name}:0"
        elif node.op == "VarHandleOp":
            found[name] = f"{name}/Read/ReadVariableOp:0"
    return found


def _handle_of(name: str, nodes: dict[str, Any]) -> str:
    """The node that makes the handle which arrives as the input `name`."""
    node = nodes.get(_source(name))
    while node is not None and node.op in _PASSING and node.attr["T"].type == _RESOURCE:
        node = nodes.get(_source(node.input[0]))
    return "" if node is None else str(node.name)


def _constant(made: Any, node: Any, value: Any) -> None:
    """Make a node the constant that stands for a variable."""
    made.name, made.op, made.device = node.name, "Const", node.device
    dtype = as_dtype(node.attr["dtype"].type)
    made.attr["dtype"].type = node.attr["dtype"].type
    proto = make_tensor_proto(value, dtype, getattr(value, "shape", ()))
    made.attr["value"].tensor.CopyFrom(proto)


def _read(made: Any, node: Any, nodes: dict[str, Any], values: dict[str, Any]) -> bool:
    """Make a node what a node on a handle is on a value; whether it was one."""
    if not node.input:
        return False
    handle = _handle_of(node.input[0], nodes)
    if handle not in values or nodes[handle].op != "VarHandleOp":
        return False
    dtype = nodes[handle].attr["dtype"].type
    made.CopyFrom(node)
    if node.op == "ReadVariableOp":
        made.op = "Identity"
        made.attr.clear()
        made.attr["T"].type = dtype
    elif node.op == "ResourceGather":
        made.op = "Gather"
        made.attr.clear()
        made.attr["Tparams"].type = dtype
        made.attr["Tindices"].type = node.attr["Tindices"].type
        made.attr["validate_indices"].b = True
    elif node.op in _PASSING:
        made.attr["T"].type = dtype
    else:
        return False
    return True


# -- other ways to look at one --------------------------------------------------------


def remove_training_nodes(
    input_graph: Any, protected_nodes: Collection[str] | None = None
) -> Any:
    """A graph without the nodes that only training needs.

    These are CheckNumerics, and Identity where nothing but its value is used.

    Args:
        input_graph: a GraphDef.
        protected_nodes: the names of nodes that stay.

    Returns:
        A GraphDef.
    """
    graph = _graph_def(input_graph, "input_graph")
    kept = set(protected_nodes or ())
    kept |= {
        text[1:] for node in graph.node for text in node.input if text.startswith("^")
    }
    skipped = {
        node.name: node.input[0]
        for node in graph.node
        if node.op in ("Identity", "CheckNumerics")
        and node.name not in kept
        and len(node.input) == 1
        and not node.input[0].startswith("^")
    }
    result = _like(graph)
    for node in graph.node:
        if node.name in skipped:
            continue
        made = result.node.add()
        made.CopyFrom(node)
        for i, text in enumerate(made.input):
            while text.removesuffix(":0") in skipped:
                text = skipped[text.removesuffix(":0")]
            made.input[i] = text
    return result


def tensor_shape_from_node_def_name(graph: Graph, input_name: str) -> TensorShape:
    """The shape of a tensor.

    Args:
        graph: where it is.
        input_name: its name; that of its operation means the first output.
    """
    name = input_name if ":" in input_name else f"{input_name}:0"
    return graph.get_tensor_by_name(name).get_shape()


def must_run_on_cpu(node: Any, pin_variables_on_cpu: bool = False) -> bool:
    """Whether TensorFlow would not place a node on a GPU.

    Args:
        node: an Operation or a NodeDef.
        pin_variables_on_cpu: whether variables belong on the CPU, too.
    """
    if not isinstance(node, Operation) and not hasattr(node, "attr"):
        raise AssertionError(f"An Operation or a NodeDef is needed, not {node!r}")
    message = node.node_def if isinstance(node, Operation) else node
    if pin_variables_on_cpu and message.op in _PINNED:
        return True
    if message.op == "Const":
        kinds = (string.as_datatype_enum, int32.as_datatype_enum)
        return message.attr["dtype"].type in kinds
    attr = _INT32_ATTR.get(message.op)
    return attr is not None and message.attr[attr].type == int32.as_datatype_enum
