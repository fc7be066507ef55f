"""A generative adversarial network on the eight-by-eight digits.

Two optimizers, each with its own list of variables, take turns.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestNeighbors

import interactive_graphs as tf

tf.set_random_seed(11)
digits = load_digits().data.astype(np.float32) / 16.0
noise_size = 16


def dense(x, size, activation=None, name=None):
    return tf.layers.dense(x, size, activation=activation, name=name)


def generator(z):
    with tf.variable_scope("generator"):
        h = dense(z, 128, tf.nn.relu, "hidden")
        return dense(h, 64, tf.nn.sigmoid, "out")


def discriminator(x, reuse=False):
    with tf.variable_scope("discriminator", reuse=reuse):
        h = dense(x, 128, tf.nn.leaky_relu, "hidden")
        return dense(h, 1, name="out")


z = tf.placeholder(tf.float32, [None, noise_size], name="noise")
real = tf.placeholder(tf.float32, [None, 64], name="real")
fake = generator(z)
on_real = discriminator(real)
on_fake = discriminator(fake, reuse=True)


def cross_entropy(logits, target):
    labels = tf.fill(tf.shape(logits), target)
    return tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
    )


disc_loss = cross_entropy(on_real, 0.9) + cross_entropy(on_fake, 0.0)
gen_loss = cross_entropy(on_fake, 1.0)
gen_vars = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope="generator")
disc_vars = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope="discriminator")
train_gen = tf.train.AdamOptimizer(1e-3, beta1=0.5).minimize(
    gen_loss, var_list=gen_vars
)
train_disc = tf.train.AdamOptimizer(1e-3, beta1=0.5).minimize(
    disc_loss, var_list=disc_vars
)

rng = np.random.default_rng(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _step in range(3000):
        batch = digits[rng.integers(len(digits), size=64)]
        noise = rng.uniform(-1.0, 1.0, (64, noise_size))
        sess.run([train_disc, train_gen], {real: batch, z: noise})
    pictures = sess.run(fake, {z: rng.uniform(-1.0, 1.0, (300, noise_size))})

neighbours = NearestNeighbors(n_neighbors=1).fit(digits)
distance = neighbours.kneighbors(pictures)[0].mean()
distance_of_noise = neighbours.kneighbors(rng.permuted(pictures, axis=1))[0].mean()
spread = pictures.std(axis=0).mean()
print(
    f"distance to the nearest digit {distance:.2f}, for shuffled pixels "
    f"{distance_of_noise:.2f}; spread {spread:.3f} (digits: {digits.std(axis=0).mean():.3f})"
)
