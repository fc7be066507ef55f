"""Pools go before bias and relu where nothing else looks at what is between."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.runtime.optimize.pooling import BACKWARD, FORWARD
from interactive_graphs.runtime.optimize.rewrites import rewrites
from tests.runtime.test_algebra import bits, unoptimised

SHAPE = (2, 7, 6, 5)
WINDOWS = [
    pytest.param((2, 2), (2, 2), "SAME", id="apart"),
    pytest.param((2, 2), (2, 2), "VALID", id="apart, valid"),
    pytest.param((3, 3), (2, 2), "SAME", id="overlapping"),
    pytest.param((3, 2), (1, 2), "VALID", id="by one"),
    pytest.param((1, 1), (2, 3), "SAME", id="points"),
    pytest.param((7, 6), (7, 6), "VALID", id="all"),
]


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def build(ksize=(2, 2), strides=(2, 2), padding="SAME", bias_add=False, shape=SHAPE):
    """x, b, y, dy, dx, db of `max_pool(relu(x + b))`."""
    x = tf.placeholder(tf.float32, shape, name="x")
    b = tf.placeholder(tf.float32, shape[-1:], name="b")
    total = tf.nn.bias_add(x, b) if bias_add else x + b
    window = [[1, *sizes, 1] for sizes in (ksize, strides)]
    y = tf.nn.max_pool(tf.nn.relu(total), *window, padding)
    dy = tf.placeholder(tf.float32, y.shape, name="dy")
    return x, b, y, dy, *tf.gradients(y, [x, b], dy)


def images(special, shape=SHAPE):
    """Few different values, so that they tie, and what is special among them."""
    rng = np.random.default_rng(0)
    x = rng.integers(-3, 4, shape).astype(np.float32) / 3
    if special:
        choice = np.array([np.nan, np.inf, -np.inf, 1e-45, 3.4e38], np.float32)
        x = np.where(rng.random(shape) < 0.3, rng.choice(choice, shape), x)
        x[0, :4, :4, 0] = np.nan
    return x


def both(fetches, feed):
    with tf.Session() as session, unoptimised() as plain:
        return session.run(fetches, feed), plain.run(fetches, feed)


@pytest.mark.parametrize(("ksize", "strides", "padding"), WINDOWS)
@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("bias_add", [False, True])
def test_values_and_gradients_keep_their_bits(
    ksize, strides, padding, special, bias_add
):
    x, b, y, dy, dx, db = build(ksize, strides, padding, bias_add)
    plan = tf.Session().program([y, dx, db], [x, b, dy]).plan
    assert [op.type for op in plan.nodes] == ["BiasedMaxPool", "BiasedMaxPoolGrad"]
    rng = np.random.default_rng(1)
    bias = np.array([0.5, -0.25, 0.0, 1e30, -1e30], np.float32)
    back = rng.integers(-8, 9, y.shape.as_list()).astype(np.float32)
    feed = {x: images(special), b: bias, dy: back}
    got, wanted = both([y, dx, db], feed)
    assert bits(got[0]) == bits(wanted[0])
    # The sign of a zero depends on how zeros of both signs are added up.
    np.testing.assert_array_equal(got[1], wanted[1])
    np.testing.assert_allclose(got[2], wanted[2], 1e-5, 1e-5)


@pytest.mark.parametrize("bias", [np.inf, -np.inf, np.nan])
def test_a_bias_that_is_not_finite(bias):
    x, b, y, dy, dx, db = build()
    feed = {x: images(True), b: np.full(5, bias), dy: np.ones(y.shape.as_list())}
    got, wanted = both([y, dx, db], feed)
    for mine, theirs in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("back", [np.inf, -np.inf, np.nan, -1.0])
def test_a_gradient_that_is_not_finite_stays_in_its_place(back):
    x, b, y, dy, dx, db = build()
    feed = {x: images(False), b: np.zeros(5), dy: np.full(y.shape.as_list(), back)}
    got, wanted = both([y, dx, db], feed)
    for mine, theirs in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_empty_batches():
    x, b, y, dy, dx, db = build(shape=(0, 4, 4, 3))
    feed = {x: np.zeros([0, 4, 4, 3]), b: np.ones(3), dy: np.zeros([0, 2, 2, 3])}
    got, wanted = both([y, dx, db], feed)
    for mine, theirs in zip(got, wanted, strict=True):
        assert bits(mine) == bits(theirs)


def test_it_is_told_with_its_rules():
    x, b, y, dy, dx, db = build()
    plan = tf.Session().program([y, dx, db], [x, b, dy]).plan
    told = {
        r.op.type: (r.what, r.into[0].type, r.rule) for r in rewrites(plan) if r.rule
    }
    assert told["Relu"] == ("fused", "MaxPool", FORWARD)
    assert told["Add"] == ("fused", "MaxPool", FORWARD)
    assert told["MaxPoolGrad"] == ("fused", "ReluGrad", BACKWARD)
    assert told["Sum"] == ("fused", "ReluGrad", BACKWARD)


def kinds(fetches, feeds):
    return {op.type for op in tf.Session().program(fetches, feeds).plan.nodes}


def test_it_is_left_alone_where_somebody_sees_what_is_between():
    x, b, y, dy, dx, db = build()
    relu = y.op.inputs[0]
    for seen in (relu, relu.op.inputs[0], dx.op.inputs[0], relu * 2.0):
        found = kinds([y, dx, db, seen], [x, b, dy])
        assert not any(kind.startswith("Biased") for kind in found)
        assert {"MaxPool", "MaxPoolGrad", "ReluGrad"} <= found


def test_the_gradient_alone_needs_the_pool_too():
    x, b, y, dy, dx, db = build()
    assert kinds([dx], [x, b, dy]) == {"BiasedMaxPool", "BiasedMaxPoolGrad"}
    assert kinds([y], [x, b]) == {"BiasedMaxPool"}


def test_other_sums_of_the_gradient_are_made_of_it():
    x, b, y, dy, dx, db = build()
    rows = tf.reduce_sum(dx, [0, 1])
    kept = tf.reduce_sum(dx, [0, 1, 2], keepdims=True)
    feed = {x: images(False), b: np.zeros(5), dy: np.ones(y.shape.as_list())}
    for mine, theirs in zip(*both([rows, kept, db], feed), strict=True):
        np.testing.assert_allclose(mine, theirs, 1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 1, 5), (2, 1, 1, 1), (1, 7, 6, 5)])
def test_what_is_added_must_be_a_bias_for_channels(shape):
    x = tf.placeholder(tf.float32, SHAPE)
    b = tf.placeholder(tf.float32, shape)
    y = tf.nn.max_pool(tf.nn.relu(x + b), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    assert "MaxPool" in kinds(y, [x, b])


def test_channels_that_are_broadcast_do_not_count():
    x = tf.placeholder(tf.float32, [2, 4, 4, 1])
    b = tf.placeholder(tf.float32, [3])
    y = tf.nn.max_pool(tf.nn.relu(x + b), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    assert "MaxPool" in kinds(y, [x, b])


def test_unknown_shapes_wait_for_a_specialised_program():
    x = tf.placeholder(tf.float32, [None, 4, 4, 3])
    b = tf.placeholder(tf.float32, [3])
    y = tf.nn.max_pool(tf.nn.relu(x + b), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    session = tf.Session()
    assert "MaxPool" in {op.type for op in session.program(y, [x, b]).plan.nodes}
    plan = session.program(y, [x, b]).plan
    special = session._programs.engine.specialise(plan, [(2, 4, 4, 3), (3,)])
    assert [op.type for op in special.nodes] == ["BiasedMaxPool"]


def test_a_rewritten_plan_can_be_specialised():
    x, b, y, dy, dx, db = build()
    session = tf.Session()
    plan = session.program([y, dx, db], [x, b, dy]).plan
    shapes = [tuple(t.shape.as_list()) for t in (x, b, dy)]
    special = session._programs.engine.specialise(plan, shapes)
    assert [op.type for op in special.nodes] == [op.type for op in plan.nodes]
    assert not special.doubtful
