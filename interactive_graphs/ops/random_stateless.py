"""Random numbers that follow from a seed given when they are drawn.

The same seed gives the same numbers in every step and session; they are not those that
TensorFlow draws. Read next: `random_ops.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_shape_value, static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    FLOAT,
    INDEX,
    REAL,
    DType,
    as_dtype,
    float32,
    float64,
    int32,
    int64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef, define, types
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.shape_rules import with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list

_MASK = 2**64 - 1


def _check_seed(op: Operation, index: int) -> None:
    (length,) = with_rank(op.inputs[index].static_shape, 1) or (None,)
    if length not in (2, None):
        raise ValueError(f"Dimension must be 2 but is {length}")


def _shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[0].static_shape, 1)
    _check_seed(op, 1)
    return [static_shape_value(op.inputs[0])]


def _generator(seed: np.ndarray) -> np.random.Generator:
    """The numbers that follow from a seed.

    Raises:
        InvalidArgumentError: it is no vector of two.
    """
    if seed.shape != (2,):
        invalid(f"seed must have shape [2], not {format_list(seed.shape)}")
    first, second = (int(s) & _MASK for s in seed)
    return np.random.Generator(np.random.Philox(key=first | second << 64))


def _dims(shape: np.ndarray) -> tuple[int, ...]:
    if (shape < 0).any():
        invalid(f"Dimension {shape.min()} must be >= 0")
    return tuple(shape.tolist())


def _drawn(random: np.random.Generator, method: str, size: Any, dtype: DType) -> Any:
    """Numbers of a floating dtype."""
    wide = np.float64 if dtype is float64 else np.float32
    numbers = getattr(random, method)(size, wide)
    if dtype in (float32, float64):
        return numbers
    narrow = numbers.astype(dtype.np_dtype)
    # Rounding must not make the 1 that does not belong to the range.
    below = np.nextafter(dtype.np_dtype.type(1), dtype.np_dtype.type(0))
    return np.minimum(narrow, below) if method == "random" else narrow


def _define(name: str, doc: str) -> OpDef:
    return define(
        name, "shape: T, seed: Tseed -> output: dtype", dtype=types(FLOAT, float32),
        T=types(INDEX, int32), Tseed=types(INDEX, int64), shape_rule=_shape,
        gradient=None, doc=doc,
    )  # fmt: skip


uniform_op = _define("StatelessRandomUniform", "Numbers spread evenly over [0, 1).")


@uniform_op.kernel("CPU")
def _(shape: np.ndarray, seed: np.ndarray, dtype: DType) -> Any:
    return _drawn(_generator(seed), "random", _dims(shape), dtype)


normal_op = _define("StatelessRandomNormal", "Normal numbers, mean 0 and deviation 1.")


@normal_op.kernel("CPU")
def _(shape: np.ndarray, seed: np.ndarray, dtype: DType) -> Any:
    return _drawn(_generator(seed), "standard_normal", _dims(shape), dtype)


truncated_op = _define(
    "StatelessTruncatedNormal", "Normal numbers, none beyond 2 deviations."
)


@truncated_op.kernel("CPU")
def _(shape: np.ndarray, seed: np.ndarray, dtype: DType) -> Any:
    random = _generator(seed)
    output = np.asarray(_drawn(random, "standard_normal", _dims(shape), dtype))
    while (outside := np.abs(output) > 2).any():
        output[outside] = _drawn(random, "standard_normal", int(outside.sum()), dtype)
    return output


integers_op = define(
    "StatelessRandomUniformInt",
    "shape: T, seed: Tseed, minval: dtype, maxval: dtype -> output: dtype",
    dtype=types(INDEX), T=types(INDEX), Tseed=types(INDEX, int64), shape_rule=_shape,
    gradient=None, doc="Integers spread evenly over [minval, maxval).",
)  # fmt: skip


@integers_op.kernel("CPU")
def _(
    shape: np.ndarray, seed: np.ndarray, minval: np.ndarray, maxval: np.ndarray
) -> Any:
    random, dims = _generator(seed), _dims(shape)
    if minval >= maxval:
        invalid(f"Need minval < maxval, got {minval} >= {maxval}")
    return np.asarray(random.integers(minval, maxval, dims, minval.dtype))


def _classes_shape(op: Operation) -> list[Shape]:
    rows, _ = with_rank(op.inputs[0].static_shape, 2) or (None, None)
    _check_seed(op, 2)
    count = static_value(op.inputs[1])
    return [(rows, None if count is None else int(count))]


multinomial_op = define(
    "StatelessMultinomial",
    "logits: T, num_samples: int32, seed: Tseed -> output: output_dtype",
    T=types(REAL), Tseed=types(INDEX, int64), output_dtype=types(INDEX, int64),
    shape=_classes_shape, gradient=None,
    doc="Class numbers drawn with the probabilities softmax(logits).",
)  # fmt: skip


@multinomial_op.kernel("CPU")
def _(
    logits: np.ndarray, num_samples: np.ndarray, seed: np.ndarray, output_dtype: DType
) -> Any:
    if logits.ndim != 2:
        invalid(f"logits should be a matrix, got shape {format_list(logits.shape)}")
    if num_samples < 0:
        invalid(f"num_samples should be nonnegative, got {num_samples}")
    random = _generator(seed)
    wide = logits.astype(np.float64)
    # The largest of the logits plus Gumbel noise falls on each class as often.
    noise = random.gumbel(size=(logits.shape[0], int(num_samples), logits.shape[1]))
    chosen = (wide[:, None, :] + noise).argmax(-1) if logits.shape[1] else noise[..., 0]
    return chosen.astype(output_dtype.np_dtype)


# -- public functions -----------------------------------------------------------------


def stateless_random_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = float32,
    name: str | None = None,
) -> Tensor:
    """Numbers spread evenly, the same for the same seed.

    Args:
        shape: of the result.
        seed: two integers.
        minval: the least.
        maxval: what they stay below; 1 for floating dtypes when None.
        dtype: floating, int32 or int64.
        name: of the scope.

    Returns:
        A tensor of that dtype and shape.

    Raises:
        ValueError: `maxval` is missing for integers.

    Example:
        >>> import interactive_graphs as tf
        >>> twice = [tf.random.stateless_uniform([3], [1, 2]) for _ in range(2)]
        >>> with tf.Session() as sess:
        ...     a, b = sess.run(twice)
        >>> bool((a == b).all())
        True
    """
    wanted = as_dtype(dtype)
    if maxval is None:
        if wanted.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {wanted!r}")
        maxval = 1
    with name_scope(name, "stateless_random_uniform", [shape, seed]) as scope:
        low, high = convert(minval, wanted, "min"), convert(maxval, wanted, "max")
        if wanted.is_integer:
            result: Tensor = raw.StatelessRandomUniformInt(
                shape, seed, low, high, name=scope
            )
            return result
        numbers = raw.StatelessRandomUniform(shape, seed, dtype=wanted)
        scaled: Tensor = raw.Add(numbers * (high - low), low, name=scope)
        return scaled


def _scaled(
    op: Any, default: str, shape: Any, seed: Any, mean: Any, stddev: Any, dtype: Any,
    name: str | None,
) -> Tensor:  # fmt: skip
    wanted = as_dtype(dtype)
    with name_scope(name, default, [shape, seed, mean, stddev]) as scope:
        centre = convert(mean, wanted, "mean")
        deviation = convert(stddev, wanted, "stddev")
        numbers = op(shape, seed, dtype=wanted)
        result: Tensor = raw.Add(numbers * deviation, centre, name=scope)
        return result


def stateless_random_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    name: str | None = None,
) -> Tensor:
    """Normal numbers, the same for the same seed.

    Args:
        shape: of the result.
        seed: two integers.
        mean: of the numbers.
        stddev: their standard deviation.
        dtype: a floating dtype.
        name: of the scope.

    Returns:
        A tensor of that dtype and shape.
    """
    return _scaled(
        raw.StatelessRandomNormal, "stateless_random_normal", shape, seed, mean,
        stddev, dtype, name,
    )  # fmt: skip


def stateless_truncated_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    name: str | None = None,
) -> Tensor:
    """Normal numbers, none beyond 2 deviations, the same for the same seed.

    Args:
        shape: of the result.
        seed: two integers.
        mean: of the numbers before.
        stddev: their standard deviation before.
        dtype: a floating dtype.
        name: of the scope.

    Returns:
        A tensor of that dtype and shape.
    """
    return _scaled(
        raw.StatelessTruncatedNormal, "stateless_truncated_normal", shape, seed, mean,
        stddev, dtype, name,
    )  # fmt: skip


def stateless_multinomial(
    logits: Any,
    num_samples: Any,
    seed: Any,
    output_dtype: Any = int64,
    name: str | None = None,
) -> Tensor:
    """Class numbers with the probabilities softmax(logits), the same for a seed.

    Args:
        logits: real, `[batch, classes]`.
        num_samples: how many for each row, an int32 scalar.
        seed: two integers.
        output_dtype: int32 or int64.
        name: of the scope.

    Returns:
        A tensor of that dtype, `[batch, num_samples]`.
    """
    with name_scope(name, "stateless_multinomial", [logits, seed]):
        result: Tensor = raw.StatelessMultinomial(
            convert(logits, None, "logits"),
            num_samples,
            seed,
            output_dtype=as_dtype(output_dtype),
        )
        return result


def stateless_categorical(
    logits: Any,
    num_samples: Any,
    seed: Any,
    dtype: Any = int64,
    name: str | None = None,
) -> Tensor:
    """Class numbers with the probabilities softmax(logits), the same for a seed.

    Args:
        logits: real, `[batch, classes]`.
        num_samples: how many for each row, an int32 scalar.
        seed: two integers.
        dtype: int32 or int64.
        name: of the scope.

    Returns:
        A tensor of that dtype, `[batch, num_samples]`.
    """
    scope = name or "stateless_categorical"
    return stateless_multinomial(logits, num_samples, seed, dtype, scope)
