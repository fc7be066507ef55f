"""Nodes of a GraphDef as plain records, each checked by itself.

Names, op types, attributes and the form of inputs are settled here; what nodes are to
each other is the business of `graph_import.py`, the only user.
Read next: `graph_import.py`.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from interactive_graphs import errors, protos
from interactive_graphs.framework import registry
from interactive_graphs.framework.build import output_types
from interactive_graphs.framework.dtypes import DType, as_dtype, int32
from interactive_graphs.framework.graph import PRODUCER_VERSION
from interactive_graphs.framework.graph_def import (
    KIND_OF_FIELD,
    from_attr_value,
    set_attr_value,
)
from interactive_graphs.framework.names import VALID_OP
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import MISSING, Arg, Attr, OpDef
from interactive_graphs.framework.tensor_shape import Shape

TENSORFLOW_VERSION = "1.9.0"
"""The version whose graphs these are, in MetaGraphs and in messages."""

_MIN_PRODUCER = 0
UNBOUND_PREFIX = "$unbound_inputs_"
"""Starts the names of inputs that a part of a graph took from outside."""

_INPUT = r"^(\^?)((?:\$unbound_inputs_)?[A-Za-z0-9.][A-Za-z0-9_.\-/]*)(?::(\d+))?$"


class Node:
    """A NodeDef that was found good.

    Attributes:
        name: The name in the message.
        position: Its place in the message.
        record: The op's record.
        attrs: A value for each attribute, as `Operation.attrs` keeps them.
        inputs: Name of the node and number of the output, for each data input.
        controls: Names of the nodes it waits for.
        colocated_with: Names of the nodes it shares a device with.
        device: The device asked for.
        shapes: Hints on the shapes of the outputs, or None.
        input_types, output_types: The dtypes that the attributes promise.
        op: The operation, once it is made.
    """

    __slots__ = (
        "attrs", "colocated_with", "controls", "device", "input_types", "inputs",
        "name", "op", "output_types", "position", "record", "shapes",
    )  # fmt: skip

    def __init__(
        self, proto: protos.NodeDef, position: int, functions: Mapping[str, Any]
    ) -> None:
        """Reads `proto`, into which missing attributes are written.

        Raises:
            ValueError: it is inconsistent.
            NotFoundError: the op is unknown.
        """
        self.name = proto.name
        self.position = position
        self.device = proto.device
        function = functions.get(proto.op)
        self.record = _record(proto.op) if function is None else function.op_def
        self.inputs: list[tuple[str, int]] = []
        self.controls: list[str] = []
        self.shapes: tuple[Shape, ...] | None = None
        self.op: Operation | None = None
        self._read_inputs(proto)
        self.attrs = _read_attrs(self.record, proto)
        self._take_hints()
        self.input_types = _types(self.record.inputs, self.attrs)
        self.output_types = output_types(self.record, self.attrs)
        if len(self.input_types) != len(self.inputs):
            expected = ", ".join(c_name(dtype) for dtype in self.input_types)
            raise ValueError(
                f"NodeDef expected inputs '{expected}' do not match "
                f"{len(self.inputs)} inputs specified; {op_summary(self.record)}; "
                f"NodeDef: {{{{node {self.name}}}}}"
            )

    def _read_inputs(self, proto: protos.NodeDef) -> None:
        for text in proto.input:
            match = re.match(_INPUT, text)
            if match is None or (match[1] and match[3]):
                raise ValueError(f"Node '{self.name}': Unknown input node '{text}'")
            if match[1]:
                self.controls.append(match[2])
            elif self.controls:
                raise ValueError(
                    f"Node '{self.name}': Control dependencies must come after regular "
                    "dependencies"
                )
            else:
                self.inputs.append((match[2], int(match[3] or 0)))

    def _take_hints(self) -> None:
        """Shapes of outputs leave the attributes; colocation is looked into."""
        self.shapes = self.attrs.pop("_output_shapes", None)
        groups = self.attrs.get("_class") or ()
        is_list = isinstance(groups, (list, tuple))
        if not is_list or not all(isinstance(g, bytes) for g in groups):
            raise ValueError(
                f"Node '{self.name}': the attribute '_class' must be a list of strings"
            )
        self.colocated_with = [
            group.removeprefix(b"loc:@").decode()
            for group in groups
            if group.startswith(b"loc:@")
        ]


def read_nodes(
    graph_def: protos.GraphDef, functions: Mapping[str, Any]
) -> dict[str, Node]:
    """Returns the nodes of a GraphDef by name.

    Args:
        graph_def: The message.
        functions: The functions that nodes may call.

    Raises:
        ValueError: a node is inconsistent, or two have one name.
        NotFoundError: a node's op is unknown.
    """
    nodes: dict[str, Node] = {}
    for position, proto in enumerate(graph_def.node):
        if not VALID_OP.match(proto.name):
            raise ValueError(
                f"Node '{proto.name}': Node name contains invalid characters"
            )
        if not proto.op:
            raise ValueError(f"Node '{proto.name}' does not specify an operation")
        if proto.name in nodes:
            raise ValueError(f"Node '{proto.name}' is not unique")
        nodes[proto.name] = Node(proto, position, functions)
    return nodes


def own_message(message: Any, wanted: Any, argument: str) -> Any:
    """Returns `message`, or ours of the same bytes if it is TensorFlow's.

    Raises:
        TypeError: it is another message, or none.
    """
    if isinstance(message, wanted):
        return message
    described = getattr(message, "DESCRIPTOR", None)
    name = wanted.DESCRIPTOR.name
    if getattr(described, "name", None) != name or isinstance(message, type):
        raise TypeError(f"{argument} must be a {name} proto.")
    return wanted.FromString(message.SerializeToString())


def check_versions(versions: protos.VersionDef) -> None:
    """Refuses a GraphDef that wants another reader.

    Raises:
        ValueError: the version is too new, too old, or on the list of bad consumers.
    """
    if versions.min_consumer > PRODUCER_VERSION:
        raise ValueError(
            f"GraphDef min consumer version {versions.min_consumer} above current "
            f"version {PRODUCER_VERSION} for TensorFlow {TENSORFLOW_VERSION}.  Please "
            "upgrade TensorFlow."
        )
    if versions.producer < _MIN_PRODUCER:
        raise ValueError(
            f"GraphDef producer version {versions.producer} below min producer "
            f"{_MIN_PRODUCER} supported by TensorFlow {TENSORFLOW_VERSION}.  Please "
            "regenerate your graph."
        )
    if PRODUCER_VERSION in versions.bad_consumers:
        raise ValueError(
            f"GraphDef disallows consumer version {PRODUCER_VERSION}.  Please upgrade "
            "TensorFlow: this version is likely buggy."
        )


def strip_defaults(graph_def: protos.GraphDef, producer_ops: protos.OpList) -> None:
    """Removes attributes unknown here that have the default their producer gives."""
    defaults = {
        op.name: {
            attr.name: attr.default_value
            for attr in op.attr
            if attr.HasField("default_value")
        }
        for op in producer_ops.op
    }
    for node in graph_def.node:
        known = _record(node.op).attrs if node.op in defaults else {}
        for name, default in defaults.get(node.op, {}).items():
            if name not in known and name in node.attr and node.attr[name] == default:
                del node.attr[name]


def _record(op_type: str) -> OpDef:
    try:
        return registry.lookup(op_type)
    except LookupError:
        raise errors.NotFoundError(
            None,
            None,
            f"Op type not registered '{op_type}' in binary running on "
            f"{platform.node()}. Make sure the Op and Kernel are registered in the "
            "binary running in this process.",
        ) from None


def _read_attrs(record: OpDef, proto: protos.NodeDef) -> dict[str, Any]:
    attrs = {}
    for attr in record.attrs.values():
        if attr.name in proto.attr:
            attrs[attr.name] = _read_attr(record, attr, proto)
        elif attr.default is MISSING:
            raise ValueError(
                f"NodeDef missing attr '{attr.name}' from {op_summary(record)}; "
                f"NodeDef: {{{{node {proto.name}}}}}"
            )
        else:
            attrs[attr.name] = attr.default
            set_attr_value(proto.attr[attr.name], attr.default, attr.kind)
    for name, value in proto.attr.items():
        if name in record.attrs:
            continue
        if name.startswith("_"):
            attrs[name] = _unknown_value(name, value)
        elif not means_nothing(name, value):
            raise ValueError(
                f"NodeDef mentions attr '{name}' not in {op_summary(record)}; NodeDef: "
                f"{{{{node {proto.name}}}}}. (Check whether your GraphDef-interpreting "
                "binary is up to date with your GraphDef-generating binary.)."
            )
    _check_constant(attrs, proto.name)
    return attrs


def _check_constant(attrs: dict[str, Any], name: str) -> None:
    """A Const says its dtype twice."""
    value, dtype = attrs.get("value"), attrs.get("dtype")
    if isinstance(value, np.ndarray) and as_dtype(value.dtype) is not dtype:
        raise ValueError(
            f"Node '{name}': attr 'value' holds a tensor of type "
            f"{c_name(as_dtype(value.dtype))} where attr 'dtype' says "
            f"{c_name(as_dtype(dtype))}"
        )


# What attributes that ops got after 1.9 may say without changing what the node does:
# the default of one that is not zero, and marks that a node is part of a gradient.
LATER_VALUES: dict[str, Any] = {
    "incompatible_shape_error": True,
    "index_type": int32,
    "shape_type": int32,
    "Tk": int32,
    "grad_a": True,
    "grad_b": True,
    "grad_x": True,
    "grad_y": True,
    "sparse_gradient": True,  # of SparseSegmentSum and its kin: the gradient's form
}


# Attributes for people's eyes.
LATER_WORDS = frozenset({"debug_name", "metadata"})


def means_nothing(name: str, value: protos.AttrValue) -> bool:
    """Whether an attribute unknown to this reader may be dropped."""
    if name in LATER_WORDS:
        return True
    if name in LATER_VALUES and from_attr_value(value) == LATER_VALUES[name]:
        return True
    return _is_zero(value)


def _is_zero(value: protos.AttrValue) -> bool:
    """Whether an attribute says nothing: false, 0, "", an empty list.

    Newer writers have attributes that this reader does not know, most often at such a
    default, and then the node means what it always meant.
    """
    field = value.WhichOneof("value")
    if field is None:
        return True
    held = getattr(value, field)
    return not held.ListFields() if field == "list" else held in (False, 0, 0.0, b"")


def _unknown_value(name: str, value: protos.AttrValue) -> Any:
    """An attribute that no record knows, as a Python value where that loses nothing."""
    if name == "_output_shapes":
        return from_attr_value(value)
    field = value.WhichOneof("value")
    if field == "list":
        lists = [described.name for described, _ in value.list.ListFields()]
        plain = len(lists) == 1 and lists[0] in ("s", "i", "f", "b", "type")
    else:
        plain = field in ("s", "i", "f", "b", "type")
    if plain:
        return from_attr_value(value)
    copy = protos.AttrValue()
    copy.CopyFrom(value)
    return copy


def _read_attr(record: OpDef, attr: Attr, proto: protos.NodeDef) -> Any:
    """The value of an attribute that the op's record knows."""
    value = proto.attr[attr.name]
    found = _kind_found(value, attr.kind)
    try:
        if found != attr.kind:
            raise ValueError(
                f"AttrValue had value with type '{found}' when '{attr.kind}' expected\n"
                f"\t for attr '{attr.name}'"
            )
        result = from_attr_value(value)
        _check_limits(attr, result)
    except (TypeError, ValueError) as error:
        where = f"NodeDef: {{{{node {proto.name}}}}}; {op_summary(record)}"
        raise ValueError(f"{error}\n\t; {where}") from None
    return result


def _kind_found(value: protos.AttrValue, wanted: str) -> str:
    field = value.WhichOneof("value")
    if field is None:
        return "none"
    if field != "list":
        return str(KIND_OF_FIELD.get(field, field))
    kinds = [KIND_OF_FIELD[described.name] for described, _ in value.list.ListFields()]
    if not kinds:  # an empty list is of any kind
        return wanted if wanted.startswith("list(") else "list"
    return f"list({kinds[0]})" if len(kinds) == 1 else "list"


def _check_limits(attr: Attr, value: Any) -> None:
    """A value must be among the allowed ones and not below the minimum."""
    is_list = attr.kind.startswith("list(")
    if attr.allowed is not None:
        for item in value if is_list else (value,):
            if not _is_allowed(item, attr.allowed):
                names = ", ".join(_text(allowed) for allowed in attr.allowed)
                raise ValueError(
                    f"Value for attr '{attr.name}' of {_text(item)} is not in the list "
                    f"of allowed values: {names}"
                )
    if attr.minimum is not None:
        size = len(value) if is_list else value
        if size < attr.minimum:
            what = "Length" if is_list else "Value"
            raise ValueError(
                f"{what} for attr '{attr.name}' of {size} must be at least minimum "
                f"{attr.minimum}"
            )


def _is_allowed(item: Any, allowed: tuple[Any, ...]) -> bool:
    if isinstance(item, DType):
        return any(item is dtype for dtype in allowed)
    return _text(item) in [_text(text) for text in allowed]  # str and bytes are alike


def _types(args: tuple[Arg, ...], attrs: dict[str, Any]) -> list[DType]:
    """A dtype for each input, given the attributes."""
    types: list[DType] = []
    for arg in args:
        if arg.type_list_attr is not None:
            types += attrs[arg.type_list_attr]
            continue
        dtype = arg.dtype if arg.dtype is not None else attrs[str(arg.type_attr)]
        dtype = dtype._as_ref if arg.is_ref else dtype
        types += [dtype] * (attrs[arg.number_attr] if arg.number_attr else 1)
    return types


def c_name(dtype: DType) -> str:
    """Returns a dtype's name in the words of the engine: float, double, half."""
    base = dtype.base_dtype.name
    name = {"float32": "float", "float64": "double", "float16": "half"}.get(base, base)
    return f"{name}_ref" if dtype.is_ref_dtype else name


def _text(value: Any) -> str:
    """A value of an attribute, as `op_summary` shows it."""
    if isinstance(value, DType):
        return c_name(value)
    if isinstance(value, bytes):
        return f'"{value.decode(errors="replace")}"'
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_text(item) for item in value)}]"
    return "<unknown>" if value is None else str(value)


def op_summary(record: OpDef) -> str:
    """Returns an op's record on one line, as the engine's messages show it."""

    def arg_text(arg: Arg) -> str:
        kind = arg.type_list_attr or arg.type_attr
        if arg.dtype is not None:
            kind = c_name(arg.dtype)
        kind = f"{arg.number_attr}*{kind}" if arg.number_attr else kind
        return f"{arg.name}:Ref({kind})" if arg.is_ref else f"{arg.name}:{kind}"

    def attr_text(attr: Attr) -> str:
        text = f"attr={attr.name}:{attr.kind}"
        if attr.default is not MISSING:
            text += f",default={_text(attr.default)}"
        if attr.minimum is not None:
            text += f",min={attr.minimum}"
        if attr.allowed is not None:
            text += f",allowed={_text(attr.allowed)}"
        return text

    inputs = ", ".join(map(arg_text, record.inputs))
    outputs = ", ".join(map(arg_text, record.outputs))
    parts = [f"name={record.name}", f"signature={inputs} -> {outputs}"]
    parts += [attr_text(attr) for attr in record.attrs.values()]
    return f"Op<{'; '.join(parts)}>"
