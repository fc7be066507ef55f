"""`tf.sparse`: SparseTensors."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.ops.constant import sparse_placeholder as placeholder
from interactive_graphs.ops.sparse_made import (
    from_dense,
    sparse_expand_dims as expand_dims,
    sparse_eye as eye,
)
from interactive_graphs.ops.sparse_ops import (
    sparse_add as add,
    sparse_mask as mask,
    sparse_merge as merge,
    sparse_tensor_dense_matmul as matmul,
    sparse_tensor_dense_matmul as sparse_dense_matmul,
    sparse_tensor_to_dense as to_dense,
    sparse_to_indicator as to_indicator,
)
from interactive_graphs.ops.sparse_reduce import (
    sparse_maximum as maximum,
    sparse_minimum as minimum,
    sparse_reduce_max as reduce_max,
    sparse_reduce_max_sparse as reduce_max_sparse,
    sparse_reduce_sum as reduce_sum,
    sparse_reduce_sum_sparse as reduce_sum_sparse,
    sparse_softmax as softmax,
)
from interactive_graphs.ops.sparse_segment import (
    sparse_segment_mean as segment_mean,
    sparse_segment_sqrt_n as segment_sqrt_n,
    sparse_segment_sum as segment_sum,
)
from interactive_graphs.ops.sparse_shape import (
    sparse_concat as concat,
    sparse_fill_empty_rows as fill_empty_rows,
    sparse_reorder as reorder,
    sparse_reset_shape as reset_shape,
    sparse_reshape as reshape,
    sparse_retain as retain,
    sparse_slice as slice,
    sparse_split as split,
    sparse_transpose as transpose,
)

__all__ = [
    "SparseTensor",
    "add",
    "concat",
    "expand_dims",
    "eye",
    "fill_empty_rows",
    "from_dense",
    "mask",
    "matmul",
    "maximum",
    "merge",
    "minimum",
    "placeholder",
    "reduce_max",
    "reduce_max_sparse",
    "reduce_sum",
    "reduce_sum_sparse",
    "reorder",
    "reset_shape",
    "reshape",
    "retain",
    "segment_mean",
    "segment_sqrt_n",
    "segment_sum",
    "slice",
    "softmax",
    "sparse_dense_matmul",
    "split",
    "to_dense",
    "to_indicator",
    "transpose",
]

__getattr__ = _missing.unknown("tf.sparse", __name__)
