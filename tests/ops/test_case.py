"""`tf.case`: Q15 and Q16 of the checklist, and its errors."""

from __future__ import annotations

from collections import OrderedDict

import pytest

import interactive_graphs as tf

InvalidArgument = tf.errors.InvalidArgumentError


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


@pytest.fixture
def x():
    return tf.placeholder(tf.int32, [], name="x")


def at(fetches, *values):
    """What a fetch gives for several x."""
    with tf.Session() as sess:
        return [sess.run(fetches, {"x:0": value}) for value in values]


def pairs(x, *limits):
    return [(tf.less(x, k), lambda k=k: x * 0 + k) for k in limits]


def test_Q15_the_first_that_holds_and_the_default(x):
    found = tf.case(pairs(x, 1, 2, 3), default=lambda: -x)
    assert at(found, 0, 1, 2, 3, 7) == [1, 2, 3, -3, -7]


def test_Q15_none_holds(x):
    found = tf.case(pairs(x, 1, 2))
    assert at(found, 0, 1) == [1, 2]
    with pytest.raises(InvalidArgument) as caught:
        at(found, 5)
    assert caught.value.message.startswith(
        "assertion failed: [Input error: None of conditions evaluated as True:] [0 0]"
    )


def test_an_outer_tensor_and_a_number_do_not_escape_the_check(x):
    outer = tf.constant(4)
    for found in (
        tf.case([(x < 1, lambda: 1), (x < 2, lambda: 2)]),
        tf.case([(x < 1, lambda: outer), (x < 2, lambda: outer)]),
        tf.case([(x < 1, lambda: outer)]),
    ):
        assert at(found, 0)[0] in (1, 4)
        with pytest.raises(InvalidArgument, match="None of conditions"):
            at(found, 2)


def test_Q16_two_hold(x):
    found = tf.case(pairs(x, 1, 2), default=lambda: x, exclusive=True)
    assert at(found, 1, 2) == [2, 2]
    with pytest.raises(InvalidArgument) as caught:
        at(found, 0)
    assert caught.value.message.startswith(
        "assertion failed: [Input error: exclusive=True: more than 1 conditions "
        "(Less:0, Less_1:0) evaluated as True:] [1 1]"
    )


def test_the_last_condition_is_checked_without_a_default_too(x):
    found = tf.case(pairs(x, 1, 2), exclusive=True)
    assert at(found, 1) == [2]
    with pytest.raises(InvalidArgument, match="more than 1 conditions"):
        at(found, 0)
    with pytest.raises(InvalidArgument, match="None of conditions"):
        at(found, 2)


def test_only_the_function_chosen_has_effects(x):
    v = tf.Variable(0)
    found = tf.case(
        [(x < 1, lambda: v.assign_add(1)), (x < 2, lambda: v.assign_add(10))],
        default=lambda: v.assign_add(100),
    )
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert [sess.run(found, {x: k}) for k in (0, 1, 5, 1)] == [1, 11, 111, 121]


def test_dictionaries(x, caplog):
    one, two = tf.less(x, 2, name="b"), tf.less(x, 1, name="a")
    by_name = {one: lambda: 1, two: lambda: 2}
    assert at(tf.case(by_name, default=lambda: 3), 0) == [2]
    assert "An unordered dictionary of predicate/fn pairs" in caplog.text
    in_order = OrderedDict(by_name)
    assert at(tf.case(in_order, default=lambda: 3), 0, 5) == [1, 3]


def test_structures_and_strict(x):
    found = tf.case([(x < 1, lambda: [1])], default=lambda: [2], strict=True)
    assert at(found, 0, 1) == [[1], [2]]
    found = tf.case([(x < 1, lambda: {"a": 1})], default=lambda: {"a": 2})
    assert at(found, 0, 1) == [{"a": 1}, {"a": 2}]
    ran = tf.case([(x < 1, tf.no_op)], exclusive=True)
    assert at(ran, 0) in ([None], [True])


def test_no_pairs_and_a_default(x):
    calls = []
    found = tf.case([], default=lambda: calls.append(1) or x + 1, exclusive=True)
    assert at(found, 4) == [5]
    assert calls == [1]


def test_names(x):
    assert tf.case(pairs(x, 1), default=lambda: x).name == "case/cond/Merge:0"
    named = tf.case(pairs(x, 1), default=lambda: x, name="pick")
    assert named.name == "pick/cond/Merge:0"


BAD = [
    (lambda x: tf.case(3), TypeError, "fns must be a list, tuple, or dict"),
    (
        lambda x: tf.case([3]),
        TypeError,
        "Each entry in pred_fn_pairs must be a 2-tuple",
    ),
    (
        lambda x: tf.case([(x < 1, int, 3)]),
        TypeError,
        "Each entry in pred_fn_pairs must be a 2-tuple",
    ),
    (
        lambda x: tf.case([(True, int)]),
        TypeError,
        "pred must be a Tensor, got: True",
    ),
    (
        lambda x: tf.case([(tf.constant(1), int)]),
        TypeError,
        "pred must be Tensor of type bool: Const:0",
    ),
    (
        lambda x: tf.case([(tf.constant(True), 3)]),
        TypeError,
        "fn for pred Const:0 must be callable.",
    ),
    (
        lambda x: tf.case([(x < 1, int)], default=3),
        TypeError,
        "false_fn must be callable.",
    ),
    (lambda x: tf.case([]), ValueError, "case needs a pair or a default"),
    (
        lambda x: tf.case([(x < 1, lambda: 1.0)], default=lambda: 1),
        ValueError,
        "Outputs of true_fn and false_fn must have the same type: float32, int32",
    ),
]


@pytest.mark.parametrize(("make", "error", "words"), BAD)
def test_bad_arguments(x, make, error, words):
    with pytest.raises(error) as caught:
        make(x)
    assert words in str(caught.value)


def test_gradients_flow_through_the_function_chosen():
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.case(
        [(x < 1, lambda: x * x), (x < 2, lambda: 3.0 * x)], default=lambda: x * 0.5
    )
    assert at(tf.gradients(y, x)[0], 0.25, 1.5, 4.0) == [0.5, 3, 0.5]
