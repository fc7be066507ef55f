"""Planned memory: the facts it rests on, what is never planned, and equal results."""

import re
import threading

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import registry
from interactive_graphs.runtime import memory, sharing
from interactive_graphs.runtime.call import invoke
from interactive_graphs.runtime.planned import special_writer
from tests.registry.test_every_op import RUN, Node

LARGE = 20_000


@pytest.fixture(autouse=True)
def numpy_tier(monkeypatch):
    monkeypatch.setenv("INTERACTIVE_GRAPHS_TIER", "numpy")


@pytest.fixture
def sess():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def planned(sess, fetches, feed):
    """The planned program of a step, and its memory; it is right about the values."""
    want = sess.run(fetches, feed)
    program = sess.program(fetches, feed)
    values = [np.asarray(v, t.dtype.as_numpy_dtype) for t, v in feed.items()]
    plan = sess._engine.specialise(program.plan, [v.shape for v in values])
    writer = special_writer(plan, sess._engine.state, program.run)
    writer.feeds(sess._programs.feeders(tuple(feed)))
    writer.open()
    writer.body()
    writer.close(list(fetches))
    made = writer.program()
    for _ in range(2):
        for got, wanted in zip(made.run(values), want, strict=True):
            np.testing.assert_array_equal(got, wanted)
    return made, memory.plan_memory(plan)


# -- the facts -----------------------------------------------------------------------


def operations(kinds):
    """A node of each kind, float32, with an array for each input."""
    x = tf.placeholder(tf.float32, [4, 6])
    for kind in sorted(kinds):
        record = registry.lookup(kind)
        count = len(record.inputs)
        if record.plain and count in (1, 2):
            yield tf.get_default_graph().create_op(
                kind, [x] * count, [tf.float32], attrs={"T": tf.float32}
            )


WRITTEN = """Add AddV2 Sub Mul RealDiv Neg Square TanhGrad Sigmoid SigmoidGrad Relu
ReluGrad Exp Log Sqrt Sin Cos Tanh Maximum Minimum Abs Floor Expm1 Log1p""".split()


@pytest.mark.parametrize("kind", WRITTEN)
def test_written_results_are_the_kernels_bit_by_bit(kind):
    with tf.Graph().as_default():
        (op,) = operations([kind])
    write = sharing.write(op)
    assert write is not None
    rng = np.random.default_rng(0)
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-42]
    numbers = np.append(rng.normal(size=18), special).astype(np.float32)
    arrays = [rng.permutation(numbers).reshape(4, 6) for _ in op.inputs]
    with np.errstate(all="ignore"):
        want = invoke(op, [a.copy() for a in arrays])[0]
        for place in (None, *write.in_place):
            given = [a.copy() for a in arrays]
            out = np.empty((4, 6), np.float32) if place is None else given[place]
            names = {f"i{i}": array for i, array in enumerate(given)}
            uses = {f"u_{name}": thing for name, thing in write.uses.items()}
            called = {name: f"u_{name}" for name in write.uses}
            text = write.text.format(*names, out="out", **called)
            got = eval(text, {**names, **uses, "out": out})
            assert got is out
            np.testing.assert_array_equal(got, want)
            assert (np.signbit(got) == np.signbit(want)).all()


def test_sums_are_added_in_the_kernels_order():
    with tf.Graph().as_default():
        parts = [tf.placeholder(tf.float32, [3]) for _ in range(4)]
        op = tf.add_n(parts).op
    arrays = [np.array([1e8, -1e8, 0.1], np.float32) * i for i in (1, -1, 3, 7)]
    write = sharing.write(op)
    out = np.empty(3, np.float32)
    np.testing.assert_array_equal(write.uses["f"](out, *arrays), invoke(op, arrays)[0])


NEW = [s for s in RUN if s.op in sharing.READS | set(WRITTEN)]


@pytest.mark.parametrize("sample", NEW, ids=lambda sample: sample.op)
def test_ops_that_are_said_to_give_new_memory_do(sample, monkeypatch):
    with tf.Graph().as_default():
        node = Node(sample)
        kernel = registry.lookup(sample.op).kernels["CPU"]
        function = kernel.fn
        shared = []

        def watched(*args, **attrs):
            result = function(*args, **attrs)
            results = result if isinstance(result, tuple) else (result,)
            given = [a for a in args if isinstance(a, np.ndarray)]
            shared.extend(np.shares_memory(r, g) for r in results for g in given)
            return result

        monkeypatch.setattr(kernel, "fn", watched)
        node.run()
    assert not any(shared)


def test_most_facts_are_held_against_samples():
    # Those that update variables have references; their results are the variables'.
    updates = {name for name in sharing.READS if name.startswith("Apply")}
    assert {sample.op for sample in NEW} >= sharing.READS - updates


# -- what is planned, and what is not ------------------------------------------------


def test_a_chain_takes_one_place(sess):
    x = tf.placeholder(tf.float32, [LARGE])
    y = x
    for _ in range(5):
        y = tf.tanh(y * 1.5)
    total = tf.reduce_sum(y)
    made, plan = planned(sess, [total], {x: np.linspace(-1, 1, LARGE)})
    assert len(plan.places) == 10
    assert len(plan.sizes) == 1
    assert re.search(r"tanh\w*\(mul\w*, m1\)", made.source)


def test_values_that_are_needed_later_keep_their_places(sess):
    x = tf.placeholder(tf.float32, [LARGE])
    a = x * 2.0
    b = a + 1.0
    c = b * a
    total = tf.reduce_sum(c)
    _, plan = planned(sess, [total], {x: np.arange(LARGE)})
    assert len(plan.sizes) == 2


def test_fetched_values_are_the_users_own(sess):
    x = tf.placeholder(tf.float32, [LARGE])
    y = x * 2.0
    view = tf.reshape(y, [-1, 2])
    z = tf.reduce_sum(y + 1.0)
    made, plan = planned(sess, [view, z], {x: np.ones(LARGE)})
    assert len(plan.places) == 1
    first, _ = made.run([np.ones(LARGE, np.float32)])
    second, _ = made.run([np.zeros(LARGE, np.float32)])
    assert first.sum() == 2 * LARGE
    assert second.sum() == 0
    first[:] = 7


@pytest.mark.parametrize("keep", ["assign", "function", "list"])
def test_values_that_somebody_may_keep_are_not_planned(sess, keep):
    x = tf.placeholder(tf.float32, [LARGE])
    y = x * 2.0
    kept = []
    if keep == "assign":
        v = tf.Variable(np.zeros(LARGE, np.float32))
        sess.run(v.initializer)
        use = tf.assign(v, tf.reshape(y, [LARGE]))
    elif keep == "function":
        use = tf.py_func(lambda a: kept.append(a) or a, [y], tf.float32)
    else:
        use = tf.TensorArray(tf.float32, 1).write(0, y).stack()
    z = tf.reduce_sum(use)
    _, plan = planned(sess, [z], {x: np.ones(LARGE)})
    assert not any(t.op.name == y.op.name for t in plan.places)


def test_small_values_and_doubtful_ones_are_left_to_numpy(sess):
    x = tf.placeholder(tf.float32, [LARGE])
    small = tf.reduce_sum(x[:10] * 2.0 + 1.0)
    called = tf.py_func(lambda a: a, [x], tf.float32)
    called.set_shape([LARGE])
    doubtful = tf.reduce_sum(called * 2.0 + 1.0)
    _, plan = planned(sess, [small, doubtful], {x: np.ones(LARGE)})
    assert not plan.places


def test_memory_begins_at_multiples_of_64_bytes(sess):
    x = tf.placeholder(tf.float32, [LARGE])
    y = tf.reduce_sum((x + 1.0) * (x - 1.0))
    _, plan = planned(sess, [y], {x: np.ones(LARGE)})
    assert plan.views
    for array in plan.instance():
        assert array.ctypes.data % 64 == 0
        assert array.shape == (LARGE,)


def test_runs_in_several_threads_have_memory_of_their_own(sess):
    x = tf.placeholder(tf.float32, [LARGE])
    y = x
    for _ in range(6):
        y = tf.sqrt(y * y) + x
    total = tf.reduce_mean(y)
    wrong = []

    def run(number):
        for _ in range(30):
            if sess.run(total, {x: np.full(LARGE, number)}) != 7 * number:
                wrong.append(number)

    threads = [threading.Thread(target=run, args=(float(n),)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# -- anything ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_random_graphs_give_the_same_bits_however_they_are_written(sess, seed):
    rng = np.random.default_rng(seed)
    side = 100
    x = tf.placeholder(tf.float32, [None, side])
    v = tf.Variable(rng.normal(size=(side,)).astype(np.float32))
    sess.run(v.initializer)
    values = [x, x * 1.0, tf.tanh(x)]
    unary = (tf.tanh, tf.sigmoid, tf.nn.relu, tf.exp, tf.negative, tf.square)
    binary = (tf.add, tf.subtract, tf.multiply, tf.maximum)
    for _ in range(25):
        a, b = (values[i] for i in rng.integers(len(values), size=2))
        kind = rng.integers(6)
        if kind == 0:
            made = unary[rng.integers(len(unary))](a)
        elif kind == 1:
            made = tf.reshape(tf.reshape(a, [-1]) * 0.5, tf.shape(b))
        elif kind == 2:
            made = tf.transpose(tf.transpose(a) + tf.transpose(b))
        elif kind == 3:
            made = a * v + np.float32(rng.normal())
        elif kind == 4:
            made = tf.add_n([a, b, x])
        else:
            made = binary[rng.integers(len(binary))](a, b)
        values.append(tf.clip_by_value(made, -3.0, 3.0))
    picked = [values[i] for i in rng.integers(3, len(values), size=2)]
    loss = tf.reduce_mean(sum(picked))
    grads = [g for g in tf.gradients(loss, [v, x]) if g is not None]
    fetches = [loss, picked[0], *grads]
    feed = {x: rng.normal(size=(side, side))}
    planned(sess, fetches, feed)
