"""Summaries: loss and accuracy of a training, written for TensorBoard."""

import glob

import numpy as np
from sklearn.datasets import load_iris

import interactive_graphs as tf

logs_path = "tensorboard_logs"
features, labels = load_iris(return_X_y=True)
features = ((features - features.mean(0)) / features.std(0)).astype(np.float32)
one_hot = np.eye(3, dtype=np.float32)[labels]

x = tf.placeholder(tf.float32, [None, 4], name="InputData")
y = tf.placeholder(tf.float32, [None, 3], name="LabelData")
W = tf.Variable(tf.zeros([4, 3]), name="Weights")
b = tf.Variable(tf.zeros([3]), name="Bias")
with tf.name_scope("Model"):
    pred = tf.nn.softmax(tf.matmul(x, W) + b)
with tf.name_scope("CrossEntropy"):
    cost = tf.reduce_mean(-tf.reduce_sum(y * tf.log(pred), reduction_indices=1))
with tf.name_scope("SGD"):
    optimizer = tf.train.GradientDescentOptimizer(0.3).minimize(cost)
with tf.name_scope("Score"):
    acc = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
    acc = tf.reduce_mean(tf.cast(acc, tf.float32))

tf.summary.scalar("loss", cost)
tf.summary.scalar("accuracy", acc)
merged_summary_op = tf.summary.merge_all()

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    summary_writer = tf.summary.FileWriter(logs_path, graph=tf.get_default_graph())
    for epoch in range(200):
        _, c, summary = sess.run(
            [optimizer, cost, merged_summary_op], feed_dict={x: features, y: one_hot}
        )
        summary_writer.add_summary(summary, epoch)
    summary_writer.close()
    train_accuracy = acc.eval({x: features, y: one_hot})

(event_file,) = glob.glob(logs_path + "/events.out.tfevents.*")
events = list(tf.train.summary_iterator(event_file))
written_losses = [
    value.simple_value
    for event in events
    for value in event.summary.value
    if value.tag == "loss"
]
graphs_written = sum(bool(event.graph_def) for event in events)
print(f"accuracy {train_accuracy:.3f}, {len(written_losses)} losses in {event_file}")
