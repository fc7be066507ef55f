"""Dilation and erosion of images, values and gradients."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
ONES = [1, 1, 1, 1]


def noise(*shape):
    return np.random.default_rng([8, *shape]).standard_normal(shape).astype(np.float32)


for padding in ("SAME", "VALID"):
    for strides, rates in ((1, 1), (2, 1), (1, 2), (2, 2)):
        places = ([1, strides, 1, 1], [1, rates, rates, 1], padding)
        for name in ("dilation2d", "erosion2d"):

            def gradients(tf, name=name, places=places):
                x, f = tf.constant(noise(2, 7, 6, 3)), tf.constant(noise(3, 2, 3))
                y = getattr(tf.nn, name)(x, f, *places)
                return [y, *tf.gradients(tf.sin(y), [x, f])]

            table.add(f"{name}_{padding}_{strides}_{rates}", gradients)
table.add(
    "dilation2d_int",
    lambda tf: tf.nn.dilation2d(
        np.arange(12).reshape(1, 3, 4, 1), [[[1], [9]]], ONES, ONES, "SAME"
    ),
)
table.add(
    "dilation2d_ties_and_nan",
    lambda tf: tf.gradients(
        tf.nn.dilation2d(
            x := tf.constant([[[[1.0], [1.0], [np.nan], [-np.inf]]]]),
            np.zeros([1, 2, 1], np.float32), ONES, ONES, "VALID",
        ), x,
    )[0],
)  # fmt: skip
table.add(
    "dilation2d_new_names",
    lambda tf: tf.nn.dilation2d(
        noise(1, 4, 4, 1), filters=noise(2, 2, 1), strides=ONES, dilations=ONES,
        padding="SAME",
    ),
)  # fmt: skip
BAD = {
    "strides": lambda tf: tf.nn.dilation2d(
        noise(1, 4, 4, 2), noise(2, 2, 2), [1, 1, 1], ONES, "SAME"
    ),
    "rates": lambda tf: tf.nn.dilation2d(
        noise(1, 4, 4, 2), noise(2, 2, 2), ONES, [1, 1], "SAME"
    ),
    "depth": lambda tf: tf.nn.dilation2d(
        noise(1, 4, 4, 2), noise(2, 2, 1), ONES, ONES, "SAME"
    ),
    "rank": lambda tf: tf.nn.dilation2d(
        noise(1, 4, 4, 2), noise(2, 2, 2, 1), ONES, ONES, "SAME"
    ),
    "both_names": lambda tf: tf.nn.dilation2d(
        noise(1, 4, 4, 2), noise(2, 2, 2), ONES, ONES, "SAME", filters=1
    ),
}
for name, function in BAD.items():
    table.add(f"bad_dilation2d_{name}", function, raises="ValueError")
table.add(
    "bad_dilation2d_batch",
    lambda tf: tf.nn.dilation2d(
        noise(2, 4, 4, 2), noise(2, 2, 2), [2, 1, 1, 1], ONES, "SAME"
    ),
    raises="UnimplementedError",
)
table.add(
    "bad_dilation2d_fed_depth",
    lambda tf: tf.nn.dilation2d(
        tf.placeholder_with_default(noise(1, 4, 4, 2), None),
        tf.placeholder_with_default(noise(2, 2, 1), None), ONES, ONES, "SAME",
    ),
    raises="InvalidArgumentError",
)  # fmt: skip
