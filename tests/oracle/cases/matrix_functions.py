"""Logarithms and square roots of matrices; shapes of stateless random numbers."""

import numpy as np

from tests.oracle.programs import Table

table = Table()


def noise(*shape):
    return np.random.default_rng([6, *shape]).standard_normal(shape)


LOGARITHMS = {
    "triangular": np.array([[1, 2], [0, 3]], np.complex64),
    "shear": np.array([[1, 1], [0, 1]], np.complex128),
    "shear_of_3": np.array([[2, 1, 0], [0, 2, 1], [0, 0, 2]], np.complex128),
    "negative": np.array([[-1, 1], [0, 2]], np.complex128),
    "batch": noise(3, 4, 4) @ noise(3, 4, 4) * (1 + 0.3j) + 4 * np.eye(4),
    "empty": np.zeros([2, 0, 0], np.complex64),
}
for name, matrix in LOGARITHMS.items():
    table.add(
        f"logm_{name}", lambda tf, m=matrix: tf.linalg.logm(m), tolerance=(2e-5, 2e-6)
    )
ROOTS = {
    "triangular": np.array([[4.0, 1.0], [0.0, 9.0]]),
    "shear": np.array([[1.0, 1.0], [0.0, 1.0]]),
    "batch": noise(2, 3, 3) @ noise(2, 3, 3) + 6 * np.eye(3),
    "single": np.float32([[2.0, 0.5], [0.5, 3.0]]),
    "complex": np.array([[1j, 1], [0, -2]], np.complex128),
}
for name, matrix in ROOTS.items():
    table.add(
        f"sqrtm_{name}", lambda tf, m=matrix: tf.linalg.sqrtm(m), tolerance=(2e-5, 2e-6)
    )
BAD = {
    "logm_not_square": lambda tf: tf.linalg.logm(np.zeros([2, 3], np.complex64)),
    "sqrtm_vector": lambda tf: tf.linalg.sqrtm(np.zeros([3])),
    "stateless_seed": lambda tf: tf.random.stateless_uniform([2], [1]),
}
for name, function in BAD.items():
    table.add(f"bad_{name}", function, raises="ValueError")
table.add(
    "bad_logm_real",
    lambda tf: tf.linalg.logm(np.eye(2)),
    raises="TypeError",
)
STATELESS = {
    "uniform": lambda tf: tf.random.stateless_uniform([2, 3], [1, 2], -1.0, 1.0),
    "uniform_double": lambda tf: tf.random.stateless_uniform(
        [2], [1, 2], dtype=tf.float64
    ),
    "integers": lambda tf: tf.random.stateless_uniform([4], [1, 2], 0, 9, tf.int32),
    "normal": lambda tf: tf.random.stateless_normal([2, 3], [1, 2], 5.0, 0.1),
    "truncated": lambda tf: tf.random.stateless_truncated_normal([2, 3], [1, 2]),
    "multinomial": lambda tf: tf.random.stateless_multinomial([[0.0, 1.0]], 5, [1, 2]),
}
for name, function in STATELESS.items():
    table.add(f"stateless_{name}", function, only_shapes=True)
