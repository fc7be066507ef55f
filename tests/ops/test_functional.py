"""map_fn, foldl, foldr, scan: what tables of programs cannot say, and error texts."""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


FUNCTIONS = [tf.map_fn, tf.foldl, tf.foldr, tf.scan]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_not_callable_is_refused(function):
    with pytest.raises(TypeError) as caught:
        function(5, tf.constant([1, 2]))
    assert str(caught.value) == "fn must be callable."


@pytest.mark.parametrize("function", FUNCTIONS)
def test_scalars_are_refused(function):
    with pytest.raises(ValueError, match="1\\+ dimensional Tensor") as caught:
        function(lambda *args: args[-1], tf.constant(1.0))
    assert str(caught.value) == "elems must be a 1+ dimensional Tensor, not a scalar"
    # A list is a structure of tensors, and not a tensor.
    with pytest.raises(ValueError, match="1\\+ dimensional Tensor") as caught:
        function(lambda *args: args[-1], [1, 2, 3])
    words = "elements in elems must be 1+ dimensional Tensors, not scalars"
    assert str(caught.value) == words


@pytest.mark.parametrize("function", FUNCTIONS)
def test_sparse_tensors_are_refused(function):
    sparse = tf.SparseTensor([[0, 0]], [1.0], [2, 2])
    with pytest.raises(TypeError, match="To perform a map over the values of a sparse"):
        function(lambda *args: args[-1], sparse)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_different_lengths_are_refused(function):
    with pytest.raises(ValueError, match="Dimensions 2 and 3 are not compatible"):
        function(lambda *args: args[-1], (tf.zeros([2]), tf.zeros([3])))


def test_another_structure_is_refused():
    with pytest.raises(ValueError, match="don't have the same nested structure"):
        tf.map_fn(lambda x: (x, x), tf.zeros([2]))
    with pytest.raises(ValueError, match="don't have the same nested structure"):
        tf.scan(lambda a, x: (a, x), tf.zeros([2]))


def test_another_dtype_is_refused_when_it_runs():
    y = tf.map_fn(lambda x: x > 0, tf.zeros([2]))
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match="TensorArray dtype is float but Op is trying to write dtype bool",
    ):
        run(y)


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match="after one iteration|Inconsistent shapes"):
        tf.scan(lambda a, x: tf.concat([a, x], 0), tf.zeros([2, 3]))


def test_names():
    x = tf.zeros([2])
    assert tf.map_fn(tf.identity, x).op.name.startswith("map/TensorArrayStack/")
    assert tf.scan(lambda a, _: a, x, name="mine").op.name.startswith("mine/")
    assert tf.foldl(lambda a, _: a, x).op.name == "foldl/while/Exit_2"
    assert tf.foldr(lambda a, _: a, x).op.name == "foldr/while/Exit_2"


def test_the_number_of_elements_may_be_unknown():
    x = tf.placeholder(tf.float32, [None, 2])
    y = tf.scan(lambda a, b: a + b, x)
    assert y.shape.as_list() == [None, 2]
    (dx,) = tf.gradients(y, x)
    for n in (1, 3):
        found, grad = run([y, dx], {x: np.ones((n, 2))})
        assert found[:, 0].tolist() == list(range(1, n + 1))
        assert grad[:, 0].tolist() == list(range(n, 0, -1))


def test_elements_of_unknown_rank():
    x = tf.placeholder(tf.float32)
    y = tf.map_fn(lambda v: v * 2, x)
    assert run(y, {x: np.ones((2, 3))}).shape == (2, 3)


def test_variables_are_made_once_and_read_outside():
    def function(x):
        return x * tf.get_variable("w", [], initializer=tf.ones_initializer())

    with tf.variable_scope("net"):
        y = tf.map_fn(function, tf.constant([1.0, 2.0, 3.0]))
    (w,) = tf.global_variables()
    assert w.op.name == "net/w"
    assert not w.op.name.startswith("map")
    assert run([y, tf.gradients(y, w)[0]])[1] == 6.0
    assert tf.get_variable_scope().caching_device is None


def test_gradients_may_be_left_out():
    x = tf.constant([1.0, 2.0])
    for function in FUNCTIONS:
        y = function(lambda *args: args[0] * args[-1], x, back_prop=False)
        assert tf.gradients(y, x) == [None]


def test_results_of_different_shapes():
    # Allowed, though they cannot be stacked.
    y = tf.map_fn(tf.range, tf.constant([1, 2]), infer_shape=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match="inconsistent shapes"):
        run(y)


def test_trains_a_recurrence():
    # x_t = w * x_(t-1), of which scan is the definition.
    w = tf.Variable(0.5)
    x = tf.scan(lambda a, _: w * a, tf.zeros([4]), initializer=1.0)
    loss = tf.reduce_sum(tf.square(x - [0.8, 0.64, 0.512, 0.4096]))
    train = tf.train.GradientDescentOptimizer(0.05).minimize(loss)
    with tf.Session() as sess:
        sess.run(w.initializer)
        for _ in range(200):
            sess.run(train)
        assert abs(sess.run(w) - 0.8) < 1e-3


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: tf.map_fn(lambda v: v**3, x), [6, 12, 18]),
        (lambda x: tf.scan(lambda a, v: a * v, x), [6, 5, 3]),
        (lambda x: tf.foldl(lambda a, v: a * v, x), [5, 4, 3]),
        (lambda x: tf.foldr(lambda a, v: a * v, x), [5, 4, 3]),
    ],
)
def test_second_derivatives(function, expected):
    # TensorFlow 1 refused them.
    x = tf.constant([1.0, 2.0, 3.0])
    (slope,) = tf.gradients(function(x), x)
    (curvature,) = tf.gradients(slope, x)
    np.testing.assert_allclose(run(curvature), expected, rtol=1e-6)
