"""Nested structures: lists, tuples, namedtuples and dicts within each other.

The values of a dict count as a list, as they were one in Python 2. Whatever is none of
these is a leaf; so are strings, arrays and sets. The leaves have an order, that of
reading from left to right, in which the values of a dict stand sorted by key. All
functions rely on it. This is ``tf.contrib.framework.nest``.

    >>> flatten([1, (2, {"b": 4, "a": 3})])
    [1, 2, 3, 4]
    >>> pack_sequence_as((1, [2]), ["x", "y"])
    ('x', ['y'])

Read next: `../client/fetches.py`, its main user.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence, ValuesView
from typing import Any


def is_sequence(value: Any) -> bool:
    """Whether `value` is a structure rather than a leaf."""
    return isinstance(value, Sequence | Mapping | ValuesView) and not isinstance(
        value, str | bytes | bytearray | memoryview
    )


def flatten(structure: Any) -> list[Any]:
    """Returns the leaves of `structure` in order; a leaf gives a list of itself.

    Raises:
        TypeError: the keys of a dict cannot be sorted.
    """
    return list(_leaves(structure)) if is_sequence(structure) else [structure]


def _leaves(structure: Any) -> Iterator[Any]:
    for child in _children(structure):
        if is_sequence(child):
            yield from _leaves(child)
        else:
            yield child


def _children(structure: Any) -> Sequence[Any]:
    if isinstance(structure, Mapping):
        return [structure[key] for key in _sorted_keys(structure)]
    if isinstance(structure, ValuesView):
        return list(structure)
    return structure  # type: ignore[no-any-return]  # is_sequence says so


def _sorted_keys(mapping: Mapping[Any, Any]) -> list[Any]:
    try:
        return sorted(mapping)
    except TypeError:
        raise TypeError(
            f"nest only supports dicts with sortable keys, not {list(mapping)}"
        ) from None


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """Returns a structure like `structure` with its leaves replaced.

    Args:
        structure: what to imitate: types, keys, and order of keys.
        flat_sequence: as many values as `structure` has leaves, in their order.

    Raises:
        TypeError: `flat_sequence` is no sequence.
        ValueError: it has another length.
    """
    if not is_sequence(flat_sequence):
        raise TypeError(f"flat_sequence must be a sequence, not {flat_sequence!r}")
    flat_structure = flatten(structure)
    if not is_sequence(structure) and len(flat_sequence) != 1:
        raise ValueError(
            "Structure is a scalar but len(flat_sequence) == "
            f"{len(flat_sequence)}, not 1"
        )
    if len(flat_structure) != len(flat_sequence):
        raise ValueError(
            f"Could not pack sequence. Structure had {len(flat_structure)} elements, "
            f"but flat_sequence had {len(flat_sequence)} elements.  "
            f"Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    return _pack(structure, iter(flat_sequence))


def _pack(structure: Any, values: Iterator[Any]) -> Any:
    if not is_sequence(structure):
        return next(values)
    return _like(structure, [_pack(child, values) for child in _children(structure)])


def _like(structure: Any, children: list[Any]) -> Any:
    """Returns a structure of the type of `structure` with other children."""
    if isinstance(structure, dict):
        result = copy.copy(structure)  # keeps a defaultdict's factory
        result.update(zip(_sorted_keys(structure), children, strict=True))
        return result
    make: Any = type(structure)
    if isinstance(structure, Mapping):
        by_key = dict(zip(_sorted_keys(structure), children, strict=True))
        return make((key, by_key[key]) for key in structure)
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return make(*children)
    return children if isinstance(structure, range | ValuesView) else make(children)


def map_structure(
    func: Callable[..., Any], *structure: Any, check_types: bool = True
) -> Any:
    """Applies `func` to the leaves and returns a structure of what it gives.

    Args:
        func: takes one leaf of each structure.
        *structure: structures that are alike; the result is like the first one.
        check_types: whether their types have to be the same too.

    Raises:
        TypeError: `func` is not callable, or the types differ.
        ValueError: there is no structure, or they have different forms.

    Example:
        >>> map_structure(lambda x, y: x + y, [1, (2,)], [10, (20,)])
        [11, (22,)]
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    first, *others = structure
    for other in others:
        assert_same_structure(first, other, check_types=check_types)
    columns = zip(*(flatten(each) for each in structure), strict=True)
    return pack_sequence_as(first, [func(*leaves) for leaves in columns])


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True) -> None:
    """Checks that two structures differ in their leaves only.

    Args:
        nest1: a structure.
        nest2: another one.
        check_types: whether a list differs from a tuple, and {"a": 1} from {"b": 1}.

    Raises:
        TypeError: the types of two sequences differ.
        ValueError: the forms differ.
    """
    try:
        _assert_same(nest1, nest2, check_types)
    except (TypeError, ValueError) as error:
        raise type(error)(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: {_described(nest1)}\n\n"
            f"Second structure: {_described(nest2)}\n\n"
            f"More specifically: {error}"
        ) from None


def _assert_same(a: Any, b: Any, check_types: bool) -> None:
    if is_sequence(a) != is_sequence(b):
        nested, leaf = (a, b) if is_sequence(a) else (b, a)
        raise ValueError(
            f'Substructure "{_described(nested)}" is a sequence, while substructure '
            f'"{_described(leaf)}" is not'
        )
    if not is_sequence(a):
        return
    if check_types:
        _assert_same_types(a, b)
    if len(a) != len(b):
        raise ValueError(
            "The two structures don't have the same number of elements. First "
            f"structure: {_described(a)}. Second structure: {_described(b)}"
        )
    for child_a, child_b in zip(_children(a), _children(b), strict=True):
        _assert_same(child_a, child_b, check_types)


def _assert_same_types(a: Any, b: Any) -> None:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        if set(a) != set(b):
            raise ValueError(
                "The two dictionaries don't have the same set of keys. First structure "
                f"has keys {_described(list(a))}, while second structure has keys "
                f"{_described(list(b))}"
            )
    elif type(a) is not type(b):
        raise TypeError(
            "The two namedtuples don't have the same sequence type. First structure "
            f"{_described(a)} has type {type(a).__name__}, while second structure "
            f"{_described(b)} has type {type(b).__name__}"
        )


def _described(value: Any) -> str:
    return f"type={type(value).__name__} str={value}"


def flatten_dict_items(dictionary: Mapping[Any, Any]) -> dict[Any, Any]:
    """Returns a dict in which no key is a structure any more.

    A key that is a structure, e.g. a tuple of tensors, has a value of the same
    structure; they are taken apart together. The value is followed only as deep as
    the key: what stands at a leaf of the key may be a list.

    Raises:
        TypeError: `dictionary` is none.
        ValueError: a value has not the structure of its key, or a leaf occurs twice.

    Example:
        >>> flatten_dict_items({("a", ("b", "c")): (1, ([2, 3], 4)), "d": 5})
        {'a': 1, 'b': [2, 3], 'c': 4, 'd': 5}
    """
    if not isinstance(dictionary, Mapping):
        raise TypeError("input must be a dictionary")
    result: dict[Any, Any] = {}
    for key, value in dictionary.items():
        for leaf, part in _pairs(key, value, key, value):
            if leaf in result:
                raise ValueError(
                    f"Could not flatten dictionary: key {leaf} is not unique."
                )
            result[leaf] = part
    return result


def _pairs(
    key: Any, value: Any, whole_key: Any, whole_value: Any
) -> Iterator[tuple[Any, Any]]:
    if not is_sequence(key):
        yield key, value
        return
    parts = _children(value) if is_sequence(value) else [value]
    if not is_sequence(value) or len(key) != len(parts):
        keys, values = flatten(whole_key), flatten(whole_value)
        if len(keys) == len(values):  # then only this level shows the mistake
            keys, values = list(_children(key)), list(parts)
        raise ValueError(
            f"Could not flatten dictionary. Key had {len(keys)} elements, but value "
            f"had {len(values)} elements. Key: {keys}, value: {values}."
        )
    for child, part in zip(_children(key), parts, strict=True):
        yield from _pairs(child, part, whole_key, whole_value)
