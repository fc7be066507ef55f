"""`tf.cond`: Q01 to Q05 of the checklist, the nodes it makes, and its errors."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

import interactive_graphs as tf

Pair = namedtuple("Pair", "a b")


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


@pytest.fixture
def p():
    return tf.placeholder(tf.bool, [], name="p")


def both_ways(fetches):
    """What a fetch gives if p holds, and if not."""
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return [sess.run(fetches, {"p:0": flag}) for flag in (True, False)]


def test_Q01_the_values_decide():
    x, y = tf.placeholder(tf.int32, []), tf.constant(5)
    z = tf.cond(x < y, lambda: x * 17, lambda: y + 23)
    with tf.Session() as sess:
        assert [sess.run(z, {x: 2}), sess.run(z, {x: 9})] == [34, 28]


@pytest.mark.parametrize("resource", [False, True])
def test_Q01_only_the_side_that_is_taken_has_effects(p, resource):
    v = tf.Variable(1.0, use_resource=resource)
    z = tf.cond(p, lambda: tf.assign_add(v, 10.0) + 0, lambda: tf.assign(v, 5.0) * 2)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(z, {p: True}) == 11
        assert sess.run(v) == 11
        assert sess.run(z, {p: False}) == 10
        assert sess.run(v) == 5


def test_Q02_what_is_made_outside_always_runs(p):
    v = tf.Variable(1.0, use_resource=True)
    added = v.assign_add(1.0)
    z = tf.cond(p, lambda: tf.identity(added), lambda: tf.constant(0.0))
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(z, {p: False}) == 0
        assert sess.run(v) == 2


def test_both_functions_are_called_once(p):
    calls = []
    tf.cond(p, lambda: calls.append(1) or tf.constant(1), lambda: calls.append(0) or 2)
    assert calls == [1, 0]


def test_nodes_have_tf1s_names(graph, p):
    x, y = tf.constant(1.0, name="x"), tf.constant(2.0, name="y")
    tf.cond(p, lambda: x + 1.0, lambda: x * y)
    made = {op.name: op for op in graph.get_operations() if "cond" in op.name}
    assert set(made) == {
        "cond/Switch", "cond/switch_t", "cond/switch_f", "cond/pred_id",
        "cond/add/y", "cond/add", "cond/add/Switch",
        "cond/mul", "cond/mul/Switch", "cond/mul/Switch_1", "cond/Merge",
    }  # fmt: skip
    assert [c.name for c in made["cond/add/y"].control_inputs] == ["cond/switch_t"]
    assert [t.name for t in made["cond/Merge"].inputs] == ["cond/mul:0", "cond/add:0"]
    assert made["cond/add/Switch"].colocation_groups() == [b"loc:@x"]
    assert tf.cond(p, lambda: x, lambda: y, name="pick").name == "pick/Merge:0"
    assert tf.cond(p, lambda: x, lambda: y).name == "cond_1/Merge:0"


def test_an_outer_tensor_comes_in_once_a_side(graph, p):
    x = tf.constant(1.0, name="x")
    tf.cond(p, lambda: x + x * x, lambda: -x)
    switches = [op for op in graph.get_operations() if op.type == "Switch"]
    assert sum(op.inputs[0] is x for op in switches) == 2


STRUCTURES = [
    (lambda: 1, lambda: 2, 1, 2),
    (lambda: [1, 2.5], lambda: [3, 4.5], [1, 2.5], [3, 4.5]),
    (lambda: (1, [2]), lambda: (3, [4]), (1, [2]), (3, [4])),
    (
        lambda: {"a": 1, "b": 2},
        lambda: {"b": 4, "a": 3},
        {"a": 1, "b": 2},
        {"a": 3, "b": 4},
    ),
    (lambda: Pair(1, 2), lambda: Pair(3, 4), Pair(1, 2), Pair(3, 4)),
    (lambda: [1], lambda: [2], 1, 2),
    (lambda: ((1,),), lambda: ((2,),), 1, 2),
    (lambda: {"a": 1}, lambda: {"a": 2}, {"a": 1}, {"a": 2}),
    (lambda: "yes", lambda: "no", b"yes", b"no"),
]


@pytest.mark.parametrize(("true_fn", "false_fn", "first", "second"), STRUCTURES)
def test_structures(p, true_fn, false_fn, first, second):
    assert both_ways(tf.cond(p, true_fn, false_fn)) == [first, second]


def test_Q04_strict_keeps_a_single_element(p):
    assert both_ways(tf.cond(p, lambda: [1], lambda: [2], strict=True)) == [[1], [2]]


def test_old_names_of_the_functions(p):
    assert both_ways(tf.cond(p, fn1=lambda: 1, fn2=lambda: 2)) == [1, 2]


def test_an_operation_stands_for_a_bool(p):
    v = tf.Variable(0)
    ran = tf.cond(p, lambda: v.assign(1).op, tf.no_op)
    assert ran.dtype == tf.bool
    assert both_ways(ran) == [True, False]


def test_composites(p):
    sparse = tf.cond(
        p,
        lambda: tf.SparseTensor([[0, 0]], [1.0], [2, 2]),
        lambda: tf.SparseTensor([[0, 1], [1, 1]], [2.0, 3.0], [2, 2]),
    )
    slices = tf.cond(
        p,
        lambda: tf.IndexedSlices(tf.ones([1, 2]), tf.constant([2])),
        lambda: tf.IndexedSlices(tf.zeros([2, 2]), tf.constant([0, 1])),
    )
    (first, rows), (second, other_rows) = both_ways([sparse, slices])
    assert (len(first.values), len(second.values)) == (1, 2)
    assert (rows.indices.tolist(), other_rows.indices.tolist()) == ([2], [0, 1])
    assert slices.dense_shape is None


def test_tensor_arrays(p):
    empty = tf.TensorArray(tf.float32, 1, element_shape=[])
    array = tf.cond(p, lambda: empty.write(0, 7.0), lambda: empty)
    assert both_ways(array.read(0)) == [7, 0]


@pytest.mark.parametrize(
    ("first", "second", "shape"),
    [([2, 3], [2, 3], (2, 3)), ([2, 3], [2, 4], (2, None)), ([2], [2, 1], None)],
)
def test_static_shape_is_what_both_have(p, first, second, shape):
    z = tf.cond(p, lambda: tf.zeros(first), lambda: tf.zeros(second))
    assert z.static_shape == shape


def test_conds_in_conds(p):
    q = tf.placeholder(tf.bool, [])
    x = tf.constant(1)
    z = tf.cond(
        p,
        lambda: tf.cond(q, lambda: x + 1, lambda: x + 2),
        lambda: tf.cond(q, lambda: x + 3, lambda: x + 4),
    )
    with tf.Session() as sess:
        found = [sess.run(z, {p: a, q: b}) for a in (1, 0) for b in (1, 0)]
    assert found == [2, 3, 4, 5]


def test_a_fed_predicate_and_a_variable_as_one(p):
    flag = tf.Variable(True)
    z = tf.cond(flag, lambda: 1, lambda: 2)
    with tf.Session() as sess:
        sess.run(flag.initializer)
        assert sess.run(z) == 1
        sess.run(flag.assign(False))
        assert sess.run(z) == 2


def test_control_dependencies_leave_the_branch(p):
    made = []

    def side():
        with tf.control_dependencies(None):
            made.append(tf.constant(1.0) * 2)
        return made[0] + 1

    z = tf.cond(p, side, lambda: 0.0)
    with tf.Session() as sess:
        assert sess.run(made[0], {p: False}) == 2
        assert sess.run(z, {p: True}) == 3


def test_Q05_what_is_inside(p):
    inner = []
    x = tf.constant(2.0)
    z = tf.cond(p, lambda: inner.append(x * 3) or inner[0] + 1, lambda: x)
    after = inner[0] + 100
    with tf.Session() as sess:
        with pytest.raises(ValueError, match="has been marked as not fetchable"):
            sess.run(inner[0], {p: True})
        assert sess.run(z, {p: True, inner[0]: 10.0}) == 11
        assert sess.run(after, {p: True}) == 106
        dead = r"Retval\[0\] does not have value"
        with pytest.raises(tf.errors.InvalidArgumentError, match=dead):
            sess.run(after, {p: False})
        assert sess.run(after.op, {p: False}) is None


BAD = [
    (lambda p: tf.cond(True, int, int), TypeError, "pred must not be a Python bool"),
    (lambda p: tf.cond(p, 1, int), TypeError, "true_fn must be callable."),
    (lambda p: tf.cond(p, lambda: 1, 2), TypeError, "false_fn must be callable."),
    (tf.cond, TypeError, "cond(): true_fn argument required"),
    (lambda p: tf.cond(p, int), TypeError, "cond(): false_fn argument required"),
    (
        lambda p: tf.cond(p, int, int, fn1=int),
        TypeError,
        "cond(): true_fn and fn1 may not be set simultaneously.",
    ),
    (
        lambda p: tf.cond(p, int, int, fn2=int),
        TypeError,
        "cond(): false_fn and fn2 may not be set simultaneously.",
    ),
    (
        lambda p: tf.cond(p, lambda: None, int),
        ValueError,
        "true_fn must have a return value.",
    ),
    (
        lambda p: tf.cond(p, int, lambda: None),
        ValueError,
        "false_fn must have a return value.",
    ),
    (
        lambda p: tf.cond(p, lambda: 1.0, lambda: 1),
        ValueError,
        "Outputs of true_fn and false_fn must have the same type: float32, int32",
    ),
    (
        lambda p: tf.cond(p, list, list),
        ValueError,
        "true_fn and false_fn must return at least one result.",
    ),
    (
        lambda p: tf.cond(p, lambda: [1, 2], lambda: 1),
        ValueError,
        "Incompatible return types of true_fn and false_fn: The two structures don't "
        "have the same nested structure.",
    ),
    (
        lambda p: tf.cond(p, lambda: [1, 2], lambda: (1, 2)),
        TypeError,
        "has type list, while second structure",
    ),
    (
        lambda p: tf.cond(
            p, lambda: tf.SparseTensor([[0]], [1.0], [2]), lambda: tf.zeros([2])
        ),
        ValueError,
        "Incompatible return values of true_fn and false_fn: SparseTensor and Tensor",
    ),
    (
        lambda p: tf.cond([True, False], int, int),
        ValueError,
        "Shape must be rank 0 but is rank 1 for 'cond/Switch'",
    ),
    (
        lambda p: tf.cond(tf.constant(1), int, int),
        TypeError,
        "Input 'pred' of 'Switch' Op has type int32 that does not match expected type "
        "of bool.",
    ),
    (lambda p: tf.cond(p, lambda: [1, None], lambda: [1, None]), ValueError, "None"),
]


@pytest.mark.parametrize(("make", "error", "words"), BAD)
def test_Q03_bad_arguments(p, make, error, words):
    with pytest.raises(error) as caught:
        make(p)
    assert words in str(caught.value)


def test_an_error_in_a_branch_leaves_the_context(graph, p):
    with pytest.raises(ZeroDivisionError):
        tf.cond(p, lambda: 1 / 0, lambda: 1)
    x = tf.constant(1.0) + 1
    assert x.op.control_flow_context is None
    with tf.Session() as sess:
        assert sess.run(x) == 2


def test_assert_is_a_cond_unless_its_data_is_cheap():
    x = tf.placeholder(tf.float32, [])
    check = tf.Assert(x > 0, [x * 2])
    assert check.name == "Assert/AssertGuard/Merge"
    with tf.Session() as sess:
        sess.run(check, {x: 1.0})
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"assertion failed: \[-2\]"
        ):
            sess.run(check, {x: -1.0})
    cheap = tf.Assert(x > 0, ["text", tf.constant(3)])
    assert (cheap.name, cheap.type) == ("Assert_1/Assert", "Assert")


def test_a_large_number_of_branches(p):
    x = tf.constant(0)
    for _ in range(50):
        x = tf.cond(p, lambda x=x: x + 1, lambda x=x: x - 1)
    assert both_ways(x) == [50, -50]


def test_values_are_numpys(p):
    (value, _) = both_ways(tf.cond(p, lambda: tf.zeros([2]), lambda: tf.ones([2])))
    np.testing.assert_array_equal(value, np.zeros(2, np.float32), strict=True)
