"""A multilayer perceptron with dropout and Adam."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import interactive_graphs as tf

tf.set_random_seed(7)
digits, labels = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(
    digits / 16.0, np.eye(10)[labels], test_size=0.25, random_state=0
)

X = tf.placeholder("float", [None, 64])
Y = tf.placeholder("float", [None, 10])
keep_prob = tf.placeholder_with_default(1.0, [])
weights = {
    "h1": tf.Variable(tf.random_normal([64, 256], stddev=0.1)),
    "h2": tf.Variable(tf.random_normal([256, 128], stddev=0.1)),
    "out": tf.Variable(tf.random_normal([128, 10], stddev=0.1)),
}
biases = {
    "b1": tf.Variable(tf.zeros([256])),
    "b2": tf.Variable(tf.zeros([128])),
    "out": tf.Variable(tf.zeros([10])),
}


def multilayer_perceptron(x):
    layer_1 = tf.nn.relu(tf.add(tf.matmul(x, weights["h1"]), biases["b1"]))
    layer_1 = tf.nn.dropout(layer_1, keep_prob)
    layer_2 = tf.nn.relu(tf.add(tf.matmul(layer_1, weights["h2"]), biases["b2"]))
    return tf.matmul(layer_2, weights["out"]) + biases["out"]


logits = multilayer_perceptron(X)
loss_op = tf.reduce_mean(
    tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=Y)
)
train_op = tf.train.AdamOptimizer(learning_rate=0.001).minimize(loss_op)
correct = tf.equal(tf.argmax(logits, 1), tf.argmax(Y, 1))
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

rng = np.random.default_rng(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _epoch in range(30):
        order = rng.permutation(len(train_x))
        for batch in np.array_split(order, len(order) // 50):
            feeds = {X: train_x[batch], Y: train_y[batch], keep_prob: 0.8}
            sess.run(train_op, feed_dict=feeds)
    test_accuracy = sess.run(accuracy, feed_dict={X: test_x, Y: test_y})
print(f"test accuracy {test_accuracy:.3f}")
