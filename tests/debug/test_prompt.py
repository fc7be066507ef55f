"""Commands as text: what they do, and what they say."""

from __future__ import annotations

import pytest

import interactive_graphs as tf
from interactive_graphs.debug.prompt import answer, literal


@pytest.fixture
def stepper():
    x = tf.placeholder(tf.float32, [2], name="x")
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.name_scope("layer"):
        s = tf.sin(tf.multiply(x, w, name="h"), name="s")
    up = tf.assign_add(w, s, name="up")
    with tf.Session() as sess:
        sess.run(w.initializer)
        yield sess.debug(tf.reduce_sum(up, name="z"), {x: [1, 2]})


def test_each_command_says_where_it_is(stepper):
    assert answer(stepper, "").startswith("paused before 'layer/h'")
    assert answer(stepper, "until after layer/s").split("\n")[-1] == (
        "  gave layer/s:0: float32 [2] [ 0.841471 -0.7568025]"
    )
    assert answer(stepper, "value layer/h").startswith("float32 [2]")
    assert answer(stepper, "break z") == "1: z (0 hits)"
    assert answer(stepper, "cont").startswith("paused before 'z' (Sum)")
    assert answer(stepper, "b") == "1: z (1 hits)"
    assert answer(stepper, "remove 1") == "There are no breakpoints."
    text = answer(stepper, "inject layer/s [0.0, 0.0]")
    assert "runs again: up" in text
    assert "a second time, with its effect: up" in text
    assert answer(stepper, "where").startswith("paused before 'up'")
    assert answer(stepper, "stop").startswith("stopped")


def test_scopes_over_and_out(stepper):
    assert answer(stepper, "step 1").startswith("paused before 'layer/h'")
    assert answer(stepper, "over").startswith("paused before 'up'")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("fly", "There is no 'fly'; say step"),
        ("until", "Say where to stop"),
        ("until nowhere", "no node, scope or loop"),
        ("value nowhere", "nowhere"),
        ("inject layer/h", "inject NAME VALUE"),
        ("inject layer/h __import__('os')", "no number, text or list"),
        ("inject layer/h [1]", "does not fit"),
        ("remove x", "number of the breakpoint"),
        ("step many", "How many steps"),
        ("help", "step [N]"),
    ],
)
def test_what_is_wrong_is_said(stepper, said, words):
    assert words in answer(stepper, said)
    assert stepper.count == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("[1, 2.5]", [1, 2.5]), ("'a'", "a"), ("inf", float("inf"))],
)
def test_literals(text, value):
    assert literal(text) == value


@pytest.mark.parametrize("text", ["x", "1 +", "f()", "[" * 500, ""])
def test_no_literals(text):
    with pytest.raises(ValueError, match="no number"):
        literal(text)
