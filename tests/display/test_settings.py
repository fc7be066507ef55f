"""What is open, hidden or aside, told from code and remembered by the graph."""

from __future__ import annotations

import gc
import weakref

import pytest

import interactive_graphs as tf
from interactive_graphs.display import show_graph
from interactive_graphs.display.settings import Settings
from interactive_graphs.display.view import view
from tests.display.fakes import chain, classifier


@pytest.fixture
def graph():
    x = tf.placeholder(tf.float32, [2], name="x")
    for number in range(4):
        with tf.name_scope(f"layer{number}"):
            x = tf.nn.relu(tf.tanh(x))
    with tf.name_scope("summaries"):
        tf.identity(x, name="copy")
    return tf.get_default_graph()


def keys(picture):
    return {box.key for box in picture.scene.boxes()}


def test_settings_belong_to_the_graph(graph):
    graph.view.hide("x")
    assert graph.view is graph.view
    assert "x" not in keys(show_graph(graph))
    with tf.Graph().as_default() as other:
        tf.placeholder(tf.float32, name="x")
    assert "x" in keys(show_graph(other))


def test_every_picture_follows_them(graph):
    graph.view.hide("layer2")
    assert "layer2" not in keys(show_graph("summaries/copy"))
    bundle = graph._repr_mimebundle_()
    assert "2 operations hidden" in bundle["text/plain"]


def test_settings_do_not_keep_a_graph_alive():
    with tf.Graph().as_default() as graph:
        tf.placeholder(tf.float32, name="x")
    graph.view.hide("y")
    show_graph(graph).text  # noqa: B018 - makes what could keep it
    alive = weakref.ref(graph)
    del graph
    gc.collect()
    assert alive() is None


def test_opened_scopes_open_whatever_the_budget(graph):
    graph.view.open("layer1")
    picture = show_graph(graph, budget=1)
    assert {"layer1/Relu", "layer2"} <= keys(picture)
    assert "layer2/Relu" not in keys(picture)
    graph.view.close("layer1")
    assert "layer1/Relu" not in keys(show_graph(graph, budget=1))


def test_a_scope_that_is_not_there_is_a_note_and_no_error(graph):
    graph.view.open("nowhere")
    assert "nothing to open by the name of nowhere" in show_graph(graph).scene.notes
    # It may come later, or be in another part of the graph.
    with tf.name_scope("nowhere"):
        tf.constant(1.0)
        tf.constant(2.0)
    assert "nowhere/Const" in keys(show_graph(graph, budget=1))


def test_what_is_hidden_is_counted(graph):
    graph.view.hide("layer*", type="Placeholder")
    picture = show_graph(graph)
    assert keys(picture) == {"summaries", "summaries/copy"}
    assert "9 operations hidden" in picture.scene.notes


def test_op_types_are_hidden_by_pattern(graph):
    graph.view.hide(type=["*anh", "Rel?"])
    assert keys(show_graph(graph)) == {"x", "summaries", "summaries/copy"}


def test_one_scope_alone(graph):
    graph.view.only("layer1", "layer3/Relu")
    assert keys(show_graph(graph)) == {
        *("layer1", "layer1/Tanh", "layer1/Relu"),
        *("layer3", "layer3/Relu"),
    }


def test_what_was_hidden_can_be_shown_again(graph):
    before = keys(show_graph(graph))
    graph.view.hide("layer*", "x", type="Identity").only("layer0").aside("layer1")
    graph.view.show("x")
    assert graph.view.hidden == ["layer*"]
    graph.view.show(type="Identity")
    assert graph.view.hidden_types == []
    assert graph.view.shown_alone == ["layer0"]
    graph.view.show()
    assert keys(show_graph(graph)) == before


def test_a_scope_is_set_aside():
    settings = Settings().aside("layer2/")
    scene = view(classifier(), settings=settings)
    aside = {one.box.key: one for one in scene.frame.aside}
    assert "layer2" in aside
    assert not any("layer2" in (e.tail, e.head) for e in scene.frame.edges)
    marked = {box.key for box in scene.boxes() if aside["layer2"].letter in box.marks}
    # On what is inside of the open scope around it.
    assert marked & {"layer1/Relu", "layer1"}


def test_what_is_opened_is_not_set_aside():
    assert "gradients" in {o.box.key for o in view(classifier(4)).frame.aside}
    scene = view(classifier(4), settings=Settings().open("gradients"))
    assert "gradients" not in {one.box.key for one in scene.frame.aside}
    (box,) = (box for box in scene.boxes() if box.key == "gradients")
    assert box.frame is not None


def test_series_fold_when_asked(graph):
    assert "layer0 … layer3 (4 equal)" in show_graph(graph, series=True).text
    assert "equal)" not in show_graph(graph).text
    graph.view.fold_series()
    assert "(4 equal)" in show_graph(graph).text


def test_names_are_compared_as_a_whole_and_scope_by_scope():
    settings = Settings(hidden=["add_1", "add_2?"])
    left = {op.name for op in settings.shown(chain(40))}
    assert "add_1" not in left
    assert "add_25" not in left
    assert {"add_2", "add_10", "add_11"} <= left


def test_a_name_with_brackets_is_a_name(graph):
    graph.view.hide("[", "(")
    assert "x" in keys(show_graph(graph))


def test_settings_say_what_they_are():
    settings = Settings()
    assert repr(settings).startswith("nothing set")
    settings.open("a").hide("b", type="C").only("d").aside("e").fold_series()
    assert repr(settings) == (
        "open: a; hidden: b; hidden op types: C; nothing but: d; aside: e; "
        "equal scopes folded"
    )
    assert settings.to_json() == {
        "open": ["a"],
        "hidden": ["b"],
        "aside": ["e"],
        "types": ["C"],
        "only": ["d"],
        "series": True,
    }
    assert settings.reset() == Settings()


def test_a_name_is_kept_once():
    assert Settings().open("a", "a/").open("a").opened == ["a"]
