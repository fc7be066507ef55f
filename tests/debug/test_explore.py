"""After a change just what depends on it runs, and all values are those of a full run."""

import random

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.debug.explore import Playground


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as made:
        yield made


def names(update):
    return [op.name for op in update.recomputed]


def neuron():
    x = tf.placeholder(tf.float32, [], name="x")
    w = tf.Variable(2.0, name="w")
    b = tf.Variable(1.0, name="b")
    z = tf.add(tf.multiply(x, w, name="xw"), b, name="z")
    return x, w, b, z, tf.sigmoid(z, name="y")


def test_only_what_depends_on_the_change_runs(session):
    x, w, b, z, y = neuron()
    session.run(tf.global_variables_initializer())
    play = Playground(session, [y, z], {x: 1.0, w: None, b: None})
    assert names(play.last) == ["w/read", "b/read", "xw", "z", "y"]
    assert play.last.total == 5
    assert names(play.set({x: 3.0})) == ["xw", "z", "y"]
    assert names(play.set({w: 4.0})) == ["w/read", "xw", "z", "y"]
    update = play.set({b: -1.0})
    assert names(update) == ["b/read", "z", "y"]
    assert update.changed == ("b",)
    assert update.words == "3 operations of 5 computed again"
    assert play.value(z) == 11.0
    assert session.run(b) == -1.0


def test_an_equal_value_is_no_change(session):
    x, _, _, _, y = neuron()
    session.run(tf.global_variables_initializer())
    play = Playground(session, [y], {x: 1.0})
    assert play.set({x: 1.0}).recomputed == ()


def test_what_training_changed_is_followed(session):
    x, w, _, z, _ = neuron()
    train = tf.train.GradientDescentOptimizer(0.5).minimize(tf.square(z), var_list=[w])
    session.run(tf.global_variables_initializer())
    play = Playground(session, [z], {x: 1.0})
    session.run(train, {x: 1.0})
    update = play.refresh()
    assert update.changed == ("w",)
    assert names(update) == ["w/read", "xw", "z"]
    assert play.value(z) == session.run(z, {x: 1.0})


def test_outputs_that_nothing_touched_are_not_fresh(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    t = tf.placeholder(tf.float32, [2], name="t")
    left, right = tf.exp(x, name="left"), tf.exp(t, name="right")
    play = Playground(session, [left, right, x], {x: 0.0, t: [1.0, 2.0]})
    update = play.set({x: [3.0, 4.0]})
    assert update.fresh == (left, x)
    np.testing.assert_array_equal(play.value(x), [3, 4])


def test_random_numbers_stay_until_they_are_drawn_again(session):
    x = tf.placeholder(tf.float32, [], name="x")
    noise = tf.random_normal([3], name="noise")
    y = tf.add(noise, x, name="y")
    scaled = tf.random_uniform([2], maxval=x, name="scaled")
    play = Playground(session, [y, scaled], {x: 1.0})
    first = play.value(y)
    update = play.set({x: 2.0})
    np.testing.assert_allclose(play.value(y), first + 1, rtol=1e-6)
    assert [op.type for op in update.effects] == ["RandomUniform"] or not update.effects
    assert play.redraw().effects
    assert not np.allclose(play.value(y), first + 1)


def test_effects_are_told(session):
    x = tf.placeholder(tf.float32, [], name="x")
    v = tf.Variable(0.0, name="v")
    session.run(v.initializer)
    with tf.control_dependencies([tf.assign_add(v, 1.0, name="count")]):
        y = tf.multiply(x, 2.0, name="y")
    play = Playground(session, [y], {x: 1.0})
    assert "count" in play.last.words
    update = play.set({x: 2.0})
    assert [op.name for op in update.effects] == ["count"]
    assert session.run(v) == 2.0


def test_loops_and_branches_run_as_a_whole(session):
    x = tf.placeholder(tf.float32, [], name="x")
    n = tf.placeholder(tf.int32, [], name="n")
    start = tf.exp(x, name="start")
    _, total = tf.while_loop(
        lambda i, _: i < n, lambda i, a: (i + 1, a * 2.0 + start), [0, start]
    )
    side = tf.cond(total > 20.0, lambda: total - start, lambda: total + start)
    play = Playground(session, [side], {x: 0.0, n: 2})
    assert play.value(side) == 8.0
    update = play.set({n: 4})
    assert "start" not in names(update)
    assert play.value(side) == session.run(side, {x: 0.0, n: 4})


def test_wrong_controls_are_refused(session):
    x, w, _, _, y = neuron()
    session.run(tf.global_variables_initializer())
    with pytest.raises(ValueError, match="The outputs need x: give it a value"):
        Playground(session, [y], {w: None})
    play = Playground(session, [y], {x: 0.0})
    with pytest.raises(ValueError, match="is neither a placeholder nor a variable"):
        play.set({3: 1.0})
    with pytest.raises(ValueError, match="is no control of this playground"):
        play.set({y: 1.0})
    with pytest.raises(ValueError, match=r"x has shape \(\); a value of shape \(2,\)"):
        play.set({x: [1.0, 2.0]})


def test_a_number_fills_a_known_shape(session):
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    play = Playground(session, [tf.reduce_sum(x)], {x: None})
    play.set({x: 3.0})
    np.testing.assert_array_equal(play.value(x), np.full((2, 2), 3.0))


def random_graph(draw):
    """Placeholders, variables, and operations on any of them."""
    values = [tf.placeholder(tf.float64, [2], name=f"x{i}") for i in range(3)]
    variables = [tf.Variable(np.ones(2) * i, name=f"v{i}") for i in range(3)]
    controls = [*values, *variables]
    values += [v.value() for v in variables]
    for _ in range(25):
        a, b = draw.choice(values), draw.choice(values)
        make = draw.choice([tf.add, tf.multiply, tf.maximum, tf.subtract])
        value = make(a, b)
        if draw.random() < 0.1:
            positive = tf.reduce_sum(a) > 0
            value = tf.cond(positive, lambda a=a: a + 1.0, lambda b=b: b * 2.0)
        values.append(tf.tanh(value))
    return controls, draw.sample(values[6:], 4)


@pytest.mark.parametrize("seed", range(12))
def test_after_any_changes_all_values_are_those_of_a_full_run(session, seed):
    draw = random.Random(seed)
    controls, outputs = random_graph(draw)
    session.run(tf.global_variables_initializer())
    play = Playground(session, outputs, dict.fromkeys(controls))
    for _ in range(10):
        changed = draw.sample(controls, draw.choice([1, 1, 2, 3]))
        play.set({c: [draw.uniform(-2, 2), draw.uniform(-2, 2)] for c in changed})
        expected = session.run(outputs, play.fed)
        for tensor, value in zip(outputs, expected, strict=True):
            np.testing.assert_array_equal(play.value(tensor), value)
