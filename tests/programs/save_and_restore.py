"""Save a model, go away, come back: training goes on where it stopped.

Also the way of a program that never saw the code: the graph itself comes from the
`.meta` file.
"""

import numpy as np
from sklearn.datasets import load_wine

import interactive_graphs as tf

model_path = "./model/wine.ckpt"
features, labels = load_wine(return_X_y=True)
features = ((features - features.mean(0)) / features.std(0)).astype(np.float32)

x = tf.placeholder(tf.float32, [None, 13], name="x")
y = tf.placeholder(tf.int32, [None], name="y")
logits = tf.layers.dense(x, 3, name="logits")
loss = tf.losses.sparse_softmax_cross_entropy(y, logits)
global_step = tf.train.get_or_create_global_step()
train = tf.train.AdamOptimizer(0.05).minimize(loss, global_step=global_step)
right = tf.nn.in_top_k(logits, y, 1)
accuracy = tf.reduce_mean(tf.cast(right, tf.float32), name="accuracy")
init = tf.global_variables_initializer()
saver = tf.train.Saver(max_to_keep=2)
feeds = {x: features, y: labels}

tf.gfile.MakeDirs("model")
with tf.Session() as sess:
    sess.run(init)
    for _epoch in range(3):
        for _step in range(10):
            sess.run(train, feeds)
        save_path = saver.save(sess, model_path, global_step=global_step)
    loss_when_saved = sess.run(loss, feeds)

with tf.Session() as sess:
    sess.run(init)
    loss_when_new = sess.run(loss, feeds)
    saver.restore(sess, tf.train.latest_checkpoint("model"))
    loss_when_restored, step_when_restored = sess.run([loss, global_step], feeds)
    for _step in range(100):
        sess.run(train, feeds)
    train_accuracy = sess.run(accuracy, feeds)
kept = [tf.train.checkpoint_exists(f"{model_path}-{step}") for step in (10, 20, 30)]

with tf.Graph().as_default(), tf.Session() as sess:
    again = tf.train.import_meta_graph(save_path + ".meta")
    again.restore(sess, save_path)
    accuracy_from_file = sess.run("accuracy:0", {"x:0": features, "y:0": labels})
print(
    f"loss {loss_when_saved:.3f}, restored {loss_when_restored:.3f} at step "
    f"{step_when_restored}; accuracy in the end {train_accuracy:.3f}"
)
