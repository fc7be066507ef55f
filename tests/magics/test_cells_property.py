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


def in_new_kernel(shell, runs, notebook=None):
    """What the graph is after `runs` and then all cells, if there are, from nothing."""
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
        if notebook is not None:
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


VARIABLE = "v# = tf.Variable(tf.random_normal([2]))"
GRADIENT = "if v@ is not None: tf.gradients(v@ * v@, v@)"
LOOP = (
    "y# = tf.while_loop(lambda i: i < 50.0, lambda i: i * i + 2.0, [tf.identity(2.0)])"
)
THROUGH = (
    "if isinstance(y@, tf.Tensor):\n"
    "    start = [op for op in tf.get_default_graph().get_operations()\n"
    "             if op.name == 'Identity'][0].outputs[0]\n"
    "    y# = tf.gradients(y@, start)[0]"
)
DENSE = "f# = tf.layers.Dense(2)"
CALL = "if f@ is not None: f@(tf.ones([1, 2]))"
TWICE = f"{CALL}\ntf.layers.dense(tf.ones([1, 2]), 2)"
TEMPLATE = "f# = tf.make_template('t', lambda x: x * tf.get_variable('w', [2]))"
ADAM = "v# = tf.Variable([1.0]); o# = tf.train.AdamOptimizer(0.1)"
MINIMIZE = "o@.minimize(tf.reduce_sum(v@ * v@))"
HANDLE = (
    "y# = tf.constant(3.0)\nhandle = sess.run(tf.get_session_handle(y#)).handle\n"
    "tf.get_session_tensor(handle, tf.float32)"
)
REUSE = "tf.get_variable_scope().reuse_variables()"
GET = "v# = tf.get_variable('w', [2])"
SEED = "tf.set_random_seed(@)"
RANDOM = "y# = tf.random_uniform([])"


@pytest.mark.parametrize(
    "notebook",
    [
        [VARIABLE, GRADIENT],
        [LOOP, THROUGH],
        [DENSE, CALL],
        [DENSE, TWICE],
        [TEMPLATE, CALL],
        [ADAM, MINIMIZE],
        [HANDLE],
        [GET, REUSE],
        [SEED, RANDOM, RANDOM],
        [RANDOM, VARIABLE, SEED],
    ],
)
@pytest.mark.parametrize("order", ["0 1 2", "0 1 0 1 2", "0 1 2 1 2", "2 1 0"])
def test_what_one_cell_makes_and_another_uses(shell, notebook, order):
    cells = [[(statement, 0)] for statement in notebook]
    fresh = in_new_kernel(shell, [], cells)
    # The last cell alone, again and again, leaves what a new kernel has.
    last = len(cells) - 1
    runs = [*enumerate(cells), (last, cells[last]), (last, cells[last])]
    assert in_new_kernel(shell, runs)[0] == fresh[0]
    numbers = [int(n) for n in order.split() if int(n) < len(cells)]
    runs = [*enumerate(cells), *((number, cells[number]) for number in numbers)]
    assert in_new_kernel(shell, runs, cells)[0] == fresh[0]


SETTINGS = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.slow
@SETTINGS
@given(history=notebooks.histories(in_order=True))
def test_any_history_ends_as_a_new_kernel(shell, history):
    check(shell, *history)


@pytest.mark.slow
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
