"""InteractiveSession: a session that is the default from the moment it is made.

Read next: `base.py`.
"""

from __future__ import annotations

import threading
import warnings
from contextlib import AbstractContextManager
from typing import Any

from interactive_graphs.client.base import BaseSession
from interactive_graphs.client.targets import new_config
from interactive_graphs.framework.graph import default_graphs


class _Count:
    """How many interactive sessions of the process are open."""

    lock = threading.Lock()
    open = 0


class InteractiveSession(BaseSession):
    """A session for shells and notebooks: it installs itself as the default session.

    Args:
        target: the engine to connect to; in this process by default.
        graph: the graph to launch, which then also becomes the default graph; the
            default graph when None.
        config: a ConfigProto message; `graph_options.place_pruned_graph` is set in it.

    Raises:
        TypeError: an argument is of another type.
        NotFoundError: nothing answers to `target`.

    Example:
        >>> import interactive_graphs as tf
        >>> sess = tf.InteractiveSession()
        >>> print((tf.constant(5.0) * tf.constant(6.0)).eval())
        30.0
        >>> sess.close()
    """

    def __init__(self, target: Any = "", graph: Any = None, config: Any = None) -> None:
        """See the class."""
        self._managers: list[AbstractContextManager[Any]] = []
        if not config:
            config = new_config()
            config.gpu_options.allow_growth = True
        if hasattr(config, "graph_options"):
            config.graph_options.place_pruned_graph = True
        super().__init__(target, graph, config)
        with _Count.lock:
            if _Count.open > 0:
                warnings.warn(
                    "An interactive session is already active. This can cause "
                    "out-of-memory errors in some cases. You must explicitly call "
                    "`InteractiveSession.close()` to release resources held by the "
                    "other session(s).",
                    stacklevel=2,
                )
            _Count.open += 1
        self._counted = True
        if graph is not None:
            self._install(default_graphs.enter(graph))
        self._install(self.as_default())

    def _install(self, manager: AbstractContextManager[Any]) -> None:
        manager.__enter__()
        self._managers.append(manager)

    def close(self) -> None:
        """Close the session and uninstall it; later calls do nothing.

        Raises:
            AssertionError: a session opened later is still installed.
        """
        super().close()
        if not getattr(self, "_counted", False):
            return
        self._counted = False
        with _Count.lock:
            _Count.open -= 1
        managers, self._managers = self._managers, []
        # Session first, then the graph, as they were installed the other way round.
        for manager in reversed(managers):
            manager.__exit__(None, None, None)
