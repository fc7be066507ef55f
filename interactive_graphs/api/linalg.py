"""`tf.linalg`: matrices."""

from interactive_graphs.ops.arrange import matrix_transpose, transpose
from interactive_graphs.ops.matmul import matmul, matvec

__all__ = [
    "matmul",
    "matrix_transpose",
    "matvec",
    "transpose",
]
