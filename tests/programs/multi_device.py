"""Several devices: each takes half of the batch, one adds the gradients up.

With soft placement the program runs whatever devices there are; `log_device_placement`
tells where each node went.
"""

import numpy as np
from sklearn.datasets import load_breast_cancer

import interactive_graphs as tf

tf.set_random_seed(1)
features, labels = load_breast_cancer(return_X_y=True)
features = ((features - features.mean(0)) / features.std(0)).astype(np.float32)
labels = labels[:, np.newaxis].astype(np.float32)


def average_gradients(towers):
    averaged = []
    for pairs in zip(*towers, strict=True):
        grads = tf.stack([g for g, _ in pairs])
        averaged.append((tf.reduce_mean(grads, 0), pairs[0][1]))
    return averaged


with tf.device("/cpu:0"):
    X = tf.placeholder(tf.float32, [None, 30])
    Y = tf.placeholder(tf.float32, [None, 1])
    optimizer = tf.train.MomentumOptimizer(0.05, 0.9)
    x_parts, y_parts = tf.split(X[:568], 2), tf.split(Y[:568], 2)
    towers = []
    for i, name in enumerate(["/device:CPU:0", "/device:CPU:1"]):
        with tf.device(name), tf.name_scope(f"tower_{i}"):
            with tf.variable_scope("model", reuse=i > 0):
                w = tf.get_variable("w", [30, 1], initializer=tf.zeros_initializer())
                b = tf.get_variable("b", [1], initializer=tf.zeros_initializer())
            logits = tf.matmul(x_parts[i], w) + b
            loss = tf.reduce_mean(
                tf.nn.sigmoid_cross_entropy_with_logits(
                    labels=y_parts[i], logits=logits
                )
            )
            towers.append(optimizer.compute_gradients(loss))
    train = optimizer.apply_gradients(average_gradients(towers))
    predicted = tf.cast(tf.matmul(X, w) + b > 0, tf.float32)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(predicted, Y), tf.float32))

config = tf.ConfigProto(device_count={"CPU": 2}, allow_soft_placement=True)
metadata = tf.RunMetadata()
options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    for _step in range(200):
        sess.run(train, {X: features, Y: labels})
    sess.run(train, {X: features, Y: labels}, options=options, run_metadata=metadata)
    train_accuracy = sess.run(accuracy, {X: features, Y: labels})
devices = sorted({stats.device for stats in metadata.step_stats.dev_stats})
print(f"accuracy {train_accuracy:.3f} on {devices}")
