"""Inputs of operations: variables, so that nobody computes anything while compiling."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np


class Maker:
    """Makes inputs in a library.

    Attributes:
        tf: the library.
    """

    def __init__(self, tf: Any) -> None:
        self.tf = tf
        self._random = np.random.RandomState(0)

    def held(self, value: Any) -> Any:
        """A variable with this value."""
        value = np.asarray(value)
        return self.tf.Variable(value, trainable=value.dtype.kind == "f")

    def normal(self, *shape: int) -> Any:
        """Normal numbers."""
        return self.held(self._random.randn(*shape).astype(np.float32))

    def uniform(self, *shape: int, low: float = 0.1, high: float = 0.9) -> Any:
        """Numbers between two, positive by default."""
        values = self._random.uniform(low, high, shape)
        return self.held(values.astype(np.float32))

    def integers(self, *shape: int, below: int = 100, dtype: Any = np.int32) -> Any:
        """Integers from zero."""
        return self.held(self._random.randint(0, below, shape).astype(dtype))

    def sorted_integers(self, *shape: int, below: int = 100) -> Any:
        """The same, ascending."""
        return self.held(np.sort(self._random.randint(0, below, shape).astype("i4")))

    def bools(self, *shape: int) -> Any:
        """Half of them true."""
        return self.held(self._random.rand(*shape) < 0.5)

    def words(self, *shape: int) -> Any:
        """Numbers as texts."""
        texts = [str(n).encode() for n in self._random.randint(0, 1000, shape).flat]
        return self.tf.Variable(np.reshape(np.array(texts, object), shape))


Operation = Callable[[Maker, int], Any]


def side(count: int, power: int = 2) -> int:
    """The side of a square, or of a cube, of so many elements."""
    return max(1, round(math.pow(count, 1 / power)))


def unary(function: Callable[[Any, Any], Any], values: str = "uniform") -> Operation:
    """A function of one tensor, by the way its values are made."""

    def build(make: Maker, count: int) -> Any:
        return function(make.tf, getattr(make, values)(count))

    return build


def binary(
    function: Callable[[Any, Any, Any], Any], values: str = "uniform"
) -> Operation:
    """A function of two tensors of one shape."""

    def build(make: Maker, count: int) -> Any:
        maker = getattr(make, values)
        return function(make.tf, maker(count), maker(count))

    return build
