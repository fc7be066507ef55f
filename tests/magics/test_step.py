"""`%step`, `%cont`, `%until`, `%inject`, `%breakpoint` in a shell without a front end."""

import pytest
from IPython.core.error import UsageError
from IPython.utils.capture import capture_output

MODEL = """
x = tf.placeholder(tf.float32, [2], name="x")
with tf.name_scope("layer"):
    s = tf.sin(tf.multiply(x, 2.0, name="h"), name="s")
z = tf.reduce_sum(s, name="z")
"""


@pytest.fixture
def shell(shell):
    shell.run_cell(MODEL).raise_error()
    return shell


@pytest.fixture
def magic(shell):
    return lambda line: (
        shell.run_line_magic(*line.split(" ", 1))
        if " " in line
        else (shell.run_line_magic(line, ""))
    )


def test_a_run_is_walked_through(magic):
    assert repr(magic("step z --feed '{x: [1, 2]}'")) == (
        "paused before 'layer/h' (Mul), 1 node ran\n"
        "  takes x:0: float32 [2] [1. 2.]\n"
        "  takes layer/h/y:0: float32 2.0"
    )
    assert magic("step").node.name == "layer/s"
    assert magic("step --out").node.name == "z"
    assert magic("cont").result == pytest.approx(0.1525, rel=1e-2)


def test_over_several_and_stop(magic):
    magic("step z --feed '{x: [1, 2]}'")
    assert magic("step --over").node.name == "z"
    magic("step z --feed '{x: [1, 2]}'")
    assert magic("step 2").node.name == "z"
    assert repr(magic("step --stop")).startswith("stopped")


def test_until_in_words(magic):
    magic("step z --feed '{x: [1, 2]}'")
    assert magic("until layer/s > 0.5").phase == "after"
    assert magic("until z").node.name == "z"


def test_values_are_injected(shell, magic):
    magic("step z --feed '{x: [1, 2]}'")
    magic("until z")
    shell.user_ns["other"] = [0.0, 0.0]
    with capture_output() as out:
        stepper = magic("inject layer/h other")
    assert out.stdout == "runs again: layer/s\n"
    assert stepper.node.name == "layer/s"
    assert magic("cont").result == 0


def test_breakpoints_of_the_run(magic):
    magic("step z --feed '{x: [1, 2]}'")
    assert repr(magic("breakpoint z")) == "1: z (0 hits)"
    assert magic("cont").node.name == "z"
    assert repr(magic("breakpoint")) == "1: z (1 hit)"
    assert repr(magic("breakpoint --remove 1")) == "There are no breakpoints."


def test_breakpoints_of_the_session_without_a_front_end(shell, magic):
    magic("step z --feed '{x: [1, 2]}'")
    magic("step --stop")
    assert repr(magic("breakpoint layer/s > 0.5")) == "1: layer/s > 0.5 (0 hits)"
    with capture_output() as out:
        shell.run_cell("z.eval({x: [1, 2]})").raise_error()
    assert "nobody can answer, going on" in out.stdout
    assert repr(magic("breakpoint -r 1")) == "There are no breakpoints."


def test_buttons_are_asked_for(magic):
    magic("step z --feed '{x: [1, 2]}'")
    graph, view = magic("step -i").children
    assert view.state["node"] == graph.selected == "layer/h"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("step nowhere", "nowhere"),
        ("until nowhere", "no node, scope or loop"),
        ("inject layer/h 'text'", "does not fit"),
        ("breakpoint nowhere", "no node, scope or loop"),
        ("breakpoint --remove 9", "no breakpoint 9"),
        ("step z", "You must feed a value|placeholder"),
    ],
)
def test_what_is_wrong_is_one_line(magic, line, words):
    magic("step z --feed '{x: [1, 2]}'")
    if line == "step z":
        assert magic("step z").cont().status == "failed"
        return
    with pytest.raises(UsageError, match=words):
        magic(line)
