"""Metrics over batches, against the same computed at once."""

import numpy as np
import pytest

import interactive_graphs as tf

RANDOM = np.random.RandomState(20180709)
BATCHES = 5
SCORES = RANDOM.rand(BATCHES, 20).astype(np.float32)
TRUTH = RANDOM.rand(BATCHES, 20) < 0.4 + 0.3 * (SCORES > 0.5)


def after_all(make, *arrays):
    """What a metric says when it has seen all batches."""
    fed = [tf.placeholder(a.dtype, a.shape[1:]) for a in arrays]
    value, update = make(*fed)
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        for batch in zip(*arrays, strict=True):
            last = sess.run(update, dict(zip(fed, batch, strict=True)))
        found = sess.run(value)
    return found, last


def test_mean_and_its_kin():
    labels = TRUTH.astype(np.float32)
    error = SCORES - labels
    for name, wanted in {
        "mean_absolute_error": np.abs(error).mean(),
        "mean_squared_error": (error**2).mean(),
        "root_mean_squared_error": np.sqrt((error**2).mean()),
    }.items():
        value, last = after_all(getattr(tf.metrics, name), labels, SCORES)
        np.testing.assert_allclose([value, last], wanted, rtol=1e-5)
    value, _ = after_all(tf.metrics.mean, SCORES)
    np.testing.assert_allclose(value, SCORES.mean(), rtol=1e-5)
    value, _ = after_all(lambda x: tf.metrics.percentage_below(x, 0.3), SCORES)
    np.testing.assert_allclose(value, (SCORES < 0.3).mean(), rtol=1e-5)
    value, _ = after_all(tf.metrics.mean_tensor, SCORES)
    np.testing.assert_allclose(value, SCORES.mean(0), rtol=1e-5)


def test_accuracy_precision_recall():
    said = SCORES > 0.5
    hits = (said & TRUTH).sum()
    for name, wanted in {
        "accuracy": (said == TRUTH).mean(),
        "precision": hits / said.sum(),
        "recall": hits / TRUTH.sum(),
        "true_positives": hits,
        "false_positives": (said & ~TRUTH).sum(),
        "false_negatives": (~said & TRUTH).sum(),
        "true_negatives": (~said & ~TRUTH).sum(),
    }.items():
        value, last = after_all(getattr(tf.metrics, name), TRUTH, said)
        np.testing.assert_allclose([value, last], wanted, rtol=1e-6)


@pytest.mark.parametrize("method", ["trapezoidal", "minoring", "majoring"])
def test_auc_comes_near_the_share_of_pairs_in_order(method):
    value, _ = after_all(
        lambda y, p: tf.metrics.auc(
            y, p, num_thresholds=2000, summation_method=method
        ),
        TRUTH, SCORES,
    )  # fmt: skip
    pairs = SCORES[TRUTH][:, None] > SCORES[~TRUTH][None]
    np.testing.assert_allclose(value, pairs.mean(), atol=0.02)


def test_recall_at_k():
    scores = RANDOM.rand(3, 4, 6)
    labels = RANDOM.randint(0, 6, (3, 4, 1))
    value, _ = after_all(lambda y, p: tf.metrics.recall_at_k(y, p, 2), labels, scores)
    best = scores.argsort()[..., -2:]
    np.testing.assert_allclose(value, (best == labels).any(-1).mean())
    value, _ = after_all(
        lambda y, p: tf.metrics.average_precision_at_k(y, p, 1), labels, scores
    )
    np.testing.assert_allclose(value, (best[..., 1:] == labels).mean())


def test_variables_are_local_and_start_anew():
    value, update = tf.metrics.mean([1.0, 3.0])
    assert tf.global_variables() == []
    assert tf.get_collection(tf.GraphKeys.METRIC_VARIABLES) == tf.local_variables()
    assert [v.name for v in tf.local_variables()] == ["mean/total:0", "mean/count:0"]
    assert not tf.trainable_variables()
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match="mean/total"):
            sess.run(update)
        for _ in range(2):
            sess.run(tf.local_variables_initializer())
            assert sess.run(value) == 0
            assert sess.run([update, value])[0] == 2


def test_collections():
    value, update = tf.metrics.accuracy(
        [1], [1], metrics_collections=["m", "n"], updates_collections="u"
    )
    assert tf.get_collection("m") == tf.get_collection("n") == [value]
    assert tf.get_collection("u") == [update]


def test_weights_of_zero_leave_out():
    value, _ = after_all(
        lambda y, p: tf.metrics.accuracy(y, p, weights=[1.0, 0.0]),
        np.array([[1, 1], [1, 0]]), np.array([[1, 0], [0, 0]]),
    )  # fmt: skip
    assert value == 0.5


ERRORS = [
    (lambda: tf.metrics.mean([[1.0, 2]], [[1.0], [2.0]]),
     "weights can not be broadcast to values. Mismatch at dim 0. values.shape=(1, 2), "
     "weights.shape=(2, 1)."),
    (lambda: tf.metrics.accuracy([1, 2], [1, 2, 3]),
     "Shapes (3,) and (2,) are incompatible"),
    (lambda: tf.metrics.auc([1], [0.5], curve="x"),
     "curve must be either ROC or PR, x unknown"),
    (lambda: tf.metrics.auc([1], [0.5], summation_method="x"),
     "Invalid summation_method: x"),
    (lambda: tf.metrics.auc([1], [0.5], summation_method="careful_interpolation"),
     "Invalid summation_method: careful_interpolation"),
    (lambda: tf.metrics.sensitivity_at_specificity([1], [0.5], 2.0),
     "`specificity` must be in the range [0, 1]."),
    (lambda: tf.metrics.specificity_at_sensitivity([1], [0.5], -1.0),
     "`sensitivity` must be in the range [0, 1]."),
    (lambda: tf.metrics.average_precision_at_k([[1]], [[0.5]], 0), "Invalid k=0."),
    (lambda: tf.metrics.mean_tensor(tf.placeholder(tf.float32, [None, 2])),
     "mean_tensor needs values of a known shape, not (?, 2)"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "text"), ERRORS)
def test_words_of_errors(make, text):
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value) == text


def test_scores_outside_of_0_to_1():
    _, update = tf.metrics.auc([1], tf.placeholder_with_default([2.0], [1]))
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            sess.run(update)
    assert "predictions must be in [0, 1]" in str(caught.value)
