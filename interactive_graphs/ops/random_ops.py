"""Random numbers: streams that start anew in each session.

Each op draws from a generator of its own (numpy's Philox, keyed by the pair of seeds),
kept per session: the same seeds give the same numbers in every session, and a new draw
with every run. The numbers are not TensorFlow's. Read next: `../framework/seed.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util import lazy
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
    float16,
    float32,
    float64,
    int32,
    int64,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef, define, types
from interactive_graphs.framework.seed import get_seed
from interactive_graphs.framework.shape_rules import same, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.control_flow import with_dependencies
from interactive_graphs.ops.debug import Assert
from interactive_graphs.ops.shape import shape as shape_tensor

_MASK = 2**64 - 1


def generator(ctx: Any) -> np.random.Generator:
    """The stream of the operation that runs, in its session.

    Args:
        ctx: the kernel's context.

    Returns:
        A generator keyed by the attributes seed and seed2; both 0 means a new key for
        every session.
    """
    stream: np.random.Generator = ctx.state(lambda: new_generator(ctx.op))
    return stream


def new_generator(op: Operation) -> np.random.Generator:
    """The beginning of an operation's stream, for kernels that keep more than that."""
    seed, seed2 = op.attrs["seed"], op.attrs["seed2"]
    if seed == 0 and seed2 == 0:
        return np.random.Generator(np.random.Philox())
    key = (seed & _MASK) | (seed2 & _MASK) << 64
    return np.random.Generator(np.random.Philox(key=key))


def _dims(shape: np.ndarray) -> tuple[int, ...]:
    if shape.ndim != 1:
        invalid(
            "shape must be a vector of {int32,int64}, got shape "
            f"{format_list(shape.shape)}"
        )
    for dim in shape.tolist():
        if dim < 0:
            invalid(f"Dimension {dim} must be >= 0")
    return tuple(shape.tolist())


def _shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[0].static_shape, 1)
    return [static_shape_value(op.inputs[0])]


def _define(name: str, doc: str) -> OpDef:
    """An op that fills a shape with random numbers of an attribute's dtype."""
    return define(
        name, "shape: T -> output: dtype",
        seed=0, seed2=0, T=types(INDEX), dtype=types(FLOAT), shape_rule=_shape,
        gradient=None, stateful=True, doc=doc,
    )  # fmt: skip


# The op's own argument is called shape, so `define` takes the rule as `shape_rule`.
uniform_op = _define("RandomUniform", "Numbers spread evenly over [0, 1).")

# How many bits of a float lie after the point: 1.0 must not come out of rounding.
_BITS = {np.dtype(np.float16): 11}


@uniform_op.kernel("CPU")
def _(ctx: Any, shape: np.ndarray, dtype: DType) -> np.ndarray:
    rng, dims = generator(ctx), _dims(shape)
    if dtype in (float32, float64):
        return rng.random(dims, dtype.np_dtype)
    bits = _BITS.get(dtype.np_dtype, 8)
    steps = rng.integers(0, 2**bits, dims)
    return np.asarray(steps / 2**bits).astype(dtype.np_dtype)


uniform_int_op = define(
    "RandomUniformInt", "shape: T, minval: Tout, maxval: Tout -> output: Tout",
    seed=0, seed2=0, T=types(INDEX), Tout=types(INDEX), shape_rule=_shape,
    gradient=None, stateful=True, doc="Integers spread evenly over [minval, maxval).",
)  # fmt: skip


@uniform_int_op.kernel("CPU")
def _(
    ctx: Any, shape: np.ndarray, minval: np.ndarray, maxval: np.ndarray
) -> np.ndarray:
    rng, dims = generator(ctx), _dims(shape)
    for name, value in (("minval", minval), ("maxval", maxval)):
        if value.ndim:
            invalid(f"{name} must be 0-D, got shape {format_list(value.shape)}")
    if 0 in dims:
        return np.empty(dims, minval.dtype)
    if minval >= maxval:
        invalid(f"Need minval < maxval, got {minval} >= {maxval}")
    return np.asarray(rng.integers(minval, maxval, dims, minval.dtype))


normal_op = _define("RandomStandardNormal", "Normal numbers, mean 0 and deviation 1.")


def _normal(rng: np.random.Generator, dims: Any, dtype: DType) -> np.ndarray:
    if dtype in (float32, float64):
        return np.asarray(rng.standard_normal(dims, dtype.np_dtype))
    return np.asarray(rng.standard_normal(dims, np.float32)).astype(dtype.np_dtype)


@normal_op.kernel("CPU")
def _(ctx: Any, shape: np.ndarray, dtype: DType) -> np.ndarray:
    return _normal(generator(ctx), _dims(shape), dtype)


truncated_op = _define(
    "TruncatedNormal", "Normal numbers; those beyond 2 deviations are drawn again."
)


@truncated_op.kernel("CPU")
def _(ctx: Any, shape: np.ndarray, dtype: DType) -> np.ndarray:
    rng = generator(ctx)
    output = _normal(rng, _dims(shape), dtype)
    while (outside := np.abs(output) > 2).any():
        output[outside] = _normal(rng, int(outside.sum()), dtype)
    return output


shuffle_op = define(
    "RandomShuffle", "value: T -> output: T", seed=0, seed2=0, shape=same,
    gradient=None, stateful=True, doc="Its input with the rows in random order.",
)  # fmt: skip


@shuffle_op.kernel("CPU")
def _(ctx: Any, value: np.ndarray) -> np.ndarray:
    if value.ndim == 0:
        return value
    return value[generator(ctx).permutation(len(value))]


def _multinomial_shape(op: Operation) -> list[Shape]:
    logits = with_rank(op.inputs[0].static_shape, 2)
    with_rank(op.inputs[1].static_shape, 0)
    count = static_value(op.inputs[1])
    if count is not None and count < 0:
        raise ValueError(
            "Dimension size, given by scalar input 1, must be non-negative but is "
            f"{count}"
        )
    assert logits is not None
    return [(logits[0], None if count is None else int(count))]


multinomial_op = define(
    "Multinomial", "logits: T, num_samples: int32 -> output: output_dtype",
    seed=0, seed2=0, T=types(REAL), output_dtype=types(INDEX, int64),
    shape=_multinomial_shape, gradient=None, stateful=True,
    doc="Class numbers drawn with the probabilities softmax(logits).",
)  # fmt: skip


@multinomial_op.kernel("CPU")
def _(
    ctx: Any, logits: np.ndarray, num_samples: np.ndarray, output_dtype: DType
) -> np.ndarray:
    if logits.ndim != 2:
        invalid(f"logits should be a matrix, got shape {format_list(logits.shape)}")
    count = int(num_samples)
    if count < 0:
        invalid(f"num_samples should be non-negative, got {count}")
    batch, classes = logits.shape
    if classes == 0:
        invalid("num_classes should be positive, got 0")
    scores = logits.astype(np.float64)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    totals = np.cumsum(weights, axis=1)
    drawn = generator(ctx).random((batch, count)) * totals[:, -1:]
    # Loaded when first used: importing the package is to stay quick.
    draws = lazy.load("interactive_graphs.kernels.cpu.draws")
    chosen: np.ndarray = draws.not_above(totals, drawn)
    np.minimum(chosen, classes - 1, out=chosen)  # rounding of the last total
    return chosen.astype(output_dtype.np_dtype, copy=False)


def _parameter_shape(op: Operation) -> list[Shape]:
    outer, inner = _shape(op)[0], op.inputs[1].static_shape
    return [None if outer is None or inner is None else (*outer, *inner)]


gamma_op = define(
    "RandomGamma", "shape: S, alpha: T -> output: T",
    seed=0, seed2=0, S=types(INDEX), T=types((float16, float32, float64)),
    shape_rule=_parameter_shape, stateful=True,
    doc="Gamma numbers of shape alpha and rate 1, `shape` of them for each alpha.",
)  # fmt: skip


@gamma_op.kernel("CPU")
def _(ctx: Any, shape: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    dims = _dims(shape) + alpha.shape
    drawn = generator(ctx).standard_gamma(alpha.astype(np.float64), dims)
    return np.asarray(drawn).astype(alpha.dtype, copy=False)


def _poisson(ctx: Any, shape: np.ndarray, rate: np.ndarray, dtype: Any) -> np.ndarray:
    lam = np.maximum(np.asarray(rate, np.float64), 0)  # as TF: nothing below zero
    drawn = generator(ctx).poisson(lam, _dims(shape) + rate.shape)
    return np.asarray(drawn).astype(dtype)


poisson_op = define(
    "RandomPoisson", "shape: S, rate: dtype -> output: dtype",
    seed=0, seed2=0, S=types(INDEX), dtype=types((float16, float32, float64)),
    shape_rule=_parameter_shape, stateful=True,
    doc="Poisson numbers; the form before RandomPoissonV2.",
)  # fmt: skip


@poisson_op.kernel("CPU")
def _(ctx: Any, shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
    return _poisson(ctx, shape, rate, rate.dtype)


_COUNTS = (float16, float32, float64, int32, int64)

poisson_v2_op = define(
    "RandomPoissonV2", "shape: S, rate: R -> output: dtype",
    seed=0, seed2=0, S=types(INDEX), R=types(_COUNTS, float64),
    dtype=types(_COUNTS, int64), shape_rule=_parameter_shape, stateful=True,
    doc="Poisson numbers, `shape` of them for each rate.",
)  # fmt: skip


@poisson_v2_op.kernel("CPU")
def _(ctx: Any, shape: np.ndarray, rate: np.ndarray, dtype: DType) -> np.ndarray:
    return _poisson(ctx, shape, rate, dtype.np_dtype)


# -- public functions -----------------------------------------------------------------


def _seeds(seed: int | None) -> dict[str, int]:
    """The attributes of an op with the user's seed."""
    first, second = get_seed(seed)
    return {"seed": first or 0, "seed2": second or 0}


def _as_shape(shape: Any) -> Tensor:
    empty = isinstance(shape, (list, tuple)) and not shape
    return convert(shape, int32 if empty else None, "shape")


def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Normally distributed numbers, drawn anew with every run.

    Args:
        shape: int32 or int64, `[rank]`.
        mean: of the distribution, a scalar or what broadcasts to `shape`.
        stddev: its standard deviation.
        dtype: a floating dtype.
        seed: see `set_random_seed`.
        name: the node's name.

    Returns:
        A tensor of `dtype`, `[shape]`.

    Example:
        >>> import interactive_graphs as tf
        >>> r = tf.random_normal([3], seed=1)
        >>> with tf.Session() as sess:
        ...     first, second = sess.run(r), sess.run(r)
        >>> with tf.Session() as sess:
        ...     (sess.run(r) == first).all(), (first == second).any()
        (np.True_, np.False_)
    """
    return _scaled(raw.RandomStandardNormal, "random_normal", shape, mean, stddev,
                   as_dtype(dtype), seed, name)  # fmt: skip


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Normally distributed numbers within two standard deviations of the mean.

    Args:
        shape: int32 or int64, `[rank]`.
        mean: of the distribution before it is truncated.
        stddev: its standard deviation.
        dtype: a floating dtype.
        seed: see `set_random_seed`.
        name: the node's name.

    Returns:
        A tensor of `dtype`, `[shape]`.
    """
    return _scaled(raw.TruncatedNormal, "truncated_normal", shape, mean, stddev,
                   as_dtype(dtype), seed, name)  # fmt: skip


def _scaled(
    node: Any,
    default: str,
    shape: Any,
    mean: Any,
    stddev: Any,
    dtype: DType,
    seed: int | None,
    name: str | None,
) -> Tensor:
    """`node(shape) * stddev + mean`, with TF1's names."""
    with op_scope(name, default, shape, mean, stddev) as scope:
        dims = _as_shape(shape)
        center = convert(mean, dtype, "mean")
        width = convert(stddev, dtype, "stddev")
        drawn = node(dims, dtype=dtype, **_seeds(seed))
        result: Tensor = raw.Add(raw.Mul(drawn, width, name="mul"), center, name=scope)
        return result


def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers spread evenly over `[minval, maxval)`, drawn anew with every run.

    Args:
        shape: int32 or int64, `[rank]`.
        minval: the lowest number.
        maxval: the end of the range; 1 for floating dtypes, needed for integers.
        dtype: a floating dtype, int32 or int64.
        seed: see `set_random_seed`.
        name: the node's name.

    Returns:
        A tensor of `dtype`, `[shape]`.

    Raises:
        ValueError: the dtype is another, or an integer one without `maxval`.
    """
    wanted = as_dtype(dtype)
    if wanted not in (*FLOAT, *INDEX):
        raise ValueError(f"Invalid dtype {wanted!r}")
    if maxval is None:
        if wanted.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {wanted!r}")
        maxval = 1
    with op_scope(name, "random_uniform", shape, minval, maxval) as scope:
        dims = _as_shape(shape)
        low, high = convert(minval, wanted, "min"), convert(maxval, wanted, "max")
        result: Tensor
        if wanted.is_integer:
            result = raw.RandomUniformInt(dims, low, high, name=scope, **_seeds(seed))
            return result
        drawn = raw.RandomUniform(dims, dtype=wanted, **_seeds(seed))
        width = raw.Sub(high, low, name="sub")
        result = raw.Add(raw.Mul(drawn, width, name="mul"), low, name=scope)
        return result


def random_shuffle(
    value: Any, seed: int | None = None, name: str | None = None
) -> Tensor:
    """The rows of a tensor in random order.

    Args:
        value: any dtype, `[rows, ...]`.
        seed: see `set_random_seed`.
        name: the node's name.

    Returns:
        A tensor of that dtype and shape.
    """
    result: Tensor = raw.RandomShuffle(value, name=name, **_seeds(seed))
    return result


def random_crop(
    value: Any, size: Any, seed: int | None = None, name: str | None = None
) -> Tensor:
    """A part of a tensor, `size` large, at a random place.

    Args:
        value: any dtype.
        size: int32 or int64, `[rank]`.
        seed: see `set_random_seed`.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[size]`.

    Raises:
        InvalidArgumentError: when it runs and `size` is larger than the tensor.
    """
    with op_scope(name, "random_crop", value, size) as scope:
        x = convert(value, None, "value")
        part = convert(size, int32, "size")
        whole = shape_tensor(x)
        fits = raw.All(raw.GreaterEqual(whole, part), np.array([0], np.int32))
        check = Assert(
            fits, ["Need value.shape >= size, got ", whole, part], summarize=1000
        )
        whole = with_dependencies([check], whole)
        room: Any = raw.Add(raw.Sub(whole, part, name="sub"), 1, name="add")
        draws = random_uniform(
            shape_tensor(whole), maxval=int32.max, dtype=int32, seed=seed
        )
        offset = raw.FloorMod(draws, room, name="mod")
        result: Tensor = raw.Slice(x, offset, part, name=scope)
        return result


def multinomial(
    logits: Any,
    num_samples: Any,
    seed: int | None = None,
    name: str | None = None,
    output_dtype: Any = None,
) -> Tensor:
    """Class numbers drawn with the probabilities softmax(logits).

    Args:
        logits: a real dtype, `[batch, classes]`, unnormalised log probabilities.
        num_samples: an int32 scalar, how many to draw for each row.
        seed: see `set_random_seed`.
        name: of the scope.
        output_dtype: int32 or int64, the default.

    Returns:
        A tensor of `output_dtype`, `[batch, num_samples]`.
    """
    with op_scope(name, "multinomial", logits):
        result: Tensor = raw.Multinomial(
            convert(logits, None, "logits"),
            num_samples,
            output_dtype=int64 if output_dtype is None else as_dtype(output_dtype),
            **_seeds(seed),
        )
        return result


def categorical(
    logits: Any,
    num_samples: Any,
    dtype: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Class numbers drawn with the probabilities softmax(logits).

    Args:
        logits: a real dtype, `[batch, classes]`, unnormalised log probabilities.
        num_samples: an int32 scalar, how many to draw for each row.
        dtype: int32 or int64, the default.
        seed: see `set_random_seed`.
        name: of the scope.

    Returns:
        A tensor of `dtype`, `[batch, num_samples]`.
    """
    return multinomial(logits, num_samples, seed, name or "categorical", dtype)


def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Gamma distributed numbers, `shape` of them for each pair of parameters.

    Args:
        shape: int32 or int64, `[rank]`.
        alpha: the shape parameter; broadcasts with `beta`.
        beta: the rate, 1 by default.
        dtype: float16, float32 or float64.
        seed: see `set_random_seed`.
        name: of the scope.

    Returns:
        A tensor of `dtype`, `shape + shape of (alpha + beta)`.
    """
    wanted = as_dtype(dtype)
    with op_scope(name, "random_gamma", shape, alpha, beta):
        dims = convert(shape, int32, "shape")
        a = convert(alpha, wanted, "alpha")
        b = convert(1 if beta is None else beta, wanted, "beta")
        both = raw.Add(a, raw.ZerosLike(b))
        drawn = raw.RandomGamma(dims, both, **_seeds(seed))
        # Never zero: TF's smallest positive number stands for what rounds to it.
        tiny = np.finfo(wanted.as_numpy_dtype).tiny
        result: Tensor = raw.Maximum(tiny, drawn / b)
        return result


def random_poisson(
    lam: Any,
    shape: Any,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Poisson distributed numbers, `shape` of them for each rate.

    Args:
        lam: the rates, a real dtype.
        shape: int32 or int64, `[rank]`.
        dtype: float16, float32, float64, int32 or int64.
        seed: see `set_random_seed`.
        name: of the scope.

    Returns:
        A tensor of `dtype`, `shape + shape of lam`.
    """
    with op_scope(name, "random_poisson", lam, shape):
        dims = convert(shape, int32, "shape")
        result: Tensor = raw.RandomPoissonV2(
            dims, lam, dtype=as_dtype(dtype), **_seeds(seed)
        )
        return result
