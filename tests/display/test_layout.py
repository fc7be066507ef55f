import shutil
import subprocess

import pytest

from interactive_graphs.display import layout
from interactive_graphs.display.picture import Picture
from interactive_graphs.display.view import view
from tests.display.fakes import product

LINE = "digraph { a [shape=box]; b [shape=box]; a -> b [id=e0] }"


@pytest.fixture(autouse=True)
def empty_cache():
    layout._cache.clear()


@pytest.fixture
def no_binary(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)


@pytest.fixture
def no_packages(monkeypatch):
    def load(name):
        raise ImportError(name)

    monkeypatch.setattr(layout.lazy, "load", load)


def test_the_binary_is_taken_where_it_is():
    if not shutil.which("dot"):
        pytest.skip("there is no dot binary")
    assert layout.engine_name() == "dot"
    (found,) = layout.positions([LINE])
    assert [one["name"] for one in found["objects"]] == ["a", "b"]


def test_without_it_webassembly_does_the_same(no_binary):
    assert layout.engine_name() == "wasm"
    (found,) = layout.positions([LINE])
    assert [one["name"] for one in found["objects"]] == ["a", "b"]
    assert found["edges"][0]["id"] == "e0"


@pytest.mark.parametrize("engine", ["dot", "wasm"])
def test_several_graphs_come_back_in_order(engine):
    if engine == "dot" and not shutil.which("dot"):
        pytest.skip("there is no dot binary")
    sources = [f"digraph {{ {name} }}" for name in "abc"]
    found = layout.positions(sources, engine)
    assert [graph["objects"][0]["name"] for graph in found] == ["a", "b", "c"]


def test_a_graph_is_laid_out_once(monkeypatch):
    first = layout.positions([LINE], "wasm")
    monkeypatch.setattr(layout, "_by_wasm", None)
    assert layout.positions([LINE], "wasm") == first


def test_without_any_graphviz_a_picture_is_its_text(no_binary, no_packages):
    assert layout.engine_name() == ""
    picture = Picture(view(product()))
    bundle = picture.bundle()
    assert "image/svg+xml" not in bundle
    assert bundle["text/html"].startswith("<pre>Graph: 3 operations")
    assert "graphviz" in bundle["text/html"]
    assert bundle["text/plain"] == picture.text


@pytest.mark.parametrize("engine", ["dot", "wasm"])
def test_errors_of_graphviz_are_layout_errors(engine):
    if engine == "dot" and not shutil.which("dot"):
        pytest.skip("there is no dot binary")
    with pytest.raises(layout.LayoutError, match="failed"):
        layout.positions(["digraph {"], engine)


def test_a_binary_that_hangs_is_given_up(monkeypatch):
    def run(*args, timeout, **kwargs):
        raise subprocess.TimeoutExpired(args, timeout)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(layout.LayoutError, match="more than 10 seconds"):
        layout.positions([LINE], "dot")


def test_the_cache_forgets_the_oldest(monkeypatch):
    monkeypatch.setattr(layout, "_KEPT", 2)
    layout.positions([f"digraph {{ {name} }}" for name in "abc"], "wasm")
    assert [source for _, source in layout._cache] == ["digraph { b }", "digraph { c }"]


def test_without_any_graphviz_the_error_says_so(no_binary, no_packages):
    with pytest.raises(layout.LayoutError, match="There is no Graphviz"):
        layout.positions([LINE])


def test_webassembly_is_compiled_ahead_where_it_will_draw(no_binary):
    layout.warm_up().join()
    assert [engine for engine, _ in layout._cache] == ["wasm"]


def test_nothing_is_compiled_ahead_where_the_binary_is():
    if not shutil.which("dot"):
        pytest.skip("there is no dot binary")
    assert layout.warm_up() is None
