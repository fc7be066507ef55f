"""A loop that builds: warned of, once, and only then."""

import warnings

import pytest

import interactive_graphs as tf
from interactive_graphs.client import growth


def loop(sess, train, times):
    for _ in range(times):
        sess.run(train)
        _ = train * 2.0  # the culprit


def test_the_third_time_that_a_line_adds_nodes_between_runs_it_is_named():
    v = tf.Variable(0.0, name="v")
    train = tf.assign_add(v, 1.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.warns(UserWarning, match="has added nodes") as caught:
            loop(sess, train, 6)
    assert len(caught) == 1
    text = str(caught[0].message)
    assert "test_growth.py" in text
    assert "# the culprit" in text
    assert "the last 3 runs of 'AssignAdd', 6 in all" in text
    assert "tf.get_default_graph().finalize()" in text
    assert caught[0].filename == __file__


def run_anew(sess, v, times):
    for _ in range(times):
        sess.run(v + 1.0)


def test_fetches_that_are_made_anew_count_too_but_may_be_more():
    v = tf.Variable(0.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        run_anew(sess, v, growth.TIMES_ANEW)
        with pytest.warns(UserWarning, match="last 10 runs"):
            run_anew(sess, v, 1)


@pytest.fixture
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_runs_alone_are_no_growth(no_warnings):
    x = tf.constant(1.0) + 1.0
    with tf.Session() as sess:
        for _ in range(20):
            sess.run(x)


def test_different_lines_are_no_loop(no_warnings):
    x = tf.constant(1.0) + 1.0
    with tf.Session() as sess:
        sess.run(x)
        a = x + 1.0
        sess.run(x)
        b = a + 1.0
        sess.run(x)
        c = b + 1.0
        sess.run(x)
        sess.run(c)


def test_building_first_and_running_then_is_no_loop(no_warnings):
    x = tf.constant(1.0)
    many = [x * float(i) for i in range(8)]
    with tf.Session() as sess:
        for one in many:
            sess.run(one)


def test_the_loop_of_a_finalized_graph_fails_at_once():
    x = tf.constant(1.0)
    tf.get_default_graph().finalize()
    with tf.Session() as sess, pytest.raises(RuntimeError, match="finalized"):
        sess.run(x * 2.0)
