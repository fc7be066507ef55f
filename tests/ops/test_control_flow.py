"""Behaviours Q17 and Q18 of the checklist: groups and gates, and Switch and Merge."""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from interactive_graphs.ops.control_flow import with_dependencies


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def waits_for(op):
    return sorted(c.name for c in op.control_inputs)


# -- group (Q17) -----------------------------------------------------------------------


def test_Q17_group_runs_all_and_gives_none(sess):
    v, w = tf.Variable(0), tf.Variable(0)
    both = tf.group(v.assign(1), {"b": [w.assign(2).op]}, name="both")
    assert both.type == "NoOp"
    assert both.name == "both"
    sess.run(tf.global_variables_initializer())
    assert sess.run(both) is None
    assert sess.run([v, w]) == [1, 2]


def test_Q17_empty_group(sess):
    assert tf.group().name == "group_deps"
    assert sess.run(tf.group()) is None


def test_Q17_wrong_members():
    with pytest.raises(
        TypeError,
        match=r"Expected tf\.group\(\) expected Tensor arguments not '3' with type "
        r"'<class 'int'>'",
    ):
        tf.group(3)
    with pytest.raises(ValueError, match="Unknown keyword arguments: foo"):
        tf.group(tf.constant(1), foo=3)


def test_a_group_over_devices_has_a_node_per_device():
    with tf.device("/cpu:0"):
        a, b = tf.constant(1), tf.constant(2)
    with tf.device("/gpu:0"):
        c = tf.constant(3)
    g = tf.group(a, c, b)
    parts = {op.device: waits_for(op) for op in g.control_inputs}
    assert parts == {
        "/device:CPU:0": ["Const", "Const_1"],
        "/device:GPU:0": ["Const_2"],
    }


def test_group_takes_variables_and_slices():
    v = tf.Variable(1, name="v")
    slices = tf.IndexedSlices(tf.constant([1.0], name="values"), tf.constant([0]))
    assert waits_for(tf.group(v, slices)) == ["v", "values"]


# -- tuple (Q18) -----------------------------------------------------------------------


def test_Q18_tuple_waits_for_all(sess):
    v = tf.Variable(0)
    sess.run(v.initializer)
    a, b, nothing, op = tf.tuple([tf.constant(1), tf.constant(2), None, v.assign(5).op])
    assert nothing is None
    assert sess.run(a) == 1
    assert sess.run(v) == 5
    assert sess.run(b) == 2
    assert op.type == "NoOp"


def test_tuple_of_slices_and_control_inputs(sess):
    v = tf.Variable(0)
    sess.run(v.initializer)
    slices = tf.IndexedSlices(
        tf.constant([[1.0]]), tf.constant([0]), tf.constant([3, 1])
    )
    (gated,) = tf.tuple([slices], control_inputs=[v.assign(3)])
    assert isinstance(gated, tf.IndexedSlices)
    np.testing.assert_array_equal(sess.run(gated).values, [[1]])
    assert sess.run(v) == 3


def test_wrong_tuples():
    with pytest.raises(ValueError, match=r"Must have at least one Tensor: \[None\]"):
        tf.tuple([None])
    with pytest.raises(TypeError, match="Control input must be Operation or Tensor: 3"):
        tf.tuple([tf.constant(1)], control_inputs=[3])


# -- with_dependencies -----------------------------------------------------------------


def test_with_dependencies(sess):
    v = tf.Variable(0)
    sess.run(v.initializer)
    x = with_dependencies([v.assign(7)], tf.constant(3))
    assert x.op.name == "control_dependency"
    assert sess.run(x) == 3
    assert sess.run(v) == 7


def test_with_dependencies_keeps_a_reference(sess):
    v = tf.Variable(1)
    ref = with_dependencies([tf.no_op()], v.assign_add(1))
    assert ref.dtype.name == "int32_ref"
    again = tf.assign_add(ref, 10)
    sess.run(v.initializer)
    assert sess.run(again) == 12
    assert sess.run(v) == 12


def test_control_dependencies_of_the_module(sess):
    v = tf.Variable(0)
    sess.run(v.initializer)
    with tf.control_dependencies([v.assign(4)]):
        done = tf.no_op()
        with tf.control_dependencies(None):
            free = tf.no_op()
    assert waits_for(done) == ["Assign"]
    assert waits_for(free) == []
    sess.run(done)
    assert sess.run(v) == 4


# -- the branching nodes ---------------------------------------------------------------


def test_switch_and_merge(sess):
    p = tf.placeholder(tf.bool, [])
    x = tf.constant([1, 2])
    off, on = raw.Switch(x, p)
    out, index = raw.Merge([off * 10, on * 100])
    assert out.shape.as_list() == [2]
    assert index.shape.as_list() == []
    for value, expected, which in ((True, [100, 200], 1), (False, [10, 20], 0)):
        found, number = sess.run([out, index], {p: value})
        np.testing.assert_array_equal(found, expected)
        assert number == which


def test_the_side_not_taken_is_dead(sess):
    off, _ = raw.Switch(tf.constant(1), tf.constant(True))
    with pytest.raises(tf.errors.InvalidArgumentError, match="does not have value"):
        sess.run(off + 1)


def test_effects_of_the_side_not_taken_are_absent(sess):
    p = tf.placeholder(tf.bool, [])
    v = tf.Variable(0)
    sess.run(v.initializer)
    off, on = raw.Switch(tf.constant(5), p)
    changed = v.assign(on)
    out, _ = raw.Merge([off, raw.Identity(changed)])
    assert sess.run(out, {p: False}) == 5
    assert sess.run(v) == 0
    assert sess.run(out, {p: True}) == 5
    assert sess.run(v) == 5


def test_merge_of_different_shapes():
    a, b = tf.placeholder(tf.float32, [2, 3]), tf.placeholder(tf.float32, [2, 4])
    c = tf.placeholder(tf.float32, [2])
    assert raw.Merge([a, b])[0].shape.as_list() == [2, None]
    assert raw.Merge([a, c])[0].shape.dims is None
