"""Functions of numbers that TensorFlow 1 got last, at their edges and in their tails."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
EDGE = np.float32([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 0.5, 2.0])
UNIT = np.float64([1e-12, 1e-4, 0.01, 0.1, 0.3, 0.5, 0.7, 0.95, 0.99999])

for name in ("erfinv", "ndtri", "erfcinv", "reciprocal_no_nan"):
    for values in (EDGE, UNIT, UNIT.astype(np.float32)):
        table.add(
            f"{name}_{values.dtype}_{len(values)}",
            lambda tf, n=name, v=values: getattr(tf.math, n)(v),
            tolerance=(2e-6, 1e-7) if values.dtype == np.float32 else (1e-8, 1e-10),
        )
    table.add(
        f"{name}_gradient",
        lambda tf, n=name: (
            lambda x: tf.gradients(getattr(tf.math, n)(x), x)[0]
        )(tf.constant(UNIT[2:-1])),
        tolerance=(1e-7, 1e-9),
    )  # fmt: skip
for name in ("xlog1py", "multiply_no_nan", "nextafter"):

    def both(tf, name=name):
        x = tf.constant([[np.nan, 1.0, 0.0], [0.0, 2.0, np.inf]])
        y = tf.constant([0.0, 0.5, 3.0])
        z = getattr(tf.math, name)(x, y)
        return [z, *tf.gradients(z, [x, y])]

    table.add(name, both)
table.add("xlog1py_zero", lambda tf: tf.math.xlog1py([0.0, 0.0], [-1.0, np.nan]))
for exclusive in (False, True):
    for reverse in (False, True):

        def running(tf, exclusive=exclusive, reverse=reverse):
            x = tf.constant([[1.0, 2.0, 3.0], [-1.0, 500.0, 0.0]])
            y = tf.math.cumulative_logsumexp(x, 1, exclusive, reverse)
            return [y, *tf.gradients(y[:, 1] - 2.0 * y[:, 1] ** 2, x)]

        table.add(f"cumulative_{exclusive}_{reverse}", running, tolerance=(1e-4, 1e-5))
table.add(
    "cumulative_of_nothing",
    lambda tf: tf.math.cumulative_logsumexp([[-np.inf, 1.0], [2.0, -np.inf]]),
)
table.add("erfinv_of_int", lambda tf: tf.math.erfinv([1, 2]), raises="TypeError")
