"""Dropout, and how much of a tensor is zero.

Read next: `embedding.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import constant_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import float32
from interactive_graphs.framework.seed import get_seed
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import merge, to_static
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.reduction import reduce_mean

_NUMBERS = (int, float, np.number)


def _keep_prob(keep_prob: Any, rate: Any) -> Any:
    """The probability to keep, from either of TF1's two ways to say it.

    Raises:
        ValueError: none or both are given, or it is out of range.
    """
    if keep_prob is None and rate is None:
        raise ValueError("You must provide a rate to dropout.")
    if keep_prob is not None and rate is not None:
        raise ValueError("Cannot specify both 'keep_prob' and 'rate'.")
    if rate is not None:
        if isinstance(rate, _NUMBERS) and not 0 <= rate < 1:
            raise ValueError(
                "rate must be a scalar tensor or a float in the range [0, 1), got "
                f"{float(rate):g}"
            )
        return 1 - rate
    if isinstance(keep_prob, _NUMBERS) and not 0 < keep_prob <= 1:
        raise ValueError(
            "keep_prob must be a scalar tensor or a float in the range (0, 1], got "
            f"{float(keep_prob):g}"
        )
    return keep_prob


def _noise_shape(x: Tensor, noise_shape: Any) -> Any:
    """The shape of the random numbers; unknown dimensions are those of `x`."""
    if noise_shape is None:
        shape = x.static_shape
        if shape is not None and None not in shape:
            return np.array(shape, np.int32)
        return raw.Shape(x)
    try:
        wanted = to_static(noise_shape)
    except (TypeError, ValueError):
        return noise_shape
    known = x.static_shape
    if wanted is None or known is None or len(wanted) != len(known):
        return noise_shape
    filled = [k if w is None else w for w, k in zip(wanted, known, strict=True)]
    return noise_shape if None in filled else np.array(filled, np.int32)


def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """Zeros for a random part of `x`; the rest scaled so that the mean stays.

    Args:
        x: a floating tensor.
        keep_prob: the probability that an element stays, in (0, 1]; a number or a
            scalar tensor.
        noise_shape: the shape of the random decisions, which broadcasts to that of `x`;
            dimensions of 1 stay or go as a whole.
        seed: the op's seed, see `set_random_seed`.
        name: the scope of the nodes.
        rate: later TF1's `1 - keep_prob`.

    Returns:
        A tensor of the dtype and shape of `x`; `x` itself if all of it stays.

    Raises:
        ValueError: the probability is out of range, or `x` is not floating.
    """
    with op_scope(name, "dropout", x):
        value = convert(x, None, "x")
        dtype = value.dtype.base_dtype
        if not dtype.is_floating:
            raise ValueError(
                "x has to be a floating point tensor since it's going to be scaled. "
                f"Got a {value.dtype!r} tensor instead."
            )
        keep: Any = convert(_keep_prob(keep_prob, rate), dtype, "keep_prob")
        if keep.static_shape not in (None, ()):
            raise ValueError(f"Shape {keep.shape} must have rank 0")
        if constant_value(keep) == 1:
            return value
        first, second = get_seed(seed)
        with op_scope(None, "random_uniform"):
            shape = _noise_shape(value, noise_shape)
            noise = raw.RandomUniform(
                shape, dtype=dtype, seed=first or 0, seed2=second or 0
            )
        stays = raw.Floor(keep + noise)
        scaled = raw.RealDiv(value, keep, name="div")
        result: Tensor = raw.Mul(scaled, stays, name="mul")
        result.static_shape = merge(result.static_shape, value.static_shape)
        return result


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """How much of a tensor is zero, from 0 to 1.

    Args:
        value: a numeric tensor.
        name: the scope of the nodes.

    Returns:
        float32, a scalar.
    """
    with op_scope(name, "zero_fraction", value):
        x = convert(value, None, "value")
        zero = convert(np.asarray(0, x.dtype.base_dtype.np_dtype), None, "zero")
        return reduce_mean(raw.Cast(raw.Equal(x, zero), DstT=float32))
