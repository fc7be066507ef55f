"""The time, while a graph runs.

Read next: `debug.py`.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from interactive_graphs.framework import raw
from interactive_graphs.framework.registry import define
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.framework.tensor import Tensor

timestamp_op = define(
    "Timestamp", "-> ts: float64", shape=scalar, gradient=None, stateful=True,
    doc="Seconds since the year 1970 began.",
)  # fmt: skip


@timestamp_op.kernel("CPU")
def _() -> Any:
    return np.float64(time.time())


def timestamp(name: str | None = None) -> Tensor:
    """The seconds since 1970 began, by UTC, when the operation runs.

    Args:
        name: the node's name.

    Returns:
        A float64 scalar.
    """
    result: Tensor = raw.Timestamp(name=name)
    return result
