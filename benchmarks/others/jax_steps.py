"""The training steps in JAX: a jitted function each, old weights donated."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks import data
from benchmarks.rung import Timed

RATE = 0.01


def dense_layers() -> list[tuple[Any, Any]]:
    """Weights and biases of the net 784-256-256-10."""
    sizes = (784, 256, 256, 10)
    return [
        (data.weights(inputs, outputs), np.zeros(outputs, np.float32))
        for inputs, outputs in pairwise(sizes)
    ]


def logits_of(jax: Any, layers: Any, x: Any) -> Any:
    """The net."""
    for w, b in layers[:-1]:
        x = jax.nn.relu(x @ w + b)
    w, b = layers[-1]
    return x @ w + b


def cross_entropy(jax: Any, logits: Any, labels: Any) -> Any:
    """The loss of a classifier."""
    chosen = jax.numpy.take_along_axis(logits, labels[:, None], 1)[:, 0]
    return jax.numpy.mean(jax.scipy.special.logsumexp(logits, axis=1) - chosen)


def trained(
    jax: Any, loss: Any, first: Any, feed: tuple[Any, ...], update: Any
) -> Timed:
    """A call that trains once; `update(state, gradients)` makes the next state.

    Args:
        jax: the library.
        loss: function of weights and inputs.
        first: `(weights, whatever else the optimizer keeps)`.
        feed: numpy arrays, which go into each call.
        update: function of the state and gradients.
    """

    def step(state: Any, *inputs: Any) -> Any:
        return update(state, jax.grad(loss)(state[0], *inputs))

    jitted = jax.jit(step, donate_argnums=0)
    start = jax.jit(lambda state: jax.tree.map(lambda array: array + 0, state))
    state = start(first)

    def call() -> None:
        nonlocal state
        state = jax.block_until_ready(jitted(state, *feed))

    def check() -> list[float]:
        nonlocal state
        state = start(first)
        losses = []
        for _ in range(5):
            call()
            losses.append(float(loss(state[0], *feed)))
        return losses

    return Timed(call, check)


def descent(jax: Any, rate: float) -> Any:
    """Gradient descent."""

    def update(state: Any, gradients: Any) -> Any:
        return (jax.tree.map(lambda w, g: w - rate * g, state[0], gradients),)

    return update


def mlp_loss(jax: Any) -> Any:
    """The loss of the net."""

    def loss(layers: Any, x: Any, labels: Any) -> Any:
        return cross_entropy(jax, logits_of(jax, layers, x), labels)

    return loss


def mlp_step(jax: Any) -> Timed:
    """Gradient descent."""
    feed = data.digits()
    return trained(jax, mlp_loss(jax), (dense_layers(),), feed, descent(jax, RATE))


def mlp_adam(jax: Any) -> Timed:
    """Adam as TensorFlow has it, with its epsilon beside the uncorrected root."""
    layers = dense_layers()
    zeros = jax.tree.map(np.zeros_like, layers)
    one = np.float32(1.0)

    def update(state: Any, gradients: Any) -> Any:
        weights, m, v, power1, power2 = state
        power1, power2 = power1 * 0.9, power2 * 0.999
        rate = 0.001 * jax.numpy.sqrt(1 - power2) / (1 - power1)
        m = jax.tree.map(lambda m, g: m + 0.1 * (g - m), m, gradients)
        v = jax.tree.map(lambda v, g: v + 0.001 * (g * g - v), v, gradients)
        weights = jax.tree.map(
            lambda w, m, v: w - rate * m / (jax.numpy.sqrt(v) + 1e-8), weights, m, v
        )
        return weights, m, v, power1, power2

    first = (layers, zeros, zeros, one, one)
    return trained(jax, mlp_loss(jax), first, data.digits(), update)


def mlp_inference(jax: Any) -> Timed:
    """The logits of a batch."""
    layers = jax.device_put(dense_layers())
    x = data.digits().images
    run = jax.jit(lambda layers, x: logits_of(jax, layers, x))

    def check() -> list[float]:
        values = np.asarray(run(layers, x))
        return [float(np.sum(np.abs(values))), float(values.max()), float(values.min())]

    return Timed(lambda: np.asarray(run(layers, x)), check)


def cnn_step(jax: Any) -> Timed:
    """Two convolutions."""
    kernels = [data.weights(5, 5, 1, 32), data.weights(5, 5, 32, 64)]
    biases = [np.zeros(32, np.float32), np.zeros(64, np.float32)]
    last = (data.weights(7 * 7 * 64, 10), np.zeros(10, np.float32))

    def loss(weights: Any, x: Any, labels: Any) -> Any:
        kernels, biases, last = weights
        layer = x.reshape(-1, 28, 28, 1)
        for kernel, bias in zip(kernels, biases, strict=True):
            layer = jax.lax.conv_general_dilated(
                layer,
                kernel,
                (1, 1),
                "SAME",
                dimension_numbers=("NHWC", "HWIO", "NHWC"),
            )
            layer = jax.lax.reduce_window(
                jax.nn.relu(layer + bias),
                -np.inf,
                jax.lax.max,
                (1, 2, 2, 1),
                (1, 2, 2, 1),
                "SAME",
            )
        logits = layer.reshape(-1, 7 * 7 * 64) @ last[0] + last[1]
        return cross_entropy(jax, logits, labels)

    first = ((kernels, biases, last),)
    return trained(jax, loss, first, data.digits(), descent(jax, RATE))


def lstm_step(jax: Any) -> Timed:
    """An LSTM by `lax.scan`."""
    values = data.sequence()
    zeros = np.zeros((data.BATCH, data.UNITS), np.float32)

    def loss(weights: Any, x: Any) -> Any:
        kernel, bias = weights

        def step(carried: Any, inputs: Any) -> Any:
            h, c = carried
            gates = jax.numpy.concatenate([inputs, h], 1) @ kernel + bias
            i, j, f, o = jax.numpy.split(gates, 4, axis=1)
            c = jax.nn.sigmoid(f + 1.0) * c + jax.nn.sigmoid(i) * jax.numpy.tanh(j)
            return (jax.nn.sigmoid(o) * jax.numpy.tanh(c), c), None

        (h, _), _ = jax.lax.scan(step, (zeros, zeros), x)
        return jax.numpy.mean(jax.numpy.square(h - 1.0))

    first = ((values.kernel, values.bias),)
    return trained(jax, loss, first, (values.x,), descent(jax, 1.0))


PROGRAMS: dict[str, Callable[[Any], Timed]] = {
    function.__name__: function
    for function in (mlp_step, mlp_adam, mlp_inference, cnn_step, lstm_step)
}
