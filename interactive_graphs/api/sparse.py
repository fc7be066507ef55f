"""`tf.sparse`: SparseTensors."""

from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor_shape import merge
from interactive_graphs.ops.arrange import transpose
from interactive_graphs.ops.concat import concat, split
from interactive_graphs.ops.constant import placeholder
from interactive_graphs.ops.counting import bincount
from interactive_graphs.ops.elementwise import add, maximum, minimum
from interactive_graphs.ops.matmul import matmul
from interactive_graphs.ops.nn_softmax import softmax
from interactive_graphs.ops.reduction import reduce_max, reduce_sum
from interactive_graphs.ops.segment import segment_mean, segment_sum
from interactive_graphs.ops.shape import expand_dims, reshape
from interactive_graphs.ops.slicing import slice

__all__ = [
    "SparseTensor",
    "add",
    "bincount",
    "concat",
    "expand_dims",
    "matmul",
    "maximum",
    "merge",
    "minimum",
    "placeholder",
    "reduce_max",
    "reduce_sum",
    "reshape",
    "segment_mean",
    "segment_sum",
    "slice",
    "softmax",
    "split",
    "transpose",
]
