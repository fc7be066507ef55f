"""The second run of equal fetches and feeds, which takes a short cut, gives the same."""

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import interactive_graphs as tf

Pair = namedtuple("Pair", ["first", "second"])


@pytest.fixture
def step():
    """A session, a fed scalar and two tensors that depend on it."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [], name="x")
        yield sess, x, x * 2.0, x + 1.0


def runs(sess, fetches, feed_dict=None):
    """What three runs gave, the first careful and the others quick; they are equal."""
    found = [sess.run(fetches, feed_dict) for _ in range(3)]
    assert [type(f) for f in found] == [type(found[0])] * 3
    assert found[0] == found[1] == found[2]
    return found[2]


@pytest.fixture
def careful_runs(monkeypatch):
    """How many runs did not take the short cut."""
    counted = []
    careful = tf.Session._run_carefully

    def count(*args):
        counted.append(args)
        return careful(*args)

    monkeypatch.setattr(tf.Session, "_run_carefully", count)
    return counted


@pytest.mark.parametrize(
    ("structure", "expected"),
    [
        (lambda a, b: a, 6.0),
        (lambda a, b: a.name, 6.0),
        (lambda a, b: [a, b], [6.0, 4.0]),
        (lambda a, b: [b, a, b], [4.0, 6.0, 4.0]),
        (lambda a, b: (a, b), (6.0, 4.0)),
        (lambda a, b: (a, b.op), (6.0, None)),
        (lambda a, b: {"a": a, "b": b}, {"a": 6.0, "b": 4.0}),
        (lambda a, b: {2: b, 1: a}, {2: 4.0, 1: 6.0}),
    ],
)
def test_flat_fetches_take_the_short_cut(step, careful_runs, structure, expected):
    sess, x, a, b = step
    assert runs(sess, structure(a, b), {x: 3.0}) == expected
    # The first compiles nothing, the second keeps a program for the third.
    assert len(careful_runs) == 2


def test_structures_of_the_same_tensors_keep_their_types(step):
    sess, x, a, b = step
    for _ in range(2):
        for fetches in ([a, b], (a, b), Pair(a, b), {"a": a, "b": b}):
            assert type(sess.run(fetches, {x: 3.0})) is type(fetches)
    ordered = runs(sess, OrderedDict([("b", b), ("a", a)]), {x: 3.0})
    assert list(ordered.items()) == [("b", 4.0), ("a", 6.0)]


def test_a_dictionary_has_the_keys_of_this_run(step):
    sess, x, a, b = step
    assert sess.run({"p": a, "q": b}, {x: 3.0}) == {"p": 6.0, "q": 4.0}
    assert sess.run({"r": a, "s": b}, {x: 3.0}) == {"r": 6.0, "s": 4.0}


def test_nested_and_flat_fetches_are_told_apart(step):
    sess, x, a, b = step
    for _ in range(2):
        assert sess.run([a, b], {x: 3.0}) == [6.0, 4.0]
        assert sess.run([[a, b]], {x: 3.0}) == [[6.0, 4.0]]
        assert sess.run((a, (b,)), {x: 3.0}) == (6.0, (4.0,))
        assert sess.run([a], {x: 3.0}) == [6.0]
        assert sess.run(a, {x: 3.0}) == 6.0


@pytest.mark.parametrize(
    "value",
    [3.0, 3, np.float32(3), np.float64(3), np.array(3, np.float32), np.array(3), True],
)
def test_every_kind_of_scalar_is_taken(step, value):
    sess, x, a, _ = step
    found = runs(sess, a, {x: value})
    assert found == 2.0 * float(value)
    assert type(found) is np.float32


@pytest.mark.parametrize(
    ("dtype", "value", "kind"),
    [
        (tf.bool, True, np.bool_),
        (tf.bool, np.True_, np.bool_),
        (tf.int32, 3, np.int32),
        (tf.int32, np.int32(3), np.int32),
        (tf.int64, 2**40, np.int64),
        (tf.float64, np.float64(3), np.float64),
        (tf.half, np.float16(3), np.float16),
    ],
)
def test_scalars_of_other_types(dtype, value, kind):
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(dtype, [])
        found = runs(sess, tf.identity(x), {x: value})
    assert found == value
    assert type(found) is kind


def test_wrong_values_are_refused_by_the_short_cut_too(step):
    sess, x, a, _ = step
    sess.run(a, {x: 3.0})
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        sess.run(a, {x: [1.0, 2.0]})
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        sess.run(a, {x: np.ones([1], np.float32)})
    with pytest.raises(ValueError, match="could not convert string to float"):
        sess.run(a, {x: "three"})
    assert sess.run(a, {x: 3.0}) == 6.0
