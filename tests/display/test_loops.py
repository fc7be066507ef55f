"""Loops in pictures: what goes round is drawn upwards, and says so."""

from __future__ import annotations

import pytest

import interactive_graphs as tf
from interactive_graphs.display.legend import Legend
from interactive_graphs.display.picture import show_graph
from interactive_graphs.display.positions import place
from interactive_graphs.display.scene import BACK, DATA


@pytest.fixture
def picture():
    x = tf.placeholder(tf.float32, [], name="x")
    tf.while_loop(lambda i, a: i < 10, lambda i, a: (i + 1, a * x), (0, 1.0))
    return show_graph()


def loop_of(scene):
    (box,) = (b for b in scene.boxes() if b.frame is not None)
    return box.frame


def test_what_goes_round_is_of_a_kind_of_its_own(picture):
    edges = loop_of(picture.scene).edges
    back = {(e.tail, e.head) for e in edges if e.kind == BACK}
    assert back == {
        ("while/NextIteration", "while/Merge"),
        ("while/NextIteration_1", "while/Merge_1"),
    }
    assert {e.kind for e in edges if e.head == "while/Switch"} == {DATA}


def test_a_loop_begins_above_its_end(picture):
    frame = place(picture.scene)
    (loop,) = (b.inside for b in frame.boxes if b.inside is not None)
    height = {b.box.key: b.at[1] for b in loop.boxes}
    for suffix in ("", "_1"):
        names = ("Enter", "Merge", "Switch", "Identity", "NextIteration")
        order = [height[f"while/{name}{suffix}"] for name in names]
        assert order == sorted(order)
    assert height["while/Less"] < height["while/LoopCond"] < height["while/Switch"]


def test_the_legend_explains_it(picture):
    assert "next iteration" in picture.svg
    assert any(BACK in row for row in Legend(picture.scene, 800).rows)
    assert 'class="line back"' in picture.svg


def test_other_programs_are_told_too(picture):
    assert picture.dot.count("constraint=false") == 2


def test_a_tree_lists_a_loop(picture):
    lines = picture.text.splitlines()
    merge = "    Merge = Merge(while/Enter, while/NextIteration) → int32 (), int32 ()"
    assert merge in lines


def test_an_open_scope_inside_of_a_loop():
    def body(i):
        with tf.name_scope("inside"):
            return [tf.abs(i + 1)]

    tf.while_loop(lambda i: i < 10, body, [0])
    picture = show_graph(everything=True)
    assert picture.svg.count('class="line back"') == 2  # one is the legend's
