"""Bad input to recurrent nets and their cells."""

import interactive_graphs as tf

IAE = tf.errors.InvalidArgumentError


def cell():
    return tf.nn.rnn_cell.BasicRNNCell(2)


CASES = {
    # -- recurrent nets --------------------------------------------------------------
    "cell of a vector": (
        lambda s: cell()(tf.zeros([3]), tf.zeros([1, 2])),
        ValueError,
        "is incompatible with the layer: expected ndim=2, found ndim=1.",
    ),
    "cell unknown depth": (
        lambda s: cell()(tf.placeholder(tf.float32, [2, None]), tf.zeros([2, 2])),
        ValueError,
        "Expected inputs.shape[-1] to be known, saw shape: (2, ?)",
    ),
    "static_rnn no list": (
        lambda s: tf.nn.static_rnn(cell(), tf.zeros([2, 3]), dtype=tf.float32),
        TypeError,
        "inputs must be a sequence",
    ),
    "static_rnn empty": (
        lambda s: tf.nn.static_rnn(cell(), [], dtype=tf.float32),
        ValueError,
        "inputs must not be empty",
    ),
    "rnn no cell": (
        lambda s: tf.nn.dynamic_rnn(3, tf.zeros([1, 2, 3]), dtype=tf.float32),
        TypeError,
        "The argument 'cell' (3) is not an RNNCell: 'output_size' property "
        "is missing, 'state_size' property is missing, either 'zero_state' "
        "or 'get_initial_state' method is required, is not callable.",
    ),
    "rnn without dtype": (
        lambda s: tf.nn.dynamic_rnn(cell(), tf.zeros([1, 2, 3])),
        ValueError,
        "If there is no initial_state, you must give a dtype.",
    ),
    "rnn depth": (
        lambda s: tf.nn.dynamic_rnn(
            cell(), tf.placeholder(tf.float32, [1, 2, None]), dtype=tf.float32
        ),
        ValueError,
        "Input size (depth of inputs) must be accessible via shape "
        "inference, but saw value None.",
    ),
    "rnn rank": (
        lambda s: tf.nn.dynamic_rnn(cell(), tf.zeros([1]), dtype=tf.float32),
        ValueError,
        "Expected input tensor zeros:0 to have rank at least 2, but saw shape: (1,)",
    ),
    "rnn lengths rank": (
        lambda s: tf.nn.dynamic_rnn(
            cell(), tf.zeros([1, 2, 3]), sequence_length=[[1]], dtype=tf.float32
        ),
        ValueError,
        "sequence_length must be a vector of length batch_size, but saw shape: (1, 1)",
    ),
    "rnn lengths count": (
        lambda s: s.run(
            [
                tf.nn.dynamic_rnn(
                    cell(),
                    tf.zeros([2, 2, 3]),
                    sequence_length=tf.placeholder_with_default([1], [None]),
                    dtype=tf.float32,
                )[0],
                tf.global_variables_initializer(),
            ]
        ),
        IAE,
        "assertion failed: [Expected shape for Tensor rnn/sequence_length:0 "
        "is ] [2] [ but saw shape: ] [1]",
    ),
    "rnn twice": (
        lambda s: [
            tf.nn.dynamic_rnn(cell(), tf.zeros([1, 2, n]), dtype=tf.float32)
            for n in (3, 4)
        ],
        ValueError,
        "Variable rnn/basic_rnn_cell/kernel already exists, disallowed.",
    ),
    "cells no list": (
        lambda s: tf.nn.rnn_cell.MultiRNNCell([]),
        ValueError,
        "Must specify at least one cell for MultiRNNCell.",
    ),
    "cells one": (
        lambda s: tf.nn.rnn_cell.MultiRNNCell(cell()),
        TypeError,
        "cells must be a list or tuple, but saw: <",
    ),
    "dropout probability": (
        lambda s: tf.nn.rnn_cell.DropoutWrapper(cell(), input_keep_prob=1.5),
        ValueError,
        "Parameter input_keep_prob must be between 0 and 1: 1.5",
    ),
}
