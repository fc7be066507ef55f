"""Arithmetic: how quotients round, signs of rests, what overflows or is refused."""

import numpy as np
import pytest

import interactive_graphs as tf

NAN, INF = np.nan, np.inf


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def unknown(value, dtype=None):
    """A tensor of which nothing is known while the graph is built."""
    return tf.placeholder_with_default(tf.constant(value, dtype), None)


def gradients_of(function, *values):
    xs = [tf.constant(v) for v in values]
    return run(tf.gradients(function(*xs), xs))


# -- sums and products


def test_strings_are_joined_scalars_too():
    assert run(tf.add("a", "b")) == b"ab"
    assert run(tf.add(["a", "b"], "c")).tolist() == [b"ac", b"bc"]


def test_integers_wrap_around():
    assert run(tf.constant(2**31 - 1) + 1) == -(2**31)
    assert run(tf.constant([127], tf.int8) * 2).tolist() == [-2]


def test_shapes_broadcast_when_they_are_known_only_at_run():
    total = unknown([[1.0], [2.0]]) + unknown([10.0, 20.0])
    assert run(total).tolist() == [[11, 21], [12, 22]]


def test_shapes_that_do_not_broadcast_at_run():
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"Incompatible shapes: \[2\] vs. \[3\]"
    ):
        run(unknown([1.0, 2.0]) + unknown([1.0, 2.0, 3.0]))


def test_gradients_are_summed_back_to_broadcast_shapes():
    dx, dy = gradients_of(tf.multiply, [[1.0], [2.0]], [10.0, 20.0, 30.0])
    assert dx.tolist() == [[60], [60]]
    assert dy.tolist() == [3, 3, 3]
    x, y = unknown([[1.0], [2.0]]), unknown([10.0, 20.0, 30.0])
    dx, dy = run(tf.gradients(x * y, [x, y]))
    assert dx.tolist() == [[60], [60]]
    assert dy.tolist() == [3, 3, 3]


# -- quotients and rests


@pytest.mark.parametrize(
    ("function", "quotients"),
    [
        (tf.floordiv, [3, -4, -4, 3]),
        (tf.floor_div, [3, -4, -4, 3]),
        (tf.truncatediv, [3, -3, -3, 3]),
        (tf.floormod, [1, 1, -1, -1]),
        (tf.truncatemod, [1, -1, 1, -1]),
        (tf.div, [3, -4, -4, 3]),
        (tf.mod, [1, 1, -1, -1]),
    ],
)
@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_integers_are_divided_as_c_or_python_does(function, quotients, dtype):
    x, y = tf.constant([7, -7, 7, -7], dtype), tf.constant([2, 2, -2, -2], dtype)
    result = run(function(x, y))
    assert result.tolist() == quotients
    assert result.dtype == dtype.as_numpy_dtype


@pytest.mark.parametrize(
    "function", [tf.floordiv, tf.truncatediv, tf.floormod, tf.truncatemod, tf.div]
)
def test_integer_division_by_zero(function):
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Integer division by zero"
    ):
        run(function([1, 2], unknown([1, 0])))


def test_nothing_divided_by_zero_is_nothing():
    nothing = tf.constant([], tf.int32)
    with tf.Session() as sess:
        for op in (tf.floordiv, tf.floormod, tf.truncatediv, tf.truncatemod):
            assert sess.run(op(nothing, 0)).shape == (0,)
        x = tf.constant(3.0)  # axes of a scalar: none, modulo a rank of 0
        assert sess.run(tf.gradients(tf.reduce_prod(x), x)) == [1.0]


def test_floats_divided_by_zero_give_infinities():
    x = tf.constant([1.0, -1.0, 0.0])
    np.testing.assert_array_equal(run(x / 0.0), [INF, -INF, NAN])
    np.testing.assert_array_equal(run(tf.floordiv(x, 0.0)), [INF, -INF, NAN])


def test_rests_of_infinities_and_zeros():
    x, y = np.float32([INF, 5, -2.5, -0.0, 5]), np.float32([2, INF, INF, 1, -2.5])
    rests = run(tf.floormod(x, y))
    np.testing.assert_array_equal(rests, [NAN, 5, INF, 0, 0])
    assert np.signbit(rests[1:]).tolist() == [False, False, True, False]


def test_python_3_division_makes_floats_of_integers():
    assert run(tf.constant([7], tf.int16) / 2).dtype == np.float32
    assert run(tf.truediv([7], [2])).tolist() == [3.5]
    assert run(tf.divide(7, 2)).dtype == np.float64
    assert run(tf.divide(tf.constant([1, 2]), 4, name="half")).tolist() == [0.25, 0.5]


def test_division_needs_one_dtype():
    with pytest.raises(TypeError, match="x and y must have the same dtype"):
        tf.truediv(tf.constant([1]), tf.constant([1.0]))


def test_div_no_nan_is_zero_where_the_divisor_is():
    found = run(tf.div_no_nan([1.0, NAN, INF], [0.0, 0.0, 2.0]))
    np.testing.assert_array_equal(found, [0, 0, INF])
    dx, dy = gradients_of(tf.div_no_nan, [1.0, 1.0], [0.0, 2.0])
    assert (dx.tolist(), dy.tolist()) == ([0, 0.5], [0, -0.25])


# -- powers and extremes


def test_integers_to_negative_powers_are_refused():
    with pytest.raises(tf.errors.InvalidArgumentError, match="negative integer powers"):
        run(tf.pow([2, 3], unknown([1, -1])))
    assert run(tf.pow(3, 40)) == (3**40 + 2**31) % 2**32 - 2**31


def test_power_has_no_gradient_in_an_exponent_of_nothing():
    dx, dy = gradients_of(tf.pow, [0.0, 2.0], [2.0, 0.0])
    assert dx.tolist() == [0, 0]
    np.testing.assert_allclose(dy, [0, np.log(2)], rtol=1e-6)


@pytest.mark.parametrize("function", [tf.maximum, tf.minimum])
def test_extremes_keep_nan(function):
    found = run(function(np.float32([NAN, 1.0, NAN]), np.float32([0.0, NAN, NAN])))
    assert np.isnan(found).all()


@pytest.mark.parametrize("function", [tf.maximum, tf.minimum])
def test_gradient_of_a_tie_goes_to_the_first(function):
    dx, dy = gradients_of(function, [1.0, 2.0], [1.0, 2.0])
    assert (dx.tolist(), dy.tolist()) == ([1, 1], [0, 0])


# -- one operand


def test_sign_and_absolute_value_of_odd_numbers():
    x = np.float32([NAN, INF, -INF, 0, -0.0, -2])
    np.testing.assert_array_equal(run(tf.sign(x)), [NAN, 1, -1, 0, 0, -1])
    assert run(tf.abs(tf.constant([-(2**31)]))).tolist() == [-(2**31)]
    assert run(tf.abs(tf.constant([3 + 4j], tf.complex64))).tolist() == [5]
    sign = run(tf.sign(tf.constant([3 + 4j, 0], tf.complex64)))
    np.testing.assert_allclose(sign, [0.6 + 0.8j, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("function", "expected"),
    [(tf.negative, [1, -2]), (tf.abs, [1, 2]), (tf.sign, [-1, 1]), (tf.square, [1, 4])],
)
def test_values_of_sparse_tensors(function, expected):
    sparse = tf.SparseTensor([[0], [3]], [-1.0, 2.0], [5])
    result = run(function(sparse))
    assert result.values.tolist() == expected
    assert result.dense_shape.tolist() == [5]


def test_scalar_mul_of_slices():
    slices = tf.IndexedSlices(tf.constant([1.0, 2.0]), tf.constant([0, 3]))
    product = tf.scalar_mul(3.0, slices)
    assert run(product.values).tolist() == [3, 6]
    with pytest.raises(ValueError, match="Only scalar multiply works"):
        tf.scalar_mul([1.0, 2.0], tf.constant([1.0, 2.0]))


# -- sums of many


def test_add_n_needs_one_shape_and_one_dtype():
    assert run(tf.add_n([[1, 2], [3, 4], [5, 6]])).tolist() == [9, 12]
    one = tf.constant([1])
    assert tf.add_n([one]) is one
    for wrong in ([], [tf.constant([1.0]), tf.constant([1.0, 2.0])], one):
        with pytest.raises(ValueError, match="same dtype and shape"):
            tf.add_n(wrong)


def test_add_n_of_shapes_that_differ_at_run():
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"Input 0: \[2\] != input 1: \[3\]"
    ):
        run(tf.add_n([unknown([1, 2]), unknown([1, 2, 3])]))


def test_accumulate_n_takes_the_shape_from_any():
    x, y = tf.placeholder(tf.float32, [None, 2]), tf.constant([[1.0, 2.0]])
    total = tf.accumulate_n([x, y])
    assert total.op.type == "AccumulateNV2"
    assert run(total, {x: [[10, 20]]}).tolist() == [[11, 22]]
    with pytest.raises(TypeError, match="tensor_dtype is"):
        tf.accumulate_n([y], tensor_dtype=tf.int32)


# -- names


def test_nodes_have_tf1s_names():
    x = tf.constant([1.0], name="c")
    made = [
        tf.add(x, x), tf.multiply(x, x), tf.subtract(x, x), tf.divide(x, x),
        tf.floordiv(x, x), tf.div(x, x), tf.abs(x), tf.square(x), tf.negative(x),
        tf.pow(x, x), tf.maximum(x, x), tf.add_n([x, x]), tf.add(x, x, name="mine"),
    ]  # fmt: skip
    assert [t.op.name for t in made] == (
        "Add Mul Sub truediv floordiv div Abs Square Neg Pow Maximum AddN mine".split()
    )
