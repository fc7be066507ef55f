"""The nodes of loops and the stacks of old gradients, one by one."""

from __future__ import annotations

import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def test_what_enters_may_change_its_shape():
    x = tf.placeholder(tf.float32, [2, None])
    assert raw.Enter(x, frame_name="f").shape.ndims is None
    constant = raw.Enter(x, frame_name="f", is_constant=True)
    assert constant.shape.as_list() == [2, None]
    assert raw.Exit(constant).shape.as_list() == [2, None]
    assert raw.NextIteration(x).shape.as_list() == [2, None]


def test_a_merge_knows_what_both_sides_have():
    x = tf.placeholder(tf.float32, [2, None])
    assert raw.Merge([x, tf.zeros([3, 4])])[0].shape.as_list() == [None, None]
    assert raw.Merge([x, tf.zeros([3])])[0].shape.ndims is None
    assert raw.Merge([x])[1].shape.as_list() == []


def test_conditions_are_scalars():
    many = tf.placeholder(tf.bool, [2])
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1 for 'Lo"):
        raw.LoopCond(many)
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1 for 'Sw"):
        raw.Switch(1.0, many)
    assert raw.LoopCond(tf.placeholder(tf.bool)).shape.as_list() == []


def test_a_back_edge_is_told_to_both_ends():
    enter = raw.Enter(tf.constant(0), frame_name="f")
    merge = raw.Merge([enter, enter])[0]
    back = raw.NextIteration(merge)
    merge.op._update_input(1, back)
    assert list(merge.op.inputs) == [enter, back]
    assert enter.consumers() == [merge.op]
    assert back.consumers() == [merge.op]
    merge.op._update_input(0, back)
    assert enter.consumers() == []


def test_a_stack_is_last_in_first_out(sess):
    stack = raw.StackV2(2, elem_type="float32", stack_name="s")
    one = raw.StackPushV2(stack, 1.0)
    with tf.control_dependencies([one]):
        two = raw.StackPushV2(stack, 2.0)
    with tf.control_dependencies([two]):
        popped = raw.StackPopV2(stack, elem_type="float32")
    assert sess.run([one, two, popped]) == [1.0, 2.0, 2.0]


def test_a_full_stack(sess):
    stack = raw.StackV2(1, elem_type="float32", stack_name="s")
    with tf.control_dependencies([raw.StackPushV2(stack, 1.0)]):
        two = raw.StackPushV2(stack, 2.0)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"overflowed its max_size"
    ):
        sess.run(two)


def test_a_closed_stack(sess):
    stack = raw.StackV2(-1, elem_type="float32", stack_name="s")
    with tf.control_dependencies([raw.StackCloseV2(stack)]):
        push = raw.StackPushV2(stack, 1.0)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"Stack\[s\] has already been closed\."
    ):
        sess.run(push)


def test_the_size_of_a_stack_is_a_scalar(sess):
    size = tf.placeholder_with_default([1, 2], None)
    stack = raw.StackV2(size, elem_type="float32")
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"Stack size must be a scalar, but had shape: \[2\]",
    ):
        sess.run(raw.StackPushV2(stack, 1.0))


def test_abort_ends_the_step_and_not_the_process(sess):
    with pytest.raises(tf.errors.AbortedError, match="enough"):
        sess.run(raw.Abort(error_msg="enough"))
    sess.run(raw.Abort(exit_without_error=True))
    assert sess.run(tf.constant(1)) == 1
