"""Pools and convolutions of sequences: the other data format, and refusals."""

import numpy as np
import pytest

import interactive_graphs as tf

SEQUENCES = np.random.default_rng(1).standard_normal([2, 7, 3])


@pytest.mark.parametrize("pool", [tf.nn.max_pool1d, tf.nn.avg_pool1d])
def test_pools_take_channels_first(pool):
    first = pool(SEQUENCES.transpose(0, 2, 1), [1, 1, 3], [1, 1, 2], "SAME", "NCW")
    last = pool(SEQUENCES, 3, 2, "SAME")
    with tf.Session() as sess:
        a, b = sess.run([first, last])
    np.testing.assert_array_equal(a.transpose(0, 2, 1), b)


def test_a_transposed_convolution_is_the_gradient_of_one():
    x = tf.constant(SEQUENCES)
    filters = np.random.default_rng(2).standard_normal([3, 3, 4])
    y = tf.nn.conv1d(x, filters, 2, "SAME")
    (dx,) = tf.gradients(y, x, tf.ones_like(y))
    back = tf.nn.conv1d_transpose(tf.ones_like(y), filters, [2, 7, 3], 2)
    turned = tf.nn.conv1d_transpose(
        tf.ones([2, 4, 4], tf.float64), filters, [2, 3, 7], 2, data_format="NCW"
    )
    with tf.Session() as sess:
        a, b, c = sess.run([dx, back, turned])
    np.testing.assert_allclose(a, b)
    np.testing.assert_allclose(a.transpose(0, 2, 1), c)


def test_a_window_of_odd_length_is_refused():
    with pytest.raises(
        ValueError, match="ksize should be of length 1, 1 or 3 but was 2"
    ):
        tf.nn.max_pool1d(SEQUENCES, [1, 2], 1, "SAME")
    with pytest.raises(
        ValueError, match="strides should be of length 1, 2 or 4 but was 3"
    ):
        tf.nn.max_pool2d(SEQUENCES[None], 2, [1, 2, 1], "SAME")


def test_a_safe_look_up_needs_a_table():
    ids = tf.SparseTensor([[0, 0]], tf.constant([1], tf.int64), [1, 1])
    with pytest.raises(ValueError, match=r"Missing embedding_weights \[\]."):
        tf.nn.safe_embedding_lookup_sparse([], ids)
