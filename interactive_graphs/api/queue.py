"""`tf.queue`: queues."""

from interactive_graphs.ops.data_flow import FIFOQueue, QueueBase

__all__ = [
    "FIFOQueue",
    "QueueBase",
]
