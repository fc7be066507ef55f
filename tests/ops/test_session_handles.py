"""Behaviours N30 to N34 of the checklist: values kept in the session."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import interactive_graphs as tf

DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


@pytest.fixture
def handle(sess):
    return sess.run(tf.get_session_handle(tf.constant([1.0, 2.0]) * 2.0))


def test_N30_a_later_run_uses_the_value(sess):
    a, b = tf.constant(10), tf.constant(5)
    h = sess.run(tf.get_session_handle(tf.multiply(a, b)))
    holder, kept = tf.get_session_tensor(h.handle, tf.int32)
    assert sess.run(tf.multiply(kept, 10), {holder: h.handle}) == 500
    assert sess.run(kept, {holder: h.get_raw_handle()}) == 50


def test_what_a_handle_is(handle):
    assert isinstance(handle, tf.TensorHandle)
    assert handle.handle == f"GetSessionHandle;0;{DEVICE}"
    assert str(handle) == handle.handle
    np.testing.assert_array_equal(handle.eval(), [2, 4])
    as_array = np.asarray(handle)
    assert as_array.shape == ()
    assert as_array.item() == handle.handle


def test_numbers_go_up(sess):
    node = tf.get_session_handle(tf.constant(1), name="keep")
    texts = [str(sess.run(node)) for _ in range(3)]
    assert texts == [f"keep;{i};{DEVICE}" for i in range(3)]


def test_handles_within_structures(sess):
    x = tf.constant(1)
    nodes = {"a": tf.get_session_handle(x), "b": [tf.get_session_handle(x + 1), x]}
    found = sess.run(nodes)
    assert found["a"].eval() == 1
    assert found["b"][0].eval() == 2
    assert found["b"][1] == 1


def test_the_value_is_a_snapshot(sess):
    v = tf.Variable([1, 2])
    sess.run(v.initializer)
    h = sess.run(tf.get_session_handle(v.read_value()))
    sess.run(v.assign([5, 6]))
    np.testing.assert_array_equal(h.eval(), [1, 2])


def test_eval_again_and_again_does_not_grow_the_graph(handle):
    handle.eval()
    before = len(tf.get_default_graph().get_operations())
    handle.eval()
    assert len(tf.get_default_graph().get_operations()) == before


def test_N31_deleted(sess, handle):
    holder, kept = tf.get_session_tensor(handle.handle, tf.float32)
    handle.delete()
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=rf"The tensor with handle '{handle.handle}' is not in the session store",
    ):
        sess.run(kept, {holder: handle.handle})
    for use in (handle.eval, handle.delete):
        with pytest.raises(TypeError, match="may have already been deleted"):
            use()


def test_N31_delete_session_tensor_twice(sess, handle):
    text = handle.get_raw_handle().decode()
    holder, deleter = tf.delete_session_tensor(text)
    assert sess.run(deleter, {holder: text}) is None
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=f"Failed to delete a tensor with handle '{text}' in the session store",
    ):
        sess.run(deleter, {holder: text})


def test_N32_another_session(handle):
    holder, kept = tf.get_session_tensor(handle.handle, tf.float32)
    x = tf.placeholder(tf.float32)
    with tf.Session() as other:
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="is not in the session store"
        ):
            other.run(kept, {holder: handle.handle})
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="is not in the session store"
        ):
            other.run(x * 2.0, {x: handle})


def test_N33_fed_directly(sess, handle):
    x = tf.placeholder(tf.float32, [2])
    doubled, itself = sess.run([x * 2.0, x], {x: handle})
    np.testing.assert_array_equal(doubled, [4, 8])
    np.testing.assert_array_equal(itself, [2, 4])


def test_N33_fed_with_another_dtype_or_shape(sess, handle):
    x = tf.placeholder(tf.int32)
    with pytest.raises(tf.errors.InvalidArgumentError):
        sess.run(x + 1, {x: handle})
    y = tf.placeholder(tf.float32, [3])
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        sess.run(y + 1.0, {y: handle})


def test_N34_no_tensor():
    with pytest.raises(TypeError, match="`data` must be of type Tensor"):
        tf.get_session_handle("x")


def test_wrong_dtype(sess, handle):
    holder, kept = tf.get_session_tensor(handle.handle, tf.int32)
    with pytest.raises(
        tf.errors.InternalError,
        match="Output 0 of type float does not match declared output type int32 for",
    ):
        sess.run(kept, {holder: handle.handle})


def test_malformed_handles():
    with pytest.raises(ValueError, match="junk"):
        tf.get_session_tensor("junk", tf.float32)


def test_strings_and_other_types(sess):
    for value in (np.array([b"a", b"b"], object), np.array(True), np.zeros([0, 2])):
        h = sess.run(tf.get_session_handle(tf.constant(value)))
        np.testing.assert_array_equal(h.eval(), value)


def test_values_of_dead_handles_go_in_batches_of_ten(sess):
    node = tf.get_session_handle(tf.constant(1))
    store = sess._engine.state.tensor_store
    for _ in range(9):
        sess.run(node)
    gc.collect()
    assert len(store) == 9
    kept = [sess.run(node), sess.run(node)]
    del kept[0]
    kept.append(sess.run(node))
    gc.collect()
    assert len(store) == len(kept)
    assert kept[0].eval() == 1
