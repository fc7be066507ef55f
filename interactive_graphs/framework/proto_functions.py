"""How objects in collections become messages, and what makes Savers of messages.

A table apart from `meta_graph.py`, which reads it: variables say here how they are
written, in every program, and few programs write a MetaGraph. Savers plug in through
`set_saver_factory`, since this layer knows none. Read next: `meta_graph.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs._util import lazy
from interactive_graphs.framework.graph_keys import GraphKeys


class Converter:
    """How the objects of one collection become messages and come back.

    Attributes:
        proto_type: the message's name in `protos`.
        to_proto: gives the message of an object.
        from_proto: gives the object of a message.
    """

    __slots__ = ("from_proto", "proto_type", "to_proto")

    def __init__(
        self,
        proto_type: str,
        to_proto: Callable[..., Any],
        from_proto: Callable[..., Any],
    ) -> None:
        """See the class."""
        self.proto_type = proto_type
        self.to_proto = to_proto
        self.from_proto = from_proto


_converters: dict[str, Converter] = {}
_saver_factory: Callable[..., Any] | None = None


def register_proto_function(
    collection_name: str,
    proto_type: str,
    to_proto: Callable[..., Any],
    from_proto: Callable[..., Any],
) -> None:
    """Says how the objects in a collection are written to MetaGraphs.

    Args:
        collection_name: Name of the collection.
        proto_type: Name of the message in `protos`, such as "VariableDef".
        to_proto: `to_proto(object, export_scope=...)` gives the message, or None for an
            object outside the scope.
        from_proto: `from_proto(message, import_scope=...)` gives the object.

    Raises:
        KeyError: the collection has functions already.
    """
    if collection_name in _converters:
        raise KeyError(
            f"Collection {collection_name!r} has its proto functions already"
        )
    _converters[collection_name] = Converter(proto_type, to_proto, from_proto)


def converter_of(collection_name: str) -> Converter | None:
    """What was registered for a collection, or None.

    Args:
        collection_name: Name of the collection.
    """
    return _converters.get(collection_name)


def set_saver_factory(factory: Callable[..., Any] | None) -> None:
    """Sets what makes the Saver that `import_meta_graph` returns.

    Args:
        factory: `factory(graph, saver_def, scope)` gives a Saver of `graph`;
            `saver_def` is None if the MetaGraph has none, and then the result may be
            None as well.
    """
    global _saver_factory
    _saver_factory = factory


def make_saver(graph: Any, saver_def: Any, scope: str) -> Any:
    """A Saver from what was set with `set_saver_factory`; None if nothing was.

    Args:
        graph: the graph that was read.
        saver_def: the MetaGraph's message, or None.
        scope: the name scope it was read into, '' or with a trailing slash.
    """
    if _saver_factory is None:
        return None
    return _saver_factory(graph, saver_def, scope)


def _of_contexts(name: str) -> Callable[..., Any]:
    """A function of `control_flow_def.py`, which most programs do not need."""

    def call(item: Any, **scope: str | None) -> Any:
        module = lazy.load("interactive_graphs.framework.control_flow_def")
        return getattr(module, name)(item, **scope)

    return call


for _key, _message in (
    (GraphKeys.COND_CONTEXT, "CondContextDef"),
    (GraphKeys.WHILE_CONTEXT, "WhileContextDef"),
):
    register_proto_function(
        _key, _message, _of_contexts("to_proto"), _of_contexts("from_proto")
    )
