"""`tf.linalg`: matrices."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.ops.arrange import (
    adjoint,
    matrix_transpose,
    matrix_transpose as transpose,
)
from interactive_graphs.ops.clip import global_norm
from interactive_graphs.ops.contraction import einsum, norm, tensordot
from interactive_graphs.ops.decomposition import (
    expm,
    qr,
    self_adjoint_eig as eigh,
    self_adjoint_eigvals as eigvalsh,
    svd,
)
from interactive_graphs.ops.linalg import (
    cholesky,
    cholesky_solve,
    logdet,
    matrix_determinant as det,
    matrix_inverse as inv,
    matrix_solve as solve,
    matrix_solve_ls as lstsq,
    matrix_triangular_solve as triangular_solve,
    slogdet,
)
from interactive_graphs.ops.matmul import matmul, matvec
from interactive_graphs.ops.matrix_functions import logm, matrix_square_root as sqrtm
from interactive_graphs.ops.matrix_lu import (
    lu,
    lu_matrix_inverse,
    lu_reconstruct,
    lu_solve,
    matrix_rank,
    normalize,
    pinv,
)
from interactive_graphs.ops.matrix_parts import (
    cross,
    diag as tensor_diag,
    diag_part as tensor_diag_part,
    eye,
    matrix_band_part as band_part,
    matrix_diag as diag,
    matrix_diag_part as diag_part,
    matrix_set_diag as set_diag,
    trace,
)
from interactive_graphs.ops.nn_norm import l2_normalize

__all__ = [
    "adjoint",
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
    "expm",
    "eye",
    "global_norm",
    "inv",
    "l2_normalize",
    "logdet",
    "logm",
    "lstsq",
    "lu",
    "lu_matrix_inverse",
    "lu_reconstruct",
    "lu_solve",
    "matmul",
    "matrix_rank",
    "matrix_transpose",
    "matvec",
    "norm",
    "normalize",
    "pinv",
    "qr",
    "set_diag",
    "slogdet",
    "solve",
    "sqrtm",
    "svd",
    "tensor_diag",
    "tensor_diag_part",
    "tensordot",
    "trace",
    "transpose",
    "triangular_solve",
]

__getattr__ = _missing.unknown("tf.linalg", __name__)
