"""Convolutions of any kind, as data for tests."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from interactive_graphs.kernels.cpu.windows import Windows, windows
from interactive_graphs.kernels.native.clusters import Operand, Value
from interactive_graphs.kernels.native.gemm_tiling import Epilogue
from tests.native.running import aligned


class Case(NamedTuple):
    """A convolution of some size."""

    input_shape: tuple[int, int, int, int]
    filter_shape: tuple[int, int, int, int]
    windows: Windows

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (self.input_shape[0], *self.windows.output, self.filter_shape[-1])


@st.composite
def cases(draw: Callable[..., object], channels: tuple[int, ...] = ()) -> Case:
    """Any convolution that fits: strides, paddings, dilations, channel counts."""

    def whole(low: int, high: int) -> int:
        return draw(st.integers(low, high))

    kernel = (whole(1, 5), whole(1, 5))
    strides = (whole(1, 4), whole(1, 4))
    dilations = (whole(1, 3), whole(1, 3))
    padding = draw(st.sampled_from([b"SAME", b"VALID", b"EXPLICIT"]))
    around = [(whole(0, 4), whole(0, 4)) for _ in range(2)]
    explicit = around if padding == b"EXPLICIT" else None
    sizes = []
    for k, d, (before, after) in zip(kernel, dilations, around, strict=True):
        room = before + after if explicit else 0
        least = 1 if padding == b"SAME" else max(1, (k - 1) * d + 1 - room)
        sizes.append(least + whole(0, 14))
    some = st.sampled_from(channels or (1, 2, 3, 7, 8, 16, 17, 32, 33, 48, 70))
    depth, out = draw(some), draw(some)
    w = windows(sizes, kernel, strides, dilations, padding, explicit)
    batch = whole(0, 3)
    return Case((batch, sizes[0], sizes[1], depth), (*kernel, depth, out), w)


def numbers(shape: tuple[int, ...], dtype: str, seed: int) -> np.ndarray:
    """Normal ones, in memory that is aligned to elements only."""
    array = aligned(shape, dtype, offset=np.dtype(dtype).itemsize)
    array[...] = np.random.default_rng(seed).standard_normal(shape)
    return array


def bound(dtype: str, terms: int) -> float:
    """What sums of products of normal numbers may differ by in another order."""
    return float(np.finfo(dtype).eps) * (8 + 4 * terms)


def same(shape: tuple[int, int, int, int], filters: tuple[int, int, int, int]) -> Case:
    """A convolution by one, padded to the size of its input."""
    return Case(
        shape, filters, windows(shape[1:3], filters[:2], (1, 1), (1, 1), b"SAME")
    )


def without_windows() -> Case:
    """A convolution whose windows are one larger than its input: there are none."""
    w = windows((2, 4), (3, 3), (1, 1), (1, 1), b"VALID")
    return Case((2, 2, 4, 3), (3, 3, 3, 4), w)


def bias_relu(shape: tuple[int, ...], dtype: str = "float32") -> Epilogue:
    """relu(result * 0.5 + bias) and the result itself, with a bias by channels."""
    return Epilogue(
        (Operand(dtype, (shape[-1],)), Operand(dtype, ())),
        (
            Value("multiply", (0, 2), dtype),
            Value("add", (3, 1), dtype),
            Value("relu", (4,), dtype),
        ),
        outputs=(5, 0),
    )


def step(shape: tuple[int, ...], dtype: str = "float32") -> Epilogue:
    """before - rate * result: a step down a gradient."""
    return Epilogue(
        (Operand(dtype, shape), Operand(dtype, ())),
        (Value("multiply", (2, 0), dtype), Value("subtract", (1, 3), dtype)),
        outputs=(4,),
    )
