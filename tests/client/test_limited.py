"""How many threads the products of a session's steps take: what its config says."""

import threading

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.kernels.cpu import gemm, helpers


@pytest.fixture
def seen(monkeypatch):
    """How many threads each product in this thread may take, 0 for any."""
    numbers = []
    share = helpers.share

    def watched(*args):
        numbers.append(getattr(helpers._allowed, "threads", 0))
        share(*args)

    monkeypatch.setattr(gemm.helpers, "share", watched)
    return numbers


def session(threads):
    options = tf.OptimizerOptions(global_jit_level=tf.OptimizerOptions.OFF)
    return tf.Session(
        config=tf.ConfigProto(
            intra_op_parallelism_threads=threads,
            graph_options=tf.GraphOptions(optimizer_options=options),
        )
    )


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_each_way_to_run_goes_by_the_config(threads, seen):
    x = tf.placeholder(tf.float32, [300, 300])
    square = tf.matmul(x, x)
    array = np.ones((300, 300), np.float32)
    feed = {x: array}
    with session(threads) as sess:
        for _ in range(5):
            sess.run(square, feed)
        sess.make_callable(square, [x])(array)
        sess.make_callable(tf.matmul(tf.random_uniform([300, 300]), array))()
        sess.run(square, feed, run_metadata=tf.RunMetadata())
    assert seen == [threads] * 8


def test_sessions_do_not_mix(seen):
    """A session inside another's step, and one in another thread."""
    x = tf.placeholder(tf.float32, [300, 300])
    square = tf.matmul(x, x)
    array = np.ones((300, 300), np.float32)
    inner = session(2)

    def run_inside(value):
        inner.run(square, {x: array})
        return value

    nested = tf.matmul(tf.py_func(run_inside, [square], tf.float32), array)
    with session(5) as sess, inner:
        sess.run(nested, {x: array})
    assert seen == [5, 2, 5]
    del seen[:]
    with session(0) as sess, session(4) as other:
        thread = threading.Thread(target=other.run, args=(square, {x: array}))
        with helpers.at_most(3):
            thread.start()
            thread.join()
            sess.run(square, {x: array})
    assert seen == [4, 3]


def test_an_error_is_blamed_on_its_node():
    x = tf.placeholder(tf.float32, [None, None])
    product = tf.matmul(x, tf.ones([3, 3]), name="wrong")
    with session(2) as sess:
        for _ in range(3):
            with pytest.raises(tf.errors.InvalidArgumentError) as caught:
                sess.run(product, {x: np.ones((2, 2))})
            assert caught.value.op is product.op
        run = sess.make_callable(product, [x])
        with pytest.raises(tf.errors.InvalidArgumentError):
            run(np.ones((2, 2)))
