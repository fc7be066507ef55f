"""Pools against loops over every window, and their derivatives."""

import itertools

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from interactive_graphs.testing.gradient_check import compute_gradient_error

RANDOM = np.random.RandomState(20180709)
# A permutation: no two elements tie, and steps of differences do not cross.
IMAGE = RANDOM.permutation(2 * 5 * 6 * 3).reshape(2, 5, 6, 3) / 10
FORMATS = {4: (0, 3, 1, 2), 5: (0, 4, 1, 2, 3)}


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def unknown(value):
    """A tensor of which nothing is known while the graph is built."""
    return tf.placeholder_with_default(tf.constant(value), None)


def pool_by_hand(x, window, strides, padding, reduce, rates=None):
    """One window at a time; channels last, any number of spatial dimensions."""
    rates = rates or (1,) * len(window)
    sizes = x.shape[1:-1]
    counts, befores = [], []
    for n, k, s, r in zip(sizes, window, strides, rates, strict=True):
        extent = (k - 1) * r + 1
        if padding == "VALID":
            counts.append((n - extent) // s + 1)
            befores.append(0)
        else:
            counts.append(-(-n // s))
            befores.append(max((counts[-1] - 1) * s + extent - n, 0) // 2)
    y = np.zeros((x.shape[0], *counts, x.shape[-1]))
    for at in itertools.product(*map(range, counts)):
        inside = [
            [i for i in (a * s - b + t * r for t in range(k)) if 0 <= i < n]
            for a, s, b, k, n, r in zip(
                at, strides, befores, window, sizes, rates, strict=True
            )
        ]
        part = x[np.ix_(range(x.shape[0]), *inside, range(x.shape[-1]))]
        y[(slice(None), *at)] = reduce(part, tuple(range(1, x.ndim - 1)))
    return y


POOLS = {"max_pool": np.max, "avg_pool": np.mean}


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (2, 3), (4, 5)])
@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_pools(name, padding, strides, data_format):
    expected = pool_by_hand(IMAGE, (3, 2), strides, padding, POOLS[name])
    x, ksize, steps = IMAGE, [1, 3, 2, 1], [1, *strides, 1]
    if data_format == "NCHW":
        x, ksize, steps = x.transpose(FORMATS[4]), [1, 1, 3, 2], [1, 1, *strides]
    y = getattr(tf.nn, name)(x, ksize, steps, padding, data_format=data_format)
    shape = y.shape.as_list()
    got = run(y)
    assert list(got.shape) == shape
    if data_format == "NCHW":
        got = got.transpose(0, 2, 3, 1)
    np.testing.assert_allclose(got, expected)


def test_computed_by_hand():
    x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    y = [
        pool(x, [1, 2, 2, 1], [1, 2, 2, 1], padding)
        for pool in (tf.nn.max_pool, tf.nn.avg_pool)
        for padding in ("SAME", "VALID")
    ]
    assert [v[0, :, :, 0].tolist() for v in run(y)] == [
        [[4, 5], [7, 8]], [[4]], [[2, 3.5], [6.5, 8]], [[2]],
    ]  # fmt: skip


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32])
def test_pools_keep_their_dtype(name, dtype):
    x = tf.cast(tf.reshape(tf.range(4.0), [1, 2, 2, 1]), dtype)
    y = getattr(tf.nn, name)(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    assert y.dtype == dtype
    assert run(tf.cast(y, tf.float32)).item() == {"max_pool": 3, "avg_pool": 1.5}[name]


@pytest.mark.parametrize("dtype", [tf.int8, tf.uint8, tf.int32, tf.int64])
def test_max_pool_takes_integers(dtype):
    low = 0 if dtype.is_unsigned else -7
    x = tf.fill([1, 2, 2, 1], tf.cast(low, dtype))
    y = run(tf.nn.max_pool(x, [1, 2, 2, 1], [1, 1, 1, 1], "SAME"))
    assert y.dtype == dtype.as_numpy_dtype
    assert (y == low).all()


def test_padding_never_wins():
    x = tf.fill([1, 2, 2, 1], -5.0)
    ends = [
        pool(x, [1, 3, 3, 1], [1, 1, 1, 1], "SAME")
        for pool in (tf.nn.max_pool, tf.nn.avg_pool)
    ]
    for y in run(ends):
        assert (y == -5).all()


def test_pool_over_channels():
    x = tf.reshape(tf.range(12.0), [1, 1, 2, 6])
    y = tf.nn.max_pool(x, [1, 1, 1, 3], [1, 1, 1, 3], "SAME")
    assert y.shape.as_list() == [1, 1, 2, 2]
    (slope,) = tf.gradients(y, x)
    values, where = run([y, slope])
    assert values[0, 0].tolist() == [[2, 5], [8, 11]]
    assert where[0, 0].tolist() == [[0, 0, 1, 0, 0, 1]] * 2


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_derivatives(name, padding, strides, data_format):
    image, ksize, steps = IMAGE[:1], [1, 3, 2, 1], [1, *strides, 1]
    if data_format == "NCHW":
        image, ksize = image.transpose(FORMATS[4]), [1, 1, 3, 2]
        steps = [1, 1, *strides]
    x = tf.constant(image)
    y = getattr(tf.nn, name)(x, ksize, steps, padding, data_format=data_format)
    size, shape = y.shape.as_list(), list(image.shape)
    with tf.Session():
        assert compute_gradient_error(x, shape, y, size, image) < 1e-6


@pytest.mark.parametrize("name", POOLS)
def test_second_and_third_derivatives(name):
    image = IMAGE[:1, :3, :3, :1]
    x = tf.constant(image)
    y = getattr(tf.nn, name)(x, [1, 2, 2, 1], [1, 1, 1, 1], "SAME")
    (first,) = tf.gradients(y * y * y, x)
    (second,) = tf.gradients(first, x)
    with tf.Session():
        for slope in (first, second):
            error = compute_gradient_error(x, [1, 3, 3, 1], slope, [1, 3, 3, 1], image)
            assert error < 1e-3


def test_gradient_of_ties_goes_to_the_first():
    x = tf.ones([1, 2, 2, 1])
    y = tf.nn.max_pool(x, [1, 2, 2, 1], [1, 1, 1, 1], "VALID")
    assert run(tf.gradients(y, x))[0].ravel().tolist() == [1, 0, 0, 0]


def test_gradients_of_windows_that_overlap_add_up():
    x = tf.constant([[1.0, 5.0, 2.0]], shape=[1, 1, 3, 1])
    y = tf.nn.max_pool(x, [1, 1, 2, 1], [1, 1, 1, 1], "VALID")
    assert run(tf.gradients(y, x))[0].ravel().tolist() == [0, 2, 0]


# -- with argmax


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("index", [tf.int32, tf.int64])
def test_argmax_points_at_the_maximum(padding, index):
    result = tf.nn.max_pool_with_argmax(
        IMAGE, [1, 2, 3, 1], [1, 2, 1, 1], padding, Targmax=index
    )
    plain = tf.nn.max_pool(IMAGE, [1, 2, 3, 1], [1, 2, 1, 1], padding)
    assert result._fields == ("output", "argmax")
    assert result.argmax.dtype == index
    (values, where), wanted = run([result, plain])
    np.testing.assert_array_equal(values, wanted)
    for image, found, expected in zip(IMAGE, where, values, strict=True):
        np.testing.assert_array_equal(image.ravel()[found], expected)


def test_argmax_gradient_is_that_of_max_pool():
    x = tf.constant(IMAGE)
    args = ([1, 3, 2, 1], [1, 1, 2, 1], "SAME")
    values, _ = tf.nn.max_pool_with_argmax(x, *args)
    plain = tf.nn.max_pool(x, *args)
    got, wanted = run([tf.gradients(values**2, x)[0], tf.gradients(plain**2, x)[0]])
    np.testing.assert_allclose(got, wanted)


# -- of other ranks


@pytest.mark.parametrize("name", ["max_pool3d", "avg_pool3d"])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("data_format", ["NDHWC", "NCDHW"])
def test_pools_of_volumes(name, padding, data_format):
    volume = RANDOM.permutation(2 * 4 * 3 * 5 * 2).reshape(2, 4, 3, 5, 2).astype("f")
    reduce = POOLS[name.removesuffix("3d")]
    expected = pool_by_hand(volume, (2, 2, 3), (2, 1, 2), padding, reduce)
    x, ksize, steps = volume, [1, 2, 2, 3, 1], [1, 2, 1, 2, 1]
    if data_format == "NCDHW":
        x, ksize, steps = x.transpose(FORMATS[5]), [1, 1, 2, 2, 3], [1, 1, 2, 1, 2]
    got = run(getattr(tf.nn, name)(x, ksize, steps, padding, data_format))
    if data_format == "NCDHW":
        got = got.transpose(0, 2, 3, 4, 1)
    np.testing.assert_allclose(got, expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["max_pool3d", "avg_pool3d"])
@pytest.mark.parametrize("data_format", ["NDHWC", "NCDHW"])
def test_derivatives_of_pools_of_volumes(name, data_format):
    volume = RANDOM.permutation(3 * 3 * 3).reshape(1, 3, 3, 3, 1).astype("f")
    shape = list(volume.shape)
    ksize, steps = [1, 2, 2, 1, 1], [1, 1, 2, 1, 1]
    if data_format == "NCDHW":
        volume, shape = volume.reshape(1, 1, 3, 3, 3), [1, 1, 3, 3, 3]
        ksize, steps = [1, 1, 2, 2, 1], [1, 1, 1, 2, 1]
    x = tf.constant(volume)
    y = getattr(tf.nn, name)(x, ksize, steps, "SAME", data_format)
    (slope,) = tf.gradients(y * y, x)
    size = y.shape.as_list()
    with tf.Session():
        error = compute_gradient_error(x, shape, y, size, volume, delta=0.25)
        assert error < 1e-4
        error = compute_gradient_error(x, shape, slope, shape, volume, delta=0.25)
        assert error < 1e-3


@pytest.mark.parametrize(
    ("x", "window", "strides", "rates", "data_format"),
    [
        (IMAGE[0], (2,), (2,), None, None),
        (IMAGE[0], (3,), None, (2,), "NWC"),
        (IMAGE, (2, 3), (1, 2), None, "NHWC"),
        (IMAGE, (2, 2), None, (3, 2), None),
        (IMAGE[None].astype("f"), (2, 1, 2), None, None, None),
        (IMAGE[None].astype("f"), (1, 2, 2), None, (1, 3, 2), None),
    ],
)
@pytest.mark.parametrize("kind", ["MAX", "AVG"])
def test_pool(x, window, strides, rates, data_format, kind):
    steps = strides or (1,) * len(window)
    reduce = {"MAX": np.max, "AVG": np.mean}[kind]
    # There is no pool that is both dilated and padded: see the table of errors.
    for padding in ["VALID"] if rates else ["VALID", "SAME"]:
        y = tf.nn.pool(
            x, window, kind, padding, rates, strides, data_format=data_format
        )
        expected = pool_by_hand(x, window, steps, padding, reduce, rates)
        assert y.shape.is_compatible_with(expected.shape)
        np.testing.assert_allclose(run(y), expected, rtol=1e-6)


@pytest.mark.parametrize("rates", [None, (2, 3)])
def test_pool_with_channels_first(rates):
    x = IMAGE.transpose(FORMATS[4])
    first = tf.nn.pool(x, (2, 2), "MAX", "VALID", rates, data_format="NCHW")
    last = tf.nn.pool(IMAGE, (2, 2), "MAX", "VALID", rates)
    a, b = run([first, last])
    np.testing.assert_array_equal(a.transpose(0, 2, 3, 1), b)


# -- what does not fit


def test_shapes_known_only_when_run():
    x = tf.placeholder(tf.float32, [None, None, 6, 3])
    y = tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    assert y.shape.as_list() == [None, None, 3, 3]
    assert run(y, {x: IMAGE}).shape == (2, 2, 3, 3)
    anything = tf.nn.avg_pool(unknown(IMAGE), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    assert anything.shape.as_list() == [None] * 4


ONES, TWOS = [1, 1, 1, 1], [1, 2, 2, 1]
BUILD_ERRORS = {
    "padding": (
        lambda: tf.nn.max_pool(IMAGE, TWOS, TWOS, "X"),
        "Attr 'padding' of 'MaxPool' Op passed string 'X' not in: \"SAME\", \"VALID\"",
    ),
    "rank": (
        lambda: tf.nn.avg_pool(IMAGE[0], TWOS, TWOS, "SAME"),
        "Shape must be rank 4 but is rank 3",
    ),
    "ksize": (
        lambda: tf.nn.max_pool(IMAGE, [1, 2, 2], TWOS, "SAME"),
        "MaxPool requires the ksize attribute to contain 4 values, but got: 3",
    ),
    "ksize of zero": (
        lambda: tf.nn.max_pool(IMAGE, [1, 0, 2, 1], TWOS, "SAME"),
        "ksize must be positive",
    ),
    "stride": (
        lambda: tf.nn.max_pool(IMAGE, TWOS, [1, 0, 2, 1], "SAME"),
        "Stride must be > 0, but got 0",
    ),
    "too small": (
        lambda: tf.nn.max_pool(IMAGE, [1, 9, 2, 1], TWOS, "VALID"),
        "Negative dimension size caused by subtracting 9 from 5",
    ),
    "pool, kind": (
        lambda: tf.nn.pool(IMAGE, (2, 2), "MIN", "SAME"),
        "2-D MIN pooling is not supported.",
    ),
    "pool, rank": (
        lambda: tf.nn.pool(IMAGE, (2,), "MAX", "SAME"),
        "Shape (2, 5, 6, 3) must have rank 3",
    ),
    "pool, dilated and padded": (
        lambda: tf.nn.pool(IMAGE, (2, 2), "MAX", "SAME", (2, 2)),
        "pooling with SAME padding is not implemented for dilation_rate > 1",
    ),
    "pool, gaps": (
        lambda: tf.nn.pool(IMAGE, (2, 2), "MAX", "SAME", strides=(3, 3)),
        "strides > window_shape not supported due to inconsistency",
    ),
    "pool, no window": (
        lambda: tf.nn.pool(IMAGE, (), "MAX", "SAME"),
        "It is required that 1 <= num_spatial_dims <= 3.",
    ),
}


@pytest.mark.parametrize("case", BUILD_ERRORS)
def test_refused_when_built(case):
    build, text = BUILD_ERRORS[case]
    with pytest.raises(ValueError) as caught:
        build()
    assert text in str(caught.value)


RUN_ERRORS = {
    "batch": (
        lambda: tf.nn.max_pool(IMAGE, [2, 2, 2, 1], TWOS, "SAME"),
        "Pooling is not yet supported on the batch dimension.",
    ),
    "uneven channels": (
        lambda: tf.nn.max_pool(IMAGE, [1, 1, 1, 2], [1, 1, 1, 2], "SAME"),
        "Depthwise max pooling requires the depth window to evenly divide the input",
    ),
    "overlapping channels": (
        lambda: tf.nn.max_pool(IMAGE, [1, 1, 1, 3], ONES, "SAME"),
        "Depthwise max pooling requires the depth window to equal the depth stride",
    ),
    "channels and pixels": (
        lambda: tf.nn.max_pool(IMAGE, [1, 2, 2, 3], [1, 2, 2, 3], "SAME"),
        "MaxPooling supports exactly one of pooling across depth or pooling across",
    ),
    "mean of channels": (
        lambda: tf.nn.avg_pool(IMAGE, [1, 1, 1, 3], [1, 1, 1, 3], "SAME"),
        "Non-spatial pooling is not yet supported.",
    ),
}


@pytest.mark.parametrize("case", RUN_ERRORS)
def test_refused_when_run(case):
    build, text = RUN_ERRORS[case]
    y = build()
    with pytest.raises(tf.errors.UnimplementedError) as caught:
        run(y)
    assert text in caught.value.message


def test_refused_when_run_for_its_shape():
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be 4-dimensional"):
        run(tf.nn.max_pool(unknown(IMAGE[0]), TWOS, TWOS, "SAME"))
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Computed output size would be negative"
    ):
        run(tf.nn.max_pool(unknown(IMAGE), [1, 9, 2, 1], TWOS, "VALID"))


def test_equal_maxima_in_three_dimensions_share_the_gradient():
    """Each gets the whole of it, as in TensorFlow; in two dimensions the first does."""
    ones = np.ones((1, 1, 1, 4, 1), np.float32)
    x = tf.constant(ones)
    y = tf.nn.max_pool3d(x, [1, 1, 1, 2, 1], [1, 1, 1, 2, 1], "VALID")
    flat = tf.constant(ones[0])
    z = tf.nn.max_pool(flat, [1, 1, 2, 1], [1, 1, 2, 1], "VALID")
    with tf.Session() as sess:
        assert sess.run(tf.gradients(y, x))[0].ravel().tolist() == [1, 1, 1, 1]
        assert sess.run(tf.gradients(z, flat))[0].ravel().tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("back", [np.inf, np.nan, -1.0])
def test_a_gradient_goes_to_the_maximum_alone(strides, back):
    x = np.array([[1, 2], [4, 3]], np.float32).reshape(1, 2, 2, 1)
    window = {"ksize": [1, 2, 2, 1], "strides": [1, strides, strides, 1]}
    with tf.Graph().as_default(), tf.Session() as session:
        y = raw.MaxPool(x, padding="VALID", **window)
        dy = np.full([1, 1, 1, 1], back, np.float32)
        dx = session.run(raw.MaxPoolGrad(x, y, dy, padding="VALID", **window))
    wanted = np.array([0, 0, back, 0], np.float32)
    assert dx.tobytes() == wanted.tobytes()
