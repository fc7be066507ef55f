"""`tf.while_loop`: Q05 to Q11 of the checklist, the nodes it makes, and its errors."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

import interactive_graphs as tf

Pair = namedtuple("Pair", "a b")
UNKNOWN = tf.TensorShape([None])
SCALAR = tf.TensorShape([])


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


def count_to(n, **options):
    return tf.while_loop(lambda i: i < n, lambda i: i + 1, [0], **options)


# -- values --------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "value"), [(10, 10), (1, 1), (0, 0), (-3, 0)])
def test_Q05_counting(n, value):
    assert run(count_to(n)) == value


def test_Q06_two_variables():
    assert run(
        tf.while_loop(lambda i, a: i < 5, lambda i, a: (i + 1, a * 2), (0, 1))
    ) == (5, 32)


def test_all_variables_change_at_once():
    found = tf.while_loop(lambda a, b: a < 50, lambda a, b: (b, a + b), [0, 1])
    assert run(found) == (55, 89)


@pytest.mark.parametrize(("limit", "value"), [(3, 3), (0, 0), (-1, 0), (20, 10)])
def test_Q07_maximum_iterations(limit, value):
    assert run(count_to(10, maximum_iterations=limit)) == value
    fed = tf.placeholder(tf.int64, [])
    assert run(count_to(10, maximum_iterations=fed), {fed: limit}) == value


def test_maximum_iterations_and_several_variables():
    found = tf.while_loop(
        lambda i, a: i < 9, lambda i, a: (i + 1, a * 2), (0, 1), maximum_iterations=3
    )
    assert run(found) == (3, 8)


def test_Q08_a_shape_that_changes_needs_an_invariant():
    z = tf.zeros([1], name="z")
    with pytest.raises(ValueError, match="after one iteration") as caught:
        tf.while_loop(lambda a: True, lambda a: tf.concat([a, a], 0), [z])
    assert str(caught.value).startswith(
        "Input tensor 'z:0' enters the loop with shape (1,), but has shape (2,) after "
        "one iteration. To allow the shape to vary across iterations, use the "
        "`shape_invariants` argument of tf.while_loop to specify a less-specific shape."
    )
    grown = tf.while_loop(
        lambda a: tf.size(a) < 5, lambda a: tf.concat([a, a], 0), [z], [UNKNOWN]
    )
    assert grown.static_shape == (None,)
    assert run(grown).shape == (8,)


def test_Q10_loops_in_loops_and_branches_in_loops():
    def row(i, total):
        inner = tf.while_loop(
            lambda j, s: j <= i, lambda j, s: (j + 1, s + j), (0, total)
        )
        return i + 1, inner[1]

    def halve(n, steps):
        even = tf.equal(n % 2, 0)
        return tf.cond(even, lambda: n // 2, lambda: 3 * n + 1), steps + 1

    total = tf.while_loop(lambda i, s: i < 4, row, (0, 0))[1]
    steps = tf.while_loop(lambda n, s: n > 1, halve, (27, 0))[1]
    assert run([total, steps]) == [0 + 1 + 3 + 6, 111]


@pytest.mark.parametrize("resource", [False, True])
def test_Q11_effects_of_the_body(resource):
    v = tf.Variable(0.0, use_resource=resource)

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 2.0)]):
            return i + 1

    loop = tf.while_loop(lambda i: i < 5, body, [0])
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(loop) == 5
        assert sess.run(v) == 10
        sess.run(loop.op)
        assert sess.run(v) == 20


def test_an_op_that_needs_no_variable_runs_in_each_iteration():
    drawn = tf.TensorArray(tf.float32, 4)
    values = tf.while_loop(
        lambda i, a: i < 4,
        lambda i, a: (i + 1, a.write(i, tf.random_uniform([]))),
        (0, drawn),
    )[1].stack()
    assert len(set(run(values).tolist())) == 4


def test_what_comes_from_outside_is_computed_once():
    calls = []
    outside = tf.py_func(lambda: calls.append(1) or np.float32(2), [], tf.float32)
    outside.set_shape([])
    found = tf.while_loop(
        lambda i, a: i < 5, lambda i, a: (i + 1, a + outside), (0, 0.0)
    )
    assert run(found) == (5, 10)
    assert calls == [1]


def test_dependencies_from_outside_hold_for_the_whole_loop():
    v = tf.Variable(1.0, use_resource=True)
    before = v.assign(5.0)

    def body(i, a):
        with tf.control_dependencies([before]):
            return i + 1, a + v.read_value()

    assert run(tf.while_loop(lambda i, a: i < 3, body, (0, 0.0))) == (3, 15)


def test_long_loops():
    assert run(count_to(100_000)) == 100_000


# -- structures ----------------------------------------------------------------------


def test_structures():
    def body(i, nested, pair):
        (a, b) = nested["ab"]
        return [i + 1, {"ab": (b, a + b)}, Pair(pair.b, pair.a)]

    i, nested, pair = run(
        tf.while_loop(lambda i, *_: i < 5, body, [0, {"ab": (0, 1)}, Pair(1.0, 2.0)])
    )
    assert (i, nested) == (5, {"ab": (5, 8)})
    assert pair == Pair(2, 1)


@pytest.mark.parametrize("loop_vars", [[3], (3,), {"n": 3}, Pair(3, 3)])
def test_the_variables_come_in_any_container(loop_vars):
    def body(*values):
        ups = [v + 1 for v in values]
        if isinstance(loop_vars, dict):
            return dict(zip(loop_vars, ups, strict=True))
        return Pair(*ups) if isinstance(loop_vars, Pair) else ups

    found = tf.while_loop(lambda *v: v[0] < 9, body, loop_vars)
    wanted = {dict: {"n": 9}, Pair: Pair(9, 9)}.get(type(loop_vars), 9)
    assert run(found) == wanted


def test_one_variable_comes_back_bare():
    assert isinstance(count_to(3), tf.Tensor)
    kept = count_to(3, return_same_structure=True)
    assert isinstance(kept, list)
    nested = tf.while_loop(lambda a: a[0] < 3, lambda a: [[a[0] + 1]], [[0]])
    assert run(nested) == [3]


def test_sparse_tensors_and_slices_and_arrays():
    sparse = tf.SparseTensor([[0, 0]], [1.0], [2, 2])
    slices = tf.IndexedSlices(tf.ones([1, 2]), tf.constant([1]), tf.constant([3, 2]))

    def body(i, s, r, array):
        return (
            i + 1,
            tf.SparseTensor(s.indices, s.values * 2.0, s.dense_shape),
            tf.IndexedSlices(r.values + 1.0, r.indices, r.dense_shape),
            array.write(i, tf.cast(i * i, tf.float32)),
        )

    _, s, r, array = tf.while_loop(
        lambda i, *_: i < 3, body, (0, sparse, slices, tf.TensorArray(tf.float32, 3))
    )
    assert s.values.static_shape == (None,)
    s, r, squares = run([s, r, array.stack()])
    assert s.values.tolist() == [8]
    assert r.values.tolist() == [[4, 4]]
    assert squares.tolist() == [0, 1, 4]  # Q12


def test_a_variable_is_taken_as_its_value():
    v = tf.Variable(2.0)
    assert run(tf.while_loop(lambda a: a < 100, lambda a: a * a, [v])) == 256


# -- nodes ---------------------------------------------------------------------------


def test_nodes_have_tf1s_names(graph):
    n = tf.placeholder(tf.int32, [], name="n")
    found = tf.while_loop(lambda i: i < n, lambda i: i + 1, [0])
    made = {op.name: op for op in graph.get_operations() if op.name != "n"}
    assert set(made) == {
        "while/Const", "while/Enter", "while/Merge", "while/Less", "while/Less/Enter",
        "while/LoopCond", "while/Switch", "while/Identity", "while/add/y", "while/add",
        "while/NextIteration", "while/Exit",
    }  # fmt: skip
    assert found.name == "while/Exit:0"
    assert [t.name for t in made["while/Merge"].inputs] == [
        "while/Enter:0",
        "while/NextIteration:0",
    ]
    assert [c.name for c in made["while/add/y"].control_inputs] == ["while/Identity"]
    assert made["while/Less/Enter"].get_attr("is_constant")
    assert made["while/Enter"].get_attr("frame_name") == b"while/while_context"
    assert made["while/Enter"].get_attr("parallel_iterations") == 10
    assert count_to(3).name == "while_1/Exit:0"
    assert count_to(3, name="loop").name == "loop/Exit:0"


def test_loops_are_written_and_read_as_graph_defs(graph):
    x = tf.placeholder(tf.float32, [], name="x")
    tf.while_loop(
        lambda i, a: i < 3,
        lambda i, a: (i + 1, tf.cond(a > 0, lambda: a * x, lambda: a - 1.0)),
        (0, x),
    )
    with tf.Graph().as_default():
        tf.import_graph_def(graph.as_graph_def(), name="copy")
        with tf.Session() as sess:
            found = sess.run("copy/while/Exit_1:0", {"copy/x:0": 2.0})
            assert found == 16
            assert sess.run("copy/while/Exit_1:0", {"copy/x:0": -2.0}) == -5


def test_results_can_be_fed_and_what_is_inside_cannot(graph):
    loop = count_to(3)
    with tf.Session() as sess:
        assert sess.run(loop * 2, {loop: 50}) == 100
        for op in graph.get_operations():
            inside = op.control_flow_context is not None and op.type != "Exit"
            for tensor in op.outputs if inside else []:
                with pytest.raises(ValueError, match=r"Tensor .* may not be fed\."):
                    sess.run(loop, {tensor: 1})
                with pytest.raises(ValueError, match="marked as not fetchable"):
                    sess.run(tensor)


# -- errors --------------------------------------------------------------------------

BAD = [
    (lambda: tf.while_loop(int, int, []), ValueError, "No loop variables provided"),
    (lambda: tf.while_loop(int, int, None), ValueError, "No loop variables provided"),
    (lambda: tf.while_loop(1, int, [0]), TypeError, "cond must be callable."),
    (lambda: tf.while_loop(int, 1, [0]), TypeError, "body must be callable."),
    (
        lambda: count_to(3, parallel_iterations=0),
        TypeError,
        "parallel_iterations must be a positive integer.",
    ),
    (
        lambda: count_to(3, parallel_iterations=1.5),
        TypeError,
        "parallel_iterations must be a positive integer.",
    ),
    (
        lambda: count_to(3, maximum_iterations=[1, 2]),
        ValueError,
        "maximum_iterations must be a scalar, saw shape: (2,)",
    ),
    (
        lambda: tf.while_loop(lambda i: i < 1, lambda i: (i, i), [0]),
        ValueError,
        "The two structures don't have the same nested structure.",
    ),
    (
        lambda: tf.while_loop(lambda i, j: i < 1, lambda i, j: (i, [j]), [0, 0]),
        ValueError,
        "The two structures don't have the same nested structure.",
    ),
    (
        lambda: tf.while_loop(lambda i, j: i < 1, lambda i, j: (i, (j[0],)), [0, [0]]),
        TypeError,
        "The two structures don't have the same nested structure.",
    ),
    (
        lambda: tf.while_loop(
            lambda a: True,
            lambda a: a,
            [tf.zeros([1], name="x")],
            [tf.TensorShape([2])],
        ),
        ValueError,
        "The shape invariant specified for x:0 is not compatible with the initial "
        "shape of the loop variable. It enters the loop with shape (1,), but the "
        "specified shape invariant is (2,).",
    ),
    (
        lambda: tf.while_loop(lambda a: True, lambda a: a, [0], [5]),
        TypeError,
        "'shape' must be one of TypeSpec, TensorShape or None. Received: <class 'int'>",
    ),
    (
        lambda: tf.while_loop(lambda a: True, lambda a: a, [0], [SCALAR, SCALAR]),
        ValueError,
        "The two structures don't have the same nested structure.",
    ),
    (
        lambda: tf.while_loop(
            lambda s: True,
            lambda s: s,
            [tf.SparseTensor([[0, 0]], [1.0], [2, 2])],
            [tf.TensorShape([2, 2])],
        ),
        ValueError,
        "Expected a shape with 1 dimension. Obtained: (2, 2) which has 2 dimensions.",
    ),
    (
        lambda: tf.while_loop(lambda a: a < 3, lambda a: tf.cast(a, tf.float32), [0]),
        TypeError,
        "Input 1 of node while/Merge was passed float from while/Cast:0 incompatible "
        "with expected int32.",
    ),
    (
        lambda: tf.while_loop(lambda i: i, lambda i: i, [0]),
        TypeError,
        "Input 'input' of 'LoopCond' Op has type int32 that does not match expected "
        "type of bool.",
    ),
    (
        lambda: tf.while_loop(lambda i: i < [1], lambda i: i, [0]),
        ValueError,
        "Shape must be rank 0 but is rank 1 for 'while/LoopCond'",
    ),
    (
        lambda: tf.while_loop(lambda i: i < 1, lambda i: None, [0]),
        ValueError,
        "None values not supported.",
    ),
]


@pytest.mark.parametrize(("make", "error", "words"), BAD)
def test_bad_arguments(make, error, words):
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)


def leaked():
    """A tensor of a loop's body."""
    inner = []

    def body(i):
        inner.append(tf.add(i, 1))
        return inner[0]

    tf.while_loop(lambda i: i < 3, body, [0])
    return inner[0]


MORE = " See info log for more details."


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (
            tf.identity,
            "Cannot use 'while/Add' as input to 'Identity' because 'while/Add' is in a "
            "while loop." + MORE,
        ),
        (
            lambda t: tf.while_loop(lambda i: i < 3, lambda i: i + t, [0]),
            "Cannot use 'while/Add' as input to 'while_1/add' because they are in "
            "different while loops." + MORE,
        ),
        (
            lambda t: tf.cond(tf.constant(True), lambda: t + 1, lambda: 1),
            "Cannot use 'while/Add' as input to 'cond/add' because 'while/Add' is in a "
            "while loop." + MORE,
        ),
        (
            lambda t: tf.while_loop(lambda i: i < 3, lambda i: i, [t]),
            "Cannot use 'while/Add' as input to 'while_1/Enter' because 'while/Add' is "
            "in a while loop." + MORE,
        ),
        (
            tf.group,
            "Cannot use 'while/Add' as input to 'group_deps' because 'while/Add' is in "
            "a while loop." + MORE,
        ),
    ],
)
def test_Q09_what_is_inside_stays_inside(use, words):
    tensor = leaked()
    with pytest.raises(ValueError) as caught:
        use(tensor)
    assert str(caught.value).splitlines()[0] == words


def test_a_variable_of_an_inner_loop_stays_there():
    def body(i):
        return i + leaked()

    with pytest.raises(ValueError, match="they are in different while loops"):
        tf.while_loop(lambda i: i < 3, body, [0])


def test_an_error_in_the_body_leaves_the_context(graph):
    with pytest.raises(ZeroDivisionError):
        tf.while_loop(lambda i: i < 3, lambda i: 1 / 0, [0])
    x = tf.constant(1.0) + 1
    assert x.op.control_flow_context is None
    assert graph._control_flow_context is None
    assert run(x) == 2


def test_N11_a_variable_whose_initial_value_is_made_in_a_loop():
    def body(i):
        tf.Variable(i * 2)
        return i + 1

    with pytest.raises(ValueError, match="is from inside a control-flow construct"):
        tf.while_loop(lambda i: i < 3, body, [0])


def test_a_variable_can_be_made_in_a_loop_with_a_function():
    def body(i):
        v = tf.get_variable("v", [], tf.int32, tf.constant_initializer(5))
        return i + v

    assert run(tf.while_loop(lambda i: i < 12, body, [0])) == 15


def test_an_error_at_run_time_names_the_users_line():
    def body(i):
        return i + 10 // (i - 2)

    loop = tf.while_loop(lambda i: i > -100, body, [2])
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError) as caught:
        sess.run(loop)
    assert caught.value.op.name == "while/floordiv"
