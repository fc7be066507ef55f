"""An autoencoder: 64 pixels through a neck of 8 numbers and back.

With a bend in every layer it has to beat the best straight method, the 8 principal
components.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

import interactive_graphs as tf

tf.set_random_seed(3)
digits = load_digits().data.astype(np.float32) / 16.0
train_x, test_x = train_test_split(digits, test_size=0.2, random_state=0)

X = tf.placeholder(tf.float32, [None, 64])


def dense(x, size, name, activation=None):
    with tf.variable_scope(name):
        w = tf.get_variable("w", [x.shape[1], size])
        b = tf.get_variable("b", [size], initializer=tf.zeros_initializer())
        y = tf.matmul(x, w) + b
        return activation(y) if activation else y


hidden = dense(X, 128, "encoder_1", tf.nn.relu)
code = dense(hidden, 8, "encoder_2")
hidden = dense(code, 128, "decoder_1", tf.nn.relu)
y_pred = dense(hidden, 64, "decoder_2", tf.nn.sigmoid)
loss = tf.reduce_mean(tf.pow(X - y_pred, 2))
train = tf.train.AdamOptimizer(0.003).minimize(loss)

rng = np.random.default_rng(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _epoch in range(100):
        order = rng.permutation(len(train_x))
        for batch in np.array_split(order, len(order) // 64):
            sess.run(train, {X: train_x[batch]})
    test_loss = sess.run(loss, {X: test_x})

pca = PCA(8).fit(train_x)
pca_loss = np.mean((pca.inverse_transform(pca.transform(test_x)) - test_x) ** 2)
print(f"squared error {test_loss:.4f}, of 8 principal components {pca_loss:.4f}")
