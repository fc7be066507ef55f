"""`tf.sparse`: SparseTensors."""

from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.ops.constant import sparse_placeholder as placeholder
from interactive_graphs.ops.sparse_segment import (
    sparse_segment_mean as segment_mean,
)
from interactive_graphs.ops.sparse_segment import (
    sparse_segment_sqrt_n as segment_sqrt_n,
)
from interactive_graphs.ops.sparse_segment import (
    sparse_segment_sum as segment_sum,
)

__all__ = [
    "SparseTensor",
    "placeholder",
    "segment_mean",
    "segment_sqrt_n",
    "segment_sum",
]
