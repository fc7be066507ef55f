"""What graphs, tensors, operations, sessions and variables show of themselves.

The package's `__init__` names one function per class to the hook in
`framework/repr.py`. Each gives text that is the same in every run (no ids, no
addresses), and HTML that needs no kernel, no script and no network. `print` is not
touched: it stays TF1's text. Read next: `describe.py`.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

from interactive_graphs.display import describe
from interactive_graphs.display.evaluate import value_now
from interactive_graphs.display.picture import Picture, show_graph
from interactive_graphs.display.table import (
    operation_table,
    variable_value_text,
    variables_table,
)
from interactive_graphs.display.text import Listing, to_text
from interactive_graphs.framework import stacks

if TYPE_CHECKING:
    from interactive_graphs.framework.graph import Graph
    from interactive_graphs.framework.operation import Operation
    from interactive_graphs.framework.tensor import Tensor

Bundle = dict[str, Any]

SMALL: Final = 12
"""Boxes in the picture of a tensor or an operation."""

LINES: Final = 40
"""Lines of a graph's tree where it is shown unasked."""


def graph_bundle(graph: Graph) -> Bundle:
    """The picture of a graph."""
    picture = show_graph(graph)
    bundle = picture.bundle()
    bundle["text/plain"] = to_text(picture.scene, LINES)
    return bundle


def tensor_bundle(tensor: Tensor) -> Bundle:
    """Name, dtype, shape, value if it is there to be had, what it depends on."""
    short, long = value_now(tensor)
    picture = show_graph(tensor, budget=SMALL)
    if short:
        picture.scene.summary = f"value {short}"
    lines = [repr(tensor)]
    if long:
        start = "value: " if "\n" not in long else "value:\n"
        lines.append(f"{start}{long}")
    lines.append(_dependency_lines(picture))
    return picture.bundle() | {"text/plain": "\n".join(lines)}


def _dependency_lines(picture: Picture) -> str:
    _, _, tree = to_text(picture.scene, SMALL).partition("\n")
    return f"depends on:\n{tree}"


def operation_bundle(op: Operation) -> Bundle:
    """The page of an operation, over a picture of what it depends on."""
    table = operation_table(op)
    picture = show_graph(op, budget=SMALL)
    text = f"{op!r}\n{table.text}\n{_dependency_lines(picture)}"
    return {"text/plain": text, "text/html": f"{table.html}{picture.html}"}


def session_bundle(session: Any) -> Bundle:
    """The variables of a session with their values, over its graph."""
    graph = session.graph
    picture = show_graph(graph)
    kind = type(session).__name__
    default = stacks.get_default_session() is session
    words = f"{kind}{', the default session' if default else ''}"
    table = variables_table(session)
    text = f"{words}\n{table.text}\n{to_text(picture.scene, LINES)}"
    page = f"<p>{html.escape(words)}</p>{table.html}{picture.html}"
    return {"text/plain": text, "text/html": page}


def program_bundle(program: Any) -> Bundle:
    """The text of a compiled program."""
    return Listing(repr(program).rstrip()).bundle()


def variable_bundle(variable: Any) -> Bundle:
    """A variable, its value in the default session, and what it starts from."""
    session = stacks.get_default_session()
    picture = show_graph(variable, budget=SMALL)
    lines = [repr(variable)]
    if session is not None and session.graph is variable.graph:
        value = variable_value_text(session, variable)
        lines.append(f"value: {value}")
        picture.scene.summary = f"value {value}"
    return picture.bundle() | {"text/plain": "\n".join(map(describe.plain, lines))}
