"""What a picture is asked for: a graph, or what something in it depends on.

Read next: `view.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from interactive_graphs.display import describe
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor

_PARTS = ("indices", "values", "dense_shape")


def asked_operations(target: Any, graph: Graph | None = None) -> list[Operation]:
    """The operations that `target` names, each once, in order.

    Args:
        target: a Tensor, Operation, Variable, SparseTensor, IndexedSlices, the name of
            an operation or tensor, or a list, tuple or dict of these.
        graph: where names are looked up; the default graph when None.

    Raises:
        TypeError: something in `target` is no part of a graph.
        ValueError, KeyError: a name that the graph does not know.
    """
    found: dict[Operation, None] = {}
    waiting = [target]
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, dict):
            waiting = [*item.values(), *waiting]
        elif isinstance(item, (list, tuple, set, frozenset)):
            waiting = [*item, *waiting]
        elif all(hasattr(item, part) for part in _PARTS):
            parts = [getattr(item, part) for part in _PARTS]
            waiting = [part for part in parts if part is not None] + waiting
        else:
            element = _element(item, graph)
            found[element.op if isinstance(element, Tensor) else element] = None
    return list(found)


def _element(item: Any, graph: Graph | None) -> Tensor | Operation:
    if isinstance(item, (Tensor, Operation)):
        return item
    graph = graph or getattr(item, "graph", None) or get_default_graph()
    element: Tensor | Operation = graph.as_graph_element(item)
    return element


def dependencies(operations: Iterable[Operation]) -> list[Operation]:
    """`operations` and all that they need, in order of creation."""
    seen = set(operations)
    waiting = list(seen)
    while waiting:
        op = waiting.pop()
        for source in (*(tensor.op for tensor in op.inputs), *op.control_inputs):
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return sorted(seen, key=lambda op: op.id)


def needed_placeholders(target: Any, graph: Graph | None = None) -> list[Tensor]:
    """What has to be fed, as far as one can tell, to run `target`.

    Args:
        target: as of `asked_operations`.
        graph: likewise.
    """
    operations = dependencies(asked_operations(target, graph))
    return [op.outputs[0] for op in operations if op.type == "Placeholder"]


def title_of(target: Any, asked: list[Operation]) -> str:
    """What to call a picture of `target`."""
    if isinstance(target, Tensor):
        return f"{target.name}  {describe.tensor_text(target)}"
    if isinstance(target, Operation):
        return f"{target.name}  {target.type}"
    names = ", ".join(op.name for op in asked[:3])
    more = f" and {len(asked) - 3} more" if len(asked) > 3 else ""
    return f"{names}{more}"
