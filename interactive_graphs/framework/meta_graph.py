"""A graph together with its collections: MetaGraphDef out and in.

A collection of numbers, strings, tensors and operations is written as it stands; for
objects such as variables the module that defines them says how (`proto_functions.py`).

    >>> import interactive_graphs as tf
    >>> with tf.Graph().as_default() as g:
    ...     tf.add_to_collection("outputs", tf.constant(30.0, name="c"))
    >>> meta = export_meta_graph(graph=g)
    >>> list(meta.collection_def["outputs"].node_list.value)
    ['c:0']

Read next: `graph_def.py`.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs.framework import proto_functions, registry
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.graph_def import op_def_proto, set_attr_value
from interactive_graphs.framework.graph_import import (
    import_graph_def,
    undone_on_error,
)
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.node_reader import (
    TENSORFLOW_VERSION,
    UNBOUND_PREFIX,
    own_message,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor

_UNBOUND_COLLECTION = "unbound_inputs"


def export_meta_graph(
    filename: str | os.PathLike[str] | None = None,
    meta_info_def: Any = None,
    graph_def: protos.GraphDef | None = None,
    saver_def: protos.SaverDef | None = None,
    collection_list: Iterable[str] | None = None,
    as_text: bool = False,
    graph: Graph | None = None,
    export_scope: str | None = None,
    clear_devices: bool = False,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
) -> protos.MetaGraphDef:
    """Returns the MetaGraphDef of a graph, and writes it to a file if one is named.

    Args:
        filename: Where to write it, None for nowhere.
        meta_info_def: A MetaInfoDef to start from (its tags, for example).
        graph_def: The nodes, those of `graph` when None.
        saver_def: A SaverDef to put in.
        collection_list: Names of the collections to put in, all when None.
        as_text: Whether the file is in protobuf's text form.
        graph: The graph, the default graph when None.
        export_scope: Write only what is in this name scope, as if it were the top.
            Inputs from outside get names that start with "$unbound_inputs_"; whoever
            imports the result gives them with `input_map`.
        clear_devices: Whether to leave devices out.
        clear_extraneous_savers: Whether to leave out the collection of savers.
        strip_default_attrs: Whether to leave out attributes that have their default.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Graph().as_default():
        ...     c = tf.constant(1.0)
        ...     meta = export_meta_graph()
        >>> [op.name for op in meta.meta_info_def.stripped_op_list.op]
        ['Const']
    """
    graph = graph if graph is not None else get_default_graph()
    meta = protos.MetaGraphDef()
    if graph_def is None:
        meta.graph_def.CopyFrom(graph.as_graph_def(add_shapes=True))
    else:
        meta.graph_def.CopyFrom(own_message(graph_def, protos.GraphDef, "graph_def"))
    unbound = _keep_scope(meta.graph_def, export_scope) if export_scope else []
    if clear_devices:
        _clear_devices(meta.graph_def)
    if strip_default_attrs:
        _strip_default_attrs(meta.graph_def)
    if saver_def is not None:
        meta.saver_def.CopyFrom(own_message(saver_def, protos.SaverDef, "saver_def"))
    _fill_info(meta, meta_info_def, strip_default_attrs)
    keys = graph.get_all_collection_keys()
    for key in sorted(keys if collection_list is None else collection_list):
        # Saveable objects have no message; the nodes of a Saver stand for them.
        if key == GraphKeys.SAVEABLE_OBJECTS:
            continue
        if not (clear_extraneous_savers and key == GraphKeys.SAVERS):
            _write_collection(meta, key, graph.get_collection(key), export_scope)
    if unbound:
        held = meta.collection_def[_UNBOUND_COLLECTION].bytes_list
        held.value.extend([name.encode() for name in unbound])
    if filename is not None:
        _write_file(meta, filename, as_text)
    return meta


def _keep_scope(graph_def: Any, scope: str) -> list[str]:
    """Makes `scope` the top and drops all else; returns the inputs from outside."""
    prefix = scope.rstrip("/") + "/"
    nodes = [node for node in graph_def.node if node.name.startswith(prefix)]
    unbound: dict[str, None] = {}
    for node in nodes:
        node.name = node.name.removeprefix(prefix)
        for i, text in enumerate(node.input):
            caret, name = re.match(r"(\^?)(.*)", text).groups()  # type: ignore[union-attr]
            if name.startswith(prefix):
                node.input[i] = caret + name.removeprefix(prefix)
            else:
                node.input[i] = f"{caret}{UNBOUND_PREFIX}{name}"
                unbound[node.input[i]] = None
        groups = node.attr["_class"].list.s if "_class" in node.attr else []
        inside = f"loc:@{prefix}".encode()
        kept = [
            b"loc:@" + group.removeprefix(inside)
            for group in groups
            if group.startswith(inside)
        ]
        if groups:
            del node.attr["_class"]
        if kept:
            node.attr["_class"].list.s.extend(kept)
    copies = [protos.NodeDef.FromString(node.SerializeToString()) for node in nodes]
    del graph_def.node[:]
    graph_def.node.extend(copies)
    return list(unbound)


def _clear_devices(graph_def: Any) -> None:
    for node in graph_def.node:
        node.device = ""


def _strip_default_attrs(graph_def: Any) -> None:
    functions = _function_names(graph_def)
    for node in graph_def.node:
        if node.op in functions:
            continue
        record = registry.lookup(node.op)
        for name, default in record.defaults.items():
            value = protos.AttrValue()
            set_attr_value(value, default, record.attrs[name].kind)
            if name in node.attr and node.attr[name] == value:
                del node.attr[name]


def _function_names(graph_def: Any) -> set[str]:
    """The names of a message's functions, which are ops of this graph alone."""
    return {function.signature.name for function in graph_def.library.function}


def _fill_info(meta: Any, given: Any, stripped: bool) -> None:
    info = meta.meta_info_def
    if given is not None:
        info.CopyFrom(
            own_message(given, protos.MetaGraphDef.MetaInfoDef, "meta_info_def")
        )
    info.tensorflow_version = TENSORFLOW_VERSION
    info.tensorflow_git_version = "unknown"
    info.stripped_default_attrs = stripped
    if not info.HasField("stripped_op_list"):
        used = {node.op for node in meta.graph_def.node}
        for function in meta.graph_def.library.function:
            used |= {node.op for node in function.node_def}
        ops = sorted(used - _function_names(meta.graph_def))
        info.stripped_op_list.op.extend(
            [op_def_proto(registry.lookup(name)) for name in ops]
        )


def _write_collection(meta: Any, key: str, items: list[Any], scope: str | None) -> None:
    """Adds one collection; warns and leaves it out if an item cannot be written."""
    held = protos.CollectionDef()
    try:
        converter = proto_functions.converter_of(key)
        if converter is not None:
            _fill_with_messages(held, converter, items, scope)
        else:
            _fill_with_values(held, items, scope)
    except (AttributeError, TypeError, ValueError) as error:
        warnings.warn(
            f"Error encountered when serializing {key}. Type is unsupported, or the "
            f"types of the items don't match field type in CollectionDef. {error}",
            stacklevel=3,
        )
        return
    if held.WhichOneof("kind") is not None:
        meta.collection_def[key].CopyFrom(held)


def _fill_with_messages(
    held: Any, converter: proto_functions.Converter, items: list[Any], scope: str | None
) -> None:
    held.bytes_list.SetInParent()
    for item in items:
        message = converter.to_proto(item, export_scope=scope)
        if message is not None:
            held.bytes_list.value.append(message.SerializeToString())


def _fill_with_values(held: Any, items: list[Any], scope: str | None) -> None:
    prefix = scope.rstrip("/") + "/" if scope else ""
    kinds = {_kind_of(item) for item in items}
    if len(kinds) > 1:
        raise TypeError(f"Items of several kinds: {', '.join(sorted(kinds))}.")
    for kind in kinds:
        values = getattr(held, kind).value
        if kind == "bytes_list":
            values.extend([v.encode() if isinstance(v, str) else v for v in items])
        elif kind == "node_list":
            names = [item.name for item in items if item.name.startswith(prefix)]
            values.extend([name.removeprefix(prefix) for name in names])
        else:
            values.extend(items)


def _kind_of(item: Any) -> str:
    """The member of CollectionDef that holds `item`."""
    if isinstance(item, (str, bytes)):
        return "bytes_list"
    if isinstance(item, int):
        return "int64_list"
    if isinstance(item, float):
        return "float_list"
    if isinstance(item, (Tensor, Operation)) or hasattr(item, "_as_graph_element"):
        return "node_list"
    if hasattr(item, "type_url"):  # a google.protobuf.Any
        return "any_list"
    raise TypeError(f"Cannot serialise {item!r} of type {type(item).__name__}.")


def _write_file(
    meta: protos.MetaGraphDef, filename: str | os.PathLike[str], as_text: bool
) -> None:
    path = lazy.load("pathlib").Path(filename)
    path.parent.mkdir(parents=True, exist_ok=True)
    if as_text:
        text_format = lazy.load("google.protobuf.text_format")
        path.write_text(text_format.MessageToString(meta))
    else:
        path.write_bytes(meta.SerializeToString())


def read_meta_graph_file(filename: str | os.PathLike[str]) -> protos.MetaGraphDef:
    """Returns the MetaGraphDef in a file, binary or text.

    Raises:
        OSError: there is no such file, or it holds something else.
    """
    path = lazy.load("pathlib").Path(filename)
    if not path.is_file():
        raise OSError(f"File {filename} does not exist.")
    data = path.read_bytes()
    decode_error = lazy.load("google.protobuf.message").DecodeError
    try:
        return protos.MetaGraphDef.FromString(data)
    except decode_error:
        pass  # then it may be text
    text_format = lazy.load("google.protobuf.text_format")
    try:
        meta = protos.MetaGraphDef()
        text_format.Parse(data.decode(), meta)
    except (UnicodeDecodeError, text_format.ParseError) as error:
        raise OSError(f"Cannot parse file {filename}: {error}.") from None
    return meta


def import_meta_graph(
    meta_graph_or_file: protos.MetaGraphDef | str | os.PathLike[str],
    clear_devices: bool = False,
    import_scope: str | None = None,
    *,
    input_map: Mapping[str, Any] | None = None,
    restore_collections_predicate: Callable[[str], bool] = lambda _: True,
) -> Any:
    """Adds the nodes and collections of a MetaGraph to the default graph.

    Args:
        meta_graph_or_file: The message (TensorFlow's own is taken too) or a file's
            name.
        clear_devices: Whether to leave devices out.
        import_scope: Name scope of the new operations; names as written when None.
        input_map: As for `import_graph_def`.
        restore_collections_predicate: Tells by name which collections to restore.

    Returns:
        A Saver as the MetaGraph describes it, or for its variables if it has any; None
        where there is nothing to save. Until a Saver is set with `set_saver_factory`
        the result is None.

    Raises:
        OSError: there is no such file, or it holds something else.
        ValueError: the nodes are inconsistent, or inputs are missing in `input_map`.
    """
    if isinstance(meta_graph_or_file, (str, os.PathLike)):
        meta = read_meta_graph_file(meta_graph_or_file)
    else:
        meta = own_message(
            meta_graph_or_file, protos.MetaGraphDef, "meta_graph_or_file"
        )
    _check_unbound(meta, input_map)
    graph_def = meta.graph_def
    if clear_devices:
        graph_def = protos.GraphDef.FromString(graph_def.SerializeToString())
        _clear_devices(graph_def)
    graph = get_default_graph()
    scope = import_scope or ""
    if scope and not scope.endswith("/"):
        scope = graph.unique_name(scope, mark_as_used=False) + "/"
    with graph.lock, undone_on_error(graph):
        import_graph_def(
            graph_def,
            input_map=input_map,
            name=import_scope or "",
            producer_op_list=meta.meta_info_def.stripped_op_list,
        )
        made: dict[tuple[str, bytes], Any] = {}
        restored = {
            key: _read_collection(graph, key, meta.collection_def[key], scope, made)
            for key in sorted(meta.collection_def)
            if key != _UNBOUND_COLLECTION and restore_collections_predicate(key)
        }
    for key, items in restored.items():
        for item in items:
            graph.add_to_collection(key, item)
    saver_def = meta.saver_def if meta.HasField("saver_def") else None
    return proto_functions.make_saver(graph, saver_def, scope)


def _check_unbound(meta: Any, input_map: Mapping[str, Any] | None) -> None:
    if _UNBOUND_COLLECTION not in meta.collection_def:
        return
    names = meta.collection_def[_UNBOUND_COLLECTION].bytes_list.value
    missing = {name.decode() for name in names} - set(input_map or ())
    if missing:
        raise ValueError(
            f"Graph contains unbound inputs: {sorted(missing)}. Must provide these "
            "inputs through input_map."
        )


def _read_collection(
    graph: Graph,
    key: str,
    held: Any,
    scope: str,
    made: dict[tuple[str, bytes], Any],
) -> list[Any]:
    """What one collection holds; an object in two collections is one object."""
    kind = held.WhichOneof("kind")
    if kind is None:
        return []
    values = list(getattr(held, kind).value)
    if kind == "node_list":
        return [graph.as_graph_element(scope + name) for name in values]
    converter = proto_functions.converter_of(key)
    if kind != "bytes_list" or converter is None:
        return values
    items = []
    for value in values:
        identity = (converter.proto_type, value)
        if identity not in made:
            message = _message_in(key, converter.proto_type, value)
            made[identity] = converter.from_proto(message, import_scope=scope)
        items.append(made[identity])
    return items


def _message_in(key: str, proto_type: str, value: bytes) -> Any:
    """The message that one item of a collection holds.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return getattr(protos, proto_type).FromString(value)
    except lazy.load("google.protobuf.message").DecodeError as error:
        raise ValueError(
            f"An item of the collection {key!r} is no {proto_type}: {error}"
        ) from None
