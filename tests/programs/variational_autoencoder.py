"""A variational autoencoder: a code that can be drawn from, so that it writes digits.

The bound of Kingma and Welling (2013): what the decoder fails to explain, plus what the
code says beyond the standard normal.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

import interactive_graphs as tf

tf.set_random_seed(5)
data = load_digits()
digits = data.data.astype(np.float32) / 16.0
latent = 4

initializer = tf.contrib.layers.xavier_initializer()
weights = {
    "encoder": tf.Variable(initializer([64, 128])),
    "z_mean": tf.Variable(initializer([128, latent])),
    "z_std": tf.Variable(initializer([128, latent])),
    "decoder": tf.Variable(initializer([latent, 128])),
    "out": tf.Variable(initializer([128, 64])),
}
biases = {
    name: tf.Variable(tf.zeros([weight.shape[1]])) for name, weight in weights.items()
}

image = tf.placeholder(tf.float32, [None, 64])
hidden = tf.nn.tanh(tf.matmul(image, weights["encoder"]) + biases["encoder"])
z_mean = tf.matmul(hidden, weights["z_mean"]) + biases["z_mean"]
z_std = tf.matmul(hidden, weights["z_std"]) + biases["z_std"]
noise = tf.random_normal(tf.shape(z_std), name="epsilon")
z = z_mean + tf.exp(z_std / 2) * noise


def decode(code):
    hidden = tf.nn.tanh(tf.matmul(code, weights["decoder"]) + biases["decoder"])
    return tf.nn.sigmoid(tf.matmul(hidden, weights["out"]) + biases["out"])


reconstruction = decode(z)
unexplained = -tf.reduce_sum(
    image * tf.log(1e-10 + reconstruction)
    + (1 - image) * tf.log(1e-10 + 1 - reconstruction),
    1,
)
divergence = -0.5 * tf.reduce_sum(1 + z_std - tf.square(z_mean) - tf.exp(z_std), 1)
loss = tf.reduce_mean(unexplained + divergence)
train = tf.train.RMSPropOptimizer(0.002).minimize(loss)
noise_input = tf.placeholder(tf.float32, [None, latent])
written = decode(noise_input)

rng = np.random.default_rng(0)
losses = []
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _epoch in range(60):
        order = rng.permutation(len(digits))
        for batch in np.array_split(order, len(order) // 64):
            _, value = sess.run([train, loss], {image: digits[batch]})
        losses.append(value)
    pictures = sess.run(written, {noise_input: rng.normal(size=(200, latent))})

# Is what it writes near to real digits? Compare with the mean picture and with noise.
neighbours = KNeighborsClassifier(1).fit(digits, data.target)
distance = neighbours.kneighbors(pictures)[0].mean()
shuffled = rng.permuted(pictures, axis=1)
distance_of_noise = neighbours.kneighbors(shuffled)[0].mean()
kinds = len(set(neighbours.predict(pictures)))
print(
    f"loss {losses[0]:.1f} -> {losses[-1]:.1f}; distance to the nearest digit "
    f"{distance:.2f} ({distance_of_noise:.2f} for shuffled pixels); {kinds} kinds"
)
