"""The default session and the stack type behind all defaults.

Two independent stacks, each of the current thread only: sessions here, graphs in
`graph.py` (which knows how to make the implicit one). Read next: `tensor.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class DefaultStack(threading.local):
    """A per-thread stack whose top is the default; blocks must nest."""

    def __init__(self) -> None:
        """An empty stack, in each thread."""
        super().__init__()
        self.items: list[Any] = []

    def top(self) -> Any:
        """The innermost default, None when there is none."""
        return self.items[-1] if self.items else None

    @contextmanager
    def enter(self, item: Any) -> Iterator[Any]:
        """Make `item` the default for a block.

        Raises:
            AssertionError: at the block's end something else is on top. The stack is
                then left as it is. A stack that was reset meanwhile is no error.
        """
        self.items.append(item)
        try:
            yield item
        finally:
            if self.items:
                if self.items[-1] is not item:
                    raise AssertionError(
                        f"Nesting violated for default stack of {type(item)} objects"
                    )
                self.items.pop()


default_sessions = DefaultStack()


def get_default_session() -> Any:
    """The innermost session entered in this thread, or None.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session().as_default() as sess:
        ...     assert tf.get_default_session() is sess
    """
    return default_sessions.top()


def session_for(
    session: Any, graph: Any, what: str, call: str, whose: str, how: str
) -> Any:
    """The session that `Tensor.eval` and `Operation.run` should use.

    Args:
        session: the one the caller gave, or None for the default.
        graph: the graph of the tensor or operation.
        what: what was asked for, in the words of TF1's messages.
        call: the method that was called.
        whose: whose graph the session's is held against.
        how: what would have installed a session.

    Raises:
        ValueError: there is none, or it runs another graph.
    """
    if session is None:
        session = default_sessions.top()
        if session is None:
            raise ValueError(
                f"Cannot {what} using `{call}`: No default session is registered. Use "
                f"{how} or pass an explicit session to `{call[:-1]}session=sess)`"
            )
        if session.graph is not graph:
            explicit = f"{call[:-1]}session=sess)"
            quoted = f"`{explicit}`" if what.startswith("evaluate") else explicit
            raise ValueError(
                f"Cannot use the default session to {what}: {whose} graph is different "
                f"from the session's graph. Pass an explicit session to {quoted}."
            )
    elif session.graph is not graph:
        raise ValueError(
            f"Cannot use the given session to {what}: {whose} graph is different from "
            "the session's graph."
        )
    return session
