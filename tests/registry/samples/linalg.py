"""Samples of matrix products, systems, decompositions and diagonals."""

import numpy as np

from tests.registry.sample import Sample

_random = np.random.default_rng(3)
A = _random.normal(size=(2, 3)).astype(np.float32)
B = _random.normal(size=(3, 4)).astype(np.float32)
SQUARE = _random.normal(size=(3, 3)).astype(np.float32)
STACK = _random.normal(size=(2, 3, 3)).astype(np.float32)
SPD = (SQUARE @ SQUARE.T + np.eye(3)).astype(np.float32)
COMPLEX = (SQUARE + 1j * SQUARE[::-1]).astype(np.complex64)
TALL = _random.normal(size=(4, 2)).astype(np.float32)
LARGE = np.arange(16, dtype=np.float32).reshape(2, 2, 2, 2)

SAMPLES = [
    *[
        Sample(
            "MatMul", [A.T if a else A, B.T if b else B],
            {"transpose_a": a, "transpose_b": b},
        )
        for a in (False, True)
        for b in (False, True)
    ],
    Sample("MatMul", [COMPLEX, COMPLEX[::-1]], {"transpose_b": True}),
    Sample("SparseMatMul", [A, B], {"a_is_sparse": True}, tolerance=1e-2),
    *[
        Sample("BatchMatMul", [STACK, STACK[::-1]], {"adj_x": a, "adj_y": b})
        for a in (False, True)
        for b in (False, True)
    ],
    Sample("BatchMatMul", [COMPLEX, COMPLEX[::-1]], {"adj_x": True}),
    Sample("BatchMatMulV2", [STACK[:, None], STACK[:1]], {"adj_y": True}),
    *[
        Sample("Einsum", [inputs], {"equation": equation})
        for equation, inputs in {
            "ij,jk->ik": [A, B],
            "ij->": [A],
            "ii->i": [SQUARE],
            "ij,ij->i": [A, A * 2],
            "...ij,jk->...ik": [STACK, SQUARE],
            "...i,...i->...": [STACK, SQUARE],
            "ij,k->k": [A, A[0]],
        }.items()
    ],
    Sample("Einsum", [[COMPLEX, COMPLEX[0]]], {"equation": "ij,j->i"}),
    *[Sample(n, [SQUARE]) for n in ("MatrixInverse", "MatrixDeterminant")],
    Sample("MatrixInverse", [STACK], {"adjoint": True}),
    Sample("MatrixInverse", [COMPLEX]),
    Sample("LogMatrixDeterminant", [STACK], outputs=[1]),
    Sample("Cholesky", [SPD], symmetric=True),
    Sample("MatrixSolve", [SQUARE, B]),
    Sample("MatrixSolve", [COMPLEX, COMPLEX[:, :1]], {"adjoint": True}),
    *[
        Sample(
            "MatrixTriangularSolve", [SPD, B], {"lower": lower, "adjoint": adjoint}
        )
        for lower in (False, True)
        for adjoint in (False, True)
    ],
    *[
        Sample("MatrixSolveLs", [m, m[:, :1], np.float64(0.1)], differentiable=[0, 1])
        for m in (TALL, A)
    ],
    Sample("SelfAdjointEigV2", [SPD], symmetric=True),
    Sample(
        "SelfAdjointEigV2", [SPD], {"compute_v": False}, outputs=[0], symmetric=True
    ),
    Sample("Svd", [TALL]),
    Sample("Svd", [A]),
    Sample("Svd", [STACK], {"compute_uv": False}, outputs=[0]),
    Sample("Qr", [TALL]),
    Sample("Qr", [SQUARE], {"full_matrices": True}),
    Sample("MatrixExponential", [STACK]),
    Sample("MatrixExponential", [COMPLEX]),
    Sample("Diag", [A]),
    Sample("DiagPart", [LARGE]),
    Sample("MatrixDiag", [A]),
    Sample("MatrixDiagPart", [B]),
    Sample("MatrixDiagPart", [STACK]),
    Sample("MatrixSetDiag", [STACK, A]),
    Sample("MatrixBandPart", [B, np.int64(0), np.int64(1)]),
    Sample("Cross", [SQUARE, SQUARE[::-1]]),
]  # fmt: skip
