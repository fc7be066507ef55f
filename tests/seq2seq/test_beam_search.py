"""Beam search: against all sequences, and the pieces that it is made of."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import interactive_graphs as tf

SEQ = tf.contrib.seq2seq
WORDS, END = 4, 0
TABLE = np.random.RandomState(8).randn(WORDS, WORDS).astype(np.float32) * 1.5
LOG = TABLE - np.log(np.exp(TABLE).sum(1, keepdims=True))


class Chain(tf.nn.rnn_cell.RNNCell):
    """The next word depends on the last one; the state counts and remembers it."""

    state_size = 1
    output_size = WORDS

    def call(self, inputs, state):
        word = tf.cast(tf.argmax(inputs, 1), tf.float32)[:, None]
        return tf.matmul(inputs, tf.constant(TABLE)), state * 10 + word


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


def searched(start, width, steps, **options):
    """The sequences found, their scores, and the last state."""
    cell = Chain()
    decoder = SEQ.BeamSearchDecoder(
        cell,
        tf.eye(WORDS),
        start,
        END,
        tf.zeros([len(start) * width, 1], tf.float32),
        width,
        **options,
    )
    outputs, state, lengths = SEQ.dynamic_decode(decoder, maximum_iterations=steps)
    return outputs, state, lengths


def all_sequences(start, steps, penalty=0.0):
    """All sequences that end, or have so many words, best first."""
    found = []
    for words in itertools.product(range(WORDS), repeat=steps):
        length = words.index(END) + 1 if END in words else steps
        if any(words[length:]):
            continue  # the same sequence as with END to its end
        total, last = 0.0, start
        for word in words[:length]:
            total += LOG[last, word]
            last = word
        # As TensorFlow counts: an end counts once the step after it has come.
        long = length - (words.index(END) == steps - 1 if END in words else 0)
        found.append((total / ((5 + long) / 6) ** penalty, words))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_a_wide_beam_finds_the_best_sequences(penalty):
    width, steps = 40, 3
    outputs, state, lengths = searched(
        [1, 2], width, steps, length_penalty_weight=penalty
    )
    made, last, n = run([outputs, state, lengths])
    assert made.predicted_ids.shape == (2, steps, width)
    scores = made.beam_search_decoder_output.scores[:, -1]
    for b, start in enumerate((1, 2)):
        best = all_sequences(start, steps, penalty)[:5]
        for k, (score, words) in enumerate(best):
            assert tuple(made.predicted_ids[b, :, k]) == words
            np.testing.assert_allclose(scores[b, k], score, rtol=1e-4)
    assert n.shape == (2, width)
    assert last.lengths.shape == (2, width)


def test_a_beam_of_one_is_greedy():
    outputs, _, _ = searched([1, 2, 3], 1, 5)
    cell = Chain()
    helper = SEQ.GreedyEmbeddingHelper(tf.eye(WORDS), [1, 2, 3], END)
    decoder = SEQ.BasicDecoder(cell, helper, cell.zero_state(3, tf.float32))
    greedy, _, lengths = SEQ.dynamic_decode(decoder, maximum_iterations=5)
    found, expected, n = run(
        [outputs.predicted_ids[:, :, 0], greedy.sample_id, lengths]
    )
    for row, other, length in zip(found, expected, n, strict=True):
        assert row[:length].tolist() == other[:length].tolist()
        assert (row[length:] == END).all()


def test_states_follow_their_beams():
    outputs, state, _ = searched([1, 2], 3, 3)
    made, last = run([outputs, state])
    for b, start in enumerate((1, 2)):
        for k in range(3):
            words = made.predicted_ids[b, :, k]
            if END not in words[:2]:
                # What the cell has seen: the start and all words but the last.
                seen = int(f"{start}{words[0]}{words[1]}")
                assert last.cell_state[b, k, 0] == seen


def test_the_batch_may_be_unknown():
    tokens = tf.placeholder(tf.int32, [None])
    cell = Chain()
    size = tf.size(tokens)
    decoder = SEQ.BeamSearchDecoder(
        cell,
        tf.eye(WORDS),
        tokens,
        END,
        SEQ.tile_batch(cell.zero_state(size, tf.float32), 2),
        2,
    )
    outputs, _, _ = SEQ.dynamic_decode(decoder, maximum_iterations=4)
    for start in ([1], [1, 2, 3]):
        found = run(outputs.predicted_ids, {tokens: start})
        assert found.shape[0] == len(start)
        assert found.shape[2] == 2


def test_with_attention_and_an_output_layer():
    width = 3
    memory = SEQ.tile_batch(tf.ones([2, 5, 4]), width)
    cell = SEQ.AttentionWrapper(
        tf.nn.rnn_cell.LSTMCell(4),
        SEQ.LuongAttention(4, memory, SEQ.tile_batch(tf.constant([5, 3]), width)),
        attention_layer_size=4,
    )
    decoder = SEQ.BeamSearchDecoder(
        cell,
        tf.eye(WORDS),
        [1, 2],
        END,
        cell.zero_state(2 * width, tf.float32),
        width,
        output_layer=tf.layers.Dense(WORDS),
    )
    outputs, state, _ = SEQ.dynamic_decode(decoder, maximum_iterations=6)
    made, last = run([outputs.predicted_ids, state])
    assert made.shape[0] == 2
    assert made.shape[2] == width
    assert last.cell_state.alignments.shape == (2, width, 5)
    assert "decoder/dense/kernel" in [v.op.name for v in tf.global_variables()]


# -- pieces ----------------------------------------------------------------------------


def test_tile_batch():
    x = {"a": tf.constant([[1, 2], [3, 4]]), "b": tf.constant([5.0, 6.0])}
    tiled = SEQ.tile_batch(x, 2)
    assert tiled["a"].shape.as_list() == [4, 2]
    found = run(tiled)
    assert found["a"].tolist() == [[1, 2], [1, 2], [3, 4], [3, 4]]
    assert found["b"].tolist() == [5, 5, 6, 6]
    unknown = SEQ.tile_batch(tf.placeholder(tf.float32, [None, 3]), 2)
    assert unknown.shape.as_list() == [None, 3]
    with pytest.raises(ValueError, match="t must have statically known rank"):
        SEQ.tile_batch(tf.placeholder(tf.float32), 2)
    with pytest.raises(ValueError, match="it is a scalar"):
        SEQ.tile_batch(tf.constant(1.0), 2)


def test_gather_tree_goes_back_from_the_last_step():
    # One sequence, three beams; read from the end, by the parents.
    ids = [[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]], [[-1, -1, -1]]]
    parents = [[[0, 0, 0]], [[0, 1, 1]], [[2, 1, 2]], [[-1, -1, -1]]]
    paths = run(SEQ.gather_tree(ids, parents, [3], 10))
    assert paths[:, 0].T.tolist() == [[2, 6, 7, 10], [2, 5, 8, 10], [2, 6, 9, 10]]


def test_gather_tree_stops_at_the_first_end():
    ids = [[[1, 2]], [[10, 5]], [[3, 10]], [[4, 6]]]
    parents = [[[0, 1]]] * 4
    paths = run(SEQ.gather_tree(ids, parents, [4], 10))
    assert paths[:, 0].T.tolist() == [[1, 10, 10, 10], [2, 5, 10, 10]]


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"start_tokens": 1}, ValueError, "start_tokens must be a vector"),
        ({"end_token": [0]}, ValueError, "end_token must be a scalar"),
        (
            {"output_layer": 5},
            TypeError,
            "output_layer must be a Layer, received: <class 'int'>",
        ),
        ({"cell": 5}, TypeError, "The argument 'cell' (5) is not an RNNCell: "),
    ],
)
def test_refuses(changes, error, words):
    arguments = {
        "cell": Chain(),
        "embedding": tf.eye(WORDS),
        "start_tokens": [1],
        "end_token": END,
        "initial_state": tf.zeros([2, 1]),
        "beam_width": 2,
    }
    with pytest.raises(error) as caught:
        SEQ.BeamSearchDecoder(**{**arguments, **changes})
    assert str(caught.value).startswith(words)
