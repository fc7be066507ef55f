"""How far a process grows."""

from typing import Any

import numpy as np

from benchmarks.rung import Timed


def fifty_layers(tf: Any) -> Timed:
    """Thirty steps through 50 layers of a million numbers each.

    What a library loads or compiles on its first steps is not what the arrays need:
    the same net of ten numbers a layer trains before the measurement begins.
    """
    losses: list[float] = []
    step = layers(tf, 1_000_000)

    def call() -> None:
        losses[:] = [step() for _ in range(30)]

    return Timed(call, lambda: losses[:5], layers(tf, 10))


def layers(tf: Any, size: int) -> Any:
    """A call that trains once and gives the loss."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [size])
        w = tf.Variable(np.ones(size, np.float32))
        h = x
        for _ in range(50):
            h = tf.tanh(h * w)
        loss = tf.reduce_mean(h * h)
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        initialize = tf.global_variables_initializer()
        sess = tf.Session()
    sess.run(initialize)
    sess.run(w)
    feed = {x: np.ones(size, np.float32)}
    return lambda: float(sess.run([loss, train], feed)[0])
