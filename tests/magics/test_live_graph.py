"""`%graph -i`: the live view, in a shell of this process."""

import pytest


@pytest.fixture
def shell(shell):
    shell.run_cell("with tf.name_scope('layer'): y = tf.constant(2.0) * 3.0")
    return shell


def run(shell, code):
    result = shell.run_cell(code)
    result.raise_error()
    return result.result


def test_it_gives_the_live_view_of_the_default_graph(shell):
    view = run(shell, "view = %graph -i --closed\nview")
    assert type(view).__name__ == "GraphView"
    assert view.opened == []
    assert "layer/mul" in view.model["ops"]["name"]


def test_it_takes_an_expression_scopes_and_colours(shell):
    view = run(shell, "view = %graph -i y --scope layer --by dtype\nview")
    assert view.opened == ["layer"]
    assert view.overlay["title"] == "dtype"


def test_what_cannot_be_shown_is_one_line(shell, capsys):
    capsys.readouterr()
    shell.run_cell("%graph -i --scope nowhere")
    assert "No name scope 'nowhere'" in capsys.readouterr().err
