"""Assertions of what must hold of values when the graph runs.

Where the values are known while the graph is built, a failure is raised at once. Read
next: `check_shape.py` for ranks and types, `debug.py` for `Assert` itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import constant_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import NUMERIC
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.debug import check_with


def _shown(item: Any) -> str:
    """An item of an assertion's data in a failure while the graph is built."""
    value = constant_value(item) if isinstance(item, Tensor) else item
    if value is None:
        value = item
    if isinstance(value, np.ndarray) and value.dtype == object:
        value = value.astype(str)
    return str(value)


def _binary(
    op_type: str,
    sign: str,
    x: Any,
    y: Any,
    data: Any,
    summarize: int | None,
    message: str | None,
    name: str,
) -> Operation:
    """Assert that `op_type` holds for all pairs of elements."""
    with op_scope(name, name, x, y, data):
        a = convert(x, None, "x")
        b = convert(y, None, "y")
        if data is None:
            data = [
                f"Condition x {sign} y did not hold element-wise:",
                f"x ({a.name}) = ",
                a,
                f"y ({b.name}) = ",
                b,
            ]
        if message is not None:
            data = [message, *data]
        condition = getattr(raw, op_type)(a, b)
        known = [constant_value(t) for t in (a, b)]
        if known[0] is not None and known[1] is not None:
            _check_now(op_type, known[0], known[1], data)
        return check_with(condition, data, summarize)


_TESTS = {
    "Equal": np.equal,
    "NotEqual": np.not_equal,
    "Less": np.less,
    "LessEqual": np.less_equal,
    "Greater": np.greater,
    "GreaterEqual": np.greater_equal,
}


def _check_now(op_type: str, x: np.ndarray, y: np.ndarray, data: Any) -> None:
    if not np.all(_TESTS[op_type](x, y)):
        text = "\n".join(_shown(item) for item in data)
        invalid(text)


def assert_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x == y` holds for all elements.

    Args:
        x: a numeric tensor.
        y: a tensor of that dtype that broadcasts with `x`.
        data: what the error shows; `x` and `y` by default.
        summarize: how many elements of each to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that raises InvalidArgumentError when it does not hold.

    Raises:
        InvalidArgumentError: both are known and it does not hold.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.placeholder(tf.int32, name="x")
        >>> check = tf.assert_equal(x, 3, message="want three")
        >>> with tf.Session() as sess:
        ...     sess.run(check, {x: 3})
    """
    return _binary(
        "Equal", "==", x, y, data, summarize, message, name or "assert_equal"
    )


def assert_none_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x != y` holds for all elements; see `assert_equal`.

    Args:
        x: a numeric tensor.
        y: a tensor of that dtype that broadcasts with `x`.
        data: what the error shows.
        summarize: how many elements of each to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that raises InvalidArgumentError when it does not hold.
    """
    return _binary(
        "NotEqual", "!=", x, y, data, summarize, message, name or "assert_none_equal"
    )


def assert_less(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x < y` holds for all elements; see `assert_equal`.

    Args:
        x: a real tensor.
        y: a tensor of that dtype that broadcasts with `x`.
        data: what the error shows.
        summarize: how many elements of each to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that raises InvalidArgumentError when it does not hold.
    """
    return _binary("Less", "<", x, y, data, summarize, message, name or "assert_less")


def assert_less_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x <= y` holds for all elements; see `assert_equal`.

    Args:
        x: a real tensor.
        y: a tensor of that dtype that broadcasts with `x`.
        data: what the error shows.
        summarize: how many elements of each to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that raises InvalidArgumentError when it does not hold.
    """
    return _binary(
        "LessEqual", "<=", x, y, data, summarize, message, name or "assert_less_equal"
    )


def assert_greater(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x > y` holds for all elements; see `assert_equal`.

    Args:
        x: a real tensor.
        y: a tensor of that dtype that broadcasts with `x`.
        data: what the error shows.
        summarize: how many elements of each to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that raises InvalidArgumentError when it does not hold.
    """
    return _binary(
        "Greater", ">", x, y, data, summarize, message, name or "assert_greater"
    )


def assert_greater_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x >= y` holds for all elements; see `assert_equal`.

    Args:
        x: a real tensor.
        y: a tensor of that dtype that broadcasts with `x`.
        data: what the error shows.
        summarize: how many elements of each to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that raises InvalidArgumentError when it does not hold.
    """
    return _binary(
        "GreaterEqual", ">=", x, y, data, summarize, message,
        name or "assert_greater_equal",
    )  # fmt: skip


def _against_zero(
    op_type: str,
    sign: str,
    x: Any,
    data: Any,
    summarize: int | None,
    message: str | None,
    name: str,
) -> Operation:
    with op_scope(name, name, x, data):
        a = convert(x, None, "x")
        if data is None:
            data = [
                message or "",
                f"Condition x {sign} 0 did not hold element-wise:",
                f"x ({a.name}) = ",
                a,
            ]
        zero = convert(0, a.dtype.base_dtype)
        left, right = (zero, a) if sign == ">" else (a, zero)
        inner = {"<": "less", "<=": "less_equal", ">": "less", ">=": "greater_equal"}
        return _binary(
            op_type, sign, left, right, data, summarize, None, f"assert_{inner[sign]}"
        )


def assert_negative(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x < 0` holds for all elements; see `assert_equal`.

    Args:
        x: a real tensor.
        data: what the error shows.
        summarize: how many elements to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that raises InvalidArgumentError when it does not hold.
    """
    name = name or "assert_negative"
    return _against_zero("Less", "<", x, data, summarize, message, name)


def assert_positive(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x > 0` holds for all elements; see `assert_equal`.

    Args:
        x: a real tensor.
        data: what the error shows.
        summarize: how many elements to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that raises InvalidArgumentError when it does not hold.
    """
    name = name or "assert_positive"
    return _against_zero("Less", ">", x, data, summarize, message, name)


def assert_non_negative(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x >= 0` holds for all elements; see `assert_equal`.

    Args:
        x: a real tensor.
        data: what the error shows.
        summarize: how many elements to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that raises InvalidArgumentError when it does not hold.
    """
    name = name or "assert_non_negative"
    return _against_zero("GreaterEqual", ">=", x, data, summarize, message, name)


def assert_non_positive(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `x <= 0` holds for all elements; see `assert_equal`.

    Args:
        x: a real tensor.
        data: what the error shows.
        summarize: how many elements to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that raises InvalidArgumentError when it does not hold.
    """
    name = name or "assert_non_positive"
    return _against_zero("LessEqual", "<=", x, data, summarize, message, name)


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Assert that `|x - y| < atol + rtol * |y|` holds for all elements.

    Args:
        x: a floating tensor.
        y: a tensor of that dtype that broadcasts with `x`.
        rtol: relative tolerance; ten times the dtype's epsilon by default.
        atol: absolute tolerance; the same by default.
        data: what the error shows.
        summarize: how many elements of each to show.
        message: what stands at the beginning of the error.
        name: of the scope.

    Returns:
        The operation that raises InvalidArgumentError when it does not hold.
    """
    with op_scope(name, "assert_near", x, y, rtol, atol, data):
        a = convert(x, None, "x")
        b = convert(y, a.dtype.base_dtype, "y")
        dtype = a.dtype.base_dtype
        eps = np.finfo(dtype.as_numpy_dtype).eps * 10
        relative = convert(eps if rtol is None else rtol, dtype, "rtol")
        absolute = convert(eps if atol is None else atol, dtype, "atol")
        if data is None:
            data = [
                message or "",
                f"x and y not equal to tolerance rtol = {relative}, atol = {absolute}",
                f"x ({a.name}) = ",
                a,
                f"y ({b.name}) = ",
                b,
            ]
        bound = absolute + relative * raw.Abs(b)
        return check_with(raw.Less(raw.Abs(a - b), bound), data, summarize)


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether this is a Tensor of a numeric dtype (bool and string are none)."""
    return isinstance(tensor, Tensor) and tensor.dtype.base_dtype in NUMERIC


def _steps(x: Any) -> Tensor:
    """The differences of neighbours in the flattened tensor."""
    a = convert(x, None, "x")
    if not is_numeric_tensor(a):
        raise TypeError(f"Expected x to be numeric, instead found: {a}")
    flat: Any = raw.Reshape(a, [-1])
    result: Tensor = raw.Sub(flat[1:], flat[:-1])
    return result


def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """Whether no element is less than the one before it.

    Args:
        x: a numeric tensor, taken row by row.
        name: of the scope.

    Returns:
        A bool scalar; True for fewer than two elements.
    """
    with op_scope(name, "is_non_decreasing", x):
        steps = _steps(x)
        zero = convert(0, steps.dtype)
        result: Tensor = raw.All(raw.LessEqual(zero, steps), [0])
        return result


def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """Whether each element is greater than the one before it.

    Args:
        x: a numeric tensor, taken row by row.
        name: of the scope.

    Returns:
        A bool scalar; True for fewer than two elements.
    """
    with op_scope(name, "is_strictly_increasing", x):
        steps = _steps(x)
        zero = convert(0, steps.dtype)
        result: Tensor = raw.All(raw.Less(zero, steps), [0])
        return result
