"""Nets of courses: a step of training, or of using them."""

from typing import Any

import numpy as np

from benchmarks import data
from benchmarks.programs.training import training
from benchmarks.rung import Timed


def images(tf: Any, batch: int = 100) -> tuple[Any, Any, dict[Any, Any]]:
    """Placeholders for a batch of images and labels, and made-up values for them."""
    x = tf.placeholder(tf.float32, [None, 784])
    labels = tf.placeholder(tf.int64, [None])
    batch_of_digits = data.digits(batch)
    return x, labels, {x: batch_of_digits.images, labels: batch_of_digits.labels}


def dense(tf: Any, x: Any, inputs: int, outputs: int) -> Any:
    """A layer with weights that are the same in all libraries."""
    w = tf.Variable(data.weights(inputs, outputs))
    return tf.matmul(x, w) + tf.Variable(tf.zeros([outputs]))


def three_layers(tf: Any, x: Any) -> Any:
    """The logits of a net 784-256-256-10."""
    hidden = tf.nn.relu(dense(tf, x, 784, 256))
    hidden = tf.nn.relu(dense(tf, hidden, 256, 256))
    return dense(tf, hidden, 256, 10)


def cross_entropy(tf: Any, logits: Any, labels: Any) -> Any:
    """The loss of a classifier."""
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )


def softmax_regression(tf: Any) -> Timed:
    """One layer."""
    x, labels, feed = images(tf)
    loss = cross_entropy(tf, dense(tf, x, 784, 10), labels)
    return training(tf, loss, feed, tf.train.GradientDescentOptimizer(0.01))


def mlp_step(tf: Any, batch: int = 100) -> Timed:
    """Gradient descent."""
    x, labels, feed = images(tf, batch)
    loss = cross_entropy(tf, three_layers(tf, x), labels)
    return training(tf, loss, feed, tf.train.GradientDescentOptimizer(0.01))


def mlp_adam_step(tf: Any) -> Timed:
    """Adam."""
    x, labels, feed = images(tf)
    loss = cross_entropy(tf, three_layers(tf, x), labels)
    return training(tf, loss, feed, tf.train.AdamOptimizer(0.001))


def mlp_inference(tf: Any) -> Timed:
    """The logits of a batch."""
    x, _, feed = images(tf)
    feed = {x: feed[x]}
    logits = three_layers(tf, x)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())

    def check() -> list[float]:
        values = sess.run(logits, feed)
        return [np.sum(np.abs(values)), np.max(values), np.min(values)]

    return Timed(lambda: sess.run(logits, feed), check)


def mlp_first_adam_step(tf: Any) -> Timed:
    """From an empty graph: build, differentiate, initialize, train once."""
    losses = []

    def prepare() -> None:
        # Who makes the numbers, and when, is not the library's business.
        data.digits()
        for sizes in ((784, 256), (256, 256), (256, 10)):
            data.weights(*sizes)

    def call() -> None:
        with tf.Graph().as_default():
            x, labels, feed = images(tf)
            loss = cross_entropy(tf, three_layers(tf, x), labels)
            train = tf.train.AdamOptimizer(0.001).minimize(loss)
            initialize = tf.global_variables_initializer()
            with tf.Session() as sess:
                sess.run(initialize)
                losses.append(sess.run([loss, train], feed)[0])

    return Timed(call, lambda: losses, prepare)


def cnn_step(tf: Any) -> Timed:
    """Two convolutions 5x5 of 32 and 64 channels, each with a pool."""
    x, labels, feed = images(tf)
    layer = tf.reshape(x, [-1, 28, 28, 1])
    for inputs, outputs in ((1, 32), (32, 64)):
        kernel = tf.Variable(data.weights(5, 5, inputs, outputs))
        bias = tf.Variable(tf.zeros([outputs]))
        layer = tf.nn.conv2d(layer, kernel, [1, 1, 1, 1], "SAME")
        layer = tf.nn.relu(tf.nn.bias_add(layer, bias))
        layer = tf.nn.max_pool(layer, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    logits = dense(tf, tf.reshape(layer, [-1, 7 * 7 * 64]), 7 * 7 * 64, 10)
    loss = cross_entropy(tf, logits, labels)
    return training(tf, loss, feed, tf.train.GradientDescentOptimizer(0.01))


def lstm_step(tf: Any) -> Timed:
    """An LSTM written out over its 50 steps; gradient descent."""
    values = data.sequence()
    x = tf.placeholder(tf.float32, values.x.shape)
    kernel = tf.Variable(values.kernel)
    bias = tf.Variable(values.bias)
    h = tf.zeros([data.BATCH, data.UNITS])
    c = tf.zeros([data.BATCH, data.UNITS])
    for inputs in tf.unstack(x):
        gates = tf.matmul(tf.concat([inputs, h], 1), kernel) + bias
        i, j, f, o = tf.split(gates, 4, axis=1)
        c = tf.sigmoid(f + 1.0) * c + tf.sigmoid(i) * tf.tanh(j)
        h = tf.sigmoid(o) * tf.tanh(c)
    loss = tf.reduce_mean(tf.square(h - 1.0))
    feed = {x: values.x}
    return training(tf, loss, feed, tf.train.GradientDescentOptimizer(1.0))
