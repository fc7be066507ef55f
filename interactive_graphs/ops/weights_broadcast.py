"""Weights that go with values: of their shape, with 1 where they do not matter, or one.

Losses and metrics take their weights so; the ranks must be the same unless there is
one weight for all. What is known when the graph is built is checked then.
Read next: `../losses/weighted.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, is_fully_defined
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.debug import Assert

_PROBLEM = "weights can not be broadcast to values."


def assert_broadcastable(weights: Any, values: Any) -> Operation | None:
    """Check that weights go with values.

    Args:
        weights: a tensor.
        values: a tensor.

    Returns:
        An operation that fails if they do not; None if that is settled already.

    Raises:
        ValueError: they do not.

    Example:
        >>> import interactive_graphs as tf
        >>> assert_broadcastable(tf.ones([2, 1]), tf.ones([2, 3])) is None
        True
    """
    with op_scope(None, "assert_broadcastable", weights, values):
        factors, numbers = convert(weights, None, "weights"), convert(values)
        inner, outer = factors.static_shape, numbers.static_shape
        if inner == ():
            return None
        if inner is not None and outer is not None:
            _check_static(factors, numbers, inner, outer)
            if _is_settled(inner, outer):
                return None
        return Assert(
            _fits(factors, numbers),
            [
                _PROBLEM, "weights.shape=", factors.name, raw.Shape(factors),
                "values.shape=", numbers.name, raw.Shape(numbers),
                "is_scalar=", raw.Equal(raw.Rank(factors), 0),
            ],
        )  # fmt: skip


def _check_static(weights: Tensor, values: Tensor, inner: Shape, outer: Shape) -> None:
    assert inner is not None
    assert outer is not None
    if len(inner) != len(outer):
        raise ValueError(
            f"{_PROBLEM} values.rank={len(outer)}. weights.rank={len(inner)}. "
            f"values.shape={values.shape}. weights.shape={weights.shape}."
        )
    for axis, (weight, value) in enumerate(zip(inner, outer, strict=True)):
        if weight not in (1, None) and value not in (weight, None):
            raise ValueError(
                f"{_PROBLEM} Mismatch at dim {axis}. values.shape={values.shape}, "
                f"weights.shape={weights.shape}."
            )


def _is_settled(inner: Shape, outer: Shape) -> bool:
    """Whether nothing is left to check at run time."""
    assert inner is not None
    assert outer is not None
    if is_fully_defined(inner) and is_fully_defined(outer):
        return True
    pairs = zip(inner, outer, strict=True)
    return all(w == 1 or (w is not None and w == v) for w, v in pairs)


def _fits(weights: Tensor, values: Tensor) -> Tensor:
    """Whether they go together, at run time."""
    inner, outer = raw.Shape(weights), raw.Shape(values)
    ranks = raw.Rank(weights), raw.Rank(values)
    # As long as the longer one, so that they can be compared at all.
    longest = raw.Maximum(*ranks)
    padded = [
        raw.Pad(shape, raw.Pack([raw.Pack([0, longest - rank])]))
        for shape, rank in zip((inner, outer), ranks, strict=True)
    ]
    each = raw.LogicalOr(raw.Equal(padded[0], 1), raw.Equal(*padded))
    alike = raw.LogicalAnd(raw.Equal(*ranks), raw.All(each, [0]))
    fits: Tensor = raw.LogicalOr(raw.Equal(ranks[0], 0), alike)
    return fits


def broadcast_weights(weights: Any, values: Any) -> Tensor:
    """Weights in the shape of values.

    Args:
        weights: a tensor.
        values: a tensor.

    Returns:
        A tensor of the weights' dtype and the values' shape.

    Raises:
        ValueError: they do not go together.
    """
    with op_scope(None, "broadcast_weights", weights, values) as scope:
        factors, numbers = convert(weights, None, "weights"), convert(values)
        if (
            factors.static_shape is not None
            and factors.static_shape == numbers.static_shape
            and is_fully_defined(factors.static_shape)
        ):
            return factors
        check = assert_broadcastable(factors, numbers)
        with get_default_graph().control_dependencies([check] if check else []):
            dtype = factors.dtype.base_dtype
            ones = raw.OnesLike(
                numbers if numbers.dtype.base_dtype is dtype
                else raw.Cast(numbers, DstT=dtype)
            )  # fmt: skip
            spread: Tensor = raw.Mul(factors, ones, name=scope)
            return spread
