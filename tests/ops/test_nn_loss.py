"""Softmax, cross-entropies and the other losses."""

import math

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.testing.gradient_check import compute_gradient_error

RANDOM = np.random.RandomState(20180709)
LOGITS = RANDOM.randn(3, 4)
LABELS = np.array(
    [[0.1, 0.2, 0.3, 0.4], [1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]]
)


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def softmax_by_hand(row):
    total = sum(math.exp(v) for v in row)
    return [math.exp(v) / total for v in row]


def unknown(value):
    """A tensor of which nothing is known while the graph is built."""
    return tf.placeholder_with_default(tf.constant(value), None)


# -- softmax


def test_softmax_of_rows():
    expected = [softmax_by_hand(row) for row in LOGITS]
    np.testing.assert_allclose(run(tf.nn.softmax(LOGITS)), expected, rtol=1e-12)
    np.testing.assert_allclose(
        run(tf.nn.log_softmax(LOGITS)), np.log(expected), rtol=1e-12
    )


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
@pytest.mark.parametrize("is_known", [True, False])
def test_softmax_along_any_axis(axis, is_known):
    x = RANDOM.randn(2, 3, 4)
    logits = tf.constant(x) if is_known else unknown(x)
    y = tf.nn.softmax(logits, axis=axis)
    assert y.shape.ndims == (3 if is_known else None)
    expected = np.exp(x) / np.exp(x).sum(axis, keepdims=True)
    got, log = run([y, tf.nn.log_softmax(logits, dim=axis)])
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    np.testing.assert_allclose(log, np.log(expected), rtol=1e-9)


def test_softmax_of_large_logits_is_exact():
    got = run(tf.nn.softmax(np.float32([[1000, 1000], [1e38, -1e38], [-np.inf, 0]])))
    assert got.tolist() == [[0.5, 0.5], [1, 0], [0, 1]]
    log = run(tf.nn.log_softmax(np.float32([[0, -1000], [-np.inf, 0]])))
    assert log.tolist() == [[0, -1000], [-np.inf, 0]]


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32])
def test_softmax_keeps_its_dtype(dtype):
    y = tf.nn.softmax(tf.cast(LOGITS, dtype))
    assert y.dtype == dtype
    got = run(tf.cast(y, tf.float64))
    np.testing.assert_allclose(
        got,
        [softmax_by_hand(r) for r in LOGITS],
        atol=1e-2 if dtype.size == 2 else 1e-6,
    )


def test_softmax_of_nothing():
    assert run(tf.nn.softmax(tf.zeros([0, 3]))).shape == (0, 3)
    assert run(tf.nn.softmax(tf.zeros([2, 0]))).shape == (2, 0)


def test_softmax_refuses_scalars_axes_and_integers():
    with pytest.raises(ValueError, match="Shape must be at least rank 1 but is rank 0"):
        tf.nn.softmax(1.0)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"must be in the range \[-2, 2\)"
    ):
        tf.nn.softmax(LOGITS, axis=2)
    with pytest.raises(ValueError, match="Cannot specify both"):
        tf.nn.softmax(LOGITS, axis=0, dim=1)
    with pytest.raises(TypeError, match="'logits' has DataType int32 not in list"):
        tf.nn.softmax([1, 2])


@pytest.mark.parametrize("function", [tf.nn.softmax, tf.nn.log_softmax])
@pytest.mark.parametrize("axis", [-1, 0])
def test_softmax_derivatives(function, axis):
    x = tf.constant(LOGITS)
    y = function(x, axis=axis) * tf.constant(LABELS)
    (slope,) = tf.gradients(y * y, x)
    with tf.Session():
        assert compute_gradient_error(x, [3, 4], y, [3, 4], LOGITS) < 1e-6
        assert compute_gradient_error(x, [3, 4], slope, [3, 4], LOGITS) < 1e-5


# -- cross-entropy with probabilities


def cross_entropy_by_hand(labels, logits):
    return [
        -sum(p * math.log(q) for p, q in zip(row, softmax_by_hand(x), strict=True))
        for row, x in zip(labels, logits, strict=True)
    ]


def test_cross_entropy():
    expected = cross_entropy_by_hand(LABELS, LOGITS)
    both = [
        tf.nn.softmax_cross_entropy_with_logits(labels=LABELS, logits=LOGITS),
        tf.nn.softmax_cross_entropy_with_logits_v2(labels=LABELS, logits=LOGITS),
    ]
    assert [loss.shape.as_list() for loss in both] == [[3], [3]]
    for got in run(both):
        np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("dim", [0, 1, -1, -2])
def test_cross_entropy_along_any_axis_and_rank(dim, is_known):
    x, p = RANDOM.randn(2, 3, 4), RANDOM.rand(2, 3, 4)
    logits, labels = (tf.constant if is_known else unknown)(x), tf.constant(p)
    loss = tf.nn.softmax_cross_entropy_with_logits_v2(
        labels=labels, logits=logits, dim=dim
    )
    logs = x - np.log(np.exp(x).sum(dim, keepdims=True))
    np.testing.assert_allclose(run(loss), -(p * logs).sum(dim), rtol=1e-9)


def test_cross_entropy_of_large_logits():
    loss = tf.nn.softmax_cross_entropy_with_logits_v2(
        labels=[[0.0, 1.0], [1.0, 0.0]], logits=[[1e4, -1e4], [1e4, -1e4]]
    )
    assert run(loss).tolist() == [20000, 0]


def test_cross_entropy_in_half_precision_computes_in_single():
    loss = tf.nn.softmax_cross_entropy_with_logits_v2(
        labels=np.float16([[1, 0]]), logits=np.float16([[20, 0]])
    )
    assert loss.dtype == tf.float16
    assert run(loss)[0] == np.float16(np.log1p(np.exp(-20)))


def test_cross_entropy_derivatives():
    x, p = tf.constant(LOGITS), tf.constant(LABELS)
    loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=p, logits=x)
    slopes = tf.gradients(loss * loss, [x, p])
    with tf.Session():
        assert compute_gradient_error(x, [3, 4], loss, [3], LOGITS) < 1e-6
        assert compute_gradient_error(p, [3, 4], loss, [3], LABELS) < 1e-6
        for slope in slopes:
            assert compute_gradient_error(x, [3, 4], slope, [3, 4], LOGITS) < 1e-5
            assert compute_gradient_error(p, [3, 4], slope, [3, 4], LABELS) < 1e-5


def test_first_version_stops_gradients_at_the_labels():
    x, p = tf.constant(LOGITS), tf.constant(LABELS)
    loss = tf.nn.softmax_cross_entropy_with_logits(labels=p, logits=x)
    slope, nothing = tf.gradients(loss, [x, p])
    assert nothing is None
    expected = [softmax_by_hand(row) for row in LOGITS] - LABELS
    np.testing.assert_allclose(run(slope), expected, atol=1e-12)


@pytest.mark.parametrize(
    "function",
    [
        tf.nn.softmax_cross_entropy_with_logits,
        tf.nn.softmax_cross_entropy_with_logits_v2,
        tf.nn.sparse_softmax_cross_entropy_with_logits,
        tf.nn.sigmoid_cross_entropy_with_logits,
    ],
)
def test_labels_and_logits_must_be_named(function):
    with pytest.raises(ValueError, match=r"Only call `\w+` with named arguments \(lab"):
        function(LOGITS, LABELS)
    with pytest.raises(ValueError, match="Both labels and logits must be provided"):
        function(labels=LABELS)


def test_cross_entropy_of_shapes_that_differ():
    function = tf.nn.softmax_cross_entropy_with_logits_v2
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 4 and 3"):
        function(labels=np.ones([2, 3]), logits=np.ones([2, 4]))
    loss = function(labels=unknown(np.ones([2, 3])), logits=unknown(np.ones([2, 4])))
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"logits_size=\[2,4\] labels_size=\[2,3\]",
    ):
        run(loss)


# -- cross-entropy with class numbers


@pytest.mark.parametrize("index", [tf.int32, tf.int64])
def test_sparse_cross_entropy(index):
    numbers = [3, 0, 1]
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.constant(numbers, index), logits=LOGITS
    )
    expected = [
        -math.log(softmax_by_hand(row)[i])
        for row, i in zip(LOGITS, numbers, strict=True)
    ]
    np.testing.assert_allclose(run(loss), expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [[], [2, 3], [2, 1, 3], [0]])
@pytest.mark.parametrize("is_known", [True, False])
def test_sparse_cross_entropy_of_any_rank(shape, is_known):
    make = tf.constant if is_known else unknown
    x = RANDOM.randn(*shape, 4)
    numbers = RANDOM.randint(0, 4, shape).astype(np.int32)
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=make(numbers), logits=make(x)
    )
    logs = x - np.log(np.exp(x).sum(-1, keepdims=True))
    expected = -np.take_along_axis(logs, numbers[..., None], -1)[..., 0]
    got = run(loss)
    assert got.shape == tuple(shape)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_sparse_cross_entropy_derivatives():
    x = tf.constant(LOGITS)
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[3, 0, 1], logits=x)
    (slope,) = tf.gradients(loss * loss, x)
    with tf.Session():
        assert compute_gradient_error(x, [3, 4], loss, [3], LOGITS) < 1e-6
        assert compute_gradient_error(x, [3, 4], slope, [3, 4], LOGITS) < 1e-5


@pytest.mark.parametrize(("label", "number"), [(5, 5), (-1, -1), (2, 2)])
def test_label_out_of_range(label, number):
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=[0, label], logits=np.zeros([2, 2])
    )
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        run(loss)
    assert caught.value.message.startswith(
        f"Received a label value of {number} which is outside the valid range of "
        f"[0, 2).  Label values: 0 {label}"
    )


def test_sparse_cross_entropy_refuses_what_does_not_fit():
    function = tf.nn.sparse_softmax_cross_entropy_with_logits
    rank = (
        r"Rank mismatch: Rank of labels \(received 2\) should equal rank of logits "
        r"minus 1 \(received 2\)\."
    )
    with pytest.raises(ValueError, match=rank):
        function(labels=[[0, 1]], logits=np.zeros([2, 2]))
    with pytest.raises(ValueError, match="Logits cannot be scalars"):
        function(labels=0, logits=1.0)
    with pytest.raises(ValueError, match=r"Shape mismatch: .* \(received \(3,\)\)"):
        function(labels=[0, 1, 1], logits=np.zeros([2, 2]))
    with pytest.raises(TypeError, match="'labels' has DataType float32 not in list"):
        function(labels=[0.0, 1.0], logits=np.zeros([2, 2]))


def test_sparse_cross_entropy_checks_when_run():
    function = tf.nn.sparse_softmax_cross_entropy_with_logits
    labels, logits = unknown(np.int32([0, 1, 1])), unknown(np.zeros([2, 3]))
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="must have the same first dimension"
    ):
        run(function(labels=labels, logits=logits))
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Must have at least one class"
    ):
        run(function(labels=[0, 0], logits=tf.zeros([2, 0])))


# -- the others


def test_sigmoid_cross_entropy():
    x = np.array([-2.0, 0.0, 1.5])
    z = np.array([0.2, 1.0, 0.0])
    loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=z, logits=x)
    q = 1 / (1 + np.exp(-x))
    expected = -z * np.log(q) - (1 - z) * np.log(1 - q)
    np.testing.assert_allclose(run(loss), expected, rtol=1e-12)
    assert loss.name == "logistic_loss:0"


def test_sigmoid_cross_entropy_far_out_and_its_slope_at_zero():
    x = tf.constant([1000.0, -1000.0, 0.0])
    loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=[0.0, 1.0, 0.3], logits=x)
    value, slope = run([loss, tf.gradients(loss, x)[0]])
    np.testing.assert_allclose(value, [1000, 1000, math.log(2)], rtol=1e-6)
    np.testing.assert_allclose(slope, [1, -1, 0.2], rtol=1e-6)


def test_weighted_cross_entropy():
    x = np.array([-2.0, 0.5, 1.5])
    z = np.array([0.2, 1.0, 0.0])
    q = 1 / (1 + np.exp(-x))
    expected = -3 * z * np.log(q) - (1 - z) * np.log(1 - q)
    function = tf.nn.weighted_cross_entropy_with_logits
    np.testing.assert_allclose(run(function(z, x, 3.0)), expected, rtol=1e-12)
    np.testing.assert_allclose(
        run(function(labels=z, logits=x, pos_weight=3.0)), expected, rtol=1e-12
    )


def test_weighted_cross_entropy_derivatives():
    x = tf.constant([-2.0, 0.5, 1.5], tf.float64)
    loss = tf.nn.weighted_cross_entropy_with_logits([0.2, 1.0, 0.0], x, 3.0)
    with tf.Session():
        assert compute_gradient_error(x, [3], loss, [3]) < 1e-6


@pytest.mark.parametrize("compute_full_loss", [False, True])
def test_log_poisson_loss(compute_full_loss):
    c = np.array([0.5, 1.0, -1.0, 0.3])
    z = np.array([0.0, 1.0, 2.0, 5.0])
    loss = tf.nn.log_poisson_loss(z, c, compute_full_loss)
    expected = np.exp(c) - z * c
    if compute_full_loss:
        stirling = [
            n * math.log(n) - n + 0.5 * math.log(2 * math.pi * n) for n in (2.0, 5.0)
        ]
        expected = expected + [0, 0, *stirling]
    np.testing.assert_allclose(run(loss), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (
            lambda a, b: tf.nn.sigmoid_cross_entropy_with_logits(labels=a, logits=b),
            r"logits and labels must have the same shape \(\(3,\) vs \(2,\)\)",
        ),
        (
            lambda a, b: tf.nn.weighted_cross_entropy_with_logits(a, b, 1.0),
            r"logits and targets must have the same shape \(\(3,\) vs \(2,\)\)",
        ),
        (
            tf.nn.log_poisson_loss,
            r"log_input and targets must have the same shape \(\(3,\) vs \(2,\)\)",
        ),
    ],
)
def test_shapes_must_be_equal(build, text):
    with pytest.raises(ValueError, match=text):
        build([1.0, 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32, tf.float64])
def test_l2_loss(dtype):
    loss = tf.nn.l2_loss(tf.cast([[1, 2], [3, 4]], dtype))
    assert loss.dtype == dtype
    assert loss.shape.as_list() == []
    assert run(tf.cast(loss, tf.float64)) == 15


def test_l2_loss_of_nothing_and_its_derivatives():
    assert run(tf.nn.l2_loss(tf.zeros([0]))) == 0
    x = tf.constant([1.0, -2.0], tf.float64)
    loss = tf.nn.l2_loss(x)
    (slope,) = tf.gradients(loss, x)
    (curve,) = tf.gradients(slope, x)
    assert [v.tolist() for v in run([slope, curve])] == [[1, -2], [1, 1]]
