"""Sequence to sequence with attention: spell a number backwards.

An encoder reads the digits, a decoder writes them in reverse and looks back at what the
encoder saw. Taught with the right answer as input, tested on its own words.
"""

import numpy as np

import interactive_graphs as tf

tf.set_random_seed(8)
rng = np.random.default_rng(8)
start, end, symbols, longest, size = 10, 11, 12, 7, 48


def examples(count):
    """Digits `[count, 7]` padded with the end mark, their lengths, and the reverse."""
    lengths = rng.integers(3, longest + 1, count)
    given = np.full((count, longest), end, np.int32)
    wanted = np.full((count, longest + 1), end, np.int32)
    for i, n in enumerate(lengths):
        given[i, :n] = rng.integers(0, 10, n)
        wanted[i, :n] = given[i, :n][::-1]
    return given, lengths.astype(np.int32), wanted


given = tf.placeholder(tf.int32, [None, longest], name="given")
given_lengths = tf.placeholder(tf.int32, [None], name="given_lengths")
wanted = tf.placeholder(tf.int32, [None, longest + 1], name="wanted")
batch = tf.shape(given)[0]

embedding = tf.get_variable("embedding", [symbols, 16])
with tf.variable_scope("encoder"):
    encoder_cell = tf.nn.rnn_cell.GRUCell(size)
    memory, encoded = tf.nn.dynamic_rnn(
        encoder_cell,
        tf.nn.embedding_lookup(embedding, given),
        sequence_length=given_lengths,
        dtype=tf.float32,
    )

attention = tf.contrib.seq2seq.LuongAttention(
    size, memory, memory_sequence_length=given_lengths
)
cell = tf.contrib.seq2seq.AttentionWrapper(
    tf.nn.rnn_cell.GRUCell(size), attention, attention_layer_size=size
)
first_state = cell.zero_state(batch, tf.float32).clone(cell_state=encoded)
projection = tf.layers.Dense(symbols, use_bias=False, name="projection")


def decode(helper, reuse):
    with tf.variable_scope("decoder", reuse=reuse):
        decoder = tf.contrib.seq2seq.BasicDecoder(
            cell, helper, first_state, output_layer=projection
        )
        outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(
            decoder, maximum_iterations=longest + 1
        )
        return outputs


shifted = tf.concat([tf.fill([batch, 1], start), wanted[:, :-1]], axis=1)
steps = tf.fill([batch], longest + 1)
teacher = tf.contrib.seq2seq.TrainingHelper(
    tf.nn.embedding_lookup(embedding, shifted), steps
)
logits = decode(teacher, reuse=False).rnn_output
loss = tf.contrib.seq2seq.sequence_loss(
    logits, wanted, tf.ones_like(wanted, dtype=tf.float32)
)
optimizer = tf.train.AdamOptimizer(0.005)
gradients, variables = zip(*optimizer.compute_gradients(loss), strict=True)
clipped, _ = tf.clip_by_global_norm(gradients, 1.0)
train = optimizer.apply_gradients(zip(clipped, variables, strict=True))

greedy = tf.contrib.seq2seq.GreedyEmbeddingHelper(
    embedding, tf.fill([batch], start), end
)
written = decode(greedy, reuse=True).sample_id

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _step in range(600):
        g, n, w = examples(64)
        sess.run(train, {given: g, given_lengths: n, wanted: w})
    g, n, w = examples(300)
    answers = sess.run(written, {given: g, given_lengths: n})
right = [
    np.array_equal(answers[i, : n[i]], w[i, : n[i]])
    if answers.shape[1] >= n[i]
    else False
    for i in range(len(g))
]
share_right = np.mean(right)
print(f"{share_right:.3f} of the numbers are spelled backwards without a mistake")
