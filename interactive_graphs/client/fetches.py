"""Fetches: from the structure the user asks for to graph elements, and back.

`Fetches(graph, structure)` finds the elements; `rebuild(values)` puts their values
where they belong. Read next: `feeds.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from interactive_graphs import errors
from interactive_graphs._util import raising
from interactive_graphs.client import conversions
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor

# Makes a result of the values of all elements.
Rebuild = Callable[[list[Any]], Any]


class Fetches:
    """What a run is asked for.

    Attributes:
        elements: the distinct tensors and operations, in the order they occur.
        tensors: the tensors among them.
        targets: the operations among them.
        template: where the result is the value of one element, or a flat list, tuple
            or dictionary of values: that element, or a list of elements; else None.
    """

    def __init__(self, graph: Graph, structure: Any, wrap: Callable[..., Any]) -> None:
        """Find the elements.

        Args:
            graph: the session's.
            structure: what `Session.run` was given.
            wrap: `wrap(tensor) -> function of its value, or None`, for elements whose
                result is not their plain value (session handles).

        Raises:
            TypeError: a leaf is of a type that cannot be fetched.
            ValueError: a leaf names nothing in this graph, or may not be fetched.
        """
        self._graph = graph
        self._wrap = wrap
        self._index: dict[Tensor | Operation, int] = {}
        self._plain = True
        self._rebuild = self._build(structure)
        self.elements = list(self._index)
        self.tensors = tuple(e for e in self.elements if isinstance(e, Tensor))
        self.targets = tuple(e for e in self.elements if isinstance(e, Operation))
        self.template = self._find_template(structure)

    def rebuild(self, values: list[Any]) -> Any:
        """The result: the structure with values (None for operations) at its leaves.

        Args:
            values: one for each of `elements`.
        """
        return self._rebuild(values)

    def rebuild_from(self, values: Mapping[Any, Any]) -> Any:
        """The result, given values by element; None where there is none."""
        return self._rebuild([values.get(e) for e in self.elements])

    def _find_template(self, structure: Any) -> Any:
        if not self._plain:
            return None
        several = type(structure) in (list, tuple, dict)
        if type(structure) is dict:
            leaves = list(structure.values())
        elif several:
            leaves = structure
        elif isinstance(structure, (Tensor, Operation, str)) or hasattr(
            structure, "_as_graph_element"
        ):
            leaves = [structure]
        else:
            return None
        if not leaves or any(isinstance(x, (list, tuple, Mapping)) for x in leaves):
            return None
        found = [self._graph.as_graph_element(x) for x in leaves]
        return found if several else found[0]

    # -- structures --------------------------------------------------------------------

    def _build(self, item: Any) -> Rebuild:
        if item is None:
            raise TypeError(f"Fetch argument {item!r} has invalid type {type(item)!r}")
        if isinstance(item, (list, tuple)):
            return self._sequence(item)
        if isinstance(item, Mapping):
            return self._mapping(item)
        if hasattr(type(item), "__attrs_attrs__"):
            return self._attrs(item)
        conversion = conversions.find(item)
        if conversion is not None:
            return self._converted(conversion, item)
        return self._leaf(item)

    def _sequence(self, item: Any) -> Rebuild:
        parts = [self._build(x) for x in item]
        if isinstance(item, list):
            return lambda values: [part(values) for part in parts]
        kind = type(item)
        if hasattr(item, "_fields") or kind is not tuple:
            return lambda values: kind(*(part(values) for part in parts))
        return lambda values: tuple(part(values) for part in parts)

    def _mapping(self, item: Mapping[Any, Any]) -> Rebuild:
        parts = {key: self._build(value) for key, value in item.items()}
        kind: Any = type(item)

        def rebuild(values: list[Any]) -> Any:
            results = {key: part(values) for key, part in parts.items()}
            if kind is dict:
                return results
            if isinstance(item, defaultdict):
                return kind(item.default_factory, results)
            return kind(results)

        return rebuild

    def _attrs(self, item: Any) -> Rebuild:
        names = [field.name for field in type(item).__attrs_attrs__]
        parts = [self._build(getattr(item, name)) for name in names]
        kind = type(item)
        return lambda values: kind(*(part(values) for part in parts))

    def _converted(self, conversion: conversions.Conversion, item: Any) -> Rebuild:
        self._plain = False
        elements, contract = conversion.fetch(item)
        parts = [self._leaf(element) for element in elements]
        if not parts:
            return lambda _: None
        return lambda values: contract([part(values) for part in parts])

    # -- leaves ------------------------------------------------------------------------

    def _leaf(self, item: Any) -> Rebuild:
        element = self._element(item)
        if not self._graph.is_fetchable(element):
            op = element.op if isinstance(element, Tensor) else element
            raise errors.InaccessibleTensorError(
                f"Operation '{op.name}' has been marked as not fetchable."
            )
        index = self._index.setdefault(element, len(self._index))
        wrapped = self._wrap(element) if isinstance(element, Tensor) else None
        if wrapped is None:
            return lambda values: values[index]
        self._plain = False
        return lambda values: wrapped(values[index])

    def _element(self, item: Any) -> Tensor | Operation:
        try:
            return self._graph.as_graph_element(item)
        except TypeError as error:
            raise TypeError(
                f"Fetch argument {item!r} has invalid type {type(item)!r}, must be a "
                f"string or Tensor. ({error})"
            ) from None
        except (ValueError, KeyError) as error:
            refused = ValueError(
                f"Fetch argument {item!r} cannot be interpreted as a Tensor. ({error})"
            )
            about = getattr(error, "operations", ())
            raise raising.notes_from(error, raising.about(refused, *about)) from None
