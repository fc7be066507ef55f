"""`tf.contrib.stateless`: random numbers that follow from a seed given with them."""

from interactive_graphs._util import missing
from interactive_graphs.ops.random_stateless import (
    stateless_multinomial,
    stateless_random_normal,
    stateless_random_uniform,
    stateless_truncated_normal,
)

__all__ = [
    "stateless_multinomial",
    "stateless_random_normal",
    "stateless_random_uniform",
    "stateless_truncated_normal",
]
__getattr__ = missing.unknown("tf.contrib.stateless", __name__)
