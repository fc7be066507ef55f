import shutil
import subprocess

import pytest

from interactive_graphs.display.dot import to_dot
from interactive_graphs.display.view import view
from tests.display.fakes import FakeGraph, classifier, hostile, product


def drawn(dot):
    if not shutil.which("dot"):
        pytest.skip("there is no dot binary")
    return subprocess.run(
        ["dot", "-Tsvg"], input=dot, capture_output=True, encoding="utf-8", check=True
    )


def test_dot_has_boxes_edges_and_shapes():
    dot = to_dot(view(product()))
    assert dot.startswith("digraph {")
    assert r'label="a\n5.0" shape=ellipse' in dot
    assert dot.count("->") == 2
    assert 'label="float32 ()"' in dot


def test_open_scopes_are_clusters():
    dot = to_dot(view(classifier(2), open=["layer1"]))
    assert "subgraph cluster_" in dot
    assert "label=layer1" in dot


def test_graphviz_draws_it_without_a_word():
    for scene in (
        view(product()),
        view(classifier(), open=["layer1", "layer2"]),
        view(classifier(), scope="layer2"),
    ):
        assert drawn(to_dot(scene)).stderr == ""


def test_hostile_names_are_no_html_and_no_escapes():
    svg = drawn(to_dot(view(hostile(), everything=True))).stdout
    assert "<script" not in svg
    assert "&lt;b&gt;" in svg
    assert "\\N\\G\\l" in svg


def test_a_name_in_angle_brackets_is_a_name():
    graph = FakeGraph()
    graph.placeholder("<i>")
    assert 'label="<i>' in to_dot(view(graph))
