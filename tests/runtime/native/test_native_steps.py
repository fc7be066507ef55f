"""Whole training steps in native code, held against numpy's."""

import numpy as np
import pytest

import interactive_graphs as tf
from tests.runtime.native.programs import both, close, kernels, put_back, variables

RANDOM = np.random.default_rng(5)
IMAGES = RANDOM.normal(size=(9, 16)).astype(np.float32)
LABELS = RANDOM.integers(0, 4, 9).astype(np.int32)

OPTIMIZERS = {
    "descent": lambda: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    "nesterov": lambda: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adam": lambda: tf.train.AdamOptimizer(0.01),
    "adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "adadelta": lambda: tf.train.AdadeltaOptimizer(0.5),
    "rms": lambda: tf.train.RMSPropOptimizer(0.01, momentum=0.5),
    "centered": lambda: tf.train.RMSPropOptimizer(0.01, centered=True),
    "ftrl": lambda: tf.train.FtrlOptimizer(0.1, l1_regularization_strength=0.01),
    "proximal": lambda: tf.train.ProximalGradientDescentOptimizer(0.1, 0.01, 0.1),
    "proximal adagrad": lambda: tf.train.ProximalAdagradOptimizer(0.1),
}


def weights(*shape):
    size = np.sqrt(np.prod(shape[:-1]))
    return tf.Variable((RANDOM.normal(size=shape) / size).astype(np.float32))


def dense(x, outputs):
    return tf.matmul(x, weights(x.shape[-1].value, outputs)) + tf.Variable(
        tf.zeros([outputs])
    )


def cross_entropy(logits, labels):
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )


def net():
    x = tf.placeholder(tf.float32, [None, 16])
    labels = tf.placeholder(tf.int32, [None])
    hidden = tf.nn.relu(dense(x, 24))
    return cross_entropy(dense(hidden, 4), labels), {x: IMAGES, labels: LABELS}


def check_training(train, loss, feed, steps=3):
    """Both tiers from the same variables: the same losses, the same variables."""
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    pair = both(sess, [train, loss], feed)
    begin = variables(sess)
    seen = []
    for run in (pair.numpy.run, pair.made.run, pair.made.run):
        put_back(sess, begin)
        losses = [run(pair.values)[-1] for _ in range(steps)]
        seen.append((losses, variables(sess)))
    close(seen[0][0], seen[1][0])
    close(seen[0][1].values(), seen[1][1].values())
    for name, value in seen[1][1].items():
        assert np.array_equal(value, seen[2][1][name]), f"{name} is not repeatable"
    return pair.made


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_trains_a_net(name):
    loss, feed = net()
    train = OPTIMIZERS[name]().minimize(loss)
    program = check_training(train, loss, feed)
    assert program.tier == "native"
    updates = [op for op in program.plan.nodes if "Apply" in op.type]
    lines = {id(op) for op in program.line_ops if op is not None}
    assert not any(id(op) in lines for op in updates), "an update stayed in Python"


@pytest.mark.parametrize("pull", [0.01, 0.0])
def test_a_rule_that_tests_a_number_of_the_feed_is_native(pull):
    loss, feed = net()
    strength = tf.placeholder(tf.float32, [])
    train = tf.train.ProximalAdagradOptimizer(0.1)
    train._l1 = strength
    program = check_training(
        train.minimize(loss), loss, {**feed, strength: np.float32(pull)}
    )
    lines = [op.type for op in program.line_ops if op is not None]
    assert not any("Apply" in line for line in lines)


def test_the_step_of_descent_is_taken_inside_the_product():
    loss, feed = net()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    program = check_training(train, loss, feed)
    names = kernels(program)
    assert "gemm_16x24x9_ta_multiply_subtract" in names
    assert "gemm_9x24x16_add_relu" in names


def test_a_global_step_counts():
    loss, feed = net()
    step = tf.train.get_or_create_global_step()
    train = tf.train.AdamOptimizer(0.01).minimize(loss, global_step=step)
    check_training(train, loss, feed)


def test_clipped_and_decaying():
    loss, feed = net()
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.1, step, 2, 0.5)
    optimizer = tf.train.MomentumOptimizer(rate, 0.9)
    gradients, held = zip(*optimizer.compute_gradients(loss), strict=True)
    clipped, _ = tf.clip_by_global_norm(gradients, 0.1)
    train = optimizer.apply_gradients(zip(clipped, held, strict=True), step)
    check_training(train, loss, feed)


def test_a_convolutional_net():
    x = tf.placeholder(tf.float32, [None, 8, 8, 3])
    labels = tf.placeholder(tf.int64, [None])
    layer = x
    for inputs, outputs in ((3, 5), (5, 7)):
        layer = tf.nn.conv2d(layer, weights(3, 3, inputs, outputs), [1] * 4, "SAME")
        layer = tf.nn.relu(tf.nn.bias_add(layer, tf.Variable(tf.zeros([outputs]))))
        layer = tf.nn.max_pool(layer, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    loss = cross_entropy(dense(tf.reshape(layer, [-1, 28]), 4), labels)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    images = RANDOM.normal(size=(6, 8, 8, 3)).astype(np.float32)
    check_training(train, loss, {x: images, labels: np.arange(6) % 4})


def test_an_unrolled_lstm():
    x = tf.placeholder(tf.float32, [4, 3, 6])
    kernel, bias = weights(14, 32), tf.Variable(tf.zeros([32]))
    h = c = tf.zeros([3, 8])
    for inputs in tf.unstack(x):
        gates = tf.matmul(tf.concat([inputs, h], 1), kernel) + bias
        i, j, f, o = tf.split(gates, 4, axis=1)
        c = tf.sigmoid(f + 1.0) * c + tf.sigmoid(i) * tf.tanh(j)
        h = tf.sigmoid(o) * tf.tanh(c)
    loss = tf.reduce_mean(tf.square(h - 1.0))
    train = tf.train.GradientDescentOptimizer(1.0).minimize(loss)
    values = RANDOM.normal(size=(4, 3, 6)).astype(np.float32)
    check_training(train, loss, {x: values})


@pytest.mark.parametrize("name", ["descent", "adam", "adagrad", "momentum"])
def test_an_embedding(name):
    ids = tf.placeholder(tf.int32, [None])
    labels = tf.placeholder(tf.int32, [None])
    table = weights(20, 16)
    logits = dense(tf.nn.embedding_lookup(table, ids), 4)
    loss = cross_entropy(logits, labels)
    train = OPTIMIZERS[name]().minimize(loss)
    rows = np.array([3, 1, 3, 19, 0, 3, 7, 1, 2], np.int32)
    check_training(train, loss, {ids: rows, labels: LABELS})


def test_batch_normalisation_with_moving_averages():
    x = tf.placeholder(tf.float32, [None, 16])
    labels = tf.placeholder(tf.int32, [None])
    hidden = tf.layers.batch_normalization(dense(x, 8), training=True)
    loss = cross_entropy(dense(tf.nn.relu(hidden), 4), labels)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(updates):
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    check_training(train, loss, {x: IMAGES, labels: LABELS})


def test_resource_variables():
    x = tf.placeholder(tf.float32, [None, 16])
    with tf.variable_scope("net", use_resource=True):
        w = tf.get_variable("w", [16, 4], initializer=tf.ones_initializer())
        b = tf.get_variable("b", [4], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean(tf.square(tf.tanh(tf.matmul(x, w) * 0.1) + b))
    train = tf.train.AdamOptimizer(0.01).minimize(loss)
    check_training(train, loss, {x: IMAGES})


@pytest.mark.parametrize(("size", "left"), [(64, False), (1536, True)])
def test_very_large_products_are_left_to_numpy(size, left):
    x = tf.placeholder(tf.float32, [size, size])
    y = tf.tanh(tf.matmul(x, x * 2.0 + 1.0)) * 3.0
    with tf.Session() as sess:
        pair = both(sess, [y], {x: np.zeros((size, size), np.float32)})
        lines = [line for line in pair.made.lines if "matmul" in line.lower()]
        assert any("_MatMul(" in line or "dot(" in line for line in lines) == left
