"""stack, concat, split, tile, pad, transpose, reverse, roll and blocks of space."""

import numpy as np
import pytest

import interactive_graphs as tf
from tests.ops.cases import check_fails, check_value, run, unknown

InvalidArgument = tf.errors.InvalidArgumentError
X = np.float32([[1, 2], [3, 4]])
IMAGE = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
BATCH = np.arange(16, dtype=np.float32).reshape(4, 2, 2, 1)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def rows():
    return tf.placeholder_with_default(tf.constant(X), [None, 2])


VALUES = [
    (lambda: tf.stack([1, 2.5]), [1, 2.5], "(2,)"),
    (lambda: tf.stack([X, X + 1], axis=1), np.stack([X, X + 1], 1), "(2, 2, 2)"),
    (lambda: tf.stack([[1, 2], [3, 4]], axis=-1), [[1, 3], [2, 4]], "(2, 2)"),
    (lambda: tf.stack([rows(), X]), [X, X], "(2, 2, 2)"),
    (lambda: tf.stack([tf.constant(1.0), 3]), [1, 3], "(2,)"),
    (lambda: tf.stack([]), np.zeros([0]), "(0,)"),
    (lambda: tf.stack(["a", tf.constant("b")]), np.array([b"a", b"b"], object), "(2,)"),
    (lambda: tf.parallel_stack([X, X]), [X, X], "(2, 2, 2)"),
    (lambda: tf.concat([X, X], 0), np.concatenate([X, X]), "(4, 2)"),
    (lambda: tf.concat([X, [[5.0], [6.0]]], -1), [[1, 2, 5], [3, 4, 6]], "(2, 3)"),
    (lambda: tf.concat([rows(), X], 0), np.concatenate([X, X]), "(?, 2)"),
    (lambda: tf.concat([X], 5), X, "(2, 2)"),
    (lambda: tf.concat([X, X], unknown(1)), np.concatenate([X, X], 1), "(?, ?)"),
    (lambda: tf.concat([tf.zeros([0, 2]), X], 0), X, "(2, 2)"),
    (lambda: tf.concat([["a"], ["b"]], 0), np.array([b"a", b"b"], object), "(2,)"),
    (lambda: tf.tile(X, [2, 1]), np.tile(X, [2, 1]), "(4, 2)"),
    (lambda: tf.tile(rows(), [2, 3]), np.tile(X, [2, 3]), "(?, 6)"),
    (lambda: tf.tile(3, np.zeros([0], np.int32)), 3, "()"),
    (lambda: tf.tile(X, [0, 1]), np.zeros([0, 2]), "(0, 2)"),
    (lambda: tf.tile(["a"], [2]), np.array([b"a", b"a"], object), "(2,)"),
    (lambda: tf.pad(X, [[1, 1], [0, 2]]), np.pad(X, [(1, 1), (0, 2)]), "(4, 4)"),
    (lambda: tf.pad(X, [[1, 0], [0, 2]], constant_values=7),
     np.pad(X, [(1, 0), (0, 2)], constant_values=7), "(3, 4)"),
    (lambda: tf.pad(X, [[1, 1], [0, 1]], "reflect"),
     np.pad(X, [(1, 1), (0, 1)], "reflect"), "(4, 3)"),
    (lambda: tf.pad(X, [[2, 1], [0, 1]], "SYMMETRIC"),
     np.pad(X, [(2, 1), (0, 1)], "symmetric"), "(5, 3)"),
    (lambda: tf.pad(rows(), [[1, 1], [0, 2]]), np.pad(X, [(1, 1), (0, 2)]), "(?, 4)"),
    (lambda: tf.pad(["a"], [[1, 1]]), np.array([b"", b"a", b""], object), "(3,)"),
    (lambda: tf.pad([True], [[0, 1]]), [True, False], "(2,)"),
    (lambda: tf.transpose(X), X.T, "(2, 2)"),
    (lambda: tf.transpose(rows()), X.T, "(2, ?)"),
    (lambda: tf.transpose(unknown(X)), X.T, "<unknown>"),
    (lambda: tf.transpose(IMAGE, [0, -1, 1, 2]), IMAGE.transpose(0, 3, 1, 2),
     "(1, 1, 4, 4)"),
    (lambda: tf.transpose([[1j]], conjugate=True), [[-1j]], "(1, 1)"),
    (lambda: tf.transpose(3), 3, "()"),
    (lambda: tf.matrix_transpose(BATCH), np.swapaxes(BATCH, -1, -2), "(4, 2, 1, 2)"),
    (lambda: tf.matrix_transpose(unknown(BATCH)), np.swapaxes(BATCH, -1, -2),
     "<unknown>"),
    (lambda: tf.linalg.adjoint([[1j, 2, 3]]), [[-1j], [2], [3]], "(3, 1)"),
    (lambda: tf.linalg.adjoint(BATCH), np.swapaxes(BATCH, -1, -2), "(4, 2, 1, 2)"),
    (lambda: tf.invert_permutation([2, 0, 1]), [1, 2, 0], "(3,)"),
    (lambda: tf.reverse(X, [0]), X[::-1], "(2, 2)"),
    (lambda: tf.reverse(X, [-1, 0]), X[::-1, ::-1], "(2, 2)"),
    (lambda: tf.reverse(["a", "b"], [0]), np.array([b"b", b"a"], object), "(2,)"),
    (lambda: tf.reverse_sequence(X, [1, 2], 1), [[1, 2], [4, 3]], "(2, 2)"),
    (lambda: tf.reverse_sequence(X, [1, 2], seq_dim=0, batch_dim=1), [[1, 4], [3, 2]],
     "(2, 2)"),
    (lambda: tf.manip.roll(X, [1, 1], [0, 1]), np.roll(X, [1, 1], [0, 1]), "(2, 2)"),
    (lambda: tf.space_to_depth(IMAGE, 2)[0, 0, 1], [2, 3, 6, 7], "(4,)"),
    (lambda: tf.depth_to_space(tf.space_to_depth(IMAGE, 2), 2), IMAGE, "(1, 4, 4, 1)"),
    (lambda: tf.space_to_batch(IMAGE, [[0, 0], [0, 0]], 2)[..., 0],
     [[[0, 2], [8, 10]], [[1, 3], [9, 11]], [[4, 6], [12, 14]], [[5, 7], [13, 15]]],
     "(4, 2, 2)"),
    (lambda: tf.space_to_batch_nd(IMAGE, [2, 2], [[0, 0], [2, 0]])[0, ..., 0],
     [[0, 0, 2], [0, 8, 10]], "(2, 3)"),
    (lambda: tf.batch_to_space(BATCH, [[0, 1], [1, 0]], 2)[0, ..., 0],
     [[4, 1, 5], [12, 9, 13], [6, 3, 7]], "(3, 3)"),
    (lambda: tf.batch_to_space_nd(unknown(BATCH), [2, 2], unknown([[0, 3], [1, 2]])),
     [[[[4]]]], "<unknown>"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "value", "shape"), VALUES)
def test_values(make, value, shape):
    check_value(make(), value, shape)


FAILURES = [
    (lambda: tf.stack([X, X], 3), ValueError, "axis = 3 not in [-3, 3)"),
    (lambda: tf.stack([X, [1.0]]), ValueError,
     "Shapes must be equal rank, but are 2 and 1"),
    (lambda: tf.stack([unknown(X), unknown([1.0])]), InvalidArgument,
     "Shapes of all inputs must match: values[0].shape = [2,2] != values[1].shape = "
     "[1]"),
    (lambda: tf.stack([tf.constant(1), 2.5]), TypeError, "int32"),
    (lambda: tf.unstack(X, axis=2), ValueError, "axis = 2 not in [-2, 2)"),
    (lambda: tf.unstack(unknown(X)), ValueError,
     "Cannot infer num from shape <unknown>"),
    (lambda: tf.unstack(rows()), ValueError, "Cannot infer num from shape (?, 2)"),
    (lambda: tf.unstack(X, 3), ValueError, "Dimension must be 3 but is 2"),
    (lambda: tf.unstack(unknown([1, 2]), 3), InvalidArgument,
     "Input shape axis 0 must equal 3, got shape [2]"),
    (lambda: tf.unstack(unknown([1, 2]), 3, axis=1), InvalidArgument,
     "axis = 1 not in [-1, 1)"),
    (lambda: tf.concat([X, X], 2), ValueError,
     "Shape must be at least rank 3 but is rank 2"),
    (lambda: tf.concat([X, [[1.0, 2, 3]]], 0), ValueError,
     "must be equal, but are 2 and 3"),
    (lambda: tf.concat([X, [1.0]], 0), ValueError,
     "Shape must be rank 2 but is rank 1"),
    (lambda: tf.concat([1.0, 2.0], 0), ValueError,
     "Can't concatenate scalars (use tf.stack instead)"),
    (lambda: tf.concat([X, X], [0]), ValueError, "Shape must be rank 0 but is rank 1"),
    (lambda: tf.concat([], 0), ValueError,
     "List argument 'values' to 'ConcatV2' Op with length 0 shorter than minimum "
     "length"),
    (lambda: tf.concat([unknown([[1, 2]]), unknown([[1, 2, 3]])], 0), InvalidArgument,
     "ConcatOp : Dimensions of inputs should match: shape[0] = [1,2] vs. shape[1] = "
     "[1,3]"),
    (lambda: tf.concat([unknown([[1, 2]]), unknown([1])], 0), InvalidArgument,
     "ConcatOp : Ranks of all input tensors should match: shape[0] = [1,2] vs. "
     "shape[1] = [1]"),
    (lambda: tf.concat([X, X], unknown(5)), InvalidArgument,
     "ConcatOp : Expected concatenating dimensions in the range [-2, 2), but got 5"),
    (lambda: tf.split(X, 3), ValueError,
     "Dimension size must be evenly divisible by 3 but is 2"),
    (lambda: tf.split(X, [1, 2]), ValueError,
     "can't split axis of size 2 into pieces of size [1,2]"),
    (lambda: tf.split(X, [-1, -1]), ValueError, "size_splits can only have one -1"),
    (lambda: tf.split(X, 0), ValueError, "passed 0 less than minimum 1"),
    (lambda: tf.split(X, 2, [0]), ValueError, "Input must be scalar but has rank 1"),
    (lambda: tf.split(X, tf.placeholder(tf.int32)), ValueError, "Cannot infer num"),
    (lambda: tf.split(unknown([1, 2, 3]), 2), InvalidArgument,
     "Number of ways to split should evenly divide the split dimension, but got "
     "split_dim 0 (size = 3) and num_split 2"),
    (lambda: tf.split(unknown(3), 2), InvalidArgument,
     "-input rank(-0) <= split_dim < input rank (0), but got 0"),
    (lambda: tf.split(unknown([1, 2]), [1, 2]), InvalidArgument,
     "Determined shape must either match input shape along split_dim exactly"),
    (lambda: tf.split(unknown([1, 2]), [3, -1]), InvalidArgument,
     "Determined shape must either match input shape along split_dim exactly"),
    (lambda: tf.tile(X, [2]), ValueError, "Shape must be rank 2 but is rank 1"),
    (lambda: tf.tile(unknown([1, 2]), [2, 1]), InvalidArgument,
     "Expected multiples argument to be a vector of length 1 but got length 2"),
    (lambda: tf.tile(X, [2, -1]), InvalidArgument,
     "Expected multiples[1] >= 0, but got -1"),
    (lambda: tf.pad(X, [[1, -1], [0, 2]]), ValueError, "Paddings must be non-negative"),
    (lambda: tf.pad(X, [[1, 1]]), ValueError, "Shape must be rank 1 but is rank 2"),
    (lambda: tf.pad(X, [[1, 1], [0, 2]], "foo"), ValueError,
     "Unknown padding mode: FOO"),
    (lambda: tf.pad(unknown(X), unknown([[1, -1], [0, 2]])), InvalidArgument,
     "Paddings must be non-negative: 1 -1"),
    (lambda: tf.pad(unknown(X), unknown([[1, 1]])), InvalidArgument,
     "The first dimension of paddings must be the rank of inputs[1,2] [2,2]"),
    (lambda: tf.pad(unknown(X), unknown([1, 1])), InvalidArgument,
     "paddings must be a matrix with 2 columns: [2]"),
    (lambda: tf.pad(X, [[2, 1], [0, 1]], "REFLECT"), InvalidArgument,
     "paddings must be less than the dimension size: 2, 1 not less than 2"),
    (lambda: tf.pad(X, [[3, 1], [0, 1]], "SYMMETRIC"), InvalidArgument,
     "paddings must be no greater than the dimension size: 3, 1 greater than 2"),
    (lambda: tf.transpose(X, [0]), ValueError, "Dimension must be 2 but is 1"),
    (lambda: tf.transpose(X, [0, 2]), ValueError,
     "perm dim 2 is out of range of input rank 2"),
    (lambda: tf.transpose(unknown(X), unknown([0])), InvalidArgument,
     "transpose expects a vector of size 2. But input(1) is a vector of size 1"),
    (lambda: tf.transpose(X, [0, 0]), InvalidArgument, "1 is missing from {0,0}."),
    (lambda: tf.transpose(unknown(X), unknown([0, 2])), InvalidArgument,
     "2 is out of range [0 .. 2)"),
    (lambda: tf.matrix_transpose([1]), ValueError, "with rank >= 2"),
    (lambda: tf.invert_permutation([2, 0, 2]), InvalidArgument,
     "2 is duplicated in the input."),
    (lambda: tf.invert_permutation([3, 0, 2]), InvalidArgument,
     "3 is not between 0 and 3"),
    (lambda: tf.reverse(X, [2]), ValueError,
     "'axis'[0] = 2 is out of valid range [0, 1"),
    (lambda: tf.reverse(unknown(X), unknown([0, 0])), InvalidArgument,
     "axis 0 specified more than once."),
    (lambda: tf.reverse_sequence(X, [1, 3], 1), InvalidArgument,
     "seq_lens(1) > input.dims(1)"),
    (lambda: tf.reverse_sequence(X, [1, 2], seq_axis=2), ValueError,
     "seq_dim must be < input rank: 2 vs. 2"),
    (lambda: tf.reverse_sequence(X, [1, 2], 0), InvalidArgument,
     "batch_dim == seq_dim == 0"),
    (lambda: tf.manip.roll(X, 1, 2), InvalidArgument, "axis 2 is out of range"),
    (lambda: tf.space_to_depth(IMAGE, 3), ValueError,
     "Dimension size must be evenly divisible by 3 but is 4"),
    (lambda: tf.space_to_depth(IMAGE, 1), ValueError, "passed 1 less than minimum 2"),
    (lambda: tf.depth_to_space(unknown(IMAGE), 2), InvalidArgument,
     "Input depth dimension 1 should be divisible by: 4"),
    (lambda: tf.space_to_batch(IMAGE, [[0, 1], [0, 0]], 2), ValueError,
     "Dimension size must be evenly divisible by 2 but is 5"),
    (lambda: tf.space_to_batch_nd(IMAGE, [2, 0], [[0, 0], [0, 0]]), ValueError,
     "block_shape must be positive"),
    (lambda: tf.batch_to_space_nd(unknown(BATCH), unknown([3, 2]),
                                  unknown([[0, 0], [0, 0]])), InvalidArgument,
     "Input batch dimension (4) is not divisible by product of block sizes (6)"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "words"), FAILURES)
def test_failures(make, error, words):
    check_fails(make, error, words)


def test_unstack_and_split_give_lists():
    for got, want in zip(run(tf.unstack(X, axis=1)), X.T, strict=True):
        np.testing.assert_array_equal(got, want)
    parts = tf.split(X, [-1, 1], 1)
    assert [str(t.shape) for t in parts] == ["(2, 1)", "(2, 1)"]
    np.testing.assert_array_equal(run(parts)[1], X[:, 1:])
    first, second = run(tf.split(X, 2))
    np.testing.assert_array_equal(first, X[:1])
    np.testing.assert_array_equal(second, X[1:])
    assert tf.unstack(tf.zeros([0, 2])) == []


@pytest.mark.parametrize("move", [tf.space_to_depth, tf.depth_to_space])
def test_depth_first_is_the_same_moved(move):
    x = np.arange(32, dtype=np.float32).reshape(1, 4, 2, 4)
    y = move(x, 2, data_format="NCHW")
    want = np.moveaxis(run(move(np.moveaxis(x, 1, 3), 2)), 3, 1)
    np.testing.assert_array_equal(run(y), want)
    assert y.shape.as_list() == list(want.shape)


def test_lists_that_hold_tensors_become_packs(graph):
    n = tf.placeholder(tf.int32, [], name="n")
    x = tf.convert_to_tensor([[n, 1], [2, 3]])
    assert (x.op.type, x.op.name, str(x.shape)) == ("Pack", "packed", "(2, 2)")
    types = {op.name: op.type for op in graph.get_operations()}
    assert types["packed/0"] == "Pack"
    assert types["packed/0/1"] == "Const"
    assert types["packed/1"] == "Const"
    np.testing.assert_array_equal(run(x, {n: 7}), [[7, 1], [2, 3]])
    y = tf.reshape(tf.ones([4]), [n, 2])
    assert y.op.inputs[1].op.name == "Reshape/shape"
    assert run(y, {n: 2}).shape == (2, 2)
    with pytest.raises(TypeError):
        tf.convert_to_tensor([n, "a"])


def test_lists_of_variables_become_packs():
    v = tf.Variable(1.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        np.testing.assert_array_equal(sess.run(tf.convert_to_tensor([v, 2.0])), [1, 2])


def test_paddings_may_no_longer_be_fed(graph):
    paddings = tf.constant([[1, 1]])
    y = tf.pad([1, 2], paddings)
    assert not graph.is_feedable(paddings)
    with pytest.raises(ValueError, match="may not be fed"):
        run(y, {paddings: [[0, 0]]})


GRADIENTS = [
    lambda x: tf.stack([x, 2 * x], 1),
    lambda x: tf.concat([x, 3 * x, x], 0),
    lambda x: tf.concat([x, 3 * x], unknown(1)),
    lambda x: tf.split(x, 2, 1)[1],
    lambda x: tf.split(x, [1, -1], 0)[0],
    lambda x: tf.unstack(x, 2, axis=1)[0],
    lambda x: tf.tile(x, [2, 3]),
    lambda x: tf.tile(x, unknown([2, 3])),
    lambda x: tf.pad(x, [[1, 0], [0, 2]]),
    lambda x: tf.pad(x, [[1, 0], [0, 1]], "REFLECT"),
    lambda x: tf.pad(x, [[2, 0], [0, 1]], "SYMMETRIC"),
    tf.transpose,
    lambda x: tf.reverse(x, [1]),
    lambda x: tf.reverse_sequence(x, [1, 2], 1),
    lambda x: tf.manip.roll(x, 1, 0),
    lambda x: tf.broadcast_to(x, [3, 2, 2]),
    lambda x: tf.space_to_depth(tf.reshape(x, [1, 2, 2, 1]), 2),
    lambda x: tf.squeeze(tf.expand_dims(x, 1), 1),
]


@pytest.mark.parametrize("make", GRADIENTS)
@pytest.mark.parametrize("hidden", [False, True])
def test_gradients_with_and_without_static_shapes(make, hidden):
    # Each y is a linear selection of x: its gradient applied to w is its transpose.
    x = unknown(X.astype(np.float64)) if hidden else tf.constant(X, tf.float64)
    y = make(x)
    shape = run(y).shape
    w = np.random.default_rng(0).normal(size=shape)
    (grad,) = tf.gradients(y, x, grad_ys=tf.constant(w))
    got = run(tf.convert_to_tensor(grad))
    want = np.zeros(X.shape)
    with tf.Session() as sess:
        for at in np.ndindex(X.shape):
            unit = np.zeros(X.shape)
            unit[at] = 1
            want[at] = (sess.run(y, {x: unit}) * w).sum()
    np.testing.assert_allclose(got, want)


def test_gradient_of_concat_of_gathers_stays_sparse():
    x = tf.constant(X)
    y = tf.gather(tf.concat([x, x * 2], 0), [0, 3])
    np.testing.assert_array_equal(run(tf.gradients(y, x)[0]), [[1, 1], [2, 2]])
