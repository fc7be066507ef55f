"""The program beside the graph: what the view tells the browser, and answers it."""

import threading

import pytest

import interactive_graphs as tf
from interactive_graphs.widgets import graph_program
from interactive_graphs.widgets.graph_view import GraphView


@pytest.fixture
def net():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [], name="x")
        six = tf.multiply(tf.constant(2.0, name="two"), 3.0, name="six")
        y = tf.multiply(tf.identity(x, name="same"), six, name="y")
        tf.Variable(1.0, name="v")
    return graph, y


@pytest.fixture
def view(net):
    view = GraphView(net[1])
    yield view
    view.close()


def names(view):
    return view.model["ops"]["name"]


def test_lines_go_with_operations_of_the_model(view, net):
    view.show_program()
    lines = view.program["lines"]
    named = {names(view)[line["op"]]: line["text"] for line in lines if line["op"] >= 0}
    assert named["y"].strip() == "y = x * six"
    assert view.program["title"].startswith("y")
    assert view.program["rewriting"]["before"] == 5
    assert "view" not in view.program
    assert view.changes == {}


def test_what_was_optimised_is_marked_on_the_graph(view):
    view.show_optimised()
    assert view.program["view"] == "optimised"
    assert view.changes == {
        "two": "changed",
        "six/y": "changed",
        "six": "changed",
        "same": "removed",
    }
    view.hide_program()
    assert (view.program, view.changes) == ({}, {})


def test_feeds_can_be_given(view, net):
    graph, y = net
    view.show_program(y, [graph.get_tensor_by_name("six:0")])
    feeds = view.program["lines"][1]["text"]
    assert feeds.strip() == "six, = values"


def test_the_session_of_the_view_compiles(net):
    graph, y = net
    with tf.Session(graph=graph) as session:
        view = GraphView(y, session=session)
        view.show_program()
        x = graph.get_tensor_by_name("x:0")
        texts = [line["text"] for line in view.program["lines"]]
        assert texts == session.program(y, [x]).lines
        view.close()


def test_without_a_session_none_is_left_open(view, monkeypatch):
    opened = []

    class Counted(tf.Session):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            opened.append(self)

    monkeypatch.setattr(graph_program, "Session", Counted)
    view.show_program()
    assert [session._closed for session in opened] == [True]
    assert tf.get_default_session() is None


def ask(view, **question):
    sent = []
    view.send = lambda content, buffers=None: sent.append(content)
    view._handle_custom_msg({"number": 7, **question}, [])
    (reply,) = sent
    return reply


def test_the_browser_asks_for_a_program(view):
    reply = ask(view, ask="program", fetches=["six"])
    assert reply == {"answer": "program", "number": 7}
    texts = [line["text"].strip() for line in view.program["lines"]]
    assert "return owned(six)" in texts


def test_what_cannot_be_fetched_is_answered_in_words(view, net):
    reply = ask(view, ask="program", fetches=["nowhere"])
    assert "nowhere" in reply["error"]
    assert view.program == {}


def test_a_whole_graph_was_asked_for_nothing(net):
    view = GraphView(net[0])
    with pytest.raises(ValueError, match="Nothing is fetched"):
        view.show_program()
    view.show_program("y:0")
    assert view.program["lines"]
    view.close()


def test_a_thread_without_a_default_session_finds_the_only_one(net):
    graph, y = net
    view = GraphView(y)
    answers = []

    def asked():
        answers.append(view._session())

    with tf.Session(graph=graph) as session:
        thread = threading.Thread(target=asked)
        thread.start()
        thread.join()
        with tf.Session(graph=graph):
            thread = threading.Thread(target=asked)
            thread.start()
            thread.join()
    asked()
    assert answers == [session, None, None]
    view.close()
