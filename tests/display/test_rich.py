import base64
import re

import pytest

import interactive_graphs as tf
from interactive_graphs.display import layout, picture


def bundle(shown):
    return shown._repr_mimebundle_()


def product():
    a, b = tf.constant(5.0, name="a"), tf.constant(6.0, name="b")
    return tf.multiply(a, b, name="c")


TREE = """\
  a = Const 5.0 → float32 ()
  b = Const 6.0 → float32 ()
  * c = Mul(a, b) → float32 ()"""


def test_a_tensor_shows_name_value_and_what_it_depends_on():
    c = product()
    with tf.Session().as_default():
        text = bundle(c)["text/plain"]
    assert text == (
        f"<tf.Tensor 'c:0' shape=() dtype=float32>\nvalue: 30.0\ndepends on:\n{TREE}"
    )


def test_a_tensor_without_a_session_shows_no_value():
    shown = bundle(product())
    assert shown["text/plain"] == (
        f"<tf.Tensor 'c:0' shape=() dtype=float32>\ndepends on:\n{TREE}"
    )
    assert "3 operations, of them 2 constants" in shown["image/svg+xml"]


def test_the_drawing_of_a_tensor_tells_its_value():
    with tf.Session().as_default():
        assert "value 30.0" in bundle(product())["image/svg+xml"]


def test_print_stays_what_tf1_prints():
    with tf.Session().as_default():
        c = product()
        assert str(c) == 'Tensor("c:0", shape=(), dtype=float32)'
        assert repr(c) == "<tf.Tensor 'c:0' shape=() dtype=float32>"


def test_a_graph_shows_its_picture_everywhere():
    product()
    shown = bundle(tf.get_default_graph())
    assert shown["text/plain"].startswith("Graph: 3 operations, of them 2 constants\n")
    found = re.fullmatch(
        r'<img alt="(?P<alt>[^"]+)" style="[^"]+" '
        r'src="data:image/svg\+xml;base64,(?P<data>[^"]+)">',
        shown["text/html"],
    )
    assert found["alt"] == ("Graph: 3 operations, of them 2 constants. Shown: a, b, c.")
    drawn = base64.b64decode(found["data"]).decode()
    # An `<img>` shows no tooltips.
    assert drawn == re.sub("(<g>)<title>[^<]*</title>", r"\1", shown["image/svg+xml"])
    assert "<title>a (Const)" in shown["image/svg+xml"]


def test_an_operation_shows_its_page():
    shown = bundle(product().op)
    assert "Operation c" in shown["text/plain"]
    assert "type      Mul" in shown["text/plain"]
    assert "<table>" in shown["text/html"]
    assert "<img " in shown["text/html"]


def test_a_session_shows_its_variables_and_its_graph():
    variable = tf.Variable(42, name="foo")
    with tf.Session() as session:
        session.run(variable.initializer)
        shown = bundle(session)
    assert shown["text/plain"].startswith("Session, the default session\n1 variable\n")
    assert "foo:0  ()     int32          42" in shown["text/plain"]
    assert "<td" in shown["text/html"]


def test_a_closed_session_can_still_be_shown():
    tf.Variable(42, name="foo")
    session = tf.Session()
    session.close()
    assert "foo:0" in bundle(session)["text/plain"]


def test_a_variable_shows_its_value():
    variable = tf.Variable(42, name="foo")
    assert bundle(variable)["text/plain"] == repr(variable)
    with tf.Session().as_default() as session:
        assert bundle(variable)["text/plain"].endswith("\nvalue: not initialized")
        session.run(variable.initializer)
        assert bundle(variable)["text/plain"].endswith("\nvalue: 42")


def test_a_compiled_program_is_a_listing():
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.negative(x, name="y")
    with tf.Session() as session:
        shown = bundle(session.program(y, [x]))
    assert "# y: float32[]\n" in shown["text/plain"]
    assert "made at test_rich.py:" in shown["text/plain"]
    assert shown["text/markdown"] == f"```python\n{shown['text/plain']}\n```\n"


@pytest.mark.parametrize("what", ["graph", "tensor", "operation", "session"])
def test_displays_are_the_same_in_every_run(what):
    """nbval compares them; ids and addresses would never be equal."""

    def shown():
        tf.reset_default_graph()
        c = product()
        with tf.Session() as session:
            objects = {
                "graph": c.graph,
                "tensor": c,
                "operation": c.op,
                "session": session,
            }
            return bundle(objects[what])

    first, second = shown(), shown()
    assert first == second
    assert "0x" not in first["text/plain"]


def test_without_graphviz_the_text_is_shown(monkeypatch):
    monkeypatch.setattr(layout, "engine_name", lambda: "")
    layout._cache.clear()
    shown = bundle(product())
    assert "image/svg+xml" not in shown
    assert "<pre>" in shown["text/html"]


def test_a_display_that_fails_falls_back_to_text(monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(picture, "scene_of", broken)
    assert bundle(product()) == {
        "text/plain": "<tf.Tensor 'c:0' shape=() dtype=float32>"
        "  (display failed: on purpose)"
    }
