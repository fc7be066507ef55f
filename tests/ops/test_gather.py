"""gather, scatter_nd, where, one_hot, partitions, and sets of a vector's values."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from tests.ops.cases import check_fails, check_value, run, unknown

InvalidArgument = tf.errors.InvalidArgumentError
X = np.float32([[1, 2], [3, 4]])
NAN = float("nan")


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


VALUES = [
    (lambda: tf.gather([10, 20, 30], [2, 0]), [30, 10], "(2,)"),
    (lambda: tf.gather(X, 1), [3, 4], "(2,)"),
    (lambda: tf.gather(X, [[1], [0]], axis=1), [[[2], [1]], [[4], [3]]], "(2, 2, 1)"),
    (lambda: tf.gather(X, [0], axis=unknown(-1)), [[1], [3]], "(?, ?)"),
    (lambda: tf.gather(X, np.zeros([0], np.int32)), np.zeros([0, 2]), "(0, 2)"),
    (lambda: tf.gather(["a", "b"], 1), np.array(b"b", object), "()"),
    (lambda: tf.batch_gather([[1, 2], [3, 4]], [[1], [0]]), [[2], [3]], "(2, 1)"),
    (lambda: tf.gather_nd(X, [[0, 0], [1, 1]]), [1, 4], "(2,)"),
    (lambda: tf.gather_nd(X, [[1]]), [[3, 4]], "(1, 2)"),
    (lambda: tf.gather_nd(X, [0, 1]), 2, "()"),
    (lambda: tf.gather_nd(X, np.zeros([3, 0], np.int32)), [X] * 3, "(3, 2, 2)"),
    (lambda: tf.scatter_nd([[1], [1], [3]], [1.0, 2, 3], [5]), [0, 3, 0, 3, 0], "(5,)"),
    (lambda: tf.scatter_nd([[1]], [[1.0, 2]], [3, 2]), [[0, 0], [1, 2], [0, 0]],
     "(3, 2)"),
    (lambda: tf.scatter_nd([[1]], [["a"]], [2, 1]), np.array([[b""], [b"a"]], object),
     "(2, 1)"),
    (lambda: tf.scatter_nd([[1]], [True], [3]), [False, True, False], "(3,)"),
    (lambda: tf.where([True, False], [1, 2], [3, 4]), [1, 4], "(2,)"),
    (lambda: tf.where(True, [1, 2], [3, 4]), [1, 2], "(2,)"),
    (lambda: tf.where([True, False], X, -X), [[1, 2], [-3, -4]], "(2, 2)"),
    (lambda: tf.where([True, False], ["a", "b"], ["c", "d"]),
     np.array([b"a", b"d"], object), "(2,)"),
    (lambda: tf.where([[True, False], [True, True]]), [[0, 0], [1, 0], [1, 1]],
     "(?, 2)"),
    (lambda: tf.where(np.float32([1, 0, NAN])), [[0], [2]], "(?, 1)"),
    (lambda: tf.one_hot([0, 2, -1, 5], 3), [[1, 0, 0], [0, 0, 1], [0] * 3, [0] * 3],
     "(4, 3)"),
    (lambda: tf.one_hot([0, 2], 3, axis=0), [[1, 0], [0, 0], [0, 1]], "(3, 2)"),
    (lambda: tf.one_hot([[0, 2]], 3, axis=1), [[[1, 0], [0, 0], [0, 1]]], "(1, 3, 2)"),
    (lambda: tf.one_hot(1, 3), [0, 1, 0], "(3,)"),
    (lambda: tf.one_hot([0, 2], 3, on_value=5, off_value=-5),
     [[5, -5, -5], [-5, -5, 5]],
     "(2, 3)"),
    (lambda: tf.one_hot([1], unknown(2)), [[0, 1]], "(1, ?)"),
    (lambda: tf.one_hot([0], 2, "y", "n"), np.array([[b"y", b"n"]], object), "(1, 2)"),
    (lambda: tf.sequence_mask([1, 3], 3), [[1, 0, 0], [1, 1, 1]], "(2, 3)"),
    (lambda: tf.sequence_mask([[1], [2]], 2, tf.int32), [[[1, 0]], [[1, 1]]],
     "(2, 1, 2)"),
    (lambda: tf.sequence_mask(unknown([1, 2])), [[1, 0], [1, 1]], "<unknown>"),
    (lambda: tf.dynamic_stitch([[0, 2], [1, 0]], [[1, 2], [3, 9]]), [9, 3, 2], "(3,)"),
    (lambda: tf.dynamic_stitch([[0, 5], [1]], [[1, 2], [3]]), [1, 3, 0, 0, 0, 2],
     "(6,)"),
    (lambda: tf.dynamic_stitch([0, [1, 3]], [[1, 2], [[3, 9], [5, 6]]]),
     [[1, 2], [3, 9], [0, 0], [5, 6]], "(4, 2)"),
    (lambda: tf.dynamic_stitch([unknown([1, 0])], [[1, 2]]), [2, 1], "<unknown>"),
    (lambda: tf.searchsorted([1, 3, 5], [0, 3, 6]), [0, 1, 3], "(3,)"),
    (lambda: tf.searchsorted([[1, 3], [2, 4]], [[3], [2]], side="right"), [[2], [1]],
     "(2, 1)"),
]  # fmt: skip


VALUES += [
    (lambda: tf.unravel_index([2, 5], [2, 3]), [[0, 1], [2, 2]], "(2, 2)"),
    (lambda: tf.unravel_index(5, [2, 3]), [1, 2], "(2,)"),
    (lambda: tf.tensor_scatter_update([1, 2, 3], [[1]], [9]), [1, 9, 3], "(3,)"),
    (lambda: tf.tensor_scatter_add([1, 2, 3], [[1], [1]], [9, 1]), [1, 12, 3], "(3,)"),
    (lambda: tf.tensor_scatter_sub([1, 2, 3], [[0]], [9]), [-8, 2, 3], "(3,)"),
    (lambda: tf.tensor_scatter_update(["a", "b"], [[1]], ["z"]),
     np.array([b"a", b"z"], object), "(2,)"),
    (lambda: tf.repeat([1, 2], 2), [1, 1, 2, 2], "(4,)"),
    (lambda: tf.repeat([[1], [2]], [1, 2], axis=0), [[1], [2], [2]], "(3, 1)"),
    (lambda: tf.repeat([[1, 2]], 3, axis=-1), [[1, 1, 1, 2, 2, 2]], "(1, 6)"),
    (lambda: tf.repeat(unknown([[1, 2]]), unknown(2), axis=1), [[1, 1, 2, 2]],
     "<unknown>"),
    (lambda: tf.repeat(3, 4), [3] * 4, "(4,)"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "value", "shape"), VALUES)
def test_values(make, value, shape):
    check_value(make(), value, shape)


SELECT = (
    "Inputs to operation Select of type Select must have the same size and shape.  "
)

FAILURES = [
    (lambda: tf.gather(X, [0, 2]), InvalidArgument, "indices[1] = 2 is not in [0, 2)"),
    (lambda: tf.gather(X, 2), InvalidArgument, "indices = 2 is not in [0, 2)"),
    (lambda: tf.gather(X, [[0], [-1]]), InvalidArgument,
     "indices[1,0] = -1 is not in [0, 2)"),
    (lambda: tf.gather(tf.zeros([0, 2]), [0]), InvalidArgument,
     "indices[0] = 0 is not in [0, 0)"),
    (lambda: tf.gather(X, [0], axis=2), ValueError,
     "Shape must be at least rank 3 but is rank 2"),
    (lambda: tf.gather(3.0, [0]), ValueError,
     "Shape must be at least rank 1 but is rank 0"),
    (lambda: tf.gather(unknown(3.0), [0]), InvalidArgument,
     "params must be at least 1 dimensional"),
    (lambda: tf.gather_nd(X, [[2]]), InvalidArgument,
     "indices[0] = [2] does not index into param shape [2,2]"),
    (lambda: tf.gather_nd(X, [[[0, 0]], [[0, 5]]]), InvalidArgument,
     "indices[1,0] = [0, 5] does not index into param shape [2,2]"),
    (lambda: tf.gather_nd(X, [0, 1, 1]), ValueError,
     "indices.shape[-1] must be <= params.rank, but saw indices shape: [3]"),
    (lambda: tf.gather_nd(X, 3), ValueError, "Shape must be at least rank 1"),
    (lambda: tf.gather_nd(unknown(X), unknown([0, 1, 1])), InvalidArgument,
     "index innermost dimension length must be <= params rank; saw: 3 vs. 2"),
    (lambda: tf.gather_nd(tf.zeros([0, 2]), [[0]]), InvalidArgument,
     "Requested more than 0 entries, but params is empty.  Params shape: [0,2]"),
    (lambda: tf.scatter_nd([[1], [5]], [1.0, 2], [5]), InvalidArgument,
     "indices[1] = [5] does not index into shape [5]"),
    (lambda: tf.scatter_nd([[1], [3]], [1.0], [5]), ValueError,
     "Dimensions [0,1) of indices[shape=[2,1]]"),
    (lambda: tf.scatter_nd(unknown([[1, 0, 0]]), unknown([1.0]), unknown([5, 5])),
     InvalidArgument,
     "Dimensions [3,2) of input[shape=[5,5]] must match dimensions [1,1)"),
    (lambda: tf.batch_gather([1], 0), ValueError, "rank 1 or more"),
    (lambda: tf.where([True, False], [1, 2], 3), ValueError,
     "Shapes must be equal rank, but are 1 and 0"),
    (lambda: tf.where([True], [1, 2]), ValueError,
     "x and y must both be non-None or both be None."),
    (lambda: tf.where(unknown([True, False, True]), unknown([1, 2]), unknown([3, 4])),
     InvalidArgument, SELECT + "Input 0: [3] != input 1: [2]"),
    (lambda: tf.where(unknown([True, False]), unknown([1, 2]), unknown([3])),
     InvalidArgument, SELECT + "Input 0: [2] != input 2: [1]"),
    (lambda: tf.where(True), InvalidArgument,
     "WhereOp : Unhandled input dimensions: 0"),
    (lambda: tf.where(["a"]), TypeError,
     "Value passed to parameter 'input' has DataType string not in list of allowed"),
    (lambda: tf.one_hot([0], -1), ValueError, "must be non-negative but is -1"),
    (lambda: tf.one_hot([0], unknown(-1)), InvalidArgument,
     "depth must be non-negative, got: -1"),
    (lambda: tf.one_hot([0], unknown([3])), InvalidArgument,
     "depth must be a scalar, but got: [1]"),
    (lambda: tf.one_hot([0], 3, on_value=1, off_value=0.0), TypeError,
     "dtype <dtype: 'int32'> of on_value does not match dtype <dtype: 'float32'>"),
    (lambda: tf.one_hot([0], 3, on_value="a", dtype=tf.float32), TypeError,
     "dtype <dtype: 'string'> of on_value does not match dtype parameter"),
    (lambda: tf.one_hot([0.0], 3), TypeError, "DataType float32"),
    (lambda: tf.sequence_mask([1], [2]), ValueError, "maxlen must be scalar"),
    (lambda: tf.dynamic_partition([1, 2], [0, 3], 3), InvalidArgument,
     "partitions[1] = 3 is not in [0, 3)"),
    (lambda: tf.dynamic_partition([1, 2, 3], [0, 1], 2), ValueError,
     "Dimensions must be equal, but are 3 and 2"),
    (lambda: tf.dynamic_partition(unknown([1, 2, 3]), unknown([0, 1]), 2),
     InvalidArgument, "data.shape must start with partitions.shape, got "
     "data.shape = [3]"),
    (lambda: tf.dynamic_partition([1], [0], 0), ValueError, "less than minimum 1"),
    (lambda: tf.dynamic_stitch([[0, -1]], [[1, 2]]), InvalidArgument,
     "indices[1] is out of range"),
    (lambda: tf.dynamic_stitch([unknown([0, 1])],
     [unknown([1, 2, 3])]), InvalidArgument,
     "data[0].shape = [3] does not start with indices[0].shape = [2]"),
    (lambda: tf.unravel_index([6], [2, 3]), InvalidArgument,
     "index is out of bound as with dims"),
    (lambda: tf.unravel_index(unknown([[1]]), [2, 3]), InvalidArgument,
     'The indices can only be scalar or vector, got "[1,1]"'),
    (lambda: tf.unravel_index([0], [0, 3]), InvalidArgument,
     "Input dims cannot contain a dim of zero, but dims contains zero at index 0"),
    (lambda: tf.tensor_scatter_update([1, 2], [[5]], [9]), InvalidArgument,
     "indices[0] = [5] does not index into shape [2]"),
    (lambda: tf.tensor_scatter_update(unknown([1, 2]), unknown([[1]]), unknown([9, 8])),
     InvalidArgument, "must match dimensions [0,1) of updates[shape=[2]]"),
    (lambda: tf.repeat([1, 2], [1, 2, 3]), ValueError, "but are 2 and 3"),
    (lambda: tf.repeat([1, 2], [1, 2], axis=3), ValueError,
     "axis=3 out of bounds: expected -1<=axis<1"),
    (lambda: tf.unique([[1]]), ValueError, "Shape must be rank 1 but is rank 2"),
    (lambda: tf.unique(unknown([[1]])), InvalidArgument, "unique expects a 1D vector."),
    (lambda: tf.setdiff1d([[1]], [1]), ValueError,
     "Shape must be rank 1 but is rank 2"),
    (lambda: tf.searchsorted([1], [1], side="up"), ValueError, "side must be either"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "words"), FAILURES)
def test_failures(make, error, words):
    check_fails(make, error, words)


def test_dynamic_partition():
    parts = tf.dynamic_partition(X, [1, 0], 3)
    assert [str(t.shape) for t in parts] == ["(?, 2)"] * 3
    got = run(parts)
    for part, want in zip(got, [X[1:], X[:1], X[:0]], strict=True):
        np.testing.assert_array_equal(part, want)


def test_unique_keeps_the_order_of_appearance():
    y, idx, count = run(tf.unique_with_counts([3, 1, 3, 2, 1], tf.int64))
    np.testing.assert_array_equal(y, [3, 1, 2])
    np.testing.assert_array_equal(idx, [0, 1, 0, 2, 1])
    np.testing.assert_array_equal(count, [2, 2, 1])
    assert idx.dtype == np.int64
    assert type(tf.unique([1])).__name__ == "Unique"


def test_unique_of_strings_nans_and_zeros():
    words = run(tf.unique(["b", "a", "b"]))
    np.testing.assert_array_equal(words.y, [b"b", b"a"])
    numbers = run(tf.unique([1.0, NAN, NAN, 0.0, -0.0]))
    np.testing.assert_array_equal(numbers.y, np.float32([1, NAN, NAN, 0]))
    np.testing.assert_array_equal(numbers.idx, [0, 1, 2, 3, 3])


def test_unique_rows_and_columns():
    x = np.int32([[3, 1, 3], [3, 1, 3], [0, 1, 0]])
    y, idx, count = run(raw.UniqueWithCountsV2(x, [1]))
    np.testing.assert_array_equal(y, x[:, :2])
    np.testing.assert_array_equal(idx, [0, 1, 0])
    np.testing.assert_array_equal(count, [2, 1])


def test_setdiff1d():
    out, idx = run(tf.setdiff1d([1, 2, 3, 4, 2], [5, 3], tf.int64))
    np.testing.assert_array_equal(out, [1, 2, 4, 2])
    np.testing.assert_array_equal(idx, [0, 1, 3, 4])
    words = run(tf.setdiff1d(["a", "b"], ["a"]))
    np.testing.assert_array_equal(words.out, [b"b"])


def test_gradient_of_gather_is_sparse_along_the_first_axis():
    x = tf.constant(X)
    (grad,) = tf.gradients(tf.gather(x, [1, 1]) * 2, x)
    assert isinstance(grad, tf.IndexedSlices)
    value = run(grad)
    np.testing.assert_array_equal(value.indices, [1, 1])
    np.testing.assert_array_equal(run(tf.convert_to_tensor(grad)), [[0, 0], [4, 4]])


@pytest.mark.parametrize("hidden", [False, True])
def test_gradient_of_where(hidden):
    x = unknown(X) if hidden else tf.constant(X)
    y = tf.where([True, False], x, 3 * x)
    np.testing.assert_array_equal(run(tf.gradients(y, x)[0]), [[1, 1], [3, 3]])


def test_gradient_of_dynamic_partition_and_stitch():
    x = tf.constant([1.0, 2, 3, 4])
    first, second = tf.dynamic_partition(x, [0, 1, 0, 1], 2)
    y = tf.dynamic_stitch([[2, 0], [1, 3]], [first * 2, second * 5])
    np.testing.assert_array_equal(run(y), [6, 10, 2, 20])
    (grad,) = tf.gradients(y, x)
    np.testing.assert_array_equal(run(tf.convert_to_tensor(grad)), [2, 5, 2, 5])


def test_no_gradient_through_indices_and_one_hot():
    x = tf.constant([1.0])
    assert tf.gradients(tf.one_hot(tf.cast(x, tf.int32), 2), x) == [None]
    assert tf.gradients(tf.unique(x).y, x) == [None]
