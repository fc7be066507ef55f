"""The debugger's widget from Python's side: state, commands, questions, pings."""

from __future__ import annotations

import threading
import time

import pytest

import interactive_graphs as tf
from interactive_graphs.debug.gate import gate_of, in_thread
from interactive_graphs.widgets import stepper as module
from interactive_graphs.widgets.stepper import StepperView, beside


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


@pytest.fixture
def step(sess):
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.name_scope("layer"):
        h = tf.multiply(x, 2.0, name="h")
        s = tf.sin(h, name="s")
    return sess.debug(tf.reduce_sum(s, name="z"), {x: [1.0, 2.0]})


@pytest.fixture
def view(step):
    made = StepperView(step)
    yield made
    made.close()


def command(view, word, text=""):
    view._handle_custom_msg({"command": word, "text": text}, [])
    wait_for(lambda: not view.busy)


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def ask(view, monkeypatch, **question):
    sent = []
    monkeypatch.setattr(
        view, "send", lambda content, buffers=None: sent.append(content)
    )
    view._handle_custom_msg({"number": 1, **question}, [])
    (answer,) = sent
    return answer


def test_it_shows_where_the_run_stands(view, step):
    assert view.state["node"] == view.selected == "layer/h"
    step.step()
    assert view.state["node"] == view.selected == "layer/s"
    assert view.state["inputs"][0]["cells"] == [["2", "4"]]
    step.cont()
    assert view.state["status"] == "finished"
    assert view.selected == "layer/s"


def test_buttons_do_what_their_word_does(view, step):
    command(view, "step")
    assert step.node.name == "layer/s"
    command(view, "inject", "layer/h:0 [0, 0]")
    assert step.value("layer/h").tolist() == [0, 0]
    command(view, "break", "z")
    assert [b["text"] for b in view.state["breakpoints"]] == ["z"]
    command(view, "cont")
    assert step.node.name == "z"
    command(view, "remove", "1")
    assert view.state["breakpoints"] == []
    command(view, "until", "after z")
    assert view.state["outputs"][0]["text"] == "float32 0.0"
    command(view, "stop")
    assert step.status == "stopped"


def test_what_is_wrong_is_said(view):
    command(view, "until", "nowhere")
    assert "no node, scope or loop 'nowhere'" in view.note
    command(view, "inject", "layer/h:0 [1]")
    assert "does not fit" in view.note
    command(view, "inject", "layer/h")
    assert "inject NAME VALUE" in view.note
    command(view, "step")
    assert view.note == ""


def test_what_runs_again_is_said(view):
    command(view, "step", "2")
    command(view, "inject", "layer/h:0 [0, 0]")
    assert view.note == "runs again: layer/s"


def test_strange_messages_do_nothing(view, step):
    for message in (
        {"command": "dance"},
        {"command": "value"},
        {},
        None,
        "x",
        {"pong": 9},
    ):
        view._handle_custom_msg(message, [])
    assert step.count == 1


def test_questions(view, step, monkeypatch):
    step.cont()
    found = ask(view, monkeypatch, ask="value", name="layer/h")
    assert found["value"]["name"] == "layer/h:0"
    assert found["value"]["shape"] == [2]
    found = ask(view, monkeypatch, ask="history", name="layer/h:0")
    assert [moment["at"] for moment in found["moments"]] == [[]]
    assert ask(view, monkeypatch, ask="value", name="nowhere")["error"]
    found = ask(view, monkeypatch, ask="complete", text="after layer")
    assert found["names"][0] == "after layer/h/y"
    found = ask(view, monkeypatch, ask="complete", text="z")
    assert found["names"] == ["z"]


def test_a_long_command_is_paused_and_stopped(sess):
    begun = threading.Event()

    def watch(value):
        begun.set()
        return value

    forever = tf.while_loop(
        lambda i: i >= 0, lambda i: tf.py_func(watch, [i], tf.int32), [0],
        shape_invariants=[tf.TensorShape(None)],
    )  # fmt: skip
    view = StepperView(sess.debug(forever))
    view._handle_custom_msg({"command": "cont"}, [])
    assert begun.wait(30)
    view._handle_custom_msg({"command": "step"}, [])
    assert view.note == "A command is running; pause it first."
    view._handle_custom_msg({"command": "pause"}, [])
    wait_for(lambda: not view.busy)
    assert view.state["why"] == "pause"
    begun.clear()
    view._handle_custom_msg({"command": "cont"}, [])
    assert begun.wait(30)
    command(view, "stop")
    assert view.state["status"] == "stopped"
    view.close()


def test_a_session_s_view_waits_for_breakpoints(sess, monkeypatch):
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.multiply(x, 2.0, name="y")
    view = StepperView(sess)
    monkeypatch.setattr(
        view, "send",
        lambda content, buffers=None: view._handle_custom_msg(
            {"pong": content.get("number")}, []
        ),
    )  # fmt: skip
    assert view.state == {}
    assert view.is_heard()
    sess.break_at("y")
    results = []
    thread = in_thread(lambda: results.append(sess.run(y, {x: 2.0})))
    wait_for(lambda: view.state and view.stepper.carrier is not None)
    assert view.state["node"] == "y"
    command(view, "inject", "y 7.0")
    command(view, "cont")
    thread.join(30)
    assert results == [7.0]
    assert gate_of(sess).front_end is not None
    view.close()
    assert gate_of(sess).front_end is None


def test_the_main_thread_waits_only_where_it_is_heard(sess, monkeypatch, capsys):
    monkeypatch.setattr(module, "PATIENCE", 0.02)
    monkeypatch.setattr(module, "BETWEEN", 0.01)
    y = tf.sin(2.0, name="y")
    view = StepperView(sess)
    pings = []
    monkeypatch.setattr(
        view, "send", lambda content, buffers=None: pings.append(content)
    )
    sess.break_at("y")
    assert sess.run(y) == sess.run(y)
    assert "nobody can answer" in capsys.readouterr().out
    assert len(pings) == 2
    assert pings[0] == {"kind": "ping", "number": 1}
    view.visible = True
    assert not view.is_heard()
    assert len(pings) > 2
    view.close()


def test_an_old_pong_is_no_answer(view, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.02)
    monkeypatch.setattr(module, "BETWEEN", 0.01)
    monkeypatch.setattr(
        view, "send",
        lambda *_: view._handle_custom_msg({"pong": 0}, []),
    )  # fmt: skip
    assert not view.is_heard()


def test_the_graph_shows_where_it_stands(sess, step):
    box = beside(step)
    graph, view = box.children
    assert graph.selected == "layer/h"
    assert graph.marks["layer/h"] == "‖ paused"
    step.until("after layer/s")
    assert graph.selected == "layer/s"
    assert graph.marks["layer/h"] == "3 ± 1"
    assert graph.marks["layer/s"].startswith("‖ 0.")
    assert "layer" in graph.opened
    graph.selected = "z"
    assert view.selected == "z"
    view.close()


def test_a_node_the_graph_view_does_not_know_is_no_trouble(sess, step):
    box = beside(step)
    later = sess.debug(tf.cos(3.0, name="later"))
    box.children[1].follow(later)
    assert box.children[1].state["node"] == "later"


def test_a_closed_view_hears_nothing_more(step):
    view = StepperView(step)
    view.close()
    state = view.state
    step.step()
    assert view.state is state
    assert step._listeners == []


def test_the_fallback_is_text(view, step):
    bundle = view._repr_mimebundle_()
    assert bundle["text/plain"] == repr(step)
    assert "&#x27;layer/h&#x27;" in bundle["text/html"]
    assert "0x" not in bundle["text/plain"]


def test_stepper_widget_is_the_view(step):
    view = step.widget()
    assert isinstance(view, StepperView)
    view.close()
