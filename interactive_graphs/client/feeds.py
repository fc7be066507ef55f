"""Feeds: what the user gives, as arrays of the fed tensors' dtypes.

`flatten` takes composite keys apart; `Feeder` checks and converts one tensor's values,
in the order of checks that TF1 has. Read next: `programs.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from interactive_graphs._util import nest, raising
from interactive_graphs.client import conversions
from interactive_graphs.framework import source
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    format_shape,
    is_compatible,
)
from interactive_graphs.kernels.cpu.tensor_store import TensorStore
from interactive_graphs.ops.session_ops import TensorHandle

_NAMED: Final = 5
"""How many placeholders an error names."""


def flatten(graph: Graph, feed_dict: Mapping[Any, Any]) -> dict[Tensor, Any]:
    """A feed dictionary with a tensor for each key.

    Args:
        graph: the session's.
        feed_dict: what `Session.run` was given.

    Returns:
        Values by tensor; a later key for the same tensor wins.

    Raises:
        TypeError: it is no dictionary, or a key stands for no tensor of the graph.
        ValueError: a nested key and its value have different structures.
    """
    feeds: dict[Tensor, Any] = {}
    for key, value in nest.flatten_dict_items(feed_dict).items():
        for part, item in _expand(key, value):
            feeds[key_tensor(graph, part, "feed_dict")] = item
    return feeds


def _expand(key: Any, value: Any) -> list[tuple[Any, Any]]:
    conversion = conversions.find(key)
    if conversion is None:
        return [(key, value)]
    if conversion.feed is None:
        raise TypeError(
            f"Cannot feed a {type(key).__name__}: its conversion was registered "
            "without a feed function."
        )
    return conversion.feed(key, value)


def key_tensor(graph: Graph, key: Any, what: str) -> Tensor:
    """The tensor that a feed key stands for.

    Raises:
        TypeError: it stands for none.
    """
    try:
        element = graph.as_graph_element(key, allow_operation=False)
    except Exception as error:
        refused = TypeError(
            f"Cannot interpret {what} key as Tensor: "
            f"{error.args[0] if error.args else error}"
        )
        raise _with_placeholders(raising.notes_from(error, refused), graph) from None
    assert isinstance(element, Tensor)
    return element


def _with_placeholders(error: TypeError, graph: Graph) -> TypeError:
    """The error with what could have been fed instead."""
    wanted = ("Placeholder", "PlaceholderWithDefault")
    found = [op for op in graph.get_operations() if op.type in wanted]
    lines = [
        f"  {op.name}:0  {op.outputs[0].dtype.name} "
        f"{format_shape(op.outputs[0].static_shape)}, {source.describe(op.stack)}"
        for op in found[:_NAMED]
    ]
    if len(found) > _NAMED:
        lines.append(f"  and {len(found) - _NAMED} more")
    title = "This graph's placeholders:" if found else "This graph has no placeholders."
    error.add_note("\n".join([title, *lines]))
    return raising.about(error, *found[:_NAMED])


def read(
    graph: Graph, feed_dict: Mapping[Any, Any] | None, store: TensorStore
) -> dict[Tensor, Any]:
    """What a step is fed: values by tensor, checked, as programs take them.

    Raises:
        TypeError, ValueError: see `flatten` and `Feeder`.
    """
    feeds = flatten(graph, feed_dict) if feed_dict else {}
    return {tensor: Feeder(tensor, store)(value) for tensor, value in feeds.items()}


class Feeder:
    """Checks and converts the values fed for one tensor.

    Attributes:
        tensor: the fed tensor.
        test: an expression of `{x}` and `{dtype}`, true when a value needs `__call__`.
    """

    __slots__ = ("_dtype", "_shape", "_store", "tensor", "test")

    def __init__(self, tensor: Tensor, store: TensorStore) -> None:
        """Specialise on the tensor's dtype and what is known of its shape.

        Args:
            tensor: the fed tensor.
            store: of the session, which keeps the values of its handles.
        """
        self.tensor = tensor
        self._store = store
        self._dtype = tensor.dtype.base_dtype.np_dtype
        self._shape = tensor.static_shape
        self.test = _quick_test(tensor)

    def __call__(self, value: Any) -> Any:
        """The value as an array.

        Raises:
            TypeError: the value is a graph element, or an int that does not fit.
            ValueError: its shape or contents do not fit, or it may not be fed.
        """
        array: Any = self._of_numbers(value) if type(value) is list else None
        if array is not None:
            return array
        tensor = self.tensor
        _refuse_tensor(value, tensor)
        if isinstance(value, TensorHandle):
            array = value.stored(tensor.dtype.base_dtype, self._store)
        else:
            array = self._converted(value)
        if not is_compatible(self._shape, array.shape):
            error = ValueError(
                f"Cannot feed value of shape {array.shape!r} for Tensor "
                f"'{tensor.name}', which has shape '{format_shape(self._shape)}'"
            )
            raise _side_by_side(error, tensor, value, array)
        if not tensor.graph.is_feedable(tensor):
            raise ValueError(f"Tensor {tensor} may not be fed.")
        return array

    def _of_numbers(self, value: list[Any]) -> np.ndarray | None:
        """A list as an array, if it is in order; else None, and it is said why."""
        if self._dtype.kind == "O" or self.test == "True":
            return None
        try:
            array: np.ndarray = np.asarray(value, self._dtype)
        except Exception:
            return None
        shape = self._shape
        fits = array.shape == shape or is_compatible(shape, array.shape)
        return array if fits else None

    def _converted(self, value: Any) -> np.ndarray:
        dtype = self._dtype
        if isinstance(value, int):
            _check_int(value, dtype)
        if dtype.kind == "O":
            return _string_array(value)
        try:
            return np.asarray(value, dtype=dtype)
        except OverflowError:
            # numpy 2 refuses what TF1's numpy wrapped: convert first, then cast.
            return np.asarray(value).astype(dtype)


def _side_by_side(
    error: ValueError, tensor: Tensor, value: Any, array: np.ndarray
) -> ValueError:
    """The error with what was expected above what was given."""
    wanted = f"{tensor.dtype.base_dtype.name} {format_shape(tensor.static_shape)}"
    is_array = isinstance(value, (np.ndarray, np.generic))
    kind = str(value.dtype) if is_array else type(value).__name__
    error.add_note(f"expected  {wanted}\ngiven     {kind} {array.shape!r}")
    where = source.describe(tensor.op.stack)
    if where:
        error.add_note(f"Tensor '{tensor.name}' was {where}")
    return raising.about(error, tensor.op)


def _quick_test(tensor: Tensor) -> str:
    """True for everything but an array of exactly the right dtype and shape."""
    if not tensor.graph.is_feedable(tensor):
        return "True"
    test = "type({x}) is not ndarray or {x}.dtype is not {dtype}"
    shape = tensor.static_shape
    if shape is None:
        return test
    if None not in shape:
        return f"{test} or {{x}}.shape != {shape!r}"
    known = [
        f" or {{x}}.shape[{i}] != {d}" for i, d in enumerate(shape) if d is not None
    ]
    return f"{test} or {{x}}.ndim != {len(shape)}" + "".join(known)


def _refuse_tensor(value: Any, tensor: Tensor) -> None:
    if isinstance(value, Tensor):
        raise TypeError(
            "The value of a feed cannot be a tf.Tensor object. Acceptable feed values "
            "include Python scalars, strings, lists, numpy ndarrays, or TensorHandles. "
            f"For reference, the tensor object was {value} which was passed to the "
            f"feed with key {tensor}."
        )


def _check_int(value: int, dtype: Any) -> None:
    """Refuse a bare int that the dtype cannot hold; for strings no int fits."""
    try:
        fits = dtype.kind != "O" and dtype.type(value) == value
    except (OverflowError, TypeError, ValueError):
        fits = False
    if not fits:
        kind = str if dtype.kind == "O" else dtype.type
        raise TypeError(
            f"Type of feed value {value} with type {type(value)} is not compatible "
            f"with Tensor type {kind}. Try explicitly setting the type of the feed "
            "tensor to a larger type (e.g. int64)."
        )


def _string_array(value: Any) -> np.ndarray:
    """Strings as they were given, in an object array."""
    if isinstance(value, np.ndarray):
        return value if value.dtype == object else value.astype(object)
    if isinstance(value, (str, bytes)):
        array = np.empty((), object)
        array[()] = value
        return array
    return np.asarray(value, dtype=object)


def partial_run_tensors(graph: Graph, feeds: Any) -> list[Tensor]:
    """The tensors that `partial_run_setup` declares as feeds.

    Args:
        graph: the session's.
        feeds: one element or a list or tuple of elements, None for none.

    Raises:
        TypeError: an element stands for no tensor of the graph.
    """
    items = [] if feeds is None else feeds
    if not isinstance(items, (list, tuple)):
        items = [items]
    parts: list[Any] = list(itertools.chain.from_iterable(map(_partial_parts, items)))
    return [key_tensor(graph, part, "feed_list") for part in parts]


def _partial_parts(item: Any) -> list[Any]:
    conversion = conversions.find(item)
    if conversion is None:
        return [item]
    if conversion.feed_for_partial_run is None:
        raise TypeError(
            f"Cannot feed a {type(item).__name__} in a partial run: its conversion was "
            "registered without a feed function for partial runs."
        )
    return conversion.feed_for_partial_run(item)
