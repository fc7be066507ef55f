"""Whether a gradient is right: it, beside quotients of differences.

    error = tf.test.compute_gradient_error(x, [3], y, [3])

The names are TF1's. A complex tensor counts as twice as many real numbers.
Read next: `../autodiff/backprop.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from interactive_graphs.autodiff.backprop import gradients
from interactive_graphs.framework.stacks import get_default_session
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import to_static
from interactive_graphs.ops.constant import placeholder

Jacobian = np.ndarray


def compute_gradient(
    x: Any,
    x_shape: Any,
    y: Tensor,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Mapping[Any, Any] | None = None,
) -> Any:
    """The derivatives of `y` by `x`, by `gradients` and by differences.

    Runs in the default session, which feeds `x`.

    Args:
        x: a floating or complex tensor, or a list of them.
        x_shape: its shape, or a list of shapes.
        y: a floating or complex tensor that depends on `x`.
        y_shape: its shape.
        x_init_value: where to differentiate; a random point when None. For a list of
            tensors, a list.
        delta: how far to go to both sides for differences.
        init_targets: operations to run first.
        extra_feed_dict: what else to feed.

    Returns:
        Two Jacobians, `[number of elements of x, number of elements of y]`, the first
        by `gradients`, the second by differences; a list of such pairs for a list.

    Raises:
        ValueError: there is no default session.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.constant([3.0])
        >>> with tf.Session():
        ...     by_rule, by_difference = tf.test.compute_gradient(x, [1], x * x, [1])
        >>> by_rule.shape
        (1, 1)
    """
    session = get_default_session()
    if session is None:
        raise ValueError("compute_gradient runs in the default session: there is none")
    if init_targets is not None:
        session.run(init_targets)
    is_list = isinstance(x, (list, tuple))
    xs = list(x) if is_list else [x]
    shapes = list(x_shape) if is_list else [x_shape]
    starts = (
        list(x_init_value) if is_list and x_init_value else [x_init_value] * len(xs)
    )
    feeds: dict[Any, Any] = dict(extra_feed_dict or {})
    for tensor, shape, start in zip(xs, shapes, starts, strict=True):
        feeds[tensor] = _point(tensor, shape, start)
    pairs = [
        (
            _by_rule(session, tensor, y, _known(y_shape), feeds),
            _by_difference(session, tensor, y, delta, feeds),
        )
        for tensor in xs
    ]
    return pairs if is_list else pairs[0]


def compute_gradient_error(
    x: Any,
    x_shape: Any,
    y: Tensor,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Mapping[Any, Any] | None = None,
) -> float:
    """How far a gradient is from quotients of differences, at most.

    Args:
        x: as for `compute_gradient`, as all the others.
        x_shape: the shape of `x`.
        y: what depends on `x`.
        y_shape: the shape of `y`.
        x_init_value: where to differentiate.
        delta: how far to go to both sides.
        init_targets: operations to run first.
        extra_feed_dict: what else to feed.

    Returns:
        The largest difference between the two Jacobians; NaN where one of them has it.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.constant([0.5, 1.0], tf.float64)
        >>> with tf.Session():
        ...     tf.test.compute_gradient_error(x, [2], tf.sin(x), [2]) < 1e-6
        True
    """
    found = compute_gradient(
        x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict
    )
    pairs = found if isinstance(found, list) else [found]
    errors = [np.abs(rule - difference).max(initial=0.0) for rule, difference in pairs]
    return float(np.max(errors))


def _known(shape: Any) -> tuple[int, ...]:
    dims = to_static(shape)
    if dims is None or None in dims:
        raise ValueError(f"the shape must be known, not {shape}")
    return tuple(int(d) for d in dims if d is not None)


def _point(x: Tensor, shape: Any, given: Any) -> np.ndarray:
    """Where to differentiate, an array of the dtype of `x` that may be changed."""
    dtype = x.dtype.base_dtype.np_dtype
    if given is not None:
        return np.array(given, dtype, order="C")  # what `_reals` may write to
    random = np.random.default_rng(0)
    value: Any = random.random(_known(shape))
    if dtype.kind == "c":
        value = value + 1j * random.random(value.shape)
    return np.array(value, dtype)


def _reals(array: Any) -> np.ndarray:
    """The real numbers in an array, flat: of a complex one the parts in turn.

    A contiguous array's own memory, so that writing to it changes the array.
    """
    flat = np.ascontiguousarray(array).reshape(-1)
    if flat.dtype.kind == "c":
        return flat.view(flat.real.dtype)
    return flat


def _by_rule(
    session: Any, x: Tensor, y: Tensor, y_shape: tuple[int, ...], feeds: dict[Any, Any]
) -> Jacobian:
    """The Jacobian by `gradients`: one run for each element of `y`."""
    dtype = y.dtype.base_dtype
    weight = np.zeros(y_shape, dtype.np_dtype)
    entries = _reals(weight)
    jacobian = np.zeros((_reals(feeds[x]).size, entries.size), np.float64)
    with y.graph.as_default():
        weights = placeholder(dtype, y_shape, name="gradient_check_weights")
        (grad,) = gradients(y, x, grad_ys=[weights])
    if grad is None:
        return jacobian
    run = session.make_callable(grad, [*feeds, weights])
    for j in range(entries.size):
        entries[j] = 1
        jacobian[:, j] = _column(run(*feeds.values(), weight), feeds[x])
        entries[j] = 0
    return jacobian


def _column(grad: Any, x: np.ndarray) -> np.ndarray:
    """A gradient as fetched, flat; slices are added to where they belong."""
    if not hasattr(grad, "indices"):
        return _reals(grad).astype(np.float64)
    dense = np.zeros_like(x)
    np.add.at(dense, grad.indices, grad.values)
    return _reals(dense).astype(np.float64)


def _by_difference(
    session: Any, x: Tensor, y: Tensor, delta: float, feeds: dict[Any, Any]
) -> Jacobian:
    """The Jacobian by central differences: two runs for each element of `x`."""
    run = session.make_callable(y, list(feeds))
    point = feeds[x]
    entries = _reals(point)
    # A step that the dtype can hold exactly.
    step = type(entries[0])(delta) if entries.size else delta
    rows = []
    for i in range(entries.size):
        start = entries[i]
        values = []
        for end in (start + step, start - step):
            entries[i] = end
            values.append(_reals(np.array(run(*feeds.values()))).astype(np.float64))
        entries[i] = start
        rows.append((values[0] - values[1]) / (2 * float(step)))
    if not rows:
        size = _reals(run(*feeds.values())).size
        return np.zeros((0, size), np.float64)
    return np.array(rows)
