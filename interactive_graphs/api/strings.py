"""`tf.strings`: string tensors."""

from interactive_graphs.ops.concat import split

__all__ = [
    "split",
]
