"""Pools and convolutions of sequences, short forms, and embeddings made safe."""

import numpy as np

from tests.oracle.programs import Table

table = Table()


def noise(*shape):
    return np.random.default_rng([9, *shape]).standard_normal(shape).astype(np.float32)


for name in ("max_pool", "avg_pool"):
    for padding in ("SAME", "VALID"):
        table.add(
            f"{name}1d_{padding}",
            lambda tf, n=name, p=padding: getattr(tf.nn, n + "1d")(
                noise(2, 7, 3), 3, 2, p
            ),
        )
        table.add(
            f"{name}1d_list_{padding}",
            lambda tf, n=name, p=padding: getattr(tf.nn, n + "1d")(
                noise(2, 7, 3), [1, 3, 1], [2], p
            ),
        )
        for size in (2, [2], [2, 3], [1, 3, 2, 1]):
            table.add(
                f"{name}2d_{padding}_{size}",
                lambda tf, n=name, p=padding, s=size: getattr(tf.nn, n + "2d")(
                    noise(2, 7, 6, 3), s, 2, p
                ),
            )
    table.add(
        f"{name}1d_name",
        lambda tf, _, n=name: (
            getattr(tf.nn, n + "1d")(noise(2, 7, 3), 3, 2, "SAME").name
        ),
        is_script=True,
    )
    table.add(
        f"bad_{name}1d_length",
        lambda tf, n=name: getattr(tf.nn, n + "1d")(noise(2, 7, 3), [1, 2], 2, "SAME"),
        raises="ValueError",
    )
for padding, width in (("SAME", 8), ("VALID", 9)):
    table.add(
        f"conv1d_transpose_{padding}",
        lambda tf, p=padding, w=width: tf.nn.conv1d_transpose(
            noise(2, 4, 3), noise(3, 5, 3), [2, w, 5], 2, p
        ),
    )
table.add(
    "conv1d_transpose_of_a_tensor",
    lambda tf: tf.nn.conv1d_transpose(
        noise(2, 4, 3), noise(3, 5, 3), tf.constant([2, 8, 5]), [2]
    ),
)
table.add(
    "bad_conv1d_transpose_format",
    lambda tf: tf.nn.conv1d_transpose(
        noise(2, 4, 3), noise(3, 5, 3), [2, 8, 5], 2, data_format="XX"
    ),
    raises="ValueError",
)
table.add("silu", lambda tf: tf.nn.silu(noise(3)))


def ids(tf):
    return tf.SparseTensor(
        [[0, 0], [0, 1], [1, 0], [3, 0], [4, 1]],
        tf.constant([1, -1, 2, 0, 1], tf.int64), [6, 2],
    )  # fmt: skip


def weights(tf):
    return tf.SparseTensor(ids(tf).indices, tf.constant([1.0, 2, -1, 3, 0.5]), [6, 2])


for combiner in ("mean", "sum", "sqrtn"):
    for default in (None, 2):
        table.add(
            f"safe_{combiner}_{default}",
            lambda tf, c=combiner, d=default: tf.nn.safe_embedding_lookup_sparse(
                tf.constant(noise(3, 4)), ids(tf), None, c, d
            ),
            any_static_shape=True,
        )
        table.add(
            f"safe_weighted_{combiner}_{default}",
            lambda tf, c=combiner, d=default: tf.nn.safe_embedding_lookup_sparse(
                [tf.constant(noise(2, 4)), tf.constant(noise(1, 4))], ids(tf),
                weights(tf), c, d,
            ),
            any_static_shape=True,
        )  # fmt: skip
table.add(
    "safe_of_rank_3",
    lambda tf: tf.nn.safe_embedding_lookup_sparse(
        tf.constant(noise(3, 4)),
        tf.SparseTensor(
            [[0, 1, 0], [1, 0, 1]], tf.constant([2, 1], tf.int64), [2, 2, 2]
        ),
    ),
    any_static_shape=True,
)
table.add(
    "bad_safe_without_table",
    lambda tf: tf.nn.safe_embedding_lookup_sparse([], ids(tf)),
    raises="ValueError",
)
