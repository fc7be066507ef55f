"""Windows, groups and running states: `window`, `group_by_window`, `scan`, `reduce`.

Read next: `recipes.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs.data import nest
from interactive_graphs.data.recipes import Recipe, Source
from interactive_graphs.data.structure import (
    Nested,
    Structure,
    as_tensors,
    declared,
    of_tensors,
    relaxed,
    travelling,
)
from interactive_graphs.data.traced import Traced
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import DType, bool as bool_, int64
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import TensorShape

_KEY = declared(int64, TensorShape([]))


def windows(
    source: Source, size: Any, shift: Any, stride: Any, drops: Any, kind: Any
) -> Recipe:
    """Windows over the elements, a dataset for each component."""
    numbers = [
        convert_to_tensor(value, int64, name)
        for value, name in (
            (size, "size"),
            (size if shift is None else shift, "shift"),
            (stride, "stride"),
        )
    ]
    flag = convert_to_tensor(drops, bool_, "drop_remainder")
    inner = source._structure
    nested = [Nested(Structure(*leaf), kind) for leaf in inner.leaves]
    structure = inner._replace(classes=nest.pack(inner.types, nested))
    return Recipe(
        "WindowDataset",
        structure,
        lambda: raw.WindowDataset(
            source._as_variant_tensor(), *numbers, flag, **structure.attrs()
        ),
    )


def grouped(
    source: Source,
    key_func: Callable[..., Any],
    reduce_func: Callable[..., Any],
    window_size_func: Callable[..., Any],
    kind: Any,
) -> Recipe:
    """Windows of elements of one key, each reduced to a dataset."""
    key = Traced(key_func, "tf.contrib.data.group_by_window()", source._structure)
    if not _is_scalar(key.structure, int64):
        raise ValueError(
            "`key_func` must return a single tf.int64 tensor. Got type="
            f"{key.structure.types} and shape={key.structure.shapes}"
        )
    size = Traced(window_size_func, "tf.contrib.data.group_by_window()", _KEY)
    if not _is_scalar(size.structure, int64):
        raise ValueError("`window_size_func` must return a single tf.int64 tensor.")
    window = Structure(_KEY.types, TensorShape([]), Nested(source._structure, kind))
    reduce = Traced(reduce_func, "reduce_by_window()", _KEY, window)
    if not reduce.gives_dataset:
        raise TypeError("`reduce_func` must return a `Dataset` object.")
    structure: Structure = reduce.structure.classes.structure
    return Recipe(
        "_GroupByWindowDataset",
        structure,
        lambda: raw.GroupByWindowDataset(
            source._as_variant_tensor(),
            key.captured,
            reduce.captured,
            size.captured,
            key_func=key.attach(),
            reduce_func=reduce.attach(),
            window_size_func=size.attach(),
            **structure.attrs(),
        ),
    )


def _is_scalar(structure: Structure, dtype: DType) -> bool:
    return (
        isinstance(structure.types, DType)
        and structure.types is dtype
        and structure.classes is Tensor
        and structure.shapes.is_compatible_with([])
    )


def _state(initial: Any, func: Callable[..., Any], label: str, *more: Structure) -> Any:
    """The state as tensors, and `func` traced with it and further elements."""
    state = as_tensors(initial, "initial_state")
    structure = of_tensors(state)
    return state, structure, Traced(func, label, structure, *more, unpack=False)


def scanned(
    source: Source, initial_state: Any, scan_func: Callable[..., Any]
) -> Recipe:
    """What a function makes of each element and a state that it hands on."""
    state, before, traced = _state(
        initial_state, scan_func, "tf.contrib.data.scan()", source._structure
    )
    returned = traced.returned
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise TypeError(
            "The scan function must return a pair comprising the new state and the "
            "output value."
        )
    after, structure = of_tensors(returned[0]), of_tensors(returned[1])
    check_state(before, after, "scan_func")
    flat = travelling(state)
    return Recipe(
        "_ScanDataset",
        structure,
        lambda: raw.ScanDataset(
            source._as_variant_tensor(),
            flat,
            traced.captured,
            f=traced.attach(),
            **structure.attrs(),
        ),
    )


def check_state(before: Structure, after: Structure, name: str) -> None:
    """A state must stay what it is.

    Raises:
        TypeError: the function gives another one.
    """
    if nest.flatten(before.types) != nest.flatten(after.types):
        raise TypeError(
            f"The element types for the new state must match the initial state. "
            f"Expected {before.types}; got {after.types} from `{name}`."
        )
    if any(kind is SparseTensor for _, _, kind in after.leaves):
        raise TypeError("A state cannot hold sparse tensors.")


def reduced(source: Source, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
    """The state that is left when a function took all elements."""
    state, before, traced = _state(
        initial_state, reduce_func, "Dataset.reduce()", source._structure
    )
    check_state(before, traced.structure, "reduce_func")
    shapes = nest.map_structure(relaxed, before.shapes, traced.structure.shapes)
    structure = Structure(before.types, shapes, before.classes)
    found = raw.ReduceDataset(
        source._as_variant_tensor(),
        travelling(state),
        traced.captured,
        f=traced.attach(),
        **structure.attrs(),
    )
    return structure.pack(found)
