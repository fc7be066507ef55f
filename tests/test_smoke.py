"""The tour in prose: what the package does, in the order one would tell it.

Read this first; `docs/design/map.md` says what to read next.
"""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf


def test_a_line_makes_a_node_and_computes_nothing():
    a = tf.constant(5.0, name="a")
    b = tf.constant(6.0, name="b")
    c = a * b
    assert str(c) == 'Tensor("mul:0", shape=(), dtype=float32)'
    assert [op.name for op in c.graph.get_operations()] == ["a", "b", "mul"]


def test_a_session_runs_what_is_asked_and_no_more():
    a = tf.constant(5.0)
    c = a * 6.0
    tf.placeholder(tf.float32) + 1.0  # would have to be fed, if it ran
    with tf.Session() as sess:
        assert sess.run(c) == 30.0
        assert sess.run({"both": [a, c]}) == {"both": [5.0, 30.0]}


def test_feeds_replace_any_tensor():
    x = tf.placeholder(tf.float32, [None, 2])
    doubled = x * 2.0
    total = tf.reduce_sum(doubled)
    with tf.Session() as sess:
        assert sess.run(total, {x: [[1, 2], [3, 4]]}) == 20.0
        assert sess.run(total, {doubled: np.ones((5, 2))}) == 10.0


def test_variables_live_in_sessions():
    v = tf.Variable(1.0, name="v")
    step = v.assign_add(1.0)
    with tf.Session() as one, tf.Session() as two:
        one.run(v.initializer)
        two.run(v.initializer)
        one.run(step)
        assert (one.run(v), two.run(v)) == (2.0, 1.0)


def test_gradients_are_more_graph():
    x = tf.placeholder(tf.float32, [])
    (dx,) = tf.gradients(x * x * x, x)
    (ddx,) = tf.gradients(dx, x)
    with tf.Session() as sess:
        assert sess.run([dx, ddx], {x: 2.0}) == [12.0, 12.0]


def test_an_optimizer_finds_the_line():
    rng = np.random.default_rng(0)
    xs = rng.normal(size=100).astype(np.float32)
    x, y = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
    w, b = tf.Variable(0.0), tf.Variable(0.0)
    loss = tf.reduce_mean(tf.square(w * x + b - y))
    train = tf.train.GradientDescentOptimizer(0.3).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(100):
            sess.run(train, {x: xs, y: 3 * xs - 1})
        np.testing.assert_allclose(sess.run([w, b]), [3, -1], atol=1e-3)


def test_a_run_is_a_program_one_can_read():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.add(x * 2.0, 1.0, name="y")
    with tf.Session() as sess:
        source = sess.program(y, [x]).source
    assert "mul = x * mul_y" in source
    assert "y = mul + y_y" in source
    assert "test_smoke.py" in source


def test_an_error_names_the_node_and_the_line():
    zero = tf.placeholder_with_default(0, [])
    bad = tf.floordiv(1, zero, name="bad")
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError) as error:
            sess.run(bad)
        assert error.value.op.name == "bad"
        assert "test_smoke.py" in str(error.value)
        assert sess.run(tf.constant(1)) == 1


def test_an_interactive_session_needs_no_mention():
    sess = tf.InteractiveSession()
    assert (tf.constant(2.0) ** 3.0).eval() == 8.0
    sess.close()


def test_a_graph_shows_itself():
    with tf.name_scope("layer"):
        tf.identity(tf.constant(1.0, name="w"), name="out")
    bundle = tf.get_default_graph()._repr_mimebundle_()
    assert "layer" in bundle["text/plain"]
    assert bundle["text/html"].startswith("<img")
