"""Matrix products, tensor contractions, decompositions and segment sums."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
RANDOM = np.random.RandomState(20180709)
A = RANDOM.randn(3, 3).astype(np.float32)
SPD = (A @ A.T + 3 * np.eye(3)).astype(np.float32)
BATCH = RANDOM.randn(2, 3, 4).astype(np.float32)
LOOSE = {"tolerance": (1e-4, 1e-4)}

for dtype in ("float32", "float64", "float16", "bfloat16", "int32", "complex64"):
    table.add(
        f"matmul_{dtype}",
        lambda tf, dtype=dtype: tf.matmul(
            tf.cast([[1, 2], [3, 4]], dtype), tf.cast([[5], [6]], dtype)
        ),
    )
for a in (False, True):
    for b in (False, True):
        table.add(
            f"matmul_transposed_{a}_{b}",
            lambda tf, a=a, b=b: tf.matmul(A, SPD, transpose_a=a, transpose_b=b),
        )
        table.add(
            f"matmul_batch_transposed_{a}_{b}",
            lambda tf, a=a, b=b: tf.matmul(
                BATCH.transpose(0, 2, 1) if a else BATCH,
                BATCH if b else BATCH.transpose(0, 2, 1),
                a,
                b,
            ),
        )
table.add(
    "matmul_adjoint",
    lambda tf: tf.matmul(
        tf.constant([[1j, 2], [3, 4j]]), tf.constant([[1j], [1]]), adjoint_a=True
    ),
)
table.add("matmul_empty", lambda tf: tf.matmul(tf.zeros([2, 0]), tf.zeros([0, 3])))
table.add("matmul_no_rows", lambda tf: tf.matmul(tf.zeros([0, 3]), A))
table.add("matmul_nan", lambda tf: tf.matmul([[0.0, 1.0]], [[np.inf], [2.0]]))
table.add("matmul_sparse_flags", lambda tf: tf.matmul(A, A, a_is_sparse=True), **LOOSE)
table.add(
    "matmul_misfit", lambda tf: tf.matmul([[1.0]], [[1.0], [2.0]]), raises="ValueError"
)
table.add(
    "matmul_misfit_at_run",
    lambda tf: tf.matmul([[1.0]], tf.placeholder(tf.float32, name="x")),
    {"x:0": [[1.0], [2.0]]},
    raises="InvalidArgumentError",
)
table.add("matmul_vector", lambda tf: tf.matmul([1.0], [[1.0]]), raises="ValueError")
table.add(
    "matmul_dtypes_differ",
    lambda tf: tf.matmul([[1.0]], tf.constant([[1]])),
    raises="TypeError",
)
table.add(
    "matmul_gradients",
    lambda tf: matmul_gradients(tf),
    **LOOSE,
)


def matmul_gradients(tf):
    """Gradients of each transposition."""
    found = []
    for a in (False, True):
        for b in (False, True):
            x, y = tf.constant(A), tf.constant(SPD)
            z = tf.matmul(x, y, transpose_a=a, transpose_b=b)
            found += tf.gradients(z * z, [x, y])
    return found


table.add("matvec", lambda tf: tf.linalg.matvec(A, [1.0, 2.0, 3.0]))
table.add(
    "tensordot",
    lambda tf: [
        tf.tensordot(BATCH, BATCH, [[0, 1], [0, 1]]),
        tf.tensordot([1.0, 2.0], [3.0, 4.0], 1),
        tf.tensordot(A, A, 2),
        tf.tensordot(BATCH, A, [[1], [0]]),
        tf.tensordot([1.0], [2.0], 0),
    ],
    **LOOSE,
)
for equation, inputs in {
    "ij,jk->ik": [A, A],
    "ij->ji": [A],
    "bij,bkj->bik": [BATCH, BATCH],
    "ij,ij->": [A, A],
    "i,j->ij": [A[0], A[1]],
    "...ij,jk->...ik": [BATCH.transpose(0, 2, 1), A],
}.items():
    table.add(
        f"einsum_{equation}",
        lambda tf, e=equation, inputs=inputs: tf.einsum(e, *inputs),
        **LOOSE,
    )
table.add(
    "norm",
    lambda tf: [
        tf.norm(A),
        tf.norm(A, axis=1),
        tf.norm(A, 1, axis=0),
        tf.norm(A, np.inf, 1),
        tf.norm(A, "fro", axis=[0, 1]),
        tf.norm(A, axis=1, keepdims=True),
        tf.norm(A, 3, axis=0),
    ],
    **LOOSE,
)
table.add("global_norm", lambda tf: tf.global_norm([[3.0], [4.0], None]))
table.add("cross", lambda tf: tf.cross([[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]))
table.add(
    "matrix_inverse",
    lambda tf: [
        tf.matrix_inverse(SPD),
        tf.matrix_inverse(SPD, adjoint=True),
        tf.matrix_inverse(np.stack([SPD, SPD.T])),
    ],
    **LOOSE,
)
table.add(
    "matrix_inverse_singular",
    lambda tf: tf.matrix_inverse([[1.0, 1.0], [1.0, 1.0]]),
    raises="InvalidArgumentError",
)
table.add(
    "matrix_determinant", lambda tf: tf.matrix_determinant(np.stack([SPD, A])), **LOOSE
)
table.add(
    "cholesky",
    lambda tf: [tf.cholesky(SPD), tf.cholesky(np.stack([SPD, SPD]))],
    **LOOSE,
)
table.add("cholesky_solve", lambda tf: tf.cholesky_solve(tf.cholesky(SPD), A), **LOOSE)
table.add(
    "matrix_solve",
    lambda tf: [
        tf.matrix_solve(SPD, A),
        tf.matrix_solve(SPD, A, adjoint=True),
    ],
    **LOOSE,
)
table.add(
    "matrix_triangular_solve",
    lambda tf: [
        tf.matrix_triangular_solve(SPD, A),
        tf.matrix_triangular_solve(SPD, A, lower=False),
    ],
    **LOOSE,
)
table.add(
    "matrix_solve_ls", lambda tf: tf.matrix_solve_ls(BATCH[0].T, BATCH[1].T), **LOOSE
)
table.add("eigenvalues", lambda tf: tf.self_adjoint_eigvals(SPD), **LOOSE)
table.add("svd_values", lambda tf: tf.svd(A, compute_uv=False), **LOOSE)
table.add("svd_rebuilds", lambda tf: rebuilt(tf, *tf.svd(BATCH)), **LOOSE)
table.add("qr_rebuilds", lambda tf: tf.matmul(*tf.qr(A)), **LOOSE)


def rebuilt(tf, s, u, v):
    """The matrix of a singular value decomposition (its signs are free)."""
    return tf.matmul(u, tf.matmul(tf.matrix_diag(s), v, adjoint_b=True))


for name in ("matrix_inverse", "matrix_determinant", "cholesky"):
    table.add(
        f"{name}_gradient",
        lambda tf, name=name: function_gradient(tf, getattr(tf, name), SPD),
        **LOOSE,
    )


def function_gradient(tf, function, value):
    """The gradient of the sum of a function's squares."""
    x = tf.constant(value)
    return tf.gradients(tf.reduce_sum(function(x) ** 2), x)


DATA = np.float32([[1, 2], [3, 4], [5, 6], [7, 8]])
for name in ("sum", "mean", "prod", "max", "min"):
    table.add(
        f"segment_{name}",
        lambda tf, name=name: getattr(tf, f"segment_{name}")(DATA, [0, 0, 2, 2]),
    )
    if name != "prod":  # TensorFlow 1.9 has no gradient for it
        table.add(
            f"segment_{name}_gradient",
            lambda tf, name=name: function_gradient(
                tf, lambda x: getattr(tf, f"segment_{name}")(x, [0, 0, 1, 1]), DATA
            ),
            **LOOSE,
        )
    table.add(
        f"unsorted_segment_{name}",
        lambda tf, name=name: getattr(tf, f"unsorted_segment_{name}")(
            DATA, [2, 0, 2, 0], 4
        ),
    )
table.add("segment_sum_int", lambda tf: tf.segment_sum([1, 2, 3], [0, 1, 1]))
table.add(
    "segment_sum_empty",
    lambda tf: tf.segment_sum(tf.zeros([0]), tf.zeros([0], tf.int32)),
)
table.add(
    "unsorted_segment_sum_drops_negative",
    lambda tf: tf.unsorted_segment_sum([1.0, 2.0, 3.0], [0, -1, 1], 2),
)
table.add(
    "unsorted_segment_sqrt_n",
    lambda tf: tf.unsorted_segment_sqrt_n(DATA, [0, 0, 1, 1], 2),
)
table.add(
    "segment_ids_not_sorted",
    lambda tf: tf.segment_sum([1.0, 2.0], [1, 0]),
    raises="InvalidArgumentError",
)
for name in ("sum", "mean", "sqrt_n"):
    table.add(
        f"sparse_segment_{name}",
        lambda tf, name=name: getattr(tf, f"sparse_segment_{name}")(
            DATA, [0, 2, 3], [0, 0, 1]
        ),
    )
