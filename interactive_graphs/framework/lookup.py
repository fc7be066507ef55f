"""Finding a graph's elements by name, and TF1's words when there is none.

Read next: `graph.py`, whose methods call this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from interactive_graphs._util import raising
from interactive_graphs.framework import source
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor

if TYPE_CHECKING:
    from interactive_graphs.framework.graph import Graph

_FORM: Final = 'Tensor names must be of the form "<op_name>:<output_index>".'


def element(
    graph: Graph, obj: Any, allow_tensor: bool, allow_operation: bool
) -> Tensor | Operation:
    """The tensor or operation that `obj` stands for.

    Args:
        graph: where to look.
        obj: a Tensor, an Operation, a name, or an object with `_as_graph_element()`.
        allow_tensor: whether the caller takes tensors.
        allow_operation: whether the caller takes operations.

    Raises:
        ValueError: both kinds are refused, a name is malformed or names the other
            kind, or the element is another graph's.
        KeyError: nothing has that name.
        TypeError: `obj` is of another type, or of the refused kind.
    """
    kinds = [
        k for k, ok in (("Tensor", allow_tensor), ("Operation", allow_operation)) if ok
    ]
    if not kinds:
        raise ValueError("allow_tensor and allow_operation can't both be False.")
    if not isinstance(obj, (Tensor, Operation)) and hasattr(obj, "_as_graph_element"):
        obj = obj._as_graph_element()
    if isinstance(obj, bytes):
        obj = obj.decode("utf-8", "replace")
    if isinstance(obj, str):
        return _by_name(graph, obj, allow_tensor, allow_operation)
    if (isinstance(obj, Tensor) and allow_tensor) or (
        isinstance(obj, Operation) and allow_operation
    ):
        graph.check_owned(obj)
        return obj
    raise TypeError(
        f"Can not convert a {type(obj).__name__} into a {' or '.join(kinds)}."
    )


def foreign(element: Tensor | Operation, graph: Graph) -> ValueError:
    """The error of an element of another graph."""
    is_tensor = isinstance(element, Tensor)
    kind = "Tensor" if is_tensor else "Operation"
    error = ValueError(f"{kind} {element} is not an element of this graph.")
    error.add_note(f"{kind} '{element.name}' {whereabouts(element)}")
    newest = next(reversed(graph.ops_by_name.values()), None)
    if newest is None:
        error.add_note("This graph has no operations yet.")
        return raising.about(error, operation_of(element))
    error.add_note(f"This graph's newest, '{newest.name}', {whereabouts(newest)}")
    return raising.about(error, operation_of(element), newest)


def operation_of(element: Tensor | Operation) -> Operation:
    """The operation that an element is or belongs to."""
    return element.op if isinstance(element, Tensor) else element


def whereabouts(element: Tensor | Operation) -> str:
    """Where an element was made, and in which of several graphs."""
    made = source.describe(operation_of(element).stack) or "made at an unknown place"
    count = len(element.graph.ops_by_name)
    return f"was {made}; its graph has {count} operation{'s' if count != 1 else ''}."


def _by_name(
    graph: Graph, name: str, allow_tensor: bool, allow_operation: bool
) -> Tensor | Operation:
    if ":" in name:
        if not allow_tensor:
            raise ValueError(
                f"Name {name!r} appears to refer to a Tensor, not a Operation."
            )
        return _tensor(graph, name)
    op = graph.ops_by_name.get(name)
    if allow_operation:
        if op is None:
            raise KeyError(
                f"The name {name!r} refers to an Operation not in the graph."
            )
        return op
    if op is not None:
        raise ValueError(
            f"The name {name!r} refers to an Operation, not a Tensor. {_FORM}"
        )
    raise ValueError(
        f"The name {name!r} looks like an (invalid) Operation name, not a Tensor. "
        + _FORM
    )


def _tensor(graph: Graph, name: str) -> Tensor:
    try:
        op_name, index_text = name.split(":")
        index = int(index_text)
    except ValueError:
        raise ValueError(
            f"The name {name!r} looks a like a Tensor name, but is not a valid one. "
            + _FORM
        ) from None
    op = graph.ops_by_name.get(op_name)
    missing = (
        f"The name {name!r} refers to a Tensor which does not exist. The operation,"
    )
    if op is None:
        raise KeyError(f"{missing} {op_name!r}, does not exist in the graph.")
    try:
        return op.outputs[index]
    except IndexError:
        raise KeyError(
            f"{missing} {op_name!r}, exists but only has {len(op.outputs)} outputs."
        ) from None


def in_scope(items: Iterable[Any], scope: str | None) -> list[Any]:
    """Those items whose name the pattern `scope` matches from its start.

    Items without a name are left out, unless `scope` is None: then all are taken.
    """
    if scope is None:
        return list(items)
    pattern = re.compile(scope)
    return [i for i in items if hasattr(i, "name") and pattern.match(i.name)]
