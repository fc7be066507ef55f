"""Comparisons and logic, and changes of dtype."""

import numpy as np
import pytest

import interactive_graphs as tf

NAN, INF = np.nan, np.inf


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (tf.less, [True, False, False, False]),
        (tf.less_equal, [True, True, False, False]),
        (tf.greater, [False, False, True, False]),
        (tf.greater_equal, [False, True, True, False]),
        (tf.equal, [False, True, False, False]),
        (tf.not_equal, [True, False, True, True]),
    ],
)
def test_not_a_number_is_unlike_anything(function, expected):
    found = run(function([1.0, 2.0, 3.0, NAN], [2.0, 2.0, 2.0, NAN]))
    assert found.tolist() == expected
    assert found.dtype == np.bool_


def test_equality_of_strings_bools_and_complex_numbers():
    assert run(tf.equal("a", "a")) is np.True_
    assert run(tf.equal(["a", "b"], "a")).tolist() == [True, False]
    assert run(tf.not_equal([True, False], True)).tolist() == [False, True]
    assert run(tf.equal(tf.constant([1j, 2]), 1j)).tolist() == [True, False]


def test_order_is_of_real_numbers_only():
    for wrong in ([True], ["a"], [1j]):
        with pytest.raises(TypeError, match="not in list of allowed values"):
            tf.less(wrong, wrong)


def test_logic():
    x, y = [True, True, False, False], [True, False, True, False]
    assert run(tf.logical_and(x, y)).tolist() == [True, False, False, False]
    assert run(tf.logical_or(x, y)).tolist() == [True, True, True, False]
    assert run(tf.logical_xor(x, y)).tolist() == [False, True, True, False]
    assert run(tf.logical_not(x)).tolist() == [False, False, True, True]
    with pytest.raises(TypeError, match="Expected bool"):
        tf.logical_and([1], [0])


def test_kinds_of_numbers():
    x = tf.constant([NAN, INF, -INF, 1.0])
    assert run(tf.is_nan(x)).tolist() == [True, False, False, False]
    assert run(tf.is_inf(x)).tolist() == [False, True, True, False]
    assert run(tf.is_finite(x)).tolist() == [False, False, False, True]


# -- cast


def test_cast_drops_fractions_and_wraps():
    assert run(tf.cast([1.9, -1.9, 0.5], tf.int32)).tolist() == [1, -1, 0]
    assert run(tf.cast([300, -1, 128], tf.uint8)).tolist() == [44, 255, 128]
    assert run(tf.cast([300.0, -1.0], tf.uint8)).tolist() == [44, 255]


def test_cast_of_what_no_integer_can_hold():
    x = tf.constant([NAN, INF, -INF, 3e9])
    assert run(tf.cast(x, tf.int32)).tolist() == [-(2**31)] * 4
    assert run(tf.cast(x, tf.uint8)).tolist() == [0] * 4


def test_cast_to_bool_and_from_complex():
    assert run(tf.cast([NAN, 0.0, -0.0, 2.0], tf.bool)).tolist() == [
        True, False, False, True,
    ]  # fmt: skip
    z = tf.constant([3.5 + 2j, 1j])
    assert run(tf.cast(z, tf.int32)).tolist() == [3, 0]
    assert run(tf.cast(z, tf.bool)).tolist() == [True, False]


def test_cast_to_its_own_dtype_is_no_node():
    x = tf.constant([1.0])
    assert tf.cast(x, tf.float32) is x


@pytest.mark.parametrize(
    ("value", "target", "words"),
    [
        (["1"], tf.int32, "Cast string to int32 is not supported"),
        ([1.0], tf.string, "Cast float to string is not supported"),
    ],
)
def test_strings_are_not_cast(value, target, words):
    with pytest.raises(tf.errors.UnimplementedError, match=words):
        run(tf.cast(value, target))


def test_cast_of_sparse_values():
    sparse = tf.cast(tf.SparseTensor([[1]], [2.7], [3]), tf.int32)
    assert run(sparse).values.tolist() == [2]
    slices = tf.IndexedSlices(tf.constant([1.5]), tf.constant([0]))
    assert run(tf.cast(slices, tf.int64).values).tolist() == [1]


def test_gradient_passes_between_floats_only():
    x = tf.constant([1.0])
    assert run(tf.gradients(tf.cast(x, tf.float64) * 3, x)[0]).tolist() == [3]
    assert tf.gradients(tf.cast(tf.cast(x, tf.int32), tf.float32), x) == [None]


def test_saturate_cast_stops_at_the_ends():
    found = run(tf.saturate_cast([300.0, -5.0, 7.5], tf.uint8))
    assert found.tolist() == [255, 0, 7]
    assert run(tf.saturate_cast(np.float32([1e20]), tf.int32)).tolist() == [2147483520]


def test_to_functions():
    found = run([
        tf.to_float([1]), tf.to_double([1]), tf.to_int32([1.7]), tf.to_int64([2.2]),
        tf.to_bfloat16([1.5]), tf.to_complex64([1.0]), tf.to_complex128([2.0]),
    ])  # fmt: skip
    assert [v.dtype.name for v in found] == (
        "float32 float64 int32 int64 bfloat16 complex64 complex128".split()
    )


def test_bitcast_changes_the_last_dimension():
    x = tf.constant([1.0, -2.0])
    assert run(tf.bitcast(x, tf.int32)).tolist() == [0x3F800000, -0x40000000]
    parts = tf.bitcast(x, tf.uint8)
    assert parts.shape.as_list() == [2, 4]
    assert run(tf.bitcast(parts, tf.float32)).tolist() == [1, -2]
    with pytest.raises(ValueError, match="Cannot bitcast due to shape"):
        tf.bitcast(tf.constant([1, 2, 3], tf.int16), tf.int32)
