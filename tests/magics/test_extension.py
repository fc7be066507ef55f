"""The extension in a shell of this process."""

import warnings

import pytest

import interactive_graphs as tf
from interactive_graphs.display import Picture
from interactive_graphs.display.table import Table
from interactive_graphs.display.text import Listing, Words


def run(shell, code):
    result = shell.run_cell(code)
    result.raise_error()
    return result.result


def refused(shell, code, capsys):
    """The one line that a user sees for a mistake in a magic."""
    capsys.readouterr()
    shell.run_cell(code)
    error = capsys.readouterr().err
    assert error.startswith("UsageError: ")
    return error.removeprefix("UsageError: ").strip()


def test_a_plain_import_installs_no_session():
    assert tf.get_default_session() is None


def test_loading_installs_a_default_session(shell):
    run(shell, "c = tf.constant(5.0, name='a') * tf.constant(6.0, name='b')")
    assert run(shell, "c.eval()") == 30.0
    assert isinstance(tf.get_default_session(), tf.InteractiveSession)


def test_a_second_load_makes_no_second_session(shell):
    session = tf.get_default_session()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shell.run_line_magic("load_ext", "interactive_graphs")
        tf.load_ipython_extension(shell)
    assert tf.get_default_session() is session


def test_unloading_closes_the_session_and_takes_the_magics_away(one_shell, capsys):
    one_shell.run_line_magic("load_ext", "interactive_graphs")
    session = tf.get_default_session()
    one_shell.run_line_magic("unload_ext", "interactive_graphs")
    assert tf.get_default_session() is None
    with pytest.raises(RuntimeError, match="closed"):
        session.run(tf.constant(1.0))
    assert "not found" in refused(one_shell, "%graph", capsys)


def test_loading_again_after_unloading_works(one_shell):
    for _ in range(2):
        one_shell.run_line_magic("load_ext", "interactive_graphs")
        assert tf.get_default_session() is not None
        one_shell.run_line_magic("unload_ext", "interactive_graphs")
    assert tf.get_default_session() is None


def test_a_session_of_the_users_own_is_kept(one_shell):
    mine = tf.InteractiveSession()
    try:
        one_shell.run_line_magic("load_ext", "interactive_graphs")
        assert tf.get_default_session() is mine
        one_shell.run_line_magic("unload_ext", "interactive_graphs")
        assert tf.get_default_session() is mine
    finally:
        mine.close()


def test_after_a_reset_the_default_session_runs_the_new_graph(shell):
    run(shell, "tf.reset_default_graph()")
    assert run(shell, "tf.constant(2.0).eval()") == 2.0


def test_graph_draws_the_default_graph(shell):
    run(shell, "a = tf.constant(1.0, name='a')")
    picture = run(shell, "%graph")
    assert isinstance(picture, Picture)
    assert "a = Const 1.0" in repr(picture)
    assert picture.svg.startswith("<svg")


@pytest.mark.parametrize(
    "expression",
    ["c", "c.op", "[c]", "{'c': c}", "'c'", "c:0", "tf.get_default_graph()"],
)
def test_graph_takes_expressions_and_names(shell, expression):
    run(shell, "c = tf.negative(tf.constant(1.0, name='a'), name='c')")
    assert "c = Neg(a)" in repr(run(shell, f"%graph {expression}"))


def test_graph_of_a_tensor_leaves_out_what_it_does_not_need(shell):
    run(shell, "a = tf.constant(1.0, name='a'); tf.constant(2.0, name='other')")
    assert "other" not in repr(run(shell, "%graph a"))


def test_graph_of_a_session_is_its_graph(shell):
    run(shell, "tf.constant(1.0, name='a'); sess = tf.get_default_session()")
    assert "a = Const" in repr(run(shell, "%graph sess"))


def test_graph_options(shell, tmp_path):
    run(shell, "with tf.name_scope('s'): a = tf.constant(1.0, name='a')")
    for line in ("-s s", "--scope s", "s", "s/", "--open s", "--all", "'s'"):
        assert "a = Const 1.0" in repr(run(shell, f"%graph {line}"))
    assert type(run(shell, "%graph -t s/a")) is Words
    path = tmp_path / "with space.svg"
    assert "Written to" in repr(run(shell, f'%graph -o "{path}"'))
    assert path.read_text().startswith("<svg")


def test_graph_keeps_scopes_closed_when_asked_to(shell):
    for scope in "st":
        run(shell, f"with tf.name_scope('{scope}'): a = tf.zeros([2]) + tf.ones([2])")
    assert "s/\n" in repr(run(shell, "%graph"))
    assert "s/  3 operations" in repr(run(shell, "%graph --closed"))
    some = repr(run(shell, "%graph --closed --open t"))
    assert "s/  3 operations" in some
    assert "t/\n" in some


def test_graph_hides_sets_aside_and_folds(shell):
    run(
        shell,
        "x = tf.zeros([2], name='x')\n"
        "for n in range(3):\n"
        "    with tf.name_scope(f'layer{n}'): x = tf.tanh(tf.sin(x))",
    )
    assert "\n  layer1/" in repr(run(shell, "%graph"))
    assert "\n  layer1/" not in repr(run(shell, "%graph --hide layer1"))
    assert "2 operations hidden" in repr(run(shell, "%graph --hide layer1"))
    assert "[A] layer2/" in repr(run(shell, "%graph --aside layer2"))
    assert "(3 equal)" in repr(run(shell, "%graph --series"))
    # One picture's, not the graph's.
    assert "nothing set" in repr(run(shell, "tf.get_default_graph().view"))


def test_graph_colours(shell, capsys):
    run(shell, "a = tf.constant(1.0, name='a')")
    assert "dtype: float32" in repr(run(shell, "%graph --by dtype"))
    run(shell, "values = {a: float('nan')}")
    assert "health: has NaN" in repr(run(shell, "%graph --by health -f values a"))
    assert "say `facts=`" in refused(shell, "%graph --by time", capsys)
    assert "Cannot colour by 'depth'" in refused(shell, "%graph --by depth", capsys)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%graph nothing", "NameError: name 'nothing' is not defined"),
        ("%graph 3", "Can not convert a int into a Tensor or Operation"),
        ("%graph 1 +", "SyntaxError"),
        ("%graph 1/0", "ZeroDivisionError: division by zero"),
        ("%graph -s nowhere", "No name scope 'nowhere' here"),
        ("%graph -o graph.xyz", "the endings are"),
        ("%graph -o /no/such/place/graph.svg", "No such file"),
        ("%graph --nonsense", "unrecognized arguments: --nonsense"),
        ("%program", "%program needs what to fetch"),
        ("%program nothing", "NameError"),
        ("%program 3", "Can not convert a int"),
    ],
)
def test_mistakes_are_told_in_a_line(shell, capsys, line, words):
    run(shell, "tf.constant(1.0)")
    assert words in refused(shell, line, capsys)
    assert run(shell, "tf.constant(2.0).eval()") == 2.0


def test_graph_tells_what_differs(shell, tmp_path, capsys):
    run(shell, "c = tf.constant(2.0, name='c')")
    run(shell, "before = tf.get_default_graph().snapshot()")
    run(shell, "late = tf.negative(c, name='late')")
    found = run(shell, "%graph --diff before")
    assert found.added == ["late"]
    assert "+ late = Neg, added" in repr(found)
    run(shell, f"%graph --diff before -o {tmp_path}/changes.svg")
    assert "+ added" in (tmp_path / "changes.svg").read_text()
    message = tf.get_default_graph().as_graph_def()
    (tmp_path / "same.pb").write_bytes(message.SerializeToString())
    same = run(shell, f"%graph --text --diff {tmp_path}/same.pb")
    assert "no difference" in repr(same)
    assert "Only graphs can be compared" in refused(shell, "%graph --diff 3", capsys)


def test_program_shows_the_compiled_program(shell):
    run(shell, "x = tf.placeholder(tf.float32, [], name='x'); y = tf.exp(x, name='y')")
    for line in ("y", "-f x y", "-f {x:1.0} y", "-f [x] [y, x]"):
        listing = run(shell, f"%program {line}")
        assert isinstance(listing, Listing)
        assert "y = _Exp(x)" in repr(listing)
        assert "made in Cell In[1], line 1: `x = tf.placeholder" in repr(listing)
    assert listing._repr_mimebundle_()["text/markdown"].startswith("```python\n")


def test_program_shows_what_was_optimised(shell):
    run(shell, "x = tf.placeholder(tf.float32, [], name='x')")
    run(shell, "y = tf.multiply(x, tf.constant(2.0, name='two') * 3.0, name='y')")
    words = run(shell, "%program --optimised y")
    assert isinstance(words, Words)
    assert words.text.splitlines()[0] == "4 operations in the graph, 1 in the program"
    assert "  two = 2.0 → y" in words.text.splitlines()


def test_program_beside_the_live_graph(shell):
    run(shell, "x = tf.placeholder(tf.float32, [], name='x'); y = tf.exp(x, name='y')")
    view = run(shell, "%program -i y")
    texts = [line["text"] for line in view.program["lines"] if line["op"] >= 0]
    assert [text.strip() for text in texts] == ["y = _Exp(x)"]
    assert "y = Exp(x)" in view._repr_mimebundle_()["text/plain"]
    assert run(shell, "%program -i --optimised y").program["view"] == "optimised"
    run(shell, "%reset -f out")


def test_variables_and_devices(shell):
    run(shell, "v = tf.Variable(1.0, name='v'); v.initializer.run()")
    table = run(shell, "%variables")
    assert isinstance(table, Table)
    assert table.rows == [("v:0", "()", "float32", "", "1.0")]
    devices = run(shell, "%devices")
    assert devices.tables[0].rows[0][:2] == (
        "/job:localhost/replica:0/task:0/device:CPU:0",
        "CPU",
    )


def test_without_a_default_session_the_magics_say_how_to_get_one(shell, capsys):
    tf.get_default_session().close()
    assert "%load_ext interactive_graphs" in refused(shell, "%variables", capsys)


def test_every_magic_explains_itself(shell):
    for name in ("graph", "program", "variables", "devices"):
        found = shell.object_inspect(f"%{name}")
        assert found["found"]
        assert f"%{name}" in found["docstring"]


def test_objects_show_their_pictures_as_a_cells_result(shell):
    run(shell, "c = tf.constant(5.0, name='a') * tf.constant(6.0, name='b')")
    shown, _ = shell.display_formatter.format(run(shell, "c"))
    assert "value: 30.0" in shown["text/plain"]
    assert shown["text/html"].startswith("<img ")
    assert shown["image/svg+xml"].startswith("<svg ")
