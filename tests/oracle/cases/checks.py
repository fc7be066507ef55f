"""Assertions about values, shapes and dtypes: what passes and what does not."""

import numpy as np

from tests.oracle.programs import Table

table = Table()


def checked(tf, check):
    """A number that is there when the check has passed."""
    found = check(tf)
    needed = [found] if found is not None else []
    with tf.control_dependencies(needed):
        return tf.constant(1.5) * 2.0


def fed(tf):
    return tf.placeholder(tf.float32, name="x")


GOOD = {
    "integer": lambda tf: tf.assert_integer(tf.constant([1, 2])),
    "near": lambda tf: tf.assert_near([1.0, 2.0], [1.0, 2.000001]),
    "near_within": lambda tf: tf.assert_near([1.0], [1.5], atol=0.6),
    "non_positive": lambda tf: tf.assert_non_positive([0.0, -1.0]),
    "non_negative": lambda tf: tf.assert_non_negative([0.0, 1.0]),
    "rank_at_least": lambda tf: tf.assert_rank_at_least([[1.0]], 1),
    "rank_in": lambda tf: tf.assert_rank_in([[1.0]], (1, 2)),
    "rank": lambda tf: tf.assert_rank([[1.0]], 2),
}
for name, check in GOOD.items():
    table.add(f"assert_{name}", lambda tf, check=check: checked(tf, check))

FED = {
    "near": (lambda tf: tf.assert_near(fed(tf), 1.0), [1.0], [1.1]),
    "non_positive": (lambda tf: tf.assert_non_positive(fed(tf)), [0.0], [0.1]),
    "negative": (lambda tf: tf.assert_negative(fed(tf)), [-1.0], [0.0]),
    "positive": (lambda tf: tf.assert_positive(fed(tf)), [1.0], [0.0]),
    "equal": (lambda tf: tf.assert_equal(fed(tf), 1.0), [1.0, 1.0], [2.0]),
    "less_equal": (lambda tf: tf.assert_less_equal(fed(tf), 1.0), [1.0], [2.0]),
    "rank_at_least": (lambda tf: tf.assert_rank_at_least(fed(tf), 2), [[1.0]], [1.0]),
    "rank_in": (lambda tf: tf.assert_rank_in(fed(tf), (0, 2)), 1.0, [1.0]),
}
for name, (check, good, bad) in FED.items():
    table.add(
        f"assert_{name}_fed", lambda tf, check=check: checked(tf, check), {"x:0": good}
    )
    table.add(
        f"assert_{name}_fed_bad",
        lambda tf, check=check: checked(tf, check),
        {"x:0": bad},
        raises="InvalidArgumentError",
    )

for name, check, error in (
    ("integer", lambda tf: tf.assert_integer(tf.constant([1.5])), "TypeError"),
    ("near", lambda tf: tf.assert_near([1.0], [1.5]), None),
    ("rank_at_least", lambda tf: tf.assert_rank_at_least([1.0], 2), "ValueError"),
    ("rank_in", lambda tf: tf.assert_rank_in([1.0], (2, 3)), "ValueError"),
    ("scalar", lambda tf: tf.assert_scalar([1.0]), "ValueError"),
    (
        "same_float_dtype",
        lambda tf: tf.assert_same_float_dtype(
            [tf.constant(1.0), tf.constant(1.0, tf.float64)]
        ),
        "ValueError",
    ),
    (
        "proper_iterable",
        lambda tf: tf.assert_proper_iterable(tf.constant([1.0])),
        "TypeError",
    ),
):
    table.add(
        f"assert_{name}_bad",
        lambda tf, check=check: checked(tf, check),
        raises=error or "InvalidArgumentError",
    )

NUMBERS = {
    "ordered": [1, 2, 3],
    "level": [1, 2, 2],
    "down": [3, 2],
    "one": [1],
    "none": np.zeros(0, np.int32),
    "matrix": [[1, 2], [3, 4]],
}
for name, numbers in NUMBERS.items():
    for function in ("is_non_decreasing", "is_strictly_increasing"):
        table.add(
            f"{function}_{name}",
            lambda tf, function=function, numbers=numbers: getattr(tf, function)(
                tf.constant(numbers)
            ),
        )


@table.script()
def kinds(tf, sess):
    return [
        tf.is_numeric_tensor(tf.constant(1.0)),
        tf.is_numeric_tensor(tf.constant("a")),
        tf.is_numeric_tensor(1.0),
        tf.executing_eagerly(),
        tf.assert_scalar(tf.constant(1.0)).get_shape().as_list(),
        tf.assert_proper_iterable([1.0]),
        tf.assert_same_float_dtype([tf.constant(1.0)]).name,
    ]


@table.script(raises="InvalidArgumentError")
def numerics_of_all_nodes(tf, sess):
    tf.log(tf.constant(-1.0))
    sess.run(tf.add_check_numerics_ops())


@table.script(raises="FailedPreconditionError")
def variables_are_initialized(tf, sess):
    tf.get_variable("v", initializer=1.0)
    sess.run(tf.assert_variables_initialized())
