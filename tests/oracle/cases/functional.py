"""map_fn, foldl, foldr and scan: values, structures, gradients, errors."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
ROWS = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]], np.float32)
MATRICES = np.random.RandomState(3).randn(3, 2, 2).astype(np.float32)
LOOSE = (1e-4, 1e-5)


def with_gradient(tf, function, value=ROWS):
    """A function of a tensor, and the gradient of the sum of its square."""
    x = tf.constant(value)
    y = function(x)
    return [y, *tf.gradients(y * y, x)]


table.add("map_fn", lambda tf: with_gradient(
    tf, lambda x: tf.map_fn(lambda row: row * tf.reduce_sum(row), x)
))  # fmt: skip
table.add("map_fn_to_scalars", lambda tf: with_gradient(
    tf, lambda x: tf.map_fn(tf.reduce_sum, x)
))  # fmt: skip
table.add("map_fn_of_other_dtype", lambda tf: [
    tf.map_fn(lambda x: x > 1.0, tf.constant([1.0, 2.0]), dtype=tf.bool),
    tf.map_fn(lambda x: tf.one_hot(x, 3), tf.constant([0, 2]), dtype=tf.float32),
    tf.map_fn(lambda x: x, tf.constant(["a", "b"])),
])  # fmt: skip
table.add("map_fn_of_structures", lambda tf: [
    tf.map_fn(
        lambda pair: (pair[0] + pair[1], pair[0] * pair[1]),
        (tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])),
    ),
    tf.map_fn(
        lambda d: d["a"] * d["b"], {"a": ROWS, "b": ROWS[::-1]}, dtype=tf.float32
    ),
    tf.map_fn(lambda x: (x, -x), tf.constant([1, 2]), dtype=(tf.int32, tf.int32)),
])  # fmt: skip
table.add("map_fn_of_nothing", lambda tf: tf.map_fn(lambda x: x * 2, tf.zeros([0, 3])))
table.add(
    "map_fn_of_unknown_length",
    lambda tf: with_placeholder(tf, lambda x: tf.map_fn(lambda r: r * 2.0, x)),
    {"x:0": ROWS},
)
table.add("map_fn_nested", lambda tf: with_gradient(
    tf,
    lambda x: tf.map_fn(lambda row: tf.map_fn(lambda v: v * v * row[0], row), x),
))  # fmt: skip
table.add("map_fn_uses_a_variable", lambda tf: variable_in_the_loop(tf))
table.add("folds", lambda tf: [
    fold(lambda a, x: a - x, tf.constant([10, 1, 2]), **options)
    for fold in (tf.foldl, tf.foldr)
    for options in ({}, {"initializer": 5})
])  # fmt: skip
for fold in ("foldl", "foldr", "scan"):
    table.add(f"{fold}_gradient", lambda tf, fold=fold: with_gradient(
        tf,
        lambda x: getattr(tf, fold)(lambda a, b: tf.matmul(a, b) + b, x),
        MATRICES,
    ), tolerance=LOOSE)  # fmt: skip
    table.add(f"{fold}_gradient_with_initializer", lambda tf, fold=fold: with_gradient(
        tf,
        lambda x: getattr(tf, fold)(lambda a, b: a * b, x, initializer=x[0] + 1.0),
        ROWS,
    ), tolerance=LOOSE)  # fmt: skip
table.add("scan", lambda tf: [
    tf.scan(lambda a, x: a - x, tf.constant([10, 1, 2]), **options)
    for options in (
        {},
        {"initializer": 0},
        {"reverse": True},
        {"initializer": 0, "reverse": True},
    )
])  # fmt: skip
table.add("scan_fibonacci", lambda tf: tf.scan(
    lambda a, _: (a[1], a[0] + a[1]), tf.zeros([6]), initializer=(0, 1)
))  # fmt: skip
table.add("scan_of_structures", lambda tf: tf.scan(
    lambda a, x: a + x[0] * x[1],
    (tf.constant([1.0, 2.0, 3.0]), tf.constant([4.0, 5.0, 6.0])),
    initializer=0.0,
))  # fmt: skip
table.add("scan_reverse_gradient", lambda tf: with_gradient(
    tf, lambda x: tf.scan(lambda a, b: a * b, x, reverse=True), MATRICES
), tolerance=LOOSE)  # fmt: skip


def with_placeholder(tf, function):
    return function(tf.placeholder(tf.float32, [None, 3], name="x"))


def variable_in_the_loop(tf):
    """A variable that the function makes, and its gradient."""

    def function(x):
        return x * tf.get_variable("w", [3], initializer=tf.ones_initializer())

    y = tf.map_fn(function, tf.constant(ROWS))
    return [y, *tf.gradients(y * y, tf.global_variables())]


for name, error, build in [
    ("scalar", "ValueError", lambda tf: tf.map_fn(lambda x: x, tf.constant(1.0))),
    ("scalars", "ValueError", lambda tf: tf.map_fn(lambda x: x[0], [1.0, 2.0])),
    ("dtype", "InvalidArgumentError", lambda tf: tf.map_fn(lambda x: x > 0, ROWS)),
]:
    table.add(f"bad_{name}", build, raises=error)
