"""Summaries of everything: images, weights and gradients as histograms, a traced step."""

import glob

import numpy as np
from sklearn.datasets import load_digits

import interactive_graphs as tf

tf.set_random_seed(2)
logs_path = "tensorboard_logs"
digits, labels = load_digits(return_X_y=True)
digits, one_hot = (digits / 16.0).astype(np.float32), np.eye(10)[labels]

x = tf.placeholder(tf.float32, [None, 64], name="InputData")
y = tf.placeholder(tf.float32, [None, 10], name="LabelData")
tf.summary.image("digit", tf.reshape(x, [-1, 8, 8, 1]), max_outputs=2)
with tf.name_scope("Model"):
    hidden = tf.layers.dense(x, 64, tf.nn.relu, name="hidden")
    tf.summary.histogram("relu", hidden)
    logits = tf.layers.dense(hidden, 10, name="logits")
with tf.name_scope("CrossEntropy"):
    loss = tf.losses.softmax_cross_entropy(y, logits)
with tf.name_scope("SGD"):
    optimizer = tf.train.GradientDescentOptimizer(0.2)
    grads = tf.gradients(loss, tf.trainable_variables())
    grads = list(zip(grads, tf.trainable_variables(), strict=True))
    apply_grads = optimizer.apply_gradients(grads_and_vars=grads)

tf.summary.scalar("loss", loss)
for var in tf.trainable_variables():
    tf.summary.histogram(var.name, var)
for grad, var in grads:
    tf.summary.histogram(var.name + "/gradient", grad)
merged = tf.summary.merge_all()

rng = np.random.default_rng(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    writer = tf.summary.FileWriter(logs_path, sess.graph)
    for step in range(150):
        batch = rng.integers(len(digits), size=100)
        feeds = {x: digits[batch], y: one_hot[batch]}
        if step == 100:
            options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
            metadata = tf.RunMetadata()
            _, summary = sess.run([apply_grads, merged], feeds, options, metadata)
            writer.add_run_metadata(metadata, f"step{step}")
        else:
            _, summary = sess.run([apply_grads, merged], feeds)
        writer.add_summary(summary, step)
    writer.close()

(event_file,) = glob.glob(logs_path + "/events.out.tfevents.*")
tags, losses, images, traces = set(), [], 0, []
for event in tf.train.summary_iterator(event_file):
    for value in event.summary.value:
        tags.add(value.tag)
        images += value.HasField("image")
        if value.tag == "loss":
            losses.append(value.simple_value)
    if event.HasField("tagged_run_metadata"):
        traces.append(event.tagged_run_metadata.tag)
print(f"{len(tags)} tags, {images} images, traced {traces}, loss now {losses[-1]:.3f}")
