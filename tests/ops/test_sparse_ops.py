"""SparseTensor: to dense, sums, products, order, shape, parts, and gradients."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from tests.ops.cases import check_fails, check_value, run, unknown

InvalidArgument = tf.errors.InvalidArgumentError
DENSE = np.float32([[1, 2, 3], [4, 5, 6]])


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def sparse(indices=((0, 0), (1, 2)), values=(1.0, 2.0), shape=(2, 3)):
    where = np.int64(indices).reshape(-1, len(shape))
    return tf.SparseTensor(where, list(values), list(shape))


def unordered():
    return sparse([[1, 2], [0, 0]])


VALUES = [
    (lambda: tf.sparse_to_dense([[0, 0], [1, 2]], [2, 3], [1.0, 2.0]),
     [[1, 0, 0], [0, 0, 2]], "(2, 3)"),
    (lambda: tf.sparse_to_dense([1, 3], [5], 1), [0, 1, 0, 1, 0], "(5,)"),
    (lambda: tf.sparse_to_dense(2, [5], [1]), [0, 0, 1, 0, 0], "(5,)"),
    (lambda: tf.sparse_to_dense([3, 1], [4], 1, validate_indices=False), [0, 1, 0, 1],
     "(4,)"),
    (lambda: tf.sparse_to_dense([1], [3], "a", "z"),
     np.array([b"z", b"a", b"z"], object), "(3,)"),
    (lambda: tf.sparse_to_dense(np.zeros([0], np.int32), [3], 1), [0, 0, 0], "(3,)"),
    (lambda: tf.sparse_tensor_to_dense(sparse()), [[1, 0, 0], [0, 0, 2]], "(2, 3)"),
    (lambda: tf.sparse_tensor_to_dense(sparse(), 7.0), [[1, 7, 7], [7, 7, 2]],
     "(2, 3)"),
    (lambda: tf.sparse_tensor_to_dense(unordered(), validate_indices=False),
     [[2, 0, 0], [0, 0, 1]], "(2, 3)"),
    (lambda: tf.sparse_tensor_to_dense(sparse([[0]], ["a"], [2])),
     np.array([b"a", b""], object), "(2,)"),
    (lambda: tf.sparse_to_indicator(sparse([[0, 0], [1, 0]], [3, 1], [2, 1]), 5),
     [[0, 0, 0, 1, 0], [0, 1, 0, 0, 0]], "(2, 5)"),
    (lambda: tf.sparse_tensor_dense_matmul(sparse(), DENSE.T), [[1, 4], [6, 12]],
     "(2, 2)"),
    (lambda: tf.sparse_tensor_dense_matmul(sparse(), DENSE, adjoint_a=True),
     [[1, 2, 3], [0, 0, 0], [8, 10, 12]], "(3, 3)"),
    (lambda: tf.sparse_tensor_dense_matmul(sparse(), DENSE, adjoint_b=True),
     [[1, 4], [6, 12]], "(2, 2)"),
    (lambda: tf.sparse_add(sparse(), DENSE), [[2, 2, 3], [4, 5, 8]], "(2, 3)"),
    (lambda: tf.sparse_add(DENSE, sparse()), [[2, 2, 3], [4, 5, 8]], "(2, 3)"),
    (lambda: tf.sparse_reduce_sum(sparse()), 3, "()"),
    (lambda: tf.sparse_reduce_sum(sparse(), 0), [1, 0, 2], "(3,)"),
    (lambda: tf.sparse_reduce_sum(sparse(), -1, keep_dims=True), [[1], [2]], "(2, 1)"),
    (lambda: tf.sparse_reduce_sum(sparse(), [0, 1], keepdims=True), [[3]], "(1, 1)"),
    (lambda: tf.sparse_reduce_sum(sparse(), []), [[1, 0, 0], [0, 0, 2]], "(2, 3)"),
    (lambda: tf.sparse_reduce_max(sparse(values=[-1.0, 2.0]), 0), [-1, 0, 2], "(3,)"),
    (lambda: tf.sparse_reduce_max(sparse()), 2, "()"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "value", "shape"), VALUES)
def test_dense_values(make, value, shape):
    check_value(make(), value, shape)


SPARSE_VALUES = [
    (lambda: tf.sparse_add(sparse(), sparse()), [[0, 0], [1, 2]], [2, 4], [2, 3]),
    (lambda: tf.sparse_add(sparse(), sparse([[0, 1]], [-1.0])),
     [[0, 0], [0, 1], [1, 2]], [1, -1, 2], [2, 3]),
    (lambda: tf.sparse_add(sparse(), sparse([[0, 0]], [-1.0])), [[0, 0], [1, 2]],
     [0, 2], [2, 3]),
    (lambda: tf.sparse_add(sparse(), sparse([[0, 0]], [-1.0]), 0.1), [[1, 2]], [2],
     [2, 3]),
    (lambda: sparse() * DENSE, [[0, 0], [1, 2]], [1, 12], [2, 3]),
    (lambda: DENSE * sparse(), [[0, 0], [1, 2]], [1, 12], [2, 3]),
    (lambda: tf.constant(DENSE) * sparse(), [[0, 0], [1, 2]], [1, 12], [2, 3]),
    (lambda: sparse() * 2.0, [[0, 0], [1, 2]], [2, 4], [2, 3]),
    (lambda: sparse() * [[1.0], [2.0]], [[0, 0], [1, 2]], [1, 4], [2, 3]),
    (lambda: sparse() / 2.0, [[0, 0], [1, 2]], [0.5, 1], [2, 3]),
    (lambda: tf.SparseTensor([[0], [1]], raw.SparseDenseCwiseDiv(
        [[0], [1]], [-7, 7], [2], [2]), [2]), [[0], [1]], [-3, 3], [2]),
    (lambda: sparse(values=[1, 2]) / 2, [[0, 0], [1, 2]], [0.5, 1], [2, 3]),
    (lambda: tf.sparse_reduce_sum_sparse(sparse(), 0), [[0], [2]], [1, 2], [3]),
    (lambda: tf.sparse_reduce_sum_sparse(sparse()), np.zeros([1, 0]), [3], []),
    (lambda: tf.sparse_reduce_max_sparse(sparse(), 1), [[0], [1]], [1, 2], [2]),
    (lambda: tf.sparse_softmax(sparse([[0, 0], [0, 2], [1, 1]], [1.0, 1.0, 3.0])),
     [[0, 0], [0, 2], [1, 1]], [0.5, 0.5, 1], [2, 3]),
    (lambda: tf.sparse_maximum(sparse(), sparse([[0, 1]], [-1.0])),
     [[0, 0], [0, 1], [1, 2]], [1, 0, 2], [2, 3]),
    (lambda: tf.sparse_minimum(sparse(), sparse([[0, 1]], [-1.0])),
     [[0, 0], [0, 1], [1, 2]], [0, -1, 0], [2, 3]),
    (lambda: tf.sparse_reorder(unordered()), [[0, 0], [1, 2]], [2, 1], [2, 3]),
    (lambda: tf.sparse_transpose(sparse()), [[0, 0], [2, 1]], [1, 2], [3, 2]),
    (lambda: tf.sparse_transpose(sparse(), [0, 1]), [[0, 0], [1, 2]], [1, 2], [2, 3]),
    (lambda: tf.sparse_reshape(sparse(), [3, -1]), [[0, 0], [2, 1]], [1, 2], [3, 2]),
    (lambda: tf.sparse_reshape(sparse(), [-1]), [[0], [5]], [1, 2], [6]),
    (lambda: tf.sparse_slice(sparse(), [1, 1], [5, 5]), [[0, 1]], [2], [1, 2]),
    (lambda: tf.sparse_slice(sparse(), [2, 1], [1, 1]), np.zeros([0, 2]), [], [0, 1]),
    (lambda: tf.sparse_concat(0, [sparse(), sparse()]),
     [[0, 0], [1, 2], [2, 0], [3, 2]], [1, 2, 1, 2], [4, 3]),
    (lambda: tf.sparse_concat(-1, [sparse(), sparse()]),
     [[0, 0], [0, 3], [1, 2], [1, 5]], [1, 1, 2, 2], [2, 6]),
    (lambda: tf.sparse_concat(1, [sparse(), sparse([[0, 0]], [1.0], [3, 1])],
                              expand_nonconcat_dim=True),
     [[0, 0], [0, 3], [1, 2]], [1, 1, 2], [3, 4]),
    (lambda: tf.sparse_split(sp_input=sparse(), num_split=2, axis=1)[1], [[1, 0]], [2],
     [2, 1]),
    (lambda: tf.sparse_retain(sparse(), [True, False]), [[0, 0]], [1], [2, 3]),
    (lambda: tf.sparse_fill_empty_rows(sparse([[0, 0], [2, 1]], shape=[4, 2]), 9.0)[0],
     [[0, 0], [1, 0], [2, 1], [3, 0]], [1, 9, 2, 9], [4, 2]),
    (lambda: tf.sparse_merge(sparse([[0, 0], [1, 0]], [3, 5], [2, 1]),
                             sparse([[0, 0], [1, 0]], [1.0, 2.0], [2, 1]), 10),
     [[0, 3], [1, 5]], [1, 2], [2, 10]),
    (lambda: tf.sparse_reset_shape(sparse([[0, 0], [1, 1]], shape=[5, 5])),
     [[0, 0], [1, 1]], [1, 2], [2, 2]),
    (lambda: tf.sparse_reset_shape(sparse(), [3, 4]), [[0, 0], [1, 2]], [1, 2], [3, 4]),
]  # fmt: skip


@pytest.mark.parametrize(("make", "indices", "values", "shape"), SPARSE_VALUES)
def test_sparse_values(make, indices, values, shape):
    tensor = make()
    assert isinstance(tensor, tf.SparseTensor)
    got = run(tensor)
    np.testing.assert_array_equal(got.indices, indices)
    assert got.indices.shape == np.shape(indices)
    np.testing.assert_allclose(got.values, values)
    np.testing.assert_array_equal(got.dense_shape, shape)
    assert [a.dtype for a in (got.indices, got.dense_shape)] == [np.int64] * 2
    known = tensor.get_shape()
    assert known.is_compatible_with(list(shape))


def test_values_may_be_given_as_values():
    value = tf.SparseTensorValue([[0, 0]], [1.0], [1, 2])
    np.testing.assert_array_equal(run(tf.sparse_tensor_to_dense(value)), [[1, 0]])


def test_fed_sparse_placeholder():
    x = tf.sparse_placeholder(tf.float32, [2, 3])
    y = tf.sparse_reduce_sum(x, 1)
    value = tf.SparseTensorValue(np.int64([[0, 0], [1, 2]]), [1.0, 2.0], [2, 3])
    np.testing.assert_array_equal(run(y, {x: value}), [1, 2])


FAILURES = [
    (lambda: tf.sparse_to_dense([3, 1], [5], 1), InvalidArgument,
     "indices[1] = [1] is out of order"),
    (lambda: tf.sparse_to_dense([1, 1], [5], 1), InvalidArgument,
     "indices[1] = [1] is repeated"),
    (lambda: tf.sparse_to_dense([1, 7], [5], 1), InvalidArgument,
     "indices[1] = [7] is out of bounds: need 0 <= index < [5]"),
    (lambda: tf.sparse_to_dense([1, 7], [5], 1, validate_indices=False),
     InvalidArgument, "Indices are not valid (out of bounds).  Shape: [5]"),
    (lambda: tf.sparse_to_dense([[0, 1, 2]], [5, 5], 1), InvalidArgument,
     "output_shape has incorrect number of elements: 2 should be: 3"),
    (lambda: tf.sparse_to_dense([1, 2], [5], [1, 2, 3]), InvalidArgument,
     "sparse_values has incorrect shape [3], should be [] or [2]"),
    (lambda: tf.sparse_tensor_to_dense(unordered()), InvalidArgument,
     "indices[1] = [0,0] is out of order"),
    (lambda: tf.sparse_tensor_to_dense(DENSE), TypeError,
     "Input must be a SparseTensor."),
    (lambda: tf.sparse_tensor_dense_matmul(sparse(), DENSE), ValueError,
     "Dimensions must be equal, but are 3 and 2"),
    (lambda: tf.sparse_tensor_dense_matmul(sparse(), unknown(DENSE)), InvalidArgument,
     "Cannot multiply A and B because inner dimension does not match: 3 vs. 2."),
    (lambda: tf.sparse_tensor_dense_matmul(sparse([[5, 0]], [1.0]), DENSE.T),
     InvalidArgument, "m (5) from index[0,0] out of bounds (>=2)"),
    (lambda: tf.sparse_add(DENSE, DENSE), TypeError,
     "At least one input should be SparseTensor"),
    (lambda: tf.sparse_add(sparse(), DENSE[:, :2]), InvalidArgument,
     "Dimension 1 does not equal (no broadcasting is supported): sparse side 3 "
     "vs dense"),
    (lambda: tf.sparse_add(sparse(), sparse(shape=[2, 4])), ValueError, "incompatible"),
    (lambda: tf.sparse_reduce_sum(sparse(), 0, reduction_axes=0), ValueError,
     "Cannot specify both 'reduction_axes' and 'axis'."),
    (lambda: tf.sparse_reduce_sum(sparse(), 2), InvalidArgument,
     "Invalid reduction dimension 2, for input with 2 dimensions."),
    (lambda: tf.sparse_reshape(sparse(), [4, 2]), ValueError,
     "Cannot reshape a tensor with 6 elements to shape [4, 2] (8 elements)."),
    (lambda: tf.sparse_reshape(sparse(), [-1, -1]), ValueError,
     "At most one dimension can be inferred (-1)."),
    (lambda: tf.sparse_reshape(sparse(), unknown([4, 2], tf.int64)), InvalidArgument,
     "6 dense values, but the requested shape has 8. input_shape=[2,3]"),
    (lambda: tf.sparse_reshape(sparse(), unknown([-1, 4], tf.int64)), InvalidArgument,
     "requires a multiple of 4. input_shape=[2,3] output_shape=[1,4]"),
    (lambda: tf.sparse_slice(sparse(), [1, 1], [5]), InvalidArgument,
     "Expected size to be a vector of length 2 but got length 1"),
    (lambda: tf.sparse_concat(1, [sparse(), sparse([[0, 0]], [1.0], [3, 1])]),
     InvalidArgument,
     "Input shapes must match: expected 2 for dimension 0 but got 3 at position 1"),
    (lambda: tf.sparse_concat(0, [sparse(), sparse([[0]], [1.0], [3])]), ValueError,
     "Dimensions must be equal, but are 2 and 1"),
    (lambda: tf.sparse_split(sp_input=sparse(), num_split=4, axis=0), InvalidArgument,
     "Input num_split should be between 1 and the splitting dimension size (2), got 4"),
    (lambda: tf.sparse_split(sp_input=sparse(), num_split=2, axis=2), InvalidArgument,
     "Input axis should be in range [-2, 2), got 2"),
    (lambda: tf.sparse_split(sparse(), 2, 1), ValueError,
     "Keyword arguments are required for this function."),
    (lambda: tf.sparse_fill_empty_rows(sparse([[5, 0]], [1.0], [2, 2]), 9.0)[0],
     InvalidArgument, "indices(0, 0) is invalid: 5 >= 2"),
    (lambda: tf.sparse_retain(sparse(), [True]), ValueError,
     "Dimensions 2 and 1 are not compatible"),
    (lambda: tf.sparse_softmax(sparse([[0]], [1.0], [2])), InvalidArgument,
     "Input should have rank >= 2, but received shape: 2"),
    (lambda: sparse() * np.ones([4], np.float32), InvalidArgument,
     "broadcasts dense to sparse only; got incompatible shapes: [2,3] vs. [4]"),
    (lambda: tf.sparse_maximum(sparse(), sparse(shape=[2, 4])), InvalidArgument,
     "Operands' shapes do not match: got 3 and 4 for dimension 1"),
    (lambda: tf.sparse_reset_shape(sparse(), [1, 4]), ValueError,
     "Requested new_shape should have dimension sizes >= sp_input.shape."),
    (lambda: raw.SparseDenseCwiseDiv([[0]], [1], [1], [0]), InvalidArgument,
     "SparseDenseCwiseDiv cannot divide by zero"),
    (lambda: sparse() * sparse(), TypeError, "unsupported operand"),
    (lambda: -sparse(), TypeError, "bad operand type"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "words"), FAILURES)
def test_failures(make, error, words):
    check_fails(make, error, words)


def test_fill_empty_rows_says_which_were_empty():
    _, empty = tf.sparse_fill_empty_rows(sparse([[1, 0]], [1.0], [3, 2]), 9.0)
    np.testing.assert_array_equal(run(empty), [True, False, True])


def test_sparse_mask_drops_slices():
    slices = tf.IndexedSlices(tf.ones([3, 2]), tf.constant([1, 5, 7]))
    value = run(tf.sparse_mask(slices, [5, 9]))
    np.testing.assert_array_equal(value.indices, [1, 7])
    assert value.values.shape == (2, 2)


GRADIENTS = [
    (tf.sparse_tensor_to_dense, [2, 2]),
    (lambda s: tf.sparse_add(s, sparse()).values, [2, 2]),
    (lambda s: tf.sparse_add(s, DENSE), [2, 2]),
    (lambda s: tf.sparse_reduce_sum(s, 0), [2, 2]),
    (lambda s: tf.sparse_tensor_dense_matmul(s, DENSE.T), [10, 18]),
    (lambda s: (s * DENSE).values, [2, 12]),
    (lambda s: (s / DENSE).values, [2, 1 / 3]),
    (lambda s: tf.sparse_slice(s, [1, 0], [2, 3]).values, [0, 2]),
    (lambda s: tf.sparse_transpose(s).values, [2, 2]),
    (lambda s: tf.sparse_reshape(s, [3, 2]).values, [2, 2]),
    (lambda s: tf.sparse_retain(s, [True, False]).values, [2, 0]),
    (lambda s: tf.sparse_fill_empty_rows(s, 9.0)[0].values, [2, 2]),
]


@pytest.mark.parametrize(("make", "want"), GRADIENTS)
def test_gradients(make, want):
    x = tf.constant([1.0, 2.0])
    y = make(tf.SparseTensor([[0, 0], [1, 2]], x, [2, 3]))
    (grad,) = tf.gradients(y * tf.constant(2.0), x)
    np.testing.assert_allclose(run(tf.convert_to_tensor(grad)), want)


def test_gradient_of_the_dense_factor():
    d = tf.constant(DENSE[:1])
    (grad,) = tf.gradients((sparse() * d).values, d)
    np.testing.assert_allclose(run(grad), [[1, 0, 2]])
