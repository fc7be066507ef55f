"""Static shapes, TensorShape and Dimension, with the rules and texts of TF 1.9."""

import pickle
import re

import numpy as np
import pytest

from interactive_graphs import protos
from interactive_graphs.framework import tensor_shape
from interactive_graphs.framework.tensor_shape import (
    Dimension,
    TensorShape,
    broadcast,
    format_list,
    format_shape,
    from_static,
    is_compatible,
    merge,
    to_static,
)

UNKNOWN = TensorShape(None)


def exactly(text):
    return f"^{re.escape(text)}$"


# -- making shapes --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "static"),
    [
        (None, None),
        ([], ()),
        ((), ()),
        (3, (3,)),
        (np.int64(3), (3,)),
        ([2, None], (2, None)),
        ((2, 3), (2, 3)),
        (range(3), (0, 1, 2)),
        (iter([1, 2]), (1, 2)),
        (np.array([2, 3]), (2, 3)),
        ([np.int32(2)], (2,)),
        (Dimension(3), (3,)),
        (Dimension(None), (None,)),
        ([Dimension(3), Dimension(None)], (3, None)),
        (TensorShape([2, None]), (2, None)),
        (UNKNOWN, None),
        (["3"], (3,)),
        ([2.0], (2,)),
        ([True], (1,)),
    ],
)
def test_what_stands_for_a_shape(value, static):
    assert to_static(value) == static


def test_static_dimensions_are_python_ints():
    assert [type(d) for d in to_static([np.int64(2), True, 2.0])] == [int, int, int]


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (
            "3",
            TypeError,
            "A string has ambiguous TensorShape, please wrap in a list or convert to "
            "an int: 3",
        ),
        ([-1], ValueError, "Dimension -1 must be >= 0"),
        (-1, ValueError, "Dimension -1 must be >= 0"),
        ([1.5], ValueError, "Ambiguous dimension: 1.5"),
        (1.5, ValueError, "Ambiguous dimension: 1.5"),
    ],
)
@pytest.mark.parametrize("make", [to_static, TensorShape])
def test_what_stands_for_no_shape(make, value, error, text):
    with pytest.raises(error, match=exactly(text)):
        make(value)


@pytest.mark.parametrize("value", [object(), [[]], [object()], [[1, 2]]])
def test_other_objects_are_no_shape(value):
    with pytest.raises(TypeError):
        TensorShape(value)


@pytest.mark.parametrize("static", [None, (), (2, None), (0, 3)])
def test_proto_round_trip(static):
    proto = TensorShape(static).as_proto()
    assert isinstance(proto, protos.TensorShapeProto)
    assert proto.unknown_rank is (static is None)
    assert [d.size for d in proto.dim] == [-1 if d is None else d for d in static or ()]
    assert to_static(proto) == static


# -- rules on static shapes -----------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((1, None), (None, 3), (1, 3)),
        (None, (2, None), (2, None)),
        ((2,), None, (2,)),
        (None, None, None),
        ((), (), ()),
        ((2, None), (2, None), (2, None)),
    ],
)
def test_merge(a, b, expected):
    assert merge(a, b) == expected
    assert is_compatible(a, b)


@pytest.mark.parametrize(
    ("a", "b", "text"),
    [
        (
            (None, 3),
            (2, 4),
            "Dimension 1 in both shapes must be equal, but are 3 and 4. "
            "Shapes are [?,3] and [2,4].",
        ),
        ((2, 3), (2,), "Shapes must be equal rank, but are 2 and 1"),
        ((), (1,), "Shapes must be equal rank, but are 0 and 1"),
    ],
)
def test_merge_of_contradicting_shapes(a, b, text):
    assert not is_compatible(a, b)
    with pytest.raises(ValueError, match=exactly(text)):
        merge(a, b)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((2, 3), (3,), (2, 3)),
        ((None, 3), (2, 1), (2, 3)),
        ((None,), (2,), (2,)),
        ((None,), (1,), (None,)),
        ((None,), (None,), (None,)),
        (None, (2,), None),
        ((), (2,), (2,)),
        ((2, None, 1), (1, 5), (2, None, 5)),
        ((0,), (1,), (0,)),
        ((None,), (0,), (0,)),
        ((4, 1), (5,), (4, 5)),
    ],
)
def test_broadcast(a, b, expected):
    assert broadcast(a, b) == expected
    assert broadcast(b, a) == expected


def test_broadcast_agrees_with_numpy():
    sizes = [(), (1,), (0,), (3,), (1, 3), (2, 1), (2, 3), (4, 1, 3), (1, 2, 1)]
    for a in sizes:
        for b in sizes:
            try:
                expected = np.broadcast_shapes(a, b)
            except ValueError:
                with pytest.raises(ValueError, match="Dimensions must be equal"):
                    broadcast(a, b)
            else:
                assert broadcast(a, b) == expected


@pytest.mark.parametrize(
    ("a", "b", "pair"),
    [
        ((2,), (3,), "2 and 3"),
        ((2, 3, 4), (6, 7), "3 and 6"),
        ((3, 4), (5, 6, 7), "3 and 6"),
        ((2, None), (3, 4, 5), "2 and 4"),
    ],
)
def test_broadcast_names_the_outermost_difference_in_order(a, b, pair):
    text = f"Dimensions must be equal, but are {pair}"
    with pytest.raises(ValueError, match=exactly(text)):
        broadcast(a, b)


@pytest.mark.parametrize(
    ("static", "as_tuple", "as_list"),
    [
        (None, "<unknown>", "?"),
        ((), "()", "[]"),
        ((3,), "(3,)", "[3]"),
        ((None, 3), "(?, 3)", "[?,3]"),
    ],
)
def test_formats(static, as_tuple, as_list):
    assert format_shape(static) == str(TensorShape(static)) == as_tuple
    assert format_list(static) == as_list


def test_engine_texts_may_name_an_unknown_rank_otherwise():
    assert format_list(None, unknown="<unknown>") == "<unknown>"


@pytest.mark.parametrize(
    ("static", "count", "defined"),
    [
        (None, None, False),
        ((2, None), None, False),
        ((), 1, True),
        ((2, 3), 6, True),
        ((2, 0), 0, True),
    ],
)
def test_number_of_elements(static, count, defined):
    assert tensor_shape.num_elements(static) == count
    assert tensor_shape.is_fully_defined(static) is defined
    assert TensorShape(static).num_elements() == count
    assert TensorShape(static).is_fully_defined() is defined


# -- TensorShape ----------------------------------------------------------------------


def test_m01_merge_of_partial_shapes():
    assert TensorShape([1, None]).merge_with([None, 3]) == [1, 3]
    assert UNKNOWN.merge_with([2]) == [2]
    assert TensorShape([2]).merge_with(UNKNOWN) == [2]


def test_m01_merge_of_contradicting_shapes():
    text = "Shapes (1, 3) and (2, ?) are not compatible"
    with pytest.raises(ValueError, match=exactly(text)):
        TensorShape([1, 3]).merge_with([2, None])


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (len, "Cannot take the length of Shape with unknown rank."),
        (iter, "Cannot iterate over a shape with unknown rank."),
        (TensorShape.as_list, "as_list() is not defined on an unknown TensorShape."),
        (lambda s: s[0:2:1], "Steps are not yet handled"),
        (lambda s: s != [2], "The inequality of unknown TensorShapes is undefined."),
        (
            lambda s: TensorShape([2]) != s,
            "The inequality of unknown TensorShapes is undefined.",
        ),
        (
            TensorShape.assert_is_fully_defined,
            "Shape <unknown> is not fully defined",
        ),
    ],
)
def test_m02_what_an_unknown_rank_does_not_allow(use, text):
    with pytest.raises(ValueError, match=exactly(text)):
        use(UNKNOWN)


def test_m03_concatenate():
    assert TensorShape([2]).concatenate([3]) == [2, 3]
    assert TensorShape([2]).concatenate(Dimension(3)) == [2, 3]
    assert TensorShape([2]) + [3] == [2, 3]
    assert [3] + TensorShape([2]) == [3, 2]
    assert TensorShape([2]).concatenate(None).ndims is None
    assert UNKNOWN.concatenate([2]).ndims is None


def test_m03_slicing():
    shape = TensorShape([2, None, 3])
    assert shape[1:].as_list() == [None, 3]
    assert shape[::-1].as_list() == [3, None, 2]
    assert shape[5:] == []
    assert UNKNOWN[1:3].as_list() == [None, None]
    assert UNKNOWN[:3].as_list() == [None, None, None]
    assert UNKNOWN[3:1] == []
    for key in (slice(1, None), slice(-2, None), slice(None, -1), slice(None)):
        assert UNKNOWN[key].ndims is None


def test_m03_indexing():
    shape = TensorShape([2, None])
    assert shape[0] == 2
    assert shape[-1].value is None
    assert isinstance(shape[1], Dimension)
    assert UNKNOWN[7].value is None
    with pytest.raises(IndexError):
        _ = shape[2]


def test_parts():
    shape = TensorShape([2, None])
    assert shape.ndims == shape.rank == len(shape) == 2
    assert shape.as_list() == [2, None]
    assert [d.value for d in shape.dims] == [2, None]
    assert [d.value for d in shape] == [2, None]
    assert (UNKNOWN.ndims, UNKNOWN.dims) == (None, None)


def test_true_when_the_rank_is_known():
    assert TensorShape([])
    assert not UNKNOWN


def test_repr():
    assert repr(TensorShape([2, None])) == (
        "TensorShape([Dimension(2), Dimension(None)])"
    )
    assert repr(UNKNOWN) == "TensorShape(None)"


def test_equality_accepts_what_stands_for_a_shape():
    assert TensorShape([2, 3]) == (2, 3)
    assert TensorShape([2]) == 2
    assert UNKNOWN == None  # noqa: E711  # the operator is under test
    assert TensorShape([2]) != [3]
    assert not TensorShape([2]) == None  # noqa: E711, SIM201  # likewise
    assert not TensorShape([2]) == "2"  # noqa: SIM201  # likewise
    assert TensorShape([2]) != object()


def test_unknown_dimension_equals_only_itself():
    shape = TensorShape([2, None])
    assert shape != [2, None]
    assert shape != TensorShape([2, None])
    assert shape == shape
    static = (2, None)
    assert from_static(static) == from_static(static)
    assert TensorShape(static) != TensorShape(static)


def test_equal_shapes_have_equal_hashes():
    assert hash(TensorShape([2, 3])) == hash(TensorShape((2, 3)))
    assert len({TensorShape([2, 3]), TensorShape([2, 3])}) == 1


def test_ranks():
    shape = TensorShape([1])
    assert shape.with_rank(1) == shape.with_rank_at_least(1) == [1]
    assert shape.with_rank_at_most(1) == [1]
    assert UNKNOWN.with_rank(2).as_list() == [None, None]
    assert UNKNOWN.with_rank_at_least(2).ndims is None
    assert UNKNOWN.with_rank_at_most(2).ndims is None
    UNKNOWN.assert_has_rank(2)
    shape.assert_same_rank(UNKNOWN)
    shape.assert_same_rank([None])


@pytest.mark.parametrize(
    ("method", "argument", "text"),
    [
        ("with_rank", 2, "Shape (1,) must have rank 2"),
        ("assert_has_rank", 2, "Shape (1,) must have rank 2"),
        ("with_rank_at_least", 2, "Shape (1,) must have rank at least 2"),
        ("with_rank_at_most", 0, "Shape (1,) must have rank at most 0"),
        (
            "assert_same_rank",
            [1, 2],
            "Shapes (1,) and (1, 2) must have the same rank",
        ),
        ("assert_is_compatible_with", [2], "Shapes (1,) and (2,) are incompatible"),
    ],
)
def test_texts_of_failed_assertions(method, argument, text):
    with pytest.raises(ValueError, match=exactly(text)):
        getattr(TensorShape([1]), method)(argument)


def test_partial_shape_is_not_fully_defined():
    with pytest.raises(ValueError, match=r"^Shape \(\?,\) is not fully defined$"):
        TensorShape([None]).assert_is_fully_defined()
    TensorShape([2]).assert_is_fully_defined()


def test_compatibility():
    shape = TensorShape([2, None])
    assert shape.is_compatible_with([2, 5])
    assert shape.is_compatible_with(None)
    assert not shape.is_compatible_with([3, 5])
    assert not shape.is_compatible_with([2])
    shape.assert_is_compatible_with([None, 5])


def test_most_specific_compatible_shape():
    shape = TensorShape([2, 3])
    assert shape.most_specific_compatible_shape([2, 4]).as_list() == [2, None]
    assert shape.most_specific_compatible_shape([2, None]).as_list() == [2, None]
    assert shape.most_specific_compatible_shape([2]).ndims is None
    assert shape.most_specific_compatible_shape(None).ndims is None


def test_pickling():
    assert pickle.loads(pickle.dumps(TensorShape([2, 3]))) == [2, 3]
    assert pickle.loads(pickle.dumps(UNKNOWN)).ndims is None


# -- Dimension ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda d: d + 2, 9),
        (lambda d: 2 + d, 9),
        (lambda d: d - 2, 5),
        (lambda d: 9 - d, 2),
        (lambda d: d * 2, 14),
        (lambda d: 2 * d, 14),
        (lambda d: d // 2, 3),
        (lambda d: 15 // d, 2),
        (lambda d: d % 4, 3),
        (lambda d: 9 % d, 2),
        (lambda d: d + Dimension(1), 8),
    ],
)
def test_m04_arithmetic(compute, expected):
    result = compute(Dimension(7))
    assert isinstance(result, Dimension)
    assert result.value == expected
    assert compute(Dimension(None)).value is None


def test_m04_none_is_contagious():
    assert (Dimension(3) + None).value is None
    assert (Dimension(3) * Dimension(None)).value is None


def test_m04_comparisons():
    three = Dimension(3)
    assert three == 3
    assert three != 4
    assert three < 4
    assert three <= 3
    assert three > 2
    assert three >= Dimension(3)
    assert not three == "x"  # noqa: SIM201  # the operator is under test
    unknown = Dimension(None)
    for answer in (
        three == unknown,
        three != unknown,
        three < None,
        unknown <= 3,
        unknown > unknown,
        three >= unknown,
    ):
        assert answer is None


def test_dimension_stands_for_its_number():
    assert int(Dimension(3)) == 3
    assert list(range(Dimension(2))) == [0, 1]
    assert np.zeros([Dimension(2), 3]).shape == (2, 3)
    assert np.zeros(TensorShape([2, 3])).shape == (2, 3)
    with pytest.raises(TypeError):
        int(Dimension(None))


def test_dimension_printed_forms():
    assert (str(Dimension(3)), str(Dimension(None))) == ("3", "?")
    assert repr(Dimension(None)) == "Dimension(None)"


def test_dimension_compatibility():
    assert Dimension(None).merge_with(4) == 4
    assert Dimension(4).merge_with(None) == 4
    assert Dimension(3).is_compatible_with(None)
    with pytest.raises(ValueError, match=r"^Dimensions 3 and 4 are not compatible$"):
        Dimension(3).merge_with(4)
    with pytest.raises(ValueError, match=r"^Dimensions 3 and 4 are not compatible$"):
        Dimension(3).assert_is_compatible_with(Dimension(4))


def test_negative_dimension():
    with pytest.raises(ValueError, match=r"^Dimension -1 must be >= 0$"):
        Dimension(3) - 4


def test_other_objects_do_not_add_to_a_dimension():
    with pytest.raises(TypeError, match="unsupported operand"):
        Dimension(3) + "a"
