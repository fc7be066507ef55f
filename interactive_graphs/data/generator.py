"""`Dataset.from_generator`: elements that a Python generator yields.

The generator runs in this process, through `py_func`; a graph that is written out and
read elsewhere has no elements. Read next: `recipes.py`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from interactive_graphs.data import nest
from interactive_graphs.data.recipes import Recipe
from interactive_graphs.data.structure import Structure, as_tensors, declared
from interactive_graphs.data.traced import Traced
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import DType, int64
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_proto import to_array
from interactive_graphs.framework.tensor_shape import (
    TensorShape,
    format_shape,
    is_compatible,
    to_static,
)
from interactive_graphs.ops.script import py_func

_NUMBER = declared(int64, TensorShape([]))


class _Running:
    """The generators under way, by number."""

    def __init__(self, generator: Callable[..., Any]) -> None:
        self._generator = generator
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._iterators: dict[int, Iterator[Any]] = {}

    def start(self, *args: Any) -> np.int64:
        """Begin anew; the number of the iteration."""
        iterator = iter(self._generator(*args))
        with self._lock:
            number = next(self._numbers)
            self._iterators[number] = iterator
        return np.int64(number)

    def next(self, number: Any) -> Any:
        """What it yields next; StopIteration at the end."""
        return next(self._iterators[int(number)])

    def finish(self, number: Any) -> np.int64:
        """Let go of an iteration."""
        with self._lock:
            self._iterators.pop(int(number), None)
        return np.int64(0)


def generated(
    generator: Any, output_types: Any, output_shapes: Any, args: Any
) -> Recipe:
    """What a Python generator yields."""
    if not callable(generator):
        raise TypeError("`generator` must be callable.")
    structure = declared(output_types, output_shapes)
    given = () if args is None else as_tensors(tuple(args), "args")
    running = _Running(generator)

    label = "Dataset.from_generator()"
    started = _numbered(running.start)
    init = Traced(lambda: started(*given), label)
    following = Traced(_step(running, structure), label, _NUMBER)
    final = Traced(_numbered(running.finish), label, _NUMBER)
    return Recipe(
        "GeneratorDataset",
        structure,
        lambda: raw.GeneratorDataset(
            init.captured,
            following.captured,
            final.captured,
            init_func=init.attach(),
            next_func=following.attach(),
            finalize_func=final.attach(),
            **structure.attrs(),
        ),
    )


def _step(running: _Running, structure: Structure) -> Callable[[Tensor], Any]:
    """What adds the node that gives the next element of an iteration."""

    def step(number: Tensor) -> Any:
        flat = py_func(
            lambda n: _checked(running.next(n), structure),
            [number],
            nest.flatten(structure.types),
            stateful=True,
        )
        for tensor, shape in zip(flat, nest.flatten(structure.shapes), strict=True):
            tensor.set_shape(shape)
        return nest.pack(structure.types, flat)

    return step


def _numbered(function: Callable[..., Any]) -> Callable[..., Tensor]:
    """What adds a node that calls `function`, which gives a number."""

    def make(*inputs: Tensor) -> Tensor:
        number: Tensor = py_func(function, inputs, int64, stateful=True)
        number.set_shape([])
        return number

    return make


def _checked(values: Any, structure: Structure) -> list[np.ndarray]:
    """What was yielded as arrays of the promised types and shapes.

    Raises:
        TypeError: it is not what was promised.
    """
    try:
        flat = nest.pack_up_to(structure.types, values)
    except (TypeError, ValueError):
        raise TypeError(
            "`generator` yielded an element that did not match the expected structure. "
            f"The expected structure was {structure.types}, but the yielded element "
            f"was {values}."
        ) from None
    arrays = []
    for value, (dtype, shape, _) in zip(flat, structure.leaves, strict=True):
        array = _as_array(value, dtype)
        if not is_compatible(array.shape, to_static(shape)):
            raise TypeError(
                f"`generator` yielded an element of shape {array.shape} where an "
                f"element of shape {format_shape(to_static(shape))} was expected."
            )
        arrays.append(array)
    return arrays


def _as_array(value: Any, dtype: DType) -> np.ndarray:
    try:
        if dtype.name == "string":
            return to_array(value, dtype)
        return np.asarray(value, dtype.np_dtype)
    except (TypeError, ValueError):
        raise TypeError(
            "`generator` yielded an element that could not be converted to the "
            f"expected type. The expected type was {dtype.name}, but the yielded "
            f"element was {value}."
        ) from None
