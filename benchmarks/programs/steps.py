"""Small steps: what a run costs before its arrays cost anything, and a little after."""

from typing import Any

import numpy as np

from benchmarks import data
from benchmarks.programs.training import training
from benchmarks.rung import Timed

MILLION = 1_000_000


def run_one_op(tf: Any) -> Timed:
    """A Python float fed."""
    x = tf.placeholder(tf.float32, [])
    y = x * 2.0
    sess = tf.Session()
    return Timed(lambda: sess.run(y, {x: 3.0}), lambda: [sess.run(y, {x: 3.0})])


def callable_of_one_op(tf: Any) -> Timed:
    """A scalar array fed."""
    x = tf.placeholder(tf.float32, [])
    run = tf.Session().make_callable(x * 2.0, [x])
    value = np.float32(3.0)
    return Timed(lambda: run(value), lambda: [run(value)])


def feed_4_megabytes(tf: Any) -> Timed:
    """Of which one number is fetched."""
    x = tf.placeholder(tf.float32, [MILLION])
    last = x[MILLION - 1]
    sess = tf.Session()
    feed = {x: np.arange(MILLION, dtype=np.float32)}
    return Timed(lambda: sess.run(last, feed), lambda: [sess.run(last, feed)])


def fetch_4_megabytes(tf: Any) -> Timed:
    """The value of a variable."""
    v = tf.Variable(np.arange(MILLION, dtype=np.float32))
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return Timed(lambda: sess.run(v), lambda: [sess.run(v)[-1]])


def chain(tf: Any, x: Any, length: int) -> Any:
    """Half sines, half products, so that neither library can fuse it away."""
    y = x
    for _ in range(length // 2):
        y = tf.sin(y) * x
    return y


def run_chain(tf: Any, length: int, values: Any) -> Timed:
    """A run of a chain of ops."""
    x = tf.placeholder(tf.float32, np.shape(values))
    y = chain(tf, x, length)
    sess = tf.Session()
    return Timed(
        lambda: sess.run(y, {x: values}), lambda: [np.sum(sess.run(y, {x: values}))]
    )


def scalars_100(tf: Any) -> Timed:
    """A chain of 100 ops."""
    return run_chain(tf, 100, 1.25)


def scalars_1000(tf: Any) -> Timed:
    """A chain of 1 000 ops."""
    return run_chain(tf, 1_000, 1.25)


def hundreds_100(tf: Any) -> Timed:
    """A chain of 100 ops on 100 numbers."""
    return run_chain(tf, 100, np.linspace(0.5, 1.5, 100, dtype=np.float32))


def hundreds_1000(tf: Any) -> Timed:
    """A chain of 1 000 ops on 100 numbers."""
    return run_chain(tf, 1_000, np.linspace(0.5, 1.5, 100, dtype=np.float32))


def linear_regression(tf: Any) -> Timed:
    """A line through four points, lists fed."""
    x = tf.placeholder(tf.float32)
    y = tf.placeholder(tf.float32)
    w = tf.Variable([0.3], dtype=tf.float32)
    b = tf.Variable([-0.3], dtype=tf.float32)
    loss = tf.reduce_sum(tf.square(w * x + b - y))
    feed = {x: [1, 2, 3, 4], y: [0, -1, -2, -3]}
    return training(tf, loss, feed, tf.train.GradientDescentOptimizer(0.001))


def embedding(tf: Any) -> Timed:
    """128 rows of 50 000 are read and changed."""
    table = tf.Variable(data.normal(50_000, 128))
    ids = tf.placeholder(tf.int32, [128])
    rows = tf.nn.embedding_lookup(table, ids)
    loss = tf.reduce_mean(tf.square(rows))
    feed = {ids: np.random.RandomState(0).randint(0, 50_000, 128).astype(np.int32)}
    return training(tf, loss, feed, tf.train.GradientDescentOptimizer(10.0))


def sum_of_a_million(tf: Any) -> Timed:
    """Elementwise functions of a variable, and their sum."""
    x = tf.Variable(np.linspace(-2.0, 2.0, MILLION, dtype=np.float32))
    total = tf.reduce_sum(tf.tanh(x * 2.0 + 1.0) * tf.exp(-x))
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return Timed(lambda: sess.run(total), lambda: [sess.run(total)])
