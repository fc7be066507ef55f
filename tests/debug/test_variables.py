"""Facts of variables: what they are, who shares them, what they hold."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.debug.variables import variable_value, variables_of


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def facts(session):
    return {one.name: one for one in variables_of(session.graph)}


def test_all_kinds_of_variables_are_found(session):
    tf.Variable(tf.zeros([2, 3]), name="plain")
    tf.get_variable("resource", [4], tf.float64, use_resource=True, trainable=False)
    tf.Variable(["a"], name="words")
    with tf.device("/cpu:0"):
        tf.Variable(1, name="free", validate_shape=False)
    found = facts(session)
    assert list(found) == ["plain", "resource", "words", "free"]
    plain, resource = found["plain"], found["resource"]
    assert (plain.shape, plain.dtype.name, plain.nbytes) == ((2, 3), "float32", 24)
    assert (resource.shape, resource.nbytes) == ((4,), 32)
    assert (plain.trainable, resource.trainable) == (True, False)
    assert (found["free"].shape, found["free"].nbytes) == (None, None)
    assert found["free"].device == "CPU:0"
    assert plain.device == ""


def test_who_shares_a_variable(session):
    with tf.variable_scope("layer"):
        first = tf.get_variable("w", [2, 2])
    with tf.variable_scope("layer", reuse=True):
        again = tf.get_variable("w", [2, 2])
    assert again is first
    line = first.op.traceback[-1][1]
    w = facts(session)["layer/w"]
    assert w.lines == tuple(
        f"test_variables.py, line {number}" for number in (line, line + 2)
    )


def layer(x):
    with tf.variable_scope("shared", reuse=tf.AUTO_REUSE):
        return tf.matmul(x, tf.get_variable("w", [2, 2]))


def test_a_function_that_shares_is_named_with_its_callers(session):
    x = tf.placeholder(tf.float32, [None, 2])
    with tf.name_scope("one"):
        y = layer(x)
    with tf.name_scope("two"):
        for _ in range(3):
            y = layer(y)
    w = facts(session)["shared/w"]
    # The loop's three calls are one line.
    assert len(w.lines) == 2
    assert all(", called from test_variables.py, line" in line for line in w.lines)
    assert set(w.scopes) == {"one/shared", "two/shared", "two/shared_1", "two/shared_2"}


def test_a_plain_variable_has_the_line_that_made_it(session):
    v = tf.Variable(1.0, name="v")
    one = facts(session)["v"]
    assert one.lines == (f"test_variables.py, line {v.op.traceback[-1][1]}",)


@pytest.mark.parametrize("use_resource", [False, True])
def test_values_are_looked_up_without_a_run_or_copy(session, use_resource):
    v = tf.get_variable("v", [3], use_resource=use_resource)
    up = v.assign_add(tf.ones([3]))
    assert variable_value(session, v.op) is None
    session.run(v.initializer)
    before = variable_value(session, v.op)
    assert variable_value(session, v.op) is before
    assert not before.flags.writeable
    kept = before.copy()
    session.run(up)
    after = variable_value(session, v.op)
    assert np.array_equal(after, kept + 1)
    assert np.array_equal(before, kept)  # replaced, not changed


def test_each_session_has_its_own_value(session):
    a = tf.Variable(3.0, name="a")
    session.run(a.initializer)
    assert variable_value(session, a.op) == 3.0
    with tf.Session(graph=session.graph) as other:
        assert variable_value(other, a.op) is None


def test_looking_makes_nothing(session):
    v = tf.Variable(1.0, name="v")
    assert variable_value(session, v.op) is None
    assert session._engine.state.resources.of_kind("variable") == []
