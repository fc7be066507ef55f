"""Sets in the last dimension, and distances of sequences there."""

import numpy as np

from tests.oracle.programs import Table

table = Table()


def first(tf):
    return tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [2, 1, 5], [3, 3])


def second(tf):
    return tf.SparseTensor([[0, 0], [2, 0]], [1, 7], [3, 2])


def as_sets(tf, value):
    return value if isinstance(value, tf.SparseTensor) else tf.constant(value)


DENSE = np.int32([[1, 2], [3, 3], [4, 5]])
SETS = {
    "sparse": (first, second),
    "dense": (lambda tf: DENSE, lambda tf: DENSE[:, ::-1] - 1),
    "dense_sparse": (lambda tf: DENSE, second),
    "sparse_dense": (second, lambda tf: DENSE),
    "words": (lambda tf: [["a", "b"]], lambda tf: [["b", "c"]]),
    "rank_3": (
        lambda tf: np.int64([[[1, 1], [2, 3]], [[4, 5], [6, 6]]]),
        lambda tf: np.int64([[[1, 3], [2, 3]], [[5, 4], [0, 6]]]),
    ),
}
for name, (a, b) in SETS.items():
    for operation in ("intersection", "union", "difference"):
        table.add(
            f"{operation}_{name}",
            lambda tf, a=a, b=b, o=operation: getattr(tf.sets, f"set_{o}")(
                as_sets(tf, a(tf)),
                as_sets(tf, b(tf)),
            ),
            any_static_shape=True,
        )
    table.add(
        f"difference_back_{name}",
        lambda tf, a=a, b=b: tf.sets.set_difference(
            as_sets(tf, a(tf)),
            as_sets(tf, b(tf)),
            aminusb=False,
        ),
        any_static_shape=True,
    )


SIZES = {
    "size": lambda tf: tf.sets.set_size(first(tf)),
    "size_rank_3": lambda tf: tf.sets.set_size(
        tf.SparseTensor([[0, 0, 0], [1, 0, 1]], [2, 1], [2, 1, 2])
    ),
    "size_same": lambda tf: tf.sets.set_size(
        tf.SparseTensor([[0, 0], [0, 1]], [2, 2], [1, 2])
    ),
}
for name, function in SIZES.items():
    table.add(name, function, any_static_shape=True)


def words(tf, rows, width=None, number=None):
    places = [[i, j] for i, row in enumerate(rows) for j in range(len(row))]
    values = [x for row in rows for x in row]
    shape = [number or len(rows), width or max(map(len, rows))]
    return tf.SparseTensor(
        np.int64(places).reshape(-1, 2), np.array(values, "U") if values else [""][:0],
        shape,
    )  # fmt: skip


DISTANCES = {
    "words": (["kitten", "abc", "x"], ["sitting", "abc", "yz"]),
    "empty_truth": (["ab", "c"], ["a", ""]),
    "empty_hypothesis": (["", "c"], ["abc", "c"]),
    "more_truth": (["a"], ["a", "b", "c"]),
}
for name, (one, other) in DISTANCES.items():
    for normalize in (True, False):
        table.add(
            f"edit_distance_{name}_{normalize}",
            lambda tf, a=one, b=other, n=normalize: tf.edit_distance(
                words(tf, a), words(tf, b), normalize=n
            ),
            any_static_shape=True,
        )
BAD = {
    "vector": (
        lambda tf: tf.sets.set_intersection(tf.constant([1, 2]), tf.constant([2])),
        "ValueError",
    ),
    "groups": (
        lambda tf: tf.sets.set_union(tf.constant([[1, 2]]), tf.constant([[2], [1]])),
        "ValueError",
    ),
    "groups_when_it_runs": (
        lambda tf: tf.sets.set_union(tf.constant([[1, 2], [3, 3]]), second(tf)),
        "InvalidArgumentError",
    ),
    "floats": (
        lambda tf: tf.sets.set_union(tf.constant([[1.0]]), tf.constant([[1.0]])),
        "TypeError",
    ),
    "size_of_dense": (lambda tf: tf.sets.set_size(tf.constant([[1]])), "TypeError"),
    "out_of_order": (
        lambda tf: tf.sets.set_size(tf.SparseTensor([[0, 1], [0, 0]], [2, 1], [1, 2])),
        "InvalidArgumentError",
    ),
    "distance_of_dense": (
        lambda tf: tf.edit_distance(tf.constant(1), first(tf)),
        "TypeError",
    ),
    "distance_rank_1": (
        lambda tf: tf.edit_distance(*[tf.SparseTensor([[0]], [1], [2])] * 2),
        "ValueError",
    ),
}
for name, (function, error) in BAD.items():
    table.add(f"bad_{name}", function, raises=error)
