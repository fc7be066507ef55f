"""Losses by their formulas, and the words of errors."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.losses import Reduction
from interactive_graphs.ops.squeezing import remove_squeezable_dimensions
from interactive_graphs.ops.weights_broadcast import broadcast_weights

RANDOM = np.random.RandomState(20180709)
LABELS = RANDOM.rand(3, 4).astype(np.float32)
GUESSES = RANDOM.rand(3, 4).astype(np.float32)
ROWS = np.array([[1.0], [0.0], [3.0]], np.float32)


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


FORMULAS = {
    "absolute_difference": lambda y, p: np.abs(p - y),
    "mean_squared_error": lambda y, p: (p - y) ** 2,
    "huber_loss": lambda y, p: (p - y) ** 2 / 2,
    "log_loss": lambda y, p: -y * np.log(p + 1e-7) - (1 - y) * np.log(1 - p + 1e-7),
    "hinge_loss": lambda y, p: np.maximum(0, 1 - (2 * y - 1) * p),
    "sigmoid_cross_entropy": lambda y, p: np.log(1 + np.exp(p)) - y * p,
}


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas(name):
    each = FORMULAS[name](LABELS, GUESSES)
    loss = getattr(tf.losses, name)
    plain, weighted, single = run([
        loss(LABELS, GUESSES),
        loss(LABELS, GUESSES, weights=ROWS),
        loss(LABELS, GUESSES, weights=ROWS, reduction=Reduction.NONE),
    ])  # fmt: skip
    np.testing.assert_allclose(plain, each.mean(), rtol=1e-5)
    np.testing.assert_allclose(weighted, (each * ROWS).sum() / 8, rtol=1e-5)
    np.testing.assert_allclose(single, each * ROWS, rtol=1e-4, atol=1e-6)


def test_reductions():
    each = (LABELS - GUESSES) ** 2 * ROWS
    wanted = {
        Reduction.SUM: each.sum(),
        Reduction.MEAN: each.sum() / (4 * ROWS.sum()),
        Reduction.SUM_OVER_BATCH_SIZE: each.sum() / 12,
        Reduction.SUM_BY_NONZERO_WEIGHTS: each.sum() / 8,
    }
    for how, value in wanted.items():
        loss = tf.losses.mean_squared_error(LABELS, GUESSES, ROWS, reduction=how)
        np.testing.assert_allclose(run(loss), value, rtol=1e-5)
    assert set(wanted) | {Reduction.NONE} == set(Reduction.all())


def test_a_plain_loss_is_a_small_graph():
    """Weights that are 1 cost nothing."""
    x = tf.placeholder(tf.float32, [None, 3])
    before = len(tf.get_default_graph().get_operations())
    loss = tf.losses.mean_squared_error(x, x)
    assert loss.name == "mean_squared_error/value:0"
    assert len(tf.get_default_graph().get_operations()) - before <= 6


def test_no_weight_at_all_gives_zero():
    assert run(tf.losses.mean_squared_error(LABELS, GUESSES, 0.0)) == 0


def test_labels_get_no_gradient():
    labels, logits = tf.constant([[0.0, 1.0]]), tf.constant([[1.0, 2.0]])
    loss = tf.losses.softmax_cross_entropy(labels, logits)
    assert tf.gradients(loss, labels) == [None]


def test_the_total_loss():
    tf.losses.mean_squared_error([0.0], [2.0])
    with tf.name_scope("part"):
        tf.losses.absolute_difference([0.0], [3.0])
    tf.get_variable(
        "w", initializer=[2.0], regularizer=tf.contrib.layers.l2_regularizer(0.5)
    )
    totals = [
        tf.losses.get_total_loss(), tf.losses.get_total_loss(False),
        tf.losses.get_total_loss(False, scope="part"),
        tf.losses.get_regularization_loss(),
    ]  # fmt: skip
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(totals) == [8.0, 7.0, 3.0, 1.0]
    assert totals[0].op.name == "total_loss"


SHAPES = tf.placeholder_with_default
ERRORS = [
    (lambda: tf.losses.mean_squared_error(None, 1.0), "labels must not be None."),
    (lambda: tf.losses.mean_squared_error(1.0, None), "predictions must not be None."),
    (lambda: tf.losses.hinge_loss(1.0, None), "logits must not be None."),
    (lambda: tf.losses.softmax_cross_entropy(None, 1.0), "onehot_labels must not be None."),
    (lambda: tf.losses.sigmoid_cross_entropy(None, 1.0),
     "multi_class_labels must not be None."),
    (lambda: tf.losses.mean_squared_error([1.0, 2.0], [1.0]),
     "Shapes (1,) and (2,) are incompatible"),
    (lambda: tf.losses.mean_squared_error([[1.0, 2]], [[1.0, 2]], [1.0, 2.0]),
     "weights can not be broadcast to values. values.rank=2. weights.rank=1. "
     "values.shape=(1, 2). weights.shape=(2,)."),
    (lambda: tf.losses.mean_squared_error([[1.0, 2]], [[1.0, 2]], [[1.0], [2.0]]),
     "weights can not be broadcast to values. Mismatch at dim 0. values.shape=(1, 2), "
     "weights.shape=(2, 1)."),
    (lambda: tf.losses.mean_squared_error(1.0, 1.0, reduction="x"),
     "Invalid ReductionKey x."),
    (lambda: tf.losses.cosine_distance([1.0], [1.0]), "You must specify 'axis'."),
    (lambda: tf.losses.cosine_distance([1.0], [1.0], axis=0, dim=0),
     "Cannot specify both 'dim' and 'axis'."),
    (tf.losses.get_total_loss,
     "inputs must be a list of at least one Tensor with the same dtype and shape"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "text"), ERRORS)
def test_words_of_errors(make, text):
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value) == text


def test_weights_that_do_not_fit_at_run_time():
    x, w = tf.placeholder(tf.float32, name="x"), tf.placeholder(tf.float32, name="w")
    loss = tf.losses.mean_squared_error(x, x + 1, weights=w)
    assert run(loss, {x: [[1.0, 2.0]], w: 3.0}) == 3.0
    assert run(loss, {x: [[1.0, 2.0]], w: [[1.0, 0.0]]}) == 1.0
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        run(loss, {x: [[1.0, 2.0]], w: [1.0]})
    assert (
        "assertion failed: [weights can not be broadcast to values.] [weights.shape=] "
        "[w:0] [1] [values.shape=] [mean_squared_error/SquaredDifference:0] [1 2] "
        "[is_scalar=] [0]" in str(caught.value)
    )


def test_broadcast_weights():
    weights = np.array([[1.0], [2.0]], np.float32)
    values = np.zeros((2, 3), np.int32)
    spread = run(broadcast_weights(tf.constant(weights), values))
    assert spread.tolist() == [[1, 1, 1], [2, 2, 2]]
    assert spread.dtype == np.float32
    full = tf.constant(spread)
    assert broadcast_weights(full, tf.constant(spread)) is full


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize(
    ("labels", "guesses", "more", "shapes"),
    [
        ((5, 1), (5, 3), 1, [(5,), (5, 3)]),
        ((5,), (5, 1), 0, [(5,), (5,)]),
        ((5, 1), (5,), 0, [(5,), (5,)]),
        ((5, 2), (5, 2), 0, [(5, 2), (5, 2)]),
        ((5, 1), (5, 1), 0, [(5, 1), (5, 1)]),
    ],
)
def test_a_last_axis_too_many(labels, guesses, more, shapes, unknown):
    tensors = [tf.zeros(labels), tf.zeros(guesses)]
    if unknown:
        tensors = [tf.placeholder_with_default(t, None) for t in tensors]
    found = run(remove_squeezable_dimensions(*tensors, expected_rank_diff=more))
    assert [a.shape for a in found] == shapes
