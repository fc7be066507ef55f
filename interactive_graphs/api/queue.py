"""`tf.queue`: queues."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.ops.data_flow import FIFOQueue, QueueBase
from interactive_graphs.ops.queue_kinds import (
    PaddingFIFOQueue,
    PriorityQueue,
    RandomShuffleQueue,
)

__all__ = [
    "FIFOQueue",
    "PaddingFIFOQueue",
    "PriorityQueue",
    "QueueBase",
    "RandomShuffleQueue",
]

__getattr__ = _missing.unknown("tf.queue", __name__)
