"""Plans for the shapes they are fed: what folds, what stays unknown, and that all agree."""

from typing import Any

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.runtime import versions
from interactive_graphs.runtime.plan import Plan, users
from interactive_graphs.runtime.standin import StandIn
from tests.oracle.programs import Failure, differences, outcome
from tests.runtime.test_executors_agree import PROGRAMS


@pytest.fixture
def sess():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def special(sess: tf.Session, fetches: list[Any], feed: dict[Any, Any]) -> Plan:
    """The specialised plan of a step; generic and specialised values are compared."""
    sess.run(fetches, feed)
    program = sess.program(fetches, feed)
    shapes = [np.shape(value) for value in feed.values()]
    plan = sess._engine.specialise(program.plan, shapes)
    assert plan is not None
    return plan


def types(plan: Plan) -> set[str]:
    return {op.type for op in plan.nodes}


def unknown(plan: Plan) -> set[str]:
    """Nodes with an output whose shape is not fully known."""
    return {
        op.name
        for op in plan.nodes
        for t in op.outputs
        if t.static_shape is None or None in t.static_shape
    }


# -- every program that is compared with TensorFlow elsewhere ------------------------


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", PROGRAMS)
def test_specialised_programs_agree_with_generic_ones(program, monkeypatch):
    monkeypatch.setenv("INTERACTIVE_GRAPHS_TIER", "numpy")
    generic = outcome(tf, program)
    monkeypatch.setattr(versions, "AGAIN", 1)
    monkeypatch.setattr(versions.Versions, "_any", versions.Versions._eagerly)
    found = outcome(tf, program)
    if isinstance(generic, Failure):
        assert isinstance(found, Failure)
        assert (found.phase, found.error) == (generic.phase, generic.error)
    else:
        assert differences(program, generic, found) == []


# -- what becomes known --------------------------------------------------------------


def test_shape_arithmetic_of_gradients_folds(sess):
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    w = tf.Variable([0.5])
    loss = tf.reduce_sum(tf.square(w * x - y))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    sess.run(w.initializer)
    plan = special(sess, [loss, train], {x: [1.0, 2.0], y: [0.0, 1.0]})
    assert unknown(plan) == set()
    assert not types(plan) & {"Shape", "BroadcastGradientArgs", "Fill", "Range"}


def test_the_users_graph_stays_as_it_is(sess):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.reduce_sum(x * 2.0, 1, name="y")
    before = sess.graph.get_operations(), sess.graph.version, x.consumers()
    plan = special(sess, [y], {x: np.ones((4, 3))})
    assert (sess.graph.get_operations(), sess.graph.version, x.consumers()) == before
    assert y.static_shape == (None,)
    assert plan.find(y).static_shape == (4,)
    (total,) = (op for op in plan.nodes if op.type == "Sum")
    assert isinstance(total, StandIn)
    assert users(total) is y.op
    assert total.stack is y.op.stack


def test_a_variables_shape_folds_only_if_the_program_checks_it(sess):
    x, w = tf.placeholder(tf.float32), tf.Variable([1.0, 2.0], name="w")
    grad = tf.gradients(tf.reduce_sum(w * x), w)[0]
    sess.run(w.initializer)
    plan = special(sess, [grad], {x: [[1.0, 2.0]]})
    assert {users(op).name for op in plan.checked} == {"w"}
    assert "Shape" not in types(plan)
    with tf.Session() as other:
        generic = other.program(grad, [x]).plan
        plan = other._engine.specialise(generic, [(1, 2)])
        assert plan is not None
        assert plan.checked == frozenset()
        assert "Shape" in types(plan)


def test_shapes_that_only_values_tell_stay_unknown(sess):
    x = tf.placeholder(tf.float32, name="x")
    found = tf.where(x > 1.0, name="found")
    called = tf.py_func(lambda a: a[:1], [x], tf.float32, name="called")
    plan = special(sess, [tf.reduce_sum(found), called], {x: [1.0, 2.0, 3.0]})
    assert {"found", "called"} <= unknown(plan)


def test_promised_shapes_are_doubtful_and_what_follows_from_them(sess):
    x = tf.placeholder(tf.float32, name="x")
    called = tf.py_func(lambda a: a * 2, [x], tf.float32, name="called")
    called.set_shape([3])
    after, beside = called + 1.0, x + 1.0
    plan = special(sess, [after, beside], {x: [1.0, 2.0, 3.0]})
    assert plan.find(after) in plan.doubtful
    assert plan.find(beside) not in plan.doubtful


def test_fed_values_in_the_middle_are_what_they_are(sess):
    x = tf.placeholder(tf.float32, [None])
    shape = tf.shape(x * 1.0)
    y = tf.zeros(shape) + 1.0
    sess.run(y, {x: [1.0, 2.0, 3.0]})
    for _ in range(4):
        assert sess.run(y, {shape: np.array([2], np.int32)}).tolist() == [1.0, 1.0]


def test_shapes_that_do_not_fit_give_no_plan(sess):
    a, b = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    program = sess.program(tf.matmul(a, b), [a, b])
    assert sess._engine.specialise(program.plan, [(2, 3), (4, 5)]) is None


# -- loops and branches --------------------------------------------------------------


def test_loop_variables_keep_the_shape_they_enter_with(sess):
    x = tf.placeholder(tf.float32, [None, None])
    _, y = tf.while_loop(lambda i, _: i < 3, lambda i, a: (i + 1, tf.tanh(a)), (0, x))
    plan = special(sess, [y, tf.gradients(y, x)[0]], {x: np.ones((2, 5))})
    assert unknown(plan) == set()
    assert not plan.doubtful


def test_loop_variables_that_grow_are_unknown(sess):
    x = tf.placeholder(tf.float32, [None])
    free = [tf.TensorShape([]), tf.TensorShape([None])]
    _, y = tf.while_loop(
        lambda i, a: tf.shape(a)[0] < 9,
        lambda i, a: (i + 1, tf.concat([a, x], 0)),
        (0, x),
        shape_invariants=free,
    )
    special(sess, [y], {x: [1.0, 2.0]})
    for _ in range(4):
        assert sess.run(y, {x: [1.0, 2.0]}).shape == (10,)
        assert sess.run(y, {x: [1.0, 2.0, 3.0]}).shape == (9,)


def test_an_rnn_of_unknown_batch_has_no_unknown_shape(sess):
    x = tf.placeholder(tf.float32, [None, 5, 3])
    cell = tf.nn.rnn_cell.BasicLSTMCell(4)
    outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    loss = tf.reduce_mean(tf.square(outputs[:, -1]))
    grads = tf.gradients(loss, tf.trainable_variables())
    sess.run(tf.global_variables_initializer())
    plan = special(sess, [loss, *grads], {x: np.ones((2, 5, 3))})
    assert unknown(plan) == set()
    assert not plan.doubtful
    assert "BroadcastGradientArgs" not in types(plan)


def test_elements_of_different_shapes_leave_an_array_unknown(sess):
    x = tf.placeholder(tf.float32, [None])
    array = tf.TensorArray(tf.float32, 2, infer_shape=False, clear_after_read=False)
    array = array.write(0, x).write(1, tf.concat([x, x], 0))
    read = array.read(0)
    plan = special(sess, [read, array.read(1)], {x: [1.0, 2.0]})
    assert plan.find(read).static_shape == (None,)


def test_branches_join_what_both_sides_give(sess):
    x, p = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.bool, [])
    same = tf.cond(p, lambda: x * 2.0, lambda: tf.zeros_like(x))
    other = tf.cond(p, lambda: x, lambda: tf.concat([x, x], 0))
    plan = special(sess, [same, other], {x: [1.0, 2.0], p: True})
    assert plan.find(same).static_shape == (2,)
    assert plan.find(other).static_shape == (None,)
