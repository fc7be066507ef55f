"""Logistic regression in mini-batches: which handwritten digit is it?"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import interactive_graphs as tf

digits, labels = load_digits(return_X_y=True)
one_hot = np.eye(10, dtype=np.float32)[labels]
train_x, test_x, train_y, test_y = train_test_split(
    digits / 16.0, one_hot, test_size=0.25, random_state=0
)

x = tf.placeholder(tf.float32, [None, 64])
y = tf.placeholder(tf.float32, [None, 10])
W = tf.Variable(tf.zeros([64, 10]))
b = tf.Variable(tf.zeros([10]))
pred = tf.nn.softmax(tf.matmul(x, W) + b)
cost = tf.reduce_mean(-tf.reduce_sum(y * tf.log(pred), reduction_indices=1))
optimizer = tf.train.GradientDescentOptimizer(0.5).minimize(cost)
correct = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

batch_size = 100
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(60):
        average_cost = 0.0
        batches = len(train_x) // batch_size
        for i in range(batches):
            batch = slice(i * batch_size, (i + 1) * batch_size)
            _, c = sess.run([optimizer, cost], {x: train_x[batch], y: train_y[batch]})
            average_cost += c / batches
    test_accuracy = accuracy.eval({x: test_x, y: test_y})
print(f"average cost {average_cost:.3f}, test accuracy {test_accuracy:.3f}")
