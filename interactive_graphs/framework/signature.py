"""An op's signature: 'a: T, b: T -> product: T' and its attributes, taken apart.

The words are those of TensorFlow's OpDefs, with which a test compares them.
Read next: `registry.py`, whose records have signatures.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from interactive_graphs.framework.dtypes import ALL, DType, as_dtype

MISSING: Final[Any] = type("Missing", (), {"__repr__": lambda _: "<missing>"})()
"""Says "not given" where None is a meaning of its own."""


class Attr:
    """An attribute of an op: its kind in TensorFlow's words, default and limits.

    Args:
        kind: 'int', 'float', 'bool', 'string', 'type', 'shape', 'tensor', 'func',
            or one of these in 'list(...)'.
        default: the value when the caller gives none; left out, it must be given
            or follow from the inputs.
        allowed: for types and strings, the values that are taken.
        minimum: for ints the smallest value, for lists the smallest length.
    """

    __slots__ = ("allowed", "default", "kind", "minimum", "name")

    def __init__(
        self,
        kind: str,
        default: Any = MISSING,
        allowed: Iterable[Any] | None = None,
        minimum: int | None = None,
    ) -> None:
        """See the class."""
        self.name = ""
        self.kind = kind
        self.default = default
        self.allowed = None if allowed is None else tuple(allowed)
        self.minimum = minimum


def types(allowed: Iterable[DType] | None = None, default: DType | None = None) -> Attr:
    """A type attribute that takes one of `allowed` (all types when None)."""
    return Attr("type", MISSING if default is None else default, allowed)


class Arg:
    """An input or output in an op's signature; exactly one way of typing is set."""

    __slots__ = (
        "dtype",
        "is_ref",
        "name",
        "number_attr",
        "type_attr",
        "type_list_attr",
    )

    def __init__(self, name: str) -> None:
        """An argument whose type is filled in by the signature's parser."""
        self.name = name
        self.dtype: DType | None = None
        self.type_attr: str | None = None
        self.number_attr: str | None = None
        self.type_list_attr: str | None = None
        self.is_ref = False

    @property
    def is_list(self) -> bool:
        """Whether the argument is a list of tensors."""
        return self.number_attr is not None or self.type_list_attr is not None


def parse(
    text: str, given: dict[str, Any]
) -> tuple[tuple[Arg, ...], tuple[Arg, ...], dict[str, Attr]]:
    """The inputs, the outputs and the attributes by name that a definition writes.

    Args:
        text: e.g. 'x: T, axis: int32 -> y: T'; a type is a dtype's name, a type
            attribute, `N * T`, a list(type) attribute, or one of them in `Ref(...)`.
        given: attributes by name: a Python value is kind and default, an `Attr` says
            all. Those that the text needs besides are added.

    Raises:
        TypeError: an attribute's kind does not follow from its value.
    """
    attrs = {name: _as_attr(name, value) for name, value in given.items()}
    ins, _, outs = text.partition("->")
    inputs = tuple(_parse_arg(a, attrs) for a in ins.split(",") if a.strip())
    outputs = tuple(_parse_arg(a, attrs) for a in outs.split(",") if a.strip())
    return inputs, outputs, attrs


_KIND_OF: Final = {bool: "bool", int: "int", float: "float", str: "string"}


def _as_attr(name: str, value: Any) -> Attr:
    if isinstance(value, Attr):
        # A copy: families share one among several ops, and under several names.
        attr = Attr(value.kind, value.default, value.allowed, value.minimum)
    elif isinstance(value, DType):
        attr = Attr("type", value)
    elif type(value) in _KIND_OF:
        default = value.encode() if isinstance(value, str) else value
        attr = Attr(_KIND_OF[type(value)], default)
    elif isinstance(value, tuple) and all(isinstance(v, DType) for v in value):
        attr = Attr("type", MISSING, value)
    else:
        raise TypeError(f"attribute {name!r}: cannot tell a kind from {value!r}")
    attr.name = name
    if attr.kind == "string" and isinstance(attr.default, str):
        attr.default = attr.default.encode()
    return attr


_DTYPE_NAMES: Final = frozenset(d.name for d in ALL)


def _parse_arg(text: str, attrs: dict[str, Attr]) -> Arg:
    """One `name: type` of a signature; attributes it needs are added to `attrs`."""
    name, _, spec = (part.strip() for part in text.partition(":"))
    arg = Arg(name)
    if spec.startswith("Ref(") and spec.endswith(")"):
        arg.is_ref = True
        spec = spec[4:-1].strip()
    if "*" in spec:
        number, spec = (part.strip() for part in spec.split("*"))
        arg.number_attr = number
        attrs.setdefault(number, _as_attr(number, Attr("int", minimum=1)))
    known = attrs.get(spec)
    if known is not None and known.kind == "list(type)":
        arg.type_list_attr = spec
    elif known is None and spec in _DTYPE_NAMES:
        arg.dtype = as_dtype(spec)
    else:
        arg.type_attr = spec
        attrs.setdefault(spec, _as_attr(spec, Attr("type")))
    return arg
