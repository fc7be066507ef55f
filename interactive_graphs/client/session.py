"""Session: the session of a `with` block; `Session.reset` clears what sessions share.

How it runs steps is in `base.py`. Read next: `interactive.py`, the notebook's session.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from interactive_graphs.client import targets
from interactive_graphs.client.base import BaseSession
from interactive_graphs.framework.graph import default_graphs


class Session(BaseSession):
    """Runs the operations of a graph, and holds the state they leave behind.

    Args:
        target: the engine to connect to; in this process by default.
        graph: the graph to launch; the default graph when None.
        config: a ConfigProto message.

    Raises:
        TypeError: an argument is of another type.
        NotFoundError: nothing answers to `target`.

    Example:
        >>> import interactive_graphs as tf
        >>> a = tf.constant(5.0)
        >>> b = tf.constant(6.0)
        >>> with tf.Session() as sess:
        ...     print(sess.run(a * b))
        30.0
    """

    def __init__(self, target: Any = "", graph: Any = None, config: Any = None) -> None:
        """See the class."""
        super().__init__(target, graph, config)
        self._entered: list[AbstractContextManager[Any]] = []

    def __enter__(self) -> Session:
        """Make its graph and the session the defaults.

        Raises:
            RuntimeError: it is entered already.
        """
        if self._entered:
            raise RuntimeError(
                "Session context managers are not re-entrant. Use "
                "`Session.as_default()` if you want to enter a session multiple times."
            )
        graph = default_graphs.enter(self._graph)
        graph.__enter__()
        session = self.as_default()
        session.__enter__()
        self._entered = [session, graph]
        return self

    def __exit__(self, exc_type: Any, exc_value: Any, exc_tb: Any) -> None:
        """Undo `__enter__` and close the session; exceptions go on."""
        entered, self._entered = self._entered, []
        try:
            for manager in entered:
                manager.__exit__(None, None, None)
        finally:
            self.close()

    @staticmethod
    def reset(target: Any, containers: Any = None, config: Any = None) -> None:
        """Clear resource containers on `target` and close its sessions.

        Args:
            target: the engine; '' for all sessions of this process.
            containers: names of containers; all when None.
            config: a ConfigProto message.

        Raises:
            TypeError: `target` is no string.
            NotFoundError: nothing answers to `target`.
        """
        targets.reset(target, containers, config)
