"""Models made of lists of steps: shapes, variables, feeding back, learning."""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf

LEGACY = tf.contrib.legacy_seq2seq
WORDS = 6


def cell(units=5):
    return tf.nn.rnn_cell.GRUCell(units)


def steps(count=3, depth=4):
    random = np.random.RandomState(3)
    return [
        tf.constant(random.randn(2, depth).astype(np.float32)) for _ in range(count)
    ]


def words(count=3):
    random = np.random.RandomState(4)
    return [tf.constant(random.randint(0, WORDS, 2)) for _ in range(count)]


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


def names():
    return sorted(v.op.name for v in tf.trainable_variables())


def test_rnn_decoder_is_static_rnn():
    inputs = steps()
    state = tf.zeros([2, 5])
    unit = cell()
    made, last = LEGACY.rnn_decoder(inputs, state, unit)
    again, end = tf.nn.static_rnn(unit, inputs, initial_state=state)
    a, b, c, d = run([made, last, again, end])
    np.testing.assert_array_equal(a, c)
    np.testing.assert_array_equal(b, d)
    assert all(n.startswith("rnn_decoder/gru_cell/") for n in names())


def test_rnn_decoder_feeds_back():
    class Add(tf.nn.rnn_cell.RNNCell):
        state_size = output_size = 1

        def call(self, inputs, state):
            return inputs + 1, state

    made, _ = LEGACY.rnn_decoder(
        [tf.zeros([1, 1])] * 3,
        tf.zeros([1, 1]),
        Add(),
        loop_function=lambda previous, i: previous * 10 + i,
    )
    assert np.reshape(run(made), -1).tolist() == [1, 12, 123]


def test_basic_model_has_two_sets_of_weights():
    made, state = LEGACY.basic_rnn_seq2seq(steps(), steps(2), cell())
    outputs, last = run([made, state])
    assert [o.shape for o in outputs] == [(2, 5)] * 2
    assert last.shape == (2, 5)
    assert {n.split("/")[1] for n in names()} == {"rnn", "rnn_decoder"}


def test_tied_model_has_one_set_of_weights():
    made, _ = LEGACY.tied_rnn_seq2seq(steps(), steps(2), cell())
    assert [o.shape for o in run(made)] == [(2, 5)] * 2
    assert {"/".join(n.split("/")[:2]) for n in names()} == {
        "combined_tied_rnn_seq2seq/tied_rnn_seq2seq"
    }
    assert len(names()) == 4


MODELS = {
    "embedding_rnn": lambda **o: LEGACY.embedding_rnn_seq2seq(
        words(), words(4), cell(), WORDS, WORDS, 7, **o
    ),
    "embedding_tied": lambda **o: LEGACY.embedding_tied_rnn_seq2seq(
        words(), words(4), cell(), WORDS, 7, **o
    ),
    "embedding_attention": lambda **o: LEGACY.embedding_attention_seq2seq(
        words(), words(4), cell(), WORDS, WORDS, 7, **o
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_of_words_give_logits(name):
    made, state = MODELS[name]()
    outputs, last = run([made, state])
    assert [o.shape for o in outputs] == [(2, WORDS)] * 4
    assert last.shape == (2, 5)


@pytest.mark.parametrize("name", MODELS)
def test_an_output_projection_leaves_the_cell_alone(name):
    projection = (tf.zeros([5, WORDS]), tf.zeros([WORDS]))
    made, _ = MODELS[name](output_projection=projection, feed_previous=True)
    assert [o.shape for o in run(made)] == [(2, 5)] * 4


@pytest.mark.parametrize("name", MODELS)
def test_a_tensor_may_choose_what_is_fed(name):
    choice = tf.placeholder(tf.bool, [])
    made, state = MODELS[name](feed_previous=choice)
    count = len(tf.trainable_variables())
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        fed, given = (sess.run([made, state], {choice: c}) for c in (True, False))
    # The first step is the same, what follows is not.
    np.testing.assert_allclose(fed[0][0], given[0][0], rtol=1e-5)
    assert not np.allclose(fed[0][-1], given[0][-1])
    tf.reset_default_graph()
    MODELS[name]()
    assert len(tf.trainable_variables()) == count


def test_models_of_lstm_cells_keep_their_states():
    unit = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(5)] * 1)
    choice = tf.constant(True)
    _, state = LEGACY.embedding_rnn_seq2seq(
        words(), words(2), unit, WORDS, WORDS, 7, feed_previous=choice
    )
    assert isinstance(state[0], tf.nn.rnn_cell.LSTMStateTuple)
    assert run(state[0].c).shape == (2, 5)


def test_names_of_the_embedding_model():
    MODELS["embedding_rnn"]()
    top = "embedding_rnn_seq2seq"
    assert [n for n in names() if "gru" not in n] == [
        f"{top}/embedding_rnn_decoder/embedding",
        f"{top}/embedding_rnn_decoder/rnn_decoder/output_projection_wrapper/bias",
        f"{top}/embedding_rnn_decoder/rnn_decoder/output_projection_wrapper/kernel",
        f"{top}/rnn/embedding_wrapper/embedding",
    ]
    assert f"{top}/rnn/embedding_wrapper/gru_cell/gates/kernel" in names()


@pytest.mark.parametrize("first", [False, True])
def test_attention_decoder_by_hand(first):
    memory = np.random.RandomState(6).randn(2, 4, 3).astype(np.float32)
    inputs, state = steps(1), tf.ones([2, 5])
    made, last = LEGACY.attention_decoder(
        inputs, state, memory, cell(), output_size=2, initial_state_attention=first
    )
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found, end = sess.run([made[0], last])
        v = {
            n.op.name.removeprefix("attention_decoder/"): sess.run(n)
            for n in tf.global_variables()
        }

    def look(query):
        y = query @ v["Attention_0/kernel"] + v["Attention_0/bias"]
        features = memory @ v["AttnW_0"][0, 0]
        scores = (v["AttnV_0"] * np.tanh(features + y[:, None])).sum(-1)
        weights = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        return np.einsum("bp,bpd->bd", weights, memory)

    with tf.Session() as sess:
        step = sess.run(inputs[0])
    seen = look(np.ones((2, 5))) if first else np.zeros((2, 3))
    x = np.concatenate([step, seen], 1) @ v["kernel"] + v["bias"]
    assert v["gru_cell/gates/kernel"].shape == (x.shape[1] + 5, 10)
    expected = np.concatenate([end, look(end)], 1)
    expected = expected @ v["AttnOutputProjection/kernel"]
    expected = expected + v["AttnOutputProjection/bias"]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_several_heads():
    made, _ = LEGACY.attention_decoder(
        steps(), tf.zeros([2, 5]), tf.ones([2, 4, 3]), cell(), num_heads=2
    )
    assert run(made)[0].shape == (2, 5)
    assert "attention_decoder/AttnV_1" in names()


def test_one_encoder_for_many_decoders():
    outputs, states = LEGACY.one2many_rnn_seq2seq(
        words(),
        {"a": words(2), "b": words(4)},
        cell(),
        {"a": cell(), "b": cell()},
        WORDS,
        {"a": WORDS, "b": 8},
        7,
    )
    made = run(outputs)
    assert [o.shape for o in made["a"]] == [(2, WORDS)] * 2
    assert [o.shape for o in made["b"]] == [(2, 8)] * 4
    assert set(states) == {"a", "b"}


def test_attention_model_learns_to_reverse():
    random = np.random.RandomState(1)
    data = random.randint(1, WORDS, (64, 3))
    source = list(tf.unstack(tf.constant(data, tf.int32), axis=1))
    targets = source[::-1]
    inputs = [tf.zeros([64], tf.int32), *targets[:-1]]
    with tf.variable_scope("model") as scope:
        logits, _ = LEGACY.embedding_attention_seq2seq(
            source, inputs, cell(32), WORDS, WORDS, 8
        )
        scope.reuse_variables()
        spoken, _ = LEGACY.embedding_attention_seq2seq(
            source, inputs, cell(32), WORDS, WORDS, 8, feed_previous=True
        )
    loss = LEGACY.sequence_loss(logits, targets, [tf.ones([64])] * 3)
    train = tf.train.AdamOptimizer(0.02).minimize(loss)
    tf.set_random_seed(3)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(100):
            sess.run(train)
        said = np.argmax(sess.run(spoken), -1).T
    assert np.mean(said == data[:, ::-1]) > 0.95


@pytest.mark.parametrize(
    ("build", "error", "text"),
    [
        (
            lambda: LEGACY.attention_decoder([], None, tf.ones([2, 3, 4]), cell()),
            ValueError,
            "Must provide at least 1 input to attention decoder.",
        ),
        (
            lambda: LEGACY.attention_decoder(
                steps(), None, tf.ones([2, 3, 4]), cell(), num_heads=0
            ),
            ValueError,
            "With less than 1 heads, use a non-attention decoder.",
        ),
        (
            lambda: LEGACY.attention_decoder(
                steps(), None, tf.placeholder(tf.float32, [2, 3, None]), cell()
            ),
            ValueError,
            "Shape[2] of attention_states must be known: (2, 3, ?)",
        ),
        (
            lambda: LEGACY.embedding_rnn_decoder(
                words(), None, cell(), WORDS, 3, (tf.zeros([5, 2]), tf.zeros([2]))
            ),
            ValueError,
            "Shapes (5, 2) and (?, 6) are incompatible",
        ),
    ],
)
def test_refuses(build, error, text):
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text
