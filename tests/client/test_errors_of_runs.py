"""Behaviours R of the checklist: errors of runs."""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def zero():
    return tf.placeholder_with_default(0, [], name="zero")


def failing(sess, fetch, feed_dict=None):
    with pytest.raises(tf.errors.OpError) as error:
        sess.run(fetch, feed_dict)
    assert sess.run(tf.constant(1)) == 1, "the session must stay usable"
    return error.value


def test_R01_R02_R03_R07_errors_know_their_operation(sess):
    bad = tf.floordiv(tf.constant(1), zero(), name="bad")  # where it was made
    error = failing(sess, bad)
    assert type(error) is tf.errors.InvalidArgumentError
    assert error.error_code == 3
    assert error.op.name == "bad"
    assert error.node_def.name == "bad"
    assert error.message == "Integer division by zero\n\t [[{{node bad}}]]"
    assert "Caused by op 'bad', defined at:" in str(error)
    assert "test_errors_of_runs.py" in str(error)
    assert "# where it was made" in str(error)
    assert any("Node 'bad'" in note for note in error.__notes__)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (ValueError("boom"), tf.errors.InvalidArgumentError),
        (TypeError("boom"), tf.errors.InvalidArgumentError),
        (KeyError("boom"), tf.errors.UnknownError),
        (StopIteration("boom"), tf.errors.OutOfRangeError),
        (MemoryError("boom"), tf.errors.ResourceExhaustedError),
        (NotImplementedError("boom"), tf.errors.UnimplementedError),
        (tf.errors.NotFoundError(None, None, "boom"), tf.errors.UnknownError),
    ],
)
def test_R08_python_functions(sess, raised, expected):
    def function():
        raise raised

    error = failing(sess, tf.py_func(function, [], tf.float32, name="f"))
    assert type(error) is expected
    assert "boom" in error.message
    assert error.op.name == "f"


def test_R09_python_function_of_another_dtype(sess):
    error = failing(sess, tf.py_func(lambda: np.int64(1), [], tf.float32))
    assert isinstance(error, tf.errors.InvalidArgumentError)
    assert "0-th value returned by" in error.message
    assert "is int64, but expects float" in error.message


def run_time(*shape):
    """A placeholder of unknown shape, and ones of a shape to feed it."""
    p = tf.placeholder(tf.float32)
    return p, {p: np.ones(shape)}


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (
            lambda p, q: tf.gather(p, tf.cast(q[0], tf.int32) * 0 + 5),
            "indices = 5 is not in [0, 2)",
        ),
        (
            lambda p, q: tf.reshape(p, tf.cast(q, tf.int32) * 3),
            "Input to reshape is a tensor with 2 values, but the requested shape has 27",
        ),
        (lambda p, q: p + q, "Incompatible shapes: [2] vs. [3]"),
        (
            lambda p, q: tf.stack([p, q]),
            "Shapes of all inputs must match: values[0].shape = [2] != values[1].shape = [3]",
        ),
        (
            lambda p, q: tf.add_n([p, q]),
            "Inputs to operation AddN of type AddN must have the same size and shape.  "
            "Input 0: [2] != input 1: [3]",
        ),
    ],
)
def test_R10_shapes_that_do_not_meet(sess, build, words):
    (p, fed_p), (q, fed_q) = run_time(2), run_time(3)
    error = failing(sess, build(p, q), {**fed_p, **fed_q})
    assert isinstance(error, tf.errors.InvalidArgumentError)
    assert words in error.message


def test_R10_matmul_and_concat(sess):
    (p, fed_p), (q, fed_q) = run_time(2, 3), run_time(2, 3)
    error = failing(sess, tf.matmul(p, q), {**fed_p, **fed_q})
    assert "Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]" in error.message
    (p, fed_p), (q, fed_q) = run_time(1, 2), run_time(1, 3)
    error = failing(sess, tf.concat([p, q], 0), {**fed_p, **fed_q})
    assert "ConcatOp : Dimensions of inputs should match" in error.message


def test_R11_check_numerics(sess):
    p = tf.placeholder(tf.float32)
    checked = tf.check_numerics(p, "look")
    assert failing(sess, checked, {p: [1, np.nan]}).message.startswith(
        "look : Tensor had NaN values"
    )
    assert failing(sess, checked, {p: [1, np.inf]}).message.startswith(
        "look : Tensor had Inf values"
    )
    assert failing(sess, checked, {p: [np.nan, np.inf]}).message.startswith(
        "look : Tensor had Inf and NaN values"
    )


def test_R13_misuse_is_no_op_error(sess):
    c = tf.constant(1)
    for call, kind in (
        (lambda: sess.run(3), TypeError),
        (lambda: sess.run("zz"), ValueError),
        (lambda: sess.run(c, {3: 1}), TypeError),
        (lambda: tf.constant(1.5, tf.int32), TypeError),
    ):
        with pytest.raises(kind) as error:
            call()
        assert not isinstance(error.value, tf.errors.OpError)


def test_G09_assertions(sess):
    x = tf.placeholder(tf.int32, [])
    with tf.control_dependencies([tf.Assert(x < 2, ["msg", x])]):
        y = tf.identity(x)
    assert sess.run(y, {x: 1}) == 1
    error = failing(sess, y, {x: 2})
    assert "assertion failed: [msg] [2]" in error.message


def test_uninitialized_variables_say_what_mends_them(sess):
    v = tf.Variable(1.0, name="v")
    for fetch in (v, v + 1.0, v.assign_add(1.0)):
        error = failing(sess, fetch)
        assert isinstance(error, tf.errors.FailedPreconditionError)
        assert "Attempting to use uninitialized value v" in error.message
    notes = failing(sess, v).__notes__
    assert any("Variable 'v' was made at test_errors_of_runs.py" in n for n in notes)
    assert any("sess.run(tf.global_variables_initializer())" in n for n in notes)


def test_gradients_name_the_operation_they_derive_from(sess):
    x = tf.placeholder(tf.float32, name="x")
    y = tf.matmul(x, x, name="forward")
    (dx,) = tf.gradients(y, x)
    error = failing(sess, dx, {x: np.ones(3), y: np.ones((3, 3))})
    assert "...which was originally created as op 'forward', defined at:" in str(error)
