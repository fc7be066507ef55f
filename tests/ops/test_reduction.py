"""Reductions, scans, sorting, counting and clipping."""

import numpy as np
import pytest

import interactive_graphs as tf

NAN, INF = np.nan, np.inf
X = np.float32([[3, 1, 2], [6, 5, 4]])


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def unknown(value, dtype=None):
    """A tensor of which nothing is known while the graph is built."""
    return tf.placeholder_with_default(tf.constant(value, dtype), None)


def gradient_of(function, value):
    x = tf.constant(value)
    return run(tf.gradients(function(x), x)[0])


# -- reductions


@pytest.mark.parametrize(
    ("name", "function"),
    [("sum", np.sum), ("prod", np.prod), ("max", np.max), ("min", np.min)],
)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8"])
def test_reduces_in_its_own_dtype(name, function, dtype):
    reduce = getattr(tf, f"reduce_{name}")
    x = X.astype(dtype)
    for axis in (None, 0, -1, (0, 1), ()):
        for keep in (False, True):
            result = reduce(x, axis=axis, keepdims=keep)
            value = run(result)
            expected = function(x, axis=axis, keepdims=keep).astype(dtype)
            np.testing.assert_array_equal(value, expected)
            assert value.dtype == dtype
            assert result.shape.as_list() == list(expected.shape)


def test_reductions_of_nothing():
    none = tf.zeros([2, 0])
    assert run(tf.reduce_sum(none, 1)).tolist() == [0, 0]
    assert run(tf.reduce_prod(none, 1)).tolist() == [1, 1]
    assert run(tf.reduce_max(none, 1)).tolist() == [-INF, -INF]
    assert run(tf.reduce_min(tf.zeros([0], tf.int32))) == 2**31 - 1
    assert np.isnan(run(tf.reduce_mean(none, 1))).all()
    assert run(tf.reduce_mean(tf.zeros([0], tf.int32))) == 0
    none = tf.zeros([0], bool)
    assert run([tf.reduce_all(none), tf.reduce_any(none)]) == [True, False]


def test_means_of_integers_round_towards_zero():
    assert run(tf.reduce_mean([1, 2, -6, -1, -1])) == -1
    mean = run(tf.reduce_mean(tf.constant([100, 100, 100], tf.int8)))
    assert (mean, mean.dtype) == (100, np.int8)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_sums_of_16_bit_floats_keep_small_terms(dtype):
    ones = tf.ones([5000], dtype)
    total = run(tf.reduce_sum(ones))
    assert abs(float(total) - 5000) <= 16
    assert total.dtype == dtype.as_numpy_dtype
    assert run(tf.reduce_mean(ones * 2)) == 2


def test_extremes_keep_nan():
    assert np.isnan(run([tf.reduce_max([1.0, NAN]), tf.reduce_min([NAN, 1.0])])).all()


def test_old_names_of_arguments():
    kept = tf.reduce_sum(X, reduction_indices=[1], keep_dims=True)
    assert run(kept).tolist() == [[6], [15]]
    with pytest.raises(ValueError, match="both 'reduction_indices' and 'axis'"):
        tf.reduce_sum(X, axis=0, reduction_indices=0)


@pytest.mark.parametrize(
    ("axis", "words"),
    [
        (2, r"Invalid reduction dimension \(2 for input with 2 dimension\(s\)"),
        ([0, -2], "Axes contains duplicate dimension: 0"),
    ],
)
def test_axes_out_of_range_at_run(axis, words):
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        run(tf.reduce_sum(X, unknown(axis)))


def test_axis_out_of_range_at_build():
    with pytest.raises(
        ValueError, match="Invalid reduction dimension 2 for input with 1"
    ):
        tf.reduce_sum([1.0], 2)


def test_reduces_all_axes_of_an_unknown_rank():
    x = tf.placeholder(tf.float32)
    total, kept = tf.reduce_sum(x), tf.reduce_sum(x, unknown(0), keepdims=True)
    assert run(total, {x: X}) == 21
    assert run(kept, {x: X}).tolist() == [[9, 6, 6]]


def test_equal_extremes_share_the_gradient():
    assert gradient_of(tf.reduce_max, [2.0, 1.0, 2.0]).tolist() == [0.5, 0, 0.5]


def test_gradient_of_a_product_with_zeros():
    assert gradient_of(tf.reduce_prod, [0.0, 3.0, 2.0]).tolist() == [6, 0, 0]
    assert gradient_of(tf.reduce_prod, [0.0, 3.0, 0.0]).tolist() == [0, 0, 0]


@pytest.mark.parametrize("axis", [0, [0, 1], -1, None])
@pytest.mark.parametrize("name", ["sum", "mean", "max", "prod"])
def test_gradients_need_no_static_shape(name, axis):
    reduce = getattr(tf, f"reduce_{name}")
    found = []
    for x in (tf.constant(X), unknown(X)):
        y = reduce(x, axis)
        found.append(run(tf.gradients(y * y, x)[0]))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_logsumexp_neither_overflows_nor_warns():
    found = run([
        tf.reduce_logsumexp([1000.0, 1000.0]), tf.reduce_logsumexp([-INF, -INF]),
        tf.reduce_logsumexp([INF, 1.0]),
    ])  # fmt: skip
    np.testing.assert_allclose(found, [1000 + np.log(2), -INF, INF], rtol=1e-6)
    kept = tf.reduce_logsumexp(X, 1, keepdims=True)
    assert kept.shape.as_list() == [2, 1]
    np.testing.assert_allclose(
        gradient_of(tf.reduce_logsumexp, [1.0, 1.0]), [0.5, 0.5], rtol=1e-6
    )


def test_variance_and_count():
    np.testing.assert_allclose(run(tf.math.reduce_variance(X, 0)), X.var(0), rtol=1e-6)
    np.testing.assert_allclose(run(tf.math.reduce_std(X)), X.std(), rtol=1e-6)
    count = run(tf.count_nonzero([[0, 1], [2, 0]], axis=1, keepdims=True))
    assert count.tolist() == [[1], [1]]
    assert count.dtype == np.int64


def test_nodes_have_tf1s_names():
    x = tf.constant(X)
    names = [f(x).op.name for f in (tf.reduce_sum, tf.reduce_mean, tf.reduce_max)]
    assert names == ["Sum", "Mean", "Max"]


# -- running sums


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1, 3, 6]),
        ({"exclusive": True}, [0, 1, 3]),
        ({"reverse": True}, [6, 5, 3]),
        ({"exclusive": True, "reverse": True}, [5, 3, 0]),
    ],
)
def test_cumsum(options, expected):
    assert run(tf.cumsum([1, 2, 3], **options)).tolist() == expected
    rows = run(tf.cumsum([[1, 2, 3], [0, 0, 0]], axis=-1, **options))
    assert rows.tolist() == [expected, [0, 0, 0]]


def test_cumprod():
    assert run(tf.cumprod([2, 3, 4], exclusive=True, reverse=True)).tolist() == [
        12,
        4,
        1,
    ]


@pytest.mark.parametrize(
    ("axis", "words"),
    [(3, r"Expected scan axis in the range \[-1, 1\), but got 3"), ([0], "scalar")],
)
def test_scan_along_no_axis(axis, words):
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        run(tf.cumsum([1, 2], unknown(axis)))


# -- the largest


def test_argmax_takes_the_first_of_equal_ones_and_skips_nan():
    assert run(tf.argmax([[3, 5, 5], [1, 0, 1]], 1)).tolist() == [1, 0]
    assert run([tf.argmax([1.0, NAN, 3.0]), tf.argmin([NAN, 2.0, 3.0])]) == [2, 1]
    index = run(tf.argmin(X, 0, output_type=tf.int32))
    assert (index.tolist(), index.dtype) == ([0, 0, 0], np.int32)
    assert run(tf.argmax(X, dimension=1)).tolist() == [0, 0]


def test_argmax_out_of_range():
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"in the range \[-1, 1\), but got 3"
    ):
        run(tf.argmax([1.0], unknown(3)))
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Reduction axis 0 is empty"
    ):
        run(tf.argmax(tf.zeros([0]), 0))
    assert run(tf.argmax(tf.zeros([0, 2]), 1)).tolist() == []


def test_top_k_leads_with_the_first_of_equal_ones():
    values, indices = run(tf.nn.top_k([[1, 3, 2, 3], [4, 4, 0, 9]], 2))
    assert values.tolist() == [[3, 3], [9, 4]]
    assert indices.tolist() == [[1, 3], [3, 0]]
    assert run(tf.nn.top_k([1.0, NAN, 3.0], 2).indices).tolist() == [2, 0]


def test_top_k_of_too_few():
    with pytest.raises(ValueError, match="last dimension >= k = 5 but is 2"):
        tf.nn.top_k([1.0, 2.0], 5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="at least k columns"):
        run(tf.nn.top_k(unknown([1.0, 2.0]), 5))


def test_gradient_of_top_k_goes_back_to_its_place():
    x = tf.constant([[1.0, 3.0, 2.0], [9.0, 8.0, 7.0]])
    grad = tf.gradients(tf.nn.top_k(x, 2).values * [[1.0, 2.0], [3.0, 4.0]], x)[0]
    assert run(grad).tolist() == [[0, 1, 2], [3, 4, 0]]


@pytest.mark.parametrize("dtype", [tf.int32, tf.float32, tf.uint8, tf.int8])
def test_sort(dtype):
    x = tf.constant([[3, 1, 2], [0, 9, 127]], dtype)
    assert run(tf.sort(x)).tolist() == [[1, 2, 3], [0, 9, 127]]
    assert run(tf.sort(x, 0, "DESCENDING")).tolist() == [[3, 9, 127], [0, 1, 2]]
    assert run(tf.argsort(x)).tolist() == [[1, 2, 0], [0, 1, 2]]
    with pytest.raises(ValueError, match="should be one of ASCENDING, DESCENDING"):
        tf.sort(x, direction="up")


def test_nth_element():
    x = tf.constant([[3.0, 1.0, 2.0]])
    assert run(tf.nn.top_k(x, 3).values).tolist() == [[3, 2, 1]]
    from interactive_graphs.ops.sorting import nth_element

    assert run(nth_element(x, 1)).tolist() == [2]
    assert run(nth_element(x, 0, reverse=True)).tolist() == [3]
    with pytest.raises(ValueError, match="last dimension > n = 5 but is 3"):
        nth_element(x, 5)


# -- counting


def test_bincount():
    assert run(tf.bincount([1, 1, 3])).tolist() == [0, 2, 0, 1]
    assert run(tf.bincount([1, 2, 2, 7], minlength=2, maxlength=5)).tolist() == [
        0,
        1,
        2,
        0,
        0,
    ]
    assert run(tf.bincount([1, 1], weights=[0.5, 2.0])).tolist() == [0, 2.5]
    assert run(tf.bincount(np.zeros(0, np.int32), minlength=2)).tolist() == [0, 0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be non-negative"):
        run(tf.bincount([1, -1]))


def test_histograms_count_outsiders_at_the_ends():
    values = [-1.0, 0.0, 1.5, 2.0, 5.0, 15.0]
    assert run(tf.histogram_fixed_width(values, [0.0, 5.0], 5)).tolist() == [
        2,
        1,
        1,
        0,
        2,
    ]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"but got '\[5, 5\]'"):
        run(tf.histogram_fixed_width(values, [5.0, 5.0], 5))


def test_confusion_matrix():
    counts = run(tf.confusion_matrix([0, 2], [1, 1], weights=[1, 2]))
    assert counts.tolist() == [[0, 1, 0], [0, 0, 0], [0, 2, 0]]
    with pytest.raises(tf.errors.InvalidArgumentError):
        run(tf.confusion_matrix([0, 3], [1, 1], num_classes=3))


# -- clipping


def test_clip_by_value():
    assert run(tf.clip_by_value([-5.0, 0.5, INF], -1.0, 1.0)).tolist() == [-1, 0.5, 1]
    assert run(tf.clip_by_value([[1, 5], [9, 3]], 2, [4, 8])).tolist() == [
        [2, 5],
        [4, 3],
    ]
    with pytest.raises(ValueError, match="are incompatible"):
        tf.clip_by_value([1.0, 2.0], [[1.0], [2.0]], 5.0)


def test_clip_by_norm():
    assert run(tf.clip_by_norm([0.3, 0.4], 1.0)).tolist() == [
        pytest.approx(0.3), pytest.approx(0.4),
    ]  # fmt: skip
    np.testing.assert_allclose(
        run(tf.clip_by_norm([[3.0, 4.0], [0.0, 0.0]], 1.0, axes=[1])),
        [[0.6, 0.8], [0, 0]],
    )
    # No NaN at the zero vector, where a root has no slope.
    assert gradient_of(lambda x: tf.clip_by_norm(x, 1.0), [0.0, 0.0]).tolist() == [1, 1]


def test_clip_by_average_norm():
    found = run(tf.clip_by_average_norm([3.0, 4.0], 1.0))
    np.testing.assert_allclose(found, [1.2, 1.6], rtol=1e-6)


def test_clip_by_global_norm_passes_nones_and_slices():
    slices = tf.IndexedSlices(tf.constant([4.0]), tf.constant([0]), tf.constant([2]))
    clipped, norm = tf.clip_by_global_norm([tf.constant([3.0]), None, slices], 1.0)
    assert clipped[1] is None
    assert run(norm) == 5
    np.testing.assert_allclose(run([clipped[0], clipped[2].values]), [[0.6], [0.8]])
    with pytest.raises(TypeError, match="t_list should be a sequence"):
        tf.clip_by_global_norm(tf.constant([1.0]), 1.0)


def test_an_infinite_norm_makes_everything_nan():
    clipped, _ = tf.clip_by_global_norm([tf.constant([3.0, INF])], 1.0)
    assert np.isnan(run(clipped[0])).all()
