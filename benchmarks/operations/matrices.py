"""Products, decompositions and other operations of linear algebra."""

from typing import Any

import numpy as np

from benchmarks.operations.making import Maker, Operation, side


def _product(**options: bool) -> Operation:
    def build(make: Maker, count: int) -> Any:
        n = side(count // 4)
        return make.tf.matmul(make.normal(n, n), make.normal(n, n), **options)

    return build


def _thin(make: Maker, count: int) -> Any:
    return make.tf.matmul(make.normal(count // 256, 256), make.normal(256, 10))


def _vector(make: Maker, count: int) -> Any:
    return make.tf.matmul(
        make.normal(1, side(count)), make.normal(side(count), side(count))
    )


def _batch(make: Maker, count: int) -> Any:
    n = max(1, count // 1024)
    return make.tf.matmul(make.normal(n, 32, 32), make.normal(n, 32, 32))


def _einsum(make: Maker, count: int) -> Any:
    n = max(1, count // 1024)
    return make.tf.einsum(
        "bij,bjk->bik", make.normal(n, 32, 32), make.normal(n, 32, 32)
    )


def _tensordot(make: Maker, count: int) -> Any:
    n = max(1, count // 1024)
    return make.tf.tensordot(make.normal(n, 32, 32), make.normal(32, 32), 1)


def _positive(make: Maker, n: int) -> Any:
    values = np.random.RandomState(0).randn(n, n).astype(np.float32)
    return make.held(values @ values.T + n * np.eye(n, dtype=np.float32))


def _of_square(path: str) -> Operation:
    def build(make: Maker, count: int) -> Any:
        function = make.tf
        for part in path.split("."):
            function = getattr(function, part)
        result = function(_positive(make, side(count // 16)))
        return result[0] if isinstance(result, tuple) else result

    return build


def _solve(path: str) -> Operation:
    def build(make: Maker, count: int) -> Any:
        n = side(count // 16)
        return getattr(make.tf, path)(_positive(make, n), make.normal(n, 1))

    return build


def _diag(make: Maker, count: int) -> Any:
    return make.tf.diag(make.normal(side(count)))


def _diag_part(make: Maker, count: int) -> Any:
    return make.tf.diag_part(make.normal(side(count), side(count)))


def _band_part(make: Maker, count: int) -> Any:
    return make.tf.matrix_band_part(make.normal(side(count), side(count)), -1, 0)


def _norm(make: Maker, count: int) -> Any:
    return make.tf.norm(make.normal(count))


def _cross(make: Maker, count: int) -> Any:
    return make.tf.cross(make.normal(count // 3, 3), make.normal(count // 3, 3))


OPERATIONS: dict[str, Operation] = {
    "matmul": _product(),
    "matmul, a transposed": _product(transpose_a=True),
    "matmul, b transposed": _product(transpose_b=True),
    "matmul, to ten columns": _thin,
    "matmul, one row": _vector,
    "matmul, many 32 x 32": _batch,
    "einsum": _einsum,
    "tensordot": _tensordot,
    "matrix_inverse": _of_square("matrix_inverse"),
    "matrix_determinant": _of_square("matrix_determinant"),
    "cholesky": _of_square("cholesky"),
    "qr": _of_square("qr"),
    "svd": _of_square("svd"),
    "self_adjoint_eig": _of_square("self_adjoint_eig"),
    "trace": _of_square("trace"),
    "matrix_solve": _solve("matrix_solve"),
    "matrix_triangular_solve": _solve("matrix_triangular_solve"),
    "diag": _diag,
    "diag_part": _diag_part,
    "matrix_band_part": _band_part,
    "norm": _norm,
    "cross": _cross,
}
