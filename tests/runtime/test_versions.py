"""Which version of a program runs, and that nobody notices when it is another one."""

import itertools
import threading

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors
from interactive_graphs.runtime.versions import MOST


@pytest.fixture(autouse=True)
def numpy_tier(monkeypatch):
    monkeypatch.setenv("INTERACTIVE_GRAPHS_TIER", "numpy")


@pytest.fixture
def sess():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def program_of(sess, fetch, *feeds):
    """What the quick way runs for a fetch."""
    sess.program(fetch, feeds)  # takes in what the graph has grown
    return sess._programs.get((fetch,), (), feeds, fetch)


def norm(x):
    """Several nodes that an exact shape makes fewer."""
    return tf.reduce_sum(tf.reshape(x, [tf.shape(x)[0], -1]) * 2.0)


def test_shapes_that_come_again_get_a_version(sess):
    x = tf.placeholder(tf.float32, name="x")
    y = norm(x)
    runs = []
    program_of(sess, y, x)  # so that no run goes node by node
    for _ in range(4):
        assert sess.run(y, {x: np.ones((2, 3))}) == 12
        runs.append(program_of(sess, y, x).now)
    generic = program_of(sess, y, x)
    assert [now is generic for now in runs] == [True, False, False, False]
    assert "_Shape(" in generic.source
    assert "_Shape(" not in runs[-1].source
    assert "if x.shape != (2, 3): return other(values)" in runs[-1].source


def test_other_shapes_get_versions_of_their_own_up_to_a_limit(sess):
    x = tf.placeholder(tf.float32)
    y = norm(x)
    shapes = [(n, 2) for n in range(1, MOST + 4)]
    for _, shape in itertools.product(range(4), shapes):
        assert sess.run(y, {x: np.ones(shape)}) == 4 * shape[0]
    program = program_of(sess, y, x)
    assert len(program.versions) == MOST


@pytest.mark.parametrize("value", [[1.0, 2.0], (1.0, 2.0), np.ones(2), np.ones(2, "i")])
def test_whatever_can_be_fed_can_be_fed_to_a_version(sess, value):
    x = tf.placeholder(tf.float32)
    y = norm(x)
    want = 2 * float(np.sum(value))
    for _ in range(4):
        assert sess.run(y, {x: np.ones(2, np.float32)}) == 4
        assert sess.run(y, {x: value}) == want


@pytest.mark.parametrize("value", [3.0, np.float32(3), np.array(3.0), 3, True])
def test_numbers_meet_versions_for_arrays_and_the_other_way_round(sess, value):
    x = tf.placeholder(tf.float32)
    y = tf.reduce_sum(x * 2.0) + tf.cast(tf.size(x), tf.float32)
    for _ in range(5):
        assert sess.run(y, {x: value}) == 2 * float(value) + 1
        assert sess.run(y, {x: [1.0, 2.0]}) == 8


def test_errors_are_the_same_in_every_version(sess):
    x, w = tf.placeholder(tf.float32, name="x"), tf.Variable(np.ones((3, 2)), name="w")
    y = tf.matmul(x, tf.cast(w, tf.float32), name="y")
    sess.run(w.initializer)
    told = []
    for _ in range(4):
        with pytest.raises(errors.InvalidArgumentError) as caught:
            sess.run(y, {x: np.ones((2, 4))})
        told.append((str(caught.value), caught.value.op, caught.value.__notes__))
        assert sess.run(y, {x: np.ones((2, 3))}).shape == (2, 2)
    assert all(one == told[0] for one in told)
    assert told[0][1] is y.op


def test_errors_inside_a_version_name_the_users_node_and_line(sess):
    x = tf.placeholder(tf.float32, [None], name="x")
    i = tf.placeholder(tf.int32, [], name="i")
    y = tf.gather(x * 2.0, i, name="picked")
    for _ in range(3):
        assert sess.run(y, {x: [1.0, 2.0], i: 1}) == 4
    assert program_of(sess, y, x, i).now is not program_of(sess, y, x, i)
    with pytest.raises(errors.InvalidArgumentError, match="picked") as caught:
        sess.run(y, {x: [1.0, 2.0], i: 5})
    assert caught.value.op is y.op
    assert any("test_versions.py" in note for note in caught.value.__notes__)


def test_feeds_are_refused_in_the_same_words(sess):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = norm(x)
    words = set()
    for _ in range(4):
        sess.run(y, {x: np.ones((3, 2))})
        with pytest.raises(ValueError, match="Cannot feed value of shape") as caught:
            sess.run(y, {x: np.ones((3, 4))})
        words.add(str(caught.value))
    assert len(words) == 1


def test_variables_of_another_shape_are_noticed(sess):
    x = tf.placeholder(tf.float32)
    v = tf.Variable([1.0, 2.0])
    y = tf.gradients(tf.reduce_sum(v * x), v)[0]
    sess.run(v.initializer)
    for _ in range(3):
        assert sess.run(y, {x: [[1.0, 1.0]]}).tolist() == [1.0, 1.0]
    sess.run(tf.assign(v, [1.0, 2.0, 3.0], validate_shape=False))
    assert sess.run(y, {x: [[1.0]]}).tolist() == [1.0, 1.0, 1.0]


def test_what_was_rewired_after_the_first_run_is_not_for_versions(sess):
    a, b = tf.constant(1.0), tf.constant(5.0)
    x = tf.placeholder(tf.float32)
    y = tf.identity(x, name="y") + a
    for _ in range(2):
        assert sess.run(y, {x: [1.0]}).tolist() == [2.0]
    y.op._update_input(1, b)
    for _ in range(4):
        assert sess.run(y, {x: [1.0]}).tolist() == [2.0]


def test_closing_ends_versions_too(sess):
    x = tf.placeholder(tf.float32)
    y = norm(x)
    run = sess.make_callable(y, [x])
    for _ in range(4):
        assert run([1.0]) == 2
    sess.close()
    with pytest.raises(RuntimeError, match="closed"):
        run([1.0])


def test_random_streams_go_on_when_versions_change():
    def stream(versions):
        with tf.Graph().as_default(), tf.Session() as sess:
            x = tf.placeholder(tf.float32, [None])
            y = norm(x) + tf.random_uniform([], seed=3)
            size = itertools.repeat(2) if versions else itertools.count(1)
            return [sess.run(y, {x: np.zeros(next(size))}) for _ in range(6)]

    assert stream(True) == stream(False)


def test_traced_runs_tell_of_the_users_nodes(sess):
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.reduce_sum(x * 2.0, name="y")
    for _ in range(4):
        sess.run(y, {x: [1.0, 2.0]})
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    sess.run(y, {x: [1.0, 2.0]}, options, metadata)
    nodes = [n.node_name for d in metadata.step_stats.dev_stats for n in d.node_stats]
    assert "y" in nodes


def test_threads_that_feed_different_shapes_get_their_own_results(sess):
    x = tf.placeholder(tf.float32)
    y = norm(x)
    wrong = []

    def run(n):
        for _ in range(100):
            if sess.run(y, {x: np.ones((n, 3))}) != 6 * n:
                wrong.append(n)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# -- callables -----------------------------------------------------------------------


def test_callables_give_what_run_gives_before_and_after_versions(sess):
    x = tf.placeholder(tf.float32, name="x")
    y, z = x * 2.0, x + 1.0
    for fetches in (y, [y, z], (y, z), {"a": y}, y.op, "mul:0"):
        call = sess.make_callable(fetches, [x])
        for _ in range(4):
            got, want = call(np.float32(3)), sess.run(fetches, {x: 3.0})
            assert type(got) is type(want)
            assert got == want


def test_callables_see_what_the_graph_has_become(sess):
    x = tf.placeholder(tf.float32, [None], name="x")
    y = x * 2.0
    call = sess.make_callable(y, [x])
    for _ in range(3):
        assert call([1.0]).tolist() == [2.0]
    x.set_shape([1])
    with pytest.raises(ValueError, match="Cannot feed"):
        call([1.0, 2.0])
    sess.graph.prevent_feeding(x)
    with pytest.raises(ValueError, match="may not be fed"):
        call([1.0])


def test_lists_of_numbers_are_converted_as_ever(sess):
    x = tf.placeholder(tf.int32, [None])
    y = x + 1
    for _ in range(3):
        assert sess.run(y, {x: [1, 2]}).tolist() == [2, 3]
        assert sess.run(y, {x: [1.9, True]}).tolist() == [2, 2]
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        sess.run(y, {x: [[1]]})
    with pytest.raises((TypeError, ValueError)):
        sess.run(y, {x: [[1], [2, 3]]})
