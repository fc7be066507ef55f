"""SessionInterface: what sessions have in common with what wraps them.

Read next: `base.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.graph import Graph


class SessionInterface:
    """What runs steps: sessions, and what wraps them."""

    @property
    def graph(self) -> Graph:
        """The graph that is run."""
        raise NotImplementedError("graph")

    @property
    def sess_str(self) -> Any:
        """The target."""
        raise NotImplementedError("sess_str")

    def run(
        self,
        fetches: Any,
        feed_dict: Any = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Run a step; see `Session.run`."""
        raise NotImplementedError("run")

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> Any:
        """Declare a partial run; see `Session.partial_run_setup`."""
        raise NotImplementedError("partial_run_setup")

    def partial_run(self, handle: Any, fetches: Any, feed_dict: Any = None) -> Any:
        """Go on with a partial run; see `Session.partial_run`."""
        raise NotImplementedError("partial_run")
