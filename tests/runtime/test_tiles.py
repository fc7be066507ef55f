"""Chains that run by tiles: which nodes, in what order, equal bits, little memory."""

import math

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.runtime import tiles
from interactive_graphs.runtime.compile import is_heavy
from interactive_graphs.runtime.memory import plan_memory
from interactive_graphs.runtime.tiles import Chain, chained, in_lines

SIZE = 1 << 18
RANDOM = np.random.default_rng(11)


@pytest.fixture(autouse=True)
def numpy_tier(monkeypatch):
    monkeypatch.setenv("INTERACTIVE_GRAPHS_TIER", "numpy")


@pytest.fixture
def sess():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def specialised(sess, fetches, feed):
    plan = sess.program(fetches, feed).plan
    made = sess._engine.specialise(plan, [np.shape(v) for v in feed.values()])
    assert made is not None
    return made


def chains(plan):
    return [item for item in chained(plan) if isinstance(item, Chain)]


def deep(x, layers=12):
    for _ in range(layers):
        x = tf.tanh(x * 1.5)
    return x


def test_training_needs_a_few_arrays_and_not_one_for_each_layer(sess):
    x = tf.placeholder(tf.float32, [SIZE])
    w = tf.Variable(np.ones(SIZE, np.float32))
    h = x
    for _ in range(20):
        h = tf.tanh(h * w)
    loss = tf.reduce_mean(h * h)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    sess.run(tf.global_variables_initializer())
    plan = specialised(sess, [loss, train], {x: np.ones(SIZE, np.float32)})
    (chain,) = chains(plan)
    assert len(chain.ops) > 100
    memory = plan_memory(plan, chained(plan))
    tile = tiles.TILE * 4
    # What is summed, the gradient, and tiles: without chains 22 whole arrays.
    assert sum(memory.sizes) <= 2 * SIZE * 4 + 25 * tile
    assert sum(plan_memory(plan).sizes) >= 20 * SIZE * 4


@pytest.mark.parametrize(
    "shape", [(SIZE,), (SIZE + 1,), (1000, 301), (1 << 17, 3), (64, 8, 512)]
)
@pytest.mark.parametrize("tile", [1 << 14, 1000 * 16 + 3])
def test_the_bits_are_those_of_whole_arrays(sess, monkeypatch, shape, tile):
    x = tf.placeholder(tf.float32, shape)
    row = tf.constant(RANDOM.normal(size=shape[-1:]).astype(np.float32))
    w = tf.Variable(RANDOM.normal(size=shape).astype(np.float32))
    h = x
    for _ in range(6):
        h = tf.nn.relu(tf.tanh(h * w) - row) / (1.5 + tf.sigmoid(h))
    y = tf.reduce_sum(h, 0)
    fetches = [h, y, *tf.gradients(y, [x, w])]
    sess.run(tf.global_variables_initializer())
    value = RANDOM.normal(size=shape).astype(np.float32)
    value.flat[:8] = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-42, 3e38, -3e38]
    monkeypatch.setattr(tiles, "TILE", tile)
    found = [sess.run(fetches, {x: value}) for _ in range(3)]
    assert "for at, to" in sess.program(fetches, {x: value}).now.source
    monkeypatch.setattr(tiles, "WORTH", math.inf)
    with tf.Session() as other:
        w.load(sess.run(w), other)
        found.append(other.run(fetches, {x: value}))
        assert "for at, to" not in other.program(fetches, {x: value}).now.source
    for values in zip(*found, strict=True):
        assert len({part.tobytes() for part in values}) == 1


def test_large_steps_run_by_tiles_the_first_time(sess, monkeypatch):
    monkeypatch.setattr("interactive_graphs.client.programs.Once", None)
    x = tf.placeholder(tf.float32, [1 << 20])
    y = deep(x)
    sess.run(y, {x: np.ones(1 << 20, np.float32)})
    (program,) = sess.program(y, {x: np.ones(1 << 20, np.float32)}).versions
    assert "for at, to" in program.source


def test_many_nodes_are_not_compiled_for_one_run(sess):
    x = tf.placeholder(tf.float32, [1 << 14])
    y = deep(x, 300)
    feed = {x: np.ones(1 << 14, np.float32)}
    sess.run(y, feed)
    program = sess.program(y, feed)
    assert is_heavy(program.plan, for_one_run=False)
    assert not program.versions


def test_small_arrays_are_no_chain(sess):
    x = tf.placeholder(tf.float32, [1 << 15])
    plan = specialised(sess, deep(x, 60), {x: np.ones(1 << 15, np.float32)})
    assert not chains(plan)


def test_what_is_fetched_is_whole(sess):
    x = tf.placeholder(tf.float32, [SIZE])
    first = deep(x)
    last = deep(first)
    plan = specialised(sess, [first, last], {x: np.ones(SIZE, np.float32)})
    (chain,) = chains(plan)
    made = {op.outputs[0] for op in chain.ops}
    assert len(made - chain.inside) == 2


def test_a_sum_in_the_middle_parts_two_chains(sess):
    x = tf.placeholder(tf.float32, [SIZE])
    first = deep(x)
    last = deep(first - tf.reduce_mean(first))
    plan = specialised(sess, last, {x: np.ones(SIZE, np.float32)})
    items = chained(plan)
    kinds = [item.type for item in items if not isinstance(item, Chain)]
    assert len(chains(plan)) == 2
    at = [i for i, item in enumerate(items) if isinstance(item, Chain)]
    assert "Mean" in [item.type for item in items[at[0] + 1 : at[1]]]
    assert "Mean" in kinds


def test_every_node_comes_after_what_it_needs(sess):
    x = tf.placeholder(tf.float32, [SIZE])
    w = tf.Variable(np.ones(SIZE, np.float32))
    h = deep(x * w)
    loss = tf.reduce_mean(h)
    train = tf.train.AdamOptimizer().minimize(loss)
    with tf.control_dependencies([train]):
        after = deep(tf.identity(w.read_value()))
    sess.run(tf.global_variables_initializer())
    plan = specialised(sess, [loss, after], {x: np.ones(SIZE, np.float32)})
    order = in_lines(chained(plan))
    assert set(order) == set(plan.nodes)
    assert len(chains(plan)) >= 2
    place = {op: i for i, op in enumerate(order)}
    for op in order:
        sources = {t.op for t in map(plan.find, op.inputs)} | set(op.controls)
        assert all(place[s] < place[op] for s in sources if s in place)


def test_reads_and_changes_of_variables_keep_their_order(sess):
    x = tf.placeholder(tf.float32, [SIZE])
    w = tf.Variable(np.full(SIZE, 0.5, np.float32))
    h = deep(x * w)
    change = tf.assign(w, h)
    with tf.control_dependencies([change]):
        after = deep(w.read_value() + x)
    value = np.linspace(-1, 1, SIZE).astype(np.float32)
    sess.run(tf.global_variables_initializer())
    found = []
    for _ in range(3):
        w.load(np.full(SIZE, 0.5, np.float32), sess)
        found.append(sess.run([h, after, w], {x: value}))
    for results in found:
        for got, want in zip(results, found[0], strict=True):
            np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(found[0][0], found[0][2])


def test_what_a_user_got_is_not_changed_by_the_next_run(sess):
    x = tf.placeholder(tf.float32, [SIZE])
    y = deep(x)
    ones, twos = (np.full(SIZE, v, np.float32) for v in (1, 2))
    for _ in range(2):
        sess.run(y, {x: ones})
    first = sess.run(y, {x: ones})
    kept = first.copy()
    sess.run(y, {x: twos})
    np.testing.assert_array_equal(first, kept)
