"""What each node of a step did: when, for how long, with which results.

`Trace` is a probe: the same program is compiled with it in. Records are plain data;
`stats.py` makes messages of them, `display` draws them. Read next: `stats.py`.
"""

from __future__ import annotations

import threading
import time
from typing import Any, NamedTuple

from interactive_graphs.framework.operation import Operation


class Record(NamedTuple):
    """One run of one node.

    Attributes:
        op: the node.
        started, ended: seconds since the epoch.
        outputs: (dtype, shape, bytes) of each value it gave.
    """

    op: Operation
    started: float
    ended: float
    outputs: list[tuple[Any, tuple[int, ...], int]]


class Trace:
    """A probe that records every node; runs in several threads do not mix."""

    def __init__(self) -> None:
        """Records nothing until `start`."""
        self._local = threading.local()

    def start(self) -> None:
        """Begin a step in this thread."""
        self._local.records = []
        self._local.began = {}

    def stop(self) -> list[Record]:
        """End it; what the nodes did, in order."""
        records: list[Record] = self._local.records
        self._local.records = []
        return records

    def wants(self, op: Operation) -> bool:
        """Every node is of interest."""
        return op is not None

    def before(self, op: Operation, at: tuple[int, ...]) -> None:
        """Note the time; nodes that block run side by side."""
        self._local.began[op, at] = time.time()

    def after(
        self, op: Operation, outputs: tuple[Any, ...], at: tuple[int, ...]
    ) -> None:
        """Note the time and what came out."""
        ended = time.time()
        began = self._local.began.pop((op, at))
        values = [_described(v) for v in outputs]
        self._local.records.append(Record(op, began, ended, values))


def _described(value: Any) -> tuple[Any, tuple[int, ...], int]:
    dtype = getattr(value, "dtype", None)
    return dtype, tuple(getattr(value, "shape", ())), int(getattr(value, "nbytes", 0))
