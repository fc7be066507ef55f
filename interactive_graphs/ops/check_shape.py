"""Checks of the rank and the dtype of tensors.

Read next: `check.py`, the assertions of values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType, as_dtype, float32, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.constant import no_op
from interactive_graphs.ops.debug import Assert
from interactive_graphs.ops.shape import rank as rank_of, shape as shape_of


def _prefix(message: str | None) -> str:
    return f"{message}.  " if message else ""


def _check_rank(
    x: Any,
    ranks: tuple[Any, ...],
    how: str,
    data: Any,
    summarize: int | None,
    message: str | None,
    name: str,
) -> Operation:
    """Assert on the rank of `x`; `how` is 'rank', 'rank at least' or 'rank in'."""
    with op_scope(name, name, x, data, *ranks):
        a = convert(x, None, "x")
        wanted = [_rank_scalar(r, i, how) for i, r in enumerate(ranks)]
        known = [static_value(t) for t in wanted]
        shape = a.static_shape
        if shape is not None and all(k is not None for k in known):
            numbers = [int(k) for k in known if k is not None]
            _check_rank_now(a, numbers, how, message)
            return no_op("static_checks_determined_all_ok")
        rank = rank_of(a)
        test = raw.GreaterEqual if how == "rank at least" else raw.Equal
        condition = test(rank, wanted[0])
        for other in wanted[1:]:
            condition = raw.LogicalOr(condition, test(rank, other))
        if data is None:
            sentence = f"Tensor {a.name} must have {how}"
            data = [
                _prefix(message),
                sentence,
                *wanted,
                "Received shape: ",
                shape_of(a),
            ]
        return Assert(condition, data, summarize)


def _rank_scalar(rank: Any, number: int, how: str) -> Tensor:
    tensor = convert(rank, None, f"rank_{number}" if how == "rank in" else "rank")
    if tensor.static_shape:
        raise ValueError("Rank must be a scalar.")
    assert_type(tensor, int32)
    return tensor


def _check_rank_now(x: Tensor, ranks: list[int], how: str, message: str | None) -> None:
    found = len(x.static_shape or ())
    holds = found >= ranks[0] if how == "rank at least" else found in ranks
    if holds:
        return
    wanted = str(tuple(ranks)) if how == "rank in" else str(ranks[0])
    raise ValueError(
        f"{_prefix(message)}Tensor {x.name} must have {how} {wanted}.  Received rank "
        f"{found}, shape {x.shape}"
    )


def assert_rank(
    x: Any,
    rank: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that a tensor has `rank` dimensions.

    Args:
        x: a tensor.
        rank: an int32 scalar.
        data: what the error shows.
        summarize: how many elements to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that checks; one that does nothing where the rank is known.

    Raises:
        ValueError: the rank is known to be another.
    """
    return _check_rank(
        x, (rank,), "rank", data, summarize, message, name or "assert_rank"
    )


def assert_rank_at_least(
    x: Any,
    rank: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that a tensor has `rank` or more dimensions; see `assert_rank`.

    Args:
        x: a tensor.
        rank: an int32 scalar.
        data: what the error shows.
        summarize: how many elements to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that checks; one that does nothing where the rank is known.
    """
    return _check_rank(
        x, (rank,), "rank at least", data, summarize, message,
        name or "assert_rank_at_least",
    )  # fmt: skip


def assert_rank_in(
    x: Any,
    ranks: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that the rank of a tensor is among `ranks`; see `assert_rank`.

    Args:
        x: a tensor.
        ranks: int32 scalars.
        data: what the error shows.
        summarize: how many elements to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that checks; one that does nothing where the rank is known.
    """
    return _check_rank(
        x, tuple(ranks), "rank in", data, summarize, message, name or "assert_rank_in"
    )


# -- types ----------------------------------------------------------------------------


def assert_integer(
    x: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """Assert that a tensor has an integer dtype.

    Args:
        x: a tensor.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        An operation that does nothing.

    Raises:
        TypeError: it has another dtype.
    """
    with op_scope(name, "assert_integer", x):
        a = convert(x, None, "x")
        if not a.dtype.is_integer:
            raise TypeError(
                f'{_prefix(message)}Expected "x" to be integer type.  Found: {a.name} '
                f"of dtype {a.dtype}"
            )
        return no_op("statically_determined_was_integer")


def assert_type(
    tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """Assert that a tensor has a certain dtype.

    Args:
        tensor: a tensor.
        tf_type: the dtype.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        An operation that does nothing.

    Raises:
        TypeError: it has another dtype.
    """
    wanted = as_dtype(tf_type)
    with op_scope(name, "assert_type", tensor):
        x = convert(tensor, None, "tensor")
        if x.dtype.base_dtype is not wanted.base_dtype:
            raise TypeError(
                f"{_prefix(message)}{x.name} must be of type {wanted!r}; got "
                f"{x.dtype!r}"
            )
        return no_op("statically_determined_correct_type")


def assert_scalar(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor that is known to be a scalar.

    Args:
        tensor: a tensor.
        name: of the scope.

    Returns:
        The tensor.

    Raises:
        ValueError: it is not, or not known to be one.
    """
    with op_scope(name, "assert_scalar", tensor) as scope:
        x = convert(tensor, None, scope)
        if x.static_shape != ():
            raise ValueError(
                f"Expected scalar shape for {x.name}, saw shape: {x.shape}."
            )
        return x


def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> DType:
    """The floating dtype that tensors share.

    Args:
        tensors: tensors, or None for what has no say.
        dtype: the dtype that they must have; theirs when None.

    Returns:
        The dtype; float32 where nothing says otherwise.

    Raises:
        ValueError: they are of different dtypes, or of none that is floating.
    """
    wanted = None if dtype is None else as_dtype(dtype)
    first = None
    for tensor in tensors or ():
        if tensor is None:
            continue
        found = tensor.dtype.base_dtype
        if wanted is None:
            wanted, first = found, tensor
        elif found is not wanted.base_dtype:
            like = f" as {first.name}" if first is not None else ""
            raise ValueError(
                f"{tensor.name}, type={found}, must be of the same type ({wanted})"
                f"{like}."
            )
    result: DType = float32 if wanted is None else wanted
    if not result.is_floating:
        raise ValueError(f"Expected floating point type, got {result}.")
    return result


def assert_proper_iterable(values: Any) -> None:
    """Refuse what is no list of values: also strings, arrays and tensors.

    Args:
        values: to be iterated over.

    Raises:
        TypeError: it cannot be, or is one value in itself.
    """
    kind = type(values)
    if isinstance(values, (Tensor, SparseTensor, np.ndarray, bytes, str)):
        raise TypeError(
            f'Expected argument "values" to be a "proper" iterable.  Found: {kind}'
        )
    if not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {kind}')
