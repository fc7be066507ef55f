"""Structures of dataset elements: tuples, namedtuples and dicts within each other.

Unlike in `_util/nest.py` a list is a leaf: it becomes a tensor.

    >>> flatten(({"b": [1, 2], "a": 3}, 4))
    [3, [1, 2], 4]
    >>> pack((("x", "y"), "z"), [1, 2, 3])
    ((1, 2), 3)

Read next: `structure.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from interactive_graphs.framework.sparse import SparseTensorValue


def is_structure(value: Any) -> bool:
    """Whether `value` has components, rather than being one."""
    if isinstance(value, SparseTensorValue):
        return False
    return isinstance(value, (tuple, Mapping))


def flatten(structure: Any) -> list[Any]:
    """The components in order, those of dicts by their keys."""
    return list(_leaves(structure))


def _leaves(structure: Any) -> Iterator[Any]:
    if not is_structure(structure):
        yield structure
        return
    for child in _children(structure):
        yield from _leaves(child)


def _children(structure: Any) -> Sequence[Any]:
    if isinstance(structure, Mapping):
        return [structure[key] for key in sorted(structure)]
    children: Sequence[Any] = structure
    return children


def pack(structure: Any, values: Sequence[Any]) -> Any:
    """A structure like `structure` with other components.

    Raises:
        ValueError: there are more or fewer values than components.
    """
    flat = flatten(structure)
    if len(flat) != len(values):
        raise ValueError(
            f"Structure had {len(flat)} elements, but flat_sequence had {len(values)} "
            f"elements.  Structure: {structure}, flat_sequence: {values}."
        )
    return _packed(structure, iter(values))


def _packed(structure: Any, values: Iterator[Any]) -> Any:
    if not is_structure(structure):
        return next(values)
    made = [_packed(child, values) for child in _children(structure)]
    if isinstance(structure, Mapping):
        by_key = dict(zip(sorted(structure), made, strict=True))
        return type(structure)((key, by_key[key]) for key in structure)  # type: ignore[call-arg]
    if hasattr(structure, "_fields"):
        return type(structure)(*made)
    return tuple(made)


def map_structure(func: Callable[..., Any], *structures: Any) -> Any:
    """A structure of what `func` makes of the components of structures alike."""
    columns = zip(*map(flatten, structures), strict=True)
    return pack(structures[0], [func(*column) for column in columns])


def assert_same(a: Any, b: Any) -> None:
    """Refuse structures that differ in more than their components.

    Raises:
        ValueError: they have different forms.
        TypeError: their types differ.
    """
    if is_structure(a) != is_structure(b):
        raise ValueError(
            "The two structures don't have the same nested structure. "
            f"First structure: {a}, second structure: {b}."
        )
    if not is_structure(a):
        return
    if isinstance(a, Mapping) != isinstance(b, Mapping):
        raise TypeError(
            "The two structures don't have the same sequence type. First structure has "
            f"type {type(a)}, while second structure has type {type(b)}."
        )
    if isinstance(a, Mapping) and set(a) != set(b):
        raise ValueError(
            "The two dictionaries don't have the same set of keys. First structure has "
            f"keys {list(a)}, while second structure has keys {list(b)}."
        )
    if len(a) != len(b):
        raise ValueError(
            "The two structures don't have the same number of elements. First "
            f"structure: {a}, second structure: {b}."
        )
    for child, other in zip(_children(a), _children(b), strict=True):
        assert_same(child, other)


def pack_up_to(shallow: Any, structure: Any) -> list[Any]:
    """The parts of `structure` at the components of `shallow`, which it is like.

    Raises:
        TypeError, ValueError: it is not.
    """
    if not is_structure(shallow):
        return [structure]
    if not isinstance(structure, (tuple, list, Mapping)):
        raise TypeError(
            "If shallow structure is a sequence, input must also be a sequence. Input "
            f"has type: {type(structure)}."
        )
    if isinstance(shallow, Mapping) != isinstance(structure, Mapping):
        raise TypeError(
            "The two structures don't have the same sequence type. Input structure has "
            f"type {type(structure)}, while shallow structure has type {type(shallow)}."
        )
    if len(structure) != len(shallow):
        raise ValueError(
            "The two structures don't have the same sequence length. Input structure "
            f"has length {len(structure)}, while shallow structure has length "
            f"{len(shallow)}."
        )
    if isinstance(shallow, Mapping):
        if set(shallow) != set(structure):
            raise ValueError(
                "The two structures don't have the same keys. Input structure has keys "
                f"{list(structure)}, while shallow structure has keys {list(shallow)}."
            )
        pairs = [(shallow[key], structure[key]) for key in sorted(shallow)]
    else:
        pairs = list(zip(shallow, structure, strict=True))
    return [part for s, v in pairs for part in pack_up_to(s, v)]
