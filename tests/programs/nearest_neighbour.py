"""Nearest neighbour: a digit is what the most similar known digit is."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import interactive_graphs as tf

digits, labels = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(
    digits, labels, test_size=200, random_state=0
)

known = tf.placeholder("float", [None, 64])
asked = tf.placeholder("float", [64])
distance = tf.reduce_sum(tf.abs(tf.add(known, tf.negative(asked))), axis=1)
nearest = tf.arg_min(distance, 0)

hits = 0
with tf.Session() as sess:
    for image, label in zip(test_x, test_y, strict=True):
        index = sess.run(nearest, feed_dict={known: train_x, asked: image})
        hits += int(train_y[index] == label)
accuracy = hits / np.float64(len(test_x))
print(f"accuracy {accuracy:.3f}")
