"""Flattening and packing of nested structures."""

import re
from collections import OrderedDict, defaultdict, deque, namedtuple
from types import MappingProxyType

import numpy as np
import pytest

from interactive_graphs._util import nest


def exactly(text):
    return f"^{re.escape(text)}$"


Point = namedtuple("Point", "x y")
Pair = namedtuple("Pair", "x y")


class Row(list):
    """A list by another name."""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], True),
        ((), True),
        ({}, True),
        (Point(1, 2), True),
        (range(2), True),
        (deque(), True),
        (MappingProxyType({}), True),
        ("a", False),
        (b"a", False),
        (bytearray(b"a"), False),
        (np.zeros(2), False),
        ({1}, False),
        (iter([]), False),
        ({}.keys(), False),
        (None, False),
        (3, False),
    ],
)
def test_what_is_a_structure(value, expected):
    assert nest.is_sequence(value) is expected


@pytest.mark.parametrize(
    ("structure", "leaves"),
    [
        (3, [3]),
        (None, [None]),
        ("ab", ["ab"]),
        ([], []),
        ([[], {}, ()], []),
        ([1, (2, [3]), {"b": 4, "a": 5}, Point(6, 7)], [1, 2, 3, 5, 4, 6, 7]),
        (range(3), [0, 1, 2]),
    ],
)
def test_flatten(structure, leaves):
    assert nest.flatten(structure) == leaves


def test_flatten_keeps_arrays_whole():
    array = np.zeros((2, 2))
    assert nest.flatten([array])[0] is array


def test_dicts_need_keys_that_can_be_sorted():
    with pytest.raises(TypeError, match="only supports dicts with sortable keys"):
        nest.flatten({1: 1, "a": 2})


@pytest.mark.parametrize(
    "structure",
    [
        0,
        [0, (1, Point(2, 3))],
        {"a": 0, "b": [1, 2]},
        OrderedDict([("a", 0), ("b", (1,))]),
        [],
        ({}, [()]),
        Row([0, 1]),
        deque([0, 1]),
    ],
    ids=repr,
)
def test_packing_the_leaves_gives_an_equal_structure(structure):
    again = nest.pack_sequence_as(structure, nest.flatten(structure))
    assert again == structure
    assert type(again) is type(structure)


def test_pack_keeps_the_order_of_keys_but_fills_by_sorted_keys():
    packed = nest.pack_sequence_as(OrderedDict([("b", 1), ("a", 2)]), [5, 6])
    assert list(packed.items()) == [("b", 6), ("a", 5)]
    nested = nest.pack_sequence_as({"b": {"y": 0, "x": 0}, "a": 0}, (1, 2, 3))
    assert nested == {"a": 1, "b": {"x": 2, "y": 3}}
    assert list(nested) == ["b", "a"]


def test_pack_keeps_a_defaultdicts_factory_and_the_original():
    original = defaultdict(list, a=1)
    packed = nest.pack_sequence_as(original, [2])
    assert packed == {"a": 2}
    assert packed["new"] == []
    assert original == {"a": 1}


def test_pack_turns_a_range_into_a_list():
    assert nest.pack_sequence_as(range(2), ["a", "b"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("structure", "flat", "error", "text"),
    [
        (1, [5, 6], ValueError, "Structure is a scalar but len(flat_sequence) == 2"),
        (
            [1, 2, 3],
            [5, 6],
            ValueError,
            "Could not pack sequence. Structure had 3 elements, but flat_sequence had "
            "2 elements.  Structure: [1, 2, 3], flat_sequence: [5, 6].",
        ),
        ([1], 5, TypeError, "flat_sequence must be a sequence"),
    ],
)
def test_pack_with_the_wrong_leaves(structure, flat, error, text):
    with pytest.raises(error, match=re.escape(text)):
        nest.pack_sequence_as(structure, flat)


def test_map_structure():
    assert nest.map_structure(lambda x: x + 1, Point(1, (2,))) == Point(2, (3,))
    assert nest.map_structure(
        lambda x, y: x + y, [1, {"a": 2}], [3, OrderedDict(a=4)]
    ) == [4, {"a": 6}]
    assert nest.map_structure(
        lambda x, y: x - y, [1, 2], (1, 1), check_types=False
    ) == [0, 1]
    assert nest.map_structure(abs, -3) == 3


def test_map_structure_refuses_what_is_not_callable():
    with pytest.raises(TypeError, match=r"^func must be callable, got: 3$"):
        nest.map_structure(3, [1])
    with pytest.raises(ValueError, match=r"^Must provide at least one structure$"):
        nest.map_structure(abs)


@pytest.mark.parametrize(
    ("a", "b", "error", "text"),
    [
        ([1, [2]], [1, 2], ValueError, "is a sequence, while substructure"),
        (1, [1], ValueError, '"type=list str=[1]" is a sequence'),
        ([1, [2]], [1, [2, 3]], ValueError, "the same number of elements"),
        ([1, [2]], [1, (2,)], TypeError, "the same sequence type"),
        (Point(1, 2), Pair(1, 2), TypeError, "the same sequence type"),
        (Point(1, 2), (1, 2), TypeError, "the same sequence type"),
        ({"a": 1}, {"b": 1}, ValueError, "the same set of keys"),
    ],
)
def test_structures_that_differ(a, b, error, text):
    for use in (nest.assert_same_structure, lambda *s: nest.map_structure(max, *s)):
        with pytest.raises(error) as caught:
            use(a, b)
        assert "don't have the same nested structure" in str(caught.value)
        assert text in str(caught.value)


def test_structures_that_differ_in_types_only():
    for a, b in (([1], (1,)), ({"a": 1}, {"b": 1}), (Point(1, 2), [1, 2])):
        nest.assert_same_structure(a, b, check_types=False)
    nest.assert_same_structure({"a": 1}, OrderedDict(a=1))
    nest.assert_same_structure(1, "a")


@pytest.mark.parametrize(
    ("dictionary", "expected"),
    [
        ({}, {}),
        ({"a": [1, 2]}, {"a": [1, 2]}),
        ({("a", "b"): (1, 2)}, {"a": 1, "b": 2}),
        ({("a", "b"): [1, 2]}, {"a": 1, "b": 2}),
        (
            {("a", ("b", "c")): (1, (2, 3)), "d": 4},
            {"a": 1, "b": 2, "c": 3, "d": 4},
        ),
        ({Point("a", "b"): Point(1, 2)}, {"a": 1, "b": 2}),
        # The value is followed only as deep as the key.
        ({("a", "b"): ([1, 2], (3, 4))}, {"a": [1, 2], "b": (3, 4)}),
        ({(): ()}, {}),
    ],
)
def test_flatten_dict_items(dictionary, expected):
    assert nest.flatten_dict_items(dictionary) == expected


@pytest.mark.parametrize(
    ("dictionary", "text"),
    [
        (
            {("a", "b"): (1, 2, 3)},
            "Could not flatten dictionary. Key had 2 elements, but value had 3 "
            "elements. Key: ['a', 'b'], value: [1, 2, 3].",
        ),
        (
            {("a", "b"): 1},
            "Could not flatten dictionary. Key had 2 elements, but value had 1 "
            "elements. Key: ['a', 'b'], value: [1].",
        ),
        (
            {(("a", "b"), "c"): ((1, 2, 3), 4)},
            "Could not flatten dictionary. Key had 3 elements, but value had 4 "
            "elements. Key: ['a', 'b', 'c'], value: [1, 2, 3, 4].",
        ),
        (
            {(("a", "b"), "c"): (1, (2, 3))},
            "Could not flatten dictionary. Key had 2 elements, but value had 1 "
            "elements. Key: ['a', 'b'], value: [1].",
        ),
        (
            {("a", "b"): (1, 2), "a": 3},
            "Could not flatten dictionary: key a is not unique.",
        ),
    ],
)
def test_flatten_dict_items_that_do_not_fit(dictionary, text):
    with pytest.raises(ValueError, match=exactly(text)):
        nest.flatten_dict_items(dictionary)


def test_flatten_dict_items_of_something_else():
    with pytest.raises(TypeError, match=r"^input must be a dictionary$"):
        nest.flatten_dict_items([1])


def test_values_of_a_dict_are_a_list():
    values = {"b": 1, "a": (2, 3)}.values()
    assert nest.flatten(values) == [1, 2, 3]
    assert nest.pack_sequence_as(values, list("xyz")) == ["x", ("y", "z")]
