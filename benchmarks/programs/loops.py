"""Loops in the graph."""

from typing import Any

import numpy as np

from benchmarks import data
from benchmarks.programs.training import training
from benchmarks.rung import Timed


def while_counts(tf: Any) -> Timed:
    """A loop that counts to 1 000 from what is fed."""
    start = tf.placeholder(tf.int32, [])
    end = tf.while_loop(lambda i: i < 1_000, lambda i: i + 1, [start])
    sess = tf.Session()
    return Timed(lambda: sess.run(end, {start: 0}), lambda: [sess.run(end, {start: 0})])


def while_halves(tf: Any) -> Timed:
    """A loop of 1 000 rounds, each of which needs the number of the one before."""
    start = tf.placeholder(tf.float32, [])
    _, y = tf.while_loop(
        lambda i, _: i < 1_000, lambda i, a: (i + 1, a * 0.5 + 1.0), (0, start)
    )
    sess = tf.Session()
    return Timed(lambda: sess.run(y, {start: 3.0}), lambda: [sess.run(y, {start: 3.0})])


def while_rnn(tf: Any) -> Timed:
    """A recurrent net of 64 units over 28 rows of pictures, batch 20."""
    x = tf.placeholder(tf.float32, [28, 20, 28])
    w = tf.Variable(data.normal(28 + 64, 64, scale=0.1))
    b = tf.Variable(tf.zeros([64]))
    steps = tf.TensorArray(tf.float32, 28).unstack(x)

    def step(t: Any, h: Any) -> Any:
        both = tf.concat([steps.read(t), h], 1)
        return t + 1, tf.tanh(tf.matmul(both, w) + b)

    _, h = tf.while_loop(lambda t, _: t < 28, step, (0, tf.zeros([20, 64])))
    loss = tf.reduce_mean(tf.square(h - 1.0))
    feed = {x: data.normal(28, 20, 28).astype(np.float32)}
    return training(tf, loss, feed, tf.train.GradientDescentOptimizer(0.1))
