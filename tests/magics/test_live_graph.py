"""`%graph -i`: the live view, in a shell of this process."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.testing.globalipapp import start_ipython


@pytest.fixture(scope="module")
def one_shell():
    shell = start_ipython() or InteractiveShell.instance()
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(one_shell):
    one_shell.reset()
    one_shell.run_line_magic("load_ext", "interactive_graphs")
    one_shell.run_cell("import interactive_graphs as tf")
    one_shell.run_cell("with tf.name_scope('layer'): y = tf.constant(2.0) * 3.0")
    yield one_shell
    one_shell.run_line_magic("unload_ext", "interactive_graphs")


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
