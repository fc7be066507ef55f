"""Activations: values at the edges, dtypes, first and second derivatives."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.testing.gradient_check import compute_gradient_error

EDGES = np.array([-np.inf, -3.0, -0.5, 0.0, 0.5, 3.0, 7.0, np.inf, np.nan])
POINTS = np.array([-2.5, -0.7, 0.3, 1.9, 4.4, 6.8])


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


FORMULAS = {
    "relu": lambda x: np.where(x > 0, x, 0 * x),
    "relu6": lambda x: np.minimum(np.maximum(x, 0), 6),
    "elu": lambda x: np.where(x < 0, np.exp(x) - 1, x),
    "selu": lambda x: np.where(
        x < 0, 1.7580993408473768 * (np.exp(x) - 1), 1.0507009873554805 * x
    ),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "leaky_relu": lambda x: np.maximum(0.2 * x, x),
    "swish": lambda x: x / (1 + np.exp(-x)),
}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("dtype", [tf.float64, tf.float32, tf.float16, tf.bfloat16])
def test_formula(name, dtype):
    x = tf.constant(POINTS, dtype)
    y = getattr(tf.nn, name)(x)
    assert y.dtype == dtype
    got = run(tf.cast(y, tf.float64))
    rounded = run(tf.cast(x, tf.float64))
    tolerance = {2: 2e-2, 4: 1e-5, 8: 1e-12}[dtype.size]
    np.testing.assert_allclose(got, FORMULAS[name](rounded), rtol=tolerance)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relu", [0, 0, 0, 0, 0.5, 3, 7, np.inf, np.nan]),
        ("relu6", [0, 0, 0, 0, 0.5, 3, 6, 6, np.nan]),
        ("elu", [-1, np.expm1(-3), np.expm1(-0.5), 0, 0.5, 3, 7, np.inf, np.nan]),
        ("softsign", [np.nan, -0.75, -1 / 3, 0, 1 / 3, 0.75, 0.875, np.nan, np.nan]),
        ("leaky_relu", [-np.inf, -0.6, -0.1, 0, 0.5, 3, 7, np.inf, np.nan]),
    ],
)
def test_edges(name, expected):
    with np.errstate(all="ignore"):
        got = run(getattr(tf.nn, name)(tf.constant(EDGES)))
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_softplus_neither_overflows_nor_rounds_to_zero():
    got = run(tf.nn.softplus(np.float32([-100, -20, 20, 100, 3e38])))
    np.testing.assert_allclose(
        got, np.float32([np.exp(-100), np.exp(-20), 20, 100, 3e38]), rtol=1e-6
    )


@pytest.mark.parametrize("dtype", [tf.int8, tf.uint8, tf.int32, tf.int64])
def test_relu_takes_integers(dtype):
    x = tf.cast([3, 0, 100], dtype)
    got = run(tf.nn.relu(x))
    assert got.dtype == dtype.as_numpy_dtype
    assert got.tolist() == [3, 0, 100]


def test_relu_of_a_scalar_and_of_nothing():
    assert run(tf.nn.relu(-1.0)) == 0
    assert run(tf.nn.relu(tf.zeros([0, 3]))).shape == (0, 3)


def test_relu_refuses_strings():
    with pytest.raises(TypeError, match="'features' has DataType string not in list"):
        tf.nn.relu("a")


@pytest.mark.parametrize("name", FORMULAS)
def test_first_derivative(name):
    x = tf.constant(POINTS)
    y = getattr(tf.nn, name)(x)
    with tf.Session():
        assert compute_gradient_error(x, [6], y, [6], POINTS) < 1e-6


@pytest.mark.parametrize(
    "name", ["elu", "selu", "softplus", "softsign", "relu", "swish"]
)
def test_second_derivative(name):
    x = tf.constant(POINTS)
    y = getattr(tf.nn, name)(x)
    (slope,) = tf.gradients(y * y, x)
    with tf.Session():
        assert compute_gradient_error(x, [6], slope, [6], POINTS) < 1e-5


def test_second_derivative_of_relu_is_zeros_and_not_none():
    x = tf.constant([-1.0, 2.0])
    (slope,) = tf.gradients(tf.nn.relu(x), x)
    (curve,) = tf.gradients(slope, x)
    assert run(curve).tolist() == [0, 0]


@pytest.mark.parametrize("name", ["relu", "relu6"])
def test_slope_at_the_corner_is_zero(name):
    x = tf.constant([0.0, 6.0, 7.0])
    expected = {"relu": [0, 1, 1], "relu6": [0, 0, 0]}[name]
    assert run(tf.gradients(getattr(tf.nn, name)(x), x)[0]).tolist() == expected


def test_crelu_doubles_the_last_dimension():
    y = tf.nn.crelu([[-1.0, 2.0]])
    assert y.shape.as_list() == [1, 4]
    assert run(y).tolist() == [[0, 2, 1, 0]]
    assert run(tf.nn.crelu([[-1.0], [2.0]], axis=0)).tolist() == [[0], [2], [1], [0]]


def test_leaky_relu_casts_integers_and_takes_a_tensor_as_slope():
    y = tf.nn.leaky_relu([-10, 10])
    assert y.dtype == tf.float32
    np.testing.assert_allclose(run(y), [-2, 10])
    np.testing.assert_allclose(
        run(tf.nn.leaky_relu([-10.0], alpha=tf.constant(0.5))), [-5]
    )


def test_node_names_are_those_of_tf1():
    x = tf.constant([1.0], name="x")
    names = [tf.nn.relu(x).name, tf.nn.relu6(x).name, tf.nn.crelu(x).name]
    assert names == ["Relu:0", "Relu6:0", "CRelu/Relu:0"]
    assert tf.nn.relu(x, name="act").op.type == "Relu"
    assert tf.nn.leaky_relu(x, name="leak").name == "leak:0"


def test_gradient_op_refuses_shapes_that_differ():
    x = tf.placeholder_with_default(tf.zeros([2, 3]), None)
    dy = tf.placeholder_with_default(tf.zeros([4]), None)
    with pytest.raises(tf.errors.InvalidArgumentError, match="same size and shape"):
        run(raw_relu_grad(dy, x))


def raw_relu_grad(dy, x):
    """A ReluGrad node, which no public function makes."""
    with tf.get_default_graph().as_default():
        return (
            tf.get_default_graph()
            .create_op("ReluGrad", [dy, x], [tf.float32], name="g")
            .outputs[0]
        )
