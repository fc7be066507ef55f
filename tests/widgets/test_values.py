"""The views of values, without a browser: what they say, when, and what they leave."""

import gc
import weakref

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.debug.history import COLUMNS as HISTORY_COLUMNS
from interactive_graphs.debug.watch import watch
from interactive_graphs.display import health
from interactive_graphs.widgets import live
from interactive_graphs.widgets.follow import follow, notable
from interactive_graphs.widgets.graph_view import GraphView
from interactive_graphs.widgets.history import POINTS, HistoryView, thinned
from interactive_graphs.widgets.tensor import TensorView
from interactive_graphs.widgets.variables import COLUMNS, VariablesView


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


@pytest.fixture
def hasty(monkeypatch):
    """Every run refreshes: no pace, no thinning out."""
    monkeypatch.setattr(live.Pace, "is_due", lambda _: True)
    monkeypatch.setattr("interactive_graphs.widgets.base.RATE", 1e9)


def listening(view):
    """The view with what it sends collected in `view.sent`."""
    view.sent = []

    def send(content, buffers=None):
        view.sent.append((content, [bytes(b) for b in buffers or ()]))

    view.send = view._news._send = send
    return view


def training(session):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(tf.ones([3, 2]), name="w")
    y = tf.matmul(x, w, name="y")
    loss = tf.reduce_mean(tf.square(y), name="loss")
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    session.run(tf.global_variables_initializer())
    return w, y, loss, lambda: session.run([train, loss], {x: np.ones([4, 3])})


def numbers(view):
    """The last table of numbers that was sent, as dictionaries."""
    table = np.frombuffer(view.sent[-1][1][0]).reshape(-1, len(COLUMNS))
    return [dict(zip(COLUMNS, row.tolist(), strict=True)) for row in table]


# -- the table of variables ------------------------------------------------------------


@pytest.mark.usefixtures("hasty")
def test_the_table_follows_training(session):
    *_, step = training(session)
    view = listening(VariablesView(session))
    step()
    assert view.sent == []  # nobody looks
    view.visible = True
    before = numbers(view)[0]
    step()
    after = numbers(view)[0]
    assert view.sent[-1][0]["step"] == 1
    assert before["mean"] > after["mean"]
    assert after["mean"] == pytest.approx(session.run("w:0").mean())
    assert (after["state"], after["looked"], after["positive"]) == (1, 6, 6)
    view.close()


def test_while_nobody_looks_the_session_runs_as_ever(session):
    *_, step = training(session)
    step()
    plain, quick = session._programs, session._quick
    view = VariablesView(session)
    tensor = TensorView(session, "w")
    history = HistoryView(session, ["w", "loss"])
    step()
    assert session._programs is plain
    assert session._quick is quick
    for one in (view, tensor, history):
        one.visible = True
    assert session._programs is not plain
    for one in (view, tensor, history):
        one.visible = False
    assert session._programs is plain
    for one in (view, tensor, history):
        one.close()


def test_rows_say_what_does_not_change(session):
    tf.Variable(tf.zeros([2, 3]), name="w")
    view = VariablesView(session)
    (row,) = view.rows
    assert (row["shape"], row["dtype"], row["bytes"]) == ("(2, 3)", "float32", 24)
    assert row["scopes"] == []
    tf.Variable(1.0, name="late")
    view.refresh()
    assert [row["name"] for row in view.rows][1] == "late"
    view.close()


@pytest.mark.usefixtures("hasty")
def test_what_is_missing_or_no_number(session):
    tf.Variable(tf.zeros([2]), name="missing")
    words = tf.Variable(["<script>", "b"], name="words")
    bad = tf.Variable([np.nan, 1.0, -np.inf], name="bad")
    session.run([words.initializer, bad.initializer])
    view = listening(VariablesView(session))
    view.visible = True
    missing, text, broken = numbers(view)
    assert (missing["state"], text["state"], broken["state"]) == (0, 2, 1)
    assert (broken["nan"], broken["neginf"], broken["min"]) == (1, 1, 1)
    assert view.sent[-1][0]["texts"] == {"1": "['<script>', 'b']"}
    assert view.health("missing") is None
    with pytest.raises(LookupError, match="no variable 'nobody'"):
        view.health("nobody")
    view.close()


@pytest.mark.usefixtures("hasty")
def test_the_curve_remembers_means(session):
    *_, step = training(session)
    view = listening(VariablesView(session))
    view.visible = True
    for _ in range(3):
        step()
    curve = np.frombuffer(view.sent[-1][1][1], np.float32)
    seen = curve[np.isfinite(curve)]
    assert seen.size == 4
    assert seen[0] == 1.0
    assert (np.diff(seen) < 0).all()
    view.close()


def test_health_is_worked_out_once_for_each_value(session, monkeypatch, hasty):
    calls = []
    module = "interactive_graphs.display.health.health_of"
    real = health.health_of
    monkeypatch.setattr(module, lambda *a: calls.append(1) or real(*a))
    w, *_ = training(session)
    read = tf.identity(w)
    view = listening(VariablesView(session))
    view.visible = True
    for _ in range(5):
        session.run(read)
    assert len(view.sent) == 6
    assert len(calls) == 1
    view.close()


def test_what_comes_too_soon_is_shown_at_the_end_of_the_cell(session, monkeypatch):
    *_, step = training(session)
    view = listening(VariablesView(session))
    view.visible = True
    monkeypatch.setattr(live.Pace, "is_due", lambda _: False)
    for _ in range(5):
        step()
    assert len(view.sent) == 1
    live._flush_all()
    assert view.sent[-1][0]["step"] == 5
    assert numbers(view)[0]["mean"] == pytest.approx(session.run("w:0").mean())
    count = len(view.sent)
    live._flush_all()
    view.close()
    assert len(view.sent) in (count, count + 1)  # the run of the assertion above


def test_an_error_in_a_view_never_reaches_the_loop(session, monkeypatch, hasty):
    *_, step = training(session)
    view = listening(VariablesView(session))
    view.visible = True
    monkeypatch.setattr(view, "_healthy", lambda _: 1 / 0)
    step()
    assert not view._feed.is_listening
    monkeypatch.undo()
    assert view._values()[0]["trouble"].startswith("ZeroDivisionError")
    view.close()


def test_a_closed_session_can_be_looked_at(session):
    training(session)
    view = listening(VariablesView(session))
    session.close()
    view.visible = True
    assert numbers(view)[0]["state"] == 0
    view.close()


def test_the_browser_asks_for_the_numbers_of_now(session):
    training(session)
    view = listening(VariablesView(session))
    view._handle_custom_msg({"ask": "values", "number": 4}, [])
    content, buffers = view.sent[-1]
    assert content["number"] == 4
    assert len(buffers[0]) == 8 * len(COLUMNS)
    view.close()


def test_views_share_the_time_they_take(session):
    training(session)
    views = [VariablesView(session), TensorView(session, "w")]
    for view in views:
        view.visible = True
    assert [view._feed.pace.share for view in views] == [live.SHARE / 2] * 2
    views[0].visible = False
    assert views[1]._feed.pace.share == live.SHARE
    for view in views:
        view.close()


# -- the tensor viewer -----------------------------------------------------------------


@pytest.mark.usefixtures("hasty")
def test_a_tensor_is_seen_when_a_run_computes_it(session):
    _, y, _, step = training(session)
    view = listening(TensorView(session, y))
    view.visible = True
    assert view.sent[-1][0]["words"] == "No run has computed it since it is shown."
    step()
    content, (buffer,) = view.sent[-1]
    assert content["shape"] == (4, 2)
    assert np.frombuffer(buffer, np.float32).tolist() == [3.0] * 8
    view.close()


def test_traits_that_do_not_fit_are_made_to(session):
    view = TensorView(value=np.zeros((2, 3, 4)))
    assert (view.axes, view.at) == ([1, 2, -1], [0, 0, 0])
    view = listening(view)
    view.visible = True
    view.at = [7, 0, 0]
    assert view.sent[-1][0]["at"] == (1, 0, 0)
    view.axes = [0, 2, -1]
    assert view.sent[-1][0]["size"] == (2, 4)
    view.close()


def test_each_way_of_looking_has_its_message():
    view = listening(TensorView(value=np.arange(6.0).reshape(2, 3)))
    view.visible = True
    assert view.sent[-1][0]["drawn"] == (2, 3)
    view.mode = "histogram"
    assert sum(view.sent[-1][0]["histogram"]["counts"]) == 6
    view.mode = "numbers"
    assert view.sent[-1][0]["page"]["texts"][1] == ["3.0", "4.0", "5.0"]
    view.first = [1, 0]
    assert view.sent[-1][0]["page"]["first"] == (1, 0)
    view.close()


def test_strings_are_shown_as_text():
    view = listening(TensorView(value=np.array([b"<b>", b"\x00"], object)))
    assert view.mode == "numbers"
    view.visible = True
    assert view.sent[-1][0]["page"]["texts"] == [["'<b>'", r"'\x00'"]]
    view.mode = "heat"
    assert "page" in view.sent[-1][0]
    view.close()


def test_a_large_tensor_is_thinned_out_in_the_kernel():
    view = listening(TensorView(value=np.zeros((2000, 3000), np.float32)))
    view.visible = True
    content, (buffer,) = view.sent[-1]
    assert len(buffer) <= 40_000
    assert content["size"] == (2000, 3000)
    view.close()


def test_what_is_selected_elsewhere_is_shown(session):
    training(session)
    view = TensorView(session, "loss")
    view.selected = "w"
    assert view.name == "w"
    assert view.value().shape == (3, 2)
    view.selected = "gradients"  # a scope: nothing to show
    assert view.name == "w"
    view.close()


def test_harmless_tensors_show_their_value_at_once(session):
    c = tf.constant([1.0, 2.0]) * 2.0
    view = TensorView(session, c)
    assert view.value().tolist() == [2.0, 4.0]
    view.close()


# -- histories -------------------------------------------------------------------------


def series(view):
    """name -> (steps, values, bad), as the browser reads the last message."""
    content, buffers = view.sent[-1]
    parts = [np.frombuffer(b).tolist() for b in buffers]
    return {
        name: tuple(parts[3 * n : 3 * n + 3]) for n, name in enumerate(content["names"])
    }


@pytest.mark.usefixtures("hasty")
def test_a_history_plots_what_is_watched(session):
    _, _, loss, step = training(session)
    with watch(session, [loss, "w"], when="> 1") as watched:
        view = listening(HistoryView(watched))
        view.visible = True
        losses = [float(step()[1]) for _ in range(3)]
        live._flush_all()
        steps, values, bad = series(view)["loss:0"]
        assert steps == [1, 2, 3]
        assert values == pytest.approx(losses)
        assert bad == [0, 0, 0]
        alert = f"step 1: loss:0 is greater than 1: {losses[0]}"
        assert view.sent[-1][0]["alerts"] == [alert]
        view.column = "max"
        assert series(view)["w"][1][0] == pytest.approx(session.run("w:0").max(), abs=1)
        view.close()
        step()
    assert watched.history.steps.tolist()[-1] > 3  # the watch went on


def test_going_back_shows_old_values_in_driven_views(session, hasty):
    _, _, _, step = training(session)
    with watch(session, ["w", "loss"]) as watched:
        kept = {}
        for _ in range(3):
            step()
            kept[len(kept) + 1] = watched.history.value("w", 99).copy()
        table = listening(VariablesView(session))
        tensor = listening(TensorView(session, "w"))
        graph = GraphView(session.graph)
        history = HistoryView(watched)
        history.drive(table, tensor, graph)
        for one in (table, tensor):
            one.visible = True
        history.step = 2
        assert table.step == tensor.step == 2
        assert np.array_equal(tensor.value(), kept[2])
        assert numbers(table)[0]["mean"] == pytest.approx(kept[2].mean())
        assert graph.marks["w"].startswith(f"{kept[2].mean():.2g}")
        model = graph.model
        history.step = 1
        assert graph.model is model  # nothing is laid out anew
        assert "loss" in graph.marks
        step()
        assert table.step == 1  # the past does not move while training goes on
        assert numbers(table)[0]["mean"] == pytest.approx(kept[1].mean())
        history.step = -1
        assert np.array_equal(tensor.value(), session.run("w:0"))
        for one in (table, tensor, graph, history):
            one.close()


def test_a_history_of_its_own_records_while_it_is_seen(session, hasty):
    *_, step = training(session)
    view = listening(HistoryView(session, ["loss"]))
    step()
    assert len(view.history) == 0
    view.visible = True
    step()
    view.visible = False
    step()
    assert len(view.history["loss:0"]) == 1
    assert "loss:0" in view.fallback()["text/plain"]
    view.close()


def test_plots_keep_extremes_and_what_is_bad():
    table = np.zeros((5000, len(HISTORY_COLUMNS)))
    table[1234, 0], table[3456, 0] = 99.0, -99.0
    table[2222, HISTORY_COLUMNS.index("nan")] = 0.5
    places = thinned(table, 0).tolist()
    assert {0, 1234, 2222, 3456, 4999} <= set(places)
    assert len(places) <= POINTS + 10
    assert places == sorted(places)


# -- values on the graph ---------------------------------------------------------------


def test_values_flow_through_a_graph_view(session, hasty):
    w, _, loss, step = training(session)
    view = GraphView(session.graph)
    view.follow(session)
    step()
    assert view.marks == {}
    view.visible = True
    loss_value = step()[1]
    assert view.marks["loss"] == f"{loss_value:.4g}"
    mean, spread = session.run(w).mean(), session.run(w).std()
    assert view.marks["w"] == f"{mean:.2g} ± {spread:.2g}"
    names = view.model["ops"]["name"]
    colours = dict(zip(names, view.overlay["values"], strict=True))
    assert colours["w"] == colours["loss"] == "healthy"
    assert colours["x"] is None
    view.close()


def test_bad_values_are_coloured(session, hasty):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.log(x, name="y")
    view = GraphView(session.graph)
    following = follow(view, session, [y])
    view.visible = True
    session.run(y, {x: [-1.0, 1.0]})
    assert view.marks == {"y": "NaN"}
    assert "has NaN" in view.overlay["values"]
    session.run(y, {x: [0.0, 1.0]})
    assert view.marks == {"y": "-inf"}
    session.run(y, {x: [1.0, 1.0]})
    assert view.marks == {"y": "0 ± 0"}
    assert "mostly zero" in view.overlay["values"]
    following.close()
    view.close()


def test_the_colours_of_the_user_are_left_alone(session, hasty):
    *_, step = training(session)
    view = GraphView(session.graph)
    view.colour("dtype")
    mine = view.overlay
    view.follow(session)
    view.visible = True
    step()
    assert view.overlay == mine
    view.close()


def test_notable_tensors_are_results_and_what_scopes_give(session):
    x = tf.placeholder(tf.float32, [None, 3])
    with tf.name_scope("layer"):
        inner = tf.sin(x, name="inner")
        given = tf.cos(inner, name="given")
    loss = tf.reduce_mean(given, name="loss")
    weight = tf.Variable(1.0, name="weight")
    tf.train.AdamOptimizer().minimize(loss * weight)
    names = [tensor.name for tensor in notable(session.graph, most=2)]
    assert names == ["layer/given:0", "mul:0"]
    # In a graph as small as this there is room for all.
    names = [tensor.name for tensor in notable(session.graph)]
    assert names == ["layer/inner:0", "layer/given:0", "loss:0", "mul:0"]


# -- nothing is left behind ------------------------------------------------------------


def test_closed_views_leave_nothing(session):
    *_, step = training(session)
    plain = session._programs
    views = [
        VariablesView(session),
        TensorView(session, "w"),
        HistoryView(session, ["loss"]),
        GraphView(session.graph),
    ]
    views[3].follow(session)
    for view in views:
        view.visible = True
    step()
    gone = [weakref.ref(view) for view in views]
    for view in views:
        view.close()
    assert session._programs is plain
    del view, views
    gc.collect()
    assert [ref() for ref in gone] == [None] * 4


def test_fallbacks_are_tables_with_escaped_names(session):
    w = tf.Variable(["<img src=x onerror=alert(1)>"], name="w")
    session.run(w.initializer)
    for view in (VariablesView(session), TensorView(session, w)):
        bundle = view.fallback()
        assert "<img" not in bundle["text/html"]
        assert "<img src=x" in bundle["text/plain"]
        assert "0x" not in bundle["text/plain"]
        view.close()
