"""K-means: do the digits fall into groups of their own?

Lloyd's algorithm as a graph: one node gives each point its nearest centre, one moves
the centres to the means of their points.
"""

import numpy as np
from sklearn.datasets import load_digits

import interactive_graphs as tf

k = 10
digits, labels = load_digits(return_X_y=True)
rng = np.random.default_rng(4)

points = tf.constant(digits, tf.float32)
start = digits[rng.choice(len(digits), k, replace=False)]
centers = tf.Variable(start, dtype=tf.float32, name="centers")
distances = tf.reduce_sum(
    tf.square(tf.expand_dims(points, 1) - tf.expand_dims(centers, 0)), axis=2
)
nearest = tf.argmin(distances, axis=1)
inertia = tf.reduce_sum(tf.reduce_min(distances, axis=1))
sums = tf.unsorted_segment_sum(points, nearest, k)
counts = tf.unsorted_segment_sum(tf.ones_like(nearest, tf.float32), nearest, k)
means = sums / tf.expand_dims(counts, 1)
occupied = tf.expand_dims(counts, 1) > 0
moved = tf.where(tf.tile(occupied, [1, 64]), means, centers)
update = tf.assign(centers, moved)

history = []
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(60):
        history.append(sess.run(inertia))
        sess.run(update)
        if len(history) > 1 and history[-1] == history[-2]:
            break
    group = sess.run(nearest)

named = np.array(
    [np.bincount(labels[group == g], minlength=10).argmax() for g in range(k)]
)
purity = np.mean(named[group] == labels)
print(f"{len(history)} rounds, {purity:.3f} of the digits are in a group of their kind")
