"""`arg_scope`: default arguments for functions, in a block of code.

    with arg_scope([conv2d, fully_connected], activation_fn=tf.nn.elu):
        net = conv2d(x, 32, 3)

Read next: `variables.py`.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Scope = dict[str, dict[str, Any]]


class _Local(threading.local):
    """The scopes that are open, innermost last."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[Scope] = [{}]


_local = _Local()
_known: set[str] = set()


def _key(function: Any) -> str:
    return str(
        getattr(
            function,
            "_key_op",
            f"{function.__module__}.{getattr(function, '__name__', function)}",
        )
    )


def add_arg_scope(func: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function's arguments settable with `arg_scope`; a decorator.

    Args:
        func: the function.

    Returns:
        A function that takes what the open scopes say and the call does not.
    """

    @functools.wraps(func)
    def with_defaults(*args: Any, **kwargs: Any) -> Any:
        given = _local.stack[-1].get(key)
        return func(*args, **{**given, **kwargs}) if given else func(*args, **kwargs)

    key = _key(func)
    with_defaults._key_op = key  # type: ignore[attr-defined]
    _known.add(key)
    return with_defaults


def has_arg_scope(func: Any) -> bool:
    """Whether a function was decorated with `add_arg_scope`.

    Args:
        func: the function.
    """
    return _key(func) in _known


def arg_scoped_arguments(func: Any) -> dict[str, Any]:
    """The defaults that the open scopes give a function.

    Args:
        func: a function that was decorated with `add_arg_scope`.
    """
    return dict(_local.stack[-1].get(_key(func), {}))


@contextmanager
def arg_scope(list_ops_or_scope: Any, **kwargs: Any) -> Iterator[Scope]:
    """Open a scope of default arguments.

    Args:
        list_ops_or_scope: functions that were decorated with `add_arg_scope`, or what
            an earlier `arg_scope` gave, to open it again.
        **kwargs: the defaults.

    Yields:
        The scope, to be opened again.

    Raises:
        ValueError: a function is not decorated, or defaults are given for a scope that
            is opened again.
        TypeError: there is neither a list of functions nor a scope.

    Example:
        >>> import interactive_graphs as tf
        >>> from interactive_graphs.api.contrib import layers
        >>> with tf.contrib.framework.arg_scope([layers.fully_connected],
        ...                                     activation_fn=tf.nn.tanh):
        ...     layers.fully_connected(tf.zeros([2, 3]), 4).name
        'fully_connected/Tanh:0'
    """
    if isinstance(list_ops_or_scope, dict):
        if kwargs:
            raise ValueError(
                "When attempting to re-use a scope by suppling a dictionary, kwargs "
                "must be empty."
            )
        opened = list_ops_or_scope
    elif isinstance(list_ops_or_scope, (list, tuple)):
        opened = {key: dict(given) for key, given in _local.stack[-1].items()}
        for function in list_ops_or_scope:
            key = _key(function)
            if key not in _known:
                raise ValueError(f"{key} is not decorated with @add_arg_scope")
            opened[key] = {**opened.get(key, {}), **kwargs}
    else:
        raise TypeError(
            "list_ops_or_scope must either be a list/tuple or reused scope (i.e. dict)"
        )
    _local.stack.append(opened)
    try:
        yield opened
    finally:
        _local.stack.pop()
