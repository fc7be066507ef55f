"""A dynamic LSTM on sequences of different lengths: is it a walk, or is it noise?

Half of the sequences rise by a fixed step from a random start, half are random numbers;
the lengths vary from 3 to 20, and what is padded must not be read.
"""

import numpy as np

import interactive_graphs as tf

tf.set_random_seed(4)
rng = np.random.default_rng(4)
longest = 20


def sequences(count):
    """Padded sequences `[count, 20, 1]`, one-hot labels and lengths `[count]`."""
    data = np.zeros((count, longest, 1), np.float32)
    lengths = rng.integers(3, longest + 1, count)
    straight = rng.random(count) < 0.5
    for i, n in enumerate(lengths):
        if straight[i]:
            data[i, :n, 0] = rng.random() + np.arange(n) / longest
        else:
            data[i, :n, 0] = rng.random(n) * 2
    return data, np.eye(2)[straight.astype(int)], lengths


x = tf.placeholder(tf.float32, [None, longest, 1])
y = tf.placeholder(tf.float32, [None, 2])
seqlen = tf.placeholder(tf.int32, [None])

cell = tf.nn.rnn_cell.BasicLSTMCell(32)
outputs, state = tf.nn.dynamic_rnn(cell, x, sequence_length=seqlen, dtype=tf.float32)
batch_size = tf.shape(outputs)[0]
index = tf.range(0, batch_size) * longest + (seqlen - 1)
last = tf.gather(tf.reshape(outputs, [-1, 32]), index)
pred = tf.layers.dense(last, 2)

cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(logits=pred, labels=y))
optimizer = tf.train.AdamOptimizer(0.01)
grads_and_vars = optimizer.compute_gradients(cost)
clipped = [(tf.clip_by_norm(g, 5.0), v) for g, v in grads_and_vars]
train = optimizer.apply_gradients(clipped)
correct = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _step in range(400):
        data, labels, lengths = sequences(64)
        sess.run(train, {x: data, y: labels, seqlen: lengths})
    data, labels, lengths = sequences(500)
    test_accuracy = sess.run(accuracy, {x: data, y: labels, seqlen: lengths})
    # The end of the outputs is zero, and the last state is that of the last real step.
    out, last_h = sess.run([outputs, state.h], {x: data[:8], seqlen: lengths[:8]})
padding_is_zero = all(not out[i, n:].any() for i, n in enumerate(lengths[:8]))
state_is_last = all(
    np.allclose(out[i, n - 1], last_h[i]) for i, n in enumerate(lengths[:8])
)
print(f"test accuracy {test_accuracy:.3f}")
