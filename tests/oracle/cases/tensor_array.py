"""TensorArrays: what is read after writing in all ways, and gradients."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
ROWS = np.arange(6, dtype=np.float32).reshape(3, 2) + 1


def floats(tf, size=3, **options):
    return tf.TensorArray(tf.float32, size, **options)


def with_gradient(tf, function, value=ROWS):
    """A function of a tensor, and the gradient of the sum of its square."""
    x = tf.constant(value)
    y = function(x)
    return [y, *tf.gradients(y * y, x)]


table.add("write_and_stack", lambda tf: [
    floats(tf, 2).write(0, [1.0, 2.0]).write(1, [3.0, 4.0]).stack(),
    floats(tf, 2).write(1, 2.0).stack(),
    tf.TensorArray(tf.int64, 2).write(1, 2).stack(),
    tf.TensorArray(tf.string, 2).unstack(["a", "b"]).stack(),
])  # fmt: skip
table.add("unstack", lambda tf: [
    floats(tf).unstack(ROWS).stack(),
    floats(tf).unstack(ROWS).concat(),
    floats(tf).unstack(ROWS).read(1),
    floats(tf, 5).unstack(ROWS).stack(),
])  # fmt: skip
table.add(
    "gather",
    lambda tf: floats(tf).unstack(ROWS).gather([2, 0]),
    any_static_shape=True,  # here the number of indices is known
)
table.add("scatter", lambda tf: floats(tf).scatter([2, 0], ROWS[:2]).stack())
table.add("split", lambda tf: [
    floats(tf, 2, infer_shape=False).split(ROWS, [2, 1]).read(0),
    floats(tf, 2, infer_shape=False).split(ROWS, [1, 2]).concat(),
    floats(tf, 3).split(ROWS, [1, 1, 1]).stack(),
])  # fmt: skip
table.add("joins_different_lengths", lambda tf: (
    floats(tf, 2, infer_shape=False).write(0, [1.0]).write(1, [2.0, 3.0]).concat()
))  # fmt: skip
table.add("grows", lambda tf: [
    floats(tf, 0, dynamic_size=True).write(2, 5.0).stack(),
    floats(tf, 1, dynamic_size=True).unstack(ROWS).size(),
    floats(tf, 1, dynamic_size=True).unstack(ROWS).stack(),
])  # fmt: skip
table.add("zeros_of_known_shape", lambda tf: [
    floats(tf, 2, element_shape=[3]).stack(),
    floats(tf, 2, element_shape=[3]).concat(),
    floats(tf, 0, element_shape=[3]).stack(),
    floats(tf, 0, element_shape=[3, 2]).concat(),
    floats(tf, 2, element_shape=[None]).write(0, [1.0, 2.0]).stack(),
])  # fmt: skip
table.add("reads_many_times", lambda tf: [
    (lambda a: a.read(0) + a.read(0))(floats(tf, clear_after_read=False).unstack(ROWS))
])  # fmt: skip
table.add("gradient_of_stack", lambda tf: with_gradient(
    tf, lambda x: floats(tf).unstack(x).stack() * 2.0
))  # fmt: skip
table.add("gradient_of_concat", lambda tf: with_gradient(
    tf, lambda x: floats(tf).write(0, x).write(1, 2.0 * x).write(2, x * x).concat()
))  # fmt: skip
table.add("gradient_of_split", lambda tf: with_gradient(
    tf, lambda x: floats(tf, 2, infer_shape=False).split(x, [1, 2]).read(1)
))  # fmt: skip
table.add("gradient_of_reads", lambda tf: with_gradient(
    tf,
    lambda x: (lambda a: a.read(1) * 2 + a.read(1) * a.read(0))(
        floats(tf, clear_after_read=False).unstack(x)
    ),
))  # fmt: skip
table.add(
    "gradient_of_gather",
    lambda tf: with_gradient(
        tf, lambda x: floats(tf, clear_after_read=False).unstack(x).gather([1, 1, 0])
    ),
    any_static_shape=True,  # here the number of indices is known
)

for name, build in {
    "write_twice": lambda tf: floats(tf).write(0, 1.0).write(0, 2.0).flow,
    "write_past_the_end": lambda tf: floats(tf).write(5, 1.0).flow,
    "read_past_the_end": lambda tf: floats(tf).write(0, 1.0).read(3),
    "read_what_nobody_wrote": lambda tf: floats(tf).read(0),
    "other_dtype": lambda tf: tf.TensorArray(tf.int32, 2).write(0, 1.5).flow,
    "unstack_too_much": lambda tf: floats(tf, 2).unstack(ROWS).flow,
    "concat_of_scalars": lambda tf: (
        floats(tf, 1, infer_shape=False).write(0, 1.0).concat()
    ),
    "shapes_differ": lambda tf: (
        floats(tf, 2, infer_shape=False).write(0, [1.0]).write(1, [1.0, 2.0]).stack()
    ),
    "lengths": lambda tf: floats(tf, infer_shape=False).split(ROWS, [1, 1, 2]).flow,
    "negative_size": lambda tf: floats(tf, -1).flow,
}.items():
    table.add(f"bad_{name}", build, raises="InvalidArgumentError")
for name, build in {
    "no_size": lambda tf: tf.TensorArray(tf.float32),
    "inconsistent": lambda tf: floats(tf).write(0, [1.0]).write(1, [1.0, 2.0]),
    "index_of_rank_1": lambda tf: floats(tf).write([0], 1.0),
    "rows": lambda tf: floats(tf).scatter([0], ROWS),
}.items():
    table.add(f"bad_{name}", build, raises="ValueError")
table.add(
    "bad_empty_of_unknown_shape",
    lambda tf: floats(tf, 0).stack(),
    raises="UnimplementedError",
)
