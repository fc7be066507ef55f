"""`tf.random`: random tensors."""

from interactive_graphs.framework.seed import get_seed, set_random_seed
from interactive_graphs.ops.concat import split
from interactive_graphs.ops.random_ops import multinomial, truncated_normal

__all__ = [
    "get_seed",
    "multinomial",
    "set_random_seed",
    "split",
    "truncated_normal",
]
