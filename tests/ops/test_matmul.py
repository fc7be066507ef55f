"""Matrix products, contractions, decompositions and diagonals."""

import numpy as np
import pytest

import interactive_graphs as tf

RANDOM = np.random.default_rng(20180709)
A = RANDOM.normal(size=(3, 3))
SPD = A @ A.T + np.eye(3)
STACK = RANDOM.normal(size=(2, 3, 4))


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


def unknown(value):
    """A tensor of which nothing is known while the graph is built."""
    return tf.placeholder_with_default(tf.constant(value), None)


# -- products


@pytest.mark.parametrize(
    "dtype", ["float16", "bfloat16", "float32", "int32", "complex64"]
)
def test_matmul_keeps_the_dtype(dtype):
    x, y = tf.cast([[1, 2], [3, 4]], dtype), tf.cast([[5], [6]], dtype)
    product = run(tf.matmul(x, y))
    assert product.dtype.name == dtype
    assert product.astype(np.complex64).tolist() == [[17], [39]]


def test_matmul_of_16_bit_floats_adds_up_in_32():
    ones = tf.ones([1, 4096], tf.float16)
    assert run(tf.matmul(ones, ones, transpose_b=True)).tolist() == [[4096]]


def test_matmul_of_stacks():
    product = tf.matmul(STACK, STACK, transpose_b=True)
    assert product.op.type == "BatchMatMul"
    np.testing.assert_allclose(run(product), STACK @ STACK.transpose(0, 2, 1))


def test_sparse_matmul_of_16_bit_floats_is_a_float32():
    x = tf.cast([[1, 0], [0, 4]], tf.bfloat16)
    product = tf.sparse_matmul(x, [[5.0, 6.0]], transpose_b=True, a_is_sparse=True)
    assert product.dtype is tf.float32
    assert run(product).tolist() == [[5], [24]]


def test_matmul_of_nothing():
    assert run(tf.matmul(tf.zeros([2, 0]), tf.zeros([0, 3]))).tolist() == [[0] * 3] * 2


def test_adjoint_conjugates_and_transpose_does_not():
    z = tf.constant([[1j, 2]], tf.complex64)
    assert run(tf.matmul(z, z, adjoint_b=True)).tolist() == [[5]]
    assert run(tf.matmul(z, z, transpose_b=True)).tolist() == [[3]]
    with pytest.raises(ValueError, match="Only one of transpose_a and adjoint_a"):
        tf.matmul(z, z, transpose_a=True, adjoint_a=True)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.ones((2, 3)), np.ones((2, 3)), "Dimensions must be equal, but are 3 and 2"),
        (np.ones(3), np.ones((3, 1)), "Shape must be rank 2 but is rank 1"),
        (np.ones((4, 2, 3)), np.ones((2, 3, 3)), "must be equal, but are 4 and 2"),
    ],
)
def test_matmul_misfit_at_build(x, y, words):
    with pytest.raises(ValueError, match=words):
        tf.matmul(x, y)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (
            np.ones((2, 3)), np.ones((2, 3)),
            r"Matrix size-incompatible: In\[0\]: \[2,3\], In\[1\]: \[2,3\]",
        ),
        (np.ones(3), np.ones((3, 1)), r"In\[0\] is not a matrix"),
    ],
)  # fmt: skip
def test_matmul_misfit_at_run(x, y, words):
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        run(tf.matmul(unknown(x), y))


def test_matmul_of_stacks_that_differ_at_run():
    for y in (np.ones((2, 3, 3)), np.ones((3, 3))):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"In\[0\]"):
            run(tf.matmul(unknown(np.ones((4, 2, 3))), unknown(y)))


def test_matvec():
    np.testing.assert_allclose(run(tf.linalg.matvec(A, A[0])), A @ A[0])


@pytest.mark.parametrize(
    ("a", "b", "axes"),
    [
        (STACK, STACK, [[0, 1], [0, 1]]),
        (STACK, A, [[1], [0]]),
        (A, A, 1),
        (A, A, 2),
        (A, A, 0),
        (A[0], A[1], 1),
        (STACK, A, [[-2], [1]]),
    ],
)
def test_tensordot(a, b, axes):
    product = tf.tensordot(a, b, axes)
    expected = np.tensordot(a, b, axes)
    np.testing.assert_allclose(run(product), expected)
    assert product.shape.as_list() == list(expected.shape)


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        (-1, "must be at least 0"),
        (3, "must not be larger than the number of dimensions"),
        ([[0, 1], [0]], "Different number of contraction axes"),
        ([[0], [5]], "out of range"),
    ],
)
def test_tensordot_of_wrong_axes(axes, words):
    with pytest.raises(ValueError, match=words):
        tf.tensordot(A, A, axes)


@pytest.mark.parametrize(
    ("equation", "inputs"),
    [
        ("ij,jk->ik", [A, A]),
        ("ij,jk", [A, SPD]),
        ("ij->ji", [A]),
        ("ii->i", [A]),
        ("ii", [A]),
        ("i,j->ij", [A[0], A[1]]),
        ("bij,bkj->bik", [STACK, STACK]),
        ("...ij,...kj->...ik", [STACK, STACK]),
        ("ab,bc,cd->ad", [A, SPD, A]),
    ],
)
def test_einsum(equation, inputs):
    result = tf.einsum(equation, *inputs)
    expected = np.einsum(equation, *inputs)
    np.testing.assert_allclose(run(result), expected)
    assert result.shape.as_list() == list(expected.shape)


@pytest.mark.parametrize(
    ("equation", "inputs", "words"),
    [
        ("ij,jk->ikl", [A, A], "the label l not present in the input"),
        ("ij,jk->ik", [A], "expecting 2"),
        ("abc->a", [A], "Shape must be rank 3 but is rank 2"),
        ("a?", [A], "incorrect format"),
        ("ij,jk->ik", [A, STACK[0].T], "Dimensions must be equal, but are 3 and 4"),
    ],
)
def test_einsum_of_wrong_equations(equation, inputs, words):
    with pytest.raises(ValueError, match=words):
        tf.einsum(equation, *inputs)


@pytest.mark.parametrize(
    ("ord", "axis"),
    [("euclidean", None), (1, None), (2, 0), (np.inf, 1), (3, 0), ("fro", (0, 1)),
     (1, (0, 1)), (np.inf, (0, 1)), (2, (0, 1))],
)  # fmt: skip
def test_norm(ord, axis):
    numpy_ord = {"euclidean": None}.get(ord, ord)
    x = A.reshape(-1) if axis is None else A
    expected = np.linalg.norm(x, numpy_ord, None if axis is None else axis)
    np.testing.assert_allclose(run(tf.norm(A, ord, axis)), expected)


@pytest.mark.parametrize(("ord", "axis"), [("foo", None), (0, None), (3, [0, 1])])
def test_norms_that_do_not_exist(ord, axis):
    with pytest.raises(ValueError, match="'ord' must be a supported"):
        tf.norm(A, ord, axis)


# -- systems and decompositions


def test_inverse_and_determinant():
    both = np.stack([SPD, A])
    identities = run(tf.matrix_inverse(both)) @ both
    np.testing.assert_allclose(identities, [np.eye(3)] * 2, atol=1e-12)
    np.testing.assert_allclose(run(tf.matrix_determinant(A)), np.linalg.det(A))
    assert run(tf.matrix_determinant(np.zeros((0, 0)))) == 1
    sign, value = run(tf.linalg.slogdet(A))
    np.testing.assert_allclose(sign * np.exp(value), np.linalg.det(A))
    np.testing.assert_allclose(run(tf.linalg.logdet(SPD)), np.log(np.linalg.det(SPD)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: tf.matrix_inverse(np.ones((2, 2))), "Input is not invertible."),
        (lambda: tf.matrix_inverse(unknown(np.ones((2, 3)))), "matrix must be square"),
        (lambda: tf.matrix_inverse(unknown([1.0])), "must have rank >= 2, got 1"),
        (lambda: tf.matrix_solve(np.ones((2, 2)), np.ones((2, 1))), "not invertible"),
        (lambda: tf.matrix_solve(unknown(A), np.ones((2, 1))), "rhs are incompatible"),
        (lambda: tf.cholesky([[-1.0, 0], [0, 1]]), "decomposition was not successful"),
    ],
)
def test_matrices_that_do_not_suit(make, words):
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        run(make())


def test_solutions():
    b = STACK[0]
    np.testing.assert_allclose(SPD @ run(tf.matrix_solve(SPD, b)), b)
    np.testing.assert_allclose(A.T @ run(tf.matrix_solve(A, b, adjoint=True)), b)
    np.testing.assert_allclose(SPD @ run(tf.cholesky_solve(tf.cholesky(SPD), b)), b)
    upper = run(tf.matrix_triangular_solve(SPD, b, lower=False))
    np.testing.assert_allclose(np.triu(SPD) @ upper, b)
    tall = STACK[0].T
    np.testing.assert_allclose(
        run(tf.matrix_solve_ls(tall, tall[:, :1])),
        np.linalg.lstsq(tall, tall[:, :1], rcond=None)[0],
        atol=1e-12,
    )


def test_only_the_lower_triangle_is_read():
    x = np.array([[4.0, 99.0], [2.0, 5.0]])
    assert run(tf.cholesky(x)).tolist() == [[2, 0], [1, 2]]


def test_decompositions_give_the_matrix_back():
    e, v = run(tf.self_adjoint_eig(SPD))
    np.testing.assert_allclose((v * e) @ v.T, SPD)
    np.testing.assert_allclose(run(tf.self_adjoint_eigvals(SPD)), e)
    s, u, v = run(tf.svd(STACK))
    np.testing.assert_allclose((u * s[:, None]) @ v.transpose(0, 2, 1), STACK)
    np.testing.assert_allclose(run(tf.svd(STACK, compute_uv=False)), s)
    full = tf.svd(STACK, full_matrices=True)
    assert [t.shape.as_list() for t in full] == [[2, 3], [2, 3, 3], [2, 4, 4]]
    q, r = run(tf.qr(STACK[0].T))
    np.testing.assert_allclose(q @ r, STACK[0].T)
    assert np.allclose(r, np.triu(r))


def test_exponential_and_adjoint():
    x = tf.linalg.expm([[0.0, 1.0], [0.0, 0.0]])
    assert run(x).tolist() == [[1, 1], [0, 1]]
    turn = np.array([[0.0, -30.0], [30.0, 0.0]])
    expected = [[np.cos(30), -np.sin(30)], [np.sin(30), np.cos(30)]]
    np.testing.assert_allclose(run(tf.linalg.expm(turn)), expected, atol=1e-12)
    z = tf.constant([[1j, 2]])
    assert run(tf.linalg.adjoint(z)).tolist() == [[-1j], [2]]


# -- diagonals


def test_diagonals():
    assert run(tf.diag([1, 2])).tolist() == [[1, 0], [0, 2]]
    whole = run(tf.diag([[1, 2], [3, 4]]))
    assert whole.shape == (2, 2, 2, 2)
    assert run(tf.diag_part(whole)).tolist() == [[1, 2], [3, 4]]
    assert run(tf.matrix_diag(["a", "b"])).tolist() == [[b"a", b""], [b"", b"b"]]
    np.testing.assert_array_equal(
        run(tf.matrix_diag_part(STACK)), STACK.diagonal(axis1=1, axis2=2)
    )
    changed = run(tf.matrix_set_diag(np.ones((2, 3)), [5.0, 6.0]))
    assert changed.tolist() == [[5, 1, 1], [1, 6, 1]]
    np.testing.assert_allclose(run(tf.trace(STACK)), np.trace(STACK, axis1=1, axis2=2))


def test_diagonals_of_wrong_shapes():
    with pytest.raises(ValueError, match="even and non-zero rank, input rank is 1"):
        tf.diag_part([1.0])
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 2 and 3"):
        tf.matrix_set_diag(np.ones((2, 3)), [1.0, 2.0, 3.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="received input shape"):
        run(tf.matrix_set_diag(unknown(np.ones((2, 3))), [1.0, 2.0, 3.0]))


def test_bands():
    ones = np.ones((3, 4))
    assert run(tf.matrix_band_part(ones, 0, 1)).tolist() == [
        [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1],
    ]  # fmt: skip
    np.testing.assert_array_equal(run(tf.matrix_band_part(ones, -1, 0)), np.tril(ones))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"rows \(3\) got: 5"):
        run(tf.matrix_band_part(ones, 5, 0))


def test_eye():
    stack = tf.eye(2, 3, batch_shape=[2], dtype=tf.int32)
    assert stack.shape.as_list() == [2, 2, 3]
    assert run(stack).tolist() == [[[1, 0, 0], [0, 1, 0]]] * 2
    assert run(tf.eye(unknown(2))).tolist() == [[1, 0], [0, 1]]


def test_cross():
    assert run(tf.cross([[1, 0, 0]], [[0, 1, 0]])).tolist() == [[0, 0, 1]]
    with pytest.raises(ValueError, match="Dimension must be 3 but is 2"):
        tf.cross([1.0, 2.0], [1.0, 2.0])
