"""Recurrent networks: cells and loops with equal weights, and their gradients."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
RANDOM = np.random.RandomState(20180709)
X = RANDOM.randn(3, 4, 2).astype(np.float32)
RANDOM_STATE = RANDOM.randn(3, 3).astype(np.float32)
LENGTHS = np.array([4, 1, 3], np.int32)
LOOSE = (1e-4, 1e-5)


def weights(tf):
    """An initializer: numbers that depend on the shape alone."""

    def make(shape, dtype=None, partition_info=None):
        del partition_info
        dims = [int(d) for d in shape]
        values = np.sin(np.arange(1, 1 + np.prod(dims, dtype=int)) * 1.7)
        return tf.constant(values.reshape(dims).astype(np.float32), dtype)

    return make


def learned(tf, build):
    """What `build` gives, and the gradients of the sum of its squares."""
    with tf.variable_scope("net", initializer=weights(tf)):
        found = build()
    flat = flatten(found)
    loss = tf.add_n([tf.reduce_sum(tf.square(t)) for t in flat])
    variables = tf.trainable_variables()
    grads = tf.gradients(loss, variables)
    names = tf.constant([v.name for v in variables])
    return [flat, [g for g in grads if g is not None], names]


def flatten(structure):
    if isinstance(structure, list | tuple):
        return [leaf for part in structure for leaf in flatten(part)]
    return [structure]


CELLS = {
    "basic_rnn": lambda c: c.BasicRNNCell(3),
    "basic_rnn_abs": lambda c: c.BasicRNNCell(3, activation=abs),
    "gru": lambda c: c.GRUCell(3),
    "basic_lstm": lambda c: c.BasicLSTMCell(3),
    "basic_lstm_forget": lambda c: c.BasicLSTMCell(3, forget_bias=0.3),
    "basic_lstm_flat": lambda c: c.BasicLSTMCell(3, state_is_tuple=False),
    "lstm": lambda c: c.LSTMCell(3),
    "lstm_peepholes": lambda c: c.LSTMCell(3, use_peepholes=True),
    "lstm_projected": lambda c: c.LSTMCell(3, num_proj=2, proj_clip=0.2),
    "lstm_clipped": lambda c: c.LSTMCell(3, cell_clip=0.3),
    "lstm_everything": lambda c: c.LSTMCell(
        4, True, 0.5, None, 2, 0.3, state_is_tuple=False, forget_bias=0.5
    ),
    "multi": lambda c: c.MultiRNNCell([c.GRUCell(3), c.BasicLSTMCell(2)]),
    "multi_flat": lambda c: c.MultiRNNCell(
        [c.GRUCell(3), c.GRUCell(2)], state_is_tuple=False
    ),
    "residual": lambda c: c.ResidualWrapper(c.GRUCell(2)),
    "residual_own": lambda c: c.ResidualWrapper(
        c.GRUCell(2), residual_fn=lambda x, y: x * y
    ),
    "dropout_of_nothing": lambda c: c.DropoutWrapper(c.GRUCell(2), 1.0, 1.0, 1.0),
    "device": lambda c: c.DeviceWrapper(c.GRUCell(3), "/cpu:0"),
    "multi_of_wrapped": lambda c: c.MultiRNNCell(
        [c.ResidualWrapper(c.DropoutWrapper(c.LSTMCell(2))) for _ in range(2)]
    ),
}


for name, make in CELLS.items():
    table.add(
        f"dynamic_{name}",
        lambda tf, make=make: learned(
            tf,
            lambda: tf.nn.dynamic_rnn(
                make(tf.nn.rnn_cell), tf.constant(X), LENGTHS, dtype=tf.float32
            ),
        ),
        tolerance=LOOSE,
    )
    table.add(
        f"static_{name}",
        lambda tf, make=make: learned(
            tf,
            lambda: tf.nn.static_rnn(
                make(tf.nn.rnn_cell), tf.unstack(X, axis=1), dtype=tf.float32
            ),
        ),
        tolerance=LOOSE,
    )
    table.add(
        f"one_step_{name}",
        lambda tf, make=make: learned(tf, lambda: one_step(tf, make(tf.nn.rnn_cell))),
        tolerance=LOOSE,
    )


def one_step(tf, cell):
    """Two steps with the same weights."""
    state = cell.zero_state(3, tf.float32)
    _, state = cell(tf.constant(X[:, 0]), state)
    return cell(tf.constant(X[:, 1]), state)


table.add("dynamic_time_major", lambda tf: learned(
    tf,
    lambda: tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.GRUCell(3), tf.constant(X), dtype=tf.float32, time_major=True
    ),
), tolerance=LOOSE)  # fmt: skip
table.add("dynamic_initial_state", lambda tf: learned(
    tf,
    lambda: tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.GRUCell(3),
        tf.constant(X),
        LENGTHS,
        initial_state=tf.constant(RANDOM_STATE),
    ),
), tolerance=LOOSE)  # fmt: skip
table.add("dynamic_of_zero_lengths", lambda tf: learned(
    tf,
    lambda: tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.GRUCell(3), tf.constant(X), [0, 0, 0], dtype=tf.float32
    ),
), tolerance=LOOSE)  # fmt: skip
table.add("static_with_lengths", lambda tf: learned(
    tf,
    lambda: tf.nn.static_rnn(
        tf.nn.rnn_cell.LSTMCell(3),
        tf.unstack(X, axis=1),
        dtype=tf.float32,
        sequence_length=LENGTHS,
    ),
), tolerance=LOOSE)  # fmt: skip
for lengths in (None, LENGTHS):
    suffix = "" if lengths is None else "_with_lengths"
    table.add(f"bidirectional_dynamic{suffix}", lambda tf, lengths=lengths: learned(
        tf,
        lambda: tf.nn.bidirectional_dynamic_rnn(
            tf.nn.rnn_cell.GRUCell(3),
            tf.nn.rnn_cell.LSTMCell(2),
            tf.constant(X),
            lengths,
            dtype=tf.float32,
        ),
    ), tolerance=LOOSE)  # fmt: skip
    table.add(f"bidirectional_static{suffix}", lambda tf, lengths=lengths: learned(
        tf,
        lambda: tf.nn.static_bidirectional_rnn(
            tf.nn.rnn_cell.GRUCell(3),
            tf.nn.rnn_cell.LSTMCell(2),
            tf.unstack(X, axis=1),
            dtype=tf.float32,
            sequence_length=lengths,
        ),
    ), tolerance=LOOSE)  # fmt: skip
table.add(
    "dynamic_of_unknown_shapes",
    lambda tf: learned(tf, lambda: unknown_shapes(tf)),
    {"net/x:0": X, "net/n:0": LENGTHS},
    tolerance=LOOSE,
)
table.add("raw_rnn", lambda tf: learned(tf, lambda: raw(tf)), tolerance=LOOSE)


def unknown_shapes(tf):
    x = tf.placeholder(tf.float32, [None, None, 2], name="x")
    n = tf.placeholder(tf.int32, [None], name="n")
    return tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x, n, dtype=tf.float32)


def raw(tf):
    """`dynamic_rnn` written with `raw_rnn`, with a loop state that counts."""
    cell = tf.nn.rnn_cell.LSTMCell(3)
    steps = tf.TensorArray(tf.float32, 4, clear_after_read=False)
    steps = steps.unstack(tf.transpose(X, [1, 0, 2]))

    def loop_fn(time, output, state, loop_state):
        is_first = output is None
        finished = time >= LENGTHS
        value = tf.cond(
            tf.reduce_all(finished),
            lambda: tf.zeros([3, 2]),
            lambda: steps.read(time),
        )
        return (
            finished,
            value,
            cell.zero_state(3, tf.float32) if is_first else state,
            output,
            tf.constant(0.0) if is_first else loop_state + 1.0,
        )

    outputs, state, count = tf.nn.raw_rnn(cell, loop_fn)
    return [outputs.stack(), state, count]


table.add("zero_states", lambda tf: [
    flatten(make(tf.nn.rnn_cell).zero_state(tf.constant(X).shape[0], tf.float32))
    for make in CELLS.values()
])  # fmt: skip
table.add("sizes", lambda tf: [
    tf.constant([int(n) for n in flatten(cell.state_size)] + [int(cell.output_size)])
    for cell in [make(tf.nn.rnn_cell) for make in CELLS.values()]
])  # fmt: skip
table.add("dropout_shapes", lambda tf: [
    tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.DropoutWrapper(
            tf.nn.rnn_cell.LSTMCell(3),
            0.5,
            0.5,
            0.5,
            variational_recurrent=variational,
            input_size=2,
            dtype=tf.float32,
            seed=3,
        ),
        tf.constant(X),
        dtype=tf.float32,
        scope=f"scope_{variational}",
    )
    for variational in (False, True)
], only_shapes=True)  # fmt: skip

for name, error, build in [
    ("no_dtype", "ValueError", lambda tf, c: tf.nn.dynamic_rnn(c.GRUCell(2), X)),
    (
        "static_no_dtype",
        "ValueError",
        lambda tf, c: tf.nn.static_rnn(c.GRUCell(2), [tf.constant(X[:, 0])]),
    ),
    (
        "unknown_depth",
        "ValueError",
        lambda tf, c: tf.nn.dynamic_rnn(
            c.GRUCell(2), tf.placeholder(tf.float32, [2, 3, None]), dtype=tf.float32
        ),
    ),
    (
        "lengths_of_rank_2",
        "ValueError",
        lambda tf, c: tf.nn.dynamic_rnn(c.GRUCell(2), X, [[1]], dtype=tf.float32),
    ),
    ("no_cell", "TypeError", lambda tf, c: tf.nn.dynamic_rnn(5, X, dtype=tf.float32)),
    (
        "static_no_list",
        "TypeError",
        lambda tf, c: tf.nn.static_rnn(c.GRUCell(2), tf.constant(X[:, 0])),
    ),
    (
        "static_empty",
        "ValueError",
        lambda tf, c: tf.nn.static_rnn(c.GRUCell(2), [], dtype=tf.float32),
    ),
    ("no_cells", "ValueError", lambda tf, c: c.MultiRNNCell([])),
    ("cells_no_list", "TypeError", lambda tf, c: c.MultiRNNCell(c.GRUCell(2))),
    (
        "states_as_one",
        "ValueError",
        lambda tf, c: c.MultiRNNCell([c.LSTMCell(2)], state_is_tuple=False),
    ),
    ("keep_prob", "ValueError", lambda tf, c: c.DropoutWrapper(c.GRUCell(2), 1.5)),
    (
        "variational_dtype",
        "ValueError",
        lambda tf, c: c.DropoutWrapper(c.GRUCell(2), 0.5, variational_recurrent=True),
    ),
    (
        "variational_input_size",
        "ValueError",
        lambda tf, c: c.DropoutWrapper(
            c.GRUCell(2), 0.5, variational_recurrent=True, dtype=tf.float32
        ),
    ),
    (
        "second_cell_in_one_scope",
        "ValueError",
        lambda tf, c: [
            tf.nn.dynamic_rnn(c.GRUCell(2), X, dtype=tf.float32) for _ in range(2)
        ],
    ),
    ("loop_fn", "TypeError", lambda tf, c: tf.nn.raw_rnn(c.GRUCell(2), 5)),
    (
        "rank_of_inputs",
        "ValueError",
        lambda tf, c: c.GRUCell(2)(tf.constant(X), tf.zeros([3, 2])),
    ),
    (
        "number_of_states",
        "ValueError",
        lambda tf, c: c.MultiRNNCell([c.GRUCell(2)])(X[:, 0], tf.constant(X[:, 0])),
    ),
]:
    table.add(
        f"bad_{name}",
        lambda tf, build=build: build(tf, tf.nn.rnn_cell),
        raises=error,
    )
table.add(
    "bad_number_of_lengths",
    lambda tf: tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.GRUCell(2),
        tf.constant(X),
        tf.placeholder_with_default([1, 2], [None]),
        dtype=tf.float32,
    ),
    raises="InvalidArgumentError",
)
