"""What a notebook shows of an error."""

import pytest

import interactive_graphs as tf
from interactive_graphs.display.failure import Failure, failure

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def shell(shell):
    shell.run_cell(
        "sess = tf.get_default_session()\n"
        "x = tf.placeholder(tf.float32, [None, 3], name='x')\n"
        "w = tf.get_variable('w', [3, 2])\ny = tf.matmul(x, w, name='y')"
    )
    return shell


def shown(shell, code, capsys):
    """What a terminal shows of the error of a cell."""
    capsys.readouterr()
    result = shell.run_cell(code, store_history=True)
    assert result.error_in_exec is not None
    out = capsys.readouterr().out
    return out.replace("\x1b[31m", "").replace("\x1b[39m", "")


def test_a_failing_run_shows_the_node_and_what_met_there(shell, capsys):
    shell.run_cell("zero = tf.placeholder_with_default(0, [], name='zero')")
    shell.run_cell("bad = tf.floordiv(tf.constant(7, name='a'), zero, name='bad')")
    out = shown(shell, "sess.run(bad)", capsys)
    assert out.startswith("InvalidArgumentError: Integer division by zero\n")
    assert "bad = FloorDiv\n    takes  a     int32 ()\n    takes  zero  int32 ()" in out
    assert "bad = tf.floordiv(tf.constant(7" in out
    assert "`sess.run(bad)`" in out
    assert "%tb shows the full trace." in out
    assert "base.py" not in out
    assert "<program" not in out


def test_the_full_trace_is_there_on_request(shell, capsys):
    shown(shell, "sess.run(y, {x: [[1, 2]]})", capsys)
    shell.run_line_magic("tb", "")
    out = capsys.readouterr().out
    assert "_run_carefully" in out
    assert "Cannot feed value of shape (1, 2) for Tensor 'x:0'" in out


def test_a_wrong_shape_stands_beside_the_right_one(shell, capsys):
    out = shown(shell, "sess.run(y, {x: [[1, 2]]})", capsys)
    assert "expected  float32 (?, 3)\ngiven     list (1, 2)" in out
    assert "x = tf.placeholder(tf.float32, [None, 3], name='x')" in out


def test_a_wrong_key_names_the_placeholders(shell, capsys):
    out = shown(shell, "sess.run(y, {'q:0': [[1, 2]]})", capsys)
    assert out.startswith("TypeError: Cannot interpret feed_dict key as Tensor:")
    assert "x = Placeholder\n    gives  float32 (?, 3)" in out


def test_an_uninitialised_variable_comes_with_its_line_and_cure(shell, capsys):
    out = shown(shell, "sess.run(y, {x: [[1, 2, 3]]})", capsys)
    assert out.startswith(
        "FailedPreconditionError: Attempting to use uninitialized value w\n"
    )
    assert "w = tf.get_variable('w', [3, 2])" in out
    assert "sess.run(tf.global_variables_initializer())" in out


@pytest.mark.parametrize("resource", [False, True])
def test_so_does_one_that_is_only_changed(resource):
    v = tf.get_variable("v", [2], use_resource=resource)
    with (
        tf.Session() as sess,
        pytest.raises(tf.errors.FailedPreconditionError) as error,
    ):
        sess.run(v.assign_add([1.0, 1.0]))
    notes = "\n".join(error.value.__notes__)
    assert "Variable 'v' was made at test_failures.py" in notes
    assert "sess.run(tf.global_variables_initializer())" in notes


def test_shapes_that_do_not_fit_are_shown_while_building(shell, capsys):
    out = shown(shell, "tf.matmul(x, tf.zeros([4, 5]), name='bad')", capsys)
    assert out.startswith("ValueError: Dimensions must be equal, but are 3 and 4")
    assert "bad = MatMul\n    takes  x      float32 (?, 3)\n" in out
    assert "    takes  zeros  float32 (4, 5)" in out
    assert "bad" not in tf.get_default_graph().ops_by_name


def test_elements_of_two_graphs_are_told_apart(shell, capsys):
    shell.run_cell("with tf.Graph().as_default(): o = tf.constant(1.0, name='o')")
    for code in ("sess.run(o)", "o + x"):
        out = shown(shell, code, capsys)
        assert "o = Const\n    in a graph of 1 operation\n" in out
        assert "with tf.Graph().as_default()" in out
        assert "Placeholder" in out or "y = MatMul" in out


def test_scripts_get_the_same_as_notes():
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.Graph().as_default():
        o = tf.constant(1.0, name="o")
    with tf.Session() as sess:
        with pytest.raises(ValueError, match="Cannot feed value of shape") as shape:
            sess.run(x, {x: [1.0]})
        with pytest.raises(TypeError, match="Cannot interpret") as key:
            sess.run(x, {"nothing:0": 1.0})
        with pytest.raises(ValueError, match="not an element") as fetch:
            sess.run(o)
    assert "expected  float32 (2,)\ngiven     list (1,)" in shape.value.__notes__
    assert "x:0  float32 (2,), made at test_failures.py" in key.value.__notes__[0]
    assert "its graph has 1 operation." in fetch.value.__notes__[0]
    assert "'x', was made at" in fetch.value.__notes__[1]


def test_other_errors_are_ipythons(shell, capsys):
    out = shown(shell, "1 / 0", capsys)
    assert "ZeroDivisionError" in out
    assert "Traceback (most recent call last)" in out
    assert "Traceback" in shown(shell, "raise ValueError('mine')", capsys)


def test_a_fault_in_the_display_falls_back(shell, capsys, monkeypatch):
    monkeypatch.setattr(Failure, "text", lambda self: 1 / 0)
    out = shown(shell, "sess.run(y, {x: [[1, 2]]})", capsys)
    assert "Traceback (most recent call last)" in out
    assert "Cannot feed value of shape" in out


def test_a_users_own_handler_is_kept(one_shell):
    one_shell.set_custom_exc((KeyError,), lambda *_: [])
    try:
        one_shell.run_line_magic("load_ext", "interactive_graphs")
        assert one_shell.custom_exceptions == (KeyError,)
        one_shell.run_line_magic("unload_ext", "interactive_graphs")
        assert one_shell.custom_exceptions == (KeyError,)
    finally:
        one_shell.set_custom_exc((), None)


def failed(fetch):
    with tf.Session() as sess, pytest.raises(tf.errors.OpError) as error:
        sess.run(fetch)
    found = failure(error.value)
    assert found is not None
    return found


def test_the_picture_points_at_the_failing_node():
    a = tf.constant(1, name="a")
    for _ in range(30):
        a = a + 1
    found = failed(tf.floordiv(a, tf.placeholder(tf.int32, [], name="p"), name="bad"))
    picture = found.picture()
    assert "* p = Placeholder" in picture.text
    assert "You must feed a value" in picture.text
    assert picture.svg.startswith("<svg")
    found = failed(tf.floordiv(a, tf.placeholder_with_default(0, []), name="bad"))
    assert len(found.picture().text.splitlines()) < 16


def test_hostile_words_are_only_words():
    def function():
        raise ValueError(HOSTILE)

    found = failed(tf.py_func(function, [], tf.float32, name="f"))
    assert HOSTILE not in found.picture().html
    assert HOSTILE not in found.picture().svg


def test_an_error_about_nothing_is_no_failure():
    assert failure(None) is None
    assert failure(ValueError("x")) is None
    assert failure(tf.errors.NotFoundError(None, None, "x")) is None
