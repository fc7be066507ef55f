"""Cells: variables and their names, reuse, wrappers, error texts."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import interactive_graphs as tf

CELLS = tf.nn.rnn_cell
X = np.random.RandomState(0).randn(2, 3).astype(np.float32)


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


def step(cell, x=X):
    return cell(tf.constant(x), cell.zero_state(2, tf.float32))


def names():
    return [v.op.name for v in tf.global_variables()]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            lambda: CELLS.BasicRNNCell(4),
            ["basic_rnn_cell/kernel", "basic_rnn_cell/bias"],
        ),
        (
            lambda: CELLS.GRUCell(4),
            [
                f"gru_cell/{part}/{kind}"
                for part in ("gates", "candidate")
                for kind in ("kernel", "bias")
            ],
        ),
        (
            lambda: CELLS.BasicLSTMCell(4),
            ["basic_lstm_cell/kernel", "basic_lstm_cell/bias"],
        ),
        (
            lambda: CELLS.LSTMCell(4, use_peepholes=True, num_proj=2),
            [
                "lstm_cell/kernel",
                "lstm_cell/bias",
                "lstm_cell/w_f_diag",
                "lstm_cell/w_i_diag",
                "lstm_cell/w_o_diag",
                "lstm_cell/projection/kernel",
            ],
        ),
        (
            lambda: CELLS.MultiRNNCell([CELLS.DropoutWrapper(CELLS.GRUCell(4))]),
            [
                f"multi_rnn_cell/cell_0/gru_cell/{part}/{kind}"
                for part in ("gates", "candidate")
                for kind in ("kernel", "bias")
            ],
        ),
        (
            lambda: CELLS.LSTMCell(4, num_unit_shards=2),
            ["lstm_cell/kernel/part_0", "lstm_cell/kernel/part_1", "lstm_cell/bias"],
        ),
        (lambda: CELLS.BasicRNNCell(4, name="own"), ["own/kernel", "own/bias"]),
    ],
)
def test_variables_are_named_as_in_checkpoints(make, expected):
    step(make())
    assert names() == expected


def test_nodes_are_named_after_the_cell():
    y, _ = step(CELLS.BasicRNNCell(4))
    assert y.op.name == "basic_rnn_cell/Tanh"
    zero = CELLS.LSTMCell(4).zero_state(2, tf.float32)
    assert zero.c.op.name.startswith("LSTMCellZeroState/")


def test_a_cell_uses_its_variables_again():
    cell = CELLS.GRUCell(4)
    y, state = step(cell)
    cell(tf.constant(X), state)
    assert len(names()) == 4
    assert len(cell.variables) == 4
    assert cell.built


def test_another_cell_has_other_variables():
    step(CELLS.GRUCell(4))
    step(CELLS.GRUCell(4))
    assert "gru_cell_1/gates/kernel" in names()


def test_a_cell_may_use_those_of_another():
    with tf.variable_scope("net"):
        a, _ = step(CELLS.GRUCell(4))
    with tf.variable_scope("net", reuse=True):
        b, _ = step(CELLS.GRUCell(4))
    assert len(names()) == 4
    found = run([a, b])
    np.testing.assert_array_equal(*found)


def test_a_second_network_in_one_scope_is_refused():
    def network():
        return tf.nn.dynamic_rnn(
            CELLS.BasicLSTMCell(4), tf.zeros([1, 2, 3]), dtype=tf.float32
        )

    network()
    with pytest.raises(
        ValueError, match="Variable rnn/basic_lstm_cell/kernel already exists"
    ):
        network()


def test_copies_of_a_cell_are_cells_of_their_own():
    cell = CELLS.GRUCell(4)
    step(copy.deepcopy(cell))
    step(cell)
    assert len(names()) == 8


def test_a_scope_may_be_given():
    cell = CELLS.BasicRNNCell(4)
    cell(tf.constant(X), cell.zero_state(2, tf.float32), scope="mine")
    assert names() == ["mine/kernel", "mine/bias"]


class Doubler(CELLS.RNNCell):
    """A user's cell that makes its variable where it uses it."""

    @property
    def state_size(self):
        return 3

    @property
    def output_size(self):
        return 3

    def call(self, inputs, state):
        w = tf.get_variable("w", [], initializer=tf.constant_initializer(2.0))
        return inputs * w, state + inputs


def test_a_users_cell():
    cell = Doubler()
    y, state = step(cell)
    y, state = cell(y, state)
    assert names() == ["doubler/w"]
    assert cell.trainable_weights == tf.trainable_variables()
    found = run([y, state])
    np.testing.assert_allclose(found[0], X * 4)
    np.testing.assert_allclose(found[1], X * 3, rtol=1e-6)


class Plain(CELLS.RNNCell):
    """A user's cell of the oldest kind, which is no layer at all."""

    state_size = output_size = 3

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, inputs, state, scope=None):
        with tf.variable_scope(scope or type(self).__name__):
            return inputs * self.factor, state + 1


def test_a_users_cell_of_the_oldest_kind():
    y, state = tf.nn.dynamic_rnn(
        CELLS.MultiRNNCell([Plain(2.0), Plain(3.0)]),
        tf.ones([1, 2, 3]),
        dtype=tf.float32,
    )
    found = run([y, state])
    assert found[0].tolist() == [[[6] * 3] * 2]
    assert found[1][0].tolist() == [[2] * 3]


def test_dtypes():
    cell = CELLS.LSTMCell(4)
    y, state = cell(tf.constant(X, tf.float64), cell.zero_state(2, tf.float64))
    assert y.dtype is tf.float64
    assert state.dtype is tf.float64
    assert all(v.dtype.base_dtype is tf.float64 for v in tf.global_variables())
    with pytest.raises(TypeError, match="Inconsistent internal state"):
        CELLS.LSTMStateTuple(tf.zeros([1]), tf.zeros([1], tf.float64)).dtype  # noqa: B018


def test_initializers():
    def check(cell, expected):
        step(cell)
        found = dict(zip(names(), run(tf.global_variables()), strict=True))
        for name, value in expected.items():
            assert set(found[name].reshape(-1).tolist()) == {value}

    check(
        CELLS.GRUCell(4), {"gru_cell/gates/bias": 1.0, "gru_cell/candidate/bias": 0.0}
    )
    ones = tf.ones_initializer()
    check(
        CELLS.GRUCell(4, kernel_initializer=ones, bias_initializer=ones, name="g"),
        {"g/gates/kernel": 1.0, "g/candidate/bias": 1.0},
    )
    check(CELLS.LSTMCell(4, initializer=ones), {"lstm_cell/kernel": 1.0})


# -- wrappers ------------------------------------------------------------------------------


def test_dropout_of_inputs_and_outputs():
    class Same(CELLS.RNNCell):
        state_size = output_size = 1000

        def call(self, inputs, state):
            return inputs, inputs

    for options in (
        {"input_keep_prob": 0.25},
        {"output_keep_prob": 0.25},
        {"input_keep_prob": tf.constant(0.25)},
    ):
        cell = CELLS.DropoutWrapper(Same(), seed=1, **options)
        y, _ = cell(tf.ones([1, 1000]), cell.zero_state(1, tf.float32))
        values = run(y)
        assert set(values.reshape(-1).tolist()) == {0.0, 4.0}
        assert 180 < (values > 0).sum() < 320


def test_the_memory_of_lstm_cells_is_never_dropped():
    def cell(**options):
        return CELLS.DropoutWrapper(
            CELLS.LSTMCell(50, name="lstm"), state_keep_prob=0.5, **options
        )

    def dropped(cell):
        # From ones, since the state after zeros may be zero by itself.
        state = CELLS.LSTMStateTuple(tf.ones([2, 50]), tf.ones([2, 50]))
        with tf.variable_scope("net", reuse=tf.AUTO_REUSE):
            _, state = cell(tf.constant(X), state)
        c, h = run(state)
        return bool((c == 0).any()), bool((h == 0).any())

    assert dropped(cell()) == (False, True)
    assert dropped(cell(dropout_state_filter_visitor=lambda _: True)) == (True, True)
    assert dropped(cell(dropout_state_filter_visitor=lambda _: False)) == (False, False)


def test_variational_dropout_is_the_same_in_all_steps():
    class Same(CELLS.RNNCell):
        state_size = output_size = 20

        def call(self, inputs, state):
            return inputs, state

    cell = CELLS.DropoutWrapper(
        Same(), output_keep_prob=0.5, variational_recurrent=True, dtype=tf.float32
    )
    y, _ = tf.nn.dynamic_rnn(cell, tf.ones([1, 5, 20]), dtype=tf.float32)
    with tf.Session() as sess:
        first, second = sess.run(y), sess.run(y)
    assert (first == first[:, :1]).all()
    assert set(first.reshape(-1).tolist()) == {0.0, 2.0}
    assert (first != second).any()


def test_seeds_follow_from_the_given_one():
    def values():
        tf.reset_default_graph()
        cell = CELLS.DropoutWrapper(Doubler(), 0.5, 0.5, seed=7)
        y, _ = cell(tf.ones([1, 30]), tf.zeros([1, 30]))
        return run(y)

    np.testing.assert_array_equal(values(), values())


def test_residuals_need_outputs_like_inputs():
    with pytest.raises(ValueError, match="incompatible|compatible"):
        step(CELLS.ResidualWrapper(CELLS.GRUCell(4)))


def test_devices():
    cell = CELLS.DeviceWrapper(CELLS.BasicRNNCell(4), "/cpu:0")
    y, _ = step(cell)
    assert y.device == "/device:CPU:0"
    assert cell.zero_state(2, tf.float32).device == "/device:CPU:0"


def test_weights_of_wrapped_cells():
    inner = CELLS.GRUCell(3)
    outer = CELLS.MultiRNNCell([CELLS.ResidualWrapper(CELLS.DropoutWrapper(inner))])
    step(outer)
    assert len(outer.trainable_weights) == 4
    assert outer.non_trainable_weights == []
    assert outer._cells[0].wrapped_cell.wrapped_cell is inner


REFUSED = {
    "no cells": (
        lambda: CELLS.MultiRNNCell([]),
        ValueError,
        "Must specify at least one cell for MultiRNNCell.",
    ),
    "cells no list": (
        lambda: CELLS.MultiRNNCell(Plain(1.0)),
        TypeError,
        "cells must be a list or tuple, but saw: ",
    ),
    "states as one": (
        lambda: CELLS.MultiRNNCell([CELLS.LSTMCell(4)], state_is_tuple=False),
        ValueError,
        "Some cells return tuples of states, but the flag state_is_tuple is not set.  "
        "State sizes are: [LSTMStateTuple(c=4, h=4)]",
    ),
    "state no tuple": (
        lambda: CELLS.MultiRNNCell([Plain(1.0)])(tf.zeros([1, 3]), tf.zeros([1, 3])),
        ValueError,
        "Expected state to be a tuple of length 1, but received: ",
    ),
    "keep_prob": (
        lambda: CELLS.DropoutWrapper(Plain(1.0), 1.5),
        ValueError,
        "Parameter input_keep_prob must be between 0 and 1: 1.5",
    ),
    "visitor": (
        lambda: CELLS.DropoutWrapper(Plain(1.0), dropout_state_filter_visitor=1),
        TypeError,
        "dropout_state_filter_visitor must be callable",
    ),
    "variational without dtype": (
        lambda: CELLS.DropoutWrapper(Plain(1.0), 0.5, variational_recurrent=True),
        ValueError,
        "When variational_recurrent=True, dtype must be provided",
    ),
    "variational without input_size": (
        lambda: CELLS.DropoutWrapper(
            Plain(1.0), 0.5, variational_recurrent=True, dtype=tf.float32
        ),
        ValueError,
        "When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, "
        "input_size must be provided",
    ),
    "no cell": (
        lambda: CELLS.DropoutWrapper(5),
        TypeError,
        "The argument 'cell' (5) is not an RNNCell: ",
    ),
    "unknown depth": (
        lambda: CELLS.GRUCell(3)(
            tf.placeholder(tf.float32, [2, None]), tf.zeros([2, 3])
        ),
        ValueError,
        "Expected inputs.shape[-1] to be known, saw shape: (2, ?)",
    ),
    "rank of the inputs": (
        lambda: CELLS.GRUCell(3)(tf.zeros([2, 3, 4]), tf.zeros([2, 3])),
        ValueError,
        "Input 0 of layer gru_cell_1 is incompatible with the layer: expected ndim=2, "
        "found ndim=3. Full shape received: [2, 3, 4]",
    ),
    "abstract": (
        lambda: CELLS.RNNCell().state_size,
        NotImplementedError,
        "Abstract method",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case):
    build, error, words = REFUSED[case]
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value).startswith(words)
