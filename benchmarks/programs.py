"""What is timed: plain TF1 programs that take the library as their parameter.

A program is a generator function: it builds what it needs, then yields a `Timed`, whose
call is timed again and again. `check` is a number that both libraries must agree on,
so that nobody is fast by doing something else.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np


class Timed(NamedTuple):
    """One call to time.

    Attributes:
        call: does the work once.
        calls: how many make one measurement.
        repeats: how many measurements a process makes.
        check: gives the number to compare; called after timing.
        unit: of the reported figure, "s" or "us" for one call.
        budget: what the project promised for one call, in that unit, if anything.
    """

    call: Callable[[], Any]
    calls: int
    repeats: int
    check: Callable[[], float]
    unit: str = "us"
    budget: float | None = None


def build_10000_adds(tf: Any) -> Iterator[Timed]:
    """Build 10 000 additions, one on top of the other."""

    def build() -> Any:
        with tf.Graph().as_default():
            z = tf.constant(1.0)
            for _ in range(10_000):
                z = z + 1.0
            return z

    def check() -> float:
        return float(sum(op.type.startswith("Add") for op in ops(build())))

    def ops(z: Any) -> Any:
        return z.graph.get_operations()

    yield Timed(build, 1, 3, check, "s", 0.25)


def gradient_of_2000_ops(tf: Any) -> Iterator[Timed]:
    """Differentiate a chain of 2 000 ops, sin and multiply in turn."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [])
        y = chain(tf, x, 2_000)

        def check() -> float:
            with tf.Session() as sess:
                return float(sess.run(tf.gradients(y, x)[0], {x: 1.0}))

        yield Timed(lambda: tf.gradients(y, x), 1, 3, check, "s", 0.1)


def run_one_op(tf: Any) -> Iterator[Timed]:
    """`sess.run` of one op, a Python float fed."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [])
        y = x * 2.0
        yield Timed(
            lambda: sess.run(y, {x: 3.0}),
            1_000,
            10,
            lambda: float(sess.run(y, {x: 3.0})),
            budget=5.0,
        )


def callable_of_one_op(tf: Any) -> Iterator[Timed]:
    """The same through `make_callable`, an array fed."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [])
        run = sess.make_callable(x * 2.0, [x])
        value = np.float32(3.0)
        yield Timed(lambda: run(value), 1_000, 10, lambda: float(run(value)))


def chain(tf: Any, x: Any, length: int) -> Any:
    """Half sines, half products, so that neither library can fuse it away."""
    y = x
    for _ in range(length // 2):
        y = tf.sin(y) * x
    return y


def chain_100(tf: Any) -> Iterator[Timed]:
    """Run a chain of 100 scalar ops."""
    return chain_of(tf, 100, 200)


def chain_1000(tf: Any) -> Iterator[Timed]:
    """Run a chain of 1 000 scalar ops."""
    return chain_of(tf, 1_000, 50)


def chain_of(tf: Any, length: int, calls: int) -> Iterator[Timed]:
    """Run a chain of scalar ops, a Python float fed."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [])
        y = chain(tf, x, length)

        def run() -> Any:
            return sess.run(y, {x: 1.25})

        yield Timed(run, calls, 10, lambda: float(run()))


def linear_regression_step(tf: Any) -> Iterator[Timed]:
    """One SGD step of a line through four points, lists fed."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32)
        y = tf.placeholder(tf.float32)
        w = tf.Variable([0.3], dtype=tf.float32)
        b = tf.Variable([-0.3], dtype=tf.float32)
        loss = tf.reduce_sum(tf.square(w * x + b - y))
        train = tf.train.GradientDescentOptimizer(0.001).minimize(loss)
        feed = {x: [1, 2, 3, 4], y: [0, -1, -2, -3]}
        yield from training(tf, sess, train, loss, feed, calls=200)


def softmax_regression_step(tf: Any) -> Iterator[Timed]:
    """One SGD step of softmax regression, 784 to 10, batch 100."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x, labels, feed = digits(tf)
        logits = dense(tf, x, 784, 10)
        yield from classifier(tf, sess, logits, labels, feed, calls=50)


def mlp_step(tf: Any) -> Iterator[Timed]:
    """One SGD step of a net 784-256-256-10, batch 100."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x, labels, feed = digits(tf)
        hidden = tf.nn.relu(dense(tf, x, 784, 256))
        hidden = tf.nn.relu(dense(tf, hidden, 256, 256))
        logits = dense(tf, hidden, 256, 10)
        yield from classifier(tf, sess, logits, labels, feed, calls=20)


def while_1000(tf: Any) -> Iterator[Timed]:
    """A `while_loop` that counts to 1 000 and halves a number each time."""
    with tf.Graph().as_default(), tf.Session() as sess:
        start = tf.placeholder(tf.float32, [])
        _, y = tf.while_loop(
            lambda i, _: i < 1_000, lambda i, a: (i + 1, a * 0.5 + 1.0), (0, start)
        )
        yield Timed(
            lambda: sess.run(y, {start: 3.0}),
            10,
            10,
            lambda: float(sess.run(y, {start: 3.0})),
        )


def rnn_by_while(tf: Any) -> Iterator[Timed]:
    """One SGD step of a recurrent net by `while_loop`: 64 units, 28 steps, batch 20."""
    random = np.random.RandomState(0)
    values = random.randn(28, 20, 28).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [28, 20, 28])
        w = tf.Variable((random.randn(28 + 64, 64) * 0.1).astype(np.float32))
        b = tf.Variable(tf.zeros([64]))
        steps = tf.TensorArray(tf.float32, 28).unstack(x)

        def step(t: Any, h: Any) -> Any:
            both = tf.concat([steps.read(t), h], 1)
            return t + 1, tf.tanh(tf.matmul(both, w) + b)

        _, h = tf.while_loop(lambda t, _: t < 28, step, (0, tf.zeros([20, 64])))
        loss = tf.reduce_mean(tf.square(h - 1.0))
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        yield from training(tf, sess, train, loss, {x: values}, 20)


def digits(tf: Any) -> tuple[Any, Any, dict[Any, Any]]:
    """Placeholders for a batch of images and labels, and made-up values for them."""
    random = np.random.RandomState(0)
    x = tf.placeholder(tf.float32, [None, 784])
    labels = tf.placeholder(tf.int64, [None])
    images = random.rand(100, 784).astype(np.float32)
    return x, labels, {x: images, labels: random.randint(0, 10, 100)}


def dense(tf: Any, x: Any, inputs: int, outputs: int) -> Any:
    """A layer with weights that are the same in both libraries."""
    scale = np.sqrt(2.0 / inputs)
    weights = np.random.RandomState(inputs).randn(inputs, outputs) * scale
    w = tf.Variable(weights.astype(np.float32))
    return tf.matmul(x, w) + tf.Variable(tf.zeros([outputs]))


def classifier(
    tf: Any, sess: Any, logits: Any, labels: Any, feed: dict[Any, Any], calls: int
) -> Iterator[Timed]:
    """The training step of a classifier."""
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )
    train = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
    yield from training(tf, sess, train, loss, feed, calls)


def training(
    tf: Any, sess: Any, train: Any, loss: Any, feed: dict[Any, Any], calls: int
) -> Iterator[Timed]:
    """A training step; the check is the loss after the fifth."""
    initialize = tf.global_variables_initializer()

    def check() -> float:
        sess.run(initialize)
        for _ in range(5):
            sess.run(train, feed)
        return float(sess.run(loss, feed))

    sess.run(initialize)
    yield Timed(lambda: sess.run(train, feed), calls, 10, check)


PROGRAMS: dict[str, Callable[[Any], Iterator[Timed]]] = {
    function.__name__: function
    for function in (
        build_10000_adds,
        gradient_of_2000_ops,
        run_one_op,
        callable_of_one_op,
        chain_100,
        chain_1000,
        linear_regression_step,
        softmax_regression_step,
        mlp_step,
        while_1000,
        rnn_by_while,
    )
}
