"""What optimisation did is told operation by operation."""

import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from interactive_graphs.runtime.optimize.rewrites import KINDS, rewrites


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def told(fetches, feeds=(), config=None):
    """Name: (what, names of into, value)."""
    plan = tf.Session(config=config).program(fetches, feeds).plan
    return {
        r.op.name: (
            r.what,
            [op.name for op in r.into],
            None if r.value is None else r.value.tolist(),
        )
        for r in rewrites(plan)
    }


def test_each_kind_is_told_with_what_it_went_into():
    x = tf.placeholder(tf.float32, [3], name="x")
    two = tf.constant(2.0, name="two")
    four = tf.multiply(two, two, name="four")
    eight = tf.multiply(four, two, name="eight")
    square = tf.square(x, name="square")
    again = tf.square(x, name="again")
    passed = tf.identity(square, name="passed")
    with tf.control_dependencies([tf.no_op(name="first")]):
        y = tf.add(passed, again, name="y")
    z = tf.multiply(y, eight, name="z")
    assert told(z, [x]) == {
        "two": ("built in", ["z"], 2.0),
        "four": ("folded", ["z"], 4.0),
        "eight": ("folded", ["z"], 8.0),
        "again": ("merged", ["square"], None),
        "passed": ("passed on", ["square"], None),
        "first": ("order only", [], None),
    }


def test_what_lost_its_takers_is_unused():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    shape = raw.Shape(tf.square(x, name="square"), name="shape")
    y = tf.fill(shape, x[0, 0], name="y")
    found = told(y, [x])
    assert found["shape"] == ("folded", ["y"], [2, 3])
    assert found["square"] == ("unused", [], None)


def test_equal_constants_are_merged_but_equal_results_are_folded():
    x = tf.placeholder(tf.float32, [], name="x")
    one, uno = tf.constant(1.0, name="one"), tf.constant(1.0, name="uno")
    unit = tf.multiply(one, uno, name="unit")
    found = told(tf.add(x, unit, name="y"), [x])
    assert found["uno"] == ("merged", ["one"], 1.0)
    assert found["unit"] == ("folded", ["y"], 1.0)


def test_everything_that_does_not_run_is_told_once_and_nothing_else():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    w = tf.Variable(tf.ones([4, 2]), name="w")
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) * 2.0) + tf.constant(3.0))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    session = tf.Session()
    plan = session.program([loss, train], [x]).plan
    plain = session._programs.engine.plan((loss,), (train,), (x,), optimise=False)
    gone = [r.op for r in rewrites(plan)]
    assert len(gone) == len(set(gone))
    assert {*gone, *plan.nodes} == set(plain.nodes)
    assert {r.what for r in rewrites(plan)} <= set(KINDS)
    running = set(plan.nodes)
    stands = {t.op for t in plan.values} | running | {x.op}
    for rewrite in rewrites(plan):
        known = rewrite.what in ("folded", "built in")
        assert set(rewrite.into) <= (running if known else stands)


def test_loops_are_told_too():
    n = tf.placeholder(tf.int32, [], name="n")
    count = tf.while_loop(lambda i: i < n, lambda i: i + 1, [0])
    found = told(count, [n])
    assert found["while/add/y"][:2] == ("built in", ["while/add"])
    assert found["while/Less/Enter"][0] == "passed on"


def test_without_optimisation_only_constants_are_built_in():
    level = tf.OptimizerOptions.L0
    options = tf.GraphOptions(optimizer_options=tf.OptimizerOptions(opt_level=level))
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.multiply(x, tf.constant(2.0, name="two") * 3.0, name="y")
    found = told(y, [x], tf.ConfigProto(graph_options=options))
    assert {what for what, *_ in found.values()} == {"built in"}


def test_equal_inputs_and_unequal_attributes_are_not_the_same():
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    plain = tf.matmul(x, x, name="plain")
    turned = tf.matmul(x, x, transpose_a=True, name="turned")
    again = tf.matmul(x, x, transpose_a=True, name="again")
    found = told([plain, turned, again], [x])
    assert found == {"again": ("merged", ["turned"], None)}
    value = [[1.0, 2.0], [3.0, 4.0]]
    first, second, third = tf.Session().make_callable([plain, turned, again], [x])(
        value
    )
    assert first.tolist() == [[7.0, 10.0], [15.0, 22.0]]
    assert second.tolist() == third.tolist() == [[10.0, 14.0], [14.0, 20.0]]
