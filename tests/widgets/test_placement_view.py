"""The live log of placements without a browser: its traits, its answers."""

from __future__ import annotations

import pytest

import interactive_graphs as tf
from interactive_graphs.widgets.placement import PlacementView


@pytest.fixture
def view():
    with tf.device("/cpu:1"):
        far = tf.constant(1.0, name="far")
    near = tf.negative(far, name="near")
    sess = tf.Session(config=tf.ConfigProto(device_count={"CPU": 2}))
    sess.run(near)
    found = PlacementView(sess)
    found.sent = []
    found.send = lambda content, buffers=None: found.sent.append(content)
    yield found
    found.close()


def asked(view, **question):
    view._handle_custom_msg({"ask": "trial", "number": 7, **question}, [])
    return view.sent[-1]


def test_it_shows_the_log_of_the_session(view):
    assert view.log["name"] == ["far", "near"]
    assert view.log["chosen"] == ["CPU:1", "CPU:0"]
    assert view.changes == {}


def test_the_browser_asks_what_if(view):
    answer = asked(view, cpus=1, soft=True, devices="")
    assert answer["number"] == 7
    assert answer["summary"] == "Of 2 operations 1 would move, 1 would not change"
    assert view.changes["changes"]["far"][:3] == ["moves", "CPU:1", "CPU:0"]
    asked(view, cpus=1, soft=False, devices="/cpu:0, /gpu:0")
    assert view.changes["changes"]["far"][0] == "fails"
    asked(view, cpus=2, soft=False, devices="")
    assert view.changes["changes"] == {}


def test_what_is_no_device_is_answered_with_the_error(view):
    assert "says no type" in asked(view, devices="/job:x")["error"]
    assert "Unknown attribute" in asked(view, devices="<script>")["error"]
    assert view.changes == {}


def test_colours_for_a_graph(view):
    assert view.overlay(["near", "far"])["values"] == ["CPU:0", "CPU:1"]
    view.compare(devices=["/cpu:0"])
    assert view.overlay(["near", "far"], trial=True)["values"] == ["CPU:0", "nowhere"]


def test_only_some_operations_are_shown(view):
    far = tf.get_default_graph().get_operation_by_name("far")
    some = PlacementView(view._session, devices=["/cpu:0"], operations=[far])
    assert some.log["name"] == ["far"]
    assert list(some.changes["changes"]) == ["far"]
    some.close()


def test_its_static_form_is_the_tables(view):
    assert view._repr_mimebundle_()["text/plain"].startswith("Placement: 2 operations")
    view.compare(devices=["/cpu:0"])
    text = view._repr_mimebundle_()["text/plain"]
    assert "Of 2 operations 1 would fail, 1 would not change" in text
