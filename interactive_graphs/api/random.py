"""`tf.random`: random tensors."""

from interactive_graphs.framework.seed import get_seed, set_random_seed
from interactive_graphs.ops.concat import split

__all__ = [
    "get_seed",
    "set_random_seed",
    "split",
]
