"""`tf.random`: random tensors."""

from interactive_graphs.framework.seed import get_seed, set_random_seed
from interactive_graphs.ops.random_ops import (
    multinomial,
    truncated_normal,
)
from interactive_graphs.ops.random_ops import (
    random_gamma as gamma,
)
from interactive_graphs.ops.random_ops import (
    random_normal as normal,
)
from interactive_graphs.ops.random_ops import (
    random_poisson as poisson,
)
from interactive_graphs.ops.random_ops import (
    random_shuffle as shuffle,
)
from interactive_graphs.ops.random_ops import (
    random_uniform as uniform,
)

__all__ = [
    "gamma",
    "get_seed",
    "multinomial",
    "normal",
    "poisson",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]
