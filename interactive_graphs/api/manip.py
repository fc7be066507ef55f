"""`tf.manip`: moving elements about."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.ops.arrange import reverse, roll
from interactive_graphs.ops.concat import tile
from interactive_graphs.ops.gather import gather_nd, scatter_nd
from interactive_graphs.ops.shape import reshape
from interactive_graphs.ops.space import batch_to_space_nd, space_to_batch_nd

__all__ = [
    "batch_to_space_nd",
    "gather_nd",
    "reshape",
    "reverse",
    "roll",
    "scatter_nd",
    "space_to_batch_nd",
    "tile",
]

__getattr__ = _missing.unknown("tf.manip", __name__)
