"""`tf.manip`: moving elements about."""

from interactive_graphs.ops.arrange import reverse, roll
from interactive_graphs.ops.concat import tile
from interactive_graphs.ops.gather import gather_nd, scatter_nd
from interactive_graphs.ops.shape import reshape

__all__ = [
    "gather_nd",
    "reshape",
    "reverse",
    "roll",
    "scatter_nd",
    "tile",
]
