"""`graph.save`: one picture, many files."""

from __future__ import annotations

import base64
import gzip
import json
import re
import struct

import pytest

import interactive_graphs as tf
from interactive_graphs._util import lazy
from interactive_graphs.display import layout, show_graph
from interactive_graphs.display.saving import ZOOM


@pytest.fixture
def graph():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    for number in range(2):
        with tf.name_scope(f"layer{number}"):
            x = tf.nn.relu(tf.matmul(x, tf.ones([3, 3])))
    tf.reduce_sum(x, name="sum")
    return tf.get_default_graph()


def saved(page):
    """The data of a page."""
    packed, data = re.search(
        r'class="ig-saved" type="application/json"( data-packed="gzip")?>([^<]*)<', page
    ).groups()
    return json.loads(gzip.decompress(base64.b64decode(data)) if packed else data)


@pytest.mark.parametrize(
    ("ending", "start"),
    [
        ("svg", b"<svg "),
        ("png", b"\x89PNG"),
        ("html", b"<!doctype html>"),
        ("htm", b"<!doctype html>"),
        ("dot", b"digraph {"),
        ("gv", b"digraph {"),
        ("txt", b"Graph: "),
        ("json", b"{"),
    ],
)
def test_the_ending_says_what_is_saved(graph, tmp_path, ending, start):
    if ending == "png":
        pytest.importorskip("resvg_py")
    path = graph.save(tmp_path / f"graph.{ending}")
    assert path.read_bytes().startswith(start)


def test_a_png_is_as_large_as_the_picture(graph, tmp_path):
    pytest.importorskip("resvg_py")
    data = graph.save(tmp_path / "graph.png").read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    size = re.search(r'width="(\d+)" height="(\d+)"', show_graph(graph).svg)
    assert (width, height) == (ZOOM * int(size[1]), ZOOM * int(size[2]))


def test_a_missing_library_is_named(graph, tmp_path, monkeypatch):
    load = lazy.load

    def missing(name, extra=None):
        return load("resvg_py_that_is_not_there" if name == "resvg_py" else name, extra)

    monkeypatch.setattr(lazy, "load", missing)
    with pytest.raises(ImportError, match=r"interactive_graphs\[png\]"):
        graph.save(tmp_path / "graph.png")
    assert not (tmp_path / "graph.png").exists()


def test_options_are_those_of_show_graph(graph, tmp_path):
    text = graph.save(tmp_path / "g.txt", scope="layer1", color="type").read_text()
    assert text.startswith("Graph: layer1: ")
    assert "type: MatMul" in text


def test_a_page_holds_the_model_and_opens_what_the_picture_shows(graph, tmp_path):
    graph.view.hide("sum")
    page = graph.save(tmp_path / "g.html", open="layer1", budget=1).read_text()
    (view,) = saved(page)["views"]
    assert view["_view"] == "graph"
    assert view["opened"] == ["layer1"]
    assert set(view["model"]["frames"]) >= {"", "layer0", "layer1"}
    assert "sum" not in view["model"]["ops"]["name"]
    assert view["model"]["settings"]["hidden"] == ["sum"]


def test_a_page_of_one_scope_holds_the_whole_graph(graph, tmp_path):
    page = graph.save(tmp_path / "g.html", scope="layer1").read_text()
    (view,) = saved(page)["views"]
    assert view["opened"] == ["layer1"]
    assert view["selected"] == "layer1"
    assert view["model"]["parents"]["layer0"] == ""


def test_a_page_has_the_overlay(graph, tmp_path):
    page = graph.save(tmp_path / "g.html", color="dtype").read_text()
    (view,) = saved(page)["views"]
    assert view["overlay"]["title"] == "dtype"
    assert len(view["overlay"]["values"]) == len(view["model"]["ops"]["name"])


def test_a_page_has_a_picture_for_who_runs_no_scripts(graph, tmp_path):
    page = graph.save(tmp_path / "g.html").read_text()
    assert 'src="data:image/svg+xml;base64,' in page
    assert "x = Placeholder" in page


def test_a_page_needs_no_graphviz(graph, tmp_path, monkeypatch):
    def none(*_):
        raise layout.LayoutError("on purpose")

    monkeypatch.setattr(layout, "positions", none)
    page = graph.save(tmp_path / "g.html").read_text()
    assert saved(page)["views"]
    assert "x = Placeholder" in page


def test_a_name_that_no_encoding_holds_is_saved(tmp_path):
    from interactive_graphs.display.picture import Picture
    from interactive_graphs.display.view import view
    from tests.display.fakes import FakeGraph

    graph = FakeGraph()
    graph.placeholder("half \ud800 pair")
    picture = Picture(view(graph))
    for ending in ("svg", "html", "dot", "txt", "json"):
        assert picture.save(tmp_path / f"g.{ending}").read_text(encoding="utf-8")
