"""A training step, as all programs that train make it."""

from typing import Any

from benchmarks.rung import Timed

CHECKED_STEPS = 5


def training(tf: Any, loss: Any, feed: dict[Any, Any], optimizer: Any) -> Timed:
    """A call that trains once; checked are the losses of the first five steps."""
    train = optimizer.minimize(loss)
    initialize = tf.global_variables_initializer()
    sess = tf.Session()

    def check() -> list[float]:
        sess.run(initialize)
        losses = []
        for _ in range(CHECKED_STEPS):
            sess.run(train, feed)
            losses.append(float(sess.run(loss, feed)))
        return losses

    sess.run(initialize)
    return Timed(lambda: sess.run(train, feed), check)
