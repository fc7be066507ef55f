"""The user's first document: a beginner's tutorial on the session.

Each test quotes the statement that it holds us to.
"""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import interactive_graphs as tf


@pytest.fixture
def program():
    """The document's graph, written out on separate lines."""
    graph = tf.Graph()
    with graph.as_default():
        w1 = tf.Variable(np.array([1, 2], dtype=np.float32))
        w2 = tf.Variable(np.array([2, 2], dtype=np.float32))
        w = tf.multiply(w1, w2)
        initialize = tf.global_variables_initializer()
    return graph, w1, w, initialize


def test_session_is_a_runtime_environment(program):
    """'we should run operations (initialize variables, calculate ...) in a session'"""
    graph, _, w, initialize = program
    with tf.Session(graph=graph) as sess:
        assert sess.run(initialize) is None
        assert sess.run(w).tolist() == [2.0, 4.0]


def test_variables_have_no_memory_before_a_session(program):
    """'these variables and operations have not been assigned any memory resources'"""
    graph, w1, w, _ = program
    assert isinstance(w, tf.Tensor)
    assert not hasattr(w, "numpy")
    with tf.Session(graph=graph) as sess:
        with pytest.raises(tf.errors.FailedPreconditionError):
            sess.run(w1)


def test_init_signature():
    """'__init__( target='', graph=None, config=None )'"""
    parameters = list(inspect.signature(tf.Session.__init__).parameters.values())[1:]
    assert [(p.name, p.default) for p in parameters] == [
        ("target", ""),
        ("graph", None),
        ("config", None),
    ]


def test_graph_is_passed_as_a_parameter(program, capsys):
    """'you should make this graph as a parameter' ... prints the array"""
    graph, _, w, initialize = program
    with tf.Session(graph=graph) as sess:
        sess.run(initialize)
        print(sess.run([w]))
    assert capsys.readouterr().out == "[array([2., 4.], dtype=float32)]\n"


def test_two_sessions_run_one_graph_independently(program, capsys):
    """'sess_1 and sess_2 ... run a same graph ... however, they are independent'"""
    graph, w1, w, initialize = program
    with graph.as_default():
        change = w1.assign([10.0, 10.0])
    with tf.Session(graph=graph) as sess_1:
        sess_1.run(initialize)
        print(sess_1.run([w]))
        sess_1.run(change)
    with tf.Session(graph=graph) as sess_2:
        sess_2.run(initialize)
        print(sess_2.run([w]))
    assert capsys.readouterr().out == "[array([2., 4.], dtype=float32)]\n" * 2


def test_different_sessions_can_run_the_same_graph_at_once(program):
    """'different tensorflow session can run the same graph'"""
    graph, w1, w, initialize = program
    with graph.as_default():
        change = w1.assign([10.0, 10.0])
    sess_1, sess_2 = tf.Session(graph=graph), tf.Session(graph=graph)
    for sess in (sess_1, sess_2):
        sess.run(initialize)
    sess_1.run(change)
    assert sess_1.run(w).tolist() == [20.0, 20.0]
    assert sess_2.run(w).tolist() == [2.0, 4.0]
