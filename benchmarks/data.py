"""Inputs and first weights, numpy arrays that are the same for all libraries."""

import functools
from typing import NamedTuple

import numpy as np

FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
IntArray = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


class Digits(NamedTuple):
    """A batch of made-up images of digits.

    Attributes:
        images: float32, `[batch, 784]`, in 0..1.
        labels: int64, `[batch]`, in 0..9.
    """

    images: FloatArray
    labels: IntArray


@functools.cache
def digits(batch: int = 100) -> Digits:
    """A batch of images and their labels."""
    random = np.random.RandomState(0)
    images = random.rand(batch, 784).astype(np.float32)
    return Digits(images, random.randint(0, 10, batch))


@functools.cache
def weights(*shape: int, seed: int = 0) -> FloatArray:
    """First weights of a layer, scaled by how many inputs one output has."""
    scale = np.sqrt(2.0 / np.prod(shape[:-1]))
    values = np.random.RandomState(seed + shape[0]).randn(*shape)
    return np.asarray(values * scale, np.float32)


def normal(*shape: int, scale: float = 1.0, seed: int = 1) -> FloatArray:
    """Normal numbers."""
    values = np.random.RandomState(seed).randn(*shape)
    return np.asarray(values * scale, np.float32)


# The sizes of the recurrent nets: time, batch, inputs, units.
STEPS, BATCH, INPUTS, UNITS = 50, 32, 128, 128


class Sequence(NamedTuple):
    """What an LSTM begins with.

    Attributes:
        x: float32, `[time, batch, inputs]`.
        kernel: float32, `[inputs + units, 4 * units]`: input, new, forget, output.
        bias: float32, `[4 * units]`.
    """

    x: FloatArray
    kernel: FloatArray
    bias: FloatArray


def sequence() -> Sequence:
    """Inputs and weights of the LSTM."""
    kernel = normal(INPUTS + UNITS, 4 * UNITS, scale=0.05)
    return Sequence(
        normal(STEPS, BATCH, INPUTS, seed=2), kernel, np.zeros(4 * UNITS, np.float32)
    )
