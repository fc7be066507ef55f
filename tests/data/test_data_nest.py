"""Structures of elements: tuples and dicts, with lists as leaves."""

from collections import OrderedDict, namedtuple

import pytest

from interactive_graphs.data import nest

Pair = namedtuple("Pair", ["x", "y"])


@pytest.mark.parametrize(
    ("structure", "leaves"),
    [
        (1, [1]),
        ([1, 2], [[1, 2]]),
        ((1, [2], (3,)), [1, [2], 3]),
        ({"b": 1, "a": (2, 3)}, [2, 3, 1]),
        (Pair(1, {"k": 2}), [1, 2]),
        (OrderedDict([("b", 1), ("a", 2)]), [2, 1]),
        ((), []),
    ],
)
def test_flatten_and_pack(structure, leaves):
    assert nest.flatten(structure) == leaves
    again = nest.pack(structure, leaves)
    assert again == structure
    assert type(again) is type(structure)


def test_order_of_keys_stays():
    assert list(nest.pack({"b": 0, "a": 0}, [1, 2])) == ["b", "a"]


def test_pack_counts():
    with pytest.raises(ValueError, match="Structure had 2 elements, but flat_sequence"):
        nest.pack((1, 2), [1])


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        (1, (1,), ValueError),
        ((1, 2), (1,), ValueError),
        ({"a": 1}, {"b": 1}, ValueError),
        ((1,), {"a": 1}, TypeError),
        ((1, (2, 3)), (1, (2,)), ValueError),
    ],
)
def test_different_structures(a, b, error):
    with pytest.raises(error):
        nest.assert_same(a, b)


def test_parts_at_the_leaves_of_another():
    assert nest.pack_up_to((0, {"a": 0}), ([1, 2], {"a": (3, 4)})) == [[1, 2], (3, 4)]
    assert nest.pack_up_to((0, 0), [[1], [2]]) == [[1], [2]]
    for shallow, structure, error in (
        ((0, 0), 1, TypeError),
        ((0, 0), (1,), ValueError),
        ({"a": 0}, {"b": 0}, ValueError),
        ({"a": 0}, (1,), TypeError),
    ):
        with pytest.raises(error):
            nest.pack_up_to(shallow, structure)
