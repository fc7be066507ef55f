"""Whatever was run before: all cells from the top give the graph of a new kernel."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from IPython.core.interactiveshell import InteractiveShell
from IPython.testing.globalipapp import start_ipython
from IPython.utils.io import capture_output

import interactive_graphs as tf
from tests.magics import notebooks


@pytest.fixture(scope="module")
def shell():
    shell = start_ipython() or InteractiveShell.instance()
    yield shell
    InteractiveShell.clear_instance()


def in_new_kernel(shell, runs, notebook):
    """What the graph is after `runs` and then all cells, from nothing."""
    shell.reset()
    tf.reset_default_graph()

    def run(code, cell):
        with capture_output():
            shell.run_cell(code, cell_id=cell)

    try:
        if runs:
            run(notebooks.START, "start")
        for number, cell in runs:
            run(notebooks.source(number, cell), f"cell{number}")
        notebooks.run_all(run, notebook)
        session = tf.get_default_session()
        return notebooks.fingerprint(session), notebooks.values(session)
    finally:
        shell.run_line_magic("unload_ext", "interactive_graphs")
        tf.reset_default_graph()


def check(shell, runs, notebook):
    graph, values = in_new_kernel(shell, runs, notebook)
    fresh, fresh_values = in_new_kernel(shell, [], notebook)
    assert graph == fresh
    # A variable that no cell initialises may have kept an older value.
    assert {name: values.get(name) for name in fresh_values} == fresh_values


SETTINGS = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SETTINGS
@given(history=notebooks.histories(in_order=True))
def test_any_history_ends_as_a_new_kernel(shell, history):
    check(shell, *history)


@SETTINGS
@given(history=notebooks.histories(in_order=False))
def test_first_runs_in_any_order_where_the_notebook_is_saved(
    shell, history, tmp_path_factory, monkeypatch
):
    runs, notebook = history
    path = tmp_path_factory.mktemp("saved") / "it.ipynb"
    notebooks.save(path, len(notebook))
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    check(shell, runs, notebook)
