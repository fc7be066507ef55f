"""Gradients of the user's own: per op type, per operation, per function.

`Graph.gradient_override_map` names what `RegisterGradient` registers. Read next:
`hessian.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from interactive_graphs.framework import raw, source
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import load_all, register_gradient
from interactive_graphs.framework.tensor import Tensor

_numbers: Final = itertools.count()


class RegisterGradient:
    """Decorator: the function below differentiates one type of op.

    The function takes the operation and a gradient for each of its outputs, and returns
    one for each of its inputs (None where there is none). A name that is no op's is
    what `Graph.gradient_override_map` can use.

    Args:
        op_type: an op type without a gradient, or a new name.

    Raises:
        TypeError: `op_type` is no string.
        KeyError: there is a gradient of that name.

    Example:
        >>> import interactive_graphs as tf
        >>> @tf.RegisterGradient("Times3")
        ... def _(op, grad):
        ...     return 3.0 * grad
        >>> x = tf.constant(1.0)
        >>> with tf.get_default_graph().gradient_override_map({"Identity": "Times3"}):
        ...     y = tf.identity(x)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.gradients(y, x))
        [np.float32(3.0)]
    """

    def __init__(self, op_type: str) -> None:
        """See the class."""
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """Register `f`."""
        load_all()  # so that it is seen now if an op has a gradient of that name
        register_gradient(self._op_type, f)
        return f


def NotDifferentiable(op_type: str) -> None:
    """Say that gradients stop at ops of a type, instead of failing there.

    Args:
        op_type: an op type without a gradient.

    Raises:
        TypeError: `op_type` is no string.
        KeyError: it has a gradient.
    """
    if not isinstance(op_type, str):
        raise TypeError("op_type must be a string")
    load_all()
    register_gradient(op_type, None)


NoGradient = NotDifferentiable
"""TF1's older name of `NotDifferentiable`."""


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: a function that brings its own gradient.

    Args:
        f: takes tensors and returns a pair: its result (a tensor or a list of tensors),
            and a function from the result's gradients to one for each argument.

    Returns:
        A function of the same arguments that gives the result alone.

    Raises:
        TypeError: the function was called with keyword arguments.
        ValueError: the gradient function gives another number of gradients.

    Example:
        >>> import interactive_graphs as tf
        >>> @tf.custom_gradient
        ... def log1pexp(x):
        ...     e = tf.exp(x)
        ...     return tf.log(1 + e), lambda dy: dy * (1 - 1 / (1 + e))
        >>> x = tf.constant(100.0)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.gradients(log1pexp(x), x))
        [np.float32(1.0)]
    """

    @wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise TypeError(
                "The custom_gradient decorator currently supports keywords arguments "
                "only when eager execution is enabled."
            )
        inputs = [raw.Identity(convert(x)) for x in args]
        result, grad_fn = f(*inputs)
        is_list = isinstance(result, (list, tuple))
        outputs = [convert(x) for x in (result if is_list else [result])]
        found = _with_gradient(inputs, outputs, grad_fn)
        return found if is_list else found[0]

    return decorated


def _with_gradient(
    inputs: list[Tensor], outputs: list[Tensor], grad_fn: Callable[..., Any]
) -> list[Tensor]:
    """`outputs` as results of one node whose inputs include `inputs`.

    The node passes outputs and inputs on. Its rule gives the gradients to the inputs
    directly, so that what computes the outputs from them is never differentiated.
    """
    name = f"CustomGradient-{next(_numbers)}"

    def rule(_: Operation, *grads: Any) -> list[Any]:
        pinned = source.pin(None)  # its nodes belong to its own lines
        try:
            found = grad_fn(*grads[: len(outputs)])
        finally:
            source.pin(pinned)
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        if len(found) != len(inputs):
            raise ValueError(
                f"custom_gradient: the gradient function gave {len(found)} gradients "
                f"for {len(inputs)} arguments"
            )
        return [None] * len(outputs) + found

    register_gradient(name, rule)
    with get_default_graph().gradient_override_map({"IdentityN": name}):
        passed = raw.IdentityN([*outputs, *inputs])
    return list(passed[: len(outputs)])
