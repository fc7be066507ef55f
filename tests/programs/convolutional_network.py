"""A convolutional network with tf.layers: two convolutions, pooling, dropout."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import interactive_graphs as tf

tf.set_random_seed(3)
digits, labels = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(
    digits / 16.0, labels, test_size=0.25, random_state=0
)

images = tf.placeholder(tf.float32, [None, 64], name="images")
classes = tf.placeholder(tf.int64, [None], name="classes")
training = tf.placeholder_with_default(False, [], name="training")

with tf.variable_scope("ConvNet"):
    x = tf.reshape(images, shape=[-1, 8, 8, 1])
    conv1 = tf.layers.conv2d(x, 32, 3, padding="same", activation=tf.nn.relu)
    conv2 = tf.layers.conv2d(conv1, 64, 3, padding="same", activation=tf.nn.relu)
    pool = tf.layers.max_pooling2d(conv2, 2, 2)
    flat = tf.layers.flatten(pool)
    fc1 = tf.layers.dense(flat, 128, activation=tf.nn.relu)
    fc1 = tf.layers.dropout(fc1, rate=0.4, training=training)
    logits = tf.layers.dense(fc1, 10)

loss = tf.losses.sparse_softmax_cross_entropy(labels=classes, logits=logits)
train = tf.train.AdamOptimizer(0.002).minimize(loss, tf.train.create_global_step())
predicted = tf.argmax(logits, axis=1)
accuracy, update_accuracy = tf.metrics.accuracy(classes, predicted)

rng = np.random.default_rng(0)
with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    for _epoch in range(12):
        order = rng.permutation(len(train_x))
        for batch in np.array_split(order, len(order) // 64):
            feeds = {images: train_x[batch], classes: train_y[batch], training: True}
            sess.run(train, feeds)
    for part in np.array_split(np.arange(len(test_x)), 5):
        sess.run(update_accuracy, {images: test_x[part], classes: test_y[part]})
    test_accuracy = sess.run(accuracy)
    steps = tf.train.global_step(sess, tf.train.get_global_step())
print(f"test accuracy {test_accuracy:.3f} after {steps} steps")
