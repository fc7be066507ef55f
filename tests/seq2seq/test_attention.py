"""Attention: scores by hand, masks, wrapped cells, learning where to look."""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf

SEQ = tf.contrib.seq2seq
RANDOM = np.random.RandomState(5)
MEMORY = RANDOM.randn(2, 4, 3).astype(np.float32)
QUERY = RANDOM.randn(2, 5).astype(np.float32)
LENGTHS = [4, 2]


def softmax(scores):
    e = np.exp(scores - scores.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def masked(memory):
    result = memory.copy()
    result[1, 2:] = 0
    return result


def run_all(fetches):
    """The fetches and all variables by name."""
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        values = {v.op.name: sess.run(v) for v in tf.global_variables()}
        return sess.run(fetches), values


@pytest.mark.parametrize("scale", [False, True])
def test_luong_scores_are_products(scale):
    mechanism = SEQ.LuongAttention(5, MEMORY, LENGTHS, scale=scale)
    zero = mechanism.initial_state(2, tf.float32)
    found, values = run_all(mechanism(tf.constant(QUERY), zero)[0])
    keys = masked(MEMORY) @ values["memory_layer/kernel"]
    scores = np.einsum("bpu,bu->bp", keys, QUERY)
    scores[1, 2:] = -np.inf
    np.testing.assert_allclose(found, softmax(scores), rtol=1e-4, atol=1e-6)
    assert found[1, 2:].tolist() == [0, 0]
    assert ("luong_attention/attention_g" in values) is scale


@pytest.mark.parametrize("normalize", [False, True])
def test_bahdanau_scores_are_a_network(normalize):
    mechanism = SEQ.BahdanauAttention(6, MEMORY, normalize=normalize)
    zero = mechanism.initial_state(2, tf.float32)
    found, values = run_all(mechanism(tf.constant(QUERY), zero)[0])
    keys = MEMORY @ values["memory_layer/kernel"]
    query = QUERY @ values["bahdanau_attention/query_layer/kernel"]
    v = values["bahdanau_attention/attention_v"]
    if normalize:
        v = v / np.linalg.norm(v) * values["bahdanau_attention/attention_g"]
        assert values["bahdanau_attention/attention_b"].tolist() == [0] * 6
    scores = (v * np.tanh(keys + query[:, None])).sum(-1)
    np.testing.assert_allclose(found, softmax(scores), rtol=1e-4, atol=1e-6)


def test_luong_needs_queries_of_its_depth():
    mechanism = SEQ.LuongAttention(4, MEMORY)
    with pytest.raises(ValueError, match="Incompatible or unknown inner dimensions"):
        mechanism(tf.constant(QUERY), None)


def test_lengths_must_be_positive():
    mechanism = SEQ.LuongAttention(5, MEMORY, tf.placeholder_with_default([4, 0], [2]))
    alignments, _ = mechanism(tf.constant(QUERY), None)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match="All values in memory_sequence_length must greater than zero.",
    ):
        run_all(alignments)


def test_memory_of_unknown_depth_is_refused():
    memory = tf.placeholder(tf.float32, [2, 4, None])
    with pytest.raises(ValueError, match="to have fully defined inner dims, but saw"):
        SEQ.LuongAttention(5, memory)


def test_probability_function_and_mask_value():
    mechanism = SEQ.LuongAttention(
        5, MEMORY, LENGTHS, probability_fn=tf.identity, score_mask_value=-7.0
    )
    found, _ = run_all(mechanism(tf.constant(QUERY), None)[0])
    assert found[1, 2:].tolist() == [-7, -7]


# -- AttentionWrapper ----------------------------------------------------------------------


def wrapped(**options):
    cell = tf.nn.rnn_cell.GRUCell(5)
    mechanism = SEQ.LuongAttention(5, MEMORY, LENGTHS)
    return SEQ.AttentionWrapper(cell, mechanism, **options)


def test_a_step_by_hand():
    cell = wrapped(attention_layer_size=7)
    x = tf.ones([2, 2])
    (attention, state), v = run_all(cell(x, cell.zero_state(2, tf.float32)))
    query = state.cell_state
    keys = masked(MEMORY) @ v["memory_layer/kernel"]
    scores = np.einsum("bpu,bu->bp", keys, query)
    scores[1, 2:] = -np.inf
    context = np.einsum("bp,bpd->bd", softmax(scores), masked(MEMORY))
    expected = np.concatenate([query, context], 1)
    expected = expected @ v["attention_wrapper/attention_layer/kernel"]
    np.testing.assert_allclose(attention, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(state.attention, attention)
    np.testing.assert_allclose(state.alignments, softmax(scores), rtol=1e-4, atol=1e-6)
    assert state.time == 1
    # The cell sees the input and what was looked at last.
    assert v["attention_wrapper/gru_cell/gates/kernel"].shape == (2 + 7 + 5, 10)


def test_sizes():
    cell = wrapped(attention_layer_size=7)
    assert cell.output_size == 7
    assert cell.state_size.attention == 7
    assert cell.state_size.cell_state == 5
    assert cell.state_size.alignments == 4
    assert wrapped().output_size == 3
    assert wrapped(output_attention=False).output_size == 5
    layered = wrapped(attention_layer=tf.layers.Dense(9))
    assert layered.output_size == 9


def test_several_mechanisms_and_histories():
    mechanisms = [SEQ.LuongAttention(5, MEMORY), SEQ.BahdanauAttention(4, MEMORY)]
    cell = SEQ.AttentionWrapper(
        tf.nn.rnn_cell.GRUCell(5),
        mechanisms,
        attention_layer_size=[2, 3],
        alignment_history=True,
    )
    helper = SEQ.TrainingHelper(tf.ones([2, 3, 2]), [3, 3])
    decoder = SEQ.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32))
    outputs, state, _ = SEQ.dynamic_decode(decoder)
    history = [array.stack() for array in state.alignment_history]
    (made, seen), values = run_all([outputs.rnn_output, history])
    assert made.shape == (2, 3, 5)
    for alignments in seen:
        assert alignments.shape == (3, 2, 4)
        np.testing.assert_allclose(alignments.sum(-1), 1, rtol=1e-5)
    assert "decoder/attention_wrapper/attention_layer_1/kernel" in values


def test_initial_cell_state_and_clone():
    first = tf.ones([2, 5])
    cell = wrapped(initial_cell_state=first)
    state = cell.zero_state(2, tf.float32)
    other = state.clone(cell_state=tf.zeros([2, 5]))
    (a, b), _ = run_all([state.cell_state, other.cell_state])
    assert a.min() == 1
    assert b.max() == 0


def test_unknown_batch_and_length():
    memory = tf.placeholder(tf.float32, [None, None, 3])
    cell = SEQ.AttentionWrapper(
        tf.nn.rnn_cell.GRUCell(5), SEQ.LuongAttention(5, memory)
    )
    size = tf.shape(memory)[0]
    y, _ = cell(tf.ones([2, 2]), cell.zero_state(size, tf.float32))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(y, {memory: MEMORY}).shape == (2, 3)


def test_another_batch_than_the_memory_is_refused():
    cell = wrapped()
    with pytest.raises(tf.errors.InvalidArgumentError, match="tile_batch function"):
        cell.zero_state(3, tf.float32)
    size = tf.placeholder_with_default(3, [])
    state = cell.zero_state(size, tf.float32)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Non-matching batch sizes"
    ):
        run_all(state.cell_state)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"cell_input_fn": 5},
            TypeError,
            "cell_input_fn must be callable, saw type: <class 'int'>",
        ),
        (
            {"attention_layer_size": [1, 2]},
            ValueError,
            "If provided, attention_layer_size must contain exactly one integer per "
            "attention_mechanism, saw: 2 vs 1",
        ),
        (
            {"attention_layer_size": 1, "attention_layer": tf.layers.Dense(1)},
            ValueError,
            "Only one of attention_layer_size and attention_layer should be set",
        ),
    ],
)
def test_wrapper_refuses(options, error, words):
    with pytest.raises(error) as caught:
        wrapped(**options)
    assert str(caught.value) == words


def test_wrapper_refuses_other_mechanisms_and_states():
    with pytest.raises(TypeError, match="must contain only instances of AttentionMech"):
        SEQ.AttentionWrapper(tf.nn.rnn_cell.GRUCell(5), 5)
    with pytest.raises(TypeError, match="Expected state to be instance of AttentionWr"):
        wrapped()(tf.ones([2, 2]), tf.zeros([2, 5]))


def test_learns_where_to_look():
    # The answer is the vector at the place that the question names.
    places, depth = 5, 4
    random = np.random.RandomState(2)
    memory = random.randn(64, places, depth).astype(np.float32)
    keys = np.broadcast_to(np.eye(places, dtype=np.float32), (64, places, places))
    where = random.randint(0, places, 64)
    cell = SEQ.AttentionWrapper(
        tf.nn.rnn_cell.GRUCell(16),
        SEQ.LuongAttention(16, np.concatenate([memory, keys], 2)),
    )
    question = tf.one_hot(where, places)
    y, state = cell(question, cell.zero_state(64, tf.float32))
    loss = -tf.reduce_mean(
        tf.log(tf.reduce_sum(state.alignments * tf.one_hot(where, places), 1))
    )
    train = tf.train.AdamOptimizer(0.05).minimize(loss)
    tf.set_random_seed(1)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(100):
            sess.run(train)
        found = sess.run(y)[:, :depth]
    np.testing.assert_allclose(found, memory[np.arange(64), where], atol=0.3)
