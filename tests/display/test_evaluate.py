import ml_dtypes
import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.display.evaluate import (
    MOST_OPERATIONS,
    is_harmless,
    summary_text,
    value_now,
)


def test_without_a_default_session_there_is_no_value():
    assert value_now(tf.constant(1.0)) == ("", "")


def test_constants_have_their_value():
    with tf.Session().as_default():
        assert value_now(tf.constant(5.0) * tf.constant(6.0)) == ("30.0", "30.0")


def test_another_graphs_session_is_not_asked():
    with tf.Graph().as_default():
        elsewhere = tf.constant(1.0)
    with tf.Session().as_default():
        assert value_now(elsewhere) == ("", "")


def test_what_has_to_be_fed_has_no_value():
    x = tf.placeholder(tf.float32, [])
    with tf.Session().as_default():
        assert value_now(x + 1.0) == ("", "")


def test_variables_are_read():
    variable = tf.Variable(42, name="foo")
    with tf.Session().as_default() as session:
        assert value_now(variable + 1)[0] == "not initialized in the default session"
        session.run(variable.initializer)
        assert value_now(variable + 1) == ("43", "43")


def test_nothing_is_assigned_by_looking():
    variable = tf.Variable(1.0)
    change = variable.assign_add(1.0)
    with tf.Session().as_default() as session:
        session.run(variable.initializer)
        assert value_now(tf.convert_to_tensor(change)) == ("", "")
        assert session.run(variable) == 1.0


def test_no_random_number_is_drawn():
    """It would be missing from the sequence that the user's runs see."""
    draw = tf.random_uniform([2], seed=1)
    with tf.Session().as_default():
        assert not is_harmless(draw)
        assert value_now(draw) == ("", "")


def test_large_computations_are_left_alone():
    big = tf.zeros([2000, 2000])
    assert not is_harmless(big + 1.0)
    x = tf.constant(0.0)
    for _ in range(MOST_OPERATIONS):
        x = tf.negative(x)
    assert not is_harmless(x)


def test_python_functions_are_not_called():
    called = []
    y = tf.py_func(called.append, [tf.constant(1.0)], tf.float32)
    with tf.Session().as_default():
        assert value_now(y) == ("", "")
    assert called == []


def test_a_closed_session_gives_no_value():
    session = tf.Session()
    with session.as_default():
        tensor = tf.constant(1.0)
        session.close()
        assert value_now(tensor) == ("", "")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32(1.5), "1.5"),
        (np.array([1, 2, 3]), "[1, 2, 3]"),
        (np.arange(100.0), "float64 (100,) min 0, mean 49.5, max 99"),
        (np.full(20, np.nan, np.float32), "float32 (20,) 20 NaN"),
        (
            np.array([1.0] * 18 + [np.inf, np.nan]),
            "float64 (20,) min 1, mean 1, max 1, 1 NaN, 1 inf",
        ),
        (np.ones(20, ml_dtypes.bfloat16), "bfloat16 (20,) min 1, mean 1, max 1"),
        (np.zeros((0, 3)), "[]"),
        (np.array([b"x"] * 20, object), "string (20,)"),
        (np.zeros(20, bool), "bool (20,)"),
    ],
)
def test_large_values_are_told_by_their_statistics(value, text):
    assert summary_text(value) == text
