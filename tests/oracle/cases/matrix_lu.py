"""Triangular factors, ranks, pseudo-inverses, and tensors of length one."""

import numpy as np

from tests.oracle.programs import Table

table = Table()


def noise(*shape):
    return np.random.default_rng([10, *shape]).standard_normal(shape)


MATRICES = {
    "single": noise(3, 3).astype(np.float32),
    "stack": noise(2, 2, 4, 4),
    "complex": noise(3, 3) + 1j * noise(3, 3)[::-1],
    "one": noise(1, 1),
    "empty": np.zeros([2, 0, 0]),
}
for name, matrix in MATRICES.items():
    for index in ("int32", "int64"):
        table.add(
            f"lu_{name}_{index}",
            lambda tf, m=matrix, i=index: list(tf.linalg.lu(m, getattr(tf, i))),
            tolerance=(1e-5, 1e-6),
        )
    if matrix.size:
        table.add(
            f"lu_uses_{name}",
            lambda tf, m=matrix: [
                tf.linalg.lu_solve(*tf.linalg.lu(m), m[..., ::-1, :2]),
                tf.linalg.lu_matrix_inverse(*tf.linalg.lu(m)),
                tf.linalg.lu_reconstruct(*tf.linalg.lu(m)),
            ],
            tolerance=(1e-4, 1e-5),
            any_static_shape=True,
        )
for name in ("matrix_rank", "pinv"):
    for shape in ((3, 3), (2, 4, 3), (2, 5)):
        for dtype in (np.float32, np.float64):
            low = (noise(*shape[:-1], 2) @ noise(2, shape[-1])).astype(dtype)
            table.add(
                f"{name}_{shape}_{dtype.__name__}",
                lambda tf, n=name, v=low: getattr(tf.linalg, n)(v),
                tolerance=(1e-4, 1e-5),
                any_static_shape=True,
            )
table.add("matrix_rank_tol", lambda tf: tf.linalg.matrix_rank(np.eye(3), 2.0))
table.add("pinv_rcond", lambda tf: tf.linalg.pinv(np.diag([1.0, 0.1]), 0.5))
for order in ("euclidean", 1, 2, np.inf):
    for axis in (None, 0, -1):
        table.add(
            f"normalize_{order}_{axis}",
            lambda tf, o=order, a=axis: list(tf.linalg.normalize(noise(3, 4), o, a)),
        )
BAD = {
    "singular": (lambda tf: tf.linalg.lu([[1.0, 2.0], [2.0, 4.0]]).lu,
                 "InvalidArgumentError"),
    "not_square": (lambda tf: tf.linalg.lu(noise(2, 3)).lu, "ValueError"),
    "vector": (lambda tf: tf.linalg.lu(noise(3)).lu, "ValueError"),
    "int": (lambda tf: tf.linalg.pinv([[1, 2]]), "TypeError"),
}  # fmt: skip
for name, (function, error) in BAD.items():
    table.add(f"bad_lu_{name}", function, raises=error)
