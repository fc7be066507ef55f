"""The user's second document: what is a session? (graph 42, assign 13)."""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def build():
    variable = tf.Variable(42, name="foo")
    initialize = tf.initialize_all_variables()
    assign = variable.assign(13)
    return variable, initialize, assign


@pytest.fixture
def program():
    graph = tf.Graph()
    with graph.as_default():
        return (graph, *build())


def test_a_graph_computes_nothing_and_holds_no_values():
    """'It doesn't compute anything, it doesn't hold any values'"""
    calls = []
    with tf.Graph().as_default() as graph:
        tf.py_func(lambda: calls.append(1) or np.float32(0), [], tf.float32)
        tf.Variable(42)
    assert calls == []
    assert not any(hasattr(op, "value") for op in graph.get_operations())


def test_a_session_executes_graphs_or_parts_of_graphs(program):
    """'A session allows to execute graphs or part of graphs'"""
    graph, variable, initialize, assign = program
    with graph.as_default():
        placeholder = tf.placeholder(tf.int32, [])
        with_feed = variable + placeholder
    with tf.Session(graph=graph) as sess:
        sess.run(initialize)  # nothing else has to be fed
        assert sess.run(with_feed, {placeholder: 1}) == 43


def test_a_session_holds_values_of_intermediate_results_and_variables(program):
    """'holds the actual values of intermediate results and variables'"""
    graph, variable, initialize, _ = program
    with graph.as_default():
        doubled = variable * 2
        plus = doubled + 1
    with tf.Session(graph=graph) as sess:
        sess.run(initialize)
        assert sess.run([variable, doubled, plus]) == [42, 84, 85]


def test_variable_returns_the_current_value(program):
    """'variable always returns the current value of our variable'"""
    graph, variable, initialize, assign = program
    with tf.Session(graph=graph) as sess:
        sess.run(initialize)
        assert sess.run(variable) == 42
        sess.run(assign)
        assert sess.run(variable) == 13


def test_initialize_and_assign(program, capsys):
    """'# Output: 13'"""
    graph, variable, initialize, assign = program
    with tf.Session(graph=graph) as sess:
        sess.run(initialize)
        sess.run(assign)
        print(sess.run(variable))
    assert capsys.readouterr().out == "13\n"


def test_a_default_graph_exists(capsys):
    """'TensorFlow creates a default graph for you, so we don't need the first two
    lines'; it 'is also what the sessions ... use when not manually specifying a graph'"""
    variable, initialize, assign = build()
    with tf.Session() as sess:
        assert sess.graph is tf.get_default_graph()
        sess.run(initialize)
        sess.run(assign)
        print(sess.run(variable))
    assert capsys.readouterr().out == "13\n"


def test_the_value_is_valid_within_one_session(program):
    """'# Error: Attempting to use uninitialized value foo'"""
    graph, variable, initialize, assign = program
    with tf.Session(graph=graph) as sess:
        sess.run(initialize)
        sess.run(assign)
    with tf.Session(graph=graph) as sess:
        with pytest.raises(
            tf.errors.FailedPreconditionError,
            match="Attempting to use uninitialized value foo",
        ):
            print(sess.run(variable))


def test_initialize_again_in_a_new_session(program, capsys):
    """'The values in the new session will be completely independent' # Output: 42"""
    graph, variable, initialize, assign = program
    with tf.Session(graph=graph) as sess:
        sess.run(initialize)
        sess.run(assign)
    with tf.Session(graph=graph) as sess:
        sess.run(initialize)
        print(sess.run(variable))
    assert capsys.readouterr().out == "42\n"
