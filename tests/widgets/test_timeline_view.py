"""The live timeline without a browser: what it sends, and when."""

from __future__ import annotations

import time

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.debug.traces import Runs, traces
from interactive_graphs.display.runs import Node, RunTrace, Slice
from interactive_graphs.display.timeline_model import (
    KINDS,
    TimelineModel,
    plain,
    timeline_model,
)
from interactive_graphs.widgets import timeline
from interactive_graphs.widgets.timeline import TimelineView

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


@pytest.fixture
def run_it():
    y = tf.negative(tf.sin(2.0, name="s"), name="y")
    with tf.Session() as sess:
        yield sess, y


def test_the_model_has_a_column_for_each_fact(run_it):
    sess, y = run_it
    with traces(sess) as t:
        sess.run(y)
        sess.run(y)
    model = plain(timeline_model(t.runs))
    assert {len(column) for column in model["columns"].values()} == {6}
    assert set(model["columns"]) == set(KINDS)
    assert model["ops"]["name"] == ["s/x", "s", "y"]
    assert model["ops"]["inputs"] == [[], [0], [1]]
    assert model["devices"] == ["CPU:0"]
    assert model["words"] == ["float32 ()"]
    first, second = model["runs"]
    assert first["start"] == 0
    assert second["start"] > first["took"]
    assert model["columns"]["run"] == [0, 0, 0, 1, 1, 1]
    assert model["columns"]["start"] == sorted(model["columns"]["start"])
    assert model["columns"]["start"][3] >= second["start"]
    assert model["memory"]["held"][-1] == 0
    assert model["memory"]["time"] == sorted(model["memory"]["time"])


def test_run_by_run_it_is_the_same_model():
    def run(number, device):
        nodes = [Node(f"n{i}", f"T{i}", device, (f"n{i - 1}",)) for i in range(3)]
        slices = [
            Slice(n, 10.0 * i, 5.0, (f"float32 ({i},)",), ((i + 1, 8),))
            for i, n in enumerate(nodes)
        ]
        return RunTrace(number, "n2", 0.0, 40.0, slices)

    # The second device comes first by its name.
    runs = [run(1, CPU.replace("CPU:0", "CPU:1")), run(2, CPU), run(3, CPU)]
    maker = TimelineModel()
    for count in (1, 2, 3):
        grown = maker.of(runs[:count])
    assert plain(grown) == plain(timeline_model(runs))
    assert grown["devices"] == ["CPU:0", "CPU:1"]
    assert plain(grown)["columns"]["device"] == [1] * 3 + [0] * 6
    # What is dropped at the front is gone from the columns.
    assert plain(maker.of(runs[2:]))["columns"]["start"] == [0, 10, 20]


def test_no_runs_are_a_model_as_well():
    model = plain(timeline_model([]))
    assert model["runs"] == model["columns"]["op"] == []


def test_fifty_thousand_slices_are_a_short_message():
    node = Node("n", "T", CPU)
    run = RunTrace(
        1, "n", 0.0, 5e5, [Slice(node, 10.0 * i, 9.0) for i in range(50_000)]
    )
    model = timeline_model([run])
    assert sum(len(data) for data in model["columns"].values()) < 2.5e6
    start = np.frombuffer(model["columns"]["start"], "<f8")
    assert start[-1] == 499_990


def test_shown_before_it_grows_while_runs_come_in(run_it, monkeypatch):
    monkeypatch.setattr(timeline, "PAUSE", 0.01)
    sess, y = run_it
    t = traces(sess)
    view = TimelineView(t)
    view.visible = True
    with t:
        for _ in range(20):
            sess.run(y)
    deadline = time.monotonic() + 20
    while len(view.model["runs"]) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(view.model["runs"]) == 20
    view.close()


def test_hidden_it_draws_nothing_until_somebody_looks(run_it):
    sess, y = run_it
    t = traces(sess)
    view = t.widget()
    with t:
        sess.run(y)
    assert view._timer is None
    assert view.model["runs"] == []
    view.visible = True
    assert len(view.model["runs"]) == 1
    view.close()


def test_closed_it_hears_of_no_more_runs(run_it):
    sess, y = run_it
    t = traces(sess)
    view = t.widget(selected="y", height=200)
    assert (view.selected, view.height, view.picked) == ("y", 200, -1)
    view.visible = True
    view.close()
    with t:
        sess.run(y)
    assert t._listeners == []
    assert view._timer is None


def test_its_static_form_says_no_times_as_plain_text(run_it):
    sess, y = run_it
    with traces(sess) as t:
        sess.run(y)
    view = t.widget()
    bundle = view._repr_mimebundle_()
    assert bundle["text/plain"] == "Timeline of 1 run, 3 operations"
    assert bundle["image/svg+xml"].startswith("<svg")
    view.close()
    empty = Runs().widget()
    assert empty._repr_mimebundle_()["text/plain"] == "Timeline of 0 runs, 0 operations"
    empty.close()
