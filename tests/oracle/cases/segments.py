"""Sums, means and extremes of segments: sorted, unsorted, of chosen rows, with slopes."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
ROWS = np.arange(15, dtype=np.float64).reshape(5, 3) % 7 - 2.5
IDS = [0, 0, 2, 2, 3]
MIXED = [3, 0, 3, 1, 0]

for kind in ("sum", "mean", "max", "min", "prod"):
    sorted_name, unsorted_name = f"segment_{kind}", f"unsorted_segment_{kind}"
    for dtype in ("float32", "float64", "int32", "int64"):
        table.add(
            f"{sorted_name}_{dtype}",
            lambda tf, name=sorted_name, dtype=dtype: getattr(tf, name)(
                tf.constant(ROWS.astype(dtype)), IDS
            ),
        )
        table.add(
            f"{unsorted_name}_{dtype}",
            lambda tf, name=unsorted_name, dtype=dtype: getattr(tf, name)(
                tf.constant(ROWS.astype(dtype)), MIXED, 5
            ),
        )
    table.add(
        f"{sorted_name}_gradient",
        lambda tf, name=sorted_name: tf.gradients(
            tf.square(getattr(tf, name)(x := tf.constant(ROWS), IDS)), x
        ),
    )
    table.add(
        f"{unsorted_name}_gradient",
        lambda tf, name=unsorted_name: tf.gradients(
            tf.square(getattr(tf, name)(x := tf.constant(ROWS), MIXED, 4)), x
        ),
    )
    table.add(
        f"{unsorted_name}_of_matrix_ids",
        lambda tf, name=unsorted_name: getattr(tf, name)(
            tf.constant(ROWS[:4].reshape(2, 2, 3)), [[1, 0], [0, 1]], 2
        ),
    )
    table.add(
        f"{unsorted_name}_leaves_out_negative",
        lambda tf, name=unsorted_name: getattr(tf, name)(
            tf.constant(ROWS), [0, -1, 1, -1, 0], 2
        ),
    )
    table.add(
        f"{sorted_name}_unsorted",
        lambda tf, name=sorted_name: getattr(tf, name)(ROWS, MIXED),
        raises="InvalidArgumentError",
    )
    table.add(
        f"{sorted_name}_of_the_wrong_length",
        lambda tf, name=sorted_name: getattr(tf, name)(ROWS, [0, 1]),
        raises="InvalidArgumentError",
    )

for kind in ("sum", "mean", "sqrt_n"):
    name = f"sparse_segment_{kind}"
    table.add(
        name,
        lambda tf, name=name: getattr(tf, name)(
            tf.constant(ROWS), [4, 0, 0, 3], [0, 0, 1, 2]
        ),
    )
    table.add(
        f"{name}_with_gaps",
        lambda tf, name=name: getattr(tf, name)(
            tf.constant(ROWS), [4, 0, 3], [0, 0, 3], num_segments=5
        ),
    )
    table.add(
        f"{name}_gradient",
        lambda tf, name=name: tf.gradients(
            tf.square(
                getattr(tf, name)(x := tf.constant(ROWS), [4, 0, 0, 3], [0, 0, 1, 3])
            ),
            x,
        ),
    )
    table.add(
        f"{name}_out_of_range",
        lambda tf, name=name: getattr(tf, name)(ROWS, [7], [0]),
        raises="InvalidArgumentError",
    )
table.add(
    "unsorted_segment_sqrt_n",
    lambda tf: tf.unsorted_segment_sqrt_n(tf.constant(ROWS), MIXED, 5),
)
