"""A graph that grows while it is trained: the warning, and how to find the line.

Building operations in the training loop is the mistake that costs most: every step adds
nodes and is compiled anew. A session asks here only when its graph has grown since the
last run, so that a loop without the mistake pays nothing. Read next: `base.py`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from interactive_graphs.framework import source
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.lookup import operation_of

TIMES: Final = 3
"""How often a line may add nodes between runs of the same fetches."""

TIMES_ANEW: Final = 10
"""How often a line may add nodes that are fetched once and never again."""

_MOST = 1000


@dataclass
class _Seen:
    """What is known of some fetches.

    Attributes:
        version: the graph's when they last ran, while it grew.
        first: the graph's when the line began to add nodes.
        line: of the user's, that had added the newest node.
        times: how often in a row it was that line.
    """

    version: int
    first: int
    line: Any = None
    times: int = 0


class Growth:
    """What one session has seen of its graph's growing."""

    def __init__(self, graph: Graph) -> None:
        """Nothing yet."""
        self._graph = graph
        self._seen: dict[Any, _Seen] = {}

    def note(self, fetches: Sequence[Any], since: int) -> None:
        """Fetches are about to run, and the graph has grown since the last run.

        Args:
            fetches: tensors and operations.
            since: the version of the graph then.

        Warns:
            UserWarning: the same line has added nodes too often.
        """
        graph = self._graph
        newest = next(reversed(graph.ops_by_name.values()), None)
        if newest is None or not fetches:
            return
        first = operation_of(fetches[0])
        is_new = first.id > since
        # A fetch that was just made is known by the line that made it.
        key = ("made at", first.stack[:2]) if is_new else tuple(fetches)
        seen = self._seen.get(key)
        if seen is None:
            if len(self._seen) >= _MOST:
                self._seen.clear()
            self._seen[key] = _Seen(graph.version, graph.version)
            return
        line = newest.stack[:2]
        if graph.version == seen.version or not line:
            return
        if line == seen.line:
            seen.times += 1
        else:
            seen.line, seen.times, seen.first = line, 1, seen.version
        seen.version = graph.version
        if seen.times == (TIMES_ANEW if is_new else TIMES):
            _warn(newest, first.name, graph.version - seen.first, seen.times)


def _warn(newest: Any, fetch: str, added: int, times: int) -> None:
    where = source.describe(newest.stack).removeprefix("made ")
    warnings.warn(
        f"The line {where} has added nodes to the graph before each of the last "
        f"{times} runs of '{fetch}', {added} in all: every step makes the graph larger "
        "and is compiled anew. Build before the loop and only run in it; "
        "`tf.get_default_graph().finalize()` before the loop makes any line that still "
        "builds an error.",
        stacklevel=_user_level(),
    )


def _user_level() -> int:
    """How far up the stack the user's own line is, as `warnings.warn` counts."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and source.is_ours(frame.f_code):
        level, frame = level + 1, frame.f_back
    return level
