"""`x[...]` against numpy, slice, strided_slice and boolean_mask."""

import numpy as np
import pytest

import interactive_graphs as tf
from tests.ops.cases import check_fails, check_value, run, unknown

InvalidArgument = tf.errors.InvalidArgumentError
ARRAY = np.arange(24).reshape(2, 3, 4)
WORDS = np.array([[b"a", b"b"], [b"c", b"d"]], object)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


class Index:
    def __getitem__(self, key):
        return key


i = Index()

INDICES = [
    i[0], i[1:], i[-1], i[..., 0], i[None, ..., 1], i[::-1], i[1, ::2, 1:3], i[0, 0, 0],
    i[:, None, 1], i[..., None], i[-1, -1, -1], i[5:], i[-10:10], i[::-2, ::-1, 3:0:-1],
    i[...], i[()], i[0:0], i[:, :, 1:-1], i[1:0:-1], i[None], i[0, ..., None, 2],
    i[:, 2:0:-1, None, ::3], i[np.int64(1)], i[1:2, np.int32(0)],
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_indexing_is_numpys(index):
    want = ARRAY[index]
    known = tf.constant(ARRAY)[index]
    assert known.shape.as_list() == list(want.shape)
    hidden = unknown(ARRAY)[index]
    assert hidden.shape.ndims is None
    for tensor in (known, hidden):
        got = run(tensor)
        np.testing.assert_array_equal(got, want)
        assert got.shape == want.shape


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_gradient_of_indexing(index):
    want = np.zeros(ARRAY.shape)
    want[index] = 2.0
    for x in (tf.constant(ARRAY, tf.float64), unknown(ARRAY.astype(np.float64))):
        np.testing.assert_array_equal(run(tf.gradients(x[index] * 2, x)[0]), want)


def test_indexing_strings():
    x = tf.constant(WORDS)
    assert run(x[0, 1]) == b"b"
    np.testing.assert_array_equal(run(x[:, 0]), [b"a", b"c"])


def test_tensors_as_indices():
    x, n = tf.constant(ARRAY), tf.placeholder(tf.int32, [])
    with tf.Session() as sess:
        for index, want in (
            (i[n], ARRAY[1]),
            (i[n, 1:], ARRAY[1, 1:]),
            (i[:, n:, -1], ARRAY[:, 1:, -1]),
            (i[0, :n], ARRAY[0, :1]),
            (i[..., n], ARRAY[..., 1]),
            (i[:, ::n], ARRAY[:, ::1]),
        ):
            np.testing.assert_array_equal(sess.run(x[index], {n: 1}), want)
        wide = x[tf.constant(1, tf.int64), 0:]
        assert wide.op.inputs[1].dtype == tf.int64
        np.testing.assert_array_equal(sess.run(wide), ARRAY[1])


def test_static_shapes_with_tensors_as_indices():
    n = tf.placeholder(tf.int32, [])
    x = tf.placeholder(tf.float32, [None, 3])
    assert str(x[n].shape) == "(3,)"
    assert str(x[1:].shape) == "(?, 3)"
    assert str(x[:, n:].shape) == "(?, ?)"
    assert str(x[:, 1:].shape) == "(?, 2)"
    assert str(tf.ones([2, 3])[n:, :].shape) == "(?, 3)"


def test_names(graph):
    x, n = tf.ones([2, 3], name="x"), tf.placeholder(tf.int32, [], name="n")
    x[0]
    x[n, 1:]
    ops = {op.name: op.type for op in graph.get_operations()}
    assert ops["strided_slice"] == "StridedSlice"
    assert ops["strided_slice/stack"] == "Const"
    assert ops["strided_slice_1/stack"] == "Pack"
    assert ops["strided_slice_1/stack/1"] == "Const"
    first = graph.get_operation_by_name("strided_slice")
    assert [t.op.name for t in first.inputs] == [
        "x", "strided_slice/stack", "strided_slice/stack_1", "strided_slice/stack_2",
    ]  # fmt: skip


def test_boolean_index_masks():
    x = tf.constant(ARRAY)
    rows = x[np.array([True, False])]
    assert str(rows.shape) == "(?, 3, 4)"
    np.testing.assert_array_equal(run(rows), ARRAY[[0]])
    even = x[tf.equal(x % 2, 0)]
    np.testing.assert_array_equal(run(even), np.arange(0, 24, 2))


VALUES = [
    (lambda: tf.slice(ARRAY, [0, 1, 0], [-1, 2, 1]), ARRAY[:, 1:3, :1], "(2, 2, 1)"),
    (lambda: tf.slice(WORDS, [0, 1], [2, 1]), WORDS[:, 1:], "(2, 1)"),
    (lambda: tf.slice(unknown(ARRAY[0]), unknown([1, 0]), [1, -1]), ARRAY[0, 1:2],
     "(1, ?)"),
    (lambda: tf.strided_slice([1, 2, 3, 4], [0], [4], [2]), [1, 3], "(2,)"),
    (lambda: tf.strided_slice(ARRAY, [0], [1]), ARRAY[:1], "(1, 3, 4)"),
    (lambda: tf.strided_slice(ARRAY, [0, 1], [1, 2], [1, 1], new_axis_mask=3,
                              shrink_axis_mask=1), ARRAY[None, None],
     "(1, 1, 2, 3, 4)"),
    (lambda: tf.boolean_mask([1, 2, 3], [True, False, True]), [1, 3], "(?,)"),
    (lambda: tf.boolean_mask(ARRAY, [True, False, True], axis=1), ARRAY[:, [0, 2]],
     "(2, ?, 4)"),
    (lambda: tf.boolean_mask(ARRAY, ARRAY[..., 0] > 4), ARRAY[ARRAY[..., 0] > 4],
     "(?, 4)"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "value", "shape"), VALUES)
def test_values(make, value, shape):
    check_value(make(), value, shape)


def x23():
    return tf.ones([2, 3])


INDEX_ERROR = "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and"

FAILURES = [
    (lambda: x23()[2], ValueError, "slice index 2 of dimension 0 out of bounds."),
    (lambda: x23()[0, 3], ValueError, "slice index 3 of dimension 1 out of bounds."),
    (lambda: x23()[-3], ValueError, "slice index -1 of dimension 0 out of bounds."),
    (lambda: x23()[0, 0, 0], ValueError,
     "Index out of range using input dim 2; input has only 2 dims"),
    (lambda: x23()[..., ...], ValueError,
     "Multiple ellipses in slice spec not allowed"),
    (lambda: x23()[::0], ValueError, "strides[0] must be non-zero"),
    (lambda: x23()[1.5], TypeError, INDEX_ERROR),
    (lambda: x23()["a"], TypeError, INDEX_ERROR),
    (lambda: x23()[0:1.5], TypeError, INDEX_ERROR),
    (lambda: x23()[tf.constant(1.0)], TypeError, INDEX_ERROR),
    (lambda: x23()[tf.constant([0, 1])], TypeError, INDEX_ERROR),
    (lambda: x23()[True], ValueError, "mask cannot be scalar."),
    (lambda: unknown([1, 2])[5], InvalidArgument,
     "slice index 5 of dimension 0 out of bounds."),
    (lambda: unknown([[1, 2]])[0, 5], InvalidArgument,
     "slice index 5 of dimension 1 out of bounds."),
    (lambda: unknown([1, 2])[0, 0], InvalidArgument,
     "Index out of range using input dim 1; input has only 1 dims"),
    (lambda: unknown([1, 2])[unknown(0) :: unknown(0)], InvalidArgument,
     "strides[0] must be non-zero"),
    (lambda: tf.strided_slice(x23(), [0], [1], [-1], shrink_axis_mask=1), ValueError,
     "only stride 1 allowed on non-range indexing."),
    (lambda: tf.strided_slice(x23(), [0], [1, 1]), ValueError,
     "Dimension 0 in both shapes must be equal, but are 1 and 2"),
    (lambda: tf.slice(x23(), [0, 0], [-2, 1]), ValueError,
     "Invalid value in tensor used for shape: -2"),
    (lambda: tf.slice(x23(), [0], [1]), ValueError,
     "Shape must be rank 1 but is rank 2"),
    (lambda: tf.slice(unknown([1, 2]), [1], [3]), InvalidArgument,
     "Expected size[0] in [0, 1], but got 3"),
    (lambda: tf.slice(unknown([1, 2]), [3], [0]), InvalidArgument,
     "Expected begin[0] in [0, 2], but got 3"),
    (lambda: tf.slice(unknown([1, 2]), [1, 1], [1, 1]), InvalidArgument,
     "Expected begin and size arguments to be 1-D tensors of size 1"),
    (lambda: tf.boolean_mask([1, 2], True), ValueError, "mask cannot be scalar."),
    (lambda: tf.boolean_mask([1, 2], [True]), ValueError, "are incompatible"),
    (lambda: tf.boolean_mask([1, 2], unknown([True])), ValueError,
     "Number of mask dimensions must be specified"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "words"), FAILURES)
def test_failures(make, error, words):
    check_fails(make, error, words)


@pytest.mark.parametrize("hidden", [False, True])
def test_gradient_of_slice(hidden):
    source = unknown(np.ones([2, 3])) if hidden else tf.ones([2, 3], tf.float64)
    y = tf.slice(source, [0, 1], [2, 2])
    want = [[0, 3, 3], [0, 3, 3]]
    np.testing.assert_array_equal(run(tf.gradients(y * 3, source)[0]), want)


def test_second_gradient_of_indexing():
    x = tf.constant([1.0, 2.0, 3.0])
    first = tf.gradients(x[1:] ** 3.0, x)[0]
    np.testing.assert_allclose(run(tf.gradients(first, x)[0]), [0, 12, 18])


def test_gradient_of_boolean_mask():
    x = tf.constant([1.0, 2.0, 3.0])
    grad = tf.gradients(tf.boolean_mask(x, [True, False, True]) * 2, x)[0]
    np.testing.assert_array_equal(run(tf.convert_to_tensor(grad)), [2, 0, 2])


def test_results_are_the_users_own():
    v = tf.Variable([1.0, 2.0])
    with tf.Session() as sess:
        sess.run(v.initializer)
        part = sess.run(v[0:1])
        part[0] = 9
        np.testing.assert_array_equal(sess.run(v), [1, 2])
