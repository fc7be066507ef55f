"""A closed session keeps none of its native memory, and a run under way may end."""

import gc
import threading
import time
import weakref

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.kernels.native import compiler, target as targets
from interactive_graphs.runtime import memory as planned
from interactive_graphs.runtime.native import assemble, tiers

SIZE = 300


@pytest.fixture(autouse=True)
def native_tier(monkeypatch):
    if targets.available():
        pytest.skip(targets.available())
    monkeypatch.setenv("INTERACTIVE_GRAPHS_TIER", "native")


@pytest.fixture
def blocks(monkeypatch):
    """Weak references to all memory that programs get from now on."""
    seen = []

    class Seen(assemble.Memory):
        __slots__ = ()

        def __init__(self, size):
            super().__init__(size)
            seen.append(weakref.ref(self.array))

    def aligned(size, make=planned._aligned):
        made = make(size)
        seen.append(weakref.ref(made))
        return made

    monkeypatch.setattr(assemble, "Memory", Seen)
    monkeypatch.setattr(planned, "_aligned", aligned)
    return seen


def net(turns=1):
    """A product again and again, and training with it: what to run, and its feed."""
    x = tf.placeholder(tf.float32, [SIZE, SIZE])
    w = tf.Variable(np.eye(SIZE, dtype=np.float32))
    h = x
    for _ in range(turns):
        h = tf.tanh(tf.matmul(h, w))
    loss = tf.reduce_mean(h)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    return [loss, train], {x: np.full((SIZE, SIZE), 0.1, np.float32)}


def alive(references):
    gc.collect()
    return sum(reference() is not None for reference in references)


def test_a_closed_session_has_no_memory_left(blocks):
    with tf.Graph().as_default():
        fetches, feed = net()
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        for _ in range(3):
            sess.run(fetches, feed)
        assert sess.program(fetches, feed).now.tier == "native"
        assert alive(blocks)
        sess.close()
        assert not alive(blocks)


def nothing_is_compiled():
    """Wait for what earlier tests have left to the compiler's thread."""
    work = tiers.Work(lambda: None)
    tiers.background.add(work)
    while not work._is_made:
        time.sleep(0.01)


def test_code_that_no_session_uses_is_let_go():
    nothing_is_compiled()
    gc.collect()
    before = set(compiler._loaded)
    with tf.Graph().as_default(), tf.Session() as sess:
        fetches, feed = net()
        sess.run(tf.global_variables_initializer())
        sess.run(fetches, feed)
        made = set(compiler._loaded) - before
    del sess
    gc.collect()
    assert not made & set(compiler._loaded)


def test_the_numpy_version_gives_its_memory_back(blocks, monkeypatch):
    monkeypatch.setenv("INTERACTIVE_GRAPHS_TIER", "auto")
    # What native programs get is not of interest here.
    monkeypatch.setattr(assemble, "Memory", assemble.Memory.__base__)
    with tf.Graph().as_default(), tf.Session() as sess:
        fetches, feed = net()
        sess.run(tf.global_variables_initializer())
        while sess.program(fetches, feed).now.tier != "native":
            sess.run(fetches, feed)
        sess.run(fetches, feed)
        assert blocks
        assert not alive(blocks)


def run_on(sess, step, found, begun):
    """Run a step until the session is closed."""
    begun.set()
    try:
        while True:
            found.append(sess.run(*step)[0])
    except (RuntimeError, tf.errors.OpError) as error:
        found.append(error)


@pytest.mark.parametrize("whole", [True, False], ids=["session", "reset"])
def test_a_run_under_way_ends_as_it_would_have(blocks, whole):
    """Its memory and its code are there until it is done, whoever closes."""
    with tf.Graph().as_default():
        step = net(turns=20)
        expected = None
        for _ in range(5):
            sess = tf.Session()
            sess.run(tf.global_variables_initializer())
            first = sess.run(*step)[0]
            expected = first if expected is None else expected
            assert first == expected
            found = []
            begun = threading.Event()
            thread = threading.Thread(target=run_on, args=(sess, step, found, begun))
            thread.start()
            begun.wait()
            if whole:
                sess.close()
            else:
                tf.Session.reset("")
            thread.join(60)
            assert not thread.is_alive()
            *losses, error = found
            assert isinstance(error, (RuntimeError, tf.errors.OpError))
            assert all(np.isfinite(losses))
            sess.close()
            del sess, thread, error, found
            assert not alive(blocks)
