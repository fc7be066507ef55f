"""Linear regression by gradient descent: how far does diabetes go in a year?

Ten measurements of 442 patients. The closed form of least squares says how good any
line can be; gradient descent has to come as far.
"""

import numpy as np
from sklearn.datasets import load_diabetes

import interactive_graphs as tf

tf.set_random_seed(1)
features, target = load_diabetes(return_X_y=True)
features = features / features.std(axis=0)
target = target[:, np.newaxis]

X = tf.placeholder(tf.float32, [None, 10], name="X")
Y = tf.placeholder(tf.float32, [None, 1], name="Y")
W = tf.Variable(tf.zeros([10, 1]), name="weights")
b = tf.Variable(tf.zeros([1]), name="bias")
prediction = tf.add(tf.matmul(X, W), b)
cost = tf.reduce_mean(tf.square(prediction - Y))
optimizer = tf.train.GradientDescentOptimizer(learning_rate=0.1).minimize(cost)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(3000):
        sess.run(optimizer, feed_dict={X: features, Y: target})
    final_cost = sess.run(cost, feed_dict={X: features, Y: target})

with_ones = np.c_[features, np.ones(len(features))]
_, residual, _, _ = np.linalg.lstsq(with_ones, target, rcond=None)
best_cost = residual[0] / len(target)
print(f"cost {final_cost:.1f}, the best there is {best_cost:.1f}")
