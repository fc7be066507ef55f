import json

import pytest

import interactive_graphs as tf
from interactive_graphs.display import Picture, show_graph


@pytest.fixture
def picture():
    return show_graph(tf.add(tf.constant(1.0, name="a"), 2.0, name="sum"))


@pytest.mark.parametrize(
    ("ending", "start"),
    [
        ("svg", "<svg "),
        ("html", "<!doctype html>"),
        ("dot", "digraph {"),
        ("txt", "sum:0  float32 (): 3 operations"),
        ("json", "{"),
    ],
)
def test_the_ending_says_what_is_saved(picture, tmp_path, ending, start):
    path = picture.save(tmp_path / f"graph.{ending}")
    assert path.read_text(encoding="utf-8").startswith(start)


def test_json_is_the_scene(picture, tmp_path):
    scene = json.loads(picture.save(tmp_path / "graph.json").read_text())
    assert [box["label"] for box in scene["frame"]["boxes"]] == ["a", "sum"]


def test_another_ending_is_refused_with_those_there_are(picture, tmp_path):
    with pytest.raises(
        ValueError, match=r"\.svg, \.png, \.html, \.dot, \.txt and \.json"
    ):
        picture.save(tmp_path / "graph.xyz")


def test_the_default_graph_is_shown_when_nothing_is_asked_for():
    tf.constant(1.0, name="here")
    assert "here = Const 1.0" in repr(show_graph())


def test_one_scope_may_be_given_as_a_string():
    with tf.name_scope("scope"):
        tf.constant(1.0, name="inner")
    assert isinstance(show_graph(open="scope"), Picture)
    assert repr(show_graph(scope="scope")).startswith("Graph: scope: 1 operation")


def test_a_real_graph_of_a_thousand_operations_stays_small():
    x = tf.placeholder(tf.float32, [2])
    for number in range(100):
        with tf.name_scope(f"block{number}"):
            for _ in range(10):
                x = tf.tanh(x)
    picture = show_graph()
    assert sum(1 for _ in picture.scene.boxes()) < 40
    assert len(picture.svg) < 40_000
