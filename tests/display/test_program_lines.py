"""The program of a step as data, and what optimisation did to it."""

import json

import pytest

import interactive_graphs as tf
from interactive_graphs.display.program_lines import (
    program_lines,
    rewriting,
    rewriting_text,
)
from interactive_graphs.runtime.optimize.rewrites import rewrites


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def ids():
    operations = tf.get_default_graph().get_operations()
    return {op: number for number, op in enumerate(operations)}


def test_each_line_has_its_operation():
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.add(tf.square(x, name="square"), 1.0, name="y")
    program = tf.Session().program(y, [x])
    found = program_lines(program, ids(), "y")
    assert found["title"] == "y"
    named = {
        line["text"].strip(): line["op"] for line in found["lines"] if line["op"] >= 0
    }
    assert named == {"square = x * x": 1, "y = square + y_y": 3}
    # The text is the program's own, line by line.
    assert [line["text"] for line in found["lines"]] == program.lines
    json.dumps(found)


def test_what_runs_node_by_node_has_lines_too():
    config = tf.ConfigProto(operation_timeout_in_ms=60_000)
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.square(x, name="y")
    program = tf.Session(config=config).program(y, [x])
    lines = program_lines(program, ids())["lines"]
    assert lines == [{"text": "y = Square(x:0)", "op": 1}]


def test_operations_that_the_model_does_not_have_are_no_ones():
    x = tf.placeholder(tf.float32, [], name="x")
    program = tf.Session().program(tf.square(x), [x])
    lines = program_lines(program, {})["lines"]
    assert {line["op"] for line in lines} == {-1}


def test_optimisation_is_counted_and_grouped():
    x = tf.placeholder(tf.float32, [], name="x")
    six = tf.multiply(tf.constant(2.0, name="two"), 3.0, name="six")
    y = tf.multiply(tf.identity(x, name="same"), six, name="y")
    plan = tf.Session().program(y, [x]).plan
    numbers = ids()
    found = rewriting(rewrites(plan), numbers, len(plan.nodes))
    assert (found["before"], found["after"]) == (5, 1)
    assert [group["what"] for group in found["groups"]] == [
        "built in",
        "folded",
        "passed on",
    ]
    folded = found["groups"][1]["ops"]
    into = [numbers[y.op]]
    assert folded == [{"op": numbers[six.op], "into": into, "value": "6.0", "rule": ""}]
    text = rewriting_text(found, [op.name for op in numbers])
    assert text.splitlines()[0] == "5 operations in the graph, 1 in the program"
    assert "  six = 6.0 → y" in text.splitlines()
    assert "  same → x" in text.splitlines()


def test_the_text_names_a_few_takers_and_counts_the_rest():
    x = tf.placeholder(tf.float32, [], name="x")
    one = tf.constant(1.0, name="one")
    ys = [tf.add(x, one, name=f"y{i}") * float(i) for i in range(5)]
    squares = [tf.square(x - one * float(i), name=f"s{i}") for i in range(5)]
    plan = tf.Session().program([*ys, *squares], [x]).plan
    found = rewriting(rewrites(plan), ids(), len(plan.nodes))
    text = rewriting_text(found, [op.name for op in ids()])
    (line,) = [line for line in text.splitlines() if line.startswith("  one = 1.0")]
    assert line.count(",") <= 2


def test_what_algebra_did_is_told_with_its_rule():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    once = tf.multiply(x, 1.0, name="once")
    turned = tf.transpose(once, name="turned")
    y = tf.matmul(turned, x, name="y")
    plan = tf.Session().program(y, [x]).plan
    found = rewriting(rewrites(plan), ids(), len(plan.nodes))
    text = rewriting_text(found, [op.name for op in ids()]).splitlines()
    assert "  turned → y (a transposed first factor)" in text
    assert "  once → x (a product with one)" in text


def test_a_new_node_has_its_line_under_the_users_operation():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.matmul(tf.transpose(x), x, name="y")
    program = tf.Session().program(y, [x])
    lines = program_lines(program, ids())["lines"]
    named = {line["text"].strip(): line["op"] for line in lines if line["op"] >= 0}
    assert named == {"y = _MatMul_transpose_a(x, x)": ids()[y.op]}
