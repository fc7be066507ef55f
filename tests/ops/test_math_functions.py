"""Functions of numbers, special functions, complex numbers, bits and ranges."""

import math

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


# -- functions of one number

SAME = """
exp expm1 log1p sqrt sin cos tan atan sinh cosh tanh asinh ceil floor rint
""".split()


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32, tf.float64])
def test_is_the_function_of_its_name(name, dtype):
    x = np.array([0.1, 0.75, 1.5])
    numpy_name = {"atan": "arctan", "asinh": "arcsinh"}.get(name, name)
    result = run(getattr(tf, name)(tf.constant(x, dtype)))
    assert result.dtype == dtype.as_numpy_dtype
    digits = {2: 2e-2, 4: 1e-6, 8: 1e-14}[dtype.size]
    expected = getattr(np, numpy_name)(x)
    np.testing.assert_allclose(result.astype(np.float64), expected, rtol=digits)


def test_outside_of_its_domain_a_function_is_not_a_number():
    assert np.isnan(
        run([tf.log(-1.0), tf.sqrt(-1.0), tf.asin(2.0), tf.acosh(0.5)])
    ).all()
    assert run([tf.log(0.0), tf.rsqrt(0.0), tf.atanh(1.0)]) == [-INF, INF, INF]


def test_sigmoid_neither_overflows_nor_loses_small_values():
    y = run(tf.sigmoid(np.float32([-1000, -80, 0, 80, 1000])))
    np.testing.assert_allclose(y, [0, math.exp(-80), 0.5, 1, 1], rtol=1e-6)
    y = run(tf.log_sigmoid(np.float32([-1000, 0])))
    np.testing.assert_allclose(y, [-1000, -math.log(2)], rtol=1e-6)


def test_halves_round_to_even():
    x = [0.5, 1.5, 2.5, -0.5, -1.5, NAN]
    expected = [0, 2, 2, 0, -2, NAN]
    np.testing.assert_array_equal(run(tf.round(x)), expected)
    np.testing.assert_array_equal(run(tf.rint(x)), expected)
    integers = tf.constant([1, 2])
    assert tf.round(integers) is integers


def test_round_has_no_gradient():
    x = tf.constant([0.4])
    assert tf.gradients([tf.round(x), tf.ceil(x), tf.floor(x)], x) == [None]


def test_integers_have_no_exponential():
    with pytest.raises(TypeError, match="int32 not in list of allowed values"):
        tf.exp(tf.constant([1]))


def test_second_derivatives():
    x = tf.constant([0.3, 0.6], tf.float64)
    for y, expected in (
        (tf.tanh(x), lambda v: -2 * np.tanh(v) / np.cosh(v) ** 2),
        (tf.sqrt(x), lambda v: -0.25 * v**-1.5),
        (tf.rsqrt(x), lambda v: 0.75 * v**-2.5),
        (tf.reciprocal(x), lambda v: 2 * v**-3),
    ):
        first = tf.gradients(y, x)[0]
        second = run(tf.gradients(first, x)[0])
        np.testing.assert_allclose(second, expected(np.array([0.3, 0.6])), rtol=1e-12)


def test_xdivy_and_xlogy_are_zero_where_x_is():
    np.testing.assert_array_equal(run(tf.math.xdivy([0.0, 1.0], [0.0, 0.0])), [0, INF])
    zeros = run(tf.math.xlogy([0.0, 1.0, 0.0], [0.0, 0.0, NAN]))
    np.testing.assert_array_equal(zeros, [0, -INF, 0])


def test_polyval():
    assert run(tf.math.polyval([1.0, 2.0, 3.0], 2.0)) == 11
    assert run(tf.math.polyval([], [2.0])).tolist() == [0]
    with pytest.raises(ValueError, match="must be list type"):
        tf.math.polyval(1.0, 2.0)


# -- special functions


@pytest.mark.parametrize("name", ["erf", "erfc", "lgamma"])
def test_special_functions_are_the_standard_librarys(name):
    x = np.linspace(0.05, 6, 60)
    expected = [getattr(math, name)(v) for v in x]
    np.testing.assert_allclose(run(getattr(tf, name)(x)), expected, rtol=1e-12)


def test_special_functions_at_odd_places():
    x = np.float64([NAN, INF, -INF, 0, -1])
    np.testing.assert_array_equal(run(tf.lgamma(x)), [NAN, INF, INF, INF, INF])
    np.testing.assert_array_equal(run(tf.digamma(x)), [NAN, INF, NAN, NAN, NAN])
    np.testing.assert_array_equal(run(tf.erfc(x[:4])), [NAN, 0, 2, 1])
    np.testing.assert_array_equal(run(tf.zeta(x[3:] + 2, [1.0, -2.0])), [
        math.pi**2 / 6, INF,
    ])  # fmt: skip


def test_special_functions_of_two_numbers():
    e = math.exp(-0.5)
    np.testing.assert_allclose(run(tf.igamma(1.0, 0.5)), 1 - e, rtol=1e-6)
    np.testing.assert_allclose(run(tf.igammac([1.0], 0.5)), [e], rtol=1e-6)
    np.testing.assert_allclose(run(tf.betainc(2.0, 1.0, 0.3)), 0.09, rtol=1e-6)
    np.testing.assert_allclose(run(tf.polygamma(1.0, 1.0)), math.pi**2 / 6, rtol=1e-6)
    with pytest.raises(ValueError, match="Dimension 0 in both shapes must be equal"):
        tf.betainc([2.0], [1.0, 2.0], 0.5)


def test_lbeta_of_nothing_is_minus_infinity():
    np.testing.assert_allclose(run(tf.lbeta([[1.0, 2.0]])), [-math.log(2)], rtol=1e-6)
    assert run(tf.lbeta(np.zeros((2, 0)))).tolist() == [-INF, -INF]


# -- complex numbers


def test_parts_of_complex_numbers():
    z = tf.constant([1 + 2j, -3j], tf.complex64)
    assert run(tf.real(z)).tolist() == [1, 0]
    assert run(tf.imag(z)).tolist() == [2, -3]
    assert run(tf.conj(z)).tolist() == [1 - 2j, 3j]
    np.testing.assert_allclose(run(tf.angle(z)), [math.atan2(2, 1), -math.pi / 2])
    wide = tf.complex(np.float64([1]), np.float64([np.inf]))
    assert run(wide).dtype == np.complex128
    assert run(wide).real.tolist() == [1]


def test_parts_of_real_numbers():
    x = tf.constant([1.0, -2.0])
    assert tf.real(x) is x
    assert tf.conj(x) is x
    assert run(tf.imag(x)).tolist() == [0, 0]
    np.testing.assert_allclose(run(tf.angle(x)), [0, math.pi])
    with pytest.raises(TypeError, match="Expected numeric or variant tensor"):
        tf.conj("a")
    with pytest.raises(TypeError, match="incorrect types: float32 float64"):
        tf.complex(1.0, np.float64(2))


# -- bits


def test_bits():
    x, y = [12, -8, 7], [2, 1, 3]
    assert run(tf.bitwise.bitwise_and(x, y)).tolist() == [0, 0, 3]
    assert run(tf.bitwise.bitwise_or(x, y)).tolist() == [14, -7, 7]
    assert run(tf.bitwise.bitwise_xor(x, y)).tolist() == [14, -7, 4]
    assert run(tf.bitwise.invert(x)).tolist() == [-13, 7, -8]
    assert run(tf.bitwise.left_shift([1, 1], [31, 40])).tolist() == [-(2**31)] * 2
    assert run(tf.bitwise.right_shift([-8, 8, 8], [31, 32, -1])).tolist() == [-1, 0, 8]


# -- ranges


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((5,), [0, 1, 2, 3, 4]),
        ((3, 18, 6), [3, 9, 15]),
        ((5, 0, -2), [5, 3, 1]),
        ((0.0, 1.0, 0.25), [0, 0.25, 0.5, 0.75]),
        ((2, 2), []),
    ],
)
def test_range(arguments, expected):
    numbers = tf.range(*arguments)
    assert run(numbers).tolist() == expected
    assert numbers.shape.as_list() == [len(expected)]


def test_range_takes_the_widest_dtype():
    assert tf.range(0, np.int64(3)).dtype == tf.int64
    assert tf.range(0, 3.0).dtype == tf.float32
    assert tf.range(3, dtype=tf.float64).dtype == tf.float64


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 5, 0), "Requires delta != 0"),
        ((5, 0, 1), "Requires start <= limit when delta > 0: 5/0"),
        ((0, 5, -1), "Requires start >= limit when delta < 0: 0/5"),
    ],
)
def test_range_that_never_arrives(arguments, words):
    with pytest.raises(ValueError, match=words):
        tf.range(*arguments)
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        run(tf.range(*[unknown(a) for a in arguments]))


def test_linspace():
    assert run(tf.linspace(10.0, 12.0, 3)).tolist() == [10, 11, 12]
    assert run(tf.linspace(2.0, 5.0, 1)).tolist() == [2]
    with pytest.raises(ValueError, match="Requires num > 0: 0"):
        tf.linspace(0.0, 1.0, 0)
