"""Averages of variables and tensors."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.train.moving_averages import (
    assign_moving_average,
    weighted_moving_average,
)


def test_an_average_starts_as_its_variable_and_follows_it():
    v = tf.Variable([1.0, 2.0], name="v")
    ema = tf.train.ExponentialMovingAverage(0.75)
    update = ema.apply([v])
    average = ema.average(v)
    assert average.op.name == "v/ExponentialMovingAverage" == ema.average_name(v)
    assert update.name == "ExponentialMovingAverage"
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(sess.run(average), [1.0, 2.0])
        sess.run(v.assign([5.0, 6.0]))
        sess.run(update)
        np.testing.assert_allclose(sess.run(average), [2.0, 3.0])
        sess.run(update)
        np.testing.assert_allclose(sess.run(average), [2.75, 3.75])


@pytest.mark.parametrize("use_resource", [False, True])
def test_an_average_under_control_dependencies_sees_the_step(use_resource):
    v = tf.Variable(0.0, use_resource=use_resource)
    ema = tf.train.ExponentialMovingAverage(0.5)
    train = tf.train.GradientDescentOptimizer(1.0).minimize(-8.0 * v)
    with tf.control_dependencies([train]):
        update = ema.apply([v])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(update)
        assert sess.run([v, ema.average(v)]) == [8.0, 4.0]


def test_all_trainable_variables_by_default():
    v, w = tf.Variable(1.0), tf.Variable(1.0, trainable=False)
    ema = tf.train.ExponentialMovingAverage(0.5)
    ema.apply()
    assert ema.average(v) is not None
    assert ema.average(w) is None
    assert tf.moving_average_variables() == [v]
    assert tf.trainable_variables() == [v]


def test_few_updates_move_the_average_faster():
    v = tf.Variable(0.0)
    ema = tf.train.ExponentialMovingAverage(0.9, num_updates=tf.constant(3))
    update = ema.apply([v])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(v.assign(13.0))
        sess.run(update)
        # min(0.9, 4 / 13) of the old value stays.
        np.testing.assert_allclose(sess.run(ema.average(v)), 9.0, 1e-6)


def test_the_average_of_a_tensor_starts_at_zero():
    x = tf.placeholder(tf.float32, [2])
    ema = tf.train.ExponentialMovingAverage(0.75)
    update = ema.apply([x])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(update, {x: [4.0, 8.0]})
        np.testing.assert_allclose(sess.run(ema.average(x)), [1.0, 2.0])


def test_zero_debias_makes_up_for_that_start():
    x = tf.placeholder(tf.float32, [])
    ema = tf.train.ExponentialMovingAverage(0.75, zero_debias=True)
    update = ema.apply([x])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for number in (4.0, 4.0, 4.0):
            sess.run(update, {x: number})
            np.testing.assert_allclose(sess.run(ema.average(x)), 4.0, 1e-6)
        sess.run(update, {x: 8.0})
        # The weights of 8, 4, 4, 4 are 1, 3/4, 9/16, 27/64.
        weights = 0.75 ** np.arange(4)
        wanted = (weights * [8, 4, 4, 4]).sum() / weights.sum()
        np.testing.assert_allclose(sess.run(ema.average(x)), wanted, 1e-6)


def test_names_for_restoring_averages_into_variables():
    v = tf.Variable(1.0, name="v")
    w = tf.Variable(1.0, name="w", trainable=False)
    ema = tf.train.ExponentialMovingAverage(0.5)
    assert ema.average_name(v) == "v/ExponentialMovingAverage"
    ema.apply([v])
    found = ema.variables_to_restore()
    assert found["v/ExponentialMovingAverage"] is v
    assert found["w"] is w
    assert set(found) == {"v/ExponentialMovingAverage", "w"}


def test_what_an_average_refuses():
    ema = tf.train.ExponentialMovingAverage(0.5)
    with pytest.raises(TypeError, match="The variables must be half, float, or double"):
        ema.apply([tf.Variable(1)])
    v = tf.Variable(1.0, name="v")
    ema.apply([v])
    with pytest.raises(ValueError, match="Moving average already computed for: v:0"):
        ema.apply([v])


@pytest.mark.parametrize("use_resource", [False, True])
def test_assign_moving_average(use_resource):
    v = tf.Variable([4.0], use_resource=use_resource)
    update = assign_moving_average(v, [8.0], 0.75, zero_debias=False)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(sess.run(update), [5.0])
        np.testing.assert_allclose(sess.run(v), [5.0])


@pytest.mark.parametrize("use_resource", [False, True])
def test_assign_moving_average_without_bias(use_resource):
    v = tf.Variable([0.0], name="v", use_resource=use_resource)
    update = assign_moving_average(v, [8.0], 0.75)
    names = {variable.op.name for variable in tf.global_variables()}
    assert names == {"v", "v/biased", "v/local_step"}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(sess.run(update), [8.0], 1e-6)


def test_weighted_moving_average():
    x, weight = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    average = weighted_moving_average(x, 0.5, weight)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(average, {x: 4.0, weight: 1.0}) == 4.0
        wanted = (0.5 * 4 + 3 * 8) / (0.5 * 1 + 3)
        found = sess.run(average, {x: 8.0, weight: 3.0})
        np.testing.assert_allclose(found, wanted, 1e-6)
