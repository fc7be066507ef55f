"""Training fed by queues: records from files, decoded and shuffled by threads.

The digits are written as TFRecord files first; two threads read them while the main
one trains, and the epochs end with OutOfRangeError, as they did then.
"""

import numpy as np
from sklearn.datasets import load_digits

import interactive_graphs as tf

tf.set_random_seed(9)
digits, labels = load_digits(return_X_y=True)
digits = digits.astype(np.uint8)


def write(path, images, classes):
    with tf.python_io.TFRecordWriter(path) as writer:
        for image, label in zip(images, classes, strict=True):
            bytes_list = tf.train.BytesList(value=[image.tobytes()])
            int64_list = tf.train.Int64List(value=[int(label)])
            feature = {
                "image": tf.train.Feature(bytes_list=bytes_list),
                "label": tf.train.Feature(int64_list=int64_list),
            }
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString())


files = [f"digits-{i}.tfrecords" for i in range(3)]
for i, path in enumerate(files):
    write(path, digits[i:1500:3], labels[i:1500:3])

epochs = 12
filename_queue = tf.train.string_input_producer(files, num_epochs=epochs)
reader = tf.TFRecordReader()
_, serialized = reader.read(filename_queue)
parsed = tf.parse_single_example(
    serialized,
    features={
        "image": tf.FixedLenFeature([], tf.string),
        "label": tf.FixedLenFeature([], tf.int64),
    },
)
image = tf.decode_raw(parsed["image"], tf.uint8)
image.set_shape([64])
image = tf.cast(image, tf.float32) / 16.0
images, classes = tf.train.shuffle_batch(
    [image, parsed["label"]],
    batch_size=50,
    num_threads=2,
    capacity=1000,
    min_after_dequeue=500,
)


def network(x, reuse=None):
    with tf.variable_scope("net", reuse=reuse):
        hidden = tf.layers.dense(x, 128, tf.nn.relu)
        return tf.layers.dense(hidden, 10)


loss = tf.losses.sparse_softmax_cross_entropy(classes, network(images))
train = tf.train.AdamOptimizer(0.003).minimize(loss)
held_out = tf.constant(digits[1500:], tf.float32) / 16.0
correct = tf.equal(tf.argmax(network(held_out, reuse=True), 1), labels[1500:])
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

steps = 0
with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess=sess, coord=coord)
    try:
        while not coord.should_stop():
            sess.run(train)
            steps += 1
    except tf.errors.OutOfRangeError:
        print(f"done after {epochs} epochs, {steps} steps")
    finally:
        coord.request_stop()
    coord.join(threads)
    test_accuracy = sess.run(accuracy)
still_running = [thread for thread in threads if thread.is_alive()]
print(f"held-out accuracy {test_accuracy:.3f}")
