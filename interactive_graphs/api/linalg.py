"""`tf.linalg`: matrices."""

from interactive_graphs.ops.arrange import matrix_transpose, transpose
from interactive_graphs.ops.clip import global_norm
from interactive_graphs.ops.matmul import matmul, matvec
from interactive_graphs.ops.nn_norm import l2_normalize

__all__ = [
    "global_norm",
    "l2_normalize",
    "matmul",
    "matrix_transpose",
    "matvec",
    "transpose",
]
