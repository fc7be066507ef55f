"""The playground without a browser: what it says, answers, shows and refuses."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.widgets.playground import Together, explore
from interactive_graphs.widgets.plots import bars, curve, scatter, surface


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as made:
        yield made


@pytest.fixture
def neuron(session):
    x = tf.placeholder(tf.float32, [], name="x")
    w = tf.Variable(2.0, name="w")
    b = tf.Variable(-1.0, name="b")
    z = tf.add(x * w, b, name="z")
    session.run(tf.global_variables_initializer())
    return x, w, b, z, tf.sigmoid(z, name="y")


def told(view):
    """What the view sends, as a list that grows."""
    sent = []
    view.send = lambda content, buffers=None: sent.append((content, buffers or []))
    view._news._send = view.send
    return sent


def asks(view, **question):
    view._handle_custom_msg({"number": 1, **question}, [])


def test_controls_are_found_with_ends_that_suit(session):
    x = tf.placeholder(tf.float32, [], name="x")
    n = tf.placeholder(tf.int32, [], name="n")
    on = tf.placeholder(tf.bool, [], name="on")
    s = tf.placeholder(tf.string, [], name="s")
    m = tf.placeholder(tf.float32, [2, 2], name="m")
    v = tf.Variable(40.0, name="v")
    session.run(v.initializer)
    view = explore([x, n, on, s, m, v], show=[v])
    found = {one["name"]: one for one in view.controls}
    kinds = [one["kind"] for one in view.controls]
    assert kinds == ["slider", "slider", "switch", "field", "cells", "slider"]
    assert (found["x"]["low"], found["x"]["high"]) == (-3, 3)
    assert (found["n"]["low"], found["n"]["high"], found["n"]["step"]) == (0, 10, 1)
    assert (found["v"]["low"], found["v"]["high"], found["v"]["step"]) == (-100, 100, 1)
    assert found["v"]["variable"]
    assert found["m"]["value"] == [0, 0, 0, 0]


def test_with_no_control_named_the_placeholders_are_turned(neuron):
    *_, y = neuron
    assert [one["name"] for one in explore(show=y).controls] == ["x"]


def test_and_the_variables_where_there_are_no_placeholders(session):
    w = tf.Variable([1.0, 2.0], name="w")
    session.run(w.initializer)
    view = explore(show=tf.reduce_sum(w))
    assert [(one["name"], one["kind"]) for one in view.controls] == [("w", "cells")]


def test_a_turn_is_answered_with_what_changed(neuron):
    x, w, _, z, y = neuron
    view = explore([x, w], show=[y, z, w])
    sent = told(view)
    asks(view, ask="set", changes=[[0, [3.0]]])
    ((answer, buffers),) = sent
    assert answer["answer"] == "set"
    assert answer["recomputed"] == ["mul", "z", "y"]
    assert [plot["name"] for plot in answer["plots"]] == ["y", "z"]
    assert np.frombuffer(buffers[1], np.float32) == 5.0
    assert answer["values"] == [[3.0], [2.0]]
    assert view.play.value(z) == 5.0


def test_a_wrong_turn_is_an_answer_too(neuron):
    x, *_, y = neuron
    view = explore([x], show=y)
    sent = told(view)
    asks(view, ask="set", changes=[[0, [1.0, 2.0]]])
    assert sent[0][0]["error"] == "x has 1 elements."
    asks(view, ask="set", changes=[[0, ["<b>"]]])
    assert "could not convert" in sent[1][0]["error"]


def test_whole_numbers_stay_whole_and_texts_texts(session):
    n = tf.placeholder(tf.uint8, [], name="n")
    s = tf.placeholder(tf.string, [], name="s")
    view = explore([n], fields=[s], show=[n + 1, s])
    told(view)
    asks(view, ask="set", changes=[[0, [300.4]], [1, "é"]])
    assert view.play.value(n) == 255
    assert view.play.value(s) == "é".encode()


def test_values_are_set_from_python(neuron):
    x, w, b, z, _ = neuron
    view = explore(sliders={x: (-3, 3), w: (-2, 2, 0.5)}, show=z)
    assert view.controls[1]["step"] == 0.5
    update = view.set({x: 1.0, w: 1.5})
    assert update.changed == ("x", "w")
    assert view.plots[0]["values"] == [0.5]
    assert view.controls[1]["value"] == [1.5]
    with pytest.raises(ValueError, match="b is no control of this view"):
        view.set({b: 1.0})


def test_training_is_followed_while_somebody_looks(session, neuron):
    x, w, _, z, _ = neuron
    view = explore([x, w], show=z)
    sent = told(view)
    w.load(7.0, session)
    assert sent == []
    view.visible = True
    session.run(z, {x: 0.0})
    view._feed.flush()
    assert [content["kind"] for content, _ in sent][-1] == "values"
    assert sent[-1][0]["values"][1] == [7.0]
    view.close()
    assert not view._feed.is_listening


def test_a_curve_runs_one_value_or_a_batch(session):
    x = tf.placeholder(tf.float32, [], name="x")
    rows = tf.placeholder(tf.float32, [None, 1], name="rows")
    k = tf.placeholder(tf.float32, [], name="k")
    view = explore(
        [x, k],
        show=[
            curve(tf.square(x) * k, over=x, between=(0, 4)),
            curve(tf.square(rows) * k, over=rows, between=(0, 4)),
        ],
        values={k: 1.0},
    )
    first, second = view._drawn
    np.testing.assert_allclose(first.values, np.linspace(0, 4, 81) ** 2, rtol=1e-6)
    np.testing.assert_allclose(second.values, first.values, rtol=1e-6)
    view.set({x: 2.0})
    assert (first.at, second.at) == ([2.0], [])
    before = first.values
    view.set({k: 3.0})
    np.testing.assert_allclose(first.values, 3 * before, rtol=1e-6)


def test_a_surface_takes_a_batch_or_two_numbers(session):
    point = tf.placeholder(tf.float32, [None, 2], name="point")
    a, b = (tf.placeholder(tf.float32, [], name=name) for name in "ab")
    view = explore(
        points={point: (-1, 1)},
        show=[
            surface(point[:, 0] - 2 * point[:, 1], over=point, between=(-1, 1)),
            surface(a - 2 * b, over=(a, b), between=((-1, 1), (-1, 1))),
        ],
        feed_dict={a: 0.0, b: 0.0},
    )
    first, second = (drawn.values for drawn in view._drawn)
    assert first.shape == (41, 41)
    assert first[0, 0] == pytest.approx(1.0)  # a = b = -1: the lowest row is the first
    assert first[0, -1] == pytest.approx(3.0)
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_what_a_curve_cannot_draw_is_refused(session):
    rows = tf.placeholder(tf.float32, [None], name="rows")
    with pytest.raises(ValueError, match="needs one number for each"):
        explore(show=curve(tf.reduce_sum(rows), over=rows))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"sliders": "m"}, "m is no single value"),
        ({"points": "x"}, "x holds no points"),
        ({"sliders": "s"}, "s holds no numbers"),
        ({"arrays": "big"}, "big has 100 elements"),
        ({"controls": "v"}, "v has no value yet"),
    ],
)
def test_controls_that_do_not_suit_are_refused(session, given, words):
    known = {
        "x": tf.placeholder(tf.float32, [], name="x"),
        "m": tf.placeholder(tf.float32, [2, 3], name="m"),
        "s": tf.placeholder(tf.string, [], name="s"),
        "big": tf.placeholder(tf.float32, [100], name="big"),
        "v": tf.Variable(1.0, name="v"),
    }
    ((kind, name),) = given.items()
    with pytest.raises(ValueError, match=words):
        explore(**{kind: [known[name]]}, show=known["x"])


def test_ends_in_order_and_a_session(neuron):
    x, *_, y = neuron
    with pytest.raises(ValueError, match="not in order"):
        explore(sliders={x: (3, -3)}, show=y)


def test_without_a_session_it_says_how_to_get_one():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [], name="x")
        with pytest.raises(RuntimeError, match="InteractiveSession"):
            explore([x], show=x + 1.0)


def test_the_graph_beside_marks_what_ran(neuron):
    x, _, _, z, y = neuron
    both = explore([x], show=[y, z], graph=True)
    assert isinstance(both, Together)
    told(both.explorer)
    both.explorer.set({x: 2.0})
    assert both.graph.marks["z"] == "↻ 3"
    assert both.graph.marks["w"] == "2"
    both.explorer.selected = "z"
    assert both.graph.selected == "z"
    both.close()


def test_a_static_page_shows_values_and_charts(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    both = tf.reshape(tf.concat([x, x], 0), [2, 2])
    view = explore(
        [x], show=[bars(x), scatter(both, [0, 1]), both], values={x: [1.0, np.nan]}
    )
    assert view.text() == (
        "Playground\n"
        "  x = [1.0, nan]  (cells, -2 to 2)\n"
        "  x: [1.0, nan]\n"
        "  Reshape: [[1.0, nan], [1.0, nan]]\n"
        "  Reshape: [[1.0, nan], [1.0, nan]]"
    )
    bundle = view._repr_mimebundle_()
    assert bundle["text/plain"] == view.text()
    assert bundle["text/html"].count("<img alt=") == 3
    assert view.controls[0]["value"] == [1.0, "NaN"]


def test_names_and_values_are_text_on_the_page(session):
    s = tf.placeholder(tf.string, [], name="s")
    view = explore([s], show=[s], values={s: "</pre><script>alert(1)</script>"})
    assert "<script>" in view.text()
    assert "<script>" not in view.fallback()["text/html"]


def test_large_arrays_are_thinned_out(session):
    x = tf.placeholder(tf.float32, [], name="x")
    view = explore([x], show=[tf.zeros([300, 200, 3]) + x])
    sent = told(view)
    asks(view, ask="set", changes=[[0, [1.0]]])
    plot = sent[0][0]["plots"][0]
    assert plot["whole"] == [300, 200, 3]
    assert np.prod(plot["shape"]) <= 4096
    assert len(sent[0][1][0]) == 4 * np.prod(plot["shape"])
