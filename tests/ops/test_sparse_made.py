"""SparseTensors made of others, spectra turned and turned back."""

import numpy as np
import pytest

import interactive_graphs as tf


def test_a_dense_tensor_goes_there_and_back():
    dense = np.array([[1, 0], [0, 2]])
    sparse = tf.sparse.from_dense(dense)
    wide = tf.sparse.expand_dims(sparse, 1)
    with tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(tf.sparse.to_dense(sparse)), dense)
        back = sess.run(tf.sparse.to_dense(wide))
    np.testing.assert_array_equal(back, dense[:, None, :])


def test_an_axis_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"axis 3 not in \[-3, 2\]"):
        tf.sparse.expand_dims(tf.sparse.eye(2), 3)


def test_a_shift_is_undone():
    x = np.arange(15).reshape(3, 5)
    with tf.Session() as sess:
        np.testing.assert_array_equal(
            sess.run(tf.signal.ifftshift(tf.signal.fftshift(x))), x
        )
        np.testing.assert_array_equal(
            sess.run(tf.signal.fftshift(x, [1])), np.fft.fftshift(x, 1)
        )
