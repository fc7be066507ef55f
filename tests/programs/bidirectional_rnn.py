"""A bidirectional LSTM that reads a digit line by line, from both ends."""

import numpy as np
from interactive_graphs.contrib import rnn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import interactive_graphs as tf

tf.set_random_seed(1)
digits, labels = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(
    digits.reshape(-1, 8, 8) / 16.0, np.eye(10)[labels], test_size=0.25, random_state=0
)
timesteps, num_input, num_hidden = 8, 8, 64

X = tf.placeholder("float", [None, timesteps, num_input])
Y = tf.placeholder("float", [None, 10])
weights = tf.Variable(tf.random_normal([2 * num_hidden, 10], stddev=0.1))
biases = tf.Variable(tf.zeros([10]))

steps = tf.unstack(X, timesteps, 1)
forward = rnn.BasicLSTMCell(num_hidden, forget_bias=1.0)
backward = rnn.BasicLSTMCell(num_hidden, forget_bias=1.0)
outputs, _, _ = rnn.static_bidirectional_rnn(forward, backward, steps, dtype=tf.float32)
logits = tf.matmul(outputs[-1], weights) + biases

loss_op = tf.reduce_mean(
    tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=Y)
)
train_op = tf.train.AdamOptimizer(0.005).minimize(loss_op)
correct = tf.equal(tf.argmax(logits, 1), tf.argmax(Y, 1))
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

rng = np.random.default_rng(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _epoch in range(35):
        order = rng.permutation(len(train_x))
        for batch in np.array_split(order, len(order) // 64):
            sess.run(train_op, {X: train_x[batch], Y: train_y[batch]})
    test_accuracy = sess.run(accuracy, {X: test_x, Y: test_y})
print(f"test accuracy {test_accuracy:.3f}")
