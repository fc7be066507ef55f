"""The Python side of the living graph: traits, methods, answers, the static form."""

import gc
import json
import weakref

import pytest

import interactive_graphs as tf
from interactive_graphs.display.book import UnknownScopeError
from interactive_graphs.widgets import graph_view
from interactive_graphs.widgets.graph_view import GraphView


@pytest.fixture
def graph():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        with tf.name_scope("layer1"):
            w = tf.Variable(tf.ones([4, 3]), name="w")
            hidden = tf.nn.relu(tf.matmul(x, w), name="hidden")
            with tf.name_scope("deep"):
                tf.square(hidden, name="square")
        with tf.name_scope("layer2"):
            tf.reduce_sum(hidden, name="total")
    return graph


@pytest.fixture
def view(graph):
    view = graph.widget(budget=0)
    yield view
    view.close()


@pytest.fixture
def sent(view, monkeypatch):
    """What the view says to the browser."""
    messages = []
    monkeypatch.setattr(view, "send", lambda content, _=None: messages.append(content))
    return messages


def ask(view, sent, **question):
    view._handle_custom_msg({"number": 1, **question}, [])
    return sent[-1]


def test_it_opens_what_a_picture_would(graph):
    view = graph.widget()
    assert view.opened[:2] == ["layer1", "layer2"]
    assert graph.widget(budget=0).opened == []
    assert graph.widget(budget=0, open="layer1/deep").opened == [
        "layer1",
        "layer1/deep",
    ]


def test_a_scope_that_is_asked_for_is_open_and_selected(graph):
    view = graph.widget(budget=0, scope="layer2")
    assert (view.opened, view.selected) == (["layer2"], "layer2")


def test_it_takes_what_a_picture_takes(graph):
    total = graph.get_tensor_by_name("layer2/total:0")
    names = GraphView([total]).model["ops"]["name"]
    assert "layer1/hidden" in names
    assert "layer1/deep/square" not in names
    with graph.as_default():
        assert GraphView("layer2/total").model["ops"]["name"] == names
    with pytest.raises(TypeError):
        GraphView(3.5)


def test_it_follows_what_the_graph_was_told_to_hide(graph):
    graph.view.hide("layer2")
    assert "layer2/total" not in graph.widget().model["ops"]["name"]
    assert "x" not in graph.widget(hide="x").model["ops"]["name"]


def test_scopes_open_with_those_around_them_and_close_with_those_inside(view):
    view.open_scope("layer1/deep", "layer2")
    assert view.opened == ["layer1", "layer1/deep", "layer2"]
    view.open_scope("layer1")
    assert view.opened == ["layer1", "layer1/deep", "layer2"]
    view.close_scope("layer1")
    assert view.opened == ["layer2"]
    view.open_scope("layer1")
    view.close_scope()
    assert view.opened == []


def test_an_unknown_scope_is_named(view):
    with pytest.raises(UnknownScopeError, match="'layer3'"):
        view.open_scope("layer3")
    with pytest.raises(UnknownScopeError):
        view.open_scope("layer2/total")


def test_selection_takes_tensors_operations_and_names(view, graph):
    hidden = graph.get_tensor_by_name("layer1/hidden:0")
    for target in (hidden, hidden.op, "layer1/hidden", "layer1/hidden:0"):
        view.select(None)
        assert view.selected == ""
        view.select(target)
        assert view.selected == "layer1/hidden"
    view.select("layer1")
    assert view.selected == "layer1"
    with pytest.raises(ValueError):
        view.select("layer9")


def test_reveal_opens_what_is_around(view, graph):
    view.reveal(graph.get_tensor_by_name("layer1/deep/square:0"))
    assert (view.opened, view.selected) == (
        ["layer1", "layer1/deep"],
        "layer1/deep/square",
    )
    view.reveal("layer2")
    assert view.selected == "layer2"


def test_colours_are_overlays(view):
    view.colour("dtype")
    values = dict(zip(view.model["ops"]["name"], view.overlay["values"], strict=True))
    assert values["layer1/w"] == values["x"] == "float32"
    view.color(None)
    assert view.overlay == {}
    view.colour({"title": "mine", "values": {"x": 2.0}})
    assert view.overlay["kind"] == "scale"
    with pytest.raises(ValueError, match="dtype"):
        view.colour("taste")


def test_time_is_offered_once_a_run_is_known(view, graph):
    assert view.colours == ["device", "dtype", "type"]
    with pytest.raises(ValueError, match="RunMetadata"):
        view.colour("time")
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    with tf.Session(graph=graph) as session:
        session.run("layer1/w/Assign:0")
        feeds = {"x:0": [[1.0] * 4]}
        session.run("layer2/total:0", feeds, options, metadata)
    view.colour("time", metadata)
    assert view.overlay["unit"] == "us"
    assert sum(value or 0 for value in view.overlay["values"]) > 0
    assert "memory" in view.colours
    view.colour("memory")
    assert view.overlay["title"] == "memory"


def test_values_are_short_words_on_operations(view, graph):
    hidden = graph.get_tensor_by_name("layer1/hidden:0")
    view.show_values({hidden: 0.25, "x": "paused at the\nfirst of many places"})
    assert view.marks["layer1/hidden"] == "0.25"
    assert len(view.marks["x"]) <= 16
    assert view.marks["x"].isprintable()
    view.show_values({})
    assert view.marks == {}


def test_refresh_shows_a_graph_that_grew(view, graph):
    view.open_scope("layer1")
    view.show_values({"x": 1})
    view.colour("type")
    with graph.as_default(), tf.name_scope("layer3"):
        tf.constant(1.0, name="new")
    graph.view.hide("layer2")
    view.refresh()
    names = view.model["ops"]["name"]
    assert "layer3/new" in names
    assert "layer2/total" not in names
    assert view.opened == ["layer1"]
    assert view.marks == {"x": "1"}
    assert len(view.overlay["values"]) == len(names)


def test_frames_are_answered(view, sent):
    answer = ask(view, sent, ask="frame", key="layer1/deep")
    assert [box["key"] for box in answer["frame"]["boxes"]] == ["layer1/deep/square"]
    assert "error" in ask(view, sent, ask="frame", key="nowhere")
    assert "error" in ask(view, sent, ask="weather")


def test_details_gradients_and_values_are_answered(view, sent):
    answer = ask(view, sent, ask="details", name="layer1/hidden")
    assert ["T", "float32"] in answer["attrs"]
    assert "error" in ask(view, sent, ask="details", name="gone")
    trainable = ask(view, sent, ask="gradients")["trainable"]
    assert [view.model["ops"]["name"][op] for op in trainable] == ["layer1/w"]
    assert ask(view, sent, ask="search_values", text="1")["hits"]


def test_colours_are_answered_by_the_trait(view, sent):
    assert "error" not in ask(view, sent, ask="overlay", by="type")
    assert view.overlay["title"] == "type"
    assert "RunMetadata" in ask(view, sent, ask="overlay", by="time")["error"]


def test_the_browser_opens_and_selects(view):
    view.set_state({"opened": ["layer1"], "selected": "x", "height": 300})
    assert (view.opened, view.selected, view.height) == (["layer1"], "x", 300)


def test_a_large_graph_comes_in_pieces(graph, monkeypatch):
    monkeypatch.setattr(graph_view, "LARGE", 3)
    view = graph.widget(budget=0, open="layer1")
    assert view.model["partial"]
    assert set(view.model["frames"]) == {"", "layer1"}
    assert set(view.model["scopes"]) == {"layer1", "layer2", "layer1/w", "layer1/deep"}
    assert view.model["ops"]["name"] == []
    boxes = {
        box["key"] for frame in view.model["frames"].values() for box in frame["boxes"]
    }
    assert boxes <= set(view.model["parents"])
    view._handle_custom_msg({"ask": "rest", "number": 1}, [])
    assert "partial" not in view.model
    assert "x" in view.model["ops"]["name"]
    assert set(view.model["frames"]) == {"", "layer1"}


def test_the_model_goes_as_one_text(view):
    state = view.get_state("model")
    assert json.loads(state["model"]) == view.model


def test_without_widgets_it_is_the_picture(view):
    bundle = view._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"].startswith("Graph")
    assert bundle["image/svg+xml"].startswith("<svg")
    assert view.fallback() == view.fallback()


def test_hostile_names_stay_data(graph):
    with graph.as_default():
        tf.constant("<script>alert(1)</script>", name="s")
    view = graph.widget()
    box = next(b for b in view.model["frames"][""]["boxes"] if b["key"] == "s")
    assert "<script>alert(1)</script>" in "".join(box["lines"])
    assert "<script>" not in view.fallback()["text/html"]


def test_a_session_is_followed_and_let_go(view, graph):
    view.visible = True
    with tf.Session(graph=graph) as session:
        session.run("layer1/w/Assign:0")
        following = view.follow(session, ["layer2/total"])
        session.run("layer2/total:0", {"x:0": [[1.0] * 4]})
        following.refresh()
        assert view.marks["layer2/total"] == "12"
        view.close()
        session.run("layer2/total:0", {"x:0": [[2.0] * 4]})
        following.refresh()
        assert view.marks["layer2/total"] == "12"


def test_nothing_to_follow_is_said(view):
    with pytest.raises(ValueError, match="session"):
        view.follow()


def test_a_closed_view_leaves_nothing(graph):
    view = graph.widget()
    gone = weakref.ref(view)
    view.close()
    del view
    gc.collect()
    assert gone() is None
