"""Sparse tensors on their way through datasets."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from interactive_graphs.ops.sparse_serialize import deserialize_sparse

INDICES = [[0, 1], [1, 0], [1, 2]]
DENSE = np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 3.0]], np.float32)


def sparse():
    return tf.SparseTensor(INDICES, [1.0, 2.0, 3.0], [2, 3])


def dense(value):
    return tf.sparse_tensor_to_dense(value)


@pytest.mark.parametrize("out_type", [tf.string, tf.variant])
def test_round_trip(out_type):
    packed = tf.serialize_sparse(sparse(), out_type=out_type)
    assert (packed.dtype, packed.shape.as_list()) == (out_type, [3])
    with tf.Session() as sess:
        found = sess.run(dense(deserialize_sparse(packed, tf.float32)))
    np.testing.assert_array_equal(found, DENSE)


def test_rows_round_trip():
    packed = tf.serialize_many_sparse(sparse())
    again = tf.deserialize_many_sparse(packed, tf.float32, rank=2)
    assert again.indices.shape.as_list() == [None, 2]
    with tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(dense(again)), DENSE)
        assert sess.run(packed).shape == (2, 3)


def test_batches_of_rows_and_of_batches():
    rows = tf.data.Dataset.from_tensor_slices(sparse())
    nested = rows.batch(1).batch(2).make_one_shot_iterator().get_next()
    with tf.Session() as sess:
        found = sess.run(dense(nested))
    np.testing.assert_array_equal(found, DENSE[:, None])


def test_rows_without_values():
    empty = tf.SparseTensor(np.zeros((0, 2), np.int64), np.zeros(0, np.float32), [2, 3])
    element = tf.data.Dataset.from_tensor_slices(empty).batch(2)
    with tf.Session() as sess:
        found = sess.run(dense(element.make_one_shot_iterator().get_next()))
    np.testing.assert_array_equal(found, np.zeros((2, 3)))


def strings(*parts):
    held = np.empty(len(parts), object)
    held[:] = parts
    return held


GOOD = tf.make_tensor_proto(np.array([[0]])).SerializeToString()
# A few bytes that claim a terabyte.
HUGE = tf.make_tensor_proto(1, tf.int64, [1 << 27, 1 << 10]).SerializeToString()
VECTOR = tf.make_tensor_proto(np.array([1])).SerializeToString()


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        (strings(b"", b""), "should have 3 as the last dimension"),
        (strings(b"\xff", VECTOR, VECTOR), "Could not parse serialized proto"),
        (strings(HUGE, VECTOR, VECTOR), "Could not parse serialized proto"),
        (strings(VECTOR, VECTOR, VECTOR), "a matrix and two vectors"),
        (strings(GOOD, VECTOR, GOOD), "a matrix and two vectors"),
        (strings(GOOD, VECTOR, VECTOR), "Requested SparseTensor of type float32"),
        (np.empty((0, 3), object), "Must have at least 1 serialized SparseTensor"),
    ],
)
def test_refuses_what_is_no_sparse_tensor(packed, text):
    x = tf.placeholder(tf.string)
    parts = raw.DeserializeSparse(x, dtype=tf.float32)
    with (
        tf.Session() as sess,
        pytest.raises(tf.errors.InvalidArgumentError, match=text),
    ):
        sess.run(parts, {x: packed})


def test_unordered_rows_are_refused():
    wrong = tf.SparseTensor([[1, 0], [0, 0]], [1, 2], [2, 2])
    element = tf.data.Dataset.from_sparse_tensor_slices(wrong)
    with (
        tf.Session() as sess,
        pytest.raises(tf.errors.InvalidArgumentError, match="out of order"),
    ):
        sess.run(element.make_one_shot_iterator().get_next())
