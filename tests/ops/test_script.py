"""py_func: what a function gets and may return, its errors, how often it is called."""

import gc
import weakref

import numpy as np
import pytest

import interactive_graphs as tf
from tests.ops.cases import run

errors = tf.errors


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def test_arguments_are_numpy_values():
    seen = []
    inputs = [1, 2.0, [1], "a", ["b"], True, tf.constant(1, tf.bfloat16), 1j]
    run(tf.py_func(lambda *args: seen.extend(args), inputs, []))
    kinds = [type(a).__name__ for a in seen]
    assert kinds == [
        "int32", "float32", "ndarray", "bytes", "ndarray", "bool", "bfloat16",
        "complex128",
    ]  # fmt: skip
    assert seen[4].dtype == object


RESULTS = [
    (np.float32(1.5), tf.float32, 1.5),
    (1.5, tf.float64, 1.5),
    (1, tf.int64, 1),
    (True, tf.bool, True),
    ("a", tf.string, b"a"),
    (b"a\0", tf.string, b"a\0"),
    (range(3), tf.int64, [0, 1, 2]),
    ([[1, 2]], tf.int64, [1, 2]),
    (np.array(["a", "b"]), tf.string, np.array([b"a", b"b"], object)),
    (np.zeros([2, 0], np.float32), tf.float32, np.zeros([2, 0])),
    (np.float16(1), tf.float16, 1),
    (1j, tf.complex128, 1j),
]


@pytest.mark.parametrize(("value", "dtype", "want"), RESULTS)
def test_results(value, dtype, want):
    y = tf.py_func(lambda: value, [], dtype)
    assert y.dtype == dtype
    assert y.shape.ndims is None
    np.testing.assert_array_equal(run(y), want)


def test_several_results_and_none():
    many = tf.py_func(lambda x: (x, x * 2), [3], [tf.int32, tf.int32])
    assert isinstance(many, list)
    assert run(many) == [3, 6]
    nothing = tf.py_func(lambda: None, [], [])
    assert isinstance(nothing, tf.Operation)
    assert run(nothing) is None


BAD_RESULTS = [
    (1, tf.float32, errors.InvalidArgumentError, "is int64, but expects float"),
    (1.5, tf.float32, errors.InvalidArgumentError, "is double, but expects float"),
    ([1, 2], [tf.int64], errors.InvalidArgumentError,
     "returns 2 values, but expects to see 1 values."),
    (None, tf.float32, errors.InvalidArgumentError,
     "returns 0 values, but expects to see 1 values."),
    (1, [], errors.InvalidArgumentError,
     "returns 1 values, but expects to see 0 values."),
    (object(), tf.float32, errors.InternalError, "Unsupported object type object"),
    (np.array([1, None], object), tf.string, errors.InternalError,
     "Unsupported object type int"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "dtype", "error", "words"), BAD_RESULTS)
def test_bad_results(value, dtype, error, words):
    y = tf.py_func(lambda: value, [], dtype)
    with tf.Session() as sess:
        with pytest.raises(error, match=words):
            sess.run(y)
        assert sess.run(tf.constant(1)) == 1


class OwnError(ValueError):
    pass


RAISED = [
    (ValueError("x"), errors.InvalidArgumentError, "ValueError: x"),
    (OwnError("x"), errors.InvalidArgumentError, "OwnError: x"),
    (TypeError("t"), errors.InvalidArgumentError, "TypeError: t"),
    (UnicodeError("u"), errors.InvalidArgumentError, "UnicodeError: u"),
    (StopIteration("s"), errors.OutOfRangeError, "StopIteration: s"),
    (MemoryError("m"), errors.ResourceExhaustedError, "MemoryError: m"),
    (NotImplementedError("n"), errors.UnimplementedError, "NotImplementedError: n"),
    (KeyError("k"), errors.UnknownError, "KeyError: 'k'"),
    (ZeroDivisionError("z"), errors.UnknownError, "ZeroDivisionError: z"),
    (RuntimeError("r"), errors.UnknownError, "RuntimeError: r"),
    (errors.NotFoundError(None, None, "nf"), errors.UnknownError, "NotFoundError: nf"),
    (errors.InvalidArgumentError(None, None, "i"), errors.UnknownError,
     "InvalidArgumentError: i"),
]  # fmt: skip


@pytest.mark.parametrize(("raised", "error", "words"), RAISED)
def test_exceptions(raised, error, words):
    def fail(x):
        raise raised

    y = tf.py_func(fail, [1], tf.int32, name="f")
    with tf.Session() as sess:
        with pytest.raises(errors.OpError) as caught:
            sess.run(y)
        assert type(caught.value) is error
        assert caught.value.message.startswith(words + "\n")
        assert "in fail" in caught.value.message  # the user's own line
        assert caught.value.op is y.op
        assert sess.run(tf.constant(1)) == 1


def test_called_once_per_run():
    calls = []
    y = tf.py_func(lambda x: calls.append(x) or x, [tf.constant(2)], tf.int32)
    with tf.Session() as sess:
        assert sess.run([y, y + 1, y]) == [2, 3, 2]
        assert len(calls) == 1
        sess.run(y)
        assert len(calls) == 2
        sess.run(tf.constant(1))
        assert len(calls) == 2


def test_stateful_calls_are_not_merged():
    calls = []
    ys = [
        tf.py_func(lambda: calls.append(1) or np.int32(0), [], tf.int32) for _ in "ab"
    ]
    run(ys)
    assert len(calls) == 2
    assert ys[0].op.type == "PyFunc"
    pure = tf.py_func(lambda: np.int32(0), [], tf.int32, stateful=False)
    assert pure.op.type == "PyFuncStateless"
    assert run(pure) == 0


def test_arguments_may_be_changed_without_harm():
    def spoil(x):
        x[:] = -1
        return x

    v, c = tf.Variable([1, 2]), tf.constant([3, 4])
    with tf.Session() as sess:
        sess.run(v.initializer)
        for x in (v, c, c * 2):
            before = sess.run(x)
            np.testing.assert_array_equal(
                sess.run(tf.py_func(spoil, [x], tf.int32)), [-1, -1]
            )
            np.testing.assert_array_equal(sess.run(x), before)


def test_results_may_be_changed_without_harm():
    kept = np.array([1, 2])
    y = tf.py_func(lambda: kept, [], tf.int64) + 0
    with tf.Session() as sess:
        first = sess.run(y)
        kept[:] = 9
        np.testing.assert_array_equal(first, [1, 2])


def test_runs_in_any_session_of_the_graph_and_after_import():
    y = tf.py_func(lambda x: x + np.int32(1), [tf.constant(1)], tf.int32, name="y")
    graph_def = y.graph.as_graph_def()
    assert run(y) == run(y) == 2
    with tf.Graph().as_default():
        (z,) = tf.import_graph_def(graph_def, return_elements=["y:0"], name="")
        assert run(z) == 2


def test_functions_live_as_long_as_their_graph():
    class Function:
        def __call__(self):
            return np.int32(0)

    function = Function()
    gone = weakref.ref(function)
    with tf.Graph().as_default() as graph:
        tf.py_func(function, [], tf.int32)
    del function
    gc.collect()
    assert gone() is not None
    del graph
    gc.collect()
    assert gone() is None


def test_no_gradient():
    x = tf.constant(1.0)
    assert tf.gradients(tf.py_func(lambda v: v, [x], tf.float32), x) == [None]


def test_bad_arguments():
    with pytest.raises(ValueError, match="Expected func to be callable"):
        tf.py_func(1, [], tf.int32)
    with pytest.raises(TypeError):
        tf.py_func(lambda: 1, [], None)
