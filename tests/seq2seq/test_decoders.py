"""Decoders and helpers: shapes, ends of sequences, learning to copy."""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf

WORDS, DEPTH, UNITS, END = 6, 5, 16, 0


def started():
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess


def given(batch=2, steps=4):
    values = np.random.RandomState(0).randn(batch, steps, 3).astype(np.float32)
    return tf.constant(values)


def decoder(helper, cell=None, layer=True, batch=2):
    cell = cell or tf.nn.rnn_cell.GRUCell(UNITS)
    output = tf.layers.Dense(WORDS) if layer else None
    return tf.contrib.seq2seq.BasicDecoder(
        cell, helper, cell.zero_state(batch, tf.float32), output
    )


# -- TrainingHelper ----------------------------------------------------------------------


def test_training_runs_until_the_longest_sequence_is_over():
    helper = tf.contrib.seq2seq.TrainingHelper(given(), [3, 1])
    outputs, state, lengths = tf.contrib.seq2seq.dynamic_decode(decoder(helper))
    assert outputs.rnn_output.shape.as_list() == [2, None, WORDS]
    assert outputs.sample_id.shape.as_list() == [2, None]
    with started() as sess:
        made, last, n = sess.run([outputs, state, lengths])
    assert made.rnn_output.shape == (2, 3, WORDS)
    assert made.sample_id.tolist() == made.rnn_output.argmax(-1).tolist()
    assert last.shape == (2, UNITS)
    assert n.tolist() == [3, 1]


def test_training_gives_what_dynamic_rnn_gives():
    x, lengths = given(), [4, 2]
    cell = tf.nn.rnn_cell.GRUCell(UNITS)
    helper = tf.contrib.seq2seq.TrainingHelper(x, lengths)
    with tf.variable_scope("net"):
        outputs, state, _ = tf.contrib.seq2seq.dynamic_decode(
            decoder(helper, cell, layer=False), impute_finished=True
        )
        expected, last = tf.nn.dynamic_rnn(cell, x, lengths, dtype=tf.float32)
    with started() as sess:
        found = sess.run([outputs.rnn_output, state, expected, last])
    np.testing.assert_allclose(found[0], found[2], rtol=1e-6)
    np.testing.assert_allclose(found[1], found[3], rtol=1e-6)


def test_time_major_in_and_out():
    helper = tf.contrib.seq2seq.TrainingHelper(
        tf.transpose(given(), [1, 0, 2]), [3, 1], time_major=True
    )
    outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(
        decoder(helper), output_time_major=True
    )
    with started() as sess:
        assert sess.run(outputs.rnn_output).shape == (3, 2, WORDS)


def test_sequences_of_no_length_end_at_once():
    helper = tf.contrib.seq2seq.TrainingHelper(given(), [0, 0])
    outputs, _, lengths = tf.contrib.seq2seq.dynamic_decode(decoder(helper))
    with started() as sess:
        made, n = sess.run([outputs.rnn_output, lengths])
    assert made.shape == (2, 0, WORDS)
    assert n.tolist() == [0, 0]


def test_maximum_iterations():
    helper = tf.contrib.seq2seq.TrainingHelper(given(), [4, 1])
    outputs, _, lengths = tf.contrib.seq2seq.dynamic_decode(
        decoder(helper), maximum_iterations=tf.constant(2)
    )
    with started() as sess:
        made, n = sess.run([outputs.rnn_output, lengths])
    assert made.shape == (2, 2, WORDS)
    assert n.tolist() == [2, 1]


def test_variables_are_in_the_scope_decoder():
    helper = tf.contrib.seq2seq.TrainingHelper(given(), [3, 1])
    tf.contrib.seq2seq.dynamic_decode(decoder(helper))
    assert sorted(v.op.name for v in tf.trainable_variables()) == [
        "decoder/dense/bias",
        "decoder/dense/kernel",
        "decoder/gru_cell/candidate/bias",
        "decoder/gru_cell/candidate/kernel",
        "decoder/gru_cell/gates/bias",
        "decoder/gru_cell/gates/kernel",
    ]


# -- helpers that feed back ----------------------------------------------------------------


class Counter(tf.nn.rnn_cell.RNNCell):
    """Gives logits for the word after the one it gets."""

    state_size = 1
    output_size = WORDS

    def call(self, inputs, state):
        return 9.0 * tf.manip.roll(inputs, shift=1, axis=1), state + 1


def counting(helper):
    cell = Counter()
    return tf.contrib.seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32))


def test_greedy_feeds_the_likeliest_word_back():
    helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(tf.eye(WORDS), [1, 3], END)
    outputs, state, lengths = tf.contrib.seq2seq.dynamic_decode(
        counting(helper), impute_finished=True
    )
    with started() as sess:
        ids, n, steps = sess.run([outputs.sample_id, lengths, state])
    assert ids.tolist() == [[2, 3, 4, 5, 0], [4, 5, 0, 0, 0]]
    assert n.tolist() == [5, 3]
    assert steps.tolist() == [[5], [3]]


def test_embedding_may_be_a_function():
    helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(
        lambda ids: tf.one_hot(ids, WORDS), [1, 3], END
    )
    outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(counting(helper))
    with started() as sess:
        assert sess.run(outputs.sample_id)[0].tolist() == [2, 3, 4, 5, 0]


def test_sampling_follows_the_logits():
    # Differences of 9 / 0.01 leave no choice; at a high temperature anything comes.
    cold, warm = (
        tf.contrib.seq2seq.SampleEmbeddingHelper(
            tf.eye(WORDS), [1, 3], END, softmax_temperature=t, seed=4
        )
        for t in (0.01, 1000.0)
    )
    sure, _, _ = tf.contrib.seq2seq.dynamic_decode(counting(cold), scope="cold")
    loose, _, _ = tf.contrib.seq2seq.dynamic_decode(
        counting(warm), maximum_iterations=60, scope="warm"
    )
    with started() as sess:
        assert sess.run(sure.sample_id)[0].tolist() == [2, 3, 4, 5, 0]
        drawn = sess.run(loose.sample_id)
    assert len(set(drawn.reshape(-1).tolist())) == WORDS


def test_inference_helper_feeds_outputs_back():
    helper = tf.contrib.seq2seq.InferenceHelper(
        sample_fn=lambda outputs: outputs,
        sample_shape=tf.TensorShape([WORDS]),
        sample_dtype=tf.float32,
        start_inputs=tf.one_hot([1, 3], WORDS),
        end_fn=lambda sample: sample[:, 0] > 0,
        next_inputs_fn=lambda sample: sample / 9.0,
    )
    outputs, _, lengths = tf.contrib.seq2seq.dynamic_decode(counting(helper))
    with started() as sess:
        made, n = sess.run([outputs.sample_id, lengths])
    assert made[0].argmax(-1).tolist() == [2, 3, 4, 5, 0]
    assert n.tolist() == [5, 3]


def test_custom_helper():
    helper = tf.contrib.seq2seq.CustomHelper(
        initialize_fn=lambda: (tf.constant([False, False]), tf.one_hot([1, 3], WORDS)),
        sample_fn=lambda time, outputs, state: tf.cast(
            tf.argmax(outputs, -1), tf.int32
        ),
        next_inputs_fn=lambda time, outputs, state, sample_ids: (
            tf.equal(sample_ids, END),
            tf.one_hot(sample_ids, WORDS),
            state,
        ),
    )
    with pytest.raises(ValueError, match="before initialize was called"):
        helper.batch_size  # noqa: B018 - a property that raises
    helper.initialize()
    outputs, _, lengths = tf.contrib.seq2seq.dynamic_decode(counting(helper))
    with started() as sess:
        ids, n = sess.run([outputs.sample_id, lengths])
    assert ids[0].tolist() == [2, 3, 4, 5, 0]
    assert n.tolist() == [5, 3]


@pytest.mark.parametrize(("probability", "fed"), [(0.0, False), (1.0, True)])
def test_scheduled_embedding_feeds_words_back_or_not(probability, fed):
    given_words = tf.one_hot([[1, 1, 1], [3, 3, 3]], WORDS)
    helper = tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper(
        given_words, [3, 3], tf.eye(WORDS) * 100.0, probability, seed=1
    )
    cell = Counter()
    state = cell.zero_state(2, tf.float32)
    outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(
        tf.contrib.seq2seq.BasicDecoder(cell, helper, state)
    )
    with started() as sess:
        made, ids = sess.run([outputs.rnn_output, outputs.sample_id])
    best = made.argmax(-1).tolist()
    if fed:
        # What comes next counts up from what was drawn.
        assert (made[:, 1:].argmax(-1) == (ids[:, :-1] + 1) % WORDS).all()
    else:
        assert best == [[2, 2, 2], [4, 4, 4]]
        assert (ids == -1).all()


@pytest.mark.parametrize(("probability", "fed"), [(0.0, False), (1.0, True)])
def test_scheduled_output_feeds_outputs_back_or_not(probability, fed):
    given_words = tf.one_hot([[1, 1, 1], [3, 3, 3]], WORDS)
    helper = tf.contrib.seq2seq.ScheduledOutputTrainingHelper(
        given_words, [3, 3], probability
    )
    outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(counting(helper))
    with started() as sess:
        made = sess.run(outputs.rnn_output).argmax(-1).tolist()
    assert made == ([[2, 3, 4], [4, 5, 0]] if fed else [[2, 2, 2], [4, 4, 4]])


# -- learning ------------------------------------------------------------------------------


def test_learns_to_copy_and_then_says_it_by_itself():
    random = np.random.RandomState(1)
    words = random.randint(2, WORDS, (32, 3))
    targets = np.concatenate([words, np.full((32, 1), END)], 1).astype(np.int32)
    inputs = np.concatenate([np.ones((32, 1)), words], 1).astype(np.int32)
    source = tf.one_hot(words, WORDS)
    embedding = tf.get_variable("embedding", [WORDS, 8])
    _, code = tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.GRUCell(48), source, dtype=tf.float32, scope="encoder"
    )
    cell, layer = tf.nn.rnn_cell.GRUCell(48), tf.layers.Dense(WORDS)
    embedded = tf.nn.embedding_lookup(embedding, inputs)
    teacher = tf.contrib.seq2seq.TrainingHelper(embedded, [4] * 32)
    taught, _, _ = tf.contrib.seq2seq.dynamic_decode(
        tf.contrib.seq2seq.BasicDecoder(cell, teacher, code, layer)
    )
    loss = tf.contrib.seq2seq.sequence_loss(
        taught.rnn_output, targets, tf.ones([32, 4])
    )
    train = tf.train.AdamOptimizer(0.02).minimize(loss)
    alone = tf.contrib.seq2seq.GreedyEmbeddingHelper(embedding, [1] * 32, END)
    spoken, _, _ = tf.contrib.seq2seq.dynamic_decode(
        tf.contrib.seq2seq.BasicDecoder(cell, alone, code, layer),
        maximum_iterations=4,
    )
    tf.set_random_seed(2)
    with started() as sess:
        for _ in range(120):
            sess.run(train)
        ids = sess.run(spoken.sample_id)
    assert np.mean(ids == targets) > 0.95


# -- errors --------------------------------------------------------------------------------

SEQ = tf.contrib.seq2seq


@pytest.mark.parametrize(
    ("build", "error", "words"),
    [
        (
            lambda: SEQ.dynamic_decode(5),
            TypeError,
            "Expected decoder to be type Decoder, but saw: <class 'int'>",
        ),
        (
            lambda: SEQ.dynamic_decode(
                decoder(SEQ.TrainingHelper(given(), [1, 1])), maximum_iterations=[1]
            ),
            ValueError,
            "maximum_iterations must be a scalar",
        ),
        (
            lambda: SEQ.TrainingHelper(given(), 3),
            ValueError,
            "Expected sequence_length to be a vector, but received shape: ()",
        ),
        (
            lambda: SEQ.GreedyEmbeddingHelper(tf.eye(3), 1, 0),
            ValueError,
            "start_tokens must be a vector",
        ),
        (
            lambda: SEQ.GreedyEmbeddingHelper(tf.eye(3), [1], [0]),
            ValueError,
            "end_token must be a scalar",
        ),
        (
            lambda: SEQ.BasicDecoder(Counter(), 5, None),
            TypeError,
            "helper must be a Helper, received: <class 'int'>",
        ),
        (
            lambda: SEQ.BasicDecoder(5, 5, None),
            TypeError,
            "The argument 'cell' (5) is not an RNNCell: 'output_size' property is "
            "missing, 'state_size' property is missing, either 'zero_state' or "
            "'get_initial_state' method is required, is not callable.",
        ),
        (
            lambda: SEQ.BasicDecoder(
                Counter(), SEQ.TrainingHelper(given(), [1, 1]), None, 5
            ),
            TypeError,
            "output_layer must be a Layer, received: <class 'int'>",
        ),
        (
            lambda: SEQ.ScheduledOutputTrainingHelper(given(), [1, 1], [[0.5]]),
            ValueError,
            "sampling_probability must be either a scalar or a vector. saw shape: "
            "(1, 1)",
        ),
    ],
)
def test_refuses(build, error, words):
    with pytest.raises(error) as caught:
        build()
    assert words in str(caught.value)
