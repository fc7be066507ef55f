"""Segment reductions: empty segments, rows left out, numbers that are refused."""

import numpy as np
import pytest

import interactive_graphs as tf

ROWS = np.float32([[1, 2], [3, 4], [5, 6], [7, 8]])
LOWEST = np.finfo(np.float32).min


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def unknown(value):
    """A tensor of which nothing is known while the graph is built."""
    return tf.placeholder_with_default(tf.constant(value), None)


@pytest.mark.parametrize(
    ("name", "first", "empty"),
    [
        ("sum", [4, 6], 0), ("mean", [2, 3], 0), ("prod", [3, 8], 1),
        ("max", [3, 4], 0), ("min", [1, 2], 0),
    ],
)  # fmt: skip
def test_sorted_segments(name, first, empty):
    result = getattr(tf, f"segment_{name}")(ROWS, [0, 0, 2, 3])
    assert run(result).tolist() == [first, [empty] * 2, [5, 6], [7, 8]]
    assert result.shape.as_list() == [4, 2] or result.shape.as_list() == [None, 2]


@pytest.mark.parametrize(
    ("name", "last", "empty"),
    [
        ("sum", [12, 14], 0), ("prod", [35, 48], 1), ("mean", [6, 7], 0),
        ("max", [7, 8], LOWEST), ("min", [5, 6], -LOWEST),
    ],
)  # fmt: skip
def test_segments_in_any_order(name, last, empty):
    result = getattr(tf, f"unsorted_segment_{name}")(ROWS, [0, -1, 2, 2], 3)
    np.testing.assert_allclose(run(result), [[1, 2], [empty] * 2, last])
    assert result.shape.as_list() == [3, 2]


def test_segments_of_elements():
    total = tf.unsorted_segment_sum([[1, 2], [3, 4]], [[0, 1], [1, 0]], 2)
    assert run(total).tolist() == [5, 5]


def test_sqrt_n():
    found = run(tf.unsorted_segment_sqrt_n(ROWS, [0, 0, 1, 1], 2))
    np.testing.assert_allclose(
        found, [ROWS[:2].sum(0) / 2**0.5, ROWS[2:].sum(0) / 2**0.5]
    )


@pytest.mark.parametrize(
    ("name", "first"),
    [("sum", [8, 10]), ("mean", [4, 5]), ("sqrt_n", [8 / 2**0.5, 10 / 2**0.5])],
)
def test_picked_rows(name, first):
    reduce = getattr(tf, f"sparse_segment_{name}")
    found = run(reduce(ROWS, [0, 3, 1], [0, 0, 2]))
    np.testing.assert_allclose(found, [first, [0, 0], [3, 4]], rtol=1e-6)
    more = run(reduce(ROWS, [0, 3], [0, 0], num_segments=2))
    np.testing.assert_allclose(more, [first, [0, 0]], rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: tf.segment_sum([1, 2], [1, 0]), "segment ids are not increasing"),
        (
            lambda: tf.segment_sum([1, 2], [-1, 0]),
            r"Segment id -1 out of range \[0, 1\)",
        ),
        (lambda: tf.segment_sum([1, 2], unknown([0, 1, 2])), "should be the same size"),
        (lambda: tf.segment_sum([1, 2], unknown([[0, 1]])), "should be a vector"),
        (
            lambda: tf.unsorted_segment_sum([1, 2], [0, 5], 3),
            r"segment_ids\[1\] = 5 is out of range \[0, 3\)",
        ),
        (
            lambda: tf.unsorted_segment_sum([1, 2], unknown([0, 1, 2]), 3),
            r"data.shape = \[2\] does not start with segment_ids.shape = \[3\]",
        ),
        (
            lambda: tf.sparse_segment_sum([1, 2], [0, 5], [0, 1]),
            r"indices\[1\] == 5 out of range \[0, 2\)",
        ),
        (
            lambda: tf.sparse_segment_sum([1, 2], [0, 1], [0, 2], num_segments=2),
            "segment ids must be < num_segments",
        ),
    ],
)
def test_segments_that_are_refused(make, words):
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        run(make())


def test_negative_numbers_of_segments():
    with pytest.raises(ValueError, match="must be non-negative but is -3"):
        tf.unsorted_segment_sum([1.0], [0], -3)


def test_sums_of_16_bit_floats_keep_small_terms():
    ones, ids = tf.ones([5000], tf.float16), np.zeros(5000, np.int32)
    assert run(tf.segment_sum(ones, ids)).tolist() == [5000]
