"""A cell that runs again, in a shell of this process."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.display import Picture
from interactive_graphs.magics.cells import stale_words
from interactive_graphs.magics.ledger import Run


class Notebook:
    """Cells with ids, and what running them prints."""

    def __init__(self, shell, capsys):
        self.shell, self.capsys = shell, capsys

    def run(self, cell, code, fails=False):
        self.capsys.readouterr()
        result = self.shell.run_cell(code, cell_id=cell, store_history=True)
        if not fails:
            result.raise_error()
        self.result = result.result
        return self.capsys.readouterr().out

    def __getitem__(self, name):
        return self.shell.user_ns[name]


@pytest.fixture
def notebook(one_shell, capsys, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    one_shell.reset()
    tf.reset_default_graph()
    notebook = Notebook(one_shell, capsys)
    notebook.run(
        "start", "import interactive_graphs as tf\n%load_ext interactive_graphs"
    )
    notebook.run("session", "sess = tf.get_default_session()")
    yield notebook
    one_shell.run_line_magic("unload_ext", "interactive_graphs")
    tf.reset_default_graph()


def names():
    return [op.name for op in tf.get_default_graph().get_operations()]


MODEL = "x = tf.placeholder(tf.float32, [None, 3], name='x')\n" + (
    "w = tf.get_variable('w', [3, 2])\ny = tf.matmul(x, w, name='y')"
)


def test_the_second_run_has_the_names_of_the_first(notebook):
    notebook.run("model", MODEL)
    first, old = names(), notebook["y"]
    notebook.run("model", MODEL)
    assert names() == first
    assert notebook["y"] is not old
    assert old.op.is_retired
    assert not notebook["y"].op.is_retired
    assert [v.name for v in tf.trainable_variables()] == ["w:0"]
    assert tf.get_default_graph().get_tensor_by_name("y:0") is notebook["y"]


def test_an_edited_cell_leaves_nothing_of_its_earlier_text(notebook):
    notebook.run("a", "c = tf.constant(1.0, name='one')")
    notebook.run("a", "c = tf.constant(2.0, name='two')")
    assert names() == ["two"]
    assert "one" not in str(tf.get_default_graph().as_graph_def())


def test_a_cell_that_failed_half_way_is_taken_out_too(notebook):
    code = "v = tf.get_variable('v', [2])\nif {0}: raise RuntimeError('half-way')"
    notebook.run("a", code.format(True), fails=True)
    assert "v" in names()
    notebook.run("a", code.format(False))
    assert names().count("v") == 1
    assert len(tf.global_variables()) == 1


def test_what_is_retired_still_runs_and_the_user_is_told_once(notebook):
    notebook.run("a", "a = tf.constant(1.0, name='a')")
    notebook.run("b", "b = tf.add(a, 1.0, name='b')")
    notebook.run("c", "c = tf.add(b, 1.0, name='c')")
    label = notebook.shell.execution_count - 2
    said = notebook.run("a", "a = tf.constant(5.0, name='a')")
    assert said == (
        f"Cells [{label}] and [{label + 1}] still use what this cell made before: "
        "run them again.\n"
    )
    assert notebook["sess"].run(notebook["c"]) == 3.0
    assert notebook.run("a", "a = tf.constant(6.0, name='a')") == ""
    assert "stale" in repr_of(notebook, "%graph cells")
    notebook.run("b", "b = tf.add(a, 1.0, name='b')")
    notebook.run("c", "c = tf.add(b, 1.0, name='c')")
    assert notebook["sess"].run(notebook["c"]) == 8.0
    assert "stale" not in repr_of(notebook, "%graph cells")


def repr_of(notebook, code):
    notebook.run("look", code)
    return repr(notebook.result)


def test_one_stale_cell_is_named_alone():
    assert stale_words([Run("key", "[4]")]) == (
        "Cell [4] still uses what this cell made before: run it again."
    )


def test_the_same_variable_keeps_its_value(notebook):
    notebook.run("model", MODEL)
    notebook.run("run", "w.load([[1., 2.], [3., 4.], [5., 6.]], sess)")
    said = notebook.run("model", MODEL)
    assert said.splitlines()[0] == "w kept its value."
    assert notebook["sess"].run(notebook["w"])[2, 1] == 6.0


def test_another_initial_value_starts_anew(notebook):
    code = "v = tf.Variable({0}, name='v')\nw = tf.Variable(1.0, name='w')"
    notebook.run("model", code.format("[1.0, 2.0]"))
    notebook.run("run", "sess.run(tf.global_variables_initializer())")
    said = notebook.run("model", code.format("[1.0, 3.0]"))
    assert said.splitlines()[0] == (
        "w kept its value; v must be initialised: the initial value changed."
    )
    with pytest.raises(tf.errors.FailedPreconditionError):
        notebook["sess"].run(notebook["v"])
    assert notebook["sess"].run(notebook["w"]) == 1.0


def test_another_shape_starts_anew(notebook):
    notebook.run("model", "v = tf.get_variable('v', [2])")
    notebook.run("run", "sess.run(tf.global_variables_initializer())")
    said = notebook.run("model", "v = tf.get_variable('v', [3])")
    assert "v must be initialised" in said
    notebook.run("run", "sess.run(tf.global_variables_initializer())")
    assert notebook["sess"].run(notebook["v"]).shape == (3,)


def test_resource_variables_keep_their_values_too(notebook):
    code = "v = tf.get_variable('v', initializer=1.0, use_resource=True)"
    notebook.run("model", code)
    notebook.run("run", "v.load(7.0, sess)")
    assert "v kept its value" in notebook.run("model", code)
    assert notebook["sess"].run(notebook["v"]) == 7.0


def test_a_cell_that_initialises_in_itself_says_nothing(notebook):
    code = "v = tf.Variable(3.0, name='v')\nsess.run(v.initializer)"
    notebook.run("model", code)
    notebook.run("run", "v.load(9.0, sess)")
    assert notebook.run("model", code) == ""
    assert notebook["sess"].run(notebook["v"]) == 3.0


def test_stale_training_goes_on_with_its_own_variables(notebook):
    notebook.run("model", "v = tf.Variable(0.0, name='v')")
    notebook.run("train", "step = v.assign_add(1.0)")
    notebook.run("run", "sess.run(v.initializer)")
    notebook.run("model", "v = tf.Variable(0.0, name='v')")
    sess = notebook["sess"]
    assert [sess.run(notebook["step"]) for _ in range(2)] == [1.0, 2.0]
    assert sess.run(notebook["v"]) == 0.0


def test_seeds_of_the_second_run_are_those_of_the_first(notebook):
    notebook.run("seed", "tf.set_random_seed(3)")
    notebook.run("a", "a = tf.random_normal([4])")
    notebook.run("b", "b = tf.random_normal([4])")
    first = notebook["sess"].run([notebook["a"], notebook["b"]])
    notebook.run("a", "a = tf.random_normal([4])")
    notebook.run("b", "b = tf.random_normal([4])")
    again = notebook["sess"].run([notebook["a"], notebook["b"]])
    assert np.array_equal(first, again)


def test_an_optimizer_of_another_cell_makes_its_slots_anew(notebook):
    notebook.run("model", "v = tf.Variable(1.0, name='v')")
    notebook.run("opt", "opt = tf.train.AdamOptimizer(0.1)")
    notebook.run("train", "train = opt.minimize(v * v)")
    first = names()
    notebook.run("train", "train = opt.minimize(v * v)")
    assert names() == first
    assert all(not v.op.is_retired for v in tf.global_variables())
    notebook.run("init", "sess.run(tf.global_variables_initializer())")
    notebook["sess"].run(notebook["train"])


def test_a_name_that_an_earlier_cell_takes_is_its_own(notebook):
    notebook.run("a", "a = tf.constant(1.0)")
    notebook.run("b", "b = tf.constant(2.0)")
    said = notebook.run("a", "a, more = tf.constant(1.0), tf.constant(3.0)")
    assert notebook["more"].name == "Const_1:0"
    assert "still uses" in said
    assert notebook["sess"].run(notebook["b"]) == 2.0
    notebook.run("b", "b = tf.constant(2.0)")
    assert notebook["b"].name == "Const_2:0"


def test_a_cell_sees_the_graph_of_the_cells_above_it(notebook):
    notebook.run("a", "a = tf.Variable(1.0, name='a')")
    notebook.run("init", "init = tf.global_variables_initializer()")
    notebook.run("b", "b = tf.Variable(1.0, name='b')")
    notebook.run("init", "init = tf.global_variables_initializer()")
    assert [op.name for op in notebook["init"].control_inputs] == ["a/Assign"]
    assert [v.name for v in tf.global_variables()] == ["a:0", "b:0"]


def test_a_cell_that_only_looks_sees_all(notebook):
    notebook.run("a", "a = tf.constant(1.0, name='a')")
    notebook.run("look", "%graph -t")
    notebook.run("b", "b = tf.constant(1.0, name='b')")
    assert "b = Const" in repr_of(notebook, "%graph -t")


def test_without_an_id_the_text_stands_for_the_cell(notebook):
    for _ in range(2):
        notebook.run(None, "c = tf.constant(1.0, name='c')")
    assert names() == ["c"]


def test_append_is_as_in_a_script(notebook):
    notebook.run("a", "c = tf.constant(1.0, name='c')")
    notebook.run("mode", "%graph rerun append")
    notebook.run("a", "c = tf.constant(1.0, name='c')")
    assert names() == ["c", "c_1"]
    notebook.run("mode", "%graph rerun replace")
    notebook.run("a", "c = tf.constant(1.0, name='c')")
    assert names() == ["c"]


def test_explicit_and_finalized_graphs_are_left_alone(notebook):
    notebook.run("g", "g = tf.Graph()")
    for _ in range(2):
        notebook.run("a", "with g.as_default(): c = tf.constant(1.0, name='c')")
    assert [op.name for op in notebook["g"].get_operations()] == ["c", "c_1"]
    notebook.run("d", "d = tf.constant(1.0, name='d')")
    notebook.run("close", "tf.get_default_graph().finalize()")
    with pytest.raises(RuntimeError, match="finalized"):
        notebook.run("d", "d = tf.constant(1.0, name='d')")
    assert names() == ["d"]


def test_a_reset_in_a_cell_begins_a_new_ledger(notebook):
    notebook.run("a", "tf.reset_default_graph()\nc = tf.constant(1.0, name='c')")
    notebook.run("b", "d = c + 1.0")
    notebook.run("a", "tf.reset_default_graph()\nc = tf.constant(1.0, name='c')")
    assert names() == ["c"]
    notebook.run("e", "e = tf.constant(1.0, name='e')")
    notebook.run("e", "e = tf.constant(1.0, name='e')")
    assert names() == ["c", "e"]


def test_what_was_loaded_in_a_cell_belongs_to_the_cell(one_shell, capsys):
    tf.reset_default_graph()
    notebook = Notebook(one_shell, capsys)
    code = "%load_ext interactive_graphs\nc = tf.constant(1.0, name='c')"
    notebook.run("none", "import interactive_graphs as tf")
    try:
        notebook.run("load", code)
        notebook.run("load", code)
        assert names() == ["c"]
    finally:
        one_shell.run_line_magic("unload_ext", "interactive_graphs")


def test_graph_cells_lists_what_each_cell_owns(notebook):
    notebook.run("model", MODEL)
    notebook.run("b", "# a comment\nz = y + 1.0")
    text = repr_of(notebook, "%graph cells")
    assert "x = tf.placeholder" in text
    assert "add/y, add" in text


def test_the_cell_graph_shows_what_a_cell_added(notebook):
    notebook.run("model", MODEL)
    said = notebook.run("b", "%%graph\nz = tf.nn.relu(y, name='act')")
    assert "This cell added 1 operation: " in said
    assert "* act = Relu(y)" in said
    assert "  y = MatMul" in said
    notebook.run("b", "%%graph\nz = tf.nn.relu(y, name='act')")
    assert names().count("act") == 1
    assert "added nothing" in notebook.run("c", "%%graph\npass")
    assert isinstance(notebook["tf"].get_default_graph().cells.runs[0], Run)


def test_the_cell_graph_of_a_failing_cell_is_the_error(notebook):
    said = notebook.run("b", "%%graph\nraise KeyError('k')", fails=True)
    assert "KeyError" in said
    assert "This cell added" not in said


def test_a_fault_of_ours_never_breaks_a_cell(notebook, monkeypatch):
    ledger = type(tf.get_default_graph().cells)
    monkeypatch.setattr(ledger, "begin", lambda *a, **k: 1 / 0)
    said = notebook.run("a", "c = 3")
    assert "as in a script" in said
    assert notebook["c"] == 3


def test_a_picture_of_a_stale_part_names_it(notebook):
    notebook.run("a", "a = tf.constant(1.0, name='a')")
    notebook.run("b", "b = tf.add(a, 1.0, name='b')")
    notebook.run("a", "a = tf.constant(5.0, name='a')")
    notebook.run("look", "p = %graph b")
    assert isinstance(notebook["p"], Picture)
