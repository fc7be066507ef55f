"""Functions that datasets call, traced into functions of the graph.

The function gets an element as Python values (tuples as several arguments), and what it
returns becomes the new element. Read next: `dataset.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs.data.structure import (
    Nested,
    Structure,
    as_tensors,
    of_tensors,
    travelling,
)
from interactive_graphs.framework.func_graph import FuncGraph, finish, trace
from interactive_graphs.framework.function import Function, hashed_name
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor


class Traced:
    """A function of the graph, with what it takes and gives.

    Attributes:
        function: it.
        structure: of what it gives; a `Nested` in it where it gives a dataset.
        returned: what the Python function returned, tensors of the body.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        label: str,
        *inputs: Structure,
        unpack: bool = True,
    ) -> None:
        """Trace a function.

        Args:
            func: takes an element of each input, and returns an element.
            label: what calls it, for messages, e.g. "Dataset.map()".
            *inputs: what the elements are like.
            unpack: whether one element that is a tuple becomes several arguments.
        """
        self._body = FuncGraph(get_default_graph())
        arguments = [
            (f"arg{i}", dtype, shape)
            for i, (dtype, shape) in enumerate(
                (t, s)
                for structure in inputs
                for t, s in zip(
                    structure.flat_types, structure.flat_shapes, strict=True
                )
            )
        ]

        def body(*flat: Tensor) -> None:
            elements, start = [], 0
            for structure in inputs:
                end = start + len(structure.leaves)
                elements.append(structure.pack(flat[start:end]))
                start = end
            self._finish(_called(func, elements, unpack), label)

        trace(self._body, body, arguments)
        prefix = f"tf_data_{label.removeprefix('Dataset.').removesuffix('()')}"
        self.function = Function(hashed_name(prefix, self._body), self._body)

    def _finish(self, returned: Any, label: str) -> None:
        """Make the results of the body from what the function returned."""
        if isinstance(returned, list):
            # Most likely of an op that returns several tensors, not one to be packed.
            returned = tuple(returned)
        if hasattr(returned, "_as_variant_tensor"):
            nested = Nested(returned._structure, type(returned))
            self.structure = Structure(
                returned.output_types, returned.output_shapes, nested
            )
            self.returned: Any = returned
            finish(self._body, [returned._as_variant_tensor()])
            return
        try:
            self.returned = as_tensors(returned, "result")
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"Unsupported return value from function passed to {label}: {returned}."
            ) from error
        self.structure = of_tensors(self.returned)
        finish(self._body, travelling(self.returned))

    @property
    def captured(self) -> list[Tensor]:
        """The tensors of the graph around that it uses."""
        return list(self._body.captured)

    @property
    def gives_dataset(self) -> bool:
        """Whether it returns a dataset."""
        return isinstance(self.structure.classes, Nested)

    def attach(self) -> str:
        """Let the default graph know it; its name."""
        self.function.add_to(get_default_graph())
        return self.function.name


def _called(func: Callable[..., Any], elements: list[Any], unpack: bool) -> Any:
    if unpack and len(elements) == 1 and type(elements[0]) is tuple:
        return func(*elements[0])
    return func(*elements)


def one_shot_function(build: Callable[[], Tensor]) -> Function:
    """A function that makes a dataset, with copies of all that it is made from.

    Args:
        build: adds the dataset's nodes.

    Raises:
        ValueError: something of it is stateful, or a placeholder.
    """
    body = FuncGraph(get_default_graph(), by_value=True)
    trace(body, lambda: finish(body, [build()]), [])
    return Function(hashed_name("_make_dataset", body), body)
