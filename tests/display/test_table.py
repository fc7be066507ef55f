import interactive_graphs as tf
from interactive_graphs.display.table import (
    NOT_INITIALIZED,
    Table,
    operation_table,
    variables_table,
)


def test_variables_show_their_values_in_this_session():
    first = tf.Variable([1.0, 2.0], name="first")
    tf.Variable(3, name="second")
    with tf.Session() as session, tf.Session() as other:
        session.run(first.initializer)
        table = variables_table(session)
        assert table.caption == "2 variables, 1 not initialized"
        assert table.rows == [
            ("first:0", "(2,)", "float32", "", "[1.0, 2.0]"),
            ("second:0", "()", "int32", "", NOT_INITIALIZED),
        ]
        assert variables_table(other).caption == "2 variables, 2 not initialized"


def test_variables_show_their_devices():
    with tf.device("/cpu:0"):
        tf.Variable(0.0, name="v")
    with tf.Session() as session:
        assert variables_table(session).rows[0][3] == "CPU:0"


def test_looking_at_variables_adds_nothing_to_the_graph():
    tf.Variable(0.0)
    graph = tf.get_default_graph()
    graph.finalize()
    before = graph.version
    with tf.Session() as session:
        variables_table(session)
    assert graph.version == before


def test_no_variables_are_said_in_a_word():
    with tf.Session() as session:
        table = variables_table(session)
    assert table.text == "0 variables"
    assert table.html == "<p>0 variables</p>"


def test_columns_stand_under_their_headings():
    table = Table("two", ("a", "long heading"), [("x", "1"), ("yyy", "2")])
    assert repr(table) == "two\na    long heading\nx    1\nyyy  2"


def test_words_in_html_are_escaped():
    table = Table("<caption>", ("<th>",), [("<td>&",)])
    assert "&lt;caption&gt;" in table.html
    assert "&lt;th&gt;" in table.html
    assert "&lt;td&gt;&amp;" in table.html


def test_an_operations_page_tells_all_of_it():
    a = tf.constant([1.0, 2.0], name="a")
    with tf.control_dependencies([a]), tf.device("/cpu:0"):
        c = tf.matmul([a], [a], transpose_b=True, name="c")
    rows = dict(operation_table(c.op).rows)
    assert rows["type"] == "MatMul"
    assert rows["output 0"] == "float32 (1, 1), 0 consumers"
    assert rows["device"] == "/device:CPU:0"
    assert rows["attr T"] == "float32"
    assert rows["attr transpose_b"] == "True"
    assert rows["made at"].startswith("test_table.py, line ")
    assert rows["made at"].endswith('name="c")')


def test_an_operations_page_names_what_it_waits_for():
    a = tf.constant(1.0, name="a")
    with tf.control_dependencies([a]):
        op = tf.no_op(name="after")
    assert dict(operation_table(op).rows)["runs after"] == "a"
