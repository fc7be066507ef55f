"""Blocks of space moved into the batch, and what is left to fill up."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
IMAGES = np.arange(48, dtype=np.float64).reshape(2, 4, 3, 2)

for crop in ([[0, 0], [0, 1]], [[1, 1], [1, 2]], [[2, 0], [1, 0]]):
    name = "_".join(str(n) for pair in crop for n in pair)
    table.add(
        f"space_to_batch_{name}",
        lambda tf, crop=crop: tf.space_to_batch(IMAGES, crop, 2),
    )
    table.add(
        f"space_to_batch_{name}_and_back",
        lambda tf, crop=crop: tf.batch_to_space(
            tf.space_to_batch(IMAGES, crop, block_size=2), crop, 2
        ),
    )
    table.add(
        f"space_to_batch_{name}_gradient",
        lambda tf, crop=crop: tf.gradients(
            tf.square(tf.space_to_batch(x := tf.constant(IMAGES), crop, 2)), x
        ),
    )
    table.add(
        f"required_paddings_{name}",
        lambda tf, crop=crop: tf.required_space_to_batch_paddings(
            [4, 3], [2, 3], base_paddings=crop
        ),
    )
table.add(
    "required_paddings_fed",
    lambda tf: tf.required_space_to_batch_paddings(
        tf.placeholder(tf.int32, [2], name="x"), [2, 3]
    ),
    {"x:0": [5, 4]},
)
table.add(
    "space_to_batch_uneven",
    lambda tf: tf.space_to_batch(IMAGES, [[0, 0], [0, 0]], 2),
    raises="ValueError",
)
