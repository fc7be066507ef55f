"""Convolutions against loops over every pixel, and their derivatives."""

import itertools

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.kernels.cpu import windows
from interactive_graphs.testing.gradient_check import compute_gradient_error

RANDOM = np.random.RandomState(20180709)
IMAGE = RANDOM.randn(2, 5, 6, 3)
FILTER = RANDOM.randn(3, 2, 3, 4)


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def unknown(value):
    """A tensor of which nothing is known while the graph is built."""
    return tf.placeholder_with_default(tf.constant(value), None)


def windows_by_hand(size, kernel, stride, dilation, padding):
    """(how many windows, padding before) as TensorFlow's documentation has it."""
    extent = (kernel - 1) * dilation + 1
    if padding == "VALID":
        return -(-(size - extent + 1) // stride), 0
    count = -(-size // stride)
    return count, max((count - 1) * stride + extent - size, 0) // 2


def conv_by_hand(x, f, strides, padding, dilations=(1, 1)):
    """One number at a time; channels last, any number of spatial dimensions."""
    places = [
        windows_by_hand(n, k, s, d, padding)
        for n, k, s, d in zip(x.shape[1:-1], f.shape, strides, dilations, strict=False)
    ]
    counts = [count for count, _ in places]
    y = np.zeros((x.shape[0], *counts, f.shape[-1]))
    for window in itertools.product(*map(range, counts)):
        for tap in itertools.product(*map(range, f.shape[:-2])):
            at = [
                w * s + t * d - before
                for w, s, t, d, (_, before) in zip(
                    window, strides, tap, dilations, places, strict=True
                )
            ]
            if all(0 <= i < n for i, n in zip(at, x.shape[1:-1], strict=True)):
                y[(slice(None), *window)] += x[(slice(None), *at)] @ f[tap]
    return y


STRIDES = [(1, 1), (2, 1), (2, 3), (4, 4)]


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("strides", STRIDES)
@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_conv2d(padding, strides, data_format):
    expected = conv_by_hand(IMAGE, FILTER, strides, padding)
    x, steps = IMAGE, [1, *strides, 1]
    if data_format == "NCHW":
        x, steps = x.transpose(0, 3, 1, 2), [1, 1, *strides]
    y = tf.nn.conv2d(x, FILTER, steps, padding, data_format=data_format)
    shape = y.shape.as_list()
    got = run(y)
    assert list(got.shape) == shape
    if data_format == "NCHW":
        got = got.transpose(0, 2, 3, 1)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("rates", [(2, 1), (1, 3), (2, 2)])
def test_conv2d_with_holes(padding, rates):
    y = tf.nn.conv2d(IMAGE, FILTER, [1, 1, 1, 1], padding, dilations=[1, *rates, 1])
    expected = conv_by_hand(IMAGE, FILTER, (1, 1), padding, rates)
    assert y.shape.as_list() == list(expected.shape)
    np.testing.assert_allclose(run(y), expected, rtol=1e-12, atol=1e-12)


def test_conv2d_computed_by_hand():
    image = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    square = tf.ones([2, 2, 1, 1])
    got = run(tf.nn.conv2d(image, square, [1, 1, 1, 1], "VALID"))
    assert got[0, :, :, 0].tolist() == [[8, 12], [20, 24]]
    got = run(tf.nn.conv2d(image, square, [1, 2, 2, 1], "SAME"))
    assert got[0, :, :, 0].tolist() == [[8, 7], [13, 8]]


def test_blocks_do_not_show(monkeypatch):
    """Whole batches, parts of batches and parts of images give the same."""
    results = []
    for size in (1 << 30, 4000, 300, 1):
        monkeypatch.setattr(windows, "BLOCK_BYTES", size)
        x, f = tf.constant(IMAGE), tf.constant(FILTER)
        each = [
            tf.nn.conv2d(x, f, [1, 2, 1, 1], "SAME"),
            tf.nn.depthwise_conv2d(x, f, [1, 1, 1, 1], "SAME"),
            tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME") * f[0, 0, 0, 0],
        ]
        slopes = [tf.gradients(y * y, [x, f]) for y in each]
        results.append(run([*each, *slopes[0], *slopes[1], *slopes[2]]))
    for result in results[1:]:
        for a, b in zip(results[0], result, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9)


@pytest.mark.parametrize("depth", [1, 2, 9])
def test_depths_that_are_copied_in_other_ways(depth):
    x, f = RANDOM.randn(2, 6, 7, depth), RANDOM.randn(2, 3, depth, 2)
    y = run(tf.nn.conv2d(x, f, [1, 1, 1, 1], "SAME"))
    expected = conv_by_hand(x, f, (1, 1), "SAME")
    np.testing.assert_allclose(y, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", [1, 2])
def test_filters_of_one_pixel(size):
    f = RANDOM.randn(1, 1, 3, 4)
    y = run(tf.nn.conv2d(IMAGE, f, [1, size, size, 1], "VALID"))
    np.testing.assert_allclose(y, IMAGE[:, ::size, ::size] @ f[0, 0], rtol=1e-12)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32, tf.int32])
def test_conv2d_keeps_its_dtype(dtype):
    x = tf.cast(np.arange(18).reshape(1, 3, 3, 2), dtype)
    y = tf.nn.conv2d(x, tf.ones([2, 2, 2, 1], dtype), [1, 1, 1, 1], "VALID")
    assert y.dtype == dtype
    assert run(tf.cast(y, tf.float64))[0, :, :, 0].tolist() == [[36, 52], [84, 100]]


def test_shapes_known_only_when_run():
    x = tf.placeholder(tf.float64, [None, None, None, 3])
    y = tf.nn.conv2d(x, FILTER, [1, 2, 2, 1], "SAME")
    assert y.shape.as_list() == [None, None, None, 4]
    assert tf.nn.conv2d(unknown(IMAGE), FILTER, [1, 1, 1, 1], "SAME").shape.ndims == 4
    got = run(y, {x: IMAGE})
    np.testing.assert_allclose(got, conv_by_hand(IMAGE, FILTER, (2, 2), "SAME"))


def test_no_images():
    y = tf.nn.conv2d(tf.zeros([0, 5, 6, 3]), FILTER.astype("f"), [1, 1, 1, 1], "SAME")
    assert run(y).shape == (0, 5, 6, 4)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("strides", STRIDES[:3])
@pytest.mark.parametrize("rates", [(1, 1), (2, 2)])
@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_conv2d_derivatives(padding, strides, rates, data_format):
    image, shape = IMAGE[:1], [1, 5, 6, 3]
    steps, dilations = [1, *strides, 1], [1, *rates, 1]
    if data_format == "NCHW":
        image, shape = image.transpose(0, 3, 1, 2), [1, 3, 5, 6]
        steps, dilations = [1, 1, *strides], [1, 1, *rates]
    x, f = tf.constant(image), tf.constant(FILTER)
    y = tf.nn.conv2d(x, f, steps, padding, data_format=data_format, dilations=dilations)
    size = y.shape.as_list()
    with tf.Session():
        assert compute_gradient_error(x, shape, y, size, image) < 1e-6
        assert compute_gradient_error(f, [3, 2, 3, 4], y, size, FILTER) < 1e-6


def test_conv2d_second_derivatives():
    image = IMAGE[:1, :3, :3]
    x, f = tf.constant(image), tf.constant(FILTER)
    y = tf.nn.conv2d(x, f, [1, 2, 1, 1], "SAME")
    slopes = tf.gradients(y * y, [x, f])
    with tf.Session():
        for slope in slopes:
            size = slope.shape.as_list()
            assert compute_gradient_error(x, [1, 3, 3, 3], slope, size, image) < 1e-5
            assert compute_gradient_error(f, [3, 2, 3, 4], slope, size, FILTER) < 1e-5


def test_gradient_functions_are_those_of_the_convolution():
    x, f = tf.constant(IMAGE), tf.constant(FILTER)
    y = tf.nn.conv2d(x, f, [1, 2, 2, 1], "SAME")
    dy = tf.constant(RANDOM.randn(*y.shape.as_list()))
    wanted = tf.gradients(y, [x, f], dy)
    got = [
        tf.nn.conv2d_backprop_input([2, 5, 6, 3], f, dy, [1, 2, 2, 1], "SAME"),
        tf.nn.conv2d_backprop_filter(x, [3, 2, 3, 4], dy, [1, 2, 2, 1], "SAME"),
    ]
    assert [g.shape.as_list() for g in got] == [[2, 5, 6, 3], [3, 2, 3, 4]]
    for a, b in zip(*run([wanted, got]), strict=True):
        np.testing.assert_allclose(a, b)


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_conv2d_transpose_is_the_transpose(data_format):
    """<conv(x), y> = <x, transpose(y)> for all x and y."""
    y = RANDOM.randn(2, 3, 3, 4)
    x, shape, steps = IMAGE, [2, 5, 6, 3], [1, 2, 2, 1]
    if data_format == "NCHW":
        x, y = x.transpose(0, 3, 1, 2), y.transpose(0, 3, 1, 2)
        shape, steps = [2, 3, 5, 6], [1, 1, 2, 2]
    forward = tf.nn.conv2d(x, FILTER, steps, "SAME", data_format=data_format)
    back = tf.nn.conv2d_transpose(
        y, FILTER, shape, steps, "SAME", data_format=data_format
    )
    assert back.shape.as_list() == shape
    a, b = run([forward, back])
    np.testing.assert_allclose((a * y).sum(), (x * b).sum())


def test_conv2d_transpose_to_a_shape_computed_when_run():
    value = tf.placeholder(tf.float64, [None, 3, 3, 4])
    shape = tf.stack([tf.shape(value)[0], 5, 6, 3])
    y = tf.nn.conv2d_transpose(value, FILTER, shape, [1, 2, 2, 1])
    assert y.shape.as_list() == [None, 5, 6, 3]
    assert run(y, {value: np.ones([7, 3, 3, 4])}).shape == (7, 5, 6, 3)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("rate", [None, [2, 1]])
@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_depthwise_conv2d(padding, rate, data_format):
    each = [
        conv_by_hand(
            IMAGE[..., c : c + 1],
            FILTER[:, :, c : c + 1],
            (1, 1),
            padding,
            rate or (1, 1),
        )
        for c in range(3)
    ]
    x = IMAGE if data_format == "NHWC" else IMAGE.transpose(0, 3, 1, 2)
    y = tf.nn.depthwise_conv2d(
        x, FILTER, [1, 1, 1, 1], padding, rate, data_format=data_format
    )
    shape = y.shape.as_list()
    got = run(y)
    assert list(got.shape) == shape
    if data_format == "NCHW":
        got = got.transpose(0, 2, 3, 1)
    np.testing.assert_allclose(got, np.concatenate(each, -1), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("stride", [1, 2])
def test_depthwise_derivatives(padding, stride):
    image = IMAGE[:1]
    x, f = tf.constant(image), tf.constant(FILTER)
    y = tf.nn.depthwise_conv2d_native(x, f, [1, stride, stride, 1], padding)
    size = y.shape.as_list()
    with tf.Session():
        assert compute_gradient_error(x, [1, 5, 6, 3], y, size, image) < 1e-6
        assert compute_gradient_error(f, [3, 2, 3, 4], y, size, FILTER) < 1e-6


def test_depthwise_second_derivatives():
    image = IMAGE[:1, :3, :3]
    x, f = tf.constant(image), tf.constant(FILTER)
    y = tf.nn.depthwise_conv2d_native(x, f, [1, 1, 1, 1], "SAME")
    with tf.Session():
        for slope in tf.gradients(y * y, [x, f]):
            size = slope.shape.as_list()
            assert compute_gradient_error(x, [1, 3, 3, 3], slope, size, image) < 1e-5
            assert compute_gradient_error(f, [3, 2, 3, 4], slope, size, FILTER) < 1e-5


def test_separable_conv2d_is_depthwise_then_one_by_one():
    mix = RANDOM.randn(1, 1, 12, 5)
    y = tf.nn.separable_conv2d(IMAGE, FILTER, mix, [1, 2, 2, 1], "SAME")
    middle = tf.nn.depthwise_conv2d(IMAGE, FILTER, [1, 2, 2, 1], "SAME")
    assert y.shape.as_list() == [2, 3, 3, 5]
    a, b = run([y, middle])
    np.testing.assert_allclose(a, b @ mix[0, 0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("stride", [1, 2])
def test_conv1d(padding, stride):
    x, f = IMAGE[0], FILTER[0]
    expected = conv_by_hand(x, f, (stride,), padding, (1,))
    y = tf.nn.conv1d(x, f, stride, padding)
    first = tf.nn.conv1d(x.transpose(0, 2, 1), f, stride, padding, data_format="NCW")
    assert y.shape.as_list() == list(expected.shape)
    a, b = run([y, first])
    np.testing.assert_allclose(a, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(b.transpose(0, 2, 1), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("data_format", ["NDHWC", "NCDHW"])
@pytest.mark.parametrize("strides", [(1, 1, 1), (2, 1, 2)])
def test_conv3d(padding, data_format, strides):
    x, f = RANDOM.randn(2, 4, 3, 5, 2), RANDOM.randn(2, 3, 2, 2, 3)
    expected = conv_by_hand(x, f, strides, padding, (1, 1, 1))
    steps = [1, *strides, 1]
    if data_format == "NCDHW":
        x, steps = x.transpose(0, 4, 1, 2, 3), [1, 1, *strides]
    got = run(tf.nn.conv3d(x, f, steps, padding, data_format))
    if data_format == "NCDHW":
        got = got.transpose(0, 2, 3, 4, 1)
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)


def test_conv3d_derivatives_and_transpose():
    volume, weights = RANDOM.randn(1, 3, 3, 3, 2), RANDOM.randn(2, 2, 2, 2, 2)
    x, f = tf.constant(volume), tf.constant(weights)
    y = tf.nn.conv3d(x, f, [1, 2, 1, 1, 1], "SAME")
    size = y.shape.as_list()
    (slope,) = tf.gradients(y * y, f)
    back = tf.nn.conv3d_transpose(y, f, [1, 3, 3, 3, 2], [1, 2, 1, 1, 1])
    filter_slope = tf.nn.conv3d_backprop_filter_v2(
        x, [2, 2, 2, 2, 2], 2.0 * y, [1, 2, 1, 1, 1], "SAME"
    )
    with tf.Session() as sess:
        assert compute_gradient_error(x, [1, 3, 3, 3, 2], y, size, volume) < 1e-6
        assert compute_gradient_error(f, [2] * 5, y, size, weights) < 1e-6
        assert compute_gradient_error(x, [1, 3, 3, 3, 2], slope, [2] * 5, volume) < 1e-5
        a, b, c, d = sess.run([y, back, slope, filter_slope])
    np.testing.assert_allclose((a * a).sum(), (volume * b).sum())
    np.testing.assert_allclose(c, d)


@pytest.mark.parametrize(
    ("x", "f", "strides", "rates", "data_format"),
    [
        (IMAGE[0], FILTER[0], [2], None, None),
        (IMAGE[0], FILTER[0], None, [2], "NWC"),
        (IMAGE, FILTER, [2, 1], None, "NHWC"),
        (IMAGE, FILTER, None, [2, 3], None),
        (
            RANDOM.randn(1, 4, 3, 5, 2),
            RANDOM.randn(2, 3, 2, 2, 3),
            None,
            [2, 1, 1],
            None,
        ),
    ],
)
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_convolution(x, f, strides, rates, data_format, padding):
    rank = x.ndim - 2
    y = tf.nn.convolution(x, f, padding, strides, rates, data_format=data_format)
    expected = conv_by_hand(x, f, strides or (1,) * rank, padding, rates or (1,) * rank)
    assert y.shape.as_list() == list(expected.shape)
    np.testing.assert_allclose(run(y), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_atrous_conv2d_and_its_transpose(padding):
    forward = tf.nn.atrous_conv2d(IMAGE, FILTER, 2, padding)
    expected = conv_by_hand(IMAGE, FILTER, (1, 1), padding, (2, 2))
    y = RANDOM.randn(*expected.shape)
    back = tf.nn.atrous_conv2d_transpose(y, FILTER, [2, 5, 6, 3], 2, padding)
    a, b = run([forward, back])
    np.testing.assert_allclose(a, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose((a * y).sum(), (IMAGE * b).sum())


# -- what does not fit


X, F, S = IMAGE, FILTER, [1, 1, 1, 1]
IMAGE4 = np.ones([2, 5, 6, 4])
BUILD_ERRORS = {
    "padding": (
        lambda: tf.nn.conv2d(X, F, S, "FULL"),
        "'padding' of 'Conv2D' Op passed string 'FULL' not in: \"SAME\", \"VALID\"",
    ),
    "data_format": (
        lambda: tf.nn.conv2d(X, F, S, "SAME", data_format="X"),
        "'data_format' of 'Conv2D' Op passed string 'X' not in: \"NHWC\", \"NCHW\"",
    ),
    "rank of the input": (
        lambda: tf.nn.conv2d(X[0], F, S, "SAME"),
        "Shape must be rank 4 but is rank 3",
    ),
    "rank of the filter": (
        lambda: tf.nn.conv2d(X, F[0], S, "SAME"),
        "Shape must be rank 4 but is rank 3",
    ),
    "depths": (
        lambda: tf.nn.conv2d(X, F[:, :, :2], S, "SAME"),
        "Dimensions must be equal, but are 3 and 2",
    ),
    "number of strides": (
        lambda: tf.nn.conv2d(X, F, [1, 1], "SAME"),
        "Conv2D requires the stride attribute to contain 4 values, but got: 2",
    ),
    "stride of zero": (
        lambda: tf.nn.conv2d(X, F, [1, 0, 1, 1], "SAME"),
        "Stride must be > 0, but got 0",
    ),
    "dilation of zero": (
        lambda: tf.nn.conv2d(X, F, S, "SAME", dilations=[1, 0, 1, 1]),
        "Dilation rate must be >= 1, but got 0",
    ),
    "too small": (
        lambda: tf.nn.conv2d(X[:, :2], F, S, "VALID"),
        "Negative dimension size caused by subtracting 3 from 2",
    ),
    "input_sizes": (
        lambda: tf.nn.conv2d_backprop_input([5, 6, 3], F, IMAGE4, S, "SAME"),
        "Conv2DBackpropInput requires input_sizes to contain 4 values, but got: 3",
    ),
    "transpose, format": (
        lambda: tf.nn.conv2d_transpose(X, F, [1] * 4, S, data_format="X"),
        "data_format has to be either NCHW or NHWC.",
    ),
    "transpose, input depth": (
        lambda: tf.nn.conv2d_transpose(X, F, [2, 5, 6, 3], S),
        "input channels does not match filter's input channels, 3 != 4",
    ),
    "transpose, output depth": (
        lambda: tf.nn.conv2d_transpose(X, F[:, :, :, :3], [2, 5, 6, 2], S),
        "output_shape does not match filter's output channels, 3 != 2",
    ),
    "transpose, rank": (
        lambda: tf.nn.conv2d_transpose(X, F[:, :, :, :3], [5, 6, 2], S),
        r"output_shape must have shape (4,), got (3,)",
    ),
    "transpose, padding": (
        lambda: tf.nn.conv2d_transpose(X, F[:, :, :, :3], [2, 5, 6, 3], S, "X"),
        "padding must be either VALID or SAME: X",
    ),
    "depthwise, depths": (
        lambda: tf.nn.depthwise_conv2d(X, F[:, :, :2], S, "SAME"),
        "Dimensions must be equal, but are 3 and 2",
    ),
    "depthwise, strides and rate": (
        lambda: tf.nn.depthwise_conv2d(X, F, [1, 2, 2, 1], "SAME", rate=[2, 2]),
        "strides > 1 not supported in conjunction with dilation_rate > 1",
    ),
    "separable": (
        lambda: tf.nn.separable_conv2d(X, F, np.ones([2, 1, 12, 5]), S, "SAME"),
        "Dimensions 2 and 1 are not compatible",
    ),
    "conv1d": (
        lambda: tf.nn.conv1d(X[0], F[0], 1, "SAME", data_format="X"),
        'data_format must be "NWC" or "NCW".',
    ),
    "convolution, depths": (
        lambda: tf.nn.convolution(X, F[:, :, :2], "SAME"),
        "number of input channels does not match corresponding dimension of filter, 3",
    ),
    "convolution, both": (
        lambda: tf.nn.convolution(X, F, "SAME", [2, 2], [2, 2]),
        "strides > 1 not supported in conjunction with dilation_rate > 1",
    ),
    "convolution, number of strides": (
        lambda: tf.nn.convolution(X, F, "SAME", [2]),
        "len(strides)=1 but should be 2",
    ),
    "convolution, rate of zero": (
        lambda: tf.nn.convolution(X, F, "SAME", dilation_rate=[0, 1]),
        "all values of dilation_rate must be positive",
    ),
    "convolution, ranks": (
        lambda: tf.nn.convolution(X[0], F, "SAME"),
        "input tensor must have rank 4",
    ),
    "convolution, four dimensions": (
        lambda: tf.nn.convolution(np.ones([1] * 6), np.ones([1] * 6), "SAME"),
        "`num_spatial_dims` must be 1, 2, or 3",
    ),
}


@pytest.mark.parametrize("case", BUILD_ERRORS)
def test_refused_when_built(case):
    build, text = BUILD_ERRORS[case]
    with pytest.raises(ValueError) as caught:
        build()
    assert text in str(caught.value)


RUN_ERRORS = {
    "depths": (
        lambda: tf.nn.conv2d(unknown(X), unknown(F[:, :, :2]), S, "SAME"),
        tf.errors.InvalidArgumentError,
        "input and filter must have the same depth: 3 vs 2",
    ),
    "too small": (
        lambda: tf.nn.conv2d(unknown(X[:, :1]), unknown(F), [1, 1, 1, 1], "VALID"),
        tf.errors.InvalidArgumentError,
        "Computed output size would be negative: -1 [input_size: 1, "
        "effective_filter_size: 3, stride: 1]",
    ),
    "rank": (
        lambda: tf.nn.conv2d(unknown(X[0]), unknown(F), S, "SAME"),
        tf.errors.InvalidArgumentError,
        "input must be 4-dimensional[5,6,3]",
    ),
    "strides over the batch": (
        lambda: tf.nn.conv2d(X, F, [2, 1, 1, 1], "SAME"),
        tf.errors.UnimplementedError,
        "does not yet support strides in the batch and depth dimensions.",
    ),
    "dilations over channels": (
        lambda: tf.nn.conv2d(X, F, S, "SAME", dilations=[1, 1, 1, 2]),
        tf.errors.InvalidArgumentError,
        "does not yet support dilations in the batch and depth dimensions.",
    ),
    "shape of the gradient": (
        lambda: tf.nn.conv2d_backprop_input(
            [2, 5, 6, 3], F, np.ones([2, 4, 6, 4]), S, "SAME"
        ),
        tf.errors.InvalidArgumentError,
        "Size of out_backprop doesn't match computed: actual = [2,4,6,4], computed = "
        "[2,5,6,4]",
    ),
}


@pytest.mark.parametrize("case", RUN_ERRORS)
def test_refused_when_run(case):
    build, error, text = RUN_ERRORS[case]
    y = build()
    with pytest.raises(error) as caught:
        run(y)
    assert text in caught.value.message
