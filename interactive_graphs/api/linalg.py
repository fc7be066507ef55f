"""`tf.linalg`: matrices."""

from interactive_graphs.ops.arrange import (
    matrix_transpose,
)
from interactive_graphs.ops.arrange import (
    matrix_transpose as transpose,
)
from interactive_graphs.ops.clip import global_norm
from interactive_graphs.ops.contraction import einsum, norm, tensordot
from interactive_graphs.ops.decomposition import (
    qr,
    svd,
)
from interactive_graphs.ops.decomposition import (
    self_adjoint_eig as eigh,
)
from interactive_graphs.ops.decomposition import (
    self_adjoint_eigvals as eigvalsh,
)
from interactive_graphs.ops.linalg import (
    cholesky,
    cholesky_solve,
    logdet,
    slogdet,
)
from interactive_graphs.ops.linalg import (
    matrix_determinant as det,
)
from interactive_graphs.ops.linalg import (
    matrix_inverse as inv,
)
from interactive_graphs.ops.linalg import (
    matrix_solve as solve,
)
from interactive_graphs.ops.linalg import (
    matrix_solve_ls as lstsq,
)
from interactive_graphs.ops.linalg import (
    matrix_triangular_solve as triangular_solve,
)
from interactive_graphs.ops.matmul import matmul, matvec
from interactive_graphs.ops.matrix_parts import (
    cross,
    eye,
    trace,
)
from interactive_graphs.ops.matrix_parts import (
    diag as tensor_diag,
)
from interactive_graphs.ops.matrix_parts import (
    diag_part as tensor_diag_part,
)
from interactive_graphs.ops.matrix_parts import (
    matrix_band_part as band_part,
)
from interactive_graphs.ops.matrix_parts import (
    matrix_diag as diag,
)
from interactive_graphs.ops.matrix_parts import (
    matrix_diag_part as diag_part,
)
from interactive_graphs.ops.matrix_parts import (
    matrix_set_diag as set_diag,
)
from interactive_graphs.ops.nn_norm import l2_normalize

__all__ = [
    "band_part",
    "cholesky",
    "cholesky_solve",
    "cross",
    "det",
    "diag",
    "diag_part",
    "eigh",
    "eigvalsh",
    "einsum",
    "eye",
    "global_norm",
    "inv",
    "l2_normalize",
    "logdet",
    "lstsq",
    "matmul",
    "matrix_transpose",
    "matvec",
    "norm",
    "qr",
    "set_diag",
    "slogdet",
    "solve",
    "svd",
    "tensor_diag",
    "tensor_diag_part",
    "tensordot",
    "trace",
    "transpose",
    "triangular_solve",
]
