"""Whole trainings: the same losses in every tier, and the same bits in every run.

A session may change tiers in the middle of a training. It does so at a step that the
shapes decide, so that two equal scripts give equal bits however fast the machine was.
"""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.kernels.native.target import available
from interactive_graphs.runtime.native import tiers
from tests.tiers.ways import config, run_all, small_is_worth_it

RNG = np.random.default_rng(3)
IMAGES = RNG.normal(size=(12, 8, 8, 3)).astype(np.float32)
LABELS = RNG.integers(0, 5, 12)
STEPS = 5


def weights(*shape):
    size = np.sqrt(np.prod(shape[:-1]))
    rng = np.random.default_rng(len(tf.global_variables()))
    return tf.Variable((rng.normal(size=shape) / size).astype(np.float32))


def dense(x, outputs):
    return tf.matmul(x, weights(x.shape[-1].value, outputs)) + tf.Variable(
        tf.zeros([outputs])
    )


def perceptron(x):
    hidden = tf.nn.relu(dense(tf.layers.flatten(x), 20))
    return dense(tf.tanh(dense(hidden, 17)), 5)


def convolutional(x):
    layer = tf.nn.conv2d(x, weights(3, 3, 3, 7), [1, 1, 1, 1], "SAME")
    layer = tf.nn.relu(layer + tf.Variable(tf.fill([7], 0.1)))
    layer = tf.nn.max_pool(layer, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    layer = tf.nn.relu(tf.nn.conv2d(layer, weights(2, 2, 7, 6), [1, 1, 1, 1], "VALID"))
    layer = tf.nn.avg_pool(layer, [1, 3, 3, 1], [1, 1, 1, 1], "VALID")
    return dense(tf.layers.flatten(layer), 5)


def normalised(x):
    # Without a bias, whose gradient would be nothing but rounding.
    hidden = tf.matmul(tf.layers.flatten(x), weights(192, 16))
    mean, variance = tf.nn.moments(hidden, [0])
    hidden = tf.nn.batch_normalization(
        hidden, mean, variance, tf.Variable(tf.zeros([16])), tf.Variable(tf.ones([16])),
        1e-3,
    )  # fmt: skip
    return dense(tf.nn.elu(hidden), 5)


def recurrent(x):
    rows = tf.reshape(x, [-1, 8, 24])
    cell = tf.nn.rnn_cell.LSTMCell(
        9, initializer=tf.constant_initializer(0.1), dtype=tf.float32
    )
    outputs, _ = tf.nn.static_rnn(cell, tf.unstack(rows, axis=1), dtype=tf.float32)
    return dense(outputs[-1], 5)


def looped(x):
    rows = tf.reshape(x, [-1, 8, 24])
    cell = tf.nn.rnn_cell.GRUCell(
        6, kernel_initializer=tf.constant_initializer(0.2), dtype=tf.float32
    )
    outputs, _ = tf.nn.dynamic_rnn(cell, rows, dtype=tf.float32)
    return dense(outputs[:, -1], 5)


def embedded(x):
    table = weights(30, 4)
    rows = tf.cast(tf.abs(x[:, 0, :6, 0] * 7.0), tf.int32)
    return dense(tf.reshape(tf.nn.embedding_lookup(table, rows), [-1, 24]), 5)


NETS = {
    "perceptron": perceptron,
    "convolutional": convolutional,
    "normalised": normalised,
    "recurrent": recurrent,
    "looped": looped,
    "embedded": embedded,
}
OPTIMIZERS = {
    "descent": lambda: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf.train.MomentumOptimizer(0.05, 0.9),
    "adam": lambda: tf.train.AdamOptimizer(0.01),
    "adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "rms": lambda: tf.train.RMSPropOptimizer(0.01),
    "ftrl": lambda: tf.train.FtrlOptimizer(0.1),
}


def training(net, optimizer, batch=None):
    """What to run, and what to feed."""
    x = tf.placeholder(tf.float32, [batch, 8, 8, 3])
    labels = tf.placeholder(tf.int64, [batch])
    logits = NETS[net](x)
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )
    train = OPTIMIZERS[optimizer]().minimize(loss)
    return [loss, train], {x: IMAGES, labels: LABELS}


def losses(fetches, feed, made, steps=STEPS):
    """The losses of a training, in a session of its own."""
    with tf.Session(config=made) as session:
        session.run(tf.global_variables_initializer())
        found = run_all(session, fetches, feed, steps)[::2]
        values = session.run(tf.trainable_variables())
    return np.array(found), values


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


PAIRS = [(net, optimizer) for net in NETS for optimizer in ("descent", "adam")]
PAIRS += [
    ("perceptron", name) for name in OPTIMIZERS if name not in PAIRS[0] + PAIRS[1]
]


@pytest.mark.parametrize(("net", "optimizer"), PAIRS)
def test_every_tier_trains_alike(net, optimizer):
    fetches, feed = training(net, optimizer)
    wanted, weights_wanted = losses(fetches, feed, config(node_by_node=True))
    assert np.ptp(wanted) > 1e-3, "it does not train"
    with small_is_worth_it():
        for made in (config(), config(native=True)):
            got, weights_got = losses(fetches, feed, made)
            np.testing.assert_allclose(got, wanted, 1e-6)
            for a, b in zip(weights_got, weights_wanted, strict=True):
                np.testing.assert_allclose(a, b, 1e-4, 1e-5)


def automatic(threads=0):
    return tf.ConfigProto(intra_op_parallelism_threads=threads)


@pytest.fixture
def soon(monkeypatch):
    """Sessions become native in the middle of a short training."""
    monkeypatch.setattr(tiers, "schedule", lambda plan: tiers.Schedule(3, 5))


@pytest.mark.parametrize("net", ["convolutional", "recurrent"])
def test_equal_runs_give_equal_bits_with_any_number_of_threads(net, soon):
    if available():
        pytest.skip(available())
    fetches, feed = training(net, "adam")
    runs = [losses(fetches, feed, automatic(n), 20) for n in (0, 0, 1, 2)]
    for found, values in runs[1:]:
        assert found.tobytes() == runs[0][0].tobytes()
        for a, b in zip(values, runs[0][1], strict=True):
            assert a.tobytes() == b.tobytes()


def test_a_training_goes_on_as_it_becomes_native(soon):
    if available():
        pytest.skip(available())
    fetches, feed = training("perceptron", "momentum")
    wanted, _ = losses(fetches, feed, config(), 30)
    with tf.Session(config=automatic()) as session:
        session.run(tf.global_variables_initializer())
        got = run_all(session, fetches, feed, 30)[::2]
        assert session.program(fetches, list(feed)).now.tier == "native"
    np.testing.assert_allclose(got, wanted, 1e-5)


def test_batches_of_changing_size_go_to_the_right_program():
    fetches, feed = training("convolutional", "descent")
    x, labels = feed
    sizes = [12, 12, 12, 12, 7, 12, 7, 7, 7, 1, 12, 7, 3, 12, 1, 1, 1, 12]
    found = []
    with small_is_worth_it():
        for made in (config(node_by_node=True), config(), config(native=True)):
            with tf.Session(config=made) as session:
                session.run(tf.global_variables_initializer())
                found.append(
                    [
                        session.run(fetches, {x: IMAGES[:n], labels: LABELS[:n]})[0]
                        for n in sizes
                    ]
                )
    for got in found[1:]:
        np.testing.assert_allclose(got, found[0], 1e-5)


@pytest.mark.parametrize("native", [False, True])
def test_draws_are_the_same_in_every_tier(native):
    x = tf.placeholder(tf.float32, [6, 5])
    noise = tf.random_normal([6, 5], seed=4)
    kept = tf.nn.dropout(tf.nn.relu(x + noise), keep_prob=0.5, seed=9)
    total = tf.reduce_sum(kept * tf.random_uniform([5], seed=2))
    feed = {x: np.ones([6, 5], np.float32)}
    streams = []
    with small_is_worth_it():
        for made in (config(node_by_node=True), config(native=native)):
            with tf.Session(config=made) as session:
                streams.append(run_all(session, [noise, kept, total], feed, 8))
    for a, b in zip(*streams, strict=True):
        np.testing.assert_allclose(a, b, 1e-6)
    np.testing.assert_array_equal(streams[0][::3], streams[1][::3])
    np.testing.assert_array_equal(streams[0][1::3], streams[1][1::3])


def test_a_failed_step_changes_nothing_in_any_tier():
    v = tf.Variable(np.zeros(4, np.float32), use_resource=False)
    x = tf.placeholder(tf.float32, [4])
    labels = tf.placeholder(tf.int32, [1])
    checked = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=tf.reshape(v + x, [1, 4])
    )
    with tf.control_dependencies([checked]):
        train = v.assign_add(x * 2.0)
    good = {x: np.ones(4, np.float32), labels: [1]}
    with small_is_worth_it():
        for made in (config(node_by_node=True), config(), config(native=True)):
            with tf.Session(config=made) as session:
                session.run(v.initializer)
                for _ in range(4):
                    session.run([checked, train], good)
                before = session.run(v)
                with pytest.raises(tf.errors.InvalidArgumentError):
                    session.run([checked, train], {**good, labels: [7]})
                np.testing.assert_array_equal(session.run(v), before)
                assert before.tolist() == [8.0] * 4
