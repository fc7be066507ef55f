"""The name scope around the nodes of one public function.

    with op_scope(name, "meshgrid", *args):

puts what is made inside under 'meshgrid/', in the graph that `args` belong to.
Read next: `../framework/scopes.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from interactive_graphs.framework.build import graph_of
from interactive_graphs.framework.graph import default_graphs
from interactive_graphs.framework.sparse import IndexedSlices, SparseTensor


@contextmanager
def op_scope(name: str | None, default: str, *values: Any) -> Iterator[str]:
    """Open the scope `name`, or `default` when it is None, in the graph of `values`.

    Args:
        name: what the user asked for.
        default: the function's own name.
        *values: its arguments; tensors among them decide the graph.

    Yields:
        The scope with a trailing slash, to be the name of the last node.

    Raises:
        ValueError: the values are of different graphs.
    """
    graph = graph_of(tuple(_component(v) for v in values))
    if graph is default_graphs.top():
        with graph.name_scope(name or default) as scope:
            yield scope
    else:
        with graph.as_default(), graph.name_scope(name or default) as scope:
            yield scope


def _component(value: Any) -> Any:
    """What stands for `value` when graphs are compared."""
    if isinstance(value, (list, tuple)):
        return tuple(_component(v) for v in value)
    return value.values if isinstance(value, (SparseTensor, IndexedSlices)) else value
