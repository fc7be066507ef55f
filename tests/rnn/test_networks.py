"""Networks: lengths, scopes, states, learning, error texts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import interactive_graphs as tf

CELLS = tf.nn.rnn_cell
X = np.random.RandomState(0).randn(2, 4, 3).astype(np.float32)


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


def test_past_its_end_a_sequence_gives_zeros_and_keeps_its_state():
    y, state = tf.nn.dynamic_rnn(CELLS.GRUCell(5), X, [4, 2], dtype=tf.float32)
    outputs, last = run([y, state])
    assert (outputs[1, 2:] == 0).all()
    np.testing.assert_array_equal(last[1], outputs[1, 1])
    np.testing.assert_array_equal(last[0], outputs[0, 3])


def test_static_and_dynamic_networks_agree():
    cell = CELLS.LSTMCell(5)
    with tf.variable_scope("net"):
        y, state = tf.nn.dynamic_rnn(cell, X, [4, 2], dtype=tf.float32)
        ys, end = tf.nn.static_rnn(
            cell, tf.unstack(X, axis=1), sequence_length=[4, 2], dtype=tf.float32
        )
    found = run([y, state, tf.stack(ys, 1), end])
    np.testing.assert_allclose(found[0], found[2], rtol=1e-6)
    np.testing.assert_allclose(found[1], found[3], rtol=1e-6)


def test_batch_and_steps_may_be_unknown():
    x = tf.placeholder(tf.float32, [None, None, 3])
    n = tf.placeholder(tf.int64, [None])
    y, state = tf.nn.dynamic_rnn(CELLS.BasicLSTMCell(5), x, n, dtype=tf.float32)
    assert y.shape.as_list() == [None, None, 5]
    (dx,) = tf.gradients(y, x)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for batch, steps in ((2, 4), (1, 2)):
            feeds = {x: X[:batch, :steps], n: [steps] * batch}
            outputs, grad, last = sess.run([y, dx, state], feeds)
            assert outputs.shape == (batch, steps, 5)
            assert grad.shape == (batch, steps, 3)
            assert last.h.shape == (batch, 5)


def test_the_state_may_have_scalars_and_the_output_a_structure():
    class Odd(CELLS.RNNCell):
        output_size = (3, 1)

        @property
        def state_size(self):
            return {"sum": 3, "steps": tf.TensorShape([])}

        def zero_state(self, batch_size, dtype):
            return {"sum": tf.zeros([batch_size, 3]), "steps": tf.constant(0.0)}

        def call(self, inputs, state):
            total = state["sum"] + inputs
            new_state = {"sum": total, "steps": state["steps"] + 1}
            return (total, tf.reduce_sum(inputs, 1, keepdims=True)), new_state

    (sums, totals), state = tf.nn.dynamic_rnn(Odd(), X, [4, 2], dtype=tf.float32)
    found = run([sums, totals, state])
    np.testing.assert_allclose(found[0][0], X[0].cumsum(0), rtol=1e-5)
    assert found[1].shape == (2, 4, 1)
    assert found[2]["steps"] == 4
    np.testing.assert_allclose(found[2]["sum"][1], X[1, :2].sum(0), rtol=1e-5)


def test_inputs_may_be_a_structure():
    class Sum(CELLS.RNNCell):
        state_size = output_size = 3

        def call(self, inputs, state):
            return inputs["a"] + inputs["b"], state

    y, _ = tf.nn.dynamic_rnn(Sum(), {"a": X, "b": -X}, dtype=tf.float32)
    assert run(y).tolist() == np.zeros((2, 4, 3)).tolist()


def test_scopes():
    tf.nn.dynamic_rnn(CELLS.GRUCell(5), X, dtype=tf.float32, scope="mine")
    tf.nn.static_rnn(CELLS.GRUCell(5), tf.unstack(X, axis=1), dtype=tf.float32)
    cells = [CELLS.BasicRNNCell(5) for _ in range(4)]
    tf.nn.bidirectional_dynamic_rnn(*cells[:2], X, dtype=tf.float32)
    tf.nn.static_bidirectional_rnn(
        *cells[2:], tf.unstack(X, axis=1), dtype=tf.float32, scope="both"
    )
    tops = {v.op.name.rsplit("/", 1)[0] for v in tf.global_variables()}
    assert tops == {
        "mine/gru_cell/gates",
        "mine/gru_cell/candidate",
        "rnn/gru_cell/gates",
        "rnn/gru_cell/candidate",
        "bidirectional_rnn/fw/basic_rnn_cell",
        "bidirectional_rnn/bw/basic_rnn_cell",
        "both/fw/basic_rnn_cell",
        "both/bw/basic_rnn_cell",
    }


def test_nodes_are_named_as_in_tensorflow_1():
    y, state = tf.nn.dynamic_rnn(CELLS.BasicLSTMCell(5), X, dtype=tf.float32)
    assert y.op.name == "rnn/transpose_1"
    assert state.c.op.name == "rnn/while/Exit_3"
    graph = tf.get_default_graph()
    graph.get_operation_by_name("rnn/while/basic_lstm_cell/MatMul")
    for name in (
        "rnn/TensorArray",
        "rnn/TensorArray_1",
        "rnn/TensorArrayUnstack/TensorArrayScatter/TensorArrayScatterV3",
        "rnn/while/TensorArrayReadV3",
        "rnn/while/basic_lstm_cell/Add_1",
        "rnn/while/basic_lstm_cell/Mul_2",
        "rnn/while/TensorArrayWrite/TensorArrayWriteV3",
        "rnn/TensorArrayStack/TensorArrayGatherV3",
    ):
        graph.get_operation_by_name(name)


class Saver:
    """Keeps states in variables."""

    def __init__(self):
        self.states = {}

    def state(self, name):
        self.states[name] = tf.get_variable(
            f"saved_{name}", [2, 5], initializer=tf.zeros_initializer(), trainable=False
        )
        return self.states[name]

    def save_state(self, name, value):
        return self.states[name].assign(value)


@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_states_are_saved_between_runs(kind):
    cell, names = (
        (CELLS.GRUCell(5), "h") if kind == "gru" else (CELLS.LSTMCell(5), ("c", "h"))
    )
    halves = [tf.unstack(X[:, i : i + 2], axis=1) for i in (0, 2)]
    x = [tf.placeholder(tf.float32, [2, 3]) for _ in range(2)]
    ys, _ = tf.nn.static_state_saving_rnn(cell, x, Saver(), names)
    whole, _ = tf.nn.static_rnn(cell, tf.unstack(X, axis=1), dtype=tf.float32)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        made = []
        for half in halves:
            made += sess.run(ys, dict(zip(x, sess.run(half), strict=True)))
        np.testing.assert_allclose(made, sess.run(whole), rtol=1e-5)


def test_raw_rnn_may_stop_by_itself():
    class Count(CELLS.RNNCell):
        state_size = output_size = 1

        def call(self, inputs, state):
            return state + inputs, state + inputs

    def loop_fn(time, output, state, loop_state):
        if output is None:
            start = tf.zeros([2, 1])
            return tf.constant([False, False]), tf.ones([2, 1]), start, None, None
        finished = output[:, 0] >= [3.0, 2.0]
        return finished, tf.ones([2, 1]), state, output, None

    outputs, state, loop_state = tf.nn.raw_rnn(Count(), loop_fn)
    assert loop_state is None
    made, last = run([outputs.stack(), state])
    assert made[..., 0].tolist() == [[1, 1], [2, 2], [3, 0]]
    assert last.tolist() == [[3], [2]]


def test_raw_rnn_emits_what_the_function_says():
    cell = CELLS.GRUCell(5)

    def loop_fn(time, output, state, loop_state):
        emit = tf.zeros([2], tf.int32) if output is None else tf.fill([2, 2], time)
        if output is None:
            state = cell.zero_state(2, tf.float32)
        kept = tf.zeros([1]) if loop_state is None else tf.concat([loop_state], 0) + 1
        return tf.fill([2], time >= 3), tf.zeros([2, 1]), state, emit, kept

    outputs, _, kept = tf.nn.raw_rnn(cell, loop_fn)
    made, last = run([outputs.stack(), kept])
    assert made.tolist() == [[[i, i]] * 2 for i in (1, 2, 3)]
    assert last.tolist() == [3]


def test_learns_to_add_up_the_signs():
    random = np.random.RandomState(3)
    signs = random.choice([-1.0, 1.0], (64, 6, 1)).astype(np.float32)
    target = (signs[..., 0].sum(1) > 0).astype(np.int64)
    _, state = tf.nn.dynamic_rnn(CELLS.LSTMCell(16), signs, dtype=tf.float32)
    logits = tf.layers.dense(state.h, 2)
    loss = tf.losses.sparse_softmax_cross_entropy(target, logits)
    train = tf.train.AdamOptimizer(0.02).minimize(loss)
    tf.set_random_seed(1)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(80):
            sess.run(train)
        found = sess.run(tf.argmax(logits, 1))
    assert np.mean(found == target) > 0.95


def test_a_network_travels_as_a_graph_def():
    x = tf.placeholder(tf.float32, [None, None, 3], name="x")
    y, _ = tf.nn.dynamic_rnn(
        CELLS.LSTMCell(5, initializer=tf.ones_initializer()), x, dtype=tf.float32
    )
    (dx,) = tf.gradients(y, x)
    names = [y.name, dx.name]
    expected = run([y, dx], {x: X})
    graph_def = tf.get_default_graph().as_graph_def()
    initializers = [v.initializer.name for v in tf.global_variables()]
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(graph_def, name="")
        sess.run(initializers)
        found = sess.run(names, {"x:0": X})
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


def test_a_network_can_be_traced_and_run_from_several_threads():
    x = tf.placeholder(tf.float32, [2, 4, 3])
    y, _ = tf.nn.dynamic_rnn(CELLS.GRUCell(5), x, dtype=tf.float32)
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())

        def outputs(i):
            return sess.run(y, {x: X * i})

        alone = [outputs(i) for i in range(8)]
        traced = sess.run(y, {x: X}, options, metadata)
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(outputs, range(8)))
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(traced, alone[1])
    (device,) = metadata.step_stats.dev_stats
    assert len(device.node_stats) > 4


def test_the_probability_of_dropout_may_be_fed():
    keep = tf.placeholder_with_default(1.0, [])
    cell = CELLS.DropoutWrapper(CELLS.GRUCell(50), output_keep_prob=keep, seed=1)
    y, _ = tf.nn.dynamic_rnn(cell, X, dtype=tf.float32)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert (sess.run(y) != 0).all()
        assert 0.3 < np.mean(sess.run(y, {keep: 0.5}) == 0) < 0.7


def test_states_are_fed_as_they_were_fetched():
    cell = CELLS.MultiRNNCell([CELLS.LSTMCell(5), CELLS.LSTMCell(5)])
    start = cell.zero_state(2, tf.float32)
    x = tf.placeholder(tf.float32, [2, None, 3])
    y, end = tf.nn.dynamic_rnn(cell, x, initial_state=start)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        whole = sess.run(y, {x: X})
        first, state = sess.run([y, end], {x: X[:, :2]})
        second = sess.run(y, {x: X[:, 2:], start: state})
    np.testing.assert_allclose(np.concatenate([first, second], 1), whole, rtol=1e-5)


REFUSED = {
    "no dtype": (
        lambda: tf.nn.dynamic_rnn(CELLS.GRUCell(5), X),
        ValueError,
        "If there is no initial_state, you must give a dtype.",
    ),
    "static no dtype": (
        lambda: tf.nn.static_rnn(CELLS.GRUCell(5), [tf.constant(X[:, 0])]),
        ValueError,
        "If no initial_state is provided, dtype must be specified",
    ),
    "no list": (
        lambda: tf.nn.static_rnn(CELLS.GRUCell(5), tf.constant(X)),
        TypeError,
        "inputs must be a sequence",
    ),
    "empty list": (
        lambda: tf.nn.static_rnn(CELLS.GRUCell(5), []),
        ValueError,
        "inputs must not be empty",
    ),
    "both: empty list": (
        lambda: tf.nn.static_bidirectional_rnn(CELLS.GRUCell(5), CELLS.GRUCell(5), []),
        ValueError,
        "inputs must not be empty",
    ),
    "both: no list": (
        lambda: tf.nn.static_bidirectional_rnn(CELLS.GRUCell(5), CELLS.GRUCell(5), 1),
        TypeError,
        "inputs must be a sequence",
    ),
    "lengths": (
        lambda: tf.nn.dynamic_rnn(CELLS.GRUCell(5), X, [[1, 2]], dtype=tf.float32),
        ValueError,
        "sequence_length must be a vector of length batch_size, but saw shape: (1, 2)",
    ),
    "static lengths": (
        lambda: tf.nn.static_rnn(
            CELLS.GRUCell(5), tf.unstack(X), sequence_length=3, dtype=tf.float32
        ),
        ValueError,
        "sequence_length must be a vector of length batch_size",
    ),
    "depth": (
        lambda: tf.nn.dynamic_rnn(
            CELLS.GRUCell(5), tf.placeholder(tf.float32, [2, 4, None]), dtype=tf.float32
        ),
        ValueError,
        "Input size (depth of inputs) must be accessible via shape inference, but saw "
        "value None.",
    ),
    "static depth": (
        lambda: tf.nn.static_rnn(
            CELLS.GRUCell(5), [tf.placeholder(tf.float32, [2, None])], dtype=tf.float32
        ),
        ValueError,
        "Input size (dimension 0 of inputs) must be accessible via shape inference, "
        "but saw value None.",
    ),
    "rank": (
        lambda: tf.nn.dynamic_rnn(CELLS.GRUCell(5), tf.zeros([2, 3]), dtype=tf.float32),
        ValueError,
        "Shape must be at least rank 3 but is rank 2",
    ),
    "no cell": (
        lambda: tf.nn.dynamic_rnn(None, X, dtype=tf.float32),
        TypeError,
        "The argument 'cell' (None) is not an RNNCell: 'output_size' property is",
    ),
    "no function": (
        lambda: tf.nn.raw_rnn(CELLS.GRUCell(5), None),
        TypeError,
        "loop_fn must be a callable",
    ),
    "state names": (
        lambda: tf.nn.static_state_saving_rnn(CELLS.GRUCell(5), [X], Saver(), ("a",)),
        ValueError,
        "state_name should be the same type as cell.state_size.  state_name: ('a',), "
        "cell.state_size: 5",
    ),
    "number of state names": (
        lambda: tf.nn.static_state_saving_rnn(CELLS.LSTMCell(5), [X], Saver(), ("a",)),
        ValueError,
        "#elems(state_name) != #elems(state_size): 1 vs. 2",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case):
    build, error, words = REFUSED[case]
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value).startswith(words)


def test_a_wrong_number_of_lengths_is_refused_when_it_runs():
    lengths = tf.placeholder_with_default([1, 2, 3], [None])
    y, _ = tf.nn.dynamic_rnn(CELLS.GRUCell(5), X, lengths, dtype=tf.float32)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Expected shape for Tensor rnn/sequence_l"
    ):
        run(y)
