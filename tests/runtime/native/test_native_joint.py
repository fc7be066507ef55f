"""Parts of concatenations that are made where they belong."""

import numpy as np
import pytest

import interactive_graphs as tf
from tests.runtime.native.programs import both, close, kernels

RANDOM = np.random.default_rng(7)


def normal(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def ran(fetches, feed):
    """The native program of a step, which gives what the numpy program gives."""
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    pair = both(sess, fetches, feed)
    wanted = pair.numpy.run(pair.values)
    for _ in range(2):
        close(wanted, pair.made.run(pair.values))
    return kernels(pair.made)


def copied(names):
    return [name for name in names if name.startswith(("concat", "stack"))]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_clusters_store_their_results_in_the_concatenation(axis):
    x = tf.placeholder(tf.float32, [3, 5, 17])
    joint = tf.concat([tf.tanh(x), x, tf.exp(x)], axis)
    names = ran([tf.reduce_sum(tf.sqrt(tf.abs(joint)), 0)], {x: normal(3, 5, 17)})
    assert [name.rpartition("_of_")[2] for name in copied(names)] == ["1"]


def test_nothing_is_left_of_a_concatenation_that_others_fill():
    x = tf.placeholder(tf.float32, [6, 32])
    product = tf.nn.relu(tf.matmul(x, normal(32, 20)))
    joint = tf.concat([tf.tanh(x), product], 1)
    names = ran([tf.matmul(joint, normal(52, 7))], {x: normal(6, 32)})
    assert not copied(names)


def test_a_product_cut_into_slices_is_stored_with_gaps():
    x = tf.placeholder(tf.float32, [4, 5000])
    product = tf.matmul(x, normal(5000, 20))
    joint = tf.concat([product, tf.sin(product)], 1)
    ran([tf.reduce_max(joint, 0)], {x: normal(4, 5000)})


@pytest.mark.parametrize("rows", [1, 6])
def test_what_others_read_is_copied(rows):
    x = tf.placeholder(tf.float32, [rows, 32])
    h = tf.tanh(x)
    fetched = tf.exp(x)
    total = tf.reduce_sum(tf.square(x), 0, keepdims=True)
    parts = [h, h, fetched, total if rows == 1 else tf.sin(x)]
    joint = tf.nn.softmax(tf.concat(parts, 1))
    names = ran([joint, fetched], {x: normal(rows, 32)})
    assert len(copied(names)) == 1


def test_short_rows_are_copied():
    x = tf.placeholder(tf.float32, [50, 3])
    joint = tf.concat([tf.tanh(x), tf.exp(x)], 1)
    names = ran([tf.nn.softmax(joint)], {x: normal(50, 3)})
    assert copied(names) == ["concat_50x6_of_2"]


def test_a_concatenation_of_what_depends_on_a_part_of_it():
    x = tf.placeholder(tf.float32, [6, 32])
    h = tf.tanh(x)
    joint = tf.concat([h, tf.nn.softmax(h)], 1)
    ran([tf.matmul(joint, normal(64, 3))], {x: normal(6, 32)})


def test_a_fetched_concatenation_is_the_users():
    x = tf.placeholder(tf.float32, [600, 32])
    joint = tf.concat([tf.tanh(x), tf.exp(x)], 1)
    assert copied(ran([joint], {x: normal(600, 32)})) == ["concat_600x64_of_2"]


def unrolled(steps=7, batch=3, inputs=5, units=16):
    x = tf.placeholder(tf.float32, [steps, batch, inputs])
    kernel = tf.Variable(normal(inputs + units, 4 * units))
    bias = tf.Variable(tf.zeros([4 * units]))
    h = c = tf.zeros([batch, units])
    for step in tf.unstack(x):
        gates = tf.matmul(tf.concat([step, h], 1), kernel) + bias
        i, j, f, o = tf.split(gates, 4, axis=1)
        c = tf.sigmoid(f + 1.0) * c + tf.sigmoid(i) * tf.tanh(j)
        h = tf.sigmoid(o) * tf.tanh(c)
    loss = tf.reduce_mean(tf.square(h - 1.0))
    gradients = tf.gradients(loss, [kernel, bias])
    return [loss, *gradients], {x: normal(steps, batch, inputs)}


def test_the_inputs_of_an_unrolled_loop_are_copied_at_once():
    names = ran(*unrolled())
    # The first step's state is known, and copied with its input.
    assert sorted(copied(names)) == ["concat_18x21_of_1", "concat_3x21_of_2"]


def test_parts_of_a_stack_do_not_share_memory_with_what_is_alive():
    fetches, feed = unrolled(steps=5, units=24)
    more = [tf.reduce_sum(tf.square(tensor)) for tensor in fetches]
    ran([*fetches, *more], feed)
