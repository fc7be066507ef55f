"""Discrete Fourier transforms: `fft` and its inverse.

Each is linear, and the gradient of a linear function is its adjoint: of the transform
the inverse without its factor 1/n, of the inverse the transform with it.
Read next: `spectral.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import COMPLEX, complex64
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import at_least_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape


def _same_vectors(op: Operation) -> list[Shape]:
    return [at_least_rank(op.inputs[0].static_shape, 1)]


def _length(x: Tensor) -> Tensor:
    """How many numbers are transformed together, in the dtype of `x`."""
    count: Tensor = raw.Cast(raw.Shape(x)[-1], DstT=x.dtype)
    return count


fft_op = define(
    "FFT", "input: Tcomplex -> output: Tcomplex",
    Tcomplex=types(COMPLEX, complex64), shape=_same_vectors,
    gradient=lambda _, dy: [raw.IFFT(dy) * _length(dy)],
    doc="The Fourier transform along the last axis.",
)  # fmt: skip


@fft_op.kernel("CPU")
def _(input: Any) -> Any:
    # numpy refuses to transform no numbers at all.
    return np.fft.fft(input) if input.size else input


ifft_op = define(
    "IFFT", "input: Tcomplex -> output: Tcomplex",
    Tcomplex=types(COMPLEX, complex64), shape=_same_vectors,
    gradient=lambda _, dy: [raw.FFT(dy) / _length(dy)],
    doc="The inverse Fourier transform along the last axis.",
)  # fmt: skip


@ifft_op.kernel("CPU")
def _(input: Any) -> Any:
    return np.fft.ifft(input) if input.size else input


def fft(input: Any, name: str | None = None) -> Tensor:
    """The discrete Fourier transform along the last axis.

    Args:
        input: complex64 or complex128, `[..., n]`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape: element k is the sum over j of
        `input[..., j] * exp(-2j * pi * j * k / n)`.

    Raises:
        ValueError: `input` is a scalar.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.fft([1., 0., 0., 0.]))
        array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j], dtype=complex64)
    """
    result: Tensor = raw.FFT(input, name=name)
    return result


def ifft(input: Any, name: str | None = None) -> Tensor:
    """The inverse of `fft` along the last axis.

    Args:
        input: complex64 or complex128, `[..., n]`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape: element j is the mean over k of
        `input[..., k] * exp(2j * pi * j * k / n)`.

    Raises:
        ValueError: `input` is a scalar.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.ifft(tf.fft([5., 6.])))
        array([5.+0.j, 6.+0.j], dtype=complex64)
    """
    result: Tensor = raw.IFFT(input, name=name)
    return result
