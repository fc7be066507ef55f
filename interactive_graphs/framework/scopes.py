"""The graph's blocks and collections as functions of the default graph.

`tf.device(...)` is `tf.get_default_graph().device(...)`, and so on; `name_scope` alone
does more. Read next: `graph.py`, where they are.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from interactive_graphs.framework.build import graph_of
from interactive_graphs.framework.graph import default_graphs, get_default_graph


class name_scope:  # noqa: N801 - TF1's name of a class
    """A block in which new operations get a name prefix.

    Args:
        name: the scope; when None `default_name` is used.
        default_name: the scope when `name` is None.
        values: tensors; their graph becomes the default graph of the block.

    Raises:
        ValueError: `values` are given without any name, or are of different graphs.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.name_scope("layer") as scope:
        ...     tf.constant(1.0, name="w").name, scope
        ('layer/w:0', 'layer/')
    """

    def __init__(
        self, name: str | None, default_name: str | None = None, values: Any = None
    ) -> None:
        """See the class."""
        self._name = default_name if name is None else name
        self._has_no_name = name is None and default_name is None
        self._values = values
        self._managers: list[AbstractContextManager[Any]] = []

    @property
    def name(self) -> str | None:
        """The name that was asked for."""
        return self._name

    def __enter__(self) -> str:
        """Open the scope; gives it with a trailing slash."""
        if self._has_no_name and self._values is not None:
            raise ValueError(
                "At least one of name (None) and default_name (None) must be provided."
            )
        graph = graph_of(tuple(self._values or ()))
        if graph is not default_graphs.top():
            self._enter(graph.as_default())
        scope: str = self._enter(graph.name_scope(self._name))
        return scope

    def _enter(self, manager: AbstractContextManager[Any]) -> Any:
        value = manager.__enter__()
        self._managers.append(manager)
        return value

    def __exit__(self, *exc_info: Any) -> None:
        """Close the scope."""
        while self._managers:
            self._managers.pop().__exit__(None, None, None)


@contextmanager
def op_scope(
    values: Any, name: str | None, default_name: str | None = None
) -> Iterator[str]:
    """Deprecated form of `name_scope(name, default_name, values)`."""
    warnings.warn(
        "tf.op_scope(values, name, default_name) is deprecated, use "
        "tf.name_scope(name, default_name, values)",
        DeprecationWarning,
        stacklevel=3,
    )
    with name_scope(name, default_name, values) as scope:
        yield scope


def device(device_name_or_function: Any) -> AbstractContextManager[None]:
    """A block that asks for a device; see `Graph.device`.

    Args:
        device_name_or_function: a device's name, a function of an Operation that gives
            one, or None.

    Returns:
        The context manager.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.device("/cpu:0"):
        ...     tf.constant(1.0).device
        '/device:CPU:0'
    """
    return get_default_graph().device(device_name_or_function)


def container(container_name: str) -> AbstractContextManager[str]:
    """A block whose stateful ops share a container; see `Graph.container`.

    Args:
        container_name: of the container.

    Returns:
        The context manager.
    """
    return get_default_graph().container(container_name)


def colocate_with(
    op: Any, ignore_existing: bool = False
) -> AbstractContextManager[None]:
    """A block whose ops go where `op` is; see `Graph.colocate_with`.

    Args:
        op: an operation, or what is made by one.
        ignore_existing: whether outer blocks do not count.

    Returns:
        The context manager.
    """
    return get_default_graph().colocate_with(op, ignore_existing)


@contextmanager
def init_scope() -> Iterator[None]:
    """A block whose operations do not depend on the blocks around it.

    They wait for nothing, so that they can initialise what is made there; the name
    scope stays.
    """
    graph = get_default_graph()
    scope = graph.get_name_scope()
    with graph.control_dependencies(None), graph.name_scope(scope and scope + "/"):
        yield


def executing_eagerly() -> bool:
    """False: operations are nodes of a graph here, and run in sessions."""
    return False


def add_to_collection(name: Any, value: Any) -> None:
    """Append a value to a collection of the default graph.

    Args:
        name: of the collection, e.g. one of `GraphKeys`.
        value: anything.
    """
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """Append a value to several collections of the default graph.

    Args:
        names: of the collections.
        value: anything.
    """
    get_default_graph().add_to_collections(names, value)


def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """A copy of a collection of the default graph; see `Graph.get_collection`.

    Args:
        key: the collection's name.
        scope: keep only values whose name this pattern matches from the start.

    Returns:
        A list, empty where there is no such collection.
    """
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: Any) -> list[Any]:
    """A collection of the default graph itself.

    Args:
        key: the collection's name.

    Returns:
        The list itself; changes to it show.
    """
    return get_default_graph().get_collection_ref(key)
