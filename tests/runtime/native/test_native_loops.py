"""Loops and conditions whose blocks are native, held against numpy's."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import interactive_graphs as tf
from interactive_graphs import errors
from interactive_graphs.runtime.native import build as building, scalar_loops
from tests.runtime.native.programs import both, close, put_back, variables
from tests.runtime.nestings import blocks, build as nest, work_out

RANDOM = np.random.default_rng(7)


def check(fetches, feed=None, steps=2):
    """Both tiers from the same variables, some steps long."""
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    pair = both(sess, fetches, feed)
    begin = variables(sess)
    seen = []
    for run in (pair.numpy.run, pair.made.run):
        put_back(sess, begin)
        results = [run(pair.values) for _ in range(steps)]
        seen.append((results, variables(sess)))
    for a, b in zip(seen[0][0], seen[1][0], strict=True):
        close(a, b)
    close(seen[0][1].values(), seen[1][1].values())
    return pair.made


def floats(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def rnn(steps):
    x = tf.placeholder(tf.float32, [8, 16])
    w = tf.Variable(floats(16, 16) * 0.3, name="w")

    def body(i, h):
        return i + 1, tf.tanh(tf.matmul(h, w) + x)

    _, h = tf.while_loop(lambda i, h: i < steps, body, [0, tf.zeros([8, 16])])
    return h, {x: floats(8, 16)}


def test_a_recurrent_net():
    h, feed = rnn(5)
    program = check([h], feed)
    assert any("gemm_8x16x16_add_tanh" in line for line in program.lines)


def test_training_a_recurrent_net():
    h, feed = rnn(5)
    loss = tf.reduce_mean(tf.square(h))
    train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    check([loss, train], feed, 3)


def test_dynamic_rnn():
    x = tf.placeholder(tf.float32, [3, 6, 4])
    cell = tf.nn.rnn_cell.BasicLSTMCell(5)
    outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    loss = tf.reduce_mean(tf.square(outputs))
    train = tf.train.AdamOptimizer(0.01).minimize(loss)
    check([loss, train], {x: floats(3, 6, 4)}, 3)


@pytest.mark.parametrize("holds", [True, False])
def test_both_sides_of_a_condition(holds):
    x = tf.placeholder(tf.float32, [50])
    chosen = tf.placeholder(tf.bool, [])
    result = tf.cond(
        chosen,
        lambda: tf.tanh(tf.exp(x) * 2.0 + 1.0),
        lambda: tf.sqrt(tf.square(x) + 1.0) - x,
    )
    check([tf.reduce_sum(result * 2.0)], {x: floats(50), chosen: np.bool_(holds)})


@pytest.mark.parametrize("holds", [True, False])
def test_a_variable_that_one_side_changes(holds):
    v = tf.Variable(floats(60), name="v")
    chosen = tf.placeholder(tf.bool, [])
    changed = tf.cond(
        chosen,
        lambda: tf.assign_add(v, tf.tanh(tf.ones([60])) * 2.0),
        lambda: tf.identity(v) * 1.0,
    )
    with tf.control_dependencies([changed]):
        after = tf.reduce_sum(tf.tanh(v.read_value()) * 3.0)
    before = tf.reduce_sum(tf.exp(v) * 3.0 + 1.0)
    check([after, before], {chosen: np.bool_(holds)}, 3)


def test_a_variable_that_a_loop_changes():
    v = tf.Variable(floats(60), name="v")
    x = tf.placeholder(tf.float32, [60])

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, tf.tanh(x) * 0.5)]):
            return i + 1

    end = tf.while_loop(lambda i: i < 4, body, [0])
    with tf.control_dependencies([end]):
        after = tf.tanh(v.read_value()) * 2.0
    check([after, end], {x: floats(60)})


def test_what_a_loop_read_before_it_changed_it():
    v = tf.Variable(floats(60), name="v")
    before = tf.identity(v) * 1.0

    def body(i, total):
        with tf.control_dependencies([tf.assign_add(v, tf.ones([60]))]):
            return i + 1, total + tf.tanh(v) + tf.exp(before)

    _, total = tf.while_loop(lambda i, _: i < 3, body, [0, tf.zeros([60])])
    sess = tf.Session()
    sess.run(v.initializer)
    # Its value before the loop would have to be kept while the loop changes it.
    assert both(sess, [total]).native is None


def test_a_loop_in_a_loop():
    x = tf.placeholder(tf.float32, [40])

    def inner(h):
        return tf.while_loop(
            lambda j, _: j < 3, lambda j, g: (j + 1, tf.tanh(g * x) + 1.0), [0, h]
        )[1]

    _, h = tf.while_loop(
        lambda i, _: i < 4, lambda i, h: (i + 1, inner(h) * 0.5 - x), [0, x]
    )
    check([h, tf.gradients(h, x)[0]], {x: floats(40)})


def test_map_and_scan():
    x = tf.placeholder(tf.float32, [5, 30])
    mapped = tf.map_fn(lambda row: tf.tanh(row) * tf.exp(row) + 1.0, x)
    scanned = tf.scan(lambda a, row: tf.tanh(a + row) * 0.5, x)
    check([mapped, scanned], {x: floats(5, 30)})


def test_numbers_alone():
    n = tf.placeholder(tf.int32, [])
    end = tf.while_loop(lambda i: i < n, lambda i: i + 1, [0])
    total = tf.while_loop(
        lambda i, s: i < n, lambda i, s: (i + 1, s + tf.sqrt(tf.to_float(i))), [0, 0.0]
    )[1]
    tail = tf.reduce_sum(tf.tanh(tf.ones([50]) * total) + tf.exp(tf.ones([50])))
    check([end, total, tail], {n: np.int32(20)})


def test_a_refusal_inside_a_loop_is_the_nodes():
    table = tf.placeholder(tf.float32, [4, 30])

    def body(i, total):
        row = tf.gather(table, [i, i + 1], name="rows")
        return i + 1, total + tf.reduce_sum(tf.tanh(row) * 2.0, axis=0)

    total = tf.while_loop(lambda i, _: i < 9, body, [0, tf.zeros([30])])[1]
    sess = tf.Session()
    pair = both(sess, [total], {table: floats(4, 30)})
    with pytest.raises(Exception) as caught:
        pair.made.run(pair.values)
    seen = pair.made.blame(caught.value)
    assert isinstance(seen, errors.InvalidArgumentError)
    assert "rows" in seen.op.name
    assert any("iteration 3 of loop" in note for note in seen.__notes__)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(block=blocks)
def test_any_nesting(block):
    expected_held = [5, 7]
    expected = work_out(block, [1, 2, 3], expected_held)
    with tf.Graph().as_default(), pytest.MonkeyPatch.context() as patch:
        # Otherwise so few numbers would stay Python's.
        patch.setattr(building, "OPERATOR_NANOSECONDS", 1e6)
        inputs = [tf.placeholder(tf.int32, [], name=name) for name in "abc"]
        held = [tf.Variable(5, use_resource=False), tf.Variable(7, use_resource=True)]
        result = nest(tf, block, inputs, held)
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        feed = dict(zip(inputs, map(np.int32, (1, 2, 3)), strict=True))
        pair = both(sess, [result], feed)
        run = pair.numpy.run if pair.native is None else pair.native.run
        assert run(pair.values)[0] == expected
        assert sess.run(held) == expected_held


def counting(limit, body=lambda i: i + 1, dtype=tf.int32):
    start = tf.placeholder(dtype, [])
    end = tf.while_loop(lambda i: i < limit, body, [start])
    sess = tf.Session()
    pair = both(sess, [end], {start: dtype.as_numpy_dtype(0)})
    assert any(kernel.name.startswith("scalar_loop") for kernel in pair.made.kernels)
    return sess, pair


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64, tf.float32, tf.float64])
def test_a_loop_over_numbers_is_one_kernel(dtype):
    _sess, pair = counting(1000, lambda i: i + 3, dtype)
    for start in (0, 5, 999, 1000, 5000):
        close(pair.numpy.run((start,)), pair.made.run((start,)), 0)


def test_a_loop_over_several_numbers():
    n = tf.placeholder(tf.int32, [])
    rate = tf.Variable(0.25)
    _, total, was_even, same = tf.while_loop(
        lambda i, *_: i < n,
        lambda i, a, even, same: (
            i + 1,
            a * (1 - rate) + tf.sqrt(tf.cast(i, tf.float32)),
            tf.logical_not(even),
            same,
        ),
        [0, 1.0, True, 7],
    )
    program = check([total, was_even, same], {n: np.int32(37)})
    assert any(kernel.name.startswith("scalar_loop") for kernel in program.kernels)


def test_a_long_loop_is_gone_on_with(monkeypatch):
    loop = scalar_loops.scalar.scalar_loop
    monkeypatch.setattr(
        scalar_loops.scalar, "scalar_loop", lambda *a, **k: loop(*a, turns=10, **k)
    )
    _sess, pair = counting(1234)
    assert pair.made.run((0,)) == [1234]
