"""Sequence losses against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf

RANDOM = np.random.RandomState(7)
LOGITS = RANDOM.randn(2, 3, 4).astype(np.float32)
TARGETS = np.array([[0, 1, 2], [3, 0, 0]], np.int32)
WEIGHTS = np.array([[1, 1, 0.5], [1, 0, 0]], np.float32)
LOG = LOGITS - np.log(np.exp(LOGITS).sum(-1, keepdims=True))
EACH = -np.take_along_axis(LOG, TARGETS[..., None], -1)[..., 0] * WEIGHTS


def run(fetches):
    with tf.Session() as sess:
        return sess.run(fetches)


@pytest.mark.parametrize(
    ("timesteps", "batch", "expected"),
    [
        (True, True, EACH.sum() / WEIGHTS.sum()),
        (True, False, EACH.sum(1) / WEIGHTS.sum(1)),
        (False, True, EACH.sum(0) / WEIGHTS.sum(0)),
        (False, False, EACH),
    ],
)
def test_sequence_loss(timesteps, batch, expected):
    loss = tf.contrib.seq2seq.sequence_loss(LOGITS, TARGETS, WEIGHTS, timesteps, batch)
    np.testing.assert_allclose(run(loss), expected, rtol=1e-5)


def test_sequence_loss_of_another_function():
    loss = tf.contrib.seq2seq.sequence_loss(
        LOGITS,
        TARGETS,
        WEIGHTS,
        softmax_loss_function=lambda labels, logits: (
            tf.cast(labels, tf.float32) + 0 * tf.reduce_sum(logits, 1)
        ),
    )
    expected = (TARGETS * WEIGHTS).sum() / WEIGHTS.sum()
    np.testing.assert_allclose(run(loss), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (
            (LOGITS[0], TARGETS, WEIGHTS),
            "Logits must be a [batch_size x sequence_length x logits] tensor",
        ),
        (
            (LOGITS, TARGETS[0], WEIGHTS),
            "Targets must be a [batch_size x sequence_length] tensor",
        ),
        (
            (LOGITS, TARGETS, WEIGHTS[0]),
            "Weights must be a [batch_size x sequence_length] tensor",
        ),
    ],
)
def test_sequence_loss_refuses_other_ranks(args, words):
    with pytest.raises(ValueError) as caught:
        tf.contrib.seq2seq.sequence_loss(*args)
    assert str(caught.value) == words


def lists():
    return (
        list(tf.unstack(LOGITS, axis=1)),
        list(tf.unstack(TARGETS, axis=1)),
        list(tf.unstack(WEIGHTS, axis=1)),
    )


@pytest.mark.parametrize("average", [True, False])
def test_losses_of_lists(average):
    legacy = tf.contrib.legacy_seq2seq
    by_example = legacy.sequence_loss_by_example(*lists(), average)
    whole = legacy.sequence_loss(*lists(), average)
    total = legacy.sequence_loss(*lists(), average, average_across_batch=False)
    expected = EACH.sum(1) / (WEIGHTS.sum(1) if average else 1)
    found = run([by_example, whole, total])
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)
    np.testing.assert_allclose(found[1], expected.sum() / 2, rtol=1e-5)
    np.testing.assert_allclose(found[2], expected.sum(), rtol=1e-5)


def test_lists_of_different_lengths_are_refused():
    logits, targets, weights = lists()
    with pytest.raises(ValueError, match="must be the same 3, 3, 2"):
        tf.contrib.legacy_seq2seq.sequence_loss(logits, targets[:2], weights)


def test_buckets_share_their_variables():
    def model(encoder_inputs, decoder_inputs):
        return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
            encoder_inputs, decoder_inputs, cell, 4, 4, 5
        )

    cell = tf.nn.rnn_cell.GRUCell(6)
    words = [tf.constant(TARGETS[:, i]) for i in range(3)]
    weights = [tf.ones([2])] * 3
    for per_example, shape in ((False, ()), (True, (2,))):
        with tf.variable_scope(f"net_{per_example}"):
            cell = tf.nn.rnn_cell.GRUCell(6)
            outputs, losses = tf.contrib.legacy_seq2seq.model_with_buckets(
                words, words, words, weights, [(1, 2), (3, 3)], model,
                per_example_loss=per_example,
            )  # fmt: skip
        assert [len(o) for o in outputs] == [2, 3]
        assert [loss.shape.as_list() for loss in losses] == [list(shape)] * 2
    # Two embeddings, two cells of four variables, and a projection.
    assert len(tf.trainable_variables()) == 2 * (2 + 8 + 2)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert all(np.isfinite(sess.run(losses)).reshape(-1))
    with pytest.raises(ValueError, match=r"Length of encoder_inputs \(3\) must be at"):
        tf.contrib.legacy_seq2seq.model_with_buckets(
            words, words, words, weights, [(4, 2)], model
        )
