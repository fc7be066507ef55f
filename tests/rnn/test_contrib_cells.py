"""The cells of tf.contrib.rnn: variables, shapes, values by hand."""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf

RNN = tf.contrib.rnn
X = np.random.RandomState(0).randn(2, 3).astype(np.float32)


def run(fetches):
    """The fetches and all variables by name."""
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        values = {v.op.name: sess.run(v) for v in tf.global_variables()}
        return sess.run(fetches), values


def step(cell, x=X):
    return cell(tf.constant(x), cell.zero_state(len(x), tf.float32))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_the_common_cells_are_those_of_tf_nn():
    for name in tf.nn.rnn_cell.__all__:
        assert getattr(RNN, name) is getattr(tf.nn.rnn_cell, name)
    assert RNN.static_rnn is tf.nn.static_rnn


def test_embedding_wrapper():
    cell = RNN.EmbeddingWrapper(RNN.GRUCell(4), 6, 5)
    y, _ = step(cell, np.array([1, 5]))
    made, values = run(y)
    assert made.shape == (2, 4)
    embedding = values["embedding_wrapper/embedding"]
    assert embedding.shape == (6, 5)
    assert np.abs(embedding).max() <= np.sqrt(3)
    assert values["embedding_wrapper/gru_cell/gates/kernel"].shape == (9, 8)
    assert len(cell.trainable_weights) == 5


def test_projections():
    class Same(RNN.RNNCell):
        state_size = output_size = 4

        def call(self, inputs, state):
            return inputs, state

    cell = RNN.OutputProjectionWrapper(
        RNN.InputProjectionWrapper(Same(), 4, activation=tf.nn.relu), 2
    )
    y, _ = step(cell)
    made, v = run(y)
    top = "output_projection_wrapper"
    inner = f"{top}/input_projection_wrapper"
    hidden = np.maximum(X @ v[f"{inner}/kernel"] + v[f"{inner}/bias"], 0)
    expected = hidden @ v[f"{top}/kernel"] + v[f"{top}/bias"]
    np.testing.assert_allclose(made, expected, rtol=1e-5)
    assert cell.output_size == 2


@pytest.mark.parametrize("couples", [True, False])
def test_highway(couples):
    cell = RNN.HighwayWrapper(RNN.BasicRNNCell(3), couples, carry_bias_init=0.5)
    y, state = step(cell)
    (made, inner), v = run([y, state])
    carry = sigmoid(X @ v["highway_wrapper/carry_w"] + 0.5)
    transform = 1 - carry
    if not couples:
        transform = sigmoid(X @ v["highway_wrapper/transform_w"] - 0.5)
    np.testing.assert_allclose(made, X * carry + inner * transform, rtol=1e-5)


def test_layer_normalization():
    cell = RNN.LayerNormBasicLSTMCell(4, forget_bias=0.3)
    y, state = step(cell)
    (h, new), v = run([y, state])
    top = "layer_norm_basic_lstm_cell"
    assert sorted({n.split("/")[1] for n in v}) == [
        "forget", "input", "kernel", "output", "state", "transform",
    ]  # fmt: skip

    def norm(x):
        return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)

    both = np.concatenate([X, np.zeros((2, 4))], 1)
    i, j, _, o = (norm(g) for g in np.split(both @ v[f"{top}/kernel"], 4, 1))
    c = norm(sigmoid(i) * np.tanh(j))
    np.testing.assert_allclose(new.c, c, rtol=1e-4)
    np.testing.assert_allclose(h, np.tanh(c) * sigmoid(o), rtol=1e-4)


def test_without_normalization_it_is_basic_lstm():
    plain = RNN.LayerNormBasicLSTMCell(4, layer_norm=False)
    with tf.variable_scope("net", initializer=tf.constant_initializer(0.1)):
        a, _ = step(plain)
        b, _ = step(RNN.BasicLSTMCell(4))
    (x, y), v = run([a, b])
    np.testing.assert_allclose(x, y, rtol=1e-6)
    assert "net/layer_norm_basic_lstm_cell/bias" in v


def test_recurrent_dropout_leaves_what_is_remembered():
    cell = RNN.LayerNormBasicLSTMCell(
        200, layer_norm=False, dropout_keep_prob=0.5, dropout_prob_seed=3
    )
    state = RNN.LSTMStateTuple(tf.ones([2, 200]), tf.zeros([2, 200]))
    with tf.variable_scope("net", initializer=tf.constant_initializer(0.1)):
        _, new = cell(tf.constant(X), state)
    c = run(new.c)[0]
    # All units are alike, so each row has two values: with and without new input.
    both = np.concatenate([X, np.zeros((2, 200))], 1)
    gate = both.sum(1) * np.float32(0.1)
    for row, g in zip(c, gate, strict=True):
        kept = sigmoid(g + 1)
        options = [kept, kept + 2 * sigmoid(g) * np.tanh(g)]
        near = [np.isclose(row, option, rtol=1e-4) for option in options]
        assert (near[0] | near[1]).all()
        assert 60 < near[0].sum() < 140


def test_ugrnn():
    y, _ = step(RNN.UGRNNCell(4))
    made, v = run(y)
    both = np.concatenate([X, np.zeros((2, 4))], 1)
    gate, candidate = np.split(
        both @ v["ugrnn_cell/kernel"] + v["ugrnn_cell/bias"], 2, 1
    )
    expected = (1 - sigmoid(gate + 1)) * np.tanh(candidate)
    np.testing.assert_allclose(made, expected, rtol=1e-5)


def test_block_cell_is_lstm_with_its_names():
    y, _ = step(RNN.LSTMBlockCell(4, forget_bias=0.2, use_peephole=True))
    made, v = run(y)
    assert sorted(v) == [
        f"lstm_cell/{n}" for n in ("bias", "kernel", "w_f_diag", "w_i_diag", "w_o_diag")
    ]
    assert made.shape == (2, 4)


@pytest.mark.parametrize("as_tuple", [True, False])
def test_attention_over_the_last_outputs(as_tuple):
    cell = RNN.AttentionCellWrapper(
        RNN.GRUCell(4), attn_length=3, attn_vec_size=5, state_is_tuple=as_tuple
    )
    assert cell.state_size == ((4, 4, 12) if as_tuple else 20)
    y, state = tf.nn.dynamic_rnn(cell, tf.ones([2, 6, 3]), dtype=tf.float32)
    (made, last), v = run([y, state])
    assert made.shape == (2, 6, 4)
    # The state ends with the last three outputs.
    outputs = last[2] if as_tuple else last[:, 8:]
    np.testing.assert_allclose(outputs.reshape(2, 3, 4), made[:, 3:], rtol=1e-5)
    top = "rnn/attention_cell_wrapper"
    assert v[f"{top}/attention/attn_w"].shape == (1, 1, 4, 5)
    assert v[f"{top}/attn_output_projection/kernel"].shape == (8, 4)
    assert v[f"{top}/kernel"].shape == (7, 3)


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (RNN.Conv1DLSTMCell, (5,)),
        (RNN.Conv2DLSTMCell, (5, 4)),
        (RNN.Conv3DLSTMCell, (3, 4, 2)),
    ],
)
@pytest.mark.parametrize("skips", [False, True])
def test_convolutional_cells(make, shape, skips):
    cell = make(
        input_shape=[*shape, 2],
        output_channels=3,
        kernel_shape=[3] * len(shape),
        skip_connection=skips,
    )
    x = tf.ones([2, 4, *shape, 2])
    y, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    (made, last), v = run([y, state])
    assert made.shape == (2, 4, *shape, 5 if skips else 3)
    assert last.c.shape == (2, *shape, 3)
    np.testing.assert_allclose(last.h, made[:, -1, ..., :3], rtol=1e-6)
    (kernel,) = (n for n in v if n.endswith("kernel"))
    assert kernel == f"rnn/conv_{len(shape)}d_lstm_cell/kernel"
    assert v[kernel].shape == (*[3] * len(shape), 5, 12)


def test_networks_on_top_of_each_other():
    def cells():
        return [RNN.GRUCell(4), RNN.GRUCell(3)]

    x = tf.ones([2, 5, 3])
    y, fw, bw = RNN.stack_bidirectional_dynamic_rnn(
        cells(), cells(), x, sequence_length=[5, 2], dtype=tf.float32
    )
    ys, _, _ = RNN.stack_bidirectional_rnn(
        cells(), cells(), tf.unstack(x, axis=1), dtype=tf.float32, scope="static",
        initial_states_fw=[tf.ones([2, 4]), tf.ones([2, 3])],
    )  # fmt: skip
    (made, states, steps), v = run([y, [fw, bw], ys])
    assert made.shape == (2, 5, 6)
    assert (made[1, 2:] == 0).all()
    assert [s.shape for s in states[0]] == [(2, 4), (2, 3)]
    np.testing.assert_allclose(states[0][1][0], made[0, -1, :3], rtol=1e-6)
    assert np.shape(steps) == (5, 2, 6)
    top = "stack_bidirectional_rnn/cell_1/bidirectional_rnn/bw/gru_cell"
    assert v[f"{top}/gates/kernel"].shape == (11, 6)


def test_whole_networks():
    x = tf.constant(np.random.RandomState(1).randn(4, 2, 3).astype(np.float32))
    cell = RNN.LSTMBlockFusedCell(5)
    y, state = cell(x, sequence_length=[4, 2])
    ys, _ = cell(tf.unstack(x))
    (whole, last, steps), v = run([y, state, ys])
    assert sorted(v) == ["lstm_fused_cell/bias", "lstm_fused_cell/kernel"]
    assert cell.num_units == 5
    assert whole.shape == (4, 2, 5)
    assert (whole[2:, 1] == 0).all()
    np.testing.assert_allclose(last.h[0], whole[-1, 0], rtol=1e-6)
    np.testing.assert_allclose(np.array(steps)[:, 0], whole[:, 0], rtol=1e-6)


@pytest.mark.parametrize("lengths", [None, [4, 2]])
@pytest.mark.parametrize("dynamic", [False, True])
def test_networks_that_run_backwards(dynamic, lengths):
    x = tf.constant(np.random.RandomState(1).randn(4, 2, 3).astype(np.float32))
    cell = RNN.GRUCell(5)
    backward = RNN.TimeReversedFusedRNN(RNN.FusedRNNCellAdaptor(cell, dynamic))
    y, state = backward(x, dtype=tf.float32, sequence_length=lengths)
    ys, _ = backward(
        tf.unstack(x), dtype=tf.float32, sequence_length=lengths, scope="again"
    )
    expected, last = tf.nn.dynamic_rnn(
        cell,
        tf.reverse_sequence(x, lengths or [4, 4], seq_axis=0, batch_axis=1),
        lengths,
        dtype=tf.float32,
        time_major=True,
    )
    found, _ = run([y, tf.stack(ys), state, expected, last])
    turned = found[3].copy()
    for b, n in enumerate(lengths or [4, 4]):
        turned[:n, b] = found[3][:n, b][::-1]
    np.testing.assert_allclose(found[0], turned, rtol=1e-5)
    np.testing.assert_allclose(found[1], turned, rtol=1e-5)
    np.testing.assert_allclose(found[2], found[4], rtol=1e-5)


def test_batch_and_time_are_exchanged():
    assert RNN.transpose_batch_time(tf.zeros([2, 3, 4])).shape.as_list() == [3, 2, 4]
    with pytest.raises(ValueError, match="to have rank at least 2, but saw shape"):
        RNN.transpose_batch_time(tf.zeros([2]))


REFUSED = {
    "classes": (
        lambda: RNN.EmbeddingWrapper(RNN.GRUCell(4), 0, 5),
        "Both embedding_classes and embedding_size must be > 0: 0, 5.",
    ),
    "output size": (
        lambda: RNN.OutputProjectionWrapper(RNN.GRUCell(4), 0),
        "Parameter output_size must be > 0: 0.",
    ),
    "attention length": (
        lambda: RNN.AttentionCellWrapper(RNN.GRUCell(4), 0),
        "attn_length should be greater than zero, got 0",
    ),
    "attention of a tuple": (
        lambda: RNN.AttentionCellWrapper(RNN.LSTMCell(4), 2, state_is_tuple=False),
        "Cell returns tuple of states, but the flag state_is_tuple is not set. State "
        "size is: LSTMStateTuple(c=4, h=4)",
    ),
    "image": (
        lambda: RNN.Conv2DLSTMCell(
            input_shape=[5, 2], output_channels=3, kernel_shape=[3, 3]
        ),
        "Invalid input_shape [5, 2] for conv_ndims=2.",
    ),
    "no layers": (
        lambda: RNN.stack_bidirectional_dynamic_rnn([], [], None),
        "Must specify at least one fw cell for BidirectionalRNN.",
    ),
    "layers no list": (
        lambda: RNN.stack_bidirectional_rnn(RNN.GRUCell(4), [RNN.GRUCell(4)], None),
        "cells_fw must be a list of RNNCells (one per layer).",
    ),
    "number of layers": (
        lambda: RNN.stack_bidirectional_rnn([RNN.GRUCell(4)] * 2, [RNN.GRUCell(4)], 0),
        "Forward and Backward cells must have the same depth.",
    ),
    "number of states": (
        lambda: RNN.stack_bidirectional_rnn([RNN.GRUCell(4)], [RNN.GRUCell(4)], 0, []),
        "initial_states_fw must be a list of state tensors (one per layer).",
    ),
    "state of no inputs": (
        lambda: RNN.InputProjectionWrapper(RNN.GRUCell(4), 2)(
            tf.placeholder(tf.float32, [2, None]), tf.zeros([2, 4])
        ),
        "linear expects shape[1] to be provided for shape (2, ?), but saw None",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case):
    build, words = REFUSED[case]
    with pytest.raises(ValueError) as caught:
        build()
    assert str(caught.value) == words
