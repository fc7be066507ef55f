"""Sets and edit distances: words of errors; values are compared in `tests/oracle`."""

import numpy as np
import pytest

import interactive_graphs as tf


def sparse(places, values, shape):
    return tf.SparseTensor(places, values, shape)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (
            lambda: tf.sets.set_union(
                tf.constant([[1, 2], [3, 3]]), sparse([[0, 0]], [1], [3, 2])
            ),
            "Mismatched shapes [2] vs [3]",
        ),
        (
            lambda: tf.sets.set_size(sparse([[0, 1], [0, 0]], [2, 1], [1, 2])),
            "indices[1] = [0,0] is out of order. Many sparse ops require sorted indices.",
        ),
        (
            lambda: tf.sets.set_size(sparse([[0, 0], [0, 0]], [2, 1], [1, 2])),
            "indices[1] = [0,0] is repeated",
        ),
        (
            lambda: tf.sets.set_size(sparse([[0, 5]], [2], [1, 2])),
            "indices[0] = [0,5] is out of bounds: need 0 <= index < [1,2]",
        ),
    ],
)
def test_what_is_refused_when_it_runs(build, text):
    result = build()
    fetch = result if isinstance(result, tf.Tensor) else result.values
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError) as caught:
        sess.run(fetch)
    assert caught.value.message.startswith(text)


def test_what_is_refused_when_it_is_built():
    with pytest.raises(TypeError, match="^'a' has invalid dtype tf.float32, not in"):
        tf.sets.set_union([[1.0]], [[1.0]])
    with pytest.raises(TypeError, match="^Hypothesis must be a SparseTensor.$"):
        tf.edit_distance([[1]], [[1]])
    with pytest.raises(ValueError, match="^Num elements of hypothesis_shape does not"):
        tf.edit_distance(
            sparse([[0, 0]], [1], [1, 1]), sparse([[0, 0, 0]], [1], [1, 1, 1])
        )
    with pytest.raises(
        ValueError, match="^Input Truth SparseTensors must have rank at"
    ):
        tf.edit_distance(sparse([[0, 0]], [1], [1, 1]), sparse([[0]], [1], [1]))


def test_indices_need_not_be_checked():
    unordered = sparse([[0, 1], [0, 0]], [2, 1], [1, 2])
    with tf.Session() as sess:
        size = sess.run(tf.sets.set_size(unordered, validate_indices=False))
    assert size.tolist() == [2]


def test_random_sets_are_pythons():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 8, [2, 50, 5])
    with tf.Session() as sess:
        both = sess.run(tf.sets.set_intersection(a, b))
        dense = {i: set() for i in range(50)}
        for (row, _), value in zip(
            both.indices.tolist(), both.values.tolist(), strict=True
        ):
            dense[row].add(value)
    assert all(dense[i] == set(a[i]) & set(b[i]) for i in range(50))
