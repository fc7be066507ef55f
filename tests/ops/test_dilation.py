"""Dilation and erosion: their duality, and the words of their refusals."""

import numpy as np
import pytest

import interactive_graphs as tf

ONES = [1, 1, 1, 1]


def test_erosion_is_the_dilation_of_the_negative():
    image = np.random.default_rng(1).standard_normal([1, 5, 6, 2])
    kernel = np.random.default_rng(2).standard_normal([3, 3, 2])
    with tf.Session() as sess:
        eroded = tf.nn.erosion2d(image, kernel, ONES, ONES, "SAME")
        grown = tf.nn.dilation2d(-image, kernel[::-1, ::-1], ONES, ONES, "SAME")
        np.testing.assert_array_equal(*sess.run([eroded, -grown]))


def test_a_flat_filter_pools():
    image = np.random.default_rng(3).standard_normal([2, 6, 6, 1])
    with tf.Session() as sess:
        grown = tf.nn.dilation2d(image, np.zeros([2, 2, 1]), ONES, ONES, "VALID")
        pooled = tf.nn.max_pool(image, [1, 2, 2, 1], ONES, "VALID")
        np.testing.assert_array_equal(*sess.run([grown, pooled]))


@pytest.mark.parametrize(
    ("image", "kernel", "strides", "error", "words"),
    [
        ([1, 4, 4, 2], [2, 2, 1], ONES, tf.errors.InvalidArgumentError,
         "input and filter must have the same depth: 2 vs 1"),
        ([1, 4, 4, 2], [2, 2, 2, 1], ONES, tf.errors.InvalidArgumentError,
         r"filter must be 3-dimensional: \[2,2,2,1\]"),
        ([4, 4, 2], [2, 2, 2], ONES, tf.errors.InvalidArgumentError,
         r"input must be 4-dimensional\[4,4,2\]"),
        ([1, 4, 4, 2], [2, 2, 2], [2, 1, 1, 1], tf.errors.UnimplementedError,
         "Stride is only supported across spatial dimensions."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_when_it_runs(
    image, kernel, strides, error, words
):
    x = tf.placeholder_with_default(np.zeros(image), None)
    f = tf.placeholder_with_default(np.zeros(kernel), None)
    with tf.Session() as sess, pytest.raises(error, match=words):
        sess.run(tf.nn.dilation2d(x, f, strides, ONES, "SAME"))
