"""Names that TensorFlow 1.13 to 1.15 added for ops that were there."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
PROGRAMS = {
    "where_v2": lambda tf: tf.where_v2([True, False], 1, [[2], [3]]),
    "where_v2_one": lambda tf: tf.where_v2([True, False, True]),
    "scatter_add": lambda tf: tf.tensor_scatter_nd_add([1, 2, 3], [[0], [0]], [5, 6]),
    "scatter_sub": lambda tf: tf.tensor_scatter_nd_sub([1, 2, 3], [[1]], [5]),
    "scatter_update": lambda tf: tf.tensor_scatter_nd_update([1, 2], [[1]], [5]),
    "square_root": lambda tf: tf.matrix_square_root([[4.0, 0.0], [0.0, 9.0]]),
    "is_jpeg": lambda tf: tf.io.is_jpeg(b"\xff\xd8\xff"),
}
for name, function in PROGRAMS.items():
    table.add(name, function)
table.add(
    "numpy_function",
    lambda tf: tf.numpy_function(np.sinh, [tf.constant([1.0])], tf.float32),
    any_static_shape=True,
)
for dtype in ("int32", "int64"):
    table.add(
        f"categorical_{dtype}",
        lambda tf, d=dtype: tf.random.categorical([[0.0, 1.0]], 5, getattr(tf, d)),
        only_shapes=True,
    )
    table.add(
        f"stateless_categorical_{dtype}",
        lambda tf, d=dtype: tf.random.stateless_categorical(
            [[0.0, 1.0]], 5, [1, 2], getattr(tf, d)
        ),
        only_shapes=True,
    )
table.add("timestamp", lambda tf: tf.timestamp(), only_shapes=True)
table.add(
    "static_value",
    lambda tf, _: [
        tf.get_static_value(tf.constant([1, 2])),
        tf.get_static_value(tf.placeholder(tf.int32)) is None,
        tf.data.AUTOTUNE, tf.data.INFINITE_CARDINALITY, tf.data.UNKNOWN_CARDINALITY,
    ],
    is_script=True,
)  # fmt: skip
table.add(
    "names",
    lambda tf, _: [
        tf.random.categorical([[0.0, 1.0]], 5).name,
        tf.random.stateless_categorical([[0.0, 1.0]], 5, [1, 2]).name,
    ],
    is_script=True,
)
table.add("bad_where_v2", lambda tf: tf.where_v2([True], 1), raises="ValueError")
table.add(
    "is_tensor",
    lambda tf, _: [
        tf.is_tensor(x)
        for x in (
            tf.constant(1.0), tf.sparse.eye(2), tf.get_variable("v", [2]), 1.0, "x",
            np.zeros(2), [tf.constant(1)], None, tf.IndexedSlices([1.0], [0]),
        )
    ],
    is_script=True,
)  # fmt: skip
table.add(
    "unconnected",
    lambda tf: tf.gradients(
        tf.constant(3.0), tf.constant([1.0, 2.0]),
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    ),
)  # fmt: skip
table.add(
    "unconnected_values",
    lambda tf, _: [kind.value for kind in tf.UnconnectedGradients],
    is_script=True,
)
table.add("logger", lambda tf, _: tf.get_logger().name, is_script=True)
table.add(
    "piecewise_constant_decay",
    lambda tf: tf.train.piecewise_constant_decay(
        tf.constant(3), [2, 5], [1.0, 2.0, 3.0]
    ),
)
table.add(
    "extract_patches",
    lambda tf: tf.image.extract_patches(
        np.arange(16).reshape(1, 4, 4, 1), sizes=[1, 2, 2, 1], strides=[1, 2, 2, 1],
        rates=[1, 1, 1, 1], padding="VALID",
    ),
)  # fmt: skip
