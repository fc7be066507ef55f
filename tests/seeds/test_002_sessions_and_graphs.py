"""The user's third document: sessions and graphs, in prose."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import interactive_graphs as tf


def test_a_session_runs_operations_and_evaluates_tensors():
    """'responsible for running TensorFlow operations and evaluating tensors'"""
    v = tf.Variable(1.0)
    with tf.Session() as sess:
        assert sess.run(v.initializer) is None
        assert sess.run(v + 1.0) == 2.0


def test_it_encapsulates_control_and_state():
    """'It encapsulates the control and state of the TensorFlow runtime'"""
    v = tf.Variable(1.0)
    with tf.Session() as one, tf.Session() as two:
        one.run(v.initializer)
        assert one.run(v) == 1.0
        with pytest.raises(tf.errors.FailedPreconditionError):
            two.run(v)


def test_a_new_session_has_a_graph_that_defines_operations_and_data_flow():
    """'When a session is created, a new computation graph is also created': the
    operative meaning is that a session always has a graph, its state its own."""
    sess = tf.Session()
    assert isinstance(sess.graph, tf.Graph)
    c = tf.constant(1) + 1
    assert [op.type for op in sess.graph.get_operations()] == ["Const", "Const", "Add"]
    assert sess.run(c) == 2


def test_execution_on_devices():
    """'enable the actual computation to take place on devices like CPUs or GPUs'"""
    with tf.device("/cpu:0"):
        c = tf.constant(2.0) * 3.0
    with tf.Session() as sess:
        assert sess.run(c) == 6.0
        assert "CPU" in [d.device_type for d in sess.list_devices()]


def test_a_graph_is_a_series_of_operations_connected():
    """'a series of TensorFlow operations connected to one another'"""
    a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
    c = tf.add(a, b, name="c")
    assert list(c.op.inputs) == [a, b]
    assert a.consumers() == [c.op]


def test_operations_manipulate_tensors_that_flow():
    """'manipulates the tensors flowing through it'"""
    x = tf.placeholder(tf.float32, [2])
    with tf.Session() as sess:
        out = sess.run(tf.reverse(x * 2.0, [0]), {x: [1, 2]})
    np.testing.assert_array_equal(out, [4, 2])


def test_constants_and_variables_learn_and_adapt():
    """'both constants and variables, with variables allowing the model to learn'"""
    target = tf.constant(3.0)
    v = tf.Variable(0.0)
    train = tf.train.GradientDescentOptimizer(0.5).minimize(tf.square(v - target))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(20):
            sess.run(train)
        assert abs(sess.run(v) - 3.0) < 1e-4
        assert sess.run(target) == 3.0


def test_the_graph_is_built_in_python_and_nodes_carry_names():
    """'The computation graph is constructed using TensorFlow's Python API, where each
    operation is defined as a node'"""
    tf.add(tf.constant(1, name="one"), tf.constant(2, name="two"), name="three")
    names = [op.name for op in tf.get_default_graph().get_operations()]
    assert names == ["one", "two", "three"]


def test_the_graph_represents_the_entire_model():
    """'including its structure and the mathematical operations it performs'"""
    y = tf.matmul(tf.placeholder(tf.float32, [1, 2], name="x"), [[1.0], [2.0]])
    definition = tf.get_default_graph().as_graph_def()
    with tf.Graph().as_default():
        (copy,) = tf.import_graph_def(definition, return_elements=[y.name], name="")
        with tf.Session() as sess:
            assert sess.run(copy, {"x:0": [[1, 1]]}).tolist() == [[3.0]]


def test_a_session_allocates_resources_and_holds_variables():
    """'A session allocates resources ... and holds the actual values of variables'"""
    v = tf.Variable([1.0, 2.0])
    with tf.Session() as sess:
        sess.run(v.initializer)
        np.testing.assert_array_equal(sess.run(v), [1, 2])


def test_it_manages_memory_allocation():
    """'in charge of the memory allocation': results belong to the caller"""
    v = tf.Variable([1.0, 2.0])
    with tf.Session() as sess:
        sess.run(v.initializer)
        value = sess.run(v)
        value[:] = 0
        np.testing.assert_array_equal(sess.run(v), [1, 2])


def test_order_follows_dependencies():
    """'determines the order in which operations need to be executed based on their
    dependencies'"""
    order = []

    def note(name):
        return lambda x: order.append(name) or x

    a = tf.py_func(note("a"), [tf.constant(1.0)], tf.float32)
    b = tf.py_func(note("b"), [a], tf.float32)
    with tf.control_dependencies([b]):
        c = tf.py_func(note("c"), [tf.constant(1.0)], tf.float32)
    with tf.Session() as sess:
        sess.run([c, b, a])
    assert order == ["a", "b", "c"]


def test_nodes_are_passed_as_a_list():
    """'You pass the desired nodes to evaluate as a list'"""
    a, b = tf.constant(1), tf.constant(2)
    with tf.Session() as sess:
        assert sess.run([a, b, a + b]) == [1, 2, 3]


def test_fetch_specific_operations_or_tensors():
    """'fetch the results of specific operations or tensors ... the accuracy of a model'"""
    guesses, labels = tf.constant([1, 0, 1, 1]), tf.constant([1, 1, 1, 1])
    hits = tf.cast(tf.equal(guesses, labels), tf.float32)
    accuracy = tf.reduce_mean(hits)
    with tf.Session() as sess:
        assert sess.run(accuracy) == 0.75


def test_feeds_replace_values_and_reuse_the_graph():
    """'dynamically change the input data while reusing the same computation graph'"""
    x = tf.placeholder(tf.float32, [None])
    y = tf.reduce_sum(x)
    size = len(tf.get_default_graph().get_operations())
    with tf.Session() as sess:
        for n in (1, 3, 10):
            assert sess.run(y, feed_dict={x: np.ones(n)}) == n
    assert len(tf.get_default_graph().get_operations()) == size


def test_feeds_replace_any_tensor():
    """'use the feed mechanism to replace tensor values with specific inputs'"""
    a = tf.constant(2.0)
    b = a * 3.0
    with tf.Session() as sess:
        assert sess.run(b, {a: 5.0}) == 15.0
        assert sess.run(b + 1.0, {b: 0.0}) == 1.0


def test_sessions_run_concurrently_without_sharing_state():
    """'multiple sessions concurrently ... each session maintains its own values'"""
    v = tf.Variable(0)
    step, init = v.assign_add(1), tf.global_variables_initializer()
    sessions = [tf.Session() for _ in range(3)]

    def work(sess, n):
        sess.run(init)
        for _ in range(n):
            sess.run(step)

    threads = [
        threading.Thread(target=work, args=(s, 5 * (i + 1)))
        for i, s in enumerate(sessions)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [s.run(v) for s in sessions] == [5, 10, 15]


def test_other_resources_are_not_shared_either():
    """'its own values for variables and other resources'"""
    q = tf.FIFOQueue(3, tf.int32)
    put, size = q.enqueue(1), q.size()
    r = tf.random_uniform([2], seed=1)
    with tf.Session() as one, tf.Session() as two:
        one.run(put)
        assert (one.run(size), two.run(size)) == (1, 0)
        one.run(r)
        first, second = one.run(r), two.run(r)
        assert not np.array_equal(first, second)
