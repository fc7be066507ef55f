"""Gradients through branches and loops: Q27 to Q29, orders one to three, oddities."""

from __future__ import annotations

import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

import interactive_graphs as tf
from interactive_graphs.framework import raw

X = np.array([0.3, 0.7])


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


def times(count, step, start, **options):
    """What becomes of `start` when `step(i, a)` is applied `count` times."""
    return tf.while_loop(
        lambda i, a: i < count, lambda i, a: (i + 1, step(i, a)), (0, start), **options
    )[1]


def check_orders(function, at=X, orders=3):
    """That derivatives along a direction are the slopes of those one order lower."""
    direction = np.random.RandomState(0).randn(*at.shape)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float64, at.shape)
        derivatives = [tf.reduce_sum(function(x))]
        for _ in range(orders):
            (found,) = tf.gradients(derivatives[-1], x)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = tf.convert_to_tensor(found)
            derivatives.append(tf.reduce_sum(found * direction))
        step = 1e-5
        for lower, higher in pairwise(derivatives):
            above, below = (
                sess.run(lower, {x: at + sign * step * direction}) for sign in (1, -1)
            )
            slope = (above - below) / (2 * step)
            np.testing.assert_allclose(
                sess.run(higher, {x: at}), slope, rtol=1e-5, atol=1e-6
            )


# -- branches ------------------------------------------------------------------------


def test_Q27_gradient_of_a_cond():
    p, x, z = tf.placeholder(tf.bool, []), tf.constant(3.0), tf.constant(5.0)
    y = tf.cond(p, lambda: x * x, lambda: 3.0 * z)
    found = tf.gradients(y, [x, z])
    assert run(found, {p: True}) == [6, 0]
    assert run(found, {p: False}) == [0, 3]


def test_only_the_branch_that_was_taken_is_differentiated():
    p, x = tf.placeholder(tf.bool, []), tf.constant([4.0])
    calls = []

    @tf.custom_gradient
    def watched(v):
        def grad(dy):
            return tf.py_func(lambda d: calls.append(1) or d, [dy], tf.float32)

        return v * 1.0, grad

    y = tf.cond(p, lambda: watched(x), lambda: x)
    (dx,) = tf.gradients(y, x)
    assert run(dx, {p: False}) == [1]
    assert calls == []
    assert run(dx, {p: True}) == [1]
    assert calls == [1]


def test_rows_from_a_branch_are_slices():
    p = tf.placeholder(tf.bool, [])
    w = tf.Variable(np.ones((4, 2), np.float32))
    y = tf.cond(p, lambda: tf.gather(w, [1, 3, 1]), lambda: tf.zeros([3, 2]))
    (dw,) = tf.gradients(y, w)
    assert isinstance(dw, tf.IndexedSlices)
    assert run(dw.indices, {p: True}).tolist() == [1, 3, 1]
    assert run(dw.indices, {p: False}).tolist() == []
    assert run(dw.dense_shape, {p: False}).tolist() == [4, 2]
    update = tf.train.GradientDescentOptimizer(1.0).apply_gradients([(dw, w)])
    with tf.Session() as sess:
        sess.run(w.initializer)
        sess.run(update, {p: False})
        assert sess.run(w).tolist() == [[1, 1]] * 4
        sess.run(update, {p: True})
        assert sess.run(w)[:, 0].tolist() == [1, -1, 1, 0]


def test_gradients_taken_in_a_branch():
    p, x = tf.placeholder(tf.bool, []), tf.constant(3.0)
    y = x * x
    z = tf.cond(p, lambda: tf.gradients(y, x)[0], lambda: tf.gradients(y * x, x)[0])
    assert [run(z, {p: flag}) for flag in (True, False)] == [6, 27]


def test_gradients_of_a_cond_taken_in_another_cond():
    p, q = tf.placeholder(tf.bool, []), tf.placeholder(tf.bool, [])
    x = tf.constant(3.0)
    y = tf.cond(p, lambda: x * x, lambda: 5.0 * x)
    z = tf.cond(q, lambda: tf.gradients(y, x)[0], lambda: x)
    with tf.Session() as sess:
        found = [sess.run(z, {p: a, q: b}) for a in (1, 0) for b in (1, 0)]
    assert found == [6, 3, 5, 3]


def test_branches_made_of_nodes_by_hand():
    p, x = tf.placeholder(tf.bool, []), tf.constant(3.0)
    no, yes = (
        tf.raw_ops_switch(x, p) if hasattr(tf, "raw_ops_switch") else _switch(x, p)
    )
    y = _merge([no * 2.0, yes * yes])
    (dx,) = tf.gradients(y, x)
    assert [run(dx, {p: flag}) for flag in (True, False)] == [6, 2]


def _switch(x, p):
    from_raw = tf.get_default_graph().create_op(
        "Switch", [x, p], [x.dtype, x.dtype], attrs={"T": x.dtype}
    )
    return from_raw.outputs


def _merge(tensors):
    made = tf.get_default_graph().create_op(
        "Merge",
        tensors,
        [tensors[0].dtype, tf.int32],
        attrs={"T": tensors[0].dtype, "N": len(tensors)},
    )
    return made.outputs[0]


# -- loops ---------------------------------------------------------------------------


def test_Q28_gradient_of_a_loop():
    x = tf.constant(3.0)
    y = times(2, lambda i, a: a * x, x)
    assert run(tf.gradients(y, x)) == [27]


@pytest.mark.parametrize("n", range(5))
def test_numbers_of_iterations_that_only_the_run_knows(n):
    count, x = tf.placeholder(tf.int32, []), tf.constant(2.0)
    y = times(count, lambda i, a: a * x, tf.constant(1.0))
    (first,) = tf.gradients(y, x)
    (second,) = tf.gradients(first, x)
    found = run([y, first, second], {count: n})
    assert found == [2.0**n, n * 2.0 ** (n - 1), n * (n - 1) * 2.0 ** (n - 2)]


def test_Q29_without_back_prop():
    x = tf.constant(3.0)
    y = times(2, lambda i, a: a * x, x, back_prop=False)
    assert tf.gradients(y, x) == [None]
    assert run(tf.gradients(y + x, x)) == [1]


def test_zero_iterations():
    x, w = tf.constant([1.0, 2.0]), tf.constant(5.0)
    y = times(0, lambda i, a: a * w, x)
    dx, dw = run(tf.gradients(y, [x, w]))
    assert (dx.tolist(), dw) == ([1, 1], 0)


def test_maximum_iterations_and_counters():
    x, w = tf.constant(2.0), tf.constant(3.0)
    loop = tf.while_loop(
        lambda a, i: i < 100, lambda a, i: (a * w, i + 1), (x, 0), maximum_iterations=2
    )
    assert run(tf.gradients(loop[0], [x, w])) == [9, 12]
    assert tf.gradients(loop[1], [x, w]) == [None, None]


def test_what_a_result_does_not_depend_on():
    x, z = tf.constant(1.0), tf.constant(2.0)
    _, a, b = tf.while_loop(
        lambda i, a, b: i < 3, lambda i, a, b: (i + 1, tf.sin(a), b * 2), (0, x, z)
    )
    assert tf.gradients(a, z) == [None]
    assert tf.gradients(b, x) == [None]
    assert run(tf.gradients([a, b], z)) == [8]


def test_stops():
    x, w = tf.constant(2.0), tf.constant(3.0)
    y = times(2, lambda i, a: a * tf.stop_gradient(a) * w, x)
    assert run(tf.gradients(y, x)) == [3 * 3 * 2 * 12]
    (dx,) = tf.gradients(times(2, lambda i, a: a * w, w * x), x, stop_gradients=[w])
    assert run(dx) == 27


def test_weights():
    x = tf.constant([1.0, 2.0])
    y = times(2, lambda i, a: a * a, x)
    found = tf.gradients(y, x, grad_ys=[tf.constant([1.0, 10.0])])
    assert run(found)[0].tolist() == [4, 320]


def test_one_next_value_for_two_variables():
    x, z = tf.constant(1.5), tf.constant(2.0)

    def body(i, a, b):
        product = a * b
        return i + 1, product, product

    _, a, b = tf.while_loop(lambda i, a, b: i < 2, body, (0, x, z))
    # both are (x z)^2
    assert run(tf.gradients([a, b], [x, z])) == [24, 18]


def test_slices_of_an_invariant():
    w = tf.Variable(np.arange(1.0, 7.0).reshape(3, 2))
    y = times(2, lambda i, a: a + tf.gather(w, [i, 0]), tf.zeros([2, 2], tf.float64))
    (dw,) = tf.gradients(y, w)
    assert isinstance(dw, tf.IndexedSlices)
    assert run(dw.indices).tolist() == [0, 1, 0, 0, 0] or len(run(dw.indices)) == 4
    assert run(tf.unsorted_segment_sum(dw.values, dw.indices, 3))[:, 0].tolist() == [
        3, 1, 0,
    ]  # fmt: skip


def test_a_second_call_uses_what_the_first_remembers(graph):
    x, w = tf.constant(2.0), tf.constant(3.0)
    y = times(2, lambda i, a: a * w, x)
    tf.gradients(y, x)

    def pushes():
        found = [op for op in graph.get_operations() if op.type.endswith("PushBack")]
        return len(found)

    before = pushes()
    (dw,) = tf.gradients(y, w)
    again = pushes()
    (dw_again,) = tf.gradients(y * y, w)
    assert again == pushes() == before
    assert run([dw, dw_again]) == [12, 2 * 18 * 12]


def test_constants_are_not_remembered(graph):
    x = tf.constant(2.0)
    y = times(2, lambda i, a: a * 3.0, x)
    assert run(tf.gradients(y, x)) == [9]
    kept = [op.inputs[1].op for op in graph.get_operations() if "PushBack" in op.type]
    assert all(op.type != "Const" for op in kept)


def test_shapes_are_remembered_instead_of_values(graph):
    x = tf.placeholder(tf.float32, [None, 2])
    y = times(2, lambda i, a: a + tf.reduce_sum(a, 0, keepdims=True), x)
    found = run(tf.gradients(y, x), {x: np.ones((3, 2))})[0]
    np.testing.assert_array_equal(found, np.full((3, 2), 16))
    kept = [op for op in graph.get_operations() if "PushBack" in op.type]
    assert all(op.get_attr("element_dtype") is tf.int32 for op in kept)


def test_optimizers_in_a_loop():
    v = tf.Variable(3.0, use_resource=True)
    optimizer = tf.train.MomentumOptimizer(0.1, 0.5)

    def body(i):
        with tf.control_dependencies([optimizer.minimize(v * v)]):
            return i + 1

    loop = tf.while_loop(lambda i: i < 40, body, [0])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(loop)
        assert abs(sess.run(v)) < 1e-3


def test_training_through_a_loop():
    w = tf.get_variable("w", [2, 2], initializer=tf.constant_initializer(0.1))
    y = times(4, lambda i, a: tf.tanh(tf.matmul(a, w)) + 0.1, tf.ones([1, 2]))
    loss = tf.reduce_sum(tf.squared_difference(y, [[0.5, -0.2]]))
    train = tf.train.AdamOptimizer(0.05).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before = sess.run(loss)
        for _ in range(60):
            sess.run(train)
        assert sess.run(loss) < before / 50


def test_hessian_through_a_loop():
    x = tf.constant([1.0, 2.0])
    y = tf.reduce_sum(times(2, lambda i, a: a * x, x))
    assert run(tf.hessians(y, x))[0].tolist() == [[6, 0], [0, 12]]


def test_gradients_within_a_body():
    x, z = tf.constant(1.0), tf.constant(2.0)

    def step(i, a):
        da, dz = tf.gradients(a * a * z, [a, z])
        return a - 0.125 * da + 0.25 * dz

    # a - a z / 4 + a a / 4, twice
    assert run(times(2, step, x)) == 0.75 - 0.375 + 0.5625 / 4


# -- orders and nestings -------------------------------------------------------------


def loop(x):
    return times(3, lambda i, a: tf.sin(a) * x, x)


def loop_in_loop(x):
    def step(i, a):
        return a * times(i + 1, lambda j, b: tf.sin(b * x) + a * x, a)

    return times(3, step, x)


def branches_in_loop(x):
    def step(i, a):
        def first():
            b = tf.exp(a * 0.1)
            two = tf.equal(i, 2)
            return tf.cond(two, lambda: b * b * x, lambda: tf.cos(b) * a)

        return tf.cond(tf.equal(i % 2, 0), first, lambda: a * a + x)

    return times(4, step, x)


def loop_in_branch(x):
    return tf.cond(
        x[0] > 0, lambda: times(3, lambda i, a: tf.sin(a * x), x), lambda: x * x
    )


def loop_in_branch_in_loop(x):
    def step(i, a):
        return tf.cond(
            tf.equal(i % 2, 0),
            lambda: times(i + 1, lambda j, b: tf.sin(b * x) + a, a),
            lambda: a * x,
        )

    return times(4, step, x)


def rows(x):
    def step(i, a):
        return tf.tanh(a * tf.reduce_sum(tf.gather(x, [i % 2, 0])))

    return times(3, step, x)


def growing(x):
    return times(
        3,
        lambda i, a: tf.concat([a, tf.sin(a[:1]) * x[:1]], 0),
        x,
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])),
    )


def gradient_in_body(x):
    return times(3, lambda i, a: a - 0.1 * tf.gradients(tf.sin(a * a), a)[0] * x, x)


def gradient_of_loop_in_body(x):
    def step(i, a):
        inner = times(2, lambda j, b: tf.sin(b * x), a)
        return tf.cond(
            tf.equal(i, 0), lambda: a - 0.1 * tf.gradients(inner, a)[0], lambda: inner
        )

    return times(2, step, x)


def written_and_read(x):
    array = tf.TensorArray(tf.float64, 3, clear_after_read=False)

    def body(i, a, array):
        array = array.write(i, a * x)
        return i + 1, tf.sin(a) + array.read(i), array

    _, a, array = tf.while_loop(lambda i, a, _: i < 3, body, (0, x, array))
    return a + tf.reduce_sum(array.stack() ** 2, 0)


def arrays(x):
    return tf.map_fn(
        lambda e: tf.cond(e > 0.5, lambda: e**3 * x[0], lambda: tf.sin(e) * x[1]), x
    ) + tf.scan(lambda a, e: tf.sin(e * a) + e, x)


@pytest.mark.parametrize(
    "function",
    [
        loop,
        loop_in_loop,
        branches_in_loop,
        loop_in_branch,
        loop_in_branch_in_loop,
        rows,
        growing,
        gradient_in_body,
        gradient_of_loop_in_body,
        written_and_read,
        arrays,
    ],
)
def test_derivatives_of_three_orders(function):
    check_orders(function)


def test_derivatives_of_the_other_branch():
    check_orders(loop_in_branch, -X, orders=2)


# A program is a tree: a leaf is an elementwise step, the others hold programs.
STEPS = st.sampled_from(["sin", "times", "plus", "tanh", "square"])
PROGRAMS = st.recursive(
    STEPS,
    lambda inner: st.one_of(
        st.tuples(st.just("loop"), st.integers(0, 3), inner),
        st.tuples(st.just("branch"), st.booleans(), inner, inner),
        st.tuples(st.just("choice"), inner, inner),
        st.tuples(st.just("chain"), inner, inner),
    ),
    max_leaves=6,
)


def apply(program, a, x):
    """Build a program's nodes: what becomes of `a`; `x` is from outside."""
    simple = {
        "sin": lambda: tf.sin(a) + 0.3,
        "times": lambda: a * x,
        "plus": lambda: a + x,
        "tanh": lambda: tf.tanh(a),
        "square": lambda: 0.5 * a * a,
    }
    if isinstance(program, str):
        return simple[program]()
    kind, *rest = program
    if kind == "loop":
        count, inner = rest
        return times(count, lambda i, b: apply(inner, b, x), a)
    if kind == "branch":
        taken, first, second = rest
        return tf.cond(
            tf.constant(taken),
            lambda: apply(first, a, x),
            lambda: apply(second, a, x),
        )
    first, second = rest
    if kind == "choice":
        # Depends on the values, away from a point where it would change.
        return tf.cond(
            tf.reduce_sum(a) > 0.987654,
            lambda: apply(first, a, x),
            lambda: apply(second, a, x),
        )
    return apply(second, apply(first, a, x), x)


@settings(max_examples=60, deadline=None)
@given(PROGRAMS)
@example(("choice", ("choice", "sin", "sin"), "sin"))
def test_random_nestings(program):
    check_orders(lambda x: apply(program, x * 1.0, x) + 0.1 * x * x * x, orders=2)


@settings(max_examples=25, deadline=None)
@given(PROGRAMS)
def test_random_nestings_inside_of_a_loop(program):
    check_orders(
        lambda x: times(2, lambda i, a: apply(program, a, x), x) + x * x, orders=2
    )


# -- errors --------------------------------------------------------------------------


def test_initial_values_from_within():
    x = tf.constant(1.0, name="x")
    with pytest.raises(ValueError, match="Cannot compute gradient") as caught:
        times(2, lambda i, a: a + tf.gradients(a * a, x)[0], x)
    assert str(caught.value) == (
        "Cannot compute gradient inside while loop with respect to op 'x'. We do not "
        "support taking the gradient wrt or through the initial value of a loop "
        "variable. Gradients can be computed through loop invariants or wrt the input "
        "parameters to the loop body."
    )


def test_an_x_inside_of_a_loop():
    inner = []
    y = times(2, lambda i, a: inner.append(a * 2) or inner[0], tf.constant(1.0))
    with pytest.raises(ValueError, match="because it is in a while loop that the res"):
        tf.gradients(y, inner[0])
    with pytest.raises(ValueError, match="'while/mul' is in a while loop"):
        tf.gradients(inner[0], y)


def test_an_op_without_gradient_in_a_loop():
    v, x = tf.Variable([1.0]), tf.constant([3.0])
    update = "ApplyGradientDescent"
    y = times(2, lambda i, a: getattr(raw, update)(v._ref(), 1.0, a) + 0.0, x)
    with pytest.raises(LookupError, match="No gradient defined for operation"):
        tf.gradients(y, x)


def test_a_loop_of_which_only_the_nodes_are_known(graph):
    times(2, lambda i, a: a * a, tf.constant(2.0, name="x"))
    with tf.Graph().as_default():
        tf.import_graph_def(graph.as_graph_def(), name="")
        x, y = (
            tf.get_default_graph().get_tensor_by_name(name)
            for name in ("x:0", "while/Exit_1:0")
        )
        with pytest.raises(LookupError, match="No gradient defined for operation"):
            tf.gradients(y, x)


# -- other ways of running -----------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE),
        tf.RunOptions(timeout_in_ms=60_000),
        tf.RunOptions(output_partition_graphs=True),
    ],
    ids=["traced", "with a deadline", "with partitions"],
)
@pytest.mark.parametrize("function", [loop_in_branch_in_loop, rows, arrays])
def test_run_options(function, options):
    x = tf.constant(X)
    (first,) = tf.gradients(function(x), x)
    (second,) = tf.gradients(tf.convert_to_tensor(first), x)
    fetches = [tf.convert_to_tensor(first), tf.convert_to_tensor(second)]
    with tf.Session() as sess:
        wanted = sess.run(fetches)
        found = sess.run(fetches, options=options, run_metadata=tf.RunMetadata())
    for a, b in zip(wanted, found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {"colocate_gradients_with_ops": True},
        {"gate_gradients": True},
        {"aggregation_method": tf.AggregationMethod.EXPERIMENTAL_TREE},
    ],
    ids=str,
)
def test_options_of_gradients(options):
    x = tf.constant(X)
    for function in (branches_in_loop, loop_in_branch, rows):
        y = function(x)
        wanted, found = tf.gradients(y, x), tf.gradients(y, x, **options)
        a, b = run([tf.convert_to_tensor(g) for g in (*wanted, *found)])
        np.testing.assert_allclose(a, b, rtol=1e-12)
