"""What the tests of op families share: running, and inputs of unknown shape."""

import numpy as np
import pytest

import interactive_graphs as tf


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def unknown(value, dtype=None):
    """A tensor of which nothing is known while the graph is built."""
    return tf.placeholder_with_default(tf.constant(value, dtype), None)


def check_value(tensor, value, shape):
    """That a tensor has this value, and this static shape as TF prints it."""
    assert str(tensor.shape) == shape
    got, want = run(tensor), np.asarray(value)
    np.testing.assert_array_equal(got, want)
    assert np.shape(got) == want.shape


def check_fails(make, error, words):
    """That building or running fails with these words, and nothing else breaks."""
    with tf.Session() as sess:
        with pytest.raises(error) as caught:
            sess.run(make())
        message = getattr(caught.value, "message", None) or str(caught.value)
        assert words in message
        assert sess.run(tf.constant(1)) == 1
