"""Shape, size, rank, reshape, expand_dims, squeeze, broadcasting and meshgrid."""

import numpy as np
import pytest

import interactive_graphs as tf
from tests.ops.cases import check_fails, check_value, run, unknown

InvalidArgument = tf.errors.InvalidArgumentError


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def rows():
    return tf.placeholder_with_default(tf.ones([2, 3]), [None, 3])


VALUES = [
    (lambda: tf.shape([[1, 2, 3]]), np.int32([1, 3]), "(2,)"),
    (lambda: tf.shape(5), np.zeros([0], np.int32), "(0,)"),
    (lambda: tf.shape(rows(), out_type=tf.int64), np.int64([2, 3]), "(2,)"),
    (lambda: tf.shape(unknown(np.zeros([2, 0]))), np.int32([2, 0]), "(?,)"),
    (lambda: tf.shape(["a", "b"]), np.int32([2]), "(1,)"),
    (lambda: tf.size([[1, 2], [3, 4]]), 4, "()"),
    (lambda: tf.size(rows()), 6, "()"),
    (lambda: tf.rank(rows()), 2, "()"),
    (lambda: tf.rank(unknown([1])), 1, "()"),
    (lambda: tf.reshape([1, 2, 3, 4], [2, -1]), [[1, 2], [3, 4]], "(2, 2)"),
    (lambda: tf.reshape(rows(), [-1]), np.ones(6), "(?,)"),
    (lambda: tf.reshape(rows(), [-1, 3]), np.ones([2, 3]), "(?, 3)"),
    (
        lambda: tf.reshape(r := rows(), [tf.shape(r)[0], 3, 1]),
        np.ones([2, 3, 1]),
        "(?, 3, 1)",
    ),
    (lambda: tf.reshape([[7]], []), 7, "()"),
    (lambda: tf.reshape(unknown([1, 2]), unknown(2)), [1, 2], "<unknown>"),
    (
        lambda: tf.reshape(unknown(np.zeros([0])), unknown([-1, 0])),
        np.zeros([0, 0]),
        "<unknown>",
    ),
    (
        lambda: tf.reshape(["a", "b"], [2, 1]),
        np.array([[b"a"], [b"b"]], object),
        "(2, 1)",
    ),
    (lambda: tf.expand_dims([1, 2], 0), [[1, 2]], "(1, 2)"),
    (lambda: tf.expand_dims([1, 2], -1), [[1], [2]], "(2, 1)"),
    (lambda: tf.expand_dims([1, 2], dim=[0]), [[1, 2]], "(1, 2)"),
    (lambda: tf.expand_dims(rows(), unknown(0)), np.ones([1, 2, 3]), "<unknown>"),
    (lambda: tf.squeeze([[[1], [2]]]), [1, 2], "(2,)"),
    (lambda: tf.squeeze([[[1], [2]]], -1), [[1, 2]], "(1, 2)"),
    (lambda: tf.squeeze([[[1], [2]]], squeeze_dims=[0]), [[1], [2]], "(2, 1)"),
    (lambda: tf.squeeze(rows()), np.ones([2, 3]), "<unknown>"),
    (lambda: tf.broadcast_to([1, 2], [2, 2]), [[1, 2], [1, 2]], "(2, 2)"),
    (lambda: tf.broadcast_to([[1], [2]], [1, 2, 2]), [[[1, 1], [2, 2]]], "(1, 2, 2)"),
    (lambda: tf.broadcast_dynamic_shape([2, 1], [3]), [2, 3], "(2,)"),
]


@pytest.mark.parametrize(("make", "value", "shape"), VALUES)
def test_values(make, value, shape):
    check_value(make(), value, shape)


FAILURES = [
    (lambda: tf.reshape(tf.ones([2, 3]), [4]), ValueError,
     "Cannot reshape a tensor with 6 elements to shape [4] (4 elements) for 'Reshape'"),
    (lambda: tf.reshape(tf.ones([2, 3]), [4, -1]), ValueError,
     "Dimension size must be evenly divisible by 4 but is 6"),
    (lambda: tf.reshape(tf.ones([2, 3]), [-1, 0]), ValueError,
     "Cannot reshape a tensor with 6 elements to shape [?,0] (0 elements)"),
    (lambda: tf.reshape(tf.ones([2, 3]), [-2, 3]), ValueError,
     "Invalid value in tensor used for shape: -2"),
    (lambda: tf.reshape(rows(), [2, 2]), ValueError,
     "Dimension size must be evenly divisible by 3 but is 4"),
    (lambda: tf.reshape([1, 2], 2), ValueError, "Shape must be rank 1 but is rank 0"),
    (lambda: tf.reshape([1, 2], [2.0]), TypeError,
     "Value passed to parameter 'shape' has DataType float32 not in list of allowed"),
    (lambda: tf.reshape(unknown([1, 2]), [3]), InvalidArgument,
     "Input to reshape is a tensor with 2 values, but the requested shape has 3"),
    (lambda: tf.reshape(unknown([1, 2, 3]), [-1, 2]), InvalidArgument,
     "Input to reshape is a tensor with 3 values, but the requested shape requires a "
     "multiple of 2"),
    (lambda: tf.reshape(unknown([1, 2]), unknown([-1, -1])), InvalidArgument,
     "Only one input size may be -1, not both 0 and 1"),
    (lambda: tf.reshape(unknown([1, 2]), unknown([-2])), InvalidArgument,
     "Size 0 must be non-negative, not -2"),
    (lambda: tf.reshape(unknown([1, 2]), unknown([[1, 2]])), InvalidArgument,
     "sizes input must be 1-D, not [1,2]"),
    (lambda: tf.expand_dims([1], 3), ValueError, "dim 3 not in the interval [-2, 1]."),
    (lambda: tf.expand_dims([1], [0, 1]), ValueError,
     "'dim' input must be a tensor with a single value"),
    (lambda: tf.expand_dims([1]), ValueError, "Must specify an axis argument"),
    (lambda: tf.expand_dims([1], 0, dim=0), ValueError,
     "Cannot specify both 'dim' and 'axis'."),
    (lambda: tf.expand_dims(unknown([1]), unknown(3)), InvalidArgument,
     "Tried to expand dim index 3 for tensor with 1 dimensions."),
    (lambda: tf.squeeze([1, 2], 0), ValueError,
     "Can not squeeze dim[0], expected a dimension of 1, got 2"),
    (lambda: tf.squeeze([1, 2], 4), ValueError, "squeeze_dims[0] not in [-1,1)."),
    (lambda: tf.squeeze(unknown([1, 2]), [0]), InvalidArgument,
     "Can not squeeze dim[0], expected a dimension of 1, got 2"),
    (lambda: tf.squeeze(unknown([1, 2]), [3]), InvalidArgument,
     "Tried to squeeze dim index 3 for tensor with 1 dimensions."),
    (lambda: tf.broadcast_to(tf.ones([2, 3]), [3]), ValueError,
     "Shape must be at most rank 1 but is rank 2"),
    (lambda: tf.broadcast_to(tf.ones([2, 3]), [2, 2]), ValueError,
     "Dimensions must be equal, but are 3 and 2"),
    (lambda: tf.broadcast_to(unknown([1, 2, 3]), [2]), InvalidArgument,
     "Incompatible shapes: [3] vs. [2]"),
    (lambda: tf.broadcast_dynamic_shape([2, 3], [4]), InvalidArgument,
     "Incompatible shapes: [2,3] vs. [4]"),
    (lambda: tf.meshgrid([1], [2], indexing="zz"), ValueError, "indexing parameter"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "words"), FAILURES)
def test_failures(make, error, words):
    check_fails(make, error, words)


def test_ensure_shape():
    x = unknown(np.ones([1, 2]), tf.float32)
    y = tf.ensure_shape(x, [None, 2])
    assert str(y.shape) == "(?, 2)"
    np.testing.assert_array_equal(run(tf.gradients(y * 3, x)[0]), [[3, 3]])
    words = (
        f"Shape of tensor {x.op.name} [1,2] is not compatible with expected shape [3,2]"
    )
    check_fails(lambda: tf.ensure_shape(x, [3, 2]), InvalidArgument, words)
    with pytest.raises(ValueError, match="must be equal, but are 3 and 1"):
        tf.ensure_shape(tf.ones([1, 2]), [3, 2])


def test_guarantee_const_is_the_value_without_a_gradient():
    x = tf.constant(2.0)
    assert run(tf.guarantee_const(x)) == 2
    with pytest.raises(LookupError, match="No gradient defined"):
        tf.gradients(tf.guarantee_const(x), x)


def test_known_shapes_become_constants(graph):
    assert tf.shape(tf.ones([2, 3]), name="s").op.type == "Const"
    assert tf.shape(rows()).op.type == "Shape"
    assert tf.size(tf.ones([2, 3])).op.type == "Const"
    assert tf.rank(rows()).op.type == "Const"
    assert graph.get_tensor_by_name("s:0") is not None


def test_shape_n():
    shapes = tf.shape_n([tf.ones([2, 3]), tf.ones([4])], out_type=tf.int64)
    first, second = run(shapes)
    assert first.dtype == np.int64
    np.testing.assert_array_equal(first, [2, 3])
    np.testing.assert_array_equal(second, [4])


def test_sparse_shape_size_rank():
    s = tf.SparseTensor([[0, 0], [1, 2]], [1.0, 2.0], [2, 3])
    shape, size, rank = run([tf.shape(s), tf.size(s), tf.rank(s)])
    np.testing.assert_array_equal(shape, [2, 3])
    assert (shape.dtype, size, rank) == (np.int32, 6, 2)


def test_broadcast_static_shape():
    found = tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3]))
    assert found.as_list() == [2, 3]
    with pytest.raises(ValueError, match="Incompatible shapes for broadcasting"):
        tf.broadcast_static_shape(tf.TensorShape([2]), tf.TensorShape([3]))


@pytest.mark.parametrize("indexing", ["xy", "ij"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_meshgrid_is_numpys(indexing, count):
    axes = [np.arange(2, 4 + i) for i in range(count)]
    want = np.meshgrid(*axes, indexing=indexing)
    for got, expected in zip(
        run(tf.meshgrid(*axes, indexing=indexing)), want, strict=True
    ):
        np.testing.assert_array_equal(got, expected)


def test_fed_shape_replaces_the_static_one():
    shape = tf.constant([2, 2])
    y = tf.reshape(unknown([1, 2, 3, 4]), shape)
    with tf.Session() as sess:
        np.testing.assert_array_equal(
            sess.run(y, {shape: [4, 1]}), [[1], [2], [3], [4]]
        )
        with pytest.raises(
            InvalidArgument, match="4 values, but the requested shape has 21"
        ):
            sess.run(y, {shape: [3, 7]})


def test_required_space_to_batch_paddings():
    known = tf.required_space_to_batch_paddings([11, 7], [4, 3], [[2, 3], [1, 1]])
    hidden = tf.required_space_to_batch_paddings(
        unknown([11, 7]), [4, 3], [[2, 3], [1, 1]]
    )
    assert known[0].op.type == "Const"
    for paddings, crops in (run(known), run(hidden)):
        np.testing.assert_array_equal(paddings, [[2, 3], [1, 1]])
        np.testing.assert_array_equal(crops, [[0, 0], [0, 0]])
    paddings, crops = run(tf.required_space_to_batch_paddings([5], [4]))
    np.testing.assert_array_equal(paddings, [[0, 3]])
    np.testing.assert_array_equal(crops, [[0, 3]])
