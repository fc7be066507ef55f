"""Stateless random numbers: the seed decides, and they are spread as they should be."""

import numpy as np
import pytest

import interactive_graphs as tf


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def test_the_seed_decides():
    seed = tf.placeholder(tf.int64, [2])
    numbers = tf.random.stateless_uniform([100], seed)
    first, again, other = (run(numbers, {seed: s}) for s in ([1, 2], [1, 2], [2, 1]))
    assert (first == again).all()
    assert (first != other).all()


def test_how_they_are_spread():
    uniform, normal, truncated, whole = run(
        [
            tf.random.stateless_uniform([10000], [1, 2], 2.0, 4.0),
            tf.random.stateless_normal([10000], [1, 2], 3.0, 2.0),
            tf.random.stateless_truncated_normal([10000], [1, 2]),
            tf.contrib.stateless.stateless_random_uniform(
                [10000], [3, 4], 0, 5, tf.int32
            ),
        ]
    )
    assert (uniform >= 2).all()
    assert (uniform < 4).all()
    assert abs(uniform.mean() - 3) < 0.03
    assert abs(normal.mean() - 3) < 0.1
    assert abs(normal.std() - 2) < 0.1
    assert np.abs(truncated).max() <= 2
    assert (np.bincount(whole) > 1800).all()


def test_classes_follow_their_probabilities():
    drawn = run(
        tf.contrib.stateless.stateless_multinomial(
            np.log([[0.1, 0.9], [0.5, 0.5]]), 10000, [1, 2]
        )
    )
    assert drawn.mean(1) == pytest.approx([0.9, 0.5], abs=0.02)


def test_narrow_numbers_stay_below_one():
    half = run(tf.random.stateless_uniform([100000], [1, 2], dtype=tf.float16))
    assert half.max() < 1


def test_what_is_refused():
    with pytest.raises(
        ValueError, match="^Must specify maxval for integer dtype tf.int"
    ):
        tf.random.stateless_uniform([2], [1, 2], dtype=tf.int32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="^seed must have shape"):
        run(tf.random.stateless_normal([2], tf.placeholder_with_default([1], None)))
