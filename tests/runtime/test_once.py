"""The first run of a step, which compiles nothing, against the second, which does."""

import tracemalloc

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.runtime.once import Once


def twice(sess, fetches, feed=None):
    """What the first two runs give; the first without a program."""
    compiled = len(sess._programs._kept)
    first = sess.run(fetches, feed)
    assert len(sess._programs._kept) == compiled
    second = sess.run(fetches, feed)
    assert len(sess._programs._kept) == compiled + 1
    return first, second


def test_the_first_run_compiles_nothing_and_gives_the_same():
    x = tf.placeholder(tf.float32, [None, 3])
    w = tf.constant(np.arange(6, dtype=np.float32).reshape(3, 2))
    parts = tf.split(tf.nn.relu(tf.matmul(x, w) - 4.0), 2, axis=1)
    fetches = [tf.concat(parts, 0), tf.cast(parts[0], tf.int32), parts[1].op]
    with tf.Session() as sess:
        first, second = twice(sess, fetches, {x: [[1, 2, 3], [0, 0, 1]]})
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert first[2] is second[2] is None
    assert [a.dtype for a in first[:2]] == [a.dtype for a in second[:2]]


def test_variables_are_read_and_changed_in_order():
    v = tf.Variable(1.0)
    with tf.control_dependencies([v.assign_add(2.0)]):
        after = v.read_value() * 10.0
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert twice(sess, [after, v]) == ([30.0, 3.0], [50.0, 5.0])


def test_what_is_fed_stands_for_what_would_be_computed():
    x = tf.placeholder(tf.float32, [])
    first, second = tf.unstack(tf.stack([x, x + 1.0]))
    total = first * second
    with tf.Session() as sess:
        assert twice(sess, total, {x: 3.0, first: 5.0}) == (20.0, 20.0)


def test_the_same_seed_gives_the_same_stream():
    def drawn(step):
        with tf.Graph().as_default(), tf.Session() as sess:
            numbers = tf.random_normal([3], seed=7)
            return [step(sess, numbers) for _ in range(3)]

    once = drawn(lambda sess, numbers: sess.run(numbers))
    compiled = drawn(lambda sess, numbers: sess.make_callable(numbers)())
    np.testing.assert_array_equal(once[0], compiled[0])


def test_an_error_names_the_node_and_the_line_in_both_runs():
    x = tf.placeholder(tf.float32, [None])
    y = tf.matmul(tf.reshape(x, [-1, 2]), tf.ones([2, 1]), name="product")
    with tf.Session() as sess:
        seen = []
        for _ in range(2):
            with pytest.raises(tf.errors.InvalidArgumentError) as caught:
                sess.run(y, {x: [1.0, 2.0, 3.0]})
            seen.append((caught.value.message, caught.value.op, caught.value.__notes__))
    assert seen[0] == seen[1]
    assert any("tf.reshape" in note for note in seen[0][2])


def test_a_variable_without_a_value_is_told_as_ever():
    v = tf.Variable(1.0, name="v")
    with tf.Session() as sess:
        for _ in range(2):
            with pytest.raises(tf.errors.FailedPreconditionError, match="value v"):
                sess.run(v + 1.0)


def test_values_go_when_nobody_needs_them():
    x = tf.placeholder(tf.float32, [1000])
    y = x
    for _ in range(20):
        y = tf.tanh(y)
    with tf.Session() as sess:
        sess._extend()
        step = sess._programs.first((y,), (), (x,), y)
        assert isinstance(step, Once)
        known = {x: np.ones(1000, np.float32)}
        step._run(known)
        assert list(known) == [y]


def test_loops_and_native_sessions_are_compiled_at_once():
    count = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])
    config = tf.ConfigProto()
    config.graph_options.optimizer_options.global_jit_level = 1
    with tf.Session() as sess:
        sess._extend()
        assert sess._programs.first((count,), (), (), count) is None
    one = tf.constant(1.0) + 1.0
    with tf.Session(config=config) as sess:
        sess._extend()
        assert sess._programs.first((one,), (), (), one) is None


def test_an_output_is_kept_for_as_long_as_somebody_takes_it():
    x = tf.placeholder(tf.float32, [4])
    first, second = tf.split(x, 2)
    early = first * first
    both = tf.concat([second, early, second], 0)
    late = tf.concat([first, second, both], 0)
    with tf.Session() as sess:
        runs = twice(sess, [early, late, second], {x: [1.0, 2.0, 3.0, 4.0]})
    for early_value, late_value, second_value in runs:
        assert early_value.tolist() == [1.0, 4.0]
        assert late_value.tolist() == [1, 2, 3, 4, 3, 4, 1, 4, 3, 4]
        assert second_value.tolist() == [3.0, 4.0]


def test_values_are_let_go_of_after_their_last_use():
    x = tf.placeholder(tf.float32, [1 << 16])
    y = x
    for _ in range(64):
        y = tf.sin(y)
    total = tf.reduce_sum(y)
    value = np.ones(1 << 16, np.float32)
    with tf.Session() as sess:
        sess.run(tf.constant(1.0))
        tracemalloc.start()
        try:
            sess.run(total, {x: value})
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 8 * value.nbytes  # and not 64


def test_a_first_run_keeps_little_of_each_node():
    x = tf.placeholder(tf.float32, [])
    y = x
    for _ in range(2_000):
        y = tf.sin(y)
    with tf.Session() as sess:
        sess.run(x + 1.0, {x: 1.0})
        tracemalloc.start()
        try:
            sess.run(y, {x: 1.0})
            left, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert left < 64 * 2_000
