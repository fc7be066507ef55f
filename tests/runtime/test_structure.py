"""What a program looks like where the graph branches and loops, and what cannot be one."""

from __future__ import annotations

import re
import textwrap

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import raw
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.walk import Walk


def lines(fetches, feeds=()):
    """The lines of a program between `try:` and `return`, without comments."""
    source = tf.Session().program(fetches, feeds).source
    body = source.split("    try:\n")[1].split("        return")[0]
    bare = [re.sub(r"\s*#.*", "", line) for line in body.splitlines()]
    return textwrap.dedent("\n".join(line for line in bare if line)).splitlines()


def scalar(name, dtype=tf.float32):
    return tf.placeholder(dtype, [], name=name)


# -- conditions ------------------------------------------------------------------------


def test_a_condition_is_an_if():
    x, y = scalar("x"), scalar("y")
    z = tf.cond(x < y, lambda: x * 17.0, lambda: y + 23.0)
    assert lines(z, [x, y]) == [
        "Less = x < y",
        "if Less:",
        "    cond_Merge = x * cond_mul_y",
        "else:",
        "    cond_Merge = y + cond_add_y",
    ]


def test_neighbouring_conditions_on_one_value_become_one():
    x, p = scalar("x"), scalar("p", tf.bool)
    a = tf.cond(p, lambda: x + 1.0, lambda: x, name="a")
    b = tf.cond(p, lambda: x, lambda: x - 1.0, name="b")
    text = lines(a * b, [x, p])
    assert [line for line in text if "if" in line] == ["if p:"]


def test_what_is_between_goes_first_if_it_may():
    x, p = scalar("x"), scalar("p", tf.bool)
    a = tf.cond(p, lambda: x + 1.0, lambda: x, name="a")
    between = tf.sin(x, name="between")
    b = tf.cond(p, lambda: between, lambda: x - 1.0, name="b")
    text = lines(a * b, [x, p])
    assert text[0] == "between = _Sin(x)"
    assert text.count("if p:") == 1


def test_a_condition_on_the_result_of_another_stays_apart():
    x, p = scalar("x"), scalar("p", tf.bool)
    a = tf.cond(p, lambda: x + 1.0, lambda: x, name="a")
    b = tf.cond(p, lambda: tf.sin(a), lambda: a, name="b")
    c = tf.cond(p, lambda: tf.sin(b), lambda: b, name="c")
    assert lines(tf.sin(c), [x, p]).count("if p:") == 1  # sides need only sides
    d = tf.cond(p, lambda: x, lambda: tf.sin(tf.sin(b)), name="d")
    assert lines(d, [x, p]).count("if p:") == 1
    e = tf.cond(p, lambda: x, lambda: 1.0 * f, name="e") if (f := tf.sin(a)) is a else f
    both = tf.cond(p, lambda: e, lambda: e * 2.0)
    assert lines(both, [x, p]).count("if p:") == 2


def test_effects_keep_their_order():
    v = tf.Variable(0.0, name="v")
    p = scalar("p", tf.bool)
    first = tf.cond(p, lambda: v.assign_add(1.0), lambda: v.assign_add(2.0))
    with tf.control_dependencies([first]):
        seen = v.read_value()
    with tf.control_dependencies([seen]):
        second = tf.cond(p, lambda: v.assign_add(10.0), lambda: v.assign_add(20.0))
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([seen, second], {p: True}) == [1.0, 11.0]
        assert sess.run([seen, second], {p: False}) == [13.0, 33.0]


def test_a_known_condition_is_none():
    x = scalar("x")
    z = tf.cond(tf.constant(True), lambda: tf.sin(x), lambda: tf.cos(x))
    text = lines(z, [x])
    assert len(text) == 1
    assert "_Sin(x)" in text[0]


def test_conditions_nest():
    x = scalar("x")
    z = tf.cond(
        x > 0.0,
        lambda: tf.cond(x > 1.0, lambda: x * 2.0, lambda: x * 3.0),
        lambda: x * 4.0,
    )
    text = lines(z, [x])
    assert text[1] == "if Greater:"
    assert sum(line.startswith("    if ") for line in text) == 1
    with tf.Session() as sess:
        assert [sess.run(z, {x: v}) for v in (2, 0.5, -1)] == [4.0, 1.5, -4.0]


def test_equal_work_of_two_sides_is_not_shared():
    x, p = scalar("x"), scalar("p", tf.bool)
    z = tf.cond(p, lambda: tf.sin(x) + 1.0, lambda: tf.sin(x) - 1.0)
    outside = tf.sin(x, name="outside")
    assert sum("_Sin(" in line for line in lines(z, [x, p])) == 2
    # What is there anyway is used on both sides.
    assert sum("_Sin(" in line for line in lines([outside, z], [x, p])) >= 1
    with tf.Session() as sess:
        for value, sign in ((True, 1), (False, -1)):
            found = sess.run([outside, z], {x: 1.0, p: value})
            np.testing.assert_allclose(found, [np.sin(1), np.sin(1) + sign], 1e-6)


def test_equal_work_outside_serves_the_sides():
    x, p = scalar("x"), scalar("p", tf.bool)
    outside = tf.sin(x, name="outside")
    z = tf.cond(p, lambda: tf.sin(x) + 1.0, lambda: x)
    text = lines([outside, z], [x, p])
    assert sum("_Sin(" in line for line in text) == 1


# -- loops -----------------------------------------------------------------------------


def test_a_loop_is_a_while():
    i, a = tf.while_loop(lambda i, a: i < 5, lambda i, a: (i + 1, a * 2), (0, 1))
    text = lines([i, a])
    at = text.index("while True:")
    assert text[at + 1 :] == [
        "    if halted: halt()",
        "    while_Less = while_Merge < while_Less_y",
        "    if not while_Less: break",
        *text[at + 4 : at + 6],
        "    while_Merge, while_Merge_1 = while_add, while_mul",
        "    while_turn += 1",
    ]
    assert all(line.startswith("while_Merge") for line in text[: at - 1])


def test_what_does_not_change_is_no_variable():
    x = scalar("x")
    i, a = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a), (0, x))
    text = lines([i, a], [x])
    assert not any(line.startswith("while_Merge_1 =") for line in text)
    with tf.Session() as sess:
        assert sess.run([i, a], {x: 7.0}) == [3, 7.0]


def test_what_comes_from_outside_is_computed_outside():
    x = scalar("x")
    outer = tf.sin(x, name="outer")
    _, a = tf.while_loop(lambda i, _: i < 3, lambda i, a: (i + 1, a + outer), (0, 0.0))
    text = lines(a, [x])
    assert text[0] == "outer = _Sin(x)"


def test_equal_work_in_a_loop_is_done_before_it():
    x = scalar("x")
    outer = tf.sin(x)
    _, a = tf.while_loop(
        lambda i, _: i < 3, lambda i, a: (i + 1, a + tf.sin(x)), (0, outer)
    )
    assert sum("_Sin(" in line for line in lines(a, [x])) == 1


def test_a_large_value_is_let_go_of_after_the_loop():
    start = tf.placeholder(tf.float32, [500, 500], name="start")
    _, a = tf.while_loop(
        lambda i, a: i < 2, lambda i, a: (i + 1, tf.sin(a)), (0, start)
    )
    text = lines(tf.reduce_sum(a), [start])
    assert "while_Merge_1 = None" in text
    assert "start = None" in text
    with tf.Session() as sess:
        ones = np.ones([500, 500], np.float32)
        found = sess.run(tf.reduce_sum(a), {start: ones})
    np.testing.assert_allclose(found, np.sin(np.sin(1.0)) * 250_000, 1e-4)


def test_a_large_value_of_the_condition_lives_through_the_body():
    start = tf.placeholder(tf.float32, [200, 200], name="start")

    def body(a):
        return tf.minimum(a * 2.0, 100.0)

    a = tf.while_loop(lambda a: tf.reduce_max(tf.sqrt(a)) < 8.0, body, [start])
    with tf.Session() as sess:
        found = sess.run(a, {start: np.ones([200, 200])})
    assert found.max() == 64.0


def test_a_loop_that_nothing_needs_is_gone():
    i = tf.while_loop(lambda i: i < 5, lambda i: i + 1, [0])
    x = scalar("x")
    zero = raw.ZerosLike(i)
    assert lines(x + 1.0, [x]) == ["add = x + add_y"]
    assert "while True:" in lines(zero)


def test_names_in_a_program_are_told_apart():
    def nested(name):
        return tf.while_loop(
            lambda i, _: i < 2,
            lambda i, n: (
                i + 1,
                tf.while_loop(lambda j: j < n + 2, lambda j: j + 1, [n], name="in"),
            ),
            (0, 0),
            name=name,
        )[1]

    with tf.Session() as sess:
        assert sess.run([nested("a"), nested("a")]) == [4, 4]


def test_the_result_of_a_loop_belongs_to_the_user():
    x = tf.placeholder(tf.float32, [2], name="x")
    _, a = tf.while_loop(lambda i, a: i < 0, lambda i, a: (i + 1, a), (0, x))
    fed = np.ones(2, np.float32)
    with tf.Session() as sess:
        found = sess.run(a, {x: fed})
        found += 1
        assert fed.tolist() == [1, 1]


# -- what does not nest ----------------------------------------------------------------


def reason(fetches, feeds=()):
    walk = tf.Session().program(fetches, feeds)
    assert isinstance(walk, Walk)
    first = walk.source.splitlines()[0]
    assert first.startswith("# runs node by node: ")
    return first.removeprefix("# runs node by node: ")


def test_a_dead_fetch_is_found_node_by_node():
    x, p = scalar("x"), scalar("p", tf.bool)
    true = raw.Switch(x, p)[1] * 2.0
    assert reason(true, [x, p]) == "mul:0 is fetched from the inside"


def test_a_merge_of_three():
    x, p = scalar("x"), scalar("p", tf.bool)
    false, true = raw.Switch(x, p)
    merged = raw.Merge([false, true, true * 2.0])[0]
    assert reason(merged, [x, p]) == "Merge is no end of a condition"


def test_a_merge_of_two_conditions():
    x, p, q = scalar("x"), scalar("p", tf.bool), scalar("q", tf.bool)
    merged = raw.Merge([raw.Switch(x, p)[0], raw.Switch(x, q)[1]])[0]
    assert reason(merged, [x, p, q]) == "Merge does not join two sides of one condition"
    with tf.Session() as sess:
        assert sess.run(merged, {x: 3.0, p: False, q: False}) == 3.0


def test_a_frame_without_condition():
    exit_ = raw.Exit(raw.Enter(scalar("x"), frame_name="f"))
    assert reason(exit_, ["x:0"]) == "frame f is no loop"


def test_a_deadline_is_kept_node_by_node():
    i = tf.while_loop(lambda i: i < 5, lambda i: i + 1, [0])
    with tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=9000)) as sess:
        assert sess.program(i).plan.unstructured == (
            "it may be interrupted between two nodes"
        )


def test_conditions_that_overlap_do_compile():
    x, p, q = scalar("x"), scalar("p", tf.bool), scalar("q", tf.bool)
    both = raw.Switch(x, p)[1] + raw.Switch(x, q)[1]
    v = tf.Variable(0.0)
    target = v.assign_add(both).op
    with tf.Session() as sess:
        assert isinstance(sess.program(target, [x, p, q]), Program)
        sess.run(v.initializer)
        for a in (True, False):
            for b in (True, False):
                sess.run(target, {x: 1.0, p: a, q: b})
        assert sess.run(v) == 2.0


@pytest.mark.parametrize("value", [True, False])
def test_a_target_on_a_side_not_taken_is_skipped(value):
    p = scalar("p", tf.bool)
    v = tf.Variable(0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        true = raw.Switch(tf.constant(1), p)[1]
        sess.run(v.assign(true).op, {p: value})
        assert sess.run(v) == int(value)
