"""The training steps in PyTorch, as its own tutorials write them."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks import data
from benchmarks.rung import Timed

RATE = 0.01


def parameter(torch: Any, values: Any) -> Any:
    """A weight that starts with these values."""
    return torch.nn.Parameter(torch.from_numpy(values.copy()))


def dense_layers(torch: Any) -> list[tuple[Any, Any]]:
    """Weights and biases of the net 784-256-256-10, the weights `[outputs, inputs]`."""
    sizes = (784, 256, 256, 10)
    return [
        (
            parameter(torch, np.ascontiguousarray(data.weights(inputs, outputs).T)),
            parameter(torch, np.zeros(outputs, np.float32)),
        )
        for inputs, outputs in pairwise(sizes)
    ]


def logits_of(torch: Any, layers: Any, x: Any) -> Any:
    """The net."""
    functional = torch.nn.functional
    for w, b in layers[:-1]:
        x = functional.relu(functional.linear(x, w, b))
    return functional.linear(x, *layers[-1])


def trained(
    torch: Any, loss: Any, weights: list[Any], feed: tuple[Any, ...], optimizer: Any
) -> Timed:
    """A call that trains once on numpy arrays."""
    firsts = [weight.detach().clone() for weight in weights]
    chosen = optimizer(weights)

    def call() -> None:
        inputs = [torch.from_numpy(array) for array in feed]
        chosen.zero_grad()
        loss(*inputs).backward()
        chosen.step()

    def check() -> list[float]:
        nonlocal chosen
        inputs = [torch.from_numpy(array) for array in feed]
        chosen = optimizer(weights)
        losses = []
        with torch.no_grad():
            for weight, first in zip(weights, firsts, strict=True):
                weight.copy_(first)
        for _ in range(5):
            call()
            with torch.no_grad():
                losses.append(float(loss(*inputs)))
        return losses

    return Timed(call, check)


def descent(torch: Any, rate: float) -> Any:
    """Gradient descent."""
    return lambda weights: torch.optim.SGD(weights, lr=rate)


def mlp(torch: Any, optimizer: Any) -> Timed:
    """A step of the net 784-256-256-10."""
    layers = dense_layers(torch)

    def loss(x: Any, labels: Any) -> Any:
        return torch.nn.functional.cross_entropy(logits_of(torch, layers, x), labels)

    weights = [weight for layer in layers for weight in layer]
    return trained(torch, loss, weights, data.digits(), optimizer)


def mlp_step(torch: Any) -> Timed:
    """Gradient descent."""
    return mlp(torch, descent(torch, RATE))


def mlp_adam(torch: Any) -> Timed:
    """Adam."""
    return mlp(torch, lambda weights: torch.optim.Adam(weights, lr=0.001))


def mlp_inference(torch: Any) -> Timed:
    """The logits of a batch."""
    layers = dense_layers(torch)
    x = data.digits().images

    def call() -> Any:
        with torch.no_grad():
            return logits_of(torch, layers, torch.from_numpy(x)).numpy()

    def check() -> list[float]:
        values = call()
        return [float(np.sum(np.abs(values))), float(values.max()), float(values.min())]

    return Timed(call, check)


def cnn_step(torch: Any) -> Timed:
    """Two convolutions, channels last in memory."""
    functional = torch.nn.functional
    weights = []
    for inputs, outputs in ((1, 32), (32, 64)):
        kernel = data.weights(5, 5, inputs, outputs).transpose(3, 2, 0, 1)
        kernel = np.ascontiguousarray(kernel)
        weights += [parameter(torch, kernel), parameter(torch, np.zeros(outputs, "f"))]
    # Both libraries flatten the picture with its channels last.
    last = np.ascontiguousarray(data.weights(7 * 7 * 64, 10).T)
    weights += [parameter(torch, last), parameter(torch, np.zeros(10, "f"))]

    def loss(x: Any, labels: Any) -> Any:
        layer = x.reshape(-1, 28, 28, 1).permute(0, 3, 1, 2)
        for kernel, bias in ((weights[0], weights[1]), (weights[2], weights[3])):
            layer = functional.relu(functional.conv2d(layer, kernel, bias, padding=2))
            layer = functional.max_pool2d(layer, 2)
        flat = layer.permute(0, 2, 3, 1).reshape(-1, 7 * 7 * 64)
        logits = functional.linear(flat, weights[4], weights[5])
        return functional.cross_entropy(logits, labels)

    return trained(torch, loss, weights, data.digits(), descent(torch, RATE))


def lstm_step(torch: Any) -> Timed:
    """`torch.nn.LSTM`, whose gates are input, forget, new, output."""
    values = data.sequence()
    net = torch.nn.LSTM(data.INPUTS, data.UNITS)

    def reordered(array: Any) -> Any:
        i, j, f, o = np.split(array, 4, axis=-1)
        return np.ascontiguousarray(np.concatenate([i, f, j, o], axis=-1).T)

    kernel = reordered(values.kernel)
    forget = np.zeros_like(values.bias)
    forget[data.UNITS : 2 * data.UNITS] = 1.0
    with torch.no_grad():
        net.weight_ih_l0.copy_(torch.from_numpy(kernel[:, : data.INPUTS].copy()))
        net.weight_hh_l0.copy_(torch.from_numpy(kernel[:, data.INPUTS :].copy()))
        net.bias_ih_l0.copy_(torch.from_numpy(reordered(values.bias)))
        net.bias_hh_l0.copy_(torch.from_numpy(forget))
    # It has two biases where others have one; the second one stays as it is.
    weights = [net.weight_ih_l0, net.weight_hh_l0, net.bias_ih_l0]
    net.bias_hh_l0.requires_grad_(False)

    def loss(x: Any) -> Any:
        _, (h, _) = net(x)
        return torch.mean(torch.square(h[0] - 1.0))

    return trained(torch, loss, weights, (values.x,), descent(torch, 1.0))


PROGRAMS: dict[str, Callable[[Any], Timed]] = {
    function.__name__: function
    for function in (mlp_step, mlp_adam, mlp_inference, cnn_step, lstm_step)
}
