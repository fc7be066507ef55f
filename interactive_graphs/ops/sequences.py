"""Evenly spaced numbers: `range` and `linspace`.

Read next: `constant.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
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
    uint8,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.ops._scope import op_scope


def _number(value: Any) -> str:
    """A number as C++ prints it: 5 for 5.0."""
    return (
        f"{float(value):g}" if np.asarray(value).dtype.kind not in "iu" else str(value)
    )


def _range_problem(start: Any, limit: Any, delta: Any) -> str | None:
    """Why there is no such range, or None."""
    if delta == 0:
        return "Requires delta != 0: 0"
    ends = f"{_number(start)}/{_number(limit)}"
    if delta > 0 and start > limit:
        return f"Requires start <= limit when delta > 0: {ends}"
    if delta < 0 and start < limit:
        return f"Requires start >= limit when delta < 0: {ends}"
    return None


def _length(start: Any, limit: Any, delta: Any) -> int:
    if np.asarray(start).dtype.kind in "iu":
        span = abs(int(limit) - int(start))
        return -(-span // abs(int(delta)))
    return int(np.ceil(np.abs((float(limit) - float(start)) / float(delta))))


def _range_shape(op: Operation) -> list[Shape]:
    for tensor in op.inputs:
        with_rank(tensor.static_shape, 0)
    ends = [static_value(t) for t in op.inputs]
    if any(e is None for e in ends):
        return [(None,)]
    start, limit, delta = ends
    problem = _range_problem(start, limit, delta)
    if problem is not None:
        raise ValueError("Requires delta != 0" if delta == 0 else problem)
    return [(_length(start, limit, delta),)]


_ORDERED = tuple(d for d in REAL if d is not uint8)
range_op = define(
    "Range", "start: Tidx, limit: Tidx, delta: Tidx -> output: Tidx",
    Tidx=types(_ORDERED, int32), shape=_range_shape, gradient=None,
    doc="start, start + delta, ... below limit.",
)  # fmt: skip


@range_op.kernel("CPU")
def _(start: Any, limit: Any, delta: Any) -> Any:
    for what, value in (("start", start), ("limit", limit), ("delta", delta)):
        if np.size(value) != 1:
            shape = format_list(np.shape(value))
            invalid(f"{what} must be a scalar, not shape {shape}")
    start, limit, delta = (np.reshape(v, ()) for v in (start, limit, delta))
    problem = _range_problem(start, limit, delta)
    if problem is not None:
        invalid(problem)
    steps = _counted(_length(start, limit, delta), start.dtype)
    if delta != 1:
        np.multiply(steps, delta, steps)
    # Added to -0.0, too: the first number is then 0.0, as in TensorFlow.
    if start != 0 or steps.dtype.kind != "i":
        np.add(start, steps, steps)
    return steps


def _counted(length: int, dtype: np.dtype[Any]) -> np.ndarray:
    """0, 1, 2, ... in a dtype; numpy counts in the common ones only."""
    if dtype.kind == "i" and dtype.itemsize >= 4 and length <= np.iinfo(dtype).max:
        return np.arange(length, dtype=dtype)
    return np.arange(length).astype(dtype)


# The widest of the three decides, in this order.
_WIDTH: tuple[DType, ...] = (int32, int64, float32, float64)


def range(
    start: Any,
    limit: Any = None,
    delta: Any = 1,
    dtype: Any = None,
    name: str = "range",
) -> Tensor:
    """start, start + delta, start + 2 * delta, ... below `limit`.

    Args:
        start: a real scalar; the limit when `limit` is None, and then counted from 0.
        limit: where to stop, not included.
        delta: the step; negative ones count down.
        dtype: of the result; the widest of the arguments when None.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[ceil((limit - start) / delta)]`.

    Raises:
        ValueError: known numbers never reach the limit.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.range(3, 18, 3))
        array([ 3,  6,  9, 12, 15], dtype=int32)
    """
    if limit is None:
        start, limit = 0, start
    with op_scope(name, "range", start, limit, delta) as scope:
        wanted = None if dtype is None else as_dtype(dtype).base_dtype
        ends = [
            convert(value, wanted, what)
            for value, what in ((start, "start"), (limit, "limit"), (delta, "delta"))
        ]
        if wanted is None:
            found = [t.dtype.base_dtype for t in ends]
            known = [d for d in found if d in _WIDTH]
            wanted = max(known, key=_WIDTH.index) if known else found[1]
            ends = [
                t if t.dtype.base_dtype is wanted else raw.Cast(t, DstT=wanted)
                for t in ends
            ]
        result: Tensor = raw.Range(*ends, name=scope)
        return result


def _linspace_shape(op: Operation) -> list[Shape]:
    for tensor in op.inputs:
        with_rank(tensor.static_shape, 0)
    count = static_value(op.inputs[2])
    if count is None:
        return [(None,)]
    if count <= 0:
        raise ValueError(f"Requires num > 0: {int(count)}")
    return [(int(count),)]


linspace_op = define(
    "LinSpace", "start: T, stop: T, num: Tidx -> output: T",
    T=types(FLOAT), Tidx=types(INDEX, int32), shape=_linspace_shape, gradient=None,
    doc="num evenly spaced numbers from start to stop.",
)  # fmt: skip


@linspace_op.kernel("CPU")
def _(start: Any, stop: Any, num: Any) -> Any:
    if num <= 0:
        invalid(f"Requires num > 0: {int(num)}")
    wide = np.linspace(float(start), float(stop), int(num))
    return wide.astype(start.dtype)


def linspace(start: Any, stop: Any, num: Any, name: str | None = None) -> Tensor:
    """`num` evenly spaced numbers from `start` to `stop`, both included.

    Args:
        start: a floating scalar.
        stop: a scalar of the same dtype.
        num: int32 or int64 scalar, how many.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[num]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.linspace(10., 12., 3))
        array([10., 11., 12.], dtype=float32)
    """
    result: Tensor = raw.LinSpace(start, stop, num, name=name)
    return result


lin_space = linspace
