"""What variables start from: `tf.zeros_initializer` and its kin.

An initializer is called with a shape (and dtype) and gives the tensor. Part of a
partitioned variable is told so by `partition_info`, since what it starts from depends
on the whole. Read next: `variable_scope.py`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import DType, as_dtype, float32
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import to_static
from interactive_graphs.ops import constant, random_ops

# The standard deviation of a unit normal cut off at 2, which is less than 1.
_TRUNCATED_STDDEV = 0.87962566103423978


class Initializer:
    """Gives the tensor that a variable starts from."""

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """The tensor.

        Args:
            shape: of the tensor.
            dtype: of the tensor; the initializer's own when None.
            partition_info: of which larger tensor this is a part, if it is.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer, for JSON."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """An initializer from what `get_config` gave."""
        return cls(**config)


class Zeros(Initializer):
    """Zeros.

    Args:
        dtype: of the tensor.

    Example:
        >>> import interactive_graphs as tf
        >>> v = tf.get_variable("v", [2], initializer=tf.zeros_initializer())
        >>> with tf.Session() as sess:
        ...     sess.run(v.initializer)
        ...     sess.run(v)
        array([0., 0.], dtype=float32)
    """

    def __init__(self, dtype: Any = float32) -> None:
        """See the class."""
        self.dtype = as_dtype(dtype)

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """Zeros of a shape."""
        del partition_info
        return constant.zeros(shape, dtype or self.dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {"dtype": self.dtype.name}


class Ones(Initializer):
    """Ones.

    Args:
        dtype: of the tensor.
    """

    def __init__(self, dtype: Any = float32) -> None:
        """See the class."""
        self.dtype = as_dtype(dtype)

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """Ones of a shape."""
        del partition_info
        return constant.ones(shape, dtype or self.dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {"dtype": self.dtype.name}


class Constant(Initializer):
    """Given values.

    Args:
        value: a number, list or array; the last value is repeated to fill the shape.
        dtype: of the tensor.
        verify_shape: whether `value` must have exactly the shape asked for.

    Raises:
        TypeError: `value` is none of these.
    """

    def __init__(
        self, value: Any = 0, dtype: Any = float32, verify_shape: bool = False
    ) -> None:
        """See the class."""
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value: {type(value)} (expected Python "
                "scalar, list or tuple of values, or numpy.ndarray)."
            )
        self.value = value
        self.dtype = as_dtype(dtype)
        self._verify_shape = verify_shape

    def __call__(
        self,
        shape: Any,
        dtype: Any = None,
        partition_info: Any = None,
        verify_shape: bool | None = None,
    ) -> Tensor:
        """The values, in a shape."""
        del partition_info
        verify = self._verify_shape if verify_shape is None else verify_shape
        return constant.constant(
            self.value, dtype or self.dtype, shape, verify_shape=verify
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {"value": self.value, "dtype": self.dtype.name}


class RandomUniform(Initializer):
    """Uniformly distributed numbers.

    Args:
        minval: the lower bound.
        maxval: the upper bound, not reached; 1 for floats when None.
        seed: the op-level seed.
        dtype: a float or int32, int64.
    """

    def __init__(
        self,
        minval: Any = 0,
        maxval: Any = None,
        seed: Any = None,
        dtype: Any = float32,
    ) -> None:
        """See the class."""
        self.minval = minval
        self.maxval = maxval
        self.seed = seed
        self.dtype = as_dtype(dtype)

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """Numbers in a shape."""
        del partition_info
        return random_ops.random_uniform(
            shape, self.minval, self.maxval, dtype or self.dtype, seed=self.seed
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {
            "minval": self.minval,
            "maxval": self.maxval,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class RandomNormal(Initializer):
    """Normally distributed numbers.

    Args:
        mean: of the distribution.
        stddev: its standard deviation.
        seed: the op-level seed.
        dtype: a float.

    Raises:
        ValueError: the dtype is no float.
    """

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 1.0, seed: Any = None, dtype: Any = float32
    ) -> None:
        """See the class."""
        self.mean = mean
        self.stddev = stddev
        self.seed = seed
        self.dtype = _float_dtype(dtype)

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """Numbers in a shape."""
        del partition_info
        return random_ops.random_normal(
            shape, self.mean, self.stddev, dtype or self.dtype, seed=self.seed
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {
            "mean": self.mean,
            "stddev": self.stddev,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class TruncatedNormal(RandomNormal):
    """Normally distributed numbers, none further from the mean than 2 deviations.

    Args:
        mean: of the distribution.
        stddev: its standard deviation before it is cut off.
        seed: the op-level seed.
        dtype: a float.

    Raises:
        ValueError: the dtype is no float.
    """

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """Numbers in a shape."""
        del partition_info
        return random_ops.truncated_normal(
            shape, self.mean, self.stddev, dtype or self.dtype, seed=self.seed
        )


class UniformUnitScaling(Initializer):
    """Uniform numbers that keep the scale of a linear layer's input.

    The bound is `factor * sqrt(3 / size)` with the product of all dimensions but the
    last as the size.

    Args:
        factor: what to multiply the bound with.
        seed: the op-level seed.
        dtype: a float.

    Raises:
        ValueError: the dtype is no float.
    """

    def __init__(
        self, factor: float = 1.0, seed: Any = None, dtype: Any = float32
    ) -> None:
        """See the class."""
        self.factor = factor
        self.seed = seed
        self.dtype = _float_dtype(dtype)

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """Numbers in a shape."""
        dims = _whole(shape, partition_info)
        size = max(1.0, float(math.prod(dims[:-1])))
        bound = math.sqrt(3 / size) * self.factor
        return random_ops.random_uniform(
            shape, -bound, bound, dtype or self.dtype, seed=self.seed
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {"factor": self.factor, "seed": self.seed, "dtype": self.dtype.name}


class VarianceScaling(Initializer):
    """Random numbers whose variance goes with the shape.

    Their variance is `scale / n`; n is the number of inputs of a layer with such
    weights ('fan_in'), of outputs ('fan_out'), or their mean ('fan_avg').

    Args:
        scale: positive.
        mode: 'fan_in', 'fan_out' or 'fan_avg'.
        distribution: 'normal' (or 'truncated_normal'), 'untruncated_normal', 'uniform'.
        seed: the op-level seed.
        dtype: a float.

    Raises:
        ValueError: an argument is none of these.

    Example:
        >>> import interactive_graphs as tf
        >>> init = tf.variance_scaling_initializer(2.0, distribution="uniform", seed=1)
        >>> w = tf.get_variable("w", [6, 3], initializer=init)
        >>> with tf.Session() as sess:
        ...     sess.run(w.initializer)
        ...     print(bool((abs(sess.run(w)) <= 1).all()))
        True
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "normal",
        seed: Any = None,
        dtype: Any = float32,
    ) -> None:
        """See the class."""
        if scale <= 0.0:
            raise ValueError("`scale` must be positive float.")
        if mode not in {"fan_in", "fan_out", "fan_avg"}:
            raise ValueError(f"Invalid `mode` argument: {mode}")
        distribution = distribution.lower()
        if distribution not in {
            "normal", "uniform", "truncated_normal", "untruncated_normal"
        }:  # fmt: skip
            raise ValueError(f"Invalid `distribution` argument: {distribution}")
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.seed = seed
        self.dtype = _float_dtype(dtype)

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """Numbers in a shape."""
        wanted = dtype or self.dtype
        fan_in, fan_out = _fans(_whole(shape, partition_info))
        count = {
            "fan_in": fan_in,
            "fan_out": fan_out,
            "fan_avg": (fan_in + fan_out) / 2.0,
        }[self.mode]
        stddev = math.sqrt(self.scale / max(1.0, count))
        if self.distribution == "uniform":
            limit = math.sqrt(3.0) * stddev
            return random_ops.random_uniform(
                shape, -limit, limit, wanted, seed=self.seed
            )
        if self.distribution == "untruncated_normal":
            return random_ops.random_normal(shape, 0.0, stddev, wanted, seed=self.seed)
        return random_ops.truncated_normal(
            shape, 0.0, stddev / _TRUNCATED_STDDEV, wanted, seed=self.seed
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class Orthogonal(Initializer):
    """A random orthogonal matrix; more dimensions are flattened into rows.

    Args:
        gain: what to multiply it with.
        seed: the op-level seed.
        dtype: a float.

    Raises:
        ValueError: the dtype is no float; when called: fewer than 2 dimensions.
    """

    def __init__(
        self, gain: float = 1.0, seed: Any = None, dtype: Any = float32
    ) -> None:
        """See the class."""
        self.gain = gain
        self.seed = seed
        self.dtype = _float_dtype(dtype)

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """The matrix, in a shape."""
        del partition_info
        dims = _dims(shape)
        if len(dims) < 2:
            raise ValueError(
                "The tensor to initialize must be at least two-dimensional"
            )
        rows, columns = math.prod(dims[:-1]), dims[-1]
        flat = [max(rows, columns), min(rows, columns)]
        start = random_ops.random_normal(
            flat, dtype=dtype or self.dtype, seed=self.seed
        )
        q, r = raw.Qr(start, full_matrices=False)
        # Makes the distribution uniform: the decomposition alone is not.
        q = q * raw.Sign(raw.DiagPart(r))
        if rows < columns:
            q = raw.Transpose(q, [1, 0])
        result: Tensor = self.gain * raw.Reshape(q, list(dims))
        return result

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}


class Identity(Initializer):
    """The identity matrix.

    Args:
        gain: what to multiply it with.
        dtype: a float.

    Raises:
        ValueError: the dtype is no float; when called: not 2 dimensions.
    """

    def __init__(self, gain: float = 1.0, dtype: Any = float32) -> None:
        """See the class."""
        self.gain = gain
        self.dtype = _float_dtype(dtype)

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """The matrix, or the part that `partition_info` tells of."""
        whole = _whole(shape, partition_info)
        if len(whole) != 2:
            raise ValueError(
                "Identity matrix initializer can only be used for 2D matrices."
            )
        matrix = self.gain * np.eye(*whole)
        if partition_info is not None:
            start = partition_info.var_offset
            ends = [o + d for o, d in zip(start, _dims(shape), strict=True)]
            matrix = matrix[start[0] : ends[0], start[1] : ends[1]]
        return constant.constant(matrix, dtype or self.dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {"gain": self.gain, "dtype": self.dtype.name}


def glorot_uniform_initializer(
    seed: Any = None, dtype: Any = float32
) -> VarianceScaling:
    """Uniform numbers up to `sqrt(6 / (fan_in + fan_out))`; `get_variable`'s default.

    Args:
        seed: the op-level seed.
        dtype: a float.

    Returns:
        The initializer.
    """
    return VarianceScaling(1.0, "fan_avg", "uniform", seed, dtype)


def glorot_normal_initializer(
    seed: Any = None, dtype: Any = float32
) -> VarianceScaling:
    """Truncated normal numbers of variance `2 / (fan_in + fan_out)`.

    Args:
        seed: the op-level seed.
        dtype: a float.

    Returns:
        The initializer.
    """
    return VarianceScaling(1.0, "fan_avg", "normal", seed, dtype)


def he_normal(seed: Any = None) -> VarianceScaling:
    """Truncated normal numbers of variance `2 / fan_in`.

    Args:
        seed: the op-level seed.

    Returns:
        The initializer.
    """
    return VarianceScaling(2.0, "fan_in", "normal", seed)


def he_uniform(seed: Any = None) -> VarianceScaling:
    """Uniform numbers up to `sqrt(6 / fan_in)`.

    Args:
        seed: the op-level seed.

    Returns:
        The initializer.
    """
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


def lecun_normal(seed: Any = None) -> VarianceScaling:
    """Truncated normal numbers of variance `1 / fan_in`.

    Args:
        seed: the op-level seed.

    Returns:
        The initializer.
    """
    return VarianceScaling(1.0, "fan_in", "normal", seed)


def lecun_uniform(seed: Any = None) -> VarianceScaling:
    """Uniform numbers up to `sqrt(3 / fan_in)`.

    Args:
        seed: the op-level seed.

    Returns:
        The initializer.
    """
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


def _float_dtype(dtype: Any) -> DType:
    found = as_dtype(dtype)
    if not found.is_floating:
        raise ValueError(f"Expected floating point type, got {found}.")
    return found


def _dims(shape: Any) -> tuple[int, ...]:
    """A fully known shape as a tuple."""
    dims = to_static(shape)
    if dims is None or None in dims:
        raise ValueError(f"The shape must be fully known, not {shape}")
    return dims  # type: ignore[return-value]


def _whole(shape: Any, partition_info: Any) -> tuple[int, ...]:
    """The shape of what the tensor is a part of, or its own."""
    return _dims(shape if partition_info is None else partition_info.full_shape)


def _fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """How many inputs and outputs a layer with such weights has."""
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


# TF's functions by which programs know the classes.
zeros_initializer = Zeros
ones_initializer = Ones
constant_initializer = Constant
random_uniform_initializer = RandomUniform
random_normal_initializer = RandomNormal
truncated_normal_initializer = TruncatedNormal
uniform_unit_scaling_initializer = UniformUnitScaling
variance_scaling_initializer = VarianceScaling
orthogonal_initializer = Orthogonal
identity_initializer = Identity
