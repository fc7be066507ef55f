"""The comparison itself sees a difference where there is one."""

import numpy as np
import pytest

from tests.oracle.programs import Failure, Program, Success, differences

ONE = np.float32(1)


def compare(theirs, ours, **options):
    program = Program("p", lambda tf: tf, **options)
    return differences(program, Success(theirs, []), Success(ours, []))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (ONE, np.float32(1.1)),
        (ONE, np.float64(1)),
        (ONE, np.array(1, np.float32)),
        (ONE, 1.0),
        (np.array([1.0, np.nan]), np.array([np.nan, 1.0])),
        (np.array([np.inf]), np.array([-np.inf])),
        (np.array([1]), np.array([[1]])),
        (np.array([b"a"], object), np.array(["a"], object)),
        (b"a", "a"),
        ([ONE], [ONE, ONE]),
        ([ONE], (ONE,)),
        ({"a": ONE}, {"b": ONE}),
        (None, ONE),
        (True, False),
    ],
)
def test_difference_is_seen(theirs, ours):
    assert compare(theirs, ours) != []


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (ONE, np.float32(1.000001)),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        ({"a": [ONE, None], "b": (b"x",)}, {"b": (b"x",), "a": [ONE, None]}),
        (np.array([b"a"], object), np.array([b"a"], object)),
    ],
)
def test_same_is_same(theirs, ours):
    assert compare(theirs, ours) == []


def test_errors_are_compared_by_type_and_phase():
    program = Program("p", lambda tf: tf)
    error = Failure("build", "ValueError", "one text")
    assert differences(program, error, error._replace(text="another")) == []
    assert differences(program, error, error._replace(phase="run")) != []
    assert differences(program, error, error._replace(error="TypeError")) != []
    assert differences(program, error, Success(ONE, None)) != []


def test_static_shapes_are_compared():
    program = Program("p", lambda tf: tf)
    theirs, ours = Success([ONE], [None]), Success([ONE], [2])
    assert differences(program, theirs, ours) != []


def test_random_values_may_differ_in_value_only():
    assert compare(np.array([1.0]), np.array([2.0]), only_shapes=True) == []
    assert compare(np.array([1.0]), np.array([[2.0]]), only_shapes=True) != []
