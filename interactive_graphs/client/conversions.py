"""User types in fetches and feeds.

A type says which graph elements stand for one of its objects, and how values become one
again. SparseTensor and IndexedSlices are registered here the same way.
Read next: `fetches.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from interactive_graphs.framework.sparse import (
    IndexedSlices,
    IndexedSlicesValue,
    SparseTensor,
    SparseTensorValue,
)

FetchFunction = Callable[[Any], tuple[list[Any], Callable[[list[Any]], Any]]]
FeedFunction = Callable[[Any, Any], list[tuple[Any, Any]]]
PartialFeedFunction = Callable[[Any], list[Any]]


class Conversion(NamedTuple):
    """How one type is fetched and fed."""

    type: type
    fetch: FetchFunction
    feed: FeedFunction | None
    feed_for_partial_run: PartialFeedFunction | None


def _fetch_sparse(value: SparseTensor) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    parts = [value.indices, value.values, value.dense_shape]
    return parts, lambda values: SparseTensorValue(*values)


def _feed_sparse(key: SparseTensor, value: Any) -> list[tuple[Any, Any]]:
    parts = [key.indices, key.values, key.dense_shape]
    return list(zip(parts, value, strict=False))


def _slices_parts(value: IndexedSlices) -> list[Any]:
    parts = [value.values, value.indices]
    return parts if value.dense_shape is None else [*parts, value.dense_shape]


def _fetch_slices(value: IndexedSlices) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    def contract(values: list[Any]) -> Any:
        return IndexedSlicesValue(*values, *[None] * (3 - len(values)))

    return _slices_parts(value), contract


def _feed_slices(key: IndexedSlices, value: Any) -> list[tuple[Any, Any]]:
    return list(zip(_slices_parts(key), value, strict=False))


# Newest first; these two are asked after every user type.
_conversions: list[Conversion] = [
    Conversion(
        SparseTensor,
        _fetch_sparse,
        _feed_sparse,
        lambda key: [key.indices, key.values, key.dense_shape],
    ),
    Conversion(IndexedSlices, _fetch_slices, _feed_slices, _slices_parts),
]


def find(obj: Any) -> Conversion | None:
    """The conversion of the newest registered type that `obj` is an instance of."""
    for conversion in _conversions:
        if isinstance(obj, conversion.type):
            return conversion
    return None


def register_session_run_conversion_functions(
    tensor_type: type,
    fetch_function: FetchFunction,
    feed_function: FeedFunction | None = None,
    feed_function_for_partial_run: PartialFeedFunction | None = None,
) -> None:
    """Let `Session.run` fetch and feed objects of a type.

    Args:
        tensor_type: the type; its subclasses are taken too.
        fetch_function: `fn(obj) -> (elements, contract)`: the tensors, operations or
            names that are fetched for it, and what makes a result of their values.
        feed_function: `fn(key, value) -> [(tensor, value), ...]`.
        feed_function_for_partial_run: `fn(key) -> [tensor, ...]`.

    Raises:
        ValueError: the type, or a subclass of it, is registered already.
    """
    for conversion in _conversions:
        if issubclass(conversion.type, tensor_type):
            raise ValueError(f"{tensor_type} has already been registered so ignore it.")
    _conversions.insert(
        0,
        Conversion(
            tensor_type, fetch_function, feed_function, feed_function_for_partial_run
        ),
    )
