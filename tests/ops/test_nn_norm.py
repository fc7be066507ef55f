"""Bias, moments, normalisations, dropout and in_top_k."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from interactive_graphs.testing.gradient_check import compute_gradient_error

RANDOM = np.random.RandomState(20180709)
IMAGE = RANDOM.randn(2, 3, 4, 3)
SINGLE = IMAGE.astype("f")
SCALE, OFFSET = np.float32([1.0, 2.0, -0.5]), np.float32([0.1, 0.2, 0.3])
MEAN, VARIANCE = np.float32([0.0, 0.3, -0.2]), np.float32([1.0, 0.5, 2.0])


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def unknown(value):
    """A tensor of which nothing is known while the graph is built."""
    return tf.placeholder_with_default(tf.constant(value), None)


# -- bias


@pytest.mark.parametrize("dtype", [tf.float32, tf.float16, tf.bfloat16, tf.int8])
@pytest.mark.parametrize("data_format", [None, "NHWC", "NCHW"])
def test_bias_add(dtype, data_format):
    x = np.arange(24).reshape(2, 2, 2, 3)
    if data_format == "NCHW":
        x = x.transpose(0, 3, 1, 2)
    y = tf.nn.bias_add(tf.cast(x, dtype), tf.cast([10, 20, 30], dtype), data_format)
    assert y.dtype == dtype
    assert y.shape.as_list() == list(x.shape)
    got = run(tf.cast(y, tf.float64))
    if data_format == "NCHW":
        got = got.transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(got, np.arange(24).reshape(2, 2, 2, 3) + [10, 20, 30])


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize("dtype", [tf.float64, tf.complex128])
def test_bias_add_derivatives(data_format, dtype):
    image = IMAGE if data_format == "NHWC" else IMAGE.transpose(0, 3, 1, 2)
    x, b = tf.cast(image, dtype), tf.cast(OFFSET, dtype)
    y = tf.nn.bias_add(x, b, data_format)
    with tf.Session():
        shape = list(image.shape)
        assert compute_gradient_error(b, [3], y, shape, OFFSET) < 1e-6
        if dtype == tf.float64:
            (slope,) = tf.gradients(y * y * y, b)
            assert compute_gradient_error(b, [3], slope, [3], OFFSET) < 1e-4


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_bias_gradient_is_summed_in_single_precision(dtype):
    x = tf.zeros([5000, 2], dtype)
    b = tf.zeros([2], dtype)
    (slope,) = tf.gradients(tf.nn.bias_add(x, b), b)
    assert run(tf.cast(slope, tf.float32)).tolist() == pytest.approx([5000] * 2, 0.01)


def test_layers():
    x, w, b = [[1.0, 2.0]], [[3.0, -5.0], [4.0, 1.0]], [5.0, 1.0]
    affine = tf.nn.xw_plus_b(x, w, b, name="layer")
    assert affine.name == "layer:0"
    assert [v.tolist() for v in run([affine, tf.nn.relu_layer(x, w, b)])] == [
        [[16, -2]],
        [[16, 0]],
    ]


def test_bias_refused_when_built():
    for args, text in (
        (([1.0], [1.0]), "Shape must be at least rank 2 but is rank 1"),
        (([[1.0, 2.0]], [1.0]), "Dimensions must be equal, but are 2 and 1"),
        (([[1.0, 2.0]], [[1.0]]), "Shape must be rank 1 but is rank 2"),
        (([[1.0]], [1.0], "NCHW"), "Shape must be at least rank 3 but is rank 2"),
        (([[1.0]], [1.0], "X"), "Op passed string 'X' not in"),
    ):
        with pytest.raises(ValueError, match=text):
            tf.nn.bias_add(*args)


def test_bias_refused_when_run():
    for args, text in (
        (([1.0], [1.0]), r"Input tensor must be at least 2D: \[1\]"),
        (([[1.0, 2.0]], [[1.0]]), r"Biases must be 1D: \[1,1\]"),
        (([[1.0, 2.0]], [1.0]), r"as many biases .* tensor: \[1\] vs. \[1,2\]"),
    ):
        y = tf.nn.bias_add(*map(unknown, args))
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            run(y)


# -- moments


@pytest.mark.parametrize("axes", [[0], [0, 1, 2], [-1], [1, 3]])
@pytest.mark.parametrize("keep_dims", [False, True])
def test_moments(axes, keep_dims):
    got = run(tf.nn.moments(tf.constant(IMAGE), axes, keep_dims=keep_dims))
    over = tuple(axes)
    np.testing.assert_allclose(got[0], IMAGE.mean(over, keepdims=keep_dims), 1e-9)
    np.testing.assert_allclose(got[1], IMAGE.var(over, keepdims=keep_dims), 1e-9)


def test_moments_in_half_precision_are_computed_in_single():
    x = tf.fill([4096], tf.constant(3.0, tf.float16))
    mean, variance = tf.nn.moments(x, [0])
    assert mean.dtype == variance.dtype == tf.float16
    assert run([mean, variance]) == [3, 0]


def test_moments_derivative():
    x = tf.constant(IMAGE[0, 0])
    for moment in tf.nn.moments(x, [0]):
        with tf.Session():
            error = compute_gradient_error(x, [4, 3], moment, [3], IMAGE[0, 0])
        assert error < 1e-6


@pytest.mark.parametrize("keep_dims", [False, True])
def test_weighted_moments(keep_dims):
    x, weights = RANDOM.randn(4, 3), np.array([[1.0], [2.0], [0.0], [3.0]])
    got = run(tf.nn.weighted_moments(tf.constant(x), [0], weights, keep_dims=keep_dims))
    repeated = np.repeat(x, [1, 2, 0, 3], axis=0)
    np.testing.assert_allclose(got[0], repeated.mean(0, keepdims=keep_dims))
    np.testing.assert_allclose(got[1], repeated.var(0, keepdims=keep_dims))


@pytest.mark.parametrize("shift", [None, 5.0])
@pytest.mark.parametrize("is_known", [True, False])
def test_moments_from_sufficient_statistics(shift, is_known):
    x = tf.constant(IMAGE + 5) if is_known else tf.placeholder(tf.float64, [None] * 4)
    feeds = {} if is_known else {x: IMAGE + 5}
    count, total, squares, taken = tf.nn.sufficient_statistics(x, [0, 2], shift)
    result = tf.nn.normalize_moments(count, total, squares, taken)
    n, (mean, variance) = run([count, result], feeds)
    assert n == 8
    np.testing.assert_allclose(mean, IMAGE.mean((0, 2)) + 5)
    np.testing.assert_allclose(variance, IMAGE.var((0, 2)))


# -- normalisations


@pytest.mark.parametrize("offset", [None, OFFSET])
@pytest.mark.parametrize("scale", [None, SCALE])
def test_batch_normalization(offset, scale):
    y = tf.nn.batch_normalization(
        tf.constant(SINGLE), MEAN, VARIANCE, offset, scale, 1e-3
    )
    expected = (SINGLE - MEAN) / np.sqrt(VARIANCE + 1e-3)
    expected = expected * (1 if scale is None else scale)
    expected = expected + (0 if offset is None else offset)
    np.testing.assert_allclose(run(y), expected, rtol=1e-4, atol=1e-6)


def test_batch_norm_with_global_normalization():
    args = (tf.constant(SINGLE), MEAN, VARIANCE, OFFSET, SCALE, 1e-3)
    scaled, plain = run(
        [tf.nn.batch_norm_with_global_normalization(*args, flag) for flag in (1, 0)]
    )
    normal = (SINGLE - MEAN) / np.sqrt(VARIANCE + 1e-3)
    np.testing.assert_allclose(scaled, normal * SCALE + OFFSET, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(plain, normal + OFFSET, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize("dtype", [tf.float32, tf.float16])
def test_fused_batch_norm_in_training(data_format, dtype):
    x = SINGLE if data_format == "NHWC" else SINGLE.transpose(0, 3, 1, 2)
    y, mean, variance = tf.nn.fused_batch_norm(
        tf.cast(x, dtype), SCALE, OFFSET, data_format=data_format
    )
    assert (y.dtype, mean.dtype, variance.dtype) == (dtype, tf.float32, tf.float32)
    assert y.op.type == (
        "FusedBatchNorm" if dtype == tf.float32 else "FusedBatchNormV2"
    )
    y, mean, variance = run([tf.cast(y, tf.float32), mean, variance])
    if data_format == "NCHW":
        y = y.transpose(0, 2, 3, 1)
    over = (0, 1, 2)
    expected = (SINGLE - SINGLE.mean(over)) / np.sqrt(SINGLE.var(over) + 1e-3)
    loose = 1e-5 if dtype == tf.float32 else 1e-2
    np.testing.assert_allclose(y, expected * SCALE + OFFSET, atol=loose)
    np.testing.assert_allclose(mean, SINGLE.mean(over), atol=loose)
    # The estimate for the population, not the batch.
    np.testing.assert_allclose(variance, SINGLE.var(over, ddof=1), rtol=loose * 10)


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_fused_batch_norm_in_inference(data_format):
    x = SINGLE if data_format == "NHWC" else SINGLE.transpose(0, 3, 1, 2)
    results = tf.nn.fused_batch_norm(
        x, SCALE, OFFSET, MEAN, VARIANCE, data_format=data_format, is_training=False
    )
    y, mean, variance = run(results)
    if data_format == "NCHW":
        y = y.transpose(0, 2, 3, 1)
    expected = (SINGLE - MEAN) / np.sqrt(VARIANCE + 1e-3) * SCALE + OFFSET
    np.testing.assert_allclose(y, expected, atol=1e-5)
    np.testing.assert_array_equal(mean, MEAN)
    np.testing.assert_array_equal(variance, VARIANCE)


def test_fused_batch_norm_of_one_element():
    y, mean, variance = run(
        tf.nn.fused_batch_norm(np.ones([1, 1, 1, 3], "f"), SCALE, OFFSET)
    )
    np.testing.assert_allclose(y.ravel(), OFFSET)
    assert (mean.tolist(), variance.tolist()) == ([1, 1, 1], [0, 0, 0])


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize("is_training", [True, False])
def test_fused_batch_norm_derivatives(data_format, is_training):
    """First and second ones, beside those of the same formula, composed."""
    image = SINGLE if data_format == "NHWC" else SINGLE.transpose(0, 3, 1, 2)
    x, scale, offset = map(tf.constant, (image, SCALE, OFFSET))
    moments = () if is_training else (tf.constant(MEAN), tf.constant(VARIANCE))
    fused, _, _ = tf.nn.fused_batch_norm(
        x, scale, offset, *moments, data_format=data_format, is_training=is_training
    )
    last = x if data_format == "NHWC" else tf.transpose(x, [0, 2, 3, 1])
    if is_training:
        mean = tf.reduce_mean(last, [0, 1, 2])
        apart = last - mean
        moments = (mean, tf.reduce_mean(apart * apart, [0, 1, 2]))
    composed = tf.nn.batch_normalization(last, *moments, offset, scale, 1e-3)
    if data_format == "NCHW":
        composed = tf.transpose(composed, [0, 3, 1, 2])
    weight = tf.constant(RANDOM.randn(*image.shape).astype("f"))
    derivatives = []
    for y in (fused, composed):
        first = tf.gradients(y * y * weight, [x, scale, offset])
        mixed = sum(tf.reduce_sum(tf.sin(slope)) for slope in first)
        derivatives.append([*first, *tf.gradients(mixed, [x, scale])])
    for got, wanted in zip(*run(derivatives), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=2e-3, atol=2e-3)


def test_fused_batch_norm_refused():
    with pytest.raises(ValueError, match="must be None if is_training is True"):
        tf.nn.fused_batch_norm(SINGLE, SCALE, OFFSET, MEAN, VARIANCE)
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 3 and 0"):
        tf.nn.fused_batch_norm(SINGLE, SCALE, OFFSET, is_training=False)
    with pytest.raises(ValueError, match="Shape must be rank 4 but is rank 3"):
        tf.nn.fused_batch_norm(SINGLE[0], SCALE, OFFSET)
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 3 and 2"):
        tf.nn.fused_batch_norm(SINGLE, SCALE[:2], OFFSET)
    for x, scale, text in (
        (SINGLE[0], SCALE, r"input must be 4-dimensional\[3,4,3\]"),
        (SINGLE, SCALE[:2], "scale must have the same number of elements as the chan"),
    ):
        y, _, _ = tf.nn.fused_batch_norm(unknown(x), unknown(scale), unknown(OFFSET))
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            run(y)


@pytest.mark.parametrize("axis", [None, 0, 1, [0, 1]])
def test_l2_normalize(axis):
    x = IMAGE[0, 0]
    over = tuple(axis) if isinstance(axis, list) else axis
    expected = x / np.sqrt((x * x).sum(over, keepdims=True))
    got = run([tf.nn.l2_normalize(x, axis), tf.nn.l2_normalize(x, dim=axis)])
    for value in got:
        np.testing.assert_allclose(value, expected)


def test_l2_normalize_leaves_zeros():
    assert run(tf.nn.l2_normalize([0.0, 0.0])).tolist() == [0, 0]


@pytest.mark.parametrize("radius", [0, 1, 2, 9])
def test_lrn(radius):
    x = RANDOM.randn(1, 2, 2, 5).astype("f")
    y = run(tf.nn.lrn(x, radius, bias=1.5, alpha=0.7, beta=0.6))
    expected = np.empty_like(x)
    for c in range(5):
        near = x[..., max(0, c - radius) : c + radius + 1]
        expected[..., c] = x[..., c] / (1.5 + 0.7 * (near**2).sum(-1)) ** 0.6
    np.testing.assert_allclose(y, expected, rtol=1e-5)


def test_lrn_derivative_and_rank():
    image = RANDOM.randn(1, 2, 1, 4).astype("f")
    x = tf.constant(image)
    y = tf.nn.local_response_normalization(x, 1, 1.5, 0.7, 0.6)
    with tf.Session():
        error = compute_gradient_error(x, [1, 2, 1, 4], y, [1, 2, 1, 4], image, 1e-2)
    assert error < 1e-3
    with pytest.raises(ValueError, match="Shape must be rank 4 but is rank 3"):
        tf.nn.lrn(image[0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="in must be 4-dim"):
        run(tf.nn.lrn(unknown(image[0])))


# -- dropout


def test_dropout_keeps_about_as_many_as_asked_and_the_mean():
    y = run(tf.nn.dropout(tf.ones([100, 100]), keep_prob=0.25, seed=1))
    assert set(np.unique(y)) == {0, 4}
    assert 0.22 < (y != 0).mean() < 0.28


def test_dropout_repeats_with_its_seed_and_changes_from_run_to_run():
    y = tf.nn.dropout(tf.ones([100]), 0.5, seed=7)
    with tf.Session() as one, tf.Session() as two:
        first, second = one.run(y), one.run(y)
        again = two.run(y)
    assert (first == again).all()
    assert (first != second).any()


def test_dropout_of_whole_rows():
    y = run(tf.nn.dropout(tf.ones([50, 4]), 0.5, noise_shape=[None, 1], seed=3))
    assert (y == y[:, :1]).all()
    assert 0 < (y[:, 0] == 0).sum() < 50


def test_dropout_drops_the_same_in_its_gradient():
    x = tf.ones([100])
    y = tf.nn.dropout(x, rate=0.75, seed=5)
    value, slope = run([y, tf.gradients(y, x)[0]])
    np.testing.assert_array_equal(value, slope)
    assert value.max() == 4


def test_dropout_of_nothing_is_the_tensor_itself():
    x = tf.constant([1.0])
    assert tf.nn.dropout(x, 1.0) is x
    keep = tf.placeholder(tf.float32, [])
    assert run(tf.nn.dropout(x, keep), {keep: 1.0}).tolist() == [1]


@pytest.mark.parametrize("dtype", [tf.float16, tf.float64])
def test_dropout_keeps_its_dtype(dtype):
    y = tf.nn.dropout(tf.ones([3, 2], dtype), 0.5)
    assert (y.dtype, y.shape.as_list()) == (dtype, [3, 2])
    assert run(y).dtype == dtype.as_numpy_dtype


def test_dropout_refused():
    for args, text in (
        ({"keep_prob": 1.5}, r"a float in the range \(0, 1\], got 1.5"),
        ({"keep_prob": 0.0}, r"a float in the range \(0, 1\], got 0"),
        ({"rate": 1.0}, r"a float in the range \[0, 1\), got 1"),
        ({"rate": 0.1, "keep_prob": 0.9}, "Cannot specify both"),
        ({}, "You must provide a rate"),
        ({"keep_prob": [0.5]}, "must have rank 0"),
    ):
        with pytest.raises(ValueError, match=text):
            tf.nn.dropout([1.0], **args)
    with pytest.raises(ValueError, match="x has to be a floating point tensor"):
        tf.nn.dropout([1, 2], 0.5)


def test_zero_fraction():
    values = [
        tf.nn.zero_fraction([0.0, 1.0, 0.0, 3.0]),
        tf.nn.zero_fraction(tf.constant([0, 0, 0, 5], tf.int64)),
    ]
    assert run(values) == [0.5, 0.75]


# -- in_top_k


@pytest.mark.parametrize("index", [tf.int32, tf.int64])
@pytest.mark.parametrize("k", [0, 1, 2, 3, 9])
def test_in_top_k(k, index):
    predictions = np.float32([[0.1, 0.7, 0.2]] * 3)
    targets = tf.constant([0, 1, 2], index)
    ranks = np.array([2, 0, 1])
    got = run(tf.nn.in_top_k(predictions, targets, k))
    assert got.tolist() == (ranks < k).tolist()


def test_in_top_k_with_ties_and_what_is_no_number():
    nan, inf = np.nan, np.inf
    rows = [[1, 1, 1], [1, 2, nan], [1, 2, inf], [1, -inf, 0], [1, 2, 3], [1, 2, 3]]
    got = run(tf.nn.in_top_k(np.float32(rows), [2, 1, 2, 0, 3, -1], 1))
    assert got.tolist() == [True, False, False, False, False, False]


def test_in_top_k_by_the_op_of_old_graphs():
    y = raw.InTopK(np.float32([[1, 2], [1, 2]]), [0, 1], k=1)
    assert run(y).tolist() == [False, True]


def test_in_top_k_refused():
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 1 and 2"):
        tf.nn.in_top_k([[1.0, 2.0]], [0, 1], 1)
    for predictions, targets, text in (
        ([[1.0, 2.0]], [0, 1], "dimension of predictions 1 must match length of targ"),
        ([1.0, 2.0], [0, 1], "predictions must be 2-dimensional"),
        ([[1.0, 2.0]], [[0]], "targets must be 1-dimensional"),
    ):
        y = tf.nn.in_top_k(unknown(predictions), unknown(targets), 1)
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            run(y)
