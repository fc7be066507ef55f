"""A shell of this process with the extension loaded."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.testing.globalipapp import start_ipython

import interactive_graphs as tf


@pytest.fixture(scope="module")
def one_shell():
    """A shell for all tests of a file: making one takes longer than a test."""
    shell = start_ipython() or InteractiveShell.instance()
    shell.history_manager.enabled = False
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(one_shell):
    """The shell with nothing but `tf` in it, and an empty graph."""
    one_shell.reset()
    tf.reset_default_graph()
    one_shell.run_line_magic("load_ext", "interactive_graphs")
    one_shell.run_cell("import interactive_graphs as tf").raise_error()
    yield one_shell
    one_shell.run_line_magic("unload_ext", "interactive_graphs")
