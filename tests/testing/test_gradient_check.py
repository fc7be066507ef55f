"""The gradient check finds right gradients right and wrong ones wrong."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import registry, stacks
from interactive_graphs.testing.gradient_check import (
    compute_gradient,
    compute_gradient_error,
)


@pytest.fixture(autouse=True)
def _session():
    with tf.Session():
        yield


@pytest.fixture
def _forget_gradients(monkeypatch):
    monkeypatch.setattr(registry, "_GRADIENTS", dict(registry._GRADIENTS))


def test_jacobians_of_a_product():
    x = tf.placeholder(tf.float64, [3])
    matrix = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    y = tf.reduce_sum(tf.reshape(x, [3, 1]) * matrix, 0)
    by_rule, by_difference = compute_gradient(x, [3], y, [2])
    np.testing.assert_allclose(by_rule, matrix)
    np.testing.assert_allclose(by_difference, matrix, 1e-9)


def test_at_a_given_point():
    x = tf.placeholder(tf.float64, [2])
    start = [2.0, 5.0]
    by_rule, by_difference = compute_gradient(x, [2], x * x, [2], x_init_value=start)
    np.testing.assert_allclose(by_rule, np.diag([4.0, 10.0]))
    np.testing.assert_allclose(by_difference, np.diag([4.0, 10.0]), 1e-9)
    assert start == [2.0, 5.0]


def test_the_error_is_small_for_a_right_gradient():
    x = tf.constant([0.5, 1.0, 1.5], tf.float64)
    assert compute_gradient_error(x, [3], tf.sin(x), [3]) < 1e-6


@pytest.mark.usefixtures("_forget_gradients")
def test_the_error_is_large_for_a_wrong_gradient():
    tf.RegisterGradient("Wrong")(lambda op, grad: 1.5 * grad)
    x = tf.constant([0.5, 1.0], tf.float64)
    with tf.get_default_graph().gradient_override_map({"Identity": "Wrong"}):
        y = tf.identity(x)
    np.testing.assert_allclose(compute_gradient_error(x, [2], y, [2]), 0.5, 1e-6)


def test_float32_needs_a_larger_step():
    x = tf.constant([0.5, 1.0])
    assert compute_gradient_error(x, [2], x * x, [2], delta=1e-2) < 1e-3


def test_complex_numbers_count_as_two():
    z = tf.placeholder(tf.complex128, [2])
    by_rule, _ = compute_gradient(z, [2], z * z, [2])
    assert by_rule.shape == (4, 4)
    assert compute_gradient_error(z, [2], z * z, [2]) < 1e-9


def test_several_tensors_at_once():
    x = tf.placeholder(tf.float64, [2])
    y = tf.placeholder(tf.float64, [])
    pairs = compute_gradient([x, y], [[2], []], x * y, [2], [np.ones(2), np.float64(3)])
    np.testing.assert_allclose(pairs[0][0], np.diag([3.0, 3.0]))
    np.testing.assert_allclose(pairs[1][0], [[1.0, 1.0]])
    np.testing.assert_allclose(pairs[1][1], [[1.0, 1.0]])
    assert compute_gradient_error([x, y], [[2], []], x * y, [2]) < 1e-9


def test_slices_are_put_where_they_belong():
    x = tf.placeholder(tf.float64, [3, 2])
    y = tf.gather(x, [2, 0, 2])
    assert compute_gradient_error(x, [3, 2], y, [3, 2]) < 1e-9


def test_a_y_that_does_not_depend_on_x():
    x = tf.placeholder(tf.float64, [2])
    by_rule, by_difference = compute_gradient(x, [2], tf.constant([1.0]), [1])
    np.testing.assert_array_equal(by_rule, np.zeros((2, 1)))
    np.testing.assert_array_equal(by_difference, np.zeros((2, 1)))


def test_empty_tensors():
    x = tf.placeholder(tf.float64, [0, 2])
    by_rule, by_difference = compute_gradient(x, [0, 2], x * 2.0, [0, 2])
    assert by_rule.shape == by_difference.shape == (0, 0)
    assert compute_gradient_error(x, [0, 2], x * 2.0, [0, 2]) == 0.0


def test_targets_and_feeds():
    v = tf.Variable(3.0, dtype=tf.float64)
    x, factor = tf.placeholder(tf.float64, []), tf.placeholder(tf.float64, [])
    error = compute_gradient_error(
        x, [], x * x * v * factor, [], 1.0, init_targets=v.initializer,
        extra_feed_dict={factor: 2.0},
    )  # fmt: skip
    assert error < 1e-6


def test_variables_through_their_value():
    v = tf.Variable([1.0, 2.0], dtype=tf.float64)
    value = v.value()
    assert (
        compute_gradient_error(value, [2], v * v, [2], init_targets=v.initializer)
        < 1e-9
    )


def test_it_needs_known_shapes():
    x = tf.placeholder(tf.float64, [2])
    with pytest.raises(ValueError, match="must be known"):
        compute_gradient(x, [None], x, [2])


def test_it_needs_a_session(monkeypatch):
    monkeypatch.setattr(stacks.default_sessions, "items", [])
    x = tf.placeholder(tf.float64, [2])
    with pytest.raises(ValueError, match="runs in the default session"):
        compute_gradient(x, [2], x, [2])
