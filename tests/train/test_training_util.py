"""The global step."""

import numpy as np
import pytest

import interactive_graphs as tf


def test_create_and_get():
    assert tf.train.get_global_step() is None
    step = tf.train.create_global_step()
    assert step.name == "global_step:0"
    assert step.dtype.base_dtype is tf.int64
    assert tf.train.get_global_step() is step
    assert tf.train.get_or_create_global_step() is step
    assert tf.get_collection(tf.GraphKeys.GLOBAL_STEP) == [step]
    assert step in tf.global_variables()
    assert step not in tf.trainable_variables()
    with tf.Session() as sess:
        sess.run(step.initializer)
        assert type(sess.run(step)) is np.int64
        assert tf.train.global_step(sess, step) == 0
        assert type(tf.train.global_step(sess, step)) is int


def test_name_scopes_do_not_change_its_name():
    with tf.name_scope("scope"):
        assert tf.train.get_or_create_global_step().name == "global_step:0"


def test_in_another_graph():
    graph = tf.Graph()
    step = tf.train.create_global_step(graph)
    assert step.graph is graph
    assert tf.train.get_global_step() is None
    assert tf.train.get_global_step(graph) is step


def test_a_second_one():
    tf.train.create_global_step()
    with pytest.raises(ValueError, match='"global_step" already exists'):
        tf.train.create_global_step()


def test_a_tensor_of_that_name_is_found():
    step = tf.constant(3, name="global_step")
    assert tf.train.get_global_step() is step


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, 'Existing "global_step" must be a Variable or Tensor: 3.'),
        (1.0, 'Existing "global_step" does not have integer type'),
        ([1], 'Existing "global_step" is not scalar'),
    ],
)
def test_what_cannot_count(value, text):
    step = value if value == 3 else tf.constant(value)
    with pytest.raises(TypeError) as caught:
        tf.train.assert_global_step(step)
    assert text in str(caught.value)
