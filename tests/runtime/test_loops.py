"""Loops while they run: errors, ends from outside, traces, blocked nodes, partial runs."""

from __future__ import annotations

import signal
import threading
import time

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.walk import Walk

NODE_BY_NODE = tf.ConfigProto(operation_timeout_in_ms=30_000)


@pytest.fixture(params=["compiled", "node by node"])
def sess(request):
    config = NODE_BY_NODE if request.param == "node by node" else None
    with tf.Session(config=config) as session:
        session.expected = Walk if config else Program
        yield session


def endless():
    """A loop without end, and its counter's last value."""
    return tf.while_loop(lambda i: i >= 0, lambda i: (i + 1) % 1000, [0])


# -- errors ----------------------------------------------------------------------------


def failing():
    x = tf.constant([1, 2, 3])
    _, total = tf.while_loop(
        lambda i, _: i < 5,
        lambda i, s: (i + 1, s + tf.gather(x, i, name="pick")),
        (0, 0),
    )
    return total


def test_an_error_names_node_line_and_iteration(sess):
    total = failing()
    assert isinstance(sess.program(total), sess.expected)
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        sess.run(total)
    assert caught.value.op.name == "while/pick"
    assert "[[{{node while/pick}}]]" in caught.value.message
    notes = "\n".join(caught.value.__notes__)
    assert "tf.gather(x, i, name" in notes
    assert "in iteration 3 of loop 'while'" in notes


def test_an_error_in_a_nested_loop_names_both(sess):
    x = tf.constant([1, 2, 3])

    def inner(i):
        return tf.while_loop(
            lambda j, _: j < i * 2,
            lambda j, s: (j + 1, s + tf.gather(x, j)),
            (0, 0),
            name="inner",
        )[1]

    total = tf.while_loop(
        lambda i, _: i < 5, lambda i, s: (i + 1, s + inner(i)), (0, 0), name="outer"
    )[1]
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        sess.run(total)
    notes = "\n".join(caught.value.__notes__)
    words = "in iteration 3 of loop 'outer/inner' in iteration 2 of loop 'outer'"
    assert words in notes


def test_a_session_goes_on_after_an_error(sess):
    total = failing()
    for _ in range(2):
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(total)
    assert sess.run(tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])) == 3


# -- ends from outside -----------------------------------------------------------------


def test_closing_the_session_ends_a_loop(sess):
    loop = endless()
    caught = []

    def work():
        try:
            sess.run(loop)
        except tf.errors.OpError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.3)
    assert thread.is_alive()
    sess.close()
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(caught[0], tf.errors.CancelledError)


def test_a_deadline_ends_a_loop():
    with tf.Session() as sess, pytest.raises(tf.errors.DeadlineExceededError):
        sess.run(endless(), options=tf.RunOptions(timeout_in_ms=100))


def test_an_interrupt_ends_a_loop(sess):
    loop = endless()
    threading.Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        sess.run(loop)
    assert sess.run(tf.constant(3)) == 3


# -- nodes that wait -------------------------------------------------------------------


def test_a_loop_takes_from_a_queue():
    q = tf.FIFOQueue(10, tf.int32, [[]])
    total = tf.while_loop(
        lambda i, _: i < 4, lambda i, s: (i + 1, s + q.dequeue()), (0, 0)
    )[1]
    fill, size = q.enqueue_many([[1, 2, 3, 4, 5]]), q.size()
    with tf.Session() as sess:
        assert isinstance(sess.program(total), Walk)
        feeder = threading.Timer(0.2, sess.run, [fill])
        feeder.start()
        options = tf.RunOptions(timeout_in_ms=20_000)
        assert sess.run(total, options=options) == 10
        feeder.join()
        assert sess.run(size) == 1


def test_a_queue_in_one_branch_only():
    q = tf.FIFOQueue(10, tf.int32, [[]])
    p = tf.placeholder(tf.bool, [])
    value = tf.cond(p, q.dequeue, lambda: tf.constant(7))
    with tf.Session() as sess:
        assert sess.run(value, {p: False}) == 7
        sess.run(q.enqueue(5))
        assert sess.run(value, {p: True}) == 5


@pytest.mark.parametrize("limit", [1, 3])
def test_what_waits_holds_up_the_iteration_after_next(limit):
    """Iterations begin while an earlier one waits, up to `parallel_iterations`."""
    started = tf.Variable(0, use_resource=True)
    q = tf.FIFOQueue(10, tf.int32, [[]])

    def body(i, _):
        with tf.control_dependencies([started.assign_add(1)]):
            following = i + 1
        return following, q.dequeue()

    ends = tf.while_loop(lambda i, _: i < 10, body, (0, 0), parallel_iterations=limit)
    fill = q.enqueue_many([list(range(10))])
    with tf.Session() as sess:
        sess.run(started.initializer)
        results = []
        thread = threading.Thread(target=lambda: results.append(sess.run(ends)))
        thread.start()
        time.sleep(0.5)
        assert sess.run(started) == limit
        sess.run(fill)
        thread.join(20)
        assert results[0][0] == 10


def test_a_partial_run_with_a_loop():
    n, x = tf.placeholder(tf.int32, [], "n"), tf.placeholder(tf.float32, [], "x")
    i = tf.while_loop(lambda i: i < n, lambda i: i + 2, [0])
    y = tf.cond(i > 4, lambda: x * 2.0, lambda: x)
    with tf.Session() as sess:
        handle = sess.partial_run_setup([i, y], [n, x])
        assert sess.partial_run(handle, i, {n: 5}) == 6
        assert sess.partial_run(handle, y, {x: 1.5}) == 3.0


# -- what was done ---------------------------------------------------------------------


def test_a_trace_has_every_iteration(sess):
    i = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    assert sess.run(i, options=options, run_metadata=metadata) == 3
    nodes = [n.node_name for d in metadata.step_stats.dev_stats for n in d.node_stats]
    for name, times in {
        "while/add": 3,
        "while/NextIteration": 3,
        "while/Less": 4,
        "while/LoopCond": 4,
        "while/Merge": 4,
        "while/Switch": 4,
        "while/Enter": 1,
        "while/Exit": 1,
    }.items():
        assert nodes.count(name) == times, name


def test_a_trace_of_a_branch_has_the_side_taken(sess):
    p = tf.placeholder(tf.bool, [])
    x = tf.placeholder(tf.float32, [])
    y = tf.cond(p, lambda: tf.sin(x), lambda: tf.cos(x))
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    for value, ran in ((True, "cond/Sin"), (False, "cond/Cos")):
        metadata = tf.RunMetadata()
        sess.run(y, {p: value, x: 1.0}, options=options, run_metadata=metadata)
        nodes = [
            n.node_name for d in metadata.step_stats.dev_stats for n in d.node_stats
        ]
        trigonometry = [n for n in nodes if n in ("cond/Sin", "cond/Cos")]
        assert trigonometry == [ran]
        assert nodes.count("cond/Merge") == 1


def test_a_cost_graph_adds_iterations_up():
    config = tf.ConfigProto(graph_options=tf.GraphOptions(build_cost_model=1))
    i = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])
    metadata = tf.RunMetadata()
    with tf.Session(config=config) as sess:
        sess.run(i, run_metadata=metadata)
    names = [n.name for n in metadata.cost_graph.node]
    assert len(names) == len(set(names))
    assert "while/add" in names
    ids = [n.id for n in metadata.cost_graph.node]
    assert ids == list(range(len(ids)))


# -- state -----------------------------------------------------------------------------


@pytest.mark.parametrize("resource", [False, True])
def test_a_variable_in_a_loop(sess, resource):
    v = tf.Variable(1.0, use_resource=resource)

    def body(i):
        with tf.control_dependencies([v.assign_add(2.0)]):
            return i + 1

    i = tf.while_loop(lambda i: i < 5, body, [0])
    sess.run(v.initializer)
    assert sess.run(i) == 5
    assert sess.run(v) == 11.0


def test_a_random_number_for_each_iteration(sess):
    _, drawn = tf.while_loop(
        lambda i, _: i < 20,
        lambda i, d: (i + 1, tf.concat([d, tf.random_uniform([1], seed=1)], 0)),
        (0, tf.zeros([0])),
        (tf.TensorShape([]), tf.TensorShape([None])),
    )
    assert len(np.unique(sess.run(drawn))) == 20


def test_threads_do_not_share_a_loop(sess):
    n = tf.placeholder(tf.int32, [])
    total = tf.while_loop(lambda i, _: i < n, lambda i, s: (i + 1, s + i), (0, 0))[1]
    wrong = []

    def work(k):
        for _ in range(5):
            if sess.run(total, {n: k}) != k * (k - 1) // 2:
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_stack_is_of_one_step(sess):
    stack = raw.StackV2(-1, elem_type="float32")
    with tf.control_dependencies([raw.StackPushV2(stack, tf.constant(2.0))]):
        popped = raw.StackPopV2(stack, elem_type="float32")
    assert [sess.run(popped) for _ in range(2)] == [2.0, 2.0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="is empty when calling"):
        sess.run(raw.StackPopV2(stack, elem_type="float32"))
