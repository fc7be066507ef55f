"""`%watch` and `%variables` in a shell without a front end."""

import pytest
from IPython.core.error import UsageError
from IPython.utils.capture import capture_output

MODEL = """
x = tf.placeholder(tf.float32, [], name="x")
w = tf.Variable(2.0, name="w")
y = tf.log(x * w, name="y")
w.initializer.run()
"""


@pytest.fixture
def shell(shell):
    shell.run_cell(MODEL).raise_error()
    return shell


def run(shell, code):
    """What a cell prints."""
    with capture_output() as out:
        shell.run_cell(code).raise_error()
    return out.stdout


def test_watching_records_and_says_what_begins(shell):
    watched = shell.run_line_magic("watch", "[y, w] --when nan")
    assert "not computed yet" in repr(watched)
    out = run(shell, "for v in (1.0, -1.0, -2.0): y.eval({x: v})")
    assert out.splitlines() == ["step 2: y:0 is NaN"]
    assert shell.run_line_magic("watch", "") is watched
    assert "y:0   3     nan" in repr(watched)


def test_a_name_is_as_good_as_a_variable(shell):
    watched = shell.run_line_magic("watch", "y:0 --every 2")
    run(shell, "for v in (1.0, 2.0, 3.0): y.eval({x: v})")
    assert watched.history["y:0"].steps.tolist() == [1, 3]


def test_the_same_cell_again_begins_anew(shell):
    first = shell.run_line_magic("watch", "y")
    second = shell.run_line_magic("watch", "y")
    assert (first.is_open, second.is_open) == (False, True)
    shell.run_line_magic("watch", "w")
    both = shell.run_line_magic("watch", "")
    assert [row[0] for row in both.rows] == ["y:0", "w"]


def test_watching_ends(shell):
    watched = shell.run_line_magic("watch", "y")
    assert shell.run_line_magic("watch", "--off") is watched
    assert not watched.is_open
    with pytest.raises(UsageError, match="Nothing is watched"):
        shell.run_line_magic("watch", "")
    with pytest.raises(UsageError, match="w is not watched"):
        shell.run_line_magic("watch", "--off w")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nobody", "name 'nobody' is not defined"),
        ("y --when soon", "is no condition"),
        ("y --every 0", "1 or more"),
        ("3", "Can not convert"),
    ],
)
def test_mistakes_are_one_line(shell, line, words):
    with pytest.raises(UsageError, match=words):
        shell.run_line_magic("watch", line)


def test_a_closed_session_is_forgotten(shell):
    shell.run_line_magic("watch", "y")
    run(shell, "tf.reset_default_graph()")
    shell.run_cell("pass")
    with pytest.raises(UsageError, match="Nothing is watched"):
        shell.run_line_magic("watch", "")


def test_variables_are_a_table_or_a_live_one(shell):
    table = shell.run_line_magic("variables", "")
    assert table.rows == [("w:0", "()", "float32", "", "2.0")]
    live = shell.run_line_magic("variables", "-i")
    assert live.fallback()["text/plain"] == table.text
    plots = shell.run_line_magic("watch", "-i y")
    run(shell, "y.eval({x: 1.0})")
    assert "y:0" in plots.fallback()["text/plain"]
    for view in (live, plots):
        view.close()
