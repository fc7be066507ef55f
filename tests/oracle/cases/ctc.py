"""Connectionist temporal classification: losses, gradients, decoded labels."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
RANDOM = np.random.RandomState(12)
X = (RANDOM.randn(6, 3, 4) * 2).astype(np.float32)
LENGTHS = np.array([6, 4, 5], np.int32)
LOOSE = (1e-4, 1e-5)


def labels(tf, *rows):
    places = [[b, i] for b, row in enumerate(rows) for i in range(len(row))]
    values = [value for row in rows for value in row]
    return tf.SparseTensor(
        np.array(places, np.int64), np.array(values, np.int32), [len(rows), 6]
    )


def loss(tf, *rows, dtype=np.float32, **options):
    """The loss and its gradient, weighted by batch."""
    x = tf.constant(X.astype(dtype))
    found = tf.nn.ctc_loss(labels(tf, *rows), x, LENGTHS, **options)
    weights = np.arange(1, 4).astype(dtype)
    return [found, *tf.gradients(found * weights, x)]


table.add("loss", lambda tf: loss(tf, [0, 1, 2], [1], [2, 2]), tolerance=LOOSE)
table.add("loss_of_blanks_at_the_end", lambda tf: loss(
    tf, [0, 3, 3], [1, 3], [2, 2]
), tolerance=LOOSE)  # fmt: skip
table.add("loss_without_merging", lambda tf: loss(
    tf, [0, 0, 2], [1], [2, 2], ctc_merge_repeated=False
), tolerance=LOOSE)  # fmt: skip
table.add("loss_collapsing", lambda tf: loss(
    tf, [0, 0, 2], [1, 1], [2, 2, 0, 2], preprocess_collapse_repeated=True
), tolerance=LOOSE)  # fmt: skip
table.add("loss_of_what_no_path_gives", lambda tf: loss(
    tf, [0, 0, 0, 0], [1], [2]
), tolerance=LOOSE)  # fmt: skip
table.add("loss_ignoring", lambda tf: loss(
    tf, [0, 1], [0, 1, 0, 1, 0], [2], ignore_longer_outputs_than_inputs=True
), tolerance=LOOSE)  # fmt: skip
table.add("loss_float64", lambda tf: loss(
    tf, [0, 1, 2], [1], [2, 2], dtype=np.float64
), tolerance=LOOSE)  # fmt: skip
for merge in (True, False):
    table.add(f"greedy_{merge}", lambda tf, merge=merge: list(
        tf.nn.ctc_greedy_decoder(X, LENGTHS, merge_repeated=merge)
    ), tolerance=LOOSE)  # fmt: skip
    for width, paths in ((1, 1), (3, 2), (50, 4)):
        table.add(f"beam_{width}_{merge}", lambda tf, m=merge, w=width, p=paths: list(
            tf.nn.ctc_beam_search_decoder(X, LENGTHS, w, p, merge_repeated=m)
        ), tolerance=LOOSE)  # fmt: skip
table.add(
    "bad_labels", lambda tf: loss(tf, [0, -1], [1], [2]), raises="InvalidArgumentError"
)
table.add(
    "bad_length",
    lambda tf: tf.nn.ctc_greedy_decoder(X, [7, 1, 1])[1],
    raises="FailedPreconditionError",
)
table.add(
    "bad_paths",
    lambda tf: tf.nn.ctc_beam_search_decoder(X, LENGTHS, 1, 2)[1],
    raises="InvalidArgumentError",
)
